"""`Table`: the base of every table of a scenario, and how a table refuses what it cannot use.

A table is a frozen pydantic model that knows its keys. Each number carries its unit and range
(`json_schema_extra=unit("mmHg")`, `ge`, `le`); it is read as a number in that unit or as a text with a unit.
Whatever is wrong is said in one sentence that starts with where it stands:

    In step 3, protocol[2].suction_mmhg = -190 is negative; suction is given as a positive number ...; write 190.
"""

import re
import types
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from letdown._errors import ScenarioError, UnitError
from letdown._numbers import plain
from letdown._printable import printable
from letdown._units import quantity, shown

__all__ = ["Table", "choices", "key_shown", "nearest", "refusal", "refused", "tagged", "unit", "unit_of"]


IMPLIED_KIND = "phases"
"""The one kind that a file need not name: a programme with `phases` says by them what it is."""

MOST_ENTRIES = 1000
"""Entries of the longest list in a table."""

ENTRIES = {
    "protocol": "step",
    "plan": "step",
    "phases": "phase",
    "infants": "infant",
    "arm": "arm",
    "statistic": "statistic",
    "target": "target",
}
"""What people call one entry of a list; they count from 1, the keys of values from 0."""


def unit(name: str) -> dict[str, Any]:
    """Return the schema note that gives a field its unit ("1" for a pure number)."""
    return {"unit": name}


def unit_of(field: FieldInfo) -> str | None:
    """Return the unit of a field, or None for a field that is no quantity."""
    extra = field.json_schema_extra
    return str(extra["unit"]) if isinstance(extra, dict) and "unit" in extra else None


def refused(sentence: str, joiner: Literal[" = ", ".", " ", ""] = " = ") -> PydanticCustomError:
    """Return the error to raise in a validator.

    `joiner` ties the sentence to its place: " = " where it begins with the value given, "." where it begins
    with a key of the table, "" with an index, " " where it says something of the whole table.
    """
    return PydanticCustomError("refused", "{sentence}", {"sentence": printable(sentence), "joiner": joiner})


def key_shown(key: object) -> str:
    """Return a key as a message shows it: as it stands if it is plain, else in quotes and shortened."""
    return key if isinstance(key, str) and re.fullmatch(r"[A-Za-z0-9_.\[\]-]{1,80}", key) else shown(key)


def choices(names: Iterable[str]) -> str:
    """Return names as an English list of alternatives: "a", "b" or "c"."""
    *most, last = [f'"{name}"' for name in names]
    return f"{', '.join(most)} or {last}" if most else last


def nearest(name: object, names: Iterable[str]) -> str | None:
    """Return the valid name most like the one given, if any is like it."""
    if not isinstance(name, str) or len(name) > 100:  # the search takes time with the square of the length
        return None
    found = get_close_matches(name, list(names), n=1, cutoff=0.55)
    return found[0] if found else None


def tagged(value: Any, key: str, kinds: Collection[str]) -> Any:
    """Return `value` if it is a table whose `key` says which of `kinds` it is; refuse it otherwise."""
    if isinstance(value, Table):
        return value
    if not isinstance(value, Mapping):
        raise refused(f"{shown(value)} is not a table; write a table with the key {key}.")
    if key not in value:
        raise refused(f"{key} is missing; write {key} = {choices(kinds)}.", ".")
    if not isinstance(value[key], str) or value[key] not in kinds:
        close = nearest(value[key], kinds)
        hint = f' (the nearest is "{close}")' if close else ""
        raise refused(f"{key} = {shown(value[key])} is not known; write {choices(kinds)}{hint}.", ".")
    return value


if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass as _TableType
else:

    class _TableType(type(BaseModel)):
        """Makes `Table(...)` raise our own one-sentence error; nested tables are checked by the outermost."""

        def __call__(cls, /, **data: Any) -> Any:
            try:
                return super().__call__(**data)
            except ValidationError as error:
                raise refusal(error, data) from None


