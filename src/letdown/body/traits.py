"""Personal traits: how virtual mothers and infants differ, and how one mother differs from feed to feed.

Each trait multiplies one or more parameters by a factor drawn once a dyad from its own stream and clipped to the
parameter's range. How the factors are spread and go together is the population's business
(`letdown.body.population`). Within a woman two factors are drawn anew at each feed; the rest of the spread within a
woman comes from the random bursts and sucks.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from letdown._errors import ParameterError
from letdown._parameter import Specification
from letdown.body.body import BodyParameters
from letdown.body.population import Population, shipped_population
from letdown.body.registry import specification, with_overrides
from letdown.kernel.elementary import exp
from letdown.kernel.normal import normal_quantile
from letdown.kernel.philox import PROCESSES, uniform

__all__ = ["TRAITS", "Trait", "draw_feed_factors", "draw_traits", "with_traits"]


class Trait(NamedTuple):
    """A trait and the parameters that it multiplies. Its place in TRAITS is its random number: append only."""

    name: str
    paths: tuple[str, ...]


TRAITS = (
    Trait("storage_capacity", ("alveoli.capacity",)),
    Trait("milk_stored", ()),
    Trait("afferent_priming", ("neurones.max_priming",)),
    Trait("half_rise", ("myoepithelium.half_rise",)),
    Trait("ejection_resistance", ("alveoli.ejection_resistance",)),
    Trait("channel_resistance", ("nipple.channel_resistance",)),
    Trait("closing_pressure", ("nipple.closing_pressure",)),
    Trait("peak_suction", ("infant.peak_suction", "infant.baseline_suction")),
    Trait("appetite", ("infant.appetite",)),
    Trait("comfort", ("infant.comfort_time",)),
    Trait("tingling_threshold", ("sensations.tingling_threshold",)),
    Trait("thirst_threshold", ("sensations.thirst_threshold",)),
    Trait("cramp_threshold", ("sensations.cramp_threshold",)),
    Trait("adaptation", ("myoepithelium.adaptation_time",)),
)


def draw_traits(seed: int, dyad: int, population: Population | None = None) -> dict[str, float]:
    """Return trait name -> factor of one dyad; the same whatever the size of the cohort.

    The standard normal number behind a trait depends on seed, dyad and trait alone, so a woman keeps her place
    among women when the population changes.

    Raises
    ------
    ParameterError
        If the population does not have exactly the traits of TRAITS.
    """
    population = population or shipped_population()
    if tuple(population.between) != tuple(trait.name for trait in TRAITS):
        raise ParameterError(
            f"A population of the traits {', '.join(population.between)} was given; give all of "
            f"{', '.join(trait.name for trait in TRAITS)}, in this order."
        )
    return population.factors(np.array(_normals(seed, dyad)))


def draw_feed_factors(seed: int, dyad: int, feed: int, population: Population | None = None) -> dict[str, float]:
    """Return trait name -> factor of one feed of a dyad, for the traits that vary within a woman."""
    within = (population or shipped_population()).within or {}
    lane = dyad | feed << 32
    numbers = {trait.name: event for event, trait in enumerate(TRAITS)}
    return {
        name: exp(spread.sigma * _normal(seed, lane, "feed_trait", numbers[name])) for name, spread in within.items()
    }


@lru_cache(maxsize=1024)  # the same women come to many protocols
def _normals(seed: int, dyad: int) -> tuple[float, ...]:
    return tuple(_normal(seed, dyad, "trait", event) for event in range(len(TRAITS)))


def _normal(seed: int, lane: int, process: str, event: int) -> float:
    number = np.uint64(PROCESSES[process])
    return normal_quantile(uniform(np.uint64(seed), np.uint64(lane), number, np.uint64(event)))


def with_traits(p: BodyParameters, factors: dict[str, float]) -> BodyParameters:
    """Return the body of one dyad: the reference parameters times its traits, clipped to their ranges."""
    for trait in TRAITS:
        for path in trait.paths:
            organ, _, field = path.partition(".")
            known = specification(path)
            if organ in ("alveoli", "nipple"):
                for side in ("left", "right"):
                    breast = getattr(p, side)
                    old = getattr(breast, organ)
                    value = _clipped(getattr(old, field) * factors[trait.name], known)
                    p = p._replace(**{side: breast._replace(**{organ: old._replace(**{field: value})})})
            else:
                value = _clipped(getattr(getattr(p, organ), field) * factors[trait.name], known)
                p = with_overrides(p, {path: value})
    return p


def _clipped(value: float, known: Specification) -> float:
    return min(max(value, known.low), known.high)
