"""Test weighing: the infant on a scale before and after a feed.

    gain = rho V - loss * weight * duration + e_after - e_before,   each weighing rounded to the resolution

The infant loses water by evaporation while it feeds, so the gain is too small; `corrected_ml` adds the loss back.
What is left out: milk spilt, regurgitated or passed into the nappy between the weighings (weighed with it).

Context of use: milk of one feed at the breast, where no bottle can be weighed.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple, final

import numpy as np
from numpy.typing import ArrayLike

from letdown._parameter import Parameters, par, reference
from letdown.instruments.observation import Array, check_parameters, rounded

__all__ = ["InfantWeighing", "InfantWeighingParameters", "WeighedFeeds"]


class InfantWeighingParameters(Parameters):
    """Constants of test weighing."""

    resolution: float = par(2.0, "g", low=0, high=20, note="an electronic infant scale")
    weighing_sd: float = par(
        5.0,
        "g",
        low=0,
        high=20,
        cite="Savenije2006",
        species="human",
        evidence="derived",
        note="95 % of gain minus milk between -12.4 and 15 mL: SD 7.0 of a difference, 5.0 of a weighing",
    )
    evaporation: float = par(
        0.05,
        "g/kg/min",
        low=0,
        high=0.3,
        cite="Woodward1990",
        species="human",
        evidence="derived",
        note="46 g in the feeds of a day, taken as 3 h of feeding of a 5-kg infant",
    )
    density: float = par(1.03, "g/mL", low=1.02, high=1.04, note="of human milk")


class WeighedFeeds(NamedTuple):
    """Weighings of feeds: before and after, g, each of shape (n,)."""

    before_g: Array
    after_g: Array


@final
@dataclass(frozen=True)
class InfantWeighing:
    """An infant scale.

    Raises
    ------
    ParameterError
        If a parameter lies outside its range.
    """

    parameters: InfantWeighingParameters = field(default_factory=lambda: reference(InfantWeighingParameters))

    def __post_init__(self) -> None:
        """Refuse parameters outside their ranges."""
        check_parameters("infant_weighing", self.parameters)

    def observe(
        self, milk_ml: ArrayLike, duration_s: ArrayLike, weight_kg: ArrayLike, rng: np.random.Generator
    ) -> WeighedFeeds:
        """Weigh infants before and after feeds.

        Parameters
        ----------
        milk_ml, duration_s, weight_kg : array_like, shape (n,) or scalar
            Milk drunk, mL; time between the weighings, s; weight of the infant, kg.
        rng : Generator
            Source of the errors.
        """
        p = self.parameters
        milk, duration, weight = np.broadcast_arrays(*map(np.atleast_1d, (milk_ml, duration_s, weight_kg)))
        before, errors = 1000.0 * weight, rng.normal(0.0, 1.0, (2, milk.size)) * p.weighing_sd
        after = before + p.density * milk - self._lost_g(duration, weight)
        return WeighedFeeds(rounded(before + errors[0], p.resolution), rounded(after + errors[1], p.resolution))

    def milk_ml(self, feeds: WeighedFeeds) -> Array:
        """Return the gain as milk, mL, without correction for evaporation."""
        return (feeds.after_g - feeds.before_g) / self.parameters.density

    def corrected_ml(self, feeds: WeighedFeeds, duration_s: ArrayLike) -> Array:
        """Return the gain as milk, mL, with the evaporated water added back."""
        lost = self._lost_g(np.atleast_1d(np.asarray(duration_s, dtype=float)), feeds.before_g / 1000.0)
        return (feeds.after_g - feeds.before_g + lost) / self.parameters.density

    def error_ml(self) -> float:
        """Return the SD of the milk of one feed, mL."""
        p = self.parameters
        return math.sqrt(2.0) * math.hypot(p.weighing_sd, p.resolution / math.sqrt(12.0)) / p.density

    def _lost_g(self, duration_s: Array, weight_kg: Array) -> Array:
        return self.parameters.evaporation * weight_kg * duration_s / 60.0
