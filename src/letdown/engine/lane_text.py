"""Writes the lane loops: traces the steps of `lane_steps` and of a clock, then prints their operations, one a line.

Three loops share one graph. What the substep needs but changes only once a tick is computed by the loop of the
tick and kept in a spare row of the buffer; what stands still until the protocol moves, by the loop that runs
then. So nothing is computed more often than it changes, and no equation knows of it.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from letdown.engine.burst_source import AbstractBurstSource
from letdown.engine.clocks import AbstractClock
from letdown.engine.lane_steps import slow_step
from letdown.engine.layout import Tile, field_names, leaves, record_type, view
from letdown.kernel.equation import Elementary
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
_SYMBOLS = ("+", "-", "*", "/", ">", "<", ">=", "<=")

_CYCLES: dict[Any, int] = {"/": 13} | dict.fromkeys(("+", "-", "*", ">", "<", ">=", "<="), 4)
_CALL = 20
_ISSUED_PER_CYCLE = 2
"""Cycles until a result is there, of an elementary function too: rough, for the order of the lines only."""


@dataclass(frozen=True, slots=True)
class LaneText:
    """The bodies of the loops, the number of rows of the buffer, and the elementary functions that they call."""

    still: list[str]
    slow: list[str]
    fast: list[str]
    rows: int
    functions: dict[str, Elementary]


class _Rows:
    """Where each number of the buffer lies: the fields of a dyad, then what one loop computes for another."""

    def __init__(self) -> None:
        self.number = len(field_names())
        self.of_field = {name: i for i, name in enumerate(field_names())}

    def spare(self) -> int:
        self.number += 1
        return self.number - 1


class _Loop:
    """Prints one loop: everything of its level, and loads of what lower levels have computed."""

    def __init__(self, level: Level, rows: _Rows, known: dict[Expression, int], functions: dict[str, Elementary]):
        self.level = level
        self.rows = rows
        self.known = known  # stored by the loop before this one, which may have written over a field
        self.functions = functions
        self.lines: list[str] = []
        self.wanted: dict[Expression, int] = {}
        self._texts: dict[Expression, str] = {}

    def store(self, outputs: dict[int, Expression]) -> None:
        """Compute expressions and store them in their rows, all loads and sums before the first store."""
        for x in self._scheduled(list(outputs.values())):
            for a in x.arguments:
                self._print(a)
            self._print(x)
        for x in outputs.values():
            self._print(x)
        self.lines += [f"B[{row} * W + l] = {self._texts[x]}" for row, x in outputs.items()]

    def _scheduled(self, outputs: list[Expression]) -> Iterator[Expression]:
        """Yield the operations in an order that a processor can overlap: the longest chain first.

        Depth-first order computes one chain after another, and the lane loop then waits for each result.
        """
        users = self._users(outputs)
        waits = {x: sum(not self._is_given(a) for a in set(x.arguments)) for x in users}
        left: dict[Expression, int] = {}
        for x in reversed(users):  # users come after what they use
            left[x] = _CYCLES.get(x.operation, _CALL) + max((left[user] for user in users[x]), default=0)
        number = {x: i for i, x in enumerate(users)}
        ready = [(-left[x], number[x], x) for x, n in waits.items() if n == 0]
        heapq.heapify(ready)
        running: list[tuple[float, int, Expression]] = []
        now = 0.0
        while ready or running:
            now = max(now, running[0][0]) if not ready else now
            while running and running[0][0] <= now:
                x = heapq.heappop(running)[2]
                heapq.heappush(ready, (-left[x], number[x], x))
            x = heapq.heappop(ready)[2]
            yield x
            done = now + _CYCLES.get(x.operation, _CALL)
            now += 1.0 / _ISSUED_PER_CYCLE
            for user in users[x]:
                waits[user] -= 1
                if waits[user] == 0:
                    heapq.heappush(running, (done, number[user], user))

    def _users(self, outputs: list[Expression]) -> dict[Expression, list[Expression]]:
        """Return the operations of this loop, each after its arguments, with the operations that use it."""
        users: dict[Expression, list[Expression]] = {}
        stack = outputs[::-1]
        while stack:
            x = stack[-1]
            waiting = [] if x in users else [a for a in x.arguments if not self._is_given(a) and a not in users]
            if waiting:
                stack += waiting[::-1]
                continue
            stack.pop()
            if x not in users and not self._is_given(x):
                users[x] = []
                for a in set(x.arguments):
                    if not self._is_given(a):
                        users[a].append(x)
        return users

    def _print(self, x: Expression) -> None:
        if x not in self._texts:
            self._texts[x] = self._text(x)

    def _is_given(self, x: Expression) -> bool:
        return x.operation in ("literal", "leaf") or x.level < self.level

    def _text(self, x: Expression) -> str:
        if x.operation == "literal":
            return f"real({x.value!r})"
        if x.operation == "leaf" and x.value not in self.rows.of_field:
            return str(x.value)
        if self._is_given(x):
            return self._named(f"B[{self._row(x)} * W + l]")
        arguments = [self._texts[a] for a in x.arguments]
        if x.operation in _SYMBOLS:
            return self._named(f" {x.operation} ".join(arguments))
        name = x.operation.python.__name__.removeprefix("_python_")
        self.functions[name] = x.operation
        return self._named(f"{name}({', '.join(arguments)})")

    def _row(self, x: Expression) -> int:
        if x in self.known:
            return self.known[x]
        if x.operation == "leaf" and self.rows.of_field[x.value] not in self.known.values():
            return self.rows.of_field[x.value]
        if x not in self.wanted:
            self.wanted[x] = self.rows.spare()
        return self.wanted[x]

    def _named(self, text: str) -> str:
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        return name


def _symbols(graph: Graph, level: Level) -> Tile:
    """Return a dyad of leaves; its state changes on `level`."""

    def leaf(name: str) -> Expression:
        return graph.leaf(name, Level.STILL if name.startswith(_STILL) else level)

    values = [leaf(name) for name in field_names()]
    return Tile(*(view(values, kind, name) for name, kind in record_type(Tile).items()))


def _outputs(rows: _Rows, path: str, record: Any) -> dict[int, Expression]:
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
    graph, rows = Graph(), _Rows()
    functions: dict[str, Elementary] = {}
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
    fast = _Loop(Level.SUBSTEP, rows, {x: row for row, x in slow_outputs.items()}, functions)
    fast.store(fast_outputs)
    slow = _Loop(Level.TICK, rows, {}, functions)
    slow.wanted |= {x: row for x, row in fast.wanted.items() if x.level is Level.STILL}
    slow.store(slow_outputs | {row: x for x, row in fast.wanted.items() if x.level is Level.TICK})
    still = _Loop(Level.STILL, rows, {}, functions)
    still.store({row: x for x, row in slow.wanted.items()})
    return LaneText(still.lines, slow.lines, fast.lines, rows.number, functions)
