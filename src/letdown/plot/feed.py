"""The feed figure: from the bursts of the neurones down to the milk, one shared clock, let-downs as bands.

Rows, top to bottom: protocol, bursts, plasma oxytocin, suction, pressure in alveoli and ducts of each breast,
duct diameter, milk flow, milk removed. A filled dot above a band marks a let-down the mother noticed, an open
one a let-down she did not.
"""

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import offset_copy
from numpy.typing import NDArray

from letdown._errors import RecordingError
from letdown._version import __version__
from letdown.engine.run import Run
from letdown.plot.house import BAND, BAND_FELT, DASHES, INK, MUTED, SIDE_COLOURS, STYLE, new_figure, save_figure
from letdown.plot.labels import label_ends
from letdown.plot.protocol_strip import draw_protocol, strip_height_mm, strip_of
from letdown.plot.spikes import draw_cells
from letdown.recording import SIDES, Recording

__all__ = ["PANELS", "plot_feed"]

WIDTH_MM, LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM, GAP_MM = 180.0, 14.0, 28.0, 13.5, 13.0, 5.2
FLOW_WINDOW_S = 5.0
ENVELOPE_S = 30.0
DOT: dict[str, Any] = {"ms": 4, "mec": INK, "mew": 0.7, "ls": "none"}
NUMBER_ROOM = 0.03
"""Share of the time axis that the number of a let-down takes; closer ones get a dot without a number."""


class Panel(NamedTuple):
    """One row of the figure."""

    name: str
    title: str
    unit: str
    height_mm: float


PANELS = (
    Panel("bursts", "", "", 5.0),
    Panel("oxytocin", "Oxytocin in plasma", "pg/mL", 21.0),
    Panel("suction", "Suction below ambient, baseline to peak", "mmHg", 17.0),
    Panel("pressure left", "Pressure, left breast", "mmHg", 18.0),
    Panel("pressure right", "Pressure, right breast", "mmHg", 18.0),
    Panel("diameter", "Duct diameter", "mm", 16.0),
    Panel("flow", "Milk flow at the nipple, 5-s mean", "mL/s", 21.0),
    Panel("milk", "Milk removed", "mL", 25.0),
)

RASTER = Panel("neurones", "Rate of each oxytocin neurone, black 20 Hz and more", "cell", 22.0)
"""Shown above the others where the spiking network drove the feed."""

_NEEDED = (
    "oxytocin_pg_ml",
    "suction_peak_mmhg",
    "suction_baseline_mmhg",
    "alveolar_pressure_mmhg",
    "ductal_pressure_mmhg",
    "duct_diameter_mm",
    "removed_ml",
    "leaked_ml",
)


def plot_feed(recording: Recording, path: str | Path | None = None) -> Figure:
    """Draw a recording.

    Parameters
    ----------
    recording : Recording
        A finished run.
    path : str or Path, optional
        Where to write the figure: .png, .pdf or .svg.

    Returns
    -------
    Figure
        180 mm wide; the axes are labelled by panel name (`PANELS`), the lines by breast.

    Raises
    ------
    RecordingError
        If the recording lacks a channel that the figure shows.
    OutputError
        If the figure cannot be written.
    """
    run = recording.run()
    missing = [name for name in _NEEDED if name not in run.channels]
    if missing:
        raise RecordingError(f"The recording has no {missing[0]}, which the figure shows; simulate the feed again.")
    with style.context(STYLE):
        figure = _draw(run)
    if path is not None:
        save_figure(figure, Path(path))
    return figure


def _draw(run: Run) -> Figure:
    bars = strip_of(run, WIDTH_MM - LEFT_MM - RIGHT_MM)
    has_suction = bool((run.channels["suction_peak_mmhg"] > 0).any())
    shown = [panel for panel in PANELS if has_suction or panel.name != "suction"]
    if run.spikes is not None:
        shown.insert(0, RASTER)
    panels = (Panel("protocol", "", "", strip_height_mm(bars)), *shown)
    height_mm = TOP_MM + BOTTOM_MM + sum(panel.height_mm + GAP_MM for panel in panels) - GAP_MM
    figure = new_figure(WIDTH_MM, height_mm)
    axes = _lay_out(figure, panels, height_mm, run.totals.duration_s / 60)
    _bands(axes["background"], run)
    draw_protocol(axes["protocol"], bars)
    if run.spikes is not None:
        draw_cells(axes["neurones"], run.spikes, 60.0)
    _bursts(axes["bursts"], run)
    _oxytocin(axes["oxytocin"], run)
    if has_suction:
        _suction(axes["suction"], run)
    _pressures([axes["pressure left"], axes["pressure right"]], run)
    _sided(axes["diameter"], run, run.channels["duct_diameter_mm"])
    _flow(axes["flow"], run)
    _milk(axes["milk"], run)
    _words(figure, run, height_mm)
    return figure


