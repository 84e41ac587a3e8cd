"""Rows as smooth functions of the free numbers: second-order polynomials, with what they do not know.

    y(z) = b . f(z) + e,    f(z) = (1, z_i, z_i z_j),    b = (F^T F + penalty D)^-1 F^T y

fitted to all particles of a calibration; every particle has random numbers of its own, so the polynomial averages
the Monte-Carlo noise of single particles away. D leaves the constant and the linear terms free. The penalty is the
one of a few with the smallest leave-one-out error, in closed form from the hat matrix.

Left out: terms of third order. What they would add is in `variance`, as the leave-one-out error that Monte-Carlo
noise does not account for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Emulator", "features", "fit_emulator"]

Array = NDArray[np.float64]

PENALTIES = (0.03, 0.3, 3.0, 30.0, 300.0)
"""Tried for each row; 300 all but removes the curvature with a few hundred particles."""


def features(z: Array) -> Array:
    """Return 1, z_i and z_i z_j (i <= j) of each row of z, shape (points, 1 + d + d (d + 1) / 2)."""
    i, j = np.triu_indices(z.shape[1])
    return np.concatenate([np.ones((len(z), 1)), z, z[:, i] * z[:, j]], axis=1)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Emulator:
    """Polynomials of all rows: coefficients (features, rows), inverses (rows, features, features), errors (rows)."""

    coefficients: Array
    inverses: Array
    noise: Array  # leave-one-out variance of one particle
    lack: Array  # its part that Monte-Carlo noise does not account for
    explained: Array  # share of the variance over particles, leave one out, 0-1

    def mean(self, z: Array) -> Array:
        """Return the expected rows at each point, shape (points, rows)."""
        return np.asarray(features(z) @ self.coefficients)

    def variance(self, z: Array) -> Array:
        """Return the variance of `mean`: coefficients and lack of fit, shape (points, rows)."""
        f = features(z)
        leverage = np.einsum("pf,rfg,pg->pr", f, self.inverses, f, optimize=True)
        return np.asarray(self.noise * leverage + self.lack)

    def only(self, keep: Sequence[int]) -> "Emulator":
        """Return the emulator of some rows."""
        index = list(keep)
        return Emulator(
            self.coefficients[:, index], self.inverses[index], self.noise[index], self.lack[index],
            self.explained[index],
        )  # fmt: skip


def fit_emulator(z: Array, answers: Array, errors: Array) -> Emulator:
    """Return the polynomials of all rows.

    Parameters
    ----------
    z : array, shape (particles, free)
        Free numbers in prior standard deviations.
    answers, errors : array, shape (particles, rows)
        The model's rows and their Monte-Carlo errors; a particle without a finite answer is left out of that row.
    """
    parts = [_fit_row(z, y, e) for y, e in zip(answers.T, errors.T, strict=True)]
    coefficients, inverses, noise, lack, explained = (np.array(column) for column in zip(*parts, strict=True))
    return Emulator(coefficients.T, inverses, noise, lack, explained)


def _fit_row(z: Array, y: Array, error: Array) -> tuple[Array, Array, float, float, float]:
    known = np.isfinite(y) & np.isfinite(error)
    z, y, error = z[known], y[known], error[known]
    f = features(z)
    free = 1 + z.shape[1]
    penalised = np.concatenate([np.full(free, 1e-9), np.ones(f.shape[1] - free)])
    best: tuple[float, Array, Array] | None = None
    for penalty in PENALTIES:
        inverse: Array = np.asarray(np.linalg.inv(f.T @ f + penalty * np.diag(penalised)), dtype=float)
        b: Array = np.asarray(inverse @ f.T @ y)
        left_out = (y - f @ b) / (1.0 - np.minimum(np.einsum("pf,fg,pg->p", f, inverse, f), 0.99))
        score = float(np.mean(left_out**2))
        if best is None or score < best[0]:
            best = (score, b, inverse)
    assert best is not None
    noise, coefficients, inverted = best
    lack = max(0.0, noise - float(np.mean(error**2)))
    spread = float(np.var(y))
    return coefficients, inverted, noise, lack, max(0.0, 1.0 - noise / spread) if spread > 0.0 else 0.0
