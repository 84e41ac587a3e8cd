"""Lives: what must be true of days and months, by running the program."""

import io
import json
import math
import re
import time
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from letdown import cli
from letdown._errors import RecordingError, ScenarioError
from letdown.body.life.birth import weight_at
from letdown.body.life.feed_of_life import FeedEnd, OfBreast, SessionKind, left_behind
from letdown.body.life.synthesis_control import LocalFullness
from letdown.body.surroundings import Cues
from letdown.engine.cohort_run import Clock, run_dyads
from letdown.engine.event_log import Seen
from letdown.engine.lane_queue import tabled
from letdown.engine.layout import field_index
from letdown.engine.life.day_book import LESS_A_DAY, DayBook
from letdown.engine.life.feed_runner import Round, SessionEnds
from letdown.engine.life.records import LifeResult
from letdown.engine.program import C_KIND, DEVICE, LATCH, StepState
from letdown.lactation import DAY_VARIABLES, Lactation
from letdown.plot.lactation import LACTATION_PANELS, plot_lactation
from letdown.protocol.lactation import LactationScenario, lactation_preset, lactation_presets, load_lactation
from letdown.protocol.lactation_build import build_life_program, life_start
from letdown.recording import Recording
from letdown.report_lactation import lactation_report, write_lactation
from letdown.simulate_lactation import Zoom, simulate_lactation, simulate_lactation_cohort, zoom


def column(lactation, name):
    return lactation.data[name].values


@pytest.fixture(scope="module")
def fortnight():
    return simulate_lactation("demand-feeding", days=14, seed=0)


# What the first two weeks must show


def test_daily_volume_of_the_first_two_weeks_is_in_the_published_ranges(fortnight):
    intake = column(fortnight, "intake_ml")
    assert 10 < intake[0] < 60  # 15-37 g on day 1
    assert 60 < intake[1] < 170  # about 100 on day 2
    assert 200 < intake[2] < 450  # 408 (SE 61) in one series on day 3
    assert 420 < intake[4] < 800  # 498 and 705 on day 5
    assert 480 < column(fortnight, "production_ml")[7] < 800  # 650 on day 8
    assert 500 < intake[10:].mean() < 800


def test_milk_balance_is_exact(fortnight):
    assert np.abs(column(fortnight, "milk_imbalance_ml")).max() < 1e-8


def test_latency_to_the_first_let_down_falls_by_learning(fortnight):
    latency = column(fortnight, "first_let_down_s")
    assert np.nanmean(latency[:3]) > 90.0
    assert np.nanmean(latency[10:]) < 0.5 * np.nanmean(latency[:3])
    assert column(fortnight, "own_cry")[0] < 0.2 < 0.6 < column(fortnight, "own_cry")[-1]


def test_without_learning_latency_stays(fortnight):
    """And an infant that lets go after 4 min without milk may then get none at all."""
    never = load_lactation("demand-feeding").with_values(
        {"days": 10, "parameters": {"cue_learning.rate": 0.001, "cue_learning.practice": 0.001}}
    )
    latency = column(simulate_lactation(never), "first_let_down_s")
    came = latency[np.isfinite(latency)]
    assert came.size >= 3
    assert came[-1] > 0.9 * came[0]
    assert came[-1] > 2.0 * np.nanmean(column(fortnight, "first_let_down_s")[7:])


def test_repetition_mends_a_let_down_that_fails():
    """A mother who primes weakly has feeds without a let-down; suckling still teaches her cues, and they bring it."""
    weak = load_lactation("demand-feeding").with_values({"days": 28, "parameters": {"neurones.max_priming": 0.4}})
    lactation = simulate_lactation(weak)
    let_downs = column(lactation, "session_let_downs")
    days = column(lactation, "session_day")
    feeds = column(lactation, "session_kind") == 0.0
    early, late = (np.mean(let_downs[feeds & (days > a) & (days <= b)] == 0.0) for a, b in ((0, 4), (24, 28)))
    # a rule that rewards let-downs alone does not meet this
    assert early > 0.3
    assert late < 0.5 * early
    assert column(lactation, "own_cry")[-1] > 0.6


