"""Measures: medians over cohorts, paired differences between scenarios."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letdown.measures import MEASURES, differences, quartiles
from letdown.recording import feed_summary
from synthetic_run import synthetic_dyad, synthetic_run

FEEDS = [feed_summary(synthetic_dyad(k)) for k in range(4)]
QUIET = feed_summary(synthetic_run(eventful=False))


def row(rows, name):
    return next(r for r in rows if r.measure.name == name)


def with_milk(total):
    return FEEDS[0] | {"milk_removed_ml": {"left": total, "right": 0.0, "total": total}}


def test_every_measure_reads_a_feed_and_a_wait():
    for measure in MEASURES:
        assert isinstance(measure.of(FEEDS[0]), int | float), measure.name
        value = measure.of(QUIET)
        assert value is None or math.isfinite(value)


def test_names_of_measures_are_unique_and_end_in_their_unit():
    names = [measure.name for measure in MEASURES]
    assert len(set(names)) == len(names)
    endings = {"s": "_s", "mL": "_ml", "mL/s": "_ml_s", "pg/mL": "_pg_ml", "1": ""}
    for measure in MEASURES:
        assert measure.name.endswith(endings[measure.unit])


def test_quartiles_are_those_of_numpy_and_missing_values_are_not_zero():
    rows = quartiles([*FEEDS, QUIET])
    values = [s["milk_removed_ml"]["total"] for s in [*FEEDS, QUIET]]
    milk = row(rows, "milk_removed_ml")
    assert (milk.lower, milk.median, milk.upper) == pytest.approx(tuple(np.quantile(values, [0.25, 0.5, 0.75])))
    latency = row(rows, "first_let_down_after_latch_s")
    assert latency.feeds == 4
    assert latency.median == pytest.approx(np.median([s["first_let_down_after_latch_s"] for s in FEEDS]))
    assert row(quartiles([QUIET]), "first_let_down_s").median is None


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300)), min_size=2, max_size=20))
def test_difference_is_paired(pairs):
    a, b = zip(*pairs, strict=True)
    milk = row(differences([with_milk(x) for x in a], [with_milk(x) for x in b]), "milk_removed_ml")
    steps = np.subtract(b, a)
    assert milk.pairs == len(pairs)
    assert milk.difference == pytest.approx(steps.mean(), abs=1e-9)
    assert milk.standard_error == pytest.approx(steps.std(ddof=1) / math.sqrt(len(pairs)), abs=1e-9)
    assert milk.b - milk.a == pytest.approx(milk.difference, abs=1e-9)


def test_one_seed_has_no_standard_error():
    milk = row(differences([with_milk(50.0)], [with_milk(80.0)]), "milk_removed_ml")
    assert (milk.a, milk.b, milk.difference, milk.standard_error) == (50.0, 80.0, 30.0, None)


def test_a_value_that_one_scenario_lacks_gives_no_difference():
    latency = row(differences([FEEDS[0]], [QUIET]), "first_let_down_s")
    assert latency.a == FEEDS[0]["first_let_down_s"]
    assert latency.b is None
    assert latency.difference is None
    assert latency.pairs == 0
    assert latency.to_json()["difference"] is None


def test_feeds_of_different_number_cannot_be_paired():
    with pytest.raises(ValueError, match="zip"):
        differences(FEEDS, FEEDS[:1])


def test_counting_felt_let_downs():
    run = synthetic_run()
    felt = replace(run, let_downs=tuple(replace(d, felt=True) for d in run.let_downs))
    measure = next(m for m in MEASURES if m.name == "let_downs_felt")
    assert measure.of(feed_summary(felt)) == len(run.let_downs)


def test_differences_of_times_hold_no_bits_of_a_sum():
    a, b = FEEDS[0] | {"duration_s": 128.1}, FEEDS[0] | {"duration_s": 161.3}
    assert 161.3 - 128.1 != 33.2
    assert row(differences([a], [b]), "duration_s").difference == 33.2


def test_the_first_let_down_after_latch_is_the_difference_of_the_two_times():
    run = synthetic_run()
    first = replace(run.let_downs[0], onset_s=161.3)
    shifted = replace(run, let_downs=(first, *run.let_downs[1:]), totals=replace(run.totals, first_latch_s=128.1))
    assert feed_summary(shifted)["first_let_down_after_latch_s"] == 33.2
