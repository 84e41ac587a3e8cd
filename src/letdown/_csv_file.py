"""Tables as pandas, R and spreadsheets read them without being told how.

Names in the first line and nothing above them, commas, line feeds, a point in numbers, UTF-8. An empty cell is a
missing value; a truth value is 1 or 0, because R takes the words that Python writes for texts.
"""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from letdown._atomic_file import atomic_file

__all__ = ["write_numbers", "write_table"]

Cell = str | float | None


def write_table(path: Path, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a table, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written there.
    """
    with atomic_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            writer.writerow([_text(cell) for cell in row])


def write_numbers(path: Path, names: Sequence[str], table: NDArray[np.float64]) -> None:
    """Write a table of numbers, (rows, columns), as `write_table` does but a row at a time.

    Raises
    ------
    OutputError
        If the file cannot be written there.
    """
    whole_row = ",".join(["%.7g"] * len(names)) + "\n"
    with atomic_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerow(names)
        finite: NDArray[np.bool_] = np.isfinite(table)
        for row, known in zip((table + 0.0).tolist(), finite, strict=True):  # a zero has no sign in a table
            file.write(whole_row % tuple(row) if known.all() else ",".join(map(_text, row)) + "\n")


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool | np.bool_):
        return "1" if cell else "0"
    if isinstance(cell, float | np.floating):
        return f"{cell:z.7g}" if math.isfinite(cell) else ""
    return str(cell)
