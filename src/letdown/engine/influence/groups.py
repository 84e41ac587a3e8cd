"""What a run may lack, and the fields of the surroundings or parameters by which it would be there."""

from typing import NamedTuple

from letdown.body.surroundings import Conditions, Cues

__all__ = ["GROUPS", "Group"]


class Group(NamedTuple):
    """Something that a run may lack: words of the parameters that belong to it, its fields, the sentence."""

    words: tuple[str, ...]
    fields: tuple[str, ...]
    reason: str

    def rank(self, path: str) -> tuple[bool, int]:
        """Return where it stands in the search for a reason: first what a name says, the narrowest; then the widest."""
        named = any(word in path for word in self.words)
        return not named, len(self.fields) if named else -len(self.fields)


def _of_both(*names: str) -> tuple[str, ...]:
    return tuple(f"{place}.{name}" for name in names for place in ("surroundings.left", "surroundings.right"))


def _parameters(*names: str) -> tuple[str, ...]:
    return tuple(f"parameters.{side}.{name}" for name in names for side in ("left", "right"))


_CONDITIONS = tuple(f"surroundings.conditions.{name}" for name in Conditions._fields)
_LEARNED = tuple(f"surroundings.cues.{name}" for name in Cues._fields[:5])

GROUPS = (
    Group(("remark",), ("surroundings.remark",), "there is no remark"),
    Group(("nasal",), ("surroundings.doses.nasal",), "no oxytocin is given by the nose"),
    Group(("infant.",), _of_both("infant"), "no infant feeds"),
    Group(("compression",), _of_both("device", "compression", "cycle_rate"), "no hand expresses milk"),
    Group(("oedema.",), ("surroundings.conditions.engorgement",), "the breasts are not engorged"),
    Group(("pad.",), _parameters("pad.capacity", "pad.liner"), "no pad of that kind is worn"),
    Group(("conditioning.",), _LEARNED, "no learned cue occurs"),
    Group(("practice", "beginner"), ("parameters.neurones.practice",), "mother.familiarity is 1"),
    Group((), _of_both("infant", "device", "peak", "cycle_rate"), "neither an infant nor a pump is at a breast"),
    Group(("adrenergic", "sympathetic"), (*_CONDITIONS, "surroundings.remark"), "nothing interferes"),
    Group((), (*_LEARNED, "surroundings.cues.arousal", "surroundings.cues.orgasm"), "no cue occurs"),
    *(
        Group((f"_{name}", f".{name}"), (f"surroundings.conditions.{name}",), f"there is no {name.replace('_', ' ')}")
        for name in Conditions._fields
    ),
    *(Group((f".{name}",), (f"surroundings.cues.{name}",), f"the cue {name} does not occur") for name in Cues._fields),
)
"""Tried in the order of their rank."""
