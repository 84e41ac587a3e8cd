"""How text of a file is shown in a sentence: on one line, short, and with nothing that moves a terminal's cursor."""

from collections.abc import Sequence
from pathlib import Path

__all__ = ["bare", "file_name", "listed", "quoted"]


def bare(text: str, most: int = 40) -> str:
    """Return text without what cannot be printed, cut to `most` letters."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= most else flat[: most - 3] + "...")[1:-1]


def quoted(text: str, most: int = 40) -> str:
    """Return text in quotes, printable and cut to `most` letters."""
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= most else flat[: most - 3] + "...")


def listed(names: Sequence[str], most: int = 12) -> str:
    """Return names split by commas, the first `most` of them."""
    shown = ", ".join(bare(name) or "''" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def file_name(path: Path) -> str:
    """Return the name of a file as it can be printed."""
    return bare(path.name, 80)
