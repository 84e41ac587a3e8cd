"""Tocograph: a belt on the abdomen that records contractions of the uterus in units of its own.

    y = base + gain * strength + breath * sin(2 pi f t + phase) + e,   cut to 0-100, rounded to 1

strength is the contraction of the uterus, 0-1 (`letdown.body.uterus.contraction`). Gain differs from woman to woman
(belt, fat), so heights are not comparable between women: only times and numbers are. What is left out: loss of
contact and the movements of an infant on the lap.

Context of use: afterpains and contractions of a feed, counted.
"""

import math
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from letdown._parameter import Parameters, par, reference
from letdown.instruments.observation import Array, Observation, check_parameters, curve, rounded

__all__ = ["Tocograph", "TocographParameters"]


class TocographParameters(Parameters):
    """Constants of external tocography and of counting contractions in it; none is sourced."""

    interval: float = par(0.25, "s", low=0.1, high=5)
    base: float = par(10.0, "1", low=0, high=40, note="what the belt shows at rest")
    gain: float = par(60.0, "1", low=5, high=200, note="height of the strongest contraction, median woman")
    gain_spread: float = par(0.4, "1", low=0, high=1.2, note="SD of the logarithm of gain between women")
    breath: float = par(2.0, "1", low=0, high=15, note="amplitude of breathing")
    breath_rate: float = par(0.25, "Hz", low=0.1, high=0.6)
    noise_sd: float = par(2.0, "1", low=0, high=15)
    shortest: float = par(20.0, "s", low=5, high=120, note="a rise that counts lasts so long; a rule")
    least_rise: float = par(8.0, "1", low=2, high=50, note="above the base, in units of the paper; a rule")


@final
@dataclass(frozen=True)
class Tocograph:
    """A belt with a pressure gauge.

    Raises
    ------
    ParameterError
        If a parameter lies outside its range.
    """

    parameters: TocographParameters = field(default_factory=lambda: reference(TocographParameters))

    def __post_init__(self) -> None:
        """Refuse parameters outside their ranges."""
        check_parameters("tocograph", self.parameters)

    def observe(self, time_s: ArrayLike, strength: ArrayLike, rng: np.random.Generator) -> Observation:
        """Record contractions.

        Parameters
        ----------
        time_s, strength : array_like, shape (n,)
            Times, s, and the strength of the contraction, 0-1.
        rng : Generator
            Source of gain, phase of breathing and noise.

        Returns
        -------
        Observation
            Paper units, 0-100.

        Raises
        ------
        RecordingError
            If the curve has fewer than two samples, times that do not rise, or values that are not finite.
        """
        p = self.parameters
        time, contraction = curve("The contraction given to the tocograph", time_s, strength)
        moments = np.arange(time[0], time[-1] + 1e-9, p.interval)
        gain = p.gain * math.exp(p.gain_spread * rng.normal())
        phase = rng.uniform(0.0, 2.0 * math.pi)
        paper = p.base + gain * np.interp(moments, time, contraction)
        paper += p.breath * np.sin(2.0 * math.pi * p.breath_rate * moments + phase)
        paper += p.noise_sd * rng.normal(0.0, 1.0, moments.size)
        return Observation("tocograph", "contraction", "1", moments, rounded(np.clip(paper, 0.0, 100.0), 1.0))

    def contractions(self, observation: Observation) -> Array:
        """Return onset and end of each contraction, s, shape (n, 2).

        A contraction is a stretch of at least `shortest` in which the curve, averaged over two breaths, lies more
        than `least_rise` above the lower quartile of the record.
        """
        p = self.parameters
        width = max(1, round(2.0 / p.breath_rate / p.interval))
        padded = np.pad(observation.value, (width // 2, width - 1 - width // 2), mode="edge")
        smooth = np.convolve(padded, np.full(width, 1.0 / width), mode="valid")
        above = np.concatenate([[False], smooth > np.quantile(smooth, 0.25) + p.least_rise, [False]])
        edges = np.flatnonzero(np.diff(above.astype(int)))
        times = observation.time_s
        spans = [(times[a], times[b - 1]) for a, b in zip(edges[::2], edges[1::2], strict=True)]
        return np.array([span for span in spans if span[1] - span[0] >= p.shortest]).reshape(-1, 2)
