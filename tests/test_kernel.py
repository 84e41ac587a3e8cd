"""The kernel: elementary functions in both forms, smooth switches, Philox, and what an equation accepts."""

import math
from functools import cache
from itertools import combinations
from statistics import NormalDist

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from every_equation import arguments, equations, evaluated, is_record, made, numbers, quantity, result_of
from lane_functions import LaneFunctions
from letdown._units import registry
from letdown.kernel import elementary
from letdown.kernel.elementary import (
    cos,
    exp,
    fraction,
    hill2,
    log,
    logistic,
    maximum,
    minimum,
    positive_part,
    rising_part,
    select,
    smooth_minimum,
    sqrt,
)
from letdown.kernel.equation import Elementary, Equation
from letdown.kernel.philox import PROCESSES, philox, uniform
from random_program import compiled_philox, compiled_uniform

REAL = {"float64": np.float64, "float32": np.float32}
PRECISIONS = tuple(REAL)


@Equation
def larger_than_one(x):
    return select(x > 1.0, x, -x)


SWITCHES = (logistic, hill2, positive_part, rising_part, smooth_minimum, larger_than_one)
COMPILED = {
    "float64": (exp, log, cos, sqrt, fraction, maximum, minimum, *SWITCHES),
    "float32": (exp, cos, sqrt, fraction, maximum, minimum, *SWITCHES),  # no loop takes a logarithm in float32
}


@cache
def lane_functions(precision):
    return LaneFunctions(COMPILED[precision], precision, lanes=8)


def compiled(function, precision, *columns):
    """Return columns, rounded, and what an elementary function or equation gives, compiled as the lane loops are."""
    return lane_functions(precision)(function, *columns)


# Elementary functions: compiled form against the truth, at the accuracy that the module's docstring states

EXP_RANGE = {"float64": 700.0, "float32": 87.0}
POINTS = np.random.default_rng(1)


def ulps(found, true, precision):
    """Return the largest error in units in the last place of the true values, which mpmath knows to 40 digits."""
    with mpmath.workdps(40):
        return max(
            float(abs(mpmath.mpf(float(y)) - t) / mpmath.mpf(float(np.spacing(REAL[precision](abs(float(t)))))))
            for y, t in zip(found, true, strict=True)
        )


@pytest.mark.parametrize("precision", PRECISIONS)
def test_exp_is_right_to_two_units_in_the_last_place(precision):
    edge = EXP_RANGE[precision]
    points = np.concatenate([POINTS.uniform(-edge, edge, 3000), POINTS.uniform(-1.0, 1.0, 3000)])
    (x,), found = compiled(exp, precision, points)
    with mpmath.workdps(40):
        assert ulps(found, [mpmath.exp(float(v)) for v in x], precision) < 2.0


def test_log_is_right_to_two_units_in_the_last_place():
    near = 1.0 + POINTS.uniform(-0.3, 0.4, 3000)
    points = np.concatenate([near, POINTS.uniform(0.0, 1.0, 3000), 10.0 ** POINTS.uniform(-300, 300, 2000)])
    (x,), found = compiled(log, "float64", points)
    with mpmath.workdps(40):
        assert ulps(found, [mpmath.log(float(v)) for v in x], "float64") < 2.0
    assert log(1.0) == 0.0


@pytest.mark.parametrize("precision", PRECISIONS)
def test_cos_is_right_to_two_units_in_the_last_place_of_one(precision):
    (x,), found = compiled(cos, precision, POINTS.uniform(-100.0, 100.0, 6000))
    with mpmath.workdps(40):
        error = max(abs(mpmath.mpf(float(y)) - mpmath.cos(float(v))) for v, y in zip(x, found, strict=True))
    assert error < 2.0 * float(np.finfo(REAL[precision]).eps)


