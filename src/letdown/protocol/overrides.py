"""Overrides of a feed's parameters: each changes the run, or is refused with the reason.

A parameter that a key of the scenario sets has its place there (`keys_of_parameters`). Whether any other can act is
asked of the equations that this run solves (`letdown.engine.influence`): a run that no override can change is refused;
an override that does nothing beside others that do is named in the warnings of the run.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from letdown._errors import ParameterError, ScenarioError
from letdown._units import shown
from letdown.body.registry import parameter_rows, specification, with_overrides
from letdown.engine.burst_source import AbstractBurstSource, SurrogateNeurones
from letdown.engine.clocks import AbstractClock, Clock
from letdown.engine.cohort_run import DyadStart
from letdown.engine.influence.feed import settings_that_matter
from letdown.engine.influence.groups import GROUPS
from letdown.engine.program import Program
from letdown.protocol.build import build_program, reference_start
from letdown.protocol.changes import origin
from letdown.protocol.scenario import Scenario

if TYPE_CHECKING:
    from letdown.protocol.lactation import LactationScenario

__all__ = [
    "acting",
    "idle_changes",
    "idle_keys",
    "ineffective",
    "notes_on",
    "notes_on_changes",
    "same_program",
    "sentences",
    "without_each",
    "without_effect",
]


Changed = TypeVar("Changed", "Scenario", "LactationScenario")

DESCRIPTIONS = ("name", "title", "description", "cite", "schema_version", "max_duration_s")
"""Keys that say what a scenario is, or only how long it may last."""

_SOURCES = {
    "SpikingNeurones": "the bursts come from the spiking network",
    "ImposedBursts": "the bursts are imposed",
}


def without_effect(
    scenario: Scenario, source: AbstractBurstSource | None = None, clock: AbstractClock | None = None
) -> dict[str, str]:
    """Return the overrides of a feed that cannot change its run: parameter -> reason.

    Raises
    ------
    ParameterError
        If an override is unknown or out of range.
    """
    if not scenario.parameters:
        return {}
    return ineffective(scenario, source or SurrogateNeurones(), clock or Clock())


def acting(scenario: Scenario) -> Scenario:
    """Return a scenario without the overrides that its run cannot feel: for a change of a scenario that had a use."""
    if not scenario.parameters:
        return scenario
    idle = _idle(scenario, SurrogateNeurones(), Clock())
    kept = {path: value for path, value in scenario.parameters.items() if path not in idle}
    return scenario.with_values({"parameters": kept}) if idle else scenario


def notes_on(
    scenario: Scenario, source: AbstractBurstSource | None = None, clock: AbstractClock | None = None
) -> tuple[str, ...]:
    """Return a sentence for each override, and each change by `with_values`, that does nothing in this run.

    Raises
    ------
    ParameterError
        If there are overrides and none of them does anything, or if one is unknown or out of range.
    """
    idle = without_effect(scenario, source, clock)
    return sentences(scenario.parameters, idle) + notes_on_changes(scenario, idle_changes(scenario, source, clock))


def notes_on_changes(scenario: "Scenario | LactationScenario", idle: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each idle key that `with_values` changed.

    Nothing is refused, even if all are idle: a loop over scenarios changes the same key everywhere, also where one has
    no use for it. `--set` says one thing of one run and is refused (`sentences`).
    """
    found = origin(scenario)
    given = found.changes if found else {}
    return tuple(f"{key} = {shown(given[key])} has no effect here: {reason}." for key, reason in idle.items())


def idle_changes(
    scenario: Scenario, source: AbstractBurstSource | None = None, clock: AbstractClock | None = None
) -> dict[str, str]:
    """Return the keys that `with_values` changed and whose change the run cannot feel, each with the reason."""
    found, source, clock = origin(scenario), source or SurrogateNeurones(), clock or Clock()
    if found is None:
        return {}
    asked = repr((source, clock))  # a source of a user may not be hashable
    if asked not in found.found:
        found.found[asked] = idle_keys(found.plain, found.changes, source, clock)
    return found.found[asked]


