"""Ducts of one breast: one compliant volume, its pressure, its diameter, its collapse.

    P_d = P_0 + (V_d - V_0) / C - max(V_0 - V_d, 0) / C                twice as stiff when emptied
    D   = D_0 sqrt(V_d / V_0)
    lambda = V_d^4 / (V_d^4 + V_half^4)                                share of the lumen open

Viscous loss in the ductal tree is below 1 mmHg at usual flows and is left out. Engorgement and adrenergic tone
lower the compliance.

Context of use: duct widening that ultrasound sees, and the limit that makes suction alone useless.
"""

from typing import Annotated

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import positive_part, sqrt
from letdown.kernel.equation import equation

__all__ = ["DuctsParameters", "duct_diameter", "duct_opening", "duct_pressure"]


class DuctsParameters(Parameters):
    """Constants of the main ducts of one breast."""

    resting_volume: float = par(3.0, "mL", low=1.5, high=7, note="Murray tree of nine ducts: 2.2-7.3 mL")
    collapse_volume: float = par(1.5, "mL", low=0.3, high=1.5, note="volume at which the lumen is half open")
    resting_pressure: float = par(2.0, "mmHg", low=0.0, high=5.0)
    compliance: float = par(0.35, "mL/mmHg", low=0.1, high=1.0)
    bend: float = par(0.1, "mL", low=0.02, high=0.5, note="rounding of the change of stiffness at rest")
    resting_diameter: float = par(
        2.0,
        "mm",
        low=0.8,
        high=4.0,
        cite="RamsayAnatomy2005",
        species="human",
        evidence="measured",
        note="1.9 (SD 0.6) left, 2.0 (0.7) right",
    )


@equation
def duct_pressure(milk: Annotated[float, "mL"], stiffness: Annotated[float, "1"], p: DuctsParameters) -> float:
    """Return the pressure in the ducts, mmHg above ambient. `stiffness` >= 1 divides the compliance."""
    excess = milk - p.resting_volume
    return p.resting_pressure + (excess - positive_part(-excess, p.bend)) * stiffness / p.compliance


@equation
def duct_diameter(milk: Annotated[float, "mL"], p: DuctsParameters) -> float:
    """Return the diameter of a main duct, mm."""
    return p.resting_diameter * sqrt(milk / p.resting_volume)


@equation
def duct_opening(milk: Annotated[float, "mL"], p: DuctsParameters) -> float:
    """Return the share of the duct lumen that is open, 0-1; no milk passes an empty duct."""
    share = milk * milk / (p.collapse_volume * p.collapse_volume)
    return share * share / (1.0 + share * share)
