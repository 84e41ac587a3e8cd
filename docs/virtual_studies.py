"""Published studies of single sessions, repeated on virtual women: one function a topic.

Each function runs the protocols of some published rows and returns the model's answer to each row by its id. The
rules (what counts as a pulse, a visible rise, a drip) are constants here and are stated in docs/validation.md.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.body.uterus import Uterus, afterpain, contraction
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.cohort_run import DyadStart, LaneResult, run_dyads
from letdown.engine.layout import field_index
from letdown.engine.results import make_run
from letdown.engine.run import LetDown, Run, SignName
from letdown.protocol.build import NANOGRAMS_PER_MILLIUNIT, build_program, reference_start, trait_starts
from letdown.protocol.scenario import Scenario, preset

__all__ = [
    "SEED",
    "TOPICS",
    "Answers",
    "Estimate",
    "Finding",
    "Women",
    "latch",
    "mean",
    "removed",
    "seen_let_downs",
]

SEED = 1
PG_PER_MICROUNIT = 1.71
"""1 uU/mL of oxytocin is 1.71 pg/mL."""
MILK_G_PER_ML = 1.03
LATCH_S = 120.0
"""When the infant is offered the breast in a study of suckling, as in the presets of feeds."""
VISIBLE_MMHG = 1.0
"""Rise of ductal pressure that counts as a response to a dose: a rule of this page."""
PULSE_RISE = 0.25
"""Rise above the last low that counts as a pulse in sampled oxytocin: a rule of this page."""
AUGMENTED_PG_ML = 1.0
"""Rise above basal oxytocin that counts as anticipatory release: a rule of this page."""
UNCORRELATED_R2 = 0.2
"""r2 below which some 20 women would show no significant correlation."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of the model and its Monte-Carlo standard error."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a published direction holds in the model, and by which numbers."""

    holds: bool
    text: str


Answers = dict[str, Estimate | Finding]


# --- statistics ---------------------------------------------------------------------------------------------------


def mean(values: Iterable[float | None]) -> Estimate:
    """Return the mean of the values that exist."""
    known = np.array([value for value in values if value is not None], dtype=float)
    if known.size < 2:
        return Estimate(math.nan, math.nan)
    return Estimate(float(known.mean()), float(known.std(ddof=1) / math.sqrt(known.size)))


def share(hits: Iterable[bool], scale: float = 100.0) -> Estimate:
    """Return `scale` times the share of hits; the error is binomial, at (x + 1) / (n + 2)."""
    found = np.array(list(hits), dtype=float)
    likely = (found.sum() + 1.0) / (found.size + 2.0)
    return Estimate(scale * float(found.mean()), scale * math.sqrt(likely * (1.0 - likely) / found.size))


def bootstrap(statistic: Callable[..., float], *samples: Array, draws: int = 300) -> Estimate:
    """Return a statistic of paired samples (first axis: women) and its bootstrap error."""
    rng = np.random.default_rng(SEED)
    n = len(samples[0])
    again = [statistic(*(s[pick] for s in samples)) for pick in (rng.integers(0, n, n) for _ in range(draws))]
    return Estimate(statistic(*samples), float(np.nanstd(again)))


def correlation(x: Array, y: Array) -> float:
    """Return r; 0 where one of the two does not vary."""
    return float(np.corrcoef(x, y)[0, 1]) if x.std() > 0.0 and y.std() > 0.0 else 0.0


def r_squared(x: Array, y: Array) -> float:
    """Return r2."""
    return correlation(x, y) ** 2


def higher(a: Sequence[float], b: Sequence[float], what: str) -> Finding:
    """Return whether a exceeds b, woman by woman, by more than two Monte-Carlo errors."""
    step = mean(np.subtract(a, b))
    return Finding(step.value > 2.0 * step.error, f"{what}: {np.mean(a):.3g} against {np.mean(b):.3g}")


# --- virtual women ------------------------------------------------------------------------------------------------


class Women:
    """Virtual women, each once a protocol: with traits, or the reference mother again and again."""

    def __init__(self, dyads: int, *, traits: bool) -> None:
        self.dyads = dyads
        self.traits = traits
        self._lanes: dict[tuple[str, tuple[str, ...], tuple[float, ...]], list[LaneResult]] = {}

    def starts(self, scenario: Scenario) -> list[DyadStart]:
        """Return every woman at the start of a scenario."""
        if self.traits:
            return trait_starts(scenario, range(self.dyads), SEED)[0]
        return [replace(reference_start(scenario), dyad=dyad) for dyad in range(self.dyads)]

    def lanes(
        self, scenario: Scenario, *channels: str, parities: Sequence[float] = (), every: int = 100
    ) -> list[LaneResult]:
        """Run every woman through a scenario, tracing some fields; `parities` are given in turn."""
        key = (scenario.to_toml(), channels, tuple(parities))
        if key not in self._lanes:
            starts = self.starts(scenario)
            if parities:
                starts = [_with_parity(start, parities[i % len(parities)]) for i, start in enumerate(starts)]
            traced = ("surroundings.time", *channels) if channels else ()
            self._lanes[key] = run_dyads(starts, build_program(scenario), seed=SEED, channels=traced, every=every)
        return self._lanes[key]

    def runs(self, scenario: Scenario, *channels: str, parities: Sequence[float] = ()) -> list[Run]:
        """Return bursts, let-downs, signs and totals of every woman."""
        program, source = build_program(scenario), SurrogateNeurones()
        return [
            make_run(
                replace(lane, trace=np.zeros((0, 0))),
                program,
                source,
                SEED,
                dyad=lane.start.dyad,
                traits={},
                scenario=scenario.name,
                scenario_toml="",
            )
            for lane in self.lanes(scenario, *channels, parities=parities)
        ]


def _with_parity(start: DyadStart, parity: float) -> DyadStart:
    p = start.parameters
    return replace(start, parameters=p._replace(uterus=p.uterus._replace(parity=parity)))


def at(lane: LaneResult, times: float | Array, column: int = 0) -> Array:
    """Return a traced field of one lane at some times, s; column 0 is the first traced field."""
    return np.asarray(np.interp(times, lane.trace[:, 0], lane.trace[:, column + 1]))


def above_start(lane: LaneResult, since: float = 0.0) -> float:
    """Return the integral, from a time on, of the first traced field above its value at the start of the run."""
    rise: Array = np.maximum(lane.trace[:, 1] - lane.trace[0, 1], 0.0)
    late = lane.trace[:, 0] >= since
    return float(np.trapezoid(rise[late], lane.trace[late, 0]))


def removed(run: Run) -> float:
    """Return the milk taken from both breasts, mL."""
    return math.fsum(run.totals.removed_ml)


def available(run: Run) -> float:
    """Return the milk at the start in the breasts that the protocol worked on, mL."""
    sides = {step.side for step in run.steps if step.do in ("latch", "switch", "pump")}
    both = zip(("left", "right"), run.totals.available_ml, strict=True)
    return math.fsum(milk for side, milk in both if side in sides or "both" in sides)


def of_let_down(event: LetDown) -> float:
    """Return the milk that left the nipple from the onset of a let-down to the next onset, mL."""
    return event.removed_left_ml + event.removed_right_ml


def latch(run: Run) -> float:
    """Return the time of the first latch, s; the end of the run if there was none."""
    return run.totals.duration_s if run.totals.first_latch_s is None else run.totals.first_latch_s


def seen_let_downs(run: Run) -> int:
    """Return the let-downs under way at some time from the first latch on."""
    return sum(event.end_s > latch(run) for event in run.let_downs)


def first_shares(run: Run, first: int) -> float | None:
    """Return the share of the milk taken that belongs to the first let-downs, %; None without a let-down."""
    if not run.let_downs or removed(run) <= 0.0:
        return None
    return 100.0 * sum(map(of_let_down, run.let_downs[:first])) / removed(run)


def sampled_pulses(samples: Array) -> int:
    """Return the pulses in sampled oxytocin: rises by more than PULSE_RISE above the last low, one until it falls."""
    count, low, rising = 0, samples[0], False
    for before, now in pairwise(samples):
        if now < before:
            low, rising = now, False
        elif not rising and now > (1.0 + PULSE_RISE) * low:
            count, rising = count + 1, True
    return count


# --- protocols ----------------------------------------------------------------------------------------------------


def suckled(scenario: Scenario, minutes: float, values: Mapping[str, Any], *, cues: bool = False) -> Scenario:
    """Return a study of suckling: one breast for a fixed time, an infant that keeps on, with or without cues before."""
    before = [step for step in scenario.model_dump(exclude_none=True)["protocol"] if cues and step["do"] == "cue"]
    step = {"do": "latch", "side": "left", "at_s": LATCH_S, "for_s": 60.0 * minutes}
    keeps_on = {"infant.appetite_ml": 500.0, "parameters.infant.patience": 3600.0, "protocol": [*before, step]}
    return scenario.with_values({**keeps_on, **values})


def closed(scenario: Scenario) -> Scenario:
    """Return a scenario whose breasts are closed at the nipple, as by a catheter with its transducer."""
    return scenario.with_values({f"breasts.{side}.closing_pressure_mmhg": 60.0 for side in ("left", "right")})


def dosed(route: str, amount_mu: float, for_s: float) -> Scenario:
    """Return a closed breast and one dose of oxytocin at 10 s."""
    steps = [
        {"do": "dose", "route": route, "at_s": 10.0, "amount_mu": amount_mu},
        {"do": "wait", "for_s": for_s},
    ]
    return closed(preset("iv-oxytocin")).with_values({"protocol": steps})


# --- one function a topic -----------------------------------------------------------------------------------------


def breastfeeds(women: Women) -> Answers:
    """Both breasts offered: ejections, and their relation with the milk taken."""
    runs = women.runs(preset("breastfeed"))
    counts = np.array([seen_let_downs(run) for run in runs], dtype=float)
    milk = np.array([removed(run) for run in runs])
    return {"ME01": mean(counts), "ME03": bootstrap(r_squared, counts, milk)}


def ten_minute_pumping(women: Women) -> Answers:
    """Two patterns of a pump, 10 min each."""
    answers: Answers = {}
    runs = {key: women.runs(preset(f"pump-{key}-10-min")) for key in ("classic", "three-phase")}
    for key, count, first in (("classic", "ME10", "ME14"), ("three-phase", "ME12", "ME16")):
        answers[count] = mean(len(run.let_downs) for run in runs[key])
        answers[first] = mean(first_shares(run, 1) for run in runs[key])
    both = [run for group in runs.values() for run in group]
    answers["ME18"] = share(len(run.let_downs) > 1 for run in both)
    counts, milk = np.array([[float(len(run.let_downs)), removed(run)] for run in both]).T
    r2 = r_squared(counts, milk)
    answers["ME19"] = Finding(r2 < UNCORRELATED_R2, f"r2 = {r2:.2f}")
    return answers


def fifteen_minute_pumping(women: Women) -> Answers:
    """One breast at the strongest comfortable vacuum, and at half of it."""
    runs = women.runs(preset("pump-15-min"))
    soft = women.runs(preset("pump-15-min").with_values({"protocol.0.programme.suction_mmhg": 95.35}))
    first, later = [], []
    for run in runs:
        if len(run.let_downs) >= 3:
            onsets = [event.onset_s for event in run.let_downs]
            first.append(of_let_down(run.let_downs[0]) / (onsets[1] - onsets[0]))
            later.append(sum(map(of_let_down, run.let_downs[2:])) / (run.totals.duration_s - onsets[2]))
    milk, soft_milk = [removed(run) for run in runs], [removed(run) for run in soft]
    shares = [100.0 * removed(run) / available(run) for run in runs]
    soft_shares = [100.0 * removed(run) / available(run) for run in soft]
    return {
        "ME20": mean(len(run.let_downs) for run in runs),
        "ME21": mean(milk),
        "ME22": mean(shares),
        "ME24": higher(first, later, "mL/s, first against third and later"),
        "ME25a": higher(milk, soft_milk, "mL, 190.7 against 95.35 mmHg"),
        "ME25b": higher(shares, soft_shares, "%, 190.7 against 95.35 mmHg"),
        "FL11": mean(MILK_G_PER_ML * run.totals.flow_peak_ml_s for run in runs),
    }


def double_pumping(women: Women) -> Answers:
    """Both breasts for 15 min, and the oxytocin and yield of women 2, 4 and 6 weeks after birth."""
    runs = women.runs(preset("pump-double"))
    answers: Answers = {
        "ME40": mean(len(run.let_downs) for run in runs),
        "ME44": mean(first_shares(run, 2) for run in runs),
    }
    for key, day in (("ST32a", 14), ("ST32b", 28), ("ST32c", 42)):
        scenario = preset("pump-double").with_values({"mother.postpartum_day": day})
        lanes = women.lanes(scenario, "dyad.plasma.oxytocin")
        area = np.array([above_start(lane) for lane in lanes])
        milk = np.array([removed(run) for run in women.runs(scenario, "dyad.plasma.oxytocin")])
        answers[key] = bootstrap(correlation, area, milk)
    return answers


def short_pumping(women: Women) -> Answers:
    """One breast for 5 min: volume, share, and when the flow begins to fall."""
    scenario = preset("pump-5-min")
    runs = women.runs(scenario, "right.removed")
    edges: Array = 120.0 + 30.0 * np.arange(11.0)
    flows = np.diff([at(lane, edges) for lane in women.lanes(scenario, "right.removed")], axis=1)

    def falls(curves: Array) -> float:
        curve = curves.mean(axis=0)
        top = int(curve.argmax())
        lower = np.flatnonzero(curve[top:] < 0.9 * curve[top])
        return 0.5 * (top + int(lower[0]) if lower.size else curve.size)

    return {
        "FL22": mean(map(removed, runs)),
        "FL23": mean(100.0 * removed(run) / available(run) for run in runs),
        "FL24": bootstrap(falls, flows),
    }


def one_breast(women: Women) -> Answers:
    """One breast until the infant lets go; the other drips or not; a six-day-old infant."""
    scenario = preset("breastfeed-one-breast")
    runs = women.runs(scenario)
    length = [(run.totals.duration_s - latch(run)) / 60.0 for run in runs]
    capacity = [lane.start.parameters.left.alveoli.capacity for lane in women.lanes(scenario)]
    drip = [any(s.name is SignName.CONTRALATERAL_DRIP and s.time_s >= latch(run) for s in run.signs) for run in runs]
    answers: Answers = {
        "FL20": mean(map(removed, runs)),
        "FL21": mean(length),
        "KEN09": mean(length),
        "AV01": mean(100.0 * removed(run) / available(run) for run in runs),
        "AV02": mean(MILK_G_PER_ML * removed(run) for run in runs),
        "SYN01": mean(
            100.0 * (1.0 - run.totals.remaining_ml[0] / full) for run, full in zip(runs, capacity, strict=True)
        ),
        "M102": share(drip),
    }
    young = preset("day-6-feed")
    lanes, feeds = women.lanes(young, "left.removed"), women.runs(young, "left.removed")
    taken = np.array([at(lane, latch(f) + np.array([120.0, 240.0, 1e6])) for lane, f in zip(lanes, feeds, strict=True)])
    for column, key in enumerate(("CU01", "CU02")):
        answers[key] = bootstrap(lambda x, c=column: 100.0 * float(x[:, c].sum() / x[:, 2].sum()), taken)
    return answers


def oxytocin(women: Women) -> Answers:
    """Day 3: blood at 0, 3 and 6 min of suckling, bursts of 10 min; cues alone for 10 min; infusions."""
    scenario = suckled(preset("day-6-feed"), 15.0, {"mother.postpartum_day": 3}, cues=True)
    lanes, runs = women.lanes(scenario, "dyad.plasma.oxytocin"), women.runs(scenario, "dyad.plasma.oxytocin")
    level = (
        np.array([at(lane, latch(run) + np.array([0.0, 180.0, 360.0])) for lane, run in zip(lanes, runs, strict=True)])
        / PG_PER_MICROUNIT
    )
    answers: Answers = {key: mean(level[:, i]) for i, key in enumerate(("OT01", "OT02", "OT03"))}
    answers["PU01"] = mean(sum(latch(r) <= b.time_s < latch(r) + 600.0 for b in r.bursts) for r in runs)
    answers |= anticipation(women)
    for key, rate in (("PK03a", 4.3), ("PK03b", 8.5)):
        steps = [
            {"do": "dose", "route": "iv", "amount_mu": 120.0 * rate / NANOGRAMS_PER_MILLIUNIT, "for_s": 7200.0},
            {"do": "wait", "for_s": 7200.0},
        ]
        infused = preset("iv-oxytocin").with_values({"protocol": steps, "max_duration_s": 7200.0})
        lane = run_dyads([reference_start(infused)], build_program(infused), seed=SEED)[0]
        answers[key] = Estimate(float(lane.fields[field_index("dyad.plasma.oxytocin")]), 0.0)
    return answers


def anticipation(women: Women) -> Answers:
    """Of ten women five hear a cry, three a restless baby, two prepare, for 10 min before suckling."""
    levels, prolactin = [], []
    for kind, strength, ten in (("own_cry", 1.0, range(5)), ("own_cry", 0.5, range(5, 8)), ("preparing", 1.0, (8, 9))):
        steps = [
            {"do": "cue", "kind": kind, "strength": strength, "at_s": 0.0, "for_s": 600.0},
            {"do": "wait", "for_s": 600.0},
        ]
        scenario = preset("breastfeed").with_values({"protocol": steps})
        for woman, lane in enumerate(women.lanes(scenario, "dyad.plasma.oxytocin", "dyad.prolactin.level")):
            if woman % 10 in ten:
                levels.append(at(lane, 60.0 * np.arange(10.0)).max() - lane.trace[0, 1])
                prolactin.append(abs(at(lane, 600.0, 1) / lane.trace[0, 2] - 1.0))
    change = 100.0 * float(np.max(prolactin))
    return {
        "OT50": share((rise > AUGMENTED_PG_ML for rise in levels), scale=10.0),
        "OT53": Finding(change < 5.0, f"largest change {change:.1f} %"),
    }


def stress(women: Women) -> Answers:
    """Twenty minutes of suckling, calm, reckoning or in noise, blood every 2 min; and the yield of whole feeds."""
    answers: Answers = {}
    for key, condition in (("ST01", None), ("ST02", "stress"), ("ST03", "noise")):
        values = {f"conditions.{condition}": 1.0} if condition else {}
        scenario = suckled(preset("breastfeed"), 20.0, values)
        lanes = women.lanes(scenario, "dyad.plasma.oxytocin")
        answers[key] = mean(sampled_pulses(at(lane, LATCH_S + 120.0 * np.arange(11.0))) for lane in lanes)
    prolactin = field_index("dyad.prolactin.level")

    def yields(name: str) -> Array:
        milk = np.mean([removed(run) for run in women.runs(preset(name))])
        return np.array([milk, np.mean([lane.fields[prolactin] for lane in women.lanes(preset(name))])])

    sums, noise = (100.0 * (yields(name) / yields("breastfeed") - 1.0) for name in ("stressed", "noise"))
    text = f"milk {sums[0]:+.0f} and {noise[0]:+.0f} %, prolactin {sums[1]:+.0f} and {noise[1]:+.0f} % (sums, noise)"
    answers["ST04"] = Finding(bool(np.abs([sums, noise]).max() < 10.0), text)
    return answers


def doses(women: Women) -> Answers:
    """Oxytocin by vein and by nose into women whose ductal pressure is recorded, nobody feeding."""

    def rises(route: str, amount: float, for_s: float) -> list[tuple[Array, Array]]:
        curves = []
        for lane, still in zip(
            women.lanes(dosed(route, amount, for_s), "flows.ductal_right", every=50),
            women.lanes(dosed(route, 0.0, for_s), "flows.ductal_right", every=50),
            strict=True,
        ):
            curves.append((lane.trace[:, 0] - 10.0, lane.trace[:, 1] - still.trace[:, 1]))
        return curves

    def lag(curve: tuple[Array, Array]) -> float | None:
        seen = np.flatnonzero(curve[1] > VISIBLE_MMHG)
        return float(curve[0][seen[0]]) if seen.size else None

    small = np.array([0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0])
    peaks = np.array([[curve[1].max() for curve in rises("iv", dose, 150.0)] for dose in small]).T
    limits = [float(np.exp(np.interp(VISIBLE_MMHG, row, np.log(small)))) for row in peaks]
    by_vein = rises("iv", 10.0, 420.0)
    sprays = np.array([500.0, 1000.0, 2000.0, 4000.0, 8000.0])
    by_nose = [rises("nasal", dose, 420.0) for dose in sprays]
    sprayed = np.array([[curve[1].max() for curve in curves] for curves in by_nose]).T
    tops = [curve[1].max() for curve in by_vein]
    equal = [float(np.exp(np.interp(top, row, np.log(sprays)))) for top, row in zip(tops, sprayed, strict=True)]
    waves = [mean(contractions(curve[1]) for curve in curves).value for curves in (by_vein, by_nose[2])]
    return {
        "PR01": mean(limits),
        "PR02": mean(lag(curve) for curve in by_vein),
        "PR03": mean(lag(curve) for curve in by_nose[2]),
        "PR04": mean(dose / 10.0 for dose in equal),
        "PR05a": Finding(0.9 < waves[0] < 1.1, f"{waves[0]:.2f} contractions after 10 mU"),
        "PR05b": Finding(waves[1] >= 2.0, f"{waves[1]:.2f} contractions after 2000 mU"),
    }


def contractions(rise: Array) -> int:
    """Return the waves of pressure: rises above VISIBLE_MMHG and twice the last low, each over when it has halved."""
    count, top, low, up = 0, 0.0, 0.0, False
    for pressure in rise:
        if up:
            top = max(top, pressure)
            up, low = pressure > 0.5 * top, pressure
        else:
            low = min(low, pressure)
            if pressure > max(VISIBLE_MMHG, 2.0 * low):
                count, top, up = count + 1, pressure, True
    return count


def alcohol(women: Women) -> Answers:
    """Fifteen minutes of suckling after ethanol: pressure in the other, closed breast; response of the uterus."""

    def uterine(dose: float) -> float:
        values = {"mother.postpartum_day": 3, "conditions.alcohol_g_kg": dose}
        lanes = women.lanes(suckled(preset("day-6-feed"), 15.0, values), "dyad.uterus.tone")
        return mean(above_start(lane, LATCH_S) for lane in lanes).value

    def pressures(dose: float) -> Array:
        scenario = suckled(closed(preset("breastfeed")), 15.0, {"conditions.alcohol_g_kg": dose})
        return np.array([above_start(lane, LATCH_S) for lane in women.lanes(scenario, "flows.ductal_right")])

    def inhibition(dose: float) -> Estimate:
        return bootstrap(lambda a, b: 100.0 * (1.0 - float(a.sum() / b.sum())), pressures(dose), pressures(0.0))

    steps = [inhibition(dose) for dose in (0.75, 1.25, 1.75)]
    values = [step.value for step in steps]
    text = ", ".join(f"{value:.0f} %" for value in values)
    answer = 100.0 * uterine(0.5) / uterine(0.0)
    return dict(zip(("UT22a", "UT22b", "UT22c"), steps, strict=True)) | {
        "AL01a": Finding(values[0] > 2.0 * steps[0].error, text),
        "AL01b": Finding(values[1] > values[0], text),
        "AL01c": Finding(values[2] > values[1], text),
        "AL03": Finding(answer < 50.0, f"{answer:.0f} % of control at 0.5 g/kg"),
    }


PARITIES = (1.0,) * 25 + (2.0, 3.0) * 7 + (4.0, 5.0, 6.0) * 3 + (4.0, 5.0)
"""Births of 50 women as studied: 25 with no birth before, 14 with one or two, 11 with three to five."""


def cramps(women: Women) -> Answers:
    """On days 1, 2 and 3, women of all parities: afterpains, number and length of contractions."""
    felt = np.zeros(women.dyads, dtype=bool)
    rows = []
    fields = ("dyad.uterus.tone", "dyad.uterus.phase")
    for day in (1, 2, 3):
        scenario = preset("afterpains").with_values({"mother.postpartum_day": day, "conditions.uterine_pain": 0.0})
        runs = women.runs(scenario, *fields, parities=PARITIES)
        felt |= [any(sign.name is SignName.UTERINE_CRAMP for sign in run.signs) for run in runs]
        for lane in women.lanes(scenario, *fields, parities=PARITIES):
            rows.append(uterine_row(lane))
    parity, pain, number, length = np.array(rows).T
    groups = [parity == 1.0, (parity > 1.0) & (parity < 3.5), parity > 3.5]
    rising = {}
    for name, values in (("pain", pain), ("number", number), ("length", length)):
        means = [float(values[group].mean()) for group in groups]
        error = math.hypot(*(float(values[g].std() / math.sqrt(g.sum())) for g in (groups[0], groups[2])))
        rising[name] = (means[2] - means[0] > 2.0 * error, " / ".join(f"{m:.2f}" for m in means))
    r = correlation(length, pain)
    text = "; ".join(f"{name} {values} ({'rises' if up else 'no rise'})" for name, (up, values) in rising.items())
    return {
        "SG01": share(felt),
        "SG03": Finding(all(up for up, _ in rising.values()), text),
        "SG03b": Finding(r > 2.0 / math.sqrt(length.size), f"r = {r:.2f}"),
    }


def uterine_row(lane: LaneResult) -> tuple[float, float, float, float]:
    """Return parity, strongest afterpain, number of contractions and their mean length in min, of one feed."""
    p = lane.start.parameters.uterus
    state = Uterus(*lane.trace[:, 1:3].T)
    force, pain = np.asarray(contraction(state, p)), np.asarray(afterpain(state, p))
    on = force > 0.1
    number = int(on[0]) + int(np.count_nonzero(on[1:] & ~on[:-1]))
    seconds = float(np.sum(on[1:] * np.diff(lane.trace[:, 0])))
    return p.parity, float(pain.max()), float(number), seconds / 60.0 / number if number else 0.0


def thirst(women: Women) -> Answers:
    """Thirst in a feed on day 40 against as long a rest."""
    scenario = preset("breastfeed").with_values({"mother.postpartum_day": 40})
    lanes, runs = women.lanes(scenario, "dyad.sensations.thirst"), women.runs(scenario, "dyad.sensations.thirst")
    peaks = [float(lane.trace[:, 1].max()) for lane in lanes]
    return {
        "SG10": higher(peaks, [0.0] * len(peaks), "thirst index, feed against rest"),
        "SG11": share((any(s.name is SignName.THIRST for s in run.signs) for run in runs), scale=10.0),
    }


TOPICS: tuple[Callable[[Women], Answers], ...] = (
    breastfeeds,
    ten_minute_pumping,
    fifteen_minute_pumping,
    double_pumping,
    short_pumping,
    one_breast,
    oxytocin,
    stress,
    doses,
    alcohol,
    cramps,
    thirst,
)
