"""Parameters that a key of a feed's scenario sets: one quantity has one place.

An override of such a parameter goes into its keys and is checked there, or is refused with the name of the key. Where a
file sets both, they must agree.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from letdown._errors import ScenarioError, UnitError
from letdown._units import quantity, shown
from letdown.body.registry import specification

__all__ = ["KEYS", "REFUSED", "flat", "is_placed", "one_by_one", "placed", "placed_changes"]


def _of_both(key: str) -> tuple[str, str]:
    return f"breasts.left.{key}", f"breasts.right.{key}"


KEYS: dict[str, tuple[str, ...]] = {
    "alveoli.capacity": _of_both("capacity_ml"),
    "nipple.closing_pressure": _of_both("closing_pressure_mmhg"),
    "nipple.channel_resistance": _of_both("channel_resistance_mmhg_s_ml"),
    "pad.capacity": _of_both("pad.capacity_ml"),
    "neurones.practice": ("mother.familiarity",),
    "infant.latch_skill": ("infant.latch_skill",),
    "infant.appetite": ("infant.appetite_ml",),
    "infant.vigour": ("infant.vigour",),
    "infant.peak_suction": ("infant.peak_suction_mmhg",),
    "infant.baseline_suction": ("infant.baseline_suction_mmhg",),
    **{
        f"learned.{cue}": (f"mother.conditioning.{cue}",)
        for cue in ("own_cry", "other_cry", "thought", "usual_hour", "preparing")
    },
}
"""Parameter -> the keys that hold the same number."""

REFUSED: dict[str, str] = {
    "neurones.day": "mother.postpartum_day",
    "sensations.day": "mother.postpartum_day",
    "uterus.day": "mother.postpartum_day",
    "uterus.parity": "mother.parity",
    "nipple.shield_resistance": "breasts.left.shield.resistance_factor and that of the right breast",
    "nipple.shield_suction": "breasts.left.shield.suction_loss and that of the right breast",
    "nipple.shield_stimulus": "breasts.left.shield.stimulus_loss and that of the right breast",
    "pad.liner": "breasts.left.pad.plastic_liner and that of the right breast",
}
"""Parameters whose key says something else than the number, or holds for several at once."""


def placed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a scenario with overrides of what keys set moved into these keys; refuse a contradiction.

    One that the protocol does not use stays where it is: nothing can come of it, which the run says.
    """
    given = values.get("parameters")
    if not isinstance(given, Mapping):
        return dict(values)
    result = dict(values)
    rest: dict[str, Any] = {}
    for path, number in flat(given):
        _refuse_if_a_key_decides(path)
        if not is_placed(path, values.get("protocol")):
            rest[path] = number
            continue
        number = _checked(path, number)
        for key in KEYS[path]:
            held = _found(values, key)
            if held is not None and held != number:
                raise ScenarioError(
                    f"parameters.{path} = {shown(number)} and {key} = {shown(held)} set the same quantity; leave out "
                    f"parameters.{path}."
                )
            place(result, key, number)
    return result | {"parameters": rest}


def one_by_one(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes by dotted key in which a whole table of `parameters` is written as one change for each."""
    result: dict[str, Any] = {}
    for key, value in changes.items():
        if key == "parameters" and isinstance(value, Mapping):
            result |= {f"parameters.{path}": number for path, number in flat(value)}
        else:
            result[key] = value
    return result


def placed_changes(changes: Mapping[str, Any], protocol: Any) -> dict[str, Any]:
    """Return changes by dotted key with those of `parameters.` that a key sets turned into changes of that key."""
    result: dict[str, Any] = {}
    for key, value in changes.items():
        path = str(key).removeprefix("parameters.")
        if not str(key).startswith("parameters.") or value is None:
            result[key] = value
            continue
        _refuse_if_a_key_decides(path)
        goals: tuple[str, ...] = (key,)
        if is_placed(path, protocol):
            value = _checked(path, value)
            goals = KEYS[path]
        for goal in goals:
            if goal in changes and goal != key and changes[goal] != value:
                raise ScenarioError(
                    f"{key} = {shown(value)} and {goal} = {shown(changes[goal])} set the same quantity; give one."
                )
            result[goal] = value
    return result


def is_placed(path: str, protocol: Any) -> bool:
    """Return whether a key holds a parameter, and the steps of a protocol, as given, use it."""
    if path not in KEYS:
        return False
    organ, _, field = path.partition(".")
    steps = protocol if isinstance(protocol, list | tuple) else ()
    done = {_said(step, "do") for step in steps}
    if organ == "infant" and field != "vigour":  # her infant's vigour is shown whether it feeds or not
        return bool(done & {"latch", "switch"})
    if path == "neurones.practice":
        return bool(done & {"latch", "switch", "pump", "hand_express"})
    return organ != "learned" or field in {_said(step, "kind") for step in steps if _said(step, "do") == "cue"}


def _said(step: Any, key: str) -> Any:
    """Return what a step, a table or a model, says under a key; what is no text counts as nothing."""
    value = step.get(key) if isinstance(step, Mapping) else getattr(step, key, None)
    return value if isinstance(value, str) else None


def place(values: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key in nested tables, copying the tables on the way."""
    first, _, rest = key.partition(".")
    if not rest:
        values[first] = value
        return
    inner: Any = values.get(first, {})
    if hasattr(inner, "model_dump"):  # a table given as a model is written out, so that its other values stay
        inner = inner.model_dump(exclude_none=True)
    if not isinstance(inner, Mapping):
        return  # the check of that key says better that no table stands there
    table = dict(inner)
    place(table, rest, value)
    values[first] = table


def flat(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of each override; refuse a path that is given twice."""
    # TOML reads an unquoted plasma.clearance = 20 as a table in a table: the same thing is meant
    seen = set()
    for key, value in given.items():
        inner = value.items() if isinstance(value, Mapping) else [(None, value)]
        for field, number in inner:
            path = key if field is None else f"{key}.{field}"
            if path in seen:
                raise ScenarioError(
                    f"parameters.{path} is given twice, as one key and in a table; leave one of them out."
                )
            seen.add(path)
            yield path, number


def _refuse_if_a_key_decides(path: str) -> None:
    if path in REFUSED:
        raise ScenarioError(f"parameters.{path} is what {REFUSED[path]} sets; set that instead.")


def _checked(path: str, value: Any) -> Any:
    """Return a number in the unit of the parameter, inside its range; what is no number is left to the key's check."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    known = specification(path)
    try:
        number = quantity(value, known.unit)
    except UnitError as error:
        raise ScenarioError(f"parameters.{path} = {error}") from None
    known.check(path, number)
    return number if isinstance(value, str) else value


def _found(values: Any, key: str) -> Any:
    """Return what a dotted key holds, None where it is not given."""
    for part in key.split("."):
        values = values.get(part) if isinstance(values, Mapping) else getattr(values, part, None)
        if values is None:
            return None
    return values
