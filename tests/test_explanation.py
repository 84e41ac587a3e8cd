"""Why a let-down came or did not: the chain agrees with the run, and what it names as the cause is the cause."""

import json
import re

import numpy as np
import pytest

from letdown import ScenarioError, preset
from letdown._clock import clock
from letdown.counterfactual import with_protocol
from letdown.explanation import Window, _dosed, explain_absence, explain_let_down, store_shares
from letdown.protocol.build import build_parameters
from letdown.protocol.steps import Dose, Remark
from letdown.web.feeds import recorded

ORDER = [
    "stimulus",
    "afferents",
    "priming",
    "inhibition",
    "burst",
    "oxytocin",
    "myoepithelium",
    "alveolus",
    "flow",
]


def run_of(scenario, seed=1):
    return recorded(scenario, seed).run()


def absence(scenario, moment_s, seed=1):
    return explain_absence(run_of(scenario, seed), scenario, moment_s, lambda s: run_of(s, seed))


def values(explanation, link):
    (step,) = [s for s in explanation.steps if s.link == link]
    return {v.name: v.value for v in step.values}


def changes(explanation):
    return {c.change: c for c in explanation.counterfactuals}


def test_the_chain_of_a_let_down_runs_from_the_suck_to_the_milk():
    scenario = preset("breastfeed")
    run = run_of(scenario)
    found = explain_let_down(run, scenario, 1)
    assert [step.link for step in found.steps] == ORDER
    assert all(step.held for step in found.steps)
    assert found.failed is None
    burst = next(b for b in reversed(run.bursts) if b.time_s <= run.let_downs[0].onset_s)
    assert next(s.time_s for s in found.steps if s.link == "burst") == burst.time_s
    assert values(found, "burst")["oxytocin released"] == burst.oxytocin_ng
    assert values(found, "flow")["milk moved"] == pytest.approx(
        run.let_downs[0].milk_left_ml + run.let_downs[0].milk_right_ml
    )


@pytest.mark.parametrize("name", ["breastfeed", "noise", "remark", "cry-next-room", "pump-double", "first-feeds"])
def test_sucking_cues_and_inhibition_add_up_to_the_store(name):
    scenario = preset(name)
    run = run_of(scenario)
    starts = [0.0, *(b.time_s for b in run.bursts)]
    ends = [*(b.time_s for b in run.bursts), float(run.time_s[-1])]
    for start_s, end_s in zip(starts, ends, strict=True):
        if end_s - start_s < 5.0:
            continue
        w = Window(run, scenario, build_parameters(scenario), start_s, end_s, ())
        left, sucking, cues, taken = store_shares(w, end_s)
        last = run.channels["store"][w.rows(end_s)][-1]
        # trapezoid over rows of 0.2 s, across jumps of cues and of the latch: a fifth of a row's priming of 1 /s
        assert left + sucking + cues - taken == pytest.approx(last, abs=0.4)


def test_a_cry_alone_fills_the_store_by_cues_alone():
    scenario = preset("cry-next-room")
    found = explain_let_down(run_of(scenario), scenario, 1)
    assert values(found, "priming")["by cues"] > 50.0
    assert values(found, "priming")["by sucking"] == pytest.approx(0.0, abs=1e-9)


def test_oxytocin_from_a_vein_skips_the_neurones():
    scenario = preset("iv-oxytocin")
    found = explain_let_down(run_of(scenario), scenario, 1)
    assert "without a burst" in found.answer
    assert [s.text for s in found.steps if s.link == "burst"] == ["Skipped: oxytocin was given."]
    assert values(found, "oxytocin")["rise"] > 1.0


def test_oxytocin_is_named_as_given_only_where_it_was():
    scenario = preset("iv-oxytocin")
    nothing = [step.model_copy(update={"amount_mu": 0.0}) if step.do == "dose" else step for step in scenario.protocol]
    found = explain_let_down(run_of(scenario), with_protocol(scenario, nothing), 1)
    assert "given" not in found.answer
    assert not any("given" in step.text for step in found.steps)


def test_an_infusion_that_still_runs_counts_as_oxytocin_given():
    scenario = preset("iv-oxytocin")
    run = run_of(scenario)
    others = [step for step in scenario.protocol if step.do != "dose"]
    running = with_protocol(scenario, [*others, Dose(route="iv", amount_mu=300.0, at_s=0.0, for_s=7200.0)])
    assert _dosed(Window(run, running, build_parameters(running), 1000.0, 1100.0, ()))
    assert not _dosed(Window(run, scenario, build_parameters(scenario), 1000.0, 1100.0, ()))


@pytest.mark.parametrize(
    ("name", "change", "moment_s"),
    [
        ("noise", "without:conditions.noise", 300.0),
        ("frightened", "without:conditions.fear", 400.0),
        ("remark", "without:remark", 200.0),
    ],
)
def test_the_disturbance_that_delayed_a_let_down_is_named_as_its_cause(name, change, moment_s):
    scenario = preset(name)
    found = absence(scenario, moment_s)
    assert found.failed == "inhibition"
    lifted = changes(found)[change]
    undisturbed = run_of(
        scenario.with_values({f"conditions.{change.rpartition('.')[2]}": 0.0})
        if "conditions" in change
        else scenario.with_values({"protocol": [s for s in scenario.protocol if not isinstance(s, Remark)]})
    )
    assert lifted.onset_s == undisturbed.let_downs[0].onset_s
    assert lifted.sooner_s == pytest.approx(run_of(scenario).let_downs[0].onset_s - lifted.onset_s)


