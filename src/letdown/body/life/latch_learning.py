"""Latch skill: the infant and its mother get better at it, feed by feed.

    q <- q + eta (q_max - q) fed                  fed: share of the appetite that was taken, 0-1

Not modelled: ankyloglossia, bottle preference, a change of hands.

Context of use: first feeds that may fail, later ones that do not. The rate is an assumption: practised within
about two weeks of demand feeding.
"""

from typing import Annotated

from letdown._parameter import Parameters, par
from letdown.kernel.equation import equation

__all__ = ["LatchLearningParameters", "skilled"]


class LatchLearningParameters(Parameters):
    """Constants of latch skill."""

    first_skill: float = par(0.65, "1", low=0.2, high=1.0, note="at birth; a trait")
    best_skill: float = par(0.97, "1", low=0.5, high=1.0)
    rate: float = par(0.025, "1", low=0.002, high=0.3, note="of a feed that satisfies; half in 28 feeds")


@equation
def skilled(skill: Annotated[float, "1"], p: LatchLearningParameters, fed: Annotated[float, "1"]) -> float:
    """Return the latch skill after a feed (event), 0-1."""
    return skill + p.rate * fed * (p.best_skill - skill)
