"""The eighteen things that the program must show, one or more tests for each, in their order.

Each test runs the program, never a formula, and most take the mechanism out again (`without`, at values that no
woman has) to see that the effect goes with it. Runs are of the reference dyad; where chance matters, means over
many runs are compared, and a difference counts when it is more than three standard errors.
"""

from itertools import pairwise

import numpy as np
import pytest

from letdown.engine.run import EndReason, SignName
from letdown.protocol.scenario import preset
from letdown.simulate import simulate
from many_runs import changed, clearly_less, latency, mean, milk, runs, same, traced_runs

NO_CUES_LEARNED = {
    f"mother.conditioning.{cue}": 0.0 for cue in ("own_cry", "other_cry", "thought", "usual_hour", "preparing")
}
NUMB_NIPPLE = {"nipple.shield_stimulus": 0.0}
DEAF_MUSCLE = {"myoepithelium.half_rise": 1e9}
NO_PULSES = {"neurones.pulse": 0.0}

FEED = changed("breastfeed-one-breast", {"protocol.2.for_s": 900.0})
"""A quarter of an hour at one breast: long enough for every effect, short enough for hundreds of runs."""

MANY = 200


def with_steps(scenario, *steps):
    """Return a scenario with further steps of the protocol."""
    given = changed(scenario).model_dump(exclude_none=True)["protocol"]
    return changed(scenario, {"protocol": [*given, *steps]})


def signs(run, name, side=None):
    return [s for s in run.signs if s.name is name and side in (None, s.side)]


def share_with(found, name):
    return mean(bool(signs(run, name)) for run in found)


def over(run, channel, start_s, end_s):
    """Return a channel between two times."""
    return run.channels[channel][(run.time_s >= start_s) & (run.time_s <= end_s)]


def let_down_count(found):
    return mean(len(run.let_downs) for run in found)


# Production


def test_01_suckling_is_sensed_and_releases_prolactin_and_oxytocin():
    for run in traced_runs(FEED, 4, NO_CUES_LEARNED):
        latch = run.totals.first_latch_s
        before = {name: over(run, name, 0, latch) for name in ("afferent_drive", "oxytocin_pg_ml", "prolactin_ng_ml")}
        assert before["afferent_drive"].max() < 1e-3
        assert run.channels["afferent_drive"].max() > 0.5
        assert run.channels["oxytocin_pg_ml"].max() > 1.8 * before["oxytocin_pg_ml"].max()
        assert run.channels["prolactin_ng_ml"].max() > 1.2 * before["prolactin_ng_ml"].max()
        assert run.bursts[0].time_s > latch
    for run in traced_runs(FEED, 4, NO_CUES_LEARNED, without=NUMB_NIPPLE):
        assert run.channels["suction_peak_mmhg"][:, 0].max() > 100  # the infant sucks as before
        assert not run.bursts
        assert np.ptp(run.channels["prolactin_ng_ml"]) < 1e-6
        assert np.ptp(run.channels["oxytocin_pg_ml"]) < 1e-6


def test_01_cues_release_oxytocin_but_no_prolactin():
    for run in traced_runs("cry-next-room", 4):
        assert run.bursts
        assert run.channels["oxytocin_pg_ml"].max() > 1.8 * run.totals.oxytocin_baseline_pg_ml
        assert np.ptp(run.channels["prolactin_ng_ml"]) < 1e-6
    fed = traced_runs("breastfeed", 4)[0].channels["prolactin_ng_ml"]
    assert fed[-1] > 1.2 * fed[0]


def test_02_prolactin_makes_milk_and_it_collects_in_the_alveoli():
    at_rest = changed("usual-hour", {"protocol": [{"do": "wait", "for_s": 3600.0}]})
    (run,) = traced_runs(at_rest, 1)
    gain = run.channels["alveolar_milk_ml"][-1] - run.channels["alveolar_milk_ml"][0]
    assert gain == pytest.approx(np.array(run.totals.synthesised_ml), rel=0.02)  # in the alveoli, not in the ducts
    assert 5 < gain[0] < 40  # mL in an hour: 0.1-1 L a day
    made = [
        runs(at_rest, 1, without={"prolactin.basal": level})[0].totals.synthesised_ml[0] for level in (0, 5, 25, 90)
    ]
    assert made[0] == 0.0  # no prolactin, no milk
    assert made == sorted(made)
    assert made[1] < 0.4 * made[3]


