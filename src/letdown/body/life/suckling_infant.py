"""The infant between feeds: stomach, hunger, crying, sleep, energy, weight.

    dG/dt = -k G                                                         stomach
    need  = [ e W - e_0 + rho (dW_ref/dt + (W_ref - W) / tau) ] ramp(age)
    dX/dt = (need - solids) (1 - (X / (t need))^4) ;  a feed takes its energy off X   lacking
    dW/dt = (energy of k G - (e W - e_0) + solids) / rho - F / tau_F     weight, with the fluid F lost after birth
    hunger = X / (density meal) / (1 + (G / (g room))^2)
    awake  = S((h - h_s) / w_s) S((T_half - T) / w_T) ;  crying = awake S((h' - h_c) / w_c)
    dT/dt  = (awake + w crying - T) / tau_T                              tiredness
    meal   = smooth minimum of the room of the stomach and a usual meal ; room per kg grows with age

Hunger above a threshold, low in a newborn and raised at night later, asks for a feed: feeds a day and milk a
feed are not parameters. h and h' are hunger over that threshold, with meal and threshold of its age and of a grown
infant; S is the logistic function. Crying goes by h': a newborn asks readily, for little, and is no more distressed
for it. Crying is work, and tiredness
puts even a hungry infant to sleep. W_ref is the WHO median at the infant's own z-score, read from the table. Not
modelled: illness, growth in length, taste, use of a dummy, an infant that sleeps through its hunger and does not ask.

Context of use: when an infant asks, how much it wants, and its growth. Energy need is the published regression;
hunger is an assumption of shape fitted to feeds a day and milk a feed.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.body.life.hours import HoursParameters
from letdown.kernel.elementary import cos, exp, logistic, maximum, positive_part, smooth_minimum
from letdown.kernel.equation import equation

__all__ = [
    "Growth",
    "SucklingInfant",
    "SucklingInfantParameters",
    "appetite",
    "energy_need",
    "hunger",
    "hunger_threshold",
    "maintenance",
    "stomach_room",
    "suckling_infant_per_hour",
]


class SucklingInfant(NamedTuple):
    """Stomach, energy in it and lacking, body without the fluid that birth leaves, that fluid, tiredness, accounts."""

    stomach: Annotated[float, "mL"]
    stomach_energy: Annotated[float, "kcal"]
    lacking: Annotated[float, "kcal"]
    tissue: Annotated[float, "kg"]
    fluid: Annotated[float, "kg"]
    tiredness: Annotated[float, "1"]
    cried: Annotated[float, "h"]
    slept: Annotated[float, "h"]


class Growth(NamedTuple):
    """The WHO median at the infant's own z-score today, its gain, share of solid food, energy of the milk."""

    weight: Annotated[float, "kg"]
    gain: Annotated[float, "kg/h"]
    solids: Annotated[float, "1"]
    density: Annotated[float, "kcal/mL"]


