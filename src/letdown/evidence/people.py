"""Who takes part: virtual women with personal traits, or the reference mother again and again.

Traits are fixed for a woman; between two sessions of one woman only her random events differ. Where the spreads come
from stands with each trait (`letdown.body.traits`, `letdown.body.life.traits`).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

from letdown.body.population import shipped_population
from letdown.engine.cohort_run import DyadStart
from letdown.engine.life.run import LifeStart
from letdown.protocol.build import reference_start, trait_starts
from letdown.protocol.lactation import LactationScenario
from letdown.protocol.lactation_build import life_start, life_starts
from letdown.protocol.scenario import Scenario

__all__ = ["AbstractPopulation", "ReferenceMother", "VirtualWomen"]


class AbstractPopulation(ABC):
    """Women by number; woman k is the same in every protocol and in a pool of any size."""

    @abstractmethod
    def feed_starts(self, scenario: Scenario, women: Sequence[int], seed: int, feed: int) -> list[DyadStart]:
        """Return women at the start of a session; `feed` says which of theirs: the same traits on another day."""

    @abstractmethod
    def life_starts(self, scenario: LactationScenario, women: Sequence[int], seed: int) -> list[LifeStart]:
        """Return women at birth."""

    @abstractmethod
    def key(self) -> str:
        """Return a text that differs between populations that differ, for the cache."""


@final
@dataclass(frozen=True, slots=True)
class VirtualWomen(AbstractPopulation):
    """Women with the traits of the model."""

    def feed_starts(self, scenario: Scenario, women: Sequence[int], seed: int, feed: int) -> list[DyadStart]:
        """Return women at the start of a session; `feed` says which of theirs: the same traits on another day."""
        return trait_starts(scenario, women, seed, feed=feed)[0]

    def life_starts(self, scenario: LactationScenario, women: Sequence[int], seed: int) -> list[LifeStart]:
        """Return women at birth."""
        return life_starts(scenario, women, seed)

    def key(self) -> str:
        """Return every number of the shipped population, which is no source that the cache hashes."""
        return f"virtual women {shipped_population()!r}"


@final
@dataclass(frozen=True, slots=True)
class ReferenceMother(AbstractPopulation):
    """The reference mother with other random events each time."""

    def feed_starts(self, scenario: Scenario, women: Sequence[int], seed: int, feed: int) -> list[DyadStart]:
        """Return her at the start of a session, once for each number."""
        return [replace(reference_start(scenario), dyad=woman, feed=feed) for woman in women]

    def life_starts(self, scenario: LactationScenario, women: Sequence[int], seed: int) -> list[LifeStart]:
        """Return her at birth, once for each number."""
        return [replace(life_start(scenario, None, seed), dyad=woman) for woman in women]

    def key(self) -> str:
        """Return its name."""
        return "reference mother"
