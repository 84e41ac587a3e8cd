"""Two background steps that say different things of one quantity at one time: the order of the lines is no matter."""

from pathlib import Path

import numpy as np
import pytest

from letdown import ScenarioError, load_scenario, simulate
from letdown.engine.cohort_run import run_dyads
from letdown.engine.layout import field_index
from letdown.protocol.build import build_program, reference_start

CASES = Path(__file__).parent / "cases" / "conditions-overlap"
LATCH = {"do": "latch", "side": "left", "for_s": 500}


def condition(level, at_s, for_s=None, name="noise"):
    return {"do": "condition", "name": name, "level": level, "at_s": at_s} | ({} if for_s is None else {"for_s": for_s})


def press(mmhg, at_s, for_s=None, side="both"):
    step = {"do": "press", "side": side, "pressure_mmhg": mmhg, "at_s": at_s}
    return step | ({} if for_s is None else {"for_s": for_s})


def cue(strength, at_s, for_s, kind="own_cry"):
    return {"do": "cue", "kind": kind, "strength": strength, "at_s": at_s, "for_s": for_s}


def dose(amount, at_s, for_s):
    return {"do": "dose", "route": "iv", "amount_mu": amount, "at_s": at_s, "for_s": for_s}


def scenario(*steps, **others):
    return load_scenario({"name": "overlap", "protocol": [LATCH, *steps], **others})


def levels(steps, field, times, **others):
    """Return what a field of the surroundings is at some times."""
    made = scenario(*steps, **others)
    lane = run_dyads([reference_start(made)], build_program(made), channels=[field], every=100)[0]
    return [float(lane.trace[round(t), 0]) for t in times]


NOISE = "surroundings.conditions.noise"
PRESSED = "surroundings.left.press"


def both_orders(steps, field, times, **others):
    one, other = (levels(order, field, times, **others) for order in (steps, steps[::-1]))
    assert one == other
    return one


def test_the_case_gives_the_same_feed_in_both_orders():
    one, other = (simulate(str(CASES / name), seed=1) for name in ("a.toml", "b.toml"))
    for name in ("central_inhibition", "oxytocin_pg_ml", "removed_ml"):
        assert np.array_equal(one.columns[name].values, other.columns[name].values)
    inhibition = one.columns["central_inhibition"].values
    assert inhibition[245] < 0.6 * inhibition[199]  # the short, softer noise holds from 200 to 250 s
    assert inhibition[300] > inhibition[245]  # and the louder one again after it
    assert one.summary()["let_downs"] == other.summary()["let_downs"]


@pytest.mark.parametrize(
    ("steps", "times", "expected"),
    [
        ([condition(0.8, 100, 300), condition(0.3, 200, 50)], (150, 225, 300, 450), [0.8, 0.3, 0.8, 0.0]),
        ([condition(0.3, 100, 300), condition(0.8, 200, 50)], (150, 225, 300, 450), [0.3, 0.8, 0.3, 0.0]),
        ([condition(0.8, 100, 200), condition(0.3, 200, 200)], (150, 250, 350, 450), [0.8, 0.3, 0.3, 0.0]),
        ([condition(0.8, 100), condition(0.3, 200)], (150, 250, 450), [0.8, 0.3, 0.3]),
        ([condition(0.8, 100, 100), condition(0.3, 200, 100)], (150, 250, 350), [0.8, 0.3, 0.0]),
        ([condition(0.5, 100, 200), condition(0.5, 200, 200)], (150, 250, 350, 450), [0.5, 0.5, 0.5, 0.0]),
        ([condition(0.5, 100, 200), condition(0.5, 100, 50)], (120, 250, 350), [0.5, 0.5, 0.0]),
        ([condition(0.9, 50, 400), condition(0.6, 100, 300), condition(0.2, 150, 50)],
         (75, 125, 175, 250, 420, 470), [0.9, 0.6, 0.2, 0.6, 0.9, 0.0]),
    ],
)  # fmt: skip
def test_the_condition_that_began_later_holds(steps, times, expected):
    assert both_orders(steps, NOISE, times) == pytest.approx(expected)


def test_a_step_stands_before_the_condition_of_the_whole_run():
    steps = [condition(0.0, 100, 100), condition(0.9, 150, 100)]
    assert both_orders(steps, NOISE, (50, 120, 170, 220, 300), conditions={"noise": 0.4}) == pytest.approx(
        [0.4, 0.0, 0.9, 0.9, 0.4]
    )


def test_other_conditions_do_not_meet():
    steps = [condition(0.8, 100, 300), condition(0.3, 100, 300, "stress")]
    assert both_orders(steps, NOISE, (200,)) == [0.8]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([press(30, 100, 300), press(60, 200, 50)], [30, 60, 30]),
        ([press(30, 100, 300), press(30, 200, 50)], [30, 30, 30]),
        ([press(30, 100, 300), press(60, 200, 50, "left")], [30, 60, 30]),
        ([press(30, 100, 300), press(60, 200, 50, "right")], [30, 30, 30]),
        ([press(140, 100), press(20, 200)], [140, 20, 20]),
    ],
)
def test_the_press_that_began_later_holds_and_presses_do_not_add(steps, expected):
    assert both_orders(steps, PRESSED, (150, 225, 300)) == expected


def test_of_two_cues_of_one_kind_the_stronger_holds():
    steps = [cue(0.4, 100, 300), cue(0.9, 200, 50), cue(0.1, 210, 100)]
    assert both_orders(steps, "surroundings.cues.own_cry", (150, 225, 300, 450)) == pytest.approx([0.4, 0.9, 0.4, 0.0])


def test_doses_add_in_any_order_to_the_last_bit():
    steps = [dose(10, 50, 100), dose(33, 60, 70), dose(7, 60, 90)]
    made = [scenario(*order) for order in (steps, steps[::-1], [steps[1], steps[0], steps[2]])]
    ends = [run_dyads([reference_start(each)], build_program(each))[0] for each in made]
    given = [lane.fields[field_index("dyad.plasma.given")] for lane in ends]
    assert given[0] == pytest.approx(50 * 1.71e3, rel=1e-3)
    assert all(np.array_equal(lane.fields, ends[0].fields) for lane in ends)


@pytest.mark.parametrize(
    "steps",
    [
        [condition(0.8, 100, 300), condition(0.3, 100, 50)],
        [condition(0.8, 0), condition(0.3, 0)],
        [press(30, 100), press(40, 100, 20)],
        [press(30, 100, side="left"), press(40, 100)],
    ],
)
def test_two_levels_from_the_same_moment_are_refused_in_both_orders(steps):
    for order in (steps, steps[::-1]):
        with pytest.raises(ScenarioError, match="from the same moment") as caught:
            scenario(*order)
        assert str(caught.value).startswith("Steps 2 and 3 (")


def test_presses_of_two_nipples_from_the_same_moment_are_fine():
    steps = [press(30, 100, side="left"), press(40, 100, side="right")]
    assert both_orders(steps, PRESSED, (150,)) == [30]
