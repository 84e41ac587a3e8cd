"""The engine: conservation, order, invariance to cohort and thread, precision, vectorisation, generated text.

Each numerical claim has its own kind of test; the reason for a tolerance stands in the line above it.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import letdown
from letdown.body.plasma import Plasma
from letdown.body.registry import parameter_rows, with_overrides
from letdown.engine import lane_queue
from letdown.engine.burst_source import ImposedBursts, SurrogateNeurones
from letdown.engine.clocks import Clock
from letdown.engine.cohort_run import run_dyads
from letdown.engine.event_log import LogKind, Seen
from letdown.engine.feed_program import load_feed, tile_lanes
from letdown.engine.layout import field_index
from letdown.engine.results import TRACED, milk_imbalance_ml
from letdown.protocol import load_scenario, preset, presets
from letdown.protocol.build import NANOGRAMS_PER_MILLIUNIT, build_program, reference_start, trait_starts

SURROGATE = SurrogateNeurones()
EVERY_200_S = ImposedBursts(tuple(np.arange(100.0, 3600.0, 200.0)))
SUCK_RESOLVED = Clock()
LANES = tile_lanes("float64", SUCK_RESOLVED)
PRECISIONS = ("float64", "float32")
STATE = slice(0, field_index("working_left.activation_start"))
"""The fields that are the state of a dyad: its organs, its moments, its two breasts."""


def run(scenario, dyads=1, *, source=SURROGATE, seed=1, **options):
    """Run the reference dyad of a scenario under some dyad numbers, so with other random events."""
    scenario = load_scenario(scenario)
    start = reference_start(scenario)
    starts = [replace(start, dyad=dyad) for dyad in range(dyads)]
    return run_dyads(starts, build_program(scenario), seed=seed, source=source, **options)


def final(lane, path):
    return float(lane.fields[field_index(path)])


def milk_out(lane):
    """Return all milk that left the breasts, mL."""
    return sum(final(lane, f"{side}.{way}") for side in ("left", "right") for way in ("removed", "leaked"))


def same(lane, other, upto=None):
    """Whether two runs are equal to the last bit: final state, log, extremes, trace."""
    rows = slice(0, upto)
    return (
        np.array_equal(lane.fields[STATE], other.fields[STATE])
        and np.array_equal(lane.log, other.log)
        and np.array_equal(lane.seen, other.seen)
        and np.array_equal(lane.trace[rows], other.trace[rows])
    )


def bursts_of(lane):
    return lane.log[lane.log[:, 1] == LogKind.BURST]


# Conservation


@cache
def of_preset(name):
    """Return one run of a preset with surrogate bursts."""
    return run(preset(name))[0]


@pytest.mark.parametrize("name", presets())
def test_milk_is_conserved(name):
    lane = of_preset(name)
    stored = lane.start.milk_left + lane.start.milk_right
    # rounding of some 2e5 additions: random signs give 1e-13 of the milk, all of one sign 2e-11
    assert max(map(abs, milk_imbalance_ml(lane))) < 1e-9 * stored


def least_milk(lane):
    return min(
        final(lane, f"{side}.{where}") for side in ("left", "right") for where in ("alveolar_milk", "ductal_milk")
    )


@pytest.mark.parametrize("name", presets())
def test_no_part_of_a_breast_holds_less_than_nothing(name):
    assert least_milk(of_preset(name)) >= 0.0


@pytest.mark.parametrize("name", presets())
def test_oxytocin_is_conserved(name):
    lane = of_preset(name)
    p = lane.start.parameters.plasma
    x = {field: final(lane, f"dyad.plasma.{field}") for field in Plasma._fields}
    held = p.central_volume * x["oxytocin"] + p.tissue_volume * x["tissue_oxytocin"]
    at_start = (p.central_volume + p.tissue_volume) * p.basal_level
    turned_over = at_start + x["secreted"] + x["given"]
    # rounding, as for milk
    assert abs(held + x["cleared"] - x["secreted"] - x["given"] - at_start) < 1e-9 * turned_over


@pytest.mark.parametrize("name", presets())
def test_all_oxytocin_of_the_bursts_enters_the_plasma(name):
    lane = of_preset(name)
    p = lane.start.parameters.plasma
    of_bursts = sum(row[3] for row in bursts_of(lane))
    basal = p.clearance * p.basal_level * lane.seen[Seen.END_TIME]
    still_releasing = final(lane, "dyad.neurones.releasing")
    secreted = final(lane, "dyad.plasma.secreted")
    assert secreted + still_releasing == pytest.approx(basal + of_bursts, rel=1e-9)  # rounding


@pytest.mark.parametrize("name", ["nasal-oxytocin", "iv-oxytocin"])
def test_a_dose_is_given_in_full(name):
    lane = of_preset(name)
    dose = preset(name).protocol[0]
    amount = dose.amount_mu * NANOGRAMS_PER_MILLIUNIT * 1000.0
    given = final(lane, "dyad.plasma.given")
    if dose.route == "nasal":
        in_the_nose = final(lane, "dyad.plasma.nasal") + final(lane, "dyad.plasma.mucosal")
        given = in_the_nose + given / lane.start.parameters.plasma.nasal_bioavailability
    assert given == pytest.approx(amount, rel=1e-9)  # rounding


# Order of convergence

SMOOTH = load_scenario(
    {
        "name": "smooth-pump",
        "protocol": [
            {
                "do": "pump",
                "side": "right",
                "for_s": 240,
                "programme": {"phases": [{"suction_mmhg": 150, "rate_per_min": 75, "shape": "raised_cosine"}]},
            }
        ],
    }
)
HALVINGS = 6


@cache
def converging(synthesis):
    """Return final states at ticks 0.1, 0.05, ... s, ten substeps each, with two bursts at 40 and 150 s."""
    scenario = SMOOTH if synthesis else SMOOTH.with_values({"parameters.alveoli.synthesis_max": 0.0})
    source = ImposedBursts((40.0, 150.0))
    clocks = [Clock(0.1 * 2.0**-k, 10) for k in range(HALVINGS + 1)]
    load_feed("float64", source).kernel.ready()
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda clock: run(scenario, source=source, clock=clock)[0], reversed(clocks)))[::-1]


def order(path, *, synthesis=False):
    """Return the slope of log2(error) over log2(step); the error is the change at the next halving."""
    values = np.array([final(lane, path) for lane in converging(synthesis)])
    changes = np.abs(np.diff(values))[2:]  # from 25 ms on: before, milk feels which steps the corners fall into
    return -np.polyfit(np.arange(len(changes)), np.log2(changes), 1)[0]


ORGANS = """
plasma.oxytocin myoepithelium.transit6 myoepithelium.adapted myoepithelium.activation prolactin.level
afferents.right uterus.tone sensations.thirst
""".split()


@pytest.mark.parametrize("path", [f"dyad.{organ}" for organ in ORGANS])
def test_organs_of_the_tick_converge_with_order_2(path):
    # Heun's order; 0.2: what is left of the third order at 25 ms
    assert order(path) == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize("path", ["left.alveolar_milk", "left.ductal_milk", "right.alveolar_milk", "right.removed"])
def test_milk_converges_with_order_2(path):
    # Heun's order; 0.3: a raised cosine of cubic edges has a jump in its curvature twice a cycle
    assert order(path) == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize("path", ["right.synthesised", "dyad.sensations.flow_right"])
def test_what_is_seen_once_a_tick_converges_with_order_1(path):
    """Secretion and seen flows are sampled by design (`body.body`): order 1, with a small constant."""
    assert order(path, synthesis=True) > 0.9
    coarse, fine = (final(converging(True)[k], path) for k in (0, HALVINGS))
    assert abs(coarse / fine - 1.0) < 0.03  # half a tick of 0.1 s over the 5 s of smoothing


# Halving the step on every preset

HALF_STEP = 0.005
"""Change of milk allowed: definitions.md, 10 ms against 5 ms."""


@pytest.fixture(scope="module")
def halved():
    """Return preset -> milk (mL) of 8 dyads at 10 ms and at 5 ms, bursts imposed every 200 s."""

    def milk(job):
        name, clock = job
        return [milk_out(lane) for lane in run(preset(name), 8, source=EVERY_200_S, clock=clock)]

    load_feed("float64", EVERY_200_S).kernel.ready()
    names = list(presets())
    with ThreadPoolExecutor(2) as pool:
        coarse = pool.map(milk, [(name, Clock(0.1, 10)) for name in names])
        fine = pool.map(milk, [(name, Clock(0.05, 10)) for name in names])
        return {n: (np.array(a), np.array(b)) for n, a, b in zip(names, coarse, fine, strict=True)}


def relative_change(pair):
    """Return the change of each feed, relative to its milk; to 1 mL where less came, as where nothing is removed."""
    coarse, fine = pair
    return np.abs(fine - coarse) / np.maximum(coarse, 1.0)


@pytest.mark.parametrize("name", presets())
def test_halving_the_step_hardly_changes_the_milk(halved, name):
    """The typical feed of each preset, and every run without an infant.

    A feed ends by rules and by the infant's will. One that is just met at one step and just missed at the other
    (flow below 3 mL/min for 90 s, when 89.9 s lie between two let-downs) sends that feed another way: single
    feeds then differ by some per cent, at any step. How many do is tested below.
    """
    change = relative_change(halved[name])
    assert np.median(change) < HALF_STEP
    if not any(step.do in ("latch", "switch") for step in preset(name).protocol):
        assert change.max() < HALF_STEP


def test_few_feeds_branch_when_the_step_is_halved(halved):
    changes = np.concatenate([relative_change(pair) for pair in halved.values()])
    # about one in twenty does; fewer than one in ten of these 56
    assert np.mean(changes > HALF_STEP) < 0.1
    coarse, fine = (sum(pair[i].sum() for pair in halved.values()) for i in (0, 1))
    # branches go both ways: the milk of all feeds together keeps to a fifth of what one may change
    assert abs(fine / coarse - 1.0) < HALF_STEP / 5


# Any input in range stays finite

ROWS = parameter_rows()
ANY_PARAMETERS = st.binary(min_size=len(ROWS), max_size=len(ROWS))
"""One byte a parameter: 0 is the low end of its range, 255 the high end."""


def anywhere_in_range(start, choice):
    values = {
        row["path"]: row["low"] + (row["high"] - row["low"]) * byte / 255.0
        for row, byte in zip(ROWS, choice, strict=True)
    }
    values = {path: min(max(v, row["low"]), row["high"]) for (path, v), row in zip(values.items(), ROWS, strict=True)}
    return replace(start, parameters=with_overrides(start.parameters, values))


def check_sound(lane):
    assert np.all(np.isfinite(lane.fields))
    assert np.all(np.isfinite(lane.log))
    assert np.all(np.isfinite(lane.seen))
    stored = lane.start.milk_left + lane.start.milk_right
    assert max(map(abs, milk_imbalance_ml(lane))) <= 1e-9 * max(stored, 1.0)  # rounding


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(ANY_PARAMETERS, min_size=1, max_size=LANES))
@pytest.mark.parametrize("name", ["breastfeed", "pump-15-min"])
def test_any_parameters_in_their_ranges_stay_finite(name, choices):
    scenario = preset(name).with_values({"max_duration_s": 900})
    start = reference_start(scenario)
    starts = [anywhere_in_range(start, choice) for choice in choices]
    for lane in run_dyads(starts, build_program(scenario), seed=7):
        check_sound(lane)


def ends_of_ranges(name):
    """Run 240 dyads for 10 min: half with each parameter anywhere in its range, half with each at one of its ends."""
    rng = np.random.default_rng(5)
    scenario = preset(name).with_values({"max_duration_s": 600})
    start, program = reference_start(scenario), build_program(scenario)
    choices = [*rng.integers(0, 256, (120, len(ROWS))), *(255 * rng.integers(0, 2, (120, len(ROWS))))]
    failed, lanes = 0, []
    for i in range(0, len(choices), LANES):
        starts = [anywhere_in_range(start, choice) for choice in choices[i : i + LANES]]
        try:
            lanes += run_dyads(starts, program, seed=7)
        except letdown.SimulationError:
            failed += 1
    return failed, lanes


@pytest.mark.parametrize("name", ["breastfeed", "pump-15-min"])
def test_the_ends_of_all_ranges_together_stay_finite_and_hold_no_negative_milk(name):
    failed, lanes = ends_of_ranges(name)
    assert failed == 0, f"{failed} of 30 tiles became infinite"
    for lane in lanes:
        check_sound(lane)
    # an emptying duct may overshoot by what flows in one step of 10 ms, at 1 mL/s 0.01 mL
    negative = [least_milk(lane) for lane in lanes if least_milk(lane) < -0.01]
    assert not negative, f"{len(negative)} of {len(lanes)} dyads, down to {min(negative):.3g} mL"


LEVEL = st.sampled_from([0.0, 1.0])
EXTREME_BREAST = st.sampled_from(
    [
        {"capacity_ml": 5, "milk_ml": 0},
        {"capacity_ml": 5, "milk_ml": 5.5},
        {"capacity_ml": 900, "milk_ml": 990, "closing_pressure_mmhg": 0, "channel_resistance_mmhg_s_ml": 5},
        {"capacity_ml": 900, "milk_ml": 0, "closing_pressure_mmhg": 60, "channel_resistance_mmhg_s_ml": 1000},
        {"capacity_ml": 100, "milk_ml": 110, "shield": {"suction_loss": 0.95, "resistance_factor": 5}},
        {"capacity_ml": 100, "milk_ml": 0.01, "closing_pressure_mmhg": 0, "pad": {"capacity_ml": 1}},
    ]
)
CONDITIONS = "embarrassment anger fear fatigue stress noise nipple_pain poor_positioning engorgement".split()
PUMP_PHASES = [
    {
        "suction_mmhg": 300,
        "rate_per_min": 150,
        "shape": {"shape": "trapezoid", "rise": 0.02, "hold": 0.9, "fall": 0.02},
    },
    {"suction_mmhg": 300, "baseline_mmhg": 300, "rate_per_min": 5, "shape": "half_sine"},
    {"suction_mmhg": 300, "shape": "constant"},
    {"suction_mmhg": 0, "shape": "asymmetric"},
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    left=EXTREME_BREAST,
    right=EXTREME_BREAST,
    day=st.sampled_from([1, 1000]),
    parity=st.sampled_from([1, 15]),
    appetite=st.sampled_from([0.0, 500.0]),
    skill=LEVEL,
    suction=st.sampled_from([(0.0, 0.0), (300.0, 0.0), (300.0, 200.0)]),
    conditions=st.fixed_dictionaries(dict.fromkeys(CONDITIONS, LEVEL)),
    alcohol=st.sampled_from([0.0, 2.5]),
    dose=st.sampled_from([("iv", 1e5, None), ("iv", 1e5, 300.0), ("nasal", 1e5, None)]),
    phase=st.sampled_from(PUMP_PHASES),
    hand=st.sampled_from([0.0, 200.0]),
)
def test_extreme_scenarios_stay_finite(
    left, right, day, parity, appetite, skill, suction, conditions, alcohol, dose, phase, hand
):
    route, amount, for_s = dose
    given_dose = {"do": "dose", "route": route, "amount_mu": amount} | ({} if for_s is None else {"for_s": for_s})
    scenario = {
        "name": "extreme",
        "max_duration_s": 700,
        "mother": {"postpartum_day": day, "parity": parity},
        "infant": {
            "appetite_ml": appetite,
            "latch_skill": skill,
            "peak_suction_mmhg": suction[0],
            "baseline_suction_mmhg": suction[1],
        },
        "breasts": {"left": left, "right": right},
        "conditions": conditions | {"alcohol_g_kg": alcohol},
        "protocol": [
            given_dose,
            *({"do": "cue", "kind": kind} for kind in ("own_cry", "orgasm")),
            {"do": "remark", "at_s": 20},
            {"do": "press", "pressure_mmhg": 150, "at_s": 30, "for_s": 30},
            {"do": "latch", "side": "left", "until": "satisfied", "for_s": 300},
            {"do": "pump", "side": "both", "for_s": 120, "programme": {"phases": [phase]}},
            {"do": "hand_express", "side": "both", "for_s": 60, "compression_mmhg": hand},
        ],
    }
    check_sound(run(scenario, seed=2)[0])


# The same dyad, whatever runs beside it

COHORT = preset("breastfeed").with_values({"max_duration_s": 200})


@pytest.fixture(scope="module")
def cohort():
    starts, _ = trait_starts(COHORT, range(1000), seed=11)
    return starts


def run_cohort(starts, threads=None):
    return run_dyads(starts, build_program(COHORT), seed=11, threads=threads)


def test_a_dyad_is_the_same_in_a_cohort_of_1_of_7_and_of_1000(cohort):
    large = run_cohort(cohort)
    seven = run_cohort(cohort[:7])
    assert all(same(a, b) for a, b in zip(seven, large, strict=False))
    for dyad in (0, 6, 7, 8, 500, 999):
        assert same(run_cohort([cohort[dyad]])[0], large[dyad])
    assert len({final(lane, "left.alveolar_milk") for lane in large}) == 1000


def test_a_dyad_is_the_same_on_one_thread_and_on_two(cohort):
    one, two = (run_cohort(cohort[:64], threads) for threads in (1, 2))
    assert all(same(a, b) for a, b in zip(one, two, strict=True))


def test_a_dyad_is_the_same_in_every_place_of_a_tile(cohort):
    alone = run_cohort([cohort[3]])[0]
    for place in range(LANES):
        tile = cohort[20 : 20 + LANES]
        tile[place] = cohort[3]
        assert same(run_cohort(tile)[place], alone)


def test_a_dyad_does_not_depend_on_the_others_stopping_earlier():
    """Lanes stop by themselves: an infant that is soon satisfied beside one that feeds on."""
    scenario = preset("breastfeed-one-breast")
    program, start = build_program(scenario), reference_start(scenario)
    small = replace(start, parameters=with_overrides(start.parameters, {"infant.appetite": 1.0}))
    together = run_dyads([small, start], program, seed=1)
    assert together[0].seen[Seen.END_TIME] < together[1].seen[Seen.END_TIME]
    assert same(together[0], run_dyads([small], program, seed=1)[0])
    assert same(together[1], run_dyads([start], program, seed=1)[0])


def test_seeds_and_dyads_draw_other_events():
    ends = {lane.seen[Seen.END_TIME] for seed in (1, 2) for lane in run("breastfeed", 8, seed=seed)}
    assert len(ends) == 16


# Interventions that do nothing, and the past

IDLE = {
    "a cue of no strength": {"do": "cue", "kind": "own_cry", "strength": 0, "at_s": 200, "for_s": 100},
    "a press of 0 mmHg": {"do": "press", "pressure_mmhg": 0, "at_s": 200, "for_s": 100},
    "no oxytocin into a vein": {"do": "dose", "route": "iv", "amount_mu": 0, "at_s": 200},
    "no oxytocin into the nose": {"do": "dose", "route": "nasal", "amount_mu": 0, "at_s": 200},
    "a condition at level 0": {"do": "condition", "name": "fear", "level": 0, "at_s": 200, "for_s": 100},
    "a remark that does not hurt": {"do": "remark", "severity": 0, "at_s": 200},
    "alcohol that was not drunk": None,
}


def with_step(scenario, step):
    scenario = load_scenario(scenario)
    values = scenario.model_dump(exclude_none=True)
    return load_scenario(values | {"protocol": [*values["protocol"], step]})


def traced(scenario):
    return run(scenario, channels=TRACED, every=10)[0]


@pytest.mark.parametrize("what", IDLE)
def test_an_intervention_that_does_nothing_changes_nothing(what):
    plain = traced("breastfeed")
    step = IDLE[what]
    idle = with_step("breastfeed", step) if step else preset("breastfeed").with_values({"conditions.alcohol_g_kg": 0})
    assert same(traced(idle), plain)


CHANGE_AT_S = 300
CHANGES = {
    "remark": {"do": "remark", "at_s": CHANGE_AT_S},
    "fear": {"do": "condition", "name": "fear", "level": 1, "at_s": CHANGE_AT_S},
    "bolus": {"do": "dose", "route": "iv", "amount_mu": 50, "at_s": CHANGE_AT_S},
    "press": {"do": "press", "side": "left", "at_s": CHANGE_AT_S, "pressure_mmhg": 100},
    "cue": {"do": "cue", "kind": "orgasm", "at_s": CHANGE_AT_S},
    "unlatch": {"do": "unlatch", "at_s": CHANGE_AT_S},
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_in_mid_feed_leaves_the_past_as_it_was(what):
    plain, changed = traced("breastfeed"), traced(with_step("breastfeed", CHANGES[what]))
    time = plain.trace[:, TRACED.index("surroundings.time")]
    before = int(np.searchsorted(time, CHANGE_AT_S - 0.05))  # rows are 0.1 s apart
    assert before == CHANGE_AT_S * 10
    assert np.array_equal(plain.trace[:before], changed.trace[:before])
    rows = [lane.log[lane.log[:, 0] < CHANGE_AT_S - 0.05] for lane in (plain, changed)]
    assert np.array_equal(*rows)
    assert not same(plain, changed)


def test_a_row_of_a_trace_is_the_state_at_its_time():
    """The state at 130 s of a longer run is the final state of a run that is stopped at 130 s."""
    short = preset("breastfeed").with_values({"max_duration_s": 130})
    stopped = run(short)[0]
    longer = run("breastfeed", channels=TRACED, every=10)[0]
    (row,) = np.flatnonzero(np.abs(longer.trace[:, TRACED.index("surroundings.time")] - 130.0) < 1e-6)
    organs = [name for name in TRACED if name.startswith(("dyad.", "left.", "right."))]
    late = [n for n in organs if longer.trace[row, TRACED.index(n)] != final(stopped, n)]
    assert not late, f"{len(late)} of {len(organs)} fields are of another moment, such as {late[0]}"


# float32

PRECISION_DYADS = 96


def test_float32_agrees_with_float64_over_a_cohort():
    scenario = preset("breastfeed")
    starts, _ = trait_starts(scenario, range(PRECISION_DYADS), seed=3)
    program = build_program(scenario)
    wide, narrow = (run_dyads(starts, program, seed=3, precision=precision) for precision in PRECISIONS)
    for measure in (milk_out, lambda lane: lane.seen[Seen.END_TIME], lambda lane: float(len(bursts_of(lane)))):
        a, b = (np.array([measure(lane) for lane in lanes]) for lanes in (wide, narrow))
        # the mean may move by a fifth of its own standard error: rounding is not a difference between people
        assert abs(a.mean() - b.mean()) < 0.2 * a.std() / np.sqrt(PRECISION_DYADS)
        assert a.std() == pytest.approx(b.std(), rel=0.05)
    same_bursts = sum(len(bursts_of(a)) == len(bursts_of(b)) for a, b in zip(wide, narrow, strict=True))
    assert same_bursts >= 0.95 * PRECISION_DYADS


def test_float32_pumps_the_same_milk_under_imposed_bursts():
    wide, narrow = (run("pump-15-min", source=EVERY_200_S, precision=precision)[0] for precision in PRECISIONS)
    # 9e4 additions to some 100 mL, each rounded by up to 4e-6 mL, of random sign: 1e-3 mL; 1e-3 of the milk allowed
    assert milk_out(narrow) == pytest.approx(milk_out(wide), rel=1e-3)
    for path in ("dyad.plasma.oxytocin", "dyad.prolactin.level", "dyad.uterus.tone"):
        assert final(narrow, path) == pytest.approx(final(wide, path), rel=1e-3)
    # secretion is the worst case: 9e-5 mL a step on 181 mL, rounded by up to 8e-6 mL and for long the same way, so up
    # to 0.7 mL in 9e4 steps; a fifth of that allowed
    assert max(map(abs, milk_imbalance_ml(narrow))) < 0.15


# Rows and tiles


def test_rows_between_ticks_have_times_of_their_own():
    times = letdown.simulate("breastfeed", every_s=0.05).data["time"].values
    assert np.allclose(np.diff(times[:-1]), 0.05)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_tile_begins_on_a_line_of_the_cache(kind):
    for length in (4 * 615, 8 * 431, 16):
        tile = lane_queue._tile(length, kind)
        assert tile.shape == (length,)
        assert tile.dtype == kind
        assert tile.flags.c_contiguous
        assert tile.ctypes.data % 64 == 0
        assert not tile.any()