def sentences(overrides: Mapping[str, Any], idle: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each idle override or key; refuse if all are idle."""
    said = [f"{path} = {shown(overrides[path])} has no effect here: {reason}" for path, reason in idle.items()]
    if idle and len(idle) == len(overrides):
        raise ParameterError(f"{'; '.join(said)}; leave {'it' if len(idle) == 1 else 'them'} out.")
    return tuple(f"{each}." for each in said)


def ineffective(scenario: Scenario, source: AbstractBurstSource, clock: AbstractClock) -> dict[str, str]:
    """Return the overrides of a scenario that its run cannot feel, each with the reason."""
    idle = _idle(scenario, source, clock)
    if not idle:
        return {}
    program, start, plain = build_program(scenario), reference_start(scenario), _plain(scenario)
    return {path: _reason(path, start, _without(start, plain, path), program, source, clock) for path in idle}


def _plain(scenario: Scenario) -> DyadStart:
    return reference_start(scenario.with_values({"parameters": {}}))


def _idle(scenario: Scenario, source: AbstractBurstSource, clock: AbstractClock) -> list[str]:
    program, start, plain = build_program(scenario), reference_start(scenario), _plain(scenario)
    key = program.steps.tobytes(), program.steps.shape, program.conditions, plain, source, clock
    read = _read(_Run(program, plain, source, clock, key))
    doubtful = [path for path in scenario.parameters if path not in read]
    if _may_switch(scenario.parameters, plain):
        doubtful = list(scenario.parameters)
    if not doubtful:
        return []
    others = [_without(start, plain, path) for path in doubtful]
    matters = settings_that_matter([start, *others], program, source, clock)
    return [path for path, acts in zip(doubtful, matters[1:], strict=True) if not acts]


def idle_keys(
    plain: Scenario,
    changes: Mapping[str, Any],
    source: AbstractBurstSource | None = None,
    clock: AbstractClock | None = None,
) -> dict[str, str]:
    """Return the keys of a feed's scenario whose change its run cannot feel, each with the reason.

    Parameters
    ----------
    plain : Scenario
        The scenario before.
    changes : mapping of str to value
        What is changed of it, as `Scenario.with_values` takes it. Overrides of parameters are the business of
        `notes_on`; a change that repeats what stood there is not looked at.
    source, clock : AbstractBurstSource and AbstractClock, optional
        As of the run.
    """
    source, clock = source or SurrogateNeurones(), clock or Clock()
    each = list(without_each(plain, changes))
    if not each:
        return {}
    changed = plain.with_values(changes)
    program, start = build_program(changed), reference_start(changed)
    found = {}
    for key, before in each:
        if same_program(build_program(before), program):
            other = reference_start(before)
            if not settings_that_matter([start, other], program, source, clock)[1]:
                found[key] = _reason(key, start, other, program, source, clock)
    return found


def without_each(plain: Changed, changes: Mapping[str, Any]) -> Iterator[tuple[str, Changed]]:
    """Yield each changed key that is no description, with the scenario in which it alone is left as it was."""
    keys = [key for key in changes if key.split(".")[0] not in ("parameters", *DESCRIPTIONS)]
    if not keys:
        return
    try:
        changed = plain.with_values(changes)
    except ScenarioError:  # changes made one after the other that do not fit together at once
        return
    for key in keys:
        try:
            before = plain.with_values({other: value for other, value in changes.items() if other != key})
        except ScenarioError:
            continue  # another change needs this one
        if before != changed:
            yield key, before


def same_program(one: object, other: object) -> bool:
    """Return whether two programs are equal, arrays and all."""
    return pickle.dumps(one) == pickle.dumps(other)


class _Run:
    """A run of the model's own values, compared by its key: arrays cannot be."""

    def __init__(
        self, program: Program, start: DyadStart, source: AbstractBurstSource, clock: AbstractClock, key: Any
    ) -> None:
        self.program, self.start, self.source, self.clock, self.key = program, start, source, clock, key

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Run) and bool(self.key == other.key)


@lru_cache(maxsize=64)
def _read(run: _Run) -> frozenset[str]:
    """Return the parameters whose change a run can feel, all others at their values."""
    paths = list(_paths())
    moved = [run.start, *(_with(run.start, {path: _elsewhere(path, _value(run.start, path))}) for path in paths)]
    matters = settings_that_matter(moved, run.program, run.source, run.clock)
    return frozenset(path for path, acts in zip(paths, matters[1:], strict=True) if acts)


def _paths() -> Sequence[str]:
    return [str(row["path"]) for row in parameter_rows()]


def _value(start: DyadStart, path: str) -> float:
    organ, _, field = path.partition(".")
    p = start.parameters
    return float(getattr(getattr(p if hasattr(p, organ) else p.left, organ), field))


def _with(start: DyadStart, values: Mapping[str, float]) -> DyadStart:
    return replace(start, parameters=with_overrides(start.parameters, values))


def _without(start: DyadStart, plain: DyadStart, path: str) -> DyadStart:
    """Return a start with one override taken back; one that repeats the model's own value is compared with another."""
    own = _value(plain, path)
    return _with(start, {path: own if own != _value(start, path) else _elsewhere(path, own)})


def _elsewhere(path: str, value: float) -> float:
    """Return another value of a parameter, inside its range."""
    known = specification(path)
    far = known.low if value - known.low > known.high - value else known.high
    return 0.5 * (value + far)


def _may_switch(overrides: Mapping[str, float], plain: DyadStart) -> bool:
    """Return whether an override is, or replaces, a number that can switch others off: 0 or 1."""
    return any(value in (0.0, 1.0) or _value(plain, path) in (0.0, 1.0) for path, value in overrides.items())


def _reason(
    path: str, start: DyadStart, other: DyadStart, program: Program, source: AbstractBurstSource, clock: AbstractClock
) -> str:
    """Return why a run does not feel a parameter: what, if it were there, would let it act."""
    surrogate = SurrogateNeurones()
    if type(source) is not SurrogateNeurones and settings_that_matter([start, other], program, surrogate, clock)[1]:
        whence = _SOURCES.get(type(source).__name__, "the bursts come from elsewhere")
        return f"it belongs to the burst surrogate, and {whence}"
    for group in sorted(GROUPS, key=lambda group: group.rank(path)):
        if settings_that_matter([start, other], program, source, clock, group.fields)[1]:
            return group.reason
    return "nothing in this run reads it at these values"