def _lay_out(figure: Figure, panels: tuple[Panel, ...], height_mm: float, duration_min: float) -> dict[str, Axes]:
    """Return the axes by name; `background` lies behind all of them and holds the bands."""
    width = (WIDTH_MM - LEFT_MM - RIGHT_MM) / WIDTH_MM
    left = LEFT_MM / WIDTH_MM
    whole = (left, BOTTOM_MM / height_mm, width, 1 - (BOTTOM_MM + TOP_MM) / height_mm)
    background = figure.add_axes(whole, label="background")
    background.set(xlim=(0, max(duration_min, 1e-9)), ylim=(0, 1))
    background.axis("off")
    axes = {"background": background}
    top_mm = height_mm - TOP_MM
    for panel in panels:
        top_mm -= panel.height_mm
        rectangle = (left, top_mm / height_mm, width, panel.height_mm / height_mm)
        ax = figure.add_axes(rectangle, label=panel.name, sharex=background)
        top_mm -= GAP_MM
        axes[panel.name] = ax
        if panel.unit:
            _dress(ax, panel)
        else:
            ax.axis("off")
        ax.xaxis.set_visible(panel is panels[-1])  # the panels share one clock, written under the last
    last = axes[panels[-1].name]
    last.set_xlabel("Time since the start of the protocol (min)")
    last.xaxis.set_major_locator(MaxNLocator(nbins=12, steps=[1, 2, 5, 10]))
    return axes


def _dress(ax: Axes, panel: Panel) -> None:
    ax.set_title(panel.title, loc="left", fontweight="bold", pad=1.5, color=INK)
    ax.set_ylabel(panel.unit)
    ax.yaxis.set_label_coords(-8.5 / (WIDTH_MM - LEFT_MM - RIGHT_MM), 0.5)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))


def _bands(background: Axes, run: Run) -> None:
    """Shade the let-downs through all panels, number them above, and mark which were felt."""
    edge = background.get_xaxis_transform()
    above = offset_copy(edge, background.get_figure(root=True), y=6, units="points")
    numbered_min = -math.inf
    for number, let_down in enumerate(run.let_downs, start=1):
        start, end = let_down.onset_s / 60, let_down.end_s / 60
        colour, fill = (BAND_FELT, INK) if let_down.felt else (BAND, "white")
        background.axvspan(start, end, color=colour, zorder=0, gid=f"let-down-{number}")
        dot = Line2D([start], [1.0], marker="o", mfc=fill, transform=above, gid=f"dot-{number}", clip_on=False, **DOT)
        background.add_artist(dot)
        if (start - numbered_min) * 60 > NUMBER_ROOM * run.totals.duration_s:
            background.text(
                start, 1.0, f"  {number}", transform=above, va="center_baseline", fontweight="bold", color=INK
            )
            numbered_min = start


def _bursts(ax: Axes, run: Run) -> None:
    """Draw one tick for each burst, as tall as the share of the neurones' store it released."""
    ax.set_ylim(0, 1)
    times = [burst.time_s / 60 for burst in run.bursts]
    heights = [min(1.0, max(0.25, burst.recruited)) for burst in run.bursts]
    ax.vlines(times, 0, heights, color=INK, lw=1.4, label="bursts")
    label_ends(ax, [(0.5, "bursts" if run.bursts else "no bursts", INK)])


def _oxytocin(ax: Axes, run: Run) -> None:
    plasma = run.channels["oxytocin_pg_ml"]
    ax.plot(run.time_s / 60, plasma, color=INK, label="oxytocin")
    ax.axhline(run.totals.oxytocin_baseline_pg_ml, color=MUTED, lw=0.6, dashes=(1, 2))
    ax.set_ylim(0, max(1.12 * float(plasma.max()), 1e-9))
    label_ends(ax, [(run.totals.oxytocin_baseline_pg_ml, "before the feed", MUTED)])