@pytest.mark.parametrize("function", [exp, log, cos, sqrt])
def test_plain_python_and_arrays_give_the_bits_of_the_compiled_form(function):
    points = POINTS.uniform(-50.0, 50.0, 4000)
    points = np.abs(points) if function in (log, sqrt) else points
    (x,), found = compiled(function, "float64", points)
    assert [function(v) for v in x.tolist()] == found.tolist()
    assert function(x).tolist() == found.tolist()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_compiled_exp_is_1_at_0_and_stays_finite_beyond_its_range(precision):
    edge = EXP_RANGE[precision]
    _, found = compiled(exp, precision, [0.0, -1e6, -edge, edge, 1e6])
    assert found[0] == 1.0
    assert found[1] == found[2] > 0.0
    assert found[4] == found[3] < np.inf
    assert exp(-1e6) == exp(-700.0) > 0.0
    assert exp(1e6) == exp(700.0) < math.inf


@pytest.mark.parametrize("precision", PRECISIONS)
def test_compiled_sqrt_is_the_nearest_number(precision):
    (x,), found = compiled(sqrt, precision, np.logspace(-30, 30, 100_001))
    assert np.array_equal(found, np.sqrt(x))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_fraction_is_exact_up_to_a_day_of_cycles(precision):
    points = np.concatenate([np.linspace(0.0, 3.0, 3001), [86400.25, 1e5 + 0.5]])
    (x,), found = compiled(fraction, precision, points)
    assert np.array_equal(found, x - np.floor(x))
    assert [fraction(float(v)) for v in x] == list(x.astype(float) - np.floor(x.astype(float)))


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("function", "true"), [(maximum, np.maximum), (minimum, np.minimum)], ids=["max", "min"])
def test_maximum_and_minimum_are_exact(precision, function, true):
    rng = np.random.default_rng(1)
    (a, b), found = compiled(function, precision, rng.normal(size=1000), rng.normal(size=1000))
    assert np.array_equal(found, true(a, b))
    assert np.array_equal(function(a, b), true(a, b))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_select_takes_the_side_that_its_condition_says(precision):
    (x,), found = compiled(larger_than_one, precision, np.linspace(0.0, 2.0, 101))
    assert np.array_equal(found, np.where(x > 1.0, x, -x))


@pytest.mark.parametrize(
    ("function", "points"),
    [
        (exp, np.linspace(-50.0, 50.0, 1001)),
        (cos, np.linspace(-20.0, 20.0, 1001)),
        (sqrt, np.linspace(0.0, 500.0, 1001)),
        (logistic, np.linspace(-50.0, 50.0, 1001)),
    ],
    ids=["exp", "cos", "sqrt", "logistic"],
)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_python_form_equals_compiled_form(function, points, precision):
    (x,), found = compiled(function, precision, points)
    python = np.array([float(function(float(v))) for v in x])
    if precision == "float64":
        assert found.tolist() == python.tolist()
    assert np.allclose(found, python, rtol=8 * np.finfo(precision).eps, atol=4 * np.finfo(precision).eps)


@pytest.mark.parametrize("function", [positive_part, rising_part, hill2])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_python_form_of_a_switch_equals_its_compiled_form(function, precision):
    rng = np.random.default_rng(2)
    (x, width), found = compiled(function, precision, rng.normal(size=2000), rng.uniform(0.05, 2.0, 2000))
    python = np.array([function(float(a), float(b)) for a, b in zip(x, width, strict=True)])
    # some ten operations on numbers of order 1, divided by 4 width >= 0.2
    assert np.allclose(found, python, rtol=0, atol=50 * np.finfo(precision).eps)
    (a, b, width), found = compiled(smooth_minimum, precision, x, x[::-1], width)
    assert np.allclose(
        found, smooth_minimum(*(v.astype(float) for v in (a, b, width))), atol=50 * np.finfo(precision).eps
    )


def test_every_name_of_the_kernel_is_an_equation_or_an_elementary_function_with_both_precisions():
    for name in elementary.__all__:
        value = getattr(elementary, name)
        assert isinstance(value, Equation) or set(value.compiled) == set(PRECISIONS), name


