"""The figure of a sensitivity analysis: a table of shades, parameters by outputs.

Shade: total index, the share of an output's variance that goes when the parameter is fixed. Each cell also says the
number, and the first-order index below it; what is under the noise floor is grey.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib import style
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from letdown._version import __version__
from letdown.plot.house import INK, MUTED, SIDE_COLOURS, STYLE, new_figure

__all__ = ["plot_sensitivity"]

Array = NDArray[np.float64]

LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM = 50.0, 6.0, 15.0, 9.0
CELL_WIDTH_MM, CELL_HEIGHT_MM = 20.0, 8.0
DARK = 0.55
"""Total index above which the number in a cell is white."""


def plot_sensitivity(
    title: str, parameters: Sequence[str], outputs: Sequence[str], first: Array, total: Array, floor: Array
) -> Figure:
    """Draw Sobol indices.

    Parameters
    ----------
    title : str
        What was varied, one line.
    parameters, outputs : sequence of str
        Rows and columns.
    first, total : array, shape (parameters, outputs)
        First-order and total indices.
    floor : array, shape (outputs,)
        Noise floor of each output.

    Returns
    -------
    Figure
        As wide as its columns need; drawn in shades of one colour.
    """
    order = np.argsort(-total.sum(axis=1))
    rows, columns = total.shape
    width = LEFT_MM + RIGHT_MM + CELL_WIDTH_MM * columns
    height = TOP_MM + BOTTOM_MM + CELL_HEIGHT_MM * rows
    shades = LinearSegmentedColormap.from_list("house", ["#FFFFFF", SIDE_COLOURS["left"]])
    with style.context(STYLE):
        figure = new_figure(width, height)
        ax = figure.add_axes(
            (LEFT_MM / width, BOTTOM_MM / height, columns * CELL_WIDTH_MM / width, rows * CELL_HEIGHT_MM / height)
        )
        ax.imshow(np.clip(total[order], 0.0, 1.0), cmap=shades, vmin=0.0, vmax=1.0, aspect="auto")
        for y, row in enumerate(order):
            for x in range(columns):
                t, s = max(0.0, total[row, x]), max(0.0, first[row, x])
                colour = "white" if t > DARK else INK if t > floor[x] else "#BBBBBB"
                ax.text(x, y - 0.14, f"{t:.2f}", ha="center", va="center", color=colour)
                ax.text(x, y + 0.24, f"{s:.2f}", ha="center", va="center", color=colour, fontsize=5)
        ax.set_xticks(range(columns), outputs)
        ax.set_yticks(range(rows), [parameters[i] for i in order])
        ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
        for spine in ax.spines.values():
            spine.set_visible(False)
        figure.text(2.0 / width, 1 - 5.0 / height, f"{title}   letdown {__version__}", color=MUTED, va="center")
        figure.text(
            2.0 / width,
            3.5 / height,
            "Large: total index; small: first order. Grey: below the noise floor of the output.",
            color=MUTED,
            va="center",
        )
    return figure
