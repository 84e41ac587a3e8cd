"""Rises in a smoothed signal on an even grid: where each begins, peaks and ends, and its phases.

A rise begins at the lowest point since the last one and counts once the signal stands `least` above it. It is over
when the signal has fallen back by `dip` of the rise (and by at least `least`); only then can another begin. So two
humps with a shallow saddle are one rise, and a second ejection that comes before the first has drained is a rise of
its own if the saddle is deep enough.
"""

from typing import NamedTuple

import numpy as np

from letdown.instruments.observation import Array

__all__ = ["Phases", "Rise", "find_rises", "onset_of", "phases_of", "smoothed", "spread_of_noise"]

PLATEAU = 0.8
"""Share of the peak above which a rise is at its plateau; a rule, as for milking curves of cows."""

END = 0.1
"""Share of the rise to which the signal has fallen at the end; a rule."""

EDGE = 4.0
"""Half width of a smoothing kernel, in its standard deviations."""


class Rise(NamedTuple):
    """Indices of the lowest point before a rise, of its peak, and of the lowest point after it."""

    low: int
    peak: int
    next_low: int


class Phases(NamedTuple):
    """Indices of the beginning and end of the plateau and of the end of a rise; whether that end was seen."""

    plateau: int
    fall: int
    end: int
    complete: bool


def smoothed(values: Array, spread: float) -> Array:
    """Return values smoothed with a Gaussian of SD `spread`, in samples; weights renormalised at both ends."""
    half = max(1, int(np.ceil(EDGE * spread)))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / spread) ** 2)
    weight = np.convolve(np.ones(values.size), kernel)[half : half + values.size]
    out: Array = np.convolve(values, kernel)[half : half + values.size] / weight
    return out


def spread_of_noise(values: Array) -> float:
    """Return a robust SD of white noise, from the median absolute second difference.

    Second differences remove level and slope; those of white noise have variance 6 sd^2.
    """
    if values.size < 3:
        return 0.0
    second = values[2:] - 2.0 * values[1:-1] + values[:-2]
    return float(np.median(np.abs(second))) * 1.4826 / np.sqrt(6.0)


def find_rises(signal: Array, *, least: float, dip: float, first: int = 0) -> list[Rise]:
    """Return the rises of a signal.

    Parameters
    ----------
    signal : ndarray, shape (n,)
        The smoothed signal.
    least : float
        Least height of a rise, in the unit of the signal.
    dip : float
        Share of a rise that must be lost before another can begin, 0-1.
    first : int
        Index from which rises are sought.
    """
    found: list[Rise] = []
    low = peak = first
    rising = False
    for i, value in enumerate(signal.tolist()[first:], start=first):
        if rising:
            if value > signal[peak]:
                peak = i
            elif signal[peak] - value > max(least, dip * (signal[peak] - signal[low])):
                found.append(Rise(low, peak, signal.size - 1))
                rising, low = False, i
        elif value <= signal[low]:
            low = i
        elif value - signal[low] > least:
            rising, peak = True, i
    if rising:
        found.append(Rise(low, peak, signal.size - 1))
    return [
        rise._replace(next_low=found[k + 1].low) if k + 1 < len(found) else rise for k, rise in enumerate(found)
    ]


def phases_of(signal: Array, rise: Rise) -> Phases:
    """Return the plateau (above 80 % of the peak) and the end (below 10 % of the rise, or the next low) of a rise."""
    base, top = signal[rise.low], signal[rise.peak]
    high = signal >= base + PLATEAU * (top - base)
    before = np.flatnonzero(~high[rise.low : rise.peak + 1])
    plateau = rise.low + (int(before[-1]) + 1 if before.size else 0)
    after = np.flatnonzero(~high[rise.peak :])
    fall = rise.peak + (int(after[0]) - 1 if after.size else signal.size - 1 - rise.peak)
    floor = base + END * (top - base)
    below = np.flatnonzero(signal[rise.peak : rise.next_low + 1] <= floor)
    end = rise.peak + int(below[0]) if below.size else rise.next_low
    complete = bool(below.size) or rise.next_low < signal.size - 1
    return Phases(plateau, min(fall, end), end, complete)


def onset_of(time_s: Array, total: Array, signal_s: Array, signal: Array, rise: Rise) -> float:
    """Return the time at which a rise begins, s, from the foot of the curve.

    The running total y of the signal is fitted by a line that bends upwards at tau,

        y = a + b t + c max(t - tau, 0)^2,   c > 0,

    from 40 s before the signal has reached half of its rise until then; tau with the least squared residual is the
    onset. The total is not smoothed, so that smoothing does not move the onset.

    Parameters
    ----------
    time_s, total : ndarray, shape (m,)
        Times, s, and the total of the signal until then.
    signal_s, signal : ndarray, shape (n,)
        The smoothed signal and its times, s.
    rise : Rise
        Which rise of it.
    """
    base, top = signal[rise.low], signal[rise.peak]
    half = rise.low + int(np.argmax(signal[rise.low : rise.peak + 1] >= base + 0.5 * (top - base)))
    until, since = float(signal_s[half]), float(signal_s[rise.low])
    edge = max(time_s[1] - time_s[0], float(np.median(np.diff(time_s))))
    used = (time_s >= max(until - FOOT_S, since - edge)) & (time_s <= until + edge)
    if used.sum() < 4:
        return max(since, until - edge)
    t, y = time_s[used] - until, total[used]
    best, onset = np.inf, since
    for tau in np.arange(max(since - until, -FOOT_S), 0.0, 0.5):
        basis = np.column_stack([np.ones(t.size), t, np.maximum(t - tau, 0.0) ** 2])
        solution, *_ = np.linalg.lstsq(basis, y, rcond=None)
        residual = float(np.sum((y - basis @ solution) ** 2))
        if solution[2] > 0 and residual < best:
            best, onset = residual, until + float(tau)
    return onset


FOOT_S = 40.0
"""Length of the record before the half rise in which its onset is sought, s."""
