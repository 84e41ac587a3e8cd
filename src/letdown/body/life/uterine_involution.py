"""The uterus shrinks: volume, height of the fundus, oxytocin receptors.

    dV/dt = -k (1 + beta T) (V - V_inf)           T: mean tone that feeds add, over a day
    fundus = h (V - V_inf) / (V_0 - V_inf)
    diameter = (V / s)^(1/3)                      anteroposterior, of a body that keeps its shape s as it shrinks
    receptors = exp(-(day - 1) / fading)          as the feed's uterus reads them

Breastfeeding's effect beta is small, as published findings disagree. Afterpains belong to the feed (`uterus`).
Not modelled: lochia, caesarean scar, uterine weight apart from volume.

Context of use: size on days 1-56. The decline is fitted to four medians by ultrasound in 50 women.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.body.uterus import UterusParameters
from letdown.kernel.elementary import exp
from letdown.kernel.equation import equation
from letdown.kernel.power import power

__all__ = [
    "UterineInvolution",
    "UterineInvolutionParameters",
    "anteroposterior_diameter",
    "fundal_height",
    "receptor_share",
    "uterine_involution_per_hour",
]


class UterineInvolution(NamedTuple):
    """Volume of the uterine body and the mean tone that feeds added over the last day."""

    volume: Annotated[float, "cm**3"]
    tone: Annotated[float, "1"]


class UterineInvolutionParameters(Parameters):
    """Constants of involution."""

    volume_at_birth: float = par(
        826.0, "cm**3", low=400, high=1600, cite="Belachew2012", species="human", evidence="fitted", note="756 on day 1"
    )
    final_volume: float = par(
        65.0, "cm**3", low=30, high=150, cite="Belachew2012", species="human", evidence="fitted", note="68 on day 56"
    )
    shrinking: float = par(
        0.00415,
        "1/h",
        low=0.002,
        high=0.01,
        cite="Belachew2012",
        species="human",
        evidence="fitted",
        note="0.100 a day with feeds: 440 on day 7, 253 on day 14",
    )
    feeds_help: float = par(1.0, "1", low=0.0, high=10, note="times the mean tone, about 0.01: a small effect")
    tone_time: float = par(24.0, "h", low=6, high=96)
    fundus_at_birth: float = par(
        16.4, "cm", low=10, high=22, cite="Othman2022", species="human", evidence="fitted", note="falls 1.12 cm a day"
    )
    shape: float = par(
        0.97,
        "1",
        low=0.6,
        high=1.6,
        cite="MulicLutvica2001",
        species="human",
        evidence="derived",
        note="volume over the cube of the diameter: 756 cm3 (Belachew) and 92 mm on day 1",
    )


@equation
def uterine_involution_per_hour(
    x: UterineInvolution, p: UterineInvolutionParameters, tone: Annotated[float, "1"]
) -> UterineInvolution:
    """Return d(UterineInvolution)/dt, 1/h, for the tone that a feed adds now, 0-1."""
    return UterineInvolution(
        -p.shrinking * (1.0 + p.feeds_help * x.tone) * (x.volume - p.final_volume), (tone - x.tone) / p.tone_time
    )


@equation
def fundal_height(x: UterineInvolution, p: UterineInvolutionParameters) -> Annotated[float, "cm"]:
    """Return the height of the fundus above the symphysis, cm."""
    return p.fundus_at_birth * (x.volume - p.final_volume) / (p.volume_at_birth - p.final_volume)


def anteroposterior_diameter(x: UterineInvolution, p: UterineInvolutionParameters) -> float:
    """Return the largest anteroposterior diameter, cm; a read-out of the daily table, no part of a run."""
    return power(x.volume / p.shape, 1.0 / 3.0)


@equation
def receptor_share(p: UterusParameters, day: Annotated[float, "1"]) -> float:
    """Return the share of the receptors of day 1 that is left, 0-1."""
    return exp((1.0 - day) / p.fading)
