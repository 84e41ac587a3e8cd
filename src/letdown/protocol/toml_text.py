"""Writes a scenario as TOML that reads back to the same scenario."""

from typing import TYPE_CHECKING, Any

from pydantic.fields import FieldInfo

from letdown._printable import printable_lines
from letdown._table import Table, unit_of

if TYPE_CHECKING:
    from letdown.protocol.lactation import LactationScenario
    from letdown.protocol.scenario import Scenario

__all__ = ["lactation_text", "scenario_text"]

FIRST_IN_STEP = ("do", "kind", "name", "route", "side", "at_s")
LAST_IN_STEP = ("until", "for_s")


def scenario_text(scenario: "Scenario", *, comments: bool) -> str:
    """Return the scenario as TOML.

    Every value is written, so that the text means the same to a later version with other defaults; conditions
    that are absent (0) are left out. With `comments` these stand too, each line with its unit and meaning.
    """
    import tomlkit

    document = tomlkit.document()
    _fill(document, scenario, comments=comments, leave_out=("protocol", "parameters"))
    if scenario.parameters:
        document.append("parameters", tomlkit.item(dict(scenario.parameters)))
    steps = tomlkit.aot()
    for step in scenario.protocol:
        entry = tomlkit.table()
        for key in _step_keys(type(step)):
            _put(entry, key, getattr(step, key), type(step).model_fields[key], comments=comments)
        steps.append(entry)
    document.append("protocol", steps)
    return _dumped(document)


def _dumped(document: Any) -> str:
    """Return a document as text; all its texts are in double quotes, where an escape stands for its character."""
    import tomlkit

    return printable_lines(tomlkit.dumps(document))


def _fill(container: Any, table: Table, *, comments: bool, leave_out: tuple[str, ...] = ()) -> None:
    import tomlkit

    for key, field in type(table).model_fields.items():
        value = getattr(table, key)
        if key in leave_out:
            continue
        if not isinstance(value, Table):
            _put(container, key, value, field, comments=comments)
            continue
        if key == "conditions" and not comments:
            absent = tuple(name for name, level in value if level == 0.0)
        else:
            absent = ()
        if len(absent) == len(type(value).model_fields):
            continue
        inner = tomlkit.table(is_super_table=all(isinstance(part, Table) for _, part in value))
        _fill(inner, value, comments=comments, leave_out=absent)
        container.append(key, inner)


def _put(container: Any, key: str, value: Any, field: FieldInfo, *, comments: bool) -> None:
    if value is None or value == ():
        return
    item = _item(value, key)
    if comments:
        named = unit_of(field)
        item.comment("; ".join(part for part in (named if named != "1" else None, field.description) if part))
    container.append(key, item)


def _item(value: Any, key: str) -> Any:
    import tomlkit

    if key == "until":
        return tomlkit.item([rule.text() for rule in value])
    if isinstance(value, Table):
        inline = tomlkit.inline_table()
        for name, part in value:
            if part is not None and (name, part) != ("kind", "phases"):
                inline.append(name, _item(part, name))
        return inline
    if isinstance(value, tuple):
        array = tomlkit.array()
        for part in value:
            array.append(_item(part, ""))
        return array.multiline(isinstance(value[0], Table))
    return tomlkit.item(value)


def _step_keys(step: type[Table]) -> list[str]:
    """Return the keys of a step in the order in which a person would write them."""
    middle = [key for key in step.model_fields if key not in FIRST_IN_STEP + LAST_IN_STEP]
    return [key for key in (*FIRST_IN_STEP, *middle, *LAST_IN_STEP) if key in step.model_fields]


def lactation_text(scenario: "LactationScenario", *, comments: bool) -> str:
    """Return a lactation scenario as TOML, every value written; `comments` adds unit and meaning of each."""
    import tomlkit

    document = tomlkit.document()
    _fill(document, scenario, comments=comments, leave_out=("infants", "plan", "parameters"))
    if scenario.parameters:
        document.append("parameters", tomlkit.item(dict(scenario.parameters)))
    for name in ("infants", "plan"):
        rows: Any = getattr(scenario, name)
        tables = tomlkit.aot()
        for row in rows:
            entry = tomlkit.table()
            keys = type(row).model_fields
            for key in sorted(keys, key=lambda k: k != "do"):
                if getattr(row, key) is not None:
                    _put(entry, key, getattr(row, key), keys[key], comments=comments)
            tables.append(entry)
        if rows:
            document.append(name, tables)
    return _dumped(document)
