"""Philox compiled, over many addresses at once."""

from typing import Annotated, Any

import numpy as np

from letdown.compiler.interface import Reals
from letdown.compiler.kernel import Kernel
from letdown.compiler.program import printed
from letdown.kernel.philox import philox, uniform

__all__ = ["compiled_philox", "compiled_uniform"]

Table = Annotated[Any, "u8[:,:]"]


def blocks(addresses: Table, out: Table) -> None:
    """Write the four words of each key and counter."""
    for i in range(out.shape[0]):
        a = addresses[i]
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = philox(a[0], a[1], a[2], a[3], a[4], a[5])


def draws(addresses: Table, out: Reals) -> None:
    """Write the draw of each seed, dyad, process and event."""
    for i in range(out.size):
        a = addresses[i]
        out[i] = uniform(a[0], a[1], a[2], a[3])


KERNEL = Kernel(printed("random numbers", "float64", [blocks, draws], {}))


def compiled_philox(*address):
    """Return four words for a 2-word key and a 4-word counter."""
    out = np.empty((1, 4), dtype=np.uint64)
    KERNEL("blocks", np.array([address], dtype=np.uint64), out)
    return tuple(out[0])


def compiled_uniform(*address):
    """Return the draws of seeds, dyads, processes and events."""
    columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(part, dtype=np.uint64)) for part in address))
    out = np.empty(columns[0].size)
    KERNEL("draws", np.ascontiguousarray(np.stack(columns, axis=1)), out)
    return out
