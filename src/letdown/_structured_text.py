"""TOML and JSON within limits that are checked before a parser sees the text.

The parsers of the standard library need time and memory that grow with the square of the parts of a key, fail with an
error of their own on deep brackets, and leave whole numbers that Python cannot write. One pass over the text, which
knows strings and comments, refuses all three; legitimate files come nowhere near.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from letdown._errors import LetdownError
from letdown._printable import printable
from letdown._text_file import decoded, read_text

__all__ = ["BeyondLimitsError", "MalformedTextError", "bytes_values", "file_values", "json_values", "toml_values"]

MOST_PARTS = 8
"""Parts of a dotted key."""

DEEPEST = 64
"""Brackets open at once; tables and lists in one another."""

LONGEST_TOKEN = 400
"""Letters of a key without quotes, or of a number."""

LONGEST_KEY = 400
"""Letters of a key in quotes."""

LONGEST_STRING = 100_000
"""Letters of a text."""


class MalformedTextError(LetdownError, ValueError):
    """A text is no TOML or JSON; the message is a reason to be put into a sentence."""


class BeyondLimitsError(MalformedTextError):
    """A text is beyond the limits of this module, whatever it says."""


# One token that matters: brackets, a quote, a comment, a dot, a line end, a key or number, or what parts two tokens.
_TOML_TOKEN = re.compile(r"""[\[{]|[\]}]|[A-Za-z0-9_+:-]+|"|'|\#|\.|[^\[\]{}A-Za-z0-9_+:\-"'#. \t]+""")
_JSON_TOKEN = re.compile(r'[\[{]|[\]}]|[A-Za-z0-9_+.-]+|"')
_BASIC = re.compile(r'\\.|"|\n', re.S)
_BASIC_LINES = re.compile(r'\\.|"""', re.S)


def toml_values(text: str) -> dict[str, Any]:
    """Return the values of a TOML text.

    Raises
    ------
    MalformedTextError
        If it is no TOML, or beyond the limits of this module.
    """
    _check_toml(text)
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedTextError(_reason(error)) from None
    _check_depth(values)
    return values


