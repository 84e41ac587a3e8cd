"""The time of each row in seconds, from a column of numbers, of times of day, of dates, or of a date and a time."""

from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from letdown._errors import RecordingError, UnitError
from letdown._units import known_unit, quantity
from letdown.tables.clock_times import DATES, ORDERS, ZONED_DATES, Moments, clock_kind, read_moments
from letdown.tables.column_names import is_date, is_time
from letdown.tables.line_up import Anchor
from letdown.tables.numbers import numbers
from letdown.tables.quoting import bare, listed, quoted
from letdown.tables.table import Table

__all__ = ["Clock", "TimeColumn", "find_time", "holds_clock", "read_time", "zone_named"]

Array = NDArray[np.float64]


class Clock(NamedTuple):
    """What a user says of the time of a file; None where the file is to show it."""

    column: str | None = None
    unit: str | None = None
    date_order: str | None = None
    zone: str | None = None
    shared: frozenset[str] = frozenset()
    """Which of these were given once for two records: where they have no effect, this is said and not refused."""


class TimeColumn(NamedTuple):
    """Times, s; the column in words; what was noted; seconds in one unit of the file; the cell of time 0.

    `anchor` says where on an absolute clock time 0 is; None where time is a number.
    """

    seconds: Array
    words: str
    notes: tuple[str, ...]
    factor: float
    zero: str | None
    anchor: Anchor | None = None


