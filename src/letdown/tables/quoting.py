"""How text of a file is shown in a sentence: on one line, short, and with nothing that moves a terminal's cursor."""

from collections.abc import Sequence
from pathlib import Path

from letdown._printable import shortened

__all__ = ["bare", "file_name", "listed", "quoted"]


def bare(text: str, most: int = 40) -> str:
    """Return text on one line, without what cannot be printed, cut to `most` letters."""
    return shortened(text, most)


def quoted(text: str, most: int = 40) -> str:
    """Return text in quotes, on one line, printable and cut to `most` letters."""
    return f"'{shortened(text, most)}'"


def listed(names: Sequence[str], most: int = 12) -> str:
    """Return names split by commas, the first `most` of them."""
    shown = ", ".join(bare(name) or "''" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def file_name(path: Path) -> str:
    """Return the name of a file as it can be printed."""
    return bare(path.name or str(path), 80)
