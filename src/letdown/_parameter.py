"""Numbers with their unit, range, source and species beside them.

    class PlasmaParameters(Parameters):
        '''Constants of oxytocin kinetics in plasma.'''

        clearance: float = par(21.7, "mL/s", low=15, high=30, cite="Thornton1990", species="human",
                               evidence="measured", note="1.3-1.4 L/min, 8-10 weeks post partum")

turns into a NamedTuple whose defaults are the values; `specifications(PlasmaParameters)` gives the rest.
"""

import math
from collections import namedtuple
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, TypeVar, cast, dataclass_transform

from letdown._errors import ParameterError

__all__ = ["Evidence", "Parameters", "Species", "Specification", "par", "reference", "specifications"]

Evidence = Literal["measured", "derived", "fitted", "model", "assumption"]
"""measured in the cited study; derived from it; fitted to targets; taken from a published model; assumed."""

Species = Literal["human", "rat", "mouse", "other", "none"]


@dataclass(frozen=True, slots=True)
class Specification:
    """One number and where it comes from."""

    value: float
    unit: str
    low: float
    high: float
    cite: str | None
    species: Species
    evidence: Evidence
    note: str

    def check(self, name: str, value: float) -> float:
        """Return `value` if it lies in the range; otherwise raise ParameterError."""
        if not (math.isfinite(value) and self.low <= value <= self.high):
            source = f"source of the range: {self.cite}" if self.cite else "the range is an assumption"
            unit = "" if self.unit == "1" else f" {self.unit}"
            raise ParameterError(
                f"{name} = {value:g}{unit} is outside [{self.low:g}, {self.high:g}] ({source}); give a value inside it."
            )
        return value


def par(
    value: float,
    unit: str,
    *,
    low: float,
    high: float,
    cite: str | None = None,
    species: Species = "none",
    evidence: Evidence = "assumption",
    note: str = "",
) -> Any:
    """Declare a parameter: its value, unit ("1" if none), range and source.

    Raises
    ------
    ParameterError
        If the value lies outside its own range, or has neither a source nor `evidence="assumption"`
        or `"fitted"`.
    """
    if not low <= value <= high:
        raise ParameterError(f"A default of {value:g} lies outside its range [{low:g}, {high:g}]; widen the range.")
    if cite is None and evidence not in ("assumption", "fitted"):
        raise ParameterError(f"A {evidence} value of {value:g} has no cite key; name its source in references.bib.")
    return Specification(value, unit, low, high, cite, species, evidence, note)


@dataclass_transform(frozen_default=True, field_specifiers=(par,))
class _ParametersType(type):
    """Builds a NamedTuple class out of a body of `name: float = par(...)` lines."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(mcls, name, bases, namespace)
        specs = {key: value for key, value in namespace.items() if isinstance(value, Specification)}
        fields = namedtuple(name, list(specs), defaults=[s.value for s in specs.values()])  # type: ignore[misc]
        fields.__module__ = namespace["__module__"]
        fields.__doc__ = namespace.get("__doc__")
        fields.specifications = specs  # type: ignore[attr-defined]
        return fields


class Parameters(metaclass=_ParametersType):
    """Base of every organ's parameter class; a subclass is a NamedTuple of floats."""

    specifications: ClassVar[Mapping[str, Specification]]
    _fields: ClassVar[tuple[str, ...]]

    def _replace(self, **changes: float) -> Self:  # the NamedTuple's own method; here for type checkers
        raise TypeError("Parameters itself holds no values; use an organ's parameter class.")


P = TypeVar("P", bound=Parameters)


def reference(kind: type[P]) -> P:
    """Return the reference values of a parameter class."""
    make: Any = kind  # type checkers see fields without default
    return cast("P", make())


def specifications(parameters: Any) -> Mapping[str, Specification]:
    """Return the specifications of a parameter class or of one of its values."""
    return cast("Mapping[str, Specification]", parameters.specifications)
