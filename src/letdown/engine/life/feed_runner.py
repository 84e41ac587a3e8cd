"""How the sessions of a round are run: one interface, so that a test can put another in its place.

A runner gets the dyads that feed now, each with its own protocol, and returns what every session has come to.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from letdown.compiler.program import Precision
from letdown.engine.burst_source import AbstractBurstSource, SurrogateNeurones
from letdown.engine.clocks import AbstractClock, CycleAveraged
from letdown.engine.event_log import Seen
from letdown.engine.feed_program import tile_lanes
from letdown.engine.lane_queue import Protocols, run_queue
from letdown.engine.program import C_KIND, C_LEFT, DEVICE, LATCH, StepState
from letdown.kernel.total import total

__all__ = ["AbstractFeedRunner", "ReflexRunner", "Round", "SessionEnds"]

Array = NDArray[np.float64]


class Round(NamedTuple):
    """Sessions to be run: fields of each dyad at time 0, its protocol, the key of its random numbers.

    `expected` is how long each may last, s: the longest go first, so that the lanes end together.
    """

    start: Array
    protocol: NDArray[np.int64]
    keys: NDArray[np.uint64]
    expected: Array


class SessionEnds(NamedTuple):
    """What sessions have come to: all final fields, what `event_log.Seen` names, the state of each protocol step."""

    final: Array
    seen: Array
    steps: Array

    def stimulated(self, round_: Round, protocols: Protocols) -> tuple[Array, Array]:
        """Return for how long an infant or a device was at a breast, and when the first began (NaN: never), s.

        A breast that the infant was offered and never took was not suckled.
        """
        steps = protocols.steps[round_.protocol]
        kinds = steps[:, :, C_KIND]
        left, right = self.seen[:, Seen.LATCHED_LEFT, None], self.seen[:, Seen.LATCHED_RIGHT, None]
        latched = np.where(steps[:, :, C_LEFT] > 0.0, left, right) > 0.0
        listed = np.arange(kinds.shape[1]) < protocols.rows[round_.protocol][:, None]
        status = self.steps[:, :, StepState.STATUS]
        used = listed & ((kinds == LATCH) & latched | (kinds == DEVICE)) & (status > 0.0)
        started = self.steps[:, :, StepState.STARTED]
        ended = np.where(status > 1.5, self.steps[:, :, StepState.ENDED], self.seen[:, Seen.END_TIME, None])
        first = np.where(used, started, np.inf).min(axis=1)
        lasted = np.where(used, ended - started, 0.0)
        return np.array([total(row) for row in lasted.tolist()]), np.where(np.isinf(first), np.nan, first)


class AbstractFeedRunner(ABC):
    """A way to run sessions. The random events of one belong to (seed, dyad, number of the session) alone."""

    @property
    @abstractmethod
    def abreast(self) -> int:
        """How many sessions it runs as fast as one."""

    @abstractmethod
    def run(self, round_: Round, protocols: Protocols, seed: int) -> SessionEnds:
        """Run one session of each dyad."""


@final
@dataclass(frozen=True, slots=True)
class ReflexRunner(AbstractFeedRunner):
    """The reflex as `letdown feed` runs it, on a clock of its own choice."""

    clock: AbstractClock = field(default_factory=CycleAveraged)
    source: AbstractBurstSource = field(default_factory=SurrogateNeurones)
    precision: Precision = "float64"

    @property
    def abreast(self) -> int:
        """How many sessions go through the lane loops together."""
        return tile_lanes(self.precision, self.clock)

    def run(self, round_: Round, protocols: Protocols, seed: int) -> SessionEnds:
        """Run one session of each dyad through the lane loops, the longest first."""
        order = np.argsort(-round_.expected, kind="stable")
        queue = run_queue(
            round_.start[order],
            round_.protocol[order],
            protocols,
            round_.keys[order],
            seed,
            clock=self.clock,
            source=self.source,
            precision=self.precision,
        ).queue
        back = np.argsort(order)
        return SessionEnds(queue.final[back], queue.seen[back], queue.steps[back])
