"""The arrays of a queue of dyads and the way through the lane loops: a tile that takes dyad after dyad.

What a feed leaves behind is read from arrays: the final fields, a few accounts, the log. Nothing is built here that a
feed does not need: months of feeds come this way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown._errors import SimulationError
from letdown._machine_code import ready
from letdown.engine.burst_source import AbstractBurstSource, Discharge
from letdown.engine.clocks import AbstractClock
from letdown.engine.event_log import LOG_LENGTH, Seen
from letdown.engine.layout import field_index, field_names
from letdown.engine.link import Precision
from letdown.engine.program import COLUMNS, Program, StepState
from letdown.engine.tiles import load_kernel

__all__ = ["Protocols", "Queue", "Served", "run_queue", "tabled"]

_CHECKED = field_index("flows.left.ejected")
"""Fields below this one are state; they must stay finite."""

_UNTRACED = 2**31
"""Substeps between rows of a trace that has none: longer than any run."""

_LINE_BYTES = 64

_NO_CHANNELS = np.zeros(0, dtype=np.int64)

Array = NDArray[np.float64]


class Protocols(NamedTuple):
    """Protocols as one table: steps (protocols, rows, columns), how many rows each has, its longest time in s."""

    steps: Array
    rows: NDArray[np.int64]
    longest: Array


class Queue(NamedTuple):
    """Dyads to be served and what becomes of them; the first axis counts the dyads.

    `start` and `final` hold every field, `steps` the state of each step of the protocol, `log` the events, `seen`
    what `event_log.Seen` names.
    """

    start: Array
    final: Array
    protocol: NDArray[np.int64]
    steps: Array
    dyads: NDArray[np.uint64]
    seeds: NDArray[np.uint64]
    log: Array
    seen: Array


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
    kernel = load_kernel(precision, source, clock)
    dyads, rows = len(start), protocols.steps.shape[1]
    queue = Queue(
        start=start,
        final=np.empty((dyads, len(field_names()))),
        protocol=protocol,
        steps=np.zeros((dyads, rows, len(StepState))),
        dyads=keys,
        seeds=np.full(dyads, seed, dtype=np.uint64),
        log=np.zeros((dyads, log_rows, 6)),
        seen=np.zeros((dyads, Seen.LENGTH)),
    )
    longest = float(protocols.longest[protocol].max())
    ticks = round(longest / clock.tick_s)
    kept = bool(channels.size)
    numbers = [int(key) & 0xFFFFFFFF for key in keys]
    sourced = source.begin(numbers, [seed] * dyads, clock.tick_s, ticks, kept)
    length = ticks * clock.substeps // every + 2 if kept else 0
    trace = np.zeros((length, channels.size, dyads), dtype=kernel.real)
    arguments = (
        _tile(kernel.ROWS * kernel.W, kernel.real),
        queue,
        protocols,
        sourced,
        np.array(source.imposed_times_s, dtype=float),
        trace,
        channels,
        every,
        clock.tick_s,
        clock.substeps,
        _CHECKED,
    )
    load = partial(load_kernel, precision, source, clock)
    written, is_finite = ready(load, "run_queue", arguments)(*arguments)
    if not is_finite:
        raise SimulationError(
            "A state became infinite or not a number; the run was stopped and nothing is written: check the "
            "overridden parameters, or report the scenario."
        )
    ends = queue.seen[:, Seen.END_TIME]
    discharges = [source.finish(sourced, place, float(ends[place]), kept) for place in range(dyads)]
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
