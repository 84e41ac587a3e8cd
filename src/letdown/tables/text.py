"""A file as text: how much of it is read, in which encoding, with which line ends.

A byte order mark decides. Without one the text is UTF-8; what is not is taken for Windows-1252, in which Western
loggers and spreadsheets write, but marked as uncertain: its letters outside ASCII may then stand in remarks and titles,
never in what the result depends on.
"""

import codecs
from pathlib import Path
from typing import NamedTuple

from letdown._errors import RecordingError
from letdown.tables.quoting import bare, file_name

__all__ = ["LONGEST_LINE", "MOST_BYTES", "Text", "read_text"]

MOST_BYTES = 200_000_000
LONGEST_LINE = 100_000
BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Text(NamedTuple):
    """Lines of a file, its encoding, and whether letters outside ASCII are certain."""

    lines: list[str]
    encoding: str
    certain: bool


def read_text(path: Path) -> Text:
    """Read a text file.

    Parameters
    ----------
    path : Path
        A file, a pipe or a device; at most `MOST_BYTES` and one byte are read of it, whatever its size is said to be.

    Raises
    ------
    RecordingError
        If it is absent, a folder, too large, not text, or in an encoding that is not known.
    """
    name = file_name(path)
    raw = _bytes(path, name)
    text, encoding, certain = _decoded(raw, name)
    if "\0" in text:
        raise RecordingError(f"{name} is not a text file (it holds zero bytes); give a CSV file in UTF-8.")
    text = text.rstrip("\x1a")  # the end of a file as DOS wrote it
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise RecordingError(
                f"Row {number} of {name} has {len(line)} letters, more than {LONGEST_LINE}; give a CSV file with one "
                "reading a row."
            )
    return Text(lines, encoding, certain)


def _bytes(path: Path, name: str) -> bytes:
    blocks: list[bytes] = []
    size = 0
    try:
        with path.open("rb") as file:
            while block := file.read(min(BLOCK, MOST_BYTES + 1 - size)):
                if not blocks and b"\0" in block and not block.startswith(tuple(mark for mark, _ in _MARKS)):
                    raise RecordingError(f"{name} is not a text file (it holds zero bytes); give a CSV file in UTF-8.")
                blocks.append(block)
                size += len(block)
    except FileNotFoundError:
        raise RecordingError(f"There is no file {bare(str(path), 200)}; give a CSV file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise RecordingError(f"{bare(str(path), 200)} cannot be read ({reason}); give a CSV file in UTF-8.") from None
    if size > MOST_BYTES:
        raise RecordingError(f"{name} has more than {MOST_BYTES / 1e6:.0f} MB; thin it to a few readings a second.")
    return b"".join(blocks)


def _decoded(raw: bytes, name: str) -> tuple[str, str, bool]:
    """Return text, encoding and whether letters outside ASCII are certain."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            try:
                return raw[len(mark) :].decode(encoding), encoding.upper(), True
            except UnicodeDecodeError:
                raise RecordingError(
                    f"{name} begins with the mark of {encoding.upper()} but is damaged; save it as UTF-8."
                ) from None
    try:
        return raw.decode("utf-8"), "UTF-8", True
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if any((letter < " " and letter not in "\t\n\r\x1a\x0b\x0c") or letter == "\ufffd" for letter in text):
        raise RecordingError(f"{name} is not text in UTF-8; save it as UTF-8.")
    return text, "Windows-1252", False
