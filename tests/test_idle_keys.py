"""Keys and steps of which nothing can come are named: those of --set, those changed in Python, late steps."""

import pickle

import numpy as np
import pytest
from typer.testing import CliRunner

from letdown import (
    ParameterError,
    ScenarioError,
    load_scenario,
    preset,
    simulate,
    simulate_cohort,
)
from letdown.cli import app
from letdown.protocol.lactation import LactationScenario, lactation_preset
from letdown.protocol.life_overrides import idle_life_keys, idle_steps, life_notes_on
from letdown.protocol.overrides import idle_keys
from letdown.simulate_lactation import simulate_lactation

# Keys given with --set ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes", "idle"),
    [
        ("pump-double", {"infant.appetite_ml": 50}, {"infant.appetite_ml": "no infant feeds"}),
        ("pump-double", {"mother.parity": 3, "infant.appetite_ml": 50}, {"infant.appetite_ml": "no infant feeds"}),
        (
            "breastfeed",
            {"mother.conditioning.other_cry": 0.3},
            {"mother.conditioning.other_cry": "the cue other_cry does not occur"},
        ),
        ("breastfeed", {"infant.appetite_ml": 50, "conditions.noise": 0.5, "protocol.0.at_s": 10, "name": "mine"}, {}),
        ("breastfeed", {"mother.parity": 2}, {}),
    ],
)
def test_a_key_whose_change_cannot_be_felt_is_named(name, changes, idle):
    assert idle_keys(preset(name), changes) == idle


def test_keys_of_a_lactation_that_are_not_named_can_be_felt():
    plain = lactation_preset("exclusive-pumping").with_values({"days": 2})
    changes = {"infants.0.latch_skill": 0.2, "mother.birth_stress": 1.0, "mother.ssri": True}
    assert idle_life_keys(plain, changes) == {}
    data = simulate_lactation(plain).data
    for key, value in changes.items():
        other = simulate_lactation(plain.with_values({key: value})).data
        assert any(
            not np.array_equal(data[name], other[name], equal_nan=True)
            for name in data.data_vars
            if data[name].dtype == float
        )


def test_the_command_refuses_a_key_that_cannot_be_felt_and_names_it_beside_one_that_can(tmp_path):
    run = CliRunner()
    alone = run.invoke(app, ["feed", "pump-double", "--set", "infant.appetite_ml=50", "--out", str(tmp_path / "a")])
    assert isinstance(alone.exception, ParameterError)
    assert str(alone.exception) == "infant.appetite_ml = 50 has no effect here: no infant feeds; leave it out."
    both = ["--set", "infant.appetite_ml=50", "--set", "mother.parity=3"]
    beside = run.invoke(app, ["feed", "pump-double", *both, "--out", str(tmp_path / "b")])
    assert beside.exit_code == 0
    assert "infant.appetite_ml = 50 has no effect here: no infant feeds." in beside.output


def test_a_key_changed_in_python_that_cannot_be_felt_is_named_in_the_warnings():
    idle = "infant.appetite_ml = 50 has no effect here: no infant feeds."
    changed = preset("pump-double").with_values({"infant.appetite_ml": 50})
    assert simulate(changed).summary()["warnings"] == [idle]
    assert simulate(changed.with_values({"mother.parity": 3})).summary()["warnings"] == [idle]
    assert simulate(preset("breastfeed").with_values({"infant.appetite_ml": 50})).summary()["warnings"] == []
    back = changed.with_values({"infant.appetite_ml": preset("pump-double").infant.appetite_ml})
    assert simulate(back).summary()["warnings"] == []
    (cohort,) = simulate_cohort(changed, 1)
    assert cohort["warnings"] == [idle]


def test_what_a_scenario_was_changed_from_is_no_part_of_it():
    one = preset("pump-double").with_values({"mother.parity": 3}).with_values({"infant.appetite_ml": 50})
    other = load_scenario({**preset("pump-double").model_dump(exclude_none=True), **one.model_dump(exclude_none=True)})
    assert one == other
    assert one.to_toml() == other.to_toml()
    assert one.model_dump() == other.model_dump()
    assert pickle.loads(pickle.dumps(one)) == other


def test_a_key_of_a_lactation_changed_in_python_is_named(monkeypatch):
    plain = lactation_preset("exclusive-pumping")
    changed = plain.with_values({"days": 1}).with_values({"infants.0.latch_skill": 0.2})
    assert life_notes_on(changed) == ()
    monkeypatch.setattr("letdown.protocol.life_overrides.life_settings_that_matter", lambda *_: (True, False))
    again = plain.with_values({"infants.0.latch_skill": 0.2})
    assert life_notes_on(again) == (
        "infants.0.latch_skill = 0.2 has no effect here: nothing in this lactation reads it.",
    )


@pytest.mark.parametrize("key", ["mother", "mother.parity", "infant", "breasts.left", "protocol", "cite", "title"])
def test_nothing_is_no_value_of_a_key_that_always_has_one(key):
    with pytest.raises(ScenarioError, match=rf"^{key} = None is "):
        preset("breastfeed").with_values({key: None})


