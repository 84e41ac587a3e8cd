"""A quantity: what is measured on one woman in one session, or on one dyad over its days.

A quantity is a frozen table of its options with one method. It sees a session as an observer does (`Feed`), or the
days of a dyad (`Days`), and returns a number, NaN where there is nothing to measure, or a short row of numbers.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from letdown._table import Table
from letdown.engine.cohort_run import LaneResult
from letdown.engine.life.records import LifeResult
from letdown.engine.run import LetDown, Run

__all__ = ["MILK_G_PER_ML", "AbstractFeedQuantity", "AbstractLifeQuantity", "AbstractQuantity", "Array", "Days", "Feed"]

Array = NDArray[np.float64]

T = TypeVar("T")

MILK_G_PER_ML = 1.03
"""Density of milk, g/mL: only where a study weighed it."""


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """One session of one woman: its events, and the fields that were traced."""

    run: Run
    lane: LaneResult
    traced: tuple[str, ...]
    memo: dict[str, Any] = field(default_factory=dict)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Return what `make` gives, made once for each key: several quantities may read one record."""
        if key not in self.memo:
            self.memo[key] = make()
        found: T = self.memo[key]
        return found

    @property
    def times(self) -> Array:
        """Times of the trace, s."""
        times: Array = self.lane.trace[:, 0]
        return times

    def field(self, path: str) -> Array:
        """Return one traced field over time."""
        values: Array = self.lane.trace[:, 1 + self.traced.index(path)]
        return values

    def at(self, path: str, times: float | Array) -> Array:
        """Return a traced field at some times, s."""
        return np.asarray(np.interp(times, self.times, self.field(path)))

    @property
    def contact(self) -> float | None:
        """Time at which an infant first took a breast, s; else when a pump or hand began; None if nothing did."""
        if self.run.totals.first_latch_s is not None:
            return self.run.totals.first_latch_s
        worked = [step.start_s for step in self.run.steps if step.do in ("pump", "hand_express")]
        return min(worked, default=None)

    @property
    def latch(self) -> float:
        """Time of the first contact, s; the end of the session if there was none."""
        return self.run.totals.duration_s if self.contact is None else self.contact

    @property
    def removed(self) -> float:
        """Milk taken from both breasts, mL."""
        return float(sum(self.run.totals.removed_ml))

    @property
    def available(self) -> float:
        """Milk stored at the start in the breasts that the protocol worked on, mL, without what is made meanwhile."""
        sides = {step.side for step in self.run.steps if step.do in ("latch", "switch", "pump")}
        both = zip(("left", "right"), self.run.totals.available_ml, strict=True)
        return float(sum(milk for side, milk in both if side in sides or "both" in sides))

    def of_let_down(self, event: LetDown) -> float:
        """Return the milk that left the nipple from the onset of a let-down to the next onset, mL."""
        return event.removed_left_ml + event.removed_right_ml


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """The days of one dyad from birth."""

    result: LifeResult
    birth_weight_kg: float


class AbstractQuantity(Table):
    """Abstract base of all quantities."""

    @abstractmethod
    def measured_in(self) -> str:
        """Return the unit of what is measured."""


class AbstractFeedQuantity(AbstractQuantity):
    """Abstract base of what is measured in a session. `fields` are the fields of the engine that it needs traced."""

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return ()

    @abstractmethod
    def measure(self, feed: Feed) -> float | Array:
        """Return what is measured."""


class AbstractLifeQuantity(AbstractQuantity):
    """Abstract base of what is measured over days. `last` is the last day that must have been simulated."""

    @abstractmethod
    def last(self) -> int:
        """Return the last day needed."""

    @abstractmethod
    def measure(self, life: Days) -> float | Array:
        """Return what is measured."""
