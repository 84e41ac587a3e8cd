"""Instruments of a study: each by its name, with those of its parameters that the study says.

    [instrument]
    name = "blood_draws"
    interval = 120

A quantity that is read from an instrument names the kind that it needs (`sees`) and is given the study's. The random
errors of an instrument belong to the woman and the session, so that all quantities of one record share them.
"""

import json
import zlib
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from letdown._errors import LetdownError
from letdown._parameter import Parameters, reference, specifications
from letdown._table import Table, choices, key_shown, nearest, refused
from letdown._units import quantity, shown
from letdown.evidence.quantity import AbstractFeedQuantity, Feed
from letdown.instruments.balance import Balance, BalanceParameters
from letdown.instruments.blood_draws import BloodDraws, BloodDrawsParameters
from letdown.instruments.infant_weighing import InfantWeighing, InfantWeighingParameters
from letdown.instruments.ultrasound import DuctUltrasound, DuctUltrasoundParameters

__all__ = ["INSTRUMENTS", "AbstractObserved", "Instrument", "instrument_given"]

INSTRUMENTS: dict[str, tuple[type[Parameters], type[Any]]] = {
    "balance": (BalanceParameters, Balance),
    "blood_draws": (BloodDrawsParameters, BloodDraws),
    "duct_ultrasound": (DuctUltrasoundParameters, DuctUltrasound),
    "infant_weighing": (InfantWeighingParameters, InfantWeighing),
}
"""Parameters and class of each instrument by its name."""


class Instrument(Table):
    """One instrument of a study."""

    name: str = Field(description="which instrument")
    options: dict[str, float] = Field({}, description="parameters that the study says, in their units")

    @field_validator("name", mode="after")
    @classmethod
    def _exists(cls, name: str) -> str:
        if name not in INSTRUMENTS:
            close = nearest(name, INSTRUMENTS)
            hint = f' (the nearest is "{close}")' if close else ""
            raise refused(f"{shown(name)} is not the name of an instrument; write {choices(INSTRUMENTS)}{hint}.")
        return name

    def build(self) -> Any:
        """Return the instrument."""
        parameters, make = INSTRUMENTS[self.name]
        return make(reference(parameters)._replace(**self.options))

    def key(self) -> str:
        """Return a text that differs between instruments that differ."""
        return json.dumps([self.name, sorted(self.options.items())])

    def generator(self, feed: Feed) -> np.random.Generator:
        """Return the source of its errors in one session of one woman."""
        run = feed.run
        return np.random.default_rng([run.seed, run.dyad or 0, feed.lane.start.feed, zlib.crc32(self.key().encode())])


def instrument_given(value: Any) -> Any:
    """Return the instrument of a table of its name and parameters."""
    if isinstance(value, Instrument):
        return value
    if not isinstance(value, dict) or "name" not in value:
        raise refused(f"{shown(value)} does not name an instrument; write a table with the key name.")
    options = {key: number for key, number in value.items() if key != "name"}
    try:
        built = Instrument(name=value["name"], options={})
        known = specifications(INSTRUMENTS[built.name][0])
        for key, number in options.items():
            if key not in known:
                close = nearest(key, known)
                hint = f"the nearest is {close}" if close else f"it has {', '.join(known)}"
                raise refused(f"{key_shown(key)} is not a parameter of {built.name}; {hint}.", ".")
            if isinstance(number, bool) or not isinstance(number, int | float):
                raise refused(f"{key} = {shown(number)} is not a number; write one in {known[key].unit}.", ".")
        numbers = {key: quantity(number, "1") for key, number in options.items()}
        built = Instrument(name=built.name, options=numbers)
        built.build()
    except LetdownError as error:
        raise refused(str(error), ".") from None
    return built


class AbstractObserved(AbstractFeedQuantity):
    """Abstract base of what is read from an instrument; the study's is put in its place when the study is read."""

    sees: ClassVar[Literal["balance", "blood_draws", "duct_ultrasound", "infant_weighing"]]
    instrument: Instrument | None = Field(None, description="the study's instrument; not written here")

    def given(self) -> Instrument:
        """Return the study's instrument, or that kind with its reference values."""
        return self.instrument or Instrument(name=self.sees, options={})
