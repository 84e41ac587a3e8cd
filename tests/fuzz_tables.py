"""Tables changed at random: harmlessly, so that the same readings come out, or not, so that our own error does.

    mutants("milk", 500, seed=14)      (name of the change, bytes, whether it is harmless)

`milk` is a balance's log, `spikes` a recording of five cells. Changes are made to the rows (`_rows_changed`), to the
line of names, or to the bytes; harmless ones keep what the table says and change how it says it.
"""

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

__all__ = ["HARMLESS", "Mutant", "good_table", "mutants"]


class Mutant(NamedTuple):
    """A changed table: what was done to it, its bytes, and whether the readings must stay the same."""

    change: str
    raw: bytes
    harmless: bool


Rows = list[list[str]]

NAMES = {"milk": ["t_s", "mass_g"], "spikes": ["time_s", "cell"]}
CELLS = (
    "", "nan", "NaN", "inf", "-inf", "1e400", "1,5", "abc", "-5", "1e308", "-1e308", "0x10", "1_0", "\u0661", '"1',
    "1;2", "=1+1", "\x1b[2J", "1e-320", " ", "9" * 5000, "None", "1\r2", "\u2028", "1e7", "99999999", "-999",
    "12:00:00", "--", "1 g", "1 kg", "1.234,5", "1,234", "\u202e1", "28.03.2026", "#N/A",
)  # fmt: skip
HEADERS = (
    "", "a,b\n", "t_s,mass_g,flow_ml_s\n", "t,mass\n", "time_s\n", "\n\n", "t_s,t_s\n", "mass_g,t_s\n", "t_s;mass_g\n",
    "t_furlong,mass_g\n", "t [s],m [foo]\n", "t (s**9),mass (g)\n", "time_s,cell,cell\n", "#x\n", "t_s,mass_g\n" * 2,
    '"t_s\n",mass_g\n', "t_s,diameter_mm\n", "t_h,flow_ml_s\n", "," * 5000 + "\n", "t_s," + "x" * 90_000 + "\n",
    "t_s,mass (((((((((((((((((((g\n", "sep=;\n", "date,time,mass_g\n", "t_s,milk_oz\n", "\x1b]0;owned\x07,b\n",
)  # fmt: skip
BITS = (
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'"',
    b";",
    b",",
    b"\r",
    b"\x1b[2J",
    b"\t",
    b"\xe2\x80\xa8",
    b"\xb5",
    b"#",
    b":",
)


def good_table(kind: str) -> Rows:
    """Return the rows of a table in good order, without its names."""
    if kind == "milk":
        return [
            [repr(5.0 * i), repr(round(max(0, i - 20) ** 0.9 * (1.5 if i % 40 > 20 else 1.0), 1))] for i in range(120)
        ]
    spikes = sorted((round(0.5 + i * 0.31 + 0.01 * (i % 7), 4), i % 5) for i in range(300))
    return [[repr(time), str(cell)] for time, cell in spikes]


def _text(names: list[str], rows: Rows, separator: str = ",", end: str = "\n") -> str:
    return end.join(separator.join(row) for row in [names, *rows]) + end


def _quoted(names: list[str], rows: Rows) -> str:
    return _text([f'"{name}"' for name in names], [[f'"{cell}"' for cell in row] for row in rows])


def _remarked(names: list[str], rows: Rows) -> str:
    lines = _text(names, rows).split("\n")
    return "\n".join(["# a remark", *lines[:9], "  # another, with a comma", *lines[9:]])


def _comma(names: list[str], rows: Rows) -> str:
    return _text(names, [[cell.replace(".", ",") for cell in row] for row in rows], ";")


