"""Nipple of one breast: channels, closing pressure, external pressing, and what suction and jaw add.

    Q = lambda * max(P_d + s + P_comp - P_c,eff - P_press, 0) / R_n,eff
    P_c,eff = P_c (1 + g_pain pain) (1 - rho * handled) (1 - l exp(-(day - 1) / tau_l))
    R_n,eff = R_n * stiffness * shield

Smooth muscle closes the nipple; suction or handling opens most of it. Not modelled: single channels, flattening
of the nipple under load.

Context of use: flow into mouth, shield or pad; dripping; stopping a leak by pressing. The closing pressure is a
guess with a wide range: no human value exists.
"""

from typing import Annotated

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import exp, hill2, positive_part
from letdown.kernel.equation import equation

__all__ = ["NippleParameters", "closing_pressure", "driving_pressure", "nipple_flow"]


class NippleParameters(Parameters):
    """Constants of one nipple."""

    channel_resistance: float = par(
        90.0, "mmHg*s/mL", low=5, high=1000, evidence="fitted", note="about 4 channels of 0.3 mm by 10 mm"
    )
    closing_pressure: float = par(
        18.0, "mmHg", low=0, high=60, note="such that about 15 % of women drip; no human value exists"
    )
    early_laxity: float = par(
        0.5, "1", low=0.0, high=0.8, note="share of the closing pressure still missing on day 1; leaking lessens later"
    )
    early_days: float = par(21.0, "1", low=5, high=90, note="days over which it comes")
    handled_opening: float = par(
        0.7, "1", low=0.3, high=0.95, note="share of the closing pressure that suction removes"
    )
    handled_half: float = par(15.0, "mmHg", low=5, high=40, note="suction or compression that half opens it")
    pain_closing: float = par(0.5, "1", low=0.0, high=2.0, note="rise of the closing pressure with full nipple pain")
    flow_width: float = par(0.3, "mmHg", low=0.05, high=1.0, note="rounding of the opening of the valve")
    shield_resistance: float = par(1.0, "1", low=1.0, high=5.0, note="resistance of a nipple shield, 1 without one")
    shield_suction: float = par(1.0, "1", low=0.05, high=1.0, note="share of suction that a shield passes on")
    shield_stimulus: float = par(1.0, "1", low=0.05, high=1.0, note="share of the stimulus that a shield passes on")


@equation
def closing_pressure(
    p: NippleParameters, grip: Annotated[float, "mmHg"], pain: Annotated[float, "1"], day: Annotated[float, "1"]
) -> float:
    """Return the closing pressure, mmHg, under a grip (peak suction or compression), pain 0-1, on a day."""
    firm = 1.0 - p.early_laxity * exp((1.0 - day) / p.early_days)
    handled = 1.0 - p.handled_opening * hill2(grip, p.handled_half)
    return p.closing_pressure * firm * (1.0 + p.pain_closing * pain) * handled


@equation
def driving_pressure(
    ductal: Annotated[float, "mmHg"],
    pull: Annotated[float, "mmHg"],
    closing: Annotated[float, "mmHg"],
    p: NippleParameters,
) -> float:
    """Return the pressure that drives milk out through the nipple, mmHg; 0 while its valve is closed."""
    return positive_part(ductal + pull - closing, p.flow_width)


@equation
def nipple_flow(
    ductal: Annotated[float, "mmHg"],
    opening: Annotated[float, "1"],
    pull: Annotated[float, "mmHg"],
    closing: Annotated[float, "mmHg"],
    resistance: Annotated[float, "mmHg*s/mL"],
    p: NippleParameters,
) -> float:
    """Return the flow out of the nipple, mL/s; `pull` is suction plus compression of this moment."""
    return opening * driving_pressure(ductal, pull, closing, p) / resistance
