"""Rounds of lives: which go next, on how many threads, and how they end."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest

from letdown.engine.life.records import SESSION_COLUMNS
from letdown.engine.life.rounds import run_rounds
from letdown.engine.life.run import run_lives
from letdown.protocol.lactation import lactation_preset
from letdown.protocol.lactation_build import build_life_program, life_starts


@dataclass
class Life:
    """A life whose rounds last `stride` each, up to `end`."""

    stride: float
    end: float = 100.0
    age: float = 0.0

    @property
    def over(self) -> bool:
        return self.age >= self.end


def stepped(rounds):
    def run(lanes):
        rounds.append([id(lane) for lane in lanes])
        for lane in lanes:
            lane.age += lane.stride

    return run


@pytest.mark.parametrize("threads", [1, 3])
def test_every_life_comes_to_its_end(threads):
    lives = [Life(1.0 + k % 7) for k in range(50)]
    rounds = []
    run_rounds(lives, stepped(rounds), 4, threads, lambda: None)
    assert all(life.end <= life.age < life.end + life.stride for life in lives)
    assert sum(map(len, rounds)) == sum(int(np.ceil(life.end / life.stride)) for life in lives)


def test_no_life_is_in_two_rounds_at_once():
    lives, held, clashes = [Life(1.0 + k % 3) for k in range(40)], set(), []
    lock = threading.Lock()

    def run(lanes):
        with lock:
            clashes.extend(id(lane) for lane in lanes if id(lane) in held)
            held.update(id(lane) for lane in lanes)
        for lane in lanes:
            lane.age += lane.stride
        with lock:
            held.difference_update(id(lane) for lane in lanes)

    run_rounds(lives, run, 4, 4, lambda: None)
    assert not clashes


def test_those_behind_go_first_so_that_all_end_together():
    lives = [Life(5.0) for _ in range(12)] + [Life(3.0) for _ in range(4)]
    spread = []

    def run(lanes):
        for lane in lanes:
            lane.age += lane.stride
        spread.append(max(life.age for life in lives) - min(life.age for life in lives))

    run_rounds(lives, run, 4, 1, lambda: None)
    # a round takes 10 of 16; going together, the quick would be 40 ahead when they end
    assert max(spread) <= 2 * 5.0


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("good", [0, 3])
def test_what_a_round_or_a_report_raises_ends_all_threads_and_comes_out(threads, good):
    before, rounds = threading.active_count(), []

    def broken(lanes):
        if len(rounds) >= good:
            raise ValueError("a round")
        stepped(rounds)(lanes)

    with pytest.raises(ValueError, match="a round"):
        run_rounds([Life(1.0) for _ in range(20)], broken, 4, threads, lambda: None)

    def report():
        raise KeyboardInterrupt

    def slow(lanes):
        threading.Event().wait(0.05)
        stepped([])(lanes)

    with pytest.raises(KeyboardInterrupt):
        run_rounds([Life(1.0) for _ in range(20)], slow, 4, threads, report)
    assert threading.active_count() == before


def test_the_first_round_runs_in_the_calling_thread_where_it_can_be_interrupted():
    threads = []

    def noted(lanes):
        threads.append(threading.current_thread())
        stepped([])(lanes)

    run_rounds([Life(1.0) for _ in range(20)], noted, 4, 2, lambda: None)
    assert threads[0] is threading.main_thread()
    assert len(set(threads)) > 1


def lives(threads, progress=None, days=4):
    scenario = lactation_preset("demand-feeding").with_values({"days": days})
    starts = life_starts(scenario, range(11), 3)
    return run_lives(starts, build_life_program(scenario), seed=3, threads=threads, progress=progress)


def test_lives_are_the_same_on_one_thread_and_on_two():
    for one, two in zip(lives(1), lives(2), strict=True):
        assert len(one.sessions) > 20
        assert np.array_equal(one.sessions, two.sessions, equal_nan=True)
        assert np.array_equal(one.days, two.days, equal_nan=True)


def test_a_seed_of_64_bits_is_another_seed():
    scenario = lactation_preset("demand-feeding").with_values({"days": 2})
    starts, program = life_starts(scenario, range(1), 3), build_life_program(scenario)
    found = [run_lives(starts, program, seed=seed)[0].sessions for seed in (3, 3 + 2**63, 2**64 - 1)]
    assert all(len(sessions) > 5 for sessions in found)
    ages = [[row[SESSION_COLUMNS.index("age_h")] for row in sessions] for sessions in found]  # no NaN, never equal
    assert ages[0] != ages[1] != ages[2] != ages[0]


def test_no_lives_are_no_work():
    run_rounds([], stepped([]), 4, 2, lambda: None)


def test_an_interrupted_cohort_keeps_the_days_that_each_dyad_has_lived():
    def stop(days):
        if days > 2.5:
            raise KeyboardInterrupt

    part, whole = lives(2, stop, days=30), lives(2, days=5)
    assert all(1 <= result.complete_days < 30 for result in part)
    for done, full in zip(part, whole, strict=True):
        n = min(done.complete_days, 5)
        assert np.array_equal(done.days[:n], full.days[:n], equal_nan=True)
