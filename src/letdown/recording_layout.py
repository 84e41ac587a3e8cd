"""The columns of a recording: how each is labelled, how a run becomes columns, and what columns must hold.

`recording.nc` holds time series over `time` (and `side`), the tables `burst`, `let_down`, `sign` and `step`, the spikes
where the network made them, and the accounts of the run (`total_...`).
"""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np

from letdown._errors import RecordingError
from letdown._netcdf import Column
from letdown.engine.run import EndReason, Run, Totals
from letdown.neurons.bursts import SpikeTrains

__all__ = [
    "ADDED",
    "SIDES",
    "TABLES",
    "VARIABLES",
    "Variable",
    "check_columns",
    "column_name",
    "columns_of",
    "labels",
    "numbers",
    "texts",
]

SIDES = ("left", "right")


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


def labels(variable: Variable) -> dict[str, Any]:
    """Return the attributes of a column; a text has the units "1", as CF takes what has none."""
    return {"long_name": variable.long_name, "units": variable.units or "1"}


def columns_of(run: Run) -> dict[str, Column]:
    """Return everything a run did as labelled columns.

    Raises
    ------
    RecordingError
        If a channel has no label or the wrong shape.
    """
    columns = _series(run) | _totals(run.totals)
    for name in TABLES:
        columns |= _table(name, getattr(run, f"{name}s"))
    if run.spikes is not None:
        columns |= _spikes(run.spikes)
    columns["time"] = Column(("time",), run.time_s, labels(Variable("s", "time since the start of the protocol")))
    columns["side"] = Column(("side",), np.array(SIDES, dtype=object), labels(Variable("", "breast")))
    return columns


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
        series[name] = Column(("time", "side") if variable.sided else ("time",), values, labels(variable))
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
        attributes: dict[str, Any] = labels(variable)
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
        named = f"{field.name.removesuffix(ending).replace('_', ' ')}, whole run"
        variable = Variable(_COLUMN_UNITS[ending] if ending else "", named)
        dims = ("side",) if isinstance(value, tuple) else ()
        kind = object if isinstance(value, str) else np.float64
        held = str(value) if isinstance(value, str) else math.nan if value is None else value
        columns[f"total_{field.name}"] = Column(dims, np.array(held, dtype=kind), labels(variable))
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


LARGEST = 1e12
"""Beyond anything that a quantity of a feed, a day or a network comes to; larger numbers are damage."""


def numbers(columns: Mapping[str, Column], name: str, dims: tuple[str, ...], *, missing: bool = False) -> Any:
    """Return the values of a column of numbers.

    Raises
    ------
    ValueError
        If it is absent, has other dimensions, or holds texts or numbers that cannot be; NaN unless `missing`.
    """
    values = _values(columns, name, dims)
    if values.dtype.kind not in "iuf":
        raise ValueError(f"{name} holds texts instead of numbers")
    wide = values.astype(np.float64)
    if missing:
        wide = wide[~np.isnan(wide)]
    if not (np.abs(wide) <= LARGEST).all():  # NaN compares false
        raise ValueError(f"{name} holds a number that is missing or too large")
    return values


def texts(columns: Mapping[str, Column], name: str, dims: tuple[str, ...]) -> list[str]:
    """Return the values of a column of texts. Raises ValueError as `numbers`."""
    values = _values(columns, name, dims)
    if values.dtype != object:
        raise ValueError(f"{name} holds numbers instead of texts")
    return [str(text) for text in values.ravel().tolist()]


def _values(columns: Mapping[str, Column], name: str, dims: tuple[str, ...]) -> Any:
    if name not in columns:
        raise ValueError(f"{name} is missing")
    column = columns[name]
    if column.dims != dims:
        raise ValueError(f"{name} does not lie over {', '.join(dims) or 'no dimension'}")
    return column.values


def check_columns(columns: Mapping[str, Column]) -> None:
    """Refuse the columns of a file that no recording holds.

    Raises
    ------
    ValueError
        If a column is absent, has another shape or kind, or holds numbers that cannot be; it says which.
    """
    time_s = numbers(columns, "time", ("time",))
    if time_s.size == 0 or (np.diff(time_s) <= 0).any():
        raise ValueError("time does not rise from row to row")
    if texts(columns, "side", ("side",)) != list(SIDES):
        raise ValueError("side is not left and right")
    for name, variable in VARIABLES.items():
        if name in columns:
            numbers(columns, name, ("time", "side") if variable.sided else ("time",))
    for table, labelled in TABLES.items():
        for field, variable in labelled.items():
            name = f"{table}_{field}"
            if name in ADDED and name not in columns:
                continue
            if not variable.units:
                texts(columns, name, (table,))
            elif (numbers(columns, name, (table,)) < 0).any() and not field.endswith("_ml"):
                raise ValueError(f"{name} holds a number below 0")
    if not set(columns["let_down_felt"].values.tolist()) <= {0, 1}:
        raise ValueError("let_down_felt holds another number than 0 and 1")
    _check_totals(columns)


def _check_totals(columns: Mapping[str, Column]) -> None:
    for field in fields(Totals):
        name = f"total_{field.name}"
        if field.type is EndReason:
            texts(columns, name, ())
        elif field.type == tuple[float, float]:
            numbers(columns, name, ("side",))
        else:
            numbers(columns, name, (), missing=True)
    if not numbers(columns, "total_duration_s", ()) >= 0:
        raise ValueError("total_duration_s is below 0")
