"""The cycle-averaged clock against the suck-resolved one, and the lean way to run feed after feed."""

from dataclasses import replace

import numpy as np
import pytest

from letdown import simulate
from letdown.body.breast import Working, breast_rate, mean_flows
from letdown.body.nipple import nipple_flow
from letdown.body.registry import parameter_rows, reference_parameters, with_overrides
from letdown.body.rest import resting_breast
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.clocks import Clock, CycleAveraged
from letdown.engine.cohort_run import run_dyads, start_lane
from letdown.engine.event_log import Seen
from letdown.engine.feed_program import tile_lanes
from letdown.engine.lane_queue import run_queue, tabled
from letdown.engine.layout import field_index
from letdown.engine.program import END_REASONS
from letdown.engine.results import make_run, milk_imbalance_ml
from letdown.kernel.dual import Dual
from letdown.kernel.elementary import exp, maximum, minimum, positive_part
from letdown.protocol import preset, presets
from letdown.protocol.build import build_program, reference_start, trait_starts

LANES = tile_lanes("float64", CycleAveraged())

FEW = ("breastfeed", "day-6-feed", "frightened", "pump-15-min", "hand-expression", "engorged", "silicone-collector")


def removed(lanes):
    return np.array([sum(lane.fields[field_index(f"{side}.removed")] for side in ("left", "right")) for lane in lanes])


def bursts(lanes):
    return np.array([lane.fields[field_index("moments.last_burst.number")] for lane in lanes])


def both_clocks(names, dyads):
    """Return milk removed and bursts of each feed, suck-resolved and cycle-averaged, with the same random events."""
    milk, counts = [], []
    for number, name in enumerate(names):
        scenario, seed = preset(name), 100 + number
        starts, _ = trait_starts(scenario, range(dyads), seed=seed)
        runs = [run_dyads(starts, build_program(scenario), seed=seed, clock=c) for c in (Clock(), CycleAveraged())]
        milk.append([removed(lanes) for lanes in runs])
        counts.append([bursts(lanes) for lanes in runs])
    milk, counts = np.concatenate(milk, axis=1), np.concatenate(counts, axis=1)
    fed = milk.max(axis=0) > 0.5  # the other runs remove nothing: cues and doses at rest
    return milk[:, fed], counts[:, fed]


def check_agreement(milk, counts, mean, within):
    resolved, averaged = milk
    difference = np.abs(averaged - resolved)
    assert abs(averaged.sum() / resolved.sum() - 1.0) < mean
    assert np.mean((difference < 0.05 * resolved) | (difference < 2.0)) > within
    assert np.mean(counts[0] == counts[1]) > within


def test_the_clocks_agree_on_a_few_feeds():
    milk, counts = both_clocks(FEW, 8)
    assert milk.shape[1] >= 50
    check_agreement(milk, counts, 0.02, 0.95)  # definitions.md


@pytest.mark.slow
def test_the_clocks_agree_over_more_than_200_feeds():
    milk, counts = both_clocks(presets(), 16)
    assert milk.shape[1] >= 400
    check_agreement(milk, counts, 0.02, 0.95)  # definitions.md; found: 0.0 % and 99.0 %


def test_each_clock_sees_the_same_events_of_a_pump():
    recordings = [simulate("pump-15-min", seed=4, clock=clock) for clock in (Clock(), CycleAveraged())]
    times = [[burst.time_s for burst in recording.run().bursts] for recording in recordings]
    assert len(times[0]) == len(times[1]) > 2
    # ticks of 0.1 and 0.33 s, and the later start of each stage of the drive
    assert np.abs(np.subtract(*times)).max() < 2.0


@pytest.mark.parametrize("name", FEW)
def test_milk_is_conserved_and_nothing_is_negative(name):
    scenario = preset(name)
    starts, _ = trait_starts(scenario, range(LANES), seed=2)
    for lane in run_dyads(starts, build_program(scenario), seed=2, clock=CycleAveraged()):
        stored = lane.start.milk_left + lane.start.milk_right
        assert max(map(abs, milk_imbalance_ml(lane))) < 1e-9 * stored  # rounding
        for side in ("left", "right"):
            for field in ("alveolar_milk", "ductal_milk", "removed", "leaked"):
                assert lane.fields[field_index(f"{side}.{field}")] >= 0.0