class SucklingInfantParameters(Parameters):
    """Constants of one infant."""

    emptying: float = par(
        0.87,
        "1/h",
        low=0.4,
        high=2.0,
        cite="Ewer1994",
        species="human",
        evidence="derived",
        note="half in 48 min; 36 in preterm infants",
    )
    room_at_birth: float = par(
        0.006,
        "L/kg",
        low=0.002,
        high=0.03,
        cite="Bergman2013",
        species="human",
        evidence="derived",
        note="20 mL at birth",
    )
    room: float = par(0.03, "L/kg", low=0.015, high=0.06, note="30 mL/kg by 2 weeks")
    room_time: float = par(96.0, "h", low=24, high=300, note="4 days")
    millilitres: float = par(1000.0, "mL/L", low=999, high=1001)
    usual_meal: float = par(
        120.0,
        "mL",
        low=60,
        high=400,
        cite="Kent2006",
        species="human",
        evidence="fitted",
        note="a session, of one breast or two; 76 g a breast, 11 a day",
    )
    meal_width: float = par(15.0, "mL", low=2, high=60)
    full_share: float = par(0.3, "1", low=0.1, high=1.0, note="share of the meal in the stomach that halves hunger")
    hungry: float = par(0.7, "1", low=0.2, high=2.0, evidence="fitted", note="hunger that asks for a feed by day")
    first_hungry: float = par(
        0.03,
        "1",
        low=0.01,
        high=1.0,
        cite="Santoro2010",
        species="human",
        evidence="fitted",
        note="at birth: 3.4 feeds in 8 h of 1.5 g each on the first day",
    )
    hungry_time: float = par(
        100.0, "h", low=12, high=300, evidence="fitted", note="over which the newborn's threshold rises"
    )
    night_rise: float = par(
        0.5, "1", low=0.0, high=2.0, note="rise of that threshold at night, once the infant tells night"
    )
    night_age: float = par(1000.0, "h", low=200, high=4000, note="6 weeks: age of half of the night's effect")
    night_age_width: float = par(300.0, "h", low=50, high=1000)
    night_hour: float = par(2.0, "h", low=0, high=6, note="middle of the night")
    crying: float = par(1.3, "1", low=1.0, high=3.0, note="hunger at which it cries, in thresholds of a grown infant")
    crying_width: float = par(0.1, "1", low=0.02, high=0.5)
    more_than_lacking: float = par(1.1, "1", low=0.8, high=1.5, note="a feed aims beyond what is lacking")
    energy_of_weight: float = par(
        3.708,
        "kcal/(h*kg)",
        low=2.5,
        high=5,
        cite="Butte2005",
        species="human",
        evidence="derived",
        note="89 kcal/kg/d",
    )
    energy_offset: float = par(
        4.167, "kcal/h", low=0, high=10, cite="Butte2005", species="human", evidence="derived", note="100 kcal/d"
    )
    energy_of_early_gain: float = par(
        5500.0,
        "kcal/kg",
        low=2500,
        high=8000,
        cite="Butte2005",
        species="human",
        evidence="derived",
        note="175 kcal/d at 30-32 g/d",
    )
    energy_of_late_gain: float = par(
        3500.0,
        "kcal/kg",
        low=1500,
        high=6000,
        cite="Butte2005",
        species="human",
        evidence="derived",
        note="56 kcal/d at 16 g/d",
    )
    gain_age: float = par(2160.0, "h", low=1000, high=5000, note="90 days: change from the first to the second")
    gain_age_width: float = par(300.0, "h", low=50, high=1000)
    catch_up: float = par(
        1000.0, "h", low=100, high=3000, evidence="fitted", note="40 days: time over which lost weight is sought"
    )
    least_need: float = par(0.9, "1", low=0.5, high=1.0, note="share of what is spent that is sought at any weight")
    ramp_start: float = par(0.055, "1", low=0.0, high=0.5, note="share of the appetite on the first day")
    ramp_age: float = par(46.0, "h", low=20, high=100, evidence="fitted", note="age of half appetite")
    ramp_width: float = par(11.0, "h", low=4, high=40, evidence="fitted")
    lacking_limit: float = par(12.0, "h", low=4, high=48, note="of need: an infant cannot lack more than so much")
    fluid: float = par(
        0.06, "1", low=0.0, high=0.12, evidence="fitted", note="share of the birth weight that is fluid lost in days"
    )
    fluid_time: float = par(36.0, "h", low=12, high=96)
    sleepy: float = par(0.6, "1", low=0.2, high=1.2, note="hunger below which it sleeps, in thresholds of its age")
    sleep_width: float = par(0.15, "1", low=0.02, high=0.5)
    crying_work: float = par(2.0, "1", low=0.0, high=5.0, note="how much crying tires beside being awake")
    tired: float = par(0.6, "1", low=0.3, high=1.5, note="tiredness at which half the time is slept, however hungry")
    tired_width: float = par(0.1, "1", low=0.02, high=0.3)
    tiring_time: float = par(2.0, "h", low=0.5, high=8)


@equation
def weight(x: SucklingInfant) -> Annotated[float, "kg"]:
    """Return the weight without the stomach, kg."""
    return x.tissue + x.fluid


@equation
def maintenance(x: SucklingInfant, p: SucklingInfantParameters) -> Annotated[float, "kcal/h"]:
    """Return the energy spent, kcal/h."""
    return maximum(p.energy_of_weight * (x.tissue + x.fluid) - p.energy_offset, 0.1 * p.energy_offset)


@equation
def energy_of_gain(p: SucklingInfantParameters, age: Annotated[float, "h"]) -> Annotated[float, "kcal/kg"]:
    """Return the energy that a kilogram of growth takes, kcal/kg."""
    late = logistic((age - p.gain_age) / p.gain_age_width)
    return p.energy_of_early_gain + (p.energy_of_late_gain - p.energy_of_early_gain) * late


