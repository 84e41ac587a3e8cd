"""How the sessions of a round are run: one interface, so that a test can put another in its place.

A runner gets the dyads that feed now, each with its own protocol, and returns what every session has come to.
"""

import os
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from letdown.engine.burst_source import AbstractBurstSource, SurrogateNeurones
from letdown.engine.clocks import AbstractClock, CycleAveraged
from letdown.engine.event_log import Seen
from letdown.engine.lane_queue import Protocols, run_queue
from letdown.engine.link import Precision
from letdown.engine.program import C_KIND, DEVICE, LATCH, StepState
from letdown.engine.tiles import LANES

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
        """Return for how long an infant or a device was at a breast, and when the first began (NaN: never), s."""
        kinds = protocols.steps[round_.protocol, :, C_KIND]
        listed = np.arange(kinds.shape[1]) < protocols.rows[round_.protocol][:, None]
        status = self.steps[:, :, StepState.STATUS]
        used = listed & ((kinds == LATCH) | (kinds == DEVICE)) & (status > 0.0)
        started = self.steps[:, :, StepState.STARTED]
        ended = np.where(status > 1.5, self.steps[:, :, StepState.ENDED], self.seen[:, Seen.END_TIME, None])
        first = np.where(used, started, np.inf).min(axis=1)
        return np.where(used, ended - started, 0.0).sum(axis=1), np.where(np.isinf(first), np.nan, first)


class AbstractFeedRunner(ABC):
    """A way to run sessions. The random events of one belong to (seed, dyad, number of the session) alone."""

    @abstractmethod
    def run(self, round_: Round, protocols: Protocols, seed: int) -> SessionEnds:
        """Run one session of each dyad."""


_POOL = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="letdown-feeds")


@final
@dataclass(frozen=True, slots=True)
class ReflexRunner(AbstractFeedRunner):
    """The reflex as `letdown feed` runs it, on a clock of its own choice."""

    clock: AbstractClock = field(default_factory=CycleAveraged)
    source: AbstractBurstSource = field(default_factory=SurrogateNeurones)
    precision: Precision = "float64"
    threads: int | None = None

    def run(self, round_: Round, protocols: Protocols, seed: int) -> SessionEnds:
        """Run one session of each dyad through the lane loops, as many queues as threads have work for."""
        n = len(round_.start)
        queues = min(self.threads or os.cpu_count() or 1, -(-n // LANES[self.precision]))
        order = np.argsort(-round_.expected, kind="stable")
        parts = [order[first::queues] for first in range(queues)]

        def serve(part: NDArray[np.int64]) -> Any:
            return run_queue(
                round_.start[part],
                round_.protocol[part],
                protocols,
                round_.keys[part],
                seed,
                clock=self.clock,
                source=self.source,
                precision=self.precision,
            ).queue

        served = [serve(parts[0])] if queues == 1 else list(_POOL.map(serve, parts))
        one = served[0]
        ends = SessionEnds(*(np.empty((n, *x.shape[1:])) for x in (one.final, one.seen, one.steps)))
        for part, queue in zip(parts, served, strict=True):
            for whole, x in zip(ends, (queue.final, queue.seen, queue.steps), strict=True):
                whole[part] = x
        return ends
