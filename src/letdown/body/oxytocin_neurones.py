"""Oxytocin neurones: a surrogate of the spiking network, one store and a hazard of synchronous bursts.

    dR/dt = k_p - R / tau_R                           store of oxytocin in the dendrites (store units)
    dE/dt = -E / tau_E                                endocannabinoid refractoriness left by a burst
    hazard = m / (1 + exp(-(R - R_half) / w)) / (1 + (E / E_0)^2) / (1 + exp(-(R - R_floor) / w_floor))
    a burst when the integral of the hazard passes an Exp(1) draw:
        oxytocin of the burst = Q_b * min(1.3, (R + 187) / 267) * recruited * pool * (1 + g W)
        E <- e R ;  R <- r R ;  W <- W + step (1 - W) ;  pool <- pool (1 - spend)
    k_p = (k_max * early(day) * practice * drive + cue priming) (1 - central)

Released over about 1.5 s. The rhythm is central: a constant drive still gives intermittent bursts, a stronger
one shortens the interval until refractoriness limits it.

Context of use: times of bursts in a feed. Structure from the rat network, constants fitted to the spiking network
of `letdown.neurons` (`letdown neurones compare`); pulse size and drive scaled to women. Known failure: the first
burst from an empty store comes a tenth early at k_p 0.3-0.5.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import exp, logistic, select, smooth_minimum
from letdown.kernel.equation import equation

__all__ = [
    "LastBurst",
    "Neurones",
    "NeuronesParameters",
    "burst_due",
    "burst_oxytocin",
    "last_burst",
    "neurones_burst",
    "neurones_rate",
    "priming_rate",
    "recruited_share",
    "secretion",
]


class Neurones(NamedTuple):
    """Store, refractoriness, potentiation within the feed, releasable pool, and what a burst is releasing."""

    store: Annotated[float, "1"]
    refractoriness: Annotated[float, "1"]
    potentiation: Annotated[float, "1"]
    pool: Annotated[float, "1"]
    hazard: Annotated[float, "1"]
    releasing: Annotated[float, "pg"]
    since_burst: Annotated[float, "s"]


class LastBurst(NamedTuple):
    """How many bursts there were, and what the last one recruited and released."""

    number: Annotated[float, "1"]
    recruited: Annotated[float, "1"]
    oxytocin: Annotated[float, "pg"]


class NeuronesParameters(Parameters):
    """Constants of the burst surrogate."""

    max_priming: float = par(
        0.66,
        "1/s",
        low=0.1,
        high=2.5,
        evidence="fitted",
        note="store priming at full afferent drive; women's counts",
    )
    beginner_priming: float = par(
        0.75,
        "1",
        low=0.2,
        high=1.0,
        note="share of the priming in a mother at her first feed; rises to 1 with practice",
    )
    early_gain: float = par(
        0.7,
        "1",
        low=0.0,
        high=2.0,
        cite="UvnasMoberg2020",
        species="human",
        evidence="fitted",
        note="extra priming on day 1: about 5 pulses in 10 min early post partum, fewer and merging later",
    )
    early_days: float = par(10.0, "1", low=2, high=40, note="days over which that extra fades")
    day: float = par(60.0, "1", low=1, high=1000, note="number of the post-partum day; a trait")
    practice: float = par(1.0, "1", low=0.0, high=1.0, note="a trait: 0 at the first feed, 1 when practised")
    store_time: float = par(
        168.0,
        "s",
        low=100,
        high=400,
        cite="Rossoni2008",
        species="rat",
        evidence="fitted",
        note="effective: 400 s of decay and the loss by background doublets; fitted to the spiking network",
    )
    hazard_max: float = par(
        0.22,
        "1/s",
        low=0.05,
        high=0.5,
        cite="Rossoni2008",
        species="rat",
        evidence="fitted",
        note="to intervals and first bursts of the spiking network, k_p 0.25-3 /s",
    )
    hazard_half: float = par(
        83.9,
        "1",
        low=40,
        high=160,
        cite="Rossoni2008",
        species="rat",
        evidence="fitted",
        note="to intervals and first bursts of the spiking network, k_p 0.25-3 /s",
    )
    hazard_width: float = par(
        8.2,
        "1",
        low=2,
        high=15,
        cite="Rossoni2008",
        species="rat",
        evidence="fitted",
        note="to intervals and first bursts of the spiking network, k_p 0.25-3 /s",
    )
    hazard_floor: float = par(
        41.4,
        "1",
        low=20,
        high=60,
        cite="Rossoni2008",
        species="rat",
        evidence="fitted",
        note="the network bursts 0.1 times an hour at k_p 0.2, never at 0.1",
    )
    floor_width: float = par(1.0, "1", low=0.3, high=4)
    refractory_time: float = par(6.0, "s", low=2, high=15, cite="Rossoni2008", species="rat", evidence="model")
    refractory_half: float = par(
        0.0082,
        "1",
        low=0.002,
        high=0.1,
        cite="Rossoni2008",
        species="rat",
        evidence="fitted",
        note="to intervals and first bursts of the spiking network, k_p 0.25-3 /s",
    )
    refractory_gain: float = par(0.016, "1", low=0.005, high=0.05, cite="Rossoni2008", species="rat", evidence="model")
    store_left: float = par(
        0.065,
        "1",
        low=0.02,
        high=0.3,
        cite="Rossoni2008",
        species="rat",
        evidence="fitted",
        note="to intervals and first bursts of the spiking network, k_p 0.25-3 /s",
    )
    dead_time: float = par(2.5, "s", low=1, high=6, cite="Rossoni2008", species="rat", evidence="model")
    pulse: float = par(
        22500.0,
        "pg",
        low=5000,
        high=60000,
        cite="Weitzman1980",
        species="human",
        evidence="derived",
        note="about 13 mU a burst at a store of 80: mean rise x clearance / pulse rate",
    )
    pulse_store: float = par(80.0, "1", low=50, high=120, cite="Rossoni2008", species="rat", evidence="model")
    pulse_offset: float = par(
        187.0,
        "1",
        low=0,
        high=500,
        cite="Rossoni2008",
        species="rat",
        evidence="fitted",
        note="a fuller store gives a little more: 956 + 5.1 R pg in the spiking network",
    )
    pulse_limit: float = par(1.3, "1", low=1.0, high=2.0)
    limit_width: float = par(0.1, "1", low=0.02, high=0.3)
    block_of_release: float = par(
        0.35, "1", low=0.0, high=1.0, note="share of central inhibition that also shrinks a burst"
    )
    fatigue_of_release: float = par(0.25, "1", low=0.0, high=0.8, note="how far fatigue shrinks a burst")
    potentiation_step: float = par(
        0.2,
        "1",
        low=0.0,
        high=0.5,
        cite="Wang1996",
        species="rat",
        evidence="derived",
        note="bursts grow in 89 % of cells during a session",
    )
    potentiation_gain: float = par(0.1, "1", low=0.0, high=0.5)
    potentiation_time: float = par(3600.0, "s", low=600, high=14400)
    pool_spend: float = par(0.06, "1", low=0.0, high=0.4, note="share of the releasable pool that one burst spends")
    pool_time: float = par(900.0, "s", low=120, high=7200)
    release_time: float = par(
        0.75,
        "s",
        low=0.3,
        high=3.0,
        cite="Rossoni2008",
        species="rat",
        evidence="model",
        note="a burst lasts about 1.5 s",
    )


@equation
def priming_rate(
    p: NeuronesParameters,
    drive: Annotated[float, "1"],
    cues: Annotated[float, "1/s"],
    central: Annotated[float, "1"],
) -> float:
    """Return the priming of the store k_p by sucking and cues under central inhibition, 1/s."""
    practised = p.beginner_priming + (1.0 - p.beginner_priming) * p.practice
    early = 1.0 + p.early_gain * exp((1.0 - p.day) / p.early_days)
    return (p.max_priming * practised * early * drive + cues) * (1.0 - central)


@equation
def neurones_rate(x: Neurones, p: NeuronesParameters, priming: Annotated[float, "1/s"]) -> Neurones:
    """Return d(Neurones)/dt for a store priming k_p in 1/s."""
    calm = 1.0 / (1.0 + (x.refractoriness / p.refractory_half) * (x.refractoriness / p.refractory_half))
    primed = logistic((x.store - p.hazard_half) / p.hazard_width)
    able = logistic((x.store - p.hazard_floor) / p.floor_width)
    return Neurones(
        priming - x.store / p.store_time,
        -x.refractoriness / p.refractory_time,
        -x.potentiation / p.potentiation_time,
        (1.0 - x.pool) / p.pool_time,
        p.hazard_max * primed * able * calm,
        -x.releasing / p.release_time,
        1.0,
    )


@equation
def secretion(x: Neurones, p: NeuronesParameters) -> float:
    """Return the oxytocin entering the blood from a burst, pg/s."""
    return x.releasing / p.release_time


@equation
def burst_due(x: Neurones, p: NeuronesParameters, threshold: Annotated[float, "1"]) -> float:
    """Return 1 when the cumulative hazard has passed the Exp(1) threshold outside the dead time, else 0."""
    return select(x.hazard > threshold, 1.0, 0.0) * select(x.since_burst > p.dead_time, 1.0, 0.0)


@equation
def recruited_share(p: NeuronesParameters, central: Annotated[float, "1"], fatigue: Annotated[float, "1"]) -> float:
    """Return the share of the neurones' output that inhibition and fatigue leave to a burst, 0-1."""
    return (1.0 - p.block_of_release * central) * (1.0 - p.fatigue_of_release * fatigue)


