"""How a table is split into cells, and which of its lines holds the names.

Each separator is tried on the first lines: it is the one where a line of names is followed by rows of values of the
same width. Two that fit are refused, with the option that decides. The line of names has texts and no values, and rows
of values follow it; whatever stands above it (titles, serial numbers, dates) is passed over, and said.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from letdown._errors import RecordingError
from letdown._units import known_unit
from letdown.tables.cells import is_missing, is_value
from letdown.tables.column_names import column_name, is_date, is_time
from letdown.tables.quoting import bare, quoted

__all__ = ["SEPARATORS", "FoundDialect", "find_dialect", "is_remark", "separator_named", "split"]

Lines = Sequence[tuple[int, str]]

SEPARATORS = {
    "\t": "tabs",
    ";": "semicolons",
    "|": "upright bars",
    ",": "commas",
    " ": "spaces",
    "  ": "columns of spaces",
}
"""In the order in which they are preferred where two fit: a space also stands inside names and dates."""

SAMPLE = 200
"""Lines that are tried: the names stand among them."""

_TIME_LOST = re.compile(
    r"\s*\"?#(?:#+|n/a(?: n/a)?|na|value!|ref!|num!|null!|div/0!|name\?)\"?\s*[,;|\t]\s*\"?[+-]?[.,]?\d.*", re.I | re.A
)
"""A row whose first cell a spreadsheet could not show."""
_SAID = re.compile(r'\s*"?sep=(.)"?\s*[;,\t|]*', re.I)


class FoundDialect(NamedTuple):
    """Separator, names, lines of the rows below them, how many lines stand above, and what they say."""

    separator: str
    names: list[str]
    rows_text: Lines
    skipped: int
    above: list[str]


class _Header(NamedTuple):
    """Where the names stand in a sample, what they are, where the rows begin, and how sure that is: 0 to 3."""

    at: int
    names: list[str]
    rows: int
    sure: int


def is_remark(line: str) -> bool:
    """Whether a line is a remark, and no row that begins with ##### or #N/A."""
    return line.lstrip().startswith("#") and _TIME_LOST.fullmatch(line) is None


def separator_named(text: str) -> str:
    """Return the separator that a user names by itself or by a word.

    Raises
    ------
    RecordingError
        If it is none that is read.
    """
    words = {
        "tab": "\t",
        "\\t": "\t",
        "comma": ",",
        "semicolon": ";",
        "space": " ",
        "spaces": " ",
        "bar": "|",
        "pipe": "|",
    }
    found = words.get(text.strip().lower(), text if text in SEPARATORS else text.strip())
    if found not in SEPARATORS:
        raise RecordingError(f"--separator {quoted(text)} was given; give one of , ; | tab or space.")
    return found


