"""Clocks of a feed: how finely it is resolved in time, and how a tick and a substep move the dyad.

`Clock` follows each suck. `CycleAveraged` does not: for months of feeds. Both use the same equations of the
organs, the same events at ticks and the same random draws; the object passed is the behaviour.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, final

from letdown.body.body import BodyParameters, Dyad
from letdown.body.breast import Breast, BreastParameters, Working, breast_rate, mean_flows, next_cycle
from letdown.kernel.dual import Dual
from letdown.kernel.elementary import exp, maximum, minimum

__all__ = ["AbstractClock", "Clock", "CycleAveraged"]

Rate = Callable[[Dyad], Dyad]


def joined(f: Callable[..., Any], *records: Any) -> Any:
    """Return the record whose numbers are `f` of the numbers of `records`."""
    first = records[0]
    if isinstance(first, tuple):
        return type(first)(*(joined(f, *parts) for parts in zip(*records, strict=True)))
    return f(*records)


@dataclass(frozen=True, slots=True)
class AbstractClock(ABC):
    """`tick_s` seconds a tick for the slower organs and all events, `substeps` of the breasts in each tick."""

    tick_s: float
    substeps: int
    register_bytes: ClassVar[int] = 64
    """The widest vector register that pays: how many dyads go through the lane loops together."""

    @abstractmethod
    def organs_after(self, x: Dyad, rate: Rate, tick: Any, p: BodyParameters) -> Dyad:
        """Return the slower organs after a tick without events."""

    @abstractmethod
    def breast_after(self, x: Breast, p: BreastParameters, w: Working, h: Any, share0: Any, share1: Any) -> Breast:
        """Return one breast after a substep of `h` seconds between two shares of the tick."""


@final
@dataclass(frozen=True, slots=True)
class Clock(AbstractClock):
    """Suck-resolved: each cycle of vacuum is followed; Heun's method for all organs.

    No more milk flows in a step than is there, and each flow is counted where it comes from and where it goes.
    """

    tick_s: float = 0.1
    substeps: int = 10

    def organs_after(self, x: Dyad, rate: Rate, tick: Any, p: BodyParameters) -> Dyad:
        """Return the organs after one step of Heun's method."""
        k1 = rate(x)
        k2 = rate(joined(lambda a, k: a + tick * k, x, k1))
        return joined(lambda a, k, m: a + 0.5 * tick * (k + m), x, k1, k2)  # type: ignore[no-any-return]

    def breast_after(self, x: Breast, p: BreastParameters, w: Working, h: Any, share0: Any, share1: Any) -> Breast:
        """Return the breast after one step of Heun's method."""
        k1 = breast_rate(x, p, w, share0)
        k2 = breast_rate(joined(lambda a, k: a + h * k, x, k1), p, w, share1)
        mean: Any = joined(lambda k, m: 0.5 * (k + m), k1, k2)
        moved = minimum(mean.ejected, x.alveolar_milk / h + mean.synthesised)
        moved = maximum(moved, -x.ductal_milk / h)
        left = minimum(mean.removed + mean.leaked, moved + x.ductal_milk / h)
        return _moved_on(x, w, h, moved, left, mean.synthesised)


@final
@dataclass(frozen=True, slots=True)
class CycleAveraged(AbstractClock):
    """The cycle of vacuum is averaged: for months of feeds, where a single suck does not matter.

    The organs take one step of Euler's method a tick. In a chain of first-order stages, such as the lag of the
    muscle, it keeps the mean delay exact. The envelope of sucking is the one time constant near the tick: its step is
    the exact one of a first-order stage.

    Breasts are stiff where outlet or alveoli are small, so their step is exponential: a flow f that falls by its own
    effect, with z = h times the rate at which it does, is on average f phi(z), phi(z) = (1 - exp(-z)) / z as the
    rational (1 + z/6) / (1 + 2z/3 + z^2/6). First for the alveoli alone, then for the ducts with that inflow. No more
    flows than is there. Each flow is counted where it comes from and where it goes: milk is conserved to rounding.

    With one substep a tick the loop of the organs decides, whose 430 rows leave room in the fastest cache only where
    they are no more than 256 bits wide.
    """

    register_bytes: ClassVar[int] = 32
    tick_s: float = 1.0 / 3.0
    substeps: int = 1

    def organs_after(self, x: Dyad, rate: Rate, tick: Any, p: BodyParameters) -> Dyad:
        """Return the organs after one step of Euler's method."""
        k = rate(x)
        after = joined(lambda a, b: a + tick * b, x, k)
        whole = p.infant.envelope_time * (1.0 - exp(-tick / p.infant.envelope_time))
        infant = after.infant._replace(envelope=x.infant.envelope + whole * k.infant.envelope)
        return after._replace(infant=infant)  # type: ignore[no-any-return]

    def breast_after(self, x: Breast, p: BreastParameters, w: Working, h: Any, share0: Any, share1: Any) -> Breast:
        """Return the breast after one exponential step of alveoli and ducts."""

        def flows(milk: Breast) -> tuple[Dual, ...]:
            return tuple(Dual.of(f) for f in mean_flows(milk, p, w, 0.5 * (share0 + share1)))

        alveoli: Any = Dual(x.alveolar_milk, 1.0)
        by_alveoli, _ = flows(x._replace(alveolar_milk=alveoli))
        slowed, path = _path(h * by_alveoli.slope, h * (w.synthesis - by_alveoli.value))
        inflow = by_alveoli.value + by_alveoli.slope * path
        ducts: Any = Dual(x.ductal_milk, 1.0)
        by_ducts, out = flows(x._replace(ductal_milk=ducts))
        resisted = slowed * by_ducts.slope
        _, path = _path(h * (out.slope - resisted), h * (inflow - out.value))
        moved = minimum(inflow + resisted * path, x.alveolar_milk / h + w.synthesis)
        moved = maximum(moved, -x.ductal_milk / h)
        left = minimum(maximum(out.value + out.slope * path, 0.0), moved + x.ductal_milk / h)
        return _moved_on(x, w, h, moved, left, w.synthesis)


def _moved_on(x: Breast, w: Working, h: Any, moved: Any, left: Any, made: Any) -> Breast:
    """Return the breast after `h` seconds of mean flows: alveoli to ducts, out of the nipple, synthesis, mL/s."""
    after = Breast(
        maximum(x.alveolar_milk + h * (made - moved), 0.0),  # what rounding leaves below empty, some 1e-14 mL
        maximum(x.ductal_milk + h * (moved - left), 0.0),
        x.ejected + h * moved,
        x.removed + h * left * w.removing,
        x.leaked + h * left * (1.0 - w.removing),
        x.synthesised + h * made,
        x.phase + h * w.cycle_rate,
    )
    return next_cycle(after)


def _path(z: Any, gain: Any) -> tuple[Any, Any]:
    """Return phi(z), and the mean displacement over a step that without z would gain `gain`."""
    z = maximum(z, 0.0)
    shared = 1.0 / (1.0 + z * (2.0 / 3.0 + z / 6.0))
    return (1.0 + z / 6.0) * shared, gain * (0.5 + z / 6.0) * shared
