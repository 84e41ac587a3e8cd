"""Elementary functions: exp, log, cos, sqrt, and the smooth switches built from them.

A call into the maths library keeps a lane loop scalar (measured: 51 against 14 ns per dyad-step), and two libraries
differ in the last bit. So `exp`, `log` and `cos` are polynomials after a range reduction, of additions, products and
exact conversions only: the same bits as plain Python, on every processor and in WebAssembly. The coefficients are
interpolated at Chebyshev points with 60 digits. Tests hold the error to 2 units in the last place (of 1 for `cos`).
"""

import math
import struct
import types
from typing import Any

import numpy as np

from letdown.kernel.dual import Dual
from letdown.kernel.equation import Elementary, equation, slope_of

__all__ = [
    "cos",
    "exp",
    "fraction",
    "hill2",
    "log",
    "logistic",
    "maximum",
    "minimum",
    "positive_part",
    "rising_part",
    "select",
    "smooth_minimum",
    "sqrt",
]


int32: Any = int
float64: Any = float
"""Casts of the functions below: Python's own here, those of the machine when compiled."""


def held(x: Any, low: Any, high: Any) -> Any:
    """Return x held within [low, high]; `low` for what is not a number."""
    x = x if x > low else low
    return x if x < high else high


def two_to_the64(i: Any) -> float:
    """Return 2^(i - 1024); a shift into the exponent bits when compiled."""
    return math.ldexp(1.0, i - 1024)


def two_to_the32(i: Any) -> float:
    """Return 2^(i - 128); float32 form of `two_to_the64`."""
    return math.ldexp(1.0, i - 128)


def bits_of64(x: Any) -> Any:
    """Return the 64 bits of a float64, or of each in an array, as a signed integer."""
    if isinstance(x, np.ndarray):
        return x.view(np.int64)
    return struct.unpack("<q", struct.pack("<d", x))[0]


def float_of64(bits: Any) -> Any:
    """Return the float64 of these 64 bits, or of each in an array."""
    if isinstance(bits, np.ndarray):
        return bits.view(np.float64)
    return struct.unpack("<d", struct.pack("<q", bits))[0]


def _exp64(x: Any) -> Any:
    """Exp by 2^n times a polynomial on [-ln2/2, ln2/2] of degree 11; ln 2 in two halves, the first of 32 bits."""
    x = held(x, -700.0, 700.0)
    i = int32(x * 1.4426950408889634 + 1024.5)  # a cast truncates; a shift above zero makes it round
    n = float64(int32(i - 1024))
    r = x - n * 0.6931471803691238
    r = r - n * 1.9082149292705877e-10
    p = 2.510038549551032e-08
    p = p * r + 2.7620088445409746e-07
    p = p * r + 2.7557268459997064e-06
    p = p * r + 2.4801521295954376e-05
    p = p * r + 0.00019841269863053618
    p = p * r + 0.0013888888917213717
    p = p * r + 0.008333333333330062
    p = p * r + 0.04166666666662413
    p = p * r + 0.16666666666666669
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return p * two_to_the64(i)


def _exp32(x: Any) -> Any:
    """float32 form of `_exp64`, degree 6."""
    x = held(x, np.float32(-87.0), np.float32(87.0))
    i = int32(x * np.float32(1.4426950408889634) + np.float32(128.5))
    n = np.float32(int32(i - 128))
    r = x - n * np.float32(0.693359375)
    r = r + n * np.float32(2.12194440e-4)
    p = np.float32(0.0013926184037700295)
    p = p * r + np.float32(0.008363178931176662)
    p = p * r + np.float32(0.041666556149721146)
    p = p * r + np.float32(0.16666576266288757)
    p = p * r + np.float32(0.5)
    p = p * r + np.float32(1.0)
    p = p * r + np.float32(1.0)
    return p * two_to_the32(i)


def _log64(x: Any) -> Any:
    """Log of a normal x > 0 as k ln 2 + log m, m in [sqrt(1/2), sqrt 2), in the grouping of fdlibm's e_log.c."""
    bits = bits_of64(x)
    k = (bits - 4604544271217802189) >> 52
    f = float_of64(bits - (k << 52)) - 1.0
    n = float64(k)
    s = f / (f + 2.0)
    z = s * s
    p = 0.14616585424888623
    p = p * z + 0.15331710618210773
    p = p * z + 0.18182889455674947
    p = p * z + 0.22222211130259878
    p = p * z + 0.2857142862600327
    p = p * z + 0.39999999999899444
    p = p * z + 0.666666666666667
    half = 0.5 * f * f
    return n * 0.6931471803691238 - ((half - (s * (half + z * p) + n * 1.9082149292705877e-10)) - f)


