"""The bibliography: BibTeX entries by cite key, read from the file that ships with the package."""

import re
from collections.abc import Iterable
from pathlib import Path

from letdown._errors import LetdownError

__all__ = ["BIBLIOGRAPHY", "bibtex", "read_entries"]

BIBLIOGRAPHY = Path(__file__).with_name("references.bib")

_START = re.compile(r"^@(?P<type>\w+)\s*\{\s*(?P<key>[^\s,}]+)\s*,", re.MULTILINE)
_NOT_ENTRIES = {"comment", "preamble", "string"}


def read_entries(text: str) -> dict[str, str]:
    """Return every entry of a BibTeX text by its key; an entry ends where its braces close."""
    entries = {}
    for start in _START.finditer(text):
        if start["type"].lower() in _NOT_ENTRIES:
            continue
        depth = 0
        for position in range(text.index("{", start.start()), len(text)):
            depth += {"{": 1, "}": -1}.get(text[position], 0)
            if depth == 0:
                entries[start["key"]] = text[start.start() : position + 1]
                break
        else:
            raise LetdownError(f"The entry {start['key']} of the bibliography is not closed; add its last brace.")
    return entries


def bibtex(keys: Iterable[str]) -> str:
    """Return the entries of these keys, sorted and each once, as one BibTeX text.

    Raises
    ------
    LetdownError
        If a key is not in the bibliography.
    """
    entries = read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    wanted = sorted(set(keys), key=str.casefold)
    missing = [key for key in wanted if key not in entries]
    if missing:
        raise LetdownError(f"There is no source {missing[0]!r} in references.bib; cite one of its {len(entries)} keys.")
    return "\n\n".join(entries[key] for key in wanted)
