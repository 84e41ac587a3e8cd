"""A lactation: one mother, one infant or twins, from birth over days and months, and a plan.

Lactations are TOML (or JSON) files like scenarios of a feed; presets come with the program: `lactation_presets()`.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from letdown._card import card_line, card_table
from letdown._errors import ScenarioError
from letdown._printable import counted
from letdown._structured_text import toml_values
from letdown._table import Table, nearest, refused, unit
from letdown._text_file import is_there
from letdown._units import shown
from letdown.protocol.changes import changed_from
from letdown.protocol.life_steps import LAST_DAY, AbstractLifeStep, LifeStep
from letdown.protocol.scenario import CITE_KEY, SLUG, _set, flat_parameters, presets, read_scenario_file
from letdown.protocol.toml_text import lactation_text

__all__ = [
    "LactatingMother",
    "LactationScenario",
    "NewbornInfant",
    "lactation_preset",
    "lactation_presets",
    "lactation_schema",
    "load_lactation",
]


class LactatingMother(Table):
    """The mother and her birth."""

    parity: int = Field(2, ge=1, le=15, json_schema_extra=unit("1"), description="births, this one included")
    birth: Literal["vaginal", "caesarean", "emergency_caesarean"] = Field("vaginal", description="how she gave birth")
    birth_hour: float = Field(
        6.0, ge=0.0, le=24.0, json_schema_extra=unit("h"), description="hour of the clock of the birth"
    )
    first_feed_h: float = Field(
        1.0, ge=0.0, le=1000.0, json_schema_extra=unit("h"), description="no feed and no pumping before this age"
    )
    birth_stress: float = Field(
        0.0, ge=0.0, le=1.0, json_schema_extra=unit("1"), description="cortisol of a long, hard birth"
    )
    ssri: bool = Field(False, description="takes an SSRI: milk comes in later")
    top_up: bool = Field(
        True,
        description="formula after feeds once a tenth of the birth weight, or a z-score, is lost; less from day to day "
        "once half of it is regained",
    )
    other_cries_per_day: float = Field(
        0.5, ge=0.0, le=20.0, json_schema_extra=unit("1/d"), description="times that she hears another's baby cry"
    )
    thoughts_per_day: float = Field(
        0.5,
        ge=0.0,
        le=20.0,
        json_schema_extra=unit("1/d"),
        description="times that she thinks of the baby, away from it",
    )


class NewbornInfant(Table):
    """An infant at birth."""

    sex: Literal["girl", "boy"] = Field("girl", description="sex, for the WHO standard")
    birth_weight_kg: float | None = Field(
        None, ge=0.8, le=6.0, json_schema_extra=unit("kg"), description="weight at birth; the WHO median if left out"
    )
    latch_skill: float | None = Field(
        None,
        ge=0.0,
        le=1.0,
        json_schema_extra=unit("1"),
        description="skill at the first feed; the default if left out",
    )


class LactationScenario(Table):
    """One lactation, as a person would write it down.

    Raises
    ------
    ScenarioError
        If anything in it cannot be used; the message is one sentence that begins with where it stands.
    """

    schema_version: Literal[1] = Field(1, description="version of this file format")
    name: str = Field(
        description="short name: lower-case letters, digits and hyphens", json_schema_extra={"pattern": SLUG}
    )
    title: str = Field("", description="one line for lists and figures")
    description: str = Field("", description="what is simulated, from where, and what is assumed")
    cite: tuple[str, ...] = Field((), description="keys of the publications followed")
    days: int = Field(180, ge=1, le=LAST_DAY, json_schema_extra=unit("d"), description="days simulated from birth")
    mother: LactatingMother = Field(LactatingMother(), description="the mother")
    infants: tuple[NewbornInfant, ...] = Field((NewbornInfant(),), description="the infant, or two for twins")
    breasts: Literal["both", "left", "right"] = Field("both", description="which breasts infants feed from")
    synthesis: Literal["fullness", "inhibitor", "pressure"] = Field(
        "fullness", description="hypothesis of what holds synthesis back in a filling breast"
    )
    prolactin: Literal["permissive", "receptors"] = Field(
        "permissive", description="hypothesis of what prolactin leaves behind"
    )
    parameters: dict[str, float] = Field({}, description="model parameters to override, as organ.field")
    plan: tuple[LifeStep, ...] = Field((), description="what is done beside feeding on demand")

    @field_validator("name", mode="after")
    @classmethod
    def _name_is_a_slug(cls, name: str) -> str:
        if not re.fullmatch(SLUG, name) or len(name) > 60:
            raise refused(
                f"{shown(name)} is not a short name; write up to 60 lower-case letters, digits and single "
                'hyphens, such as "evening-feed".'
            )
        return name

    @field_validator("cite", mode="after")
    @classmethod
    def _cite_keys_are_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if not re.fullmatch(CITE_KEY, key):
                raise refused(f"{shown(key)} is not a citation key; write author and year, such as Kent2008.")
        return keys

    @field_validator("parameters", mode="before")
    @classmethod
    def _parameters_are_flat_numbers(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise refused(f'{shown(value)} is not a table; write lines such as "gland.synthesis" = 20.')
        return flat_parameters(value)

    @field_validator("infants", mode="before")
    @classmethod
    def _one_infant_or_two(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple) or len(value) not in (1, 2):
            raise refused("is not a list of one or two tables; write [[infants]] once, or twice for twins.", " ")
        return tuple(value)

    @field_validator("plan", mode="before")
    @classmethod
    def _plan_is_a_list(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise refused("is not a list; write [[plan]] above each step.", " ")
        return tuple(value)

    @model_validator(mode="after")
    def _windows_are_in_order(self) -> Self:
        for index, step in enumerate(self.plan):
            assert isinstance(step, AbstractLifeStep)
            if step.to_day < step.from_day:
                raise refused(
                    f"In step {index + 1}, plan[{index}].to_day = {step.to_day} is before from_day = "
                    f"{step.from_day}; swap them.",
                    "",
                )
        return self

    def __repr__(self) -> str:
        """Return one line; `to_toml` gives everything."""
        return card_line("LactationScenario", self.name, counted(self.days, "day"))

    def _repr_html_(self) -> str:
        """Return a small table for a notebook."""
        rows = {
            "name": self.name,
            "title": self.title or None,
            "days": self.days,
            "infants": len(self.infants),
            "plan": counted(len(self.plan), "step"),
            "parameters changed": len(self.parameters) or None,
        }
        return card_table("Scenario of a lactation", rows)

    def with_values(self, changes: Mapping[str, Any]) -> "LactationScenario":
        """Return a scenario with some values changed: keys such as "mother.parity" or "plan[0].from_day".

        None removes an optional value or an override.

        Raises
        ------
        ScenarioError
            If a key or a value cannot be used.
        """
        data = self.model_dump(exclude_none=True)
        for key, value in changes.items():
            _set(data, key, value)
        return changed_from(LactationScenario(**data), self, changes)

    def to_toml(self, *, comments: bool = False) -> str:
        """Return the scenario as TOML that reads back to an equal scenario."""
        return lactation_text(self, comments=comments)


def load_lactation(source: "str | PathLike[str] | Mapping[str, Any] | LactationScenario") -> LactationScenario:
    """Return a lactation.

    Parameters
    ----------
    source : str, path, mapping or LactationScenario
        The name of a preset, the path of a TOML or JSON file, or the values themselves.

    Raises
    ------
    ScenarioError
        If it is neither a preset nor a readable file, or holds something that cannot be used.
    """
    if isinstance(source, LactationScenario):
        return source
    if isinstance(source, Mapping):
        return _from_values(source)
    if isinstance(source, str) and source in lactation_presets():
        return lactation_preset(source)
    if not isinstance(source, str | PathLike):
        raise ScenarioError(
            f"{shown(source)} is not a lactation; give a preset name, a TOML file or a table of values."
        )
    path = Path(source)
    is_file = source != "" and (is_there(path) or path.suffix.lower() in (".toml", ".json"))
    if isinstance(source, str) and not is_file:
        raise ScenarioError(_unknown(source))
    values = read_scenario_file(path)
    if "protocol" in values:
        raise ScenarioError(f"{path} holds a feed, not a lactation; run it with letdown feed.")
    try:
        return _from_values(values)
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from None


def lactation_preset(name: str) -> LactationScenario:
    """Return a preset of a lactation by name.

    Raises
    ------
    ScenarioError
        If there is no preset of that name.
    """
    if name not in lactation_presets():
        raise ScenarioError(_unknown(name))
    return _from_values(toml_values(_folder().joinpath(f"{name}.toml").read_text("utf-8")))


def lactation_presets() -> dict[str, str]:
    """Return the name and title of every preset of a lactation, in alphabetical order."""
    entries = (entry for entry in _folder().iterdir() if entry.name.endswith(".toml"))
    texts = {entry.name.removesuffix(".toml"): entry.read_text("utf-8") for entry in entries}
    return {name: str(toml_values(texts[name])["title"]) for name in sorted(texts)}


def lactation_schema() -> dict[str, Any]:
    """Return the JSON Schema of a lactation scenario."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **LactationScenario.model_json_schema(),
        "title": "letdown lactation scenario, version 1",
    }


def _folder() -> Any:
    return files("letdown.protocol").joinpath("lactations")


def _unknown(name: str) -> str:
    if name in presets():
        return f"{shown(name)} is one feed, not days and months; run it with: letdown feed {name}."
    close = nearest(name, lactation_presets())
    hint = f'the nearest preset is "{close}"' if close else "list the presets with: letdown scenario list --lactations"
    return f"{shown(name)} is neither a preset of a lactation nor a file; {hint}."


def _from_values(values: Mapping[str, Any]) -> LactationScenario:
    for key in values:
        if not isinstance(key, str):
            raise ScenarioError(f"{shown(key)} is not a key of a scenario; write keys as text.")
    return LactationScenario(**values)
