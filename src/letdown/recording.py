"""A recording: everything one simulated feed did, labelled, with where it came from.

`Recording.data` is an `xarray.Dataset` after the CF conventions: time series over `time` (and `side`), the
tables `burst`, `let_down`, `sign` and `step`, the accounts of the run (`total_...`), and the provenance
(version, scenario, parameter hash, seed) as attributes. The netCDF file holds the same, and `letdown.open`
gives the same recording back.
"""

import json
import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from letdown._atomic_file import atomic_file
from letdown._card import card_line, card_table
from letdown._csv_file import write_numbers, write_table
from letdown._netcdf import Column, write_columns
from letdown._printable import counted
from letdown._run_file import DAMAGE, RECORDING, check_layout, damaged, read_run_file
from letdown._version import __version__
from letdown.engine.run import Burst, EndReason, FeedAccount, LetDown, Run, Sign, SignName, StepRecord, Totals
from letdown.neurons.bursts import SpikeTrains
from letdown.recording_layout import ADDED, SIDES, TABLES, VARIABLES, Variable, check_columns, column_name, columns_of

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = [
    "DISCLAIMER",
    "SIDES",
    "VARIABLES",
    "Event",
    "Recording",
    "Variable",
    "column_name",
    "feed_summary",
    "step_names",
]

DISCLAIMER = "A simulation for research, design and teaching; it describes no real person and is not medical advice."

FORMAT = 2
"""Version of the layout of the data set; a file with a higher one is refused."""

