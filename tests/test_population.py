"""The population that virtual dyads are drawn from."""

from dataclasses import replace

import numpy as np
import pytest

from letdown._errors import ParameterError
from letdown.body.population import POPULATION, Population, Spread, read_population, shipped_population
from letdown.body.traits import TRAITS, draw_feed_factors, draw_traits, with_traits
from letdown.kernel.elementary import exp
from letdown.kernel.normal import normal_quantile
from letdown.kernel.philox import PROCESSES, uniform
from letdown.kernel.power import power
from letdown.protocol.build import trait_starts
from letdown.protocol.scenario import preset
from letdown.references import BIBLIOGRAPHY, read_entries

NAMES = tuple(trait.name for trait in TRAITS)


def independent(**sigma: float) -> Population:
    return Population({name: Spread(1.0, sigma.get(name, 0.3)) for name in NAMES}, {})


def test_identity_correlations_and_unit_medians_give_the_plain_draws_bit_for_bit():
    population = replace(independent(), loadings=shipped_population().loadings)
    for seed, dyad in ((0, 0), (7, 5), (2**63, 99)):
        drawn = draw_traits(seed, dyad, population)
        plain = {}
        for event, name in enumerate(NAMES):
            number = (np.uint64(seed), np.uint64(dyad), np.uint64(PROCESSES["trait"]), np.uint64(event))
            plain[name] = exp(0.3 * normal_quantile(uniform(*number)))
        plain["appetite"] *= power(plain["storage_capacity"], 0.8)
        assert drawn == plain


def test_the_copula_has_the_stated_correlations_and_sigmas():
    pairs = {("storage_capacity", "afferent_priming"): 0.6, ("afferent_priming", "ejection_resistance"): -0.5}
    population = replace(independent(ejection_resistance=0.5), correlation=pairs)
    logs = np.log([list(draw_traits(3, dyad, population).values()) for dyad in range(1500)]).T
    found = np.corrcoef(logs)
    for (a, b), r in pairs.items():
        # three sampling errors of r from 1500 women, (1 - r^2) / sqrt(1500)
        assert abs(found[NAMES.index(a), NAMES.index(b)] - r) < 3 * (1 - r**2) / np.sqrt(1500)
    # a pair of which nothing is said, by the same rule
    assert abs(found[NAMES.index("comfort"), NAMES.index("half_rise")]) < 3 / np.sqrt(1500)
    # three sampling errors of a standard deviation, sigma / sqrt(2 n)
    assert abs(logs[NAMES.index("ejection_resistance")].std() - 0.5) < 3 * 0.5 / np.sqrt(3000)


def test_a_median_moves_every_woman_by_the_same_factor():
    base = independent()
    moved = replace(base, between={**base.between, "half_rise": Spread(1.7, 0.3)})
    for dyad in range(5):
        ratio = draw_traits(1, dyad, moved)["half_rise"] / draw_traits(1, dyad, base)["half_rise"]
        assert ratio == pytest.approx(1.7, rel=1e-12)  # rounding only


def test_a_woman_keeps_her_capacity_when_a_correlation_of_a_later_trait_changes():
    other = replace(independent(), correlation={("storage_capacity", "afferent_priming"): 0.8})
    assert draw_traits(1, 4, other)["storage_capacity"] == draw_traits(1, 4, independent())["storage_capacity"]


def test_appetite_goes_with_capacity_in_the_shipped_population():
    logs = np.log([[d["appetite"], d["storage_capacity"]] for d in (draw_traits(1, k) for k in range(300))]).T
    assert np.corrcoef(logs)[0, 1] > 0.7


