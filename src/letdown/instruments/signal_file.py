"""Readings of an instrument from a CSV file: which column is what, in which unit, and what is wrong with it.

    t_s,mass_g
    0,0.0
    5,0.1

A column's unit stands at the end of its name (`mass_g`, `flow_ml_s`, `t_min`, `diameter_mm`), in brackets
(`Mass (g)`, `flow [mL/min]`), or is given. The unit says what the column holds: mL/s, g/s, mL/min is flow; g is mass
and mL volume collected so far; mm is a diameter. Milk of each interval ("g in 5 s") must be called increments.

Comment lines begin with #. The separator is a comma, a semicolon or a tab. An empty cell or NaN is a missing reading;
every other cell that is no number, a time that is missing, falls back or has no unit, is an error that names the
row or the option to give.
"""

import csv
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import NamedTuple, final

import numpy as np

from letdown._errors import RecordingError, UnitError
from letdown._units import quantity
from letdown.instruments.milk_signal import AbstractMilkSignal, CollectedMilk, MilkFlow
from letdown.instruments.observation import Array

__all__ = ["KINDS", "DuctTrace", "Readings", "Wanted", "read_signal"]

MOST_BYTES = 200_000_000
MOST_ROWS = 1_000_000
MISSING_SHARE = 0.5
"""Share of missing readings beyond which a record is refused."""

KINDS = ("flow", "mass", "volume", "increments", "diameter")

_ENDINGS = {
    "ml_s": "mL/s", "g_s": "g/s", "ml_min": "mL/min", "g_min": "g/min", "l_min": "L/min", "ml_h": "mL/h",
    "ml": "mL", "g": "g", "mg": "mg", "kg": "kg", "l": "L", "mm": "mm", "cm": "cm", "um": "um",
}  # fmt: skip
_TIME_ENDINGS = {"ms": "ms", "s": "s", "sec": "s", "min": "min", "h": "h"}
_TIME_NAMES = ("t", "time", "elapsed", "seconds", "clock")
_BRACKETS = re.compile(r"^(.*?)\s*[\[(]\s*([^\])]+?)\s*[\])]\s*$")
_FLOW, _COLLECTED, _WIDTH = ("mL/s", "g/s"), ("mL", "g"), ("mm",)


@final
@dataclass(frozen=True, eq=False)
class DuctTrace:
    """Diameter of a duct, mm, at rising times, s: each shape (n,)."""

    time_s: Array
    diameter_mm: Array


class Wanted(NamedTuple):
    """What was said about a file; None where the file must say it itself.

    Columns are names, or numbers from 1. `density_g_ml` turns mass into volume; `sort` puts rows in order of time.
    """

    time_column: str | None = None
    signal_column: str | None = None
    time_unit: str | None = None
    signal_unit: str | None = None
    kind: str | None = None
    density_g_ml: float = 1.03
    sort: bool = False


@final
@dataclass(frozen=True, eq=False)
class Readings:
    """A record read from a file: the signal, what it is called, and what was noticed on reading."""

    signal: AbstractMilkSignal | DuctTrace
    column: str
    unit: str
    kind: str
    warnings: tuple[str, ...] = field(default=())


def read_signal(path: Path, wanted: Wanted) -> Readings:
    """Read one signal from a CSV file.

    Parameters
    ----------
    path : Path
        The file.
    wanted : Wanted
        Columns, units and kind, where the file does not say them.

    Raises
    ------
    RecordingError
        If the file cannot be read, has no such column, or has rows that cannot be used.
    UnitError
        If a unit is missing, unknown or does not fit the kind.
    """
    names, rows, first_row = _table(path)
    time_index = _time_column(path, names, wanted)
    signal_index = _signal_column(path, names, wanted, time_index)
    time_unit = wanted.time_unit or _unit_of_time(names[time_index])
    if time_unit is None:
        raise UnitError(f"The column {names[time_index]!r} of {path.name} says no unit of time; give --time-unit s.")
    unit = wanted.signal_unit or _unit_of(names[signal_index])
    if unit is None:
        raise UnitError(
            f"The column {names[signal_index]!r} of {path.name} says no unit; give --signal-unit, such as g or mL/s."
        )
    time = _numbers(path, rows, time_index, first_row, names[time_index], gaps=False) * _time_factor(time_unit)
    value = _numbers(path, rows, signal_index, first_row, names[signal_index], gaps=True)
    time, value, warnings = _in_order(path, time, value, first_row, wanted.sort)
    kind, signal = _signal(unit, wanted, time, value)
    return Readings(signal, names[signal_index], unit, kind, tuple(warnings))


# The table ----------------------------------------------------------------------------------------


