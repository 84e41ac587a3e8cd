"""The clock of spiking networks: an ordinary module, printed around the loops over cells that `cell_code` writes.

Cells lie in tiles of CELL_LANES: numbers at X[field * CELL_LANES + lane], whole numbers at I[...] alike. What made
it fast:

* excitatory events of all dendrites of a cell are one Poisson count, inhibitory ones another (a sum of Poisson
  counts is Poisson), drawn by inversion: the 32 random bits are compared with thresholds kept per cell, and the
  thresholds are computed again only when the endocannabinoid has moved an input rate by more than 5e-4;
* one Philox call gives the four words of two steps;
* spikes, releases and secretion are rare, and are taken in scalar code;
* a store is two numbers shared by the network and one that only a release of the cell changes.
"""

from typing import Annotated, Any

import numpy as np

from letdown.compiler.interface import Reals2
from letdown.engine.network.state import Count, Driven, NetworkArrays, Scalar
from letdown.kernel.philox import PROCESSES, philox
from letdown.neurons.dendritic_release import DendriticReleaseParameters, attenuation, released, store_after
from letdown.neurons.secretion import SecretionParameters, Terminals, spike_arrives, terminals_after

__all__ = ["advance", "run_bins"]

SYNAPSE = np.uint64(PROCESSES["synapse"])
LOW = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
CELL_BITS = np.uint64(16)
NEVER = 1 << 62
MOVED = 5.0e-4
"""Change of an input rate, as a share, from which thresholds are computed again."""

CELL_LANES = 1
DENDRITES = 1
WORDS = 2
FLAG = 6
ANY = 7
"""Cells of a tile, dendrites of a cell, and rows of I: set where the program is printed."""


def cells_even(X: Any, I: Any, tiles: int, C: Any, kept: Any, limit: Any) -> None:  # noqa: E741
    """Move every cell by one step, with the first two words of its draw; written by `cell_code`."""
    raise NotImplementedError


def cells_odd(X: Any, I: Any, tiles: int, C: Any, kept: Any, limit: Any) -> None:  # noqa: E741
    """Move every cell by one step, with the last two words of its draw; written by `cell_code`."""
    raise NotImplementedError


def reset(X: Any, C: Any) -> None:
    """Change the membrane of one cell, X[0], X[CELL_LANES], ..., as a spike does; written by `cell_code`."""
    raise NotImplementedError


def thresholds(I: Any, expected: Any) -> None:  # noqa: E741
    """Write the Poisson thresholds of a tile from the expected counts of its cells; written by `cell_code`."""
    raise NotImplementedError


def real(x: Any) -> Any:
    """Return a number in the precision of the program."""
    return x


def multiplied(x: float, times: int) -> float:
    """Return x to a whole power, by multiplying so many times."""
    result = 1.0
    for _ in range(times):
        result = result * x
    return result


def draw(I: Any, first: int, key0: Any, key1: Any, c0: Any, c1: Any, c3: Any) -> None:  # noqa: E741
    """Draw four words for every cell of a tile: the counter is (half step, cell, process)."""
    for lane in range(CELL_LANES):
        a, b, c, d = philox(key0, key1, c0, np.uint64(first + lane) | c1, SYNAPSE, c3)
        I[WORDS * CELL_LANES + lane] = np.int32(a)
        I[(WORDS + 1) * CELL_LANES + lane] = np.int32(b)
        I[(WORDS + 2) * CELL_LANES + lane] = np.int32(c)
        I[(WORDS + 3) * CELL_LANES + lane] = np.int32(d)


