"""What a single cell is: a value (a number, a time of day, a date), a code of a missing value, or text."""

import re

__all__ = ["MISSING", "NUMBER_COMMA", "NUMBER_POINT", "is_missing", "is_value", "plain"]

MISSING = frozenset(
    ["", "na", "n/a", "#n/a", "#n/a n/a", "#na", "nan", "-nan", "null", "none", "nil", "missing", "-", "--", "---", "?",
     "??", "???", ".", "#value!", "#div/0!", "#num!", "#ref!", "1.#qnan", "-1.#ind"]
)  # fmt: skip
"""Codes, in small letters, that can be nothing but a missing value. -999 and its kind are numbers until it is said."""

NUMBER_POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.A)
NUMBER_COMMA = re.compile(r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?", re.A)
_NUMBER_OF_ANY_KIND = re.compile(
    r"[+-]?\s*[.,]?\d[\d.,' \u00a0\u202f]*(?:[eE][+-]?\d+)?(?:\s?[A-Za-z%\u00b5\u03bc/]{1,8})?", re.A
)
_TIME_OF_ANY_KIND = re.compile(
    r"\d{1,4}[:./-]\d{1,2}[:./-]?.{0,40}|\d{8}T\d{4,6}.{0,20}|\d{1,4} days?,? .{0,20}"
    r"|(?:[a-z]{3,9},? )?(?:\d{1,2}[ .-]{0,2})?[a-z]{3,9}[ .-]{1,2}\d{1,4}\b.{0,30}\d{2}:\d{2}.{0,20}",
    re.A | re.I,
)


def plain(cell: str) -> str:
    """Return a cell with a minus sign as programs write it."""
    return cell.replace("\u2212", "-") if "\u2212" in cell else cell


def is_missing(cell: str) -> bool:
    """Whether a cell is a code of a missing value that can be nothing else."""
    return cell.lower() in MISSING


def is_value(cell: str) -> bool:
    """Whether a cell looks like a number, a time of day or a date, in any spelling."""
    if not any(letter in "0123456789" for letter in cell[:40]):
        return False
    cell = plain(cell)
    return _NUMBER_OF_ANY_KIND.fullmatch(cell) is not None or _TIME_OF_ANY_KIND.fullmatch(cell) is not None
