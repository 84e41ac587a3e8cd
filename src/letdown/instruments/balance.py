"""Continuous weigh balance: a bottle under the breast shield on a balance that is read every few seconds.

    y(t) = rho * held_up(V(t - lag)) + d (t - t0) + e,   e ~ N(0, sd),   read every `interval`, rounded

V is the milk that has left one nipple (mL), rho its density. One balance serves one breast. What is left out: the
swing of the reading when a drop falls, and milk that stays in the shield at the end of a session.

Context of use: pumping, as in the studies of flow curves. At the breast there is no bottle to weigh.
"""

import math
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from letdown._parameter import Parameters, par, reference
from letdown.instruments.observation import Observation, check_parameters, curve, held_up, rounded

__all__ = ["Balance", "BalanceParameters"]


class BalanceParameters(Parameters):
    """Constants of a weigh balance."""

    interval: float = par(
        5.0,
        "s",
        low=0.1,
        high=30,
        cite="Ramsay2006",
        species="human",
        evidence="measured",
        note="a bottle on a balance, read at 5-s intervals",
    )
    lag: float = par(2.0, "s", low=0, high=20, note="milk running through shield and tube")
    hold_up: float = par(3.0, "s", low=0, high=20, note="time constant of milk that clings and drips")
    density: float = par(1.03, "g/mL", low=1.02, high=1.04, note="of human milk")
    reading_sd: float = par(0.1, "g", low=0, high=2, note="a pump that shakes the table; SD of one reading")
    resolution: float = par(
        0.1,
        "g",
        low=0,
        high=2,
        cite="Ramsay2006",
        species="human",
        evidence="derived",
        note="flows are given to 0.1 g in 5 s",
    )
    drift_sd: float = par(
        0.0005, "g/s", low=0, high=0.05, note="SD between sessions of a steady drift; 0.45 g in 15 min"
    )


@final
@dataclass(frozen=True)
class Balance:
    """A weigh balance under one breast.

    Raises
    ------
    ParameterError
        If a parameter lies outside its range.
    """

    parameters: BalanceParameters = field(default_factory=lambda: reference(BalanceParameters))

    def __post_init__(self) -> None:
        """Refuse parameters outside their ranges."""
        check_parameters("balance", self.parameters)

    def observe(self, time_s: ArrayLike, milk_ml: ArrayLike, rng: np.random.Generator) -> Observation:
        """Weigh the milk of one breast.

        Parameters
        ----------
        time_s : array_like, shape (n,)
            Times, s, rising.
        milk_ml : array_like, shape (n,)
            Milk that has left the nipple by then, mL.
        rng : Generator
            Source of the noise.

        Returns
        -------
        Observation
            Mass on the balance, g, from the first time on, one reading every `interval`.

        Raises
        ------
        RecordingError
            If the curve has fewer than two samples, times that do not rise, or values that are not finite.
        """
        p = self.parameters
        time, milk = curve("The milk given to the balance", time_s, milk_ml)
        read = np.arange(time[0], time[-1] + 1e-9, p.interval)
        collected = held_up(read, time, milk - milk[0], lag_s=p.lag, constant_s=p.hold_up)
        drift = rng.normal(0.0, p.drift_sd) if p.drift_sd > 0 else 0.0
        mass = p.density * collected + drift * (read - time[0]) + rng.normal(0.0, 1.0, read.size) * p.reading_sd
        return Observation("balance", "mass", "g", read, rounded(mass, p.resolution))

    def delay_s(self) -> float:
        """Return how much later than at the nipple milk is weighed, on average, s."""
        return self.parameters.lag + self.parameters.hold_up

    def error_g(self) -> float:
        """Return the SD of one reading, g: its noise and its rounding, sqrt(sd^2 + resolution^2 / 12)."""
        return math.hypot(self.parameters.reading_sd, self.parameters.resolution / math.sqrt(12.0))

    def visible_ml(self, errors: float = 5.0) -> float:
        """Return the least milk that stands out between two weighings, mL.

            V = errors * sqrt(2) * error / density

        Parameters
        ----------
        errors : float
            How many standard errors of a difference of two readings must be exceeded.
        """
        return errors * math.sqrt(2.0) * self.error_g() / self.parameters.density
