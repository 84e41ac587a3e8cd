"""The lessons of the explorer: every answer is what the model does, and the answer key in the docs says the same."""

import re
import tomllib
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any
from urllib.parse import parse_qsl

import pytest

from letdown.measures import MEASURES
from letdown.web.feed_query import read_query
from letdown.web.feeds import feed_of

ROOT = Path(__file__).parents[1]
LESSONS: list[dict[str, Any]] = tomllib.loads((ROOT / "src/letdown/web/lessons.toml").read_text("utf-8"))["lessons"]
KEY = (ROOT / "docs/lessons.md").read_text("utf-8")
OF = {measure.name: measure.of for measure in MEASURES}


@cache
def summary(query: str, seed: int) -> dict[str, Any]:
    """Return what a feed of a lesson came to."""
    return feed_of(read_query([*parse_qsl(query), ("seed", str(seed))]))[1].summary()


def mean_of(lesson: dict[str, Any], side: str, measure: str | None = None) -> float:
    """Return the mean of the lesson's measure over its seeds, over feeds that have a value."""
    of = OF[measure or lesson["measure"]]
    values = [of(summary(lesson[side]["query"], seed)) for seed in range(lesson["seeds"])]
    return fmean(value for value in values if value is not None)


def by_name(lesson: dict[str, Any]) -> str:
    """Return the name under which pytest lists a lesson."""
    return str(lesson["name"])


def test_there_are_eight_lessons_with_distinct_names() -> None:
    assert len({lesson["name"] for lesson in LESSONS}) == len(LESSONS) == 8


@pytest.mark.parametrize("lesson", LESSONS, ids=by_name)
def test_the_model_gives_the_answer_of_the_lesson(lesson: dict[str, Any]) -> None:
    difference = mean_of(lesson, "b") - mean_of(lesson, "a")
    # beyond `same_within` counts as a difference: the lesson itself says in its file how much that is
    found = "same" if abs(difference) <= lesson["same_within"] else "higher" if difference > 0 else "lower"
    assert found == lesson["expected"]
    assert set(lesson["choices"]) == {"higher", "same", "lower"}


@pytest.mark.parametrize("lesson", LESSONS, ids=by_name)
def test_the_answer_key_gives_the_means_that_the_model_gives(lesson: dict[str, Any]) -> None:
    row = re.search(rf"^\| `{lesson['name']}` \|(.*)\|$", KEY, re.MULTILINE)
    assert row is not None, f"docs/lessons.md has no row for {lesson['name']}"
    measure, a, b, answer = (cell.strip() for cell in row[1].split("|"))
    assert (measure, answer) == (lesson["measure"], lesson["expected"])
    for side, printed in (("a", a), ("b", b)):
        # printed to three digits, so half of the last one, with room for another machine's rounding in a burst time
        assert float(printed) == pytest.approx(mean_of(lesson, side), rel=0.01, abs=0.05)


def test_pressing_the_nipple_stops_the_leak_though_the_let_downs_are_the_same() -> None:
    lesson = next(lesson for lesson in LESSONS if lesson["name"] == "press")
    assert mean_of(lesson, "b", "leaked_ml") < 0.1 * mean_of(lesson, "a", "leaked_ml")


def test_half_the_suction_takes_less_milk_in_as_many_let_downs() -> None:
    lesson = next(lesson for lesson in LESSONS if lesson["name"] == "half-the-suction")
    assert mean_of(lesson, "b", "milk_removed_ml") < 0.8 * mean_of(lesson, "a", "milk_removed_ml")
