"""Numbers of NumPy and of data frames, wherever a Python number is taken."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import letdown
from letdown import ScenarioError, UnitError
from letdown._numbers import plain, whole_number
from letdown.neurones_comparison import compare_neurones
from letdown.neurons.network import Network
from letdown.simulate_lactation import Zoom, zoom

SHORT = {"name": "short", "max_duration_s": 60, "protocol": [{"do": "wait", "for_s": 20}]}
WHOLE = [np.int64(3), np.uint8(3), np.int32(3), np.uint64(3), np.array(3), pd.Series([3])[0], np.arange(4)[3]]
NOT_WHOLE = [np.float64(3.0), 3.0, "3", True, np.True_, np.array(True), np.array([3]), None, Fraction(3), np.nan, [3]]


@pytest.mark.parametrize("three", WHOLE, ids=lambda value: type(value).__name__)
def test_whole_numbers_of_every_kind_are_the_same_number(three):
    assert whole_number("seed", three, 0, 10) == 3
    assert type(whole_number("seed", three, 0, 10)) is int
    assert (
        letdown.simulate(SHORT, seed=three, dyad=three).summary() == letdown.simulate(SHORT, seed=3, dyad=3).summary()
    )
    cohort = letdown.simulate_cohort(SHORT, three, seed=three)
    assert [summary["dyad"] for summary in cohort] == [0, 1, 2]
    assert cohort == letdown.simulate_cohort(SHORT, 3, seed=3)


@pytest.mark.parametrize("bad", NOT_WHOLE, ids=repr)
@pytest.mark.parametrize(
    "call",
    [
        lambda bad: letdown.simulate(SHORT, seed=bad),
        lambda bad: letdown.simulate_cohort(SHORT, bad),
        lambda bad: letdown.simulate_cohort(SHORT, 2, seed=bad),
        lambda bad: letdown.simulate_neurones(duration_s=1, seed=bad),
        lambda bad: letdown.simulate_neurones(duration_s=1, number=bad),
        lambda bad: letdown.simulate_lactation(days=1, seed=bad),
        lambda bad: letdown.simulate_lactation_cohort("twins", bad, days=1),
        lambda bad: compare_neurones(seeds=bad),
        lambda bad: zoom("twins", Zoom(bad, 1)),
    ],
)
def test_what_is_not_a_whole_number_is_refused_everywhere(call, bad):
    with pytest.raises(ScenarioError, match=r"must be an integer from .* got ") as caught:
        call(bad)
    assert "np." not in str(caught.value)


def test_ranges_hold_for_numbers_of_numpy():
    for bad in (np.int64(-1), -1, 2**64, np.array(-5)):
        with pytest.raises(ScenarioError, match="from 0 to 18446744073709551615"):
            letdown.simulate(SHORT, seed=bad)
    assert letdown.simulate(SHORT, seed=np.uint64(2**64 - 1)).summary()["seed"] == 2**64 - 1
    for bad in (np.int64(2**32), -1):
        with pytest.raises(ScenarioError, match="dyad must be an integer from 0 to 4294967295"):
            letdown.simulate(SHORT, dyad=bad)
    with pytest.raises(ScenarioError, match="dyads must be an integer from 1"):
        letdown.simulate_cohort(SHORT, np.int64(0))


def test_a_loop_over_an_array_gives_the_feeds_of_a_loop_over_a_range():
    seeds = pd.DataFrame({"seed": np.arange(3)})
    ours = [letdown.simulate("breastfeed", seed=seed).summary() for seed in range(3)]
    assert [letdown.simulate("breastfeed", seed=seed).summary() for seed in np.arange(3)] == ours
    assert [letdown.simulate("breastfeed", seed=seed).summary() for seed in seeds["seed"]] == ours


def test_months_and_neurones_take_them_too():
    one = letdown.simulate_lactation("demand-feeding", days=np.int64(1), seed=np.int64(2), dyad=np.uint8(1))
    assert one.daily() == letdown.simulate_lactation("demand-feeding", days=1, seed=2, dyad=1).daily()
    assert len(letdown.simulate_lactation_cohort("demand-feeding", np.int64(2), days=np.int8(1))) == 2
    assert Zoom(np.int64(1), np.array(2)) == Zoom(1, 2)
    a = letdown.simulate_neurones(np.float32(0.5), duration_s=np.int64(2), seed=np.int64(1), number=np.int64(1))
    b = letdown.simulate_neurones(0.5, duration_s=2, seed=1, number=1)
    assert a.settings == b.settings
    assert all(type(value) in (int, float, str) for value in a.settings.values())
    np.testing.assert_array_equal(a.trains.time_s, b.trains.time_s)


@pytest.mark.parametrize("every", [np.float64(2), np.int64(2), np.float32(2), np.array(2.0), 2, "2 s"], ids=repr)
def test_intervals_are_numbers_with_or_without_a_unit(every):
    assert letdown.simulate(SHORT, every_s=every).run().time_s.tolist() == [0.0, 2.0, 4.0, *np.arange(6.0, 21.0, 2.0)]


@pytest.mark.parametrize("every", [np.nan, np.inf, True, None, [1], "fast"], ids=repr)
def test_intervals_that_are_none_are_refused(every):
    with pytest.raises(UnitError):
        letdown.simulate(SHORT, every_s=every)


def test_numbers_of_numpy_inside_scenarios():
    values = {
        "name": np.str_("mixed"),
        "max_duration_s": np.int64(600),
        "cite": np.array(["Kent2008"]),
        "mother": {"parity": np.int64(3), "postpartum_day": np.array(90), "familiarity": np.float32(0.5)},
        "breasts": {"left": {"milk_ml": np.float64(90), "pad": {"capacity_ml": np.int16(20)}}},
        "parameters": {"plasma.clearance": np.float64(20)},
        "protocol": np.array(
            [{"do": "pump", "side": "both", "for_s": np.int64(120),
              "programme": {"phases": ({"suction_mmhg": np.float32(150), "for_s": np.int8(30)},
                                       {"suction_mmhg": np.array(200)})}}],
            dtype=object,
        ),
    }  # fmt: skip
    plainly = plain(values)
    assert type(plainly["mother"]["parity"]) is int
    scenario = letdown.load_scenario(values)
    assert scenario == letdown.load_scenario(plainly) == letdown.Scenario(**values)
    assert letdown.load_scenario({**values, "protocol": plainly["protocol"]}).to_toml() == scenario.to_toml()
    assert "np." not in scenario.to_toml()


def test_numbers_of_numpy_in_changes():
    scenario = letdown.preset("breastfeed")
    changed = scenario.with_values(
        {"mother.parity": np.int64(4), "conditions.noise": np.float32(0.5), "breasts.left.milk_ml": np.array(80)}
    )
    assert changed == scenario.with_values({"mother.parity": 4, "conditions.noise": 0.5, "breasts.left.milk_ml": 80})
    life = letdown.load_lactation("twins")
    assert life.with_values({"days": np.int16(9)}) == life.with_values({"days": 9})
    phase = letdown.PumpPhase(suction_mmhg=np.int64(150), rate_per_min=np.float32(60))
    assert letdown.PumpProgramme(phases=[phase]) == letdown.PumpProgramme(phases=np.array([phase], dtype=object))


@pytest.mark.parametrize(
    ("key", "bad"),
    [
        ("mother.parity", np.float64(2.5)),
        ("mother.parity", np.True_),
        ("conditions.noise", np.nan),
        ("conditions.noise", np.array([0.1, 0.2])),
        ("conditions.noise", np.True_),
        ("breasts.left.milk_ml", np.complex128(1j)),
        ("max_duration_s", np.datetime64("2024-01-01")),
    ],
    ids=str,
)
def test_what_is_no_number_is_refused_in_our_words(key, bad):
    with pytest.raises(ScenarioError) as caught:
        letdown.preset("breastfeed").with_values({key: bad})
    assert key in str(caught.value)
    assert "np." not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_tables_nested_without_end_are_refused_not_followed():
    deep = []
    for _ in range(20_000):
        deep = [deep]
    with pytest.raises(ScenarioError):
        letdown.load_scenario({**SHORT, "title": deep})


def test_counts_of_the_network_are_plain_numbers_too():
    network = Network(cells=np.int64(12), bundles=np.array(4), dendrites=np.uint8(2), insensitive_cells=np.int8(1))
    assert network == Network(cells=12, bundles=4, dendrites=2, insensitive_cells=1)
    assert type(network.cells) is int
    for bad in (np.float64(12), True, 0, np.array([3])):
        with pytest.raises(ScenarioError, match="cells must be an integer from 1 to 20000"):
            Network(cells=bad)
