"""Published studies on virtual women: targets, study files, reductions, the score, the cache."""

import math
import re
import tomllib
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
import pytest

from letdown import ScenarioError
from letdown.body.population import shipped_population
from letdown.engine.life.records import DAY_COLUMNS
from letdown.evidence.cache import Cache
from letdown.evidence.directions import DIRECTIONS, Finding
from letdown.evidence.groups import grouped
from letdown.evidence.html import dot_plot, html_report
from letdown.evidence.life_quantities import DayChange
from letdown.evidence.page import validation_page
from letdown.evidence.people import VirtualWomen
from letdown.evidence.pool import FeedProtocol, Pool, request_key
from letdown.evidence.quantity import Days
from letdown.evidence.reductions import REDUCTIONS
from letdown.evidence.study import QUANTITIES, Study, load_studies, shipped_studies, study_names
from letdown.evidence.target_units import factor
from letdown.evidence.targets import read_targets, scored_targets
from letdown.evidence.validate import Estimate, Score, not_computed, score_studies
from letdown.protocol.scenario import preset
from letdown.references import bibtex

FILE = """
title = "A made-up experiment"
[population]
n = 9
[[arm]]
name = "pump"
scenario = "pump-5-min"
[[statistic]]
target = "FL22"
quantity = "milk_removed"
reduction = "mean"
unit = "mL"
fitted = false
"""


def study(text=FILE, **changes):
    return Study(**({"name": "made-up", **tomllib.loads(text)} | changes))


@dataclass(frozen=True)
class MadeUpPool:
    """A pool that has measured whatever `numbers` says, and simulates nothing."""

    numbers: object
    size: int = 400
    seed: int = 1
    population: object = field(default_factory=VirtualWomen)

    def has(self, protocol, quantities):
        return True

    def measured(self, protocol, quantities, report=None):
        return {request_key(q): self.numbers(protocol, q) for q in quantities}


def target(key="FL22", **changes):
    import dataclasses

    return dataclasses.replace(read_targets()[key], **changes)


def score(answer, key="FL22", **changes):
    return Score("made-up", target(key, **changes), answer, False, "", "", 9)


# Targets and study files --------------------------------------------------------------------------


def test_every_scored_row_is_one_fact_with_an_error():
    rows = [row for row in read_targets().values() if row.role == "fit"]
    assert len(rows) == 122
    for row in rows:
        assert math.isfinite(float(row.value))
        assert row.error > 0.0


def test_every_published_row_is_in_one_study_or_has_a_reason():
    computed = [statistic.target for each in shipped_studies() for statistic in each.statistic]
    assert len(computed) == len(set(computed))
    assert sorted([*computed, *not_computed()]) == sorted(scored_targets(read_targets().values()))
    assert all(len(reason) > 20 for reason in not_computed().values())


def test_studies_cover_what_is_published_of_the_reflex_and_of_months():
    assert len(study_names()) >= 12
    domains = {each.targets()[s.target].domain for each in shipped_studies() for s in each.statistic}
    assert {"ejection", "removal", "pump", "oxytocin", "stress", "prolactin", "synthesis", "uterus"} <= domains


