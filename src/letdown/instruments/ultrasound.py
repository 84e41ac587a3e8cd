"""Ultrasound of one main duct: its diameter, measured on frames of a film, in the breast that is not suckled.

    y_k = D(t_k) (1 + s_k + e_k),  e ~ N(0, frame CV),  s: AR(1) with slow CV and correlation time,  rounded

What is left out: the loss of the image when the woman moves, and the reading of milk flow from bright specks.

Context of use: milk ejection seen as widening of a duct. The two CVs together lie in the published spread of a
resting duct within a woman (1.4 to 8.3 %); how that divides into reading error and slow wandering is assumed.
"""

from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from letdown._parameter import Parameters, par, reference
from letdown.instruments.observation import Observation, check_parameters, curve, rounded

__all__ = ["DuctUltrasound", "DuctUltrasoundParameters"]


class DuctUltrasoundParameters(Parameters):
    """Constants of duct ultrasound and of its observer."""

    frame_interval: float = par(1.0, "s", low=0.03, high=10, note="between the frames that are measured")
    frame_cv: float = par(
        0.03,
        "1",
        low=0,
        high=0.083,
        cite="Ramsay2004",
        species="human",
        evidence="derived",
        note="error of one measurement; with the slow part 4 %, inside 1.4-8.3 % of a resting duct",
    )
    slow_cv: float = par(
        0.025,
        "1",
        low=0,
        high=0.083,
        cite="Ramsay2004",
        species="human",
        evidence="derived",
        note="slow wandering of a resting duct and of the probe",
    )
    slow_time: float = par(20.0, "s", low=1, high=300, note="correlation time of the wandering")
    resolution: float = par(0.1, "mm", low=0, high=0.5, note="callipers on the screen")
    observer_rise: float = par(0.15, "1", low=0.02, high=1, note="relative widening that an observer calls an ejection")


@final
@dataclass(frozen=True)
class DuctUltrasound:
    """Ultrasound of one duct.

    Raises
    ------
    ParameterError
        If a parameter lies outside its range.
    """

    parameters: DuctUltrasoundParameters = field(default_factory=lambda: reference(DuctUltrasoundParameters))

    def __post_init__(self) -> None:
        """Refuse parameters outside their ranges."""
        check_parameters("duct_ultrasound", self.parameters)

    def observe(self, time_s: ArrayLike, diameter_mm: ArrayLike, rng: np.random.Generator) -> Observation:
        """Measure a duct.

        Parameters
        ----------
        time_s : array_like, shape (n,)
            Times, s, rising.
        diameter_mm : array_like, shape (n,)
            Diameter of the duct, mm.
        rng : Generator
            Source of the noise.

        Returns
        -------
        Observation
            Diameters, mm, one every `frame_interval`.

        Raises
        ------
        RecordingError
            If the curve has fewer than two samples, times that do not rise, or values that are not finite.
        """
        p = self.parameters
        time, diameter = curve("The duct given to the ultrasound", time_s, diameter_mm)
        frames = np.arange(time[0], time[-1] + 1e-9, p.frame_interval)
        keep = float(np.exp(-p.frame_interval / p.slow_time))
        shocks, wandering = rng.normal(0.0, 1.0, frames.size), np.empty(frames.size)
        state = shocks[0]
        for i, shock in enumerate(shocks):
            state = shock if i == 0 else keep * state + np.sqrt(1 - keep**2) * shock
            wandering[i] = state
        error = p.slow_cv * wandering + p.frame_cv * rng.normal(0.0, 1.0, frames.size)
        seen = np.maximum(np.interp(frames, time, diameter) * (1.0 + error), 0.0)
        return Observation("duct ultrasound", "diameter", "mm", frames, rounded(seen, p.resolution))
