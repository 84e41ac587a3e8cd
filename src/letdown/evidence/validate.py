"""Every study on the pool: the expectation of its statistic, beside what was published.

A study of n women is drawn from the pool again and again (`DRAWS` times, women with replacement, the same women in all
arms of a crossover). The model's value is the mean of the statistic over these studies,

    se_model = SD over studies sqrt(n / N + 1 / DRAWS),    N women in the pool,

which for a mean is the standard error of the pool's mean; a percentage has at least the binomial error of the
pool. The deviation of the model from a published value is

    (model - published) / sqrt(se_published^2 + se_model^2).

Rows whose published error is an assumption are told apart from those with a measured one.
"""

import hashlib
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from letdown.evidence.designs import Numbers
from letdown.evidence.directions import AbstractDirection, Finding
from letdown.evidence.people import AbstractPopulation, ReferenceMother
from letdown.evidence.pool import AbstractProtocol, FeedProtocol, LifeProtocol, Pool, request_key
from letdown.evidence.quantity import AbstractQuantity, Array
from letdown.evidence.reductions import AbstractReduction, Samples
from letdown.evidence.study import Arm, Statistic, Study
from letdown.evidence.target_units import factor
from letdown.evidence.targets import Target, written
from letdown.protocol.lactation import LactationScenario

__all__ = ["Estimate", "Score", "agreement", "estimate_of", "not_computed", "protocols_of", "score_studies"]

DRAWS = 400
"""Studies drawn for each statistic."""

AGREE = 2.0
"""Standard errors within which model and study agree."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of the model and its Monte-Carlo standard error."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Score:
    """A published row beside the model; `answer` is None where the model gives none, `why` says so."""

    study: str
    target: Target
    answer: Estimate | Finding | None
    fitted: bool
    how: str
    discussion: str
    women: int

    @property
    def deviation(self) -> float | None:
        """Return (model - published) / sqrt(SE^2 + Monte-Carlo error^2), or None for a direction."""
        if not isinstance(self.answer, Estimate):
            return None
        return (self.answer.value - float(self.target.value)) / math.hypot(self.target.error, self.answer.error)

    @property
    def agrees(self) -> bool:
        """Return whether the model is within two standard errors, or the direction holds."""
        deviation = self.deviation
        if deviation is not None:
            return abs(deviation) <= AGREE
        return isinstance(self.answer, Finding) and self.answer.holds

    @property
    def verdict(self) -> str:
        """Return the verdict in a word or two."""
        if self.answer is None:
            return "not computed"
        if isinstance(self.answer, Finding):
            return "holds" if self.answer.holds else "fails"
        return "within 2 SE" if self.agrees else "miss"

    def model(self) -> str:
        """Return the model's answer as a table shows it."""
        if self.answer is None:
            return "–"
        if isinstance(self.answer, Finding):
            return self.answer.text
        return f"{written(self.answer.value, 3)} ± {written(self.answer.error, 2)}"

    def to_json(self) -> dict[str, Any]:
        """Return the score as JSON holds it; numbers in the unit of the target."""
        target, answer = self.target, self.answer
        direction = target.role == "direction"
        number = isinstance(answer, Estimate)
        return {
            "study": self.study,
            "target": target.key,
            "published": target.value if direction else float(target.value),
            "model": answer.value if isinstance(answer, Estimate) else answer.text if answer is not None else None,
            "deviation": self.deviation,
            "verdict": self.verdict,
            "fitted": self.fitted,
            "unit": target.unit,
            "published_se": None if direction else target.error,
            "published_se_assumed": target.assumed,
            "model_se": answer.error if number and isinstance(answer, Estimate) else None,
            "pool": self.women,
        }


def agreement(scores: Iterable[Score]) -> tuple[int, int]:
    """Return how many rows agree, and of how many that the model gives."""
    given = [score for score in scores if score.answer is not None]
    return sum(score.agrees for score in given), len(given)


def not_computed() -> dict[str, str]:
    """Return the reason of every published row that no study that comes with the program computes."""
    text = files("letdown.evidence").joinpath("data", "not_computed.toml").read_text(encoding="utf-8")
    return {key: str(row["reason"]) for key, row in tomllib.loads(text).items()}


# Protocols ----------------------------------------------------------------------------------------


def protocols_of(study: Study, arm: Arm, pool: Pool) -> list[AbstractProtocol]:
    """Return the protocols of an arm: one, or one for each session of a woman."""
    women: AbstractPopulation = ReferenceMother() if study.population.reference else pool.population
    scenario = study.scenario_of(arm)
    if isinstance(scenario, LactationScenario):
        return [LifeProtocol(scenario, women)]
    days = [scenario.with_values({"mother.postpartum_day": day}) for day in arm.on_days] or [scenario]
    numbers = range(1, arm.repeats + 1) if arm.repeats > 1 else (0,)
    return [FeedProtocol(each, women, number) for each in days for number in numbers]


Requests = dict[str, tuple[AbstractProtocol, dict[str, AbstractQuantity]]]


def requests_of(studies: Sequence[Study], pool: Pool) -> Requests:
    """Return every protocol once with all that is measured in it."""
    wanted: Requests = {}
    for study in studies:
        for statistic in study.statistic:
            for arm in study.arms_of(statistic):
                for protocol in protocols_of(study, arm, pool):
                    _, quantities = wanted.setdefault(protocol.key(), (protocol, {}))
                    quantities |= {request_key(quantity): quantity for quantity in study.quantities_of(statistic)}
    return wanted


