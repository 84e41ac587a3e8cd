"""Equations as graphs of operations: every equation of the body gives the same numbers by way of its graph."""

import itertools
import operator

import numpy as np
import pytest

from every_equation import equations, evaluated, numbers, result_of
from letdown.kernel.elementary import exp, maximum, select
from letdown.kernel.expression import Expression, Graph, Level

EQUATIONS = equations()
LEVELS = (Level.STILL, Level.TICK, Level.SUBSTEP)
OPERATIONS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def value_of(x, leaves):
    """Return the number that an expression stands for, given its leaves."""
    if not isinstance(x, Expression):
        return x
    if x.operation == "literal":
        return x.value
    if x.operation == "leaf":
        return leaves[x.value]
    arguments = [value_of(a, leaves) for a in x.arguments]
    return OPERATIONS.get(x.operation, x.operation)(*arguments)


def traced(equation, seed, first):
    """Return what an equation gives for leaves of all levels in turn, and the numbers of its leaves."""
    rng, graph, leaves = np.random.default_rng(seed), Graph(), {}
    levels = itertools.cycle(LEVELS[first:] + LEVELS[:first])

    def leaf(path, unit):
        leaves.setdefault(path, float(np.exp(rng.uniform(-3.0, 3.0))))
        return graph.leaf(path, next(levels))

    return evaluated(equation, leaf), leaves


@pytest.mark.parametrize("name", EQUATIONS)
def test_every_equation_gives_the_same_through_its_graph(name):
    equation, kind = EQUATIONS[name], result_of(EQUATIONS[name])
    for first in range(len(LEVELS)):
        found, leaves = traced(equation, [first, *name.encode()], first)
        plain = evaluated(equation, lambda path, unit, known=leaves: known[path])
        for (path, _, x), (_, _, wanted) in zip(numbers(found, kind), numbers(plain, kind), strict=True):
            # products are grouped anew: rounding, of differences too
            assert value_of(x, leaves) == pytest.approx(wanted, rel=1e-9, abs=1e-9), path


@pytest.fixture
def graph():
    return Graph()


def test_equal_operations_are_one_expression(graph):
    a, b = graph.leaf("a", Level.TICK), graph.leaf("b", Level.TICK)
    assert a + b is a + b
    assert exp(a * b) is exp(a * b)
    assert graph.leaf("a", Level.STILL) is not a


def test_what_changes_less_often_is_gathered(graph):
    often, seldom, never = (graph.leaf(n, level) for n, level in zip("xyz", LEVELS[::-1], strict=True))
    x = seldom * often / never * 2.0
    assert x.arguments[0] is often
    assert x.arguments[1].level is Level.TICK
    assert x.arguments[1].arguments[1].level is Level.STILL


def test_a_divisor_that_stands_still_becomes_a_factor(graph):
    x, still = graph.leaf("x", Level.TICK), graph.leaf("p", Level.STILL)
    quotient = x / still
    assert quotient.operation == "*"
    assert quotient.arguments[1].level is Level.STILL
    assert (still / x).operation == "/"


def test_literals_are_folded(graph):
    x = graph.leaf("x", Level.TICK)
    assert x + 0.0 is x
    assert x * 1.0 is x
    assert x / 1.0 is x
    assert (0.0 * x).value == 0.0
    assert (x * 4.0 / 4.0) is x
    assert select(x > 1.0, x, x) is x
    assert select(True, x, 2.0 * x) is x
    assert maximum(x, 0.0) is not x


def test_an_equation_that_branches_is_refused(graph):
    x = graph.leaf("x", Level.TICK)
    with pytest.raises(TypeError, match="select"):
        assert x > 0.0
