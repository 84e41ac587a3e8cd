"""A recording: everything one simulated feed did, labelled, with where it came from.

`Recording.data` is an `xarray.Dataset` after the CF conventions: time series over `time` (and `side`), the
tables `burst`, `let_down`, `sign` and `step`, the accounts of the run (`total_...`), and the provenance
(version, scenario, parameter hash, seed) as attributes. The netCDF file holds the same, and `letdown.open`
gives the same recording back.
"""

import csv
import json
import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np

from letdown._atomic_file import atomic_file
from letdown._errors import RecordingError
from letdown._netcdf import Column, read_columns, write_columns
from letdown._version import __version__
from letdown.engine.run import Burst, EndReason, LetDown, Run, Sign, SignName, StepRecord, Totals
from letdown.neurons.bursts import SpikeTrains

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
    "open",
    "step_names",
]

DISCLAIMER = "A simulation for research, design and teaching; it describes no real person and is not medical advice."

SIDES = ("left", "right")

FORMAT = 2
"""Version of the layout of the data set; a file with a higher one is refused."""


class Variable(NamedTuple):
    """How a channel of a run is labelled."""

    units: str  # UDUNITS spelling
    long_name: str
    sided: bool = False  # one value for each breast


VARIABLES: dict[str, Variable] = {
    "oxytocin_pg_ml": Variable("pg mL-1", "oxytocin in plasma"),
    "prolactin_ng_ml": Variable("ng mL-1", "prolactin in plasma"),
    "activation": Variable("1", "activation of the myoepithelium"),
    "store": Variable("1", "excitation stored by the oxytocin neurones"),
    "priming_rate_per_s": Variable("s-1", "rate at which the store of the oxytocin neurones fills"),
    "afferent_drive": Variable("1", "drive of the nipple afferents"),
    "cue_drive": Variable("1", "drive of conditioned cues"),
    "central_inhibition": Variable("1", "inhibition of the oxytocin neurones"),
    "adrenergic_tone": Variable("1", "adrenergic tone of ducts and myoepithelium"),
    "suck_rate_hz": Variable("Hz", "rate of sucks or pump cycles"),
    "sucking": Variable("1", "sucking (1) or pausing (0)"),
    "vigour": Variable("1", "vigour of the infant's sucking"),
    "stomach_ml": Variable("mL", "milk in the infant's stomach"),
    "uterine_tone": Variable("1", "tone of the uterus"),
    "afterpain": Variable("1", "afterpain"),
    "thirst": Variable("1", "thirst"),
    "tingling": Variable("1", "tingling of the breasts"),
    "alveolar_milk_ml": Variable("mL", "milk in the alveoli", True),
    "ductal_milk_ml": Variable("mL", "milk in the ducts", True),
    "alveolar_pressure_mmhg": Variable("mmHg", "pressure in the alveoli above ambient", True),
    "ductal_pressure_mmhg": Variable("mmHg", "pressure in the ducts above ambient", True),
    "duct_diameter_mm": Variable("mm", "diameter of a main duct", True),
    "suction_peak_mmhg": Variable("mmHg", "suction below ambient, peak of the cycle", True),
    "suction_baseline_mmhg": Variable("mmHg", "suction below ambient, baseline of the cycle", True),
    "suction_mmhg": Variable("mmHg", "suction below ambient at the nipple", True),
    "flow_ml_s": Variable("mL s-1", "milk flow at the nipple", True),
    "ejection_flow_ml_s": Variable("mL s-1", "milk flow from the alveoli into the ducts", True),
    "removed_ml": Variable("mL", "milk removed since the start", True),
    "leaked_ml": Variable("mL", "milk leaked since the start", True),
    "pad_ml": Variable("mL", "milk held by the nursing pad", True),
    "clothes_ml": Variable("mL", "milk that reached the clothes", True),
    "skin_wetness": Variable("1", "wetness of the skin", True),
}

