"""Prolactin: released by suckling over minutes, cleared with a half-life near half an hour.

    dPRL/dt = k (basal + gain * basal * drive_p - PRL) ;   d(drive_p)/dt = (drive - drive_p) / tau_p

Cues do not release it: only the afferent drive does. Secretion of milk follows it in a saturating way
(`alveoli.milk_synthesis`). Not modelled here: day-night rhythm, decline over months, dopamine.

Context of use: the surge of one feed (about twice the level before it, peak 30-45 min after the start).
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.equation import equation

__all__ = ["Prolactin", "ProlactinParameters", "prolactin_rate"]


class Prolactin(NamedTuple):
    """Plasma prolactin and the smoothed drive of its release."""

    level: Annotated[float, "ng/mL"]
    drive: Annotated[float, "1"]


class ProlactinParameters(Parameters):
    """Constants of prolactin release and clearance."""

    elimination: float = par(
        0.000413,
        "1/s",
        low=0.0003,
        high=0.0006,
        cite="Nunley1991",
        species="human",
        evidence="measured",
        note="half-life 28 min",
    )
    basal: float = par(
        90.0,
        "ng/mL",
        low=5,
        high=400,
        cite="Battin1985",
        species="human",
        evidence="measured",
        note="before a feed, 10 days after birth; 119 at 1 month, 44-59 at 6 months in other series",
    )
    gain: float = par(
        4.5,
        "1",
        low=0.5,
        high=12,
        cite="Battin1985",
        species="human",
        evidence="derived",
        note="suckling doubles the level before the feed",
    )
    drive_time: float = par(240.0, "s", low=30, high=900, note="delay between suckling and release")


@equation
def prolactin_rate(x: Prolactin, p: ProlactinParameters, drive: Annotated[float, "1"]) -> Prolactin:
    """Return d(Prolactin)/dt for an afferent drive 0-1."""
    return Prolactin(p.elimination * (p.basal * (1.0 + p.gain * x.drive) - x.level), (drive - x.drive) / p.drive_time)