class Table(BaseModel, metaclass=_TableType):
    """Abstract base: a frozen table that refuses unknown keys, missing keys and unusable values."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False, use_attribute_docstrings=False)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        """Check keys and plain values; nested tables and lists are left to their own types."""
        if isinstance(data, cls):
            return data
        if not isinstance(data, Mapping):
            raise refused(f"{shown(data)} is not a table; write a table with {_keys(cls)}.")
        for key in data:
            if key not in cls.model_fields:
                close = nearest(key, cls.model_fields)
                hint = f"the nearest valid name is {close}" if close else f"write {_keys(cls)}"
                raise refused(f"{key_shown(key)} is not a key that belongs here; {hint}.", ".")
        for key, value in data.items():
            if isinstance(value, list | tuple) and len(value) > MOST_ENTRIES:
                raise refused(f"{key} holds {len(value)} entries; write at most {MOST_ENTRIES}.", ".")
        for name, field in cls.model_fields.items():
            if field.is_required() and name not in data:
                raise refused(f"{name} is missing; write {_allowed(field)}.", ".")
        return {name: _plain_value(plain(value), cls.model_fields[name], name) for name, value in data.items()}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe what a file may hold: texts with units, no null, the key that says which table it is."""
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        for name, field in schema.get("properties", {}).items():
            schema["properties"][name] = _schema_of_field(field)
            if isinstance(field.get("const"), str) and field["const"] != IMPLIED_KIND:
                schema["required"] = [name, *schema.get("required", ())]
        return reference


def _schema_of_field(schema: JsonSchemaValue) -> JsonSchemaValue:
    if any(option == {"type": "null"} for option in schema.get("anyOf", ())):
        (only,) = [option for option in schema["anyOf"] if option != {"type": "null"}]
        schema = {key: value for key, value in schema.items() if key not in ("anyOf", "default")} | only
    schema.pop("title", None)
    if isinstance(schema.get("default"), dict):
        schema["default"] = _without_null(schema["default"])
    if schema.get("unit", "1") != "1" and schema.get("type") == "integer":
        schema["type"] = ["integer", "string"]
    if "unit" in schema and schema.get("type") == "number":
        schema["type"] = ["number", "string"]
    return schema


def _without_null(table: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in table.items() if value is not None}
    return {key: _without_null(value) if isinstance(value, dict) else value for key, value in kept.items()}


def _kind(field: FieldInfo) -> Any:
    """Return the type of a field without `| None`."""
    if get_origin(field.annotation) in (Union, types.UnionType):
        members = [member for member in get_args(field.annotation) if member is not type(None)]
        return members[0] if len(members) == 1 else field.annotation
    return field.annotation


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    low = next((mark.ge for mark in field.metadata if getattr(mark, "ge", None) is not None), None)
    high = next((mark.le for mark in field.metadata if getattr(mark, "le", None) is not None), None)
    return low, high


def _inside(value: float, field: FieldInfo) -> bool:
    low, high = _bounds(field)
    return (low is None or value >= low) and (high is None or value <= high)


def _allowed(field: FieldInfo) -> str:
    """Return what may be written for a field, as a phrase."""
    kind, named, (low, high) = _kind(field), unit_of(field), _bounds(field)
    if get_origin(kind) is Literal:
        options = get_args(kind)
        return choices(map(str, options)) if isinstance(options[0], str) else " or ".join(map(str, options))
    if kind in (int, float):
        noun = "a whole number" if kind is int else "a number"
        span = f" from {low:g} to {high:g}" if low is not None and high is not None else ""
        return f"{noun}{span}{'' if named in (None, '1') else f' {named}' if span else f' of {named}'}"
    return {bool: "true or false", str: "a text in quotes"}.get(kind, f"it ({field.description})")


def _keys(table: type[Table]) -> str:
    return "one of the keys " + ", ".join(table.model_fields)


