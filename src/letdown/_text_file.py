"""The one reader of text files: scenarios, lactations, studies, tables, populations.

A file is UTF-8, with or without a byte order mark, and its lines end as on any system. At most one byte more than the
limit is read, whatever the file says of its size: a pipe or a device says 0.
"""

import stat
from pathlib import Path

from letdown._errors import LetdownError
from letdown._printable import printable

__all__ = ["decoded", "is_there", "read_text"]

OTHER_KINDS = (
    (b"\x89HDF", "a netCDF file, such as a recording"),
    (b"CDF", "a netCDF file, such as a recording"),
    (b"PK\x03\x04", "a spreadsheet or an archive"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet or a document of an office program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a picture"),
)
"""What a file that is no text begins with, and what it is."""

_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def is_there(path: Path) -> bool:
    """Return whether a path exists; a name that no file can have does not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read_text(path: Path, most_bytes: int, refuse: type[LetdownError], wanted: str = "a text file") -> str:
    r"""Return the text of a file, its lines ended by "\n".

    Parameters
    ----------
    path : Path
        The file.
    most_bytes : int
        Length of the longest file that is read, bytes.
    refuse : type of LetdownError
        The error raised.
    wanted : str
        What kind of file should be given, for the message.

    Raises
    ------
    LetdownError
        As `refuse`: if the file is missing, a folder, a device, too long, or no text in UTF-8.
    """
    name = printable(str(path))
    held = _bytes(path, name, most_bytes, refuse, wanted)
    if len(held) > most_bytes:
        raise refuse(f"{name} is longer than {most_bytes} bytes; give {wanted}.")
    for start, what in OTHER_KINDS:
        if held.startswith(start):
            raise refuse(f"{name} is {what}, not text; give {wanted}.")
    return decoded(held, name, refuse)


def _bytes(path: Path, name: str, most_bytes: int, refuse: type[LetdownError], wanted: str) -> bytes:
    """Return what is in a file, at most one byte more than the limit."""
    try:
        kind = path.stat().st_mode
        if not (stat.S_ISDIR(kind) or stat.S_ISCHR(kind) or stat.S_ISBLK(kind)):
            with path.open("rb") as file:
                return file.read(most_bytes + 1)
    except FileNotFoundError:
        raise refuse(f"{name} does not exist; give {wanted}.") from None
    except (OSError, ValueError) as error:  # a path with a zero character is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise refuse(f"{name} cannot be read ({reason}); give {wanted}.") from None
    raise refuse(f"{name} is a {'folder' if stat.S_ISDIR(kind) else 'device'}; give {wanted}.")


def decoded(held: bytes, name: str, refuse: type[LetdownError]) -> str:
    r"""Return the text of bytes, its lines ended by "\n".

    Parameters
    ----------
    held : bytes
        The bytes of a file.
    name : str
        How a message names the file.
    refuse : type of LetdownError
        The error raised.

    Raises
    ------
    LetdownError
        As `refuse`: if the bytes are no text in UTF-8.
    """
    form = _other_form(held)
    if form is not None:
        raise refuse(f"{name} is text in {form}; save it as UTF-8.")
    try:
        text = held.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = held.count(b"\n", 0, error.start) + 1
        raise refuse(f"{name} is not text in UTF-8 (line {line}); save it as UTF-8.") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _other_form(held: bytes) -> str | None:
    """Return the name of UTF-16 or UTF-32 if the bytes are in it, marked or not."""
    for mark, form in _MARKS:
        if held.startswith(mark):
            return form
    start = held[:400]
    # Latin letters in UTF-16 have a zero in every second byte
    zeros = max(start[0::2].count(0), start[1::2].count(0))
    return "UTF-16" if len(start) >= 4 and 5 * zeros >= 2 * len(start) else None