def test_unwanted_let_downs_come_with_learning_and_lessen_after_the_first_weeks():
    lactations = simulate_lactation_cohort("demand-feeding", 16, days=84, seed=0)
    unwanted = np.sum([column(lactation, "unwanted_let_downs") for lactation in lactations], axis=0)
    fortnights = unwanted.reshape(6, 14).sum(axis=1)
    assert fortnights[1] > 16  # one a fortnight at least
    assert fortnights[0] < fortnights[1]
    assert fortnights[5] < 0.2 * fortnights[1]  # nearly gone by three months, as the difference is learned
    strength = np.mean([column(lactation, "other_cry") for lactation in lactations], axis=0)
    assert strength[-1] < 0.8 * strength.max()


def test_only_a_breast_that_was_taken_was_suckled():
    """A feed of both breasts of which the infant took the second alone, one of which it took none, and a pumping."""
    program = build_life_program(lactation_preset("exclusive-pumping"))
    names = [next(name for name in program.protocols if name.startswith(kind)) for kind in ("feed-lr", "pump")]
    protocols = tabled([program.protocols[name].program for name in names])
    which = np.array([0, 0, 1])
    seen, steps = np.zeros((3, Seen.LENGTH)), np.zeros((3, protocols.steps.shape[1], len(StepState)))
    seen[:, Seen.END_TIME] = 1000.0
    seen[0, Seen.LATCHED_RIGHT] = 1.0
    for row in range(3):
        kinds = protocols.steps[which[row], :, C_KIND]
        at = np.flatnonzero(np.isin(kinds, (LATCH, DEVICE)) & (np.arange(kinds.size) < protocols.rows[which[row]]))
        steps[row, at, StepState.STATUS] = 2.0
        steps[row, at, StepState.STARTED], steps[row, at, StepState.ENDED] = 100.0 * np.arange(at.size), 300.0
    ends = SessionEnds(np.zeros((3, 1)), seen, steps)
    suckled, begun = ends.stimulated(Round(np.zeros((3, 1)), which, np.zeros(3, np.uint64), np.zeros(3)), protocols)
    assert suckled.tolist()[:2] == [200.0, 0.0]
    assert suckled[2] >= 300.0
    assert begun[0] == 100.0
    assert np.isnan(begun[1])


@pytest.mark.parametrize(("suckled_s", "share"), [(0.0, 0.0), (30.0, 0.5), (60.0, 1.0), (600.0, 1.0)])
def test_a_minute_of_suckling_teaches_as_much_as_ten(suckled_s, share):
    start = life_start(lactation_preset("demand-feeding"))
    breast = OfBreast(10.0, 0.0, 0.0, 50.0)
    end = FeedEnd(breast, breast, 200.0, 0.0, 2.0, suckled_s, 60.0)
    cues = Cues(*[0.0] * 7)._replace(own_cry=1.0)
    kind, after = SessionKind(0.0, 1.0), LocalFullness().signal_after
    learned = left_behind(start.life, start.learning, start.parameters, end, kind, cues, after).learning
    p = start.parameters.cue_learning
    assert learned.cues.own_cry == pytest.approx(share * p.rate * p.asymptote)
    assert learned.familiarity == pytest.approx(0.5 + share * p.practice * 0.5)


def test_topping_up_lessens_from_day_to_day_and_does_not_flicker():
    """A mother who makes little: formula is not given one day and withheld the next."""
    little = load_lactation("demand-feeding").with_values({"days": 90, "parameters": {"gland.synthesis": 6.0}})
    formula = column(simulate_lactation(little), "formula_ml") > 0.0
    assert formula.sum() > 20
    # it may begin, end, and begin once more; given or not by one threshold it changed every few days
    assert np.count_nonzero(np.diff(formula.astype(int))) <= 3


