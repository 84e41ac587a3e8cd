"""A change in mid-feed: the past stays the same to the last bit, and the future is what was asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letdown import LetdownError, ScenarioError, load_scenario, presets
from letdown.protocol.steps import Cue, Latch, Pump, Unlatch
from letdown.web.feed_query import FeedQuery, packed, read_query, scenario_of, unpacked
from letdown.web.feeds import feed_of
from letdown.web.timed_controls import TIMED_CONTROLS

AT_S = 205.3
"""A moment within every preset that is no multiple of a row."""

EVERY_KIND = (
    "conditions.fear=1",
    "conditions.noise=0",
    "cues.own_cry=1",
    "cues.own_cry=0",
    "press=both",
    "press=none",
    "remark=0.8",
    "unlatch=true",
    "relatch=left",
    "relatch=right",
    "pump.programme=expression",
    "pump.programme=off",
    "dose.iv_mu=20",
    "dose.nasal_mu=2000",
)


def feed(name, *changes, settings=(), seed=1):
    asked = [("preset", name), ("seed", str(seed)), *(("at", c) for c in changes), *(("set", s) for s in settings)]
    _, recording = feed_of(read_query(asked))
    return recording.run()


@pytest.mark.parametrize("name", sorted(presets()))
def test_a_change_leaves_the_past_as_it_was_to_the_last_bit(name):
    before = feed(name)
    rows = int((before.time_s < AT_S).sum())
    assert rows > 1000
    for change in EVERY_KIND:
        after = feed(name, f"{AT_S}~{change}")
        assert np.array_equal(before.time_s[:rows], after.time_s[:rows])
        differ = [c for c in before.channels if not np.array_equal(before.channels[c][:rows], after.channels[c][:rows])]
        assert differ == [], change
        assert [b for b in before.bursts if b.time_s < AT_S] == [b for b in after.bursts if b.time_s < AT_S]


@pytest.mark.parametrize("change", ["conditions.fear=1", "press=both", "unlatch=true", "relatch=right", "remark=1"])
def test_a_change_changes_what_comes_after(change):
    before, after = feed("breastfeed"), feed("breastfeed", f"{AT_S}~{change}")
    rows = slice(int((before.time_s < AT_S).sum()), min(before.time_s.size, after.time_s.size))
    assert any(not np.array_equal(before.channels[c][rows], after.channels[c][rows]) for c in before.channels)


def test_a_second_change_keeps_the_past_that_the_first_made():
    once = feed("breastfeed", "230~unlatch=true")
    twice = feed("breastfeed", "230~unlatch=true", "300~relatch=right")
    rows = int((once.time_s < 300.0).sum())
    for name in once.channels:
        assert np.array_equal(once.channels[name][:rows], twice.channels[name][:rows])


def test_taking_the_baby_off_ends_sucking_and_the_feed_does_not_go_on_by_itself():
    run = feed("breastfeed", "230~unlatch=true")
    assert run.channels["sucking"][run.time_s > 235.0].max() == 0.0
    assert [s.end_reason for s in run.steps if s.do == "latch"] == ["unlatched"]
    assert run.totals.duration_s == pytest.approx(830.0, abs=1.0)  # ten minutes more, to a tick or two


def test_putting_the_baby_to_the_other_breast_takes_milk_from_it():
    run = feed("breastfeed", "230~relatch=right")
    removed = run.channels["removed_ml"]
    left, right = removed[run.time_s < 231.0][-1]
    assert right == 0.0
    assert removed[-1, 1] > 5.0
    assert removed[-1, 0] == pytest.approx(left, abs=1.0)  # what still stood at the nipple
    latches = [s for s in run.steps if s.do == "latch"]
    assert [s.side for s in latches] == ["left", "right"]
    assert latches[1].start_s == pytest.approx(250.0, abs=0.2)  # 20 s to move it, to a tick


def test_pressing_the_nipple_stops_the_drip():
    drip, pressed = (feed("leaking-into-pads", *c) for c in ((), ("260~press=both",)))
    late = drip.time_s > 262.0
    leaked = [run.channels["leaked_ml"].sum(axis=1) for run in (drip, pressed)]
    assert leaked[0][late][-1] - leaked[0][late][0] > 0.5
    assert leaked[1][late][-1] - leaked[1][late][0] < 0.05


def test_letting_go_of_the_nipple_lets_it_drip_again():
    held, let_go = (feed("leaking-into-pads", *c) for c in (("200~press=both",), ("200~press=both", "280~press=none")))
    assert let_go.totals.leaked_ml[0] > held.totals.leaked_ml[0]


def test_a_cue_can_be_ended_before_its_time():
    run = feed("cry-next-room", "100~cues.own_cry=0")
    assert run.channels["cue_drive"][run.time_s > 200.0].max() < 0.01  # faded over six time constants
    assert feed("cry-next-room").channels["cue_drive"].max() > 0.5


def test_the_dials_of_the_pump_turn_while_it_runs():
    run = feed("pump-double", "300~pump.suction_mmhg=100", "400~pump.rate_per_min=30")
    suction = run.channels["suction_peak_mmhg"][:, 0]
    rate = run.channels["suck_rate_hz"]
    assert suction[run.time_s < 299.0].max() > 150.0
    assert suction[run.time_s > 301.0].max() == pytest.approx(100.0)
    assert rate.size
    pumps = [step for step in run.steps if step.do == "pump"]
    assert pumps[-1].end_s == pytest.approx(900.0, abs=1.0)  # the time that was left, to a tick or two


def test_the_pump_can_be_taken_off():
    run = feed("pump-double", "300~pump.programme=off")
    assert run.channels["suction_mmhg"][run.time_s > 301.0].max() == 0.0


def test_a_dial_of_a_pump_that_is_not_there_is_refused():
    with pytest.raises(ScenarioError, match="when no pump works"):
        feed("breastfeed", "300~pump.suction_mmhg=100")


def test_a_dial_set_from_the_start_turns_every_phase():
    query = read_query([("preset", "pump-double"), ("set", "pump.suction_mmhg=100")])
    (step,) = scenario_of(query, lambda scenario: ()).protocol
    assert isinstance(step, Pump)
    assert [phase.suction_mmhg for phase in step.programme.phases] == [50.0, 100.0]


def test_steps_that_had_not_begun_are_dropped_and_those_that_had_stay():
    scenario, _ = feed_of(read_query([("preset", "breastfeed"), ("at", "230~unlatch=true")]))
    assert [step.do for step in scenario.protocol] == ["cue", "cue", "latch", "unlatch", "wait"]
    switch = next(step for step in feed("breastfeed").steps if step.do == "switch")
    later = f"{switch.start_s + 60.0}~relatch=left"
    scenario, _ = feed_of(read_query([("preset", "breastfeed"), ("seed", "1"), ("at", later)]))
    assert [step.do for step in scenario.protocol][2:4] == ["latch", "switch"]
    assert isinstance(scenario.protocol[-1], Latch)
    assert any(isinstance(step, Unlatch) for step in scenario.protocol)


@pytest.mark.parametrize("key", TIMED_CONTROLS)
def test_every_control_refuses_nonsense_in_one_sentence(key):
    for value in ("nan", "inf", "1e99", "-1e9", '"x"', "[1]", "{a=1}"):
        with pytest.raises(ScenarioError) as refused:
            feed("pump-double", f"100~{key}={value}")
        assert "\n" not in str(refused.value)
        assert str(refused.value).endswith(".")


def test_two_questions_that_say_the_same_have_the_same_text():
    a = read_query(
        [("at", "300~press=both"), ("set", "conditions.noise=0.5"), ("set", "mother.parity=1"), ("at", "20~remark=1")]
    )
    b = read_query(
        [
            ("set", "mother.parity=1"),
            ("at", "20.0~remark=1.0"),
            ("set", "conditions.noise=0.50"),
            ("at", "300~press=both"),
            ("seed", "0"),
        ]
    )
    assert a.text() == b.text()


def test_a_question_reads_back_from_its_text():
    from urllib.parse import parse_qsl

    asked = read_query([("preset", "noise"), ("seed", "7"), ("set", "infant.vigour=0.55"), ("at", "12.5~unlatch=true")])
    assert read_query(parse_qsl(asked.text())) == asked


def test_a_whole_scenario_travels_in_a_link():
    scenario = load_scenario("silicone-collector")
    assert unpacked(packed(scenario)) == scenario
    query = FeedQuery(packed(scenario), 3, (), ())
    assert scenario_of(query, lambda s: ()) == scenario


@pytest.mark.parametrize("letters", ["own.", "own.AAAA", "own.%%%", "own." + "A" * 20000, "own.eJzLSM3JyQcABiwCFQ"])
def test_letters_that_hold_no_scenario_are_refused(letters):
    with pytest.raises(ScenarioError):
        unpacked(letters)


def test_a_packed_bomb_is_not_unpacked():
    import base64
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(b"# " + b"a" * 5_000_000)).decode().rstrip("=")
    with pytest.raises(ScenarioError):
        unpacked("own." + bomb)


def test_cues_of_other_kinds_are_left_alone():
    scenario, _ = feed_of(read_query([("preset", "breastfeed"), ("at", "70~cues.own_cry=0")]))
    cues = {step.kind: step for step in scenario.protocol if isinstance(step, Cue)}
    assert cues["own_cry"].for_s == 70.0
    assert cues["preparing"].for_s == 120.0


KEYS = st.sampled_from(
    [*TIMED_CONTROLS, "mother.parity", "breasts.left.milk_ml", "parameters.plasma.clearance", "protocol.0", "x.y"]
)
TEXTS = st.one_of(
    st.text(max_size=30), st.floats().map(repr), st.integers().map(repr), st.sampled_from(["[[", "{", '"', "1e999"])
)


@given(key=KEYS, value=TEXTS, at=TEXTS, name=st.one_of(st.sampled_from(sorted(presets())), TEXTS), seed=TEXTS)
def test_whatever_is_written_in_a_question_is_read_or_refused_in_one_sentence(key, value, at, name, seed):
    refusals = []
    for pair in (("set", f"{key}={value}"), ("at", f"{at}~{key}={value}"), ("seed", seed), (value, at)):
        try:
            scenario_of(read_query([("preset", name), pair]), lambda scenario: ())
        except LetdownError as error:
            refusals.append(str(error))
    assert [sentence for sentence in refusals if "\n" in sentence or not sentence.endswith(".")] == []
