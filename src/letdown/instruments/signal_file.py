"""Readings of an instrument from a table: which column is what, in which unit, and what is wrong with it.

    t_s,mass_g
    0,0.0
    5,0.1

A column's unit stands at the end of its name (`mass_g`, `flow_ml_s`, `t_min`, `diameter_mm`), in brackets
(`Mass (g)`, `flow [mL/min]`), beside its numbers, or is given. The unit says what the column holds: mL/s, g/s, kg/min
is flow; g is mass and mL volume collected so far; mm is a diameter. Milk of each interval ("g in 5 s") must be called
increments. Ounces are a mass or a volume; they are read where the name or `--kind` says which.

How a table may be written is said in `letdown.tables`. A missing reading is left out and counted; a time that is
missing or falls back, and a cell that is no number, is an error that names the row and the option to give.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, final

import numpy as np

from letdown._errors import RecordingError, UnitError
from letdown._units import known_unit, quantity
from letdown.instruments.milk_signal import AbstractMilkSignal, CollectedMilk, MilkFlow
from letdown.instruments.observation import Array
from letdown.tables.column_names import ColumnName, unit_written
from letdown.tables.dialect import separator_named
from letdown.tables.line_up import Anchor
from letdown.tables.numbers import DECIMALS, SUSPECT, Numbers, decimal_sign, missing_codes, numbers
from letdown.tables.order import joined_runs, refuse_restart, restarts
from letdown.tables.quoting import bare, listed, quoted
from letdown.tables.table import Dialect, Table, read_table
from letdown.tables.time_column import Clock, TimeColumn, find_time, holds_clock, read_time

__all__ = ["KINDS", "DuctTrace", "Readings", "Wanted", "read_signal"]

LONGEST_S = 86_400.0
LARGEST = 1e7
MISSING_SHARE = 0.5
"""Share of missing readings beyond which a record is refused."""

FALL_SHARE, MOST_FALLS = 0.1, 1.0 / 3.0
"""Of the range, a fall that counts; of all rises, falls beyond which nothing is collected."""

KINDS = ("flow", "mass", "volume", "increments", "diameter")

_FLOW, _COLLECTED, _WIDTH = ("mL/s", "g/s"), ("mL", "g"), ("mm",)
_MASS_WORDS = (
    "mass",
    "weight",
    "wt",
    "balance",
    "scale",
    "masse",
    "gewicht",
    "waage",
    "poids",
    "peso",
    "masa",
    "massa",
)


@final
@dataclass(frozen=True, eq=False)
class DuctTrace:
    """Diameter of a duct, mm, at rising times, s: each shape (n,)."""

    time_s: Array
    diameter_mm: Array


class Wanted(NamedTuple):
    """What was said about a file; None where the file must say it itself.

    Columns are names, or numbers from 1. `density_g_ml` turns mass into volume; `sort` puts rows in order of
    time; `join_restarts` lets runs of a clock that starts again follow each other; readings before `start_s` are left
    out. `separator` and `decimal` are signs, `missing` codes of missing readings (then the only ones), `date_order`
    "day-first" or "month-first", `time_zone` a name such as Europe/Berlin. `shared` names the fields that were given
    once for two records: a file that says the same by itself keeps what it says. `later_s` is added to all times
    and `zero` names the time 0 that results, where two records are put on one clock.
    """

    time_column: str | None = None
    signal_column: str | None = None
    time_unit: str | None = None
    signal_unit: str | None = None
    kind: str | None = None
    density_g_ml: float = 1.03
    sort: bool = False
    start_s: float | None = None
    join_restarts: bool = False
    separator: str | None = None
    decimal: str | None = None
    missing: tuple[str, ...] | None = None
    date_order: str | None = None
    time_zone: str | None = None
    shared: frozenset[str] = frozenset()
    later_s: float = 0.0
    zero: str | None = None


@final
@dataclass(frozen=True, eq=False)
class Readings:
    """A record read from a file: the signal, what it is called, what was noticed, and how the file was read."""

    signal: AbstractMilkSignal | DuctTrace
    column: str
    unit: str
    kind: str
    warnings: tuple[str, ...] = field(default=())
    read_as: str = ""
    zero: str | None = None
    anchor: Anchor | None = None


def read_signal(path: Path, wanted: Wanted) -> Readings:
    """Read one signal from a table.

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
    table, dialect = _table(path, wanted)
    if len(table.rows) < 2:
        raise RecordingError(
            f"{table.file} has {len(table.rows)} {'row' if len(table.rows) == 1 else 'rows'} of readings; give at "
            "least 2, better some hundred."
        )
    times, column = _columns(table, wanted)
    numeric = [column] if holds_clock(table, times) else [times[0], column]
    decimal = _decimal(table, numeric, wanted)
    codes = missing_codes(table, dialect)
    time = read_time(table, times, _clock_of(table, times, wanted), decimal, codes)
    found = numbers(table, column, decimal, codes)
    _no_suspects(table, column, found, wanted.missing)
    name = table.columns[column]
    unit = _unit(table, name, found, wanted)
    _letters_are_sure(table, [*times, column])
    seconds, value, warnings = _in_order(table, time, found, wanted)
    seconds = seconds + wanted.later_s
    if wanted.start_s is not None:
        value, seconds = value[seconds >= wanted.start_s], seconds[seconds >= wanted.start_s]
        if seconds.size < 2:
            raise RecordingError(
                f"{table.file} has {seconds.size} readings after {wanted.start_s:g} s; give --start earlier."
            )
    _check_size(table.file, seconds, value)
    kind, signal = _signal(name, unit, wanted, seconds, value)
    words = [
        *table.understood(),
        *([DECIMALS[","]] if decimal == "," else []),
        time.words,
        f'{kind} "{bare(name.name)}" in {unit.replace("_", " ")}',
        f"{len(table.rows)} rows",
        *_left_out(table, [*times, column]),
    ]
    return Readings(
        signal, name.name, unit, kind, tuple(warnings), ", ".join(words), wanted.zero or time.zero, time.anchor
    )


