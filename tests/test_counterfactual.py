"""One sentence for every way in which a change can matter, and each number in it is that of a run."""

import re
from itertools import pairwise

import pytest

from letdown import preset
from letdown._clock import clock, spoken
from letdown.counterfactual import Outcome, compared
from letdown.explanation import explain_absence
from letdown.web.feeds import recorded


def run_of(scenario, seed):
    return recorded(scenario, seed).run()


def found(scenario, seed, moment_s):
    explanation = explain_absence(run_of(scenario, seed), scenario, moment_s, lambda s: run_of(s, seed))
    return {c.change: c for c in explanation.counterfactuals}


@pytest.mark.parametrize(
    ("onset_s", "without_s", "outcome", "sooner_s", "text"),
    [
        (136.0, None, "only_with", None, "It would have come at 2:16 in quiet; in this feed it never came."),
        (199.2, 515.7, "sooner", 316.5, "It would have come at 3:19 in quiet, 5 min 17 s sooner than in this feed."),
        (135.5, 195.6, "sooner", 60.1, "It would have come at 2:16 in quiet, 1 min sooner than in this feed."),
        (515.7, 199.2, "later", -316.5, "It would have come at 8:36 in quiet, 5 min 17 s later than in this feed."),
        (199.2, 199.4, "same", 0.2, "It would have come at 3:19 in quiet, as in this feed."),
        (0.0, 0.0, "same", 0.0, "It would have come at 0:00 in quiet, as in this feed."),
        (0.0, 45.0, "sooner", 45.0, "It would have come at 0:00 in quiet, 45 s sooner than in this feed."),
        (None, 199.2, "only_without", None, "It would not have come at all in quiet; in this feed it came at 3:19."),
        (None, 0.0, "only_without", None, "It would not have come at all in quiet; in this feed it came at 0:00."),
        (None, None, "neither", None, "It would not have come in quiet either."),
    ],
)  # fmt: skip
def test_every_outcome_has_one_true_sentence(onset_s, without_s, outcome, sooner_s, text):
    c = compared("without:conditions.noise", "in quiet", 1, onset_s, without_s)
    assert (c.outcome, c.onset_s, c.without_s) == (outcome, onset_s, without_s)
    assert c.sooner_s == (None if sooner_s is None else pytest.approx(sooner_s))
    assert c.text == text
    assert compared("x", "in quiet", 3, onset_s, without_s).text == re.sub("^It", "Let-down 3", text)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_no_sentence_is_glued_from_two(outcome):
    onsets = {
        "only_with": (60.0, None), "sooner": (60.0, 90.0), "same": (60.0, 60.0), "later": (90.0, 60.0),
        "only_without": (None, 60.0), "neither": (None, None),
    }  # fmt: skip
    c = compared("with:milk", "with full breasts", 1, *onsets[outcome])
    assert c.outcome is outcome
    assert c.text.count(".") == 1
    assert c.text.endswith(".")
    assert ":" not in re.sub(r"\d+:\d\d", "", c.text)
    assert " no sooner" not in c.text


@pytest.mark.parametrize(
    ("name", "seed", "moment_s"),
    [
        ("first-feeds", 0, 600.0), ("noise", 1, 300.0), ("stressed", 0, 300.0), ("breastfeed", 1, 100.0),
        ("cry-next-room", 1, 400.0), ("iv-oxytocin", 1, 60.0), ("pump-double", 1, 900.0),
    ],
)  # fmt: skip
def test_the_strongest_change_comes_first_and_each_time_is_in_its_sentence(name, seed, moment_s):
    scenario = preset(name)
    run = run_of(scenario, seed)
    number = sum(d.onset_s <= moment_s for d in run.let_downs)
    actual = run.let_downs[number].onset_s if len(run.let_downs) > number else None
    changes = [*found(scenario, seed, moment_s).values()]
    assert changes
    for c in changes:
        assert c.without_s == actual
        times = re.findall(r"\d+:\d\d", c.text)
        if c.onset_s is not None:
            assert times == [clock(c.onset_s)]
        else:
            assert times == ([] if actual is None else [clock(actual)])
    onsets = [float("inf") if c.onset_s is None else c.onset_s for c in changes]
    assert all(a <= b for a, b in pairwise(onsets))


def test_a_let_down_that_never_came_is_told_by_the_run_with_the_change():
    """First feeds, seed 0, at 10:00: the number in each sentence is the onset of the run that the change makes."""
    scenario = preset("first-feeds")
    assert run_of(scenario, 0).let_downs == ()
    changes = found(scenario, 0, 600.0)
    changed = {
        "with:infant.latch_skill": {"infant.latch_skill": 1.0},
        "with:mother.familiarity": {"mother.familiarity": 1.0},
        "with:conditioning": {f"mother.conditioning.{cue}": 1.0 for cue, _ in scenario.mother.conditioning},
    }
    words = {
        "with:infant.latch_skill": "with a perfect latch",
        "with:mother.familiarity": "with a practised mother",
        "with:conditioning": "with every cue learned",
    }
    for change, values in changed.items():
        onset_s = run_of(scenario.with_values(values), 0).let_downs[0].onset_s
        assert changes[change].onset_s == onset_s
        expected = f"It would have come at {clock(onset_s)} {words[change]}; in this feed it never came."
        assert changes[change].text == expected
    assert changes["with:dose.iv_mu"].text.startswith("It would have come at 2:16 with oxytocin given into a vein")
    assert next(iter(changes)) == "with:dose.iv_mu"
    assert changes["with:cues.own_cry"].text == "It would not have come with her baby's cry throughout either."


def test_a_dose_for_a_further_let_down_is_given_after_the_one_before():
    scenario = preset("cry-next-room")
    first = run_of(scenario, 1).let_downs[0]
    dose = found(scenario, 1, 400.0)["with:dose.iv_mu"]
    assert dose.onset_s > first.end_s
    assert dose.text.startswith("Let-down 2 would have come at ")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (45.4, "45 s"), (60, "1 min"), (63.5, "1 min 4 s"), (-65, "1 min 5 s")]
)
def test_lengths_of_time_are_in_words(seconds, text):
    assert spoken(seconds) == text
