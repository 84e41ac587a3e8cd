"""Which settings of a feed can change what comes out of it, from the equations that its program runs."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown.body.surroundings import AtBreast, Conditions, Cues, Draws
from letdown.engine.burst_source import AbstractBurstSource
from letdown.engine.clocks import AbstractClock, Clock
from letdown.engine.cohort_run import DyadStart, start_lane
from letdown.engine.influence.valuations import Number, known, moving, settled
from letdown.engine.lane_steps import slow_step
from letdown.engine.layout import Tile, field_names, leaves, numbers, record_type, view
from letdown.engine.program import (
    C_A0,
    C_FLOW_ABOVE,
    C_FLOW_WINDOW,
    C_KIND,
    C_LEFT,
    C_PHASE_FLOW,
    C_SATISFIED,
    CONDITION,
    CUE,
    DEVICE,
    DOSE,
    LATCH,
    NEVER,
    PRESS,
    REMARK,
    Program,
)
from letdown.engine.results import breast_read_outs, dyad_read_outs
from letdown.kernel.elementary import maximum
from letdown.kernel.expression import Expression, Graph, Level

__all__ = [
    "ALWAYS_MOVING",
    "FeedGraph",
    "feed_equations",
    "feed_graph",
    "moved_by",
    "moving_fields",
    "settings_that_matter",
]

_SIDES = ("left", "right")
_DEVICE_FIELDS = AtBreast._fields[AtBreast._fields.index("peak") : AtBreast._fields.index("compression") + 1]
ALWAYS_MOVING = ("surroundings.time", *(f"surroundings.draws.{name}" for name in Draws._fields))
_RULES = ("moments.sucking.satisfied", "moments.sucking.tired")
_FLOWS = ("dyad.sensations.flow_left", "dyad.sensations.flow_right")


class FeedGraph(NamedTuple):
    """The equations of a feed: what each field of a dyad may become, and what comes out."""

    updates: tuple[tuple[str, Expression], ...]
    outputs: tuple[Expression, ...]
    fields: dict[str, Expression]


@lru_cache(maxsize=16)
def feed_graph(source: AbstractBurstSource, clock: AbstractClock) -> FeedGraph:
    """Return the equations of a feed whose bursts come from `source`, on a clock."""
    return feed_equations(Graph(), source, clock)


def feed_equations(graph: Graph, source: AbstractBurstSource, clock: AbstractClock) -> FeedGraph:
    """Write the equations of a feed into a graph; its leaves have the names of the fields of a `Tile`."""
    values = [graph.leaf(name, Level.TICK) for name in field_names()]
    now = Tile(*(view(values, kind, name) for name, kind in record_type(Tile).items()))
    tick, step, number, *shares = (graph.leaf(n, Level.TICK) for n in ("tick", "step", "number", "share0", "share1"))
    ticked = slow_step(now, tick, number, source, clock)
    after: dict[str, Any] = dict(zip(ticked._fields, ticked, strict=True))
    for side in _SIDES:
        p, w = getattr(now.parameters, side), getattr(now, f"working_{side}")
        after[side] = clock.breast_after(getattr(now, side), p, w, step, *shares)
    updates = {f"{path}.{name}": graph.number(x) for path, record in after.items() for name, x in _parts(path, record)}
    driven = source.driven(now)
    updates = {name: x for name, x in updates.items() if name not in driven}  # written over before anything reads it
    also = [(name, graph.number(x)) for name, xs in driven.items() for x in xs]
    fields = dict(zip(field_names(), values, strict=True))
    return FeedGraph((*updates.items(), *also), tuple(map(graph.number, _outputs(now))), fields)


def _parts(path: str, record: Any) -> list[tuple[str, Any]]:
    return list(zip(leaves(record_type(Tile)[path]), numbers(record), strict=True))


def _outputs(x: Tile) -> list[Any]:
    """Return everything of a dyad that a recording, its events or its accounts show."""
    found: list[Any] = []
    pressures = []
    for side in _SIDES:
        b, w, p = getattr(x, side), getattr(x, f"working_{side}"), getattr(x.parameters, side)
        read = breast_read_outs(b, w, x.dyad.myoepithelium.activation, getattr(x.dyad, f"pad_{side}"), p)
        pressures.append(read["ductal_pressure_mmhg"])
        found += [*read.values(), b.ejected, b.synthesised]
    dyad, moments = x.dyad, x.moments
    found += dyad_read_outs(
        dyad, moments.sucking.attached, x.parameters, x.surroundings, maximum(pressures[0], pressures[1])
    ).values()
    found += [*moments.last_burst, *moments.signs, *moments.ejection, moments.sucking.attached]
    return [*found, dyad.plasma.secreted, x.watch.oxytocin_peak, x.watch.oxytocin_peak_tick]


def moved_by(program: Program) -> frozenset[str]:
    """Return the fields of the surroundings that a protocol moves away from what they are when nothing happens."""
    moved: set[str] = set()
    base = tuple(program.conditions)
    for row in program.steps:
        kind, a = int(row[C_KIND]), row[C_A0:]
        for number, side in enumerate(_SIDES):
            if row[C_LEFT + number] > 0.0:
                moved |= {f"surroundings.{side}.{name}" for name in _at_breast(kind, a)}
        match kind:
            case _ if kind == CUE and a[1] > 0.0:
                moved.add(f"surroundings.cues.{Cues._fields[int(a[0])]}")
            case _ if kind == CONDITION and a[1] != base[int(a[0])]:
                moved.add(f"surroundings.conditions.{Conditions._fields[int(a[0])]}")
            case _ if kind == REMARK and a[0] > 0.0:
                moved.add("surroundings.remark")
            case _ if kind == DOSE:
                moved |= {
                    f"surroundings.doses.{n}" for n, rate in zip(("intravenous", "nasal"), a, strict=False) if rate
                }
    return frozenset(moved)


def _at_breast(kind: int, a: NDArray[np.float64]) -> list[str]:
    """Return what a row of the table changes at a breast."""
    if kind == LATCH:
        return ["infant"]
    if kind == PRESS:
        return ["press"] if a[0] > 0.0 else []
    if kind == DEVICE:
        still = {"rise": 0.5, "fall": 0.5, "edge2": 3.0, "edge3": -2.0}
        used = zip(_DEVICE_FIELDS, a, strict=True)
        return ["device", *(name for name, value in used if value != still.get(name, 0.0))]
    return []


def moving_fields(program: Program) -> frozenset[str]:
    """Return the fields whose numbers decide when a step ends, by its own rules."""
    found: set[str] = set()
    for row in program.steps:
        if int(row[C_KIND]) == LATCH and row[C_SATISFIED] > 0.5:
            found |= set(_RULES)
        if min(row[C_FLOW_ABOVE], row[C_PHASE_FLOW], row[C_FLOW_WINDOW]) < NEVER:
            found |= set(_FLOWS)
    return frozenset(found)


def settings_that_matter(
    starts: Sequence[DyadStart],
    program: Program,
    source: AbstractBurstSource,
    clock: AbstractClock | None = None,
    free: Collection[str] = (),
) -> NDArray[np.bool_]:
    """Return which of several ways to start a run can come to something else than the first.

    Parameters
    ----------
    starts : sequence of DyadStart
        The run as it is, then with one thing changed each.
    program : Program
        The protocol.
    source, clock
        As of the run.
    free : collection of str
        Fields that are taken to move, though the protocol leaves them alone.
    """
    graph = feed_graph(source, clock or Clock())
    rows = np.array([start_lane(start, program) for start in starts]).T
    numbers_of: dict[str, Number] = {name: known(row) for name, row in zip(field_names(), rows, strict=True)}
    for name in (*ALWAYS_MOVING, *moved_by(program), *free):
        numbers_of[name] = moving(len(starts), numbers_of[name].differs)
    for name in ("tick", "step", "number", "share0", "share1"):
        numbers_of[name] = moving(len(starts))
    rules = [graph.fields[name] for name in moving_fields(program)]
    outputs = settled(numbers_of, graph.updates, [*graph.outputs, *rules], len(starts))
    return np.asarray(np.logical_or.reduce([x.differs for x in outputs]))