# How the file is written --------------------------------------------------------------------------


def _table(path: Path, wanted: Wanted) -> tuple[Table, Dialect]:
    """Return the table; a separator that was said for two files is taken where this one does not show its own."""
    separator = None if wanted.separator is None else separator_named(wanted.separator)
    known = [name.lower() for name in (wanted.time_column, wanted.signal_column) if name]
    said = Dialect(separator, wanted.decimal, wanted.missing)
    if separator is not None and "separator" in wanted.shared:
        try:
            return read_table(path, said._replace(separator=None), known=known), said
        except RecordingError:
            pass  # it does not, and what was said decides
    return read_table(path, said, known=known), said


def _decimal(table: Table, numeric: Sequence[int], wanted: Wanted) -> str:
    """Return the decimal sign; one that was said for two files is taken where this one does not show its own."""
    if wanted.decimal is not None and "decimal" in wanted.shared:
        try:
            return decimal_sign(table, numeric, None)
        except RecordingError:
            pass  # it does not, and what was said decides
    return decimal_sign(table, numeric, wanted.decimal)


# Columns and units --------------------------------------------------------------------------------


def _columns(table: Table, wanted: Wanted) -> tuple[tuple[int, ...], int]:
    """Return the column of time (or of date and time) and that of the signal."""
    time_name, signal_name = (
        None if field in wanted.shared and name is not None and table.find(name) is None else name
        for field, name in (("time_column", wanted.time_column), ("signal_column", wanted.signal_column))
    )
    times = find_time(table, time_name)
    if signal_name is not None:
        return times, table.named(signal_name, "--signal-column")
    others = [i for i in range(len(table.columns)) if i not in times]
    known = [i for i in others if _kind_of(table.columns[i].unit) is not None]
    choice = known if known else others
    if len(choice) != 1:
        shown = [table.names[i] for i in choice]
        raise RecordingError(
            f"{table.file} has {len(choice) or 'no'} columns that could be the signal; give --signal-column, one of "
            f"{listed(shown or table.names)}."
        )
    return times, choice[0]


def _clock_of(table: Table, times: Sequence[int], wanted: Wanted) -> Clock:
    """Return what was said of the time of this file; what was said for two files yields to what this one says."""
    unit = wanted.time_unit
    if "time_unit" in wanted.shared and table.columns[times[0]].says_time and not table.columns[times[0]].other:
        unit = None
    return Clock(wanted.time_column, unit, wanted.date_order, wanted.time_zone, wanted.shared)


def _unit(table: Table, name: ColumnName, found: Numbers, wanted: Wanted) -> str:
    """Return the unit of the signal: the one given, or that of the column's name or of its cells."""
    own = name.unit or found.unit
    if name.other and wanted.signal_unit is None:
        raise UnitError(
            f"The column {quoted(name.name)} of {table.file} is said to be in {quoted(name.other)} and in "
            f"{quoted(own or '')}; give --signal-unit with the one that holds."
        )
    if name.unit and found.unit and known_unit(name.unit) != found.unit and wanted.signal_unit is None:
        raise UnitError(
            f"The column {quoted(name.name)} of {table.file} has cells in {found.unit}; give --signal-unit."
        )
    given = (
        None if "signal_unit" in wanted.shared and _kind_of(own) is not None and not name.other else wanted.signal_unit
    )
    unit = given or own
    if unit is None:
        raise UnitError(
            f"The column {quoted(name.name)} of {table.file} says no unit; give --signal-unit, such as g or mL/s."
        )
    return unit_written(unit) or unit