def inputs_of_tile(n: int, N: NetworkArrays, tile: int, step_ms: float) -> None:
    """Write the thresholds of a tile again, if one of its cells has a bundle whose factor has moved."""
    cells = N.wiring.shape[1]
    concerned = False
    for i in range(tile * CELL_LANES, min(tile * CELL_LANES + CELL_LANES, cells)):
        for k in range(DENDRITES):
            concerned = concerned or N.moved[n, N.wiring[n, i, k]]
    if not concerned:
        return
    for lane in range(CELL_LANES):
        i = tile * CELL_LANES + lane
        excitatory = 0.0
        inhibitory = 0.0
        if i < cells:
            open_share = 0.0
            for k in range(DENDRITES):
                open_share += N.attenuation[n, N.wiring[n, i, k]]
            excitatory = open_share * N.input[n, i] * N.drive[n, Driven.EXCITATORY] * step_ms * 1.0e-3
            inhibitory = open_share * N.input[n, i] * N.drive[n, Driven.INHIBITORY] * step_ms * 1.0e-3
        N.expected[n, lane] = excitatory
        N.expected[n, CELL_LANES + lane] = inhibitory
    thresholds(N.I[n, tile], N.expected[n])


def renew_inputs(n: int, N: NetworkArrays, r: DendriticReleaseParameters, step_ms: float) -> None:
    """Write the thresholds again of tiles with a cell in a bundle whose factor on input rates has moved."""
    everything = N.counts[n, Count.STALE] > 0
    moved = everything
    for b in range(N.endocannabinoid.shape[1]):
        fresh = attenuation(N.endocannabinoid[n, b], r)
        N.moved[n, b] = everything or abs(fresh - N.attenuation[n, b]) > MOVED
        if N.moved[n, b]:
            N.attenuation[n, b] = fresh
            moved = True
    if moved:
        N.counts[n, Count.STALE] = 0
        for tile in range(N.X.shape[1]):
            inputs_of_tile(n, N, tile, step_ms)


def terminals_of(n: int, N: NetworkArrays, i: int) -> Terminals:
    """Return the terminals of cell i."""
    return Terminals(
        N.terminals[n, 0, i], N.terminals[n, 1, i], N.terminals[n, 2, i], N.terminals[n, 3, i], N.terminals[n, 4, i]
    )


def bring_terminals(n: int, N: NetworkArrays, i: int, now: int, s: SecretionParameters, step_s: float) -> float:
    """Bring the terminals of cell i to step `now`; return what they released, pg."""
    elapsed = (now - N.updated[n, i]) * step_s
    y = terminals_after(terminals_of(n, N, i), s, elapsed, N.drive[n, Driven.TERMINALS])
    N.updated[n, i] = now
    z = y.terminals
    N.terminals[n, 0, i] = z.broadening
    N.terminals[n, 1, i] = z.fast_calcium
    N.terminals[n, 2, i] = z.slow_calcium
    N.terminals[n, 3, i] = z.releasable
    N.terminals[n, 4, i] = z.reserve
    return y.oxytocin


def note_spike(n: int, N: NetworkArrays, i: int, now: int, window: int) -> None:
    """Log a spike, and a release to come if the interval before it was short."""
    count = N.counts[n, Count.SPIKES]
    if count < N.spike_cell.shape[1]:
        N.spike_cell[n, count] = i
        N.spike_step[n, count] = now
    N.counts[n, Count.SPIKES] = count + 1
    if now - N.last_spike[n, i] < window:
        place = N.counts[n, Count.DUE_END] % N.due.shape[1]
        N.due[n, place, 0] = i
        N.due[n, place, 1] = now
        N.counts[n, Count.DUE_END] += 1
    N.last_spike[n, i] = now


def spikes_of_tile(
    n: int, N: NetworkArrays, tile: int, now: int, C: Any, s: SecretionParameters, step_s: float, window: int,
    secreted: float,
) -> float:  # fmt: skip
    """Take the spikes of one tile: reset, secretion, log; return `secreted` with what was secreted added, pg."""
    X = N.X[n, tile]
    for lane in range(CELL_LANES):
        i = tile * CELL_LANES + lane
        if N.I[n, tile, FLAG * CELL_LANES + lane] == 0 or i >= N.wiring.shape[1]:
            continue
        reset(X[lane:], C)
        secreted += bring_terminals(n, N, i, now, s, step_s)
        z = spike_arrives(terminals_of(n, N, i), s)
        N.terminals[n, 0, i] = z.broadening
        N.terminals[n, 1, i] = z.fast_calcium
        N.terminals[n, 2, i] = z.slow_calcium
        note_spike(n, N, i, now, window)
    return secreted