def _plain_value(value: Any, field: FieldInfo, name: str) -> Any:
    """Return a number, text or choice as the model holds it, and anything else unchanged."""
    if value is None and not field.is_required() and field.default is None:
        return None
    kind, given = _kind(field), f"{name} = {shown(value)}"
    if kind is float:
        return _number(value, field, name)
    if kind is int and isinstance(value, str) and unit_of(field) not in (None, "1"):
        value = _whole(value, field, name)
    if kind is int and isinstance(value, float) and value.is_integer():
        value = int(value)  # 42.0 is a whole number, as spreadsheets and data frames write it
    if kind is int and (isinstance(value, bool) or not isinstance(value, int) or not _inside(value, field)):
        raise refused(f"{given} is not usable; write {_allowed(field)}.", ".")
    if kind is bool and not isinstance(value, bool):
        raise refused(f"{given} is neither true nor false; write true or false.", ".")
    if kind is str and not isinstance(value, str):
        raise refused(f"{given} is not a text; write a text in quotes.", ".")
    if get_origin(kind) is Literal and (type(value) not in (str, int) or value not in get_args(kind)):
        close = nearest(value, [option for option in get_args(kind) if isinstance(option, str)])
        hint = f' (the nearest is "{close}")' if close else ""
        raise refused(f"{given} is not allowed; write {_allowed(field)}{hint}.", ".")
    return value


def _whole(value: str, field: FieldInfo, name: str) -> int | str:
    """Return a text such as "6 weeks" in the unit of a field of whole numbers; the text itself if it is not whole."""
    number = _number(value, field, name)
    # Six weeks are 42 days only but for rounding.
    return round(number) if abs(number - round(number)) < 1e-9 * max(1.0, abs(number)) else value


def _number(value: Any, field: FieldInfo, name: str) -> float:
    try:
        number = quantity(value, unit_of(field) or "1")
    except UnitError as error:
        raise refused(f"{name} = {error}", ".") from None
    if _inside(number, field):
        return number
    if number < 0 and "suction" in name:
        raise refused(
            f"{name} = {shown(value)} is negative; suction is given as a positive number of mmHg below "
            f"ambient, {_allowed(field).removeprefix('a number ')}; write {-number:g}.",
            ".",
        )
    converted = f" ({number:g} {unit_of(field)})" if isinstance(value, str) else ""
    raise refused(f"{name} = {shown(value)}{converted} is out of range; write {_allowed(field)}.", ".")


def refusal(error: ValidationError, data: object) -> ScenarioError:
    """Return pydantic's first complaint about `data` as one sentence that begins with where it stands."""
    first, *others = error.errors(include_url=False)
    place = _place(first["loc"], data)
    sentence, joiner = _sentence(dict(first))
    text = f"{_entries(first['loc'])}{place}{joiner}{sentence}" if place else sentence
    if others:
        text = f"{text.removesuffix('.')} (problems after this one: {len(others)})."
    return ScenarioError(text)


def _place(loc: tuple[int | str, ...], data: object) -> str:
    """Return a location as a path into the data given: without the tags that pydantic adds for unions."""
    path, here = "", data
    for item in loc:
        if isinstance(item, str) and isinstance(here, Mapping) and item in here:
            path, here = f"{path}.{key_shown(item)}" if path else key_shown(item), here[item]
        elif isinstance(item, int) and isinstance(here, list | tuple) and item < len(here):
            path, here = f"{path}[{item}]", here[item]
        elif isinstance(item, str) and isinstance(here, Table) and item in type(here).model_fields:
            path, here = f"{path}.{item}" if path else item, getattr(here, item)
    return path


def _entries(loc: tuple[int | str, ...]) -> str:
    """Return where in lists a location stands, as people count: "In step 3, phase 1, "; nothing outside lists."""
    pairs = pairwise(loc)
    words = [f"{ENTRIES[str(key)]} {n + 1}" for key, n in pairs if isinstance(n, int) and key in ENTRIES]
    return f"In {', '.join(words)}, " if words else ""


def _sentence(problem: dict[str, Any]) -> tuple[str, str]:
    """Return what is wrong and how it joins to its place."""
    context = problem.get("ctx", {})
    if problem["type"] == "refused":
        return context["sentence"], context["joiner"]
    given = shown(problem["input"])
    if problem["type"] in ("tuple_type", "list_type"):
        return f"{given} is not a list; write a list in square brackets.", " = "
    if problem["type"] == "string_type":
        return f"{given} is not a text; write a text in quotes.", " = "
    return f"{given} cannot be used ({problem['msg']}); correct it.", " = "