def _kind_of(unit: str | None) -> str | None:
    """Return the first kind of signal that a unit fits."""
    if unit is None:
        return None
    return next((kind for kind in KINDS if _factor(unit, _MAKERS[kind][0]) is not None), None)


def _letters_are_sure(table: Table, indices: Sequence[int]) -> None:
    """Refuse a unit whose letters depend on an encoding that was not said."""
    for index in indices:
        name = table.columns[index].name
        if not table.certain and not name.isascii() and not (table.columns[index].unit or "").isascii():
            raise RecordingError(f"The name {quoted(name)} of {table.file} is not in UTF-8; save the file as UTF-8.")


def _left_out(table: Table, used: Sequence[int]) -> list[str]:
    """Return in words which columns were not read."""
    others = [name for i, name in enumerate(table.names) if i not in used]
    return [f"not read: {listed(others, 5)}"] if others else []


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


# Rows ---------------------------------------------------------------------------------------------


def _no_suspects(table: Table, column: int, found: Numbers, said: tuple[str, ...] | None) -> None:
    """Refuse numbers by which loggers mark a missing reading, until somebody says what they are."""
    if said is not None:
        return
    suspect = np.flatnonzero(np.isin(found.values, list(SUSPECT)))
    if suspect.size:
        k = int(suspect[0])
        cell = bare(table.rows[k][column])
        raise RecordingError(
            f"Row {table.lines[k]} of {table.file} has {cell} in the column {quoted(table.names[column])}, which often "
            f"marks a missing reading; give --missing {cell}, or --missing NA if it is a reading."
        )


def _check_size(file: str, time: Array, value: Array) -> None:
    """Refuse a session that lasts for days and values that no instrument shows."""
    if time[-1] - time[0] > LONGEST_S:
        raise RecordingError(
            f"{file} lasts {(time[-1] - time[0]) / 3600:.3g} h, more than {LONGEST_S / 3600:.0f}; give one "
            "session, or another --time-unit."
        )
    if float(np.abs(value).max()) > LARGEST:
        raise RecordingError(f"{file} has a reading beyond {LARGEST:g}; give another --signal-column or correct it.")


def _in_order(table: Table, clock: TimeColumn, found: Numbers, wanted: Wanted) -> tuple[Array, Array, list[str]]:
    """Return rising times and their readings, and what was noticed; missing readings are left out."""
    file, time, value = table.file, clock.seconds, found.values
    warnings = list(clock.notes)
    if clock.zero is not None:
        warnings.append(f"Time 0 is {bare(wanted.zero)} for both." if wanted.zero else f"Time 0 is {bare(clock.zero)}.")
    again = restarts(time)
    if again and not wanted.join_restarts:
        raise refuse_restart(file, table.lines, time, again, clock.factor)
    if again:
        time, words = joined_runs(file, table.lines, time, again, clock.factor)
        warnings.append(words)
    back = np.flatnonzero(np.diff(time) < 0)
    if back.size and not wanted.sort:
        raise RecordingError(
            f"Time falls back in row {table.lines[int(back[0]) + 1]} of {file}; put the rows in order, or give --sort."
        )
    if back.size:
        order = np.argsort(time, kind="stable")
        time, value = time[order], value[order]
        times = "once" if back.size == 1 else f"{back.size} times"
        warnings.append(f"The rows were put in order of time; it fell back {times}.")
    missing = np.isnan(value)
    if missing.sum() > MISSING_SHARE * value.size:
        raise RecordingError(
            f"{missing.sum()} of {value.size} readings of {file} are missing; give a record with more of them, or "
            "another --signal-column."
        )
    if missing.any():
        codes = ", ".join(f"{bare(code, 12)}: {count}" if code else f"empty: {count}" for code, count in
                          found.missing.most_common(4))  # fmt: skip
        warnings.append(f"{missing.sum()} of {value.size} readings are missing ({codes}).")
        time, value = time[~missing], value[~missing]
    return *_one_reading_a_time(file, time, value, warnings), warnings


