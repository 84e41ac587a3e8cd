"""What the outputs of a feed depend on: Morris over all parameters of the body, then Sobol over the ones that matter.

Every parameter is varied within its declared range and within a factor SPREAD of its value; one that is 0 within the
lowest quarter of its range. A point is the mean of an output over the same few streams of random events for all
points (common random numbers), so chance adds no variance between points and is not booked as interaction. What is
left of it: an index may be peculiar to these streams. Its size is the noise floor: the variance of an output between
sets of streams at the reference, as a share of the variance between points.

Morris: mean absolute elementary effect mu*, the range of a parameter as unit [Morris1991]. Sobol: first-order and
total indices [Saltelli2010].
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from letdown._errors import ScenarioError
from letdown.body.registry import parameter_rows, with_overrides
from letdown.calibration.posterior import require_infer
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.clocks import CycleAveraged
from letdown.engine.cohort_run import DyadStart, LaneResult, run_dyads
from letdown.engine.program import Program
from letdown.engine.results import make_run
from letdown.engine.run import Run
from letdown.protocol.build import build_program, reference_start
from letdown.protocol.scenario import Scenario

__all__ = ["OUTPUTS", "Factor", "Sensitivity", "factors_of", "morris_points", "sensitivity"]

Array = NDArray[np.float64]

SPREAD = 1.4
"""A parameter is divided and multiplied by this, within its range."""

SETS = 40
"""Sets of streams at the reference, for the noise floor."""


def _latency(run: Run) -> float:
    """Return the first let-down after the latch, s; the length of the feed if there was none."""
    latch = run.totals.first_latch_s or 0.0
    return (run.let_downs[0].onset_s if run.let_downs else run.totals.duration_s) - latch


OUTPUTS: dict[str, Callable[[Run], float]] = {
    "milk removed": lambda run: sum(run.totals.removed_ml),
    "let-downs": lambda run: float(len(run.let_downs)),
    "first let-down": _latency,
    "share of available": lambda run: run.totals.share_removed()[2],
    "peak oxytocin": lambda run: run.totals.oxytocin_peak_pg_ml,
    "leak": lambda run: sum(run.totals.leaked_ml),
}
"""Outputs that matter to people who feed or design: mL, count, s, share, pg/mL, mL."""


@final
@dataclass(frozen=True, slots=True)
class Factor:
    """A parameter and the range in which it is varied."""

    path: str
    low: float
    high: float


@final
@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """Morris mu* (paths, outputs); Sobol indices, 95 % half-widths (chosen, outputs); noise floors (outputs)."""

    scenario: str
    paths: tuple[str, ...]
    morris: Array
    chosen: tuple[str, ...]
    first: Array
    first_error: Array
    total: Array
    total_error: Array
    spread: Array
    noise: Array
    points: tuple[int, int]
    streams: int

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain lists, parameters by their path."""
        names = list(OUTPUTS)

        def by_name(paths: Sequence[str], values: Array) -> dict[str, dict[str, float]]:
            return {
                path: {name: float(f"{x:.3g}") for name, x in zip(names, line, strict=True)}
                for path, line in zip(paths, values, strict=True)
            }

        return {
            "scenario": self.scenario,
            "points": {"morris": self.points[0], "sobol": self.points[1]},
            "streams": self.streams,
            "morris_mu_star": by_name(self.paths, self.morris),
            "sobol_first": by_name(self.chosen, self.first),
            "sobol_first_95": by_name(self.chosen, self.first_error),
            "sobol_total": by_name(self.chosen, self.total),
            "sobol_total_95": by_name(self.chosen, self.total_error),
            "sd": by_name(["of outputs"], self.spread[None, :])["of outputs"],
            "noise_floor": by_name(["of outputs"], self.noise[None, :])["of outputs"],
        }


def factors_of(scenario: Scenario) -> list[Factor]:
    """Return every parameter of the body that can be varied about its value in a scenario, with its range."""
    p = reference_start(scenario).parameters
    factors = []
    for row in parameter_rows():
        organ, _, field = row["path"].partition(".")
        holder = p.right if organ in type(p.right)._fields else p
        value = float(getattr(getattr(holder, organ), field))
        if value == 0.0:
            low, high = row["low"], row["low"] + 0.25 * (row["high"] - row["low"])
        else:
            low, high = sorted((max(row["low"], value / SPREAD), min(row["high"], value * SPREAD)))
        if low < high:
            factors.append(Factor(row["path"], float(low), float(high)))
    return factors


def morris_points(factors: Sequence[Factor], trajectories: int, seed: int) -> Array:
    """Return the points of Morris trajectories, shape (trajectories * (factors + 1), factors)."""
    from SALib.sample import morris as sampling

    return np.asarray(sampling.sample(_problem(factors), trajectories, num_levels=4, seed=seed))