def test_02_suckling_speeds_up_secretion_through_prolactin():
    pumped = changed("pump-double", {"protocol.0.for_s": 1800.0})
    (usual,) = traced_runs(pumped, 1)
    (no_surge,) = traced_runs(pumped, 1, without={"prolactin.gain": 0.0})
    assert usual.channels["prolactin_ng_ml"][-1] > 1.3 * no_surge.channels["prolactin_ng_ml"][-1]
    assert usual.totals.synthesised_ml[0] > 1.02 * no_surge.totals.synthesised_ml[0]


def test_03_milk_leaves_through_the_ducts_to_the_nipple():
    for run in traced_runs(FEED, 4):
        moved = sum(d.milk_left_ml for d in run.let_downs)
        assert run.totals.removed_ml[0] > 40
        assert run.totals.removed_ml[0] <= moved + 3.0 + 1e-6  # what was ejected, and what lay in the ducts
        total = run.totals
        balance = total.available_ml[0] + total.synthesised_ml[0] - total.removed_ml[0] - total.remaining_ml[0]
        assert balance == pytest.approx(total.leaked_ml[0], abs=1e-6)
    for run in traced_runs(FEED, 4, without={"nipple.channel_resistance": 1e9}):
        assert run.let_downs
        assert milk(run) < 0.01  # nothing gets out of a blocked nipple ...
        assert run.channels["ductal_milk_ml"][:, 0].max() > 5  # ... and the ducts swell
        assert run.channels["duct_diameter_mm"][:, 0].max() > 1.2 * run.channels["duct_diameter_mm"][0, 0]


# Ejection


def test_04_oxytocin_squeezes_the_alveoli_and_moves_milk_down_the_ducts():
    (run,) = traced_runs("iv-oxytocin", 1)  # a dose at 60 s, with nobody feeding and no burst of her own
    assert not run.bursts
    rest, squeeze = run.channels["activation"][:60], run.channels["activation"].max()
    assert rest.max() < 0.05
    assert squeeze > 0.5
    pressure = run.channels["alveolar_pressure_mmhg"][:, 0]
    assert pressure.max() > pressure[0] + 8
    assert run.channels["ejection_flow_ml_s"][:, 0].max() > 0.02
    assert run.channels["ductal_milk_ml"][:, 0].max() > 4
    assert len(run.let_downs) == 1
    for nothing in (
        traced_runs("iv-oxytocin", 1, {"protocol.0.amount_mu": 0.0})[0],
        traced_runs("iv-oxytocin", 1, without=DEAF_MUSCLE)[0],
    ):
        assert not nothing.let_downs
        assert nothing.channels["activation"].max() < 0.01
        assert nothing.channels["ductal_milk_ml"][:, 0].max() < 3.1


BEGINNERS = changed("first-feeds")
LEARNING = {
    "mother.familiarity": 0.5,
    "mother.conditioning.own_cry": 0.4,
    "mother.conditioning.preparing": 0.3,
    "infant.latch_skill": 0.8,
}
PRACTISED = {
    "mother.familiarity": 1.0,
    "mother.conditioning.own_cry": 0.8,
    "mother.conditioning.preparing": 0.6,
    "infant.latch_skill": 0.95,
}


def test_05_beginners_fail_more_and_later_than_the_practised():
    first, some, practised = (runs(BEGINNERS, MANY, c) for c in ({}, LEARNING, PRACTISED))
    failures = [mean(not run.let_downs for run in found) for found in (first, some, practised)]
    assert failures[0] > 0.1  # it may fail ...
    assert failures[0] < 0.99  # ... and may succeed
    assert failures[0] > failures[1] >= failures[2]
    assert failures[2] < 0.05
    for better, worse in ((some, first), (practised, some)):
        assert clearly_less([latency(r) for r in better], [latency(r) for r in worse])
    assert clearly_less([milk(r) for r in first], [milk(r) for r in practised])


