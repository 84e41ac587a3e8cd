"""From a scenario to what the engine runs: parameters of the dyad, milk at the start, the protocol's table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from letdown.body.body import BodyParameters
from letdown.body.breast import BreastParameters
from letdown.body.conditioning import Learned
from letdown.body.population import Population
from letdown.body.registry import reference_parameters, specification, with_overrides
from letdown.body.surroundings import Conditions, Cues
from letdown.body.traits import feed_columns, trait_columns, with_traits
from letdown.devices.waveform import Waveform
from letdown.engine import program as table
from letdown.engine.cohort_run import DyadColumns, DyadStart
from letdown.engine.program import NEVER, Program, StepKind
from letdown.kernel.elementary import minimum
from letdown.protocol.scenario import Breast, Scenario
from letdown.protocol.steps import (
    AbstractForeground,
    Background,
    ConditionChange,
    Cue,
    Dose,
    FlowAbove,
    FlowBelow,
    HandExpress,
    Latch,
    Press,
    Pump,
    Remark,
    Satisfied,
    Step,
    Switch,
    Unlatch,
    Wait,
)
from letdown.protocol.timeline import step_sides

__all__ = [
    "NANOGRAMS_PER_MILLIUNIT",
    "build_parameters",
    "build_program",
    "reference_start",
    "start_columns",
    "trait_starts",
    "what_of",
]

NANOGRAMS_PER_MILLIUNIT = 1.71
"""Oxytocin: 1 IU is 1.71 ug [deGroot1995]."""

BOLUS_S = 5.0
"""Time over which a bolus or a spray is given, s; an assumption."""

SWITCH_S = 20.0
"""Pause in which the infant is moved to the other breast, s; an assumption."""

_SHORTEST_EDGE = 1.0e-3
"""Share of a cycle below which an edge of a waveform is taken as vertical."""

Row = dict[str, float]


def build_parameters(scenario: Scenario) -> BodyParameters:
    """Return every number of the reference dyad of a scenario.

    Raises
    ------
    ParameterError
        If an override is unknown or out of range.
    """
    p = reference_parameters()
    mother, infant = scenario.mother, scenario.infant
    p = p._replace(
        learned=Learned(**mother.conditioning.model_dump()),
        left=_breast(p.left, scenario.breasts.left),
        right=_breast(p.right, scenario.breasts.right),
    )
    p = with_overrides(
        p,
        {
            "neurones.practice": mother.familiarity,
            "neurones.day": mother.postpartum_day,
            "uterus.parity": mother.parity,
            "uterus.day": mother.postpartum_day,
            "sensations.day": mother.postpartum_day,
            "infant.latch_skill": infant.latch_skill,
            "infant.appetite": max(infant.appetite_ml, specification("infant.appetite").low),
            "infant.vigour": infant.vigour,
            "infant.peak_suction": infant.peak_suction_mmhg,
            "infant.baseline_suction": infant.baseline_suction_mmhg,
        },
    )
    return with_overrides(p, scenario.parameters)


def _breast(p: BreastParameters, breast: Breast) -> BreastParameters:
    nipple = p.nipple._replace(
        closing_pressure=breast.closing_pressure_mmhg, channel_resistance=breast.channel_resistance_mmhg_s_ml
    )
    if breast.shield is not None:
        nipple = nipple._replace(
            shield_resistance=breast.shield.resistance_factor,
            shield_suction=1.0 - breast.shield.suction_loss,
            shield_stimulus=1.0 - breast.shield.stimulus_loss,
        )
    pad = p.pad
    if breast.pad is not None:
        pad = pad._replace(capacity=breast.pad.capacity_ml, liner=float(breast.pad.plastic_liner))
    return p._replace(alveoli=p.alveoli._replace(capacity=breast.capacity_ml), nipple=nipple, pad=pad)


def reference_start(scenario: Scenario) -> DyadStart:
    """Return the reference dyad of a scenario at time 0."""
    breasts = scenario.breasts
    return DyadStart(0, build_parameters(scenario), breasts.left.milk_ml, breasts.right.milk_ml)


def trait_starts(
    scenario: Scenario,
    dyads: Sequence[int],
    seed: int,
    population: Population | None = None,
    feed: int = 0,
) -> tuple[list[DyadStart], list[dict[str, float]]]:
    """Return virtual dyads by number, and the trait factors of each. A dyad is the same in every cohort.

    Parameters
    ----------
    scenario : Scenario
        The feed; its mother and infant are the reference that the factors multiply.
    dyads : sequence of int
        Their numbers.
    seed : int
        Seed of the cohort.
    population : Population, optional
        What the traits are drawn from; the one of the package by default.
    feed : int
        Which feed of these women: another number gives the same women at another time.

    Returns
    -------
    starts, traits
        The factors of `traits` are those of the woman; what varies from feed to feed is in `starts` only.
    """
    columns, traits = start_columns(reference_start(scenario), dyads, seed, population, feed)
    return columns.rows(), traits


def start_columns(
    reference: DyadStart, dyads: Sequence[int], seed: int, population: Population | None = None, feed: int = 0
) -> tuple[DyadColumns, list[dict[str, float]]]:
    """Return virtual dyads as `trait_starts` does, from the reference dyad of a scenario, as columns."""
    factors = trait_columns(seed, dyads, population)
    today = dict(factors)
    for name, factor in feed_columns(seed, dyads, feed, population).items():
        today[name] = today[name] * factor
    p = with_traits(reference.parameters, today)
    scale = today["storage_capacity"] * today["milk_stored"]
    milk: Any = [
        minimum(stored * scale, 1.1 * breast.alveoli.capacity)
        for stored, breast in ((reference.milk_left, p.left), (reference.milk_right, p.right))
    ]
    rows = zip(*(column.tolist() for column in factors.values()), strict=True)
    traits = [dict(zip(factors, row, strict=True)) for row in rows]
    return DyadColumns(dyads, p, milk[0], milk[1], feed), traits


def build_program(scenario: Scenario) -> Program:
    """Return the protocol of a scenario as the engine's table."""
    sides = step_sides(scenario.protocol)
    rows: list[Row] = []
    positions: list[int] = []
    names: list[str] = []
    whats: list[str] = []
    labels: list[str | None] = []
    for position in _order(scenario.protocol):
        step, on = scenario.protocol[position], sides[position]
        for row in _rows(step, len(rows)):
            row["left"], row["right"] = float("left" in on), float("right" in on)
            rows.append(row)
            positions.append(position)
            names.append(step.do)
            whats.append(what_of(step))
            labels.append("both" if len(on) == 2 else on[0] if on else None)
    steps = np.zeros((len(rows), len(table.COLUMNS)))
    for number, row in enumerate(rows):
        full = {
            "start": -1.0,
            "duration": NEVER,
            "group": float(number),
            "group_duration": NEVER,
            "flow_window": NEVER,
            "flow_above": NEVER,
            "phase_flow": NEVER,
        } | row
        for name, value in full.items():
            steps[number, table.COLUMNS.index(name)] = value
    c = scenario.conditions
    conditions = Conditions(*(getattr(c, "alcohol_g_kg" if f == "alcohol" else f) for f in Conditions._fields))
    named = tuple(names), tuple(whats), tuple(labels)
    return Program(steps, tuple(positions), *named, conditions, scenario.max_duration_s)