def test_a_function_of_a_library_is_refused_where_an_equation_is_traced():
    with pytest.raises(TypeError, match="real number"):
        LaneFunctions([Equation(lambda x: math.exp(x))], "float64", 1)


# Limits

FINITE = st.floats(-1e4, 1e4)
WIDTH = st.floats(1e-3, 1e2)


def test_logistic_and_hill_have_their_limits():
    assert logistic(0.0) == 0.5
    assert logistic(-1e9) < 1e-300
    assert logistic(1e9) == 1.0
    assert hill2(0.0, 3.0) == 0.0
    assert hill2(3.0, 3.0) == 0.5
    assert hill2(1e9, 3.0) == pytest.approx(1.0, abs=1e-15)


@given(FINITE)
def test_logistic_of_x_and_minus_x_sum_to_one(x):
    assert logistic(x) + logistic(-x) == pytest.approx(1.0, abs=1e-15)


def rounding(*numbers):
    """Return the rounding error to allow for a few operations on numbers of this size."""
    return 16 * np.finfo(float).eps * sum(abs(n) for n in numbers)


@given(FINITE, WIDTH)
def test_positive_part_is_zero_below_and_x_above_its_width(x, width):
    y = positive_part(x, width)
    slack = rounding(x, width) * max(1.0, abs(x) / width)
    if x <= -width:
        assert y == 0.0
    elif x >= width:
        assert y == pytest.approx(x, abs=slack)
    else:
        assert y == pytest.approx((x + width) ** 2 / (4 * width), abs=slack)
    assert max(x, 0.0) - slack <= y <= max(x, 0.0) + width / 4 + slack


@given(FINITE, FINITE, WIDTH)
def test_positive_part_rises_no_faster_than_its_argument(x, other, width):
    low, high = min(x, other), max(x, other)
    rise = positive_part(high, width) - positive_part(low, width)
    slack = rounding(x, other, width) * max(1.0, abs(x) / width, abs(other) / width)
    assert -slack <= rise <= high - low + slack


@given(st.floats(-3.0, 3.0), WIDTH)
def test_positive_part_has_a_continuous_slope(turns, width):
    x, step = turns * width, 1e-4 * width
    slope = (positive_part(x + step, width) - positive_part(x - step, width)) / (2 * step)
    # the slope changes by step / (2 width) over one step at most; rounding of the difference of two numbers
    assert slope == pytest.approx(min(max((x + width) / (2 * width), 0.0), 1.0), abs=1e-4)


@given(FINITE, WIDTH)
def test_rising_part_never_acts_below_its_threshold_nor_above_its_argument(x, width):
    y = rising_part(x, width)
    slack = rounding(x, width) * max(1.0, abs(x) / width)
    if x <= 0.0:
        assert y <= slack
    assert max(x - width, 0.0) - slack <= y <= max(x, 0.0) + slack
    if x >= 2 * width:
        assert y == pytest.approx(x - width, abs=slack)


@given(st.floats(-1e3, 0.0), WIDTH)
def test_rising_part_is_nothing_at_and_below_zero(x, width):
    assert rising_part(x, width) <= np.finfo(float).eps * width


@given(FINITE, FINITE, WIDTH)
def test_smooth_minimum_is_at_most_the_minimum_and_symmetric(a, b, width):
    y = smooth_minimum(a, b, width)
    slack = rounding(a, b, width) * max(1.0, abs(a) / width, abs(b) / width)
    assert min(a, b) - width / 4 - slack <= y <= min(a, b) + slack
    assert y == pytest.approx(smooth_minimum(b, a, width), abs=slack)
    if abs(a - b) >= width:
        assert y == pytest.approx(min(a, b), abs=slack)


# Philox

