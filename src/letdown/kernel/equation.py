"""`@equation`: a pure function of floats that is both readable Python and, later, machine code.

An equation is called as plain Python. It accepts floats, pint quantities (the dimensional check) and SymPy
symbols (the documentation's formulas), because it holds only arithmetic, calls to other equations and the
kernel's elementary functions. For the same reason the engine can call it with `Expression`s and write what it
does into the lane loops, with every literal in the precision of the run; nothing here imports numba.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, ParamSpec, TypeVar

from letdown.kernel.dual import Dual
from letdown.kernel.expression import Expression

__all__ = ["Elementary", "Equation", "equation", "slope_of"]

P = ParamSpec("P")
R = TypeVar("R")


class Equation:
    """A pure function with its text kept for compilation; made by `equation`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.slope: Callable[..., Any] | None = None
        update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Evaluate as plain Python; on duals with the slope that `slope_of` gave, if any."""
        if self.slope and any(isinstance(a, Dual) for a in (*args, *kwargs.values())):
            if kwargs:
                raise TypeError(f"{self.function.__name__} knows its slope by position; give no argument by name.")
            duals = [Dual.of(a) for a in args]
            return Dual(self.function(*(a.value for a in duals)), self.slope(*duals))
        return self.function(*args, **kwargs)


class Elementary:
    """An elementary function: a Python form for any number-like argument and one compiled form per precision."""

    def __init__(
        self,
        python: Callable[..., Any],
        compiled: dict[str, Callable[..., Any]],
        slope: Callable[..., Any] | None = None,
    ) -> None:
        self.python = python
        self.compiled = compiled
        self.slope = slope  # the derivative, from the arguments as `Dual`s
        update_wrapper(self, python)

    def __call__(self, *args: Any) -> float:
        """Evaluate as plain Python; on expressions, note the operation in their graph; on duals, derive too."""
        for argument in args:
            if isinstance(argument, Dual):
                return self._derived(args)  # type: ignore[return-value]
        for argument in args:
            if isinstance(argument, Expression):
                noted: float = argument.graph.call(self, args)
                return noted
        result: float = self.python(*args)
        return result

    def _derived(self, args: tuple[Any, ...]) -> Dual:
        if self.slope is None:
            raise TypeError(f"{self.python.__name__} has no slope; derive an equation without it.")
        duals = [Dual.of(a) for a in args]
        return Dual(self(*(a.value for a in duals)), self.slope(*duals))


def equation(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a pure function of floats and NamedTuples as an equation of the model.

    Inside it: arithmetic, other equations, the kernel's elementary functions. No `if`, no loop, no `math`.
    """
    wrapped: Any = Equation(function)
    return wrapped  # type: ignore[no-any-return]


def slope_of(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a function of `Dual`s as the derivative of an equation: cheaper than what its operations would give."""

    def mark(slope: Callable[..., Any]) -> Callable[..., Any]:
        assert isinstance(function, Equation)
        function.slope = slope
        return slope

    return mark
