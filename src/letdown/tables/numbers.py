"""Cells as numbers: the decimal sign of a file, codes of missing values, a unit beside the number.

A comma is a decimal comma where it can be nothing else: each number has at most one, none has a decimal point, and not
all of them could be groups of a thousand (1,234). Everything else is refused until `--decimal` says it.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown._errors import RecordingError, UnitError
from letdown._units import known_unit
from letdown.tables.cells import MISSING, NUMBER_COMMA, NUMBER_POINT, plain
from letdown.tables.quoting import quoted
from letdown.tables.table import Dialect, Table

__all__ = ["DECIMALS", "Numbers", "decimal_sign", "missing_codes", "numbers"]

Array = NDArray[np.float64]

DECIMALS = {",": "decimal commas", ".": "decimal points"}
SUSPECT = frozenset((-99.0, -999.0, -9999.0, -99999.0, -999.9, -999.99, -9999.9, -9999.99, -999999.0))
"""Numbers by which loggers mark a missing reading; they are numbers all the same until somebody says so."""

_GROUPED = {
    ".": re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", re.A),
    ",": re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?", re.A),
}
_ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.A)
_FOUR_DIGITS = re.compile(r"[+-]?\d{4,}(?:,\d*)?(?:[eE][+-]?\d+)?", re.A)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ '\u2019\u00a0\u202f]\d{3})+(?:[.,]\d+)?", re.A)
_PLAIN = {".": NUMBER_POINT, ",": NUMBER_COMMA}
_WITH_UNIT = re.compile(
    r"([+-]?)\s*([\d.,]+(?:[eE][+-]?\d+)?)\s*([A-Za-z\u00b5\u03bc%][A-Za-z\u00b5\u03bc/. ]{0,14})", re.A
)


class Numbers(NamedTuple):
    """Numbers of a column, NaN where missing; how often each code of a missing value stands there; their unit."""

    values: Array
    missing: Counter[str]
    unit: str | None


def decimal_sign(table: Table, indices: Sequence[int], said: str | None) -> str:
    """Return the decimal sign of some columns: "." or ",".

    Raises
    ------
    RecordingError
        If it cannot be told for sure and was not said.
    """
    if said is not None:
        if said not in DECIMALS:
            raise RecordingError(f"--decimal {quoted(said)} was given; give , or . as the decimal sign.")
        return said
    comma: tuple[int, str] | None = None
    point: tuple[int, str] | None = None
    sure = False
    for line, row in zip(table.lines, table.rows, strict=True):
        for index in indices:
            cell = row[index]
            if "," in cell:
                cell = match[1] + match[2] if (match := _WITH_UNIT.fullmatch(plain(cell))) else plain(cell)
                if cell.count(",") > 1 or "." in cell:
                    if not (_GROUPED["."].fullmatch(cell) or _GROUPED[","].fullmatch(cell)):
                        continue
                    raise RecordingError(
                        f"Row {line} of {table.file} has {quoted(cell)}, with marks between thousands; write numbers "
                        "without them, or give --decimal , or --decimal ."
                    )
                if NUMBER_COMMA.fullmatch(cell):
                    comma = comma or (line, cell)
                    sure = sure or _ONE_GROUP.fullmatch(cell) is None
            elif "." in cell and point is None and NUMBER_POINT.fullmatch(plain(cell)):
                point = (line, cell)
            elif len(cell) > 3 and not sure and _FOUR_DIGITS.fullmatch(cell):
                sure = True  # thousands are not grouped here
    if comma is None:
        return "."
    if point is not None:
        raise RecordingError(
            f"{table.file} has a decimal point in row {point[0]} ({quoted(point[1])}) and a comma in row {comma[0]} "
            f"({quoted(comma[1])}); write all numbers alike, or give --decimal , or --decimal ."
        )
    if not sure:
        raise RecordingError(
            f"Row {comma[0]} of {table.file} has {quoted(comma[1])}, whose comma may be a decimal sign or part "
            "thousands; give --decimal , or --decimal ."
        )
    return ","


def missing_codes(table: Table, dialect: Dialect) -> frozenset[str]:
    """Return the codes of missing values, in small letters: those given, or the usual and the announced ones."""
    if dialect.missing is not None:
        return frozenset(["", *(code.strip().lower() for code in dialect.missing)])
    return frozenset([*MISSING, *(code.lower() for code in table.announced)])


def numbers(table: Table, index: int, decimal: str, codes: frozenset[str]) -> Numbers:
    """Return a column as numbers.

    Parameters
    ----------
    table : Table
        The table.
    index : int
        The column.
    decimal : str
        The decimal sign.
    codes : frozenset of str
        Codes of missing values, in small letters.

    Raises
    ------
    RecordingError
        If a cell is neither a finite number nor a code of a missing value, or cells stand in different units.
    """
    values = np.empty(len(table.rows))
    missing: Counter[str] = Counter()
    units: dict[str, int] = {}
    stated = {float(code) for code in codes if NUMBER_POINT.fullmatch(code)}
    for i, row in enumerate(table.rows):
        cell = row[index]
        number, unit = _number(cell, decimal)
        if cell.lower() in codes or number in stated:
            missing[cell] += 1
            values[i] = math.nan
            continue
        if number is None or not math.isfinite(number):
            raise _no_number(table, i, index, number)
        if unit is not None:
            units.setdefault(unit, i)
        values[i] = number
    if len(units) > 1:
        one, other = list(units)[:2]
        raise UnitError(
            f"Row {table.lines[units[other]]} of {table.file} is in {quoted(other)} and row {table.lines[units[one]]} "
            f"in {quoted(one)}; give one unit in all rows."
        )
    return Numbers(values, missing, next(iter(units), None))


def _number(cell: str, decimal: str) -> tuple[float | None, str | None]:
    """Return the number of a cell, None if it holds none, and a unit beside it."""
    cell = plain(cell)
    if _PLAIN[decimal].fullmatch(cell):
        return float(cell.replace(",", ".")), None
    if _GROUPED[decimal].fullmatch(cell):
        return float(cell.replace("," if decimal == "." else ".", "").replace(",", ".")), None
    if (match := _WITH_UNIT.fullmatch(cell)) and (unit := known_unit(match[3])) is not None:
        return _number(match[1] + match[2], decimal)[0], unit
    return None, None


def _no_number(table: Table, i: int, index: int, number: float | None) -> RecordingError:
    cell, name = table.rows[i][index], table.columns[index].name
    where = f"Row {table.lines[i]} of {table.file} has {quoted(cell)} in the column {quoted(name)}"
    if number is not None:
        return RecordingError(f"{where}; give a finite number.")
    if _SPACED.fullmatch(cell):
        return RecordingError(f"{where}; write numbers without marks between thousands.")
    return RecordingError(
        f"{where}; give numbers, and leave the cell empty where a reading is missing, or name its code with --missing."
    )
