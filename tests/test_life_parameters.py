"""Every number of the organs between feeds: its unit, range and source, and that it does something.

A parameter is alive if moving it to the end of its range that lies further away changes the daily table of one of a
few made-up lives. All parameters of a life run together, one dyad for each, all with the number 0.
"""

import numpy as np
import pytest

from every_equation import unit_of
from letdown._errors import ParameterError
from letdown.body.life.prolactin_action import PROLACTIN_ACTIONS
from letdown.body.life.registry import (
    life_parameter_rows,
    life_specification,
    reference_life,
    with_life_overrides,
)
from letdown.body.life.synthesis_control import SYNTHESIS_CONTROLS
from letdown.body.life.traits import LIFE_TRAITS, draw_life_traits, with_life_traits
from letdown.engine.life.run import run_lives
from letdown.protocol.lactation import load_lactation
from letdown.protocol.lactation_build import build_life_program, life_start
from letdown.references import BIBLIOGRAPHY, read_entries

ROWS = {row["path"]: row for row in life_parameter_rows()}


@pytest.mark.parametrize("path", ROWS)
def test_a_parameter_of_a_life_has_a_unit_a_range_and_a_source(path):
    row = ROWS[path]
    unit_of(row["unit"])
    assert row["low"] <= row["value"] <= row["high"]
    assert row["low"] < row["high"]
    if row["cite"] is None:
        assert row["evidence"] in ("assumption", "fitted")
    else:
        assert row["evidence"] != "assumption"
        assert row["species"] != "none"
        assert row["cite"] in read_entries(BIBLIOGRAPHY.read_text("utf-8"))


def test_sources_of_traits_are_in_the_bibliography():
    entries = read_entries(BIBLIOGRAPHY.read_text("utf-8"))
    assert all(trait.cite is None or trait.cite in entries for trait in LIFE_TRAITS)


def test_overrides_are_checked_and_reach_both_breasts():
    p = with_life_overrides(reference_life(), {"gland.synthesis": 25.0, "plasma.clearance": 30.0})
    assert (p.left.synthesis, p.right.synthesis, p.body.plasma.clearance) == (25.0, 25.0, 30.0)
    with pytest.raises(ParameterError, match=r"gland\.synthesis = 999 .* outside"):
        with_life_overrides(reference_life(), {"gland.synthesis": 999.0})
    with pytest.raises(ParameterError, match="the nearest is"):
        with_life_overrides(reference_life(), {"gland.syntesis": 20.0})


def test_traits_stay_within_ranges_and_are_the_same_for_a_dyad():
    for dyad in range(20):
        factors = draw_life_traits(3, dyad)
        assert factors == draw_life_traits(3, dyad)
        p = with_life_traits(reference_life(), factors)
        for holder, organ in (("left", "gland"), ("right", "gland"), ("lactogenesis", "lactogenesis")):
            for field, value in getattr(p, holder)._asdict().items():
                life_specification(f"{organ}.{field}").check(field, value)


EVENTFUL = {
    "name": "eventful",
    "days": 8,
    "mother": {"parity": 1, "birth": "emergency_caesarean", "birth_stress": 0.5, "ssri": True, "first_feed_h": 4},
    "plan": [
        {"do": "smoke", "level": 0.5},
        {"do": "pill"},
        {"do": "pill", "kind": "minipill"},
        {"do": "solids", "from_share": 0.1, "to_share": 0.2},
        {"do": "drug", "name": "domperidone", "hours": [8], "to_day": 2},
        {"do": "pump", "hours": [13], "for_min": 10},
        {"do": "bottle", "of": "formula", "from_day": 6},
    ],
}
DRUGS = {
    name: {
        "name": name,
        "days": 4,
        "plan": [{"do": "drug", "name": name, "hours": [9, 18]}, {"do": "bottle"}],
    }
    for name in ("sulpiride", "cabergoline", "bromocriptine")
}
DRY = {"name": "dry", "days": 14, "plan": [{"do": "bottle"}]}
MINIPILL = {"name": "minipill", "days": 3, "plan": [{"do": "pill", "kind": "minipill"}, {"do": "bottle"}]}
RIVALS = [
    {"name": "inhibitor", "days": 3, "synthesis": "inhibitor", "plan": [{"do": "bottle"}]},
    {"name": "pressure", "days": 5, "synthesis": "pressure", "plan": [{"do": "bottle"}]},
    {"name": "receptors", "days": 3, "prolactin": "receptors", "plan": [{"do": "pump", "hours": [6, 12, 18]}]},
]


def moved(path):
    known = ROWS[path]
    end = known["high"] if known["high"] - known["value"] > known["value"] - known["low"] else known["low"]
    return {path: end}


def tables(given, paths):
    """Return the daily tables of the dyad as it is and with each parameter moved."""
    scenario = load_lactation(given)
    changed = [scenario.with_values({"parameters": moved(path)}) for path in paths]
    starts = [life_start(one) for one in (scenario, *changed)]
    program = build_life_program(scenario)
    results = run_lives(
        starts,
        program,
        control=SYNTHESIS_CONTROLS[scenario.synthesis],
        action=PROLACTIN_ACTIONS[scenario.prolactin],
    )
    return [result.days for result in results]


@pytest.fixture(scope="module")
def alive():
    """Return path -> name of the first life in which the parameter changed something."""
    found = {}
    for given in [EVENTFUL, DRY, *RIVALS]:
        left = [path for path in ROWS if path not in found and not path.startswith("exposure.")]
        reference, *others = tables(given, left)
        for path, table in zip(left, others, strict=True):
            if not np.array_equal(reference, table, equal_nan=True):
                found[path] = given["name"]
    for given in [EVENTFUL, MINIPILL, *DRUGS.values()]:
        for path in [p for p in ROWS if p.startswith("exposure.") and p not in found]:
            scenario = load_lactation(given)
            runs = [
                run_lives([life_start(one)], build_life_program(one))[0].days
                for one in (
                    scenario.with_values({"days": 2}),
                    scenario.with_values({"days": 2, "parameters": moved(path)}),
                )
            ]
            if not np.array_equal(*runs, equal_nan=True):
                found[path] = given["name"]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", ROWS)
def test_a_parameter_of_a_life_changes_some_output(alive, path):
    assert path in alive, f"{path} = {ROWS[path]['value']:g} is dead: it changed nothing in any life"