def test_correlations_that_cannot_hold_together_are_refused_in_a_sentence():
    pairs = {("comfort", "appetite"): 0.9, ("appetite", "half_rise"): 0.9, ("comfort", "half_rise"): -0.9}
    with pytest.raises(ParameterError, match="cannot hold together"):
        replace(independent(), correlation=pairs)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ({("comfort", "mood"): 0.1}, '"mood" is not a trait'),
        ({("comfort", "comfort"): 0.1}, "name two traits once"),
        ({("comfort", "appetite"): 1.0}, "between -1 and 1"),
        ({("comfort", "appetite"): 0.1, ("appetite", "comfort"): 0.1}, "name two traits once"),
    ],
)
def test_a_correlation_that_is_none_is_refused(pairs, words):
    with pytest.raises(ParameterError, match=words):
        replace(independent(), correlation=pairs)


def test_a_sigma_below_zero_is_refused():
    with pytest.raises(ParameterError, match="sigma from 0 to 2"):
        independent(comfort=-0.1)


def test_a_population_without_a_trait_is_refused_when_drawn_from():
    with pytest.raises(ParameterError, match="give all of"):
        draw_traits(0, 0, Population({"comfort": Spread(1.0, 0.3)}, {}))


def test_a_file_that_is_no_population_is_refused_in_a_sentence(tmp_path):
    file = tmp_path / "p.toml"
    file.write_text("[trait.comfort]\nmedian = 1.0\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="is not a population"):
        read_population(file)
    with pytest.raises(ParameterError, match="does not exist"):
        read_population(tmp_path / "none.toml")


def test_the_shipped_population_states_every_trait_with_a_source_or_an_assumption():
    population, entries = shipped_population(), read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    assert tuple(population.between) == NAMES
    for name, spread in population.between.items():
        assert spread.note, name
        assert spread.cite in entries if spread.cite else "assum" in spread.note or "fit" in spread.note, name
    assert POPULATION.exists()


def test_another_feed_of_a_woman_differs_a_little_and_her_traits_do_not():
    scenario = preset("breastfeed")
    (first,), (traits,) = trait_starts(scenario, [3], 1)
    (second,), (again,) = trait_starts(scenario, [3], 1, feed=2)
    assert traits == again
    assert first.parameters.left.alveoli.capacity == second.parameters.left.alveoli.capacity
    assert first.milk_left != second.milk_left
    assert second.feed == 2
    within = shipped_population().within or {}
    logs = np.log([draw_feed_factors(1, 3, feed)["milk_stored"] for feed in range(1, 400)])
    # three sampling errors of a standard deviation from 399 feeds
    assert abs(logs.std() - within["milk_stored"].sigma) < 3 * within["milk_stored"].sigma / np.sqrt(800)


def test_no_spread_within_women_leaves_the_feed_as_the_traits_have_it():
    population = replace(shipped_population(), within={})
    scenario = preset("breastfeed")
    (start,), (traits,) = trait_starts(scenario, [3], 1, population)
    (other,), _ = trait_starts(scenario, [3], 1, population, feed=9)
    assert start.parameters == other.parameters
    reference = with_traits(start.parameters, dict.fromkeys(NAMES, 1.0))
    assert reference == start.parameters
    assert traits == draw_traits(1, 3, population)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (b"a" + b".a" * 20_000 + b" = 1", "not valid TOML"),
        (b"trait = " + b"[" * 5000, "not valid TOML"),
        ("trait = 1".encode("utf-16"), "save it as UTF-8"),
        (b"trait = 1", "is not a population"),
        (b'[trait.comfort]\nmedian = "x"\nsigma = 1', "is not a population"),
        (b"[trait.comfort]\nmedian = 1\nsigma = 9", "sigma from 0 to 2"),
    ],
    ids=range(6),
)
def test_a_file_that_is_no_population_is_refused_with_its_name(tmp_path, held, words):
    file = tmp_path / "population.toml"
    file.write_bytes(held)
    with pytest.raises(ParameterError, match=words) as refusal:
        read_population(file)
    assert str(refusal.value).startswith(str(file))


def test_a_population_saved_with_a_byte_order_mark_is_read(tmp_path):
    file = tmp_path / "population.toml"
    file.write_bytes(b"\xef\xbb\xbf" + POPULATION.read_bytes().replace(b"\n", b"\r\n"))
    assert read_population(file) == shipped_population()
