"""Alveoli of one breast: secretory cells fill the lumen, the myoepithelial basket squeezes it.

    P_a = P_full * ((max(f - f_0, 0) - max(-f_0, 0)) / (1 - f_0))^2 + a * P_max * f      f = V_a / capacity
    Q_ad = [max(P_a - max(P_d, P_t) - P_th * (1 - open(a)), 0) - lambda max(P_d - P_a, 0)] / R_ad     back-flow possible
    S   = S_max * PRL / (PRL + PRL_half) * (1 - f^4 / (f^4 + f_s^4))

Active pressure is proportional to fullness, so an ejection moves a share of what is stored. Suction does not
reach the alveoli past ducts that collapse at tissue pressure P_t. P_th stands for ductules closed at rest and
opened by the contraction. R_ad is the slowness of the contraction and its asynchrony among lobules, not viscous
loss. Every maximum is rounded over a stated width; what the rounding leaves at f = 0 is taken off, so that empty
alveoli have no pressure and milk never falls below 0.

Context of use: milk moved by each let-down. P_max and P_full are the weakest numbers: no human intraductal
pressure amplitude was readable.
"""

from typing import Annotated

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import hill2, positive_part, rising_part
from letdown.kernel.equation import equation

__all__ = ["AlveoliParameters", "alveolar_pressure", "ejection_flow", "milk_synthesis"]


class AlveoliParameters(Parameters):
    """Constants of storage, squeeze and secretion of one breast."""

    capacity: float = par(
        160.0,
        "mL",
        low=5,
        high=900,
        cite="Kent2006",
        species="human",
        evidence="derived",
        note="the reference breast; means of 179 (74-382) and 210 in two series; less in the first days",
    )
    active_pressure: float = par(28.0, "mmHg", low=12, high=45, note="squeeze of a full breast at full activation")
    full_pressure: float = par(8.0, "mmHg", low=2, high=15, note="passive pressure at capacity")
    slack_fullness: float = par(0.3, "1", low=0.0, high=0.6, note="fullness below which the wall is slack")
    slack_width: float = par(0.03, "1", low=0.005, high=0.1)
    opening_pressure: float = par(6.0, "mmHg", low=3, high=10, note="closed ductules at rest")
    opening_activation: float = par(0.06, "1", low=0.02, high=0.2, note="activation that half opens the ductules")
    ejection_resistance: float = par(
        15.0, "mmHg*s/mL", low=8, high=60, evidence="fitted", note="speed of emptying of the alveoli"
    )
    flow_width: float = par(0.3, "mmHg", low=0.05, high=1.0, note="rounding of the pressure thresholds")
    synthesis_max: float = par(
        0.0085,
        "mL/s",
        low=0.0,
        high=0.03,
        cite="Kent1999",
        species="human",
        evidence="derived",
        note="453.6 g/24 h a breast at the usual prolactin and fullness",
    )
    synthesis_fullness: float = par(1.0, "1", low=0.6, high=1.5, note="fullness that halves secretion")
    prolactin_half: float = par(
        25.0,
        "ng/mL",
        low=5,
        high=60,
        cite="Peters1986",
        species="human",
        evidence="derived",
        note="about 25 ng/mL are needed to lactate",
    )


@equation
def alveolar_pressure(milk: Annotated[float, "mL"], activation: Annotated[float, "1"], p: AlveoliParameters) -> float:
    """Return the pressure in the alveoli, mmHg above ambient."""
    fullness = milk / p.capacity
    at_rest = positive_part(-p.slack_fullness, p.slack_width)
    stretch = (positive_part(fullness - p.slack_fullness, p.slack_width) - at_rest) / (1.0 - p.slack_fullness)
    return p.full_pressure * stretch * stretch + activation * p.active_pressure * fullness


@equation
def ejection_flow(
    alveolar: Annotated[float, "mmHg"],
    ductal: Annotated[float, "mmHg"],
    tissue: Annotated[float, "mmHg"],
    activation: Annotated[float, "1"],
    opening: Annotated[float, "1"],
    stiffness: Annotated[float, "1"],
    p: AlveoliParameters,
) -> float:
    """Return the flow from alveoli to ducts, mL/s; negative is back-flow.

    `opening` is the share of the ducts that is open (nothing flows back from empty ducts); `stiffness` >= 1
    multiplies R_ad.
    """
    against = tissue + rising_part(ductal - tissue, p.flow_width)
    difference = alveolar - against
    threshold = p.opening_pressure * (1.0 - hill2(activation, p.opening_activation))
    forward = rising_part(difference - threshold, p.flow_width)
    backward = opening * rising_part(ductal - alveolar, p.flow_width)
    return (forward - backward) / (p.ejection_resistance * stiffness)


@equation
def milk_synthesis(milk: Annotated[float, "mL"], prolactin: Annotated[float, "ng/mL"], p: AlveoliParameters) -> float:
    """Return the secretion of milk into the alveoli, mL/s."""
    fullness = milk / (p.capacity * p.synthesis_fullness)
    square = fullness * fullness
    return p.synthesis_max * prolactin / (prolactin + p.prolactin_half) / (1.0 + square * square)
