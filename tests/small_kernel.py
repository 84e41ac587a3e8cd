"""A program of two functions, for tests of the compiler and its cache."""

from letdown.compiler.interface import Reals
from letdown.compiler.kernel import Kernel
from letdown.compiler.program import Program, printed
from letdown.kernel.elementary import exp

__all__ = ["kernel", "program", "summed"]


def part(x: Reals) -> float:
    """Return the sum of exp(-x) x."""
    total = 0.0
    for i in range(x.size):
        total += exp(-x[i]) * x[i]
    return total


def summed(x: Reals, out: Reals) -> None:
    """Write the sum over all, and over all but the first."""
    out[0] = part(x)
    out[1] = part(x[1:])


def program() -> Program:
    """Return the program."""
    return printed("small kernel", "float64", [summed], {})


def kernel() -> Kernel:
    """Return the program, ready to be called."""
    return Kernel(program())
