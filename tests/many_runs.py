"""Many runs of the reference dyad: the same woman and infant, other random events. Shared by several test files.

    runs("breastfeed", 200, {"conditions.fear": 1})                          one `Run` each, without time series
    runs("breastfeed", 3, without={"interference.central_fear": 0})          a mechanism taken out
    traced_runs("breastfeed", 8)                                             with `Run.channels`, one row a second

`changes` go through the scenario, as a user makes them. `without` sets a parameter to any value, also one outside
its range: a mechanism is taken out, to see whether the effect goes with it. Runs are cached, since several tests
look at the same feeds; run k is the same however many are asked for.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from letdown.body.body import BodyParameters
from letdown.body.breast import BreastParameters
from letdown.body.registry import specification
from letdown.engine.burst_source import AbstractBurstSource, SurrogateNeurones
from letdown.engine.cohort_run import DyadStart, run_dyads
from letdown.engine.results import TRACED, make_run
from letdown.engine.run import Run
from letdown.protocol.build import build_program, reference_start
from letdown.protocol.scenario import Scenario, preset

__all__ = ["changed", "clearly_less", "latency", "mean", "milk", "runs", "same", "traced_runs"]

SEED = 20260
"""Seed of every batch, so that a test that passes goes on passing."""

_TIME = TRACED.index("surroundings.time")

Changes = Mapping[str, Any]

_CACHE: dict[Any, list[Run]] = {}


def changed(scenario: str | Scenario, changes: Changes | None = None) -> Scenario:
    """Return a scenario, given itself or by the name of a preset, with some values changed."""
    return (preset(scenario) if isinstance(scenario, str) else scenario).with_values(changes or {})


def runs(
    scenario: str | Scenario,
    n: int,
    changes: Changes | None = None,
    *,
    without: Changes | None = None,
    source: AbstractBurstSource | None = None,
    traced: bool = False,
) -> list[Run]:
    """Return n runs of the reference dyad.

    Parameters
    ----------
    scenario : str or Scenario
        A preset by name, or a scenario.
    n : int
        Number of runs.
    changes : mapping, optional
        Changes to the scenario, by dotted key.
    without : mapping, optional
        Parameters set to any value, "organ.field" -> value; in both breasts, where a breast has that organ.
    source : AbstractBurstSource, optional
        Source of bursts; the surrogate neurones by default.
    traced : bool
        Record time series as well, one row a second; large, so for few runs.
    """
    scenario = changed(scenario, changes)
    source = source or SurrogateNeurones()
    removed = tuple(sorted((without or {}).items()))
    found = _CACHE.setdefault((scenario.to_toml(), removed, source, traced), [])
    if len(found) < n:
        found += _run(range(len(found), n), scenario, removed, source, traced)
    return found[:n]


def traced_runs(scenario: str | Scenario, n: int, changes: Changes | None = None, **how: Any) -> list[Run]:
    """Return n runs with their time series, `Run.channels`; `how` is as for `runs`."""
    return runs(scenario, n, changes, traced=True, **how)


def _run(
    dyads: Iterable[int],
    scenario: Scenario,
    removed: Iterable[tuple[str, float]],
    source: AbstractBurstSource,
    traced: bool,
) -> list[Run]:
    program, start = build_program(scenario), reference_start(scenario)
    p = start.parameters
    for path, value in removed:
        p = _with_any_value(p, path, value)
    starts = [DyadStart(k, p, start.milk_left, start.milk_right) for k in dyads]
    channels = TRACED if traced else ()
    found = []
    for lane in run_dyads(starts, program, seed=SEED, source=source, channels=channels, every=100):
        dyad, name = lane.start.dyad, scenario.name
        run = make_run(
            replace(lane, trace=np.zeros((0, 0))),
            program,
            source,
            SEED,
            dyad=dyad,
            traits={},
            scenario=name,
            scenario_toml="",
        )
        if traced:  # lanes of a tile go on together: what follows the end of a run is no part of it
            rows = lane.trace[lane.trace[:, _TIME] <= run.totals.duration_s]
            lane = replace(lane, trace=rows)
            run = make_run(lane, program, source, SEED, dyad=dyad, traits={}, scenario=name, scenario_toml="")
        found.append(run)
    return found


def _with_any_value(p: BodyParameters, path: str, value: float) -> BodyParameters:
    specification(path)  # refuses a name that is no parameter
    organ, _, field = path.partition(".")
    if organ in BreastParameters._fields:
        left, right = (
            side._replace(**{organ: getattr(side, organ)._replace(**{field: value})}) for side in (p.left, p.right)
        )
        return p._replace(left=left, right=right)
    return p._replace(**{organ: getattr(p, organ)._replace(**{field: value})})


def mean(values: Iterable[float | None]) -> float:
    """Return the mean of the values that exist."""
    return float(np.mean([v for v in values if v is not None]))


def milk(run: Run) -> float:
    """Return the milk removed from both breasts, mL."""
    return math.fsum(run.totals.removed_ml)


def latency(run: Run) -> float:
    """Return the time from latch to the first let-down, s; to the end of the run where none came."""
    assert run.totals.first_latch_s is not None
    end = run.let_downs[0].onset_s if run.let_downs else run.totals.duration_s
    return end - run.totals.first_latch_s


def clearly_less(low: Sequence[float], high: Sequence[float]) -> bool:
    """Return whether the mean of `low` is below that of `high` by more than three standard errors."""
    x, y = np.asarray(low, float), np.asarray(high, float)
    error = math.sqrt(x.var(ddof=1) / len(x) + y.var(ddof=1) / len(y))
    return bool(y.mean() - x.mean() > 3.0 * error and y.mean() > x.mean())


def same(a: Sequence[Run], b: Sequence[Run]) -> bool:
    """Return whether runs are alike to the last digit: nothing that differs between them has any effect."""
    return all(x.totals == y.totals and x.bursts == y.bursts for x, y in zip(a, b, strict=True))