def test_formula_begins_at_a_fall_and_lessens_once_half_of_it_is_regained():
    scenario = load_lactation("demand-feeding")
    start = life_start(scenario)
    book = DayBook(LifeResult(0, np.empty((1, 0))), 1, 1, False)

    def share_at(z, today):
        x = start.life.first
        weight = weight_at(z, start.sexes[0], 30.0)
        grown = start.life._replace(first=x._replace(tissue=weight - x.fluid))
        return book.topping_up(30, grown, start, today)

    assert share_at(-0.2, 0.0) == share_at(-0.9, 0.0) == 0.0
    assert share_at(-1.1, 0.0) == 1.0
    assert share_at(-0.8, 0.7) == 0.7
    assert share_at(-0.4, 0.7) == pytest.approx(0.7 - LESS_A_DAY)
    share, days = 1.0, 0
    while share:
        share, days = share_at(-0.4, share), days + 1
    assert days == 10


def test_an_underfed_infant_does_not_cry_all_day():
    never = load_lactation("demand-feeding").with_values(
        {"days": 10, "mother": {"top_up": False}, "parameters": {"neurones.max_priming": 0.1}}
    )
    lactation = simulate_lactation(never)
    # about 6 h is what tiredness leaves; without it an underfed infant cried 24 h and did not sleep
    assert column(lactation, "cried_h").max() < 12.0
    assert column(lactation, "slept_h").min() > 8.0


def test_feeds_and_milk_a_feed_come_from_hunger(fortnight):
    """An infant that asks sooner takes more and smaller feeds, not less milk."""
    small = load_lactation("demand-feeding").with_values({"days": 14, "parameters": {"suckling_infant.hungry": 0.4}})
    other = simulate_lactation(small)
    week = slice(8, 14)
    assert column(other, "sessions")[week].mean() > 1.25 * column(fortnight, "sessions")[week].mean()
    assert column(other, "milk_per_feed_ml")[week].mean() < 0.85 * column(fortnight, "milk_per_feed_ml")[week].mean()
    assert column(other, "intake_ml")[week].sum() == pytest.approx(column(fortnight, "intake_ml")[week].sum(), rel=0.15)


def test_breasts_are_engorged_on_days_2_to_5_when_removal_lags(fortnight):
    unsuckled = simulate_lactation("not-breastfeeding", days=6)
    full, used = (column(x, "engorgement")[1:5].max() for x in (unsuckled, fortnight))
    assert full > 0.6
    assert full > used + 0.1


def test_uterus_and_weight_follow_their_standards(fortnight):
    volume = column(fortnight, "uterus_cm3")
    for day, published in ((1, 756.0), (7, 440.0), (14, 253.0)):
        assert volume[day - 1] == pytest.approx(published, rel=0.06)
    weight = column(fortnight, "weight_kg")
    assert 0.02 < 1.0 - weight[2] / 3.2322 < 0.10  # lost by day 3
    assert weight[13] > weight[3] + 0.15


def test_leaks_come_with_the_milk_and_lessen(fortnight):
    leaked = column(fortnight, "leaked_ml")
    assert leaked[3:8].max() > leaked[-3:].mean()


# Patterns of feeding


def test_milk_goes_without_removal_and_prolactin_with_suckling():
    unsuckled = simulate_lactation("not-breastfeeding", days=21)
    assert column(unsuckled, "production_ml")[2:5].max() > 20.0
    assert column(unsuckled, "production_ml")[-1] < 20.0
    assert column(unsuckled, "tissue")[-1] < 0.4
    assert column(unsuckled, "prolactin_mean_ng_ml")[13] < 35.0  # normal within 1-2 weeks
    assert abs(column(unsuckled, "milk_imbalance_ml")[-1]) < 1e-8


def test_cabergoline_lowers_prolactin_by_nine_tenths_and_milk_does_not_come_in():
    with_it, without = (simulate_lactation(name, days=8) for name in ("cabergoline", "not-breastfeeding"))
    assert column(with_it, "prolactin_mean_ng_ml")[4] < 0.2 * 168.0
    assert column(with_it, "production_ml")[2:].sum() < 0.3 * column(without, "production_ml")[2:].sum()
    assert with_it.onset_h is None


