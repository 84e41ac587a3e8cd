"""Run dyads through a protocol: one or a hundred thousand, the same code.

Dyads stand in queues; each goes through the lanes of a tile, on a thread of its own (the loops hold no lock). The
result of a dyad depends on its own seed and number only, not on the cohort, the lane or the thread.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from letdown.body.body import BodyParameters, working
from letdown.body.rest import no_flows, no_moments, resting_breast, resting_dyad
from letdown.body.surroundings import AtBreast, Conditions, Cues, Doses, Draws, Surroundings
from letdown.compiler.program import Precision
from letdown.engine.burst_source import AbstractBurstSource, Discharge, SurrogateNeurones
from letdown.engine.clocks import AbstractClock, Clock
from letdown.engine.feed_program import tile_lanes
from letdown.engine.lane_queue import run_queue, tabled
from letdown.engine.layout import Tile, Watch, field_index, numbers
from letdown.engine.program import Program

__all__ = ["Clock", "DyadStart", "LaneResult", "resting_tile", "run_dyads", "start_lane"]

QUEUED = 8
"""Dyads of a queue for each lane, at most: progress is told queue by queue."""


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


def _serve(
    starts: Sequence[DyadStart],
    program: Program,
    seed: int,
    source: AbstractBurstSource,
    clock: AbstractClock,
    precision: Precision,
    channels: NDArray[np.int64],
    every: int,
) -> list[LaneResult]:
    fields = np.stack([start_lane(s, program) for s in starts])
    keys = np.array([s.dyad | s.feed << 32 for s in starts], dtype=np.uint64)
    first_protocol = np.zeros(len(starts), dtype=np.int64)
    served = run_queue(
        fields,
        first_protocol,
        tabled([program]),
        keys,
        seed,
        clock=clock,
        source=source,
        precision=precision,
        channels=channels,
        every=every,
    )
    q = served.queue
    return [
        LaneResult(
            start=start,
            fields=q.final[k],
            first=q.start[k],
            steps=q.steps[k],
            log=served.logs[k],
            seen=q.seen[k],
            trace=served.trace[:, :, k] if channels.size else np.zeros((0, 0)),
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
    source = source or SurrogateNeurones()
    clock = clock or Clock()
    threads = threads or os.cpu_count() or 1
    width = tile_lanes(precision, clock)
    # a trace has one column a lane; else a queue is as long as keeps every thread busy
    size = width if channels else min(QUEUED * width, width * -(-len(starts) // (threads * width)))
    queues = [starts[i : i + size] for i in range(0, len(starts), size)]
    indices = np.array([field_index(name) for name in channels], dtype=np.int64)
    arguments = (program, seed, source, clock, precision, indices, every)
    if len(queues) == 1:
        return _serve(queues[0], *arguments)
    results: list[list[LaneResult]] = [[] for _ in queues]
    finished = 0
    with ThreadPoolExecutor(threads) as pool:
        futures = {pool.submit(_serve, queue, *arguments): i for i, queue in enumerate(queues)}
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
    return [lane for queue in results for lane in queue]
