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
from letdown.protocol.lactation import LactationScenario
from letdown.protocol.lactation_build import build_life_program, life_start
from letdown.protocol.overrides import same_program, sentences, without_each

__all__ = ["idle_life_keys", "life_notes_on", "life_without_effect"]

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
    """Return a sentence for each override that does nothing in this lactation.

    Raises
    ------
    ParameterError
        If there are overrides and none of them does anything, or if one is unknown or out of range.
    """
    return sentences(scenario.parameters, life_without_effect(scenario, opened=opened))


def idle_life_keys(plain: LactationScenario, changes: Mapping[str, Any]) -> dict[str, str]:
    """Return the keys of a lactation whose change it cannot feel, each with the reason; as `overrides.idle_keys`."""
    changed = plain.with_values(changes)
    now = _setting(changed)
    control, action = SYNTHESIS_CONTROLS[changed.synthesis], PROLACTIN_ACTIONS[changed.prolactin]
    found = {}
    for key, before in without_each(plain, changes):
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
