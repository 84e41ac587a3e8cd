"""Afferents: what the nipple reports of sucking, pumping or handling.

    s_j = contact * quality * (touch + (1 - touch) * swing / (swing + swing_half)) * r(rate)   for each breast j
    r(f) = f (1 + f_half / 1 Hz) / (f + f_half)          1 at one cycle a second, saturating
    dx_j/dt = (s_j - x_j) / tau
    drive = S^2 / (S^2 + half^2),   S = x_left + x_right

The drive saturates: both breasts together add less than double. Not modelled: adaptation of single fibres,
temperature, areolar stretch as a separate modality.

Context of use: how strongly a given suck reaches the pituitary. Shape from the saturating response to litter
size in the rat; scale fitted to ejection counts in women. Known gap: no human afferent recordings exist.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import hill2
from letdown.kernel.equation import equation

__all__ = ["Afferents", "AfferentsParameters", "afferent_drive", "afferents_rate", "stimulus"]


class Afferents(NamedTuple):
    """Smoothed afferent activity of each breast."""

    left: Annotated[float, "1"]
    right: Annotated[float, "1"]


class AfferentsParameters(Parameters):
    """How a suck becomes afferent activity."""

    touch: float = par(
        0.2, "1", low=0.0, high=0.6, note="share of the stimulus from contact alone, without a vacuum swing"
    )
    swing_half: float = par(20.0, "mmHg", low=5, high=120, note="vacuum swing of half effect; infants swing about 85")
    compression_half: float = par(25.0, "mmHg", low=5, high=100, note="hand or jaw compression of half effect")
    rate_half: float = par(0.4, "1/s", low=0.1, high=2.0, note="cycle rate of half effect")
    unit_rate: float = par(1.0, "1/s", low=0.5, high=2.0, note="rate at which the rate factor is 1: nutritive sucking")
    half_drive: float = par(
        0.35,
        "1",
        low=0.1,
        high=1.2,
        cite="Russell1980",
        species="rat",
        evidence="derived",
        note="ejections equal for 10 and 22 pups, fewer for 1: the response to stimulated area saturates",
    )
    time_constant: float = par(20.0, "s", low=5, high=60, evidence="fitted", note="rise of the central drive")


@equation
def stimulus(
    p: AfferentsParameters,
    contact: Annotated[float, "1"],
    swing: Annotated[float, "mmHg"],
    compression: Annotated[float, "mmHg"],
    rate: Annotated[float, "1/s"],
) -> float:
    """Return the stimulus of one breast, 1 for a firm suck at one cycle a second."""
    strength = swing / (swing + p.swing_half) + compression / (compression + p.compression_half)
    pace = rate * (1.0 + p.rate_half / p.unit_rate) / (rate + p.rate_half)
    return contact * (p.touch + (1.0 - p.touch) * strength) * pace


@equation
def afferents_rate(
    x: Afferents, p: AfferentsParameters, left: Annotated[float, "1"], right: Annotated[float, "1"]
) -> Afferents:
    """Return d(Afferents)/dt for the stimuli of the two breasts, 1/s."""
    return Afferents((left - x.left) / p.time_constant, (right - x.right) / p.time_constant)


@equation
def afferent_drive(x: Afferents, p: AfferentsParameters) -> float:
    """Return the drive that reaches the hypothalamus, 0-1."""
    return hill2(x.left + x.right, p.half_drive)