def test_citation_keys_of_studies_resolve():
    for each in shipped_studies():
        assert not each.cite or f"{{{each.cite}," in bibtex([each.cite])
    assert [each.name for each in shipped_studies() for s in each.statistic if not s.how] == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"milk_removed"', '"milk_drunk"', ['"milk_drunk" is not the name of a quantity', '"milk_removed"']),
        ('"milk_removed"', '{name = "milk_removed", weighted = true}', ["the nearest valid name is weighed"]),
        ('reduction = "mean"', 'reduction = "average"', ['"average" is not the name of a reduction', '"r2"', '"mean"']),
        ('unit = "mL"', 'unit = "min"', ['unit = "min", but the row is in "mL"']),
        ('quantity = "milk_removed"', 'quantity = "feed_length"', ["FL22", 'unit = "mL" does not fit', '"s"']),
        ('"FL22"', '"FL222"', ["is not a published row", "[[target]]", "the nearest id is FL22"]),
        ('"pump-5-min"', '"pump-5-mins"', ["pump", "pump-5-min"]),
        ('scenario = "pump-5-min"', "", ["names no protocol"]),
        ('"milk_removed"', '"onset_age"', ["by_day is missing"]),
        ('"milk_removed"', '{name = "onset_age", by_day = 3}', ["measured over days", "of a session"]),
        ('"milk_removed"', '"weighed_yield"', ['read from the instrument "balance"', "the study has none"]),
        (
            "[[arm]]",
            '[instrument]\nname = "ballance"\n[[arm]]',
            ['"ballance" is not the name of an instrument', '"balance"'],
        ),
        ("[[arm]]", '[instrument]\nname = "balance"\ninterwal = 3\n[[arm]]', ["the nearest is interval"]),
        ("[[arm]]", '[instrument]\nname = "balance"\ninterval = 99\n[[arm]]', ["interval", "outside"]),
        ('reduction = "mean"', 'reduction = "r2"', ["takes 2 quantities, not 1"]),
        ('reduction = "mean"', 'reduction = "higher"', ["the published row is a number"]),
        ('reduction = "mean"', 'reduction = "mean"\narms = ["pomp"]', ['there is no arm "pomp"', "pump"]),
        ("n = 9", "n = 0", ["n = 0"]),
        ("fitted = false", "", ["fitted is missing"]),
        ('title = "A made-up experiment"', 'design = "parallel"\ntitle = "x"', ["has no n"]),
        ("[population]", "population", ["not valid TOML"]),
    ],
)
def test_a_wrong_study_file_is_refused_in_one_sentence(tmp_path, old, new, words):
    assert old in FILE
    (tmp_path / "wrong.toml").write_text(FILE.replace(old, new, 1))
    with pytest.raises(ScenarioError) as refusal:
        load_studies(tmp_path)
    text = str(refusal.value)
    assert "wrong.toml" in text
    assert "\n" not in text
    assert [word for word in words if word not in text] == []


def test_a_folder_without_studies_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="holds no study"):
        load_studies(tmp_path)
    with pytest.raises(ScenarioError, match="not a folder"):
        load_studies(tmp_path / "absent")


def test_a_file_that_is_not_toml_is_refused_and_not_passed_over(tmp_path):
    (tmp_path / "good.toml").write_text(FILE)
    (tmp_path / "scenario.toml").write_text(preset("pump-5-min").to_toml())
    assert [study.name for study in load_studies(tmp_path)] == ["good"]
    (tmp_path / "torn.toml").write_text("title = [")
    with pytest.raises(ScenarioError, match=r"torn\.toml: not valid TOML"):
        load_studies(tmp_path)


@pytest.mark.parametrize("option", ["--report", "--page"])
def test_a_page_that_cannot_be_written_is_refused_before_the_studies_run(option, tmp_path, capsys, monkeypatch):
    from letdown import cli

    def never(*_):
        raise AssertionError("the studies ran")

    monkeypatch.setattr("letdown.evidence.validate.score_studies", never)
    ending = {"--report": ".html", "--page": ".md"}[option]
    folder = tmp_path / f"folder{ending}"
    folder.mkdir()
    for place in (folder, tmp_path / "absent" / f"page{ending}"):
        assert cli.main(["validate", option, str(place)]) == 2
        assert "name a file in a folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [folder]


def test_a_study_brings_its_own_scenario_and_its_own_figures(tmp_path):
    (tmp_path / "mine.toml").write_text(preset("pump-5-min").with_values({"name": "mine"}).to_toml())
    own = '[[target]]\nid = "X1"\nquantity = "milk"\nvalue = 50.0\nse = 5.0\nunit = "mL"\n'
    text = FILE.replace('"pump-5-min"', '"mine.toml"').replace('"FL22"', '"X1"')
    (tmp_path / "study.toml").write_text(text.replace("[[statistic]]", f"{own}[[statistic]]"))
    (found,) = load_studies(tmp_path)
    assert found.scenario_of(found.arm[0]).name == "mine"
    assert found.targets()["X1"].error == 5.0


def test_quantities_reductions_and_instruments_are_named_as_they_are_registered():
    for registry in (QUANTITIES, REDUCTIONS, DIRECTIONS):
        for name, kind in registry.items():
            assert kind.model_fields["name"].default == name
            assert kind.__doc__


