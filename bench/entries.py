"""What `bench.py` measures: a 20-min feed of one dyad, cohorts on one core and as a whole, lives, spiking networks."""

import os
import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from letdown.compiler.program import Precision
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.clocks import AbstractClock, Clock, CycleAveraged
from letdown.engine.cohort_run import DyadStart, in_queues, run_dyads, start_lane, start_rows
from letdown.engine.event_log import Seen
from letdown.engine.feed_program import tile_lanes
from letdown.engine.lane_queue import run_queue, tabled
from letdown.engine.network.network_run import run_networks
from letdown.engine.program import Program
from letdown.neurons.network import Drive, Network, drive_schedule
from letdown.protocol.build import build_program, reference_start, start_columns
from letdown.protocol.scenario import load_scenario
from letdown.simulate import simulate_cohort
from letdown.simulate_lactation import simulate_lactation, simulate_lactation_cohort

__all__ = ["entries", "whole_to_kernel", "working_memory"]

COHORT = 64
FEEDS = 50
LARGE = 10_000

PART, PARTS = 2000, 5
"""Dyads of a part of a large cohort, and how many parts are compared with their kernel."""


def twenty_minutes() -> tuple[DyadStart, Program]:
    """Return a hungry dyad and the protocol of a feed from one breast that lasts exactly 20 min."""
    scenario = load_scenario("breastfeed-one-breast").with_values(
        {
            "infant.appetite_ml": 500,
            "protocol": [
                {"do": "cue", "kind": "preparing", "for_s": 60},
                {"do": "latch", "side": "left", "for_s": 1200},
            ],
        }
    )
    return reference_start(scenario), build_program(scenario)


def cohort(precision: Precision, dyads: int, clock: AbstractClock | None = None) -> Callable[[], int]:
    """Return a call that runs `dyads` feeds on one thread and returns how many they were."""
    start, program = twenty_minutes()
    starts = [DyadStart(k, start.parameters, start.milk_left, start.milk_right) for k in range(dyads)]

    def run() -> int:
        lanes = run_dyads(starts, program, precision=precision, clock=clock, threads=1)
        assert all(lane.seen[Seen.END_TIME] >= 1200.0 for lane in lanes)  # nothing stopped early
        return len(lanes)

    return run


def large_cohort() -> int:
    """Draw, run and summarise a large cohort; return how many dyads it has."""
    return len(simulate_cohort("breastfeed", LARGE, seed=1))


def whole_to_kernel() -> float:
    """Return the processor time of cohorts over that of their kernels alone, median of several run in turn."""
    scenario = load_scenario("breastfeed")
    reference, program = reference_start(scenario), build_program(scenario)
    clock, source, protocols = Clock(), SurrogateNeurones(), tabled([program])
    begun: dict[range, np.ndarray] = {}

    def start(queue: range) -> list[bool]:
        begun[queue] = start_rows(start_columns(reference, queue, seed)[0], program)
        return [True] * len(queue)

    def serve(queue: range) -> list[bool]:
        fields, keys = begun[queue], np.array(queue, dtype=np.uint64)
        run_queue(fields, np.zeros(len(queue), dtype=np.int64), protocols, keys, seed, clock=clock, source=source)
        return [True] * len(queue)

    ratios = []
    for seed in range(PARTS):  # the clock of a machine drifts: whole and kernel follow each other closely
        in_queues(PART, tile_lanes("float64", clock), start)
        before = time.process_time()
        in_queues(PART, tile_lanes("float64", clock), serve)
        between = time.process_time()
        simulate_cohort(scenario, PART, seed=seed)
        ratios.append((time.process_time() - between) / (between - before))
    return statistics.median(ratios)


def working_memory(dyads: int) -> int:
    """Return the bytes that a cohort takes at most beyond the summaries that it returns."""
    tracemalloc.start()
    summaries = simulate_cohort("breastfeed", dyads, seed=1)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(summaries) == dyads
    return peak - held


def neurones(precision: Precision, cells: int, networks: int) -> Callable[[], int]:
    """Return the work of networks at k_p 0.5 /s, and the seconds of 48 cells that it simulates on one core."""
    network = Network(cells=cells, bundles=cells // 4)
    seconds = 300 if cells == 48 else 10
    cores = min(networks, os.cpu_count() or 1)

    def run() -> int:
        seeds = [(1, number) for number in range(networks)]
        run_networks(network, drive_schedule(Drive(0.5)), float(seconds), seeds, precision=precision, threads=cores)
        return max(1, seconds * networks * cells // 48 // cores)

    return run


def feed_after_feed(dyads: int) -> Callable[[], int]:
    """Return a call that runs feed after feed of the same dyads, cycle-averaged, and returns how many they were."""
    start, program = twenty_minutes()
    clock, source = CycleAveraged(), SurrogateNeurones()
    fields = np.repeat(start_lane(start, program)[None], dyads, axis=0)
    protocol, protocols = np.zeros(dyads, dtype=np.int64), tabled([program])

    def run() -> int:
        for feed in range(FEEDS):
            keys = np.arange(dyads, dtype=np.uint64)
            served = run_queue(fields, protocol, protocols, keys, feed, clock=clock, source=source)
            assert served.queue.seen[:, Seen.END_TIME].min() >= 1200.0
        return FEEDS * dyads

    return run


def lives(dyads: int, days: int) -> Callable[[], float]:
    """Return the work of lactations on demand from birth, and how many they were for each core that they used.

    The first call only warms up: a day of each.
    """
    cores = min(dyads, os.cpu_count() or 1)
    of_a_call = iter((1,))

    def run() -> float:
        length = next(of_a_call, days)
        if dyads == 1:
            simulate_lactation("demand-feeding", days=length, seed=1)
        else:
            simulate_lactation_cohort("demand-feeding", dyads, days=length, seed=1)
        return dyads / cores

    return run


def entries() -> dict[str, Callable[[], float]]:
    """Return every kernel by name."""
    return {
        "one 20-min feed, float64": cohort("float64", 1),
        "cohort, per feed and core, float64": cohort("float64", COHORT),
        "cohort, per feed and core, float32": cohort("float32", 2 * COHORT),
        f"cohort of {LARGE} dyads as a whole, per feed": large_cohort,
        "one life of 180 days": lives(1, 180),
        "64 lives of 180 days, per life and core": lives(64, 180),
        "48 neurones, per simulated second, float64": neurones("float64", 48, 1),
        "48 neurones, per simulated second, float32": neurones("float32", 48, 1),
        "3000 neurones, per 48 of them and simulated second, float64": neurones("float64", 3000, 1),
        "ensemble of 8 networks, per network, core and simulated second": neurones("float64", 48, 8),
        "cohort, per feed and core, cycle-averaged": cohort("float64", COHORT, CycleAveraged()),
        "feed after feed of one dyad, cycle-averaged": feed_after_feed(1),
        "feed after feed of a full tile, per feed, cycle-averaged": feed_after_feed(
            tile_lanes("float64", CycleAveraged())
        ),
    }
