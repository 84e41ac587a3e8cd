"""From a lactation scenario to what the engine runs: parameters and state at birth, the program of days."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from letdown.body.life.birth import beginners, newborn_life, weight_at, z_score
from letdown.body.life.life import LifeParameters
from letdown.body.life.registry import life_specification, reference_life, with_life_overrides
from letdown.body.life.traits import draw_life_traits, with_life_traits
from letdown.body.surroundings import Cues
from letdown.engine.life.program import (
    Answer,
    AnswerRule,
    Appointment,
    Dose,
    Intake,
    LifeProgram,
    Protocol,
    What,
    Window,
)
from letdown.engine.life.run import LifeStart
from letdown.protocol.build import build_program
from letdown.protocol.lactation import LactationScenario
from letdown.protocol.life_steps import (
    AbstractLifeStep,
    Bottle,
    BreastfeedAt,
    Drug,
    Pill,
    PumpAt,
    Smoke,
    Solids,
    Soothe,
)
from letdown.protocol.scenario import Scenario

__all__ = ["build_life_program", "life_parameters", "life_start", "life_starts"]

EXPERIENCE = 0.5
"""Familiarity at birth of a mother who has fed before; a first one has none. An assumption."""

MULTIPAROUS_LATCH = 1.1
"""Factor on the first latch skill with an experienced mother; an assumption."""

REGULARITY = 0.3
"""Level of the usual hour as a cue in feeding on demand; 1 at a fixed hour. An assumption."""

CUE_S = 300.0
AFTER_CUE_S = 120.0
"""A cue without a feed lasts, and is followed, so long, s; assumptions."""

SIDES = {"l": "left", "r": "right"}


def life_parameters(scenario: LactationScenario) -> LifeParameters:
    """Return every number of the reference dyad of a lactation.

    Raises
    ------
    ParameterError
        If an override is unknown or out of range.
    """
    # overrides first: those of births and skills act through what is computed here
    p, mother = with_life_overrides(reference_life(), scenario.parameters), scenario.mother
    delay = p.lactogenesis.delay * (
        1.0
        + p.lactogenesis.first_birth * (mother.parity == 1)
        + p.lactogenesis.caesarean * (mother.birth != "vaginal")
        + p.lactogenesis.emergency * (mother.birth == "emergency_caesarean")
        + p.lactogenesis.cortisol * mother.birth_stress
        + p.lactogenesis.ssri * mother.ssri
    )
    skill = scenario.infants[0].latch_skill
    if skill is None:
        skill = min(p.latch_learning.first_skill * (1.0 if mother.parity == 1 else MULTIPAROUS_LATCH), 1.0)
    values = {
        "uterus.parity": float(mother.parity),
        "lactogenesis.delay": min(delay, life_specification("lactogenesis.delay").high),
        "latch_learning.first_skill": skill,
    }
    return with_life_overrides(p, values)


def life_start(scenario: LactationScenario, dyad: int | None = None, seed: int = 0) -> LifeStart:
    """Return one dyad at birth: the reference one, or a virtual one by its number."""
    p = life_parameters(scenario)
    traits = {} if dyad is None else draw_life_traits(seed, dyad)
    if traits:
        p = with_life_traits(p, traits)
    infants = [*scenario.infants, scenario.infants[-1]][:2]
    weights, zs = [], []
    for infant in infants:
        z = 0.0 if infant.birth_weight_kg is None else z_score(infant.birth_weight_kg, infant.sex, 0.0)
        z += traits.get("birth_weight_z", 0.0)
        z = min(max(z, -4.0), 4.0)
        zs.append(z)
        weights.append(weight_at(z, infant.sex, 0.0))
    experience = 0.0 if scenario.mother.parity == 1 else EXPERIENCE
    learning = beginners(p, experience)
    if len(scenario.infants) > 1 and infants[1].latch_skill is not None:
        learning = learning._replace(second_skill=infants[1].latch_skill)
    return LifeStart(
        dyad or 0,
        p,
        newborn_life(p, weights[0], weights[1]),
        learning,
        (infants[0].sex, infants[1].sex),
        (zs[0], zs[1]),
        scenario.mother.birth_hour,
        traits,
    )


def life_starts(scenario: LactationScenario, dyads: Sequence[int], seed: int) -> list[LifeStart]:
    """Return virtual dyads by number; a dyad is the same in every cohort."""
    return [life_start(scenario, dyad, seed) for dyad in dyads]


def build_life_program(scenario: LactationScenario) -> LifeProgram:
    """Return the plan of a lactation as the engine runs it."""
    exposure = life_parameters(scenario).exposure
    answers, appointments, doses, intakes = [], [], [], []
    protocols = dict(_feed_protocols())
    for number, step in enumerate(scenario.plan):
        match step:
            case Bottle():
                answer = Answer.FORMULA if step.of == "formula" else Answer.EXPRESSED
                answers.append(AnswerRule(_window(step, step.from_h, step.to_h), answer, step.share))
            case Soothe():
                answers.append(AnswerRule(_window(step, step.from_h, step.to_h), Answer.SOOTHED))
            case BreastfeedAt():
                appointments.append(Appointment(_window(step), What.FEED, step.hours))
            case PumpAt():
                name = f"pump-{number}"
                protocols[name] = _pump_protocol(step)
                sides = {"left": step.side != "right", "right": step.side != "left"}
                appointments.append(
                    Appointment(
                        _window(step), What.PUMP, step.hours, protocol=name, after_feed=step.after_feed, **sides
                    )
                )
            case Drug():
                if step.dose > 0.0:  # a dose of 0 would still stop the coarse clock, which moves the last bits
                    doses.append(Dose(_window(step), step.hours, step.name, getattr(exposure, step.name) * step.dose))
            case Pill():
                level = 1.0 if step.kind == "combined" else exposure.minipill
                intakes.append(Intake(_window(step), pill=level))
            case Smoke():
                intakes.append(Intake(_window(step), smoke=step.level))
            case Solids():
                intakes.append(Intake(_window(step), solids_from=step.from_share, solids_to=step.to_share))
    mother = scenario.mother
    for kind, times in (("other_cry", mother.other_cries_per_day), ("thought", mother.thoughts_per_day)):
        if times:
            protocols[kind] = _cue_protocol(kind)
            appointments.append(Appointment(Window(), What.CUE, times_a_day=times, protocol=kind))
    return LifeProgram(
        days=scenario.days,
        infants=len(scenario.infants),
        sides=(scenario.breasts != "right", scenario.breasts != "left"),
        first_feed_h=mother.first_feed_h,
        top_up=mother.top_up,
        answers=tuple(answers),
        appointments=tuple(appointments),
        doses=tuple(doses),
        intakes=tuple(intakes),
        protocols=protocols,
    )


def _window(step: AbstractLifeStep, from_h: float = 0.0, to_h: float = 24.0) -> Window:
    return Window(step.from_day, step.to_day, from_h, to_h, step.weekdays_only)


# Sessions -----------------------------------------------------------------------------------------


def _session(name: str, steps: list[dict[str, Any]], **cues: float) -> Protocol:
    """Return a session whose cues act for its first two minutes and are what is learned from it."""
    heard: list[dict[str, Any]] = [
        {"do": "cue", "kind": kind, "at_s": 0.0, "for_s": 120.0, "strength": level} for kind, level in cues.items()
    ]
    values: dict[str, Any] = {"name": name, "max_duration_s": 7200.0, "protocol": [*heard, *steps]}
    scenario = Scenario(**values)
    return Protocol(build_program(scenario), Cues(**({name: 0.0 for name in Cues._fields} | cues)))


@cache
def _feed_protocols() -> Mapping[str, Protocol]:
    """Return the feeds: by who began, how early in lactation, and in which order the breasts are offered."""
    protocols = {}
    for order in ("lr", "rl", "l", "r"):
        for early in (False, True):
            steps = _feed_steps(order, early)
            prefix = "first-" if early else ""
            protocols[f"{prefix}feed-{order}"] = _session(
                "feed", steps, own_cry=1.0, preparing=1.0, usual_hour=REGULARITY, thought=REGULARITY
            )
            protocols[f"{prefix}woken-{order}"] = _session(
                "feed", steps, preparing=1.0, usual_hour=1.0, thought=REGULARITY
            )
    return protocols


def _feed_steps(order: str, early: bool) -> list[dict[str, Any]]:
    until = ["satisfied"] if early else ["satisfied", "flow < 3 mL/min for 240 s"]
    first = {"do": "latch", "side": SIDES[order[0]], "at_s": 120.0, "until": until, "for_s": 600.0 if early else 1200.0}
    if len(order) == 1:
        return [first | {"for_s": 900.0 if early else 1800.0}]
    return [first, {"do": "switch", "until": ["satisfied"], "for_s": 600.0 if early else 1200.0}]


def _pump_protocol(step: PumpAt) -> Protocol:
    pump = {
        "do": "pump",
        "side": step.side,
        "at_s": 120.0,
        "for_s": 60.0 * step.for_min,
        "programme": {"kind": "two-phase", "suction_mmhg": step.suction_mmhg},
    }
    return _session("pump", [pump], preparing=1.0, usual_hour=1.0, thought=1.0)


def _cue_protocol(kind: str) -> Protocol:
    cue = {"do": "cue", "kind": kind, "at_s": 0.0, "for_s": CUE_S}
    wait = {"do": "wait", "for_s": CUE_S + AFTER_CUE_S}
    values: dict[str, Any] = {"name": "cue", "protocol": [cue, wait]}
    scenario = Scenario(**values)
    return Protocol(build_program(scenario), Cues(**({name: 0.0 for name in Cues._fields} | {kind: 1.0})))
