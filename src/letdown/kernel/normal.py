"""The standard normal number below which a share of all lies [Wichura1988].

AS 241, PPND16, with q = p - 1/2: a ratio of polynomials of degree 7 in q^2 for |q| <= 0.425, else in
sqrt(-log min(p, 1 - p)).
The same bits on every machine: arithmetic, square root and the kernel's logarithm.

Context of use: the personal traits, drawn from uniform numbers.
"""

from typing import Any

import numpy as np

from letdown.kernel.elementary import log, select, sqrt

__all__ = ["normal_quantile"]

_MIDDLE = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)  # fmt: skip
_OUTER = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip
"""Factors of numerator and denominator, from the highest power."""


def _ratio(factors: tuple[tuple[float, ...], tuple[float, ...]], r: Any) -> Any:
    above = below = 0.0
    for a, b in zip(*factors, strict=True):
        above, below = above * r + a, below * r + b
    return above / below


def normal_quantile(p: Any) -> Any:
    """Return the z below which the share p of a standard normal distribution lies, to about 1 part in 10^16.

    Parameters
    ----------
    p : float or array
        Shares, dimensionless; an array has the bits of its numbers one by one.

    Raises
    ------
    ValueError
        If p does not lie between 0 and 1.
    """
    if not np.all((p > 0.0) & (p < 1.0)):
        raise ValueError(f"A share between 0 and 1 is needed; {p!r} was given.")
    q = p - 0.5
    r = sqrt(-log(select(q < 0.0, p, 1.0 - p)))
    middle = q * _ratio(_MIDDLE, 0.180625 - q * q)
    z = select(r <= 5.0, _ratio(_OUTER, r - 1.6), _ratio(_TAIL, r - 5.0))
    return select(abs(q) <= 0.425, middle, select(q < 0.0, -z, z))
