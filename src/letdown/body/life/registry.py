"""Every parameter of the organs between feeds by its path, "organ.field": reading, checking, overriding.

Both breasts and both infants have the same organs: "gland.synthesis" means both breasts, "suckling_infant.hungry"
every infant. Paths of the body of a feed ("plasma.clearance") are taken as well.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from letdown._errors import ParameterError
from letdown._parameter import Specification, specifications
from letdown.body import registry as feed
from letdown.body.life.life import LifeParameters
from letdown.body.registry import rows_of

__all__ = [
    "is_of_lactations_alone",
    "is_parameter",
    "life_organ_classes",
    "life_parameter_rows",
    "life_specification",
    "reference_life",
    "with_life_overrides",
]

_HOLDERS = {"gland": ("left", "right"), "suckling_infant": ("first", "second")}
"""Organs that stand twice in a life, and where."""


@cache
def life_organ_classes() -> dict[str, Any]:
    """Return organ name -> parameter class of the organs between feeds."""
    kinds = {name: kind for name, kind in LifeParameters.__annotations__.items() if name != "body"}
    for organ, (one, other) in _HOLDERS.items():
        kinds[organ] = kinds.pop(one)
        kinds.pop(other)
    return kinds


@cache
def reference_life() -> LifeParameters:
    """Return a life with every parameter at its default."""
    kinds: dict[str, Any] = dict(LifeParameters.__annotations__)
    kinds.pop("body")
    return LifeParameters(body=feed.reference_parameters(), **{name: kind() for name, kind in kinds.items()})


def is_of_lactations_alone(path: str) -> bool:
    """Return whether a parameter is one of the organs between feeds, which a feed that stands alone does not have."""
    organ = path.partition(".")[0]
    return organ not in feed.organ_classes() and is_parameter(path)


def is_parameter(path: str) -> bool:
    """Return whether there is a parameter of that path, of a feed or of a lactation."""
    organ, _, field = path.partition(".")
    both = feed.organ_classes() | life_organ_classes()
    return organ in both and field in specifications(both[organ])


def life_specification(path: str) -> Specification:
    """Return what is known of one parameter of a life or of a feed.

    Raises
    ------
    ParameterError
        If there is no parameter of that path.
    """
    organ, _, field = path.partition(".")
    classes = life_organ_classes()
    if organ in classes and field in specifications(classes[organ]):
        return specifications(classes[organ])[field]
    if organ in feed.organ_classes() and field in specifications(feed.organ_classes()[organ]):
        return feed.specification(path)
    both = feed.organ_classes() | classes
    known = [f"{name}.{key}" for name, kind in both.items() for key in specifications(kind)]
    near = get_close_matches(path, known, n=1, cutoff=0.0)
    raise ParameterError(
        f'"{path}" is not a parameter that a scenario sets; the nearest is "{near[0]}", see `letdown parameters`.'
    )


def with_life_overrides(p: LifeParameters, values: Mapping[str, float]) -> LifeParameters:
    """Return a life with some parameters changed, each checked against its range.

    Raises
    ------
    ParameterError
        If a path is unknown or a value lies outside its range.
    """
    for path, value in values.items():
        life_specification(path).check(path, value)
        organ, _, field = path.partition(".")
        if organ in life_organ_classes():
            for holder in _HOLDERS.get(organ, (organ,)):
                p = p._replace(**{holder: getattr(p, holder)._replace(**{field: float(value)})})
        else:
            p = p._replace(body=feed.with_overrides(p.body, {path: value}))
    return p


def life_parameter_rows() -> list[dict[str, Any]]:
    """Return one row a parameter of the organs between feeds, as `letdown.body.registry.parameter_rows`."""
    return rows_of(life_organ_classes())