def test_05_mother_and_infant_each_get_better_by_their_own_practice():
    first = runs(BEGINNERS, MANY)[:64]
    late = [latency(r) for r in first]
    for learned in PRACTISED:
        assert clearly_less([latency(r) for r in runs(BEGINNERS, 32, {learned: PRACTISED[learned]})], late), learned
    mother, beginner = {"mother.familiarity": 1.0}, {"mother.familiarity": 0.0}
    untaught = {"neurones.beginner_priming": 1.0}  # practice then changes nothing
    assert same(runs(FEED, 3, mother, without=untaught), runs(FEED, 3, beginner, without=untaught))


def test_05_a_practised_latch_is_faster_and_tighter():
    (clumsy,), (able,) = (traced_runs(FEED, 1, {"infant.latch_skill": skill}) for skill in (0.5, 0.95))
    assert clumsy.totals.first_latch_s > able.totals.first_latch_s + 10
    assert clumsy.channels["suction_peak_mmhg"].max() < 0.85 * able.channels["suction_peak_mmhg"].max()
    assert clumsy.channels["afferent_drive"].max() < able.channels["afferent_drive"].max()


def test_06_a_feed_has_several_let_downs():
    feeds = runs("breastfeed", 32)
    assert let_down_count(feeds) > 1.8
    assert mean(len(run.let_downs) >= 2 for run in feeds) > 0.75
    for run in feeds:
        for one, following in pairwise(run.let_downs):
            assert one.end_s < following.onset_s
    cues_only = runs("breastfeed", 32, without=NUMB_NIPPLE)  # let-downs come on because sucking goes on
    assert mean(sum(d.onset_s > 300 for d in run.let_downs) for run in cues_only) < 0.05
    assert mean(sum(d.onset_s > 300 for d in run.let_downs) for run in feeds) > 0.5


def test_06_some_let_downs_are_noticed_and_others_are_not():
    feeds = runs("breastfeed", 32)
    first = mean(run.let_downs[0].felt for run in feeds)
    later = mean(d.felt for run in feeds for d in run.let_downs[1:])
    assert first > 0.7
    assert later < 0.6 * first
    unfeeling = {"sensations.tingling_threshold": 9.0, "sensations.cramp_threshold": 9.0}
    assert not any(d.felt for run in runs("breastfeed", 8, without=unfeeling) for d in run.let_downs)
    no_habit = runs("breastfeed", 32, without={"sensations.habituation_up": 1e9})
    assert mean(d.felt for run in no_habit for d in run.let_downs[1:]) > later + 0.1


def test_07_sign_the_infant_changes_to_active_suck_and_swallow():
    before, after = [], []
    for run in traced_runs(FEED, 16, NO_CUES_LEARNED):  # unprimed, so that there is a time before the let-down
        onset, latch = run.let_downs[0].onset_s, run.totals.first_latch_s
        moments = [s.time_s for s in signs(run, SignName.ACTIVE_SUCK_SWALLOW, "left")]
        assert any(onset - 5 < t < onset + 15 for t in moments)
        rate = run.channels["suck_rate_hz"]
        sucking = rate > 0
        before += list(rate[sucking & (run.time_s > latch + 20) & (run.time_s < onset - 5)])
        after += list(rate[sucking & (run.time_s > onset + 10) & (run.time_s < onset + 50)])
    assert mean(before) > 1.7  # about two quick sucks a second for nothing ...
    assert mean(after) < 1.3  # ... and one slow suck with a swallow
    for run in runs(FEED, 4, NO_CUES_LEARNED, without=DEAF_MUSCLE):
        assert run.bursts
        assert not [s for s in signs(run, SignName.ACTIVE_SUCK_SWALLOW) if s.time_s > 150]


