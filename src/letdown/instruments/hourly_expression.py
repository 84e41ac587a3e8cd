"""Hourly expression: the breast is emptied as far as it goes every hour, and what comes is weighed.

    m_k = residue_{k-1} + made in hour k;   y_k = share m_k - lost + e;   residue_k = (1 - share) m_k

After a few expressions the yield of an hour is what was made in it. What is left out: the effect of frequent
emptying on synthesis itself, which the model of lactation has and this instrument does not repeat.

Context of use: rate of synthesis over a few hours.
"""

import math
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from letdown._errors import RecordingError
from letdown._parameter import Parameters, par, reference
from letdown.instruments.observation import Observation, check_parameters, curve, rounded

__all__ = ["HourlyExpression", "HourlyExpressionParameters"]


class HourlyExpressionParameters(Parameters):
    """Constants of hourly expression."""

    interval: float = par(3600.0, "s", low=900, high=14400, note="between expressions; the name says an hour")
    share: float = par(0.9, "1", low=0.3, high=1.0, note="of the milk present that one expression removes")
    share_sd: float = par(0.05, "1", low=0, high=0.3, note="SD of that share between expressions")
    lost: float = par(0.5, "mL", low=0, high=5, note="left in shield and tubes")
    resolution: float = par(0.1, "g", low=0, high=5, note="of the scale")
    scale_sd: float = par(0.1, "g", low=0, high=5, note="error of a weighing of the bottle")
    density: float = par(1.03, "g/mL", low=1.02, high=1.04, note="of human milk")
    settling: float = par(2.0, "1", low=0, high=6, note="first expressions left out of the rate")


@final
@dataclass(frozen=True)
class HourlyExpression:
    """Repeated expression of one breast.

    Raises
    ------
    ParameterError
        If a parameter lies outside its range.
    """

    parameters: HourlyExpressionParameters = field(default_factory=lambda: reference(HourlyExpressionParameters))

    def __post_init__(self) -> None:
        """Refuse parameters outside their ranges."""
        check_parameters("hourly_expression", self.parameters)

    def observe(
        self, time_s: ArrayLike, synthesised_ml: ArrayLike, rng: np.random.Generator, start_ml: float = 0.0
    ) -> Observation:
        """Express a breast again and again.

        Parameters
        ----------
        time_s, synthesised_ml : array_like, shape (n,)
            Times, s, and the milk made by then, mL.
        rng : Generator
            Source of the errors.
        start_ml : float
            Milk in the breast at the first time, mL.

        Returns
        -------
        Observation
            Yield of each expression, mL; the first is at the first time.

        Raises
        ------
        RecordingError
            If the curve has fewer than two samples, times that do not rise, or values that are not finite.
        """
        p = self.parameters
        time, made = curve("The synthesis given to hourly expression", time_s, synthesised_ml)
        moments = np.arange(time[0], time[-1] + 1e-9, p.interval)
        supply = np.diff(np.interp(moments, time, made), prepend=made[0])
        present, yields = float(start_ml), np.empty(moments.size)
        shares = np.clip(rng.normal(p.share, p.share_sd, moments.size), 0.0, 1.0)
        for k, (fresh, share) in enumerate(zip(supply, shares, strict=True)):
            present += float(fresh)
            yields[k] = share * present
            present -= yields[k]
        grams = p.density * np.maximum(yields - p.lost, 0.0)
        grams += math.sqrt(2.0) * p.scale_sd * rng.normal(0.0, 1.0, moments.size)
        return Observation("hourly expression", "yield", "mL", moments, rounded(grams, p.resolution) / p.density)

    def rate_ml_h(self, observation: Observation) -> float:
        """Return the mean yield of an hour, the first expressions left out, mL/h.

        Raises
        ------
        RecordingError
            If no expression is left.
        """
        p = self.parameters
        kept = observation.value[1 + int(p.settling) :]
        if kept.size == 0:
            raise RecordingError(
                f"{observation.value.size} expressions were given, and the first {1 + int(p.settling)} are left out of "
                "the rate; express for more hours."
            )
        return float(np.mean(kept)) * 3600.0 / p.interval
