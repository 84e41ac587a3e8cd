"""A number with its slope: what an equation gives, and how fast that changes with one of its arguments.

Called with `Dual(x, 1.0)` for one argument, an equation of smooth operations hands back its value and its
derivative by that argument, exact to rounding; nothing has to be derived by hand. Values and slopes are floats,
arrays or expressions.
"""

from typing import Any

__all__ = ["Dual"]


class Dual:
    """`value` and `slope`, its derivative; a plain number has slope 0."""

    __slots__ = ("slope", "value")

    def __init__(self, value: Any, slope: Any = 0.0) -> None:
        self.value = value
        self.slope = slope

    @staticmethod
    def of(x: Any) -> "Dual":
        """Return x itself, or a plain number with slope 0."""
        return x if isinstance(x, Dual) else Dual(x)

    def __add__(self, other: Any) -> "Dual":
        """Return self + other."""
        b = Dual.of(other)
        return Dual(self.value + b.value, self.slope + b.slope)

    __radd__ = __add__

    def __sub__(self, other: Any) -> "Dual":
        """Return self - other."""
        b = Dual.of(other)
        return Dual(self.value - b.value, self.slope - b.slope)

    def __rsub__(self, other: Any) -> "Dual":
        """Return other - self."""
        return Dual.of(other) - self

    def __mul__(self, other: Any) -> "Dual":
        """Return self * other."""
        b = Dual.of(other)
        return Dual(self.value * b.value, self.slope * b.value + self.value * b.slope)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Dual":
        """Return self / other."""
        b = Dual.of(other)
        ratio = self.value / b.value
        return Dual(ratio, (self.slope - ratio * b.slope) / b.value)

    def __rtruediv__(self, other: Any) -> "Dual":
        """Return other / self."""
        return Dual.of(other) / self

    def __neg__(self) -> "Dual":
        """Return -self."""
        return Dual(-self.value, -self.slope)

    def __gt__(self, other: Any) -> Any:
        """Compare the values."""
        return self.value > Dual.of(other).value

    def __lt__(self, other: Any) -> Any:
        """Compare the values."""
        return self.value < Dual.of(other).value