def test_07_sign_the_opposite_breast_drips_where_the_closing_pressure_is_low():
    easy, tight = {"breasts.right.closing_pressure_mmhg": 8.0}, {"breasts.right.closing_pressure_mmhg": 25.0}
    for run in runs(FEED, 8, easy):
        assert run.totals.leaked_ml[1] > 1
        drips = signs(run, SignName.CONTRALATERAL_DRIP)
        assert drips
        assert {s.side for s in drips} == {"right"}
        assert run.let_downs[0].onset_s - 5 < drips[0].time_s < run.let_downs[0].onset_s + 60
    for run in [*runs(FEED, 8, tight), *runs(FEED, 4, easy, without=DEAF_MUSCLE)]:
        assert run.totals.leaked_ml[1] < 0.05
        assert not signs(run, SignName.CONTRALATERAL_DRIP)


def test_07_a_sign_of_dripping_comes_only_where_milk_drips():
    clumsy = {"infant.latch_skill": 0.6, "mother.familiarity": 1.0}  # slips off the breast now and then
    for run in runs(FEED, 32, clumsy):
        if sum(run.totals.leaked_ml) < 0.01:
            assert not signs(run, SignName.CONTRALATERAL_DRIP)


def test_07_sign_tingling_comes_only_after_about_the_first_week():
    early, late = ({"mother.postpartum_day": day} for day in (3, 30))
    assert share_with(runs(FEED, 32, early), SignName.TINGLING) == 0
    assert share_with(runs(FEED, 32, late), SignName.TINGLING) > 0.7
    assert share_with(runs(FEED, 8, early, without={"sensations.maturity_day": -100.0}), SignName.TINGLING) > 0.7
    assert share_with(runs(FEED, 8, late, without=DEAF_MUSCLE), SignName.TINGLING) == 0


def test_07_sign_thirst_rises_with_the_oxytocin_of_a_feed():
    for run in traced_runs(FEED, 4):
        thirst = run.channels["thirst"]
        assert over(run, "thirst", 0, 60).max() < 0.02
        assert thirst.max() > 0.15
        assert run.time_s[thirst.argmax()] > run.let_downs[0].onset_s
    early = {"mother.postpartum_day": 3}
    assert share_with(runs(FEED, 32, early), SignName.THIRST) > 0.5
    assert share_with(runs(FEED, 8, early, without=NO_PULSES), SignName.THIRST) == 0
    assert traced_runs(FEED, 1, without=NO_PULSES)[0].channels["thirst"].max() < 0.01


CUES = ("cry-next-room", "another-babys-cry", "thinking-of-the-baby", "usual-hour")
"""Presets with one learned cue each and nobody at the breast."""


@pytest.mark.parametrize("name", CUES)
def test_08_a_learned_cue_lets_milk_down_without_a_suck(name):
    conditioned = runs(name, 32)
    assert all(milk(run) == 0 and run.totals.first_latch_s is None for run in conditioned)
    assert mean(bool(run.let_downs) for run in conditioned) > 0.6
    assert mean(sum(run.totals.leaked_ml) for run in conditioned) > 2
    for untaught in (runs(name, 16, NO_CUES_LEARNED), runs(name, 16, without={"conditioning.cue_priming": 0.0})):
        assert not any(run.bursts or run.let_downs for run in untaught)
        assert all(sum(run.totals.leaked_ml) < 0.01 for run in untaught)


def test_08_arousal_and_orgasm_let_milk_down_without_learning():
    both = runs("orgasm", 32, NO_CUES_LEARNED)
    assert mean(bool(run.let_downs) for run in both) > 0.9
    arousal_alone = runs("orgasm", 32, {"protocol.2.strength": 0.0})
    orgasm_alone = runs("orgasm", 32, {"protocol.0.strength": 0.0, "protocol.1.strength": 0.0})
    for alone in (arousal_alone, orgasm_alone):
        assert 0.05 < mean(bool(run.let_downs) for run in alone) <= mean(bool(run.let_downs) for run in both)
    assert clearly_less([len(r.let_downs) for r in arousal_alone], [len(r.let_downs) for r in orgasm_alone])
    cold = {"conditioning.arousal_priming": 0.0, "conditioning.orgasm_priming": 0.0}
    assert not any(run.bursts for run in runs("orgasm", 16, without=cold))


