"""Spike times from a table: which column is time, in which unit, and which names the cells.

    time_s,cell        time (ms);unit        time_s
    0.197,1            805,0;2               0.197

Cells may have any names and stand in any order; the times of each must rise. A column that may name cells is never
passed over: it is read, or the table is refused until it is said what it is. Times that cannot well be seconds are read
as said, with a warning that names the option.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from letdown._errors import RecordingError
from letdown.neurons.bursts import SpikeTrains
from letdown.tables.dialect import separator_named
from letdown.tables.numbers import DECIMALS, decimal_sign, missing_codes
from letdown.tables.order import restarts
from letdown.tables.quoting import bare, listed, quoted
from letdown.tables.table import Dialect, Table, read_table
from letdown.tables.time_column import Clock, TimeColumn, find_time, holds_clock, read_time

__all__ = ["SpikeReadings", "SpikesWanted", "read_spike_table"]

_CELL_NAMES = (
    "cell cells cell_id cell_number cell_no neuron neurons neurone neurones neuron_id neurone_id nerve_cell unit units "
    "unit_id unit_number cluster clusters cluster_id cluster_number spike_cluster spike_clusters train spike_train id "
    "ids label zelle zellen nervenzelle cellule celula neurona cellula cel".split()
)
NO_COLUMN = "none"
LEAST_RATE_HZ, HIGHEST_RATE_HZ = 0.05, 300.0
"""Mean rates of a cell beyond which times are hardly in the unit that they are said to be in."""
FEW_SPIKES = 10


class SpikesWanted(NamedTuple):
    """What was said about a table of spikes; None where it must say it itself.

    `cell_column` is "none" where all spikes are of one cell whatever other columns there are.
    """

    duration_s: float | None = None
    time_column: str | None = None
    time_unit: str | None = None
    cell_column: str | None = None
    separator: str | None = None
    decimal: str | None = None


@final
@dataclass(frozen=True, eq=False)
class SpikeReadings:
    """Spike trains read from a table, how it was read, and what was noticed."""

    trains: SpikeTrains
    read_as: str
    warnings: tuple[str, ...]


def read_spike_table(path: Path, wanted: SpikesWanted = SpikesWanted()) -> SpikeReadings:  # noqa: B008 frozen
    """Read spike times from a table.

    Parameters
    ----------
    path : Path
        The file.
    wanted : SpikesWanted
        Columns, unit and duration, where the file does not say them.

    Raises
    ------
    RecordingError
        If the file cannot be read, lacks a column of time, or has rows that cannot be used.
    UnitError
        If the unit of time is missing or unknown.
    """
    separator = None if wanted.separator is None else separator_named(wanted.separator)
    known = [name.lower() for name in (wanted.time_column, wanted.cell_column) if name]
    table = read_table(path, Dialect(separator, wanted.decimal), known=[*known, *_CELL_NAMES])
    if not table.rows:
        raise RecordingError(f"{table.file} has no rows; give a column time_s in seconds, and one spike a row.")
    times = find_time(table, wanted.time_column)
    column = _cell_column(table, times, wanted.cell_column)
    decimal = decimal_sign(table, [] if holds_clock(table, times) else times, wanted.decimal)
    time = read_time(
        table, times, Clock(wanted.time_column, wanted.time_unit), decimal, missing_codes(table, Dialect())
    )
    cell, names = _cells(table, column)
    _each_rises(table, time.seconds, cell, names)
    least = int(np.argmin(time.seconds))
    if time.seconds[least] < 0:
        raise RecordingError(
            f"Row {table.lines[least]} of {table.file} is at {time.seconds[least]:g} s; give times of at least 0 s."
        )
    first = _first_of_repeats(time.seconds, cell)
    trains = _trains(table, time.seconds[first], cell[first], len(names), wanted)
    words = [
        *table.understood(),
        *([DECIMALS[","]] if decimal == "," else []),
        time.words,
        f'cell "{bare(table.names[column])}"' if column is not None else "one cell",
        f"{len(table.rows)} rows",
    ]
    others = [name for i, name in enumerate(table.names) if i not in (*times, column)]
    if others:
        words.append(f"not read: {listed(others, 5)}")
    return SpikeReadings(
        trains, ", ".join(words), (*time.notes, *_doubts(table, times, time, trains, wanted), *_repeats(first))
    )


def _cell_column(table: Table, times: tuple[int, ...], said: str | None) -> int | None:
    """Return the column that names the cells, None if all spikes are of one cell."""
    if said is not None and said.lower() != NO_COLUMN:
        return table.named(said, "--cell-column")
    others = [i for i, name in enumerate(table.names) if i not in times and name]
    if said is not None or not others:
        return None
    found = [i for i in others if table.columns[i].stem in _CELL_NAMES]
    if len(found) == 1:
        return found[0]
    names = listed([table.names[i] for i in found or others])
    raise RecordingError(
        f"{table.file} has {'more than one column' if found else 'no column'} that is known to name the cell of each "
        f"spike; give --cell-column, one of {names}, or --cell-column none for a single cell."
    )


def _cells(table: Table, column: int | None) -> tuple[NDArray[np.int64], list[str]]:
    """Return the number of the cell of each row, and the names of the cells."""
    if column is None:
        return np.zeros(len(table.rows), dtype=np.int64), ["all"]
    numbers: dict[str, int] = {}
    cell = np.empty(len(table.rows), dtype=np.int64)
    for k, name in enumerate(table.cells(column)):
        if not name or name.lower() == "nan":
            raise RecordingError(
                f"Row {table.lines[k]} of {table.file} names no cell; give a cell in every row, or no such column."
            )
        cell[k] = numbers.setdefault(name, len(numbers))
    if len(numbers) == cell.size > FEW_SPIKES:
        raise RecordingError(
            f"The column {quoted(table.names[column])} of {table.file} names another cell in every row; give "
            "--cell-column with the column that names cells, or --cell-column none."
        )
    return cell, list(numbers)


def _each_rises(table: Table, seconds: NDArray[np.float64], cell: NDArray[np.int64], names: list[str]) -> None:
    """Refuse a cell whose times fall back."""
    order = np.argsort(cell, kind="stable")
    times, of = seconds[order], cell[order]
    falls = np.flatnonzero((np.diff(times) < 0) & (np.diff(of) == 0))
    if falls.size == 0:
        return
    row = int(order[falls + 1].min())
    which = int(cell[row])
    where = f"row {table.lines[row]} of {table.file}"
    if restarts(seconds[cell == which]):
        raise RecordingError(f"The clock starts again in {where}; split the file there.")
    before = float(seconds[:row][cell[:row] == which][-1])
    raise RecordingError(
        f"Cell {bare(names[which])} falls back from {before:g} to {seconds[row]:g} s in {where}; sort the spikes of "
        "each cell by time."
    )


def _first_of_repeats(seconds: NDArray[np.float64], cell: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows do not repeat the time of the row before of the same cell."""
    order = np.argsort(cell, kind="stable")
    first = np.ones(seconds.size, dtype=bool)
    first[order[1:]] = (np.diff(seconds[order]) != 0) | (np.diff(cell[order]) != 0)
    return first


