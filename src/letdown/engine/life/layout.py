"""Where each number of a life lies in a tile: field i of lane l at B[i * W + l]."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown.body.life.life import Learning, Life, LifeParameters, Plan
from letdown.engine.layout import leaves, numbers, record_reader, record_type

__all__ = ["LifeTile", "life_field_index", "life_field_names", "life_record", "life_values"]


class LifeTile(NamedTuple):
    """Everything the engine keeps of one life."""

    life: Life
    learning: Learning
    plan: Plan
    parameters: LifeParameters


@cache
def life_field_names() -> tuple[str, ...]:
    """Return the dotted paths of all fields of a life's tile in buffer order."""
    return tuple(leaves(LifeTile))


@cache
def _positions() -> dict[str, int]:
    return {name: i for i, name in enumerate(life_field_names())}


def life_field_index(path: str) -> int:
    """Return the position of one number, such as "life.left.milk"."""
    return _positions()[path]


def life_values(record: Any) -> tuple[float, ...]:
    """Return the numbers of a nested record in buffer order."""
    return numbers(record)


@cache
def _span(path: str) -> tuple[int, int, type]:
    kind: Any = LifeTile
    for name in path.split("."):
        kind = record_type(kind)[name]
    names = [f"{path}.{leaf}" for leaf in leaves(kind)]
    return life_field_index(names[0]), life_field_index(names[-1]) + 1, kind


def life_record(lane: NDArray[np.float64] | Sequence[float], path: str) -> Any:
    """Return the nested record at `path` of one lane, with plain floats."""
    first, last, kind = _span(path)
    return record_reader(kind)(np.asarray(lane[first:last], dtype=float).tolist())
