"""The command `letdown`: exit codes, one-sentence errors, files, JSON.

Tests of the command's own manners use a stand-in for the engine (`engineless`); those at the end run it all.
"""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import types
from pathlib import Path

import jsonschema
import pytest

import letdown
from letdown import Recording, SimulationError, cli, feed_schema, scenario_schema
from letdown.protocol.lactation import lactation_schema
from letdown.recording import feed_summary
from letdown.run_folder import FEED_FILES
from synthetic_run import synthetic_dyad, synthetic_run

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys):
    """Return a function that performs a command and gives (exit code, standard output, standard error)."""

    def perform(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return perform


@pytest.fixture
def engineless(monkeypatch):
    """Put a stand-in for the engine in place; return the calls it got."""
    calls = []

    def simulate(scenario, *, seed=0, every_s=1.0, dyad=None, neurones=None):
        calls.append((scenario.name, seed, every_s))
        return Recording.from_run(synthetic_run(seed=seed, every_s=every_s, duration_s=300.0))

    def simulate_cohort(scenario, dyads, *, seed=0, neurones=None, progress=None):
        calls.append((scenario.name, seed, dyads))
        summaries = []
        for k in range(dyads):
            summaries.append(feed_summary(synthetic_dyad(k, seed)))
            progress(k + 1)
        return summaries

    module = types.ModuleType("letdown.simulate")
    module.simulate, module.simulate_cohort = simulate, simulate_cohort
    monkeypatch.setitem(sys.modules, "letdown.simulate", module)
    return calls


def process(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "letdown", *arguments], capture_output=True, text=True, check=False, **options
    )


