"""Schedules expressions as straight lines: which rows of a buffer are loaded, in which order all is computed.

A loop computes everything of its level, and loads what the loops of lower levels have computed and kept in spare rows.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

from letdown.kernel.expression import Expression, Level

__all__ = ["Line", "Loop", "Rows"]

_CYCLES: dict[Any, int] = {"/": 13} | dict.fromkeys(("+", "-", "*", ">", "<", ">=", "<="), 4)
_CALL = 20
_ISSUED_PER_CYCLE = 2
"""Cycles until a result is there, of an elementary function too: rough, for the order of the lines only."""


@final
@dataclass(frozen=True, slots=True)
class Line:
    """One operation of a lane loop: what it is called, what it does to which operands.

    `operation` is "load" or "store", whose `row` is that of the buffer, a symbol of Python, or an elementary function.
    An operand is a name or a literal.
    """

    name: str
    operation: Any
    operands: tuple[str | float, ...]
    row: int = -1

    def __str__(self) -> str:
        """Return the line as Python."""
        if self.operation == "load":
            return f"{self.name} = B[{self.row} * W + l]"
        said = [x if isinstance(x, str) else repr(x) for x in self.operands]
        if self.operation == "store":
            return f"B[{self.row} * W + l] = {said[0]}"
        if isinstance(self.operation, str):
            return f"{self.name} = {f' {self.operation} '.join(said)}"
        return f"{self.name} = {self.operation.__name__.removeprefix('_python_')}({', '.join(said)})"


class Rows:
    """Where each number of a buffer lies: its fields in order, then what one loop computes for another."""

    def __init__(self, names: Sequence[str]) -> None:
        self.number = len(names)
        self.of_field = {name: i for i, name in enumerate(names)}

    def spare(self) -> int:
        """Return a new row."""
        self.number += 1
        return self.number - 1


class Loop:
    """Prints one loop: everything of its level, and loads of what lower levels have computed."""

    def __init__(self, level: Level, rows: Rows, known: dict[Expression, int]):
        self.level = level
        self.rows = rows
        self.known = known  # stored by the loop before this one, which may have written over a field
        self.lines: list[Line] = []
        self.wanted: dict[Expression, int] = {}
        self._names: dict[Expression, str | float] = {}

    def store(self, outputs: dict[int, Expression]) -> None:
        """Compute expressions and store them in their rows, each once all that needs the old number has loaded it."""
        for x in self._scheduled(list(outputs.values())):
            for a in x.arguments:
                self._print(a)
            self._print(x)
        for x in outputs.values():
            self._print(x)
        self._place_stores(outputs)

    def _place_stores(self, outputs: dict[int, Expression]) -> None:
        """Put each store as early as it may stand: a register is then free again."""
        made = {line.name: at for at, line in enumerate(self.lines)}
        loaded = {line.row: at for at, line in enumerate(self.lines) if line.operation == "load"}
        after: dict[int, list[Line]] = {}
        for row, x in outputs.items():
            value = self._names[x]
            at = max(made.get(value, -1) if isinstance(value, str) else -1, loaded.get(row, -1))
            after.setdefault(at, []).append(Line("", "store", (value,), row))
        lines = list(after.get(-1, ()))
        for at, line in enumerate(self.lines):
            lines += [line, *after.get(at, ())]
        self.lines = lines

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
        if x not in self._names:
            self._names[x] = self._name(x)

    def _is_given(self, x: Expression) -> bool:
        return x.operation in ("literal", "leaf") or x.level < self.level

    def _name(self, x: Expression) -> str | float:
        if x.operation == "literal":
            return float(x.value)
        if x.operation == "leaf" and x.value not in self.rows.of_field:
            return str(x.value)
        if self._is_given(x):
            return self._line("load", (), self._row(x))
        return self._line(x.operation, tuple(self._names[a] for a in x.arguments))

    def _row(self, x: Expression) -> int:
        if x in self.known:
            return self.known[x]
        if x.operation == "leaf" and self.rows.of_field[x.value] not in self.known.values():
            return self.rows.of_field[x.value]
        if x.level == Level.LITERAL:
            raise ValueError(f"{x.operation} of literals must be computed when it is traced.")
        if x not in self.wanted:
            self.wanted[x] = self.rows.spare()
        return self.wanted[x]

    def _line(self, operation: Any, operands: tuple[str | float, ...], row: int = -1) -> str:
        name = f"v{len(self.lines)}"
        self.lines.append(Line(name, operation, operands, row))
        return name
