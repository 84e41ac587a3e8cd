"""A power of a positive number, the same bits on every machine.

    x^y = exp(h) (1 + l) ,   h + l = y log x in two parts

An error of log x counts y log x times in the power, so the logarithm is carried in two float64, good to about 2^-64:
the series of log m = 2 artanh((m - 1) / (m + 1)) with its first two terms in two parts. Sums and products in two parts
are those of [Dekker1971], without a fused multiply-add, which not every machine has.

Context of use: the few powers with a broken exponent that decide a result: z-scores of weight, loadings of traits.
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from letdown.kernel.elementary import bits_of64, exp, float_of64

__all__ = ["power"]

_SPLITTER = 134217729.0
"""2^27 + 1: halves the bits of a float64."""

_MIDDLE = 4604544271217802189
"""Bits of sqrt(1/2), as in the kernel's `log`."""

_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
"""ln 2 in two parts; the first has 32 bits, so that a product with an exponent is exact."""

_THIRD_LOW = 1.850371707708594e-17
"""1/3 less its float64."""

_TAIL = tuple(1.0 / n for n in range(29, 4, -2))
"""Factors of s^(n - 1) of artanh(s) / s, from the last; for s below 0.1716 what is left out is below 2^-80."""

X = TypeVar("X", float, NDArray[np.float64])

Pair = tuple[Any, Any]
"""Floats, or arrays of them."""


def _sum(a: Any, b: Any) -> Pair:
    """Return a + b and its rounding error."""
    s = a + b
    of_b = s - a
    return s, (a - (s - of_b)) + (b - of_b)


def _product(a: Any, b: Any) -> Pair:
    """Return a b and its rounding error; both below 2^996."""
    p = a * b
    t = _SPLITTER * a
    a1 = t - (t - a)
    a2 = a - a1
    t = _SPLITTER * b
    b1 = t - (t - b)
    b2 = b - b1
    return p, ((a1 * b1 - p) + a1 * b2 + a2 * b1) + a2 * b2


def _pair_product(a: Pair, b: Pair) -> Pair:
    p, rest = _product(a[0], b[0])
    return _sum(p, rest + (a[0] * b[1] + a[1] * b[0]))


def _log_in_two_parts(x: Any) -> Pair:
    """Return log x as a float64 and what it lacks; x a normal number above 0."""
    bits = bits_of64(x)
    k = (bits - _MIDDLE) >> 52
    f = float_of64(bits - (k << 52)) - 1.0
    below, below_rest = _sum(2.0, f)
    s = f / below
    p, p_rest = _product(s, below)
    ratio = _sum(s, (((f - p) - p_rest) - s * below_rest) / below)
    square = _pair_product(ratio, ratio)
    tail = 0.0
    for factor in _TAIL:
        tail = tail * square[0] + factor
    cubic, cubic_rest = _pair_product(square, (1.0 / 3.0, _THIRD_LOW))
    more, more_rest = _sum(cubic, square[0] * square[0] * tail)
    factor_of_ratio = _sum(1.0, more)
    series = _pair_product(ratio, (factor_of_ratio[0], factor_of_ratio[1] + more_rest + cubic_rest))
    high, rest = _sum(k * _LN2_HIGH, 2.0 * series[0])
    return _sum(high, rest + (k * _LN2_LOW + 2.0 * series[1]))


def power(x: X, y: float) -> X:
    """Return x to the power y, dimensionless, to 2 units in the last place.

    Parameters
    ----------
    x : float or array
        Normal numbers above 0; an array has the bits of its numbers one by one.
    y : float
        The exponent; y log x is held within [-700, 700].

    Raises
    ------
    ValueError
        If x is not above 0.
    """
    if not np.all(x > 0.0):
        raise ValueError(f"power takes numbers above 0; {x!r} was given.")
    high, low = _log_in_two_parts(x)
    h, rest = _product(high, y)
    e: Any = exp(h)
    result: X = e + e * (rest + low * y)
    return result
