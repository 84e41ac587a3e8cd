"""Oxytocin of the neurones in the blood: two compartments, for the rat and, with human values, for a woman.

    V_p dc/dt = secretion - CL c - Q (c - e)
    V_e de/dt = Q (c - e)

The published rat model counts amounts q = V_p c and z = V_e e and writes CL = lambda_c V_p and
Q = lambda_d (V_p + V_e) / 2, with half-lives for the lambdas; the equations are the same. A bin's secretion is
spread evenly over it and the two linear equations are then solved exactly.

Context of use: how spikes shape the level in the blood. The rat's clearance here is a third of that measured in
anaesthetised male rats, so levels may be up to three times too high.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from letdown._parameter import Parameters, par, reference
from letdown.kernel.elementary import exp, log, sqrt

__all__ = ["RatPlasmaParameters", "TwoCompartments", "rat_plasma"]


class RatPlasmaParameters(Parameters):
    """Constants of oxytocin in the plasma of a 250-g rat."""

    clearance_half_life: float = par(
        68.0, "s", low=20, high=240, cite="MaicasRoyo2018", species="rat", evidence="model"
    )
    exchange_half_life: float = par(61.0, "s", low=20, high=240, cite="MaicasRoyo2018", species="rat", evidence="model")
    plasma_volume: float = par(
        8.5, "mL", low=5, high=15, cite="MaicasRoyo2018", species="rat", evidence="model", note="V_p"
    )
    extravascular_volume: float = par(
        9.75,
        "mL",
        low=5,
        high=60,
        cite="Fabian1969",
        species="rat",
        evidence="derived",
        note="V_e; distribution volume of 7.3 mL/100 g without the plasma",
    )


@dataclass(frozen=True, slots=True)
class TwoCompartments:
    """Clearance and exchange (mL/s), volumes (mL), secretion besides the network (pg/s), size of the gland.

    `gland` multiplies what the network secretes: 1 for the rat.
    """

    source: str
    clearance: float
    exchange: float
    plasma_volume: float
    tissue_volume: float
    basal_secretion: float = 0.0
    gland: float = 1.0

    def level(self, secreted_pg: NDArray[np.float64], bin_s: float, resting_pg_s: float = 0.0) -> NDArray[np.float64]:
        """Return the plasma level (pg/mL) at the end of each bin, from the basal level on.

        `resting_pg_s` is what the network secretes undriven; the basal secretion stands for it, so only the
        difference is added, never less than what would stop the basal secretion.
        """
        added_pg_s = np.maximum((secreted_pg / bin_s - resting_pg_s) * self.gland, -self.basal_secretion)
        out, back = (self.clearance + self.exchange) / self.plasma_volume, self.exchange / self.plasma_volume
        into = self.exchange / self.tissue_volume
        m11, m12, m21, m22 = _integral_of_exponential(-out, back, into, -into, bin_s)
        a, b = 1.0 + (back * m21 - out * m11), back * m22 - out * m12
        f, g = into * (m11 - m21), 1.0 + into * (m12 - m22)
        to_plasma, to_tissue = m11 / self.plasma_volume, m21 / self.plasma_volume
        c = e = self.basal_secretion / self.clearance
        levels = np.empty(secreted_pg.size)
        for i, amount in enumerate((added_pg_s + self.basal_secretion).tolist()):
            c, e = a * c + b * e + to_plasma * amount, f * c + g * e + to_tissue * amount
            levels[i] = c
        return levels


def _integral_of_exponential(
    a11: float, a12: float, a21: float, a22: float, t: float
) -> tuple[float, float, float, float]:
    """Return M, the integral of exp(A s) over s from 0 to t, of a matrix with two real eigenvalues; exp(A t) = 1 + A M.

    M = (g(k1) (A - k2) - g(k2) (A - k1)) / (k1 - k2), g(k) the integral of exp(k s).
    """
    middle, half = 0.5 * (a11 + a22), 0.5 * (a11 - a22)
    apart = sqrt(half * half + a12 * a21)
    k1, k2 = middle + apart, middle - apart
    g1, g2 = _integral_of_growth(k1, t), _integral_of_growth(k2, t)
    across = (g1 - g2) / (2.0 * apart)
    m11 = (g1 * (apart + half) + g2 * (apart - half)) / (2.0 * apart)
    m22 = (g1 * (apart - half) + g2 * (apart + half)) / (2.0 * apart)
    return m11, across * a12, across * a21, m22


def _integral_of_growth(k: float, t: float) -> float:
    """Return (exp(k t) - 1) / k, t where k is 0; by its series where exp(k t) is near 1."""
    x = k * t
    if abs(x) > 1.0:
        return float(exp(x) - 1.0) / k
    series = 1.0
    for n in range(20, 1, -1):
        series = 1.0 + x / n * series
    return t * series


def rat_plasma(p: RatPlasmaParameters | None = None) -> TwoCompartments:
    """Return the compartments of the rat [MaicasRoyo2018]."""
    p = p or reference(RatPlasmaParameters)
    ln2 = log(2.0)
    return TwoCompartments(
        "MaicasRoyo2018",
        p.plasma_volume * ln2 / p.clearance_half_life,
        ln2 / p.exchange_half_life * (p.plasma_volume + p.extravascular_volume) / 2.0,
        p.plasma_volume,
        p.extravascular_volume,
    )
