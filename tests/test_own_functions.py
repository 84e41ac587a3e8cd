"""What decides a result is made of arithmetic, square roots and functions of our own."""

import ast
import math
import random
import re
from pathlib import Path
from statistics import NormalDist

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import letdown
from letdown.body.life.birth import weight_at, who_lms, z_score
from letdown.body.population import shipped_population
from letdown.kernel.normal import normal_quantile
from letdown.kernel.philox import uniform, uniforms
from letdown.kernel.power import power
from letdown.kernel.total import mean, total
from letdown.neurons.blood import TwoCompartments, rat_plasma
from letdown.simulate_neurones import human_plasma

PACKAGE = Path(letdown.__file__).parent
DECIDING = ("body", "devices", "engine", "kernel", "neurons", "protocol")

EXACT = {"ceil", "floor", "inf", "isfinite", "isinf", "isnan", "ldexp", "nan", "pi", "sqrt"}
"""Of `math`: what every machine does alike."""

OTHER_BITS = set(
    "exp exp2 expm1 log log2 log10 log1p power pow float_power sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh "
    "hypot cbrt logaddexp interp linalg fft random dot vdot inner matmul einsum tensordot convolve polyfit polyval sum "
    "nansum mean nanmean average std var median quantile percentile prod cumsum cumprod trapezoid".split()
)
"""Of numpy, also as methods: what depends on a library, on the width of a register or on an order of its own."""

LIBRARIES = {"cmath", "numexpr", "random", "scipy", "statistics"}

ALLOWED = {
    "kernel/elementary.py": {"**": "quantities with a unit and SymPy expressions, for tests and formulas"},
    "engine/lane_queue.py": {"**": "a whole number"},
    "engine/lane_lines.py": {"sum": "whole numbers"},
    "engine/life/run.py": {"mean": "what a progress bar shows"},
    "engine/network/network_run.py": {"sum": "what a progress bar shows"},
    "engine/network/state.py": {"**": "a whole number", "cumsum": "whole numbers"},
    "neurons/bursts.py": {
        name: "statistics of spikes, after a run" for name in ("cumsum", "mean", "quantile", "std", "sum")
    },
    "neurons/wiring.py": {"@": "whole numbers"},
}
"""What else stands in a file, and why it decides nothing or is exact."""


def foreign(text):
    """Return what a source text uses that is not the same on every machine."""
    found = set()
    nodes = list(ast.walk(ast.parse(text)))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            names = {alias.name for alias in node.names}
            found |= {name.split(".")[0] for name in (names if not module else {module})} & LIBRARIES
            found |= {f"math.{name}" for name in names - EXACT if module == "math"}
            found |= {name for name in names & OTHER_BITS if module.split(".")[0] == "numpy"}
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id == "math":
                found |= {f"math.{node.attr}"} if node.attr not in EXACT else set()
            elif node.attr in OTHER_BITS and (id(node) in called or ast.unparse(node.value).split(".")[0] == "np"):
                found.add(node.attr)
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow | ast.MatMult):
            found.add("**" if isinstance(node.op, ast.Pow) else "@")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("sum", "pow"):
            found.add(node.func.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "njit" in node.value:
            calls = re.findall(r"\b(?:math|np)\.(\w+)|\.(\w+)\(|(\*\*)|\b(sum|pow)\(", node.value)
            found |= {name for groups in calls for name in groups} & (OTHER_BITS | {"**"})
    return found


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("import math\nx = math.exp(1.0)", "math.exp"),
        ("from math import log", "math.log"),
        ("from statistics import NormalDist", "statistics"),
        ("import scipy.special", "scipy"),
        ("from numpy import cos", "cos"),
        ("from numpy.linalg import solve\nnp.linalg.inv(a)", "linalg"),
        ("x = np.interp(1.0, a, b)", "interp"),
        ("x = np.where(a, b, 0.0).sum(axis=1)", "sum"),
        ("x = sum(a)", "sum"),
        ("x = y ** 0.5", "**"),
        ("x **= 2", "**"),
        ("x = a @ b", "@"),
        ('TEXT = "@njit\\ndef f(x):\\n    return np.log(x)"', "log"),
        ('TEXT = "@njit\\ndef f(x):\\n    return x ** 3"', "**"),
    ],
)
def test_what_is_foreign_is_found(text, what):
    assert what in foreign(text)


