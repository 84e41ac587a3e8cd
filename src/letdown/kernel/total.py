"""Sums in one order.

A library may add in another order (numpy pairwise and by vectors), and Python's own `sum` compensates rounding from
version 3.12 on: both change the last bit.

Context of use: every sum and mean that decides a result.
"""

from collections.abc import Iterable

__all__ = ["mean", "total"]


def total(values: Iterable[float]) -> float:
    """Return the sum of numbers, added one after the other from 0."""
    result = 0.0
    for value in values:
        result = result + value
    return result


def mean(values: Iterable[float]) -> float:
    """Return the mean of numbers: `total` over how many they are; they must be one at least."""
    listed = list(values)
    return total(listed) / len(listed)
