"""Oedema of an engorged breast: swollen tissue presses the ducts and flattens the nipple.

    P_t = P_max E ;   D / D_0 = 1 - n E ;   R_n factor = (1 - n E)^-4 ;   latch factor = 1 - l E ;   stiffness = 1 + c E

The level E of a feed is given (0-1); its rise and relief over days are slower than a feed and are not here.

Context of use: direction only. No human tissue pressure or flow in engorgement was found.
"""

from typing import Annotated

from letdown._parameter import Parameters, par
from letdown.kernel.equation import equation

__all__ = ["OedemaParameters", "latch_factor", "narrowing_factor", "tissue_pressure", "tissue_stiffness"]


class OedemaParameters(Parameters):
    """Effects of oedema at level 1."""

    pressure: float = par(10.0, "mmHg", low=2, high=15, note="tissue pressure at full oedema")
    narrowing: float = par(0.2, "1", low=0.0, high=0.45, note="loss of duct diameter behind the nipple")
    latch_loss: float = par(0.45, "1", low=0.0, high=0.9, note="a flat, tight areola is harder to grasp")
    stiffening: float = par(1.0, "1", low=0.0, high=4.0, note="loss of duct compliance")


@equation
def tissue_pressure(p: OedemaParameters, oedema: Annotated[float, "1"]) -> float:
    """Return the tissue pressure around the ducts, mmHg."""
    return p.pressure * oedema


@equation
def narrowing_factor(p: OedemaParameters, oedema: Annotated[float, "1"]) -> float:
    """Return the factor on the resistance of the nipple, >= 1: fourth power of the lost diameter."""
    open_share = 1.0 - p.narrowing * oedema
    square = open_share * open_share
    return 1.0 / (square * square)


@equation
def latch_factor(p: OedemaParameters, oedema: Annotated[float, "1"]) -> float:
    """Return the factor on the quality of the latch, 0-1."""
    return 1.0 - p.latch_loss * oedema


@equation
def tissue_stiffness(p: OedemaParameters, oedema: Annotated[float, "1"]) -> float:
    """Return the factor on the stiffness of the ducts, >= 1."""
    return 1.0 + p.stiffening * oedema
