"""Infant: latches, sucks in runs and pauses, changes to suck-and-swallow when milk comes, lets go.

    n      = 1 / (1 + exp(-(m - m_half) / w))          share of nutritive sucking; m: smoothed milk flow into the mouth
    rate   = f_nns + (f_ns - f_nns) n                  about 2 /s without milk, 1 /s with it
    dv/dt  = -v (sated / tau_comfort + attached / tau_tire + bored / tau_give_up)          vigour
    sated  = 1 / (1 + exp(-(stomach / appetite - s) / w_s)) ;  bored: time without milk beyond patience
    slip   : hazard h_0 (1 - q)^2 of losing the breast, q the quality of the latch
    lets go when v < v_end: satisfied if the stomach holds a fair share of the appetite, tired if not

    q = skill * (1 - l_p poor positioning) * (latch factor of oedema)

Vacuum and stimulus fall with q, v and satedness. Runs and pauses are drawn; pauses lengthen as the infant is sated.
Not modelled: swallowing and breathing one by one, jaw compression, reflux.

Context of use: who ends a feed and when, and the pattern of vacuum at the breast. Vacuum and rates are
measured; the waning of vigour is an assumption fitted to the length of feeds.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import logistic, select
from letdown.kernel.equation import equation

__all__ = [
    "Infant",
    "InfantParameters",
    "Sucking",
    "eagerness",
    "infant_events",
    "infant_rate",
    "latch_quality",
    "nutritive_share",
    "satedness",
    "suck_rate",
    "sucking_events",
    "suction_strength",
]


class Infant(NamedTuple):
    """Continuous state: what the infant takes, feels and can still do."""

    envelope: Annotated[float, "1"]
    vigour: Annotated[float, "1"]
    stomach: Annotated[float, "mL"]
    milk_sense: Annotated[float, "mL/s"]
    without_milk: Annotated[float, "s"]
    run_left: Annotated[float, "s"]
    latch_wait: Annotated[float, "s"]
    slip_hazard: Annotated[float, "1"]


class Sucking(NamedTuple):
    """Discrete state: attached, in a run of sucks, has let go satisfied or tired, and counts of draws used."""

    attached: Annotated[float, "1"]
    in_run: Annotated[float, "1"]
    satisfied: Annotated[float, "1"]
    tired: Annotated[float, "1"]
    runs: Annotated[float, "1"]
    slips: Annotated[float, "1"]


class InfantParameters(Parameters):
    """Constants of the infant; skill, appetite, vigour and vacuum are traits."""

    latch_skill: float = par(0.95, "1", low=0.0, high=1.0, note="a trait: 1 is a practised latch")
    appetite: float = par(
        100.0,
        "mL",
        low=1,
        high=500,
        cite="Kent2006",
        species="human",
        evidence="derived",
        note="what would satisfy; a trait; 76 g is the mean feed from one breast",
    )
    vigour: float = par(1.0, "1", low=0.0, high=1.0, note="at the start; a trait")
    peak_suction: float = par(
        145.0,
        "mmHg",
        low=0,
        high=300,
        cite="Geddes2008",
        species="human",
        evidence="measured",
        note="SD 58; 122 in a second series",
    )
    baseline_suction: float = par(
        60.0,
        "mmHg",
        low=0,
        high=200,
        cite="Geddes2008",
        species="human",
        evidence="derived",
        note="64 (SD 45), unverified; 31 in a second series",
    )
    seal_without_skill: float = par(
        0.3, "1", low=0.0, high=0.8, note="share of vacuum that the worst latch still holds"
    )
    poor_positioning_loss: float = par(0.7, "1", low=0.2, high=1.0, note="loss of latch quality at level 1")
    non_nutritive_rate: float = par(
        2.0,
        "1/s",
        low=1.4,
        high=2.6,
        cite="Zimmerman2020",
        species="human",
        evidence="measured",
        note="within a run",
    )
    nutritive_rate: float = par(1.0, "1/s", low=0.6, high=1.3, note="at the breast; only a secondary text gives it")
    milk_half: float = par(0.035, "mL/s", low=0.005, high=0.2, note="flow at which half the sucks are nutritive")
    milk_width: float = par(0.01, "mL/s", low=0.002, high=0.05)
    sense_time: float = par(4.0, "s", low=1, high=15)
    run_without_milk: float = par(
        4.5,
        "s",
        low=2,
        high=10,
        cite="Zimmerman2020",
        species="human",
        evidence="measured",
        note="6-12 sucks at 2 /s",
    )
    run_with_milk: float = par(12.5, "s", low=5, high=40)
    pause: float = par(3.5, "s", low=1, high=12)
    pause_sated: float = par(12.0, "s", low=0, high=60, note="how much longer pauses are when sated or without vigour")
    drowsy_suction: float = par(0.25, "1", low=0.0, high=0.8, note="share of the vacuum that a drowsy infant keeps")
    comfort_suction: float = par(0.4, "1", low=0.1, high=1.0, note="share of the vacuum in comfort sucking, when sated")
    spread: float = par(
        0.33,
        "1",
        low=0.0,
        high=0.6,
        cite="Zimmerman2020",
        species="human",
        evidence="derived",
        note="half-range of run and pause lengths around the mean: 9 (6-12) sucks",
    )
    suck_rise: float = par(
        0.35,
        "1",
        low=0.1,
        high=0.9,
        cite="Geddes2008",
        species="human",
        evidence="derived",
        note="share of a cycle in which vacuum is applied: fast application, slow release",
    )
    envelope_time: float = par(0.3, "s", low=0.1, high=2)
    sated_share: float = par(0.93, "1", low=0.7, high=1.0)
    sated_width: float = par(0.03, "1", low=0.005, high=0.2)
    fair_share: float = par(0.8, "1", low=0.3, high=1.0, note="share of the appetite that counts as satisfied")
    comfort_time: float = par(
        240.0, "s", low=30, high=3600, evidence="fitted", note="waning of comfort sucking; a trait"
    )
    tire_time: float = par(2400.0, "s", low=300, high=10000)
    patience: float = par(240.0, "s", low=60, high=3600, note="time without milk before boredom")
    boredom_width: float = par(45.0, "s", low=5, high=200)
    give_up_time: float = par(150.0, "s", low=30, high=2000)
    end_vigour: float = par(0.2, "1", low=0.05, high=0.24, note="vigour at which the infant lets go")
    slip_rate: float = par(0.02, "1/s", low=0.0, high=0.2, note="of losing the breast with the worst latch")
    latch_time: float = par(5.0, "s", low=1, high=60, note="to take the breast, practised")
    clumsy_latch_time: float = par(60.0, "s", low=0, high=300, note="added by the worst latch")


@equation
def latch_quality(
    p: InfantParameters, poor_positioning: Annotated[float, "1"], oedema_factor: Annotated[float, "1"]
) -> float:
    """Return the quality of the latch, 0-1."""
    return p.latch_skill * (1.0 - p.poor_positioning_loss * poor_positioning) * oedema_factor


@equation
def nutritive_share(x: Infant, p: InfantParameters) -> float:
    """Return the share of nutritive sucking, 0-1."""
    return logistic((x.milk_sense - p.milk_half) / p.milk_width)


@equation
def suck_rate(x: Infant, p: InfantParameters) -> float:
    """Return the rate of sucks within a run, 1/s."""
    return p.non_nutritive_rate + (p.nutritive_rate - p.non_nutritive_rate) * nutritive_share(x, p)


@equation
def satedness(x: Infant, p: InfantParameters) -> float:
    """Return how sated the infant is, 0-1: a switch near its appetite."""
    return logistic((x.stomach / p.appetite - p.sated_share) / p.sated_width)


@equation
def eagerness(x: Infant, p: InfantParameters) -> float:
    """Return how eagerly the infant works at the nipple, 0-1: vigour, and less in comfort sucking."""
    return x.vigour * (1.0 - (1.0 - p.comfort_suction) * satedness(x, p))


@equation
def suction_strength(x: Infant, p: InfantParameters) -> float:
    """Return the share of its full vacuum that the infant draws: even a drowsy one holds the breast."""
    return p.drowsy_suction + (1.0 - p.drowsy_suction) * eagerness(x, p)


@equation
def infant_rate(
    x: Infant,
    s: Sucking,
    p: InfantParameters,
    quality: Annotated[float, "1"],
    swallowed: Annotated[float, "mL/s"],
) -> Infant:
    """Return d(Infant)/dt for a latch quality 0-1 and a flow into the mouth in mL/s."""
    sated = satedness(x, p)
    bored = logistic((x.without_milk - p.patience) / p.boredom_width)
    milk = nutritive_share(x, p)
    clumsy = 1.0 - quality
    return Infant(
        (s.attached * s.in_run - x.envelope) / p.envelope_time,
        -x.vigour * s.attached * (sated / p.comfort_time + 1.0 / p.tire_time + bored / p.give_up_time),
        swallowed,
        (swallowed - x.milk_sense) / p.sense_time,
        s.attached * (1.0 - milk) - milk * x.without_milk / p.sense_time,
        -1.0,
        -1.0,
        s.attached * p.slip_rate * clumsy * clumsy,
    )


@equation
def sucking_events(
    x: Infant,
    s: Sucking,
    p: InfantParameters,
    offered: Annotated[float, "1"],
    slip_threshold: Annotated[float, "1"],
) -> Sucking:
    """Return the discrete state after this tick (event): latch, slip, run or pause, letting go."""
    slips = s.attached * select(x.slip_hazard > slip_threshold, 1.0, 0.0)
    latches = (1.0 - s.attached) * select(x.latch_wait <= 0.0, 1.0, 0.0)
    gone = select(x.vigour < p.end_vigour, 1.0, 0.0) * offered
    content = gone * select(x.stomach > p.fair_share * p.appetite, 1.0, 0.0)
    turn = select(x.run_left <= 0.0, 1.0, 0.0) * s.attached
    return Sucking(
        offered * (1.0 - gone) * (s.attached * (1.0 - slips) + latches),
        offered * select(latches > 0.5, 1.0, turn * (1.0 - s.in_run) + (1.0 - turn) * s.in_run),
        content,
        gone * (1.0 - content),
        s.runs + turn + latches,
        s.slips + slips,
    )


@equation
def infant_events(
    x: Infant,
    before: Sucking,
    after: Sucking,
    p: InfantParameters,
    offered: Annotated[float, "1"],
    quality: Annotated[float, "1"],
    draw: Annotated[float, "1"],
) -> Infant:
    """Return the continuous state after this tick's discrete change (event); `draw` is uniform in (0, 1)."""
    milk = nutritive_share(x, p)
    suck = p.run_without_milk + (p.run_with_milk - p.run_without_milk) * milk
    rest = p.pause + p.pause_sated * (1.0 - x.vigour * (1.0 - satedness(x, p)))
    length = (suck * after.in_run + rest * (1.0 - after.in_run)) * (1.0 - p.spread + 2.0 * p.spread * draw)
    new_run = select(after.runs > before.runs, 1.0, 0.0)
    slipped = select(after.slips > before.slips, 1.0, 0.0)
    waiting = (1.0 - offered) + offered * slipped
    return Infant(
        x.envelope,
        x.vigour,
        x.stomach,
        x.milk_sense,
        x.without_milk * offered,
        new_run * length + (1.0 - new_run) * x.run_left,
        waiting * (p.latch_time + p.clumsy_latch_time * (1.0 - quality)) + (1.0 - waiting) * x.latch_wait,
        (1.0 - slipped) * x.slip_hazard,
    )