def _order(protocol: Sequence[Step]) -> list[int]:
    """Return the order in which steps stand in the table, so that it is the same however a file orders its lines.

    Background steps come last, by their start: of two that set one level the engine takes the later row.
    """
    foreground = [i for i, step in enumerate(protocol) if not isinstance(step, Background)]
    background = [
        (step.at_s, step.model_dump_json(), i) for i, step in enumerate(protocol) if isinstance(step, Background)
    ]
    return foreground + [i for *_, i in sorted(background)]


def what_of(step: Step) -> str:
    """Return which cue, condition or dose a step is; nothing for others."""
    match step:
        case Cue():
            return step.kind
        case ConditionChange():
            return step.name
        case Dose():
            return step.route
    return ""


def _rows(step: Step, number: int) -> list[Row]:
    """Return the table rows of one step; a pump programme has one for each phase."""
    match step:
        case Latch():
            return [_foreground(step, StepKind.LATCH, step.at_s)]
        case Switch():
            return [_foreground(step, StepKind.LATCH, None) | {"delay": SWITCH_S}]
        case Pump():
            return _pump_rows(step, number)
        case HandExpress():
            wave = _device(0.0, 0.0, step.rate_per_min, step.waveform(), step.compression_mmhg)
            return [_foreground(step, StepKind.DEVICE, step.at_s) | wave]
        case Wait():
            return [{"kind": StepKind.WAIT, "foreground": 1.0, "duration": step.for_s}]
        case Unlatch():
            return [{"kind": StepKind.UNLATCH, "start": step.at_s, "duration": 0.0}]
        case Cue():
            return [_background(step, StepKind.CUE, step.for_s, Cues._fields.index(step.kind), step.strength)]
        case Remark():
            return [_background(step, StepKind.REMARK, 1.0, step.severity)]
        case ConditionChange():
            which = Conditions._fields.index(step.name)
            return [_background(step, StepKind.CONDITION, step.for_s, which, step.level)]
        case Press():
            return [_background(step, StepKind.PRESS, step.for_s, step.pressure_mmhg)]
        case Dose():
            duration = step.for_s or BOLUS_S
            rate = step.amount_mu * NANOGRAMS_PER_MILLIUNIT * 1000.0 / duration
            into = (rate, 0.0) if step.route == "iv" else (0.0, rate)
            return [_background(step, StepKind.DOSE, duration, *into)]