def _one_reading_a_time(file: str, time: Array, value: Array, warnings: list[str]) -> tuple[Array, Array]:
    times, where = np.unique(time, return_inverse=True)
    if times.size < time.size:
        warnings.append(
            f"{time.size - times.size} readings repeat the time before; readings of one time were averaged."
        )
        time, value = times, np.bincount(where, value) / np.bincount(where)
    if time.size < 2:
        raise RecordingError(f"{file} has readings at {time.size} time only; give some hundred.")
    return time, value


# Kinds --------------------------------------------------------------------------------------------


def _flow(time: Array, value: Array) -> AbstractMilkSignal:
    return MilkFlow(time, value)


def _collected(time: Array, value: Array) -> AbstractMilkSignal:
    signal = CollectedMilk(time, value)
    _refuse_falls(signal)
    return signal


def _refuse_falls(signal: CollectedMilk) -> None:
    """Refuse milk that falls back again and again as it rises: each reading is then milk of an interval.

    Falls count beyond noise, after jumps (a tare, a container emptied) are mended.
    """
    mended = signal.mended()
    level = np.concatenate([[0.0], np.cumsum((mended.flow - mended.drift) * np.diff(mended.edges_s))])
    least = max(6.0 * signal.reading_error(mended), FALL_SHARE * float(np.ptp(level)))
    swings = np.diff(_turns(level, least))
    falls, rises = -swings[swings < 0], swings[swings > 0]
    if falls.size > 1 and falls.sum() > MOST_FALLS * rises.sum():
        raise RecordingError(
            f"The milk collected falls back {falls.size} times, by {falls.sum() / rises.sum():.0%} of what it rises, "
            "so it is not collected; give --kind increments if each reading is the milk since the one before."
        )


def _turns(level: Array, least: float) -> Array:
    """Return the values at which a curve turns by more than `least`, with its first and last extreme."""
    turns, low, high, way = [float(level[0])], float(level[0]), float(level[0]), 0
    for value in level.tolist():
        low, high = min(low, value), max(high, value)
        if way >= 0 and high - value > least:
            turns += [high] if way or high > turns[0] else []
            way, low, high = -1, value, value
        elif way <= 0 and value - low > least:
            turns += [low] if way or low < turns[0] else []
            way, low, high = 1, value, value
    return np.array([*turns, high if way > 0 else low])


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


def _signal(
    name: ColumnName, unit: str, wanted: Wanted, time: Array, value: Array
) -> tuple[str, AbstractMilkSignal | DuctTrace]:
    """Return what a column holds, and the signal it becomes."""
    if wanted.kind is not None and wanted.kind not in KINDS:
        raise RecordingError(
            f"There is no kind {quoted(wanted.kind)} of signal; give --kind one of {', '.join(KINDS)}."
        )
    if not (math.isfinite(wanted.density_g_ml) and 0.9 <= wanted.density_g_ml <= 1.1):
        raise RecordingError(f"--density is given as {wanted.density_g_ml:g} g/mL; give one from 0.9 to 1.1.")
    asked = wanted.kind
    if asked and "kind" in wanted.shared and _factor(unit, _MAKERS[asked][0]) is None and _kind_of(name.unit):
        asked = None
    _ounces_are_clear(name, unit, asked)
    kinds = [asked] if asked else [kind for kind in KINDS if kind != "increments"]
    for kind in kinds:
        targets, make = _MAKERS[kind]
        if (found := _factor(unit, targets)) is not None:
            factor, target = found
            by_density = wanted.density_g_ml if target.startswith("g") else 1.0
            return kind, make(time, value * (factor / by_density))
    if asked:
        fitting = " or ".join(_MAKERS[asked][0])
        raise UnitError(f"The unit {quoted(unit)} does not fit --kind {asked}; give --signal-unit {fitting}.")
    raise UnitError(
        f"The unit {quoted(unit)} is none of milk flow, milk or a diameter; give --signal-unit mL/s, mL/min, g/s, g, "
        "mL or mm."
    )


def _ounces_are_clear(name: ColumnName, unit: str, kind: str | None) -> None:
    """Refuse ounces that may be of mass or of volume: a bottle counts fluid ounces and often calls them oz."""
    if unit.split("/")[0] != "oz" or kind == "mass":
        return
    words = name.stem.split("_")
    if kind == "volume" or not any(word in _MASS_WORDS for word in words):
        over = unit.removeprefix("oz")
        raise UnitError(
            f"The column {quoted(name.name)} in {unit} may hold ounces of mass or fluid ounces; give --signal-unit "
            f'"fl oz{over}" for a volume' + (", or --kind mass." if not over else f', or --signal-unit "g{over}".')
        )
