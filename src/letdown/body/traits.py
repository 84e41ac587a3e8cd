"""Personal traits: how virtual mothers and infants differ, and how one mother differs from feed to feed.

Each trait multiplies one or more parameters by a factor drawn once a dyad from its own stream and clipped to the
parameter's range. How the factors are spread and go together is the population's business
(`letdown.body.population`). Within a woman two factors are drawn anew at each feed; the rest of the spread within a
woman comes from the random bursts and sucks.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown._errors import ParameterError
from letdown._parameter import Specification
from letdown.body.body import BodyParameters
from letdown.body.breast import BreastParameters
from letdown.body.population import Population, shipped_population
from letdown.body.registry import specification
from letdown.kernel.elementary import exp, maximum, minimum
from letdown.kernel.normal import normal_quantile
from letdown.kernel.philox import PROCESSES, uniforms

__all__ = ["TRAITS", "Trait", "draw_feed_factors", "draw_traits", "feed_columns", "trait_columns", "with_traits"]

Array = NDArray[np.float64]


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

    Raises
    ------
    ParameterError
        As `trait_columns`.
    """
    z = _normals(seed, _keys([dyad], 0), "trait", range(len(TRAITS)))
    return _with_all_traits(population).factors(z[:, 0])


def trait_columns(seed: int, dyads: Sequence[int], population: Population | None = None) -> dict[str, Array]:
    """Return trait name -> factors, one a dyad (numbers below 2**64); a dyad is the same in every company.

    The standard normal number behind a trait depends on seed, dyad and trait alone, so a woman keeps her place
    among women when the population changes.

    Raises
    ------
    ParameterError
        If the population does not have exactly the traits of TRAITS.
    """
    z = _normals(seed, _keys(dyads, 0), "trait", range(len(TRAITS)))
    return _with_all_traits(population).factors(z)


def _with_all_traits(population: Population | None) -> Population:
    population = population or shipped_population()
    if tuple(population.between) != tuple(trait.name for trait in TRAITS):
        raise ParameterError(
            f"A population of the traits {', '.join(population.between)} was given; give all of "
            f"{', '.join(trait.name for trait in TRAITS)}, in this order."
        )
    return population


def draw_feed_factors(seed: int, dyad: int, feed: int, population: Population | None = None) -> dict[str, float]:
    """Return trait name -> factor of one feed of a dyad, for the traits that vary within a woman."""
    return {name: float(factors[0]) for name, factors in feed_columns(seed, [dyad], feed, population).items()}


def feed_columns(seed: int, dyads: Sequence[int], feed: int, population: Population | None = None) -> dict[str, Array]:
    """Return trait name -> factors of one feed, one a dyad, for the traits that vary within a woman."""
    within = (population or shipped_population()).within or {}
    numbers = {trait.name: event for event, trait in enumerate(TRAITS)}
    z = _normals(seed, _keys(dyads, feed), "feed_trait", [numbers[name] for name in within])
    factors: dict[str, Any] = {}
    for (name, spread), row in zip(within.items(), z, strict=True):
        factors[name] = exp(spread.sigma * row)
    return factors


def _keys(dyads: Sequence[int], feed: int) -> NDArray[np.uint64]:
    return np.array([dyad | feed << 32 for dyad in dyads], dtype=np.uint64)


def _normals(seed: int, keys: NDArray[np.uint64], process: str, events: Sequence[int]) -> Array:
    """Return standard normal numbers, a row an event and a column a dyad."""
    counted = np.array(events, dtype=np.uint64)[:, None]
    z: Array = normal_quantile(uniforms(np.uint64(seed), keys, np.uint64(PROCESSES[process]), counted))
    return z


def with_traits(p: BodyParameters, factors: Mapping[str, Any]) -> BodyParameters:
    """Return the body of one dyad: the reference parameters times its traits, clipped to their ranges.

    Where the factors are arrays over dyads, so are the numbers that they multiply.
    """
    for trait in TRAITS:
        for path in trait.paths:
            organ, _, field = path.partition(".")
            known = specification(path)
            if organ in BreastParameters._fields:
                left, right = (_scaled(side, organ, field, factors[trait.name], known) for side in (p.left, p.right))
                p = p._replace(left=left, right=right)
            else:
                p = _scaled(p, organ, field, factors[trait.name], known)
    return p


def _scaled(holder: Any, organ: str, field: str, factor: Any, known: Specification) -> Any:
    old = getattr(holder, organ)
    value = minimum(maximum(getattr(old, field) * factor, known.low), known.high)
    return holder._replace(**{organ: old._replace(**{field: value})})
