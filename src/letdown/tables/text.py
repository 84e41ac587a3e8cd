"""A table's file as lines of text: how much of it is read, and how long a line may be.

`letdown._text_file` reads it, in any encoding that it knows. Where the encoding is uncertain (Windows-1252), letters
outside ASCII may stand in remarks and titles, never in what the result depends on.
"""

from pathlib import Path
from typing import NamedTuple

from letdown._errors import RecordingError
from letdown._text_file import ANY_ENCODING, AskedText, read_text_file
from letdown.tables.quoting import file_name

__all__ = ["LONGEST_LINE", "MOST_BYTES", "Lines", "read_lines"]

MOST_BYTES = 200_000_000
LONGEST_LINE = 100_000


class Lines(NamedTuple):
    """Lines of a file, its encoding, and whether letters outside ASCII are certain."""

    lines: list[str]
    encoding: str
    certain: bool


def read_lines(path: Path) -> Lines:
    """Read the lines of a table.

    Parameters
    ----------
    path : Path
        A file or a pipe; at most `MOST_BYTES` and one byte are read of it, whatever its size is said to be.

    Raises
    ------
    RecordingError
        If it is absent, a folder, a device, of another kind, too large, not text, or in an encoding that is not known.
    """
    name = file_name(path)
    shorter = "thin it to a few readings a second"
    asked = AskedText(MOST_BYTES, RecordingError, "a CSV file in UTF-8", shorter, name, ANY_ENCODING)
    text, encoding, certain = read_text_file(path, asked)
    lines = text.rstrip("\x1a").split("\n")  # the end of a file as DOS wrote it
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise RecordingError(
                f"Row {number} of {name} has {len(line)} letters, more than {LONGEST_LINE}; give a CSV file with one "
                "reading a row."
            )
    return Lines(lines, encoding, certain)
