"""Calibration: it finds a population that it was not told, keeps finished generations, and refuses bad input."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import letdown.calibration.posterior as posterior_module
from letdown._errors import LetdownError, OutputError, ScenarioError
from letdown.body.population import shipped_population
from letdown.calibration.campaign import LEFT_OUT_IN_TURN, Campaign, population_fitted
from letdown.calibration.emulator import fit_emulator
from letdown.calibration.fit import FittedRow, calibrate, learn
from letdown.calibration.free import FREE, LIMIT, Correlation, Median, Sigma, population_at, possible, values_at
from letdown.calibration.generations import Generation, Settings, read_generations
from letdown.calibration.results import leave_one_out, read_result, result_of, verdict
from letdown.calibration.sensitivity import OUTPUTS, factors_of
from letdown.calibration.statistics import NOT_FITTED, StudySimulator, fitted_rows, fitted_studies
from letdown.calibration_report import calibration_report, calibration_tables, sensitivity_tables
from letdown.cli import main
from letdown.evidence.targets import read_targets
from letdown.plot.sensitivity import plot_sensitivity
from letdown.protocol.scenario import preset

infer = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("emcee", "scipy", "SALib")), reason="needs the extra infer"
)
FEW = (
    Median("half_rise", 1.0, 0.3, "made up"),
    Sigma("comfort", 0.6, 0.3, "made up"),
    Correlation(("storage_capacity", "afferent_priming"), 0.3, "made up"),
)
TRUTH = {"half_rise.median": 1.4, "comfort.sigma": 0.6, "r(storage_capacity, afferent_priming)": 0.25}
ROWS = tuple(FittedRow(key, "made up", 0.0, 0.05) for key in ("a", "b", "c", "d"))


def made_up(population, seed):
    """A model of four rows that says nothing of the spread of comfort."""
    rise = np.log(population.between["half_rise"].median)
    tie = population.correlation[("storage_capacity", "afferent_priming")]
    noise = 0.02 * np.random.default_rng(seed).standard_normal(4)
    values = np.array([2.0 * rise, rise**2 + 0.3, 1.5 * tie, rise - tie]) + noise
    return dict(zip("abcd", ((float(v), 0.02) for v in values), strict=True))


def settings(**changes):
    plain = Settings(3, 24, 8, tuple(f.name for f in FREE), ("a", "b", "c", "d"), (), "made up")
    return replace(plain, **changes)


def published():
    base = population_at(TRUTH, shipped_population(), FEW)
    return [replace(row, value=made_up(base, 77)[row.key][0]) for row in ROWS]


def fit(folder, generations=3, **changes):
    return calibrate(
        made_up, published(), FEW, shipped_population(), settings(**changes), folder, generations=generations, steps=600
    )


@infer
def test_a_population_is_found_from_rows_that_it_made(tmp_path):
    fitted = fit(tmp_path / "run")
    result = result_of(fitted, published(), FEW, settings())
    for row in result["free"]:
        # nine of ten true values lie inside; with three numbers one outside would be no surprise, so 1 % to 99 %
        low, high = np.quantile(fitted.posterior.z[:, [f.name for f in FEW].index(row["name"])], (0.01, 0.99))
        f = next(f for f in FEW if f.name == row["name"])
        assert f.value(low) <= TRUTH[row["name"]] <= f.value(high)
    verdicts = {row["name"]: row["verdict"] for row in result["free"]}
    assert verdicts["half_rise.median"] == "pinned"
    assert verdicts["comfort.sigma"] == "not pinned"  # nothing that was observed depends on it


@infer
def test_a_calibration_that_is_taken_up_again_ends_as_one_that_ran_through(tmp_path):
    fit(tmp_path / "two", generations=2)
    kept = [g.z for g in read_generations(tmp_path / "two")]
    assert len(kept) == 2
    resumed = fit(tmp_path / "two", generations=3)
    through = fit(tmp_path / "one", generations=3)
    for one, other in zip(resumed.generations, through.generations, strict=True):
        assert np.array_equal(one.z, other.z)
        assert np.array_equal(one.answers, other.answers)
    assert np.array_equal(resumed.posterior.z, through.posterior.z)
    for before, after in zip(kept, resumed.generations, strict=False):
        assert np.array_equal(before, after.z)


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_calibration as t
def slow(population, seed):
    time.sleep(0.02)
    return t.made_up(population, seed)
t.calibrate(slow, t.published(), t.FEW, t.shipped_population(), t.settings(), Path({folder!r}), generations=50)
"""