def test_arithmetic_and_our_own_functions_are_not_foreign():
    text = "import math\nx = exp(math.sqrt(y) * y) + np.where(a > b, a, np.sqrt(b)) / spread.median"
    assert foreign(text) == set()


@pytest.mark.parametrize("folder", DECIDING)
def test_no_library_decides_a_result(folder):
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        assert foreign(path.read_text(encoding="utf-8")) == set(ALLOWED.get(name, {})), name


def test_every_allowance_has_a_file():
    assert all((PACKAGE / name).is_file() for name in ALLOWED)


# The functions ------------------------------------------------------------------------------------------------------


def ulps(found, exact):
    """Return the error of a float64 in units in the last place."""
    return abs(mpmath.mpf(found) - exact) / math.ulp(float(exact))


def bases():
    """Return numbers near 1, of everyday size and of every size, always the same ones."""
    drawn = random.Random(1)
    near = [1.0 + drawn.uniform(-1e-6, 1e-6) for _ in range(1000)]
    usual = [drawn.uniform(0.05, 20.0) for _ in range(4000)]
    return near + usual + [10.0 ** drawn.uniform(-300.0, 300.0) for _ in range(1000)]


def test_power_is_within_two_units_in_the_last_place():
    drawn = random.Random(2)
    worst = 0.0
    with mpmath.workprec(200):
        for x in bases():
            for y in (0.6, 1.0 / 3.0, drawn.uniform(-3.0, 3.0), drawn.uniform(-300.0, 300.0)):
                if abs(y * math.log(x)) < 690.0:
                    worst = max(worst, ulps(power(x, y), mpmath.power(mpmath.mpf(x), mpmath.mpf(y))))
    assert worst < 2.0


def test_power_knows_one_and_nothing_and_refuses_what_is_not_above_zero():
    assert power(1.0, 7.3) == 1.0
    assert power(5.0, 0.0) == 1.0
    assert power(4.0, 0.5) == 2.0
    for x in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="above 0"):
            power(x, 2.0)


def test_normal_quantile_is_the_inverse_of_the_distribution():
    drawn = random.Random(3)
    shares = [drawn.random() for _ in range(1500)] + [10.0 ** drawn.uniform(-15.9, -0.3) for _ in range(500)]
    with mpmath.workprec(120):
        for p in shares:
            z = normal_quantile(p)
            slope = mpmath.npdf(mpmath.mpf(z))
            exact = mpmath.mpf(z) - (mpmath.ncdf(mpmath.mpf(z)) - mpmath.mpf(p)) / slope  # one step of Newton's method
            assert abs(z - exact) <= 1e-15 * max(1.0, abs(z))


def test_normal_quantile_is_the_algorithm_of_the_standard_library():
    for p in np.linspace(0.0005, 0.9995, 1000).tolist():
        assert normal_quantile(p) == pytest.approx(NormalDist().inv_cdf(p), rel=2e-15, abs=1e-16)
    for p in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="between 0 and 1"):
            normal_quantile(p)


def test_functions_of_arrays_have_the_bits_of_their_numbers_one_by_one():
    drawn = random.Random(4)
    shares = [drawn.random() for _ in range(3000)] + [10.0 ** drawn.uniform(-300.0, -0.3) for _ in range(1000)]
    shares += [1.0 - 10.0 ** drawn.uniform(-15.9, -0.3) for _ in range(1000)] + [0.075, 0.925, 0.5, math.exp(-25.0)]
    assert normal_quantile(np.array(shares)).tolist() == [normal_quantile(p) for p in shares]
    for y in (0.6, -1.7, 1.0 / 3.0):
        assert power(np.array(bases()), y).tolist() == [power(x, y) for x in bases()]
    for seed in (0, 1, 2**64 - 1):
        dyads = np.array([0, 5, 2**32 - 1, 7 | 3 << 32], dtype=np.uint64)
        events = np.array([0, 1, 13, 2**40], dtype=np.uint64)[:, None]
        alone = [[uniform(np.uint64(seed), d, np.uint64(4), e) for d in dyads] for e in events[:, 0]]
        assert uniforms(np.uint64(seed), dyads, np.uint64(4), events).tolist() == alone


