"""The free numbers of the calibration, each with its prior.

A free number x is a standard normal z a priori, cut at +-LIMIT: a factor x = centre exp(width z) for medians and
sigmas, x = width z for correlations. Priors say what was believed without the fitted rows: the declared range of
the parameter, or the spread that a source leaves open.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from letdown.body.population import Population

__all__ = [
    "FREE",
    "LIMIT",
    "AbstractFree",
    "Correlation",
    "Median",
    "Possible",
    "Sigma",
    "population_at",
    "possible",
    "values_at",
]

LIMIT = 2.5
"""Standard deviations at which every prior ends; further out the emulator has nothing to learn from."""

LEAST_EIGENVALUE = 0.02
"""Of the correlations of a population; below, they hardly hold together."""

Possible = Callable[[NDArray[np.float64]], NDArray[np.bool_]]
"""Points (points, free) -> whether each is a population."""


@dataclass(frozen=True, slots=True)
class AbstractFree(ABC):
    """One free number: its prior, and how it changes a population."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Name in tables and files."""

    @property
    @abstractmethod
    def why(self) -> str:
        """What the prior says."""

    @property
    @abstractmethod
    def by_hand(self) -> float:
        """The number before any fit, chosen by hand."""

    @abstractmethod
    def value(self, z: float) -> float:
        """Return the number at z prior standard deviations."""

    @abstractmethod
    def put(self, value: float, population: Population) -> Population:
        """Return the population with this number."""


@final
@dataclass(frozen=True, slots=True)
class Median(AbstractFree):
    """Median factor of a trait; the reference dyad is at 1."""

    trait: str
    centre: float
    width: float
    reason: str

    @property
    def name(self) -> str:
        """Name in tables and files."""
        return f"{self.trait}.median"

    @property
    def why(self) -> str:
        """What the prior says."""
        return self.reason

    @property
    def by_hand(self) -> float:
        """The number before any fit."""
        return 1.0

    def value(self, z: float) -> float:
        """Return centre exp(width z)."""
        return float(self.centre * np.exp(self.width * z))

    def put(self, value: float, population: Population) -> Population:
        """Return the population with this median."""
        spread = replace(population.between[self.trait], median=value)
        return replace(population, between={**population.between, self.trait: spread})


@final
@dataclass(frozen=True, slots=True)
class Sigma(AbstractFree):
    """Sigma of the logarithm of a trait's factor."""

    trait: str
    centre: float
    width: float
    reason: str

    @property
    def name(self) -> str:
        """Name in tables and files."""
        return f"{self.trait}.sigma"

    @property
    def why(self) -> str:
        """What the prior says."""
        return self.reason

    @property
    def by_hand(self) -> float:
        """The number before any fit."""
        return self.centre

    def value(self, z: float) -> float:
        """Return centre exp(width z)."""
        return float(self.centre * np.exp(self.width * z))

    def put(self, value: float, population: Population) -> Population:
        """Return the population with this sigma."""
        spread = replace(population.between[self.trait], sigma=value)
        return replace(population, between={**population.between, self.trait: spread})


@final
@dataclass(frozen=True, slots=True)
class Correlation(AbstractFree):
    """Correlation of two traits."""

    traits: tuple[str, str]
    width: float
    reason: str

    @property
    def name(self) -> str:
        """Name in tables and files."""
        return "r(" + ", ".join(self.traits) + ")"

    @property
    def why(self) -> str:
        """What the prior says."""
        return self.reason

    @property
    def by_hand(self) -> float:
        """The number before any fit."""
        return 0.0

    def value(self, z: float) -> float:
        """Return width z."""
        return self.width * z

    def put(self, value: float, population: Population) -> Population:
        """Return the population with this correlation."""
        return replace(population, correlation={**population.correlation, self.traits: value})


_UNKNOWN = "spread between women unknown: factor 1.5 either way is one standard deviation"
_TIES = "nothing known of it: 0 +- 0.3"

FREE: tuple[AbstractFree, ...] = (
    Median("afferent_priming", 1.0, 0.2, "fitted by hand; range of max_priming 0.1-2.5 /s"),
    Sigma("afferent_priming", 0.30, 0.4, _UNKNOWN),
    Median("half_rise", 1.0, 0.35, "range of half_rise 0.2-3 pg/mL"),
    Sigma("half_rise", 0.30, 0.4, _UNKNOWN),
    Median("adaptation", 1.35, 0.3, "range of adaptation_time 30-150 s, most of it above the value by hand"),
    Median("ejection_resistance", 1.15, 0.35, "range of ejection_resistance 8-60 mmHg s/mL"),
    Sigma("ejection_resistance", 0.25, 0.4, _UNKNOWN),
    Median("closing_pressure", 1.2, 0.25, "18 mmHg by hand; 29 mmHg if any drip counts"),
    Median("comfort", 0.9, 0.3, "range of comfort_time 30-3600 s"),
    Sigma("comfort", 0.60, 0.3, "feeds last 16.6 (SD 10.5) min, and not by comfort alone"),
    Median("appetite", 1.0, 0.12, "feeds of 76 g from one breast; appetite 100 mL by hand"),
    Median("milk_stored", 1.0, 0.1, "presets state the milk at the start; its error is about a tenth"),
    Correlation(("storage_capacity", "afferent_priming"), 0.3, _TIES),
    Correlation(("afferent_priming", "ejection_resistance"), 0.3, _TIES),
)
"""What the data could inform, by the misses of docs/validation.md; every other number of the population is kept."""


def values_at(z: NDArray[np.float64], free: Sequence[AbstractFree] = FREE) -> dict[str, float]:
    """Return name -> number at z, one prior standard deviation the unit."""
    return {f.name: f.value(float(one)) for f, one in zip(free, z, strict=True)}


def population_at(values: Mapping[str, float], base: Population, free: Sequence[AbstractFree] = FREE) -> Population:
    """Return a population with the free numbers at these values."""
    for f in free:
        base = f.put(values[f.name], base)
    return base


def possible(z: NDArray[np.float64], free: Sequence[AbstractFree] = FREE) -> NDArray[np.bool_]:
    """Return for each point (points, free) whether its correlations hold together; others of the population are 0."""
    ties = [(i, f) for i, f in enumerate(free) if isinstance(f, Correlation)]
    traits = sorted({trait for _, f in ties for trait in f.traits})
    matrices = np.tile(np.eye(len(traits)), (len(z), 1, 1))
    for i, f in ties:
        a, b = (traits.index(trait) for trait in f.traits)
        matrices[:, a, b] = matrices[:, b, a] = f.width * z[:, i]
    if not ties:
        return np.ones(len(z), dtype=bool)
    return np.asarray(np.linalg.eigvalsh(matrices)[:, 0] > LEAST_EIGENVALUE)