@infer
def test_a_calibration_that_is_killed_keeps_its_finished_generations(tmp_path):
    folder = tmp_path / "run"
    code = KILLED.format(tests=str(Path(__file__).parent), folder=str(folder))
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 120
    while not (folder / "generation-001.npz").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = [file.read_bytes() for file in sorted(folder.glob("generation-*.npz"))]
    assert len(kept) >= 2
    fitted = fit(folder, generations=len(kept) + 1)
    assert len(fitted.generations) == len(kept) + 1
    assert [file.read_bytes() for file in sorted(folder.glob("generation-*.npz"))][: len(kept)] == kept


@infer
def test_the_folder_of_another_calibration_is_refused(tmp_path):
    fit(tmp_path / "run", generations=1)
    with pytest.raises(OutputError, match="seed 3 where 4 was asked for"):
        fit(tmp_path / "run", generations=1, seed=4)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="holds no calibration"):
        fit(tmp_path / "other", generations=1)


def test_without_the_extra_a_sentence_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setattr(posterior_module, "find_spec", lambda name: None)
    with pytest.raises(LetdownError, match=r"pip install 'letdown\[infer\]'"):
        fit(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_emulator_returns_a_quadratic_and_knows_its_noise():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((200, 3))
    exact = 1.0 + z[:, 0] - 0.5 * z[:, 1] ** 2 + 0.3 * z[:, 0] * z[:, 2]
    emulator = fit_emulator(z, (exact + 0.1 * rng.standard_normal(200))[:, None], np.full((200, 1), 0.1))
    at = rng.standard_normal((50, 3))
    true = 1.0 + at[:, 0] - 0.5 * at[:, 1] ** 2 + 0.3 * at[:, 0] * at[:, 2]
    # 10 coefficients from 200 points of noise 0.1: 0.1 sqrt(10 / 200) = 0.02 on average, four times that at the edge
    assert np.abs(emulator.mean(at)[:, 0] - true).max() < 0.1
    assert 0.08 < np.sqrt(emulator.noise[0]) < 0.13  # the noise put in, within the sampling error of 200 points
    assert emulator.lack[0] < 0.1**2  # nothing is left that noise does not account for


def test_an_answer_that_does_not_exist_does_not_spoil_the_others():
    z = np.random.default_rng(0).standard_normal((60, 2))
    answers = np.stack([z[:, 0], z[:, 1]], axis=1)
    answers[3, 0] = np.nan
    emulator = fit_emulator(z, answers, np.full((60, 2), 0.01))
    assert np.isfinite(emulator.mean(z)).all()


@infer
def test_a_study_left_out_is_predicted_by_the_others():
    rng = np.random.default_rng(1)
    z = rng.uniform(-LIMIT, LIMIT, (150, 2))
    answers = np.stack([z[:, 0], z[:, 0] + z[:, 1], z[:, 1]], axis=1) + 0.02 * rng.standard_normal((150, 3))
    rows = [FittedRow("x", "one", 1.0, 0.05), FittedRow("sum", "two", 9.0, 0.05), FittedRow("y", "three", -0.5, 0.05)]
    fitted = learn([Generation(z, answers, np.full((150, 3), 0.02))], rows, FEW[:2], 0, 600)
    (table,) = leave_one_out(fitted, rows, ["two"], 0)
    # 1.0 - 0.5 by the two others, whatever the left-out study says; 0.1 is two errors of their sum
    assert table["rows"][0]["predicted"]["median"] == pytest.approx(0.5, abs=0.1)


def test_verdicts_follow_the_contraction():
    assert [verdict(x) for x in (0.9, 0.3, 0.0, -0.1)] == ["pinned", "weakly", "not pinned", "not pinned"]


def test_free_numbers_stay_in_the_population_they_are_put_into():
    values = values_at(np.zeros(len(FREE)))
    population = population_at(values, shipped_population())
    assert population.between["half_rise"].median == values["half_rise.median"]
    assert population.between["half_rise"].sigma == values["half_rise.sigma"]
    assert population.between["thirst_threshold"] == shipped_population().between["thirst_threshold"]


def test_what_is_called_possible_is_a_population_and_what_is_not_is_refused():
    z = np.zeros((200, len(FREE)))
    z[:, -2:] = np.random.default_rng(0).uniform(-LIMIT, LIMIT, (200, 2))
    fine = possible(z)
    assert 0 < fine.sum() < 200
    for one in z[fine]:
        population_at(values_at(one), shipped_population())  # raises if it is none
    corner = np.zeros(len(FREE))
    corner[-2:] = LIMIT
    assert not possible(corner[None, :])[0]
    with pytest.raises(LetdownError, match="cannot hold together"):
        population_at(values_at(corner), shipped_population())


def test_every_fitted_row_of_a_session_is_fitted_or_says_why_not():
    rows = {row.key for row in fitted_rows(fitted_studies())}
    assert rows.isdisjoint(NOT_FITTED)
    assert rows | set(NOT_FITTED) <= set(read_targets())
    assert len(rows) > 30
    assert {row.study for row in fitted_rows(fitted_studies())} >= set(LEFT_OUT_IN_TURN)


def test_the_simulator_answers_every_fitted_row():
    answers = StudySimulator(8)(shipped_population(), 5)
    assert {row.key for row in fitted_rows(fitted_studies())} <= set(answers)
    assert all(np.isfinite(value) for value, _ in answers.values())


def test_a_study_that_is_not_fitted_cannot_be_left_out():
    with pytest.raises(ScenarioError, match="the nearest is"):
        Campaign(left_out=("kent2008",)).settings()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--particles", "-3"], "-3 is no whole number"),
        (["--leave-out", "nobody2001"], "is not a fitted study"),
        (["--generations", "0"], "0 is no whole number"),
        (["sensitivity", "--points", "100"], "power of 2"),
        (["sensitivity", "brestfeed"], "breastfeed"),
    ],
)
@infer
def test_bad_input_gives_a_sentence_and_exit_code_2(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["calibrate", *arguments]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("finished", "code"), [(True, 3), (False, 130)])
def test_an_interrupted_calibration_says_whether_generations_are_kept(finished, code, tmp_path, capsys, monkeypatch):
    def interrupted(_, folder, *__, **___):
        folder.mkdir()
        if finished:
            (folder / "generation-000.npz").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(Campaign, "fit", interrupted)
    assert main(["calibrate", "--out", str(tmp_path / "fit")]) == code
    assert ("are kept" in capsys.readouterr().err) is finished


