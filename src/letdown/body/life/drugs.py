"""Drugs and smoke that act on prolactin or on the secretory cells over days.

    dd/dt = -k_d d for each drug d; a dose adds to its level            levels in units of the level of half effect
    agonist = cabergoline + bromocriptine ;  antagonist = domperidone + sulpiride      at the D2 receptor: `lactotrophs`
    dE/dt = (pill - E) / tau_E                                          effect of an oestrogen pill on the gland
    loss  = 1 - (1 - a smoke) (1 - b E)                                 share of synthesis taken
    c smoke: share by which smoking lowers the prolactin that lactation adds (`lactotrophs`)

Not modelled: pharmacokinetics beyond one half-life, passage into milk, any effect on the infant.

Context of use: direction and size of published effects on volume and prolactin. Potencies are fitted to those
trials; they are no dose advice.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.equation import equation

__all__ = [
    "DopamineDrugs",
    "Exposure",
    "ExposureParameters",
    "agonists",
    "antagonists",
    "drugs_per_hour",
    "exposure_per_hour",
    "secretory_loss",
]


class DopamineDrugs(NamedTuple):
    """Level of each drug at the D2 receptor, in units of its level of half effect."""

    domperidone: Annotated[float, "1"]
    sulpiride: Annotated[float, "1"]
    cabergoline: Annotated[float, "1"]
    bromocriptine: Annotated[float, "1"]


class Exposure(NamedTuple):
    """Effect of the pill so far, and what is taken now: pill and smoke, 0-1."""

    oestrogen: Annotated[float, "1"]
    pill: Annotated[float, "1"]
    smoke: Annotated[float, "1"]


class ExposureParameters(Parameters):
    """Potencies. A standard dose is the one of the trial cited."""

    domperidone: float = par(
        15.0, "1", low=0.3, high=30, cite="CampbellYeo2010", species="human", evidence="fitted", note="each 10 mg"
    )
    domperidone_loss: float = par(0.083, "1/h", low=0.02, high=0.3, note="effective half-life of 8 h")
    sulpiride: float = par(
        15.0,
        "1",
        low=0.3,
        high=30,
        cite="Aono1979",
        species="human",
        evidence="derived",
        note="each 50 mg; as strong as 10 mg of domperidone",
    )
    sulpiride_loss: float = par(0.083, "1/h", low=0.02, high=0.3, note="effective half-life of 8 h")
    cabergoline: float = par(
        40.0,
        "1",
        low=2,
        high=300,
        cite="EuropeanGroup1991",
        species="human",
        evidence="fitted",
        note="1 mg: prolactin -90 % by day 5",
    )
    cabergoline_loss: float = par(0.0105, "1/h", low=0.004, high=0.05, note="half-life of 66 h")
    bromocriptine: float = par(
        14.0,
        "1",
        low=2,
        high=300,
        cite="EuropeanGroup1991",
        species="human",
        evidence="fitted",
        note="2.5 mg: prolactin -87 % by day 3",
    )
    bromocriptine_loss: float = par(0.07, "1/h", low=0.02, high=0.3, note="effective half-life of 10 h")
    pill_loss: float = par(
        0.62,
        "1",
        low=0.0,
        high=0.8,
        cite="Tankeyoon1984",
        species="human",
        evidence="fitted",
        note="30 ug of ethinyloestradiol: -41.9 % over 18 weeks, -6.1 % without; demand makes up a part",
    )
    minipill: float = par(
        0.14,
        "1",
        low=0.0,
        high=1.0,
        cite="Tankeyoon1984",
        species="human",
        evidence="fitted",
        note="share of that effect: -12 %",
    )
    pill_time: float = par(1000.0, "h", low=100, high=4000, note="6 weeks")
    smoke_loss: float = par(
        0.28,
        "1",
        low=0.0,
        high=0.8,
        cite="Vio1991",
        species="human",
        evidence="derived",
        note="693 against 961 g a day",
    )
    smoke_prolactin: float = par(
        0.3,
        "1",
        low=0.0,
        high=0.9,
        cite="Andersen1982",
        species="human",
        evidence="derived",
        note="basal lower, surge unchanged",
    )


@equation
def agonists(d: DopamineDrugs) -> float:
    """Return the level of all D2 agonists together, 1 for half effect."""
    return d.cabergoline + d.bromocriptine


@equation
def antagonists(d: DopamineDrugs) -> float:
    """Return the level of all D2 antagonists together, 1 for half effect."""
    return d.domperidone + d.sulpiride


@equation
def drugs_per_hour(d: DopamineDrugs, p: ExposureParameters) -> DopamineDrugs:
    """Return d(DopamineDrugs)/dt, 1/h: first-order loss, each drug with its own half-life."""
    return DopamineDrugs(
        -p.domperidone_loss * d.domperidone,
        -p.sulpiride_loss * d.sulpiride,
        -p.cabergoline_loss * d.cabergoline,
        -p.bromocriptine_loss * d.bromocriptine,
    )


@equation
def exposure_per_hour(x: Exposure, p: ExposureParameters) -> Exposure:
    """Return d(Exposure)/dt, 1/h; pill and smoke change by what is taken only."""
    still = 0.0 / p.pill_time
    return Exposure((x.pill - x.oestrogen) / p.pill_time, still, still)


@equation
def secretory_loss(x: Exposure, p: ExposureParameters) -> float:
    """Return the share of synthesis that smoke and pill take, 0-1."""
    return 1.0 - (1.0 - p.smoke_loss * x.smoke) * (1.0 - p.pill_loss * x.oestrogen)
