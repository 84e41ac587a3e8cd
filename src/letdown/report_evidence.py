"""How the terminal shows published figures beside the model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from letdown._text_table import Column, TextTable
from letdown.evidence.groups import grouped
from letdown.evidence.validate import Score, agreement

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["validation_report"]

COLUMNS = (
    Column("Study", spare=2), Column("Target"), Column("Published"), Column("Model"), Column("SE", number=True),
    Column("Verdict", spare=1),
)  # fmt: skip


def validation_report(scores: Sequence[Score]) -> "RenderableType":
    """Return the matrix, group by group, and how many rows agree."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = []
    for group in grouped(scores):
        if not group.scores:
            continue
        rows = []
        for score in group.scores:
            deviation = "" if score.deviation is None else f"{score.deviation:+.1f}"
            row = (score.study, score.target.key, score.target.published(), score.model(), deviation, score.verdict)
            rows.append([Text(cell, "" if score.agrees else "bold") for cell in row])
        title = Text(f"{group.title}: {group.found()}", style="italic")
        parts += [title, TextTable(COLUMNS, rows), Text("")]
    agree, given = agreement(score for score in scores if score.target.role != "direction")
    if given:
        parts.append(
            Text(f"{agree} of {given} figures, {100.0 * agree / given:.0f} %, within 2 combined standard errors.")
        )
    return Group(*parts)
