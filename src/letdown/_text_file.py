"""The one reader of text files: scenarios, lactations, studies, populations, tables.

At most one byte more than the limit is read, whatever the file says of its size: a pipe says 0. Lines may end as on any
system. A byte order mark decides the encoding; without one the text is UTF-8. Who reads says which other encodings are
allowed: tables of instruments may be in UTF-16 or UTF-32 with its mark, or in Windows-1252, in which Western loggers
and spreadsheets write. That has no mark: it is taken where UTF-8 does not fit, and said to be uncertain.
"""

import codecs
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from letdown._errors import LetdownError
from letdown._printable import printable

__all__ = ["ANY_ENCODING", "AskedText", "Text", "decoded", "is_there", "read_text", "read_text_file"]

OTHER_KINDS = (
    (b"\x89HDF", "a netCDF file, such as a recording"),
    (b"CDF\x01", "a netCDF file, such as a recording"),
    (b"CDF\x02", "a netCDF file, such as a recording"),
    (b"CDF\x05", "a netCDF file, such as a recording"),
    (b"PK\x03\x04", "a spreadsheet or an archive"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet or a document of an office program"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a picture"),
)
"""What a file that is no text begins with, and what it is."""

BLOCK = 1 << 20
"""Bytes read at once; the first of these blocks shows whether the file is text."""

_MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32-LE"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "UTF-32-BE"),
    (codecs.BOM_UTF16_LE, "UTF-16-LE"),
    (codecs.BOM_UTF16_BE, "UTF-16-BE"),
)
ANY_ENCODING = frozenset(("UTF-8", "UTF-16", "UTF-32", "Windows-1252"))
"""Every encoding that can be allowed."""


class AskedText(NamedTuple):
    """What is asked of a text file, and how it is refused.

    `most_bytes` is the length of the longest file that is read, bytes; `refuse` the error raised; `wanted` what kind of
    file should be given; `shorter` what to do with a longer one, the same if empty; `name` how messages call the file,
    its path if empty; `encodings` those of `ANY_ENCODING` that are read.
    """

    most_bytes: int
    refuse: type[LetdownError]
    wanted: str = "a text file"
    shorter: str = ""
    name: str = ""
    encodings: frozenset[str] = frozenset(("UTF-8",))


class Text(NamedTuple):
    r"""A text whose lines end in "\n", its encoding, and whether its letters outside ASCII are certain."""

    text: str
    encoding: str
    certain: bool


