"""emcee [ForemanMackey2013] on the synthetic likelihood.

    ln p(z | rows) = sum_j -z_j^2 / 2 + sum_r ln t_4((y_r - m_r(z)) / s_r(z)) - ln s_r(z),
    s_r^2 = published error^2 + variance of the emulator

t_4 is Student's t with 4 degrees of freedom: rows that contradict each other (FL23 and ME22) then pull with a bound
instead of with the square of their distance. Rows of one study count as independent, which they are not: means of the
same women. No published abstract gives their covariance; posterior ranges are therefore somewhat too narrow.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import final

import numpy as np
from numpy.typing import NDArray

from letdown._errors import LetdownError
from letdown.calibration.emulator import Emulator
from letdown.calibration.free import LIMIT, Possible

__all__ = ["Posterior", "log_probability", "require_infer", "sample_posterior"]

Array = NDArray[np.float64]

TAILS = 4.0
"""Degrees of freedom of Student's t."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """A sample of the posterior in prior standard deviations (draws, free), and how well the chains mixed."""

    z: Array
    acceptance: float
    autocorrelation: float
    steps: int


def require_infer(*libraries: str) -> None:
    """Raise LetdownError if a library of the extra `infer` is missing."""
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        raise LetdownError(
            f"Calibration needs {' and '.join(missing)}, which is not installed; run: pip install 'letdown[infer]'."
        )


def log_probability(z: Array, emulator: Emulator, published: Array, errors: Array, possible: Possible) -> Array:
    """Return ln p(z | rows) up to a constant, one number a point; -inf beyond the prior's ends or if not possible."""
    variance = errors**2 + emulator.variance(z)
    t2 = (published - emulator.mean(z)) ** 2 / variance
    likelihood = -0.5 * (TAILS + 1.0) * np.log1p(t2 / TAILS) - 0.5 * np.log(variance)
    total: Array = likelihood.sum(axis=1) - 0.5 * (z**2).sum(axis=1)
    return np.where((np.abs(z) <= LIMIT).all(axis=1) & possible(z), total, -math.inf)


def sample_posterior(
    emulator: Emulator,
    published: Array,
    errors: Array,
    dimensions: int,
    seed: Sequence[int],
    possible: Possible,
    *,
    steps: int,
) -> Posterior:
    """Return a sample of the posterior by emcee's stretch moves, the first 40 % of the steps dropped.

    Raises
    ------
    LetdownError
        If emcee is not installed.
    """
    require_infer("emcee")
    import emcee

    walkers = 4 * dimensions
    state = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(tuple(seed))))
    start = np.clip(0.3 * state.standard_normal((walkers, dimensions)), -2.0, 2.0)
    sampler = emcee.EnsembleSampler(
        walkers, dimensions, log_probability, args=(emulator, published, errors, possible), vectorize=True
    )
    sampler.run_mcmc(emcee.State(start, random_state=state.get_state()), steps)
    chain = sampler.get_chain(discard=int(0.4 * steps), thin=10, flat=True)
    times = sampler.get_autocorr_time(discard=int(0.4 * steps), quiet=True, tol=0)
    return Posterior(chain, float(np.mean(sampler.acceptance_fraction)), float(np.max(times)), steps)
