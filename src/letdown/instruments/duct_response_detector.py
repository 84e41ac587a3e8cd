"""Let-downs in the diameter of a duct, as an observer of ultrasound finds them.

The diameter is smoothed; a let-down is a widening of at least max(errors * s_D, least_widening * diameter before) above
the smallest diameter since the last one, held for `hold` above half of it. Phases after Ramsay: the first half is
from onset to the largest diameter, the second from there to the resting diameter or the next widening.

What it cannot see: milk (volume and flow are None), and an ejection into a duct that is already wide.

Context of use: a duct of the breast that is not suckled, over a feed or a pumping session.
"""

import math
from dataclasses import dataclass, field
from typing import final

import numpy as np

from letdown._errors import RecordingError
from letdown._parameter import Parameters, par, reference
from letdown.instruments.detection import DetectedLetDown, Detection
from letdown.instruments.let_down_detector import confidence_of
from letdown.instruments.observation import Array, check_parameters, curve
from letdown.instruments.rises import Rise, find_rises, onset_of, phases_of, smoothed, spread_of, spread_of_noise

__all__ = ["DuctResponseDetector", "DuctResponseDetectorParameters"]


class DuctResponseDetectorParameters(Parameters):
    """Rules of the detector of widening ducts."""

    smoothing: float = par(5.0, "s", low=0.5, high=20, note="SD of the smoothing of the diameter")
    errors: float = par(5.0, "1", low=2, high=10, note="standard errors that a widening must exceed")
    least_widening: float = par(
        0.15,
        "1",
        low=0.02,
        high=1,
        cite="Ramsay2004",
        species="human",
        evidence="derived",
        note="about twice the largest CV of a resting duct, 8.3 %",
    )
    dip: float = par(0.5, "1", low=0.1, high=0.9, note="of a widening that must be lost before another can begin")
    ceiling: float = par(
        0.95,
        "1",
        low=0.5,
        high=1,
        evidence="fitted",
        note="confidence of the clearest: share true in simulated sessions",
    )
    hold: float = par(10.0, "s", low=0, high=60, note="above half of the widening")


@final
@dataclass(frozen=True)
class DuctResponseDetector:
    """Finds let-downs in the diameter of a duct.

    Raises
    ------
    ParameterError
        If a parameter lies outside its range.
    """

    parameters: DuctResponseDetectorParameters = field(
        default_factory=lambda: reference(DuctResponseDetectorParameters)
    )

    def __post_init__(self) -> None:
        """Refuse parameters outside their ranges."""
        check_parameters("duct_response_detector", self.parameters)

    def detect(self, time_s: Array, diameter_mm: Array) -> Detection:
        """Find the let-downs of one duct.

        Parameters
        ----------
        time_s, diameter_mm : array_like, shape (n,)
            Rising times, s, and diameters, mm.

        Raises
        ------
        RecordingError
            If the readings are unusable, or more than 15 s apart on the whole.
        """
        p = self.parameters
        time, diameter = curve("The diameter", time_s, diameter_mm)
        usual = float(np.median(np.diff(time)))
        if usual > 15.0 or time[-1] - time[0] < 20.0:
            raise RecordingError(
                f"The diameters are {usual:.3g} s apart over {time[-1] - time[0]:.3g} s; give at least 20 s of them, "
                "at most 15 s apart."
            )
        grid = np.arange(time[0], time[-1] + 1e-9, 1.0)
        clean = _without_outliers(time, diameter)
        spread = max(p.smoothing, 0.5 * usual)
        width = smoothed(np.interp(grid, time, clean), spread)
        # White error averaged over 2 sqrt(pi) SD, and the slow wandering that no smoothing removes.
        white = spread_of_noise(clean) * float(np.sqrt(min(1.0, usual / (2.0 * np.sqrt(np.pi) * spread))))
        error = max(white, _slow_error(width), 1e-4)
        least = max(p.errors * white, p.least_widening * float(np.median(width)))
        events = [
            event
            for rise in find_rises(width, least=least, dip=p.dip)
            if (event := self._event(grid, width, rise, error)) is not None
        ]
        errors = {"diameter_error_mm": error, "least_widening_mm": least}
        return Detection(tuple(events), "duct diameter", "mm", grid, width, time, diameter, errors, ())

    def _event(self, grid: Array, width: Array, rise: Rise, error: float) -> DetectedLetDown | None:
        p, phases = self.parameters, phases_of(width, rise)
        rest, height = float(width[rise.low]), float(width[rise.peak] - width[rise.low])
        held = np.count_nonzero(width[rise.low : rise.next_low + 1] > rest + height / 2.0)
        if held < p.hold:
            return None
        onset = onset_of(grid, width, rise)
        end = max(float(grid[phases.end]), onset + 1.0)
        plateau = max(float(grid[phases.plateau]), onset)
        fall = max(float(grid[phases.fall]), plateau)
        return DetectedLetDown(
            onset_s=onset,
            end_s=end,
            peak_s=float(grid[rise.peak]),
            rise_s=plateau - onset,
            plateau_s=fall - plateau,
            fall_s=max(end - fall, 0.0),
            confidence=p.ceiling * confidence_of(height / error, p.errors),
            complete=phases.complete,
            peak_mm=float(width[rise.peak]),
            widening=height / rest if rest > 0 else None,
        )


def _without_outliers(time: Array, diameter: Array) -> Array:
    """Return diameters with single wrong readings replaced by the median of five."""
    padded = np.pad(diameter, 2, mode="edge")
    middle: Array = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
    away = np.abs(diameter - middle)
    limit = max(6.0 * spread_of(away), 0.3)
    return np.where(away > limit, middle, diameter)


def _slow_error(width: Array) -> float:
    """Return a robust SD of the slow wandering: of changes over 20 s, most of which are between let-downs."""
    if width.size < 60:
        return 0.0
    changes = np.abs(width[20:] - width[:-20])
    return float(np.quantile(changes, 0.25)) / 0.319 / math.sqrt(2.0)