def _cos64(x: Any) -> Any:
    """Cos as the sine of pi/2 - |y|, y in [-pi, pi] after whole turns are taken off; for |x| below 1000."""
    turns = float64(int32(int32(x * 0.15915494309189535 + 1024.5) - 1024))
    y = x - turns * 6.2831853069365025
    y = y - turns * 2.4308402025215864e-10
    t = 1.5707963267948966 - abs(y)
    t = t + 6.123233995736766e-17
    z = t * t
    p = 2.7314368769379893e-15
    p = p * z - 7.643969663988074e-13
    p = p * z + 1.6058977292642743e-10
    p = p * z - 2.505210761669045e-08
    p = p * z + 2.7557319219160833e-06
    p = p * z - 0.00019841269841254966
    p = p * z + 0.008333333333333316
    p = p * z - 0.16666666666666666
    return t + t * z * p


def _cos32(x: Any) -> Any:
    """float32 form of `_cos64`."""
    turns = np.float32(int32(int32(x * np.float32(0.15915494309189535) + np.float32(1024.5)) - 1024))
    y = x - turns * np.float32(6.28125)
    y = y - turns * np.float32(0.0019350051879882812)
    y = y - turns * np.float32(3.019915981956753e-07)
    t = np.float32(1.5707963267948966) - abs(y)
    z = t * t
    p = np.float32(2.634744532770128e-06)
    p = p * z - np.float32(0.00019822735339403152)
    p = p * z + np.float32(0.008333242498338223)
    p = p * z - np.float32(0.1666666567325592)
    return t + t * z * p


_OF_ARRAYS: dict[str, Any] = {
    "int32": lambda x: x.astype(np.int64),
    "float64": lambda x: x.astype(np.float64),
    "held": lambda x, low, high: np.clip(np.where(np.isnan(x), low, x), low, high),
    "abs": np.abs,
    "two_to_the64": lambda i: np.ldexp(1.0, i - 1024),
}


def _float64_form(function: Any) -> Any:
    """Return a function of floats and arrays that gives the bits of one of the float64 functions above."""
    of_array = types.FunctionType(function.__code__, {**globals(), **_OF_ARRAYS})

    def either(x: Any) -> Any:
        if isinstance(x, int | float):
            return function(float(x))
        return of_array(np.ascontiguousarray(np.atleast_1d(x), dtype=np.float64)).reshape(np.shape(x))[()]

    return either


_FORMS: dict[str, Any] = {"exp": _float64_form(_exp64), "log": _float64_form(_log64), "cos": _float64_form(_cos64)}


def _number_like(x: Any, name: str) -> Any:
    """Apply the function called `name` to a float, a pint quantity, an array or a SymPy expression."""
    if hasattr(x, "free_symbols"):
        import sympy

        return getattr(sympy, name)(x)
    if hasattr(x, "m_as"):
        x = x.m_as("dimensionless")
    return _FORMS[name](x)


def _python_exp(x: Any) -> Any:
    """Return e to the power x, x held within [-700, 700]."""
    return _number_like(x, "exp")


def _python_log(x: Any) -> Any:
    """Return the natural logarithm of x, a normal number above 0."""
    return _number_like(x, "log")


def _python_cos(x: Any) -> Any:
    """Return the cosine of x, radians, |x| below 1000."""
    return _number_like(x, "cos")


def _python_sqrt(x: Any) -> Any:
    """Return the square root of x."""
    if isinstance(x, int | float):
        return math.sqrt(x)
    return np.sqrt(x) if isinstance(x, np.ndarray) else x**0.5


def _python_fraction(x: Any) -> Any:
    """Return the fractional part of x >= 0."""
    if hasattr(x, "free_symbols"):
        import sympy

        return x - sympy.floor(x)
    if isinstance(x, int | float):
        return x - math.floor(x)
    return x - np.floor(x)