def test_one_wrong_number_of_an_array_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(np.array([0.5, 1.0]))
    with pytest.raises(ValueError, match="above 0"):
        power(np.array([2.0, math.nan]), 2.0)


def test_totals_add_in_their_order():
    assert total([1e16, 1.0, -1e16]) == 0.0  # `sum` of Python 3.12 says 1
    assert total([]) == 0.0
    assert mean(iter([1.0, 2.0, 6.0])) == 3.0


# Where they are used ------------------------------------------------------------------------------------------------


def test_the_cholesky_factor_gives_the_correlations_back():
    population = shipped_population()
    found = population.cholesky
    np.testing.assert_allclose(found @ found.T, population.matrix, atol=1e-15)
    np.testing.assert_allclose(found, np.linalg.cholesky(population.matrix), atol=1e-15)


@pytest.mark.parametrize("sex", ["girl", "boy"])
def test_weights_lie_on_the_lines_between_the_nodes_of_the_standard(sex):
    nodes = who_lms(sex)
    for day in (0.0, 0.25, 3.0, 7.0, 30.4, 100.0, 365.0, 729.9, nodes[-1, 0], 5000.0):
        exponent, median, spread = (float(np.interp(day, nodes[:, 0], nodes[:, i])) for i in (1, 2, 3))
        for z in (-2.5, 0.0, 1.3):
            kg = median * (1.0 + exponent * spread * z) ** (1.0 / exponent)
            assert weight_at(z, sex, day) == pytest.approx(kg, rel=1e-13)
            assert z_score(weight_at(z, sex, day), sex, day) == pytest.approx(z, abs=1e-12)


def level_by_matrix_exponential(plasma, secreted_pg, bin_s):
    """Return the level with exp(A t) of mpmath, the input as a third state that stays."""
    out, back = (plasma.clearance + plasma.exchange) / plasma.plasma_volume, plasma.exchange / plasma.plasma_volume
    into = plasma.exchange / plasma.tissue_volume
    rows = [[-out, back, 1.0 / plasma.plasma_volume], [into, -into, 0.0], [0.0, 0.0, 0.0]]
    step = mpmath.expm(mpmath.matrix(rows) * bin_s)
    c = e = mpmath.mpf(plasma.basal_secretion) / plasma.clearance
    levels = []
    for amount in secreted_pg:
        added = max(amount / bin_s * plasma.gland, -plasma.basal_secretion) + plasma.basal_secretion
        now = step * mpmath.matrix([c, e, added])
        c, e = now[0], now[1]
        levels.append(float(c))
    return levels


@pytest.mark.parametrize("plasma", [rat_plasma(), human_plasma()], ids=["rat", "woman"])
@pytest.mark.parametrize("bin_s", [0.1, 60.0, 3600.0])
def test_the_blood_follows_the_exponential_of_its_matrix(plasma, bin_s):
    secreted = np.array([0.0, 5.0, 120.0, 0.0, 0.0, 3.0] * 5)
    with mpmath.workprec(120):
        exact = level_by_matrix_exponential(plasma, secreted.tolist(), bin_s)
    np.testing.assert_allclose(plasma.level(secreted, bin_s), exact, rtol=1e-12, atol=1e-15)


@given(clearance=st.floats(0.01, 10.0), exchange=st.floats(0.0, 10.0), bin_s=st.floats(0.01, 1000.0))
def test_a_lasting_secretion_brings_the_level_where_clearance_takes_as_much(clearance, exchange, bin_s):
    assume(clearance * bin_s > 1e-3)
    plasma = TwoCompartments("made up", clearance, exchange, 8.5, 9.75, basal_secretion=2.0)
    np.testing.assert_allclose(plasma.level(np.zeros(50), bin_s), 2.0 / clearance, rtol=1e-11)
