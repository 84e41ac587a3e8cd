"""The figure of the spiking network: every cell, the population rate, the store, the blood, and one burst from near.

A run of more than 2 min shows the rate of each cell in shades, because single spikes would run together; the panels
at the bottom show the spikes of one burst and the mean course of all bursts.
"""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from letdown._version import __version__
from letdown.neurons.bursts import SpikeTrains
from letdown.plot.house import INK, MUTED, SIDE_COLOURS, STYLE, TINT, inches, new_figure

if TYPE_CHECKING:
    from letdown.spike_recording import SpikeRecording

__all__ = ["draw_cells", "plot_spikes"]

WIDTH_MM, HEIGHT_MM, LEFT_MM, RIGHT_MM = 180.0, 168.0, 16.0, 6.0
SINGLE_SPIKES_S = 120.0
SHADED_HZ = 20.0
NEAR_S = (-1.5, 3.5)
ROWS = (("cells", 34.0), ("rate", 20.0), ("store", 17.0), ("plasma", 17.0))
GAP_MM, TOP_MM, NEAR_MM, BOTTOM_MM = 8.0, 12.0, 32.0, 11.0


def plot_spikes(recording: "SpikeRecording") -> Figure:
    """Draw a recording of spikes; 180 mm wide, the axes labelled by what they show."""
    with style.context(STYLE):
        figure = new_figure(WIDTH_MM, HEIGHT_MM)
        scale = 60.0 if recording.trains.duration_s > 300 else 1.0
        axes = _lay_out(figure)
        _cells(axes["cells"], recording, scale)
        _series(axes["rate"], recording.time_s / scale, recording.rate_hz, "Mean rate of the cells, Hz")
        _series(axes["store"], recording.time_s / scale, recording.store, "Mean dendritic store, store units")
        _series(axes["plasma"], recording.time_s / scale, recording.plasma_pg_ml, "Oxytocin in plasma, pg/mL")
        for name in ("cells", "rate", "store"):
            axes[name].tick_params(labelbottom=False)
        for name, _ in ROWS:
            axes[name].set_xlim(0, recording.trains.duration_s / scale)
            for burst in recording.bursts if name != "cells" else ():
                axes[name].axvline(burst.onset_s / scale, color=SIDE_COLOURS["right"], lw=0.5, alpha=0.5, zorder=0)
        axes["plasma"].set_xlabel("Time, min" if scale > 1 else "Time, s")
        _near(axes["one burst"], recording)
        _mean_burst(axes["mean burst"], recording)
        count = len(recording.bursts)
        words = "1 burst" if count == 1 else f"{count or 'no'} bursts"
        figure.text(
            inches(LEFT_MM) / inches(WIDTH_MM),
            1 - 4.5 / HEIGHT_MM,
            f"{recording.trains.cells} oxytocin neurones, {words}   letdown {__version__}",
            color=MUTED,
            va="center",
        )
    return figure


def draw_cells(ax: Axes, trains: SpikeTrains, scale: float) -> str:
    """Draw what each cell did, the first at the bottom, and return the words for it: single spikes, or shades.

    `scale` is the number of seconds in a unit of the time axis.
    """
    if trains.duration_s <= SINGLE_SPIKES_S:
        draw_raster(ax, trains.time_s / scale, trains.cell, trains.cells)
        return "Spikes of each cell"
    bins = min(1400, int(trains.duration_s))
    counts, _, _ = np.histogram2d(
        trains.cell, trains.time_s, bins=(trains.cells, bins), range=((0, trains.cells), (0, trains.duration_s))
    )
    ax.imshow(
        counts * bins / trains.duration_s,
        aspect="auto",
        origin="lower",
        cmap="Greys",
        vmin=0,
        vmax=SHADED_HZ,
        interpolation="nearest",
        extent=(0, trains.duration_s / scale, 0, trains.cells),
    )
    return f"Rate of each cell, white 0 to black {SHADED_HZ:g} Hz and more"


def draw_raster(ax: Axes, times: NDArray[np.float64], cells: NDArray[np.int64], count: int) -> None:
    """Draw spikes as ticks, one row for each cell, the first at the bottom."""
    height = 0.9 * ax.get_window_extent().height * 72.0 / ax.figure.dpi / max(count, 1)
    ax.plot(times, cells + 0.5, ls="none", marker="|", ms=max(height, 0.6), mew=0.4, color=INK, rasterized=True)
    ax.set_ylim(0, count)


def _lay_out(figure: Figure) -> dict[str, Axes]:
    axes: dict[str, Axes] = {}
    top = HEIGHT_MM - TOP_MM
    width = (WIDTH_MM - LEFT_MM - RIGHT_MM) / WIDTH_MM
    for name, height in ROWS:
        top -= height
        axes[name] = figure.add_axes((LEFT_MM / WIDTH_MM, top / HEIGHT_MM, width, height / HEIGHT_MM), label=name)
        top -= GAP_MM if name != "plasma" else GAP_MM + 4.0
    half = (WIDTH_MM - LEFT_MM - RIGHT_MM - 14.0) / 2.0
    for name, left in (("one burst", LEFT_MM), ("mean burst", LEFT_MM + half + 14.0)):
        axes[name] = figure.add_axes(
            (left / WIDTH_MM, BOTTOM_MM / HEIGHT_MM, half / WIDTH_MM, (top - BOTTOM_MM - 3.0) / HEIGHT_MM), label=name
        )
    return axes


def _cells(ax: Axes, recording: "SpikeRecording", scale: float) -> None:
    ax.set_title(draw_cells(ax, recording.trains, scale), loc="left")
    ax.set_ylabel("Cell")


def _series(ax: Axes, time: NDArray[np.float64], values: NDArray[np.float64], title: str) -> None:
    ax.plot(time, values, color=INK, lw=0.6)
    ax.set_ylim(0, None)
    ax.set_title(title, loc="left")


def _near(ax: Axes, recording: "SpikeRecording") -> None:
    ax.set_xlabel("Time from the onset, s")
    if not recording.bursts:
        ax.set_title("No burst", loc="left")
        ax.set_yticks([])
        return
    onset = recording.bursts[0].onset_s
    trains = recording.trains
    inside = slice(*np.searchsorted(trains.time_s, (onset + NEAR_S[0], onset + NEAR_S[1])))
    draw_raster(ax, trains.time_s[inside] - onset, trains.cell[inside], trains.cells)
    ax.set_xlim(*NEAR_S)
    ax.set_title("Spikes of each cell in the first burst", loc="left")
    ax.set_ylabel("Cell")


def _mean_burst(ax: Axes, recording: "SpikeRecording") -> None:
    ax.set_xlabel("Time from the onset, s")
    if not recording.bursts:
        ax.set_title("No burst", loc="left")
        ax.set_yticks([])
        return
    width = 0.1
    edges = np.arange(NEAR_S[0], NEAR_S[1] + width / 2, width)
    trains = recording.trains
    rates = np.array([np.diff(np.searchsorted(trains.time_s, burst.onset_s + edges)) for burst in recording.bursts]) / (
        width * trains.cells
    )
    middle = edges[:-1] + width / 2
    mean, spread = rates.mean(axis=0), rates.std(axis=0)
    ax.fill_between(middle, np.maximum(mean - spread, 0), mean + spread, color=TINT, lw=0)
    ax.plot(middle, mean, color=INK, lw=1.0)
    ax.set_xlim(*NEAR_S)
    ax.set_ylim(0, None)
    ax.set_title("Rate in a burst, Hz: mean and standard deviation", loc="left")