@pytest.mark.parametrize(
    ("measured", "wanted", "expected"),
    [
        ("s", "min", 1 / 60),
        ("1", "%", 100.0),
        ("1", "count/10 min", 1.0),
        ("women", "women", 1.0),
        ("mL/d", "mL/h", 1 / 24),
        ("kcal/L", "kcal/100 mL", 0.1),
        ("ng/mL", "ug/L", 1.0),
        ("h", "d", 1 / 24),
    ],
)
def test_units_are_converted(measured, wanted, expected):
    assert factor(measured, wanted) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("measured", "wanted"), [("mL", "g"), ("pg/mL", "uU/mL"), ("s", "count/feed"), ("1", "mL")])
def test_units_of_another_kind_are_refused(measured, wanted):
    with pytest.raises(ScenarioError, match="does not fit"):
        factor(measured, wanted)


# Reductions and directions ------------------------------------------------------------------------


def test_reductions_of_known_samples():
    a, b = np.array([1.0, 2.0, 3.0, math.nan]), np.array([2.0, 4.0, 6.0, 1.0])
    assert REDUCTIONS["mean"]().value([[a]]) == 2.0
    assert REDUCTIONS["median"]().value([[a], [b]]) == 2.0
    assert REDUCTIONS["percent"]().value([[np.array([1.0, 0.0, 0.0, 0.0])]]) == 25.0
    assert REDUCTIONS["women_of"](of=10).value([[np.array([1.0, 0.0])]]) == 5.0
    assert REDUCTIONS["r2"]().value([[a, b]]) == pytest.approx(1.0)
    breasts = np.array([[1.0, 2.0], [30.0, 31.0], [5.0, 6.0]])
    within = REDUCTIONS["r2_within_women"]()
    # women differ in the opposite sense from their breasts: only the second counts
    assert within.value([[breasts, np.array([[40.0, 42.0], [1.0, 3.0], [20.0, 22.0]])]]) == pytest.approx(1.0)
    assert np.isnan(within.value([[a, b]]))
    assert REDUCTIONS["ratio_of_sums"]().value([[a, b]]) == pytest.approx(6.0 / 13.0)
    assert REDUCTIONS["loss"]().value([[b], [0.5 * b]]) == pytest.approx(50.0)
    assert REDUCTIONS["percent_change"]().value([[b, 1.1 * b]]) == pytest.approx(10.0)
    assert REDUCTIONS["mean_difference"]().value([[b], [a]]) == pytest.approx(2.0)


def test_a_relative_risk_without_cases_is_no_number():
    late, lost = np.array([1.0, 1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0, 0.0])
    assert math.isnan(REDUCTIONS["relative_risk"]().value([[late, lost]]))
    assert REDUCTIONS["relative_risk"]().value([[late, np.array([1.0, 1.0, 1.0, 0.0])]]) == 2.0


def test_the_flow_falls_where_it_is_below_nine_tenths_of_its_top():
    curves = np.array([[1.0, 2.0, 1.9, 1.7, 0.5]] * 3)
    assert REDUCTIONS["time_of_fall"](bin_s=30.0).value([[curves]]) == 90.0


def test_the_threshold_is_the_dose_whose_peak_is_just_visible():
    still = np.zeros((2, 5))
    arms = [[still]] + [[np.full((2, 5), dose)] for dose in (0.5, 1.0, 2.0)]
    assert REDUCTIONS["threshold_dose"](doses_mu=(1.0, 2.0, 4.0)).value(arms) == pytest.approx(2.0)
    late = np.array([[0.0, 0.0, 0.0, 2.0, 2.0]] * 2)
    assert REDUCTIONS["rise_lag"](every_s=2.0).value([[still], [late]]) == 6.0


def test_directions_need_more_than_two_errors():
    rng = np.random.default_rng(1)
    noise = rng.normal(0.0, 1.0, 400)
    higher = DIRECTIONS["higher"]()
    assert higher.judge([[noise + 1.0], [np.zeros(400)]]).holds
    assert not higher.judge([[noise - noise.mean() + 0.05], [np.zeros(400)]]).holds  # 0.05 is one error
    assert DIRECTIONS["unchanged"](within_percent=10).judge([[noise + 10.0], [noise + 10.5]]).holds
    assert not DIRECTIONS["unchanged"](within_percent=10).judge([[noise + 10.0], [noise + 12.0]]).holds
    assert DIRECTIONS["highest_at"](number=2).judge([[np.array([[1.0, 3.0, 2.0]] * 4)]]).holds
    assert not DIRECTIONS["steady"](within_percent=25).judge([[np.array([[1.0, 3.0, 2.0]] * 4)]]).holds


