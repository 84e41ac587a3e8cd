"""Shares never above 1; pads that hold what they can; what studies read of a pump."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from letdown import preset, simulate, simulate_cohort
from letdown.body.nursing_pad import NursingPadParameters, pad_held
from letdown.engine.run import Totals
from letdown.evidence.feed_quantities import FirstLetDown
from letdown.evidence.observed_quantities import _watches
from letdown.evidence.quantity import Feed
from letdown.simulate_lactation import simulate_lactation

SUCTION = {"kind": "two-phase", "suction_mmhg": 200.0}


@pytest.mark.parametrize("capacity", [0.0, 1.0, 8.0, 17.0, 150.0])
@pytest.mark.parametrize("width", [0.05, 0.4, 3.0])
def test_a_pad_holds_no_more_than_it_can_and_all_until_then(capacity, width):
    p = NursingPadParameters(capacity=capacity, fill_width=width)
    leaked = np.concatenate([[0.0, 1e-9], np.linspace(0.0, 3.0 * capacity + 10.0, 2001)])
    held = np.array([pad_held(float(x), p) for x in np.sort(leaked)])
    assert held.min() >= -1e-12
    assert held.max() <= capacity
    assert held[0] == pytest.approx(0.0, abs=1e-12)
    assert np.all(np.diff(held) >= -1e-12)
    below, above = np.sort(leaked) < capacity - width, np.sort(leaked) > capacity + width
    assert held[below] == pytest.approx(np.sort(leaked)[below], abs=1e-12)
    assert held[above] == pytest.approx(capacity)


def test_leaked_milk_is_in_the_pad_or_in_the_clothes():
    for name, pad in (("leaking-into-pads", 2.0), ("cry-next-room", None)):
        changes = {f"breasts.{side}.pad.capacity_ml": pad for side in ("left", "right")} if pad else {}
        run = simulate(preset(name).with_values(changes), seed=1).run()
        held, clothes = run.channels["pad_ml"], run.channels["clothes_ml"]
        assert held + clothes == pytest.approx(run.channels["leaked_ml"], abs=1e-12)
        assert held.max() <= (pad or 0.0)
        assert run.channels["leaked_ml"].max() > 0.5
        assert (held.max() > 1.9) == (pad is not None)


def totals(available, made, removed):
    both = SimpleNamespace(available=(available, 0.0), made=(made, 0.0), removed=(removed, 0.0))
    return Totals(both.available, both.removed, (0.0, 0.0), both.made, (0.0, 0.0), *[1.0] * 5, None, 60.0, "time")


def test_a_share_counts_what_was_made():
    left, right, total = totals(100.0, 20.0, 90.0).share_removed()
    assert (left, total) == (0.75, 0.75)
    assert math.isnan(right)
    assert totals(0.1, 0.2, 0.30000000000000004).share_removed()[0] == 1.0


def test_no_woman_gives_more_than_she_has():
    pump = {"do": "pump", "side": "both", "for_s": 3600.0, "programme": SUCTION}
    for protocol in (preset("pump-double"), preset("pump-double").with_values({"protocol": [pump]})):
        for summary in simulate_cohort(protocol, 100, seed=1):
            for side in ("left", "right", "total"):
                assert 0.0 <= summary["share_of_available"][side] <= 1.0
    hourly = {"name": "x", "days": 6, "plan": [{"do": "pump", "hours": list(range(24)), "for_min": 30}]}
    shares = [day["share_of_available"] for day in simulate_lactation(hourly, seed=1).daily()]
    assert all(0.0 < share <= 1.0 for share in shares)


def made_up(steps, first_latch_s, onset_s=None):
    let_downs = () if onset_s is None else (SimpleNamespace(onset_s=onset_s),)
    totals_ = SimpleNamespace(first_latch_s=first_latch_s, duration_s=900.0)
    return SimpleNamespace(run=SimpleNamespace(steps=steps, let_downs=let_downs, totals=totals_))


def step(do, start_s, index=0, side="left", end_s=900.0):
    return SimpleNamespace(do=do, start_s=start_s, end_s=end_s, index=index, side=side)


def test_the_first_let_down_counts_from_the_first_contact():
    contact, latch = Feed.contact.fget, Feed.latch.fget
    for steps, first_latch, expected in (
        ([step("latch", 120.0)], 150.0, 150.0),
        ([step("cue", 0.0), step("pump", 60.0)], None, 60.0),
        ([step("pump", 300.0), step("hand_express", 200.0)], None, 200.0),
        ([step("latch", 120.0)], None, None),
        ([step("wait", 0.0)], None, None),
    ):
        feed = made_up(steps, first_latch, 210.0)
        feed.contact = contact(feed)
        assert feed.contact == expected
        assert latch(feed) == (900.0 if expected is None else expected)
        measured = FirstLetDown().measure(feed)
        assert math.isnan(measured) if expected is None else measured == 210.0 - expected


def test_a_pump_of_several_phases_is_filmed_once():
    phases = [step("pump", 0.0, 2, "both", 120.0), step("pump", 120.0, 2, "both", 500.0), step("latch", 600.0, 3)]
    assert _watches(made_up(phases, None)) == [("both", 0.0, 500.0), ("left", 600.0, 900.0)]
    run = simulate("pump-three-phase-10-min", seed=1).run()
    pumps = [each for each in run.steps if each.do == "pump"]
    assert len(pumps) > 1
    assert _watches(SimpleNamespace(run=run)) == [(pumps[0].side, pumps[0].start_s, pumps[-1].end_s)]
