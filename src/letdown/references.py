"""The bibliography: BibTeX entries by cite key, read from the file that ships with the package."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import MappingProxyType

from letdown._errors import LetdownError

__all__ = ["BIBLIOGRAPHY", "RENAMED", "bibtex", "current_key", "plain_text", "read_entries", "read_fields"]

BIBLIOGRAPHY = Path(__file__).with_name("references.bib")

RENAMED = MappingProxyType(
    {
        "Cabergoline1991": "EuropeanGroup1991",
        "Kauppila1987": "Peters1986",
        "Lincoln1980": "Russell1980",
        "Taffoni2020": "Zimmerman2020",
    }
)
"""Former cite keys, each with the key of today: files that name the former one keep working."""

_START = re.compile(r"^@(?P<type>\w+)\s*\{\s*(?P<key>[^\s,}]+)\s*,", re.MULTILINE)
_FIELD = re.compile(r"^\s*(?P<name>\w+)\s*=\s*(?=\{)", re.MULTILINE)
_NOT_ENTRIES = {"comment", "preamble", "string"}
_ACCENT = re.compile(r"""\\(?P<mark>["'`^~c])\s*\{?(?P<letter>[A-Za-z])\}?""")
_MARKS = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "c": "\u0327"}


def read_entries(text: str) -> dict[str, str]:
    """Return every entry of a BibTeX text by its key; an entry ends where its braces close."""
    entries = {}
    for start in _START.finditer(text):
        if start["type"].lower() in _NOT_ENTRIES:
            continue
        end = _closing(text, text.index("{", start.start()))
        if end is None:
            raise LetdownError(f"The entry {start['key']} of the bibliography is not closed; add its last brace.")
        entries[start["key"]] = text[start.start() : end]
    return entries


def read_fields(entry: str) -> dict[str, str]:
    """Return the fields of one BibTeX entry by name, each on one line and without its outer braces."""
    return dict(_fields(entry))


def _fields(entry: str) -> Iterator[tuple[str, str]]:
    for start in _FIELD.finditer(entry):
        end = _closing(entry, start.end())
        if end is not None:
            yield start["name"].lower(), " ".join(entry[start.end() + 1 : end - 1].split())


def _closing(text: str, start: int) -> int | None:
    """Return the position after the brace that closes the one at `start`; None if none does."""
    depth = 0
    for position in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position + 1
    return None


def plain_text(value: str) -> str:
    """Return a field as people read it: accents and dashes of LaTeX as letters, no braces."""
    letters = _ACCENT.sub(lambda accent: accent["letter"] + _MARKS[accent["mark"]], value)
    dashes = letters.replace("---", "\u2014").replace("--", "\u2013")
    return unicodedata.normalize("NFC", re.sub(r"[{}]", "", dashes))


def current_key(key: str) -> str:
    """Return the cite key of today for a key that may have been renamed."""
    return RENAMED.get(key, key)


def bibtex(keys: Iterable[str]) -> str:
    """Return the entries of these keys, sorted and each once, as one BibTeX text.

    A key that was renamed gives the entry under its key of today.

    Raises
    ------
    LetdownError
        If a key is not in the bibliography.
    """
    entries = read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    wanted = sorted(set(map(current_key, keys)), key=str.casefold)
    missing = [key for key in wanted if key not in entries]
    if missing:
        raise LetdownError(f"There is no source {missing[0]!r} in references.bib; cite one of its {len(entries)} keys.")
    return "\n\n".join(entries[key] for key in wanted)