HARMLESS: dict[str, Callable[[list[str], Rows], str | bytes]] = {
    "as it is": _text,
    "mark of UTF-8": lambda names, rows: b"\xef\xbb\xbf" + _text(names, rows).encode(),
    "UTF-16": lambda names, rows: _text(names, rows).encode("utf-16"),
    "CRLF": lambda names, rows: _text(names, rows, end="\r\n"),
    "CR": lambda names, rows: _text(names, rows, end="\r"),
    "line ends after it": lambda names, rows: _text(names, rows) + "\n\n\n",
    "no line end": lambda names, rows: _text(names, rows).rstrip("\n"),
    "spaces": lambda names, rows: _text(names, rows, " ,  "),
    "quotes": _quoted,
    "tabs": lambda names, rows: _text(names, rows, "\t"),
    "semicolons": lambda names, rows: _text(names, rows, ";"),
    "decimal commas": _comma,
    "capitals": lambda names, rows: _text([name.upper() for name in names], rows),
    "remarks": _remarked,
    "titles": lambda names, rows: "A title\nDevice,12\n\n" + _text(names, rows),
    "separators at the end": lambda names, rows: _text([*names, ""], [[*row, ""] for row in rows]),
    "empty rows": lambda names, rows: _text(names, [*rows[:50], ["", ""], *rows[50:], ["", ""]]),
}
"""Ways to write one table; each must give the same readings."""


def mutants(kind: str, count: int, seed: int) -> Iterator[Mutant]:
    """Yield changed tables of a kind, "milk" or "spikes"; the same for the same seed."""
    rng = random.Random(seed)
    for number in range(count):
        if number % 8 == 0:
            name = list(HARMLESS)[number // 8 % len(HARMLESS)]
            made = HARMLESS[name](NAMES[kind], good_table(kind))
            yield Mutant(name, made.encode() if isinstance(made, str) else made, True)
        else:
            yield _harmed(kind, rng)


def _harmed(kind: str, rng: random.Random) -> Mutant:
    rows, names = good_table(kind), NAMES[kind]
    change = rng.choice(("cells", "cells", "cells", "header", "rows", "scale", "widths", "bytes", "bytes", "mixed"))
    head = ",".join(names) + "\n"
    if change == "header":
        head = rng.choice(HEADERS)
    elif change != "bytes":
        rows = _rows_changed(change, rows, rng)
    separator = rng.choice((",", ";", "\t", " ", "|")) if change == "mixed" else ","
    raw = (head + "\n".join(separator.join(row) for row in rows)).encode("utf-8", "surrogatepass")
    return Mutant(change, _bytes_changed(raw, rng) if change == "bytes" else raw, False)


def _rows_changed(change: str, rows: Rows, rng: random.Random) -> Rows:
    if change in ("cells", "mixed"):
        for _ in range(rng.choice((1, 1, 3, 50))):
            rng.choice(rows)[rng.randrange(2)] = rng.choice(CELLS)
    elif change == "rows":
        which = rng.randrange(6)
        if which == 0:
            rng.shuffle(rows)
        rows = (rows, rows[: rng.choice((0, 1, 2, 3))], rows + rows, rows[::-1], [["5", b] for _, b in rows],
                rows[60:] + rows[:60])[which]  # fmt: skip
    elif change == "scale":
        factor, column = rng.choice((1e-300, 1e-9, 1e3, 1e6, 1e300, -1.0, 0.0)), rng.randrange(2)
        for row in rows:
            row[column] = repr(float(row[column]) * factor)
    elif change == "widths":
        rows = [
            row + ["x"] * rng.choice((1, 50)) if rng.random() < 0.3 else row[: rng.choice((0, 1, 2))] for row in rows
        ]
    return rows


def _bytes_changed(raw: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 8))):
        at, which = rng.randrange(max(1, len(raw))), rng.randrange(5)
        if which == 0:
            raw = raw[:at]
        elif which == 1:
            raw = raw[:at] + raw[at + rng.choice((1, 3, 40)) :]
        elif which == 2:
            raw = raw[:at] + rng.choice(BITS) + raw[at:]
        elif which == 3:
            lines = raw.split(b"\n")
            lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
            raw = b"\n".join(lines)
        else:
            raw = raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1 :]
    return raw
