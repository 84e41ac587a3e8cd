"""Where the bursts of the oxytocin neurones come from: one interface.

`fires(x, p, u)` is 1 in the tick of a burst; `ready(x, p)` is the dyad that bursts then. The object passed is
the behaviour: the surrogate (default), or bursts imposed at given times for studies of mechanics.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from letdown._errors import ScenarioError
from letdown.body.body import BodyParameters, Dyad, surrogate_fires
from letdown.body.oxytocin_neurones import Neurones
from letdown.body.surroundings import Surroundings
from letdown.compiler.interface import Kind
from letdown.compiler.program import Precision
from letdown.kernel.elementary import select
from letdown.kernel.equation import equation
from letdown.neurons.bursts import SpikeTrains

__all__ = ["AbstractBurstSource", "Discharge", "ImposedBursts", "SurrogateNeurones"]


@equation
def as_it_is(x: Dyad, p: BodyParameters) -> Dyad:
    """Return the dyad unchanged."""
    return x


@equation
def imposed_fires(x: Dyad, p: BodyParameters, u: Surroundings) -> float:
    """Return 1 in the tick of an imposed burst: the engine puts a draw below 0 there."""
    return select(u.draws.burst < 0.0, 1.0, 0.0)


@equation
def with_a_standard_store(x: Dyad, p: BodyParameters) -> Dyad:
    """Return the dyad with the store that gives one standard pulse, so that imposed bursts are alike."""
    n = x.neurones
    standard = Neurones(
        p.neurones.pulse_store,
        n.refractoriness,
        0.0 * n.potentiation,
        1.0,
        n.hazard,
        n.releasing,
        n.since_burst,
    )
    return Dyad(
        x.afferents,
        x.conditioning,
        x.interference,
        standard,
        x.plasma,
        x.myoepithelium,
        x.prolactin,
        x.infant,
        x.uterus,
        x.sensations,
        x.pad_left,
        x.pad_right,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Discharge:
    """What a source of its own knows of one dyad: bursts (onset s, share recruited, oxytocin pg), spikes if kept."""

    bursts: NDArray[np.float64]
    spikes: SpikeTrains | None
    lost_spikes: int


class AbstractBurstSource(ABC):
    """A source of bursts. Implement the three properties; nothing else is read by the engine.

    A source that must be run itself has a `tick`, called for each dyad before each tick of the body, with its
    lane in the tile, its place in the queue, and the state that `begin` made; `finish` says what it did.
    """

    @property
    def code(self) -> str:
        """A name that changes with the code of the source."""
        return type(self).__qualname__

    @property
    def tick(self) -> Callable[..., Any] | None:
        """The function run each tick, printed into the program of the feed, or None."""
        return None

    def parts(self, precision: Precision, lanes: int) -> Mapping[str, Any]:
        """Return what stands in the program for names that `tick` uses and its module leaves open."""
        return {}

    def state_kind(self, precision: Precision) -> Kind:
        """Return the kind of what `begin` returns."""
        return "i8"

    def driven(self, x: Any) -> dict[str, tuple[Any, ...]]:
        """Return which fields of a dyad (a `Tile`) `tick` writes, each with the numbers of the body that it depends on.

        Called with the expressions of a graph, to find out what can change a run.
        """
        return {}

    def begin(
        self, dyads: Sequence[int], seeds: Sequence[int], tick_s: float, ticks: int, kept: bool, precision: Precision
    ) -> Any:
        """Return the state that `tick` works on."""
        return 0

    def finish(self, state: Any, place: int, duration_s: float, kept: bool) -> Discharge | None:
        """Return what happened in the dyad at a place of the queue, where the body's own log does not hold it."""
        return None

    @property
    @abstractmethod
    def fires(self) -> Callable[..., Any]:
        """The equation that is 1 in the tick of a burst."""

    @property
    @abstractmethod
    def ready(self) -> Callable[..., Any]:
        """The equation that gives the dyad that bursts."""

    @property
    @abstractmethod
    def imposed_times_s(self) -> tuple[float, ...]:
        """Burst times given from outside, s; empty when the neurones decide."""


@final
@dataclass(frozen=True, slots=True)
class SurrogateNeurones(AbstractBurstSource):
    """The burst surrogate: store, refractoriness, hazard (`letdown.body.oxytocin_neurones`)."""

    @property
    def fires(self) -> Callable[..., Any]:
        """Fires when the cumulative hazard passes its draw."""
        return surrogate_fires

    @property
    def ready(self) -> Callable[..., Any]:
        """The dyad as it is."""
        return as_it_is

    @property
    def imposed_times_s(self) -> tuple[float, ...]:
        """None."""
        return ()


@final
@dataclass(frozen=True, slots=True)
class ImposedBursts(AbstractBurstSource):
    """Bursts of one standard pulse each at given times, s. Raises ScenarioError for times that are no times."""

    times_s: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check the times."""
        if not self.times_s or any(not math.isfinite(t) or t < 0 for t in self.times_s):
            raise ScenarioError(
                f"Imposed burst times {self.times_s} were given; give at least one time, each a finite number of "
                "seconds >= 0."
            )

    @property
    def fires(self) -> Callable[..., Any]:
        """Fires at the given times."""
        return imposed_fires

    @property
    def ready(self) -> Callable[..., Any]:
        """The dyad with a standard store."""
        return with_a_standard_store

    @property
    def imposed_times_s(self) -> tuple[float, ...]:
        """The given times."""
        return self.times_s
