"""A change in mid-feed, as a change of the protocol that leaves the past alone.

The engine's random events are counted, not timed, so a scenario that differs only in what happens from `at_s` on
is the same to the last bit before. Each function here returns such a scenario. Those that take over the breasts
(unlatch, latch again, another pump programme) need to know which steps had begun by then: `StepRecord`s of the run
without the change.
"""

from collections.abc import Callable, Sequence
from typing import Any

from letdown.engine.run import StepRecord
from letdown.protocol.scenario import Scenario
from letdown.protocol.steps import (
    Cue,
    Foreground,
    HandExpress,
    Latch,
    Press,
    Pump,
    Step,
    Switch,
    Unlatch,
    Wait,
)

__all__ = ["Records", "active_pump", "replaced", "taken_over", "with_steps", "without_rest"]

Records = Callable[[], Sequence[StepRecord]]
"""Gives the steps of the run before the change; called only by those who need it, because it simulates."""

SHORTEST_S = 1.0
"""No step is shorter."""


def replaced(scenario: Scenario, protocol: Sequence[Step]) -> Scenario:
    """Return the scenario with another protocol, checked again as a whole."""
    values: dict[str, Any] = {name: getattr(scenario, name) for name in Scenario.model_fields}
    return Scenario(**(values | {"protocol": tuple(protocol)}))


def with_steps(scenario: Scenario, *steps: Step) -> Scenario:
    """Return the scenario with steps added at the end of its protocol."""
    return replaced(scenario, (*scenario.protocol, *steps))


def without_rest(scenario: Scenario, at_s: float, belongs: Callable[[Cue | Press], bool]) -> list[Step]:
    """Return the protocol in which the cues or presses that `belongs` picks have ended by `at_s`."""
    kept: list[Step] = []
    for step in scenario.protocol:
        if isinstance(step, Cue | Press) and belongs(step):
            if step.at_s >= at_s:
                continue
            if step.for_s is None or step.at_s + step.for_s > at_s:
                step = changed_step(step, for_s=max(at_s - step.at_s, SHORTEST_S))
        kept.append(step)
    return kept


def changed_step(step: Any, **values: Any) -> Any:
    """Return a step with some of its values changed."""
    return type(step)(**{name: getattr(step, name) for name in type(step).model_fields} | values)


def taken_over(scenario: Scenario, at_s: float, records: Records, *following: Foreground) -> Scenario:
    """Return the scenario in which what was done to the breasts ends at `at_s` and `following` comes instead.

    Steps that had not begun are dropped, those that had ended keep their time, the infant is taken off.
    """
    spans = _spans(records())
    kept: list[Step] = []
    off = False
    for index, step in enumerate(scenario.protocol):
        if isinstance(step, Unlatch):
            if step.at_s < at_s:
                kept.append(step)
        elif not isinstance(step, Latch | Switch | Pump | HandExpress | Wait):
            kept.append(step)
        elif index in spans and spans[index][0] < at_s:
            start_s, end_s = spans[index]
            under_way = end_s > at_s
            if under_way and isinstance(step, Latch | Switch):
                off = True
                kept.append(step)
            else:
                kept.append(_shortened(step, min(end_s, at_s) - start_s))
    if off:
        kept.append(Unlatch(at_s=at_s))
    return replaced(scenario, (*kept, *following))


def _shortened(step: Any, for_s: float) -> Any:
    """Return a step that cannot last longer than it did; its own rules end it at the same moment as before."""
    if step.for_s is not None and step.for_s <= for_s:
        return step
    return changed_step(step, for_s=max(for_s, SHORTEST_S))


def _spans(records: Sequence[StepRecord]) -> dict[int, tuple[float, float]]:
    """Return start and end of each step that began; a pump programme has a record for each phase."""
    spans: dict[int, tuple[float, float]] = {}
    for record in records:
        start_s, end_s = spans.get(record.index, (record.start_s, record.end_s))
        spans[record.index] = (min(start_s, record.start_s), max(end_s, record.end_s))
    return spans


def active_pump(scenario: Scenario, at_s: float, records: Records) -> tuple[Pump, int, float] | None:
    """Return the pump step under way at `at_s`, the number of its phase, and how long it may go on; None if none."""
    found = None
    for record in records():
        step = scenario.protocol[record.index]
        if isinstance(step, Pump) and record.start_s <= at_s < record.end_s:
            phase = sum(r.index == record.index and r.start_s < record.start_s for r in records())
            _, end_s = _spans(records())[record.index]
            found = (step, phase, max(end_s - at_s, SHORTEST_S))
    return found
