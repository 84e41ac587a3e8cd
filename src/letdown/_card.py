"""How a result shows itself at the prompt and in a notebook: one line, or a small table."""

from collections.abc import Mapping
from html import escape

__all__ = ["card_line", "card_table", "counted"]

LONGEST = 60
"""Letters of a value; what a file calls a scenario may be longer."""


def counted(number: int, noun: str) -> str:
    """Return a number and its noun, which takes an s unless there is one of it."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def card_line(kind: str, what: str, came: str) -> str:
    """Return one line for the prompt: the class, what was simulated, what came of it."""
    return f"<letdown.{kind} {_cut(what)}: {came}>"


def card_table(title: str, rows: Mapping[str, object]) -> str:
    """Return a table as HTML for a notebook; what is None is left out."""
    cells = "".join(
        f'<tr><th style="text-align:left">{escape(_cut(name))}</th>'
        f'<td style="text-align:left">{escape(_cut(str(value)))}</td></tr>'
        for name, value in rows.items()
        if value is not None
    )
    return f"<table><caption>{escape(_cut(title))}</caption>{cells}</table>"


def _cut(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    flat = " ".join(printable.split())
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"