def _python_select(condition: Any, yes: Any, no: Any) -> Any:
    """Return `yes` where the condition holds, else `no`."""
    if hasattr(condition, "free_symbols") and not isinstance(condition, bool):
        import sympy

        return sympy.Piecewise((yes, condition), (no, True))
    if isinstance(condition, np.ndarray):
        return np.where(condition, yes, no)
    return yes if condition else no


def _python_maximum(a: Any, b: Any) -> Any:
    """Return the larger of two numbers."""
    if hasattr(a, "free_symbols") or hasattr(b, "free_symbols"):
        import sympy

        return sympy.Max(a, b)
    return _python_select(a > b, a, b)


def _python_minimum(a: Any, b: Any) -> Any:
    """Return the smaller of two numbers."""
    if hasattr(a, "free_symbols") or hasattr(b, "free_symbols"):
        import sympy

        return sympy.Min(a, b)
    return _python_select(a < b, a, b)


def _compiled_sqrt(x: float) -> float:
    return math.sqrt(x)


def _compiled_fraction64(x: Any) -> Any:
    return x - np.float64(np.int32(x))


def _compiled_fraction32(x: Any) -> Any:
    return x - np.float32(np.int32(x))


def _compiled_select(condition: bool, yes: float, no: float) -> float:
    return yes if condition else no


def _compiled_maximum(a: float, b: float) -> float:
    return a if a > b else b


def _compiled_minimum(a: float, b: float) -> float:
    return a if a < b else b


def _slope_of_exp(x: Dual) -> Any:
    return exp(x.value) * x.slope


def _slope_of_log(x: Dual) -> Any:
    return x.slope / x.value


exp = Elementary(_python_exp, {"float64": _exp64, "float32": _exp32}, slope=_slope_of_exp)
log = Elementary(_python_log, {"float64": _log64, "float32": _log64}, slope=_slope_of_log)
cos = Elementary(_python_cos, {"float64": _cos64, "float32": _cos32})
sqrt = Elementary(_python_sqrt, {"float64": _compiled_sqrt, "float32": _compiled_sqrt})
fraction = Elementary(_python_fraction, {"float64": _compiled_fraction64, "float32": _compiled_fraction32})
select = Elementary(_python_select, {"float64": _compiled_select, "float32": _compiled_select})


def _slope_of_maximum(a: Dual, b: Dual) -> Any:
    return select(a.value > b.value, a.slope, b.slope)


def _slope_of_minimum(a: Dual, b: Dual) -> Any:
    return select(a.value < b.value, a.slope, b.slope)


maximum = Elementary(
    _python_maximum, {"float64": _compiled_maximum, "float32": _compiled_maximum}, slope=_slope_of_maximum
)
minimum = Elementary(
    _python_minimum, {"float64": _compiled_minimum, "float32": _compiled_minimum}, slope=_slope_of_minimum
)


@equation
def logistic(x: float) -> float:
    """Return 1 / (1 + exp(-x)): a smooth switch from 0 to 1."""
    return 1.0 / (1.0 + exp(-x))


@equation
def hill2(x: float, half: float) -> float:
    """Return x^2 / (x^2 + half^2): a saturating response of exponent 2."""
    return x * x / (x * x + half * half)


@equation
def positive_part(x: float, width: float) -> float:
    """Return max(x, 0) with a parabola for |x| < width: exactly 0 below, exactly x above, slope continuous."""
    above = maximum(x + width, 0.0 * width)
    bent = minimum(above, 2.0 * width)
    return bent * bent / (4.0 * width) + (above - bent)


@slope_of(positive_part)
def _slope_of_positive_part(x: Dual, width: Dual) -> Any:
    """Return the derivative: 0, a straight line for |x| < width, then 1."""
    if not (isinstance(width.slope, float) and width.slope == 0.0):
        raise TypeError("The width of positive_part is no variable; derive it by its first argument.")
    x, width, slope = x.value, width.value, x.slope
    return minimum(maximum(x + width, 0.0 * width), 2.0 * width) / (2.0 * width) * slope


@equation
def rising_part(x: float, width: float) -> float:
    """Return 0 for x <= 0, a parabola up to 2 width, then x - width: a threshold that never acts below itself."""
    return positive_part(x - width, width)


@equation
def smooth_minimum(a: float, b: float, width: float) -> float:
    """Return min(a, b) rounded over `width`."""
    return b - positive_part(b - a, width)
