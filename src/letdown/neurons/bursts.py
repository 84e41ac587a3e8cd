"""Bursts in spike trains: of one cell, and of many cells at once. For the model and for recordings alike.

A burst of a cell is a run of spikes that begins with an interval below 50 ms, goes on while intervals stay below
100 ms, and holds at least 10 spikes. Bursts of different cells whose onsets follow each other within 2 s are one
synchronous burst, if at least half of the cells take part. For one recorded cell every cell burst counts.

    from letdown.neurons.bursts import analyse, read_spikes
    trains = read_spikes("recording.csv")       columns such as time_s and, if there are several cells, cell
    for burst in analyse(trains).bursts:
        print(burst.onset_s, burst.spikes_per_cell)

Context of use: numbers comparable with published recordings of oxytocin cells. The rules are those with which the
published network was described; a recording with other sampling may need its own, all of which are arguments.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from letdown._errors import RecordingError

__all__ = ["BurstRules", "CellBurst", "SpikeAnalysis", "SpikeTrains", "SynchronousBurst", "analyse", "cell_bursts",
           "read_spikes"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class BurstRules:
    """What counts as a burst.

    Intervals in s; `least_share` of the cells must take part; `window_s` is the moving mean of the peak rate.
    Background is counted outside the 1 s before and 15 s after a burst's onset, and outside the first second.

    Raises
    ------
    RecordingError
        If a rule is not finite or not above 0, or the share is above 1.
    """

    first_interval_s: float = 0.05
    next_interval_s: float = 0.1
    least_spikes: int = 10
    together_s: float = 2.0
    least_share: float = 0.5
    window_s: float = 0.5
    before_s: float = 1.0
    after_s: float = 15.0
    ignored_start_s: float = 1.0

    def __post_init__(self) -> None:
        """Check the rules."""
        for name in self.__slots__:
            value = getattr(self, name)
            if not (math.isfinite(value) and (value > 0 or name in ("before_s", "after_s", "ignored_start_s"))):
                raise RecordingError(f"The burst rule {name} = {value!r} was given; give a finite number above 0.")
        if self.least_share > 1:
            raise RecordingError(f"least_share = {self.least_share:g} was given; give a share of the cells, 0-1.")


@dataclass(frozen=True, slots=True, eq=False)
class SpikeTrains:
    """Spikes of several cells in order of time: `time_s[k]` is a spike of cell `cell[k]`, 0 to `cells` - 1.

    Raises
    ------
    RecordingError
        If times are unsorted, not finite or negative, or a cell number is out of range.
    """

    time_s: NDArray[np.float64]
    cell: NDArray[np.int64]
    cells: int
    duration_s: float

    def __post_init__(self) -> None:
        """Check the trains."""
        if self.time_s.shape != self.cell.shape or self.time_s.ndim != 1:
            raise RecordingError(
                f"{self.time_s.shape} spike times and {self.cell.shape} cell numbers were given; give one cell "
                "number for each spike."
            )
        bad = np.flatnonzero(~(np.isfinite(self.time_s) & (self.time_s >= 0)))
        if bad.size:
            raise RecordingError(
                f"Spike {bad[0] + 1} is at {self.time_s[bad[0]]} s; give finite times of at least 0 s, and leave out "
                "missing ones."
            )
        back = np.flatnonzero(np.diff(self.time_s) < 0)
        if back.size:
            k = back[0] + 1
            raise RecordingError(
                f"Spike {k + 1} at {self.time_s[k]:g} s comes after one at {self.time_s[k - 1]:g} s; sort the spikes "
                "by time."
            )
        if self.cells < 1 or (self.cell.size and not (0 <= self.cell.min() and self.cell.max() < self.cells)):
            raise RecordingError(f"Cell numbers must lie in 0 to {self.cells - 1}; count the cells from 0.")
        if not (math.isfinite(self.duration_s) and self.duration_s > 0) or (
            self.time_s.size and self.time_s[-1] > self.duration_s
        ):
            raise RecordingError(
                f"A duration of {self.duration_s:g} s was given; give a finite one that holds every spike."
            )

    def of_cell(self, number: int) -> NDArray[np.float64]:
        """Return the spike times of one cell, s."""
        times: NDArray[np.float64] = self.time_s[self.cell == number]
        return times

    def by_cell(self) -> list[NDArray[np.float64]]:
        """Return the spike times of each cell, s."""
        order = np.argsort(self.cell, kind="stable")
        ends = np.cumsum(np.bincount(self.cell, minlength=self.cells))[:-1]
        return list(np.split(self.time_s[order], ends))


@dataclass(frozen=True, slots=True)
class CellBurst:
    """A burst of one cell."""

    cell: int
    onset_s: float
    end_s: float
    spikes: int


@dataclass(frozen=True, slots=True)
class SynchronousBurst:
    """A burst of many cells: medians and means over the cells that take part.

    `onset_s` is the median onset, `onset_spread_s` the 5-95 % range of onsets, `duration_s` the mean from the first
    to the last spike of a cell, `peak_rate_hz` the mean over the cells of each one's largest moving mean.
    `oxytocin_pg` is what was secreted from 1.5 s before to 3 s after the onset, None where secretion was not
    simulated.
    """

    onset_s: float
    duration_s: float
    cells: int
    spikes_per_cell: float
    peak_rate_hz: float
    onset_spread_s: float
    oxytocin_pg: float | None = None


@dataclass(frozen=True, slots=True)
class SpikeAnalysis:
    """Bursts and what lies between them. Intervals run from onset to onset; None where there are too few."""

    bursts: tuple[SynchronousBurst, ...]
    intervals_s: tuple[float, ...]
    background_rate_hz: float | None
    mean_rate_hz: float

    @property
    def interval_mean_s(self) -> float | None:
        """Mean interval, s."""
        return float(np.mean(self.intervals_s)) if self.intervals_s else None

    @property
    def interval_sd_s(self) -> float | None:
        """Standard deviation of the intervals (n - 1), s."""
        return float(np.std(self.intervals_s, ddof=1)) if len(self.intervals_s) > 1 else None


_DEFAULT_RULES = BurstRules()
_CLOSE_S = 1.0e-6
"""Spike times lie on a grid; an interval of exactly 50 ms is not below 50 ms, however it was rounded."""


def cell_bursts(time_s: ArrayLike, cell: int = 0, rules: BurstRules = _DEFAULT_RULES) -> list[CellBurst]:
    """Return the bursts of one cell from its spike times, s, in order."""
    times = np.asarray(time_s, dtype=np.float64)
    intervals = np.diff(times)
    going = intervals < rules.next_interval_s - _CLOSE_S
    edges = np.flatnonzero(np.diff(np.concatenate(([0], going.astype(np.int8), [0]))))
    found = []
    for first, last in edges.reshape(-1, 2):
        short = np.flatnonzero(intervals[first:last] < rules.first_interval_s - _CLOSE_S)
        if short.size and last - first - short[0] + 1 >= rules.least_spikes:
            start = first + short[0]
            found.append(CellBurst(cell, float(times[start]), float(times[last]), int(last - start + 1)))
    return found


def analyse(
    trains: SpikeTrains,
    rules: BurstRules = _DEFAULT_RULES,
    *,
    secreted: tuple[NDArray[np.float64], float] | None = None,
) -> SpikeAnalysis:
    """Return the synchronous bursts of spike trains, their intervals, and the rate between them.

    A burst that the end of the recording cuts short is left out.

    Parameters
    ----------
    trains : SpikeTrains
        The spikes.
    rules : BurstRules
        What counts as a burst.
    secreted : (array of shape (n,), float), optional
        Oxytocin secreted in each bin (pg) and the length of a bin (s), for the oxytocin of each burst.
    """
    by_cell = trains.by_cell()
    each = [burst for number, times in enumerate(by_cell) for burst in cell_bursts(times, number, rules)]
    each.sort(key=lambda burst: burst.onset_s)
    groups: list[list[CellBurst]] = []
    for burst in each:
        if burst.onset_s < rules.ignored_start_s and trains.cells > 1:
            continue
        if groups and burst.onset_s - groups[-1][-1].onset_s <= rules.together_s and trains.cells > 1:
            groups[-1].append(burst)
        else:
            groups.append([burst])
    least = max(1.0, rules.least_share * trains.cells)
    whole = trains.duration_s - rules.next_interval_s
    bursts = tuple(
        _synchronous(group, by_cell, rules, secreted)
        for group in groups
        if len({b.cell for b in group}) >= least and max(b.end_s for b in group) <= whole
    )
    onsets = [burst.onset_s for burst in bursts]
    return SpikeAnalysis(
        bursts=bursts,
        intervals_s=tuple(float(interval) for interval in np.diff(onsets)),
        background_rate_hz=_background(trains, onsets, rules),
        mean_rate_hz=trains.time_s.size / (trains.cells * trains.duration_s),
    )


def _synchronous(
    group: Sequence[CellBurst],
    by_cell: Sequence[NDArray[np.float64]],
    rules: BurstRules,
    secreted: tuple[NDArray[np.float64], float] | None,
) -> SynchronousBurst:
    onsets = np.array([burst.onset_s for burst in group])
    low, middle, high = np.quantile(onsets, (0.05, 0.5, 0.95))
    peaks = [_peak_rate(by_cell[burst.cell], burst, rules.window_s) for burst in group]
    oxytocin = None
    if secreted is not None:
        pg, bin_s = secreted
        oxytocin = float(pg[max(0, round((middle - 1.5) / bin_s)) : round((middle + 3.0) / bin_s)].sum())
    return SynchronousBurst(
        onset_s=float(middle),
        duration_s=float(np.mean([burst.end_s - burst.onset_s for burst in group])),
        cells=len({burst.cell for burst in group}),
        spikes_per_cell=float(np.mean([burst.spikes for burst in group])),
        peak_rate_hz=float(np.mean(peaks)),
        onset_spread_s=float(high - low),
        oxytocin_pg=oxytocin,
    )


def _peak_rate(times: NDArray[np.float64], burst: CellBurst, window_s: float) -> float:
    first, last = np.searchsorted(times, (burst.onset_s, burst.end_s))
    inside = times[first : last + 1]
    return float((np.searchsorted(inside, inside + window_s) - np.arange(inside.size)).max() / window_s)


def _background(trains: SpikeTrains, onsets: Sequence[float], rules: BurstRules) -> float | None:
    edges = [(0.0, rules.ignored_start_s), *((on - rules.before_s, on + rules.after_s) for on in onsets)]
    quiet, spikes, end = 0.0, 0, 0.0
    for start, stop in [*edges, (trains.duration_s, trains.duration_s)]:
        if start > end:
            quiet += start - end
            spikes += int(np.diff(np.searchsorted(trains.time_s, (end, start)))[0])
        end = max(end, stop)
    return spikes / (quiet * trains.cells) if quiet > 0 else None


def read_spikes(
    path: str | PathLike[str], *, duration_s: float | None = None, time_unit: str | None = None
) -> SpikeTrains:
    """Read spike times from a table with a column such as `time_s` and, for several cells, one such as `cell`.

    Cells may have any names and any order, the times of each must rise; they are numbered in the order of their first
    spikes. How the table may be written is said in `letdown.tables`.

    Parameters
    ----------
    path : str or path
        The file.
    duration_s : float, optional
        Length of the recording, s; until the last spike if not given.
    time_unit : str, optional
        Unit of the times, such as "ms", where their name does not say it or says another.

    Raises
    ------
    RecordingError
        If the file cannot be read, lacks the column, or its times are no finite numbers that rise in each cell.
    UnitError
        If the unit of time is missing or unknown.
    """
    from letdown.neurons.spike_table import SpikesWanted, read_spike_table

    return read_spike_table(Path(path), SpikesWanted(duration_s=duration_s, time_unit=time_unit)).trains