KNOWN_ANSWERS = [  # Random123 1.14, tests/kat_vectors, the three lines "philox4x32 10": counter, key, answer
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text):
    return [np.uint64(int(word, 16)) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
@pytest.mark.parametrize("form", [philox, compiled_philox], ids=["python", "compiled"])
def test_philox_gives_the_published_answers(form, counter, key, answer):
    assert [int(word) for word in form(*words(key), *words(counter))] == [int(w) for w in words(answer)]


WORD = st.integers(0, 2**32 - 1)
LONG_WORD = st.integers(0, 2**64 - 1)


def plain_philox(key, counter):
    """Philox 4x32-10 from its definition, on Python's own integers."""
    (k0, k1), (c0, c1, c2, c3) = key, counter
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c0, 2**32)
        high1, low1 = divmod(0xCD9E8D57 * c2, 2**32)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c0, c1, c2, c3


@settings(deadline=None)  # compiles at the first example
@given(st.tuples(WORD, WORD), st.tuples(WORD, WORD, WORD, WORD))
def test_philox_equals_its_definition_for_any_words(key, counter):
    arguments = [np.uint64(word) for word in (*key, *counter)]
    for form in (philox, compiled_philox):
        assert tuple(int(word) for word in form(*arguments)) == plain_philox(key, counter)


@settings(deadline=None)  # compiles at the first example
@given(LONG_WORD, WORD, st.integers(0, 8), LONG_WORD)
def test_compiled_uniform_is_the_python_uniform(seed, dyad, process, event):
    arguments = [np.uint64(n) for n in (seed, dyad, process, event)]
    drawn = uniform(*arguments)
    assert 0.0 < drawn < 1.0
    assert compiled_uniform(*arguments) == drawn


def test_the_largest_and_smallest_draws_stay_inside_the_interval():
    """52 bits and a half: the ends 0 and 1, whose logarithm or quantile is infinite, cannot come."""
    ends = [(a * 67108864.0 + b + 0.5) / 4503599627370496.0 for a, b in ((0, 0), (2**26 - 1, 2**26 - 1))]
    assert 0.0 < ends[0]
    assert ends[1] < 1.0
    assert math.isfinite(NormalDist().inv_cdf(ends[0]))


DRAWN = 20_000


def stream(seed=1, dyad=0, process="burst", first=0, n=DRAWN, over="event"):
    """Return n draws that differ in one number of their address."""
    address = {"seed": seed, "dyad": dyad, "process": PROCESSES[process], "event": first}
    numbers = [np.uint64(address[name]) for name in ("seed", "dyad", "process", "event")]
    place = ("seed", "dyad", "process", "event").index(over)
    numbers[place] = numbers[place] + np.arange(n, dtype=np.uint64)
    return compiled_uniform(*numbers)


def kolmogorov_distance(draws):
    ordered = np.sort(draws)
    n = len(ordered)
    return max(np.max(np.arange(1, n + 1) / n - ordered), np.max(ordered - np.arange(n) / n))


@pytest.mark.parametrize("over", ["event", "dyad", "seed"])
def test_draws_are_uniform_along_each_part_of_their_address(over):
    # Kolmogorov-Smirnov at p = 0.001: 1.95 / sqrt(n)
    assert kolmogorov_distance(stream(over=over)) < 1.95 / math.sqrt(DRAWN)


STREAMS = {
    "bursts": {},
    "bursts, one event later": {"first": 1},
    "suck runs": {"process": "suck_run"},
    "slips": {"process": "slip"},
    "traits": {"process": "trait"},
    "next dyad": {"dyad": 1},
    "next seed": {"seed": 2},
    "seed with a high half": {"seed": 1 + 2**32},
    "late events": {"first": 2**32},
}


@pytest.fixture(scope="module")
def drawn():
    return {name: stream(**address) for name, address in STREAMS.items()}


@pytest.mark.parametrize("pair", list(combinations(STREAMS, 2)), ids=" / ".join)
def test_two_streams_are_independent(drawn, pair):
    a, b = (drawn[name] for name in pair)
    # chi-square of a 10 x 10 table, 99 degrees of freedom: above 170.8 with p = 1e-5 (36 pairs and 3 tests)
    table = np.histogram2d(a, b, bins=10, range=[[0, 1], [0, 1]])[0]
    expected = DRAWN / 100
    assert np.sum((table - expected) ** 2 / expected) < 170.8
    # correlation: standard error 1 / sqrt(n), 4.5 of them
    assert abs(np.corrcoef(a, b)[0, 1]) < 4.5 / math.sqrt(DRAWN)
    shared = np.intersect1d(a, b).size
    assert shared == (DRAWN - 1 if set(pair) == {"bursts", "bursts, one event later"} else 0)


