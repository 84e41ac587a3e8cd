"""Run spiking networks: one, or many on threads; the same loops.

A network depends on its seed and number only: not on how many run beside it, on threads, on the width of a tile.
"""

import itertools
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown._errors import SimulationError
from letdown.compiler.program import Precision
from letdown.engine.network.cell_code import CELL_LANES
from letdown.engine.network.network_program import TERMS, load_network
from letdown.engine.network.state import Count, NetworkArrays, Scalar, make_arrays, poisson_terms, set_drive
from letdown.neurons.network import Drive, Network, Schedule

__all__ = ["NetworkClock", "NetworkResult", "Stepper", "run_networks"]

_CHUNK_S = 10.0
_CHUNK_HZ = 400
"""A run goes in chunks of 10 s, and its log of spikes has room for this mean rate, Hz: no cell fires faster."""


@dataclass(frozen=True, slots=True)
class NetworkClock:
    """Step of the network (ms), and the bins (s) in which rate, secretion and store are kept."""

    step_ms: float = 1.0
    bin_s: float = 0.1

    @property
    def steps_per_bin(self) -> int:
        """Steps of one bin."""
        return round(self.bin_s * 1000.0 / self.step_ms)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkResult:
    """What one network did. Series have one value for each bin; `accounts` are in store units of all cells."""

    spike_cell: NDArray[np.int32]
    spike_time_s: NDArray[np.float64]
    rate_hz: NDArray[np.float64]
    secreted_pg: NDArray[np.float64]
    store: NDArray[np.float64]
    wiring: NDArray[np.int64]
    accounts: dict[str, float]
    simulated_s: float
    cpu_s: float


class Stepper:
    """Networks ready to be advanced: their arrays, their compiled loop and its constants."""

    def __init__(
        self,
        network: Network,
        drives: Sequence[Drive],
        seeds: Sequence[tuple[int, int]],
        *,
        clock: NetworkClock,
        precision: Precision,
        spike_capacity: int,
    ) -> None:
        terms = poisson_terms(network, drives, clock.step_ms, TERMS)
        real: Any = np.float64 if precision == "float64" else np.float32
        plain = network.cell.constants(clock.step_ms)
        self.kernel = load_network(network.cell, precision, terms, network.dendrites)
        self.constants = np.array(plain, dtype=real)
        self.window = round(network.release.release_window / clock.step_ms)
        self.delay = int(network.release.release_delay / clock.step_ms) + 1
        self.refresh = max(1, round(5.0 / clock.step_ms))
        self.release = network.release
        self.secretion = network.secretion
        self.network = network
        self.clock = clock
        self.seeds = [(np.uint64(seed), np.uint64(number)) for seed, number in seeds]
        self.arrays: NetworkArrays = make_arrays(
            network,
            seeds,
            width=CELL_LANES,
            terms=terms,
            precision=precision,
            delay_steps=self.delay,
            spike_capacity=spike_capacity,
        )
        for at in range(len(seeds)):
            set_drive(self.arrays, at, network, drives[0])

    def run_bins(self, at: int, bins: NDArray[np.float64]) -> None:
        """Run network `at` for one bin a column of `bins`: spikes, oxytocin secreted (pg), mean store."""
        seed, number = self.seeds[at]
        self.kernel(
            "run_bins", at, self.arrays, self.constants, self.release, self.secretion, seed, number,
            self.clock.step_ms, self.clock.steps_per_bin, self.window, self.delay, self.refresh, bins,
        )  # fmt: skip


def run_networks(
    network: Network,
    schedule: Schedule,
    duration_s: float,
    seeds: Sequence[tuple[int, int]],
    *,
    clock: NetworkClock | None = None,
    precision: Precision = "float64",
    threads: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[NetworkResult]:
    """Run one network for each (seed, number) in `seeds` under one schedule.

    `progress` is called with the seconds of network time simulated so far, summed over the networks.

    Raises
    ------
    ScenarioError
        If the input rates are too high for the step.
    SimulationError
        If a state becomes infinite or not a number.
    """
    clock = clock or NetworkClock()
    done = [0.0] * len(seeds)

    def one(at: int) -> NetworkResult:
        def note(seconds: float) -> None:
            done[at] = seconds
            if progress:
                progress(sum(done))

        return _run_one(network, schedule, duration_s, seeds[at], clock, precision, note)

    if len(seeds) == 1:
        return [one(0)]
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        return list(pool.map(one, range(len(seeds))))


def _run_one(
    network: Network,
    schedule: Schedule,
    duration_s: float,
    seed: tuple[int, int],
    clock: NetworkClock,
    precision: Precision,
    note: Callable[[float], None],
) -> NetworkResult:
    chunk_bins = max(1, round(_CHUNK_S / clock.bin_s))
    capacity = round(network.cells * chunk_bins * clock.bin_s * _CHUNK_HZ)
    stepper = Stepper(
        network, [d for _, d in schedule], [seed], clock=clock, precision=precision, spike_capacity=capacity
    )
    arrays = stepper.arrays
    bins = round(duration_s / clock.bin_s)
    series = np.zeros((3, bins))
    cells: list[NDArray[np.int32]] = []
    steps: list[NDArray[np.int64]] = []
    starts = [round(t / clock.bin_s) for t, _ in schedule]
    stepper.kernel.ready()  # compiles the first time, which is no cost of the network
    began = time.thread_time()
    edges = sorted({*range(0, bins, chunk_bins), *(start for start in starts if start < bins), bins})
    for first, last in itertools.pairwise(edges):
        if first in starts:
            set_drive(arrays, 0, network, schedule[starts.index(first)][1])
        bins_of_chunk = np.zeros((3, last - first))
        stepper.run_bins(0, bins_of_chunk)
        series[:, first:last] = bins_of_chunk
        count = int(arrays.counts[0, Count.SPIKES])
        if count > capacity or not (np.isfinite(arrays.X).all() and np.isfinite(arrays.store).all()):
            raise SimulationError(
                f"The network stopped making sense before {last * clock.bin_s:g} s (a state "
                "became infinite, or a cell fired beyond 400 Hz); give values nearer to the published ones."
            )
        cells.append(arrays.spike_cell[0, :count].copy())
        steps.append(arrays.spike_step[0, :count].copy())
        arrays.counts[0, Count.SPIKES] = 0
        note(last * clock.bin_s)
    account = arrays.scalars[0]
    held = account[Scalar.PRIMINGS] * account[Scalar.SHARED] + account[Scalar.DECAY] * account[Scalar.STORES]
    return NetworkResult(
        spike_cell=np.concatenate(cells),
        spike_time_s=np.concatenate(steps) * np.float64(clock.step_ms * 1e-3),
        rate_hz=series[0] / (network.cells * clock.bin_s),
        secreted_pg=series[1],
        store=series[2],
        wiring=arrays.wiring[0],
        accounts={
            "primed": float(account[Scalar.PRIMED]),
            "leaked": float(account[Scalar.LEAKED]),
            "released": float(account[Scalar.RELEASED]),
            "held": float(held),
        },
        simulated_s=bins * clock.bin_s,
        cpu_s=time.thread_time() - began,
    )
