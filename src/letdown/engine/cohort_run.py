"""Run dyads through a protocol: one or a hundred thousand, the same code.

Dyads are packed into tiles; unused lanes are padded with copies and never looked at. Tiles run on threads (the
tile function holds no lock), so the result of a dyad depends on its own seed and number only, not on the cohort,
the tile or the thread.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.body.body import BodyParameters, working
from letdown.body.rest import no_flows, no_moments, resting_breast, resting_dyad
from letdown.body.surroundings import AtBreast, Conditions, Cues, Doses, Draws, Surroundings
from letdown.engine.burst_source import AbstractBurstSource, Discharge, SurrogateNeurones
from letdown.engine.clocks import AbstractClock, Clock
from letdown.engine.event_log import LOG_LENGTH
from letdown.engine.layout import Tile, Watch, field_index, numbers
from letdown.engine.link import Precision
from letdown.engine.program import Program
from letdown.engine.tile_buffers import TileBuffers
from letdown.engine.tiles import LANES, load_kernel

__all__ = ["Clock", "DyadStart", "LaneResult", "run_dyads", "start_lane"]


@dataclass(frozen=True, slots=True)
class DyadStart:
    """One dyad before its run: its number, its parameters, the milk in each breast (mL).

    A feed of a life has also its number in that life (from 1, so that its random events are its own), plasma
    prolactin (ng/mL; at its basal level otherwise) and conditions that take the place of the program's.
    """

    dyad: int
    parameters: BodyParameters
    milk_left: float
    milk_right: float
    feed: int = 0
    prolactin: float | None = None
    conditions: Conditions | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LaneResult:
    """What the engine knows of one dyad after its run; `fields[i]` is field i of `layout.field_names()`."""

    start: DyadStart
    fields: NDArray[np.float64]
    first: NDArray[np.float64]
    steps: NDArray[np.float64]
    log: NDArray[np.float64]
    lost_rows: int
    seen: NDArray[np.float64]
    trace: NDArray[np.float64]
    discharge: Discharge | None = None


def start_lane(start: DyadStart, program: Program) -> NDArray[np.float64]:
    """Return the fields of one dyad at time 0."""
    p = start.parameters
    dyad, moments = resting_dyad(p), no_moments()
    conditions = start.conditions or program.conditions
    if start.prolactin is not None:
        dyad = dyad._replace(prolactin=dyad.prolactin._replace(level=start.prolactin))
    nobody = AtBreast(*[0.0] * len(AtBreast._fields))._replace(rise=0.5, fall=0.5, edge2=3.0, edge3=-2.0)
    nothing = Surroundings(nobody, nobody, Cues(*[0.0] * 7), conditions, 0.0, Doses(0, 0), Draws(0, 0, 0), 1.0, 0.0)
    left, right = (
        working(0.0, dyad, moments.sucking, p, nothing, nobody, b, milk)
        for b, milk in ((p.left, start.milk_left), (p.right, start.milk_right))
    )
    tile = Tile(
        dyad=dyad,
        moments=moments,
        left=resting_breast(p.left, start.milk_left),
        right=resting_breast(p.right, start.milk_right),
        working_left=left,
        working_right=right,
        flows=no_flows(),
        surroundings=nothing,
        parameters=p,
        watch=Watch(0.0, p.plasma.basal_level, 0.0),
    )
    return np.array(numbers(tile), dtype=float)


def _run_tile(
    kernel: Any,
    starts: Sequence[DyadStart],
    program: Program,
    seed: int,
    source: AbstractBurstSource,
    clock: AbstractClock,
    channels: NDArray[np.int64],
    every: int,
) -> list[LaneResult]:
    buffers = TileBuffers(kernel, [s.dyad | s.feed << 32 for s in starts], clock, source)
    buffers.start[:] = np.stack([start_lane(s, program) for s in starts], axis=1)
    conditions = [s.conditions or program.conditions for s in starts]
    trace = buffers.run(program, [seed] * len(starts), channels, every, conditions=conditions)
    count = buffers.count
    return [
        LaneResult(
            start=start,
            fields=buffers.final[:, lane],
            first=buffers.start[:, lane],
            steps=buffers.steps[:, :, lane],
            log=buffers.log[lane, : min(count[lane], LOG_LENGTH)],
            lost_rows=max(0, int(count[lane]) - LOG_LENGTH),
            seen=buffers.seen[lane],
            trace=trace[:, :, lane] if channels.size else np.zeros((0, 0)),
            discharge=buffers.discharge(lane),
        )
        for lane, start in enumerate(starts)
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
        Threads over tiles; the number of cores by default.
    progress : callable, optional
        Called with the number of dyads finished, as they finish.

    Raises
    ------
    SimulationError
        If a state becomes infinite or not a number.
    """
    source = source or SurrogateNeurones()
    clock = clock or Clock()
    kernel = load_kernel(precision, source, clock)
    width = LANES[precision]
    tiles = [starts[i : i + width] for i in range(0, len(starts), width)]
    indices = np.array([field_index(name) for name in channels], dtype=np.int64)
    arguments = (program, seed, source, clock, indices, every)
    if len(tiles) == 1:
        return _run_tile(kernel, tiles[0], *arguments)
    results: list[list[LaneResult]] = [[] for _ in tiles]
    finished = 0
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        futures = {pool.submit(_run_tile, kernel, tile, *arguments): i for i, tile in enumerate(tiles)}
        try:
            for future in as_completed(futures):
                results[futures[future]] = future.result()
                finished += len(tiles[futures[future]])
                if progress:
                    progress(finished)
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    return [lane for tile in results for lane in tile]