def test_nothing_takes_away_what_may_be_left_out():
    shield = {"breasts.left.shield": {}, "protocol.0.for_s": 100, "parameters.plasma.clearance": 20.0}
    changed = preset("breastfeed").with_values(shield)
    assert changed.breasts.left.shield is not None
    assert changed.with_values(dict.fromkeys(("breasts.left.shield", "parameters"))).breasts.left.shield is None
    assert changed.with_values({"parameters.plasma.clearance": None}).parameters == {}
    with pytest.raises(ScenarioError, match="mother = None is not a table"):
        lactation_preset("twins").with_values({"mother": None})


# Steps that never come to act ---------------------------------------------------------------------


PUMP = {
    "do": "pump",
    "side": "left",
    "for_s": 3000,
    "until": "flow > 0.01 mL/s",
    "programme": {"kind": "two-phase", "suction_mmhg": 190},
}


def test_a_step_that_begins_when_the_last_feed_is_over_is_named():
    steps = [
        PUMP,
        {"do": "cue", "kind": "other_cry", "at_s": 5},
        {"do": "dose", "route": "iv", "amount_mu": 500, "at_s": 2900},
    ]
    made = load_scenario({"name": "x", "protocol": steps})
    (late,) = simulate(made).summary()["warnings"]
    assert 10 < simulate(made).run().steps[0].end_s < 1000
    assert late == "Step 3 (dose iv) began at 2900 s, when the last feed had ended."
    assert [dyad["warnings"] for dyad in simulate_cohort(made, 2)] == [[late]] * 2
    assert simulate(made.with_values({"protocol.2.at_s": 1})).summary()["warnings"] == []
    waited = load_scenario({"name": "x", "protocol": [*steps, {"do": "wait", "for_s": 3000}]})
    assert simulate(waited).summary()["warnings"] == []


def test_an_infant_that_has_let_go_cannot_be_taken_off():
    latch = {"do": "latch", "side": "left", "until": "flow > 0.0001 mL/s"}
    made = load_scenario({"name": "x", "protocol": [latch, {"do": "unlatch", "at_s": 3000}]})
    assert simulate(made).summary()["warnings"] == [
        "Step 2 (unlatch) had no effect here: nobody was latched at 3000 s."
    ]
    assert simulate(made.with_values({"protocol.1.at_s": 5})).summary()["warnings"] == []


def test_the_turn_of_a_step_that_a_run_cut_short_never_came():
    steps = [{"do": "latch", "side": "left", "until": "satisfied"}, {"do": "switch", "until": "satisfied"}]
    made = load_scenario({"name": "x", "max_duration_s": 60, "protocol": steps})
    longest, turn = simulate(made).summary()["warnings"]
    assert longest.startswith("The run reached its longest time")
    assert turn == "Step 2 (switch) had no effect here: the run ended before its turn came."


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (
            {"do": "drug", "name": "domperidone", "hours": [8], "from_day": 3},
            "it begins on day 3, and the last day is 2",
        ),
        ({"do": "smoke", "from_day": 40}, "it begins on day 40, and the last day is 2"),
        ({"do": "bottle", "from_h": 8, "to_h": 8}, "its hours begin and end at 8"),
        ({"do": "pump", "hours": [8], "to_day": 1}, "there is no feed and no pumping before 24 h"),
        ({"do": "drug", "name": "domperidone", "hours": [8], "from_day": 2}, None),
        ({"do": "soothe", "from_h": 22, "to_h": 6}, None),
    ],
)
def test_a_step_of_a_plan_that_never_acts_is_named(step, reason):
    made = LactationScenario(name="x", days=2, mother={"first_feed_h": 24}, plan=[step])
    said = (f"Step 1 ({step['do']}) has no effect here: {reason}.",) if reason else ()
    assert life_notes_on(made) == said
    assert life_notes_on(made, opened=True) == ()


def test_a_plan_for_weekdays_needs_one():
    plan = [{"do": "pump", "hours": [8], "from_day": 6, "to_day": 8, "weekdays_only": True}]
    assert idle_steps(LactationScenario(name="x", days=8, plan=plan)) == ()
    (said,) = idle_steps(LactationScenario(name="x", days=7, plan=plan))
    assert said == "Step 1 (pump) has no effect here: days 6 to 7 are no weekdays."


def test_the_command_names_a_dose_after_the_last_day(tmp_path):
    made = LactationScenario(name="x", days=9, plan=[{"do": "drug", "name": "sulpiride", "hours": [8], "from_day": 5}])
    (tmp_path / "x.toml").write_text(made.to_toml())
    out = ["--out", str(tmp_path / "run")]
    result = CliRunner().invoke(app, ["lactation", str(tmp_path / "x.toml"), "--days", "1", *out])
    assert result.exit_code == 0
    assert "Step 1 (drug) has no effect here: it begins on day 5, and the last day is 1." in result.output


def test_a_cohort_says_each_of_its_warnings_once(tmp_path):
    steps = [PUMP, {"do": "dose", "route": "iv", "amount_mu": 500, "at_s": 2900}]
    (tmp_path / "x.toml").write_text(load_scenario({"name": "x", "protocol": steps}).to_toml())
    out = ["--dyads", "3", "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(app, ["feed", str(tmp_path / "x.toml"), *out])
    assert result.exit_code == 0
    assert result.output.count("letdown: Step 2 (dose iv) began at 2900 s, when the last feed had ended.") == 1
