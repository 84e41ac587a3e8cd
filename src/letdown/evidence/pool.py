"""The pool: virtual women who take part in every protocol once, from whom studies draw theirs.

A protocol is a scenario, a population and the number of the session. It is run once for all statistics that need it,
and only what they measure is kept. A pool that is interrupted has kept the protocols it had finished.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np

from letdown._errors import ScenarioError
from letdown.body.life.prolactin_action import PROLACTIN_ACTIONS
from letdown.body.life.synthesis_control import SYNTHESIS_CONTROLS
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.clocks import AbstractClock, Clock
from letdown.engine.cohort_run import run_dyads
from letdown.engine.life.feed_runner import ReflexRunner
from letdown.engine.life.records import DAY_COLUMNS
from letdown.engine.life.run import run_lives
from letdown.engine.results import make_run
from letdown.evidence.cache import Cache
from letdown.evidence.people import AbstractPopulation, VirtualWomen
from letdown.evidence.quantity import AbstractFeedQuantity, AbstractLifeQuantity, AbstractQuantity, Array, Days, Feed
from letdown.protocol.build import build_program
from letdown.protocol.lactation import LactationScenario
from letdown.protocol.lactation_build import build_life_program
from letdown.protocol.scenario import Scenario

__all__ = ["AbstractProtocol", "FeedProtocol", "LifeProtocol", "Pool", "request_key"]

ROW_S = 0.5
"""Time between rows of a trace, s."""
CHUNK = 128
"""Women run together, so that a large pool keeps few traces in memory."""
FEED_COST, DAY_COST = 12, 12
"""Rough milliseconds of a session and of a dyad-day, for the progress bar."""

Report = Callable[[int], None]


def request_key(quantity: AbstractQuantity) -> str:
    """Return the name under which a measured quantity is kept."""
    text = json.dumps(quantity.model_dump(mode="json"), sort_keys=True)
    return f"{type(quantity).__name__}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


class AbstractProtocol(ABC):
    """What a pool goes through once."""

    @abstractmethod
    def key(self) -> str:
        """Return a text that differs between protocols that differ; its first word says which kind."""

    @abstractmethod
    def size(self, pool: "Pool") -> int:
        """Return how many women of a pool go through it."""

    @abstractmethod
    def cost(self, women: int) -> int:
        """Return roughly how many milliseconds it takes."""

    @abstractmethod
    def measure(self, pool: "Pool", quantities: Sequence[AbstractQuantity], report: Report) -> dict[str, Array]:
        """Return each quantity of every woman, by `request_key`."""


@final
@dataclass(frozen=True, slots=True)
class FeedProtocol(AbstractProtocol):
    """A session of each woman; `number` 0 where she has one, from 1 where she has several."""

    scenario: Scenario
    population: AbstractPopulation
    number: int = 0

    def key(self) -> str:
        """Return a text that differs between protocols that differ; its first word says which kind."""
        return f"feed {self.number} {self.population.key()} {self.scenario.model_dump_json()}"

    def size(self, pool: "Pool") -> int:
        """Return all women."""
        return pool.size

    def cost(self, women: int) -> int:
        """Return roughly how many milliseconds it takes."""
        return women * FEED_COST

    def measure(self, pool: "Pool", quantities: Sequence[AbstractQuantity], report: Report) -> dict[str, Array]:
        """Run every woman once, in chunks, and measure."""
        wanted = [q for q in quantities if isinstance(q, AbstractFeedQuantity)]
        fields = tuple(dict.fromkeys(path for q in wanted for path in q.fields()))
        traced = ("surroundings.time", *fields) if fields else ()
        program, source = build_program(self.scenario), SurrogateNeurones()
        rows: dict[str, list[Any]] = {request_key(q): [] for q in wanted}
        women = self.size(pool)
        every = max(1, round(ROW_S * pool.clock.substeps / pool.clock.tick_s))
        for first in range(0, women, CHUNK):
            numbers = range(first, min(first + CHUNK, women))
            starts = self.population.feed_starts(self.scenario, numbers, pool.seed, self.number)
            lanes = run_dyads(
                starts, program, seed=pool.seed, source=source, clock=pool.clock, channels=traced, every=every
            )
            for lane in lanes:
                run = make_run(
                    replace(lane, trace=np.zeros((0, 0))), program, source, pool.seed, dyad=lane.start.dyad, traits={},
                    scenario=self.scenario.name, scenario_toml="",
                )  # fmt: skip
                feed = Feed(run, lane, fields)
                for q in wanted:
                    rows[request_key(q)].append(q.measure(feed))
            report(self.cost(numbers.stop))
        return {key: np.array(values, dtype=float) for key, values in rows.items()}


def _days_after(report: Report, before: int, dyads: int) -> Callable[[float], None]:
    return lambda days: report(before + int(days * dyads * DAY_COST))


@final
@dataclass(frozen=True, slots=True)
class LifeProtocol(AbstractProtocol):
    """Days from birth of each dyad. Beside the quantities it keeps the formula that each was given, `formula_ml`."""

    scenario: LactationScenario
    population: AbstractPopulation

    def key(self) -> str:
        """Return a text that differs between protocols that differ; its first word says which kind."""
        return f"life {self.population.key()} {self.scenario.model_dump_json()}"

    def size(self, pool: "Pool") -> int:
        """Return as many dyads as the pool's dyad-days allow, at least `pool.fewest`."""
        return min(pool.size, max(pool.fewest, pool.dyad_days // self.scenario.days))

    def cost(self, women: int) -> int:
        """Return roughly how many milliseconds it takes."""
        return women * self.scenario.days * DAY_COST

    def measure(self, pool: "Pool", quantities: Sequence[AbstractQuantity], report: Report) -> dict[str, Array]:
        """Run every dyad once, in chunks, and measure."""
        wanted = [q for q in quantities if isinstance(q, AbstractLifeQuantity)]
        rows: dict[str, list[Any]] = {request_key(q): [] for q in wanted} | {"formula_ml": []}
        program, women = build_life_program(self.scenario), self.size(pool)
        formula = DAY_COLUMNS.index("formula_ml")
        for first in range(0, women, CHUNK):
            numbers = range(first, min(first + CHUNK, women))
            starts = self.population.life_starts(self.scenario, numbers, pool.seed)
            before, many = self.cost(first), len(numbers)
            results = run_lives(
                starts,
                program,
                seed=pool.seed,
                runner=ReflexRunner(),
                control=SYNTHESIS_CONTROLS[self.scenario.synthesis],
                action=PROLACTIN_ACTIONS[self.scenario.prolactin],
                progress=_days_after(report, before, many),
            )
            if any(result.complete_days < self.scenario.days for result in results):
                raise KeyboardInterrupt  # the engine keeps the days done; half a protocol is of no use here
            for start, result in zip(starts, results, strict=True):
                days = Days(result, start.life.first.tissue + start.life.first.fluid)
                rows["formula_ml"].append(float(np.nansum(result.days[:, formula])))
                for q in wanted:
                    rows[request_key(q)].append(q.measure(days))
            report(before + self.cost(many))
        return {key: np.array(values, dtype=float) for key, values in rows.items()}


@final
@dataclass(frozen=True, slots=True)
class Pool:
    """Virtual women and how many of them; with a cache, each protocol is run once for ever.

    Parameters
    ----------
    population : AbstractPopulation
        Who they are where a study asks for women: their traits.
    size : int
        Women of a protocol of sessions.
    seed : int
        Seed of traits and random events.
    cache : Cache, optional
        Where what is measured is kept; nowhere by default.
    dyad_days : int
        Dyad-days of a protocol of days: a longer one has fewer dyads, at least `fewest`, at most `size`.
    clock : AbstractClock
        Clock of the sessions; those of a life keep that of months of feeds.
    """

    population: AbstractPopulation = field(default_factory=VirtualWomen)
    size: int = 500
    seed: int = 1
    cache: Cache | None = None
    dyad_days: int = 90_000
    fewest: int = 16
    clock: AbstractClock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        """Refuse a pool that is too small to give an error."""
        if self.size < 2:
            raise ScenarioError(f"A pool of {self.size} was asked for; give at least 2 women.")

    def measured(
        self, protocol: AbstractProtocol, quantities: Sequence[AbstractQuantity], report: Report = lambda _: None
    ) -> Mapping[str, Array]:
        """Return each quantity of every woman in a protocol, by `request_key`; run it only if something is missing."""
        key = self._key(protocol)
        kept = self.cache.read(key) if self.cache is not None else {}
        missing = [quantity for quantity in quantities if request_key(quantity) not in kept]
        if missing:
            kept = kept | protocol.measure(self, missing, report)
            if self.cache is not None:
                self.cache.write(key, kept)
        return kept

    def _key(self, protocol: AbstractProtocol) -> str:
        """Return what a protocol is kept under; its first word is the kind of protocol."""
        return f"{protocol.key()} seed {self.seed} women {protocol.size(self)} {self.clock!r}"

    def has(self, protocol: AbstractProtocol, quantities: Sequence[AbstractQuantity]) -> bool:
        """Return whether all of it is kept."""
        if self.cache is None:
            return False
        kept = self.cache.read(self._key(protocol))
        return all(request_key(quantity) in kept for quantity in quantities)
