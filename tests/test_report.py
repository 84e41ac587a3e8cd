"""The text of a feed, and the schema of its summary."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError
from rich.console import Console

from letdown import FeedSummary, Recording, feed_schema
from letdown.engine.run import EndReason, Sign, SignName, StepRecord
from letdown.measures import differences, quartiles
from letdown.recording import DISCLAIMER, feed_summary
from letdown.report import _END_WORDS, _SIGN_WORDS, clock, cohort_report, comparison_report, feed_report
from synthetic_run import synthetic_dyad, synthetic_run

FEED, QUIET = synthetic_run(), synthetic_run(eventful=False)
COMMITTED = Path(__file__).parents[1] / "schemas" / "feed-1.json"


def text_of(body, width=80):
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(body)
    return capture.get()


def report(run):
    return text_of(feed_report(Recording.from_run(run)))


@pytest.mark.parametrize("run", [FEED, QUIET, synthetic_dyad(2)], ids=["feed", "nothing happens", "dyad"])
def test_summary_is_valid_for_model_and_schema(run):
    summary = feed_summary(run)
    assert FeedSummary.model_validate(summary).model_dump() == summary
    jsonschema.validate(json.loads(json.dumps(summary)), feed_schema())


@pytest.mark.parametrize(
    "change",
    [{"extra": 1}, {"end_reason": "bored"}, {"seed": -1}, {"bursts": [float("nan")]}, {"duration_s": None}],
    ids=lambda change: next(iter(change)),
)
def test_anything_else_is_not_a_summary(change):
    with pytest.raises(ValidationError):
        FeedSummary.model_validate(feed_summary(FEED) | change)


def test_schema_is_valid_fresh_and_closed():
    schema = feed_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == schema
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"]) == set(feed_summary(FEED))
    assert schema["properties"]["flow_peak_ml_s"]["unit"] == "mL/s"
    assert set(schema["$defs"]["SignName"]["enum"]) == set(SignName)
    assert set(schema["$defs"]["EndReason"]["enum"]) == set(EndReason)


def test_every_end_and_every_sign_has_its_words():
    assert set(_END_WORDS) == set(EndReason)
    assert set(_SIGN_WORDS) == set(SignName)


def test_report_of_a_feed_reads_like_this():
    lines = report(FEED).splitlines()
    assert lines[0] == "breastfeed  seed 0"
    assert lines[1] == "6 let-downs in 15:00, 123.4 mL removed (55 % of what was there)"
    assert lines[5].split() == ["●", "1", "2:42", "77", "s", "31.7", "1.7", "31.7", "0.0", "━" * 14]
    assert lines[6].startswith("○  2   4:32")
    text = "\n".join(lines)
    assert " 0:00  – 2:00   own baby's cry" in text
    assert " 2:00  – 9:20   infant, left breast; the flow had stayed below its limit" in text
    assert " 2:42           first let-down, 42 s after the first latch" in text
    assert "milk drips from the right breast" in text
    assert "end: the protocol was finished" in text
    assert " ".join(lines[-2:]).replace("  ", " ").strip() == DISCLAIMER


def test_report_fits_a_terminal_and_ends_with_the_disclaimer():
    assert max(map(len, report(FEED).splitlines())) <= 80


def test_report_of_a_quiet_run_has_no_let_downs():
    text = report(QUIET)
    assert "0 let-downs in 15:00, 0.0 mL removed" in text
    assert "Let-downs" not in text
    assert "oxytocin peaks" not in text


def test_report_of_an_empty_breast_has_dashes_for_shares():
    empty = replace(QUIET, totals=replace(QUIET.totals, available_ml=(0.0, 0.0)))
    line = next(line for line in report(empty).splitlines() if line.startswith("share removed"))
    assert line.split() == ["share", "removed", "–", "–", "–"]


def test_warnings_are_printed_as_they_are():
    assert "Warning: [bold] 3 mL over capacity" in report(replace(FEED, warnings=("[bold] 3 mL over capacity",)))


def test_let_down_before_the_latch_is_said_so():
    early = replace(FEED, totals=replace(FEED.totals, first_latch_s=FEED.let_downs[0].onset_s + 20))
    assert "first let-down, 20 s before the first latch" in report(early)


def test_each_breast_that_drips_is_named_and_counted():
    """With nobody at the breasts, as after a cry in the next room, there is no other breast."""
    drips = [("left", 236.0), ("right", 236.2), ("left", 400.0), ("left", 410.0), ("right", 420.0)]
    sucks = [("left", 300.0), ("right", 600.0), ("right", 700.0)]
    signs = [Sign(SignName.CONTRALATERAL_DRIP, time_s, side) for side, time_s in drips]
    signs += [Sign(SignName.ACTIVE_SUCK_SWALLOW, time_s, side) for side, time_s in sucks]
    lines = [" ".join(line.split()) for line in report(replace(FEED, signs=(*signs,))).splitlines()]
    assert "3:56 milk drips from the left breast (3 times in all)" in lines
    assert "3:56 milk drips from the right breast (2 times in all)" in lines
    assert "5:00 active sucking and swallowing, left breast" in lines
    assert "10:00 active sucking and swallowing, right breast (2 times in all)" in lines
    assert not any("other" in line for line in lines)


def test_pump_of_both_breasts_is_named():
    steps = (StepRecord(0, "pump", "both", 0.0, 900.0, EndReason.TIME),)
    assert "pump, both breasts; its time was over" in report(replace(FEED, steps=steps))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (59.4, "0:59"),
        (59.6, "1:00"),
        (161.5, "2:42"),
        (538.5, "8:59"),
        (-0.2, "0:00"),
        (-30, "-0:30"),
        (None, "–"),
    ],
)
def test_times_are_minutes_and_seconds(seconds, text):
    assert clock(seconds) == text


def test_cohort_report_gives_quartiles_and_how_many_have_a_value():
    summaries = [feed_summary(synthetic_dyad(k)) for k in range(4)] + [feed_summary(QUIET)]
    text = text_of(cohort_report(quartiles(summaries), scenario="breastfeed", seed=7, dyads=5))
    assert "breastfeed  seed 7, 5 dyads" in text
    latency = next(line for line in text.splitlines() if line.startswith("… after latch"))
    assert latency.split()[-1] == "4"
    assert DISCLAIMER.split(";")[0] in text


def test_comparison_report_has_errors_only_for_several_seeds():
    feeds = [feed_summary(synthetic_dyad(k)) for k in range(3)]
    one = text_of(comparison_report(differences(feeds[:1], feeds[1:2]), a="calm", b="noise", seeds=[4]))
    many = text_of(comparison_report(differences(feeds[:2], feeds[1:]), a="calm", b="noise", seeds=[4, 5]))
    assert one.startswith("A  calm\nB  noise\nseed 4, ")
    assert "B − A" in one
    assert "± SE" not in one
    assert "seeds 4 to 5" in many
    assert "± SE" in many
