"""What a user writes in a study file: units, figures of its own, and one bad file among good ones."""

import math

import pytest

from letdown import ScenarioError
from letdown.cli import main
from letdown.evidence.study import OwnTarget, load_studies, read_studies
from letdown.evidence.target_units import factor

FILE = """title = "A made-up experiment"
[population]
n = 9
[[arm]]
name = "pump"
scenario = "pump-5-min"
[[target]]
id = "MINE01"
quantity = "milk removed"
value = 50.0
se = 5.0
unit = "mL"
[[statistic]]
target = "MINE01"
quantity = "milk_removed"
reduction = "mean"
unit = "mL"
fitted = false
"""
NUMBER = 'value = 50.0\nse = 5.0\nunit = "mL"\n'


def study(folder, *changes):
    text = FILE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "mine.toml").write_text(text, "utf-8")
    (found,) = load_studies(folder)
    return found


def refusal(folder, *changes):
    with pytest.raises(ScenarioError) as refused:
        study(folder, *changes)
    sentence = str(refused.value)
    assert sentence.startswith(f"{folder / 'mine.toml'}: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


# Units ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measured", "wanted", "expected"),
    [
        ("kcal/d", "MJ/d", 4184e-6),
        ("kJ/d", "MJ/d", 1e-3),
        ("nmol/L", "pmol/L", 1000.0),
        ("1/d", "/d", 1.0),
        ("1/h", "/d", 24.0),
        ("1/h", "count/day", 24.0),
        ("1/d", "count/d", 1.0),
        ("1", "count/session", 1.0),
        ("1", "count/breastfeed", 1.0),
        ("1", "pulses/30 min", 1.0),
        ("mL", "mL/feed", 1.0),
        ("g", "g/session", 1.0),
        ("mL/h", "mL/d", 24.0),
        ("mL/d", "mL/day", 1.0),
        ("h", "days", 1 / 24),
        ("mmHg", "kPa", 0.133322387415),
        ("1", "% of session volume", 100.0),
        ("kcal/L", "kJ/L", 4.184),
    ],
)
def test_units_that_studies_use_are_read(measured, wanted, expected):
    assert factor(measured, wanted) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("pmol/L", 'unit = "pmol/L" does not fit what is measured, which is in "mL"'),
        ("MJ/d", "does not fit"),
        ("/d", "does not fit"),
        ("count/session", "does not fit"),
        ("furlong", 'unit = "furlong" is not known'),
        ("mL/", "is not known"),
        ("", "is not known"),
        ("mL**999999", "is not known"),
        ("2**9**9**9", "is not known"),
        ("__import__('os')", "is not known"),
        ("x" * 5000, "is not known"),
        ("\\u001b[31m", "is not known"),
        ("m" + "*m" * 3000, "is not known"),
    ],
)
def test_a_unit_that_cannot_be_used_ends_in_a_sentence_with_the_name_of_the_file(tmp_path, unit, words):
    sentence = refusal(
        tmp_path, ('unit = "mL"', f'unit = "{unit}"'), ('"mean"\nunit = "mL"', f'"mean"\nunit = "{unit}"')
    )
    assert words in sentence
    assert len(sentence) < 400


def test_a_unit_of_another_size_is_converted(tmp_path):
    changes = [('unit = "mL"', 'unit = "L"'), ('"mean"\nunit = "mL"', '"mean"\nunit = "L"')]
    assert study(tmp_path, *changes).targets()["MINE01"].unit == "L"


# Figures of its own -----------------------------------------------------------------------------------


def test_an_id_that_is_no_published_row_names_the_remedy(tmp_path):
    for given in ("ME011", "MINE1", "zzz"):
        sentence = refusal(tmp_path, ('target = "MINE01"', f'target = "{given}"'))
        assert f'target = "{given}" is not a published row' in sentence
        assert "[[target]]" in sentence