def processor_time_s(*arguments):
    """Return user and system time of a command: unlike the wall clock, it forgives a busy machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def is_one_sentence(err):
    return re.fullmatch(r"letdown: [^\n]+[^\n.]\.?\n", err) and "Traceback" not in err


# Start ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["feed", "--help"], ["scenario", "--help"], ["--version"]])
def test_help_imports_nothing_heavy_and_answers_at_once(arguments):
    took_s = min(processor_time_s(*arguments) for _ in range(3))  # the first fills the bytecode cache
    report = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "letdown", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rsplit("|", 1)[1].strip() for line in report.stderr.splitlines() if "|" in line}
    heavy = {"numba", "xarray", "matplotlib", "netCDF4", "pint", "numpy", "tomlkit", "pandas"}
    assert {name.split(".")[0] for name in imported} & heavy == set()
    ours = {name for name in imported if name.startswith("letdown")}
    rooms = (
        "",
        ".cli",
        ".cli_calibrate",
        ".cli_detect",
        ".cli_evidence",
        ".cli_explore",
        ".cli_kernel",
        ".cli_lactation",
        ".cli_neurones",
        ".cli_verify",
    )
    start = {f"letdown{name}" for name in rooms}
    assert ours <= start | {
        f"letdown.{name}" for name in ("_errors", "_interruption", "_json", "_printable", "_terminal", "_version")
    }
    assert took_s < 1.0


def test_version(run):
    assert run("--version") == (0, f"letdown {letdown.__version__}\n", "")


def test_without_arguments_the_help_is_shown(run):
    for arguments in ([], ["scenario"]):
        code, out, err = run(*arguments)
        assert code == 0
        assert "Usage: letdown" in out
        assert err == ""


def test_every_command_has_a_help(run):
    for command in ("feed", "compare", "plot", "detect", "schema", "parameters", "cite", "validate"):
        code, out, _ = run(command, "--help")
        assert code == 0
        assert f"Usage: letdown {command}" in out


# Input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["feed", "brestfeed"], "breastfeed"),
        (["feed", "absent.toml"], "absent.toml"),
        (["feed", ""], '"" is neither a preset nor a file'),
        (["feed", "."], "is a folder"),
        (["feed", "--seed", "x"], "'--seed': x is no whole number from 0 to 18446744073709551615"),
        (["feed", "--seed", "-1"], "'--seed': -1 is no whole number from 0 to"),
        (["feed", "--seed", "1.5"], "'--seed': 1.5 is no whole number from 0 to"),
        (["feed", "--every", "0"], "'--every': 0 is no number from 0.01 to 600"),
        (["feed", "--every", "nan"], "'--every': nan is no number from 0.01 to 600"),
        (["feed", "--dyads", "0"], "'--dyads': 0 is no whole number from 1 to 100000"),
        (["feed", "--dyads", "1e9"], "'--dyads': 1e9 is no whole number from 1 to 100000"),
        (["feed", "--dyads", "2", "--every", "1"], "--dyads"),
        (["feed", "--set", "mother.parity"], "key=value"),
        (["feed", "--set", "mother.parity=200"], "parity"),
        (["feed", "--set", "mother.party=2"], "parity"),
        (["feed", "--nonsense"], "--nonsense"),
        (["fed"], "`letdown --help`"),
        (["compare", "breastfeed"], "Missing argument 'B'; `letdown --help`"),
        (["schema", "dream"], "scenario, feed or lactation"),
        (["plot", "absent.nc"], "absent.nc"),
        (["scenario", "show", "nothing"], "nothing"),
        (["scenario", "check", "nothing"], "nothing"),
        (["parameters", "--organ", "tail"], "tail"),
        (["cite", "absent.nc"], "absent.nc"),
        (["validate", "--studies", "absent"], "absent is not a folder"),
        (["validate", "--study", "kent2008"], "the nearest is kent2008-vacuum"),
        (["validate", "--report", "page.htm"], "end it in .html"),
        (["validate", "--pool", "1"], "1 is no whole number from 2"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence_and_exit_2(run, engineless, here, arguments, words):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert is_one_sentence(err), err
    assert words in err
    assert list(here.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_standard_output_is_one_sentence_and_exit_2(here):
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "letdown", "cite"], stdout=full, stderr=-1, text=True, check=False)
    assert done.returncode == 2
    assert is_one_sentence(done.stderr.splitlines(keepends=True)[0]), done.stderr
    assert "Traceback" not in done.stderr


def test_settings_reach_the_scenario(run, engineless, monkeypatch):
    seen = []
    simulate = sys.modules["letdown.simulate"].simulate
    monkeypatch.setattr(
        sys.modules["letdown.simulate"],
        "simulate",
        lambda scenario, **k: seen.append(scenario) or simulate(scenario, **k),
    )
    settings = [
        "--set",
        "mother.parity=4",
        "--set",
        'breasts.left.milk_ml="0.08 L"',
        "--set",
        "conditions.noise=0.5",
    ]
    code, _, _ = run("feed", *settings)
    assert code == 0
    assert seen[0].mother.parity == 4
    assert seen[0].breasts.left.milk_ml == pytest.approx(80.0)
    assert seen[0].conditions.noise == 0.5


def test_seed_and_interval_reach_the_engine(run, engineless):
    run("feed", "stressed", "--seed", "7", "--every", "0.5")
    run("feed", "stressed", "--seed", "7", "--dyads", "2")
    assert engineless == [("stressed", 7, 0.5), ("stressed", 7, 2)]


# Output -----------------------------------------------------------------------------------------------


def test_feed_prints_a_report_and_writes_a_new_folder_each_time(run, engineless, here):
    for name in ("breastfeed-3", "breastfeed-3-2"):
        code, out, err = run("feed", "--seed", "3")
        assert code == 0
        assert out.startswith("breastfeed  seed 3\n")
        assert "not medical advice" in " ".join(out.split())
        assert err == f"Written to {os.path.join('letdown-runs', name)}\n"
        assert {p.name for p in (here / "letdown-runs" / name).iterdir()} == set(FEED_FILES)


def test_json_is_one_valid_value_and_the_file_says_the_same(run, engineless, here):
    code, out, err = run("feed", "--json", "--out", "here")
    assert code == 0
    summary = json.loads(out, parse_constant=pytest.fail)
    jsonschema.validate(summary, feed_schema())
    assert json.loads((here / "here" / "summary.json").read_text()) == summary
    assert err == "Written to here\n"


def test_a_full_folder_needs_overwrite(run, engineless, here):
    assert run("feed", "--out", "here", "--seed", "1")[0] == 0
    code, out, err = run("feed", "--out", "here", "--seed", "2")
    assert (code, out) == (2, "")
    assert "--overwrite" in err
    assert json.loads((here / "here" / "summary.json").read_text())["seed"] == 1
    assert len(engineless) == 1  # refused before any work
    assert run("feed", "--out", "here", "--seed", "2", "--overwrite")[0] == 0
    assert json.loads((here / "here" / "summary.json").read_text())["seed"] == 2


def test_an_unwritable_folder_is_refused_before_any_work(run, engineless, here):
    (here / "file").write_text("")
    code, out, err = run("feed", "--out", "file/inside")
    assert (code, out, engineless) == (2, "", [])
    assert is_one_sentence(err)


def test_cohort_as_table_and_as_list(run, engineless, here):
    code, out, err = run("feed", "--dyads", "3", "--seed", "5")
    assert code == 0
    assert out.startswith("breastfeed  seed 5, 3 dyads\n")
    assert "median" in out
    assert err == f"Written to {os.path.join('letdown-runs', 'breastfeed-5')}\n"
    files = {p.name for p in (here / "letdown-runs" / "breastfeed-5").iterdir()}
    assert files == {"dyads.csv", "scenario.toml", "summary.json", "README.txt"}
    _, out, _ = run("feed", "--dyads", "3", "--json")
    summaries = json.loads(out)
    assert [s["dyad"] for s in summaries] == [0, 1, 2]
    for summary in summaries:
        jsonschema.validate(summary, feed_schema())


def test_compare_uses_the_same_seeds_for_both(run, engineless, here):
    code, out, err = run("compare", "breastfeed", "noise", "--seed", "4", "--seeds", "2", "--json")
    assert (code, err) == (0, "")
    assert [call[:2] for call in engineless] == [
        ("breastfeed", 4),
        ("noise", 4),
        ("breastfeed", 5),
        ("noise", 5),
    ]
    comparison = json.loads(out)
    assert (comparison["a"], comparison["b"], comparison["seeds"]) == ("breastfeed", "noise", [4, 5])
    milk = next(m for m in comparison["measures"] if m["name"] == "milk_removed_ml")
    # The stand-in knows no scenario, so the same seeds must give the same feeds.
    assert milk["difference"] == 0.0
    assert milk["standard_error"] == 0.0
    assert milk["pairs"] == 2
    assert list(here.iterdir()) == []
    _, out, _ = run("compare", "breastfeed", "noise")
    assert out.startswith("A  breastfeed\nB  noise\nseed 0, the same random events in both\n")


def test_plot_draws_beside_the_recording(run, here):
    Recording.from_run(synthetic_run(duration_s=200.0, eventful=False)).to_netcdf(here / "feed.nc")
    assert run("plot", "feed.nc") == (0, "", "Written to feed.png\n")
    code, _, err = run("plot", "feed.nc")
    assert code == 2
    assert "--overwrite" in err
    assert run("plot", "feed.nc", "--out", "feed.svg") == (0, "", "Written to feed.svg\n")
    assert run("plot", "feed.nc", "--overwrite")[0] == 0
    assert {p.name for p in here.iterdir()} == {"feed.nc", "feed.png", "feed.svg"}


# Scenarios and the model ------------------------------------------------------------------------------


def test_scenarios_are_listed(run):
    code, out, _ = run("scenario", "list")
    assert code == 0
    _, text, _ = run("scenario", "list", "--json")
    assert json.loads(text) == letdown.presets()
    for name in letdown.presets():
        assert re.search(rf"^{name} ", out, flags=re.MULTILINE)


def test_the_list_has_one_line_for_each_preset(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    lines = run("scenario", "list")[1].splitlines()
    assert [line.split()[0] for line in lines] == list(letdown.presets())


def test_a_shown_scenario_reads_back(run, here):
    _, out, _ = run("scenario", "show", "breastfeed")
    (here / "same.toml").write_text(out)
    assert letdown.load_scenario(here / "same.toml") == letdown.preset("breastfeed")


def test_a_new_scenario_is_valid_and_never_replaces_one_unasked(run, here):
    assert run("scenario", "new", "evening", "--like", "noise") == (0, "", "Written to evening.toml\n")
    scenario = letdown.load_scenario(here / "evening.toml")
    assert scenario.name == "evening"
    assert scenario.conditions == letdown.preset("noise").conditions
    assert run("scenario", "new", "evening.toml")[0] == 2
    assert run("scenario", "new", "evening.toml", "--overwrite")[0] == 0
    assert run("scenario", "new", "evening.json")[0] == 2
    assert [p.name for p in here.iterdir()] == ["evening.toml"]


def test_check_accepts_presets_and_refuses_faults(run, here):
    code, out, _ = run("scenario", "check", *letdown.presets())
    assert code == 0
    assert out.count("can be simulated") == len(letdown.presets())
    text = letdown.preset("breastfeed").to_toml()
    (here / "typo.toml").write_text(text.replace("parity", "partiy", 1))
    (here / "range.toml").write_text(f'{text}\n[parameters]\n"plasma.clearance" = 1e9\n')
    (here / "unknown.toml").write_text(f'{text}\n[parameters]\n"plasma.colour" = 1\n')
    for name in ("typo", "range", "unknown"):
        code, out, err = run("scenario", "check", f"{name}.toml")
        assert (code, out) == (2, "")
        assert is_one_sentence(err)


def test_schemas_are_printed(run):
    assert json.loads(run("schema", "feed")[1]) == feed_schema()
    assert json.loads(run("schema", "scenario")[1]) == scenario_schema()
    assert json.loads(run("schema", "lactation")[1]) == lactation_schema()


def test_parameters_of_one_organ_or_all(run):
    rows = json.loads(run("parameters", "--json")[1])
    assert rows == letdown.parameter_rows()
    assert {"plasma", "gland", "network", "balance", "let_down_detector"} <= {row["path"].split(".")[0] for row in rows}
    plasma = json.loads(run("parameters", "--json", "--organ", "plasma")[1])
    assert plasma == [row for row in rows if row["path"].startswith("plasma.")]
    _, out, _ = run("parameters", "--organ", "plasma")
    assert "clearance" in out
    assert "mL/s" in out


def test_cite_prints_parameters_and_scenario(run, here):
    model = {key for row in letdown.parameter_rows() if row["cite"] for key in [row["cite"]]}
    _, out, _ = run("cite")
    for key in model:
        assert f"{{{key}," in out
    scenario = letdown.preset("stressed")
    _, out, _ = run("cite", "stressed")
    for key in {*model, *scenario.cite}:
        assert f"{{{key}," in out


def test_cite_reads_the_scenario_of_a_recording(run, here):
    from dataclasses import replace

    toml = letdown.preset("stressed").to_toml()
    quiet = synthetic_run(duration_s=60.0, eventful=False)
    Recording.from_run(replace(quiet, scenario_toml=toml)).to_netcdf(here / "feed.nc")
    assert run("cite", "feed.nc") == run("cite", "stressed")
    Recording.from_run(replace(quiet, scenario_toml="not = = toml")).to_netcdf(here / "bad.nc")
    assert run("cite", "bad.nc")[0] == 2


def test_shells_complete_presets_without_loading_the_model():
    environment = os.environ | {
        "_LETDOWN_COMPLETE": "complete_bash",
        "COMP_WORDS": "letdown feed pump",
        "COMP_CWORD": "2",
    }
    done = process(env=environment)
    assert set(done.stdout.split()) == {name for name in letdown.presets() if name.startswith("pump")}
    assert dict(cli.complete_scenario("")) == letdown.presets()
    code = "import sys; from letdown import cli; list(cli.complete_scenario('')); "
    code += "print('pydantic' in sys.modules)"
    alone = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert alone.stdout == "False\n"


# Failures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (SimulationError("The state stopped being finite at 12 s; lower a rate."), 4, "stopped being finite"),
        (ZeroDivisionError("oops"), 4, "internal failure (ZeroDivisionError: oops)"),
        (EOFError("Ran out of input"), 4, "internal failure (EOFError: Ran out of input)"),
        (KeyboardInterrupt(), 130, "interrupted; unfinished results were removed"),
    ],
    ids=["not finite", "internal", "end of a file", "interrupted"],
)
def test_a_run_that_fails_writes_nothing(run, engineless, monkeypatch, here, error, code, words):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(sys.modules["letdown.simulate"], "simulate", fail)
    got, out, err = run("feed")
    assert (got, out) == (code, "")
    assert is_one_sentence(err.removeprefix("\n"))  # typer ends a line before it reports the end of a file
    assert words in err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_process_ends_with_130_and_leaves_nothing(here, asked):
    # The stand-in says on standard error when it is under way, then waits to be interrupted.
    code = (
        "import signal, sys, time, types; m = types.ModuleType('letdown.simulate'); sys.modules[m.__name__] = m\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background job ignores it
        "def simulate(*a, **k): print('going', file=sys.stderr, flush=True); time.sleep(60)\n"
        "m.simulate = simulate; m.simulate_cohort = simulate\n"
        "from letdown.cli import main; sys.exit(main(['feed']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True) as running:
        assert running.stderr.readline() == "going\n"
        running.send_signal(asked)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert (out, err) == ("", "letdown: interrupted; unfinished results were removed.\n")
    assert list(here.iterdir()) == []


# The whole program ------------------------------------------------------------------------------------


def test_a_feed_loads_neither_xarray_nor_pint_nor_numba(here):
    code = "import sys; from letdown.cli import main; main(['feed']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"xarray", "pandas", "pint", "numba"} & set(done.stderr.split())
    assert {"llvmlite", "matplotlib", "netCDF4"} <= set(done.stderr.split())


def test_the_second_feed_takes_less_than_four_seconds_of_the_processor(here):
    processor_time_s("feed")
    assert min(processor_time_s("feed") for _ in range(3)) < 4.0


def test_a_real_feed_is_the_same_for_the_same_seed(run, here):
    code, out, err = run("feed", "--seed", "1", "--json", "--out", "one")
    assert code == 0, err
    summary = json.loads(out, parse_constant=pytest.fail)
    jsonschema.validate(summary, feed_schema())
    assert run("feed", "--seed", "1", "--json", "--out", "two")[1] == out
    assert run("feed", "--seed", "2", "--json", "--out", "three")[1] != out
    assert {p.name for p in (here / "one").iterdir()} == set(FEED_FILES)
    assert summary["milk_removed_ml"]["total"] > 0
    recording = Recording.open(here / "one" / "recording.nc")
    assert recording.summary() == summary


def test_every_sets_the_time_step_and_not_the_feed(run, here):
    summaries = [json.loads(run("feed", "--json", "--every", s, "--out", f"every-{s}")[1]) for s in ("1", "5")]
    assert summaries[0] == summaries[1]
    steps = [Recording.open(here / f"every-{s}" / "recording.nc").data["time"].diff("time") for s in ("1", "5")]
    assert [float(step.median()) for step in steps] == pytest.approx([1.0, 5.0])


def test_a_real_cohort_has_different_dyads(run):
    code, out, err = run("feed", "--dyads", "3", "--json")
    assert code == 0, err
    summaries = json.loads(out, parse_constant=pytest.fail)
    assert [s["dyad"] for s in summaries] == [0, 1, 2]
    for summary in summaries:
        jsonschema.validate(summary, feed_schema())
    assert len({json.dumps(s["traits"]) for s in summaries}) == 3


def test_comparing_a_scenario_with_itself_gives_no_difference(run):
    code, out, err = run("compare", "breastfeed", "breastfeed", "--json")
    assert code == 0, err
    for measure in json.loads(out)["measures"]:
        assert measure["difference"] in (0.0, None)


def test_more_milk_comes_with_suction_than_without(run):
    _, out, _ = run("feed", "pump-15-min", "--json", "--out", "with")
    settings = ["--set", "conditions.stress=0"]
    assert json.loads(out)["milk_removed_ml"]["right"] > 10.0
    assert run("feed", "pump-15-min", *settings, "--json", "--out", "again")[1] == out