def test_float32_removes_the_same_milk():
    # no wait for the latch of a whole number of ticks: rounding would decide in which of two it ends
    scenario = preset("breastfeed").with_values({"infant.latch_skill": 0.96})
    starts, _ = trait_starts(scenario, range(2 * LANES), seed=3)
    program = build_program(scenario)
    wide, narrow = (
        removed(run_dyads(starts, program, seed=3, precision=precision, clock=CycleAveraged()))
        for precision in ("float64", "float32")
    )
    # 1e4 additions to some 100 mL, each rounded by up to 4e-6 mL
    assert narrow == pytest.approx(wide, rel=1e-3)


@pytest.mark.parametrize("name", ["breastfeed", "pump-15-min"])
def test_the_ends_of_all_ranges_stay_finite_and_hold_no_negative_milk(name):
    rng, rows = np.random.default_rng(6), parameter_rows()
    scenario = preset(name).with_values({"max_duration_s": 600})
    start, program = reference_start(scenario), build_program(scenario)
    starts = []
    for _ in range(120):
        values = {row["path"]: row["high"] if rng.integers(2) else row["low"] for row in rows}
        starts.append(replace(start, parameters=with_overrides(start.parameters, values)))
    for lane in run_dyads(starts, program, seed=7, clock=CycleAveraged()):
        assert np.all(np.isfinite(lane.fields))
        assert max(map(abs, milk_imbalance_ml(lane))) < 1e-7  # rounding of some 100 mL
        least = min(
            lane.fields[field_index(f"{s}.{f}_milk")] for s in ("left", "right") for f in ("alveolar", "ductal")
        )
        assert least > -1e-12  # rounding


def test_a_smaller_tick_comes_nearer_to_the_suck_resolved_feed():
    scenario = preset("pump-15-min")
    starts, _ = trait_starts(scenario, range(16), seed=3)
    program = build_program(scenario)
    wanted = removed(run_dyads(starts, program, seed=3, clock=Clock(0.025, 5)))
    errors = [
        np.abs(removed(run_dyads(starts, program, seed=3, clock=CycleAveraged(tick))) - wanted).mean()
        for tick in (2 / 3, 1 / 3, 1 / 6)
    ]
    assert errors[0] > errors[1] > errors[2]


# The average over a cycle

P = reference_parameters()
REST = Working(0.3, 0.3, 0.0, 0.0, 1.0, 1.0, 90.0, 12.0, 1.0, 145.0, 60.0, 0.0, 1.0, 0.35, 0.0, 0.65, 0.0, 3.0, -2.0)
WAVES = {
    "infant": REST,
    "asymmetric pump": REST._replace(peak=200.0, baseline=0.0, rise=1 / 3, fall=2 / 3),
    "trapezoid": REST._replace(peak=250.0, baseline=0.0, rise=0.1, hold=0.4, fall=0.2, edge1=1.0, edge2=0.0, edge3=0.0),
    "hand": REST._replace(peak=0.0, baseline=0.0, compression=60.0, rise=0.4, hold=0.1, fall=0.2),
    "steady": REST._replace(peak=100.0, baseline=100.0, rise=0.001, hold=1.0, fall=0.001),
    "nothing": REST._replace(peak=0.0, baseline=0.0),
}


@pytest.mark.parametrize("wave", WAVES)
@pytest.mark.parametrize("ductal", [1.0, 3.0, 6.0])
def test_mean_flows_are_the_mean_over_the_cycle(wave, ductal):
    w = WAVES[wave]
    x = resting_breast(P.left, 110.0)._replace(ductal_milk=ductal)
    phases = (np.arange(4000) + 0.5) / 4000
    each = [breast_rate(x._replace(phase=float(phase)), P.left, w, 0.5) for phase in phases]
    mean = mean_flows(x, P.left, w, 0.5)
    assert mean.ejected == pytest.approx(each[0].ejected, rel=1e-12)
    # exact where the valve is open or shut all the time (here the sum has its own error); three points on an edge on
    # which it opens are within 3 % whatever the threshold
    always = wave in ("infant", "steady", "nothing")
    assert mean.out == pytest.approx(np.mean([rate.removed for rate in each]), rel=2e-3 if always else 0.03, abs=1e-6)


# Slopes

