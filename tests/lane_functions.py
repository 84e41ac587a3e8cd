"""Functions of columns, compiled as those of a lane loop are: traced, printed as vector IR, called through a kernel."""

import inspect
from typing import Annotated, Any

import numpy as np

from letdown.compiler.kernel import Kernel
from letdown.compiler.program import printed
from letdown.engine.lane_code import lane_function
from letdown.engine.lane_lines import Loop, Rows
from letdown.kernel.expression import Graph, Level

__all__ = ["LaneFunctions"]

COLUMNS = ("a", "b", "c")
REAL = {"float64": np.float64, "float32": np.float32}


def lane_loop(B: Any) -> None:
    """Compute every function in every lane; written by `LaneFunctions`."""
    raise NotImplementedError


def each_tile(X: Annotated[Any, "real[:,:]"]) -> None:
    """Go through the tiles, each a row of X."""
    for tile in range(X.shape[0]):
        lane_loop(X[tile])


class LaneFunctions:
    """Functions of up to three numbers, compiled together for a precision and a number of lanes."""

    def __init__(self, functions, precision, lanes):
        self.place = {function: len(COLUMNS) + i for i, function in enumerate(functions)}
        self.real, self.lanes = REAL[precision], lanes
        graph, rows = Graph(), Rows([*COLUMNS, *(f"out{i}" for i in range(len(self.place)))])
        leaves = [graph.leaf(name, Level.TICK) for name in COLUMNS]
        loop = Loop(Level.TICK, rows, {})
        loop.store(
            {
                place: graph.number(function(*leaves[: len(inspect.signature(function).parameters)]))
                for function, place in self.place.items()
            }
        )
        made = lane_function("lane_loop", (), loop.lines, precision, lanes)
        self.program = printed(f"columns, {precision}, {lanes} lanes", precision, [each_tile], {"lane_loop": made})
        self.kernel = Kernel(self.program)

    def __call__(self, function, *columns):
        """Return the columns as the function saw them, and what it gave."""
        columns = np.broadcast_arrays(*(np.asarray(column, dtype=self.real) for column in columns))
        n = columns[0].size
        tiles = -(-n // self.lanes)
        X = np.ones((tiles, len(COLUMNS) + len(self.place), self.lanes), dtype=self.real)
        for row, column in enumerate(columns):
            X[:, row] = np.append(column, np.ones(tiles * self.lanes - n, dtype=self.real)).reshape(tiles, self.lanes)
        self.kernel("each_tile", X.reshape(tiles, -1))
        return columns, X[:, self.place[function]].reshape(-1)[:n]
