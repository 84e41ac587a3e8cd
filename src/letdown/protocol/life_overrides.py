"""Overrides of a lactation's parameters: each changes the days, or is refused with the reason.

What a feed of a life takes from the organs between feeds cannot be overridden for the feed alone; what the plan does
not use has no effect. As with a feed, the equations themselves are asked (`letdown.engine.influence.life`).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from letdown._structured_text import toml_values
from letdown.body.life.drugs import DopamineDrugs
from letdown.body.life.prolactin_action import PROLACTIN_ACTIONS
from letdown.body.life.registry import life_specification
from letdown.body.life.synthesis_control import SYNTHESIS_CONTROLS
from letdown.engine.influence.groups import GROUPS
from letdown.engine.influence.life import LifeSetting, life_settings_that_matter
from letdown.engine.life.program import Window
from letdown.protocol.changes import origin
from letdown.protocol.lactation import LactationScenario
from letdown.protocol.lactation_build import build_life_program, life_start
from letdown.protocol.life_steps import Bottle, BreastfeedAt, LifeStep, PumpAt, Soothe
from letdown.protocol.overrides import notes_on_changes, same_program, sentences, without_each

__all__ = ["idle_life_changes", "idle_life_keys", "idle_steps", "life_notes_on", "life_without_effect"]

_TAKEN_FROM = {
    "learned.": "each feed takes what she has learned from her feeds so far (cue_learning)",
    "neurones.practice": "each feed takes her practice from her feeds so far (cue_learning)",
    "neurones.day": "each feed takes the day from the age of the infant",
    "sensations.day": "each feed takes the day from the age of the infant",
    "uterus.day": "each feed takes the day from the age of the infant",
    "uterus.parity": "mother.parity sets it",
    "prolactin.basal": "each feed takes the level from the organs between feeds (lactotrophs)",
    "alveoli.synthesis_max": "each feed takes the synthesis from the breast between feeds (gland)",
    "infant.appetite": "each feed takes the appetite from the infant between feeds (suckling_infant)",
    "infant.latch_skill": "each feed takes the skill from what the infant has learned (latch_learning)",
    "latch_learning.first_skill": "infants.0.latch_skill sets it",
}
_ONLY_SHOWN = ("sensations.", "pad.", "ducts.resting_diameter")


def life_without_effect(scenario: LactationScenario, *, opened: bool = False) -> dict[str, str]:
    """Return the overrides of a lactation that cannot change it: parameter -> reason.

    `opened` says that a session is opened, which shows more than its accounts.

    Raises
    ------
    ParameterError
        If an override is unknown or out of range.
    """
    if not scenario.parameters:
        return {}
    return dict(_idle(scenario.to_toml(), opened))


def life_notes_on(scenario: LactationScenario, *, opened: bool = False) -> tuple[str, ...]:
    """Return a sentence for each override, step of the plan and change by `with_values` that does nothing here.

    Of a session that is opened (`opened`) only overrides are looked at: the plan and the changes are those of the days.

    Raises
    ------
    ParameterError
        If there are overrides and none of them does anything, or if one is unknown or out of range.
    """
    said = sentences(scenario.parameters, life_without_effect(scenario, opened=opened))
    return said if opened else said + idle_steps(scenario) + notes_on_changes(scenario, idle_life_changes(scenario))


def idle_steps(scenario: LactationScenario) -> tuple[str, ...]:
    """Return a sentence for each step of a plan that never comes to act within the days."""
    found = [(number, step, _never(step, scenario)) for number, step in enumerate(scenario.plan, start=1)]
    return tuple(f"Step {number} ({step.do}) has no effect here: {reason}." for number, step, reason in found if reason)


def _never(step: LifeStep, scenario: LactationScenario) -> str | None:
    """Return why a step of a plan never acts; None if it may."""
    last = min(step.to_day, scenario.days)
    window = Window(step.from_day, last, weekdays_only=step.weekdays_only)
    if step.from_day > scenario.days:
        return f"it begins on day {step.from_day}, and the last day is {scenario.days}"
    if not any(window.holds_on(day) for day in range(step.from_day, last + 1)):
        return f"days {step.from_day} to {last} are no weekdays"
    if isinstance(step, Bottle | Soothe) and step.from_h == step.to_h:
        return f"its hours begin and end at {step.from_h:g}"
    first_h = scenario.mother.first_feed_h
    if isinstance(step, BreastfeedAt | PumpAt | Bottle | Soothe) and 24.0 * last <= first_h:
        return f"there is no feed and no pumping before {first_h:g} h"
    return None


def idle_life_changes(scenario: LactationScenario) -> dict[str, str]:
    """Return the keys that `with_values` changed and whose change the days cannot feel, each with the reason."""
    found = origin(scenario)
    if found is None:
        return {}
    if "" not in found.found:
        found.found[""] = idle_life_keys(found.plain, found.changes)
    return found.found[""]


def idle_life_keys(plain: LactationScenario, changes: Mapping[str, Any]) -> dict[str, str]:
    """Return the keys of a lactation whose change it cannot feel, each with the reason; as `overrides.idle_keys`."""
    each = list(without_each(plain, changes))
    if not each:
        return {}
    changed = plain.with_values(changes)
    now = _setting(changed)
    control, action = SYNTHESIS_CONTROLS[changed.synthesis], PROLACTIN_ACTIONS[changed.prolactin]
    found = {}
    for key, before in each:
        other = _setting(before)
        chosen = before.synthesis, before.prolactin
        if chosen == (changed.synthesis, changed.prolactin) and same_program(other.program, now.program):
            if not life_settings_that_matter([now, other], control, action)[1]:
                found[key] = "nothing in this lactation reads it"
    return found


@lru_cache(maxsize=256)
def _idle(text: str, opened: bool) -> tuple[tuple[str, str], ...]:
    scenario = LactationScenario(**toml_values(text))
    settings = [_setting(scenario), *(_setting(_without(scenario, path)) for path in scenario.parameters)]
    matters = life_settings_that_matter(
        settings, SYNTHESIS_CONTROLS[scenario.synthesis], PROLACTIN_ACTIONS[scenario.prolactin], opened=opened
    )
    idle = [path for path, acts in zip(scenario.parameters, matters[1:], strict=True) if not acts]
    return tuple((path, _reason(path, scenario)) for path in idle)


def _setting(scenario: LactationScenario) -> LifeSetting:
    return LifeSetting(life_start(scenario), build_life_program(scenario))


def _without(scenario: LactationScenario, path: str) -> LactationScenario:
    """Return the scenario with one override taken back; one that repeats the model's own value gets another."""
    known, value = life_specification(path), scenario.parameters[path]
    if known.value != value:
        return scenario.with_values({f"parameters.{path}": None})
    far = known.low if value - known.low > known.high - value else known.high
    return scenario.with_values({f"parameters.{path}": 0.5 * (value + far)})


def _reason(path: str, scenario: LactationScenario) -> str:
    """Return why a lactation does not feel a parameter."""
    organ, _, field = path.partition(".")
    for start, words in _TAKEN_FROM.items():
        if path.startswith(start):
            return words
    if organ == "exposure":
        drug = field.removesuffix("_loss")
        if drug in DopamineDrugs._fields:
            return f"no {drug} is given"
        return "she does not smoke" if field.startswith("smoke") else f"no {field.partition('_')[0]} is taken"
    if organ == "synthesis_control":
        return f'the hypothesis synthesis = "{scenario.synthesis}" does not use it'
    if organ == "prolactin_action":
        return f'the hypothesis prolactin = "{scenario.prolactin}" does not use it'
    if organ == "lactogenesis":
        return "this mother and her birth do not call for it"
    if path.startswith(_ONLY_SHOWN):
        return "it acts on what a session shows only when it is opened with --zoom"
    first = min(GROUPS, key=lambda group: group.rank(path))
    not_named, _ = first.rank(path)
    return "nothing in this lactation reads it" if not_named else first.reason