def _table(path: Path) -> tuple[list[str], list[list[str]], int]:
    """Return names of columns, rows of cells, and the number of the first row in the file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RecordingError(
                f"{path.name} has {path.stat().st_size / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}; thin it to a "
                "few readings a second."
            )
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise RecordingError(f"There is no file {path}; give a CSV file of readings.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path} cannot be read as text ({error}); give a CSV file in UTF-8.") from error
    lines = text.splitlines()
    skipped = 0
    while skipped < len(lines) and (not lines[skipped].strip() or lines[skipped].lstrip().startswith("#")):
        skipped += 1
    if skipped == len(lines):
        raise RecordingError(f"{path.name} is empty; give a CSV file with a line of column names and rows of readings.")
    separator = max(",;\t", key=lines[skipped].count)
    if "\0" in text:
        raise RecordingError(f"{path.name} is not a text file; give a CSV file of readings.")
    try:
        cells = list(csv.reader(StringIO("\n".join(lines[skipped:])), delimiter=separator))
    except csv.Error as error:
        raise RecordingError(f"{path.name} is no CSV file ({error}); give rows of cells split by commas.") from error
    names = [name.strip() for name in cells[0]]
    if all(_is_number(name) for name in names):
        raise RecordingError(f"{path.name} has no line of column names; write one first, such as t_s,mass_g.")
    rows = cells[1:]
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    if len(rows) < 2:
        raise RecordingError(f"{path.name} has {len(rows)} rows of readings; give at least 2, better some hundred.")
    if len(rows) > MOST_ROWS:
        raise RecordingError(
            f"{path.name} has {len(rows)} rows, more than {MOST_ROWS}; thin it to a few readings a second."
        )
    return names, rows, skipped + 2


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(path: Path, rows: Sequence[Sequence[str]], index: int, first_row: int, name: str, *, gaps: bool) -> Array:
    """Return a column as numbers; with `gaps`, an empty cell or NaN is NaN and not an error."""
    values = np.empty(len(rows))
    for i, row in enumerate(rows):
        cell = row[index].strip() if index < len(row) else ""
        if cell == "" or cell.lower() in ("nan", "na"):
            values[i] = math.nan
        else:
            try:
                values[i] = float(cell)
            except ValueError:
                comma = "; write a decimal point" if re.fullmatch(r"[+-]?\d+,\d+", cell) else ""
                raise RecordingError(
                    f"Row {first_row + i} of {path.name} has {cell[:40]!r} in the column {name!r}{comma}; give "
                    "numbers, and leave the cell empty where a reading is missing."
                ) from None
        if math.isinf(values[i]) or (math.isnan(values[i]) and not gaps):
            raise RecordingError(
                f"Row {first_row + i} of {path.name} has {cell[:40]!r} in the column {name!r}; give a finite number."
            )
    return values


def _in_order(path: Path, time: Array, value: Array, first_row: int, sort: bool) -> tuple[Array, Array, list[str]]:
    """Return rising times and their readings, and what was noticed; missing readings are left out."""
    warnings = []
    back = np.flatnonzero(np.diff(time) < 0)
    if back.size and not sort:
        raise RecordingError(
            f"Time falls back in row {first_row + int(back[0]) + 1} of {path.name}; put the rows in order, or "
            "give --sort."
        )
    if back.size:
        order = np.argsort(time, kind="stable")
        time, value = time[order], value[order]
        warnings.append(f"The rows were put in order of time; it fell back {back.size} times.")
    missing = np.isnan(value)
    if missing.sum() > MISSING_SHARE * value.size:
        raise RecordingError(
            f"{missing.sum()} of {value.size} readings of {path.name} are missing; give a record with more of them, or "
            "another --signal-column."
        )
    if missing.any():
        warnings.append(f"{missing.sum()} of {value.size} readings are missing.")
        time, value = time[~missing], value[~missing]
    times, where = np.unique(time, return_inverse=True)
    if times.size < time.size:
        warnings.append(
            f"{time.size - times.size} readings repeat the time before; readings of one time were averaged."
        )
        time, value = times, np.bincount(where, value) / np.bincount(where)
    if time.size < 2:
        raise RecordingError(f"{path.name} has readings at {time.size} time only; give some hundred.")
    return time, value, warnings


# Columns and units --------------------------------------------------------------------------------


def _time_column(path: Path, names: Sequence[str], wanted: Wanted) -> int:
    if wanted.time_column is not None:
        return _named(path, names, wanted.time_column, "--time-column")
    found = [i for i, name in enumerate(names) if _stem(name).lower() in _TIME_NAMES]
    if len(found) != 1:
        raise RecordingError(
            f"{path.name} has {len(found) or 'no'} columns that look like time; give --time-column, one of "
            f"{_listed(names)}."
        )
    return found[0]


def _signal_column(path: Path, names: Sequence[str], wanted: Wanted, time_index: int) -> int:
    if wanted.signal_column is not None:
        return _named(path, names, wanted.signal_column, "--signal-column")
    others = [i for i in range(len(names)) if i != time_index]
    known = [i for i in others if _unit_of(names[i]) is not None]
    choice = known if known else others
    if len(choice) != 1:
        shown = [names[i] for i in choice]
        raise RecordingError(
            f"{path.name} has {len(choice) or 'no'} columns that could be the signal; give --signal-column, one of "
            f"{_listed(shown or names)}."
        )
    return choice[0]


def _named(path: Path, names: Sequence[str], name: str, option: str) -> int:
    if name in names:
        return names.index(name)
    if name.isdigit() and 1 <= int(name) <= len(names):
        return int(name) - 1
    raise RecordingError(f"{path.name} has no column {name!r}; give {option} one of {_listed(names)}.")


def _listed(names: Sequence[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _stem(name: str) -> str:
    """Return the name of a column without its unit."""
    if match := _BRACKETS.match(name):
        return match[1]
    stem, _, ending = name.rpartition("_")
    return stem if stem and ending.lower() in _TIME_ENDINGS else name


def _unit_of_time(name: str) -> str | None:
    if match := _BRACKETS.match(name):
        return match[2]
    stem, _, ending = name.rpartition("_")
    return _TIME_ENDINGS.get(ending.lower()) if stem else {"seconds": "s"}.get(name.lower())


def _unit_of(name: str) -> str | None:
    """Return the unit that the name of a column ends in; the longest ending that is a unit."""
    if match := _BRACKETS.match(name):
        return match[2]
    parts = name.lower().split("_")
    for count in (2, 1):
        if len(parts) > count and (unit := _ENDINGS.get("_".join(parts[-count:]))) is not None:
            return unit
    return None


def _time_factor(unit: str) -> float:
    try:
        return quantity(f"1 {unit}", "s")
    except UnitError:
        raise UnitError(f"{unit!r} is no unit of time; give --time-unit s, ms, min or h.") from None


def _factor(unit: str, targets: Sequence[str]) -> tuple[float, str] | None:
    """Return the factor to the first target unit that this unit can be turned into, and that target."""
    if unit in targets:
        return 1.0, unit
    for target in targets:
        try:
            return quantity(f"1 {unit}", target), target
        except UnitError:
            continue
    return None


# Kinds --------------------------------------------------------------------------------------------


def _flow(time: Array, value: Array) -> AbstractMilkSignal:
    return MilkFlow(time, value)


def _collected(time: Array, value: Array) -> AbstractMilkSignal:
    return CollectedMilk(time, value)


def _increments(time: Array, value: Array) -> AbstractMilkSignal:
    """Milk of the interval that ends at each time; the first interval is as long as the second."""
    edges = np.concatenate([[2.0 * time[0] - time[1]], time])
    return CollectedMilk(edges, np.concatenate([[0.0], np.cumsum(value)]))


def _duct(time: Array, value: Array) -> DuctTrace:
    return DuctTrace(time, value)


_MAKERS: Mapping[str, tuple[Sequence[str], Callable[[Array, Array], AbstractMilkSignal | DuctTrace]]] = {
    "flow": (_FLOW, _flow),
    "mass": (("g",), _collected),
    "volume": (("mL",), _collected),
    "increments": (_COLLECTED, _increments),
    "diameter": (_WIDTH, _duct),
}


def _signal(unit: str, wanted: Wanted, time: Array, value: Array) -> tuple[str, AbstractMilkSignal | DuctTrace]:
    """Return what a column holds, and the signal it becomes."""
    if wanted.kind is not None and wanted.kind not in KINDS:
        raise RecordingError(f"There is no kind {wanted.kind!r} of signal; give --kind one of {', '.join(KINDS)}.")
    if not (math.isfinite(wanted.density_g_ml) and 0.9 <= wanted.density_g_ml <= 1.1):
        raise RecordingError(f"--density is given as {wanted.density_g_ml:g} g/mL; give one from 0.9 to 1.1.")
    kinds = [wanted.kind] if wanted.kind else [kind for kind in KINDS if kind != "increments"]
    for kind in kinds:
        targets, make = _MAKERS[kind]
        if (found := _factor(unit, targets)) is not None:
            factor, target = found
            by_density = wanted.density_g_ml if target.startswith("g") else 1.0
            return kind, make(time, value * (factor / by_density))
    if wanted.kind:
        fitting = " or ".join(_MAKERS[wanted.kind][0])
        raise UnitError(f"The unit {unit!r} does not fit --kind {wanted.kind}; give --signal-unit {fitting}.")
    raise UnitError(
        f"The unit {unit!r} is none of milk flow, milk or a diameter; give --signal-unit mL/s, mL/min, g/s, g, "
        "mL or mm."
    )