def _suction(ax: Axes, run: Run) -> None:
    """Draw runs of sucks as filled bars from baseline to peak, and a line over the strongest of each run."""
    peak, baseline = run.channels["suction_peak_mmhg"], run.channels["suction_baseline_mmhg"]
    minutes, labels = run.time_s / 60, []
    for i, side in enumerate(SIDES):
        used = peak[:, i] > 0
        if not used.any():
            continue
        colour, dashes = SIDE_COLOURS[side], DASHES[side] or (None, None)
        strongest = np.where(used, _running_maximum(run.time_s, peak[:, i]), np.nan)
        ax.fill_between(minutes, baseline[:, i], peak[:, i], where=used, color=colour, alpha=0.3, lw=0)
        ax.plot(minutes, strongest, color=colour, dashes=dashes, lw=0.8, label=side)
        first = int(np.flatnonzero(used)[0])
        labels.append((minutes[first], float(strongest[first]), side))
    ax.set_ylim(0, max(1.3 * float(peak.max()), 1.0))
    _label_starts(ax, labels)


def _running_maximum(time_s: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest value near each time (`ENVELOPE_S`), so that a line spans pauses between sucks."""
    low = np.searchsorted(time_s, time_s - ENVELOPE_S / 2)
    high = np.searchsorted(time_s, time_s + ENVELOPE_S / 2, side="right")
    return np.array([values[a:b].max() for a, b in zip(low, high, strict=True)])


def _label_starts(ax: Axes, labels: list[tuple[float, float, str]]) -> None:
    """Name each breast where its suction begins; one name for both when they begin together."""
    if len(labels) == 2 and labels[0][:2] == labels[1][:2]:
        labels = [(*labels[0][:2], "both")]
    for x, y, side in labels:
        colour = SIDE_COLOURS.get(side, INK)
        ax.annotate(side, (x, y), xytext=(0, 2), textcoords="offset points", va="bottom", color=colour)


def _sided(ax: Axes, run: Run, values: NDArray[np.float64], lw: float = 1.1, of: str = "") -> None:
    """Draw (left, right) curves in their colours and dashes, each labelled at its end."""
    labels = []
    for i, side in enumerate(SIDES):
        dashes = DASHES[side] or (None, None)
        ax.plot(run.time_s / 60, values[:, i], color=SIDE_COLOURS[side], dashes=dashes, lw=lw, label=f"{of}{side}")
        labels.append((float(values[-1, i]), side, SIDE_COLOURS[side]))
    label_ends(ax, labels)


def _pressures(panels: list[Axes], run: Run) -> None:
    """Alveoli in strong lines, ducts in fine ones; tinted where the first stand above the second."""
    alveolar, ductal = run.channels["alveolar_pressure_mmhg"], run.channels["ductal_pressure_mmhg"]
    low, high = min(0.0, float(ductal.min())), max(float(alveolar.max()), float(ductal.max()), 1.0)
    for i, (ax, side) in enumerate(zip(panels, SIDES, strict=True)):
        colour, dashes, minutes = SIDE_COLOURS[side], DASHES[side] or (None, None), run.time_s / 60
        above = alveolar[:, i] > ductal[:, i]
        ax.fill_between(minutes, ductal[:, i], alveolar[:, i], where=above, color=colour, alpha=0.16, lw=0)
        ax.plot(minutes, ductal[:, i], color=colour, dashes=dashes, lw=0.6, label=f"ducts {side}")
        ax.plot(minutes, alveolar[:, i], color=colour, dashes=dashes, lw=1.3, label=f"alveoli {side}")
        ax.set_ylim(low - 0.04 * (high - low), high + 0.08 * (high - low))
        if low < 0:
            ax.axhline(0, color=MUTED, lw=0.5, zorder=1)
        label_ends(ax, [(float(alveolar[-1, i]), "alveoli", colour), (float(ductal[-1, i]), "ducts (fine)", colour)])


def mean_flow(run: Run) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return bin centres (s) and the mean flow at each nipple (mL/s), from the milk that has left it."""
    out = run.channels["removed_ml"] + run.channels["leaked_ml"]
    edges = np.arange(run.time_s[0], run.time_s[-1] + 1e-9, FLOW_WINDOW_S)
    if edges.size < 2:
        edges = run.time_s[[0, -1]]
    volume = np.column_stack([np.interp(edges, run.time_s, out[:, i]) for i in range(2)])
    return (edges[1:] + edges[:-1]) / 2, np.diff(volume, axis=0) / np.diff(edges)[:, None]


def _flow(ax: Axes, run: Run) -> None:
    centres, flow = mean_flow(run)
    labels = []
    for i, side in enumerate(SIDES):
        dashes = DASHES[side] or (None, None)
        ax.plot(centres / 60, flow[:, i], color=SIDE_COLOURS[side], dashes=dashes, label=side)
        labels.append((float(flow[-1, i]), side, SIDE_COLOURS[side]))
    ax.set_ylim(0, max(1.12 * float(flow.max(initial=0.0)), 0.05))
    label_ends(ax, labels)


def _milk(ax: Axes, run: Run) -> None:
    """Milk removed, with the share of what was there; leaked milk as a dotted line where there is any."""
    removed, leaked = run.channels["removed_ml"], run.channels["leaked_ml"]
    minutes, labels = run.time_s / 60, []
    for i, side in enumerate(SIDES):
        colour, of_all = SIDE_COLOURS[side], run.totals.share_removed()[i]
        share = f" ({100 * of_all:.0f} %)" if math.isfinite(of_all) else ""
        ax.plot(minutes, removed[:, i], color=colour, dashes=DASHES[side] or (None, None), label=side)
        labels.append((float(removed[-1, i]), f"{side} {removed[-1, i]:.0f} mL{share}", colour))
        if leaked[-1, i] >= 0.5:
            ax.plot(minutes, leaked[:, i], color=colour, dashes=(1, 1.2), lw=0.9, label=f"leaked {side}")
            labels.append((float(leaked[-1, i]), f"leaked {leaked[-1, i]:.1f} mL", colour))
    ax.set_ylim(0, max(1.08 * float(removed.max()), 1.08 * float(leaked.max()), 1.0))
    label_ends(ax, labels)


def _words(figure: Figure, run: Run, height_mm: float) -> None:
    """Write the title, the key to the dots, and where the figure comes from."""
    left, right, top = LEFT_MM / WIDTH_MM, 1 - RIGHT_MM / WIDTH_MM, 1 - 4.0 / height_mm
    title = figure.text(left, top, run.scenario, fontweight="bold", fontsize=8, va="baseline")
    gap = title.get_window_extent().width / figure.dpi * 25.4 / WIDTH_MM + 2.5 / WIDTH_MM
    figure.text(left + gap, top, _result(run), color=MUTED, va="baseline")
    for x_mm, words, fill in ((-36.0, "let-down felt", INK), (-12.5, "not felt", "white")):
        x = right + x_mm / WIDTH_MM
        figure.add_artist(Line2D([x], [top + 0.8 / height_mm], marker="o", mfc=fill, **DOT))
        figure.text(x + 1.8 / WIDTH_MM, top, words, color=MUTED, va="baseline")
    small: dict[str, Any] = {"fontsize": 5.5, "color": MUTED, "va": "baseline", "y": 2.4 / height_mm}
    made = f"letdown {__version__}, seed {run.seed}" + (f", dyad {run.dyad}" if run.dyad is not None else "")
    words = f"Simulated with {made}, for research, design and teaching; no real person, not medical advice."
    figure.text(x=left, s=words, **small)


def _result(run: Run) -> str:
    """Return the outcome in a few words."""
    count = len(run.let_downs)
    removed, available = math.fsum(run.totals.removed_ml), math.fsum(run.totals.available_ml)
    of_all = run.totals.share_removed()[2]
    share = f" ({100 * of_all:.0f} %)" if math.isfinite(of_all) else ""
    leaked = math.fsum(run.totals.leaked_ml)
    lost = f", {leaked:.0f} mL leaked" if leaked >= 0.5 else ""
    return f"{count} let-down{'' if count == 1 else 's'}, {removed:.0f} of {available:.0f} mL removed{share}{lost}"