def test_pulses_need_a_rise_by_a_quarter_and_a_fall_between():
    from letdown.evidence.blood_quantities import pulses

    assert pulses(np.array([2.0, 2.2, 2.4, 2.3]), 0.25) == 0
    assert pulses(np.array([2.0, 2.2, 2.6, 3.4, 3.0, 2.9]), 0.25) == 1
    assert pulses(np.array([2.0, 3.0, 2.5, 3.2, 3.0, 3.7]), 0.25) == 2


def test_waves_of_pressure_must_halve_to_be_two():
    from letdown.evidence.directions import waves

    assert waves(np.array([0.0, 0.8, 0.9, 0.1]), 1.0) == 0
    assert waves(np.array([0.0, 4.0, 3.0, 4.0, 0.5, 0.0]), 1.0) == 1
    assert waves(np.array([0.0, 4.0, 1.0, 4.0, 1.5, 0.0]), 1.0) == 2


# The score ----------------------------------------------------------------------------------------


def test_a_deviation_counts_both_errors():
    found = score(Estimate(15.0, 4.0), value="5.0", error=3.0)
    assert found.deviation == pytest.approx(2.0)
    assert found.agrees
    assert found.verdict == "within 2 SE"
    assert score(Estimate(15.1, 4.0), value="5.0", error=3.0).verdict == "miss"
    assert score(None).verdict == "not computed"
    assert score(Finding(False, "no"), "ST04").verdict == "fails"


def test_the_error_of_a_mean_is_that_of_the_pool():
    rng = np.random.default_rng(3)
    milk = rng.normal(60.0, 20.0, 400)
    (found,) = score_studies([study()], MadeUpPool(lambda protocol, quantity: milk))
    # the mean of 400 studies of 9 wanders by 20 / sqrt(9 * 400) = 0.33 about that of the pool; 4 times that
    assert found.answer.value == pytest.approx(milk.mean(), abs=1.3)
    # SD of the studies is known to 1 / sqrt(2 * 400) = 4 %; 1 / DRAWS adds to n / N = 9 / 400 another 5 %
    assert found.answer.error == pytest.approx(20.0 / math.sqrt(400.0), rel=0.2)
    assert found.women == 400
    assert not found.fitted


def test_an_r2_is_that_of_a_study_of_its_size():
    rng = np.random.default_rng(4)
    numbers = {"let_downs": rng.normal(size=400), "milk_removed": rng.normal(size=400)}
    text = FILE.replace('"milk_removed"', '["let_downs", "milk_removed"]').replace('"FL22"', '"ME03"')
    text = text.replace('reduction = "mean"', 'reduction = "r2"').replace('"mL"', '"-"')
    (found,) = score_studies([study(text)], MadeUpPool(lambda protocol, quantity: numbers[quantity.name]))
    # of unrelated quantities r2 of n women is 1 / (n - 1) on average, not 0: 0.125 for 9; SE of the mean 0.008
    assert found.answer.value == pytest.approx(0.125, abs=0.03)


def test_women_of_a_crossover_are_the_same_and_of_parallel_groups_are_not():
    rng = np.random.default_rng(5)
    women = rng.normal(100.0, 30.0, 400)
    arms = '[[arm]]\nname = "more"\nn = 9\nscenario = "pump-15-min"\n'
    text = FILE.replace("[[statistic]]", f"{arms}[[statistic]]").replace('"mean"', '"mean_difference"')
    text = text.replace('scenario = "pump-5-min"', 'n = 9\nscenario = "pump-5-min"')

    def numbers(protocol, quantity):
        return women + (10.0 if protocol.scenario.name == "pump-5-min" else 0.0)

    crossover, parallel = (
        score_studies([study(text, design=design)], MadeUpPool(numbers))[0].answer
        for design in ("crossover", "parallel")
    )
    assert crossover.value == pytest.approx(10.0)
    assert crossover.error < 1e-6
    assert parallel.error > 0.5


def test_dyads_that_needed_formula_are_no_exclusive_breastfeeding():
    text = FILE.replace('scenario = "pump-5-min"', 'lactation = "demand-feeding"\ndays = 3\nexclusive = true')
    text = text.replace('"milk_removed"', '{name = "day_sum", column = "intake_ml", from_day = 1, to_day = 1}')
    pool = MadeUpPool(lambda protocol, quantity: np.array([1.0, 1.0, 9.0, 9.0]))
    measured = pool.measured
    object.__setattr__(pool, "measured", lambda *a: {**measured(*a), "formula_ml": np.array([0.0, 0.0, 50.0, 50.0])})
    (found,) = score_studies([study(text)], pool)
    assert found.answer.value == 1.0
    assert found.women == 2