def _foreground(step: AbstractForeground, kind: StepKind, at_s: float | None) -> Row:
    row: Row = {"kind": kind, "foreground": 1.0}
    if at_s is not None:
        row["start"] = at_s
    if step.for_s is not None:
        row["duration"] = step.for_s
    for rule in step.until:
        match rule:
            case Satisfied():
                row["until_satisfied"] = 1.0
            case FlowBelow():
                row |= {"flow_below": rule.flow_ml_s, "flow_window": rule.for_s}
            case FlowAbove():
                row["flow_above"] = rule.flow_ml_s
    return row


def _pump_rows(step: Pump, number: int) -> list[Row]:
    rows = []
    for index, phase in enumerate(step.programme.phases):
        row = _foreground(step, StepKind.DEVICE, step.at_s if index == 0 else None)
        row["group"] = float(number)
        row["group_duration"] = row.pop("duration", NEVER)
        row |= _device(phase.baseline_mmhg, phase.suction_mmhg, phase.rate_per_min, phase.shape.waveform(), 0.0)
        if phase.for_s is not None:
            row["duration"] = phase.for_s
        if phase.until_flow_ml_s is not None:
            row["phase_flow"] = phase.until_flow_ml_s
        rows.append(row)
    return rows


def _device(baseline: float, peak: float, per_minute: float, wave: Waveform, compression: float) -> Row:
    steady = wave.hold >= 1.0
    values = (
        peak,
        peak if steady else baseline,
        0.0 if steady else per_minute / 60.0,
        max(wave.rise, _SHORTEST_EDGE),
        wave.hold,
        max(wave.fall, _SHORTEST_EDGE),
        wave.e1,
        wave.e2,
        wave.e3,
        compression,
    )
    return {f"a{i}": value for i, value in enumerate(values)}


def _background(
    step: Cue | Remark | ConditionChange | Press | Dose,
    kind: StepKind,
    for_s: float | None,
    *arguments: float,
) -> Row:
    row: Row = {"kind": kind, "start": step.at_s, "duration": NEVER if for_s is None else for_s}
    return row | {f"a{i}": float(value) for i, value in enumerate(arguments)}
