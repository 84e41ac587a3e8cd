"""How a feed of a life is run: one interface, so that a test can put another in its place.

A runner gets the dyads that feed now, all with the same protocol, and returns what each feed leaves behind.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, final

import numpy as np

from letdown.engine.burst_source import AbstractBurstSource, SurrogateNeurones
from letdown.engine.clocks import AbstractClock, CycleAveraged
from letdown.engine.cohort_run import DyadStart, LaneResult, run_dyads
from letdown.engine.event_log import LogKind, Seen
from letdown.engine.layout import field_index
from letdown.engine.program import C_KIND, DEVICE, LATCH, Program, StepState

__all__ = ["AbstractFeedRunner", "FeedResult", "ReflexRunner", "feed_result"]


class FeedResult(NamedTuple):
    """What a feed leaves behind. Pairs are (left, right), mL; times s."""

    removed: tuple[float, float]
    leaked: tuple[float, float]
    made: tuple[float, float]
    remaining: tuple[float, float]
    duration_s: float
    stimulated_s: float
    breasts: int
    let_downs: int
    first_let_down_s: float
    ejected: float
    prolactin: float
    drive: float
    oxytocin: float
    cramps: int
    satisfied: bool


class AbstractFeedRunner(ABC):
    """A way to run feeds. The random events of a feed belong to (seed, dyad, number of the feed) alone."""

    @abstractmethod
    def run(self, starts: Sequence[DyadStart], program: Program, seed: int) -> list[FeedResult]:
        """Run one feed of each dyad."""


@final
@dataclass(frozen=True, slots=True)
class ReflexRunner(AbstractFeedRunner):
    """The reflex as `letdown feed` runs it, on a clock of its own choice."""

    clock: AbstractClock = field(default_factory=CycleAveraged)
    source: AbstractBurstSource = field(default_factory=SurrogateNeurones)
    threads: int | None = None

    def run(self, starts: Sequence[DyadStart], program: Program, seed: int) -> list[FeedResult]:
        """Run one feed of each dyad through the lane loops."""
        lanes = run_dyads(starts, program, seed=seed, source=self.source, clock=self.clock, threads=self.threads)
        return [feed_result(lane, program) for lane in lanes]


_PAIRS = {
    name: (field_index(f"left.{name}"), field_index(f"right.{name}"))
    for name in ("removed", "leaked", "synthesised", "alveolar_milk", "ductal_milk", "ejected")
}
_PROLACTIN = field_index("dyad.prolactin.level")
_DRIVE = field_index("dyad.prolactin.drive")
_CLEARED = field_index("dyad.plasma.cleared")


def feed_result(lane: LaneResult, program: Program) -> FeedResult:
    """Return what a lane's run leaves behind."""
    x = lane.fields
    pair = {name: (float(x[left]), float(x[right])) for name, (left, right) in _PAIRS.items()}
    duration = float(lane.seen[Seen.END_TIME])
    kinds = lane.log[:, 1]
    latched = lane.log[kinds == LogKind.LATCH]
    first_latch = float(latched[0, 0]) if latched.size else np.nan
    let_downs = int(lane.seen[Seen.LET_DOWNS])
    stimulated, begun = _stimulated(lane, program, duration)
    contact = first_latch if latched.size else begun
    return FeedResult(
        removed=pair["removed"],
        leaked=pair["leaked"],
        made=pair["synthesised"],
        remaining=(
            pair["alveolar_milk"][0] + pair["ductal_milk"][0],
            pair["alveolar_milk"][1] + pair["ductal_milk"][1],
        ),
        duration_s=duration,
        stimulated_s=stimulated,
        breasts=len(set(latched[:, 2])) if latched.size else 0,
        let_downs=let_downs,
        first_let_down_s=float(lane.seen[Seen.FIRST_LET_DOWN]) - contact if let_downs else np.nan,
        ejected=sum(pair["ejected"]),
        prolactin=float(x[_PROLACTIN]),
        drive=float(x[_DRIVE]),
        oxytocin=float(x[_CLEARED]) / max(duration, 1.0) / lane.start.parameters.plasma.clearance,
        cramps=int(lane.seen[Seen.CRAMPS]),
        satisfied=bool(x[field_index("moments.sucking.satisfied")] > 0.5)
        or float(x[field_index("dyad.infant.stomach")]) > 0.8 * lane.start.parameters.infant.appetite,
    )


def _stimulated(lane: LaneResult, program: Program, finish: float) -> tuple[float, float]:
    """Return for how long an infant or a device was at a breast, and when the first began, s."""
    total, begun = 0.0, np.nan
    for row, state in zip(program.steps, lane.steps, strict=True):
        if row[C_KIND] in (LATCH, DEVICE) and state[StepState.STATUS] > 0.0:
            started, ended = float(state[StepState.STARTED]), float(state[StepState.ENDED])
            total += (ended if state[StepState.STATUS] > 1.5 else finish) - started
            begun = started if np.isnan(begun) else begun
    return total, begun
