"""A lactation: everything one simulated dyad did from birth, a row a day and a row a session, labelled.

`Lactation.data` is an `xarray.Dataset`: the daily table over `day`, the sessions over `session`, and the provenance
as attributes. The netCDF file holds the same, and `Lactation.open` gives the same lactation back.
"""

import csv
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
from letdown._errors import RecordingError
from letdown._version import __version__
from letdown.engine.life.records import DAY_COLUMNS, KINDS, SESSION_COLUMNS, LifeResult
from letdown.recording import DISCLAIMER, Variable

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = ["CYCLE_AVERAGED", "DAY_VARIABLES", "SUCK_RESOLVED", "Lactation", "daily_rows"]

FORMAT = 2
"""Version of the layout; a file with a higher one is refused."""

DAY_VARIABLES: dict[str, Variable] = {
    "production_ml": Variable("mL", "milk made in both breasts"),
    "intake_ml": Variable("mL", "human milk that the infants drank, at the breast or from a bottle"),
    "expressed_ml": Variable("mL", "milk expressed"),
    "formula_ml": Variable("mL", "formula drunk"),
    "leaked_ml": Variable("mL", "milk leaked"),
    "resorbed_ml": Variable("mL", "milk that went back into blood"),
    "stored_ml": Variable("mL", "milk in both breasts at the end of the day"),
    "feeds": Variable("1", "feeds, each one latch on one breast"),
    "sessions": Variable("1", "sessions of one breast or both"),
    "pumpings": Variable("1", "sessions of a pump"),
    "milk_per_feed_ml": Variable("mL", "milk of a feed from one breast"),
    "let_downs_per_feed": Variable("1", "let-downs in a session"),
    "first_let_down_s": Variable("s", "first let-down after the latch; negative before it"),
    "share_of_available": Variable("1", "share taken of the milk in the breasts used, or made meanwhile"),
    "fat_g_l": Variable("g L-1", "fat of the milk taken"),
    "energy_kcal": Variable("kcal", "energy that the infants drank"),
    "prolactin_before_ng_ml": Variable("ng mL-1", "prolactin before a session"),
    "prolactin_peak_ng_ml": Variable("ng mL-1", "highest prolactin after a session"),
    "prolactin_mean_ng_ml": Variable("ng mL-1", "mean prolactin of the day"),
    "weight_kg": Variable("kg", "weight of the infant"),
    "weight_z": Variable("1", "z-score of that weight, WHO standard"),
    "second_weight_kg": Variable("kg", "weight of the second infant"),
    "second_weight_z": Variable("1", "z-score of that weight, WHO standard"),
    "engorgement": Variable("1", "highest oedema of either breast"),
    "capacity_ml": Variable("mL", "storage capacity of both breasts"),
    "tissue": Variable("1", "secretory tissue, 1 after pregnancy"),
    "own_cry": Variable("1", "strength of the own infant's cry as a cue"),
    "other_cry": Variable("1", "strength of another infant's cry as a cue"),
    "thought": Variable("1", "strength of the thought of the infant as a cue"),
    "usual_hour": Variable("1", "strength of the usual hour as a cue"),
    "preparing": Variable("1", "strength of preparing as a cue"),
    "familiarity": Variable("1", "the mother's practice"),
    "latch_skill": Variable("1", "skill at the latch"),
    "unwanted_let_downs": Variable("1", "let-downs without a feed"),
    "cried_h": Variable("h", "time the infant cried from hunger"),
    "slept_h": Variable("h", "time the infant slept"),
    "uterus_cm3": Variable("cm3", "volume of the uterus"),
    "uterus_diameter_cm": Variable("cm", "anteroposterior diameter of the uterus"),
    "fundus_cm": Variable("cm", "height of the fundus above the symphysis"),
    "receptors": Variable("1", "share of uterine oxytocin receptors left"),
    "afterpains": Variable("1", "cramps noticed in feeds"),
    "activation": Variable("1", "share of secretory cells that lactogenesis II has activated"),
    "milk_imbalance_ml": Variable("mL", "made less leaked, resorbed, taken and stored: rounding only"),
}
"""Label of each column of the daily table."""

COUNTS = ("feeds", "sessions", "pumpings", "unwanted_let_downs", "afterpains")

CYCLE_AVERAGED, SUCK_RESOLVED = "cycle-averaged", "suck-resolved"
"""Clocks of the feeds."""

TWIN_ONLY = ("second_weight_kg", "second_weight_z")


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
@dataclass(frozen=True, slots=True, eq=False)
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
                label = DAY_VARIABLES[name]
                columns[name] = (("day",), result.days[:done, i], {"units": label.units, "long_name": label.long_name})
        sessions = np.array(result.sessions, dtype=float).reshape(-1, len(SESSION_COLUMNS))
        sessions = sessions[sessions[:, SESSION_COLUMNS.index("day")] <= done]
        for i, name in enumerate(SESSION_COLUMNS):
            columns[f"session_{name}"] = (("session",), sessions[:, i])
        flags = {"flag_values": np.arange(len(KINDS), dtype=float), "flag_meanings": " ".join(KINDS)}
        columns["session_kind"] = (*columns["session_kind"], flags)
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
        coordinates = {"day": ("day", np.arange(1, done + 1), {"long_name": "day after birth, the first 24 h are 1"})}
        return Lactation(xr.Dataset(columns, coordinates, attributes))

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
        with atomic_file(Path(path)) as temporary:
            try:
                self.data.to_netcdf(temporary, engine="netcdf4")
            except RuntimeError as error:  # what the HDF5 library says of a full disk
                raise OSError(str(error)) from error

    def to_csv(self, path: str | Path) -> None:
        """Write the daily table."""
        rows = self.daily()
        with atomic_file(Path(path)) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            file.write(self._head())
            header = ["day", *(name for name in DAY_COLUMNS if name in self.data)]
            writer = csv.DictWriter(file, header, lineterminator="\n")
            writer.writeheader()
            for row in rows:
                writer.writerow({k: "" if v is None else f"{v:.7g}" for k, v in row.items()})

    def sessions_csv(self, path: str | Path) -> None:
        """Write the table of sessions; those of a day are numbered as `zoom` counts them."""
        kind = SESSION_COLUMNS.index("kind")
        columns = [self.data[f"session_{name}"].values for name in SESSION_COLUMNS]
        with atomic_file(Path(path)) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            file.write(self._head())
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(SESSION_COLUMNS)
            for row in zip(*columns, strict=True):
                cells = ["" if math.isnan(v) else f"{v:.7g}" for v in row]
                cells[kind] = KINDS[int(row[kind])]
                writer.writerow(cells)

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

    def _head(self) -> str:
        """Return the first line of a table: what it is, and whether days are missing."""
        asked = self.data.attrs["days_asked"]
        cut = "" if self.complete else f"Interrupted: {self.data.sizes['day']} of {asked} days. "
        return f"# {self.origin}. {cut}{DISCLAIMER}\n"

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

        try:
            data = xr.load_dataset(path, engine="netcdf4")
        except (OSError, ValueError) as error:
            raise RecordingError(f"{path} cannot be read as a lactation; give the lactation.nc of a run.") from error
        if int(data.attrs.get("letdown_lactation_format", 0)) != FORMAT:
            raise RecordingError(f"{path} is no lactation of this version; give the lactation.nc of a run.")
        return Lactation(data)