def zone_named(name: str | None) -> ZoneInfo | None:
    """Return the zone of a name such as Europe/Berlin.

    Raises
    ------
    RecordingError
        If there is no such zone.
    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise RecordingError(
            f"There is no time zone {quoted(name)}; give one such as Europe/Berlin, America/New_York or UTC."
        ) from error


def find_time(table: Table, said: str | None) -> tuple[int, ...]:
    """Return the column of time, or the two of a date and of a time of day.

    Raises
    ------
    RecordingError
        If there is none that is named so, or not exactly one that looks like time.
    """
    if said is not None:
        return (table.named(said, "--time-column"),)
    named = [i for i, column in enumerate(table.columns) if is_time(column)]
    dates = [i for i, column in enumerate(table.columns) if is_date(column)]
    kinds = {i: clock_kind(_first(table, i)) for i in (*named, *dates)}
    numeric = [i for i in named if table.columns[i].says_time and kinds[i] is None]
    days = [i for i in kinds if kinds[i] == "date"]
    clocks = [i for i in kinds if kinds[i] == "clock"]
    if len(numeric) != 1 and len(days) == len(clocks) == 1 and "both" not in kinds.values():
        return (days[0], clocks[0])
    whole = [i for i in kinds if kinds[i] == "both"]
    by_unit = [i for i, column in enumerate(table.columns) if column.says_time]
    for choice in (numeric, named, whole, dates, by_unit):
        if len(choice) == 1:
            return (choice[0],)
    found = sorted({*named, *dates})
    raise RecordingError(
        f"{table.file} has {len(found) or 'no'} columns that look like time; give --time-column, one of "
        f"{listed([table.names[i] for i in found] or table.names)}."
    )


def _first(table: Table, index: int) -> str:
    return next((row[index] for row in table.rows if row[index]), "")


def holds_clock(table: Table, indices: Sequence[int]) -> bool:
    """Whether the columns of time hold times of day or dates, not numbers."""
    first = _first(table, indices[0])
    return len(indices) == 2 or ":" in first or clock_kind(first) is not None


def read_time(
    table: Table,
    indices: Sequence[int],
    said: Clock,
    decimal: str,
    codes: frozenset[str],
    *,
    default: str | None = None,
) -> TimeColumn:
    """Return the times of the rows.

    Parameters
    ----------
    table : Table
        The table.
    indices : sequence of int
        The column of time, or those of the date and the time.
    said : Clock
        What the user says of it.
    decimal : str
        The decimal sign.
    codes : frozenset of str
        Codes of missing values, none of which may stand for a time.
    default : str, optional
        The unit of a column that says none.

    Raises
    ------
    RecordingError
        If a cell is no time.
    UnitError
        If numbers have no unit of time, or one that is none.
    """
    name = table.columns[indices[-1]].name
    if holds_clock(table, indices):
        return _moments(table, indices, said)
    idle = _idle(table, said, date_order="time is a number", zone="time is a number")
    column = table.columns[indices[0]]
    lost = {cell.lower() for cell in table.cells(indices[0]) if cell.startswith("#")}
    found = numbers(table, indices[0], decimal, codes | lost)
    if np.isnan(found.values).any():
        k = int(np.flatnonzero(np.isnan(found.values))[0])
        raise RecordingError(
            f"Row {table.lines[k]} of {table.file} has {quoted(table.rows[k][indices[0]])} in the column {quoted(name)}"
            "; give every row its time."
        )
    if column.other and said.unit is None:
        raise UnitError(
            f"The column {quoted(name)} of {table.file} is said to be in {quoted(column.other)} and in "
            f"{quoted(column.unit or '')}; give --time-unit with the one that holds."
        )
    unit = said.unit or column.unit or found.unit or default
    if unit is None:
        raise UnitError(f"The column {quoted(name)} of {table.file} says no unit of time; give --time-unit s.")
    factor = _factor(unit)
    spelled = known_unit(unit) or unit
    given = " (as given)" if said.unit and column.unit and known_unit(column.unit) != spelled else ""
    seconds = found.values * factor
    return TimeColumn(seconds, f'time "{bare(name)}" in {spelled}{given}', idle, factor, None)


def _idle(table: Table, said: Clock, *, date_order: str | None, zone: str | None) -> tuple[str, ...]:
    """Return sentences about options without effect, for the reasons given; refuse those given for this record alone.

    Raises
    ------
    RecordingError
        If such an option was given for this record alone.
    """
    sentences = []
    for field, option, given, reason in (
        ("date_order", "--date-order", said.date_order, date_order),
        ("time_zone", "--time-zone", said.zone, zone),
    ):
        if given is None or reason is None:
            continue
        sentence = f"{option} has no effect on {table.file}, whose {reason}"
        if field not in said.shared:
            raise RecordingError(f"{sentence}; leave it out.")
        sentences.append(f"{sentence}.")
    return tuple(sentences)


def _factor(unit: str) -> float:
    try:
        return quantity(f"1 {unit}", "s")
    except UnitError:
        hint = "min for minutes" if unit.strip() == "m" else "s, ms, min or h"
        raise UnitError(f"{quoted(unit)} is not a unit of time; give --time-unit {hint}.") from None


def _moments(table: Table, indices: Sequence[int], said: Clock) -> TimeColumn:
    if said.date_order is not None and said.date_order not in ORDERS:
        raise RecordingError(f"--date-order {quoted(said.date_order)} was given; give {' or '.join(ORDERS)}.")
    cells = [" ".join(row[i] for i in indices) for row in table.rows]
    name = " ".join(table.columns[i].name for i in indices)
    column = table.columns[indices[-1]]
    moments: Moments = read_moments(
        table.file, name, cells, table.lines, form=column.unit if not column.says_time else None,
        order=said.date_order, zone=zone_named(said.zone),
    )  # fmt: skip
    undated = "times have no date" if moments.clock not in (DATES, ZONED_DATES) else None
    offset = "dates carry an offset" if "with offsets" in moments.words else None
    fixed = None if moments.words.startswith(("as dates, ", "as dates whose")) else "dates have one order only"
    idle = _idle(table, said, date_order=undated or fixed, zone=undated or offset)
    start = moments.seconds[0]
    return TimeColumn(
        moments.seconds - start, f'time "{bare(name)}" {moments.words}', (*moments.noted, *idle), 1.0, cells[0],
        Anchor(moments.clock, moments.starts, cells[0]),
    )  # fmt: skip