def release(
    n: int, N: NetworkArrays, now: int, delay: int, r: DendriticReleaseParameters, shared: float, decay: float,
    next_decay: float,
) -> float:  # fmt: skip
    """Release from the cells whose spike is `delay` steps old, into every bundle they reach.

    Returns what left the unshared parts of the stores.
    """
    left = 0.0
    while N.counts[n, Count.DUE_START] < N.counts[n, Count.DUE_END]:
        place = N.counts[n, Count.DUE_START] % N.due.shape[1]
        i = N.due[n, place, 0]
        spiked = N.due[n, place, 1]
        if now - spiked < delay:
            break
        N.counts[n, Count.DUE_START] += 1
        if N.last_spike[n, i] != spiked:
            continue
        amount = released(N.priming[n, i] * shared + decay * N.store[n, i], r)
        N.store[n, i] -= amount / next_decay
        left += amount / next_decay
        N.scalars[n, Scalar.RELEASED] += amount
        for k in range(DENDRITES):
            N.arrived[n, N.wiring[n, i, k]] += amount
    return left


def arrive(
    n: int, N: NetworkArrays, now: int, r: DendriticReleaseParameters, oxytocin_kept: float, step_ms: float,
    refresh: int,
) -> None:  # fmt: skip
    """Let what was released act on the cells of each bundle, and on its endocannabinoid."""
    # the endocannabinoid is brought up to date every `refresh` steps; what arrives meanwhile is grown back to then
    grown = 1.0 / multiplied(1.0 - step_ms / r.endocannabinoid_time, now % refresh + 1)
    for b in range(N.arrived.shape[1]):
        if N.arrived[n, b] > 0.0:
            N.endocannabinoid[n, b] += grown * r.endocannabinoid_gain * N.arrived[n, b]
            for at in range(N.bundle_start[n, b], N.bundle_start[n, b + 1]):
                i = N.bundle_cells[n, at, 0]
                k = N.bundle_cells[n, at, 1]
                gain = N.sensitivity[n, i] * N.drive[n, Driven.SENSITIVITY] * N.arrived[n, b] / oxytocin_kept
                N.X[n, i // CELL_LANES, (3 + k) * CELL_LANES + i % CELL_LANES] += real(gain)
            N.arrived[n, b] = 0.0


def gather_stores(n: int, N: NetworkArrays) -> None:
    """Write the decay that all stores share into each of them."""
    decay = N.scalars[n, Scalar.DECAY]
    if decay < 0.5:
        for i in range(N.wiring.shape[1]):
            N.store[n, i] *= decay
        N.scalars[n, Scalar.STORES] *= decay
        N.scalars[n, Scalar.DECAY] = 1.0


def move_cells(
    n: int, N: NetworkArrays, now: int, C: Any, s: SecretionParameters, seed: Any, network: Any, kept: Any, limit: Any,
    step_s: float, window: int, secreted: float,
) -> float:  # fmt: skip
    """Move every cell by one step and take its spike; return `secreted` with what was secreted added, pg."""
    tiles = N.X.shape[1]
    if now % 2 == 0:
        half = np.uint64(now // 2)
        for tile in range(tiles):
            c1 = (half >> SHIFT) << CELL_BITS
            draw(N.I[n, tile], tile * CELL_LANES, seed & LOW, network & LOW, half & LOW, c1, seed >> SHIFT)
        cells_even(N.X[n], N.I[n], tiles, C, kept, limit)
    else:
        cells_odd(N.X[n], N.I[n], tiles, C, kept, limit)
    for tile in range(tiles):
        if N.I[n, tile, ANY * CELL_LANES] != 0:
            secreted = spikes_of_tile(n, N, tile, now, C, s, step_s, window, secreted)
    return secreted


def next_due(n: int, N: NetworkArrays, delay: int) -> int:
    """Return the step of the next release, `NEVER` if none is to come."""
    if N.counts[n, Count.DUE_START] == N.counts[n, Count.DUE_END]:
        return NEVER
    return N.due[n, N.counts[n, Count.DUE_START] % N.due.shape[1], 1] + delay  # type: ignore[no-any-return]


def advance(
    n: int, N: NetworkArrays, C: Any, r: DendriticReleaseParameters, s: SecretionParameters, seed: Any, network: Any,
    step_ms: float, steps: int, window: int, delay: int, refresh: int,
) -> tuple[int, float, float]:  # fmt: skip
    """Run network n of N for `steps` steps; return (spikes, oxytocin secreted in pg, mean store of the cells).

    The drive of the network stands in N.drive[n]: priming 1/s, input rates Hz, factor on the effect of oxytocin,
    factor on the release rate of the terminals. `C` holds the constants of the cell.
    """
    step_s = step_ms * 1.0e-3
    kept = 1.0 - step_ms / r.oxytocin_time
    before = N.counts[n, Count.SPIKES]
    endocannabinoid_kept = multiplied(1.0 - step_ms / r.endocannabinoid_time, refresh)
    leaving = step_s / r.store_time
    gather_stores(n, N)
    start = N.counts[n, Count.STEP]
    priming, primings = N.drive[n, Driven.PRIMING], N.scalars[n, Scalar.PRIMINGS]
    shared, decay = N.scalars[n, Scalar.SHARED], N.scalars[n, Scalar.DECAY]
    stores = N.scalars[n, Scalar.STORES]
    leaked = 0.0
    secreted = 0.0
    due = next_due(n, N, delay)
    for now in range(start, start + steps):
        if now % refresh == 0:
            for b in range(N.endocannabinoid.shape[1]):
                N.endocannabinoid[n, b] *= endocannabinoid_kept
            renew_inputs(n, N, r, step_ms)
        secreted = move_cells(
            n, N, now, C, s, seed, network, real(kept), real(r.oxytocin_limit), step_s, window, secreted
        )
        if due == NEVER and N.counts[n, Count.DUE_START] < N.counts[n, Count.DUE_END]:
            due = now + delay
        leaked += leaving * (primings * shared + decay * stores)
        next_decay = (1.0 - leaving) * decay
        if now >= due:
            stores -= release(n, N, now, delay, r, shared, decay, next_decay)
            arrive(n, N, now, r, kept, step_ms, refresh)
            due = next_due(n, N, delay)
        shared = store_after(shared, r, priming, step_s)
        decay = next_decay
    end = start + steps
    N.counts[n, Count.STEP] = end
    N.scalars[n, Scalar.SHARED], N.scalars[n, Scalar.DECAY] = shared, decay
    N.scalars[n, Scalar.STORES] = stores
    N.scalars[n, Scalar.LEAKED] += leaked
    N.scalars[n, Scalar.PRIMED] += steps * step_s * priming * primings
    cells = N.wiring.shape[1]
    for i in range(cells):
        secreted += bring_terminals(n, N, i, end, s, step_s)
    return N.counts[n, Count.SPIKES] - before, secreted / cells, (primings * shared + decay * stores) / cells


def run_bins(
    n: int, N: NetworkArrays, C: Annotated[Any, "real[:]"], r: DendriticReleaseParameters, s: SecretionParameters,
    seed: np.uint64, network: np.uint64, step_ms: float, steps: int, window: int, delay: int, refresh: int,
    bins: Reals2,
) -> None:  # fmt: skip
    """Run network n for as many bins of `steps` steps as `bins` has columns: spikes, oxytocin (pg), mean store."""
    for i in range(bins.shape[1]):
        spikes, secreted, store = advance(n, N, C, r, s, seed, network, step_ms, steps, window, delay, refresh)
        bins[0, i] = spikes
        bins[1, i] = secreted
        bins[2, i] = store
