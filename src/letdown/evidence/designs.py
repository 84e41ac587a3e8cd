"""Who is in which arm, and how the sessions of one woman become her values.

A design draws the women of one study from the pool; a joining turns (women, sessions, ...) into (values, ...).
"""

from abc import abstractmethod
from collections.abc import Sequence
from functools import reduce
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from letdown._table import Table
from letdown.evidence.quantity import Array

__all__ = ["DESIGNS", "JOININGS", "AbstractDesign", "AbstractJoining", "Crossover", "EachSession", "Numbers"]

Numbers = NDArray[np.intp]
"""Numbers of women within a pool."""


class AbstractDesign(Table):
    """Abstract base of designs."""

    @abstractmethod
    def eligible(self, arms: Sequence[Numbers]) -> list[Numbers]:
        """Return the women who can be drawn for each arm, from those whom each arm would take."""

    @abstractmethod
    def draw(self, sizes: Sequence[int], women: Sequence[int], rng: np.random.Generator) -> list[Numbers]:
        """Return the women of each arm of one study: `women` of the `sizes` who can be drawn, with replacement."""


@final
class Crossover(AbstractDesign):
    """Every woman is in every arm."""

    name: Literal["crossover"] = Field("crossover", description="this design")

    def eligible(self, arms: Sequence[Numbers]) -> list[Numbers]:
        """Return the women whom all arms take."""
        return [reduce(np.intersect1d, arms)] * len(arms)

    def draw(self, sizes: Sequence[int], women: Sequence[int], rng: np.random.Generator) -> list[Numbers]:
        """Return the same women for all arms."""
        return [rng.integers(0, min(sizes), min(women))] * len(sizes)


@final
class Parallel(AbstractDesign):
    """Each arm has women of its own."""

    name: Literal["parallel"] = Field("parallel", description="this design")

    def eligible(self, arms: Sequence[Numbers]) -> list[Numbers]:
        """Return the women of each arm."""
        return list(arms)

    def draw(self, sizes: Sequence[int], women: Sequence[int], rng: np.random.Generator) -> list[Numbers]:
        """Return other women for each arm."""
        return [rng.integers(0, size, n) for size, n in zip(sizes, women, strict=True)]


class AbstractJoining(Table):
    """Abstract base of how the sessions of one woman become her values."""

    def values_of(self, sessions: int) -> int:
        """Return how many values a woman with so many sessions gives."""
        return 1

    @abstractmethod
    def join(self, values: Array) -> Array:
        """Return (women, sessions, ...) with the sessions joined, (women, 1, ...), or as they are."""


@final
class EachSession(AbstractJoining):
    """Each session is a value of its own."""

    name: Literal["each"] = Field("each", description="this joining")

    def values_of(self, sessions: int) -> int:
        """Return all of them."""
        return sessions

    def join(self, values: Array) -> Array:
        """Return them as they are."""
        return values


@final
class MeanOfSessions(AbstractJoining):
    """The mean of a woman's sessions."""

    name: Literal["mean"] = Field("mean", description="this joining")

    def join(self, values: Array) -> Array:
        """Return the means."""
        mean: Array = values.mean(axis=1, keepdims=True)
        return mean


@final
class AnySession(AbstractJoining):
    """1 if any of a woman's sessions gave 1."""

    name: Literal["any"] = Field("any", description="this joining")

    def join(self, values: Array) -> Array:
        """Return the largest."""
        largest: Array = values.max(axis=1, keepdims=True)
        return largest


DESIGNS: dict[str, type[AbstractDesign]] = {
    str(kind.model_fields["name"].default): kind for kind in (Crossover, Parallel)
}
"""Designs by the name that a study file writes."""

JOININGS: dict[str, type[AbstractJoining]] = {
    str(kind.model_fields["name"].default): kind for kind in (EachSession, MeanOfSessions, AnySession)
}
"""Joinings by the name that a study file writes."""
