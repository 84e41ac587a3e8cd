"""The loop of a calibration: propose particles, simulate them, keep the generation, learn from all.

Generation 0 covers the prior (a scrambled Sobol sequence through the normal quantiles). Every later one is drawn from
the posterior under the emulator of all generations before, half of it stretched about the mean by STRETCH so that the
emulator is also right around the posterior. Generations are kept whole; the last emulator gives the result.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import final

import numpy as np
from numpy.typing import NDArray

from letdown.body.population import Population
from letdown.calibration.emulator import Emulator, fit_emulator
from letdown.calibration.free import (
    LIMIT,
    AbstractFree,
    Correlation,
    Possible,
    population_at,
    possible,
    values_at,
)
from letdown.calibration.generations import Generation, Settings, read_generations, settle, write_generation
from letdown.calibration.posterior import Posterior, require_infer, sample_posterior

__all__ = ["Fitted", "FittedRow", "Simulator", "calibrate", "learn"]

Array = NDArray[np.float64]

Simulator = Callable[[Population, int], Mapping[str, tuple[float, float]]]
"""Population and seed -> row -> the model's answer and its Monte-Carlo error; picklable."""

STRETCH = 1.6
PROPOSAL_STEPS, LAST_STEPS = 600, 3000
"""Steps of the chains: few suffice to propose particles."""
FIRST = 2
"""Generation 0 has so many times the particles of a later one: the emulator must begin somewhere."""


@final
@dataclass(frozen=True, slots=True)
class FittedRow:
    """A published figure that is fitted: its id, study, value and standard error."""

    key: str
    study: str
    value: float
    error: float


@final
@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What a calibration knows: all particles, their emulator, the posterior."""

    generations: tuple[Generation, ...]
    emulator: Emulator
    posterior: Posterior
    possible: Possible


def calibrate(
    simulate: Simulator,
    rows: Sequence[FittedRow],
    free: Sequence[AbstractFree],
    base: Population,
    settings: Settings,
    folder: Path,
    *,
    generations: int,
    resume: bool = True,
    workers: int = 1,
    steps: int = LAST_STEPS,
    progress: Callable[[int], None] | None = None,
) -> Fitted:
    """Fit the free numbers to the rows, or go on where a folder stopped.

    Parameters
    ----------
    simulate : Simulator
        The model.
    rows : sequence of FittedRow
        What is fitted.
    free : sequence of AbstractFree
        What is free.
    base : Population
        Every number that is not free.
    settings : Settings
        Decides, with `generations`, every number of the result.
    folder : Path
        Where finished generations are kept.
    generations : int
        How many there are to be in all.
    resume : bool
        Whether a folder with finished generations may be taken up again.
    workers : int
        Processes; the result does not depend on them.
    steps : int
        Steps of the last chains.
    progress : callable, optional
        Called with the particles finished, as they finish.

    Raises
    ------
    OutputError
        If the folder belongs to another calibration or cannot be written.
    LetdownError
        If the extra `infer` is not installed.
    """
    require_infer("emcee", "scipy")
    settle(folder, settings, resume=resume)
    done = read_generations(folder)[:generations]
    count = sum(len(g.z) for g in done)
    if progress is not None:
        progress(count)
    with _mapper(simulate, workers) as run:
        while len(done) < generations:
            number = len(done)
            z = _propose(done, rows, free, settings)
            particles = [
                (population_at(values_at(one, free), base, free), _seed(settings.seed, number, index))
                for index, one in enumerate(z)
            ]
            answers = []
            for answer in run(particles):
                answers.append([answer[row.key] for row in rows])
                if progress is not None:
                    progress(count + len(answers))
            count += len(answers)
            table = np.array(answers, dtype=float)
            done.append(Generation(z, table[:, :, 0], table[:, :, 1]))
            write_generation(folder, number, done[-1])
    return learn(done, rows, free, settings.seed, steps)


def learn(
    generations: Sequence[Generation],
    rows: Sequence[FittedRow],
    free: Sequence[AbstractFree],
    seed: int,
    steps: int = LAST_STEPS,
) -> Fitted:
    """Return emulator and posterior of all particles; the columns of the generations are the rows."""
    z = np.concatenate([g.z for g in generations])
    answers = np.concatenate([g.answers for g in generations])
    errors = np.concatenate([g.errors for g in generations])
    emulator = fit_emulator(z, answers, errors)
    inside = partial(possible, free=free)
    published, published_errors = np.array([[row.value, row.error] for row in rows]).T
    posterior = sample_posterior(
        emulator, published, published_errors, z.shape[1], (seed, len(generations)), inside, steps=steps
    )
    return Fitted(tuple(generations), emulator, posterior, inside)


def _propose(
    done: Sequence[Generation], rows: Sequence[FittedRow], free: Sequence[AbstractFree], settings: Settings
) -> Array:
    """Return the particles of the next generation, shape (particles, free)."""
    if not done:
        from scipy.stats import norm, qmc

        sequence = qmc.Sobol(len(free), rng=np.random.default_rng((settings.seed, 0)))
        corners = norm.cdf([-LIMIT, LIMIT])
        # A power of 2, as a Sobol sequence wants, would tie the number of particles; its balance is not needed.
        share = sequence.random_base2(int(np.ceil(np.log2(FIRST * settings.particles))))[: FIRST * settings.particles]
        return _pulled(np.asarray(norm.ppf(corners[0] + share * (corners[1] - corners[0]))), free)
    rng = np.random.default_rng((settings.seed, len(done)))
    draws = learn(done, rows, free, settings.seed, PROPOSAL_STEPS).posterior.z
    z = draws[rng.integers(0, len(draws), settings.particles)]
    wide = rng.random(len(z)) < 0.5
    middle = draws.mean(axis=0)
    z[wide] = middle + STRETCH * (z[wide] - middle)
    return _pulled(np.clip(z, -LIMIT, LIMIT), free)


def _pulled(z: Array, free: Sequence[AbstractFree]) -> Array:
    """Return points with correlations that cannot hold together pulled towards 0 until they can."""
    ties = [i for i, f in enumerate(free) if isinstance(f, Correlation)]
    while not (ok := possible(z, free)).all():
        z[np.ix_(np.flatnonzero(~ok), np.array(ties))] *= 0.9
    return z


def _seed(seed: int, generation: int, index: int) -> int:
    return int(np.random.SeedSequence((seed, generation, index)).generate_state(1, np.uint64)[0])


@final
@dataclass(slots=True)
class _Workers:
    """Maps a simulator over particles, in this process or in spawned ones; results come in order."""

    simulate: Simulator
    pool: ProcessPoolExecutor | None

    def __enter__(self) -> Callable[..., Iterable[Mapping[str, tuple[float, float]]]]:
        """Return the map."""
        if self.pool is None:
            return lambda particles: (self.simulate(*particle) for particle in particles)
        pool = self.pool
        return lambda particles: pool.map(self.simulate, *zip(*particles, strict=True))

    def __exit__(self, *_: object) -> None:
        """Stop the processes; what they were at is not waited for."""
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)


def _mapper(simulate: Simulator, workers: int) -> _Workers:
    workers = min(workers, os.cpu_count() or 1)
    if workers == 1:
        return _Workers(simulate, None)
    return _Workers(simulate, ProcessPoolExecutor(workers, get_context("spawn"), initializer=_end_with_parent))


def _end_with_parent() -> None:
    """Let this process end when the calibration is killed: a worker waits for work for ever otherwise."""
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()