def test_tables_of_a_calibration_are_whole_on_a_terminal_of_80_columns():
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(calibration_report(read_result()))
    shown = console.export_text()
    assert "…" not in shown
    free = read_result()["free"]
    assert sum(
        line.endswith(tuple(row["verdict"] for row in free)) for line in map(str.rstrip, shown.split("\n"))
    ) == len(free)


def test_every_parameter_of_the_body_takes_part_in_the_screening():
    factors = factors_of(preset("breastfeed"))
    assert len(factors) > 150
    assert all(f.low < f.high for f in factors)


@infer
def test_sensitivity_finds_what_a_feed_depends_on(tmp_path, capsys):
    figure = tmp_path / "sensitivity.png"
    arguments = ["--trajectories", "2", "--points", "8", "--parameters", "4", "--streams", "2", "--json"]
    assert main(["calibrate", "sensitivity", "breastfeed", *arguments, "--figure", str(figure)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert figure.stat().st_size > 0
    assert set(found["noise_floor"]) == set(OUTPUTS)
    # the pulse of a burst decides the peak of oxytocin; the weight of anger, absent here, decides nothing
    assert found["morris_mu_star"]["neurones.pulse"]["peak oxytocin"] > 0.1
    assert found["morris_mu_star"]["interference.central_anger"]["milk removed"] == 0.0


def test_the_figure_orders_parameters_by_their_total_index():
    total = np.array([[0.1, 0.0], [0.8, 0.5]])
    figure = plot_sensitivity("t", ["less", "more"], ["x", "y"], 0.5 * total, total, np.array([0.02, 0.02]))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["more", "less"]


def test_the_shipped_population_is_the_fitted_one():
    result = read_result()
    assert population_fitted(result) == shipped_population()


def test_the_page_on_calibration_tells_the_shipped_results():
    docs = Path(__file__).parent.parent / "docs"
    page = (docs / "calibration.md").read_text(encoding="utf-8")
    found = json.loads((docs / "data" / "sensitivity.json").read_text(encoding="utf-8"))
    # out of date? python docs/renew_calibration.py
    for name, block in {**calibration_tables(read_result()), **sensitivity_tables(found)}.items():
        assert page.split(f"<!-- begin {name} -->")[1].split(f"<!-- end {name} -->")[0].strip() == block, name


def test_at_least_four_studies_were_each_left_out():
    result = read_result()
    assert len({table["study"] for table in result["leave_one_out"]}) >= 4
    assert all(row["predicted"]["low"] < row["predicted"]["high"] for t in result["leave_one_out"] for row in t["rows"])
