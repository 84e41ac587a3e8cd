"""Sensations: what the mother notices of a let-down, and the nipple flow that she, or a pump, can see.

    tingling = maturity(day) * h(P_d) * (1 - habituation)        h: Hill of the ductal pressure of the fuller breast
    d(habituation)/dt = tingling / tau_up - habituation / tau_down
    d(thirst)/dt = (H(oxytocin above basal) - thirst) / tau
    d(flow_j)/dt = (Q_j - flow_j) / tau_flow

Tingling or fullness comes only after about the first week; the first let-down of a feed is felt by most, later
ones often not. Each sign is a switch with hysteresis: on above a threshold, off below half of it.

Context of use: which let-downs are noticed. Prevalence of tingling and dripping has no sourced value; the
threshold is a trait with a wide spread.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import hill2, logistic, positive_part, select
from letdown.kernel.equation import equation

__all__ = ["Sensations", "SensationsParameters", "Signs", "sensations_rate", "signs_event", "tingling"]


class Sensations(NamedTuple):
    """Habituation of tingling, thirst, and the smoothed flow at each nipple."""

    habituation: Annotated[float, "1"]
    thirst: Annotated[float, "1"]
    flow_left: Annotated[float, "mL/s"]
    flow_right: Annotated[float, "mL/s"]


class Signs(NamedTuple):
    """Signs present now, each 0 or 1."""

    active_suck_swallow: Annotated[float, "1"]
    drip_left: Annotated[float, "1"]
    drip_right: Annotated[float, "1"]
    tingling: Annotated[float, "1"]
    uterine_cramp: Annotated[float, "1"]
    thirst: Annotated[float, "1"]


class SensationsParameters(Parameters):
    """Constants of what is felt."""

    day: float = par(60.0, "1", low=1, high=1000, note="number of the post-partum day; a trait")
    maturity_day: float = par(8.0, "1", low=4, high=20, note="tingling starts after about the first week")
    maturity_width: float = par(1.2, "1", low=0.3, high=5)
    pressure_half: float = par(9.0, "mmHg", low=3, high=25, note="ductal pressure above rest of half tingling")
    pressure_rest: float = par(2.0, "mmHg", low=0, high=8)
    pressure_width: float = par(0.3, "mmHg", low=0.05, high=2)
    habituation_up: float = par(45.0, "s", low=10, high=300)
    habituation_down: float = par(1200.0, "s", low=120, high=7200)
    tingling_threshold: float = par(0.3, "1", low=0.02, high=0.98, note="a trait; about 88 % sense the first let-down")
    thirst_half: float = par(
        4.0,
        "pg/mL",
        low=1,
        high=20,
        cite="James1995",
        species="human",
        evidence="derived",
        note="thirst rose over suckling and tracked oxytocin in 6 of 10 women",
    )
    thirst_time: float = par(150.0, "s", low=30, high=900)
    thirst_threshold: float = par(0.4, "1", low=0.02, high=0.98, note="a trait")
    cramp_threshold: float = par(0.12, "1", low=0.02, high=0.9, note="afterpain that is noticed; a trait")
    drip_flow: float = par(0.008, "mL/s", low=0.001, high=0.1, note="a drop about every 6 s")
    flow_time: float = par(5.0, "s", low=1, high=30, note="smoothing of flow as seen by eye or by a pump")


@equation
def tingling(x: Sensations, p: SensationsParameters, ductal: Annotated[float, "mmHg"]) -> float:
    """Return the strength of tingling or fullness for the higher of the two ductal pressures, 0-1."""
    maturity = logistic((p.day - p.maturity_day) / p.maturity_width)
    rise = positive_part(ductal - p.pressure_rest, p.pressure_width)
    return maturity * hill2(rise, p.pressure_half) * (1.0 - x.habituation)


@equation
def sensations_rate(
    x: Sensations,
    p: SensationsParameters,
    ductal: Annotated[float, "mmHg"],
    oxytocin_rise: Annotated[float, "pg/mL"],
    flow_left: Annotated[float, "mL/s"],
    flow_right: Annotated[float, "mL/s"],
) -> Sensations:
    """Return d(Sensations)/dt; `oxytocin_rise` is plasma oxytocin above its basal level."""
    return Sensations(
        tingling(x, p, ductal) / p.habituation_up - x.habituation / p.habituation_down,
        (hill2(oxytocin_rise, p.thirst_half) - x.thirst) / p.thirst_time,
        (flow_left - x.flow_left) / p.flow_time,
        (flow_right - x.flow_right) / p.flow_time,
    )


@equation
def switch(on: Annotated[float, "1"], value: Annotated[float, "1"], threshold: Annotated[float, "1"]) -> float:
    """Return a switch with hysteresis: on above the threshold, off below half of it."""
    return select(value > threshold, 1.0, select(value < 0.5 * threshold, 0.0, on))


@equation
def signs_event(
    before: Signs,
    x: Sensations,
    p: SensationsParameters,
    nutritive: Annotated[float, "1"],
    tingle: Annotated[float, "1"],
    pain: Annotated[float, "1"],
    leak_left: Annotated[float, "mL/s"],
    leak_right: Annotated[float, "mL/s"],
) -> Signs:
    """Return the signs after this tick (event); a leak is milk that nobody takes."""
    return Signs(
        select(nutritive > 0.5, 1.0, select(nutritive < 0.2, 0.0, before.active_suck_swallow)),
        switch(before.drip_left, leak_left / p.drip_flow, 1.0),
        switch(before.drip_right, leak_right / p.drip_flow, 1.0),
        switch(before.tingling, tingle, p.tingling_threshold),
        switch(before.uterine_cramp, pain, p.cramp_threshold),
        switch(before.thirst, x.thirst, p.thirst_threshold),
    )
