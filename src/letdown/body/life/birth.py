"""The moment of birth: where every life starts, and the WHO standard that a weight is compared with.

    z = ((W / M)^L - 1) / (L S) ;   W(z) = M (1 + L S z)^(1 / L)

The table holds L, M, S of weight for age at nodes of the day (weekly at first), both sexes; between nodes they are
interpolated. Beyond the last node the last one holds.

Context of use: the reference weight an infant seeks and the z-score that a table shows. The standard describes
children under good conditions; it judges nobody.
"""

import csv
from bisect import bisect_right
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from letdown.body.life.cue_learning import Associations
from letdown.body.life.drugs import DopamineDrugs, Exposure
from letdown.body.life.gland import Gland, GlandParameters
from letdown.body.life.lactogenesis import Lactogenesis
from letdown.body.life.lactotrophs import Lactotrophs
from letdown.body.life.life import Learning, Life, LifeParameters
from letdown.body.life.milk_composition import MilkCompositionParameters, secreted_fat
from letdown.body.life.suckling_infant import SucklingInfant, SucklingInfantParameters
from letdown.body.life.uterine_involution import UterineInvolution
from letdown.kernel.elementary import exp, log
from letdown.kernel.power import power

__all__ = ["WHO_TABLE", "beginners", "newborn_life", "weight_at", "who_lms", "z_score"]

WHO_TABLE = Path(__file__).with_name("who_weight_for_age.csv")

COLOSTRUM_ML = 4.0
"""Milk in each breast at birth, mL; an assumption."""


@cache
def who_lms(sex: str) -> NDArray[np.float64]:
    """Return the nodes of one sex, "girl" or "boy": rows of day, L, M (kg), S."""
    with WHO_TABLE.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return np.array([[float(row[name]) for name in ("day", "l", "m_kg", "s")] for row in rows if row["sex"] == sex])


@lru_cache(maxsize=4096)  # the days of one life come again in the next
def _lms(sex: str, day: float) -> tuple[float, float, float]:
    """Return L, M and S of an age in days: on the line between two nodes, the first and the last node beyond them."""
    nodes = _nodes(sex)
    if day <= nodes[0][0]:
        return nodes[0][1:]
    if day >= nodes[-1][0]:
        return nodes[-1][1:]
    after = bisect_right(nodes, day, key=lambda node: node[0])
    (begin, *low), (end, *high) = nodes[after - 1], nodes[after]
    along = (day - begin) / (end - begin)
    exponent, median, spread = (a + along * (b - a) for a, b in zip(low, high, strict=True))
    return exponent, median, spread


@cache
def _nodes(sex: str) -> tuple[tuple[float, float, float, float], ...]:
    return tuple((day, *lms) for day, *lms in who_lms(sex).tolist())


def z_score(weight_kg: float, sex: str, day: float) -> float:
    """Return the z-score of a weight in kg at an age in days."""
    exponent, median, spread = _lms(sex, day)
    if exponent == 0.0:
        return log(weight_kg / median) / spread
    return (power(weight_kg / median, exponent) - 1.0) / (exponent * spread)


def weight_at(z: float, sex: str, day: float) -> float:
    """Return the weight in kg of a z-score at an age in days."""
    exponent, median, spread = _lms(sex, day)
    if exponent == 0.0:
        return median * exp(spread * z)
    return median * power(1.0 + exponent * spread * z, 1.0 / exponent)


def newborn(p: SucklingInfantParameters, weight_kg: float) -> SucklingInfant:
    """Return an infant of a birth weight in kg."""
    return SucklingInfant(0.0, 0.0, 0.0, weight_kg * (1.0 - p.fluid), weight_kg * p.fluid, 0.0, 0.0, 0.0)


def gland_at_birth(p: GlandParameters, c: MilkCompositionParameters) -> Gland:
    """Return a breast at birth."""
    full = COLOSTRUM_ML / p.capacity_at_birth
    return Gland(
        COLOSTRUM_ML,
        COLOSTRUM_ML * secreted_fat(c, 0.0),
        0.0,
        full,
        0.0,
        1.0,
        0.0,
        p.capacity_at_birth,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    )


def newborn_life(p: LifeParameters, first_kg: float, second_kg: float) -> Life:
    """Return a dyad (or a mother of twins) at the moment of birth."""
    level = p.lactotrophs.outside_lactation + p.lactotrophs.added_at_term
    return Life(
        age=0.0,
        lactotrophs=Lactotrophs(level, 0.0, 0.0, p.lactotrophs.added_at_term, 1.0),
        drugs=DopamineDrugs(0.0, 0.0, 0.0, 0.0),
        lactogenesis=Lactogenesis(p.lactogenesis.progesterone_at_term, p.lactogenesis.activation_at_birth),
        receptors=0.0,
        exposure=Exposure(0.0, 0.0, 0.0),
        left=gland_at_birth(p.left, p.milk_composition),
        right=gland_at_birth(p.right, p.milk_composition),
        uterus=UterineInvolution(p.uterine_involution.volume_at_birth, 0.0),
        first=newborn(p.first, first_kg),
        second=newborn(p.second, second_kg),
        prolactin_hours=0.0,
    )


def beginners(p: LifeParameters, experience: float) -> Learning:
    """Return what is learned at birth: nothing by the infant; by the mother her `experience`, 0-1."""
    skill = p.latch_learning.first_skill
    return Learning(Associations(0.0, 0.0, 0.0, 0.0, 0.0), experience, skill, skill)
