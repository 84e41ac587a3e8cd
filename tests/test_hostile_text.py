"""Text of a user's files and arguments that would command a terminal is shown, never obeyed."""

import json
import pickle
import re
import sys
import unicodedata

import pytest

import letdown
from letdown import LetdownError, ParameterError, ScenarioError
from letdown._json import json_text
from letdown._printable import bounded, printable, printable_lines
from letdown._table import nearest
from letdown._terminal import say, show
from letdown._units import shown
from letdown.cli import main
from letdown.evidence.validate import Estimate, Score
from letdown.report_evidence import validation_report
from test_study_files import FILE as STUDY

HOSTILE = "\x1b]0;owned\x07\x1b[31mRED\x9b2J\u202eabc\u2066\x7f\u2028x"
TOML = '"' + "".join(f"\\u{ord(c):04x}" for c in HOSTILE) + '"'
STEP = '[[protocol]]\ndo = "wait"\nfor_s = 5\n'


def obeyed(text):
    """Return the characters of a text that a terminal would obey."""
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c != "\n"]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = main(list(arguments))
        captured = capsys.readouterr()
        assert obeyed(captured.out + captured.err) == []
        return code, captured.out, captured.err

    return call


SCENARIOS = {
    "a key": f'name = "x"\n{TOML} = 1\n{STEP}',
    "a key of a step": f'name = "x"\n{STEP}{TOML} = 1\n',
    "a name": f"name = {TOML}\n{STEP}",
    "a long key": f'name = "x"\n"{"k" * 390}" = 1\n{STEP}',
    "a value": f'name = "x"\nschema_version = {TOML}\n{STEP}',
    "a key of citation": f'name = "x"\ncite = [{TOML}]\n{STEP}',
    "a parameter": f'name = "x"\n{STEP}[parameters]\n{TOML} = 1\n',
    "a parameter's value": f'name = "x"\n{STEP}[parameters]\n"plasma.clearance" = {TOML}\n',
    "a kind of step": f'name = "x"\n[[protocol]]\ndo = {TOML}\n',
    "a rule": f'name = "x"\n[[protocol]]\ndo = "latch"\nside = "left"\nuntil = [{TOML}]\n',
    "a unit": f'name = "x"\n{STEP[:-2]}"5 {TOML[1:]}\n',
    "raw characters": f'name = "x{HOSTILE}"\n{STEP}',
    "a huge number": f'name = "x"\ncite = [0x{"f" * 390}]\n{STEP}',
}


@pytest.mark.parametrize("text", SCENARIOS.values(), ids=SCENARIOS)
def test_a_hostile_scenario_is_refused_without_effect(run, tmp_path, text):
    (tmp_path / "feed.toml").write_text(text, "utf-8")
    for command in (["scenario", "check"], ["scenario", "show"], ["feed"], ["cite"], ["lactation"]):
        code, out, err = run(*command, "feed.toml")
        assert code == 2
        assert out == ""
        assert len(err) <= len("letdown: \n") + 700
        assert err.count("\n") == 1
        assert err.startswith("letdown: feed.toml")
        assert err.endswith(".\n")


def test_a_hostile_title_is_kept_and_never_shown_raw(run, tmp_path):
    (tmp_path / "feed.toml").write_text(f'name = "x"\ntitle = {TOML}\ndescription = {TOML}\n{STEP}', "utf-8")
    assert run("scenario", "check", "feed.toml")[0] == 0
    _, out, _ = run("scenario", "show", "feed.toml", "--comments")
    (tmp_path / "again.toml").write_text(out, "utf-8")
    for again in (letdown.load_scenario("feed.toml"), letdown.load_scenario("again.toml")):
        assert again.title == HOSTILE
        assert obeyed(again.to_toml()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["feed", HOSTILE],
        ["feed", f"{HOSTILE}.toml"],
        ["feed", "--set", f"{HOSTILE}=1"],
        ["feed", "--set", f"mother.parity={HOSTILE}"],
        ["feed", "--seed", HOSTILE],
        ["feed", "--neurones", HOSTILE],
        ["feed", f"--{HOSTILE}"],
        [HOSTILE],
        ["compare", HOSTILE, "noise"],
        ["scenario", "check", HOSTILE, "\udcff.toml"],
        ["scenario", "show", "\udcff\udcfe"],
        ["scenario", "new", f"{HOSTILE}.json"],
        ["scenario", "new", "x.toml", "--like", HOSTILE],
        ["lactation", HOSTILE],
        ["lactation", "--zoom", HOSTILE],
        ["schema", HOSTILE],
        ["parameters", "--organ", HOSTILE],
        ["cite", HOSTILE],
        ["plot", f"{HOSTILE}.nc"],
        ["validate", "--studies", HOSTILE],
        ["validate", "--study", HOSTILE],
        ["validate", "--report", HOSTILE],
        ["detect", f"{HOSTILE}.csv"],
        ["neurones", "bursts", f"{HOSTILE}.csv"],
        ["neurones", "--priming", HOSTILE],
        ["calibrate", "sensitivity", HOSTILE],
    ],
    ids=lambda arguments: " ".join(arguments).replace(HOSTILE, "X").encode("ascii", "replace").decode(),
)
def test_hostile_arguments_are_refused_without_effect(run, arguments):
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert all(len(line) <= 720 for line in err.splitlines())


