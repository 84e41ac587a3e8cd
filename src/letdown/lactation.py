"""A lactation: everything one simulated dyad did from birth, a row a day and a row a session, labelled.

`Lactation.data` is an `xarray.Dataset`: the daily table over `day`, the sessions over `session`, and the provenance
as attributes. The netCDF file holds the same, and `Lactation.open` gives the same lactation back.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from letdown._atomic_file import atomic_file
from letdown._card import card_line, card_table
from letdown._csv_file import write_table
from letdown._errors import RecordingError
from letdown._netcdf import Column, write_columns
from letdown._printable import counted
from letdown._run_file import DAMAGE, LACTATION, check_layout, damaged, read_run_file
from letdown._structured_text import toml_values
from letdown._version import __version__
from letdown.engine.life.records import DAY_COLUMNS, KINDS, SESSION_COLUMNS, LifeResult
from letdown.lactation_layout import COUNTS, DAY_VARIABLES, TWIN_ONLY, check_lactation_columns, lactation_labels
from letdown.recording import DISCLAIMER

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["CYCLE_AVERAGED", "DAY_VARIABLES", "SUCK_RESOLVED", "Lactation", "daily_rows"]

FORMAT = 2
"""Version of the layout; files of format 1 lack the day and number of sessions, one with a higher is refused."""

REMEDY = "give the lactation.nc of a finished run"

CYCLE_AVERAGED, SUCK_RESOLVED = "cycle-averaged", "suck-resolved"
"""Clocks of the feeds."""


def daily_rows(result: LifeResult, *, twins: bool) -> list[dict[str, Any]]:
    """Return the daily table as rows that JSON can hold; null where a value does not exist."""
    rows = []
    for day in range(result.complete_days):
        row: dict[str, Any] = {"day": day + 1}
        for name, value in zip(DAY_COLUMNS, result.days[day], strict=True):
            if name in TWIN_ONLY and not twins:
                continue
            number = float(value) if math.isfinite(value) else None
            row[name] = round(number) if name in COUNTS and number is not None else number
        rows.append(row)
    return rows


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Lactation:
    """One simulated lactation.

    `complete` is false where it was interrupted: the days before stand, and the same call with the same seed gives
    them again.
    """

    data: "xr.Dataset"

    @staticmethod
    def from_result(
        result: LifeResult,
        *,
        scenario: str,
        scenario_toml: str,
        seed: int,
        dyad: int | None,
        days: int,
        twins: bool,
        clock: str = CYCLE_AVERAGED,
        overrides: Mapping[str, float] | None = None,
        warnings: Sequence[str] = (),
    ) -> "Lactation":
        """Return a lactation from what the engine returned."""
        import xarray as xr

        done = result.complete_days
        columns: dict[str, Any] = {}
        for i, name in enumerate(DAY_COLUMNS):
            if twins or name not in TWIN_ONLY:
                columns[name] = (("day",), result.days[:done, i], lactation_labels(name))
        sessions = np.array(result.sessions, dtype=float).reshape(-1, len(SESSION_COLUMNS))
        sessions = sessions[sessions[:, SESSION_COLUMNS.index("day")] <= done]
        for i, column in enumerate(SESSION_COLUMNS):
            name = f"session_{column}"
            columns[name] = (("session",), sessions[:, i], lactation_labels(name))
        created = datetime.now(UTC).isoformat(timespec="seconds")
        attributes = {
            "Conventions": "CF-1.11",
            "title": f"Simulated lactation: {scenario}, seed {seed}",
            "source": f"letdown {__version__}",
            "history": f"{created} simulated by letdown {__version__}",
            "comment": DISCLAIMER,
            "letdown_version": __version__,
            "letdown_lactation_format": FORMAT,
            "scenario": scenario,
            "scenario_toml": scenario_toml,
            "seed": str(seed),
            "dyad": "" if dyad is None else str(dyad),
            "days_asked": days,
            "clock": clock,
            "overrides": json.dumps(dict(overrides or {})),
            "warnings": json.dumps(list(warnings)),
            "onset_h": result.onset_h,
            **{f"trait_{name}": value for name, value in result.traits.items()},
        }
        coordinates = {"day": ("day", np.arange(1, done + 1), lactation_labels("day"))}
        return Lactation(xr.Dataset(columns, coordinates, attributes))

    def __repr__(self) -> str:
        """Return one line: what was simulated, how many days, the milk of the last."""
        return card_line(
            "Lactation", self.origin, f"{self._span()}{self._last('production_ml', ', {:.0f} mL made on the last')}"
        )

    def _repr_html_(self) -> str:
        """Return a small table for a notebook."""
        onset = self.onset_h
        rows = {
            "scenario": self.data.attrs["scenario"],
            "seed": self.data.attrs["seed"],
            "dyad": self.data.attrs["dyad"] or None,
            "days": self._span(),
            "sessions": self.data.sizes["session"],
            "milk came in": None if onset is None else f"{onset:.0f} h after birth",
            "milk made on the last day": self._last("production_ml", "{:.0f} mL") or None,
            "weight on the last day": self._last("weight_kg", "{:.2f} kg") or None,
            "feeds run": self.clock,
        }
        return card_table("Lactation", rows)

    def _span(self) -> str:
        days, asked = self.data.sizes["day"], self.data.attrs["days_asked"]
        return f"{days} of {asked} days" if days != asked else counted(int(days), "day")

    def _last(self, name: str, form: str) -> str:
        values = self.data[name].values
        return form.format(float(values[-1])) if values.size else ""

    @property
    def complete(self) -> bool:
        """Whether every day asked for was simulated."""
        return int(self.data.sizes["day"]) == int(self.data.attrs["days_asked"])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be known of the run, such as an override that does nothing in it."""
        return tuple(json.loads(self.data.attrs.get("warnings", "[]")))

    @property
    def onset_h(self) -> float | None:
        """Age at which milk was felt to come in, h; None if it did not."""
        value = float(self.data.attrs["onset_h"])
        return value if math.isfinite(value) else None

    def daily(self) -> list[dict[str, Any]]:
        """Return the daily table as rows of plain values, null where a value does not exist."""
        names = [str(name) for name in self.data.data_vars if self.data[name].dims == ("day",)]
        values = {name: self.data[name].values for name in names}
        rows = []
        for i, day in enumerate(self.data["day"].values):
            row: dict[str, Any] = {"day": int(day)}
            for name in names:
                number = float(values[name][i]) if math.isfinite(values[name][i]) else None
                row[name] = round(number) if name in COUNTS and number is not None else number
            rows.append(row)
        return rows

    def to_netcdf(self, path: str | Path) -> None:
        """Write the lactation, whole or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written there.
        """
        columns = {
            str(name): Column(tuple(map(str, v.dims)), v.values, v.attrs) for name, v in self.data.variables.items()
        }
        with atomic_file(Path(path)) as temporary:
            write_columns(temporary, columns, self.data.attrs)

    def to_csv(self, path: str | Path) -> None:
        """Write the daily table; an empty cell means that a day has no such value."""
        names = ["day", *(name for name in DAY_COLUMNS if name in self.data)]
        write_table(Path(path), names, ([row[name] for name in names] for row in self.daily()))

    def sessions_csv(self, path: str | Path) -> None:
        """Write the table of sessions; those of a day are numbered as `zoom` counts them."""
        kind = SESSION_COLUMNS.index("kind")
        columns = [self.data[f"session_{name}"].values.tolist() for name in SESSION_COLUMNS]
        columns[kind] = [KINDS[int(code)] for code in columns[kind]]
        write_table(Path(path), SESSION_COLUMNS, zip(*columns, strict=True))

    @property
    def clock(self) -> str:
        """The clock by which its feeds were run; files written before it was kept hold the averaged one."""
        return str(self.data.attrs.get("clock", CYCLE_AVERAGED))

    @property
    def origin(self) -> str:
        """What gives the same days again: scenario, seed, dyad, clock of the feeds."""
        about = self.data.attrs
        dyad = f", dyad {about['dyad']}" if about["dyad"] else ""
        clock = "" if self.clock == CYCLE_AVERAGED else f", {self.clock}"
        return f"{about['scenario']}, seed {about['seed']}{dyad}{clock}"

    def plot(self, path: str | Path | None = None) -> "Figure":
        """Draw the figure over days; see `letdown.plot.plot_lactation`."""
        # by name: the figure imports this module, and data go forward only
        figure: Figure = import_module("letdown.plot.lactation").plot_lactation(self, path)
        return figure

    @staticmethod
    def open(path: str | Path) -> "Lactation":
        """Return the lactation of a netCDF file.

        Raises
        ------
        RecordingError
            If the file is not a lactation of this program.
        """
        import xarray as xr

        place = Path(path)
        columns, attributes = read_run_file(place, REMEDY)
        if check_layout(place, attributes, LACTATION, FORMAT, REMEDY) < FORMAT:
            raise RecordingError(f"{place} was written before sessions were numbered; simulate the lactation again.")
        try:
            check_lactation_columns(columns)
            labelled = {name: _labelled(name, column) for name, column in columns.items()}
            coordinates = {"day": labelled.pop("day")}
            lactation = Lactation(xr.Dataset(labelled, coordinates, attributes))
            lactation.check_attributes()
        except DAMAGE as error:
            raise damaged(place, LACTATION, error, REMEDY) from error
        return lactation

    def check_attributes(self) -> None:
        """Refuse attributes that no lactation has.

        Raises
        ------
        KeyError, TypeError, ValueError
            If one is absent or cannot be read as what it is.
        """
        about = self.data.attrs
        if not 0 <= self.data.sizes["day"] <= int(about["days_asked"]):
            raise ValueError("it holds more days than were asked for")
        for name in ("scenario", "scenario_toml", "seed", "dyad"):
            if not isinstance(about[name], str):
                raise TypeError(f"{name} is not a text")
        if not 0 <= int(about["seed"]) < 2**64:
            raise ValueError("seed is out of range")
        if about["dyad"]:
            int(about["dyad"])
        float(about["onset_h"])
        sexes = [infant["sex"] for infant in toml_values(about["scenario_toml"])["infants"]]
        if len(sexes) not in (1, 2) or not set(sexes) <= {"girl", "boy"}:
            raise ValueError("scenario_toml names no infants")


def _labelled(name: str, column: Column) -> Column:
    """Return a column with its labels, which files written before every one had them lack."""
    known = name == "day" or name in DAY_VARIABLES or name.startswith("session_")
    return column._replace(attributes=lactation_labels(name) | column.attributes) if known else column