def test_08_her_own_babys_cry_is_the_strongest_of_the_learned_cues():
    heard = {
        kind: let_down_count(runs("cry-next-room", 32, {"protocol.0.kind": kind, "protocol.0.for_s": 300.0}))
        for kind in ("own_cry", "other_cry", "thought", "usual_hour")
    }
    assert heard["own_cry"] > max(count for kind, count in heard.items() if kind != "own_cry")


def test_09_pressing_the_nipple_stops_the_leak():
    pressed = traced_runs("nipple-press", 8)
    free = traced_runs("nipple-press", 8, {"protocol.1.pressure_mmhg": 0.0})
    leaks = []
    for held, left_alone in zip(pressed, free, strict=True):
        assert held.bursts == left_alone.bursts
        during = over(held, "leaked_ml", 243, 415)
        assert (during[-1] - during[0]).max() < 0.02
        leaks.append(np.ptp(over(left_alone, "leaked_ml", 243, 415)[:, 0]))
    assert mean(leaks) > 1  # it would have gone on
    assert clearly_less([sum(r.totals.leaked_ml) for r in pressed], [sum(r.totals.leaked_ml) for r in free])


def pad(capacity_ml, plastic_liner=False):
    one = {"capacity_ml": capacity_ml, "plastic_liner": plastic_liner}
    return {"breasts.left.pad": one, "breasts.right.pad": one}


def test_09_pads_keep_milk_from_the_clothes_until_they_are_full():
    (large,), (usual,), (small,) = (traced_runs("leaking-into-pads", 1, pad(c)) for c in (100.0, 17.0, 5.0))
    leaked = large.channels["leaked_ml"][-1]
    assert leaked.min() > 10
    for run, limit in ((large, 100.0), (usual, 17.0), (small, 5.0)):
        held, clothes = run.channels["pad_ml"][-1], run.channels["clothes_ml"][-1]
        assert held + clothes == pytest.approx(run.channels["leaked_ml"][-1], rel=0.02)
        assert held.max() < limit + 3
    assert large.channels["clothes_ml"].max() < 0.01
    assert usual.channels["clothes_ml"][-1].sum() < 0.1 * leaked.sum()
    assert small.channels["clothes_ml"][-1].min() > leaked.min() - 8  # the overflow goes to the clothes


def test_09_a_plastic_liner_keeps_the_skin_wet():
    (cotton,), (lined,) = (traced_runs("leaking-into-pads", 1, pad(17.0, liner)) for liner in (False, True))
    assert lined.channels["leaked_ml"][-1] == pytest.approx(cotton.channels["leaked_ml"][-1])
    wet, dry = lined.channels["skin_wetness"][-1], cotton.channels["skin_wetness"][-1]
    assert wet.min() > 0.7
    assert dry.max() < 0.5
    (same_skin,) = traced_runs("leaking-into-pads", 1, pad(17.0, True), without={"pad.liner_factor": 1.0})
    assert same_skin.channels["skin_wetness"][-1] == pytest.approx(dry)


def test_09_leaking_and_unwanted_let_downs_lessen_after_the_first_weeks():
    week_2, month_5 = (runs("leaking-into-pads", 128, {"mother.postpartum_day": day}) for day in (14, 150))
    assert clearly_less([sum(r.totals.leaked_ml) for r in month_5], [sum(r.totals.leaked_ml) for r in week_2])


# Uterus


def highest_pain(parity, day, seeds=4):
    feed = changed(FEED, {"mother.parity": parity, "mother.postpartum_day": day})
    return mean(float(simulate(feed, seed=seed).data["afterpain"].max()) for seed in range(seeds))


def test_10_the_oxytocin_of_a_feed_contracts_the_uterus():
    (run,) = traced_runs(FEED, 1, {"mother.postpartum_day": 2})
    assert run.channels["uterine_tone"][:100].max() < 0.05
    assert run.channels["uterine_tone"].max() > 0.2
    assert signs(run, SignName.UTERINE_CRAMP)
    (silent,) = traced_runs(FEED, 1, {"mother.postpartum_day": 2}, without=NO_PULSES)
    assert silent.channels["uterine_tone"].max() < 0.01
    assert not signs(silent, SignName.UTERINE_CRAMP)


