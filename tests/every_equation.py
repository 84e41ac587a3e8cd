"""Every equation of the body, found by looking, and arguments made for it: floats, arrays, quantities, symbols.

A new organ is found as soon as its file lies in `letdown.body`. Units come from what the organ says itself:
`Annotated[float, "mL"]` in states and arguments, `par(value, "mL", ...)` in parameters.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, get_type_hints

import pint

import letdown.body
from letdown._parameter import specifications
from letdown.kernel.equation import Equation

Number = Callable[[str, str], Any]
"""From the dotted path of a number and its unit to the number."""


def equations() -> dict[str, Equation]:
    """Return "organ.equation" -> equation."""
    found = {}
    for module in pkgutil.walk_packages(letdown.body.__path__, "letdown.body."):
        organ = importlib.import_module(module.name)
        for name, value in vars(organ).items():
            if isinstance(value, Equation) and value.__module__ == organ.__name__:
                found[f"{module.name.removeprefix('letdown.body.')}.{name}"] = value
    return found


def is_record(kind: Any) -> bool:
    return isinstance(kind, type) and hasattr(kind, "_fields")


def fields(kind: type) -> dict[str, Any]:
    """Return field -> unit or record class, of a state or of a parameter class."""
    if hasattr(kind, "specifications"):
        return {name: known.unit for name, known in specifications(kind).items()}
    return {name: unit_or_record(hint) for name, hint in get_type_hints(kind, include_extras=True).items()}


def unit_or_record(hint: Any) -> Any:
    """Return the unit of an annotation, its record class, or None for a float without a unit."""
    if is_record(hint):
        return hint
    return hint.__metadata__[0] if hasattr(hint, "__metadata__") else None


def arguments(equation: Equation) -> dict[str, Any]:
    """Return argument -> unit, record class or None."""
    hints = get_type_hints(equation.function, include_extras=True)
    return {name: unit_or_record(hints[name]) for name in inspect.signature(equation.function).parameters}


def result_of(equation: Equation) -> Any:
    """Return the record class that an equation returns, or None for a number."""
    return unit_or_record(get_type_hints(equation.function, include_extras=True)["return"])


def made(kind: Any, number: Number, path: str = "") -> Any:
    """Return a value of a unit or of a record class, each number made by `number`."""
    if is_record(kind):
        return kind(*(made(inner, number, f"{path}.{name}") for name, inner in fields(kind).items()))
    return number(path, kind)


def evaluated(equation: Equation, number: Number) -> Any:
    """Return what an equation gives for made-up arguments."""
    return equation(*(made(kind, number, name) for name, kind in arguments(equation).items()))


def numbers(value: Any, kind: Any, path: str = "") -> Iterator[tuple[str, str | None, Any]]:
    """Yield (path, unit, number) of a result; unit None where the annotation names none."""
    if is_record(kind):
        for (name, inner), part in zip(fields(kind).items(), value, strict=True):
            yield from numbers(part, inner, f"{path}.{name}" if path else name)
    else:
        yield path, kind, value


@cache
def pint_registry() -> pint.UnitRegistry:
    """Return pint's own list of units: an independent check of the spellings used."""
    return pint.UnitRegistry()


def unit_of(text: str) -> pint.Unit:
    """Return a pint unit; "1" is a pure number."""
    return pint_registry().parse_units("" if text == "1" else text)


def quantity(number: float, unit: str) -> Any:
    """Return a pint quantity."""
    return pint_registry().Quantity(number, unit_of(unit))
