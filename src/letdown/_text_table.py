"""Tables for a terminal of any width: words fold, columns are left out and named, a number is never cut.

    TextTable([Column("parameter"), Column("value", number=True), Column("source", spare=1)], rows)

How a table looks is decided when it is printed, by the width there. Where it does not fit, words fold at spaces, then
inside; then the columns that are `spare` are left out, those of the highest number first, and a line below says which.
To a pipe or a file there is no width, and everything stands in one line a row.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, final

from letdown._printable import printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

__all__ = ["Column", "TextTable"]

GAP = 2
"""Spaces between columns."""

_SOFT = re.compile(r".+?(?:(?<=[^\W\d_])[_/;.-]+|$)", re.S)
"""Where a word is folded first: behind the joints of a name."""

_HARD = re.compile(r"[\d.,+−-]*\d[\d.,]*(?:e[+-]?\d+)?|.", re.S)
"""Where it is folded last: anywhere but in a number."""


_MINUS_ZERO = re.compile(r"^(\s*)[-−](?=0(?:\.0*)?(?:\s.*|%)?$)")


@final
@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `number` aligns it to the right, and no cell of it is folded but at a space. `spare` says how soon it is left out:
    0 never, 1 last. A title may be of several lines; `name` is what the line below the table calls the column.
    """

    title: str
    number: bool = False
    spare: int = 0
    style: str = ""
    name: str = ""


class _Size(NamedTuple):
    """Widths of a column: all folded, words folded alone, nothing folded."""

    tight: int
    least: int
    whole: int


@final
class TextTable:
    """A table that `rich` prints; rows are texts, or rich texts for their style."""

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence["str | Text"]],
        *,
        heads: bool = True,
        more: str = "A wider screen shows also",
    ) -> None:
        self.columns = tuple(columns)
        self.rows = [[_cell(cell) for cell in map(_unsigned_zero, row)] for row in rows]
        self.heads, self.more = heads, more

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Yield the lines of the table for the width of the console."""
        from rich.text import Text

        widths = self._widths(options.max_width)
        kept = [i for i, width in enumerate(widths) if width is not None]
        if self.heads:
            titles = [_cell(column.title, "dim") for column in self.columns]
            yield from self._lines(titles, widths, kept)
        for row in self.rows:
            yield from self._lines(row, widths, kept)
        left_out = [
            " ".join((c.name or c.title).split())
            for c, width in zip(self.columns, widths, strict=True)
            if width is None
        ]
        if left_out:
            yield Text(f"{self.more}: {', '.join(left_out)}.", style="dim")

    def _widths(self, most: int) -> list[int | None]:
        """Return the width of each column, None where it is left out."""
        every = range(len(self.columns))
        sizes = [self._size(i) for i in every]
        for least in ([size.least for size in sizes], [size.tight for size in sizes]):
            kept = list(every)
            for i in sorted(every, key=lambda i: (-self.columns[i].spare, -i)):
                if _sum(least[j] for j in kept) <= most:
                    break
                if self.columns[i].spare and len(kept) > 1:
                    kept.remove(i)
            if _sum(least[j] for j in kept) <= most:
                break
        widths: list[int | None] = [least[i] if i in kept else None for i in every]
        room = most - _sum(least[j] for j in kept)
        for i in sorted(kept, key=lambda i: not self.columns[i].number):  # numbers stand in one line before words do
            extra = max(min(room, sizes[i].whole - least[i]), 0)
            widths[i], room = least[i] + extra, room - extra
        return widths

    def _size(self, i: int) -> "_Size":
        """Return what room a column needs."""
        title = self.columns[i].title if self.heads else ""
        cells = [row[i].plain for row in self.rows if i < len(row)]
        lines = [line for cell in cells for line in cell.split("\n")]
        whole = _longest(lines)
        words = [word for text in (*cells, title) for word in text.split()]
        if self.columns[i].number:
            return _Size(
                max(_longest(words), 1), max(whole, _longest(title.split())), max(whole, _longest(title.split("\n")))
            )
        indent = _longest(line[: len(line) - len(line.lstrip())] for line in lines)
        pieces = indent + _longest(piece for word in words for piece in _SOFT.findall(word))
        longest = max(indent + _longest(words), 1)
        return _Size(min(longest, 8), min(longest, max(12, min(pieces, 20))), max(whole, _longest(title.split("\n"))))

    def _lines(self, row: Sequence["Text"], widths: Sequence[int | None], kept: Sequence[int]) -> "Iterable[Text]":
        """Yield the lines of one row, each cell folded to the width of its column."""
        from rich.cells import cell_len
        from rich.text import Text

        folded = {i: _folded(row[i].plain, widths[i] or 0) for i in kept if i < len(row)}
        for n in range(max((len(lines) for lines in folded.values()), default=0)):
            line = Text(no_wrap=True, overflow="ignore")
            pad = 0
            for i in kept:
                text = folded[i][n] if i in folded and n < len(folded[i]) else ""
                space, column = (widths[i] or 0) - cell_len(text), self.columns[i]
                before, after = (space, 0) if column.number else (0, space)
                if text:
                    line.append(" " * (pad + before))
                    whole = len(folded[i]) == 1  # such a cell may be of several styles
                    line.append_text(row[i] if whole else Text(text, row[i].style))
                    if column.style:
                        line.stylize(column.style, len(line) - len(text))
                    pad = after + GAP
                else:
                    pad += before + after + GAP
            yield line


def _cell(cell: "str | Text", style: str = "") -> "Text":
    from rich.text import Text

    if isinstance(cell, str):
        return Text("\n".join(printable(line) for line in cell.split("\n")), style)
    plain = printable(cell.plain)
    return cell if plain == cell.plain else Text(plain, cell.style)


def _unsigned_zero(cell: "str | Text") -> "str | Text":
    """Return a number that was rounded to -0 without its sign."""
    return _MINUS_ZERO.sub(r"\1", cell) if isinstance(cell, str) else cell


def _sum(widths: Iterable[int]) -> int:
    found = list(widths)
    return sum(found) + GAP * (len(found) - 1)


def _longest(texts: Iterable[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, texts), default=0)


def _folded(text: str, width: int) -> list[str]:
    """Return a cell as lines of at most `width`; a number longer than that stays whole."""
    from rich.cells import cell_len

    lines = []
    for paragraph in text.split("\n"):
        if cell_len(paragraph) <= width:
            lines.append(paragraph)
            continue
        indent = paragraph[: len(paragraph) - len(paragraph.lstrip())]
        line = ""
        for word in paragraph.split():
            joined = f"{line} {word}" if line else word
            if cell_len(indent + joined) <= width:
                line = joined
                continue
            if line:
                lines.append(indent + line)
            *full, line = _pieces(word, width - len(indent))
            lines += [indent + piece for piece in full]
        lines.append(indent + line)
    return lines


def _pieces(word: str, width: int) -> list[str]:
    """Return a word as pieces of at most `width`, parted where names are joined, never within a number."""
    from rich.cells import cell_len

    pieces = [""]
    for soft in _SOFT.findall(word):
        for found in [soft] if cell_len(soft) <= width else _HARD.findall(soft):
            if pieces[-1] and cell_len(pieces[-1] + found) > width:
                pieces.append("")
            pieces[-1] += found
    return pieces
