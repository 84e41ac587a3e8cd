"""The arrays of a queue of dyads and the way through the lane loops: a tile that takes dyad after dyad.

What a feed leaves behind is read from arrays: the final fields, a few accounts, the log. Nothing is built here that a
feed does not need: months of feeds come this way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown._errors import SimulationError
from letdown.compiler.program import Precision
from letdown.engine.burst_source import AbstractBurstSource, Discharge
from letdown.engine.clocks import AbstractClock
from letdown.engine.event_log import LOG_LENGTH, Seen
from letdown.engine.feed_loop import Lanes, Now, Protocols, Queue
from letdown.engine.feed_program import load_feed
from letdown.engine.layout import field_index, field_names
from letdown.engine.program import COLUMNS, Program, StepState
from letdown.engine.protocol_clock import WATCHED

__all__ = ["Protocols", "Queue", "Served", "run_queue", "tabled"]

_CHECKED = field_index("flows.left.ejected")
"""Fields below this one are state; they must stay finite."""

_UNTRACED = 2**31
"""Substeps between rows of a trace that has none: longer than any run."""

_LINE_BYTES = 64

BIN_S = 5.0
"""Bins in which the flow of each breast is averaged, s: the peak of flow is that of a bin."""

_REAL: dict[Precision, Any] = {"float64": np.float64, "float32": np.float32}

_NO_CHANNELS = np.zeros(0, dtype=np.int64)

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """A queue that has been served, the log of each dyad, the trace (rows, channels, dyads), the source's own books."""

    queue: Queue
    logs: list[Array]
    trace: Array
    discharges: list[Discharge | None]


def tabled(programs: Sequence[Program]) -> Protocols:
    """Return protocols as one table."""
    rows = np.array([program.steps.shape[0] for program in programs])
    steps = np.zeros((len(programs), rows.max(), len(COLUMNS)))
    for i, program in enumerate(programs):
        steps[i, : rows[i]] = program.steps
    return Protocols(steps, rows, np.array([program.max_duration for program in programs]))


def _tile(length: int, kind: type) -> NDArray[Any]:
    """Return zeros that begin on a line of the cache: rows astride two lines cost a third of the speed."""
    room = np.zeros(length * np.dtype(kind).itemsize + _LINE_BYTES, dtype=np.uint8)
    first = -room.ctypes.data % _LINE_BYTES
    return room[first : first + length * np.dtype(kind).itemsize].view(kind)


def _lanes(lanes: int) -> Lanes:
    """Return room for what the clock keeps of each lane."""
    return Lanes(
        place=np.zeros(lanes, dtype=np.int64),
        born=np.zeros(lanes, dtype=np.int64),
        wake=np.zeros(lanes),
        watched=np.zeros(lanes, dtype=np.int64),
        watch=np.zeros((lanes, WATCHED)),
        bin_ends=np.zeros(lanes, dtype=np.int64),
        used=np.zeros((lanes, 3)),
        now=np.zeros(Now.LENGTH, dtype=np.int64),
    )


def _queue(
    start: Array,
    protocol: NDArray[np.int64],
    protocols: Protocols,
    keys: NDArray[np.uint64],
    seed: int,
    log_rows: int,
) -> Queue:
    """Return a queue with room for what becomes of its dyads."""
    dyads, rows = len(start), protocols.steps.shape[1]
    return Queue(
        start=start,
        final=np.empty((dyads, len(field_names()))),
        protocol=protocol,
        steps=np.zeros((dyads, rows, len(StepState))),
        dyads=keys,
        seeds=np.full(dyads, seed, dtype=np.uint64),
        log=np.zeros((dyads, log_rows, 6)),
        seen=np.zeros((dyads, Seen.LENGTH)),
    )


def _called(
    queue: Queue,
    protocols: Protocols,
    state: Any,
    trace: NDArray[Any],
    channels: NDArray[np.int64],
    every: int,
    clock: AbstractClock,
    source: AbstractBurstSource,
    precision: Precision,
) -> int:
    """Run the compiled feed over a queue; return how many rows of the trace it wrote. Raises as `run_queue`."""
    feed = load_feed(precision, source, clock)
    outcome = np.zeros(2, dtype=np.int64)
    feed.kernel(
        "run_queue",
        _tile(feed.rows * feed.lanes, _REAL[precision]),
        queue,
        protocols,
        state,
        np.array(source.imposed_times_s, dtype=float),
        trace,
        channels,
        every,
        clock.tick_s,
        clock.substeps,
        max(1, round(BIN_S / clock.tick_s)),
        _CHECKED,
        _lanes(feed.lanes),
        outcome,
    )
    written, is_finite = outcome.tolist()
    if not is_finite:
        raise SimulationError(
            "A state became infinite or not a number; the run was stopped and nothing is written: check the "
            "overridden parameters, or report the scenario."
        )
    return int(written)


def run_queue(
    start: Array,
    protocol: NDArray[np.int64],
    protocols: Protocols,
    keys: NDArray[np.uint64],
    seed: int,
    *,
    clock: AbstractClock,
    source: AbstractBurstSource,
    precision: Precision = "float64",
    channels: NDArray[np.int64] = _NO_CHANNELS,
    every: int = _UNTRACED,
    log_rows: int = LOG_LENGTH,
) -> Served:
    """Run every dyad of a queue to the end of its protocol.

    Parameters
    ----------
    start : array (dyads, fields)
        The dyads at time 0.
    protocol : array (dyads,)
        Which of `protocols` each dyad follows.
    protocols : Protocols
        From `tabled`.
    keys : array (dyads,)
        Keys of the random numbers of each dyad, with `seed`.
    seed : int
        Seed of the whole run.
    clock, source
        How finely time is resolved, where bursts come from.
    precision : {"float64", "float32"}
        Precision of the state.
    channels, every
        Fields to trace, and substeps between rows. A queue with a trace has at most as many dyads as lanes.
    log_rows
        Rows of a log at first. Where a dyad has more events it is run once more, alone, with room for all of them:
        nothing that happened is left out.

    Raises
    ------
    SimulationError
        If a state becomes infinite or not a number.
    """
    queue = _queue(start, protocol, protocols, keys, seed, log_rows)
    ticks = round(float(protocols.longest[protocol].max()) / clock.tick_s)
    kept = bool(channels.size)
    dyads = len(start)
    numbers = [int(key) & 0xFFFFFFFF for key in keys]
    state = source.begin(numbers, [seed] * dyads, clock.tick_s, ticks, kept, precision)
    length = ticks * clock.substeps // every + 2 if kept else 0
    trace = np.zeros((length, channels.size, dyads), dtype=_REAL[precision])
    written = _called(queue, protocols, state, trace, channels, every, clock, source, precision)
    ends = queue.seen[:, Seen.END_TIME]
    discharges = [source.finish(state, place, float(ends[place]), kept) for place in range(dyads)]
    again = partial(run_queue, clock=clock, source=source, precision=precision)
    logs = [_whole_log(queue, place, protocols, seed, again) for place in range(dyads)]
    return Served(queue, logs, trace[:written].astype(float), discharges)


def _whole_log(queue: Queue, place: int, protocols: Protocols, seed: int, again: Callable[..., Served]) -> Array:
    """Return the log of one dyad; where it was full the dyad is run again with as many rows as it needs."""
    rows = int(queue.seen[place, Seen.ROWS])
    if rows <= queue.log.shape[1]:
        return queue.log[place, :rows]
    one = slice(place, place + 1)
    served = again(queue.start[one], queue.protocol[one], protocols, queue.dyads[one], seed, log_rows=rows)
    return served.logs[0]
