"""The numbers of a graph under several settings at once: known or not, and where they can differ from the first.

Setting 0 is the run as it is; setting j changes one thing. A number is either known (it keeps one value throughout the
run, such as the level of a noise that there is none of) or open (it moves). `differs[j]` says whether it can be another
number in setting j. A product with a known 0 is a known 0: so what stands beside it cannot differ. Nothing is run; what
is not known to be equal counts as different.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.kernel.elementary import maximum, minimum, select
from letdown.kernel.expression import Expression

__all__ = ["Number", "known", "moving", "settled"]

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """One number under all settings: whether it is known, its value if so, whether it can differ from setting 0."""

    is_known: Bools
    value: NDArray[np.float64]
    differs: Bools

    def same_as(self, other: "Number") -> bool:
        """Return whether both say the same."""
        return (
            np.array_equal(self.is_known, other.is_known)
            and np.array_equal(self.value, other.value)
            and np.array_equal(self.differs, other.differs)
        )

    def joined(self, other: "Number") -> "Number":
        """Return what holds if the number may be either."""
        is_known = self.is_known & other.is_known & (self.value == other.value)
        return _number(is_known, np.where(is_known, self.value, 0.0), self.differs | other.differs)


def _number(is_known: Bools, value: Any, differs: Bools) -> Number:
    """Return a number whose differences follow from its values where it is known in both settings."""
    by_value = value != value[0]
    both = is_known & is_known[0]
    return Number(is_known, value, np.where(both, by_value, differs | (is_known != is_known[0])))


def known(values: Any) -> Number:
    """Return a number that keeps these values, one for each setting."""
    values = np.asarray(values, dtype=float)
    return Number(np.ones(values.size, dtype=bool), values, values != values[0])


def moving(settings: int, differs: Bools | None = None) -> Number:
    """Return a number that moves, alike in all settings unless said otherwise."""
    none = np.zeros(settings, dtype=bool)
    return Number(none, np.zeros(settings), none if differs is None else differs)


def _product(a: Number, b: Number) -> Number:
    zero_a, zero_b = a.is_known & (a.value == 0.0), b.is_known & (b.value == 0.0)
    is_known = (a.is_known & b.is_known) | zero_a | zero_b
    value = np.where(is_known & ~zero_a & ~zero_b, a.value * b.value, 0.0)
    return _number(is_known, value, a.differs | b.differs)


def _quotient(a: Number, b: Number) -> Number:
    zero = a.is_known & (a.value == 0.0) & ~(b.is_known & (b.value == 0.0))
    is_known = (a.is_known & b.is_known & (b.value != 0.0)) | zero
    divisor = np.where(b.is_known & (b.value != 0.0), b.value, 1.0)
    return _number(is_known, np.where(is_known & ~zero, a.value / divisor, 0.0), a.differs | b.differs)


def _chosen(condition: Number, yes: Number, no: Number) -> Number:
    takes_yes = condition.value > 0.5
    is_known = condition.is_known & np.where(takes_yes, yes.is_known, no.is_known)
    value = np.where(is_known, np.where(takes_yes, yes.value, no.value), 0.0)
    either = yes.differs | no.differs
    settled_yes = condition.is_known & condition.is_known[0] & takes_yes & takes_yes[0]
    settled_no = condition.is_known & condition.is_known[0] & ~takes_yes & ~takes_yes[0]
    branch = np.where(settled_yes, yes.differs, np.where(settled_no, no.differs, either))
    return _number(is_known, value, condition.differs | branch)


_BINARY: dict[Any, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "<=": np.less_equal,
}


def _general(operation: Any, arguments: list[Number]) -> Number:
    is_known = np.logical_and.reduce([a.is_known for a in arguments])
    differs = np.logical_or.reduce([a.differs for a in arguments])
    if not is_known.any():
        return Number(is_known, np.zeros(is_known.size), differs)
    values = [a.value for a in arguments]
    if operation in _BINARY:
        value = _BINARY[operation](*values).astype(float)
    else:
        held = np.flatnonzero(is_known)
        value = np.zeros(is_known.size)
        value[held] = [operation.python(*(float(v[j]) for v in values)) for j in held]
    return _number(is_known, np.where(is_known, value, 0.0), differs)


def _evaluated(x: Expression, of: Mapping[Expression, Number], settings: int) -> Number:
    if x.operation == "literal":
        return known(np.full(settings, x.value))
    arguments = [of[a] for a in x.arguments]
    if x.operation == "*":
        return _product(*arguments)
    if x.operation == "/":
        return _quotient(*arguments)
    if x.operation is select:
        return _chosen(*arguments)
    if x.operation in (maximum, minimum) and x.arguments[0] is x.arguments[1]:
        return arguments[0]
    return _general(x.operation, arguments)


def _in_order(outputs: Iterable[Expression]) -> list[Expression]:
    """Return everything that the outputs need, arguments first."""
    order: dict[Expression, None] = {}
    stack = list(outputs)
    while stack:
        x = stack[-1]
        waiting = [] if x in order else [a for a in x.arguments if a not in order]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        order[x] = None
    return list(order)


def settled(
    leaves: dict[str, Number],
    updates: Iterable[tuple[str, Expression]],
    outputs: Iterable[Expression],
    settings: int,
) -> list[Number]:
    """Return what the outputs come to once nothing more can change.

    Parameters
    ----------
    leaves : dict of str to Number
        The leaves of the graph at the start; a leaf that is missing has no value until an update gives it one.
        It holds what the leaves come to afterwards.
    updates : iterable of (str, Expression)
        What a leaf may become; several for one leaf are alternatives.
    outputs : iterable of Expression
        What is asked for.
    settings : int
        The number of settings.
    """
    updates, outputs = list(updates), list(outputs)
    order = _in_order([x for _, x in updates] + outputs)
    of: dict[Expression, Number] = {}
    changed_leaves = set(leaves)
    first = True
    while changed_leaves or first:
        moved: set[Expression] = set()
        for x in order:
            if x.operation == "leaf":
                if x.value in changed_leaves:
                    of[x] = leaves[x.value]
                    moved.add(x)
                continue
            if any(a not in of for a in x.arguments):
                continue
            if x in of and not any(a in moved for a in x.arguments):
                continue
            number = _evaluated(x, of, settings)
            if x not in of or not number.same_as(of[x]):
                of[x] = number
                moved.add(x)
        changed_leaves, first = set(), False
        for name, x in updates:
            if x not in moved:
                continue
            old = leaves.get(name)
            new = of[x] if old is None else old.joined(of[x])
            if old is None or not new.same_as(old):
                leaves[name] = new
                changed_leaves.add(name)
    return [of[x] for x in outputs if x in of]
