"""The figure of detected let-downs: readings, the cleaned signal, each let-down with its phases, volume and confidence.

One record has a row for its signal and, where it is milk, one for the milk collected. Two records have a row each
on one clock; let-downs that belong together are joined by a line, those without a partner marked with an open dot.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch
from matplotlib.ticker import MaxNLocator

from letdown._errors import RecordingError
from letdown._printable import printable
from letdown._version import __version__
from letdown.instruments.agreement import TOLERANCE_S, Agreement, agreement
from letdown.instruments.detection import DetectedLetDown, Detection
from letdown.plot.house import BAND, INK, MUTED, SIDE_COLOURS, STYLE, TINT, new_figure, save_figure
from letdown.plot.labels import label_ends

__all__ = ["plot_let_downs"]

WIDTH_MM, LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM, GAP_MM = 180.0, 14.0, 22.0, 14.0, 12.0, 9.0
SIGNAL_MM, MILK_MM, STRIP_MM = 46.0, 26.0, 3.4
BLUE, RED = SIDE_COLOURS["left"], SIDE_COLOURS["right"]
PHASE_COLOURS = ("#9CC3DE", BLUE, "#CFE1EE")
"""Rise, plateau, fall."""
FAINT = 0.18
LABEL_ROOM = 0.035
"""Share of the time axis that a label takes; a closer one is left out."""


def plot_let_downs(
    detections: Sequence[Detection],
    names: Sequence[str],
    path: str | Path | None = None,
    tolerance_s: float = TOLERANCE_S,
) -> Figure:
    """Draw the let-downs of one record, or of two records of one session.

    Parameters
    ----------
    detections : sequence of Detection
        One or two.
    names : sequence of str
        What to call each record.
    path : str or Path, optional
        Where to write the figure: .png, .pdf or .svg.
    tolerance_s : float
        Largest distance of two onsets that are joined, s.

    Returns
    -------
    Figure
        180 mm wide; the axes are labelled "signal 1", "phases 1", "milk" and "signal 2", "phases 2".

    Raises
    ------
    RecordingError
        If there are not one or two detections, each with a name.
    OutputError
        If the figure cannot be written.
    """
    if len(detections) not in (1, 2) or len(names) != len(detections):
        raise RecordingError(f"{len(detections)} records were given with {len(names)} names; give one or two of both.")
    with style.context(STYLE):
        figure = _draw(detections, names, tolerance_s)
    if path is not None:
        save_figure(figure, Path(path))
    return figure


def _draw(detections: Sequence[Detection], names: Sequence[str], tolerance_s: float) -> Figure:
    rows: list[tuple[str, float, float]] = []  # label, height and room above, mm
    for number, _ in enumerate(detections, start=1):
        rows += [(f"phases {number}", STRIP_MM, GAP_MM), (f"signal {number}", SIGNAL_MM, 0.8)]
    milk = len(detections) == 1 and detections[0].unit == "mL/s"
    if milk:
        rows.append(("milk", MILK_MM, GAP_MM - 1.5))
    rows[0] = (rows[0][0], rows[0][1], 0.0)
    height = TOP_MM + BOTTOM_MM + sum(tall + above for _, tall, above in rows)
    figure = new_figure(WIDTH_MM, height)
    axes: dict[str, Axes] = {}
    top = height - TOP_MM
    wide = (WIDTH_MM - LEFT_MM - RIGHT_MM) / WIDTH_MM
    for label, tall, above in rows:
        top -= above + tall
        box = (LEFT_MM / WIDTH_MM, top / height, wide, tall / height)
        axes[label] = figure.add_axes(box, label=label, sharex=axes.get("phases 1"))
    span = [(float(d.time_s[0]), float(d.time_s[-1])) for d in detections]
    low, high = min(a for a, _ in span) / 60, max(b for _, b in span) / 60
    for number, (detection, name) in enumerate(zip(detections, names, strict=True), start=1):
        _phases(axes[f"phases {number}"], detection, name)
        _signal(axes[f"signal {number}"], detection, high - low)
    if milk:
        _milk(axes["milk"], detections[0])
    axes["phases 1"].set_xlim(low, high)
    for label, ax in axes.items():
        ax.tick_params(labelbottom=label == rows[-1][0])
    axes[rows[-1][0]].set_xlabel("Time (min)")
    axes[rows[-1][0]].xaxis.set_major_locator(MaxNLocator(nbins=12, steps=[1, 2, 5, 10]))
    both = agreement(detections[0], detections[1], tolerance_s) if len(detections) == 2 else None
    if both is not None:
        _join(figure, axes, both)
    _words(figure, height, detections, both)
    return figure


def _phases(ax: Axes, detection: Detection, name: str) -> None:
    """Draw rise, plateau and fall of each let-down as a bar, and the number of the let-down before it."""
    ax.axis("off")
    ax.set_ylim(0, 1)
    for number, event in enumerate(detection.let_downs, start=1):
        left = event.onset_s
        for length, colour in zip((event.rise_s, event.plateau_s, event.fall_s), PHASE_COLOURS, strict=True):
            length = min(length, max(event.end_s - left, 0.0))
            ax.barh(0.5, length / 60, 0.72, left=left / 60, color=colour, lw=0)
            left += length
        ax.annotate(
            str(number), (event.onset_s / 60, 0.5), (-2.5, 0), textcoords="offset points", ha="right",
            va="center_baseline", fontweight="bold", color=INK, annotation_clip=False,
        )  # fmt: skip
    if detection.let_downs:
        label_ends(ax, [(0.5, "phases", MUTED)])
    # names of files and columns may hold dollar signs, which are not formulas here
    ax.set_title(printable(name), loc="left", fontweight="bold", pad=2.5, color=INK, parse_math=False)


def _signal(ax: Axes, detection: Detection, span_min: float) -> None:
    """Draw readings as dots, the cleaned signal as a line, and let-downs as areas as strong as they are sure."""
    minutes, signal = detection.time_s / 60, detection.signal
    milk = detection.unit == "mL/s"
    floor = 0.0 if milk else float(signal.min())
    shown = np.quantile(detection.raw, (0.002, 0.998)) if detection.raw.size else (0.0, 1.0)
    low = min(0.0, float(shown[0])) if milk else min(float(signal.min()), float(shown[0]))
    high = max(float(signal.max()), min(float(shown[1]), 1.35 * float(signal.max())), 0.02)
    room = high - low
    ax.set_ylim(low - 0.04 * room, high + 0.2 * room)
    ax.plot(detection.raw_s / 60, detection.raw, ls="none", marker="o", ms=1.4, mew=0, color=MUTED, alpha=0.55)
    ax.plot(minutes, signal, color=INK, lw=0.9)
    last = -np.inf
    for event in detection.let_downs:
        inside = (detection.time_s >= event.onset_s) & (detection.time_s <= event.end_s)
        ax.axvspan(event.onset_s / 60, event.end_s / 60, color=BAND, zorder=0)
        ax.fill_between(
            minutes, floor, signal, where=inside, color=BLUE, alpha=FAINT + 0.5 * event.confidence, lw=0, zorder=1
        )
        near = np.abs(detection.raw_s - (event.onset_s + event.end_s) / 2) < 0.02 * span_min * 60
        top = max([*signal[inside], *np.minimum(detection.raw[near], high)], default=high)
        if event.peak_s / 60 - last > LABEL_ROOM * span_min:
            _label(ax, event, top, float(minutes[-1]))
            last = event.peak_s / 60
    if milk:
        ax.axhline(0.0, color=TINT, lw=0.6, zorder=0)
    ax.set_ylabel(detection.unit)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_label_coords(-8.5 / (WIDTH_MM - LEFT_MM - RIGHT_MM), 0.5)
    words = "flow" if milk else "diameter"
    label_ends(ax, [(float(signal[-1]), words, INK), (float(signal[-1]) - 0.07 * room, "(dots: readings)", MUTED)])


def _label(ax: Axes, event: DetectedLetDown, top: float, edge_min: float) -> None:
    """Write volume or widening, and the confidence, above a let-down; inside the axes where it ends at their edge."""
    what = f"{event.volume_ml:.1f} mL" if event.volume_ml is not None else ""
    if event.widening is not None:
        what = f"+{100 * event.widening:.0f} %"
    middle, last = (event.onset_s + event.end_s) / 120, event.end_s / 60
    at_edge = not event.complete and last > edge_min - 0.02
    ax.annotate(
        f"{what}\n{event.confidence:.2f}", (last if at_edge else middle, top), (0, 5), textcoords="offset points",
        ha="right" if at_edge else "center", va="bottom", fontsize=5.8, linespacing=1.15, color=INK,
    )  # fmt: skip


def _milk(ax: Axes, detection: Detection) -> None:
    """Draw the milk collected, and the part of each let-down in blue."""
    step = float(np.median(np.diff(detection.time_s)))
    total = np.cumsum(np.maximum(detection.signal, 0.0)) * step
    minutes = detection.time_s / 60
    ax.plot(minutes, total, color=INK, lw=0.9)
    for event in detection.let_downs:
        inside = (detection.time_s >= event.onset_s) & (detection.time_s <= event.end_s)
        ax.axvspan(event.onset_s / 60, event.end_s / 60, color=BAND, zorder=0)
        ax.plot(minutes[inside], total[inside], color=BLUE, lw=1.8, solid_capstyle="round")
    ax.set_ylim(0, 1.08 * max(float(total[-1]), 0.5))
    ax.set_ylabel("mL")
    ax.set_title("Milk collected", loc="left", fontweight="bold", pad=1.5, color=INK)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_label_coords(-8.5 / (WIDTH_MM - LEFT_MM - RIGHT_MM), 0.5)
    label_ends(ax, [(float(total[-1]), f"{total[-1]:.0f} mL", INK)])


def _join(figure: Figure, axes: dict[str, Axes], both: Agreement) -> None:
    """Join matched onsets from one row to the other; mark those without a partner."""
    upper, lower = axes["signal 1"], axes["phases 2"]
    for first, second in both.matched:
        line = ConnectionPatch(
            (first / 60, upper.get_ylim()[0]), (second / 60, 1.0), "data", "data", axesA=upper, axesB=lower,
            color=MUTED, lw=0.7, clip_on=False,
        )  # fmt: skip
        figure.add_artist(line)
    for alone, ax in ((both.only_first, upper), (both.only_second, lower)):
        y = ax.get_ylim()[0] if ax is upper else 1.0
        for onset in alone:
            ax.plot([onset / 60], [y], "o", ms=3.6, mfc="white", mec=RED, mew=0.9, clip_on=False, zorder=5)


def _words(figure: Figure, height_mm: float, detections: Sequence[Detection], both: Agreement | None) -> None:
    """Write the title, the agreement or the noise, and where the figure comes from."""
    counts = [len(d.let_downs) for d in detections]
    if both is None:
        head = "1 let-down" if counts[0] == 1 else f"{counts[0] or 'No'} let-downs"
    else:
        head = f"{counts[0]} and {counts[1]} let-downs, {len(both.matched)} matched"
        if both.onset_difference_s is not None:
            later = "later" if both.onset_difference_s >= 0 else "earlier"
            head += f", those of the second {abs(both.onset_difference_s):.1f} s {later}"
    left, top = LEFT_MM / WIDTH_MM, 1 - 4.5 / height_mm
    figure.text(left, top, head, fontsize=8.5, fontweight="bold", color=INK, va="center")
    note = f"detected, not diagnosed   letdown {__version__}"
    figure.text(1 - 3.0 / WIDTH_MM, top, note, color=MUTED, va="center", ha="right", fontsize=6)
    key = "bars: rise, plateau (above 80 % of the rise), fall; below volume or widening: confidence, as depth of blue"
    figure.text(1 - RIGHT_MM / WIDTH_MM, 3.0 / height_mm, key, color=MUTED, va="center", ha="right", fontsize=5.6)