@pytest.mark.parametrize(
    ("text", "error", "assumed"),
    [
        ("value = 50.0\nse = 5.0", 5.0, False),
        ('value = 50.0\nse = 5.0\nse_basis = "assumed 10%"', 5.0, True),
        ('value = 50.0\nse = 5.0\nse_basis = "from the figure"', 5.0, False),
        ("value = 50.0\nsd = 20.0\nn = 16", 5.0, False),
        ('value = 50.0\nsd = 20.0\nn = "16 women, 62 feeds"', 5.0, False),
        ("value = -50.0\nassumed_percent = 10", 5.0, True),
        ('value = 50.0\nassumed_percent = "10 %"', 5.0, True),
    ],
)
def test_the_error_of_a_figure_is_given_by_its_se_by_a_spread_or_by_an_assumption(tmp_path, text, error, assumed):
    target = study(tmp_path, (NUMBER, f'{text}\nunit = "mL"\n')).targets()["MINE01"]
    assert target.error == pytest.approx(error)
    assert target.assumed is assumed
    assert target.role == "fit"
    assert "±" in target.published()


def test_a_figure_may_be_a_direction(tmp_path):
    direction = 'direction = "more with the second pump (p < 0.05)"\nn = 12\n'
    changes = [
        (NUMBER, direction),
        ("[[target]]", '[[arm]]\nname = "other"\nscenario = "pump-15-min"\n[[target]]'),
        ('reduction = "mean"\nunit = "mL"\n', 'reduction = "higher"\n'),
    ]
    target = study(tmp_path, *changes).targets()["MINE01"]
    assert target.role == "direction"
    assert math.isnan(target.error)
    assert target.published() == "more with the second pump (p < 0.05) (12)"
    assert "choose a reduction that gives a direction" in refusal(tmp_path, (NUMBER, direction))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no value"),
        ("value = 50.0", "has no error; write one of se, sd (with n) and assumed_percent"),
        ("value = 50.0\nse = 1.0\nsd = 2.0", "has se and sd"),
        ("value = 50.0\nsd = 2.0", "sd without the number of values"),
        ('value = 50.0\nsd = 2.0\nn = "many"', "sd without the number of values"),
        ("value = 0.0\nassumed_percent = 10", "value = 0"),
        ('direction = "up"\nvalue = 3.0', "a direction and a number"),
        ("value = 50.0\nse = 0.0", "se = 0"),
        ("value = 50.0\nse = nan", "se = nan"),
        ("value = 0xffffffffffffffffffffffffffffffffffffffffffffffff\nse = 1\nn = true", "n = true"),
        ("value = [1]\nse = 1", "value = a list"),
    ],
)
def test_a_figure_that_cannot_be_used_is_refused(tmp_path, text, words):
    sentence = refusal(tmp_path, (NUMBER, f'{text}\nunit = "mL"\n'))
    assert words in sentence
    assert "target 1" in sentence


def test_a_figure_built_in_python_is_the_same():
    assert OwnTarget(id="X", quantity="milk", value=10.0, sd=4.0, n="4", unit="mL").target().error == 2.0


