"""A table of cells under names, each row with its line in the file, and what was understood of how it is written.

Rows have the width of the line of names. A row that is wider or narrower is refused by its line in the file: a decimal
comma in a table split by commas is the usual cause, and reading on would shift every cell after it. A separator at the
end of every row is harmless.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, final

from letdown._errors import RecordingError
from letdown.tables.column_names import ColumnName, column_name
from letdown.tables.dialect import SEPARATORS, find_dialect, is_remark, split
from letdown.tables.quoting import bare, file_name, listed, quoted
from letdown.tables.text import read_lines

__all__ = ["MOST_CELLS", "MOST_COLUMNS", "MOST_ROWS", "Dialect", "Table", "read_table"]

MOST_ROWS = 1_000_000
MOST_COLUMNS = 2_000
MOST_CELLS = 30_000_000
_ANNOUNCED = re.compile(
    r"(?:missing|no[\s_-]?data|fill|na)[\s_-]*(?:values?|codes?|strings?)?\s*(?:is|are|as|[:=])\s*[\"']?(-?\d+(?:\.\d+)?)",
    re.I | re.A,
)


class Dialect(NamedTuple):
    """What a user says of how a table is written; None where the file is to show it.

    `missing` are codes of missing values: where it is given, no others are taken for one but the empty cell.
    """

    separator: str | None = None
    decimal: str | None = None
    missing: tuple[str, ...] | None = None


@final
@dataclass(frozen=True, eq=False)
class Table:
    """Names, rows of stripped cells, the line of each row in the file, and how the file is written."""

    file: str
    columns: tuple[ColumnName, ...]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    separator: str
    skipped: int
    announced: tuple[str, ...]
    encoding: str
    certain: bool

    @property
    def names(self) -> list[str]:
        """The names of the columns as the file has them."""
        return [column.name for column in self.columns]

    def cells(self, index: int) -> list[str]:
        """Return the cells of a column."""
        return [row[index] for row in self.rows]

    def named(self, name: str, option: str) -> int:
        """Return the number of the column that a user names, by its name, its stem or its number from 1."""
        if (index := self.find(name)) is None:
            raise RecordingError(
                f"{self.file} has no column {quoted(name)}; give {option} one of {listed(self.names)}."
            )
        return index

    def find(self, name: str) -> int | None:
        """Return the number of the column that a user names; None if there is none or more than one."""
        wanted = name.strip()
        same = [i for i, name in enumerate(self.names) if name == wanted]
        alike = [i for i, name in enumerate(self.names) if name.lower() == wanted.lower()]
        by_stem = [i for i, column in enumerate(self.columns) if column.stem == wanted.lower()]
        for found in (same, alike, by_stem):
            if len(found) == 1:
                return found[0]
        return (
            int(wanted) - 1
            if re.fullmatch(r"\d{1,4}", wanted, re.A) and 1 <= int(wanted) <= len(self.columns)
            else None
        )

    def understood(self) -> list[str]:
        """Return how the file is written, in words: its separator, its encoding, the lines above the names."""
        words = [SEPARATORS[self.separator]]
        if self.encoding != "UTF-8":
            words.append(self.encoding)
        if self.skipped:
            words.append(f"{self.skipped} {'line' if self.skipped == 1 else 'lines'} above the names passed over")
        return words


def read_table(path: Path, dialect: Dialect = Dialect(), *, known: Iterable[str] = ()) -> Table:  # noqa: B008 frozen
    """Read a table.

    Parameters
    ----------
    path : Path
        The file.
    dialect : Dialect
        What the user says of it.
    known : iterable of str
        Names of columns that the user gave: a line that holds one is the line of names.

    Raises
    ------
    RecordingError
        If the file cannot be read as text or as a table, or has a row that is not as wide as its line of names.
    """
    name, text = file_name(path), read_lines(path)
    lines = [(number, line) for number, line in enumerate(text.lines, start=1) if line.strip()]
    if len(lines) > MOST_ROWS + 100:
        raise RecordingError(
            f"{name} has {len(lines)} rows, more than {MOST_ROWS}; thin it to a few readings a second."
        )
    remarks = [line for _, line in lines if is_remark(line)]
    found = find_dialect(name, lines, dialect.separator, dialect.decimal, tuple(known))
    numbers, rows, cells = [], [], 0
    for number, row in split(name, found.rows_text, found.separator):
        cells += len(row)
        if cells > MOST_CELLS or len(row) > MOST_COLUMNS:
            raise RecordingError(
                f"{name} has too many cells ({len(row)} in row {number}); give a CSV file with the columns of time and "
                "of the signal."
            )
        if any(row):
            numbers.append(number)
            rows.append(row)
    columns, rows = _even(name, found.names, rows, numbers, found.separator)
    _not_repeated(name, columns, rows, numbers)
    if len(rows) > MOST_ROWS:
        raise RecordingError(f"{name} has {len(rows)} rows, more than {MOST_ROWS}; thin it to a few readings a second.")
    return Table(
        name, tuple(map(column_name, columns)), rows, numbers, found.separator, found.skipped,
        _codes(remarks, found.above), text.encoding, text.certain,
    )  # fmt: skip


def _codes(*texts: Sequence[str]) -> tuple[str, ...]:
    """Return codes of missing values that the remarks of a file announce."""
    return tuple(match[1] for lines in texts for line in lines for match in _ANNOUNCED.finditer(line))


def _even(
    file: str, names: list[str], rows: list[list[str]], lines: Sequence[int], separator: str
) -> tuple[list[str], list[list[str]]]:
    """Return names and rows of one width; refuse a row that is wider or narrower than the names."""
    if len(names) > MOST_COLUMNS:
        raise RecordingError(f"{file} has {len(names)} columns, more than {MOST_COLUMNS}; leave out those not needed.")
    named = len(names)
    while named > 1 and not names[named - 1]:
        named -= 1
    widths = {len(row) for row in rows}
    if widths <= {len(names)}:
        blank = all(not cell for row in rows for cell in row[named:])
        return (names[:named], [row[:named] for row in rows]) if blank and named < len(names) else (names, rows)
    if len(widths) == 1 and all(not cell for row in rows for cell in row[named:]) and min(widths) >= named:
        # A separator ends every row and not the names, or the other way round.
        return names[:named], [row[:named] for row in rows]
    k = next(i for i, row in enumerate(rows) if len(row) != len(names))
    width = len(rows[k])
    cells = f"{width} {'cell' if width == 1 else 'cells'} under {named} {'name' if named == 1 else 'names'}"
    points = any(re.fullmatch(r"[+-]?\d*\.\d+", cell, re.A) for row in rows for cell in row)
    whole = any(re.fullmatch(r"\d+", cell, re.A) for cell in rows[k][1:])
    if separator == "," and width > named and whole and not points:
        remedy = "decimal commas are suspected, so write decimal points, or split the cells by semicolons" + (
            " or give --decimal ," if named == 1 else ""
        )
    elif width > named:
        remedy = "give each column a name, or take the further cells out"
    else:
        remedy = "complete the row or take it out"
    raise RecordingError(f"Row {lines[k]} of {file} has {cells}; {remedy}.")


def _not_repeated(file: str, names: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[int]) -> None:
    for row, line in zip(rows, lines, strict=True):
        if row[0] == names[0] and list(row) == list(names):
            raise RecordingError(
                f"Row {line} of {file} repeats the names of the columns ({bare(', '.join(names))}), so that a second "
                "record begins there; split the file there."
            )