def json_values(text: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    MalformedTextError
        If it is no JSON, gives a key twice, or is beyond the limits of this module.
    """
    _check_json(text)
    try:
        values = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise error if isinstance(error, MalformedTextError) else MalformedTextError(_reason(error)) from None
    _check_depth(values)
    return values


def file_values(path: Path, most_bytes: int, refuse: type[LetdownError], wanted: str) -> dict[str, Any]:
    """Return the table in a TOML file, or a JSON file if it is called so.

    Parameters
    ----------
    path : Path
        The file.
    most_bytes : int
        Length of the longest file that is read, bytes.
    refuse : type of LetdownError
        The error raised.
    wanted : str
        What kind of file should be given, for messages.

    Raises
    ------
    LetdownError
        As `refuse`; the message begins with the path.
    """
    text, name = read_text(path, most_bytes, refuse, wanted), printable(str(path))
    form = "JSON" if path.suffix.lower() == ".json" else "TOML"
    try:
        values = json_values(text) if form == "JSON" else toml_values(text)
    except MalformedTextError as error:
        raise refuse(f"{name}: not valid {form} ({error}); correct it there.") from None
    if not isinstance(values, dict):
        raise refuse(f"{name} holds no table of keys and values; give {wanted}.")
    return values


def bytes_values(held: bytes, name: str, refuse: type[LetdownError]) -> dict[str, Any]:
    """Return the table in the bytes of a TOML file; `name` says in messages what it is.

    Raises
    ------
    LetdownError
        As `refuse`.
    """
    try:
        return toml_values(decoded(held, name, refuse))
    except MalformedTextError as error:
        raise refuse(f"{name} is not valid TOML ({error}); correct it there.") from None


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _line(text: str, place: int) -> str:
    return f"line {text.count(chr(10), 0, place) + 1}"


def _check_toml(text: str) -> None:
    """Refuse a text beyond the limits; stop where a parser would, at a text without its end."""
    place, depth, dots = 0, 0, 0
    while found := _TOML_TOKEN.search(text, place):
        token, start = found[0], found.start()
        place = found.end()
        first = token[0]
        if first == ".":
            dots += 1
            if dots >= MOST_PARTS:
                raise BeyondLimitsError(f"a key of more than {MOST_PARTS} parts, {_line(text, start)}")
        elif first in "\"'":
            place = _string_end(text, start, first)
            if place < 0:
                return
        elif first == "#":
            place = text.find("\n", place)
            if place < 0:
                return
        elif first in "[{":
            depth, dots = depth + 1, 0
            if depth > DEEPEST:
                raise BeyondLimitsError(f"more than {DEEPEST} brackets in one another, {_line(text, start)}")
        elif first in "]}":
            depth, dots = depth - 1, 0
        elif first.isalnum() or first in "_+:-":
            if len(token) > LONGEST_TOKEN:
                raise BeyondLimitsError(f"a key or number of more than {LONGEST_TOKEN} letters, {_line(text, start)}")
        else:
            dots = 0


def _string_end(text: str, start: int, quote: str) -> int:
    """Return the place behind a text in quotes that begins at `start`, or -1 where it has no end."""
    if text.startswith(3 * quote, start):
        end = _lines_end(text, start + 3, quote)
    else:
        end = _basic_end(text, start + 1) if quote == '"' else _literal_end(text, start + 1)
    if end - start > LONGEST_STRING:
        raise BeyondLimitsError(f"a text of more than {LONGEST_STRING} letters, {_line(text, start)}")
    return end


def _basic_end(text: str, place: int) -> int:
    while found := _BASIC.search(text, place):
        if found[0] == '"':
            return found.end()
        if found[0] == "\n":
            return -1
        place = found.end()
    return -1


def _literal_end(text: str, place: int) -> int:
    end, line = text.find("'", place), text.find("\n", place)
    return -1 if end < 0 or 0 <= line < end else end + 1


def _lines_end(text: str, place: int, quote: str) -> int:
    """Return the place behind a text of several lines, which may end in up to two quotes of its own."""
    end = -1
    if quote == "'":
        end = text.find("'''", place)
    else:
        while found := _BASIC_LINES.search(text, place):
            if found[0] == '"""':
                end = found.start()
                break
            place = found.end()
    if end < 0:
        return -1
    last = end + 5
    end += 3
    while end < last and text.startswith(quote, end):
        end += 1
    return end


def _check_json(text: str) -> None:
    place, depth = 0, 0
    while found := _JSON_TOKEN.search(text, place):
        token, start = found[0], found.start()
        place = found.end()
        if token == '"':
            place = _basic_end(text, place)
            if place < 0:
                return
            if place - start > LONGEST_STRING:
                raise BeyondLimitsError(f"a text of more than {LONGEST_STRING} letters, {_line(text, start)}")
        elif token in "[{":
            depth += 1
            if depth > DEEPEST:
                raise BeyondLimitsError(f"more than {DEEPEST} brackets in one another, {_line(text, start)}")
        elif token in "]}":
            depth -= 1
        elif len(token) > LONGEST_TOKEN:
            raise BeyondLimitsError(f"a number of more than {LONGEST_TOKEN} letters, {_line(text, start)}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs of a JSON object; refuse a key given twice, of which Python would keep the last."""
    values: dict[str, Any] = {}
    for key, value in pairs:
        if key in values:
            raise MalformedTextError(f'the key "{printable(key[:60])}" is given twice')
        values[key] = value
    return values


def _check_depth(values: object) -> None:
    """Refuse tables too deep in one another, keys too long, and half characters, which JSON can write."""
    level: list[Any] = [values]
    for _ in range(DEEPEST + 1):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, Mapping):
                for key in each:
                    if len(key) > LONGEST_KEY:
                        raise BeyondLimitsError(f"a key of more than {LONGEST_KEY} letters")
                    _check_characters(key)
                inner += each.values()
            elif isinstance(each, list):
                inner += each
            elif isinstance(each, str):
                _check_characters(each)
        if not inner:
            return
        level = inner
    raise BeyondLimitsError(f"more than {DEEPEST} tables or lists in one another")


def _check_characters(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise MalformedTextError(f"half a character, \\u{code:04x}, which no text can hold") from None