def test_10_cramps_hurt_more_with_every_birth_and_are_gone_later():
    pain = [highest_pain(parity, day=2) for parity in (1, 2, 4)]
    assert pain[0] < pain[1] < pain[2]
    assert pain[2] > 1.2 * pain[0]
    assert highest_pain(4, day=60) < 0.01
    for parity in (1, 4):
        later = runs(FEED, 16, {"mother.parity": parity, "mother.postpartum_day": 60})
        assert share_with(later, SignName.UTERINE_CRAMP) == 0
    first, fourth = (runs(FEED, 64, {"mother.parity": p, "mother.postpartum_day": 4}) for p in (1, 4))
    cramps = [[len(signs(r, SignName.UTERINE_CRAMP)) for r in found] for found in (first, fourth)]
    assert clearly_less(*cramps)
    alike = {"uterus.parity_gain": 0.0}  # then births make no difference
    day_2 = [{"mother.parity": p, "mother.postpartum_day": 2} for p in (1, 4)]
    assert same(runs(FEED, 3, day_2[0], without=alike), runs(FEED, 3, day_2[1], without=alike))


# What interferes


def assert_interferes(changes, routes, *, scenario=FEED, undisturbed=None):
    """Check a disturbance: less milk or a later let-down on average, and no effect at all without its routes."""
    calm = runs(scenario, MANY, undisturbed)
    disturbed = runs(scenario, MANY, changes)
    less = clearly_less([milk(r) for r in disturbed], [milk(r) for r in calm])
    later = clearly_less([latency(r) for r in calm], [latency(r) for r in disturbed])
    assert less or later
    assert not clearly_less([milk(r) for r in calm], [milk(r) for r in disturbed])
    none = dict.fromkeys(routes, 0.0)
    assert same(runs(scenario, 3, changes, without=none), runs(scenario, 3, undisturbed, without=none))


def assert_route(changes, *, central, adrenergic, scenario=FEED, at_s=110.0):
    """Check which of the two nervous routes a condition takes; `at_s` is before the latch."""
    (run,) = traced_runs(scenario, 1, changes)
    for channel, taken in (("central_inhibition", central), ("adrenergic_tone", adrenergic)):
        level = float(np.interp(at_s, run.time_s, run.channels[channel]))
        assert (level > 0.05) if taken else (abs(level) < 1e-6), channel


def test_11_to_17_an_undisturbed_feed_has_neither_inhibition_nor_tone():
    assert_route({}, central=False, adrenergic=False)


@pytest.mark.parametrize("emotion", ["embarrassment", "anger", "irritation", "fear", "resentment"])
def test_11_emotions_act_centrally_and_through_adrenergic_tone(emotion):
    changes = {f"conditions.{emotion}": 1.0}
    assert_route(changes, central=True, adrenergic=True)
    assert_interferes(changes, [f"interference.central_{emotion}", f"interference.adrenergic_{emotion}"])


def test_11_a_stronger_emotion_disturbs_more():
    taken = [[milk(r) for r in runs(FEED, 32, {"conditions.fear": level})] for level in (0.0, 0.3, 0.6, 1.0)]
    for weaker, stronger in pairwise(taken):
        assert clearly_less(stronger, weaker)


HUNGRY = changed(FEED, {"infant.appetite_ml": 200.0})
RESCUED = with_steps(
    HUNGRY, *({"do": "dose", "route": "iv", "at_s": 180.0 + 150.0 * k, "amount_mu": 10.0} for k in range(5))
)
ONLY_CENTRAL = {"interference.adrenergic_fear": 0.0, "interference.adrenergic_noise": 0.0}
ONLY_ADRENERGIC = {"interference.central_fear": 0.0}


@pytest.mark.parametrize(
    ("condition", "level", "without"),
    [("fear", 1.0, ONLY_CENTRAL), ("noise", 1.0, ONLY_CENTRAL), ("alcohol_g_kg", 2.0, {})],
)
def test_11_injected_oxytocin_rescues_a_central_block(condition, level, without):
    blocked, rescued = (
        mean(milk(r) for r in runs(s, 24, {f"conditions.{condition}": level}, without=without))
        for s in (HUNGRY, RESCUED)
    )
    calm = mean(milk(r) for r in runs(HUNGRY, 24))
    assert blocked < 0.75 * calm
    assert rescued > 0.9 * calm