# What an equation accepts

EQUATIONS = equations()


@pytest.mark.parametrize("name", EQUATIONS)
def test_an_equation_of_arrays_is_the_equation_of_each_element(name):
    rng = np.random.default_rng(len(name))
    columns = {}
    whole = evaluated(EQUATIONS[name], lambda path, unit: columns.setdefault(path, rng.uniform(0.05, 3.0, 6)))
    kind = result_of(EQUATIONS[name])
    for i in range(6):
        one = evaluated(EQUATIONS[name], lambda path, unit, i=i: float(columns[path][i]))
        for (path, _, number), (_, _, column) in zip(numbers(one, kind), numbers(whole, kind), strict=True):
            # numpy's exp and Python's differ in the last place
            assert np.broadcast_to(column, (6,))[i] == pytest.approx(number, rel=1e-12, abs=1e-300), path


# dyad_events wires events that are all here one by one; SymPy takes 15 s to simplify their nested switches
@pytest.mark.parametrize("name", [name for name in EQUATIONS if name != "body.dyad_events"])
def test_an_equation_of_symbols_is_a_formula_with_the_same_value(name):
    rng = np.random.default_rng(len(name))
    values, symbols = {}, {}

    def symbol(path, unit):
        values[path] = rng.uniform(0.05, 3.0)
        return symbols.setdefault(path, sympy.Symbol(path.replace(".", "_"), positive=True))

    kind = result_of(EQUATIONS[name])
    formula = list(numbers(evaluated(EQUATIONS[name], symbol), kind))
    plain = list(numbers(evaluated(EQUATIONS[name], lambda path, unit: values[path]), kind))
    expressions = [expression for _, _, expression in formula]
    found = sympy.lambdify(list(symbols.values()), expressions, "math")(*values.values())
    for (path, _, number), value in zip(plain, found, strict=True):
        assert value == pytest.approx(number, rel=1e-9, abs=1e-12), path


@pytest.mark.parametrize(
    ("function", "units"),
    [
        (positive_part, ("mmHg", "mmHg")),
        (rising_part, ("mL", "mL")),
        (smooth_minimum, ("1/s",) * 3),
        (maximum, ("s", "s")),
    ],
)
def test_a_switch_of_quantities_keeps_their_unit(function, units):
    plain = [2.0, 3.0, 0.5][: len(units)]
    found = function(*(quantity(n, u) for n, u in zip(plain, units, strict=True)))
    assert found.to(units[0]).magnitude == pytest.approx(function(*plain))
    wrong = [quantity(n, u) for n, u in zip(plain, ("g", *units[1:]), strict=True)]
    with pytest.raises(Exception, match="Cannot c"):
        function(*wrong)


@pytest.mark.parametrize("function", [exp, cos, logistic], ids=["exp", "cos", "logistic"])
def test_a_function_of_a_pure_number_refuses_a_unit(function):
    assert float(function(quantity(1.7, "1"))) == pytest.approx(function(1.7))
    with pytest.raises(Exception, match="Cannot c"):
        function(quantity(1.7, "mL"))


@pytest.mark.parametrize("function", [exp, cos, sqrt, fraction], ids=["exp", "cos", "sqrt", "fraction"])
def test_elementary_functions_accept_quantities_of_the_programs_own_registry(function):
    assert isinstance(function, Elementary)
    assert float(function(registry().Quantity(1.7))) == pytest.approx(function(1.7))


def test_made_arguments_cover_every_argument_of_every_equation():
    for equation in EQUATIONS.values():
        for kind in arguments(equation).values():
            value = made(kind, lambda path, unit: 1.0)
            assert isinstance(value, tuple if is_record(kind) else float)