def _problem(factors: Sequence[Factor]) -> dict[str, Any]:
    return {
        "num_vars": len(factors),
        "names": [f.path for f in factors],
        "bounds": [[f.low, f.high] for f in factors],
    }


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """Outputs at points: the mean over streams, the same streams for every point."""

    start: DyadStart
    program: Program
    scenario: str
    factors: tuple[Factor, ...]
    seed: int
    streams: int

    def outputs(self, points: Array, progress: Callable[[int], None]) -> Array:
        """Return the outputs, shape (points, outputs)."""
        chunk = max(1, 512 // self.streams)
        rows = []
        for begin in range(0, len(points), chunk):
            some = points[begin : begin + chunk]
            starts = [start for point in some for start in self._starts(point, range(self.streams))]
            values = self._values(starts).reshape(len(some), self.streams, len(OUTPUTS))
            rows.append(values.mean(axis=1))
            progress(len(some))
        return np.concatenate(rows)

    def between_streams(self) -> Array:
        """Return the variance of the outputs at the reference between sets of streams."""
        starts = [replace(self.start, dyad=dyad) for dyad in range(SETS * self.streams)]
        sets = self._values(starts).reshape(SETS, self.streams, len(OUTPUTS)).mean(axis=1)
        variance: Array = sets.var(axis=0, ddof=1)
        return variance

    def _starts(self, point: Array, dyads: Sequence[int]) -> list[DyadStart]:
        values = {f.path: float(x) for f, x in zip(self.factors, point, strict=True)}
        p = with_overrides(self.start.parameters, values)
        left, right = (
            min(milk, 1.1 * breast.alveoli.capacity)
            for milk, breast in ((self.start.milk_left, p.left), (self.start.milk_right, p.right))
        )
        return [replace(self.start, dyad=dyad, parameters=p, milk_left=left, milk_right=right) for dyad in dyads]

    def _values(self, starts: Sequence[DyadStart]) -> Array:
        source = SurrogateNeurones()
        lanes = run_dyads(starts, self.program, seed=self.seed, clock=CycleAveraged())
        return np.array([self._of(lane, source) for lane in lanes])

    def _of(self, lane: LaneResult, source: SurrogateNeurones) -> list[float]:
        run = make_run(
            lane, self.program, source, self.seed, dyad=lane.start.dyad, traits={}, scenario=self.scenario,
            scenario_toml="",
        )  # fmt: skip
        return [float(of(run)) for of in OUTPUTS.values()]


def sensitivity(
    scenario: Scenario,
    *,
    seed: int = 0,
    streams: int = 8,
    trajectories: int = 10,
    sobol_points: int = 128,
    parameters: int = 10,
    progress: Callable[[int], None] | None = None,
) -> Sensitivity:
    """Screen all parameters of a feed, then decompose the variance over the ones that matter.

    Parameters
    ----------
    scenario : Scenario
        The feed; its mother and infant are the middle of the ranges.
    seed : int
        Seed of the points and of the streams.
    streams : int
        Streams of random events over which each point is averaged.
    trajectories : int
        Morris trajectories, of one point more than there are parameters.
    sobol_points : int
        Base sample of Sobol, a power of 2; (parameters + 2) times as many points are simulated.
    parameters : int
        How many parameters go on to Sobol: those with the largest mu* / sd of any output.
    progress : callable, optional
        Called with the number of points finished.

    Raises
    ------
    LetdownError
        If SALib is not installed.
    ScenarioError
        If `sobol_points` is not a power of 2.
    """
    require_infer("SALib")
    from SALib.analyze import morris as screening
    from SALib.analyze import sobol as decomposition
    from SALib.sample import sobol as sampling

    if sobol_points < 2 or sobol_points & (sobol_points - 1):
        raise ScenarioError(f"{sobol_points} base points were given; give a power of 2, such as 64 or 128.")
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if progress is not None:
            progress(done)

    factors, start, program = factors_of(scenario), reference_start(scenario), build_program(scenario)
    model = _Model(start, program, scenario.name, tuple(factors), seed, streams)
    points = morris_points(factors, trajectories, seed % 2**32)
    y = model.outputs(points, tell)
    mu = np.array([_mu_star(screening, factors, points, column, seed) for column in y.T]).T
    weight = (mu / np.maximum(y.std(axis=0), 1e-12)).max(axis=1)
    chosen = [factors[i] for i in sorted(np.argsort(-weight)[:parameters])]
    few = replace(model, factors=tuple(chosen))
    sample = np.asarray(sampling.sample(_problem(chosen), sobol_points, calc_second_order=False, seed=seed % 2**32))
    values = few.outputs(sample, tell)
    found = [
        decomposition.analyze(_problem(chosen), _standardised(column), calc_second_order=False, seed=seed % 2**32)
        for column in values.T
    ]
    spread = values.std(axis=0)
    first, first_error, total, total_error = (
        np.array([one[key] for one in found]).T for key in ("S1", "S1_conf", "ST", "ST_conf")
    )
    return Sensitivity(
        scenario=scenario.name,
        paths=tuple(f.path for f in factors),
        morris=mu,
        chosen=tuple(f.path for f in chosen),
        first=first,
        first_error=first_error,
        total=total,
        total_error=total_error,
        spread=spread,
        noise=few.between_streams() / np.maximum(spread**2, 1e-12),
        points=(len(points), len(sample)),
        streams=streams,
    )


def _mu_star(screening: Any, factors: Sequence[Factor], points: Array, column: Array, seed: int) -> Array:
    found = screening.analyze(_problem(factors), points, column, num_levels=4, seed=seed % 2**32)
    return np.asarray(found["mu_star"], dtype=float)


def _standardised(column: Array) -> Array:
    """Return an output with mean 0 and sd 1: the indices are the same and their estimate less noisy."""
    spread = column.std()
    return np.asarray((column - column.mean()) / (spread if spread > 0.0 else 1.0))
