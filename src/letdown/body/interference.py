"""Interference: how feelings, fatigue, pain and remarks reach the reflex.

    block = 1 - product_i (1 - w_i * level_i)           for the central and for the adrenergic route apart
    d(central)/dt = (block_central - central) / tau_c ;   d(adrenergic)/dt = (block_adrenergic - adrenergic) / tau_a
    remark: a step up at the moment it is made, then decay with tau_remark

Central inhibition weakens the priming of the oxytocin neurones and the oxytocin of a burst; injected oxytocin
passes it by. Adrenergic tone weakens the myoepithelium and narrows the ducts; injected oxytocin does not rescue
it. Poor positioning, short feeds and engorgement act elsewhere (infant, protocol, oedema); alcohol acts here,
centrally. The route, dose, evidence and effect of each are tabulated in docs/interference.md.

Context of use: direction and order of magnitude. Measured in women: mental stress and noise (pulses) and
alcohol (milk-ejecting response). All other weights are assumptions.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.body.surroundings import Conditions
from letdown.kernel.equation import equation

__all__ = ["Interference", "InterferenceParameters", "interference_rate", "interference_remark"]


class Interference(NamedTuple):
    """Central inhibition, adrenergic tone, and the sting of a remark still felt; each 0-1."""

    central: Annotated[float, "1"]
    adrenergic: Annotated[float, "1"]
    remark: Annotated[float, "1"]


class InterferenceParameters(Parameters):
    """Weight of each condition on each route at level 1."""

    central_stress: float = par(
        0.25,
        "1",
        low=0.1,
        high=0.9,
        cite="Ueda1994",
        species="human",
        evidence="derived",
        note="mental arithmetic: oxytocin pulses fall by 43 %",
    )
    central_noise: float = par(
        0.29,
        "1",
        low=0.1,
        high=0.9,
        cite="Ueda1994",
        species="human",
        evidence="derived",
        note="noise: oxytocin pulses fall by 49 %",
    )
    central_embarrassment: float = par(0.38, "1", low=0.0, high=0.95)
    central_anger: float = par(0.3, "1", low=0.0, high=0.95)
    central_irritation: float = par(0.2, "1", low=0.0, high=0.95)
    central_fear: float = par(0.45, "1", low=0.0, high=0.95)
    central_resentment: float = par(0.25, "1", low=0.0, high=0.95)
    central_fatigue: float = par(0.22, "1", low=0.0, high=0.95)
    central_remark: float = par(0.4, "1", low=0.0, high=0.95)
    central_nipple_pain: float = par(0.3, "1", low=0.0, high=0.95)
    central_uterine_pain: float = par(0.2, "1", low=0.0, high=0.95)
    alcohol_half: float = par(
        1.6,
        "1",
        low=0.8,
        high=2.5,
        cite="Cobo1973",
        species="human",
        evidence="derived",
        note="g/kg; response inhibited by 18, 63, 80 % at about 0.75, 1.25, 1.75 g/kg",
    )
    adrenergic_stress: float = par(0.0, "1", low=0.0, high=0.95)
    adrenergic_noise: float = par(0.0, "1", low=0.0, high=0.95)
    adrenergic_embarrassment: float = par(0.2, "1", low=0.0, high=0.95)
    adrenergic_anger: float = par(0.5, "1", low=0.0, high=0.95)
    adrenergic_irritation: float = par(0.25, "1", low=0.0, high=0.95)
    adrenergic_fear: float = par(0.8, "1", low=0.0, high=0.95)
    adrenergic_resentment: float = par(0.15, "1", low=0.0, high=0.95)
    adrenergic_remark: float = par(0.2, "1", low=0.0, high=0.95)
    adrenergic_nipple_pain: float = par(0.3, "1", low=0.0, high=0.95)
    central_time: float = par(20.0, "s", low=5, high=120)
    adrenergic_time: float = par(40.0, "s", low=10, high=300)
    remark_time: float = par(300.0, "s", low=60, high=1800, note="how long a remark goes on hurting")


class Weights(NamedTuple):
    """Weight of each condition on one of the two routes, at level 1."""

    stress: Annotated[float, "1"]
    noise: Annotated[float, "1"]
    embarrassment: Annotated[float, "1"]
    anger: Annotated[float, "1"]
    irritation: Annotated[float, "1"]
    fear: Annotated[float, "1"]
    resentment: Annotated[float, "1"]
    remark: Annotated[float, "1"]
    nipple_pain: Annotated[float, "1"]


@equation
def open_share(w: Weights, c: Conditions, remark: Annotated[float, "1"]) -> float:
    """Return the share of a route that the conditions and a remark still felt leave open, 0-1."""
    return (
        (1.0 - w.stress * c.stress)
        * (1.0 - w.noise * c.noise)
        * (1.0 - w.embarrassment * c.embarrassment)
        * (1.0 - w.anger * c.anger)
        * (1.0 - w.irritation * c.irritation)
        * (1.0 - w.fear * c.fear)
        * (1.0 - w.resentment * c.resentment)
        * (1.0 - w.remark * remark)
        * (1.0 - w.nipple_pain * c.nipple_pain)
    )


@equation
def interference_rate(
    x: Interference, p: InterferenceParameters, c: Conditions, afterpain: Annotated[float, "1"]
) -> Interference:
    """Return d(Interference)/dt, 1/s. `afterpain` is the uterine pain of this moment, 0-1."""
    central = Weights(
        p.central_stress,
        p.central_noise,
        p.central_embarrassment,
        p.central_anger,
        p.central_irritation,
        p.central_fear,
        p.central_resentment,
        p.central_remark,
        p.central_nipple_pain,
    )
    adrenergic = Weights(
        p.adrenergic_stress,
        p.adrenergic_noise,
        p.adrenergic_embarrassment,
        p.adrenergic_anger,
        p.adrenergic_irritation,
        p.adrenergic_fear,
        p.adrenergic_resentment,
        p.adrenergic_remark,
        p.adrenergic_nipple_pain,
    )
    dose = c.alcohol * c.alcohol * c.alcohol
    half = p.alcohol_half * p.alcohol_half * p.alcohol_half
    open_central = (
        open_share(central, c, x.remark)
        * (1.0 - p.central_fatigue * c.fatigue)
        * (1.0 - p.central_uterine_pain * c.uterine_pain)
        * (1.0 - p.central_uterine_pain * afterpain)
        * (half / (half + dose))
    )
    return Interference(
        (1.0 - open_central - x.central) / p.central_time,
        (1.0 - open_share(adrenergic, c, x.remark) - x.adrenergic) / p.adrenergic_time,
        -x.remark / p.remark_time,
    )


@equation
def interference_remark(x: Interference, severity: Annotated[float, "1"]) -> Interference:
    """Return the state after a remark of the given severity, 0-1, is made (event)."""
    return Interference(x.central, x.adrenergic, x.remark + severity * (1.0 - x.remark))
