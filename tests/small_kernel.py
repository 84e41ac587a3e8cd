"""A generated module of two lines, which the child that compiles imports too."""

import os
import sys
from typing import Any

import numpy as np

from letdown._machine_code import import_generated

__all__ = ["NAME", "load"]

NAME = "letdown_small_kernel"

_TEXT = """
from numba import njit


@njit
def part(x):
    total = 0.0
    for i in range(x.size):
        total += np.sin(x[i]) * x[i]
    return total


@njit
def summed(x):
    return part(x) + part(x[1:])
"""


def load() -> Any:
    """Return the module; what tells a test that it was compiled, and where, is said on standard error by the child."""
    if NAME not in sys.modules:
        if "SMALL_KERNEL_LOG" in os.environ:
            with open(os.environ["SMALL_KERNEL_LOG"], "a", encoding="utf-8") as log:
                log.write(f"{os.getpid()}\n")
        import_generated(NAME, _TEXT, {"np": np})
    return sys.modules[NAME]
