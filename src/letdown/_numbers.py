"""Numbers as callers give them: whatever Python, NumPy or a data frame calls a number becomes a plain one."""

import operator
from collections.abc import Mapping
from typing import Any

from letdown._errors import ScenarioError
from letdown._units import shown

__all__ = ["LAST_DYAD", "LAST_SEED", "plain", "whole_number"]

LAST_SEED, LAST_DYAD = 2**64 - 1, 2**32 - 1
"""The random numbers of a run are keyed by 64 bits of the seed and 32 of the dyad."""

DEEPEST = 32
"""Tables and lists nested deeper than any scenario are left as they are; whoever reads them refuses them."""


def whole_number(name: str, value: Any, low: int, high: int) -> int:
    """Return a value as a Python integer: whatever has `__index__` is one, a truth value is not.

    Raises
    ------
    ScenarioError
        If it is not an integer from `low` to `high`.
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        raise ScenarioError(f"{name} must be an integer from {low} to {high}; got {shown(plain(value))}.")
    return number


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value with NumPy's scalars and arrays as plain numbers, texts and lists, wherever they stand in it."""
    if depth > DEEPEST:
        return value
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return plain(value.tolist(), depth + 1)
    if isinstance(value, Mapping):
        return {plain(key, depth + 1): plain(part, depth + 1) for key, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(plain(part, depth + 1) for part in value)
    return value