SMOOTH = {
    "exp": lambda x: exp(0.3 * x) / (1.0 + x),
    "positive_part": lambda x: positive_part(x - 2.0, 0.5),
    "largest": lambda x: maximum(x * x, 3.0 - x),
    "smallest": lambda x: minimum(2.0 / x, x) - -x,
    "nipple_flow": lambda x: nipple_flow(x, 0.7, 12.0, 10.0, 90.0, P.left.nipple),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("x", [0.7, 1.8, 2.2, 5.0])
def test_a_dual_carries_the_derivative(name, x):
    f, step = SMOOTH[name], 1e-6
    assert f(Dual(x, 1.0)).value == pytest.approx(f(x), rel=1e-15)
    assert f(Dual(x, 1.0)).slope == pytest.approx((f(x + step) - f(x - step)) / (2 * step), rel=1e-6, abs=1e-8)


def test_a_threshold_is_derived_by_its_first_argument_only():
    with pytest.raises(TypeError, match="no variable"):
        positive_part(Dual(1.0, 1.0), Dual(0.5, 1.0))
    with pytest.raises(TypeError, match="by position"):
        positive_part(Dual(1.0, 1.0), width=0.5)


def test_a_function_without_a_slope_says_so():
    from letdown.kernel.elementary import fraction

    with pytest.raises(TypeError, match="no slope"):
        fraction(Dual(1.5, 1.0))


# A queue of dyads

CLOCK, SOURCE = CycleAveraged(), SurrogateNeurones()


def served(scenarios, dyads, order=None):
    """Return the queue of `dyads` dyads, each at scenario k % n of n, and what each is when run without others."""
    programs = [build_program(scenario) for scenario in scenarios]
    starts, protocol = [], []
    for k in range(dyads):
        starts.append(trait_starts(scenarios[k % len(scenarios)], [k], seed=9)[0][0])
        protocol.append(k % len(scenarios))
    order = np.arange(dyads) if order is None else order
    fields = np.stack([start_lane(start, programs[p]) for start, p in zip(starts, protocol, strict=True)])
    keys = order.astype(np.uint64)
    queue = run_queue(
        fields[order], np.array(protocol)[order], tabled(programs), keys, 9, clock=CLOCK, source=SOURCE
    ).queue
    return queue, starts, [programs[p] for p in protocol]


MIXED = [preset(name) for name in ("breastfeed", "pump-5-min", "cry-next-room")]


def test_a_dyad_of_a_mixed_queue_is_the_dyad_alone():
    dyads = 2 * LANES + 3
    queue, starts, programs = served(MIXED, dyads)
    for k in range(dyads):
        alone = run_dyads([starts[k]], programs[k], seed=9, clock=CLOCK)[0]
        assert np.array_equal(queue.final[k], alone.fields)
        assert np.array_equal(queue.seen[k], alone.seen)
        assert np.array_equal(queue.log[k, : len(alone.log)], alone.log)
        assert queue.seen[k, Seen.ROWS] == len(alone.log) > 0


def test_the_order_of_a_queue_changes_no_dyad():
    dyads = 2 * LANES + 3
    order = np.random.default_rng(1).permutation(dyads)
    straight, _, _ = served(MIXED, dyads)
    shuffled, _, _ = served(MIXED, dyads, order)
    assert np.array_equal(shuffled.final, straight.final[order])
    assert np.array_equal(shuffled.seen, straight.seen[order])


def test_what_is_counted_in_a_run_is_what_a_full_run_reports():
    queue, starts, programs = served(MIXED[:1], 2 * LANES)
    let_downs = 0
    for k, (start, program) in enumerate(zip(starts, programs, strict=True)):
        lane = run_dyads([start], program, seed=9, clock=CLOCK)[0]
        run = make_run(lane, program, SOURCE, 9, dyad=k, traits={}, scenario="breastfeed", scenario_toml="")
        seen = queue.seen[k]
        assert seen[Seen.END_TIME] == pytest.approx(run.totals.duration_s)
        assert END_REASONS[int(seen[Seen.END_REASON])] is run.totals.end_reason
        assert seen[Seen.FIRST_LATCH] == pytest.approx(run.totals.first_latch_s)
        assert seen[Seen.LET_DOWNS] == len(run.let_downs)
        assert seen[Seen.OXYTOCIN_PEAK_TIME] == pytest.approx(run.totals.oxytocin_peak_time_s)
        if run.let_downs:
            assert seen[Seen.FIRST_LET_DOWN] == pytest.approx(run.let_downs[0].onset_s)
        let_downs += len(run.let_downs)
    assert let_downs > 0