TABLES: dict[str, dict[str, Variable]] = {
    "burst": {
        "time_s": Variable("s", "time of a burst of the oxytocin neurones"),
        "recruited": Variable("1", "share of a full burst"),
        "oxytocin_ng": Variable("ng", "oxytocin secreted by the burst"),
    },
    "let_down": {
        "onset_s": Variable("s", "onset of a let-down"),
        "end_s": Variable("s", "end of a let-down"),
        "milk_left_ml": Variable("mL", "milk moved from alveoli to ducts until the next onset, left breast"),
        "milk_right_ml": Variable("mL", "milk moved from alveoli to ducts until the next onset, right breast"),
        "removed_left_ml": Variable("mL", "milk removed until the next onset, left breast"),
        "removed_right_ml": Variable("mL", "milk removed until the next onset, right breast"),
        "felt": Variable("1", "the mother noticed the let-down (1) or not (0)"),
    },
    "sign": {
        "name": Variable("", "sign by which a let-down shows itself"),
        "time_s": Variable("s", "time of the sign"),
        "side": Variable("", "breast of the sign, empty where it belongs to none"),
    },
    "step": {
        "index": Variable("1", "position of the step in the protocol"),
        "do": Variable("", "what the step does"),
        "side": Variable("", "breast of the step, empty where it belongs to none"),
        "start_s": Variable("s", "start of the step"),
        "end_s": Variable("s", "end of the step"),
        "end_reason": Variable("", "why the step ended"),
        "what": Variable("", "which cue, condition or dose the step is, empty for others"),
    },
}

ADDED = ("step_what",)
"""Columns of events that files of format 1 lack."""

_UNIT_ENDINGS = ("_pg_ml", "_ng_ml", "_ml_s", "_per_s", "_mmhg", "_ml", "_mm", "_hz", "_ng", "_s")
_COLUMN_UNITS = {"_pg_ml": "pg mL-1", "_ml_s": "mL s-1", "_ml": "mL", "_ng": "ng", "_s": "s"}


def column_name(channel: str, side: str | None = None) -> str:
    """Return the CSV column of a channel; the side comes before the unit (`removed_left_ml`)."""
    if side is None:
        return channel
    ending = next((e for e in _UNIT_ENDINGS if channel.endswith(e)), "")
    return f"{channel.removesuffix(ending)}_{side}{ending}"


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
    """Return a finite float, or None: JSON has no NaN."""
    return float(value) if value is not None and math.isfinite(value) else None


def _pair(values: tuple[float, float]) -> dict[str, float | None]:
    return {side: _number(value) for side, value in zip(SIDES, values, strict=True)}


def _with_total(values: tuple[float, float]) -> dict[str, float | None]:
    return _pair(values) | {"total": _number(math.fsum(values))}


