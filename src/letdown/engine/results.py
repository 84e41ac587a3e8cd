"""From a lane's numbers to a `Run`: what it came to (`feed_account`), the steps of its protocol, read-outs.

Read-outs that are no state (pressures, diameter, priming) are computed from the trace with the same equations
that the engine compiled.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.body.afferents import afferent_drive
from letdown.body.alveoli import alveolar_pressure
from letdown.body.body import BodyParameters, Dyad
from letdown.body.breast import Breast, Working, cycle_wave
from letdown.body.conditioning import cue_priming
from letdown.body.ducts import duct_diameter, duct_pressure
from letdown.body.infant import suck_rate
from letdown.body.nursing_pad import pad_held
from letdown.body.oxytocin_neurones import priming_rate
from letdown.body.registry import parameter_hash
from letdown.body.sensations import tingling
from letdown.body.surroundings import Surroundings
from letdown.body.uterus import afterpain, contraction
from letdown.engine.burst_source import AbstractBurstSource
from letdown.engine.cohort_run import LaneResult
from letdown.engine.event_log import Seen
from letdown.engine.feed_account import (
    DIGITS,
    ENDED,
    Ended,
    Noted,
    bursts,
    let_downs,
    rounded_time,
    signs,
    totals,
    warnings,
)
from letdown.engine.layout import field_index, field_names, view
from letdown.engine.program import C_GROUP, END_REASONS, Program, StepState
from letdown.engine.run import Run, StepRecord
from letdown.kernel.elementary import maximum, select

__all__ = ["TRACED", "breast_read_outs", "dyad_read_outs", "make_run", "milk_imbalance_ml", "step_records"]

TRACED = tuple(
    name
    for name in field_names()
    if not name.startswith(("parameters.", "flows.", "moments.ejection", "moments.last_burst", "watch."))
)
"""Fields recorded at each row: all that read-outs need."""

Array = NDArray[np.float64]


def make_run(
    lane: LaneResult,
    program: Program,
    source: AbstractBurstSource,
    seed: int,
    *,
    dyad: int | None,
    traits: dict[str, float],
    scenario: str,
    scenario_toml: str,
) -> Run:
    """Return the run of one lane."""
    noted = _noted(lane)
    found, came = signs(noted), totals(noted)
    times, channels = _channels(lane) if lane.trace.size else (np.zeros(0), {})
    return Run(
        time_s=times,
        channels=channels,
        bursts=bursts(noted),
        let_downs=let_downs(noted, found),
        signs=found,
        steps=step_records(lane.steps, lane.seen[Seen.END_TIME], program),
        totals=came,
        seed=seed,
        dyad=dyad,
        traits=traits,
        warnings=warnings(noted, came),
        scenario=scenario,
        scenario_toml=scenario_toml,
        parameter_hash=parameter_hash(lane.start.parameters),
        burst_source=type(source).__name__,
        spikes=None if lane.discharge is None else lane.discharge.spikes,
    )


def _noted(lane: LaneResult) -> Noted:
    start, p = lane.start, lane.start.parameters
    return Noted(
        lane.log.tolist(),
        lane.seen.tolist(),
        Ended(*lane.fields[list(ENDED)].tolist()),
        (start.milk_left, start.milk_right),
        float(p.plasma.basal_level),
        (p.left.alveoli.capacity, p.right.alveoli.capacity),
        lane.discharge,
    )


def milk_imbalance_ml(lane: LaneResult) -> tuple[float, float]:
    """Return alveolar + ductal + removed + leaked - synthesised - start, left and right: rounding only."""
    return tuple(  # type: ignore[return-value]
        _final(lane, f"{side}.alveolar_milk")
        + _final(lane, f"{side}.ductal_milk")
        + (_final(lane, f"{side}.removed") + _final(lane, f"{side}.leaked"))
        - _final(lane, f"{side}.synthesised")
        - start
        for side, start in (("left", lane.start.milk_left), ("right", lane.start.milk_right))
    )


def _final(lane: LaneResult, path: str) -> float:
    return float(lane.fields[field_index(path)])


def step_records(state: Array, end_s: float, program: Program) -> tuple[StepRecord, ...]:
    """Return when the steps of a protocol began and ended, from the state of each row of it and the end of the run."""
    records = []
    end = rounded_time(float(end_s))
    for index, row in enumerate(state):
        started, ended = row[StepState.STARTED], row[StepState.ENDED]
        phase_not_reached = program.steps[index][C_GROUP] != index and row[StepState.STATUS] == 2.0 and started == ended
        if row[StepState.STATUS] == 0.0 or phase_not_reached:
            continue
        records.append(
            StepRecord(
                program.positions[index],
                program.names[index],
                program.sides[index],
                rounded_time(float(row[StepState.STARTED])),
                rounded_time(float(row[StepState.ENDED])) if row[StepState.STATUS] == 2.0 else end,
                END_REASONS[int(row[StepState.REASON])],
                program.whats[index],
            )
        )
    # the table holds steps that set a level by the time of their start
    return tuple(sorted(records, key=lambda record: record.index))


def _channels(lane: LaneResult) -> tuple[Array, dict[str, Array]]:
    """Return the times and the channels of a trace; a constant parameter broadcasts."""
    rows = {name: lane.trace[:, i] for i, name in enumerate(TRACED)}
    positions = [rows.get(name, lane.fields[i]) for i, name in enumerate(field_names())]
    x: Any = view(positions, Dyad, "dyad")
    p: Any = view(positions, BodyParameters, "parameters")
    u: Any = view(positions, Surroundings, "surroundings")
    time: Array = u.time
    sides: dict[str, dict[str, Any]] = {}
    for side in ("left", "right"):
        b: Any = view(positions, Breast, side)
        w: Any = view(positions, Working, f"working_{side}")
        pad = x.pad_left if side == "left" else x.pad_right
        flows = {
            "flow_ml_s": _mean_rate(b.removed + b.leaked, time),
            "ejection_flow_ml_s": _mean_rate(b.ejected, time),
        }
        read = breast_read_outs(b, w, x.myoepithelium.activation, pad, getattr(p, side))
        sides[side] = {name: flows.get(name, read.get(name)) for name in _SIDED}
    both = {name: np.stack([sides["left"][name], sides["right"][name]], axis=1) for name in _SIDED}
    single = dyad_read_outs(x, rows["moments.sucking.attached"], p, u, both["ductal_pressure_mmhg"].max(axis=1))
    channels = {name: np.broadcast_to(value, time.shape).astype(float) for name, value in single.items()}
    return np.round(time.astype(float), DIGITS), channels | both


_SIDED = (
    "alveolar_milk_ml", "ductal_milk_ml", "alveolar_pressure_mmhg", "ductal_pressure_mmhg", "duct_diameter_mm",
    "suction_peak_mmhg", "suction_baseline_mmhg", "suction_mmhg", "flow_ml_s", "ejection_flow_ml_s", "removed_ml",
    "leaked_ml", "pad_ml", "clothes_ml", "skin_wetness",
)  # fmt: skip
"""Channels of each breast, in the order of a table."""


def dyad_read_outs(x: Any, attached: Any, p: Any, u: Any, ductal: Any) -> dict[str, Any]:
    """Return the channels of the dyad from its records: of arrays, or of the expressions of a graph.

    `ductal` is the higher of the two ductal pressures, mmHg.
    """
    drive = afferent_drive(x.afferents, p.afferents)
    cues = cue_priming(x.conditioning, p.conditioning, u.cues)
    return {
        "oxytocin_pg_ml": x.plasma.oxytocin,
        "prolactin_ng_ml": x.prolactin.level,
        "activation": x.myoepithelium.activation,
        "store": x.neurones.store,
        "priming_rate_per_s": priming_rate(p.neurones, drive, cues, x.interference.central),
        "afferent_drive": drive,
        "cue_drive": cues,
        "central_inhibition": x.interference.central,
        "adrenergic_tone": x.interference.adrenergic,
        "suck_rate_hz": suck_rate(x.infant, p.infant) * attached * select(x.infant.envelope > 0.5, 1.0, 0.0),
        "sucking": attached * x.infant.envelope,
        "vigour": x.infant.vigour,
        "stomach_ml": x.infant.stomach,
        "uterine_tone": contraction(x.uterus, p.uterus),
        "afterpain": afterpain(x.uterus, p.uterus),
        "thirst": x.sensations.thirst,
        "tingling": tingling(x.sensations, p.sensations, ductal),
    }


def breast_read_outs(b: Any, w: Any, activation: Any, pad: Any, p: Any) -> dict[str, Any]:
    """Return the channels of one breast from its records, but for the mean flows between two rows."""
    wave, held = cycle_wave(b.phase, w), pad_held(b.leaked, p.pad)
    return {
        "alveolar_milk_ml": b.alveolar_milk,
        "ductal_milk_ml": b.ductal_milk,
        "alveolar_pressure_mmhg": alveolar_pressure(b.alveolar_milk, activation, p.alveoli),
        "ductal_pressure_mmhg": duct_pressure(b.ductal_milk, maximum(w.duct_stiffness, 1.0), p.ducts),
        "duct_diameter_mm": duct_diameter(b.ductal_milk, p.ducts),
        "suction_peak_mmhg": w.peak,
        "suction_baseline_mmhg": w.baseline,
        "suction_mmhg": w.baseline + (w.peak - w.baseline) * wave,
        "removed_ml": b.removed,
        "leaked_ml": b.leaked,
        "pad_ml": held,
        "clothes_ml": b.leaked - held,
        "skin_wetness": pad.wetness,
    }


def _mean_rate(total: Array, time: Array) -> Array:
    """Return the mean rate over the interval that ends at each row; 0 at the first."""
    rate = np.zeros_like(total)
    spans = np.diff(time)
    np.divide(np.diff(total), spans, out=rate[1:], where=spans > 0)
    return rate
