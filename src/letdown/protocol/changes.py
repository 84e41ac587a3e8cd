"""What a scenario was changed from, so that a run can name a change that nothing comes of.

`with_values` remembers the scenario that it began with and the values given since. They are no part of the scenario:
two scenarios that say the same are equal, and a file holds none of it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from letdown._table import Table

__all__ = ["Origin", "changed_from", "origin", "without_origin"]

AnyTable = TypeVar("AnyTable", bound=Table)
_KEY = "changed_from"
"""Under this name in `__dict__`, which pydantic compares and writes by fields only (as for a cached property)."""


class Origin(NamedTuple):
    """The scenario before all changes, the changes by key in the order given, and which of them a run cannot feel.

    `found` holds, by what the run is besides the scenario, idle keys with their reasons, so that they are sought once.
    """

    plain: Any
    changes: Mapping[str, Any]
    found: dict[str, dict[str, str]]


def changed_from(changed: AnyTable, plain: AnyTable, changes: Mapping[str, Any]) -> AnyTable:
    """Return `changed`, which `changes` made of `plain`, and let it remember that."""
    before = origin(plain)
    first, earlier = (before.plain, before.changes) if before else (plain, {})
    kept = {key: value for key, value in earlier.items() if key not in changes}
    changed.__dict__[_KEY] = Origin(first, kept | dict(changes), {})
    return changed


def origin(scenario: Table) -> Origin | None:
    """Return what a scenario was changed from; None for one as it was written."""
    found = scenario.__dict__.get(_KEY)
    return found if isinstance(found, Origin) else None


def without_origin(scenario: AnyTable) -> AnyTable:
    """Return a scenario that says the same and remembers no change."""
    copy = scenario.model_copy()
    copy.__dict__.pop(_KEY, None)
    return copy
