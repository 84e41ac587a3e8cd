"""The figure of a lactation: milk, feeds, let-down, prolactin, growth, engorgement, learning, uterus over days."""

import math
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from letdown._errors import RecordingError
from letdown._version import __version__
from letdown.body.life.birth import weight_at
from letdown.plot.house import BAND, INK, MUTED, SIDE_COLOURS, STYLE, TINT, new_figure, save_figure

if TYPE_CHECKING:
    from letdown.lactation import Lactation

__all__ = ["LACTATION_PANELS", "plot_lactation"]

LACTATION_PANELS = (
    ("milk", "Milk a day", "mL"),
    ("feeds", "Feeds a day, one breast each", ""),
    ("per feed", "Milk of a feed", "mL"),
    ("let-down", "First let-down after the latch", "s"),
    ("prolactin", "Prolactin: before feeds, peak, mean", "ng/mL"),
    ("weight", "Weight; WHO median and ± 2 SD", "kg"),
    ("fat", "Fat of the milk", "g/L"),
    ("share", "Share taken of the milk in the breasts used", ""),
    ("engorgement", "Engorgement, highest of the day", ""),
    ("leak", "Leaked", "mL"),
    ("cues", "Strength of cues", ""),
    ("uterus", "Uterus", "cm³"),
)
"""Name, title and unit of each panel, row by row."""

WIDTH_MM, ROW_MM, LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM = 180.0, 34.0, 13.0, 20.0, 13.0, 12.0
GAP_X_MM, GAP_Y_MM = 32.0, 9.0
BLUE, RED = SIDE_COLOURS["left"], SIDE_COLOURS["right"]

Array = NDArray[np.float64]


def plot_lactation(lactation: "Lactation", path: str | Path | None = None) -> Figure:
    """Draw a lactation over its days.

    Parameters
    ----------
    lactation : Lactation
        A simulated lactation of at least one day.
    path : str or Path, optional
        Where to write the figure: .png, .pdf or .svg.

    Raises
    ------
    RecordingError
        If no day was finished.
    OutputError
        If the figure cannot be written.
    """
    if lactation.data.sizes["day"] == 0:
        raise RecordingError("The lactation has no finished day; simulate at least one.")
    with style.context(STYLE):
        figure = _draw(lactation)
    if path is not None:
        save_figure(figure, Path(path))
    return figure


def _draw(lactation: "Lactation") -> Figure:
    rows = len(LACTATION_PANELS) // 2
    height = TOP_MM + BOTTOM_MM + rows * ROW_MM
    figure = new_figure(WIDTH_MM, height)
    wide = (WIDTH_MM - LEFT_MM - RIGHT_MM - GAP_X_MM) / 2
    axes: dict[str, Axes] = {}
    for i, (name, title, unit) in enumerate(LACTATION_PANELS):
        row, column = divmod(i, 2)
        x = LEFT_MM + column * (wide + GAP_X_MM)
        y = height - TOP_MM - (row + 1) * ROW_MM + GAP_Y_MM
        box = (x / WIDTH_MM, y / height, wide / WIDTH_MM, (ROW_MM - GAP_Y_MM - 3.0) / height)
        axis = figure.add_axes(box, label=name)
        axis.set_title(f"{title}{', ' + unit if unit else ''}", loc="left", fontsize=7, color=INK, pad=3)
        axis.yaxis.set_major_locator(MaxNLocator(4))
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axis.set_xlim(0.5, float(lactation.data["day"].values[-1]) + 0.5)
        axes[name] = axis
        if row == rows - 1:
            axis.set_xlabel("day after birth")
    _fill(axes, lactation)
    head = f"{lactation.data.attrs['scenario']}, seed {lactation.data.attrs['seed']}"
    figure.text(LEFT_MM / WIDTH_MM, 1 - 4.5 / height, head, fontsize=8.5, color=INK, va="center", weight="bold")
    note = f"letdown {__version__} · simulation, describes no real person"
    figure.text(1 - 3.0 / WIDTH_MM, 1 - 4.5 / height, note, fontsize=6, color=MUTED, ha="right", va="center")
    return figure


