"""The same feed with one thing changed: whether its let-down comes then, when, and how that is said.

The feed is run again with the same random events. Each answer compares two onsets, with the change and without it;
either may be missing, because the let-down never comes in that feed. The sentence is made here and nowhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, final

from letdown._clock import clock, spoken, whole_seconds
from letdown._errors import ScenarioError
from letdown.engine.run import Run
from letdown.protocol.overrides import acting
from letdown.protocol.scenario import Scenario
from letdown.protocol.steps import ConditionChange, Cue, Dose, Latch, Press, Remark, Step, Switch, Unlatch

__all__ = ["Counterfactual", "Outcome", "compared", "counterfactuals", "with_protocol"]

DOSE_MU = 20.0
"""Dose into a vein of the run that skips the neurones, mU: ten times the threshold of the muscle."""


@final
class Outcome(StrEnum):
    """What a change does to a let-down."""

    ONLY_WITH = "only_with"
    SOONER = "sooner"
    SAME = "same"
    LATER = "later"
    ONLY_WITHOUT = "only_without"
    NEITHER = "neither"


@final
@dataclass(frozen=True, slots=True)
class Counterfactual:
    """One change and what it does to one let-down.

    `onset_s` is the onset with the change, `without_s` that of the feed as it was; None where the let-down never
    comes. `sooner_s` is their difference, negative where the change delays it; None unless both exist.
    """

    change: str
    text: str
    outcome: Outcome
    onset_s: float | None
    without_s: float | None
    sooner_s: float | None


def compared(change: str, words: str, number: int, onset_s: float | None, without_s: float | None) -> Counterfactual:
    """Return the comparison of two onsets of a let-down, with its sentence.

    Parameters
    ----------
    change : str
        Key of the change.
    words : str
        The change in words, such as `with every cue learned`.
    number : int
        Which let-down, from 1.
    onset_s, without_s : float, optional
        Its onset with the change and without it, s; None where it never comes.
    """
    # a reader subtracts the times as they are written
    sooner = 0
    if onset_s is not None and without_s is not None:
        sooner = whole_seconds(without_s) - whole_seconds(onset_s)
    it = "It" if number == 1 else f"Let-down {number}"
    came = f"{it} would have come at {clock(onset_s)} {words}"
    match onset_s is not None, without_s is not None:
        case True, False:
            outcome, text = Outcome.ONLY_WITH, f"{came}; in this feed it never came."
        case False, True:
            outcome = Outcome.ONLY_WITHOUT
            text = f"{it} would not have come at all {words}; in this feed it came at {clock(without_s)}."
        case False, False:
            outcome, text = Outcome.NEITHER, f"{it} would not have come {words} either."
        case _ if sooner > 0:
            outcome, text = Outcome.SOONER, f"{came}, {spoken(sooner)} sooner than in this feed."
        case _ if sooner < 0:
            outcome, text = Outcome.LATER, f"{came}, {spoken(sooner)} later than in this feed."
        case _:
            outcome, text = Outcome.SAME, f"{came}, as in this feed."
    difference = None if onset_s is None or without_s is None else without_s - onset_s
    return Counterfactual(change, text, outcome, onset_s, without_s, difference)


def counterfactuals(
    run: Run, scenario: Scenario, end_s: float, rerun: Callable[[Scenario], Run]
) -> tuple[Counterfactual, ...]:
    """Run a feed again with each single change that could bring its next let-down; the strongest change comes first.

    Parameters
    ----------
    run : Run
        The feed as it was.
    scenario : Scenario
        What was run.
    end_s : float
        The moment asked about, s; the let-down in question is the first one after it.
    rerun : callable
        Runs a scenario with the same random events.
    """
    past = [d for d in run.let_downs if d.onset_s <= end_s]
    number = len(past) + 1
    without_s = _onset(run, number)
    found = []
    for change, words, other in _changed(scenario, end_s, past[-1].end_s if past else 0.0):
        try:
            again = rerun(acting(other()))  # what a change leaves without effect is no fault of the scenario
        except ScenarioError:
            continue  # a protocol that does not fit the change
        found.append(compared(change, words, number, _onset(again, number), without_s))
    return tuple(sorted(found, key=lambda c: (c.onset_s is None, c.onset_s or 0.0)))


def _onset(run: Run, number: int) -> float | None:
    """Return the onset of a let-down, counted from 1, or None if it never came."""
    return run.let_downs[number - 1].onset_s if len(run.let_downs) >= number else None


# The changes --------------------------------------------------------------------------------------

Change = tuple[str, str, Callable[[], Scenario]]


def _changed(scenario: Scenario, end_s: float, last_s: float) -> list[Change]:
    """Return every single change that could matter: its key, its words, the scenario.

    `last_s` is the end of the let-down before the one asked about: a dose is given after it.
    """
    return [
        *_without_conditions(scenario, end_s),
        *_without_steps(scenario, end_s),
        *_helped(scenario),
        *_milk_and_dose(scenario, last_s),
    ]


def _without_conditions(scenario: Scenario, end_s: float) -> list[Change]:
    changes: list[Change] = []
    timed = {s.name for s in scenario.protocol if isinstance(s, ConditionChange) and s.level > 0.0 and s.at_s < end_s}
    for name, amount in scenario.conditions:
        if amount > 0.0 or name in timed:

            def other(name: str = name) -> Scenario:
                kept = [s for s in scenario.protocol if not (isinstance(s, ConditionChange) and s.name == name)]
                return with_protocol(scenario, kept).with_values({f"conditions.{name}": 0.0})

            changes.append(
                (f"without:conditions.{name}", f"without {name.removesuffix('_g_kg').replace('_', ' ')}", other)
            )
    return changes


def _without_steps(scenario: Scenario, end_s: float) -> list[Change]:
    """Return the scenario without its remarks, without pressing, without being taken off."""
    changes: list[Change] = []
    remarks = sum(isinstance(step, Remark) for step in scenario.protocol)
    for key, words, kind in (
        ("without:remark", f"without the remark{'s' if remarks > 1 else ''}", Remark),
        ("without:press", "without pressing the nipple", Press),
        ("without:unlatch", "without taking the baby off", Unlatch),
    ):
        if any(isinstance(step, kind) and step.at_s < end_s for step in scenario.protocol):

            def other(kind: type = kind) -> Scenario:
                return with_protocol(scenario, [step for step in scenario.protocol if not isinstance(step, kind)])

            changes.append((key, words, other))
    return changes


def _helped(scenario: Scenario) -> list[Change]:
    """Return the scenario with a perfect latch, with practice, with cues, with cues learned."""
    changes: list[Change] = []
    latched = any(isinstance(step, Latch | Switch) for step in scenario.protocol)
    if latched and scenario.infant.latch_skill < 1.0:
        changes.append(
            (
                "with:infant.latch_skill",
                "with a perfect latch",
                lambda: scenario.with_values({"infant.latch_skill": 1.0}),
            )
        )
    if scenario.mother.familiarity < 1.0:
        practised = {"mother.familiarity": 1.0}
        changes.append(("with:mother.familiarity", "with a practised mother", lambda: scenario.with_values(practised)))
    cued = any(isinstance(step, Cue) for step in scenario.protocol)
    learned = dict(scenario.mother.conditioning)
    if cued and min(learned.values()) < 0.8:
        values = {f"mother.conditioning.{name}": 1.0 for name in learned}
        changes.append(("with:conditioning", "with every cue learned", lambda: scenario.with_values(values)))
    cry = Cue(kind="own_cry", at_s=0.0)
    changes.append(
        (
            "with:cues.own_cry",
            "with her baby's cry throughout",
            lambda: with_protocol(scenario, [*scenario.protocol, cry]),
        )
    )
    return changes


def _milk_and_dose(scenario: Scenario, last_s: float) -> list[Change]:
    """Return the scenario with full breasts, and with oxytocin given where the neurones are skipped."""
    changes: list[Change] = []
    breasts = {"left": scenario.breasts.left, "right": scenario.breasts.right}
    if min(b.milk_ml / b.capacity_ml for b in breasts.values()) < 0.5:
        full = {f"breasts.{side}.milk_ml": b.capacity_ml for side, b in breasts.items()}
        changes.append(("with:milk", "with full breasts", lambda: scenario.with_values(full)))
    begins = min((step.at_s for step in scenario.protocol if isinstance(step, Latch) and step.at_s), default=0.0)
    dose = Dose(route="iv", amount_mu=DOSE_MU, at_s=max(begins, last_s))
    changes.append(
        (
            "with:dose.iv_mu",
            "with oxytocin given into a vein (the neurones skipped)",
            lambda: with_protocol(scenario, [*scenario.protocol, dose]),
        )
    )
    return changes


def with_protocol(scenario: Scenario, protocol: Sequence[Step]) -> Scenario:
    """Return a scenario with another protocol."""
    values: dict[str, Any] = {name: getattr(scenario, name) for name in Scenario.model_fields}
    return Scenario(**(values | {"protocol": tuple(protocol)}))
