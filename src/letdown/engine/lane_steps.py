"""What one tick and one substep do to a dyad, on records: the text behind the lane loops.

Plain Python: with floats it is the reference of the compiled loops (a test holds them together), with the
expressions of `kernel.expression` it is what `lane_text` writes out.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from letdown.body.body import Dyad, Flows, Moments, dyad_events, dyad_rate, seen_flows, working
from letdown.body.breast import Breast, BreastParameters, Working, breast_rate, next_cycle
from letdown.engine.burst_source import AbstractBurstSource
from letdown.engine.layout import Tile, Watch
from letdown.kernel.elementary import maximum, select

__all__ = ["Ticked", "fast_step", "slow_step"]


class Ticked(NamedTuple):
    """What a tick leaves behind: the state of the slower organs, how the breasts work, what is watched."""

    dyad: Dyad
    moments: Moments
    flows: Flows
    working_left: Working
    working_right: Working
    watch: Watch


def _joined(f: Callable[..., Any], *records: Any) -> Any:
    """Return the record whose numbers are `f` of the numbers of `records`."""
    first = records[0]
    if isinstance(first, tuple):
        return type(first)(*(_joined(f, *parts) for parts in zip(*records, strict=True)))
    return f(*records)


def slow_step(x: Tile, tick: Any, number: Any, source: AbstractBurstSource) -> Ticked:
    """Return the dyad after tick `number`: Heun's step of the organs, the events, how the breasts will work."""
    u, p = x.surroundings, x.parameters
    flows = seen_flows(x.flows, x.left, x.right, p, tick)
    k1 = dyad_rate(x.dyad, x.moments, flows, p, u)
    middle = _joined(lambda a, k: a + tick * k, x.dyad, k1)
    k2 = dyad_rate(middle, x.moments, flows, p, u)
    end = _joined(lambda a, k, m: a + 0.5 * tick * (k + m), x.dyad, k1, k2)
    end = source.ready(end, p)
    fires = source.fires(end, p, u)
    dyad, moments = dyad_events(end, x.moments, flows, p, u, fires, tick)
    left, right = (
        working(x.dyad.myoepithelium.activation, dyad, moments.sucking, p, u, at, b, breast.alveolar_milk)
        for at, b, breast in ((u.left, p.left, x.left), (u.right, p.right, x.right))
    )
    return Ticked(dyad, moments, flows, left, right, _watched(x, dyad, moments, number))


def _watched(x: Tile, dyad: Dyad, moments: Moments, number: Any) -> Watch:
    """Return what the scalar code asks about: whether anything happened, and the peak of oxytocin."""
    happened = 0.0
    for before, after in zip(_countable(x.moments), _countable(moments), strict=True):
        happened = happened + (after - before) * (after - before)
    oxytocin, peak = dyad.plasma.oxytocin, x.watch.oxytocin_peak
    higher = select(oxytocin > peak, 1.0, 0.0)
    return Watch(
        happened * x.surroundings.running,
        maximum(oxytocin, peak),
        higher * number + (1.0 - higher) * x.watch.oxytocin_peak_tick,
    )


def _countable(m: Moments) -> tuple[Any, ...]:
    """Return the numbers of the discrete state that change with each event, by at least 1."""
    return (*m.sucking, m.last_burst.number, *m.signs, m.ejection.under_way, m.ejection.number)


def fast_step(x: Breast, p: BreastParameters, w: Working, h: Any, share0: Any, share1: Any) -> Breast:
    """Return one breast after a substep of `h` seconds between two shares of the tick, by Heun's method."""
    k1 = breast_rate(x, p, w, share0)
    y = _joined(lambda a, k: a + h * k, x, k1)
    k2 = breast_rate(y, p, w, share1)
    return next_cycle(_joined(lambda a, k, m: a + 0.5 * h * (k + m), x, k1, k2))