def split(file: str, lines: Lines, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the stripped cells of each row; a quoted cell may hold a separator or the end of a line.

    Raises
    ------
    RecordingError
        If a quotation mark is never closed or stands where it cannot.
    """
    at = 0

    def texts() -> Iterator[str]:
        nonlocal at
        for at, line in lines:  # noqa: B007 the line last taken
            yield line if separator == "\t" else line.strip()

    if separator == "  ":
        for number, line in lines:
            yield number, [cell.strip(' "\t') for cell in re.split(r"\s{2,}|\t", line.strip())]
        return
    rows = csv.reader(texts(), delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            raise RecordingError(
                f"Row {at} of {file} has a quotation mark that is not closed or stands inside a cell; correct it."
            ) from None
        if row is None:
            return
        yield at, [cell.strip("\ufeff \t\xa0") for cell in row]


def find_dialect(
    file: str, lines: Lines, separator: str | None, decimal: str | None, known: tuple[str, ...]
) -> FoundDialect:
    """Return how a table is split and where its names stand.

    Raises
    ------
    RecordingError
        If it is empty, has no line of names, or may be split in two ways.
    """
    said = next((match[1] for _, line in lines[:1] if (match := _SAID.fullmatch(line))), None)
    lines_left = lines[1:] if said else lines
    body = [(number, line) for number, line in lines_left if not is_remark(line)]
    if not body:
        raise RecordingError(f"{file} is empty; give a CSV file with a line of column names and rows of readings.")
    sample = body[:SAMPLE]
    chosen = separator or (said if said in SEPARATORS else None)
    header = _header(_tried(file, sample, chosen), known) if chosen else None
    if chosen is None:
        chosen, header = _best(file, sample, decimal, known)
    if header is None:
        last = [line.lstrip("# \t") for number, line in lines_left if is_remark(line) and number < body[0][0]][-1:]
        return _named_by_remark(file, chosen, last, body, known)
    start = header.rows if header.rows < len(sample) else len(body)
    above = [line for _, line in body[: header.at]]
    return FoundDialect(chosen, header.names, body[start:], len(above), above)


def _tried(file: str, sample: Lines, separator: str) -> list[list[str]]:
    """Return the rows of a sample; a quoted cell that it cuts off is left out."""
    rows = []
    try:
        for _, row in split(file, sample, separator):
            rows.append(row)
    except RecordingError:
        if len(sample) < SAMPLE:
            raise
    return rows


def _best(file: str, sample: Lines, decimal: str | None, known: tuple[str, ...]) -> tuple[str, _Header | None]:
    """Return the separator under which the sample is a table, and where its names stand."""
    fitting: dict[str, _Header] = {}
    loose: dict[str, tuple[int, _Header | None]] = {}
    failure: RecordingError | None = None
    for separator in SEPARATORS:
        try:
            rows = _tried(file, sample, separator)
        except RecordingError as error:
            failure = error if separator == "," else failure  # quotes of cells that another separator splits
            continue
        if not rows:  # a quoted cell that the sample cuts off
            continue
        header = _header(rows, known)
        width = len(header.names) if header else max(map(len, rows))
        if header and width > 1 and _even(header.names, rows[header.rows :]):
            fitting[separator] = header
        loose[separator] = (width, header)
    if decimal == "," and len(fitting) > 1:
        fitting.pop(",", None)
    marks = [separator for separator in fitting if separator.strip()] or list(fitting)[:1]
    surest = [s for s in marks if fitting[s].sure == max(fitting[m].sure for m in marks)]
    if len(surest) > 1:
        raise RecordingError(
            f"{file} may be split by {' or by '.join(SEPARATORS[s] for s in surest)}; give --separator, such as "
            f"--separator '{surest[0]}'."
        )
    if surest:
        return surest[0], fitting[surest[0]]
    if failure is not None:
        named = [(header.sure, s) for s, (width, header) in loose.items() if header and width > 1 and header.sure > 1]
        if not named:
            raise failure
        return max(named)[1], loose[max(named)[1]][1]
    # No separator gives an even table: take the commonest of the names, so that the row that is uneven is told.
    options = [s for s in loose if s.strip() and not (s == "," and decimal == ",")]
    separator = max(options, key=lambda s: (loose[s][0], s == ","), default=",")
    return (separator, loose[separator][1]) if loose[separator][0] > 1 else (",;"[decimal == ","], loose[","][1])


def _even(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    named = len(names)
    while named > 1 and not names[named - 1]:
        named -= 1
    return all(len(row) == len(names) or (not any(row[named:]) and len(row) >= named) for row in rows)


def _header(rows: Sequence[Sequence[str]], known: tuple[str, ...]) -> _Header | None:
    """Return the line of names in a sample; None where every row holds values only."""
    value = [[is_value(cell) for cell in row] for row in rows]
    text = [[bool(cell) and not v and not is_missing(cell) for cell, v in zip(row, vs, strict=True)]
            for row, vs in zip(rows, value, strict=True)]  # fmt: skip
    found: list[_Header] = []
    for i, row in enumerate(rows):
        if any(value[i]) or not any(text[i]):
            continue
        units = i + 1 < len(rows) and _are_units(rows[i + 1])
        start = i + 2 if units else i + 1
        if start < len(rows) and any(value[start]):
            names = _with_units(row, rows[i + 1]) if units else list(row)
            even = all(len(r) == len(row) for r in rows[start : start + 2])
            found.append(_Header(i, names, start, 3 if _recognised(names, known) else 2 if even else 1))
    if found:
        return max(found, key=lambda header: (header.sure, -header.at))
    for i, row in enumerate(rows[:-1]):
        if any(text[i]) and _recognised(row, known) and any(value[i + 1]) and not any(":" in cell for cell in row):
            return _Header(i, list(row), i + 1, 2)
    first = next((i for i, row in enumerate(rows) if any(text[i])), None)
    return None if first is None or any(map(any, value[:first])) else _Header(first, list(rows[first]), first + 1, 0)


def _recognised(names: Sequence[str], known: tuple[str, ...]) -> bool:
    columns = [column_name(name) for name in names if name]
    return any(is_time(c) or is_date(c) or c.says_time or c.name.lower() in known for c in columns)


def _are_units(row: Sequence[str]) -> bool:
    """Whether a row holds units, as some loggers write below the names."""
    inside = [cell.strip("()[]{} ") for cell in row if cell]
    return bool(inside) and all(cell == "-" or known_unit(cell) not in (None, "1") for cell in inside)


def _with_units(names: Sequence[str], units: Sequence[str]) -> list[str]:
    bare_units = [unit.strip("()[]{} ") for unit in units] + [""] * len(names)
    return [f"{name} ({unit})" if unit and unit != "-" else name for name, unit in zip(names, bare_units, strict=False)]


def _named_by_remark(file: str, separator: str, remark: list[str], body: Lines, known: tuple[str, ...]) -> FoundDialect:
    """Return a table whose names stand in the remark above its rows, as NumPy writes it."""
    for _, names in split(file, [(0, line) for line in remark], separator):
        if len(names) == len(next(split(file, body, separator))[1]) and not any(map(is_value, names)):
            return FoundDialect(separator, names, body, 0, [])
    raise RecordingError(
        f"{file} has no line of column names (its first row is {bare(body[0][1])}); write one first, such as "
        "t_s,mass_g."
    )
