"""Scores in the groups in which they are reported: fitted and not, published error measured or assumed, directions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from letdown.evidence.validate import Score, agreement

__all__ = ["Group", "grouped", "missing_words"]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows reported together."""

    title: str
    scores: tuple[Score, ...]

    def found(self) -> str:
        """Return how many agree, of how many, and the percentage; a dash where there is none."""
        agree, given = agreement(self.scores)
        return f"{agree} of {given} ({100.0 * agree / given:.0f} %)" if given else "–"


def grouped(scores: Iterable[Score]) -> list[Group]:
    """Return all groups, empty ones included; every score is in exactly one."""
    rows = list(scores)
    numbers = [score for score in rows if score.target.role != "direction"]
    groups = []
    for fitted, word in ((True, "fitted"), (False, "not fitted")):
        for assumed, error in ((False, "measured standard error"), (True, "assumed standard error")):
            chosen = tuple(s for s in numbers if s.fitted is fitted and s.target.assumed is assumed)
            groups.append(Group(f"Figures {word}, {error}", chosen))
    for fitted, word in ((True, "fitted"), (False, "not fitted")):
        chosen = tuple(s for s in rows if s.target.role == "direction" and s.fitted is fitted)
        groups.append(Group(f"Directions {word}", chosen))
    return groups


def missing_words(scores: Sequence[Score]) -> list[Score]:
    """Return the rows that do not agree and of which nothing is said."""
    return [score for score in scores if not score.agrees and not score.discussion.strip()]
