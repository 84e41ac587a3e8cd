"""A `Run` made without the engine: imposed bursts through a small lumped breast, to test the output side.

One oxytocin signal, two breasts; each ejection pushes alveolar milk into the ducts, a sucking infant takes
it from there. Curves are plausible, not calibrated; nothing here is a result of the model.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from letdown.engine.run import Burst, EndReason, LetDown, Run, Sign, SignName, StepRecord, Totals

STEP_S = 0.1
LEFT, RIGHT = 0, 1
SCENARIO_TOML = """\
schema_version = 1
name = "breastfeed"

[[protocol]]
do = "cue"
kind = "own_cry"
for_s = 120

[[protocol]]
do = "latch"
side = "left"
at_s = 120
until = ["flow < 1 mL/min for 2 min"]

[[protocol]]
do = "switch"
until = ["satisfied"]
"""


def suction(t, latches):
    """Return (peak, baseline, now) in mmHg, each (left, right), for latches [(side, start, end)]."""
    peak, baseline, now = np.zeros(2), np.zeros(2), np.zeros(2)
    for side, start, end in latches:
        if start <= t < end:
            effort = 1.0 - 0.3 * (t - start) / (end - start)
            peak[side], baseline[side] = 145 * effort, 60 * effort
            pausing = (t - start) % 16 > 12.5
            wave = 0.0 if pausing else 0.5 - 0.5 * np.cos(2 * np.pi * 1.05 * (t - start))
            now[side] = baseline[side] + (peak[side] - baseline[side]) * wave
    return peak, baseline, now


def oxytocin_course(time, bursts):
    """Return (plasma, activation): a rise by each burst's size, and the muscle's answer about 20 s later."""
    plasma, activation = np.full(time.shape, 2.0), np.zeros(time.shape)
    for burst in bursts:
        u = np.maximum(time - burst.time_s, 0.0)
        plasma += burst.recruited * 3.2 * (1 - np.exp(-u / 6)) * (0.75 * np.exp(-u / 160) + 0.25 * np.exp(-u / 1100))
        v = np.maximum(u - 16, 0.0)
        activation += 0.95 * burst.recruited * (1 - np.exp(-v / 7)) * np.exp(-((v / 52) ** 2)) * (v > 0)
    return plasma, np.minimum(activation, 1.0)


def breasts(time, activation, latches, milk_ml, closing_mmhg):
    """Integrate alveolar and ductal milk of both breasts; return the channels of shape (n, 2)."""
    names = (
        "alveolar_milk_ml",
        "ductal_milk_ml",
        "alveolar_pressure_mmhg",
        "ductal_pressure_mmhg",
        "flow_ml_s",
    )
    names += ("ejection_flow_ml_s", "removed_ml", "leaked_ml", "suction_peak_mmhg", "suction_baseline_mmhg")
    out = {name: np.zeros((time.size, 2)) for name in (*names, "suction_mmhg")}
    alveolar, ductal = np.array(milk_ml) - 3.0, np.array([3.0, 3.0])
    removed, leaked = np.zeros(2), np.zeros(2)
    for i, t in enumerate(time):
        peak, baseline, now = suction(t, latches)
        fullness = alveolar / 160.0
        alveolar_pressure = 8 * (np.maximum(fullness - 0.3, 0) / 0.7) ** 2 + 28 * activation[i] * fullness
        ductal_pressure = np.maximum(2 + (ductal - 3) / 0.35, -15.0)
        threshold = 6 * (1 - min(1.0, activation[i] / 0.15))
        head = alveolar_pressure - np.maximum(ductal_pressure, 0)
        ejection = np.where(head > 0, np.maximum(head - threshold, 0), head) / 18.0
        is_open = np.clip((ductal - 0.5) / 2.5, 0, 1)
        closing = np.array(closing_mmhg) * np.where(now > 20, 0.3, 1.0)
        flow = is_open * np.maximum(ductal_pressure + now - closing, 0) / 120.0
        alveolar, ductal = alveolar - STEP_S * ejection, ductal + STEP_S * (ejection - flow)
        removed, leaked = removed + STEP_S * flow * (peak > 0), leaked + STEP_S * flow * (peak == 0)
        row = (alveolar, ductal, alveolar_pressure, ductal_pressure, flow, ejection, removed, leaked)
        for name, value in zip(out, (*row, peak, baseline, now), strict=True):
            out[name][i] = value
    return out


def let_downs_of(time, sided, activation):
    """Apply the definition of a let-down to the curves; only the first is felt."""
    pushing = (sided["ejection_flow_ml_s"] > 0.02).any(axis=1) & (activation > 0.15)
    onsets = [i for i in np.flatnonzero(pushing[1:] & ~pushing[:-1]) + 1 if pushing[i : i + 50].all()]
    rows = []
    for k, start in enumerate(onsets):
        stop = onsets[k + 1] if k + 1 < len(onsets) else time.size - 1
        rest = np.flatnonzero(activation[start:stop] < 0.1)
        end = start + rest[0] if rest.size else stop
        pushed = STEP_S * sided["ejection_flow_ml_s"][start:stop].sum(axis=0)
        taken = sided["removed_ml"][stop] - sided["removed_ml"][start]
        rows.append(LetDown(float(time[start]), float(time[end]), *map(float, pushed), *map(float, taken), k == 0))
    return tuple(rows)


def unsided_channels(time, plasma, activation, latches, removed):
    """Return the channels of shape (n,): mother and infant as a whole."""
    sucking = np.array([any(a <= t < b and (t - a) % 16 <= 12.5 for _, a, b in latches) for t in time], float)
    taken = removed.sum(axis=1)
    zero = np.zeros(time.shape)
    return {
        "oxytocin_pg_ml": plasma,
        "prolactin_ng_ml": 120 + 0.06 * np.maximum(time - 120, 0),
        "activation": activation,
        "store": 40 + 30 * np.abs(np.sin(time / 60)),
        "priming_rate_per_s": 0.2 + 0.5 * sucking,
        "afferent_drive": sucking,
        "cue_drive": np.exp(-time / 200),
        "central_inhibition": zero,
        "adrenergic_tone": zero,
        "suck_rate_hz": 1.05 * sucking,
        "sucking": sucking,
        "vigour": np.clip(1 - taken / 130, 0, 1),
        "stomach_ml": taken,
        "uterine_tone": 0.1 + 0.5 * activation,
        "afterpain": 0.05 * activation,
        "thirst": np.clip((plasma - 4) / 20, 0, 1),
        "tingling": np.clip(activation - 0.4, 0, 1),
    }


def totals_of(time, sided, unsided, bursts, latches, milk_ml):
    """Close the accounts of the run."""
    plasma = unsided["oxytocin_pg_ml"]
    both = sided["removed_ml"] + sided["leaked_ml"]
    five_s = round(5 / STEP_S)
    mean_flow = (both[five_s:] - both[:-five_s]) / 5.0

    def pair(values):
        return float(values[LEFT]), float(values[RIGHT])

    return Totals(
        available_ml=pair(milk_ml),
        removed_ml=pair(sided["removed_ml"][-1]),
        leaked_ml=pair(sided["leaked_ml"][-1]),
        synthesised_ml=(0.0, 0.0),
        remaining_ml=pair(sided["alveolar_milk_ml"][-1] + sided["ductal_milk_ml"][-1]),
        oxytocin_secreted_ng=float(sum(b.oxytocin_ng for b in bursts)),
        oxytocin_baseline_pg_ml=2.0,
        oxytocin_peak_pg_ml=float(plasma.max()),
        oxytocin_peak_time_s=float(time[plasma.argmax()]),
        flow_peak_ml_s=float(mean_flow.max(initial=0.0)),
        first_latch_s=latches[0][1] if latches else None,
        duration_s=float(time[-1]),
        end_reason=EndReason.PROTOCOL_END,
    )


def steps_of(latches):
    """Return the cue and the latches as step records."""
    steps = [StepRecord(0, "cue", None, 0.0, latches[0][1] if latches else 120.0, EndReason.TIME, "own_cry")]
    for side, start, end in latches:
        do = "latch" if side == LEFT else "switch"
        why = EndReason.FLOW_BELOW if side == LEFT else EndReason.SATISFIED
        steps.append(StepRecord(len(steps), do, ("left", "right")[side], start, end, why))
    return tuple(steps)


@lru_cache(maxsize=8)
def synthetic_run(seed=0, every_s=1.0, duration_s=900.0, eventful=True):
    """Return a breastfeed of both breasts, or (`eventful=False`) a quiet wait in which nothing happens."""
    latches = [(LEFT, 120.0, 560.0), (RIGHT, 590.0, duration_s)] if eventful else []
    rng = np.random.default_rng(seed)
    onsets = np.array([62.0, 148.0, 262.0, 398.0, 520.0, 655.0, 800.0]) + rng.uniform(-8, 8, 7)
    sizes = (0.15, 1.0, 0.95, 0.9, 0.3, 0.9, 0.8)
    bursts = tuple(Burst(float(t), s, 23.0 * s) for t, s in zip(onsets, sizes, strict=True)) if eventful else ()
    time = np.arange(0.0, duration_s + STEP_S / 2, STEP_S)
    plasma, activation = oxytocin_course(time, bursts)
    milk_ml = (107.0, 118.0)
    sided = breasts(time, activation, latches, milk_ml, closing_mmhg=(18.0, 9.0))
    unsided = unsided_channels(time, plasma, activation, latches, sided["removed_ml"])
    let_downs = let_downs_of(time, sided, activation)
    sided["duct_diameter_mm"] = 2.0 * np.sqrt(np.maximum(sided["ductal_milk_ml"], 0.3) / 3.0)
    sided["pad_ml"] = np.minimum(sided["leaked_ml"], 17.0)
    sided["clothes_ml"] = sided["leaked_ml"] - sided["pad_ml"]
    sided["skin_wetness"] = sided["leaked_ml"] / (sided["leaked_ml"] + 2.0)
    signs = tuple(Sign(SignName.TINGLING, d.onset_s + 6, None) for d in let_downs if d.felt)
    if let_downs:
        first = let_downs[0].onset_s
        signs += (Sign(SignName.ACTIVE_SUCK_SWALLOW, first + 4, "left"),)
        signs += (
            Sign(SignName.CONTRALATERAL_DRIP, first + 11, "right"),
            Sign(SignName.THIRST, first + 40, None),
        )
    keep = slice(None, None, max(1, round(every_s / STEP_S)))
    return Run(
        time_s=time[keep],
        channels={name: values[keep] for name, values in (unsided | sided).items()},
        bursts=bursts,
        let_downs=let_downs,
        signs=tuple(sorted(signs, key=lambda sign: sign.time_s)),
        steps=steps_of(latches),
        totals=totals_of(time, sided, unsided, bursts, latches, milk_ml),
        seed=seed,
        dyad=None,
        traits={},
        warnings=(),
        scenario="breastfeed",
        scenario_toml=SCENARIO_TOML,
        parameter_hash="0" * 16,
        burst_source="imposed",
    )


def synthetic_dyad(dyad, seed=0):
    """Return the run of one dyad of a cohort, with a trait that scales what it holds."""
    run = synthetic_run(seed=seed + dyad)
    return replace(run, seed=seed, dyad=dyad, traits={"capacity": 1.0 + 0.1 * dyad})
