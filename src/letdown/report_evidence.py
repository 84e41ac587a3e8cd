"""How the terminal shows published figures beside the model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from letdown.evidence.groups import grouped
from letdown.evidence.validate import Score, agreement

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["validation_report"]


def validation_report(scores: Sequence[Score]) -> "RenderableType":
    """Return the matrix, group by group, and how many rows agree."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = []
    for group in grouped(scores):
        if not group.scores:
            continue
        table = Table(title=f"{group.title}: {group.found()}", title_justify="left", box=None, pad_edge=False)
        for name in ("Study", "Target", "Published", "Model", "SE", "Verdict"):
            table.add_column(
                name, justify="right" if name == "SE" else "left", no_wrap=name in ("Target", "SE"), overflow="fold"
            )
        for score in group.scores:
            deviation = "" if score.deviation is None else f"{score.deviation:+.1f}"
            style = "" if score.agrees else "bold"
            row = (score.study, score.target.key, score.target.published(), score.model(), deviation, score.verdict)
            table.add_row(*(Text(cell, style) for cell in row))
        parts += [table, Text("")]
    agree, given = agreement(score for score in scores if score.target.role != "direction")
    if given:
        parts.append(
            Text(f"{agree} of {given} figures, {100.0 * agree / given:.0f} %, within 2 combined standard errors.")
        )
    return Group(*parts)
