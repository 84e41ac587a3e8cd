"""Milk as an instrument shows it: collected milk (a balance, a measuring bottle) or flow (a meter), and its mending.

Both come down to the mean flow of intervals between readings. Mending works on these flows r_i:

* readings closer than 1 s are averaged into 1-s readings;
* an interval whose flow lies more than max(6 robust SD, 0.15 mL/s) from the median of its neighbours within 7.5 s (at
  least 2 on either side), or beyond 3 mL/s while the median is below half of that, is a jump: a tare, a knock, a bottle
  lifted, a single wrong reading. Its flow is replaced by that median. No let-down is so short;
* flow whose median is itself beyond 3 mL/s lasts longer than a jump can. It is not the flow of one breast, and the
  record is refused; so is one in which more than a quarter of the intervals jump. Shorter flow beyond 3 mL/s that its
  neighbours lead up to is left as it is, and said;
* in a gap the collected milk is known and its flow is taken as even; flow itself is taken as linear;
* a steady downward drift shows as negative flow between let-downs and is added back; an upward one cannot be told
  from a slow trickle and is left.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from letdown._errors import RecordingError
from letdown.instruments.observation import Array, curve
from letdown.instruments.rises import smoothed, spread_of, spread_of_noise

__all__ = ["AbstractMilkSignal", "CollectedMilk", "MendedFlow", "MilkFlow"]

JUMP_ERRORS = 6.0
JUMP_ML_S = 0.15
NEIGHBOURS_S = 7.5
IMPOSSIBLE_ML_S = 3.0
MOST_JUMPS = 0.25
"""Share of intervals that may be mended; a knocked and tared balance of the laboratory stays below half of it."""
COARSEST_S = 15.0
SHORTEST_S = 4.0
GAP = 3.0
"""An interval longer than so many median intervals is a gap."""
LARGEST_DRIFT_ML_S = 0.1
"""Twenty times the slow drift of a disturbed balance: what falls faster is no milk being collected, mL/s."""


class MendedFlow(NamedTuple):
    """Flow after mending, and what mending did.

    `edges_s` (n + 1) bound the intervals of `flow` (n) and `raw` (n), mL/s; `flow_error` is the SD of one interval,
    mL/s; `jumps` are the times of replaced intervals, `gaps` bounds of long ones, s; `drift` the flow added back, mL/s;
    `beyond` are times of flow beyond what one breast gives that was left as it is, s.
    """

    edges_s: Array
    flow: Array
    raw: Array
    jumps: Array
    gaps: Array
    drift: float
    beyond: Array

    def total_ml(self) -> Array:
        """Return the milk until each edge, mL."""
        return np.concatenate([[0.0], np.cumsum(self.flow * np.diff(self.edges_s))])


class AbstractMilkSignal(ABC):
    """Readings of milk from one breast: how they become flow, and what their noise does to flow and volume."""

    @abstractmethod
    def intervals(self) -> tuple[Array, Array]:
        """Return edges of intervals, s, shape (n + 1,), and mean flow in each, mL/s, shape (n,)."""

    @abstractmethod
    def flow_error(self, mended: MendedFlow, spread_s: float) -> float:
        """Return the SD of flow smoothed with a Gaussian of SD `spread_s`, mL/s."""

    @abstractmethod
    def volume_error(self, mended: MendedFlow, duration_s: float) -> float:
        """Return the SD of the milk of a time of this length, mL."""

    def mended(self) -> MendedFlow:
        """Return the flow without jumps, gaps and downward drift.

        Raises
        ------
        RecordingError
            If the record is shorter than 4 s, readings are more than 15 s apart on the whole, fall faster than a
            balance drifts, rise for longer than a jump lasts faster than one breast gives milk, or jump too often.
        """
        edges, raw = self.intervals()
        # Within a second, a window of seconds would hold any number of readings.
        if edges[-1] - edges[0] < SHORTEST_S:
            raise RecordingError(
                f"The record lasts {edges[-1] - edges[0]:.3g} s; give one of some minutes, or check the unit of time."
            )
        width = np.diff(edges)
        usual = float(np.median(width))
        if usual > COARSEST_S:
            raise RecordingError(
                f"The readings are {usual:.3g} s apart; a let-down lasts a minute, so give readings at most "
                f"{COARSEST_S:g} s apart."
            )
        half = max(2, round(NEIGHBOURS_S / usual))
        # Mirrored, so that a wrong reading at an end does not become its own neighbours.
        padded = np.pad(raw, half, mode="reflect" if raw.size > half else "edge")
        middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
        away = np.abs(raw - middle)
        limit = max(JUMP_ERRORS * spread_of(away), JUMP_ML_S)
        beyond = np.abs(raw) > IMPOSSIBLE_ML_S
        led_up_to = (np.abs(middle) >= 0.5 * IMPOSSIBLE_ML_S) & (away <= np.abs(middle))
        jump = ((away > limit) | beyond) & ~led_up_to
        _refuse_too_much(edges, raw, middle, jump)
        flow = np.where(jump, np.clip(middle, 0.0, IMPOSSIBLE_ML_S), raw)
        long = width > GAP * usual
        drift = max(0.0, -float(np.quantile(smoothed(flow, max(1.0, 20.0 / usual)), 0.1)))
        if drift > LARGEST_DRIFT_ML_S:
            raise RecordingError(
                f"The record falls by {drift:.2g} mL/s or more for a tenth of its time; a balance drifts by at most "
                f"{LARGEST_DRIFT_ML_S:g} mL/s; give milk that is collected, which rises, or turn its sign."
            )
        gaps = np.column_stack([edges[:-1][long], edges[1:][long]])
        return MendedFlow(edges, flow + drift, raw, edges[1:][jump], gaps, drift, edges[1:][beyond & ~jump])


def _refuse_too_much(edges: Array, raw: Array, middle: Array, jump: NDArray[np.bool_]) -> None:
    """Refuse a record that mending would change for longer, or more often, than single wrong readings need."""
    long = np.flatnonzero(np.abs(middle) > IMPOSSIBLE_ML_S)
    if long.size:
        k = int(long[0])
        last = k + int(np.argmax(np.abs(np.append(middle[k:], 0.0)) <= IMPOSSIBLE_ML_S))
        lasts, largest = edges[last] - edges[k], np.abs(raw[k:last]).max()
        if middle[k] < 0:
            raise RecordingError(
                f"Milk falls by up to {largest:.3g} mL/s for {lasts:.0f} s from {edges[k]:.0f} s on, as where a "
                "container is emptied; split the record there."
            )
        raise RecordingError(
            f"Flow stays beyond {IMPOSSIBLE_ML_S:g} mL/s for {lasts:.0f} s from {edges[k]:.0f} s on (up to "
            f"{largest:.3g} mL/s), which is not one human breast; check the unit and the column."
        )
    if np.count_nonzero(jump) > max(MOST_JUMPS * raw.size, 2):
        raise RecordingError(
            f"{np.count_nonzero(jump)} of {raw.size} readings jump, too many to mend; check the column, the unit "
            "and the instrument."
        )


@final
@dataclass(frozen=True, eq=False)
class CollectedMilk(AbstractMilkSignal):
    """Milk collected so far, mL, at rising times, s: each shape (n,)."""

    time_s: Array
    milk_ml: Array

    def intervals(self) -> tuple[Array, Array]:
        """Return edges and flow; readings within 1 s are averaged."""
        time, milk = _seconds(*curve("The collected milk", self.time_s, self.milk_ml))
        return time, np.diff(milk) / np.diff(time)

    def reading_error(self, mended: MendedFlow) -> float:
        """Return the SD of one reading, mL: of its noise, or of the rounding of the display where that is more.

        The noise is that of the second differences of the mended readings.
        """
        steps = np.abs(np.diff(self.milk_ml))
        least = float(steps[steps > 1e-9].min()) if (steps > 1e-9).any() else 0.0
        return max(spread_of_noise(mended.total_ml()), least / math.sqrt(12.0), 1e-4)

    def flow_error(self, mended: MendedFlow, spread_s: float) -> float:
        """Return the SD of smoothed flow: of the slope of white noise, e sqrt(dt / (4 sqrt(pi) s^3))."""
        usual = float(np.median(np.diff(mended.edges_s)))
        spread = max(spread_s, 0.5 * usual)
        return self.reading_error(mended) * float(np.sqrt(usual / (4.0 * np.sqrt(np.pi) * spread**3)))

    def volume_error(self, mended: MendedFlow, duration_s: float) -> float:
        """Return the SD of a difference of two readings; it does not grow with the time between them."""
        return float(np.sqrt(2.0)) * self.reading_error(mended)


@final
@dataclass(frozen=True, eq=False)
class MilkFlow(AbstractMilkSignal):
    """Flow, mL/s, at rising times, s: each shape (n,). A reading stands for the time half-way to its neighbours."""

    time_s: Array
    flow_ml_s: Array

    def intervals(self) -> tuple[Array, Array]:
        """Return edges and flow; readings within 1 s are averaged."""
        time, flow = _seconds(*curve("The flow", self.time_s, self.flow_ml_s))
        middle = (time[1:] + time[:-1]) / 2.0
        return np.concatenate([time[:1], middle, time[-1:]]), flow

    def _error(self, mended: MendedFlow) -> float:
        steps = np.abs(np.diff(self.flow_ml_s))
        least = float(steps[steps > 1e-9].min()) if (steps > 1e-9).any() else 0.0
        return max(spread_of_noise(mended.flow), min(least, 0.05) / math.sqrt(12.0), 1e-4)

    def flow_error(self, mended: MendedFlow, spread_s: float) -> float:
        """Return the SD of smoothed flow: of a mean over 2 sqrt(pi) s of white noise."""
        usual = float(np.median(np.diff(mended.edges_s)))
        return self._error(mended) * math.sqrt(min(1.0, usual / (2.0 * math.sqrt(math.pi) * spread_s)))

    def volume_error(self, mended: MendedFlow, duration_s: float) -> float:
        """Return the SD of a sum of readings; it grows with the square root of time."""
        usual = float(np.median(np.diff(mended.edges_s)))
        return self._error(mended) * float(np.sqrt(usual * max(duration_s, usual)))


def _seconds(time: Array, value: Array) -> tuple[Array, Array]:
    """Return readings averaged within whole seconds where they are denser than that."""
    if float(np.median(np.diff(time))) > 0.75:
        return time, value
    bins = np.floor((time - time[0]) / 1.0).astype(int)
    kept, where = np.unique(bins, return_inverse=True)
    count = np.bincount(where)
    if kept.size < 2:
        return time, value
    return np.bincount(where, time) / count, np.bincount(where, value) / count