def test_a_condition_of_no_weight_is_not_named():
    """The mechanism taken out: with no weight on either route, lifting noise changes nothing."""
    scenario = preset("first-feeds").with_values(
        {
            "conditions.noise": 1.0,
            "parameters.interference.central_noise": 0.1,
            "parameters.interference.adrenergic_noise": 0.0,
        }
    )
    found = absence(scenario, 200.0)
    assert found.failed != "inhibition"
    assert changes(found)["without:conditions.noise"].onset_s is None


def test_a_latch_too_poor_is_found_by_perfecting_it():
    found = absence(preset("first-feeds"), 600.0, seed=0)
    assert found.failed == "priming"
    assert changes(found)["with:infant.latch_skill"].onset_s is not None
    assert changes(found)["with:dose.iv_mu"].onset_s is not None
    assert changes(found)["with:cues.own_cry"].onset_s is None


def test_before_anything_is_done_it_is_the_stimulus_that_lacks():
    found = absence(preset("usual-hour"), 30.0)
    assert found.failed == "stimulus"


def test_soon_after_a_burst_the_muscle_is_still_on_its_way():
    scenario = preset("breastfeed")
    run = run_of(scenario)
    found = absence(scenario, run.bursts[0].time_s + 5.0)
    assert found.failed == "myoepithelium"
    assert "only after about" in next(s.text for s in found.steps if s.link == "myoepithelium")


def test_empty_breasts_let_nothing_down():
    empty = {f"breasts.{side}.milk_ml": 1.0 for side in ("left", "right")}
    found = absence(preset("cry-next-room").with_values(empty), 400.0)
    assert found.failed in ("alveolus", "flow")
    assert changes(found)["with:milk"].onset_s is not None


def test_the_inhibition_of_a_moment_is_split_by_cause():
    scenario = preset("breastfeed").with_values({"conditions.noise": 1.0, "conditions.fear": 0.5})
    found = absence(scenario, 300.0)
    shares = values(found, "inhibition")
    weights = build_parameters(scenario).interference
    assert shares["noise"] == pytest.approx(weights.central_noise)
    assert shares["fear"] == pytest.approx(0.5 * weights.central_fear)
    # two routes in a row, reached within 3 %: fifteen time constants
    together = 1.0 - (1.0 - shares["noise"]) * (1.0 - shares["fear"])
    assert shares["inhibition"] == pytest.approx(together, rel=0.03)


def test_the_same_question_gets_the_same_answer_and_plain_json():
    a, b = (absence(preset("noise"), 300.0).to_json() for _ in range(2))
    assert a == b
    assert all(np.isfinite(v["value"]) for s in a["steps"] for v in s["values"])
    assert json.loads(json.dumps(a, allow_nan=False))["counterfactuals"][0]["outcome"] == "sooner"


def test_a_let_down_under_way_is_not_denied():
    scenario = preset("breastfeed")
    first = run_of(scenario).let_downs[0]
    found = absence(scenario, first.onset_s + 10.0)
    assert found.question.startswith("Why was there no further let-down by ")
    assert f"Let-down 1, which came at {clock(first.onset_s)}, was still under way." in found.answer
    assert "let-down 2 came at 8:12" in found.answer


def test_after_the_last_let_down_it_is_not_said_that_none_came():
    found = absence(preset("cry-next-room"), 400.0)
    assert "no further one came in this feed" in found.answer
    assert "none came" not in found.answer


def test_no_text_counts_seconds_where_the_page_shows_minutes():
    for found in (absence(preset("stressed"), 300.0, seed=0), absence(preset("cry-next-room"), 400.0)):
        for text in (found.question, found.answer, *(s.text for s in found.steps)):
            assert not re.search(r"\b(at|by|Between) \d+(\.\d+)? s\b", text), text


def test_what_was_not_reached_is_not_said_to_have_failed():
    found = absence(preset("first-feeds"), 600.0, seed=0)
    assert [s.link for s in found.steps if not s.reached] == ["oxytocin", "myoepithelium", "alveolus"]


@pytest.mark.parametrize(
    ("name", "seed", "words"), [("first-feeds", 0, "this feed had none"), ("breastfeed", 1, "had 2, so give 1 to 2")]
)
def test_how_many_let_downs_there_were_is_said(name, seed, words):
    scenario = preset(name)
    with pytest.raises(ScenarioError, match=words):
        explain_let_down(run_of(scenario, seed), scenario, 3)


def test_a_let_down_that_does_not_exist_is_refused():
    scenario = preset("breastfeed")
    with pytest.raises(ScenarioError, match="does not exist"):
        explain_let_down(run_of(scenario), scenario, 99)