def test_11_injected_oxytocin_does_not_rescue_an_adrenergic_block():
    fear = {"conditions.fear": 1.0}
    blocked, rescued = (mean(milk(r) for r in runs(s, 24, fear, without=ONLY_ADRENERGIC)) for s in (HUNGRY, RESCUED))
    calm = mean(milk(r) for r in runs(HUNGRY, 24))
    assert blocked < 0.75 * calm
    assert rescued < 0.6 * calm
    (dose,), (afraid,) = (traced_runs("iv-oxytocin", 1, c) for c in ({}, fear))
    assert afraid.channels["activation"].max() < 0.5 * dose.channels["activation"].max()
    assert same(runs("iv-oxytocin", 1, {"conditions.noise": 1.0}, without=ONLY_CENTRAL), runs("iv-oxytocin", 1))


def test_12_fatigue_acts_centrally_and_shrinks_each_burst():
    changes = {"conditions.fatigue": 1.0}
    assert_route(changes, central=True, adrenergic=False)
    assert_interferes(changes, ["interference.central_fatigue", "neurones.fatigue_of_release"])
    tired = runs(FEED, 8, changes, without={"interference.central_fatigue": 0.0})
    rested = runs(FEED, 8)
    assert tired[0].bursts[0].oxytocin_ng < 0.9 * rested[0].bursts[0].oxytocin_ng


def test_13_poor_positioning_weakens_the_latch_and_with_it_vacuum_and_stimulus():
    changes = {"conditions.poor_positioning": 1.0}
    assert_route(changes, central=False, adrenergic=False)
    (poor,), (good,) = (traced_runs(FEED, 1, c) for c in (changes, {}))
    assert poor.channels["suction_peak_mmhg"].max() < 0.7 * good.channels["suction_peak_mmhg"].max()
    assert poor.channels["afferent_drive"].max() < 0.7 * good.channels["afferent_drive"].max()
    assert_interferes(changes, ["infant.poor_positioning_loss"])


def test_14_too_little_time_of_sucking_leaves_milk_behind():
    feeds = [runs("too-short-feed", 32, {"protocol.3.at_s": 120.0 + 60.0 * minutes}) for minutes in (1, 3, 6)]
    enough = runs("breastfeed-one-breast", 32, {"infant.appetite_ml": 100.0, "breasts.left.milk_ml": 107.0})
    taken = [[milk(r) for r in found] for found in (*feeds, enough)]
    assert taken == sorted(taken, key=mean)
    for shorter, longer in pairwise(taken[:-1]):
        assert clearly_less(shorter, longer)
    short = feeds[1]
    assert all(run.totals.end_reason is EndReason.UNLATCHED for run in short)
    assert let_down_count(short) < 0.75 * let_down_count(enough)
    # nothing but time: as far as it went, it was the same feed
    (cut,), (whole,) = (traced_runs("too-short-feed", 1, {"protocol.3.at_s": end}) for end in (240.0, 480.0))
    assert np.array_equal(cut.channels["removed_ml"][:238], whole.channels["removed_ml"][:238])


def test_15_stress_acts_centrally():
    changes = {"conditions.stress": 1.0}
    assert_route(changes, central=True, adrenergic=False)
    assert_interferes(changes, ["interference.central_stress"])


def test_15_noise_disturbs_like_stress():
    changes = {"conditions.noise": 1.0}
    assert_route(changes, central=True, adrenergic=False)
    assert_interferes(changes, ["interference.central_noise"])