def test_twins_get_more_milk_than_one(fortnight):
    twins = simulate_lactation("twins", days=14)
    assert column(twins, "intake_ml")[9:].mean() > 1.15 * column(fortnight, "intake_ml")[9:].mean()
    assert "second_weight_kg" in twins.data
    assert abs(column(twins, "milk_imbalance_ml")[-1]) < 1e-8


def test_a_caesarean_in_labour_delays_the_milk(fortnight):
    caesarean = simulate_lactation("caesarean", days=6)
    assert caesarean.onset_h > fortnight.onset_h + 4.0
    assert column(caesarean, "production_ml")[1:4].sum() < column(fortnight, "production_ml")[1:4].sum()


@pytest.mark.slow
def test_two_extra_expressions_a_day_raise_output_within_two_weeks():
    extra, usual = (
        simulate_lactation_cohort(name, 8, days=74, seed=1) for name in ("extra-expression", "demand-feeding")
    )
    rises = [column(x, "production_ml")[70:73].mean() - column(x, "production_ml")[52:59].mean() for x in extra]
    drifts = [column(x, "production_ml")[70:73].mean() - column(x, "production_ml")[52:59].mean() for x in usual]
    rise = 1.03 * (np.mean(rises) - np.mean(drifts))
    assert 60.0 < rise < 220.0  # 124 g a day published


@pytest.mark.slow
def test_abrupt_weaning_ends_secretion_within_days_and_relactation_brings_it_back():
    weaned = simulate_lactation("abrupt-weaning", days=75)
    made_ml = column(weaned, "production_ml")
    assert made_ml[62] < 0.35 * made_ml[50:60].mean()
    assert made_ml[74] < 0.05 * made_ml[50:60].mean()
    again = simulate_lactation("relactation", days=90)
    assert column(again, "production_ml")[45] < 10.0
    assert column(again, "production_ml")[85:90].mean() > 300.0


@pytest.mark.slow
@pytest.mark.parametrize("hypothesis", ["inhibitor", "pressure"])
def test_rival_hypotheses_of_synthesis_carry_a_life_too(hypothesis):
    scenario = load_lactation("demand-feeding").with_values({"days": 21, "synthesis": hypothesis})
    lactation = simulate_lactation(scenario)
    assert 300.0 < column(lactation, "production_ml")[14:].mean() < 1100.0
    assert abs(column(lactation, "milk_imbalance_ml")[-1]) < 1e-8


@pytest.mark.slow
def test_receptor_memory_makes_early_feeds_count():
    """Two pumpings a day for two weeks, then eight: the receptor theory predicts a lasting loss beyond permissive."""
    often = [0, 3, 6, 9, 12, 15, 18, 21]
    bottle = {"do": "bottle", "of": "expressed"}
    late = [{"do": "pump", "hours": [8, 20], "to_day": 14}, {"do": "pump", "hours": often, "from_day": 15}, bottle]
    plans = {"early": [{"do": "pump", "hours": often}, bottle], "late": late}
    after = {}
    for action in ("permissive", "receptors"):
        made_ml = {
            name: column(
                simulate_lactation({"name": name, "days": 40, "prolactin": action, "plan": plan}), "production_ml"
            )[-5:].mean()
            for name, plan in plans.items()
        }
        after[action] = made_ml["late"] / made_ml["early"]
    assert after["receptors"] < after["permissive"] - 0.02


# Cohorts, interruption, zoom