def test_a_change_between_days_is_that_of_one_breast_where_half_is_asked_for():
    days = np.full((4, len(DAY_COLUMNS)), np.nan)
    days[:, DAY_COLUMNS.index("production_ml")] = [100.0, 100.0, 300.0, 300.0]
    life = Days(SimpleNamespace(days=days), 3.4)
    span = {"column": "production_ml", "from_day": 3, "to_day": 4, "before_from_day": 1, "before_to_day": 2}
    assert DayChange(**span).measure(life) == 200.0
    assert DayChange(**span, per_breast=True).measure(life) == 100.0


def test_women_of_another_population_are_not_read_from_the_cache(monkeypatch):
    before = VirtualWomen().key()
    shipped = shipped_population()
    spread = replace(shipped.between["half_rise"], median=1.2345)
    other = replace(shipped, between={**shipped.between, "half_rise": spread})
    monkeypatch.setattr("letdown.evidence.people.shipped_population", lambda: other)
    assert VirtualWomen().key() != before


def test_json_of_a_score_has_the_keys_that_programs_read():
    keys = {"study", "target", "published", "model", "deviation", "verdict", "fitted"}
    for found in (score(Estimate(60.0, 1.0)), score(Finding(True, "yes"), "ST04"), score(None)):
        assert keys <= set(found.to_json())
    assert score(Estimate(60.0, 1.0)).to_json()["published"] == 60.6


def test_groups_tell_fitted_from_not_and_measured_errors_from_assumed():
    rows = [score(Estimate(60.0, 1.0)), score(Estimate(60.0, 1.0), assumed=True), score(Finding(True, ""), "ST04")]
    found = {group.title: len(group.scores) for group in grouped(rows)}
    assert sum(found.values()) == 3
    assert found["Figures not fitted, measured standard error"] == 1
    assert found["Figures not fitted, assumed standard error"] == 1
    assert found["Directions not fitted"] == 1


# Pages --------------------------------------------------------------------------------------------


def test_the_html_page_asks_the_network_for_nothing_and_shows_every_row():
    rows = [score(Estimate(60.0, 1.0)), score(Estimate(600.0, 1.0), "FL23"), score(Finding(False, "a < b"), "ST04")]
    page = html_report(rows, [study()], Pool(size=2))
    assert not re.search(r"(src|href)=|url\(|@import", page)
    assert [key for key in ("FL22", "FL23", "ST04") if f">{key}<" not in page] == []
    assert "a &lt; b" in page
    plot = dot_plot(rows[:2])
    assert plot.count("<circle") == 1  # within the plot
    assert plot.count("<path") == 1  # beyond its edge
    assert dot_plot([]) == ""


def test_the_page_discusses_every_miss_and_gives_reasons_for_what_is_left_out():
    rows = [score(Estimate(60.0, 1.0)), score(Estimate(600.0, 1.0), "FL23")]
    text = validation_page(rows, [study()], Pool(size=2))
    assert "Not yet discussed" in text.split("## Misses")[1]
    assert "**1 of 2 figures, 50 %" in text
    assert all(f"**{key}**" in text for key in not_computed())


# The pool, for real --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_pool():
    return Pool(size=3, seed=2)


def test_a_cache_gives_the_same_numbers_and_a_damaged_one_is_made_again(tmp_path, monkeypatch):
    pool = Pool(size=3, cache=Cache(tmp_path))
    first = score_studies([study()], pool)
    (kept,) = tmp_path.glob("*.npz")
    with monkeypatch.context() as nothing:
        nothing.setattr(FeedProtocol, "measure", None)  # whoever simulates now fails
        assert score_studies([study()], pool) == first
    kept.write_bytes(kept.read_bytes()[:100])
    assert score_studies([study()], pool) == first
    assert score_studies([study()], Pool(size=3)) == first


