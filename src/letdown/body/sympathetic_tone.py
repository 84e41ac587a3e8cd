"""Sympathetic tone in the breast: stiffer outlet, slower emptying.

    R_n factor = 1 + s_n * tone ;   R_ad factor = 1 + s_a * tone

The tone itself comes from `interference`; its effect on the muscle's sensitivity is in `myoepithelium`.

Context of use: why injected oxytocin does not rescue fear or anger. Direction from denervation in the rat;
sizes are assumptions.
"""

from typing import Annotated

from letdown._parameter import Parameters, par
from letdown.kernel.equation import equation

__all__ = ["SympatheticToneParameters", "ejection_stiffness", "outlet_stiffness"]


class SympatheticToneParameters(Parameters):
    """What full adrenergic tone does to the breast."""

    outlet: float = par(
        0.6,
        "1",
        low=0.0,
        high=3.0,
        cite="Grosvenor1968",
        species="rat",
        evidence="derived",
        note="rise of duct and nipple resistance; denervation markedly lowers resistance",
    )
    ejection: float = par(0.6, "1", low=0.0, high=3.0, note="rise of the resistance to emptying of the alveoli")


@equation
def outlet_stiffness(p: SympatheticToneParameters, tone: Annotated[float, "1"]) -> float:
    """Return the factor on the resistance of the nipple, >= 1."""
    return 1.0 + p.outlet * tone


@equation
def ejection_stiffness(p: SympatheticToneParameters, tone: Annotated[float, "1"]) -> float:
    """Return the factor on the resistance to emptying, >= 1."""
    return 1.0 + p.ejection * tone