def test_a_feed_and_its_mirror_image_are_the_same_to_the_last_bit():
    from letdown.protocol.build import reference_start
    from letdown.protocol.lactation_build import _feed_protocols
    from letdown.protocol.scenario import preset

    start = replace(reference_start(preset("breastfeed")), milk_left=120.0, milk_right=90.0, feed=5)
    p = start.parameters
    mirrored = replace(start, parameters=p._replace(left=p.right, right=p.left), milk_left=90.0, milk_right=120.0)
    for left, right in (("feed-lr", "feed-rl"), ("feed-l", "feed-r"), ("first-feed-lr", "first-feed-rl")):
        a = run_dyads([start], _feed_protocols()[left].program, clock=Clock(0.25, 5))[0]
        b = run_dyads([mirrored], _feed_protocols()[right].program, clock=Clock(0.25, 5))[0]
        for part in ("removed", "leaked", "alveolar_milk", "ductal_milk"):
            assert a.fields[field_index(f"left.{part}")] == b.fields[field_index(f"right.{part}")]
            assert a.fields[field_index(f"right.{part}")] == b.fields[field_index(f"left.{part}")]


def test_a_dyad_is_the_same_in_every_cohort():
    alone = simulate_lactation("demand-feeding", days=3, seed=5, dyad=1)
    among = simulate_lactation_cohort("demand-feeding", 3, days=3, seed=5)[1]
    for name in DAY_VARIABLES:
        if name in alone.data:
            np.testing.assert_array_equal(column(alone, name), column(among, name))


def test_an_interrupted_life_keeps_its_days(tmp_path):
    def stop(days):
        if days > 2.5:
            raise KeyboardInterrupt

    part = simulate_lactation("demand-feeding", days=6, seed=0, progress=stop)
    assert not part.complete
    done = part.data.sizes["day"]
    assert 2 <= done < 6
    whole = simulate_lactation("demand-feeding", days=6, seed=0)
    np.testing.assert_array_equal(column(part, "intake_ml"), column(whole, "intake_ml")[:done])
    part.to_netcdf(tmp_path / "part.nc")
    assert Lactation.open(tmp_path / "part.nc").daily() == part.daily()


def test_a_session_opens_again_with_every_step():
    lactation = simulate_lactation("demand-feeding", days=4, seed=2)
    recording = zoom("demand-feeding", Zoom(4, 3), seed=2)
    ages = lactation.data["session_age_h"].values
    row = int(np.flatnonzero((ages >= 72.0) & (ages < 96.0))[2])
    assert [lactation.data[f"session_{name}"].values[row] for name in ("day", "number")] == [4, 3]
    summary = recording.summary()
    for side in ("left", "right"):
        assert summary["milk_removed_ml"][side] == lactation.data[f"session_{side}_ml"].values[row]
    assert recording.data["time"].values[1] - recording.data["time"].values[0] == pytest.approx(1.0 / 3.0)
    with pytest.raises(ScenarioError, match="day 4 has"):
        zoom("demand-feeding", Zoom(4, 99), seed=2)


# Scenarios, files, command


@pytest.mark.parametrize("name", lactation_presets())
def test_a_preset_reads_back_and_can_be_built(name):
    scenario = lactation_preset(name)
    assert scenario.name == name
    assert scenario.title
    assert scenario.description
    import tomllib

    for comments in (False, True):
        assert LactationScenario(**tomllib.loads(scenario.to_toml(comments=comments))) == scenario
    program = build_life_program(scenario)
    assert program.days == scenario.days
    assert life_start(scenario).life.age == 0.0


@pytest.mark.parametrize("name", lactation_presets())
def test_every_preset_runs_two_days(name):
    lactation = simulate_lactation(name, days=2)
    assert lactation.complete
    assert abs(column(lactation, "milk_imbalance_ml")[-1]) < 1e-8


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "x", "days": 0}, "days = 0 is not usable"),
        ({"name": "x", "nights": 3}, "nights is not a key"),
        ({"name": "x", "plan": [{"do": "fly"}]}, 'do = "fly" is not known'),
        ({"name": "x", "plan": [{"do": "pump", "hours": [25]}]}, "no hour of the clock"),
        ({"name": "x", "plan": [{"do": "soothe", "from_day": 9, "to_day": 3}]}, "before from_day"),
        ({"name": "x", "infants": []}, "one or two tables"),
        ({"name": "x", "infants": [{"birth_weight_kg": 30}]}, "out of range"),
        ({"name": "x", "synthesis": "magic"}, "is not allowed"),
    ],
)
def test_bad_scenarios_are_refused_in_a_sentence(values, message):
    with pytest.raises(ScenarioError, match=message) as caught:
        LactationScenario(**values)
    assert str(caught.value).endswith(".")