REMEDY = "give the recording.nc of a finished run"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the events table; fields that do not belong to the kind of event are None."""

    time_s: float
    event: str  # burst, let_down, sign or step
    name: str
    side: str | None = None
    end_s: float | None = None
    felt: bool | None = None
    milk_left_ml: float | None = None
    milk_right_ml: float | None = None
    removed_left_ml: float | None = None
    removed_right_ml: float | None = None
    recruited: float | None = None
    oxytocin_ng: float | None = None
    end_reason: str | None = None


def _number(value: float | None) -> float | None:
    """Return a finite float, never -0, or None: JSON has no NaN."""
    return float(value) + 0.0 if value is not None and math.isfinite(value) else None


def _pair(values: tuple[float, float]) -> dict[str, float | None]:
    return {side: _number(value) for side, value in zip(SIDES, values, strict=True)}


def _with_total(values: tuple[float, float]) -> dict[str, float | None]:
    return _pair(values) | {"total": _number(math.fsum(values))}


def feed_summary(run: FeedAccount) -> dict[str, Any]:
    """Return what a feed came to, as plain values that JSON can hold (see `letdown schema feed`).

    Parameters
    ----------
    run : Run or FeedAccount
        What the engine returned, whole or as one of a cohort.

    Returns
    -------
    dict
        Times in s since the start of the protocol, milk in mL, shares 0-1, oxytocin in pg/mL; null where a
        value does not exist.
    """
    totals = run.totals
    first_let_down_s = run.let_downs[0].onset_s if run.let_downs else None
    both = first_let_down_s is not None and totals.first_latch_s is not None
    left, right, total = totals.share_removed()
    return {
        "scenario": run.scenario,
        "let_downs": [
            {
                "onset_s": _number(d.onset_s),
                "end_s": _number(d.end_s),
                "milk_ml": _pair((d.milk_left_ml, d.milk_right_ml)),
                "milk_removed_ml": _pair((d.removed_left_ml, d.removed_right_ml)),
                "felt": bool(d.felt),
            }
            for d in run.let_downs
        ],
        "first_let_down_s": _number(first_let_down_s),
        "first_latch_s": _number(totals.first_latch_s),
        "first_let_down_after_latch_s": round(first_let_down_s - totals.first_latch_s, 6) if both else None,  # type: ignore[operator]
        "milk_removed_ml": _with_total(totals.removed_ml),
        "available_ml": _with_total(totals.available_ml),
        "share_of_available": {"left": _number(left), "right": _number(right), "total": _number(total)},
        "leaked_ml": _with_total(totals.leaked_ml),
        "flow_peak_ml_s": _number(totals.flow_peak_ml_s),
        "oxytocin_baseline_pg_ml": _number(totals.oxytocin_baseline_pg_ml),
        "oxytocin_peak_pg_ml": _number(totals.oxytocin_peak_pg_ml),
        "oxytocin_peak_time_s": _number(totals.oxytocin_peak_time_s),
        "bursts": [_number(burst.time_s) for burst in run.bursts],
        "signs": [{"name": str(s.name), "time_s": _number(s.time_s), "side": s.side} for s in run.signs],
        "duration_s": _number(totals.duration_s),
        "end_reason": str(totals.end_reason),
        "overrides": dict(_overrides(run.scenario_toml)),
        "seed": int(run.seed),
        "dyad": run.dyad,
        "traits": {name: _number(value) for name, value in run.traits.items()},
        "warnings": list(run.warnings),
        "disclaimer": DISCLAIMER,
        "version": __version__,
    }


@lru_cache(maxsize=8)  # the dyads of a cohort share one scenario
def _overrides(scenario_toml: str) -> dict[str, float]:
    """Return the parameters that a scenario overrides."""
    given = tomllib.loads(scenario_toml).get("parameters", {})
    return {path: float(value) for path, value in given.items()}


_STEP_NAMES = {
    "latch": "infant",
    "switch": "infant",
    "unlatch": "infant taken off",
    "hand_express": "hand",
    "press": "nipple pressed",
    "own_cry": "own baby's cry",
    "other_cry": "another baby's cry",
    "thought": "thought of the baby",
    "iv": "oxytocin into a vein",
    "nasal": "oxytocin into the nose",
}


def step_names(run: Run) -> list[str]:
    """Return a name for each step of a run: what is done, or the kind of cue, condition or dose."""
    names = (step.what or step.do for step in run.steps)
    return [_STEP_NAMES.get(name, name.replace("_", " ")) for name in names]


def _provenance(run: Run) -> dict[str, Any]:
    created = datetime.now(UTC).isoformat(timespec="seconds")
    provenance = {
        "Conventions": "CF-1.11",
        "title": f"Simulated milk-ejection reflex: {run.scenario}, seed {run.seed}",
        "source": f"letdown {__version__}",
        "history": f"{created} simulated by letdown {__version__}",
        "comment": DISCLAIMER,
        "disclaimer": DISCLAIMER,
        "created_utc": created,
        "letdown_version": __version__,
        "letdown_format": FORMAT,
        "scenario": run.scenario,
        "scenario_toml": run.scenario_toml,
        "parameter_hash": run.parameter_hash,
        "burst_source": run.burst_source,
        "seed": np.uint64(run.seed),
        "traits": json.dumps(run.traits),
        "warnings": json.dumps(list(run.warnings)),
    }
    return provenance if run.dyad is None else provenance | {"dyad": run.dyad}


@final
@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """One feed, labelled.

    Attributes
    ----------
    columns : dict of Column
        Time series, tables of events and accounts, by name.
    attributes : dict
        Provenance.
    """

    columns: dict[str, Column]
    attributes: dict[str, Any]

    @classmethod
    def from_run(cls, run: Run) -> "Recording":
        """Label what the engine returned.

        Raises
        ------
        RecordingError
            If a channel has no label or the wrong shape.
        """
        return cls(columns_of(run), _provenance(run))

    @classmethod
    def open(cls, path: str | Path) -> "Recording":
        """Read a recording from a netCDF file.

        Raises
        ------
        RecordingError
            If the file does not exist, is not a recording, is damaged, or comes from a newer version.
        """
        columns, attributes = read_run_file(Path(path), REMEDY)
        check_layout(Path(path), attributes, RECORDING, FORMAT, REMEDY)
        recording = cls(columns, attributes)
        try:
            check_columns(columns)
            recording.summary()
        except DAMAGE as error:
            raise damaged(Path(path), RECORDING, error, REMEDY) from error
        return recording

    def __repr__(self) -> str:
        """Return one line: what was simulated, let-downs, milk, duration."""
        run = self.run()
        milk, minutes = math.fsum(run.totals.removed_ml), run.totals.duration_s / 60
        came = f"{counted(len(run.let_downs), 'let-down')}, {milk:.0f} mL of milk removed in {minutes:.0f} min"
        return card_line("Recording", f"{run.scenario}, seed {run.seed}", came)

    def _repr_html_(self) -> str:
        """Return a small table for a notebook."""
        run = self.run()
        onset = f"{run.let_downs[0].onset_s:.0f} s" if run.let_downs else None
        left, right = run.totals.removed_ml
        rows = {
            "scenario": run.scenario,
            "seed": run.seed,
            "dyad": run.dyad,
            "duration": f"{run.totals.duration_s / 60:.1f} min",
            "let-downs": len(run.let_downs),
            "first let-down": onset,
            "milk removed": f"{left + right:.1f} mL ({left:.1f} left, {right:.1f} right)",
            "peak oxytocin": f"{run.totals.oxytocin_peak_pg_ml:.1f} pg/mL",
            "time series": f"{counted(len(run.channels), 'variable')} at {counted(run.time_s.size, 'time')}",
        }
        return card_table("Recording of a feed", rows)

    @cached_property
    def data(self) -> "xr.Dataset":
        """Everything as one labelled data set."""
        import xarray as xr

        coordinates = {name: self.columns[name] for name in ("time", "side")}
        variables = {name: column for name, column in self.columns.items() if name not in coordinates}
        return xr.Dataset(variables, coords=coordinates, attrs=self.attributes)

    def to_netcdf(self, path: str | Path) -> None:
        """Write the recording to a netCDF file, whole or not at all."""
        with atomic_file(Path(path)) as temporary:
            write_columns(temporary, self.columns, self.attributes)

    def run(self) -> Run:
        """Return the recording as the `Run` it was made from."""
        return self._run

    @cached_property
    def _run(self) -> Run:
        attributes = self.attributes
        return Run(
            time_s=self.columns["time"].values,
            channels={name: self.columns[name].values for name in VARIABLES if name in self.columns},
            bursts=tuple(Burst(**row) for row in self._rows("burst")),
            let_downs=tuple(LetDown(**row) for row in self._rows("let_down")),
            signs=tuple(Sign(**row) for row in self._rows("sign")),
            steps=tuple(StepRecord(**row) for row in self._rows("step")),
            totals=self._totals(),
            seed=int(attributes["seed"]),
            dyad=int(attributes["dyad"]) if "dyad" in attributes else None,
            traits=json.loads(attributes["traits"]),
            warnings=tuple(json.loads(attributes["warnings"])),
            scenario=str(attributes["scenario"]),
            scenario_toml=str(attributes["scenario_toml"]),
            parameter_hash=str(attributes["parameter_hash"]),
            burst_source=str(attributes["burst_source"]),
            spikes=self._spikes(),
        )

    def _spikes(self) -> SpikeTrains | None:
        if "spike_time_s" not in self.columns:
            return None
        time, cell, cells, duration = (
            self.columns[name].values for name in ("spike_time_s", "spike_cell", "spike_cells", "spike_duration_s")
        )
        return SpikeTrains(time, cell.astype(np.int64), int(cells), float(duration))

    def _rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table of events as keyword arguments of its row class."""
        restore: dict[str, Callable[[Any], Any]] = {
            "felt": bool,
            "index": int,
            "name": SignName,
            "side": lambda side: side or None,
            "end_reason": EndReason,
        }
        fields_of = {}
        for field in TABLES[table]:
            if f"{table}_{field}" in ADDED and f"{table}_{field}" not in self.columns:
                continue
            values = self.columns[f"{table}_{field}"].values.tolist()
            fields_of[field] = [restore[field](v) for v in values] if field in restore else values
        return [dict(zip(fields_of, row, strict=True)) for row in zip(*fields_of.values(), strict=True)]

    def _totals(self) -> Totals:
        values: dict[str, Any] = {}
        for field in fields(Totals):
            value = self.columns[f"total_{field.name}"].values.tolist()
            values[field.name] = tuple(value) if isinstance(value, list) else value
        values["end_reason"] = EndReason(values["end_reason"])
        values["first_latch_s"] = _number(values["first_latch_s"])
        return Totals(**values)

    def summary(self) -> dict[str, Any]:
        """Return what the feed came to; see `feed_summary`."""
        return feed_summary(self.run())

    def events(self) -> list[Event]:
        """Return bursts, let-downs, signs and protocol steps in order of time."""
        run = self.run()
        rows = [Event(b.time_s, "burst", "burst", recruited=b.recruited, oxytocin_ng=b.oxytocin_ng) for b in run.bursts]
        for d in run.let_downs:
            milk = (d.milk_left_ml, d.milk_right_ml, d.removed_left_ml, d.removed_right_ml)
            rows.append(Event(d.onset_s, "let_down", "let_down", None, d.end_s, d.felt, *milk))
        rows += [Event(s.time_s, "sign", str(s.name), s.side) for s in run.signs]
        rows += [Event(s.start_s, "step", s.do, s.side, s.end_s, end_reason=str(s.end_reason)) for s in run.steps]
        return sorted(rows, key=lambda event: event.time_s)

    def to_csv(self, path: str | Path) -> None:
        """Write the time series; the names of the columns hold their units."""
        run = self.run()
        series = [("time_s", run.time_s)]
        for name, values in run.channels.items():
            if VARIABLES[name].sided:
                series += [(column_name(name, side), values[:, i]) for i, side in enumerate(SIDES)]
            else:
                series.append((name, values))
        table = np.column_stack([values for _, values in series])
        write_numbers(Path(path), [name for name, _ in series], table)

    def events_csv(self, path: str | Path) -> None:
        """Write the events, one to a row; an empty cell means not applicable."""
        names = [field.name for field in fields(Event)]
        write_table(Path(path), names, ([getattr(event, name) for name in names] for event in self.events()))

    def plot(self, path: str | Path | None = None) -> "Figure":
        """Draw the feed; with a path (.png, .pdf or .svg) also write the figure."""
        # The plot layer stands above this one, so it is named only at run time.
        figure: Figure = import_module("letdown.plot").plot_feed(self, path)
        return figure
