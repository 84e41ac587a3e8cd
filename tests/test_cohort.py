"""A cohort as columns: the bits of its dyads one by one, and memory that does not grow with their number."""

import tracemalloc

import numpy as np
import pytest

import letdown
from letdown.body.population import shipped_population
from letdown.body.traits import TRAITS, draw_feed_factors, draw_traits, feed_columns, trait_columns, with_traits
from letdown.engine.cohort_run import _queues, start_lane, start_rows
from letdown.engine.layout import numbers
from letdown.engine.life.run import _MOODS, MOOD_MOST, MOOD_SIGMA, Lives
from letdown.kernel.elementary import exp, log
from letdown.kernel.philox import PROCESSES, uniform
from letdown.protocol.build import build_program, reference_start, start_columns, trait_starts
from letdown.protocol.lactation import load_lactation
from letdown.protocol.lactation_build import build_life_program, life_start
from letdown.protocol.scenario import load_scenario
from letdown.simulate_lactation import PROLACTIN_ACTIONS, SYNTHESIS_CONTROLS, ReflexRunner

DYADS = [0, 1, 7, 100, 2**31, 2**32 - 1]
SHORT = {"name": "short", "max_duration_s": 150, "protocol": [{"do": "latch", "side": "left", "for_s": 120}]}


def test_traits_of_many_have_the_bits_of_each():
    columns = trait_columns(2**64 - 1, DYADS)
    feeds = feed_columns(2**64 - 1, DYADS, 3)
    assert set(feeds) == set(shipped_population().within)
    for k, dyad in enumerate(DYADS):
        assert {name: column[k] for name, column in columns.items()} == draw_traits(2**64 - 1, dyad)
        assert {name: column[k] for name, column in feeds.items()} == draw_feed_factors(2**64 - 1, dyad, 3)
    assert len(set(columns["half_rise"])) == len(DYADS)


def test_traits_act_on_columns_as_on_numbers_up_to_the_ends_of_the_ranges():
    p = reference_start(load_scenario("breastfeed")).parameters
    factors = np.array([1e-9, 0.5, 1.0, 1.7, 1e9])
    together = numbers(with_traits(p, dict.fromkeys([t.name for t in TRAITS], factors)))
    for k, factor in enumerate(factors.tolist()):
        alone = numbers(with_traits(p, dict.fromkeys([t.name for t in TRAITS], factor)))
        assert alone == tuple(v[k] if isinstance(v, np.ndarray) else v for v in together)
    assert sum(isinstance(v, np.ndarray) for v in together) == 18


@pytest.mark.parametrize("name", ["breastfeed", "pump-double"])
@pytest.mark.parametrize("feed", [0, 2])
def test_fields_of_many_have_the_bits_of_each(name, feed):
    scenario = load_scenario(name)
    program = build_program(scenario)
    columns, traits = start_columns(reference_start(scenario), DYADS[:4], 5, feed=feed)
    starts, drawn = trait_starts(scenario, DYADS[:4], 5, feed=feed)
    assert traits == drawn
    rows = start_rows(columns, program)
    assert rows.tobytes() == np.stack([start_lane(start, program) for start in starts]).tobytes()
    assert [start.dyad for start in starts] == DYADS[:4]
    assert {start.feed for start in starts} == {feed}
    assert len(np.unique(rows, axis=0)) == 4


def test_a_summary_is_that_of_the_dyad_alone():
    scenario = load_scenario("breastfeed").with_values({"max_duration_s": 400})
    together = letdown.simulate_cohort(scenario, 12, seed=4)
    assert together == [letdown.simulate(scenario, seed=4, dyad=k).summary() for k in range(12)]
    assert any(summary["let_downs"] for summary in together)


@pytest.mark.parametrize("dyads", [1, 7, 64, 500, 10_000])
@pytest.mark.parametrize("threads", [1, 2, 16])
def test_queues_hold_every_dyad_once_and_keep_the_threads_busy(dyads, threads):
    queues = _queues(dyads, 4, threads, None)
    assert [k for queue in queues for k in queue] == list(range(dyads))
    assert max(map(len, queues)) <= 128
    assert len(queues) >= min(threads, -(-dyads // 4)) // 2
    assert all(len(queue) % 4 == 0 for queue in queues[:-1])


def working_memory(dyads):
    """Return the bytes that a cohort takes at most beyond what it returns."""
    tracemalloc.start()
    try:
        summaries = letdown.simulate_cohort(SHORT, dyads, seed=2, threads=1)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(summaries) == dyads
    return peak - held


def test_memory_beyond_the_summaries_does_not_grow_with_the_dyads():
    letdown.simulate_cohort(SHORT, 2)  # what is made once
    few, many = working_memory(500), working_memory(2000)
    assert many < 1.2 * few + 500_000  # four times as much where all dyads are held at once


SEED, DYAD = 2**64 - 3, 5


@pytest.fixture
def lives():
    scenario = load_lactation("demand-feeding")
    start, program = life_start(scenario, DYAD, SEED), build_life_program(scenario)
    control, action = SYNTHESIS_CONTROLS[scenario.synthesis], PROLACTIN_ACTIONS[scenario.prolactin]
    settings = {"runner": ReflexRunner(), "control": control, "action": action, "keep_starts": False}
    return Lives([start], program, seed=SEED, **settings)


def drawn(process, event):
    return uniform(np.uint64(SEED), np.uint64(DYAD), np.uint64(PROCESSES[process]), np.uint64(event))


def test_moods_drawn_in_blocks_are_those_drawn_one_by_one(lives):
    (lane,) = lives.lanes
    for event in range(1, 200):
        lives.new_mood(lane, 0)
        u = drawn("mood", event)
        factor = exp(min(max(MOOD_SIGMA * 0.5513 * log(u / (1.0 - u)), -MOOD_MOST), MOOD_MOST))
        assert lane.values[_MOODS[0]] == factor


@pytest.mark.parametrize("number", [0, 3])
def test_hours_of_cues_drawn_in_blocks_are_those_drawn_one_by_one(lives, number):
    (lane,) = lives.lanes
    for day in (1, 2, 63, 64, 65, 200, 5):
        lane.day = day
        draws = [drawn("cue", (day << 16 | number << 8) + i) for i in range(7)]
        count = 2 + (draws[0] < 0.5)
        assert lives._hours(lane, number, (), 2.5) == [7.0 + 15.0 * draw for draw in draws[1 : 1 + count]]
    assert lives._hours(lane, number, (8.0, 9.0), 0.0) == [8.0, 9.0]
