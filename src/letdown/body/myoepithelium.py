"""Myoepithelium: a lag, an adaptation to the level, a contraction.

    dc_1/dt = (c - c_1) n / delta, ..., dc_n/dt = (c_(n-1) - c_n) n / delta        n = 6 stages
    dm/dt = (c_n - m) / tau_m                                                     adaptation
    y = max(c_n - m, 0) (smooth) ;  a_inf = y^2 / (y^2 + (K (1 + s adrenergic))^2)
    da/dt = (a_inf - a) / tau,  tau from tau_on (rising) to tau_off (falling) by a logistic

The muscle answers the rise of oxytocin, not its level: with a half-life of minutes and bursts every 90-220 s
plasma never falls back between bursts, and a plain dose-response would give one long ejection. The adaptation
stands for receptor and calcium adaptation together and is an assumption with one fitted constant. Not modelled:
calcium oscillations within one contraction, contraction of the ducts themselves.

Context of use: let-downs apart from one another, i.v. threshold near 2 mU with a lag near 20 s.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import hill2, logistic, positive_part
from letdown.kernel.equation import equation

__all__ = ["Myoepithelium", "MyoepitheliumParameters", "contraction_target", "myoepithelium_rate"]


class Myoepithelium(NamedTuple):
    """Six stages of the lag, the adapted level, and the activation 0-1."""

    transit1: Annotated[float, "pg/mL"]
    transit2: Annotated[float, "pg/mL"]
    transit3: Annotated[float, "pg/mL"]
    transit4: Annotated[float, "pg/mL"]
    transit5: Annotated[float, "pg/mL"]
    transit6: Annotated[float, "pg/mL"]
    adapted: Annotated[float, "pg/mL"]
    activation: Annotated[float, "1"]


class MyoepitheliumParameters(Parameters):
    """Constants of lag, adaptation and contraction."""

    lag: float = par(
        20.0,
        "s",
        low=10,
        high=25,
        cite="Myoepithelium1961",
        species="human",
        evidence="measured",
        note="intravenous injection to pressure rise",
    )
    adaptation_time: float = par(
        37.0,
        "s",
        low=30,
        high=150,
        evidence="fitted",
        note="30-60 s separates let-downs cleanly, 120 s merges them",
    )
    half_rise: float = par(
        0.62,
        "pg/mL",
        low=0.2,
        high=3.0,
        evidence="fitted",
        note="rise of oxytocin above the adapted level of half effect",
    )
    rise_width: float = par(0.04, "pg/mL", low=0.005, high=0.2, note="rounding of the threshold at no rise")
    on_time: float = par(6.0, "s", low=3, high=15)
    off_time: float = par(10.0, "s", low=8, high=30)
    direction_width: float = par(0.02, "1", low=0.005, high=0.1, note="width of the switch from on to off time")
    adrenergic_sensitivity: float = par(
        2.5,
        "1",
        low=0.0,
        high=6.0,
        note="how far full adrenergic tone raises half_rise; suppression seen in rabbits",
    )


@equation
def contraction_target(x: Myoepithelium, p: MyoepitheliumParameters, adrenergic: Annotated[float, "1"]) -> float:
    """Return the activation towards which the muscle is moving, 0-1."""
    rise = positive_part(x.transit6 - x.adapted, p.rise_width)
    return hill2(rise, p.half_rise * (1.0 + p.adrenergic_sensitivity * adrenergic))


@equation
def myoepithelium_rate(
    x: Myoepithelium,
    p: MyoepitheliumParameters,
    oxytocin: Annotated[float, "pg/mL"],
    adrenergic: Annotated[float, "1"],
) -> Myoepithelium:
    """Return d(Myoepithelium)/dt for plasma oxytocin in pg/mL and adrenergic tone 0-1."""
    stage = 6.0 / p.lag
    target = contraction_target(x, p, adrenergic)
    rising = logistic((target - x.activation) / p.direction_width)
    return Myoepithelium(
        stage * (oxytocin - x.transit1),
        stage * (x.transit1 - x.transit2),
        stage * (x.transit2 - x.transit3),
        stage * (x.transit3 - x.transit4),
        stage * (x.transit4 - x.transit5),
        stage * (x.transit5 - x.transit6),
        (x.transit6 - x.adapted) / p.adaptation_time,
        (target - x.activation) * (rising / p.on_time + (1.0 - rising) / p.off_time),
    )
