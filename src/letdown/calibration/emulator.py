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
    """Polynomials of all rows: coefficients (features, rows), inverses (kinds, features, features), errors (rows).

    Rows with the same penalty and particles share an inverse: `kind` says which.
    """

    coefficients: Array
    inverses: Array
    kind: NDArray[np.int64]
    noise: Array  # leave-one-out variance of one particle
    lack: Array  # its part that Monte-Carlo noise does not account for
    explained: Array  # share of the variance over particles, leave one out, 0-1

    def mean(self, z: Array) -> Array:
        """Return the expected rows at each point, shape (points, rows)."""
        return np.asarray(features(z) @ self.coefficients)

    def variance(self, z: Array) -> Array:
        """Return the variance of `mean`: coefficients and lack of fit, shape (points, rows)."""
        f = features(z)
        leverage = ((f @ self.inverses) * f).sum(axis=2)  # kinds, points
        return np.asarray(self.noise * leverage[self.kind].T + self.lack)

    def only(self, keep: Sequence[int]) -> "Emulator":
        """Return the emulator of some rows."""
        index = list(keep)
        return Emulator(
            self.coefficients[:, index],
            self.inverses,
            self.kind[index],
            self.noise[index],
            self.lack[index],
            self.explained[index],
        )


def fit_emulator(z: Array, answers: Array, errors: Array) -> Emulator:
    """Return the polynomials of all rows.

    Parameters
    ----------
    z : array, shape (particles, free)
        Free numbers in prior standard deviations.
    answers, errors : array, shape (particles, rows)
        The model's rows and their Monte-Carlo errors; a particle without a finite answer is left out of that row.
    """
    f, inverses = features(z), _Inverses()
    parts = [_fit_row(f, 1 + z.shape[1], y, e, inverses) for y, e in zip(answers.T, errors.T, strict=True)]
    coefficients, kind, noise, lack, explained = (np.array(column) for column in zip(*parts, strict=True))
    return Emulator(coefficients.T, np.array(inverses.matrices), kind, noise, lack, explained)


@final
class _Inverses:
    """(F^T F + penalty D)^-1 by penalty and particles, each computed once."""

    def __init__(self) -> None:
        self.matrices: list[Array] = []
        self._known: dict[tuple[float, bytes], int] = {}

    def number(self, f: Array, free: int, penalty: float, known: NDArray[np.bool_]) -> int:
        """Return the number of an inverse."""
        key = (penalty, known.tobytes())
        if key not in self._known:
            some = f[known]
            penalised = np.concatenate([np.full(free, 1e-9), np.full(f.shape[1] - free, penalty)])
            self._known[key] = len(self.matrices)
            self.matrices.append(np.asarray(np.linalg.inv(some.T @ some + np.diag(penalised)), dtype=float))
        return self._known[key]


def _fit_row(
    f: Array, free: int, y: Array, error: Array, inverses: _Inverses
) -> tuple[Array, int, float, float, float]:
    known = np.isfinite(y) & np.isfinite(error)
    some, y, error = f[known], y[known], error[known]
    tried = []
    for penalty in PENALTIES:
        kind = inverses.number(f, free, penalty, known)
        inverse = inverses.matrices[kind]
        b: Array = np.asarray(inverse @ some.T @ y)
        left_out = (y - some @ b) / (1.0 - np.minimum(((some @ inverse) * some).sum(axis=1), 0.99))
        tried.append((float(np.mean(left_out**2)), kind, b))
    noise, kind, b = min(tried, key=lambda one: one[0])
    lack = max(0.0, noise - float(np.mean(error**2)))
    spread = float(np.var(y))
    return b, kind, noise, lack, max(0.0, 1.0 - noise / spread) if spread > 0.0 else 0.0
