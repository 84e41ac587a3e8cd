"""Fat and energy of milk: as much fat leaves a breast as entered it, more of it the further the breast empties.

    made        = psi phi (k + (1 - k) A)                           fat of the milk that is made
    c(d_0, d_1) = a + b (d_0 + d_1) / 2 + c (d_0^2 + d_0 d_1 + d_1^2) / 3      profile, d = 1 - V / C
    fat         = F / V c(d_0, d_1) / c(d_0, 1)                     of what leaves between two degrees of emptying
    dF/dt       = made S - F / V (resorbed + c(d, d) / c(d, 1) leaked)
    energy      = 9.25 fat + rest

F: fat held in the milk of a breast. The measured curve over the degree of emptying says how what is held is shared
between the milk that leaves and the milk that stays; what stays makes the next milk richer, so that a breast that is
never emptied does not lose its fat. psi, lognormal between women, scales what is made; k is the share of that in
colostrum, before lactogenesis (A). Lactose and protein are held constant. Not modelled: the protein of colostrum,
diet, time of day.

Context of use: fat of the milk of a feed or a day, and the energy that the infant gets. The curve is measured in
five women; mean fat of a day in 71.
"""

from typing import Annotated

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import maximum
from letdown.kernel.equation import equation

__all__ = ["MilkCompositionParameters", "energy_density", "fat", "fat_per_hour", "held_fat", "profile", "secreted_fat"]


class MilkCompositionParameters(Parameters):
    """Constants of fat and energy."""

    full: float = par(21.59, "g/L", low=5, high=45, cite="Daly1993", species="human", evidence="measured")
    slope: float = par(9.38, "g/L", low=-10, high=40, cite="Daly1993", species="human", evidence="measured")
    square: float = par(70.99, "g/L", low=20, high=150, cite="Daly1993", species="human", evidence="measured")
    secreted: float = par(
        41.1,
        "g/L",
        low=15,
        high=80,
        cite="Kent2006",
        species="human",
        evidence="measured",
        note="of all milk in the long run; mean fat in 71 women (SD 7.8)",
    )
    personal: float = par(1.0, "1", low=0.4, high=1.8, note="a trait: factor on that fat")
    colostrum: float = par(0.5, "1", low=0.1, high=1.0, note="share of that fat before lactogenesis II")
    energy_of_fat: float = par(9.25, "kcal/g", low=8.5, high=9.5, note="physiological fuel value, a convention")
    energy_of_rest: float = par(330.0, "kcal/L", low=250, high=400, note="lactose 270 and protein 60")


@equation
def secreted_fat(p: MilkCompositionParameters, activation: Annotated[float, "1"]) -> Annotated[float, "g/L"]:
    """Return the fat of the milk that is made, g/L."""
    return p.personal * p.secreted * (p.colostrum + (1.0 - p.colostrum) * activation)


@equation
def profile(
    p: MilkCompositionParameters, before: Annotated[float, "1"], after: Annotated[float, "1"]
) -> Annotated[float, "g/L"]:
    """Return the measured mean fat of milk taken while a breast goes from one degree of emptying to another, g/L."""
    d0 = maximum(before, 0.0 * before)
    d1 = maximum(after, 0.0 * after)
    return p.full + p.slope * 0.5 * (d0 + d1) + p.square * (d0 * d0 + d0 * d1 + d1 * d1) / 3.0


@equation
def fat(
    p: MilkCompositionParameters,
    held: Annotated[float, "mg"],
    milk: Annotated[float, "mL"],
    capacity: Annotated[float, "mL"],
    after: Annotated[float, "1"],
) -> Annotated[float, "g/L"]:
    """Return the mean fat of what leaves until `after` of a breast that held so much fat in so much milk, g/L."""
    before = 1.0 - milk / capacity
    return held_fat(held, milk, capacity) * profile(p, before, after) / profile(p, before, 1.0 + 0.0 * before)


@equation
def held_fat(
    held: Annotated[float, "mg"], milk: Annotated[float, "mL"], capacity: Annotated[float, "mL"]
) -> Annotated[float, "g/L"]:
    """Return the mean fat of the milk in a breast, g/L; a millionth of its capacity counts as nothing."""
    return held / maximum(milk, 1.0e-6 * capacity)


@equation
def fat_per_hour(
    p: MilkCompositionParameters,
    held: Annotated[float, "mg"],
    milk: Annotated[float, "mL"],
    capacity: Annotated[float, "mL"],
    made: Annotated[float, "mg/h"],
    leaked: Annotated[float, "mL/h"],
    resorbed: Annotated[float, "mL/h"],
) -> Annotated[float, "mg/h"]:
    """Return the change of the fat held in a breast, mg/h; `made` is fat in the milk made."""
    lean = fat(p, held, milk, capacity, 1.0 - milk / capacity)
    return made - held_fat(held, milk, capacity) * resorbed - lean * leaked


@equation
def energy_density(p: MilkCompositionParameters, fat_content: Annotated[float, "g/L"]) -> Annotated[float, "kcal/L"]:
    """Return the energy of milk, kcal/L."""
    return p.energy_of_fat * fat_content + p.energy_of_rest
