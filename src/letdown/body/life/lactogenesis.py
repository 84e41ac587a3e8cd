"""Lactogenesis II: milk comes in when progesterone has gone, if prolactin is there.

    dG/dt = -ln 2 G / t_half                                         progesterone after the placenta
    dA/dt = A (1 - A) h / (tau delay (1 + (G / G_half)^2)) - k A (1 - h)
    h     = r^3 / (1 + r^3),  r = (P / P_fail)^2                     permissive prolactin

A, 0-1, is the share of the alveolar cells that secrete. It does not need removal of milk in the first days.
`delay` is a trait; first birth, caesarean, cortisol and SSRI multiply it. A feels prolactin only near the level
below which lactation fails. Not modelled: insulin, the composition of colostrum.

Context of use: volumes of days 1-8 and the day that milk is felt to come in. Level and half level of progesterone
are textbook orders of magnitude; its half-life and the time constant are fitted to volumes and onset.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.equation import equation

__all__ = ["Lactogenesis", "LactogenesisParameters", "lactogenesis_per_hour", "prolactin_permits"]


class Lactogenesis(NamedTuple):
    """Progesterone in plasma and the share of secretory cells that are active."""

    progesterone: Annotated[float, "ng/mL"]
    activation: Annotated[float, "1"]


class LactogenesisParameters(Parameters):
    """Constants of lactogenesis II; `delay` is a trait of mother and birth."""

    progesterone_at_term: float = par(130.0, "ng/mL", low=50, high=300, note="textbook order of magnitude")
    progesterone_loss: float = par(
        0.05, "1/h", low=0.01, high=0.2, evidence="fitted", note="effective half-life of 14 h: onset at 2.5 d"
    )
    progesterone_half: float = par(35.0, "ng/mL", low=5, high=100, note="level that halves activation")
    activation_at_birth: float = par(
        0.035,
        "1",
        low=0.002,
        high=0.2,
        evidence="fitted",
        note="21 mL on day 1; series of 37 and 15 g lie on either side",
    )
    activation_time: float = par(11.7, "h", low=4, high=40, evidence="fitted", note="volumes of days 2-5")
    prolactin_fails: float = par(
        25.0,
        "ng/mL",
        low=8,
        high=60,
        cite="Peters1986",
        species="human",
        evidence="measured",
        note="level below which lactation fails",
    )
    loss: float = par(0.0125, "1/h", low=0.001, high=0.1, note="0.3 a day without prolactin")
    delay: float = par(1.0, "1", low=0.5, high=3.0, note="factor on the time constant; a trait")
    first_birth: float = par(
        0.2,
        "1",
        low=0.0,
        high=1.0,
        cite="Grajeda2002",
        species="human",
        evidence="fitted",
        note="added to the delay; milk felt at 2.5 d by multiparae, 3.4 d after emergency caesarean in primiparae",
    )
    caesarean: float = par(
        0.2,
        "1",
        low=0.0,
        high=1.0,
        cite="Evans2003",
        species="human",
        evidence="fitted",
        note="added to the delay; transfer lower on days 2-5, equal on day 6",
    )
    emergency: float = par(
        0.15,
        "1",
        low=0.0,
        high=1.0,
        cite="Grajeda2002",
        species="human",
        evidence="fitted",
        note="added to the delay by a caesarean in labour, beside that of a caesarean",
    )
    cortisol: float = par(0.3, "1", low=0.0, high=1.0, note="added to the delay at level 1: a stressful birth")
    ssri: float = par(0.1, "1", low=0.0, high=1.0, note="added to the delay")


@equation
def prolactin_permits(p: LactogenesisParameters, prolactin: Annotated[float, "ng/mL"]) -> float:
    """Return the share of secretion that prolactin permits, 0-1: steep around the failing level."""
    ratio = prolactin / p.prolactin_fails
    sixth = ratio * ratio * ratio * ratio * ratio * ratio
    return sixth / (1.0 + sixth)


@equation
def lactogenesis_per_hour(
    x: Lactogenesis, p: LactogenesisParameters, prolactin: Annotated[float, "ng/mL"]
) -> Lactogenesis:
    """Return d(Lactogenesis)/dt, 1/h."""
    permits = prolactin_permits(p, prolactin)
    ratio = x.progesterone / p.progesterone_half
    pace = permits / (p.activation_time * p.delay * (1.0 + ratio * ratio))
    return Lactogenesis(
        -p.progesterone_loss * x.progesterone,
        x.activation * (1.0 - x.activation) * pace - p.loss * x.activation * (1.0 - permits),
    )
