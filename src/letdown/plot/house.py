"""What every figure shares: the style sheet, colours, dashes, sizes in mm, and writing to a file."""

from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from letdown._atomic_file import atomic_file
from letdown._errors import OutputError
from letdown._version import __version__
from letdown.recording import DISCLAIMER

__all__ = [
    "BAND",
    "BAND_FELT",
    "DASHES",
    "INK",
    "MUTED",
    "SIDE_COLOURS",
    "STYLE",
    "TINT",
    "check_figure_path",
    "inches",
    "new_figure",
    "save_figure",
]

STYLE = Path(__file__).with_name("house.mplstyle")

# Blue and vermilion of Okabe and Ito stay apart for every kind of colour blindness and in grey.
SIDE_COLOURS = {"left": "#0072B2", "right": "#D55E00"}
DASHES: dict[str, tuple[float, ...]] = {"left": (), "right": (3.2, 1.3)}
INK = "#222222"
MUTED = "#777777"
TINT = "#DDDDDD"
BAND = "#F5F3EC"
BAND_FELT = "#EEE3C4"

_FORMATS = (".png", ".pdf", ".svg")


def inches(millimetres: float) -> float:
    """Return a length in inches, the unit of matplotlib."""
    return millimetres / 25.4


NOTEBOOK_DPI = 192
"""Twice what a notebook shows, so that letters are sharp on a fine screen."""


class NotebookFigure(Figure):
    """A figure that a notebook shows as a picture, without pyplot, which would keep it and show it a second time."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the picture and the size to show it in, as IPython asks for them."""
        held = BytesIO()
        with style.context(STYLE):
            self.savefig(held, format="png", dpi=NOTEBOOK_DPI)
        width, height = (round(side * NOTEBOOK_DPI / 2) for side in self.get_size_inches())
        return held.getvalue(), {"width": width, "height": height}


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """Return an empty figure that needs no display."""
    figure = NotebookFigure(figsize=(inches(width_mm), inches(height_mm)))
    FigureCanvasAgg(figure)
    return figure


def check_figure_path(path: Path) -> None:
    """Refuse, before long work, a path under which no figure can be saved after it.

    Raises
    ------
    OutputError
        If its suffix names no format, or its folder does not exist.
    """
    _format_of(path)
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{path} lies in a folder that does not exist; make it first, or give another path.")


def _format_of(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise OutputError(f"{path} names no format for a figure; end it in .png, .pdf or .svg.")
    return suffix


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure, whole or not at all; the suffix .png, .pdf or .svg says how.

    Raises
    ------
    OutputError
        If the suffix is another one, or the file cannot be written there.
    """
    suffix = _format_of(path)
    maker = f"letdown {__version__}"
    # No dates: the same recording gives the same file.
    metadata: dict[str, dict[str, str | None]] = {
        ".png": {"Software": maker, "Description": DISCLAIMER},
        ".pdf": {"Creator": maker, "Subject": DISCLAIMER, "CreationDate": None},
        ".svg": {"Creator": maker, "Description": DISCLAIMER, "Date": None},
    }
    # a figure is large areas of one colour: it packs as well in half of the time
    how: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if suffix == ".png" else {}
    with style.context(STYLE), atomic_file(path) as temporary:
        figure.savefig(temporary, metadata=metadata[suffix], **how)