def test_16_a_discouraging_remark_disturbs_for_a_while():
    remark = with_steps(FEED, {"do": "remark", "at_s": 60.0, "severity": 1.0})
    (hurt,) = traced_runs(remark, 1)
    for channel in ("central_inhibition", "adrenergic_tone"):
        course = hurt.channels[channel]
        assert course[:59].max() < 1e-6
        assert np.interp(130, hurt.time_s, course) > 0.05
        assert np.interp(1000, hurt.time_s, course) < 0.3 * course.max()
    calm, disturbed = runs(FEED, MANY), runs(remark, MANY)
    assert clearly_less([latency(r) for r in calm], [latency(r) for r in disturbed])
    deaf_to_it = {"interference.central_remark": 0.0, "interference.adrenergic_remark": 0.0}
    assert same(runs(remark, 3, without=deaf_to_it), runs(FEED, 3))
    mild = runs(with_steps(FEED, {"do": "remark", "at_s": 60.0, "severity": 0.3}), 64)
    assert clearly_less([latency(r) for r in mild], [latency(r) for r in disturbed])


def test_17_sore_nipples_act_through_both_routes_and_close_the_nipple():
    changes = {"conditions.nipple_pain": 1.0}
    assert_route(changes, central=True, adrenergic=True)
    routes = ["interference.central_nipple_pain", "interference.adrenergic_nipple_pain"]
    assert_interferes(changes, [*routes, "nipple.pain_closing"])
    low = {"breasts.left.closing_pressure_mmhg": 8.0, "breasts.right.closing_pressure_mmhg": 8.0}
    no_nerves = dict.fromkeys(routes, 0.0)
    free, sore = (runs(FEED, 8, c, without=no_nerves) for c in (low, low | changes))
    assert clearly_less([sum(r.totals.leaked_ml) for r in sore], [sum(r.totals.leaked_ml) for r in free])


def test_17_pain_in_the_uterus_acts_centrally():
    changes = {"conditions.uterine_pain": 1.0}
    assert_route(changes, central=True, adrenergic=False)
    assert_interferes(changes, ["interference.central_uterine_pain"])


def test_17_afterpains_of_the_feed_itself_disturb_it():
    day_2 = {"mother.postpartum_day": 2, "mother.parity": 4, "infant.appetite_ml": 200.0}
    (run,) = traced_runs(FEED, 1, day_2)
    assert run.channels["afterpain"].max() > 0.1
    assert run.channels["central_inhibition"][:60].max() < 0.01
    assert run.channels["central_inhibition"].max() > 0.02
    numb = {"interference.central_uterine_pain": 0.0}
    assert traced_runs(FEED, 1, day_2, without=numb)[0].channels["central_inhibition"].max() < 1e-6
    with_pain, without_pain = runs(FEED, MANY, day_2), runs(FEED, MANY, day_2, without=numb)
    assert clearly_less([len(r.bursts) for r in with_pain], [len(r.bursts) for r in without_pain])
    assert mean(milk(r) for r in with_pain) < mean(milk(r) for r in without_pain)


OEDEMA = ["oedema.pressure", "oedema.narrowing", "oedema.latch_loss", "oedema.stiffening"]


def test_18_engorgement_flattens_the_nipple_and_presses_the_ducts():
    swollen, soft = {"conditions.engorgement": 0.8}, {"conditions.engorgement": 0.0}
    assert_route(swollen, central=False, adrenergic=False, scenario=preset("engorged"), at_s=20.0)
    assert_interferes(swollen, OEDEMA, scenario=preset("engorged"), undisturbed=soft)
    (tight,), (loose,) = (traced_runs("engorged", 1, c) for c in (swollen, soft))
    assert tight.channels["suction_peak_mmhg"].max() < 0.85 * loose.channels["suction_peak_mmhg"].max()
    only_latch = dict.fromkeys(set(OEDEMA) - {"oedema.latch_loss"}, 0.0)
    only_ducts = {"oedema.latch_loss": 0.0}
    taken = [milk(r) for r in runs("engorged", 32, soft)]
    for one_route in (only_latch, only_ducts):
        assert clearly_less([milk(r) for r in runs("engorged", 32, swollen, without=one_route)], taken)


@pytest.mark.parametrize("level", [0.0, 0.3, 0.8, 1.0])
def test_18_no_duct_of_an_engorged_breast_holds_less_than_nothing(level):
    for scenario in (FEED, preset("engorged")):
        (run,) = traced_runs(scenario, 1, {"conditions.engorgement": level})
        assert run.channels["ductal_milk_ml"].min() >= 0
        assert run.channels["alveolar_milk_ml"].min() >= 0