def _repeats(first: NDArray[np.bool_]) -> list[str]:
    count = int(np.count_nonzero(~first))
    if count == 0:
        return []
    words = "1 spike repeats" if count == 1 else f"{count} spikes repeat"
    return [f"{words} the time before of the same cell and {'was' if count == 1 else 'were'} left out."]


def _trains(
    table: Table, seconds: NDArray[np.float64], cell: NDArray[np.int64], cells: int, wanted: SpikesWanted
) -> SpikeTrains:
    """Return the trains in order of time, their cells numbered in the order of their first spikes."""
    order = np.argsort(seconds, kind="stable")
    seconds, cell = seconds[order], cell[order]
    _, first, number = np.unique(cell, return_index=True, return_inverse=True)
    cell = np.argsort(np.argsort(first))[number].astype(np.int64)
    last = float(seconds[-1])
    if wanted.duration_s is not None and wanted.duration_s < last:
        raise RecordingError(
            f"The last spike of {table.file} is at {last:g} s, after the --duration of {wanted.duration_s:g} s; give a "
            "longer one, or --time-unit ms if the times are milliseconds."
        )
    return SpikeTrains(seconds, cell, cells, max(last, 1e-3) if wanted.duration_s is None else wanted.duration_s)


def _doubts(
    table: Table, times: tuple[int, ...], time: TimeColumn, trains: SpikeTrains, wanted: SpikesWanted
) -> list[str]:
    """Return a warning where times are hardly in the unit in which they were read."""
    if holds_clock(table, times):
        return []
    rate = trains.time_s.size / (trains.cells * trains.duration_s)
    name = bare(table.names[times[0]])
    if wanted.time_unit is None and time.factor == 1.0 and trains.time_s.size >= FEW_SPIKES:
        if rate < LEAST_RATE_HZ:
            return [
                f'The times in "{name}" were read as seconds, in which a cell fires {rate:.2g} times a second; if they '
                "are milliseconds, give --time-unit ms."
            ]
        if np.array_equal(trains.time_s, np.round(trains.time_s)):
            return [
                f'The times in "{name}" were read as seconds, but all are whole numbers; if they are milliseconds, '
                "give --time-unit ms."
            ]
    if rate > HIGHEST_RATE_HZ and wanted.time_unit is not None:
        return [
            f'In {bare(wanted.time_unit)} a cell fires {rate:.3g} times a second; give another --time-unit if "{name}" '
            "is in another unit."
        ]
    if rate > HIGHEST_RATE_HZ:
        return [f'In the unit of "{name}" a cell fires {rate:.3g} times a second; give --time-unit if it is another.']
    return []
