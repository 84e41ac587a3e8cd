"""Traces the lane loops of a feed: the steps of `lane_steps` and of a clock, as lines for `lane_code` to print.

Three loops share one graph. What the substep needs but changes only once a tick is computed by the loop of the
tick and kept in a spare row of the buffer; what stands still until the protocol moves, by the loop that runs
then. So nothing is computed more often than it changes, and no equation knows of it.
"""

from dataclasses import dataclass
from typing import Any

from letdown.engine.burst_source import AbstractBurstSource
from letdown.engine.clocks import AbstractClock
from letdown.engine.lane_lines import Line, Loop, Rows
from letdown.engine.lane_steps import slow_step
from letdown.engine.layout import Tile, field_names, leaves, record_type, view
from letdown.kernel.expression import Expression, Graph, Level

__all__ = ["LaneText", "lane_text"]

_STILL = (
    "parameters.",
    "surroundings.left.",
    "surroundings.right.",
    "surroundings.cues.",
    "surroundings.conditions.",
    "surroundings.doses.",
)
"""Fields that change only when the protocol moves."""

_SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class LaneText:
    """The lines of the loops, and the number of rows of the buffer."""

    still: list[Line]
    slow: list[Line]
    fast: list[Line]
    rows: int


def _symbols(graph: Graph, level: Level) -> Tile:
    """Return a dyad of leaves; its state changes on `level`."""

    def leaf(name: str) -> Expression:
        return graph.leaf(name, Level.STILL if name.startswith(_STILL) else level)

    values = [leaf(name) for name in field_names()]
    return Tile(*(view(values, kind, name) for name, kind in record_type(Tile).items()))


def _outputs(rows: Rows, path: str, record: Any) -> dict[int, Expression]:
    """Return row -> number of a record that lies at `path`."""
    found: dict[int, Expression] = {}
    for name in leaves(record_type(Tile)[path]):
        value = record
        for part in name.split("."):
            value = getattr(value, part)
        found[rows.of_field[f"{path}.{name}"]] = value
    return found


def lane_text(source: AbstractBurstSource, clock: AbstractClock) -> LaneText:
    """Return the loops of a dyad whose bursts come from `source`, on a clock."""
    graph, rows = Graph(), Rows(field_names())
    tick, step = (graph.leaf(name, Level.STILL) for name in ("tick", "step"))
    now = _symbols(graph, Level.TICK)
    ticked = slow_step(now, tick, graph.leaf("number", Level.TICK), source, clock)
    within = _symbols(graph, Level.SUBSTEP)
    shares = [graph.leaf(name, Level.SUBSTEP) for name in ("share0", "share1")]
    slow_outputs: dict[int, Expression] = {}
    for path, record in zip(ticked._fields, ticked, strict=True):
        slow_outputs |= {row: graph.number(x) for row, x in _outputs(rows, path, record).items()}
    fast_outputs: dict[int, Expression] = {}
    for side in _SIDES:
        p, w = getattr(now.parameters, side), getattr(ticked, f"working_{side}")
        fast_outputs |= _outputs(rows, side, clock.breast_after(getattr(within, side), p, w, step, *shares))
    fast = Loop(Level.SUBSTEP, rows, {x: row for row, x in slow_outputs.items()})
    fast.store(fast_outputs)
    slow = Loop(Level.TICK, rows, {})
    slow.wanted |= {x: row for x, row in fast.wanted.items() if x.level is Level.STILL}
    slow.store(slow_outputs | {row: x for x, row in fast.wanted.items() if x.level is Level.TICK})
    still = Loop(Level.STILL, rows, {})
    still.store({row: x for x, row in slow.wanted.items()})
    return LaneText(still.lines, slow.lines, fast.lines, rows.number)
