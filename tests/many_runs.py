"""Many runs of the reference dyad: the same woman and infant, other random events. Shared by several test files.

    runs("breastfeed", 200, {"conditions.fear": 1})                  one `Run` each, as the engine hands it on
    runs("breastfeed", 200, without={"interference.central_fear": 0})
    courses("breastfeed", 8, ["dyad.interference.central"])          the same, with courses in time

`changes` go through the scenario, as a user makes them. `without` sets a parameter to any value, also one outside
its range: a mechanism is taken out, to see whether the effect goes with it. Runs are cached, since several tests
look at the same feeds; run k is the same however many are asked for.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from letdown.body.body import BodyParameters
from letdown.body.breast import BreastParameters
from letdown.body.registry import specification
from letdown.engine.burst_source import AbstractBurstSource, SurrogateNeurones
from letdown.engine.cohort_run import DyadStart, LaneResult, run_dyads
from letdown.engine.layout import field_index
from letdown.engine.results import make_run
from letdown.engine.run import Run
from letdown.protocol.build import build_program, reference_start
from letdown.protocol.scenario import Scenario, preset

__all__ = ["Course", "courses", "difference", "mean", "runs"]

SEED = 20260
"""Seed of every batch, so that a test that passes goes on passing."""

_TIME = "surroundings.time"

Changes = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Course:
    """One run and the courses of some of its fields: `course["dyad.plasma.oxytocin"]` has one value a row."""

    run: Run
    time_s: np.ndarray
    fields: dict[str, np.ndarray]
    lane: LaneResult

    def __getitem__(self, name: str) -> np.ndarray:
        return self.fields[name]

    def final(self, name: str) -> float:
        """Return any field at the end of the run."""
        return float(self.lane.fields[field_index(name)])


_CACHE: dict[Any, list[Course]] = {}


def runs(scenario: str | Scenario, n: int, changes: Changes | None = None, **how: Any) -> list[Run]:
    """Return n runs of the reference dyad; `how` is as for `courses`."""
    return [course.run for course in courses(scenario, n, (), changes, **how)]


def courses(
    scenario: str | Scenario,
    n: int,
    fields: Sequence[str] = (),
    changes: Changes | None = None,
    *,
    without: Changes | None = None,
    source: AbstractBurstSource | None = None,
    every_s: float = 1.0,
) -> list[Course]:
    """Return n runs with the courses of some fields.

    Parameters
    ----------
    scenario : str or Scenario
        A preset by name, or a scenario.
    n : int
        Number of runs.
    fields : sequence of str
        Dotted paths of `letdown.engine.layout.field_names()`.
    changes : mapping, optional
        Changes to the scenario, by dotted key.
    without : mapping, optional
        Parameters set to any value, "organ.field" -> value; in both breasts, where a breast has that organ.
    source : AbstractBurstSource, optional
        Source of bursts; the surrogate neurones by default.
    every_s : float
        Time between rows.
    """
    scenario = (preset(scenario) if isinstance(scenario, str) else scenario).with_values(changes or {})
    source = source or SurrogateNeurones()
    removed = tuple(sorted((without or {}).items()))
    found = _CACHE.setdefault((scenario.to_toml(), removed, source, tuple(fields), every_s), [])
    if len(found) < n:
        found += _run(range(len(found), n), scenario, removed, source, fields, every_s)
    return found[:n]


def _run(
    dyads: Iterable[int],
    scenario: Scenario,
    removed: Iterable[tuple[str, float]],
    source: AbstractBurstSource,
    fields: Sequence[str],
    every_s: float,
) -> list[Course]:
    program, start = build_program(scenario), reference_start(scenario)
    p = start.parameters
    for path, value in removed:
        p = _with_any_value(p, path, value)
    starts = [DyadStart(k, p, start.milk_left, start.milk_right) for k in dyads]
    channels = (_TIME, *fields) if fields else ()
    lanes = run_dyads(starts, program, seed=SEED, source=source, channels=channels, every=round(every_s / 0.01))
    results = []
    for lane in lanes:
        run = make_run(
            replace(lane, trace=np.zeros((0, 0))),
            program,
            source,
            SEED,
            dyad=lane.start.dyad,
            traits={},
            scenario=scenario.name,
            scenario_toml="",
        )
        rows = lane.trace[lane.trace[:, 0] <= run.totals.duration_s] if fields else np.zeros((0, 1))
        courses_of = {name: rows[:, i + 1].copy() for i, name in enumerate(fields)}
        results.append(Course(run, rows[:, 0].copy(), courses_of, replace(lane, trace=np.zeros((0, 0)))))
    return results


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


def difference(a: Sequence[float], b: Sequence[float]) -> tuple[float, float]:
    """Return the mean of `a` minus the mean of `b`, and its standard error (not paired)."""
    x, y = np.asarray(a, float), np.asarray(b, float)
    error = math.sqrt(x.var(ddof=1) / len(x) + y.var(ddof=1) / len(y))
    return float(x.mean() - y.mean()), error