def test_a_file_whose_name_is_hostile_is_written_and_told_without_effect(run):
    name = f"{HOSTILE.replace('/', '')}.toml"
    assert run("scenario", "new", name)[0] == 0
    assert run("scenario", "check", name)[0] == 0
    code, _, err = run("scenario", "new", name)
    assert code == 2
    assert "exists already" in err


def test_tables_of_a_hostile_study_are_shown_without_effect(run, tmp_path, monkeypatch, capsys):
    text = STUDY.replace('"MINE01"', TOML).replace('"milk removed"', TOML).replace("title", f"name = {TOML}\ntitle")
    (tmp_path / "mine.toml").write_text(text, "utf-8")

    def scored(studies, *_):
        (study,) = studies
        target = study.targets()[study.statistic[0].target]
        return [Score(study.name, target, Estimate(1.25, 0.5), False, "", "", 9)]

    monkeypatch.setattr("letdown.evidence.validate.score_studies", scored)
    code, out, _ = run("validate", "--studies", ".")
    assert code == 0
    assert "50 ± 5" in out.replace("  ", " ")
    _, out, _ = run("validate", "--studies", ".", "--json")
    assert json.loads(out)[0]["target"] == HOSTILE
    show(validation_report(scored([letdown_study(tmp_path)])))
    assert obeyed(capsys.readouterr().out) == []


def letdown_study(folder):
    from letdown.evidence.study import load_studies

    return load_studies(folder)[0]


# The doors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ScenarioError, ParameterError, LetdownError])
def test_every_message_is_one_bounded_line_without_control_characters(kind):
    error = kind(f"{HOSTILE}\n{'long ' * 2000}; write this.")
    assert obeyed(str(error)) == []
    assert "\n" not in str(error)
    assert len(str(error)) == 700
    assert str(error).endswith("; write this.")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert str(kind("A short one; keep it.")) == "A short one; keep it."


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (10**5000, "a whole number of more than 30 digits"),
        (-(10**5000), "a whole number of more than 30 digits"),
        (2**64, "18446744073709551616"),
        ({"a": 1}, "a table"),
        ([1], "a list"),
        ((), "an empty list"),
        ("\x1b[2J", '"\\u001b[2J"'),
        ("\ud800", '"\\ud800"'),
        (1e300, "1e+300"),
        (None, "None"),
    ],
    ids=range(10),
)
def test_a_value_is_shown_short_and_plain(value, words):
    assert shown(value) == words


def test_a_long_value_is_shown_short():
    for value in ("x" * 100_000, "\u202e" * 100_000, "a b " * 10_000, b"x" * 1000, {1} | set(range(1000))):
        assert len(shown(value)) <= 70
        assert obeyed(shown(value)) == []


def test_json_for_people_escapes_what_a_terminal_obeys_and_stays_the_same_value():
    value = {"title": HOSTILE, "é": ["授乳", "\U0001f476", "\ud800"]}
    text = json_text(value)
    assert obeyed(text) == []
    assert "授乳" in text
    assert json.loads(text) == value


def test_every_character_is_shown_as_itself_or_as_an_escape():
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        text = printable(character)
        assert text == character or re.fullmatch(r"\\u[0-9a-f]{4}|\\U[0-9a-f]{8}", text) or character in "\n\t", hex(
            code
        )
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\u200c\u200d":
            assert text != character
    assert printable_lines("a\n\tb\r") == "a\n\tb\\u000d"
    assert bounded("short") == "short"


def test_remarks_are_plain(capsys):
    say(f"Written to {HOSTILE}")
    assert obeyed(capsys.readouterr().err) == []


def test_the_search_for_a_like_name_is_short():
    assert nearest("x" * 100_000, ["breastfeed"]) is None
    assert nearest(10**5000, ["breastfeed"]) is None
    assert nearest("brestfeed", ["breastfeed"]) == "breastfeed"


def test_a_figure_of_a_file_with_an_odd_name_is_drawn(run, tmp_path):
    rows = "".join(f"{t},{max(0.0, t - 60) * 0.3 if t < 150 else 27.0}\n" for t in range(300))
    for name in ("a$\\frac$b$x.csv", f"{HOSTILE}.csv", "\udcff.csv"):
        (tmp_path / name).write_text(f"t_s,mass_g\n{rows}", "utf-8")
        code, _, err = run("detect", name, "--out", "figure.svg", "--overwrite")
        assert code == 0, err
