"""Personal traits: how virtual mothers and infants differ.

Each trait multiplies one or more parameters by exp(sigma z), z standard normal, drawn once a dyad from its own
stream, and is clipped to the parameter's range. Spreads are between women; the spread within a woman comes from
the random bursts and sucks. Draws are independent but for one assumption: an infant's appetite goes with the
storage capacity of its mother's breasts (to the power `SUPPLY_MEETS_DEMAND`), because supply follows demand.
"""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from letdown._parameter import Specification
from letdown.body.body import BodyParameters
from letdown.body.registry import specification, with_overrides
from letdown.kernel.philox import PROCESSES, uniform

__all__ = ["TRAITS", "Trait", "draw_traits", "with_traits"]


class Trait(NamedTuple):
    """A spread between people: of which parameters, how wide (sigma of the logarithm), from where."""

    name: str
    paths: tuple[str, ...]
    sigma: float
    cite: str | None
    note: str


SUPPLY_MEETS_DEMAND = 0.8
"""Exponent with which the capacity factor also multiplies the appetite; an assumption."""

TRAITS = (
    Trait("storage_capacity", ("alveoli.capacity",), 0.36, "Kent2006", "179 mL, range 74-382 in 71 women"),
    Trait("milk_stored", (), 0.25, None, "fullness at the start; assumption"),
    Trait("afferent_priming", ("neurones.max_priming",), 0.30, None, "assumption, SD of ejection counts 1.2-2"),
    Trait("half_rise", ("myoepithelium.half_rise",), 0.30, None, "sensitivity of the muscle; assumption"),
    Trait("ejection_resistance", ("alveoli.ejection_resistance",), 0.25, None, "assumption"),
    Trait("channel_resistance", ("nipple.channel_resistance",), 0.35, "Jutte2014", "3.9 (SD 1.5) open channels"),
    Trait("closing_pressure", ("nipple.closing_pressure",), 0.35, "Gibbs1977", "about 15 % of women drip"),
    Trait("peak_suction", ("infant.peak_suction", "infant.baseline_suction"), 0.38, "Geddes2008", "145 (SD 58)"),
    Trait("appetite", ("infant.appetite",), 0.15, "Kent2006", "feeds 30-135 g between women, with capacity"),
    Trait("comfort", ("infant.comfort_time",), 0.60, "Mitoulas2002", "feeds last 16.6 (SD 10.5) min"),
    Trait("tingling_threshold", ("sensations.tingling_threshold",), 0.50, None, "assumption"),
    Trait("thirst_threshold", ("sensations.thirst_threshold",), 0.50, "James1995", "6 of 10 women"),
    Trait(
        "cramp_threshold",
        ("sensations.cramp_threshold",),
        0.40,
        "Holdcroft2003",
        "96 % feel pain on days 1-3",
    ),
)


def draw_traits(seed: int, dyad: int) -> dict[str, float]:
    """Return trait name -> factor of one dyad; the same whatever the size of the cohort."""
    process = np.uint64(PROCESSES["trait"])
    factors = {}
    for event, trait in enumerate(TRAITS):
        z = NormalDist().inv_cdf(uniform(np.uint64(seed), np.uint64(dyad), process, np.uint64(event)))
        factors[trait.name] = float(np.exp(trait.sigma * z))
    factors["appetite"] *= factors["storage_capacity"] ** SUPPLY_MEETS_DEMAND
    return factors


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