# Whatever stands in a file ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title = "A made-up experiment"', "title = 3"),
        ('title = "A made-up experiment"', 'title = "x"\ndesign = {a = 1}'),
        ('title = "A made-up experiment"', 'title = "x"\ndesign = {name = {a = 1}}'),
        ('title = "A made-up experiment"', 'title = "x"\ndesign = [[]]'),
        ('title = "A made-up experiment"', f'title = "x"\ndesign = 0x{"f" * 390}'),
        ('title = "A made-up experiment"', 'title = "x"\n"\\u001b[31m" = 1'),
        ('"milk_removed"', "[]"),
        ('"milk_removed"', "[{name = []}]"),
        ('"milk_removed"', '{name = "milk_removed", name2 = 1}'),
        ('"milk_removed"', f"0x{'f' * 390}"),
        ('reduction = "mean"', "reduction = {}"),
        ('reduction = "mean"', "reduction = 2024-01-01"),
        ("n = 9", f"n = {'9' * 390}"),
        ("n = 9", "n = nan"),
        ('name = "pump"', "name = [1]"),
        ('scenario = "pump-5-min"', "scenario = {}"),
        ('scenario = "pump-5-min"', 'scenario = "\\u0000"'),
        ('scenario = "pump-5-min"', f'scenario = "{"x" * 5000}"'),
        ('scenario = "pump-5-min"', 'scenario = "pump-5-min"\n[arm.values]\n"plasma.clearance" = 1'),
        ('scenario = "pump-5-min"', 'scenario = "pump-5-min"\n[arm.values]\n"parameters.plasma.clearance" = 1e9'),
        ('scenario = "pump-5-min"', 'scenario = "pump-5-min"\n[arm.values]\n"parameters.plasma.nothing" = 1'),
        ('scenario = "pump-5-min"', 'scenario = "pump-5-min"\nvalues = {a = {b = {c = {d = 1}}}}'),
        ('scenario = "pump-5-min"', 'scenario = "pump-5-min"\non_days = ["x"]'),
        ('scenario = "pump-5-min"', 'lactation = "demand-feeding"\ndays = 9\nvalues = {"parameters.gland.x" = 1}'),
        ("[[target]]", "[instrument]\nname = {}\n[[target]]"),
        ("[[target]]", f'[instrument]\nname = "balance"\ninterval = 0x{"f" * 390}\n[[target]]'),
        ("[[target]]", '[instrument]\nname = "balance"\n"\\u202e" = 1\n[[target]]'),
        ("[[target]]", '[[arm]]\nname = "pump"\nscenario = "pump-5-min"\n[[target]]'),
        ("[[statistic]]", f"[[target]]\n{FILE.partition('[[target]]')[2].partition('[[statistic]]')[0]}[[statistic]]"),
        ("fitted = false", "fitted = 0"),
    ],
)
def test_whatever_is_wrong_is_said_in_a_sentence_with_the_name_of_the_file(tmp_path, old, new):
    assert len(refusal(tmp_path, (old, new))) <= 700


def test_a_misspelt_list_of_statistics_is_not_passed_over(tmp_path):
    assert "statistics is not a key" in refusal(tmp_path, ("[[statistic]]", "[[statistics]]"))


# One bad file among good ones -------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of one good study and two bad ones; nothing is simulated."""
    study(tmp_path)
    (tmp_path / "bad.toml").write_text(FILE.replace("n = 9", "n = 0"), "utf-8")
    (tmp_path / "torn.toml").write_text("title = [", "utf-8")
    monkeypatch.setattr("letdown.evidence.validate.score_studies", lambda studies, *_: [])
    return tmp_path


def test_the_good_studies_of_a_folder_are_read_beside_the_bad(folder):
    good, problems = read_studies(folder)
    assert [each.name for each in good] == ["mine"]
    assert sorted(problems) == ["bad", "torn"]
    with pytest.raises(ScenarioError, match="bad"):
        load_studies(folder)


@pytest.mark.parametrize("more", [[], ["--study", "mine"]])
def test_a_bad_file_is_told_and_the_others_run(folder, more, capsys):
    assert main(["validate", "--studies", str(folder), "--json", *more]) == 2
    out, err = capsys.readouterr()
    assert out == "[]\n"
    told = [line for line in err.splitlines() if line.startswith("letdown: ")]
    assert [("bad.toml" in line, "torn.toml" in line) for line in told] == [(True, False), (False, True)]


def test_a_bad_file_that_was_asked_for_is_the_error(folder, capsys):
    assert main(["validate", "--studies", str(folder), "--study", "bad"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "bad.toml: population.n = 0" in err
    assert "torn" not in err
    (folder / "mine.toml").unlink()
    assert main(["validate", "--studies", str(folder)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_good_files_alone_end_well(folder, capsys):
    for name in ("bad", "torn"):
        (folder / f"{name}.toml").unlink()
    assert main(["validate", "--studies", str(folder), "--json"]) == 0
    assert capsys.readouterr().err == ""