def test_the_command_prints_the_daily_table_and_writes_its_files(tmp_path, capsys):
    out = tmp_path / "run"
    assert cli.main(["lactation", "--days", "2", "--json", "--out", str(out)]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["day"] for row in rows] == [1, 2]
    for key in ("production_ml", "intake_ml", "feeds", "let_downs_per_feed", "first_let_down_s", "share_of_available",
                "fat_g_l", "prolactin_before_ng_ml", "prolactin_peak_ng_ml", "weight_kg", "weight_z", "engorgement",
                "leaked_ml", "uterus_cm3"):  # fmt: skip
        assert key in rows[0]
    names = {path.name for path in out.iterdir()}
    assert names == {"lactation.nc", "daily.csv", "sessions.csv", "figure.png", "scenario.toml", "summary.json",
                     "README.txt"}  # fmt: skip
    assert Lactation.open(out / "lactation.nc").daily()[1]["intake_ml"] == pytest.approx(rows[1]["intake_ml"])
    assert cli.main(["lactation", "--days", "2", "--out", str(out)]) == 2
    assert "--overwrite" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["lactation", "no-such-life"],
        ["lactation", "--zoom", "day=four"],
        ["lactation", "--days", "3", "--zoom", "day=9,feed=1"],
        ["lactation", "--set", "mother.parity=99"],
        ["lactation", "--days", "0"],
        ["lactation", "--days", "2", "--dyads", "99999999999999"],
        ["lactation", "--set", 'parameters={"gland.nothing"=1}'],
        ["lactation", ""],
        ["lactation", "--days", ""],
        ["lactation", "--days", "3", "--set", "days=nan"],
        ["lactation", "--days", "3", "--zoom", "day=99999,feed=1"],
        ["lactation", "--days", "3", "--zoom", "day=2,feed=0"],
        ["lactation", "--set", "infants=3"],
        ["lactation", "breastfeed"],
        ["feed", "demand-feeding"],
    ],
)
def test_bad_input_ends_with_2_and_one_sentence(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    assert len(error.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lactation", "--days", "3", "--zoom", "day=99999,feed=1"], "day = 99999 lies outside the 3 days"),
        (["lactation", "--days", ""], "Nothing is no whole number"),
        (["lactation", "--set", "infants=3"], "infants is not a list of one or two tables"),
        (["lactation", "breastfeed"], "run it with: letdown feed breastfeed"),
        (["feed", "demand-feeding"], "run it with: letdown lactation demand-feeding"),
        (["lactation", "long.toml"], "longer than 1000000 bytes"),
    ],
)
def test_errors_say_what_was_given_and_what_to_do(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "long.toml").write_text("#" * 1_000_001)
    assert cli.main(arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("where", [(1, 1), Zoom])
def test_what_is_no_session_is_refused_in_python_too(where):
    with pytest.raises(ScenarioError):
        zoom("demand-feeding", where)
    with pytest.raises(ScenarioError):
        Zoom("1", 1)
    with pytest.raises(ScenarioError):
        simulate_lactation_cohort("demand-feeding", "3")


def test_a_lactation_is_drawn_and_cited_like_a_feed(tmp_path, capsys):
    out = tmp_path / "run"
    assert cli.main(["lactation", "--days", "2", "--out", str(out)]) == 0
    (out / "figure.png").unlink()
    assert cli.main(["plot", str(out / "lactation.nc"), "--out", str(tmp_path / "again.png")]) == 0
    assert (tmp_path / "again.png").stat().st_size > 10_000
    capsys.readouterr()
    cited = []
    for source in (str(out / "lactation.nc"), "demand-feeding"):
        assert cli.main(["cite", source]) == 0
        cited.append(capsys.readouterr().out)
    assert cited[0] == cited[1]
    assert "Cox1996" in cited[0]
    with pytest.raises(RecordingError, match="is a lactation, days and months"):
        Recording.open(out / "lactation.nc")


def test_every_file_says_what_gives_the_same_days_again(tmp_path, fortnight):
    resolved = simulate_lactation("demand-feeding", days=1, seed=5, dyad=3, resolved=True)
    assert resolved.origin == "demand-feeding, seed 5, dyad 3, suck-resolved"
    write_lactation(resolved, tmp_path)
    readme = (tmp_path / "README.txt").read_text()
    for words in ("demand-feeding", "seed                5", "dyad                3", "suck-resolved", "1 of 1"):
        assert words in readme
    assert ", seed 5, --resolved. " in (tmp_path / "scenario.toml").read_text().splitlines()[0]
    assert Lactation.open(tmp_path / "lactation.nc").origin == resolved.origin
    assert fortnight.origin == "demand-feeding, seed 0"


@pytest.mark.parametrize("name", ["demand-feeding", "mixed-feeding", "exclusive-pumping"])
@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_table_on_a_narrow_screen_leaves_columns_out_and_cuts_none(name, width):
    lactation = simulate_lactation(name, days=9, seed=3)
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(lactation_report(lactation))
    text = console.file.getvalue()
    assert "…" not in text
    rows = [line.split() for line in text.splitlines() if re.match(r"\s*[1-9] ", line)]
    assert [int(row[0]) for row in rows] == [*range(1, 8), 9]
    assert [row[1] for row in rows] == [f"{lactation.daily()[int(row[0]) - 1]['production_ml']:.0f}" for row in rows]
    if width != 80:  # some tables fit there
        assert ("wider screen" in text) == (width < 80)


def test_an_interrupted_command_ends_with_3_and_its_days_are_readable(tmp_path, monkeypatch, capsys):
    from letdown.engine.life import run

    before = run.Lives.round

    def until_day_three(self, lanes):
        if min(lane.day for lane in self.lanes) > 2:
            raise KeyboardInterrupt
        before(self, lanes)

    monkeypatch.setattr(run.Lives, "round", until_day_three)
    out = tmp_path / "part"
    assert cli.main(["lactation", "--days", "5", "--out", str(out)]) == 3
    assert Lactation.open(out / "lactation.nc").data.sizes["day"] == 2


def test_the_figure_has_its_panels(fortnight):
    figure = plot_lactation(fortnight)
    assert [axis.get_label() for axis in figure.axes] == [name for name, _, _ in LACTATION_PANELS]
    assert all(axis.lines for axis in figure.axes)
    with pytest.raises(RecordingError):
        plot_lactation(Lactation(fortnight.data.isel(day=slice(0, 0))))


def test_columns_are_labelled_and_finite(fortnight):
    for name, variable in DAY_VARIABLES.items():
        if name in fortnight.data:
            assert variable.units
            assert fortnight.data[name].attrs["long_name"] == variable.long_name
    assert all(math.isfinite(row["weight_kg"]) for row in fortnight.daily())


@pytest.mark.slow
def test_a_dyad_day_costs_the_same_in_a_large_cohort():
    """Days 1 to 6 of 64 and of 1000 dyads: processor time, so that other work on the machine does not count."""
    simulate_lactation_cohort("demand-feeding", 64, days=1, seed=3)
    costs = []
    for dyads in (64, 1000):
        before = time.process_time()
        simulate_lactation_cohort("demand-feeding", dyads, days=6, seed=3)
        costs.append((time.process_time() - before) / dyads)
    # flat: what lanes and books cost does not grow; a quarter is how far the same run differs on a busy machine
    assert costs[1] < 1.25 * costs[0]
