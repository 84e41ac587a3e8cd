"""What one tick does to a dyad, on records: with the steps of a clock, the text behind the lane loops.

Plain Python: with floats it is the reference of the compiled loops (a test holds them together), with the
expressions of `kernel.expression` it is what `lane_text` writes out.
"""

from typing import Any, NamedTuple

from letdown.body.body import Dyad, Flows, Moments, dyad_events, dyad_rate, seen_flows, working
from letdown.body.breast import Working
from letdown.engine.burst_source import AbstractBurstSource
from letdown.engine.clocks import AbstractClock
from letdown.engine.layout import Tile, Watch
from letdown.kernel.elementary import maximum, select

__all__ = ["Ticked", "slow_step"]


class Ticked(NamedTuple):
    """What a tick leaves behind: the state of the slower organs, how the breasts work, what is watched."""

    dyad: Dyad
    moments: Moments
    flows: Flows
    working_left: Working
    working_right: Working
    watch: Watch


def slow_step(x: Tile, tick: Any, number: Any, source: AbstractBurstSource, clock: AbstractClock) -> Ticked:
    """Return the dyad after tick `number`: a step of the organs, the events, how the breasts will work."""
    u, p = x.surroundings, x.parameters
    flows = seen_flows(x.flows, x.left, x.right, p, tick)
    end = clock.organs_after(x.dyad, lambda dyad: dyad_rate(dyad, x.moments, flows, p, u), tick, p)
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
