"""The synaptic events of a cell in a step: drawn by inversion, they have the Poisson distribution."""

from typing import Annotated, Any

import numpy as np
import pytest

from letdown.compiler.interface import Reals
from letdown.compiler.kernel import Kernel
from letdown.compiler.program import printed
from letdown.engine.network.cell_code import CELL_LANES, rows_of_whole_numbers
from letdown.engine.network.network_loop import WORDS, draw, thresholds
from letdown.engine.network.network_program import TERMS, network_parts
from letdown.neurons.network import Network


def poisson_counts(I: Annotated[Any, "i4[:]"], expected: Reals, half_steps: int, seen: Reals) -> None:  # noqa: E741
    """Add the counts of every cell and word to `seen`."""
    thresholds(I, expected)
    for half in range(half_steps):
        draw(I, 0, np.uint64(9), np.uint64(0), np.uint64(half), np.uint64(0), np.uint64(0))
        for word in range(4):
            for lane in range(CELL_LANES):
                count = 0
                for k in range(seen.size - 1):
                    count += I[(WORDS + word) * CELL_LANES + lane] >= I[k * CELL_LANES + lane]
                seen[count] += 1.0


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.5])
def test_poisson_counts_have_the_poisson_distribution(rate):
    expected, terms, half_steps = rate * 0.16, TERMS[0], 20_000
    parts = network_parts(Network().cell, "float64", terms, 2)
    numbers = np.zeros((rows_of_whole_numbers(terms) * CELL_LANES), dtype=np.int32)
    seen = np.zeros(terms + 1)
    kernel = Kernel(printed("Poisson counts", "float64", [poisson_counts], parts))
    kernel("poisson_counts", numbers, np.full(2 * CELL_LANES, expected), half_steps, seen)
    assert seen.sum() == 4 * half_steps * CELL_LANES
    share = np.exp(-expected) * np.cumprod(np.concatenate([[1.0], expected / np.arange(1, terms + 1)]))
    want = share * seen.sum()
    held = want > 5
    chi2 = ((seen - want)[held] ** 2 / want[held]).sum()
    degrees = held.sum() - 1
    assert chi2 < degrees + 4 * np.sqrt(2 * degrees)
    assert seen[~held].sum() < 5 + 4 * np.sqrt(want[~held].sum())
