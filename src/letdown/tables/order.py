"""Rows out of order, and a clock that starts again: both make time fall back, and only the first may be sorted.

Time that falls back to where rows stand already, and goes on from there, is a second run of the clock: power was lost,
a counter overflowed, a day began. Sorting would shuffle two runs into each other. Rows that fill a hole left before
them were written late, and sorting puts them right.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from letdown._errors import RecordingError

__all__ = ["joined_runs", "refuse_restart", "restarts"]

Array = NDArray[np.float64]

LEAST_FALL = 3.0
"""A fall of fewer usual steps than this may be a row written late."""
SHORT_RUN = 5
"""Rows out of order fall back every few rows; runs of a clock are longer on the whole."""
COUNTERS = (2.0**16, 2.0**32, 2.0**31, 86_400.0, 3_600.0, 43_200.0, 86_400e3, 1e6, 1e5, 1e4, 1e3)
"""Where counters of a file's own unit (of s, ms, us ...) begin again."""


def restarts(time: Array) -> list[int]:
    """Return the indices of rows in which the clock starts again; [] if rows are in order, or merely out of it."""
    steps = np.diff(time)
    falls = np.flatnonzero(steps < 0) + 1
    if falls.size == 0 or falls.size > max(1, time.size // SHORT_RUN):
        return []
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    return [int(k) for k in falls if time[k - 1] - time[k] >= LEAST_FALL * usual and _runs_over(time, int(k), usual)]


def _runs_over(time: Array, k: int, usual: float) -> bool:
    """Whether the rows from `k` until time has caught up lie where rows stand already, or before all of them."""
    before, after = time[:k], time[k:]
    caught_up = np.flatnonzero(after > before.max())
    run = after[: caught_up[0]] if caught_up.size else after
    low, high = run.min() - 0.25 * usual, run.max() + 0.25 * usual
    if high < before.min():
        return run.size >= SHORT_RUN
    return bool(np.count_nonzero((before >= low) & (before <= high)) >= 0.5 * run.size)


def refuse_restart(file: str, lines: Sequence[int], time: Array, found: Sequence[int], factor: float) -> RecordingError:
    """Return the sentence about a clock that starts again; `factor` turns a unit of the file's own into seconds."""
    k, more = found[0], len(found) - 1
    also = "" if not more else " and once more after it" if more == 1 else f" and {more} times after it"
    period = _counter(time / factor, k)
    reason = f" (it counts to {period:g} only)" if period else ""
    return RecordingError(
        f"The clock starts again in row {lines[k]} of {file}{also}{reason}; split the file there, or give "
        "--join-restarts to let the second part follow the first."
    )


def _counter(time: Array, k: int) -> float | None:
    """Return the length of a counter that overflowed before row `k`, in the unit of the file; None if none did."""
    steps = np.diff(time)
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    fall = float(time[k] - time[k - 1])
    near = [length for length in COUNTERS if 0.0 <= fall + length <= 2.5 * usual and time[k - 1] <= length]
    return near[0] if near and usual > 0 and near[0] > 20.0 * usual else None


def joined_runs(file: str, lines: Sequence[int], time: Array, found: Sequence[int], factor: float) -> tuple[Array, str]:
    """Return times in which each run of the clock follows the one before, and a sentence that says so.

    A run begins one usual step after the last row of the one before, or where a counter that overflowed would stand.
    """
    steps = np.diff(time)
    usual = float(np.median(steps[steps > 0]))
    shift = np.zeros(time.size)
    for k in found:
        period = _counter(time / factor, k)
        shift[k:] += period * factor if period else time[k - 1] - time[k] + usual
    rows = ", ".join(str(lines[k]) for k in found[:5]) + (" and others" if len(found) > 5 else "")
    return time + shift, f"The clock starts again in row {rows} of {file}; the runs were joined {usual:.3g} s apart."
