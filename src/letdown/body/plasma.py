"""Oxytocin in plasma: two compartments, first-order clearance, and oxytocin given from outside.

    V1 dc/dt = basal + secretion + iv + F k_a n - CL c - Q (c - e)
    V2 de/dt = Q (c - e)
    dm/dt    = nasal - k_a m ;   dn/dt = k_a m - k_a n          m, n: dose on and in the mucosa of the nose
    basal    = CL * basal level

Accounts of what was secreted (with the basal secretion), given and cleared are kept, so that the balance can be
checked to rounding. Not modelled: binding, oxytocinase of late pregnancy, exchange with the brain.

Context of use: fold rise and shape of plasma oxytocin in a feed, and the effect of a dose. Absolute levels
depend on the assay and are not predicted.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.body.surroundings import Doses
from letdown.kernel.equation import equation

__all__ = ["Plasma", "PlasmaParameters", "plasma_rate"]


class Plasma(NamedTuple):
    """Oxytocin in plasma and tissue, the nasal dose on and in the mucosa, and the accounts."""

    oxytocin: Annotated[float, "pg/mL"]
    tissue_oxytocin: Annotated[float, "pg/mL"]
    nasal: Annotated[float, "pg"]
    mucosal: Annotated[float, "pg"]
    secreted: Annotated[float, "pg"]
    given: Annotated[float, "pg"]
    cleared: Annotated[float, "pg"]


class PlasmaParameters(Parameters):
    """Constants of oxytocin kinetics in plasma."""

    clearance: float = par(
        21.7,
        "mL/s",
        low=15,
        high=130,
        cite="Thornton1990",
        species="human",
        evidence="measured",
        note="1.3-1.4 L/min, 8-10 weeks post partum; about 4 times that at term",
    )
    central_volume: float = par(
        7500.0,
        "mL",
        low=3000,
        high=15000,
        cite="Thornton1990",
        species="human",
        evidence="derived",
        note="gives a first half-life of 3.2 min",
    )
    exchange: float = par(
        4.375,
        "mL/s",
        low=1,
        high=20,
        cite="deGroot1995",
        species="human",
        evidence="derived",
        note="k12 0.035 /min",
    )
    tissue_volume: float = par(
        6105.0,
        "mL",
        low=2000,
        high=40000,
        cite="deGroot1995",
        species="human",
        evidence="derived",
        note="k21 0.043 /min: a second half-life of 20 min",
    )
    basal_level: float = par(
        1.9,
        "pg/mL",
        low=0.3,
        high=6,
        cite="Weitzman1980",
        species="human",
        evidence="measured",
        note="1.1 uU/mL at 1.71 pg/uU",
    )
    nasal_uptake: float = par(
        0.0033,
        "1/s",
        low=0.003,
        high=0.05,
        cite="Myoepithelium1961",
        species="human",
        evidence="fitted",
        note="each of two stages of uptake from the nose; a spray acts about 100 s after it is given",
    )
    nasal_bioavailability: float = par(
        0.075,
        "1",
        low=0.001,
        high=0.1,
        cite="Myoepithelium1961",
        species="human",
        evidence="fitted",
        note="dose 200 times the intravenous one for an equal pressure",
    )


@equation
def plasma_rate(x: Plasma, p: PlasmaParameters, secretion: Annotated[float, "pg/s"], doses: Doses) -> Plasma:
    """Return d(Plasma)/dt for a secretion by bursts in pg/s and the doses given."""
    basal = p.clearance * p.basal_level
    entering = p.nasal_uptake * x.nasal
    absorbed = p.nasal_uptake * x.mucosal
    given = doses.intravenous + p.nasal_bioavailability * absorbed
    cleared = p.clearance * x.oxytocin
    exchanged = p.exchange * (x.oxytocin - x.tissue_oxytocin)
    return Plasma(
        (basal + secretion + given - cleared - exchanged) / p.central_volume,
        exchanged / p.tissue_volume,
        doses.nasal - entering,
        entering - absorbed,
        basal + secretion,
        given,
        cleared,
    )
