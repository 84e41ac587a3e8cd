"""The program of spiking networks: the clock of `network_loop` around the loops that `cell_code` writes."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from letdown.compiler.kernel import Kernel
from letdown.compiler.program import Precision, Program, printed
from letdown.engine.network import network_loop
from letdown.engine.network.cell_code import CELL_LANES, cells_function, draw_rows, reset_function, thresholds_function
from letdown.neurons.cell import AbstractCell

__all__ = ["TERMS", "load_network", "network_parts", "network_program"]

TERMS = (6, 10, 16)
"""Largest Poisson counts that loops are printed for; a run takes the smallest that leaves less than 1e-9 out."""


def network_parts(cell: AbstractCell, precision: Precision, terms: int, dendrites: int) -> Mapping[str, Any]:
    """Return what stands for the names that `network_loop` leaves open."""
    words, flag, any_flag = draw_rows(terms)
    return {
        "CELL_LANES": CELL_LANES,
        "DENDRITES": dendrites,
        "WORDS": words,
        "FLAG": flag,
        "ANY": any_flag,
        "cells_even": cells_function("cells_even", cell, precision, terms, dendrites, 0),
        "cells_odd": cells_function("cells_odd", cell, precision, terms, dendrites, 2),
        "thresholds": thresholds_function("thresholds", terms),
        "reset": reset_function("reset", cell, precision),
    }


def network_program(cell: AbstractCell, precision: Precision, terms: int, dendrites: int) -> Program:
    """Return the program for one cell model, precision, largest count and number of dendrites."""
    name = f"network, {type(cell).__name__}, {precision}, {terms} terms, {dendrites} dendrites"
    return printed(name, precision, [network_loop.run_bins], network_parts(cell, precision, terms, dendrites))


_NETWORKS: dict[tuple[type, Precision, int, int], Kernel] = {}
_LOADING = Lock()


def load_network(cell: AbstractCell, precision: Precision, terms: int, dendrites: int) -> Kernel:
    """Return the compiled network for one cell model, precision, largest count and number of dendrites."""
    key = (type(cell), precision, terms, dendrites)
    with _LOADING:
        if key not in _NETWORKS:
            _NETWORKS[key] = Kernel(network_program(cell, precision, terms, dendrites))
    return _NETWORKS[key]
