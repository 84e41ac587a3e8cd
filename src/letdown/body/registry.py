"""Every parameter of the body by its path, "organ.field": reading, checking, overriding.

The two breasts have the same organs; a path such as "alveoli.active_pressure" means both.
"""

import hashlib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from letdown._errors import ParameterError
from letdown._parameter import Specification, specifications
from letdown.body.body import BodyParameters
from letdown.body.breast import BreastParameters

__all__ = [
    "organ_classes",
    "parameter_hash",
    "parameter_rows",
    "reference_parameters",
    "rows_of",
    "specification",
    "with_overrides",
]


@cache
def organ_classes() -> dict[str, Any]:
    """Return organ name -> parameter class, in the order of the body."""
    body = BodyParameters.__annotations__
    breast = BreastParameters.__annotations__
    return {name: kind for name, kind in body.items() if kind is not BreastParameters} | dict(breast)


@cache
def reference_parameters() -> BodyParameters:
    """Return the body with every parameter at its default: the reference mother and infant."""
    breast: Any = {name: kind() for name, kind in BreastParameters.__annotations__.items()}
    organs: Any = {
        name: BreastParameters(**breast) if kind is BreastParameters else kind()
        for name, kind in BodyParameters.__annotations__.items()
    }
    return BodyParameters(**organs)


def specification(path: str) -> Specification:
    """Return what is known of one parameter.

    Raises
    ------
    ParameterError
        If there is no parameter of that path.
    """
    organ, _, field = path.partition(".")
    classes = organ_classes()
    if organ in classes and field in specifications(classes[organ]):
        return specifications(classes[organ])[field]
    known = [f"{name}.{key}" for name, kind in classes.items() for key in specifications(kind)]
    near = get_close_matches(path, known, n=1, cutoff=0.0)
    raise ParameterError(
        f'"{path}" is not a parameter that a scenario sets; the nearest is "{near[0]}", see `letdown parameters`.'
    )


def with_overrides(p: BodyParameters, values: Mapping[str, float]) -> BodyParameters:
    """Return the body with some parameters changed, each checked against its range.

    Raises
    ------
    ParameterError
        If a path is unknown or a value lies outside its range.
    """
    for path, value in values.items():
        specification(path).check(path, value)
        organ, _, field = path.partition(".")
        if organ in BreastParameters._fields:
            left, right = (
                side._replace(**{organ: getattr(side, organ)._replace(**{field: float(value)})})
                for side in (p.left, p.right)
            )
            p = p._replace(left=left, right=right)
        else:
            p = p._replace(**{organ: getattr(p, organ)._replace(**{field: float(value)})})
    return p


def parameter_rows() -> list[dict[str, Any]]:
    """Return one row a parameter of a feed: path, value, unit, low, high, cite, species, evidence, note."""
    return rows_of(organ_classes())


def rows_of(classes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row a parameter of the given organ name -> parameter class."""
    return [
        {
            "path": f"{organ}.{field}",
            "value": s.value,
            "unit": s.unit,
            "low": s.low,
            "high": s.high,
            "cite": s.cite,
            "species": s.species,
            "evidence": s.evidence,
            "note": s.note,
        }
        for organ, kind in classes.items()
        for field, s in specifications(kind).items()
    ]


def parameter_hash(p: BodyParameters) -> str:
    """Return a short hash of every number of a body."""
    return hashlib.sha256(repr(p).encode()).hexdigest()[:16]
