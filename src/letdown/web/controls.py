"""The controls of the page, made from the scenario's own models: name, unit, range, default, meaning."""

from typing import Any, NamedTuple

from pydantic import BaseModel

from letdown._table import unit_of
from letdown.protocol.scenario import Scenario
from letdown.web.timed_controls import TIMED_CONTROLS

__all__ = ["controls", "values_of"]


class Field(NamedTuple):
    """A value of a scenario that the page shows as a control."""

    key: str
    label: str
    group: str
    step: float


FIELDS = (
    Field("mother.postpartum_day", "Day after birth", "mother", 1),
    Field("mother.parity", "Births", "mother", 1),
    Field("mother.familiarity", "Practice of the mother", "mother", 0.05),
    Field("mother.conditioning.own_cry", "Learned: own baby's cry", "learning", 0.05),
    Field("mother.conditioning.other_cry", "Learned: another baby's cry", "learning", 0.05),
    Field("mother.conditioning.thought", "Learned: thought of the baby", "learning", 0.05),
    Field("mother.conditioning.usual_hour", "Learned: the usual hour", "learning", 0.05),
    Field("mother.conditioning.preparing", "Learned: settling down", "learning", 0.05),
    Field("infant.latch_skill", "Latch", "infant", 0.05),
    Field("infant.appetite_ml", "Appetite", "infant", 5),
    Field("infant.vigour", "Vigour", "infant", 0.05),
    Field("infant.peak_suction_mmhg", "Peak suction of the baby", "infant", 5),
    Field("infant.baseline_suction_mmhg", "Holding suction of the baby", "infant", 5),
    Field("breasts.left.milk_ml", "Milk, left breast", "breasts", 1),
    Field("breasts.right.milk_ml", "Milk, right breast", "breasts", 1),
    Field("breasts.left.capacity_ml", "Capacity, left breast", "breasts", 5),
    Field("breasts.right.capacity_ml", "Capacity, right breast", "breasts", 5),
    Field("breasts.left.closing_pressure_mmhg", "Closing pressure, left nipple", "breasts", 1),
    Field("breasts.right.closing_pressure_mmhg", "Closing pressure, right nipple", "breasts", 1),
    Field("breasts.left.channel_resistance_mmhg_s_ml", "Resistance, left nipple", "breasts", 5),
    Field("breasts.right.channel_resistance_mmhg_s_ml", "Resistance, right nipple", "breasts", 5),
    Field("conditions.alcohol_g_kg", "Alcohol taken before", "interference", 0.05),
)
"""Values that hold from the start; those that can change in mid-feed are `TIMED_CONTROLS`."""


def controls() -> list[dict[str, Any]]:
    """Return every control: key, label, unit, group, kind, range, step, default, choices, help, timed."""
    plain = [_plain(field) for field in FIELDS]
    timed = [
        {
            "key": control.key,
            "label": control.label,
            "group": control.group,
            "help": control.help,
            "timed": True,
            **control.described(),
        }
        for control in TIMED_CONTROLS.values()
    ]
    return plain + timed


def _plain(field: Field) -> dict[str, Any]:
    model: Any = Scenario
    *tables, name = field.key.split(".")
    for table in tables:
        model = model.model_fields[table].annotation
    info = model.model_fields[name]
    low = next(mark.ge for mark in info.metadata if getattr(mark, "ge", None) is not None)
    high = next(mark.le for mark in info.metadata if getattr(mark, "le", None) is not None)
    return {
        "key": field.key,
        "label": field.label,
        "group": field.group,
        "help": info.description,
        "timed": False,
        "kind": "range",
        "unit": unit_of(info) or "1",
        "low": low,
        "high": high,
        "step": field.step,
        "default": info.default,
        "choices": None,
    }


def values_of(scenario: Scenario) -> dict[str, Any]:
    """Return the value that each control has in a scenario, where the scenario says one."""
    found = {field.key: _at(scenario, field.key) for field in FIELDS}
    found |= {key: _at(scenario, key) for key in TIMED_CONTROLS if key.startswith("conditions.")}
    for step in scenario.protocol:
        programme = getattr(step, "programme", None)
        if programme is not None:
            last = programme.phases[-1]
            found |= {"pump.suction_mmhg": last.suction_mmhg, "pump.rate_per_min": last.rate_per_min}
    return found


def _at(scenario: BaseModel, key: str) -> Any:
    value: Any = scenario
    for part in key.split("."):
        value = getattr(value, part)
    return value
