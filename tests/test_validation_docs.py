"""The pages on validation and interference: they say what the registry, the studies and the published rows say."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from letdown.evidence.study import shipped_studies
from letdown.evidence.targets import read_targets, scored_targets
from letdown.evidence.validate import not_computed

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module("interference_tables")
    finally:
        sys.path.remove(str(DOCS))


@pytest.fixture(scope="module")
def page():
    return (DOCS / "validation.md").read_text(encoding="utf-8")


def block(text, name):
    return text.split(f"<!-- begin {name} -->")[1].split(f"<!-- end {name} -->")[0].strip()


def test_interference_states_the_parameters_of_the_registry(script):
    page = script.INTERFERENCE.read_text(encoding="utf-8")
    # out of date? python docs/interference_tables.py --tables
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


def test_effects_are_of_the_reference_mother_with_and_without_the_condition(script):
    from letdown.evidence.pool import Pool

    found = script.effect_table(Pool(size=4), [c for c in script.read_conditions() if c.name == "noise"])
    assert re.search(r"^\| noise \| \d+\.\d → \d+\.\d \([+-]\d+\.\d ± ", found, re.MULTILINE)


def test_validation_lists_every_published_row_once_with_its_rule(page):
    results, rest = page.split("## Studies")
    rules = rest.split("## How each row is computed")[1].split("## Population")[0]
    shown = re.findall(r"^\| (\w+) \|", results, re.MULTILINE)
    computed = [key for key in shown if key not in ("Target", "Group")]
    assert len(set(computed)) == len(computed)
    left_out = set(re.findall(r"^\*\*(\w+)\*\*", page.split("## Rows not computed")[1], re.MULTILINE))
    assert left_out == set(not_computed())
    assert sorted([*computed, *left_out]) == sorted(scored_targets(read_targets().values()))
    assert [key for key in computed if f"| {key} | " not in rules] == []


def test_validation_states_the_published_values_and_the_rules_of_the_studies(page):
    for study in shipped_studies():
        for statistic in study.statistic:
            target = study.targets()[statistic.target]
            assert f"| {target.key} | {' '.join(target.what.split())} | {target.published()} |" in page
            assert f"| {target.key} | `{study.name}` | {' '.join(statistic.how.split())} |" in page


def test_every_row_that_misses_is_discussed(page):
    missing = re.findall(r"^\| (\w+) \|.*\| (?:\*\*miss\*\*|\*\*fails\*\*|not computed) \|$", page, re.MULTILINE)
    discussed = page.split("## Misses")[1]
    assert missing
    assert [key for key in missing if f"**{key}**" not in discussed] == []
    assert "Not yet discussed" not in discussed


def test_the_percentage_on_the_page_is_that_of_its_rows(page):
    figures = page.split("## Directions")[0]
    verdicts = re.findall(r"\| (within 2 SE|\*\*miss\*\*) \|$", figures, re.MULTILINE)
    within = verdicts.count("within 2 SE")
    assert f"**{within} of {len(verdicts)} figures, {100.0 * within / len(verdicts):.0f} %," in page