def is_there(path: Path) -> bool:
    """Return whether a path exists; a name that no file can have does not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read_text(path: Path, most_bytes: int, refuse: type[LetdownError], wanted: str = "a text file") -> str:
    r"""Return the text of a file in UTF-8, its lines ended by "\n"; the arguments as of `AskedText`.

    Raises
    ------
    LetdownError
        As `refuse`: if the file is missing, a folder, a device, too long, of another kind, or no text in UTF-8.
    """
    return read_text_file(path, AskedText(most_bytes, refuse, wanted)).text


def read_text_file(path: Path, asked: AskedText) -> Text:
    """Return the text of a file, and how it is encoded.

    Raises
    ------
    LetdownError
        As `asked.refuse`: if the file is missing, a folder, a device, too long, of another kind, or no text in one of
        the encodings that are read.
    """
    name, size = asked.name or printable(str(path)), 0
    blocks: list[bytes] = []
    for block in _blocks(path, name, asked):
        if not blocks:
            _check_start(block, name, asked)
        blocks.append(block)
        size += len(block)
    if size > asked.most_bytes:
        remedy = asked.shorter or f"give {asked.wanted}"
        raise asked.refuse(f"{name} is longer than {_size(asked.most_bytes)}; {remedy}.")
    return _text(b"".join(blocks), name, asked)


def _blocks(path: Path, name: str, asked: AskedText) -> Iterator[bytes]:
    """Yield what is in a file, at most one byte more than the limit."""
    left = asked.most_bytes + 1
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind) or stat.S_ISCHR(kind) or stat.S_ISBLK(kind):
            raise asked.refuse(f"{name} is a {'folder' if stat.S_ISDIR(kind) else 'device'}; give {asked.wanted}.")
        with path.open("rb") as file:
            while block := file.read(min(BLOCK, left)):
                left -= len(block)
                yield block
    except FileNotFoundError:
        raise asked.refuse(f"{name} does not exist; give {asked.wanted}.") from None
    except LetdownError:  # ours, which may be a ValueError too
        raise
    except (OSError, ValueError) as error:  # a path with a zero character is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise asked.refuse(f"{name} cannot be read ({reason}); give {asked.wanted}.") from None


def _size(count: int) -> str:
    return f"{count / 1e6:g} MB" if count > 10_000_000 else f"{count} bytes"


def _check_start(start: bytes, name: str, asked: AskedText) -> None:
    """Refuse a file that begins as no text does."""
    for begun, what in OTHER_KINDS:
        if start.startswith(begun):
            raise asked.refuse(f"{name} is {what}, not text; give {asked.wanted}.")
    if _mark(start) is None:
        _check_zeros(start, name, asked)


def _mark(held: bytes) -> tuple[bytes, str] | None:
    return next((mark for mark in _MARKS if held.startswith(mark[0])), None)


def _check_zeros(held: bytes, name: str, asked: AskedText) -> None:
    """Refuse bytes without a mark in which there are zeros."""
    if b"\0" in held:
        form = _unmarked_form(held)
        raise asked.refuse(
            f"{name} is text in {form}; save it as UTF-8."
            if form
            else f"{name} is not a text file (it holds zero bytes); give {asked.wanted}."
        )


def _unmarked_form(held: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if the zeros of bytes lie as those of Latin letters in it do."""
    quarter = min(len(held), 400) // 4
    full = [k for k in range(4) if quarter > 1 and 5 * held[k : 4 * quarter : 4].count(0) >= 4 * quarter]
    return "UTF-16" if full in ([0, 2], [1, 3]) else "UTF-32" if full in ([0, 1, 2], [1, 2, 3]) else None


def decoded(held: bytes, name: str, refuse: type[LetdownError]) -> str:
    r"""Return the text of bytes in UTF-8, its lines ended by "\n".

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
    return _text(held, name, AskedText(len(held), refuse, name=name)).text


def _text(held: bytes, name: str, asked: AskedText) -> Text:
    """Return the text of bytes in one of the encodings that are read."""
    marked = _mark(held)
    mark, encoding = marked or (b"", "UTF-8")
    if encoding[:6].rstrip("-") not in asked.encodings:
        raise asked.refuse(f"{name} is text in {encoding[:6]}; save it as UTF-8.")
    if marked is None:
        _check_zeros(held, name, asked)
    certain = True
    try:
        text = held[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        if encoding.startswith(("UTF-16", "UTF-32")):
            raise asked.refuse(f"{name} begins with the mark of {encoding} but is damaged; save it as UTF-8.") from None
        found = _western(held) if marked is None and "Windows-1252" in asked.encodings else None
        if found is None:
            line = held.count(b"\n", 0, len(mark) + error.start) + 1
            raise asked.refuse(f"{name} is not text in UTF-8 (line {line}); save it as UTF-8.") from None
        text, encoding, certain = found, "Windows-1252", False
    if "\0" in text:
        raise asked.refuse(f"{name} is not a text file (it holds zero bytes); give {asked.wanted}.")
    return Text(text.replace("\r\n", "\n").replace("\r", "\n"), encoding, certain)


def _western(held: bytes) -> str | None:
    """Return bytes as text in Windows-1252; None where they hold what no text has."""
    text = held.decode("cp1252", errors="replace")
    bad = any((letter < " " and letter not in "\t\n\r\x1a\x0b\x0c") or letter == "\ufffd" for letter in text)
    return None if bad else text
