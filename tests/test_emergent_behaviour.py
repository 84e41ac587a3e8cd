"""Behaviour that comes out of the mechanisms together and is typed in nowhere (docs: the chain and its feedbacks).

Where a test can, it takes out the mechanism that it names and sees the behaviour go.
"""

import math
from itertools import pairwise

import numpy as np
import pytest

from letdown.body.registry import parameter_rows
from letdown.engine.burst_source import ImposedBursts
from letdown.engine.run import EndReason
from letdown.simulate import simulate_cohort
from many_runs import changed, clearly_less, latency, mean, milk, runs, same, traced_runs

NO_CUES_LEARNED = {
    f"mother.conditioning.{cue}": 0.0 for cue in ("own_cry", "other_cry", "thought", "usual_hour", "preparing")
}
DEAF_MUSCLE = {"myoepithelium.half_rise": 1e9}

FEED = changed("breastfeed-one-breast", {"protocol.2.for_s": 900.0})

STEADY_PUMP = {
    "do": "pump",
    "side": "right",
    "programme": {"phases": [{"suction_mmhg": 190.0, "rate_per_min": 60.0}]},
    "for_s": 2400.0,
}
STEADY = changed("pump-classic-10-min", {"protocol": [STEADY_PUMP]})
"""Forty minutes of one pump at one rate and one vacuum: the stimulus never changes."""

HUNGRY_20_MIN = changed("breastfeed-one-breast", {"protocol.2.for_s": 1200.0, "infant.appetite_ml": 200.0})
"""Twenty minutes of suckling by an infant that does not stop."""


# Latency


def test_latency_is_shorter_where_the_approach_of_the_feed_has_primed_the_neurones():
    primed, unprimed = runs(FEED, 64), runs(FEED, 64, NO_CUES_LEARNED)
    assert clearly_less([latency(r) for r in primed], [latency(r) for r in unprimed])
    assert mean(latency(r) for r in unprimed) > mean(latency(r) for r in primed) + 60
    at_latch = [
        np.interp(r.totals.first_latch_s, r.time_s, r.channels["store"])
        for r in (*traced_runs(FEED, 1), *traced_runs(FEED, 1, NO_CUES_LEARNED))
    ]
    assert at_latch[0] > 10
    assert at_latch[1] < 1
    no_priming = {"conditioning.cue_priming": 0.0}
    assert same(runs(FEED, 3, without=no_priming), runs(FEED, 3, NO_CUES_LEARNED))


def test_latency_is_shorter_when_the_pump_is_expected():
    expected = [r.let_downs[0].onset_s for r in runs("pump-5-min", 64)]
    sudden = [
        r.let_downs[0].onset_s if r.let_downs else r.totals.duration_s for r in runs("pump-5-min", 64, NO_CUES_LEARNED)
    ]
    assert clearly_less(expected, sudden)


def test_latency_falls_as_the_cues_are_learned_and_is_no_parameter():
    late = [
        mean(
            latency(r)
            for r in runs(FEED, 32, {f"mother.conditioning.{cue}": learned for cue in ("own_cry", "preparing")})
        )
        for learned in (0.0, 0.3, 0.6)
    ]
    assert late[0] > late[1] > late[2]
    assert not [row["path"] for row in parameter_rows() if "latency" in row["path"]]


def test_latency_from_an_empty_store_at_full_priming_is_about_two_minutes_and_the_lag():
    (run,) = traced_runs(STEADY, 1)
    full = run.channels["priming_rate_per_s"][-1]
    usual = {row["path"]: row["value"] for row in parameter_rows()}["neurones.max_priming"]
    found = runs(STEADY, 32, without={"neurones.max_priming": usual * 0.8 / full})
    # 125 s to the burst and 20 s to the contraction; the afferent drive itself needs some seconds to rise
    assert mean(r.let_downs[0].onset_s for r in found) == pytest.approx(145, abs=20)


# Rhythm


def intervals(found):
    return [b.time_s - a.time_s for run in found for a, b in pairwise(run.bursts)]


def test_rhythm_is_central_a_constant_stimulus_gives_intermittent_let_downs():
    for run in traced_runs(STEADY, 4):
        steady = run.time_s > 150
        assert np.ptp(run.channels["priming_rate_per_s"][steady]) < 1e-3
        assert np.ptp(run.channels["afferent_drive"][steady]) < 1e-3
        assert 6 <= len(run.let_downs) <= 24
        activation = run.channels["activation"]
        for one, following in pairwise(run.let_downs):
            between = activation[(run.time_s > one.onset_s) & (run.time_s < following.onset_s)]
            assert between.max() > 0.2
            assert between.min() < 0.1
    assert 90 < mean(intervals(runs(STEADY, 16))) < 300


