"""What an equation does to numbers it does not know: a graph of operations, each kept once.

An equation is called with `Expression`s instead of floats and hands one back. The graph shares what is computed
twice, folds literals, and knows of each operation how often it can change (its `Level`), so that what stands
still is computed once and a division by it becomes a multiplication. `letdown.engine.lane_text` writes the graph
out as the lane loops. Exact but for rounding: sums, products and quotients may be grouped anew.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from operator import ge, gt, le, lt
from typing import Any

from letdown.kernel.dual import Dual

__all__ = ["Expression", "Graph", "Level"]


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {">": gt, "<": lt, ">=": ge, "<=": le}


class Level(IntEnum):
    """How often a number changes: never, when the protocol moves, each tick, each substep."""

    LITERAL = 0
    STILL = 1
    TICK = 2
    SUBSTEP = 3


class Expression:
    """One number of a graph: a literal, a named leaf, or an operation on others. Made by its `Graph` only."""

    __slots__ = ("arguments", "graph", "level", "operation", "value")

    def __init__(
        self, graph: "Graph", operation: Any, arguments: tuple["Expression", ...], value: Any, level: Level
    ) -> None:
        self.graph = graph
        self.operation = operation
        self.arguments = arguments
        self.value = value
        self.level = level

    def _noted(self, operation: Callable[["Expression", "Expression"], "Expression"], a: Any, b: Any) -> Any:
        if isinstance(a, Dual) or isinstance(b, Dual):
            return NotImplemented
        return operation(self.graph.number(a), self.graph.number(b))

    def __add__(self, other: Any) -> Any:
        """Note self + other."""
        return self._noted(self.graph.add, self, other)

    def __radd__(self, other: Any) -> Any:
        """Note other + self."""
        return self._noted(self.graph.add, other, self)

    def __sub__(self, other: Any) -> Any:
        """Note self - other."""
        return self._noted(self.graph.subtract, self, other)

    def __rsub__(self, other: Any) -> Any:
        """Note other - self."""
        return self._noted(self.graph.subtract, other, self)

    def __mul__(self, other: Any) -> Any:
        """Note self * other."""
        return self._noted(self.graph.multiply, self, other)

    def __rmul__(self, other: Any) -> Any:
        """Note other * self."""
        return self._noted(self.graph.multiply, other, self)

    def __truediv__(self, other: Any) -> Any:
        """Note self / other."""
        return self._noted(self.graph.divide, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        """Note other / self."""
        return self._noted(self.graph.divide, other, self)

    def __neg__(self) -> "Expression":
        """Note -self."""
        return self.graph.subtract(self.graph.number(0.0), self)

    def __gt__(self, other: Any) -> Any:
        """Note self > other."""
        return self.graph.compare(">", self, other)

    def __lt__(self, other: Any) -> Any:
        """Note self < other."""
        return self.graph.compare("<", self, other)

    def __ge__(self, other: Any) -> Any:
        """Note self >= other."""
        return self.graph.compare(">=", self, other)

    def __le__(self, other: Any) -> Any:
        """Note self <= other."""
        return self.graph.compare("<=", self, other)

    def __bool__(self) -> bool:
        """Refuse: an equation takes no branch."""
        raise TypeError("An equation branched on a number of the run; write select(condition, yes, no) instead.")


class Graph:
    """All expressions of one kernel; equal operations on equal numbers are one expression."""

    def __init__(self) -> None:
        self._known: dict[Any, Expression] = {}

    def number(self, value: Any) -> Expression:
        """Return the expression itself, or the literal of a Python number."""
        if isinstance(value, Expression):
            return value
        return self._get("literal", (), float(value), Level.LITERAL)

    def leaf(self, name: str, level: Level) -> Expression:
        """Return the number called `name` of a level; the same name on two levels is two numbers."""
        return self._get("leaf", (), name, level)

    def operation(self, operation: Any, *arguments: Expression) -> Expression:
        """Return an operation as it stands: a symbol of Python, or an elementary function."""
        return self._get(operation, arguments, None, max(a.level for a in arguments))

    def compare(self, symbol: str, a: Expression, b: Any) -> Any:
        """Return a comparison; of two literals, whether it holds."""
        b = self.number(b)
        if a.operation == b.operation == "literal":
            return _COMPARED[symbol](a.value, b.value)
        return self.operation(symbol, a, b)

    def call(self, function: Any, arguments: Sequence[Any]) -> Any:
        """Return the value of an elementary function, at least one of whose arguments is an expression."""
        first = arguments[0]
        if isinstance(first, bool):  # select with a condition on literals
            return arguments[1] if first else arguments[2]
        known = tuple(self.number(a) for a in arguments)
        if all(a.operation == "literal" for a in known):
            return self.number(function.python(*(a.value for a in known)))
        if len(known) == 3 and known[1] is known[2]:
            return known[1]
        return self.operation(function, *known)

    def add(self, a: Expression, b: Expression) -> Expression:
        """Return a + b, the terms of lower levels gathered."""
        if a.operation == b.operation == "literal":
            return self.number(a.value + b.value)
        if _is(a, 0.0):
            return b
        if _is(b, 0.0):
            return a
        a, b = _ordered(a, b)
        often, seldom = self._terms(a)
        if b.level < a.level:
            return self.operation("+", often, b if seldom is None else self.add(seldom, b))
        other, rest = self._terms(b)
        both = self._combined("+", often, other)
        return self._with_term(both, rest if seldom is None else seldom if rest is None else self.add(seldom, rest))

    def subtract(self, a: Expression, b: Expression) -> Expression:
        """Return a - b, the terms of lower levels gathered."""
        if a.operation == b.operation == "literal":
            return self.number(a.value - b.value)
        if _is(b, 0.0):
            return a
        often, seldom = self._terms(a)
        if b.level < a.level and seldom is not None:
            return self.operation("+", often, self.subtract(seldom, b))
        other, rest = self._terms(b)
        if a.level < b.level and rest is not None:
            return self.operation("-", self.subtract(a, rest), other)
        if a.level != b.level:
            return self.operation("-", a, b)
        both = self._combined("-", often, other)
        if rest is None:
            return self._with_term(both, seldom)
        return self._with_term(both, self.subtract(self.number(0.0) if seldom is None else seldom, rest))

    def _terms(self, x: Expression) -> tuple[Expression, Expression | None]:
        """Return the term of a sum that changes as often as it does, and the one that changes less often."""
        if x.operation in ("+", "-") and x.arguments[1].level < x.level:
            seldom = x.arguments[1]
            return x.arguments[0], seldom if x.operation == "+" else self.subtract(self.number(0.0), seldom)
        return x, None

    def _with_term(self, often: Expression, seldom: Expression | None) -> Expression:
        return often if seldom is None or _is(seldom, 0.0) else self.operation("+", often, seldom)

    def _combined(self, symbol: str, a: Expression, b: Expression) -> Expression:
        """Return a + b or a - b of one level; a factor of a lower level that both have is applied once."""
        often, factor = self._parted(a)
        other, shared = self._parted(b)
        if factor is None or factor is not shared:
            return self.operation(symbol, a, b)
        return self._product(self.add(often, other) if symbol == "+" else self.subtract(often, other), factor)

    def multiply(self, a: Expression, b: Expression) -> Expression:
        """Return a * b with what changes most often first and the factors of lower levels gathered."""
        if a.operation == b.operation == "literal":
            return self.number(a.value * b.value)
        a, b = _ordered(a, b)
        often, seldom = self._parted(a)
        if b.level < a.level:
            return self._product(often, b if seldom is None else self.multiply(seldom, b))
        other, rest = self._parted(b)
        both = self.operation("*", often, other)
        if seldom is None or rest is None:
            return self._product(both, rest if seldom is None else seldom)
        return self._product(both, self.multiply(seldom, rest))

    def _parted(self, x: Expression) -> tuple[Expression, Expression | None]:
        """Return the factors of a product that change as often as it does, and those that change less often."""
        if x.operation == "*" and x.arguments[1].level < x.level:
            return x.arguments[0], x.arguments[1]
        return x, None

    def _product(self, often: Expression, seldom: Expression | None) -> Expression:
        if seldom is None or _is(seldom, 1.0):
            return often
        return seldom if _is(seldom, 0.0) else self.operation("*", often, seldom)

    def divide(self, a: Expression, b: Expression) -> Expression:
        """Return a / b; a divisor that changes less often than `a` becomes a factor."""
        if b.operation == "literal":
            return self.multiply(a, self.number(1.0 / b.value))
        if _is(a, 0.0):
            return a
        if a is b:
            return self.number(1.0)
        if b.level < a.level:
            return self.multiply(a, self.operation("/", self.number(1.0), b))
        return self.operation("/", a, b)

    def _get(self, operation: Any, arguments: tuple[Expression, ...], value: Any, level: Level) -> Expression:
        name = operation if isinstance(operation, str) else id(operation)
        key = (name, *map(id, arguments), value, level)
        if key not in self._known:
            self._known[key] = Expression(self, operation, arguments, value, level)
        return self._known[key]


def _is(x: Expression, value: float) -> bool:
    return x.operation == "literal" and bool(x.value == value)


def _ordered(a: Expression, b: Expression) -> tuple[Expression, Expression]:
    return (a, b) if a.level >= b.level else (b, a)
