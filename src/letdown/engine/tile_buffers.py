"""The arrays of one tile, made once and run as often as wanted: the lean way into the lane loops.

A life of feeds calls `run` a thousand times with the same dyads. So nothing is built here that a feed does not need,
and what a feed leaves behind is read from arrays: the final fields, and a few accounts.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown._errors import SimulationError
from letdown.body.surroundings import Conditions
from letdown.engine.burst_source import AbstractBurstSource, Discharge, SurrogateNeurones
from letdown.engine.clocks import AbstractClock, CycleAveraged
from letdown.engine.event_log import LOG_LENGTH, Seen
from letdown.engine.layout import field_index, field_names
from letdown.engine.link import Precision
from letdown.engine.program import Program, StepState
from letdown.engine.tiles import LANES, load_kernel

__all__ = ["FeedAccounts", "TileBuffers", "feed_tile"]

_CHECKED = field_index("flows.left.ejected")
"""Fields below this one are state; they must stay finite."""

_PAIRS = {
    name: [field_index(f"{side}.{name}") for side in ("left", "right")]
    for name in ("removed", "leaked", "ejected", "synthesised")
}
_BURSTS = field_index("moments.last_burst.number")
_RUNNING = field_index("surroundings.running")
_NOTHING = np.zeros(0, dtype=np.int64)
_NEVER = 2**31  # substeps between rows of a trace that has none: longer than any run

Array = NDArray[np.float64]


class FeedAccounts(NamedTuple):
    """What a feed of each dyad came to. Milk, mL, has shape (2, n) for (left, right); all else (n,).

    `first_let_down_s` and `first_latch_s` are NaN where none came; `end_reason` counts `program.END_REASONS`;
    `let_downs` merges those less than 10 s apart.
    """

    removed_ml: Array
    leaked_ml: Array
    ejected_ml: Array
    synthesised_ml: Array
    bursts: Array
    let_downs: Array
    first_let_down_s: Array
    first_latch_s: Array
    cramps: Array
    duration_s: Array
    end_reason: Array


class TileBuffers:
    """The arrays of one tile of dyads. Set `start`, call `run`, read `final`, `accounts()`, `seen`, `log`, `steps`.

    Parameters
    ----------
    kernel : module
        From `load_kernel`; decides precision, source of bursts, class of clock.
    dyads : sequence of int
        Numbers of the dyads, at most as many as the kernel has lanes.
    clock : AbstractClock
        Of the class that the kernel was loaded for.
    source : AbstractBurstSource
        Of the class that the kernel was loaded for.
    """

    def __init__(self, kernel: Any, dyads: Sequence[int], clock: AbstractClock, source: AbstractBurstSource) -> None:
        width, n = kernel.W, len(dyads)
        self._kernel, self._clock, self._n = kernel, clock, n
        self._source, self._sourced, self._traced = source, source.begin([], [], clock.tick_s, 0, False), False
        self._imposed = np.array(source.imposed_times_s, dtype=float)
        self._dyads = np.array([*dyads, *[0] * (width - n)], dtype=np.uint64)
        self._buffer = np.zeros((kernel.ROWS, width), dtype=kernel.real)
        self._ended = np.zeros((kernel.ROWS, width), dtype=kernel.real)
        self._used = np.zeros((width, 3))
        self._seeds = np.zeros(width, dtype=np.uint64)
        self._untraced = np.zeros((0, 0, 0), dtype=kernel.real)
        self.start = np.zeros((len(field_names()), n))
        self.steps = np.zeros((0, len(StepState), width))
        self.log = np.zeros((width, LOG_LENGTH, 6))
        self.count = np.zeros(width, dtype=np.int64)
        self.seen = np.zeros((width, Seen.LENGTH))

    @property
    def final(self) -> Array:
        """Every field of each dyad when its run ended, shape (fields, n)."""
        final: Array = self._ended[: len(self.start), : self._n].astype(float)
        return final

    def run(
        self,
        program: Program,
        seeds: Sequence[int],
        channels: NDArray[np.int64] = _NOTHING,
        every: int = _NEVER,
        conditions: Sequence[Conditions] | None = None,
    ) -> Array:
        """Run one feed of each dyad from `start` and return the trace, shape (rows, channels, n).

        `seeds[k]` is the seed of the random events of dyad k in this feed, `conditions[k]` what disturbs it (that of
        the program if not given). With channels to trace, a source that has spikes keeps them.

        Raises
        ------
        SimulationError
            If a state becomes infinite or not a number.
        """
        fields, n, clock = len(self.start), self._n, self._clock
        self._buffer[:fields, :n] = self.start
        self._buffer[:fields, n:] = self.start[:, :1]
        self._buffer[_RUNNING, n:] = 0.0
        self._seeds[:n] = seeds
        self._used.fill(-1.0)
        self.count.fill(0)
        self.seen.fill(0.0)
        self.steps = np.zeros((program.steps.shape[0], *self.steps.shape[1:]))
        n_ticks = round(program.max_duration / clock.tick_s)
        held = list(conditions) if conditions is not None else [program.conditions] * n
        held += [program.conditions] * (len(self._dyads) - n)
        self._traced = bool(channels.size)
        numbers = [int(dyad) & 0xFFFFFFFF for dyad in self._dyads[:n]]
        self._sourced = self._source.begin(numbers, seeds, clock.tick_s, n_ticks, self._traced)
        trace = self._untraced
        if channels.size:
            trace = np.zeros((n_ticks * clock.substeps // every + 2, channels.size, n), dtype=trace.dtype)
        _, rows, is_finite = self._kernel.run_tile(
            self._buffer.reshape(-1),
            self._ended.reshape(-1),
            self._sourced,
            program.steps,
            self.steps,
            np.array(held, dtype=float),
            self._seeds,
            self._dyads,
            self._imposed,
            self._used,
            self.log,
            self.count,
            self.seen,
            trace,
            channels,
            every,
            n_ticks,
            clock.tick_s,
            clock.substeps,
            program.max_duration,
            _CHECKED,
            n,
        )
        if not is_finite:
            raise SimulationError(
                "A state became infinite or not a number; the run was stopped and nothing is written: check the "
                "overridden parameters, or report the scenario."
            )
        peak = self._ended[field_index("watch.oxytocin_peak")]
        self.seen[:, Seen.OXYTOCIN_PEAK] = peak
        self.seen[:, Seen.OXYTOCIN_PEAK_TIME] = self._ended[field_index("watch.oxytocin_peak_tick")] * clock.tick_s
        return trace[:rows].astype(float)

    def discharge(self, lane: int) -> Discharge | None:
        """Return what the source of bursts knows of a dyad after the last run, where it keeps its own books."""
        return self._source.finish(self._sourced, lane, float(self.seen[lane, Seen.END_TIME]), self._traced)

    def accounts(self) -> FeedAccounts:
        """Return what the last run came to."""
        n, seen = self._n, self.seen[: self._n].T
        milk = {name: self._ended[rows, :n].astype(float) for name, rows in _PAIRS.items()}
        return FeedAccounts(
            removed_ml=milk["removed"],
            leaked_ml=milk["leaked"],
            ejected_ml=milk["ejected"],
            synthesised_ml=milk["synthesised"],
            bursts=self._ended[_BURSTS, :n].astype(float),
            let_downs=seen[Seen.LET_DOWNS].copy(),
            first_let_down_s=np.where(seen[Seen.LET_DOWNS] > 0.0, seen[Seen.FIRST_LET_DOWN], np.nan),
            first_latch_s=np.where(seen[Seen.FIRST_LATCH] > 0.0, seen[Seen.FIRST_LATCH], np.nan),
            cramps=seen[Seen.CRAMPS].copy(),
            duration_s=seen[Seen.END_TIME].copy(),
            end_reason=seen[Seen.END_REASON].copy(),
        )


def feed_tile(
    dyads: Sequence[int],
    *,
    source: AbstractBurstSource | None = None,
    clock: AbstractClock | None = None,
    precision: Precision = "float64",
) -> TileBuffers:
    """Return a tile for feed after feed of a few dyads, cycle-averaged unless another clock is given.

    `cohort_run.start_lane` gives a column of `start`. Afterwards the caller takes from `final` what lasts, changes
    what the time between feeds changed, and runs the next feed with another seed.

    Raises
    ------
    ValueError
        If there are more dyads than lanes.
    """
    source, clock = source or SurrogateNeurones(), clock or CycleAveraged()
    if not 1 <= len(dyads) <= LANES[precision]:
        raise ValueError(f"{len(dyads)} dyads were given to one tile; give 1 to {LANES[precision]}.")
    return TileBuffers(load_kernel(precision, source, clock), dyads, clock, source)
