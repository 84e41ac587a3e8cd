"""Lactotrophs: prolactin over days, under suckling, time of day, and dopamine with the drugs that touch it.

    dP/dt = k [ (P_0 + L) C (1 + g r s) F - P ]                  plasma; between feeds the drive s only fades
    ds/dt = -s / tau_s
    dU/dt = (suckling - U) / tau_U                               share of the time that is suckled
    dL/dt = ( L_max (1 - smoke) exp(-age / tau_age) h(U) - L ) / tau_L   what lactation adds to the secretion at rest
    r     = r_1 (r_0 + (1 - r_0) h(U))                             response to a suck: grows with suckling
    C     = 1 + a cos(2 pi (t - t_c) / 24 h)
    F     = (1 + b) / (1 + b D (1 + agonist) / (1 + antagonist)) dopamine D and drugs at the D2 receptor
    dD/dt = k_D ( 1 + w (1 - h(U)) ((P / ((P_0 + L) C)) ^ 1.5 - 1) - D )      short loop: silent while she suckles

h(U) = U^2 / (U^2 + U_half^2). The levels of drugs: `drugs`. Cues do not release prolactin.
Not modelled: sleep, thyrotropin-releasing hormone, big forms of prolactin, pulses without a suck.

Context of use: levels before and after feeds from birth to weaning, and the size of a drug's effect on them.
Half-life and suckling response are measured in women; the memory of suckling and the short loop are shapes.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.body.life.drugs import DopamineDrugs, agonists, antagonists
from letdown.body.life.hours import HoursParameters
from letdown.body.prolactin import ProlactinParameters
from letdown.kernel.elementary import cos, exp, hill2, maximum, sqrt
from letdown.kernel.equation import equation

__all__ = [
    "Lactotrophs",
    "LactotrophsParameters",
    "dopamine_gate",
    "lactotrophs_per_hour",
    "prolactin_at_rest",
    "suckling_memory",
    "suckling_response",
]


class Lactotrophs(NamedTuple):
    """Prolactin in plasma, drive of its release, share of time suckled, secretion added by lactation, dopamine."""

    level: Annotated[float, "ng/mL"]
    drive: Annotated[float, "1"]
    suckled: Annotated[float, "1"]
    added: Annotated[float, "ng/mL"]
    dopamine: Annotated[float, "1"]


class LactotrophsParameters(Parameters):
    """Constants of prolactin over days."""

    outside_lactation: float = par(8.0, "ng/mL", low=2, high=25, note="level of a woman who does not lactate")
    added_at_term: float = par(
        160.0, "ng/mL", low=60, high=350, note="term level of about 200 (100-300) less the level outside lactation"
    )
    added_max: float = par(
        100.0,
        "ng/mL",
        low=10,
        high=300,
        cite="Battin1985",
        species="human",
        evidence="fitted",
        note="90 ng/mL before a feed at 10 days, 44 at 180; Cox 119 and 59 at 1 and 6 months",
    )
    added_time: float = par(120.0, "h", low=24, high=480, note="5 days; non-nursing women are normal by 1-2 weeks")
    age_time: float = par(
        5500.0,
        "h",
        low=1500,
        high=20000,
        cite="Battin1985",
        species="human",
        evidence="fitted",
        note="230 days: slow fall of the level before a feed",
    )
    suckled_half: float = par(
        0.031, "1", low=0.005, high=0.2, note="share of time suckled of half effect: 45 min a day"
    )
    suckled_time: float = par(48.0, "h", low=12, high=240, note="memory of suckling")
    surge: float = par(
        2.5,
        "1",
        low=0.3,
        high=5,
        cite="Cox1996",
        species="human",
        evidence="fitted",
        note="factor on the response to a suck of `prolactin.gain`: peak 286 on 119 at 1 month, about 2 in Battin",
    )
    first_response: float = par(
        0.45, "1", low=0.0, high=1.0, note="share of the response to a suck that is there before any suckling"
    )
    day_night: float = par(0.15, "1", low=0.0, high=0.5, note="half-range of the daily rhythm")
    highest_hour: float = par(3.0, "h", low=0, high=24, note="hour of the day of the highest level")
    dopamine_gain: float = par(
        1.25,
        "1",
        low=0.2,
        high=10,
        cite="CampbellYeo2010",
        species="human",
        evidence="fitted",
        note="domperidone about doubles the level: 1 + gain bounds it",
    )
    loop_weight: float = par(0.4, "1", low=0.0, high=1.0, note="share of dopamine that follows prolactin")
    dopamine_rate: float = par(0.156, "1/h", low=0.02, high=1.0, cite="Friberg2009", species="human", evidence="model")


@equation
def suckling_memory(x: Lactotrophs, p: LactotrophsParameters) -> float:
    """Return the effect of recent suckling, 0-1."""
    return hill2(x.suckled, p.suckled_half)


@equation
def suckling_response(x: Lactotrophs, p: LactotrophsParameters) -> float:
    """Return the factor on the prolactin response to a suck, as suckling has made it."""
    return p.surge * (p.first_response + (1.0 - p.first_response) * suckling_memory(x, p))


@equation
def dopamine_gate(x: Lactotrophs, d: DopamineDrugs, p: LactotrophsParameters) -> float:
    """Return the factor on the secretion of prolactin by dopamine and drugs; 1 at the usual dopamine."""
    hold = p.dopamine_gain * x.dopamine * (1.0 + agonists(d)) / (1.0 + antagonists(d))
    return (1.0 + p.dopamine_gain) / (1.0 + hold)


@equation
def prolactin_at_rest(
    x: Lactotrophs, d: DopamineDrugs, p: LactotrophsParameters, c: HoursParameters, hour: Annotated[float, "h"]
) -> Annotated[float, "ng/mL"]:
    """Return the level that plasma tends to without suckling, ng/mL, at an hour of the day."""
    rhythm = 1.0 + p.day_night * cos(c.turn * (hour - p.highest_hour) / c.day)
    return (p.outside_lactation + x.added) * rhythm * dopamine_gate(x, d, p)


@equation
def lactotrophs_per_hour(
    x: Lactotrophs,
    d: DopamineDrugs,
    p: LactotrophsParameters,
    feed: ProlactinParameters,
    c: HoursParameters,
    age: Annotated[float, "h"],
    hour: Annotated[float, "h"],
    suckling: Annotated[float, "1"],
    plasma: Annotated[float, "1"],
    smoke: Annotated[float, "1"],
) -> Lactotrophs:
    """Return d(Lactotrophs)/dt, 1/h. `plasma` is 0 while a feed itself follows plasma and drive, else 1.

    `smoke` is the share by which smoking lowers what lactation adds.
    """
    memory = suckling_memory(x, p)
    surge = 1.0 + feed.gain * suckling_response(x, p) * x.drive
    toward = prolactin_at_rest(x, d, p, c, hour) * surge
    kept = p.added_max * (1.0 - smoke) * exp(-age / p.age_time) * memory
    ratio = x.level * dopamine_gate(x, d, p) / prolactin_at_rest(x, d, p, c, hour)
    open_loop = p.loop_weight * (1.0 - memory)
    gated = maximum(ratio, 0.0 * ratio)
    loop = 1.0 + open_loop * (gated * sqrt(gated) - 1.0)
    return Lactotrophs(
        plasma * c.second_rate * feed.elimination * (toward - x.level),
        -plasma * c.second_rate * x.drive / feed.drive_time,
        (suckling - x.suckled) / p.suckled_time,
        (kept - x.added) / p.added_time,
        p.dopamine_rate * (loop - x.dopamine),
    )