def test_rhythm_is_lost_when_a_burst_does_not_empty_the_store():
    no_reset = {"neurones.store_left": 1.0, "neurones.refractory_gain": 0.0}
    usual, broken = (runs(STEADY, 8, {"protocol.0.for_s": 900.0}, without=w) for w in ({}, no_reset))
    assert mean(len(r.bursts) for r in broken) > 5 * mean(len(r.bursts) for r in usual)
    assert mean(len(r.let_downs) for r in broken) < 0.5 * mean(len(r.let_downs) for r in usual)


def test_rhythm_more_drive_shortens_the_interval_until_it_saturates():
    wait = [
        mean(intervals(runs(STEADY, 8, without={"neurones.max_priming": k}))) for k in (0.5, 0.7, 1.0, 2.0, 4.0, 8.0)
    ]
    assert wait[0] > wait[1] > wait[2] > wait[3] > wait[4]
    assert wait[2] < 0.75 * wait[1]  # at usual drives it matters ...
    assert wait[5] > 0.8 * wait[4]  # ... at the top, doubling it does nothing
    assert wait[5] > 15


def test_rhythm_stronger_sucking_raises_the_drive():
    gentle, usual = (
        mean(len(r.bursts) for r in runs(STEADY, 16, {"protocol.0.programme.phases.0.suction_mmhg": s}))
        for s in (5.0, 190.0)
    )
    assert gentle < 0.8 * usual


# Emptying


EVERY_150_S = ImposedBursts(tuple(60.0 + 150.0 * k for k in range(7)))


def test_emptying_each_ejection_moves_a_share_of_what_is_stored():
    shares = []
    for stored in (60.0, 120.0, 181.0):
        (run,) = traced_runs(STEADY, 1, {"breasts.right.milk_ml": stored}, source=EVERY_150_S)
        held = run.channels["alveolar_milk_ml"][:, 1]
        before, after = np.interp([65, 205], run.time_s, held)
        shares.append(1 - after / before)
    assert 0.1 < min(shares)
    assert max(shares) < 0.6
    assert max(shares) < 3.0**0.5 * min(shares)  # nearer to a constant share than to a constant volume (threefold)


def test_emptying_is_nearly_exponential():
    (run,) = traced_runs(STEADY, 1, source=EVERY_150_S)
    moved = np.array([d.removed_right_ml for d in run.let_downs])
    assert len(moved) == 7
    ratios = moved[1:] / moved[:-1]
    assert np.all(ratios < 0.95)
    assert np.all(ratios > 0.45)
    assert np.std(np.log(ratios)) < 0.2  # each a like share of the one before: a geometric series


def test_emptying_goes_in_steps():
    (run,) = traced_runs(STEADY, 1, source=EVERY_150_S)
    flow = run.channels["ejection_flow_ml_s"][:, 1]
    tops = [flow[(run.time_s > t) & (run.time_s < t + 90)].max() for t in EVERY_150_S.times_s]
    rests = [flow[(run.time_s > t + 125) & (run.time_s < t + 160)].min() for t in EVERY_150_S.times_s[:-1]]
    assert all(rest < 0.15 * top for rest, top in zip(rests, tops, strict=False))
    # without adaptation the muscle stays contracted, and there are no steps
    (held,) = traced_runs(STEADY, 1, source=EVERY_150_S, without={"myoepithelium.adaptation_time": 1e9})
    assert len(held.let_downs) == 1


def test_emptying_the_first_ejection_flows_faster_than_the_third():
    def tops(run):
        flow, t = run.channels["flow_ml_s"][:, 1], run.time_s
        five = np.convolve(flow, np.ones(5) / 5, mode="same")
        return [five[(t >= d.onset_s) & (t <= d.onset_s + 60)].max() for d in run.let_downs[:3]]

    sessions = traced_runs("pump-15-min", 16)
    first, _, third = (np.array(column) for column in zip(*(tops(r) for r in sessions), strict=True))
    assert clearly_less(third, first)
    assert np.mean(first > third) > 0.9
    # because the breast is less full: one that starts as full as at the third flows no faster than the third
    left = mean(
        float(np.interp(r.let_downs[2].onset_s, r.time_s, r.channels["alveolar_milk_ml"][:, 1])) for r in sessions
    )
    as_full = traced_runs("pump-15-min", 16, {"breasts.right.milk_ml": round(left + 3.0, 1)})
    assert mean(tops(r)[0] for r in as_full) < first.mean() - 0.5 * (first.mean() - third.mean())


# Suction and ejection need each other


