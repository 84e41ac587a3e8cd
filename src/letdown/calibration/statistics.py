"""The fitted rows and the model's answer to them: studies of single sessions, by their own files.

The same code as `letdown validate` (`letdown.evidence`), on a small pool of women of the population under trial.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple, final

import numpy as np

from letdown._errors import ScenarioError
from letdown.body.population import Population
from letdown.calibration.fit import FittedRow
from letdown.engine.clocks import AbstractClock, Clock, CycleAveraged
from letdown.engine.cohort_run import DyadStart
from letdown.engine.life.run import LifeStart
from letdown.evidence.people import AbstractPopulation, VirtualWomen
from letdown.evidence.pool import FeedProtocol, Pool, request_key
from letdown.evidence.quantity import AbstractQuantity
from letdown.evidence.reductions import AbstractReduction
from letdown.evidence.study import Statistic, Study, shipped_studies
from letdown.evidence.targets import Target
from letdown.evidence.validate import Score, estimate_of, protocols_of, score_studies
from letdown.protocol.build import trait_starts
from letdown.protocol.lactation import LactationScenario
from letdown.protocol.scenario import Scenario

__all__ = ["NOT_FITTED", "StudySimulator", "WomenOf", "check_left_out", "fitted_rows", "fitted_studies", "scores_of"]

NOT_FITTED = {
    "PK03a": "pharmacokinetics of the reference mother: no trait moves it",
    "PK03b": "pharmacokinetics of the reference mother: no trait moves it",
    "PR04": "ratio of two routes: a matter of uptake from the nose, of which nothing is free",
    "UT22a": "a ratio within women: the dose scale of alcohol, not the population, decides it",
    "UT22b": "a ratio within women: the dose scale of alcohol, not the population, decides it",
    "UT22c": "a ratio within women: the dose scale of alcohol, not the population, decides it",
    "OT50": "cues, of which nothing is free",
    "SG01": "threshold of cramps, of which nothing is free",
    "SG11": "threshold of thirst, of which nothing is free",
    "FL24": "time in bins of 30 s: the same bin for every population",
}
"""Fitted figures of sessions that the calibration leaves alone, and why."""

DOSES = "myoepithelium1961-doses"
STUDIES = 100
"""Studies drawn for each statistic of a particle; its noise is averaged over particles."""

FEW = 8
"""Women of the study of doses: the response of one woman to a dose hardly varies, and its 16 protocols are dear."""


@final
@dataclass(frozen=True, slots=True)
class WomenOf(AbstractPopulation):
    """Women with traits drawn from a population; for sessions only."""

    population: Population

    def feed_starts(self, scenario: Scenario, women: Sequence[int], seed: int, feed: int) -> list[DyadStart]:
        """Return women at the start of one of their sessions."""
        return trait_starts(scenario, women, seed, self.population, feed)[0]

    def life_starts(self, scenario: LactationScenario, women: Sequence[int], seed: int) -> list[LifeStart]:
        """Return women at birth, with the traits of the package."""
        return VirtualWomen().life_starts(scenario, women, seed)

    def key(self) -> str:
        """Return every number of the population."""
        return repr(self.population)


@cache
def fitted_studies() -> tuple[Study, ...]:
    """Return the studies with only those statistics that the calibration fits: published numbers of sessions."""
    studies = []
    for study in shipped_studies():
        kept = tuple(
            s
            for s in study.statistic
            if s.fitted
            and s.target not in NOT_FITTED
            and isinstance(s.reduction, AbstractReduction)
            and all(arm.scenario is not None for arm in study.arms_of(s))
        )
        if kept:
            studies.append(study.model_copy(update={"statistic": kept}))
    return tuple(studies)


def check_left_out(names: Sequence[str], studies: Sequence[Study]) -> tuple[str, ...]:
    """Return the names of studies to leave out, each once and sorted.

    Raises
    ------
    ScenarioError
        If one is no fitted study, or nothing would be left.
    """
    known = [study.name for study in studies]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise ScenarioError(
                f'"{name}" is not a fitted study; the nearest is "{near}", and the studies are {", ".join(known)}.'
            )
    if len(set(names)) == len(known):
        raise ScenarioError("Every study was left out; leave out fewer, so that there is something to fit.")
    return tuple(sorted(set(names)))


def fitted_rows(studies: Sequence[Study], left_out: Sequence[str] = ()) -> list[FittedRow]:
    """Return what is fitted, without some studies.

    The published error is taken as it is but for r and r2, where the table assumes 15 % of the value: there it is at
    least the sampling error of n pairs, (1 - r^2) / sqrt(n - 1) and 2 r (1 - r^2) / sqrt(n).
    """
    rows = []
    for study in studies:
        for statistic in study.statistic if study.name not in left_out else ():
            target = study.targets()[statistic.target]
            value, n = float(target.value), study.population.n
            sampling = 0.0
            if target.statistic == "r":
                sampling = (1.0 - value**2) / math.sqrt(n - 1)
            elif target.statistic == "r2":
                sampling = 2.0 * math.sqrt(value) * (1.0 - value) / math.sqrt(n)
            rows.append(FittedRow(target.key, study.name, value, max(target.error, sampling)))
    return rows


def scores_of(
    population: Population,
    women: int,
    seed: int,
    studies: Sequence[Study],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    clock: AbstractClock | None = None,
) -> list[Score]:
    """Return every statistic of some studies on women of a population; suck-resolved without a clock."""
    return score_studies(
        studies, Pool(population=WomenOf(population), size=women, seed=seed, clock=clock or Clock()), progress
    )


class _Row(NamedTuple):
    """A statistic and where its values come from: for each arm and quantity, protocols and the name of the quantity."""

    study: Study
    statistic: Statistic
    target: Target
    sources: tuple[tuple[tuple[tuple[int, ...], str], ...], ...]


class _Plan(NamedTuple):
    """Protocols, each with what is measured in it, and the rows made of them."""

    protocols: tuple[FeedProtocol, ...]
    quantities: tuple[tuple[AbstractQuantity, ...], ...]
    rows: tuple[_Row, ...]


@cache
def _plan(doses: bool) -> _Plan:
    """Return the plan of the study of doses or of all others; the same for every population, so made once."""
    pool = Pool()
    keys: dict[str, int] = {}
    protocols: list[FeedProtocol] = []
    wanted: list[dict[str, AbstractQuantity]] = []
    rows = []
    for study in fitted_studies():
        for statistic in study.statistic if (study.name == DOSES) == doses else ():
            sources = []
            for arm in study.arms_of(statistic):
                indices = []
                for protocol in protocols_of(study, arm, pool):
                    assert isinstance(protocol, FeedProtocol)
                    index = keys.setdefault(protocol.key(), len(protocols))
                    if index == len(protocols):
                        protocols.append(protocol)
                        wanted.append({})
                    wanted[index] |= {request_key(quantity): quantity for quantity in study.quantities_of(statistic)}
                    indices.append(index)
                sources.append(
                    tuple((tuple(indices), request_key(quantity)) for quantity in study.quantities_of(statistic))
                )
            rows.append(_Row(study, statistic, study.targets()[statistic.target], tuple(sources)))
    return _Plan(tuple(protocols), tuple(tuple(each.values()) for each in wanted), tuple(rows))


@final
@dataclass(frozen=True, slots=True)
class StudySimulator:
    """The model's answer to every fitted row on so many women; NaN where it gives none.

    Feeds are cycle-averaged, at a third of the cost: means of milk and counts differ by less than 2 % from the
    suck-resolved clock, with which the rows before and after a fit are computed. Lags of doses are resolved: the
    averaged clock lengthens them.
    """

    women: int

    def __call__(self, population: Population, seed: int) -> Mapping[str, tuple[float, float]]:
        """Return row -> value and Monte-Carlo error."""
        people = WomenOf(population)
        averaged = Pool(people, self.women, seed, clock=CycleAveraged())
        resolved = Pool(people, min(FEW, self.women), seed)
        return self._answers(_plan(False), averaged) | self._answers(_plan(True), resolved)

    def _answers(self, plan: _Plan, pool: Pool) -> dict[str, tuple[float, float]]:
        measured = [
            replace(protocol, population=pool.population).measure(pool, quantities, lambda _: None)
            for protocol, quantities in zip(plan.protocols, plan.quantities, strict=True)
        ]
        answers = {}
        for row in plan.rows:
            pools = [
                [
                    row.statistic.per_woman.join(np.stack([measured[i][key] for i in indices], axis=1))
                    for indices, key in arm
                ]
                for arm in row.sources
            ]
            found = estimate_of(row.study, row.statistic, pools, row.target, draws=STUDIES)
            answers[row.target.key] = (math.nan, math.nan) if found is None else (found.value, found.error)
        return answers
