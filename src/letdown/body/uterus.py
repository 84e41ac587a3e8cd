"""Uterus: the oxytocin of a feed contracts it, rhythmically, and it may hurt.

    dT/dt = (H - T) / tau,  H = y^2 / (y^2 + half^2),  y = max(oxytocin - basal, 0)
    d(phase)/dt = f_0 (1 + g T) ;   contraction = T (1 - cos(2 pi phase)) / 2
    s = pain gain * contraction * (1 + b (parity - 1) / (parity - 1 + c)) * exp(-(day - 1) / fading)
    afterpain = s / (1 + s)

More births, more pain; receptors and pain fade within days. Afterpains feed back on the reflex as a pain.
Not modelled: spontaneous contractions without oxytocin, the shrinking of the uterus (a matter of weeks).

Context of use: that feeds contract the uterus, by parity and day. No human intensity scale was available, so
pain is a 0-1 index.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import cos, exp, hill2, positive_part
from letdown.kernel.equation import equation

__all__ = ["Uterus", "UterusParameters", "afterpain", "contraction", "uterus_rate"]


class Uterus(NamedTuple):
    """Tone raised by oxytocin, and the phase of its contractions in turns."""

    tone: Annotated[float, "1"]
    phase: Annotated[float, "1"]


class UterusParameters(Parameters):
    """Constants of the puerperal uterus; parity and day belong to the mother."""

    parity: float = par(2.0, "1", low=1, high=15, note="births including this one; a trait")
    day: float = par(60.0, "1", low=1, high=1000, note="number of the post-partum day, 1 is the first 24 h; a trait")
    half_rise: float = par(3.0, "pg/mL", low=0.5, high=15, note="rise of oxytocin above basal of half effect")
    rise_width: float = par(0.1, "pg/mL", low=0.01, high=0.5)
    tone_time: float = par(20.0, "s", low=5, high=90)
    resting_rate: float = par(0.006, "1/s", low=0.001, high=0.02, note="contractions a second at low tone")
    rate_gain: float = par(1.5, "1", low=0.0, high=5)
    turn: float = par(6.283185307179586, "1", low=6.28, high=6.29, note="radians in a turn")
    pain_gain: float = par(
        0.8,
        "1",
        low=0.2,
        high=2.0,
        cite="Holdcroft2003",
        species="human",
        evidence="fitted",
        note="96 % report deep pain in feeds of the first 3 days",
    )
    parity_gain: float = par(
        1.2,
        "1",
        low=0.0,
        high=4.0,
        cite="Holdcroft2003",
        species="human",
        evidence="derived",
        note="pain and contractions rise with prior births",
    )
    parity_half: float = par(1.0, "1", low=0.2, high=5.0)
    fading: float = par(4.0, "1", low=1, high=14, note="days; receptors and pain fade over the first week")


@equation
def uterus_rate(
    x: Uterus, p: UterusParameters, oxytocin: Annotated[float, "pg/mL"], basal: Annotated[float, "pg/mL"]
) -> Uterus:
    """Return d(Uterus)/dt for plasma oxytocin and its basal level, pg/mL."""
    response = hill2(positive_part(oxytocin - basal, p.rise_width), p.half_rise)
    return Uterus((response - x.tone) / p.tone_time, p.resting_rate * (1.0 + p.rate_gain * x.tone))


@equation
def contraction(x: Uterus, p: UterusParameters) -> float:
    """Return the strength of the contraction of this moment, 0-1."""
    return x.tone * 0.5 * (1.0 - cos(p.turn * x.phase))


@equation
def afterpain(x: Uterus, p: UterusParameters) -> float:
    """Return the pain of the contraction of this moment, 0-1."""
    births = 1.0 + p.parity_gain * (p.parity - 1.0) / (p.parity - 1.0 + p.parity_half)
    strength = p.pain_gain * contraction(x, p) * births * exp((1.0 - p.day) / p.fading)
    return strength / (1.0 + strength)
