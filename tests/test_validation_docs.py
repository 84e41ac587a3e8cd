"""The pages on validation and interference: they say what the registry and the table of published rows say."""

import importlib
import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module("session_targets")
    finally:
        sys.path.remove(str(DOCS))


def block(text, name):
    return text.split(f"<!-- begin {name} -->")[1].split(f"<!-- end {name} -->")[0].strip()


def test_interference_states_the_parameters_of_the_registry(script):
    page = script.INTERFERENCE.read_text(encoding="utf-8")
    # out of date? python docs/session_targets.py --tables
    assert block(page, "parameters") == script.parameter_table()


def test_every_weight_of_interference_belongs_to_a_condition(script):
    named = {path for condition in script.read_conditions() for path in condition.parameters}
    weights = {row["path"] for row in script.parameter_rows() if row["path"].startswith("interference.")}
    assert weights <= named


def test_every_condition_of_a_scenario_is_on_the_page(script):
    from letdown.protocol.scenario import Conditions

    changes = " ".join(str(condition.change) for condition in script.read_conditions())
    assert [name for name in Conditions.model_fields if f"conditions.{name}" not in changes] == []


def test_every_condition_with_a_change_has_its_effect_on_the_page(script):
    rows = block(script.INTERFERENCE.read_text(encoding="utf-8"), "effects").splitlines()[2:]
    shown = [row.split("|")[1].strip() for row in rows]
    assert shown == [condition.name for condition in script.read_conditions() if condition.change is not None]


def test_validation_lists_every_published_row_with_its_rule(script):
    page = script.VALIDATION.read_text(encoding="utf-8")
    keys = [target.key for target in script.read_targets()]
    assert len(set(keys)) == len(keys)
    results, rules = page.split("## How each row is computed")
    assert sorted(re.findall(r"^\| (\w+) \|", results, re.MULTILINE)) == sorted(
        [*keys, *["Target"] * results.count("| Target |")]
    )
    assert [key for key in keys if f"| {key} | " not in rules] == []


def test_validation_states_the_published_values(script):
    page = script.VALIDATION.read_text(encoding="utf-8")
    for target in script.read_targets():
        assert f"| {target.key} | {target.what} | {target.published()} |" in page


def test_every_row_that_misses_is_discussed(script):
    page = script.VALIDATION.read_text(encoding="utf-8")
    missing = re.findall(r"^\| (\w+) \|.*\| (?:\*\*miss\*\*|\*\*fails\*\*|not computed) \|$", page, re.MULTILINE)
    discussed = page.split("## Misses")[1]
    assert missing
    assert [key for key in missing if f"**{key}**" not in discussed] == []
    assert "Not yet discussed" not in discussed


def test_a_deviation_counts_both_errors(script):
    target = script.Target("X1", "", "5.0", "mL", "", "", "fit", 3.0, False)
    score = script.Score(target, script.Estimate(15.0, 4.0), None)
    assert score.deviation() == pytest.approx(2.0)
    assert score.agrees()
    assert not script.Score(target, script.Estimate(15.1, 4.0), None).agrees()
    assert script.Score(target, None, None).verdict() == "not computed"


def test_pulses_need_a_rise_by_a_quarter_and_a_fall_between(script):
    studies = sys.modules["virtual_studies"]
    assert studies.sampled_pulses([2.0, 2.2, 2.4, 2.3]) == 0
    assert studies.sampled_pulses([2.0, 2.2, 2.6, 3.4, 3.0, 2.9]) == 1
    assert studies.sampled_pulses([2.0, 3.0, 2.5, 3.2, 3.0, 3.7]) == 2


def test_waves_of_pressure_must_halve_to_be_two(script):
    studies = sys.modules["virtual_studies"]
    assert studies.contractions([0.0, 0.8, 0.9, 0.1]) == 0
    assert studies.contractions([0.0, 4.0, 3.0, 4.0, 0.5, 0.0]) == 1
    assert studies.contractions([0.0, 4.0, 1.0, 4.0, 1.5, 0.0]) == 2