@equation
def burst_oxytocin(x: Neurones, p: NeuronesParameters, recruited: Annotated[float, "1"]) -> float:
    """Return the oxytocin that a burst releases now, pg."""
    fullness = (x.store + p.pulse_offset) / (p.pulse_store + p.pulse_offset)
    size = smooth_minimum(fullness, p.pulse_limit, p.limit_width)
    return p.pulse * size * recruited * x.pool * (1.0 + p.potentiation_gain * x.potentiation)


@equation
def neurones_burst(
    x: Neurones, p: NeuronesParameters, fires: Annotated[float, "1"], recruited: Annotated[float, "1"]
) -> Neurones:
    """Return the state after the tick's burst (event); unchanged where `fires` is 0."""
    rested = 1.0 - fires
    return Neurones(
        rested * x.store + fires * p.store_left * x.store,
        rested * x.refractoriness + fires * p.refractory_gain * x.store,
        x.potentiation + fires * p.potentiation_step * (1.0 - x.potentiation),
        x.pool - fires * p.pool_spend * x.pool,
        rested * x.hazard,
        x.releasing + fires * burst_oxytocin(x, p, recruited),
        rested * x.since_burst,
    )


@equation
def last_burst(
    x: LastBurst,
    fires: Annotated[float, "1"],
    recruited: Annotated[float, "1"],
    oxytocin: Annotated[float, "pg"],
) -> LastBurst:
    """Return the record of the last burst after this tick (event)."""
    rested = 1.0 - fires
    return LastBurst(x.number + fires, rested * x.recruited + fires * recruited, rested * x.oxytocin + fires * oxytocin)