@equation
def energy_need(
    x: SucklingInfant, p: SucklingInfantParameters, g: Growth, age: Annotated[float, "h"]
) -> Annotated[float, "kcal/h"]:
    """Return the energy that the infant seeks, kcal/h."""
    wanted = g.gain + (g.weight - x.tissue - x.fluid) / p.catch_up
    ramp = p.ramp_start + (1.0 - p.ramp_start) * logistic((age - p.ramp_age) / p.ramp_width)
    spent = maintenance(x, p)
    return maximum(spent + energy_of_gain(p, age) * wanted, p.least_need * spent) * ramp


@equation
def stomach_room(x: SucklingInfant, p: SucklingInfantParameters, age: Annotated[float, "h"]) -> Annotated[float, "mL"]:
    """Return what the stomach holds, mL."""
    grown = p.room + (p.room_at_birth - p.room) * exp(-age / p.room_time)
    return p.millilitres * grown * (x.tissue + x.fluid)


@equation
def meal(x: SucklingInfant, p: SucklingInfantParameters, age: Annotated[float, "h"]) -> Annotated[float, "mL"]:
    """Return the meal that hunger is measured by, mL."""
    return smooth_minimum(stomach_room(x, p, age), p.usual_meal, p.meal_width)


@equation
def hunger(x: SucklingInfant, p: SucklingInfantParameters, g: Growth, age: Annotated[float, "h"]) -> float:
    """Return the hunger, 1 for a meal lacking and an empty stomach: a share, 0-1 and above."""
    usual = meal(x, p, age)
    left = x.stomach / (p.full_share * usual)
    return positive_part(x.lacking, 0.01 * g.density * usual) / (g.density * usual) / (1.0 + left * left)


@equation
def hunger_threshold(
    p: SucklingInfantParameters, c: HoursParameters, age: Annotated[float, "h"], hour: Annotated[float, "h"]
) -> float:
    """Return the share of a meal that must lack before the infant asks; higher at night once it tells night."""
    asks = p.hungry + (p.first_hungry - p.hungry) * exp(-age / p.hungry_time)
    return asks * by_night(p, c, age, hour)


@equation
def by_night(
    p: SucklingInfantParameters, c: HoursParameters, age: Annotated[float, "h"], hour: Annotated[float, "h"]
) -> float:
    """Return the factor on a threshold of hunger: 1 by day, more at night in an infant that tells night."""
    night = 0.5 + 0.5 * cos(c.turn * (hour - p.night_hour) / c.day)
    tells = logistic((age - p.night_age) / p.night_age_width)
    return 1.0 + p.night_rise * tells * night


@equation
def appetite(
    x: SucklingInfant, p: SucklingInfantParameters, g: Growth, age: Annotated[float, "h"]
) -> Annotated[float, "mL"]:
    """Return the milk that would satisfy the infant now, mL: what it lacks, within the room of its stomach."""
    usual = meal(x, p, age)
    room = maximum(stomach_room(x, p, age) - x.stomach, 0.05 * usual)
    wanted = maximum(p.more_than_lacking * x.lacking / g.density, 0.05 * usual)
    return smooth_minimum(wanted, room, 0.02 * usual)


@equation
def suckling_infant_per_hour(
    x: SucklingInfant,
    p: SucklingInfantParameters,
    g: Growth,
    c: HoursParameters,
    age: Annotated[float, "h"],
    hour: Annotated[float, "h"],
) -> SucklingInfant:
    """Return d(SucklingInfant)/dt, 1/h."""
    need = energy_need(x, p, g, age)
    eaten = g.solids * need
    absorbed = p.emptying * x.stomach_energy
    owed = maximum(x.lacking, 0.0 * x.lacking) / (p.lacking_limit * need)
    hungry = hunger(x, p, g, age)
    stirs = logistic((hungry / hunger_threshold(p, c, age, hour) - p.sleepy) / p.sleep_width)
    awake = stirs * logistic((p.tired - x.tiredness) / p.tired_width)
    grown = smooth_minimum(p.millilitres * p.room * (x.tissue + x.fluid), p.usual_meal, p.meal_width)
    distress = hungry * meal(x, p, age) / (grown * p.hungry * by_night(p, c, age, hour))
    crying = awake * logistic((distress - p.crying) / p.crying_width)
    return SucklingInfant(
        -p.emptying * x.stomach,
        -absorbed,
        (need - eaten) * (1.0 - owed * owed * owed * owed),
        (absorbed + eaten - maintenance(x, p)) / energy_of_gain(p, age),
        -x.fluid / p.fluid_time,
        (awake + p.crying_work * crying - x.tiredness) / p.tiring_time,
        crying,
        1.0 - awake,
    )
