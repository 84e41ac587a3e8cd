"""Where each number of a dyad lies in a tile's flat buffer: field i of lane l at B[i * W + l].

One flat buffer with a constant lane count is what lets the compiler vectorise across dyads.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import count
from operator import attrgetter
from typing import Annotated, Any, NamedTuple, get_type_hints

from letdown.body.body import BodyParameters, Dyad, Flows, Moments
from letdown.body.breast import Breast, Working
from letdown.body.surroundings import Surroundings

__all__ = [
    "Tile",
    "Watch",
    "field_index",
    "field_names",
    "is_record",
    "leaves",
    "numbers",
    "record_reader",
    "record_type",
    "view",
]


class Watch(NamedTuple):
    """What the engine asks of each tick: above 0 if any event happened; the peak of oxytocin, and its tick."""

    happened: Annotated[float, "1"]
    oxytocin_peak: Annotated[float, "pg/mL"]
    oxytocin_peak_tick: Annotated[float, "1"]


class Tile(NamedTuple):
    """Everything the engine keeps of one dyad."""

    dyad: Dyad
    moments: Moments
    left: Breast
    right: Breast
    working_left: Working
    working_right: Working
    flows: Flows
    surroundings: Surroundings
    parameters: BodyParameters
    watch: Watch


def is_record(kind: Any) -> bool:
    """Return whether `kind` is a NamedTuple class."""
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


@cache
def record_type(kind: type) -> dict[str, Any]:
    """Return field -> type of a NamedTuple class; parameter classes hold floats only."""
    hints = get_type_hints(kind, include_extras=False)
    return {name: hints.get(name, float) for name in kind._fields}  # type: ignore[attr-defined]


def record_classes(kind: type) -> dict[str, type]:
    """Return a record class and those nested in it by name, for the globals of generated text."""
    classes = {kind.__name__: kind}
    for inner in record_type(kind).values():
        if is_record(inner):
            classes |= record_classes(inner)
    return classes


def leaves(kind: type, path: str = "") -> Iterator[str]:
    """Yield the dotted path of every number of a nested record."""
    for name, inner in record_type(kind).items():
        here = f"{path}.{name}" if path else name
        if is_record(inner):
            yield from leaves(inner, here)
        else:
            yield here


@cache
def field_names() -> tuple[str, ...]:
    """Return the dotted paths of all fields of a tile in buffer order."""
    return tuple(leaves(Tile))


@cache
def _positions() -> dict[str, int]:
    return {name: i for i, name in enumerate(field_names())}


def field_index(path: str) -> int:
    """Return the position of one number, such as "dyad.plasma.oxytocin"."""
    return _positions()[path]


def tuple_text(kind: type, leaf: Callable[[str], str], path: str = "") -> str:
    """Return the source of a constructor call of a nested record; `leaf` gives the source of each number."""
    parts = []
    for name, inner in record_type(kind).items():
        here = f"{path}.{name}" if path else name
        parts.append(tuple_text(inner, leaf, here) if is_record(inner) else leaf(here))
    return f"{kind.__name__}({', '.join(parts)})"


@cache
def _flattened(kind: type) -> Callable[[Any], tuple[float, ...]]:
    return attrgetter(*leaves(kind))


def numbers(record: Any) -> tuple[float, ...]:
    """Return every number of a nested record, in buffer order."""
    kind: Any = type(record)
    return _flattened(kind)(record)


@cache
def record_reader(kind: type) -> Callable[[Sequence[float]], Any]:
    """Return the function that makes a nested record from its numbers in buffer order."""
    place = count()
    text = tuple_text(kind, lambda _: f"v[{next(place)}]")
    made: Callable[[Sequence[float]], Any] = eval(f"lambda v: {text}", dict(record_classes(kind)))
    return made


def view(values: Any, kind: type, path: str) -> Any:
    """Read a nested record whose numbers are `values[i]` for field i (floats, or arrays of a trace)."""
    return kind(
        *(
            view(values, inner, f"{path}.{name}") if is_record(inner) else values[field_index(f"{path}.{name}")]
            for name, inner in record_type(kind).items()
        )
    )
