"""Run dyads through a protocol: one or a hundred thousand, the same code.

Dyads stand in queues; each goes through the lanes of a tile, on a thread of its own (the loops hold no lock). The
result of a dyad depends on its own seed and number only, not on the cohort, the lane or the thread.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from letdown.body.body import BodyParameters, working
from letdown.body.rest import no_flows, no_moments, resting_breast, resting_dyad
from letdown.body.surroundings import AtBreast, Conditions, Cues, Doses, Draws, Surroundings
from letdown.compiler.program import Precision
from letdown.engine.burst_source import AbstractBurstSource, Discharge, SurrogateNeurones
from letdown.engine.clocks import AbstractClock, Clock
from letdown.engine.feed_program import tile_lanes
from letdown.engine.lane_queue import Served, run_queue, tabled
from letdown.engine.layout import Tile, Watch, field_index, numbers, record_reader
from letdown.engine.program import Program

__all__ = ["Clock", "DyadColumns", "DyadStart", "LaneResult", "in_queues", "resting_tile", "run_columns", "run_dyads",
           "start_lane", "start_rows"]  # fmt: skip

QUEUED, LONGEST = 8, 32
"""Dyads of a queue for each lane, where few are left to do and at most.

Lanes idle at the end of a queue, so long ones are cheaper; short ones at the end keep every thread busy.
"""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class DyadStart:
    """One dyad before its run: its number, its parameters, the milk in each breast (mL).

    A feed of a life has also its number in that life (from 1, so that its random events are its own), plasma
    prolactin (ng/mL; at its basal level otherwise) and conditions that take the place of the program's; one that is
    opened again has all fields of its dyad at time 0.
    """

    dyad: int
    parameters: BodyParameters
    milk_left: float
    milk_right: float
    feed: int = 0
    prolactin: float | None = None
    conditions: Conditions | None = None
    fields: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DyadColumns:
    """Dyads before their run, as columns: a number of `parameters` that differs between them is an array over them.

    `dyads` are their numbers, `milk_left` and `milk_right` (mL) have one number a dyad, `feed` is as in `DyadStart`.
    """

    dyads: Sequence[int]
    parameters: BodyParameters
    milk_left: NDArray[np.float64]
    milk_right: NDArray[np.float64]
    feed: int = 0

    def rows(self) -> list[DyadStart]:
        """Return the dyads one by one."""
        values: list[Any] = list(numbers(self.parameters))
        varied = {i: value.tolist() for i, value in enumerate(values) if isinstance(value, np.ndarray)}
        read = record_reader(BodyParameters)
        milk = zip(self.milk_left.tolist(), self.milk_right.tolist(), strict=True)
        starts = []
        for k, (dyad, (left, right)) in enumerate(zip(self.dyads, milk, strict=True)):
            for i, column in varied.items():
                values[i] = column[k]
            starts.append(DyadStart(dyad, read(values), left, right, self.feed))
        return starts


@dataclass(frozen=True, slots=True, eq=False)
class LaneResult:
    """What the engine knows of one dyad after its run; `fields[i]` is field i of `layout.field_names()`."""

    start: DyadStart
    fields: NDArray[np.float64]
    first: NDArray[np.float64]
    steps: NDArray[np.float64]
    log: NDArray[np.float64]
    seen: NDArray[np.float64]
    trace: NDArray[np.float64]
    discharge: Discharge | None = None


def resting_tile(p: BodyParameters, milk: tuple[float, float], prolactin: float | None, conditions: Conditions) -> Tile:
    """Return a dyad at rest with milk (left, right) in mL, plasma prolactin in ng/mL (basal without), conditions."""
    dyad, moments = resting_dyad(p), no_moments()
    if prolactin is not None:
        dyad = dyad._replace(prolactin=dyad.prolactin._replace(level=prolactin))
    nobody = AtBreast(*[0.0] * len(AtBreast._fields))._replace(rise=0.5, fall=0.5, edge2=3.0, edge3=-2.0)
    nothing = Surroundings(nobody, nobody, Cues(*[0.0] * 7), conditions, 0.0, Doses(0, 0), Draws(0, 0, 0), 1.0, 0.0)
    left, right = (
        working(0.0, dyad, moments.sucking, p, nothing, nobody, b, m)
        for b, m in zip((p.left, p.right), milk, strict=True)
    )
    return Tile(
        dyad=dyad,
        moments=moments,
        left=resting_breast(p.left, milk[0]),
        right=resting_breast(p.right, milk[1]),
        working_left=left,
        working_right=right,
        flows=no_flows(),
        surroundings=nothing,
        parameters=p,
        watch=Watch(0.0, p.plasma.basal_level, 0.0),
    )


def start_lane(start: DyadStart, program: Program) -> NDArray[np.float64]:
    """Return the fields of one dyad at time 0."""
    if start.fields is not None:
        return start.fields
    milk = start.milk_left, start.milk_right
    conditions = start.conditions or program.conditions
    return np.array(numbers(resting_tile(start.parameters, milk, start.prolactin, conditions)), dtype=float)


def start_rows(columns: DyadColumns, program: Program) -> NDArray[np.float64]:
    """Return the fields at time 0, a row a dyad: the equations of `start_lane` on arrays, with the same bits."""
    milk: Any = (columns.milk_left, columns.milk_right)
    tile = resting_tile(columns.parameters, milk, None, program.conditions)
    return _columned(numbers(tile), len(columns.dyads))


def _columned(values: Sequence[Any], rows: int) -> NDArray[np.float64]:
    """Return a table of columns that are each an array over the rows or one number for all."""
    table = np.empty((rows, len(values)))
    table[:] = [0.0 if isinstance(value, np.ndarray) else value for value in values]
    for i, value in enumerate(values):
        if isinstance(value, np.ndarray):
            table[:, i] = value
    return table


def run_columns(columns: DyadColumns, program: Program, seed: int, **settings: Any) -> Served:
    """Run dyads in one queue; `settings` are those of `run_queue` by name.

    Raises
    ------
    SimulationError
        If a state becomes infinite or not a number.
    """
    keys = _keys([dyad | columns.feed << 32 for dyad in columns.dyads])
    return _served(start_rows(columns, program), program, keys, seed, settings)


def _keys(numbers_of: Sequence[int]) -> NDArray[np.uint64]:
    return np.array(numbers_of, dtype=np.uint64)


def _served(
    fields: NDArray[np.float64], program: Program, keys: NDArray[np.uint64], seed: int, settings: dict[str, Any]
) -> Served:
    return run_queue(fields, np.zeros(len(fields), dtype=np.int64), tabled([program]), keys, seed, **settings)


def _serve(starts: Sequence[DyadStart], program: Program, seed: int, settings: dict[str, Any]) -> list[LaneResult]:
    fields = np.stack([start_lane(s, program) for s in starts])
    served = _served(fields, program, _keys([s.dyad | s.feed << 32 for s in starts]), seed, settings)
    q, traced = served.queue, settings["channels"].size > 0
    return [
        LaneResult(
            start=start,
            fields=q.final[k],
            first=q.start[k],
            steps=q.steps[k],
            log=served.logs[k],
            seen=q.seen[k],
            trace=served.trace[:, :, k] if traced else np.zeros((0, 0)),
            discharge=served.discharges[k],
        )
        for k, start in enumerate(starts)
    ]


def run_dyads(
    starts: Sequence[DyadStart],
    program: Program,
    *,
    seed: int = 0,
    source: AbstractBurstSource | None = None,
    precision: Precision = "float64",
    clock: AbstractClock | None = None,
    channels: Sequence[str] = (),
    every: int = 100,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[LaneResult]:
    """Run dyads through one protocol.

    Parameters
    ----------
    starts : sequence of DyadStart
        The dyads; each keeps its own random numbers, keyed (seed, dyad).
    program : Program
        The protocol.
    seed : int
        Seed of the whole run, 0 to 2**64 - 1.
    source : AbstractBurstSource, optional
        Source of bursts; the surrogate neurones by default.
    precision : {"float64", "float32"}
        Precision of the state.
    clock : Clock, optional
        How finely the run is resolved in time: suck-resolved by default.
    channels : sequence of str
        Fields to trace, by dotted path; none by default.
    every : int
        Substeps between trace rows.
    threads : int, optional
        Threads over queues; the number of cores by default.
    progress : callable, optional
        Called with the number of dyads finished, as they finish.

    Raises
    ------
    SimulationError
        If a state becomes infinite or not a number.
    """
    clock = clock or Clock()
    width = tile_lanes(precision, clock)
    settings = {
        "source": source or SurrogateNeurones(),
        "clock": clock,
        "precision": precision,
        "channels": np.array([field_index(name) for name in channels], dtype=np.int64),
        "every": every,
    }

    def serve(which: range) -> list[LaneResult]:
        return _serve(starts[which.start : which.stop], program, seed, settings)

    # a trace has one column a lane
    return in_queues(len(starts), width, serve, threads=threads, progress=progress, longest=width if channels else None)


def in_queues(
    dyads: int,
    width: int,
    work: Callable[[range], list[R]],
    *,
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
    longest: int | None = None,
) -> list[R]:
    """Do the work of dyads 0 to dyads - 1 queue by queue on threads, and return what came of each, in their order.

    Parameters
    ----------
    dyads : int
        How many.
    width : int
        Lanes of a tile.
    work : callable
        Takes the dyads of a queue and returns one result a dyad.
    threads : int, optional
        The number of cores by default.
    progress : callable, optional
        Called with the number of dyads finished, as they finish; not for a single queue.
    longest : int, optional
        Dyads of every queue; without it they suit the threads.
    """
    threads = threads or os.cpu_count() or 1
    queues = _queues(dyads, width, threads, longest)
    if len(queues) == 1:
        return work(queues[0])
    results: list[list[R]] = [[] for _ in queues]
    finished = 0
    with ThreadPoolExecutor(threads) as pool:
        futures = {pool.submit(work, queue): i for i, queue in enumerate(queues)}
        try:
            for future in as_completed(futures):
                results[futures[future]] = future.result()
                finished += len(queues[futures[future]])
                if progress:
                    progress(finished)
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    return [each for queue in results for each in queue]


def _queues(dyads: int, width: int, threads: int, longest: int | None) -> list[range]:
    """Return the dyads of each queue: a share of what is left, in whole tiles, so that all threads end together."""
    queues, first = [], 0
    shortest = min(QUEUED * width, width * -(-dyads // (threads * width)))
    while first < dyads:
        share = (dyads - first) // (2 * threads * width) * width
        size = longest or max(shortest, min(LONGEST * width, share))
        queues.append(range(first, min(first + size, dyads)))
        first += size
    return queues