def feed_summary(run: Run) -> dict[str, Any]:
    """Return what a feed came to, as plain values that JSON can hold (see `letdown schema feed`).

    Parameters
    ----------
    run : Run
        What the engine returned.

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
        "first_let_down_after_latch_s": first_let_down_s - totals.first_latch_s if both else None,  # type: ignore[operator]
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


def _attributes(variable: Variable) -> dict[str, str]:
    labels = {"long_name": variable.long_name}
    return labels | {"units": variable.units} if variable.units else labels


def _series(run: Run) -> dict[str, Column]:
    """Return the time series."""
    series = {}
    for name, values in run.channels.items():
        variable = VARIABLES.get(name)
        if variable is None:
            raise RecordingError(
                f"The run has a channel {name!r} without a label; add it to letdown.recording.VARIABLES."
            )
        shape = (run.time_s.size, 2) if variable.sided else (run.time_s.size,)
        if values.shape != shape:
            raise RecordingError(f"Channel {name!r} has shape {values.shape}, not {shape}; give one value per time.")
        series[name] = Column(("time", "side") if variable.sided else ("time",), values, _attributes(variable))
    return series


def _table(name: str, rows: tuple[Any, ...]) -> dict[str, Column]:
    """Return a table of events as columns `name_field`."""
    columns = {}
    for field, variable in TABLES[name].items():
        values = [getattr(row, field) for row in rows]
        if not variable.units:
            array = np.array(["" if value is None else str(value) for value in values], dtype=object)
        else:
            kind = np.int8 if field == "felt" else np.int64 if field == "index" else np.float64
            array = np.array(values, dtype=kind)
        attributes: dict[str, Any] = _attributes(variable)
        if field == "felt":
            attributes |= {"flag_values": np.array([0, 1], np.int8), "flag_meanings": "not_felt felt"}
        columns[f"{name}_{field}"] = Column((name,), array, attributes)
    return columns


def _totals(totals: Totals) -> dict[str, Column]:
    """Return the accounts of the run as scalars and (left, right) pairs; an absent time is NaN."""
    columns = {}
    for field in fields(totals):
        value = getattr(totals, field.name)
        ending = next((e for e in _UNIT_ENDINGS if field.name.endswith(e)), "")
        labels = {"long_name": f"{field.name.removesuffix(ending).replace('_', ' ')}, whole run"}
        if ending:
            labels["units"] = _COLUMN_UNITS[ending]
        dims = ("side",) if isinstance(value, tuple) else ()
        kind = object if isinstance(value, str) else np.float64
        held = str(value) if isinstance(value, str) else math.nan if value is None else value
        columns[f"total_{field.name}"] = Column(dims, np.array(held, dtype=kind), labels)
    return columns


def _spikes(trains: SpikeTrains) -> dict[str, Column]:
    """Return the spikes in order of time, with the number of the cell of each."""
    return {
        "spike_time_s": Column(("spike",), trains.time_s, {"units": "s", "long_name": "time of a spike"}),
        "spike_cell": Column(("spike",), trains.cell, {"units": "1", "long_name": "number of the cell that fired"}),
        "spike_cells": Column((), np.array(trains.cells), {"units": "1", "long_name": "number of cells recorded"}),
        "spike_duration_s": Column(
            (), np.array(trains.duration_s), {"units": "s", "long_name": "length of the recording of spikes"}
        ),
    }


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
@dataclass(frozen=True, eq=False)
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
        columns = _series(run) | _totals(run.totals)
        for name, rows in (
            ("burst", run.bursts),
            ("let_down", run.let_downs),
            ("sign", run.signs),
            ("step", run.steps),
        ):
            columns |= _table(name, rows)
        if run.spikes is not None:
            columns |= _spikes(run.spikes)
        labels = {"units": "s", "long_name": "time since the start of the protocol"}
        columns["time"] = Column(("time",), run.time_s, labels)
        columns["side"] = Column(("side",), np.array(SIDES, dtype=object), {"long_name": "breast"})
        return cls(columns, _provenance(run))

    @classmethod
    def open(cls, path: str | Path) -> "Recording":
        """Read a recording from a netCDF file.

        Raises
        ------
        RecordingError
            If the file does not exist, is not a recording, is damaged, or comes from a newer version.
        """
        remedy = "give the recording.nc of a finished run"
        try:
            columns, attributes = read_columns(Path(path))
        except FileNotFoundError as error:
            raise RecordingError(f"There is no file {path}; {remedy}.") from error
        except OSError as error:
            raise RecordingError(f"{path} cannot be read as netCDF; {remedy}.") from error
        if "letdown_lactation_format" in attributes:
            raise RecordingError(f"{path} is days and months, not one feed; open it with letdown.Lactation.open.")
        layout = attributes.get("letdown_format")
        if not isinstance(layout, int | np.integer):
            raise RecordingError(f"{path} is not a recording of letdown; {remedy}.")
        if layout > FORMAT:
            version = attributes.get("letdown_version")
            raise RecordingError(f"{path} was written by letdown {version}, newer than {__version__}; update letdown.")
        recording = cls(columns, attributes)
        try:
            _series(recording.run())
        except (KeyError, TypeError, ValueError, AttributeError, RecordingError) as error:
            raise RecordingError(f"{path} is a recording with parts missing or damaged; {remedy}.") from error
        return recording

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
            write_columns(temporary, self.columns, self.attributes, long="time")

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
        """Write the time series; the first line is a comment, the second names columns with their units."""
        run = self.run()
        series = [("time_s", run.time_s)]
        for name, values in run.channels.items():
            if VARIABLES[name].sided:
                series += [(column_name(name, side), values[:, i]) for i, side in enumerate(SIDES)]
            else:
                series.append((name, values))
        header = f"# {DISCLAIMER}\n" + ",".join(name for name, _ in series)
        table = np.column_stack([values for _, values in series])
        with atomic_file(Path(path)) as temporary:
            np.savetxt(temporary, table, fmt="%.7g", delimiter=",", header=header, comments="", encoding="utf-8")

    def events_csv(self, path: str | Path) -> None:
        """Write the events, one to a row; the first line is a comment, an empty cell means not applicable."""
        names = [field.name for field in fields(Event)]
        with atomic_file(Path(path)) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            file.write(f"# {DISCLAIMER}\n")
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(names)
            for event in self.events():
                values = [getattr(event, name) for name in names]
                writer.writerow([f"{v:.7g}" if isinstance(v, float) else v for v in values])

    def plot(self, path: str | Path | None = None) -> "Figure":
        """Draw the feed; with a path (.png, .pdf or .svg) also write the figure."""
        # The plot layer stands above this one, so it is named only at run time.
        figure: Figure = import_module("letdown.plot").plot_feed(self, path)
        return figure


open = Recording.open
"""Read a recording from a netCDF file."""