def test_suction_without_ejection_yields_almost_nothing():
    usual = mean(milk(r) for r in runs("pump-15-min", 16))
    assert usual > 80
    for changes, without in (
        ({"parameters.neurones.max_priming": 0.1}, {}),
        ({"conditions.alcohol_g_kg": 2.5}, {}),
        ({}, DEAF_MUSCLE),
    ):
        for run in runs("pump-15-min", 8, changes, without=without):
            assert not run.let_downs
            assert 0 < milk(run) <= 10


def test_ejection_without_suction_drips_only_if_the_closing_pressure_allows():
    one_burst = ImposedBursts((60.0,))
    lost = []
    for closing in (4.0, 10.0, 16.0, 30.0):
        both = {f"breasts.{side}.closing_pressure_mmhg": closing for side in ("left", "right")}
        (run,) = runs("cry-next-room", 1, NO_CUES_LEARNED | both, source=one_burst)
        assert len(run.let_downs) == 1
        assert milk(run) == 0
        lost.append(sum(run.totals.leaked_ml))
    assert lost[0] > lost[1] > 1
    assert lost[1] > lost[2]
    assert lost[3] < 0.01
    (at_rest,) = runs("usual-hour", 1, NO_CUES_LEARNED)
    assert sum(at_rest.totals.leaked_ml) < 0.01  # nor does the low pressure leak without an ejection


def test_backflow_milk_that_is_not_taken_goes_back_to_the_alveoli():
    tight = {"breasts.right.closing_pressure_mmhg": 30.0}
    for run in traced_runs(FEED, 4, tight):
        ducts, flow = run.channels["ductal_milk_ml"][:, 1], run.channels["ejection_flow_ml_s"][:, 1]
        first = run.let_downs[0]
        ejecting = (run.time_s > first.onset_s - 5) & (run.time_s < first.end_s)
        assert ducts[ejecting].max() > ducts[0] + 2
        assert flow.min() < -0.01
        assert ducts[-1] < ducts[0] + 1  # the ducts are slack again ...
        assert run.totals.leaked_ml[1] < 0.01
        held = run.totals.available_ml[1] + run.totals.synthesised_ml[1]
        assert run.totals.remaining_ml[1] == pytest.approx(held)  # ... and nothing is lost
        # where it was taken, hardly any went back
        assert flow.min() < 5 * run.channels["ejection_flow_ml_s"][:, 0].min()
    (silent,) = traced_runs(FEED, 1, tight, without=DEAF_MUSCLE)
    assert silent.channels["ejection_flow_ml_s"][:, 1].min() > -0.001


# Stress


def loss(disturbed, calm):
    """Return the relative loss of a mean, and its standard error."""
    x, y = np.asarray(disturbed, float), np.asarray(calm, float)
    ratio = x.mean() / y.mean()
    error = ratio * math.hypot(
        x.std(ddof=1) / x.mean() / math.sqrt(len(x)), y.std(ddof=1) / y.mean() / math.sqrt(len(y))
    )
    return 1 - ratio, error


@pytest.mark.parametrize("condition", ["stress", "noise"])
def test_stress_halves_the_pulses_and_costs_less_milk_than_pulses(condition):
    calm, disturbed = (runs(HUNGRY_20_MIN, 200, c) for c in ({}, {f"conditions.{condition}": 1.0}))

    def pulses(run):
        return sum(b.time_s > run.totals.first_latch_s for b in run.bursts)

    fewer, error = loss([pulses(r) for r in disturbed], [pulses(r) for r in calm])
    less, other_error = loss([milk(r) for r in disturbed], [milk(r) for r in calm])
    assert 0.35 < fewer < 0.65
    assert less > 0
    assert less < fewer - 3 * math.hypot(error, other_error)


# The end of a feed


def test_satiety_not_an_empty_breast_ends_most_feeds():
    feeds = runs("breastfeed-one-breast", 32)
    assert mean(r.totals.end_reason is EndReason.SATISFIED for r in feeds) > 0.8
    shares = [r.totals.removed_ml[0] / r.totals.available_ml[0] for r in feeds]
    assert 0.55 < mean(shares) < 0.75  # about two thirds
    assert max(shares) < 0.9
    hungrier = runs("breastfeed-one-breast", 32, {"infant.appetite_ml": 95.0})
    assert clearly_less([milk(r) for r in feeds], [milk(r) for r in hungrier])  # there was more to be had
    never_full = runs("breastfeed-one-breast", 16, {"infant.appetite_ml": 500.0})
    assert not any(r.totals.end_reason is EndReason.SATISFIED for r in never_full)


def test_satiety_ends_most_feeds_of_different_dyads_too():
    feeds = simulate_cohort("breastfeed-one-breast", 96, seed=1)
    assert mean(f["end_reason"] == "satisfied" for f in feeds) > 0.5
    assert 0.55 < mean(f["share_of_available"]["left"] for f in feeds) < 0.75
