"""Fat and energy of milk by degree of emptying.

    fat(d) = psi (a + b d + c d^2),   d = 1 - V / C                      mean over a feed from d_0 to d_1:
    fat    = psi (a + b (d_0 + d_1) / 2 + c (d_0^2 + d_0 d_1 + d_1^2) / 3) (f + (1 - f) A)
    energy = 9.25 fat + rest

Fat rises as a breast empties; psi, lognormal between women, scales the whole curve; f is the share of
that fat in colostrum, before lactogenesis (A). Lactose and protein are held constant. Not modelled: the protein of
colostrum, diet, time of day.

Context of use: fat of the milk of a feed or a day, and the energy that the infant gets. The curve is measured in
five women; mean fat of a day in 71.
"""

from typing import Annotated

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import maximum
from letdown.kernel.equation import equation

__all__ = ["MilkCompositionParameters", "energy_density", "fat"]


class MilkCompositionParameters(Parameters):
    """Constants of fat and energy."""

    full: float = par(21.59, "g/L", low=5, high=45, cite="Daly1993", species="human", evidence="measured")
    slope: float = par(9.38, "g/L", low=-10, high=40, cite="Daly1993", species="human", evidence="measured")
    square: float = par(70.99, "g/L", low=20, high=150, cite="Daly1993", species="human", evidence="measured")
    personal: float = par(
        0.88,
        "1",
        low=0.4,
        high=1.8,
        cite="Kent2006",
        species="human",
        evidence="fitted",
        note="a trait; mean fat 41.1 g/L (SD 7.8) in 71 women",
    )
    colostrum: float = par(0.35, "1", low=0.1, high=1.0, note="share of that fat before lactogenesis II")
    energy_of_fat: float = par(9.25, "kcal/g", low=8.5, high=9.5, note="physiological fuel value, a convention")
    energy_of_rest: float = par(330.0, "kcal/L", low=250, high=400, note="lactose 270 and protein 60")


@equation
def fat(
    p: MilkCompositionParameters,
    before: Annotated[float, "1"],
    after: Annotated[float, "1"],
    activation: Annotated[float, "1"],
) -> Annotated[float, "g/L"]:
    """Return the mean fat of the milk taken while a breast goes from one degree of emptying to another, g/L."""
    d0 = maximum(before, 0.0 * before)
    d1 = maximum(after, 0.0 * after)
    mature = p.full + p.slope * 0.5 * (d0 + d1) + p.square * (d0 * d0 + d0 * d1 + d1 * d1) / 3.0
    return p.personal * mature * (p.colostrum + (1.0 - p.colostrum) * activation)


@equation
def energy_density(p: MilkCompositionParameters, fat_content: Annotated[float, "g/L"]) -> Annotated[float, "kcal/L"]:
    """Return the energy of milk, kcal/L."""
    return p.energy_of_fat * fat_content + p.energy_of_rest
