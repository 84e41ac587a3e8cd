"""Which dendrites run together: a random bipartite graph of cells and dendritic bundles [Rossoni2008].

Each cell sends its dendrites into distinct bundles drawn uniformly, so that the occupancy of bundles is uneven
(3 to 14 of 48 cells with two dendrites in 12 bundles). Draws are Philox numbers keyed (seed, network) and counted
by cell, so a cell's bundles do not depend on how many cells there are.

Context of use: the topology of the published network; nothing is known of it in women.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.kernel.elementary import cos, exp, log, sqrt
from letdown.kernel.philox import PROCESSES, philox

__all__ = ["CellSpread", "cell_factors", "draw_wiring", "shared_bundles"]

_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


@dataclass(frozen=True, slots=True)
class CellSpread:
    """Coefficient of variation between cells, lognormal with mean 1; 0, as published, makes all cells alike."""

    input_rate: float = 0.0
    oxytocin_sensitivity: float = 0.0
    priming: float = 0.0


def _uniforms(seed: int, network: int, process: str, cells: int, draw: int) -> NDArray[np.float64]:
    """Return one number in (0, 1) for each cell; draws 2k and 2k + 1 come from one Philox call."""
    s = np.uint64(seed)
    numbered: Any = np.arange(cells, dtype=np.uint64)
    a, b, c, d = philox(
        s & _LOW, np.uint64(network), numbered, np.uint64(draw // 2), np.uint64(PROCESSES[process]), s >> _SHIFT
    )
    first, second = (a, b) if draw % 2 == 0 else (c, d)
    high, low = (np.asarray(word >> np.uint64(6), dtype=np.float64) for word in (first, second))
    numbers: NDArray[np.float64] = np.broadcast_to((high * 67108864.0 + low + 0.5) / 4503599627370496.0, cells)
    return numbers


def draw_wiring(cells: int, bundles: int, dendrites: int, *, seed: int, network: int = 0) -> NDArray[np.int64]:
    """Return the bundle of each dendrite, shape (cells, dendrites); the dendrites of a cell lie in distinct bundles."""
    chosen = np.zeros((cells, dendrites), dtype=np.int64)
    for k in range(dendrites):
        free = bundles - k
        pick = np.minimum((_uniforms(seed, network, "wiring", cells, k) * free).astype(np.int64), free - 1)
        for taken in np.sort(chosen[:, :k], axis=1).T:
            pick += pick >= taken
        chosen[:, k] = pick
    return chosen


def cell_factors(cells: int, spread: CellSpread, *, seed: int, network: int = 0) -> NDArray[np.float64]:
    """Return the factor of each cell on its input rate, oxytocin sensitivity and priming, shape (3, cells)."""
    factors = np.ones((3, cells))
    for row, variation in enumerate((spread.input_rate, spread.oxytocin_sensitivity, spread.priming)):
        variance = _log_of_one_and(variation * variation)
        radius = np.sqrt(-2.0 * log(_uniforms(seed, network, "cell", cells, 2 * row)))
        normal = radius * cos(2.0 * math.pi * _uniforms(seed, network, "cell", cells, 2 * row + 1))
        factors[row] = exp(sqrt(variance) * normal - 0.5 * variance)
    return factors


def _log_of_one_and(x: float) -> float:
    """Return log(1 + x), accurate where x is small: what rounding took from 1 + x is given back in proportion."""
    whole = 1.0 + x
    return x if whole == 1.0 else log(whole) * (x / (whole - 1.0))


def shared_bundles(wiring: NDArray[np.int64], bundles: int) -> NDArray[np.int64]:
    """Return the adjacency of cells, shape (cells, cells): how many bundles two cells share."""
    membership = np.zeros((len(wiring), bundles), dtype=np.int64)
    np.put_along_axis(membership, wiring, 1, axis=1)
    shared: NDArray[np.int64] = membership @ membership.T
    np.fill_diagonal(shared, 0)
    return shared