def _fill(axes: dict[str, Axes], lactation: "Lactation") -> None:
    d: dict[str, Array] = {str(k): v.values for k, v in lactation.data.items()}
    day = lactation.data["day"].values
    lines: dict[str, list[tuple[str, str, str]]] = {
        "milk": [("made", "production_ml", BLUE), ("drunk", "intake_ml", RED)],
        "feeds": [("feeds", "feeds", BLUE), ("sessions", "sessions", MUTED)],
        "per feed": [("", "milk_per_feed_ml", BLUE)],
        "let-down": [("", "first_let_down_s", BLUE)],
        "prolactin": [
            ("peak", "prolactin_peak_ng_ml", RED),
            ("mean", "prolactin_mean_ng_ml", MUTED),
            ("before", "prolactin_before_ng_ml", BLUE),
        ],
        "fat": [("", "fat_g_l", BLUE)],
        "share": [("", "share_of_available", BLUE)],
        "engorgement": [("", "engorgement", BLUE)],
        "leak": [("", "leaked_ml", BLUE)],
        "cues": [("own cry", "own_cry", BLUE), ("other's cry", "other_cry", RED), ("preparing", "preparing", MUTED)],
        "uterus": [("", "uterus_cm3", BLUE)],
    }
    for name, label, colour in (("expressed_ml", "expressed", "#009E73"), ("formula_ml", "formula", "#999999")):
        if d[name].max() > 0.0:
            lines["milk"].append((label, name, colour))
    if d["pumpings"].max() > 0.0:
        lines["feeds"].append(("pumpings", "pumpings", "#009E73"))
    for panel, series in lines.items():
        for _, column, colour in series:
            axes[panel].plot(day, d[column], color=colour, lw=1.0, marker="." if day.size < 15 else "", ms=3)
            axes[panel].margins(y=0.12)
        _label_ends(axes[panel], day, [(label, d[column], colour) for label, column, colour in series])
    for panel in ("milk", "feeds", "per feed", "fat", "leak", "uterus", "prolactin"):
        axes[panel].set_ylim(bottom=0.0)
    for panel in ("share", "engorgement", "cues"):
        axes[panel].set_ylim(0.0, 1.05)
    axes["let-down"].axhline(0.0, color=TINT, lw=0.8, zorder=0)
    _weight(axes["weight"], lactation, day, d)


def _label_ends(axis: Axes, day: Array, series: list[tuple[str, Array, str]]) -> None:
    """Write the name of each line at its end, apart from one another."""
    low, high = axis.get_ylim()
    named = [(label, v[np.isfinite(v)][-1], c) for label, v, c in series if label and np.isfinite(v).any()]
    last = -math.inf
    for label, value, colour in sorted(named, key=lambda item: item[1]):
        at = max(value, last + 0.13 * (high - low))
        last = at
        axis.annotate(
            label, (float(day[-1]), at), (3, 0), textcoords="offset points", color=colour, fontsize=6.5, va="center",
            annotation_clip=False,
        )  # fmt: skip


def _weight(axis: Axes, lactation: "Lactation", day: Array, d: dict[str, Array]) -> None:
    infants: list[dict[str, Any]] = tomllib.loads(lactation.data.attrs["scenario_toml"])["infants"]
    sex = str(infants[0]["sex"])
    low, middle, high = ([weight_at(z, sex, float(t)) for t in day] for z in (-2.0, 0.0, 2.0))
    axis.fill_between(day, low, high, color=BAND, zorder=0)
    axis.plot(day, middle, color=TINT, lw=1.0, zorder=1)
    axis.plot(day, d["weight_kg"], color=BLUE, lw=1.0)
    if "second_weight_kg" in d:
        axis.plot(day, d["second_weight_kg"], color=RED, lw=1.0)
