"""Objects chosen by name in a study file: a text, or a table whose `name` says which and whose keys are its options."""

from collections.abc import Mapping
from typing import Any, TypeVar

from letdown._errors import ScenarioError
from letdown._table import Table, choices, nearest, refused
from letdown._units import shown

__all__ = ["named"]

T = TypeVar("T", bound=Table)


def named(value: Any, registry: Mapping[str, type[T]], what: str) -> T:
    """Return the object that a study file names.

    Raises
    ------
    PydanticCustomError
        If there is no such name (the message lists those that exist), or an option cannot be used.
    """
    if isinstance(value, Table):
        return value  # type: ignore[return-value]
    table = {"name": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or "name" not in table:
        raise refused(f"{shown(value)} does not name a {what}; write its name, or a table with the key name.")
    name = table["name"]
    if not isinstance(name, str) or name not in registry:
        close = nearest(name, registry)
        hint = f' (the nearest is "{close}")' if close else ""
        raise refused(f"{shown(name)} is not the name of a {what}; write {choices(registry)}{hint}.")
    try:
        return registry[name](**table)
    except ScenarioError as error:
        raise refused(str(error), ".") from None
