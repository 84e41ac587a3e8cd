"""Personal traits of a life: how virtual mothers and infants differ beside the traits of their feeds.

Each trait multiplies parameters by exp(sigma z), z standard normal, drawn once a dyad from its own stream and
clipped to the parameter's range; the birth weight is a z-score of the WHO standard. Draws are independent. The
storage capacity of the body's traits also scales the capacity for a given output.

Context of use: spread between women in volumes, prolactin, onset, fat and growth. Spreads without a source are
assumptions.
"""

from typing import NamedTuple

import numpy as np

from letdown._parameter import Specification
from letdown.body.life.life import LifeParameters
from letdown.body.life.registry import life_specification
from letdown.body.traits import draw_traits, with_traits
from letdown.kernel.elementary import exp
from letdown.kernel.normal import normal_quantile
from letdown.kernel.philox import PROCESSES, uniforms
from letdown.kernel.power import power

__all__ = ["LIFE_TRAITS", "LifeTrait", "draw_life_traits", "with_life_traits"]


class LifeTrait(NamedTuple):
    """A spread between people: of which parameters, how wide (sigma of the logarithm), from where."""

    name: str
    paths: tuple[str, ...]
    sigma: float
    cite: str | None
    note: str


CAPACITY_SHARE = 0.6
"""Exponent with which the body's storage trait scales capacity per output; supply decides the rest; an assumption."""

LIFE_TRAITS = (
    LifeTrait("lactogenesis_delay", ("lactogenesis.delay",), 0.25, "Dewey2003", "22 % feel milk after 72 h"),
    LifeTrait("synthesis", ("gland.synthesis",), 0.15, "Cox1996", "output of 708 (SD 181) g"),
    LifeTrait("asymmetry", ("left.synthesis",), 0.15, "Lai2010", "15.5 left, 18.4 right; 7 of 10 more right"),
    LifeTrait("prolactin", ("lactotrophs.added_max",), 0.6, "Cox1996", "119 (SD 93) ug/L at 1 month"),
    LifeTrait("fat", ("milk_composition.personal",), 0.19, "Kent2006", "41.1 (SD 7.8) g/L"),
    LifeTrait("oedema_threshold", ("gland.oedema_pressure",), 0.4, None, "assumption"),
    LifeTrait("energy_of_weight", ("suckling_infant.energy_of_weight",), 0.06, None, "assumption"),
    LifeTrait("usual_meal", ("suckling_infant.usual_meal",), 0.2, "Kent2006", "feeds of 30-135 g, 6-18 a day"),
    LifeTrait("latch", ("latch_learning.first_skill",), 0.15, None, "assumption"),
    LifeTrait("uterus", ("uterine_involution.volume_at_birth",), 0.2, None, "assumption"),
    LifeTrait("fluid", ("suckling_infant.fluid",), 0.4, "Dewey2003", "12 % of infants lose a tenth of their weight"),
    LifeTrait("birth_weight_z", (), 1.0, "WHO2006", "a z-score, added"),
)


def draw_life_traits(seed: int, dyad: int) -> dict[str, float]:
    """Return trait name -> factor of one dyad, with those of its feeds; the birth weight is a z-score."""
    factors = draw_traits(seed, dyad)
    process, events = np.uint64(PROCESSES["life_trait"]), np.arange(len(LIFE_TRAITS), dtype=np.uint64)
    numbers = normal_quantile(uniforms(np.uint64(seed), np.array(dyad, dtype=np.uint64), process, events))
    for trait, z in zip(LIFE_TRAITS, numbers.tolist(), strict=True):
        factors[trait.name] = z if trait.name == "birth_weight_z" else exp(trait.sigma * z)
    return factors


def with_life_traits(p: LifeParameters, factors: dict[str, float]) -> LifeParameters:
    """Return the life of one dyad: its parameters times its traits, clipped to their ranges."""
    p = p._replace(body=with_traits(p.body, {k: v for k, v in factors.items() if k != "appetite"} | {"appetite": 1.0}))
    for trait in LIFE_TRAITS:
        for path in trait.paths:
            p = _scaled(p, path, factors[trait.name])
    return _scaled(p, "gland.capacity_of_output", power(factors["storage_capacity"], CAPACITY_SHARE))


def _scaled(p: LifeParameters, path: str, factor: float) -> LifeParameters:
    holder, _, field = path.partition(".")
    holders = {"gland": ("left", "right"), "suckling_infant": ("first", "second")}.get(holder, (holder,))
    organ = "gland" if holder in ("left", "right") else holder
    known = life_specification(f"{organ}.{field}")
    for name in holders:
        old = getattr(p, name)
        p = p._replace(**{name: old._replace(**{field: _clipped(getattr(old, field) * factor, known)})})
    return p


def _clipped(value: float, known: Specification) -> float:
    return min(max(value, known.low), known.high)