def test_an_interrupted_pool_keeps_the_protocols_that_it_had_run(tmp_path, monkeypatch):
    two = [study(), study(FILE.replace("pump-5-min", "pump-15-min"))]
    pool, measure, runs = Pool(size=3, cache=Cache(tmp_path)), FeedProtocol.measure, []

    def interrupted(self, *arguments):
        runs.append(self.scenario.name)
        if len(runs) == 2:
            raise KeyboardInterrupt
        return measure(self, *arguments)

    monkeypatch.setattr(FeedProtocol, "measure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        score_studies(two, pool)
    score_studies(two, pool)
    assert runs == ["pump-5-min", "pump-15-min", "pump-15-min"]


def test_an_interrupted_command_says_that_it_can_go_on(monkeypatch, capsys):
    from letdown import cli
    from letdown.evidence import validate

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(validate, "score_studies", interrupted)
    assert cli.main(["validate", "--study", "kent2008-vacuum"]) == 3
    assert "goes on from there" in capsys.readouterr().err


def test_the_command_writes_pages_and_json_and_completes_names(tmp_path, monkeypatch, capsys):
    import json

    from letdown import cli
    from letdown.cli_evidence import complete_study
    from letdown.evidence import validate

    rows = [score(Estimate(60.0, 1.0)), score(Finding(False, "no"), "ST04")]
    monkeypatch.setattr(validate, "score_studies", lambda *arguments: rows)
    files = [tmp_path / "report.html", tmp_path / "page.md"]
    assert cli.main(["validate", "--json", "--report", str(files[0]), "--page", str(files[1])]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["target"], row["verdict"]) for row in found] == [("FL22", "within 2 SE"), ("ST04", "fails")]
    assert all("FL22" in file.read_text() for file in files)
    assert cli.main(["validate"]) == 0
    assert "1 of 1 figures, 100 %" in " ".join(capsys.readouterr().out.split())
    assert complete_study("kent") == ["kent1999-output", "kent2006-day-of-feeds", "kent2008-vacuum"]


def test_sessions_of_one_woman_share_her_traits_and_differ_in_their_events(small_pool):
    quantities = [QUANTITIES["share_of_available"](), QUANTITIES["milk_removed"]()]
    scenario = preset("pump-5-min")
    first, second = (
        small_pool.measured(FeedProtocol(scenario, VirtualWomen(), number), quantities) for number in (1, 2)
    )
    share, milk = map(request_key, quantities)
    assert not np.allclose(first[milk], second[milk])
    # milk over its share is the milk at the start: the woman's, but for the day's fullness
    available = [x[milk] / x[share] for x in (first, second)]
    assert not np.allclose(*available, rtol=1e-3)
    between, within = np.std(np.log(available[0])), np.std(np.log(available[0] / available[1])) / math.sqrt(2.0)
    assert within < 0.6 * between  # spreads of 0.10 within and some 0.4 between women


def test_instruments_see_what_is_there_with_their_errors():
    scenario, women = preset("pump-15-min"), VirtualWomen()
    text = FILE.replace('"milk_removed"', '"weighed_yield"').replace(
        "[[arm]]", '[instrument]\nname = "balance"\n[[arm]]'
    )
    seen = study(text)
    (weighed,) = seen.quantities_of(seen.statistic[0])
    true, count = QUANTITIES["milk_removed"](), QUANTITIES["ejections_weighed"]()
    measured = Pool(size=8).measured(FeedProtocol(scenario, women), [weighed, true, count])
    missing = measured[request_key(true)] - measured[request_key(weighed)]
    # one reading errs by 0.1 g (3 SD, twice) and drift by 0.0005 g/s over 900 s (3 SD)
    assert missing.min() > -2.0
    # and a flow of at most 0.6 mL/s is on its way for 2 + 3 s, and up to 5 s more until the last reading
    assert missing.max() < 6.0 + 2.0
    assert not np.array_equal(measured[request_key(weighed)], measured[request_key(true)])
    assert measured[request_key(count)].mean() > 1.0


def test_quantities_of_one_record_share_its_errors():
    kind = QUANTITIES["drawn_oxytocin"]
    same, again, other = kind(after_latch_s=60.0), kind(after_latch_s=60.0, by_activity=True), kind(after_latch_s=120.0)
    protocol = FeedProtocol(preset("breastfeed"), VirtualWomen())
    measured = Pool(size=3).measured(protocol, [same, again, other])
    level, activity, later = (measured[request_key(quantity)] for quantity in (same, again, other))
    assert level == pytest.approx(1.71 * activity, rel=1e-12)
    assert not np.allclose(level, later)
