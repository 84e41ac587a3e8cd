"""Lane code: each operation and elementary function, in any number of lanes, gives the bits of plain Python."""

import operator
from functools import cache

import numpy as np
import pytest

from lane_functions import REAL, LaneFunctions
from letdown.engine.lane_code import LaneCode, Value
from letdown.kernel.elementary import cos, exp, fraction, log, maximum, minimum, select, sqrt
from letdown.kernel.equation import Equation


@Equation
def chosen_if_greater(a, b, c):
    return select(a > b, c, a)


@Equation
def chosen_if_less(a, b, c):
    return select(a < b, c, a)


@Equation
def chosen_if_at_least(a, b, c):
    return select(a >= b, c, a)


@Equation
def chosen_if_at_most(a, b, c):
    return select(a <= b, c, a)


@Equation
def added(a, b):
    return a + b


@Equation
def taken_away(a, b):
    return a - b


@Equation
def multiplied(a, b):
    return a * b


@Equation
def divided(a, b):
    return a / b


@Equation
def with_literals(a):
    return 0.1 + a * 1.7


@Equation
def not_merged(a, b, c):
    return a * b + c


@Equation
def not_regrouped(a, b, c):
    return (a + b) + c


PLAIN = (
    chosen_if_greater, chosen_if_less, chosen_if_at_least, chosen_if_at_most, added, taken_away, multiplied, divided,
    with_literals, not_merged, not_regrouped,
)  # fmt: skip
ELEMENTARY = {"float64": (exp, log, cos, sqrt, fraction), "float32": (exp, cos, sqrt, fraction)}
OF_TWO = (maximum, minimum)
CASES = [
    (precision, function)
    for precision in ("float64", "float32")
    for function in (*PLAIN, *ELEMENTARY[precision], *OF_TWO)
]
N = 1003
POINTS = np.random.default_rng(4)
POSITIVE = (log, sqrt, fraction)


@cache
def in_lanes(precision, lanes):
    return LaneFunctions((*PLAIN, *ELEMENTARY[precision], *OF_TWO), precision, lanes)


@cache
def columns():
    """Return three columns; every tenth number of the second is that of the first."""
    a, b, c = (POINTS.normal(scale=20.0, size=N) for _ in range(3))
    b[::10] = a[::10]
    return a, b, c


def plain(function, precision, given):
    """Return what plain Python gives: an equation on numpy's scalars, an elementary function by its compiled form."""
    if function in PLAIN:
        return [function(*row) for row in zip(*given, strict=True)]
    form = function.compiled[precision]
    if function is sqrt:  # the nearest number, which Python has in float64 only
        return np.sqrt(given[0]).tolist()
    return [form(*row) for row in zip(*given, strict=True)]


@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
@pytest.mark.parametrize(("precision", "function"), CASES, ids=lambda x: getattr(x, "__name__", x))
def test_lanes_give_the_bits_of_plain_python(precision, function, lanes):
    number = 2 if function in OF_TWO else 1 if function not in PLAIN else len(function.function.__code__.co_varnames)
    given = [np.abs(x) if function in POSITIVE else x for x in columns()[:number]]
    given, found = in_lanes(precision, lanes)(function, *given)
    wanted = np.array(plain(function, precision, given), dtype=REAL[precision])
    assert found.dtype == wanted.dtype == REAL[precision]
    assert found.tobytes() == wanted.tobytes()
    assert len(set(found.tolist())) > N // 2


def test_a_product_and_a_sum_round_twice():
    """Chosen so that a fused operation gives another number: 2^-60 against 0."""
    a = 1.0 + 2.0**-30
    for lanes in (1, 8):
        _, (found,) = in_lanes("float64", lanes)(not_merged, [a], [a], [-(1.0 + 2.0**-29)])
        assert found == 0.0


def test_what_is_not_a_number_stays_one_and_is_held_by_exp():
    nan, zero = np.array([np.nan]), np.array([0.0])
    f = in_lanes("float64", 4)
    assert f(exp, nan)[1][0] == exp(float("nan")) == exp(-700.0)
    assert np.isnan(f(added, nan, zero)[1][0])
    assert f(maximum, nan, zero)[1][0] == maximum(float("nan"), 0.0) == 0.0


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("number", [0.1, -0.0, 1e-300, 3.0e38, 1.0, np.inf])
def test_a_literal_is_written_with_all_its_bits(precision, number):
    text = LaneCode(precision, 2).literal(number).text
    assert text.count(",") == 1
    first = text[1:-1].split(", ")[0].split()
    assert first[0] == {"float64": "double", "float32": "float"}[precision]
    bits = np.uint64(int(first[1], 16))  # of a float64, in either precision
    assert bits.view(np.float64).tobytes() == np.float64(REAL[precision](number)).tobytes()


@pytest.mark.parametrize(
    ("operation", "instruction"),
    [(operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv")],
)
def test_an_operation_is_one_instruction_without_flags(operation, instruction):
    code = LaneCode("float64", 4)
    a, b = Value(code, code.vector, "%a"), Value(code, code.vector, "%b")
    result = operation(a, b)
    assert code.lines == [f"{result.text} = {instruction} <4 x double> %a, %b"]
