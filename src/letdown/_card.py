"""How a result shows itself at the prompt and in a notebook: one line, or a small table."""

from collections.abc import Mapping
from html import escape

from letdown._printable import printable

__all__ = ["card_line", "card_table"]

LONGEST = 60
"""Letters of a value; what a file calls a scenario may be longer."""


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
    flat = printable(" ".join(text.split()))
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"