def _after(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda cost: progress(before + cost, total)


def _measure(requests: Requests, pool: Pool, progress: Progress) -> dict[str, Mapping[str, Array]]:
    costs = {
        key: 0 if pool.has(protocol, list(quantities.values())) else protocol.cost(protocol.size(pool))
        for key, (protocol, quantities) in requests.items()
    }
    total, done = sum(costs.values()), 0
    measured = {}
    for key, (protocol, quantities) in requests.items():
        measured[key] = pool.measured(protocol, list(quantities.values()), _after(progress, done, total))
        done += costs[key]
        progress(done, total)
    return measured


# Samples ------------------------------------------------------------------------------------------


Measured = Mapping[str, Mapping[str, Array]]


def _samples(study: Study, arm: Arm, statistic: Statistic, pool: Pool, measured: Measured) -> list[Array]:
    """Return for each quantity the pool's values in an arm, (women, sessions, ...)."""
    protocols = protocols_of(study, arm, pool)
    found = []
    for quantity in study.quantities_of(statistic):
        values = np.stack([measured[protocol.key()][request_key(quantity)] for protocol in protocols], axis=1)
        found.append(statistic.per_woman.join(values))
    return found


def _eligible(study: Study, arm: Arm, pool: Pool, measured: Measured) -> Numbers:
    """Return the numbers of the women of the pool who can be drawn for an arm."""
    values = measured[protocols_of(study, arm, pool)[0].key()]
    size = len(next(iter(values.values())))
    return np.flatnonzero(values["formula_ml"] == 0.0) if arm.exclusive else np.arange(size)


def _pools(study: Study, statistic: Statistic, pool: Pool, measured: Measured) -> list[list[Array]]:
    """Return for each arm and quantity the values of the women who can be drawn: in a crossover the same women."""
    arms = study.arms_of(statistic)
    numbers = study.design.eligible([_eligible(study, arm, pool, measured) for arm in arms])
    return [
        [values[women] for values in _samples(study, arm, statistic, pool, measured)]
        for arm, women in zip(arms, numbers, strict=True)
    ]


def _together(values: Array) -> Array:
    """Return (women, sessions, ...) as (values, ...)."""
    return values.reshape(-1, *values.shape[2:])


def _drawn(pools: Samples, picks: Sequence[Numbers]) -> list[list[Array]]:
    return [[_together(values[pick]) for values in arm] for arm, pick in zip(pools, picks, strict=True)]


def estimate_of(
    study: Study, statistic: Statistic, pools: list[list[Array]], target: Target, draws: int = DRAWS
) -> Estimate | None:
    """Return the expectation of a statistic over studies drawn from the pool; None where few studies give one."""
    reduction = statistic.reduction
    assert isinstance(reduction, AbstractReduction)
    arms = study.arms_of(statistic)
    sizes = [len(arm[0]) for arm in pools]
    each = statistic.per_woman.values_of(max(arm[0].shape[1] for arm in pools))
    # n of a study counts values, so that women with several sessions are fewer
    women = [arm.n or max(1, round(study.population.n / each)) for arm in arms]
    digest = hashlib.sha256(f"{study.name} {target.key}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    values = []
    for _ in range(draws):
        picks = study.design.draw(sizes, women, rng)
        values.append(reduction.value(_drawn(pools, picks)))
    finite = np.array([value for value in values if math.isfinite(value)])
    if finite.size < draws // 2:
        return None
    scale = factor(reduction.in_unit(statistic.quantity[0].measured_in()), target.unit)
    error = float(finite.std(ddof=1)) * math.sqrt(max(women) / min(sizes) + 1.0 / finite.size)
    least = reduction.least_error([[_together(values) for values in arm] for arm in pools])
    return Estimate(scale * float(finite.mean()), abs(scale) * max(error, least))


def _score(study: Study, statistic: Statistic, pool: Pool, measured: Measured) -> Score:
    target = study.targets()[statistic.target]
    pools = _pools(study, statistic, pool, measured)
    answer: Estimate | Finding | None
    women = min(len(arm[0]) for arm in pools)
    if women < 2:
        answer = None
    elif isinstance(statistic.reduction, AbstractDirection):
        answer = statistic.reduction.judge([[_together(values) for values in arm] for arm in pools])
    else:
        answer = estimate_of(study, statistic, pools, target)
    return Score(
        study=study.name,
        target=target,
        answer=answer,
        fitted=statistic.fitted,
        how=statistic.how,
        discussion=statistic.discussion,
        women=women,
    )


def score_studies(studies: Sequence[Study], pool: Pool, progress: Progress = lambda _done, _total: None) -> list[Score]:
    """Return every statistic of some studies beside its published value.

    Parameters
    ----------
    studies : sequence of Study
        The studies.
    pool : Pool
        The virtual women; with a cache, protocols that it knows are not run again.
    progress : callable, optional
        Called with the work done and the work in all, rough milliseconds.

    Returns
    -------
    list of Score
        One a statistic, in the order of the studies.

    Raises
    ------
    SimulationError
        If a state becomes infinite or not a number.
    """
    measured = _measure(requests_of(studies, pool), pool, progress)
    return [_score(study, statistic, pool, measured) for study in studies for statistic in study.statistic]
