"""Rises in a smoothed signal on an even grid: where each begins, peaks and ends, and its phases.

A rise begins at the lowest point since the last one and counts once the signal stands `least` above it. It is over
when the signal has fallen back by `dip` of the rise (and by at least `least`); only then can another begin. So two
humps with a shallow saddle are one rise, and a second ejection that comes before the first has drained is a rise of
its own if the saddle is deep enough.
"""

import math
from typing import NamedTuple

import numpy as np

from letdown.instruments.observation import Array

__all__ = ["Phases", "Rise", "find_rises", "onset_of", "phases_of", "smoothed", "spread_of", "spread_of_noise"]

PLATEAU = 0.8
"""Share of the peak above which a rise is at its plateau; a rule, as for milking curves of cows."""

ONSET = 0.2
"""Share of the rise that marks its onset; a rule."""

END = 0.1
"""Share of the rise to which the signal has fallen at the end; a rule."""

REST = 15
"""A lowest level at least so many samples before the end of the record is where the signal came to rest."""

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
    """Return a robust SD of white noise, from the second differences of the values.

    Second differences remove level and slope; those of white noise have variance 6 sd^2.
    """
    if values.size < 3:
        return 0.0
    return spread_of(values[2:] - 2.0 * values[1:-1] + values[:-2]) / math.sqrt(6.0)


def spread_of(deviations: Array) -> float:
    """Return a robust SD of deviations: the mean of the smaller three quarters of their sizes over 0.515.

    A median would stick to one step of a coarse display.
    """
    sizes = np.sort(np.abs(deviations))
    return float(sizes[: max(1, int(0.75 * sizes.size))].mean()) / 0.515


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
    return [rise._replace(next_low=found[k + 1].low) if k + 1 < len(found) else rise for k, rise in enumerate(found)]


def phases_of(signal: Array, rise: Rise) -> Phases:
    """Return the plateau (above 80 % of the rise) and the end of a rise.

    It ends where a tenth of the fall is left, or at the next low. The fall goes back to the level before the rise, or
    to the lowest level after it where that is higher and the signal has come to rest there: ducts stay wider.
    """
    base, top = signal[rise.low], signal[rise.peak]
    high = signal >= base + PLATEAU * (top - base)
    before = np.flatnonzero(~high[rise.low : rise.peak + 1])
    plateau = rise.low + (int(before[-1]) + 1 if before.size else 0)
    after = np.flatnonzero(~high[rise.peak :])
    fall = rise.peak + (int(after[0]) - 1 if after.size else signal.size - 1 - rise.peak)
    lowest = rise.peak + int(np.argmin(signal[rise.peak : rise.next_low + 1]))
    rest = max(base, signal[lowest]) if lowest < signal.size - REST else base
    floor = rest + END * (top - rest)
    below = np.flatnonzero(signal[rise.peak : rise.next_low + 1] <= floor)
    end = rise.peak + int(below[0]) if below.size else rise.next_low
    complete = bool(below.size) or rise.next_low < signal.size - 1
    return Phases(plateau, min(fall, end), end, complete)


def onset_of(time_s: Array, signal: Array, rise: Rise, sharper: Array | None = None) -> float:
    """Return the time, s, at which a signal last passes 20 % of a rise on its way up.

    Smoothing spreads a rise to both sides: with a kernel of 5 s a steep one passes its fifth 4 s early. So the rise,
    once it is found, is looked up in a `sharper` curve, smoothed no more than its own noise asks for. On simulated
    sessions this scattered less than the smoother curve, and than fits of a ramp or a bent line.

    Parameters
    ----------
    time_s, signal : ndarray, shape (n,)
        Grid, s, and the smoothed signal in which the rise was found.
    rise : Rise
        The rise.
    sharper : ndarray, shape (n,), optional
        The same signal, less smoothed; `signal` itself if not given.
    """
    way_up = signal[rise.low : rise.peak + 1]
    level = way_up[0] + ONSET * (way_up[-1] - way_up[0])
    i = int(np.flatnonzero(way_up <= level)[-1])
    if sharper is not None:
        half = int(np.flatnonzero(way_up <= (way_up[0] + way_up[-1]) / 2.0)[-1])
        way_up = sharper[rise.low : rise.peak + 1]
        # Noise may lift the foot of the sharper curve above the level; then its crossing is where the smoother one is.
        below = np.flatnonzero(way_up[: half + 1] <= level)
        if below.size == 0 or way_up[int(below[-1]) + 1] <= level:
            return onset_of(time_s, signal, rise)
        i = int(below[-1])
    part = (level - way_up[i]) / (way_up[i + 1] - way_up[i])
    return float(time_s[rise.low + i] + part * (time_s[rise.low + i + 1] - time_s[rise.low + i]))
