"""Blood draws through a line, and the assay: sampled hormone, its error, its scale, its limit, and its pulses.

    y_k = scale * g * mean of c over the draw * (1 + e_k),   e ~ N(0, within-assay CV),  g ~ lognormal(between-assay CV)
    values below the limit are reported as the limit (left-censored)

A pulse in the samples is a rise by more than `pulse_rise` above the last low, and by more than `pulse_errors` errors
of a difference; it is over, and the next can begin, when the hormone has fallen by as much from its high. Denser
draws see more pulses: that is the point of the instrument.

What is left out: degradation between draw and assay, and cross-reaction that does not scale with the hormone.

Context of use: oxytocin or prolactin in plasma. Absolute levels differ several-fold between assays; compare shapes.
"""

import math
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from letdown._parameter import Parameters, par, reference
from letdown.instruments.observation import Array, Observation, check_parameters, curve

__all__ = ["BloodDraws", "BloodDrawsParameters"]


class BloodDrawsParameters(Parameters):
    """Constants of a schedule of draws and of a radioimmunoassay of extracted plasma."""

    interval: float = par(30.0, "s", low=5, high=3600, note="30 s sees fast pulses; 120 to 180 s is commoner")
    draw_time: float = par(10.0, "s", low=0, high=120, note="over which blood flows into the tube")
    within_cv: float = par(
        0.08,
        "1",
        low=0,
        high=0.4,
        cite="Schams1983",
        species="other",
        evidence="measured",
        note="7.9 % within an assay",
    )
    between_cv: float = par(
        0.12,
        "1",
        low=0,
        high=0.6,
        cite="Schams1983",
        species="other",
        evidence="measured",
        note="10.8-17.3 % between assays; one factor for all samples of a woman",
    )
    scale: float = par(1.0, "1", low=0.2, high=150, note="reading over truth; about 100 in unextracted plasma")
    limit: float = par(
        0.5,
        "pg/mL",
        low=0,
        high=50,
        cite="Schams1983",
        species="other",
        evidence="measured",
        note="0.25-1.0 pg/mL plasma",
    )
    pulse_rise: float = par(0.25, "1", low=0.05, high=3, note="relative rise that counts as a pulse; a rule")
    pulse_errors: float = par(2.0, "1", low=0, high=6, note="errors of a difference that the rise must exceed; a rule")


@final
@dataclass(frozen=True)
class BloodDraws:
    """A schedule of draws and an assay.

    Raises
    ------
    ParameterError
        If a parameter lies outside its range.
    """

    parameters: BloodDrawsParameters = field(default_factory=lambda: reference(BloodDrawsParameters))

    def __post_init__(self) -> None:
        """Refuse parameters outside their ranges."""
        check_parameters("blood_draws", self.parameters)

    def observe(
        self,
        time_s: ArrayLike,
        plasma_pg_ml: ArrayLike,
        rng: np.random.Generator,
        draws_s: ArrayLike | None = None,
    ) -> Observation:
        """Draw and assay blood.

        Parameters
        ----------
        time_s : array_like, shape (n,)
            Times, s, rising.
        plasma_pg_ml : array_like, shape (n,)
            Hormone in plasma, pg/mL.
        rng : Generator
            Source of the noise.
        draws_s : array_like, optional
            Times of the draws, s; one every `interval` by default.

        Returns
        -------
        Observation
            What the assay reports for each draw, pg/mL; never below the limit.

        Raises
        ------
        RecordingError
            If the curve has fewer than two samples, times that do not rise, or values that are not finite.
        """
        p = self.parameters
        time, plasma = curve("The hormone given to the blood draws", time_s, plasma_pg_ml)
        regular = np.arange(time[0], time[-1] + 1e-9, p.interval)
        draws = regular if draws_s is None else np.asarray(draws_s, dtype=float)
        across = np.linspace(0.0, p.draw_time, 5)
        drawn = np.mean([np.interp(draws + moment, time, plasma) for moment in across], axis=0)
        spread = math.sqrt(math.log1p(p.between_cv**2))
        assay = p.scale * math.exp(spread * rng.normal() - spread**2 / 2)
        read = assay * drawn * (1.0 + p.within_cv * rng.normal(0.0, 1.0, draws.size))
        return Observation("blood draws", "hormone", "pg/mL", draws, np.maximum(read, p.limit))

    def below_limit(self, observation: Observation) -> Array:
        """Return 1 for each sample that the assay could not tell from nothing, 0 for the others."""
        return (observation.value <= self.parameters.limit).astype(float)

    def pulses(self, observation: Observation) -> Array:
        """Return the time of the first sample of each pulse, s, by the rule of this module."""
        p = self.parameters
        found = []
        low = high = float(observation.value[0])
        rising = False
        for moment, value in zip(observation.time_s.tolist(), observation.value.tolist(), strict=True):
            if rising:
                high = max(high, value)
                if high - value > self._step(value):
                    rising, low = False, value
            else:
                low = min(low, value)
                if value - low > self._step(low) and value > p.limit:
                    rising, high = True, value
                    found.append(moment)
        return np.array(found)

    def _step(self, low: float) -> float:
        """Return the rise above a low that is too large for chance."""
        p = self.parameters
        error = p.within_cv * low * math.sqrt(1.0 + (1.0 + p.pulse_rise) ** 2)
        return max(p.pulse_rise * low, p.pulse_errors * error)
