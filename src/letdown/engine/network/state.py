"""Everything the engine keeps of spiking networks: one block of arrays, the first axis counts the networks."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown._errors import ScenarioError
from letdown.compiler.interface import Flags, Reals2, Reals3, Wholes2
from letdown.compiler.program import Precision
from letdown.engine.network.cell_code import FIELDS_OF_MEMBRANE, rows_of_whole_numbers
from letdown.kernel.elementary import exp
from letdown.kernel.total import total
from letdown.neurons.network import Drive, Network
from letdown.neurons.secretion import rested_terminals
from letdown.neurons.wiring import cell_factors, draw_wiring

__all__ = ["Count", "Driven", "NetworkArrays", "Scalar", "make_arrays", "poisson_terms", "set_drive"]


class Scalar(IntEnum):
    """Rows of `scalars`: the shared parts of the stores, and the accounts, in store units of all cells."""

    SHARED = 0
    DECAY = 1
    STORES = 2
    PRIMINGS = 3
    PRIMED = 4
    LEAKED = 5
    RELEASED = 6


class Count(IntEnum):
    """Rows of `counts`."""

    STEP = 0
    SPIKES = 1
    STALE = 2
    DUE_START = 3
    DUE_END = 4


class Driven(IntEnum):
    """Rows of `drive`."""

    PRIMING = 0
    EXCITATORY = 1
    INHIBITORY = 2
    SENSITIVITY = 3
    TERMINALS = 4


class NetworkArrays(NamedTuple):
    """State of networks. X, I: (networks, tiles, fields * W); the others (networks, ...)."""

    X: Annotated[NDArray[np.floating[Any]], "real[:,:,:]"]
    I: Annotated[NDArray[np.int32], "i4[:,:,:]"]  # noqa: E741
    wiring: Annotated[NDArray[np.int64], "i8[:,:,:]"]
    bundle_start: Wholes2
    bundle_cells: Annotated[NDArray[np.int64], "i8[:,:,:]"]
    input: Reals2
    sensitivity: Reals2
    priming: Reals2
    store: Reals2
    terminals: Reals3
    updated: Wholes2
    last_spike: Wholes2
    endocannabinoid: Reals2
    attenuation: Reals2
    arrived: Reals2
    expected: Reals2
    moved: Flags
    due: Annotated[NDArray[np.int64], "i8[:,:,:]"]
    drive: Reals2
    scalars: Reals2
    counts: Wholes2
    spike_cell: Annotated[NDArray[np.int32], "i4[:,:]"]
    spike_step: Wholes2


def poisson_terms(network: Network, drives: Sequence[Drive], step_ms: float, choices: Sequence[int]) -> int:
    """Return the largest Poisson count that the run needs: the tail left out is below 1e-9 a draw.

    Raises
    ------
    ScenarioError
        If a step holds more synaptic events than the loops are made for.
    """
    rate = max(
        max(d.excitatory * network.cell.excitatory_rate_hz, d.inhibitory * network.cell.inhibitory_rate_hz)
        for d in drives
    )
    expected = rate * network.dendrites * step_ms * 1.0e-3 * (1.0 + 4.0 * network.spread.input_rate)
    for terms in choices:
        term = exp(-expected)
        total = term
        for k in range(1, terms + 1):
            term *= expected / k
            total += term
        if 1.0 - total < 1.0e-9:
            return terms
    raise ScenarioError(
        f"A cell would receive {expected:.3g} synaptic events in each step of {step_ms:g} ms, more than the "
        "loops count; give lower input rates, fewer dendrites or a shorter step."
    )


def make_arrays(
    network: Network,
    seeds: Sequence[tuple[int, int]],
    *,
    width: int,
    terms: int,
    precision: Precision,
    delay_steps: int,
    spike_capacity: int,
) -> NetworkArrays:
    """Return networks at rest with empty stores, one for each (seed, number of the network)."""
    n, cells, d = len(seeds), network.cells, network.dendrites
    tiles = -(-cells // width)
    X = np.zeros((n, tiles, (FIELDS_OF_MEMBRANE + d) * width), dtype=precision)
    rest = network.cell.rest
    X[:, :, :width] = rest.potential
    X[:, :, width : 2 * width] = rest.fast_after_potential
    X[:, :, 2 * width : 3 * width] = rest.slow_after_potential
    wiring = np.zeros((n, cells, d), dtype=np.int64)
    start = np.zeros((n, network.bundles + 1), dtype=np.int64)
    members = np.zeros((n, cells * d, 2), dtype=np.int64)
    factors = np.ones((n, 3, cells))
    for at, (seed, number) in enumerate(seeds):
        wiring[at] = draw_wiring(cells, network.bundles, d, seed=seed, network=number)
        order = np.argsort(wiring[at].ravel(), kind="stable")
        members[at] = np.stack([order // d, order % d], axis=1)
        start[at, 1:] = np.cumsum(np.bincount(wiring[at].ravel(), minlength=network.bundles))
        factors[at] = cell_factors(cells, network.spread, seed=seed, network=number)
    sensitivity = factors[:, 1] * network.release.oxytocin_sensitivity
    sensitivity[:, : network.insensitive_cells] = 0.0
    scalars = _scalars(factors[:, 2])
    counts = np.zeros((n, len(Count)), dtype=np.int64)
    counts[:, Count.STALE] = 1
    terminals = np.array(rested_terminals(network.secretion))
    return NetworkArrays(
        X=X,
        I=np.zeros((n, tiles, rows_of_whole_numbers(terms) * width), dtype=np.int32),
        wiring=wiring,
        bundle_start=start,
        bundle_cells=members,
        input=factors[:, 0].copy(),
        sensitivity=sensitivity,
        priming=factors[:, 2].copy(),
        store=np.zeros((n, cells)),
        terminals=np.repeat(np.repeat(terminals[None, :, None], cells, axis=2), n, axis=0),
        updated=np.zeros((n, cells), dtype=np.int64),
        last_spike=np.full((n, cells), -(2**40), dtype=np.int64),
        endocannabinoid=np.zeros((n, network.bundles)),
        attenuation=np.ones((n, network.bundles)),
        arrived=np.zeros((n, network.bundles)),
        expected=np.zeros((n, 2 * width)),
        moved=np.zeros((n, network.bundles), dtype=np.bool_),
        due=np.zeros((n, cells * (delay_steps + 1), 2), dtype=np.int64),
        drive=np.zeros((n, len(Driven))),
        scalars=scalars,
        counts=counts,
        spike_cell=np.empty((n, spike_capacity), dtype=np.int32),
        spike_step=np.empty((n, spike_capacity), dtype=np.int64),
    )


def _scalars(priming: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the accounts of networks with empty stores, from the factor on priming of each cell."""
    scalars = np.zeros((len(priming), len(Scalar)))
    scalars[:, Scalar.DECAY] = 1.0
    scalars[:, Scalar.PRIMINGS] = [total(of_network) for of_network in priming.tolist()]
    return scalars


def set_drive(arrays: NetworkArrays, at: int, network: Network, drive: Drive) -> None:
    """Write a drive into network `at`."""
    arrays.drive[at] = (
        drive.priming,
        drive.excitatory * network.cell.excitatory_rate_hz,
        drive.inhibitory * network.cell.inhibitory_rate_hz,
        (1.0 - drive.antagonist) * (1.0 - drive.opioid),
        1.0 - drive.opioid,
    )
    arrays.counts[at, Count.STALE] = 1
