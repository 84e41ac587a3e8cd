"""Scenarios: presets and the protocols they follow, round trips, changes, the schema, and every refusal."""

import json
import tomllib
from importlib import import_module
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letdown._errors import ScenarioError
from letdown._table import Table, unit_of
from letdown.body import surroundings
from letdown.body.conditioning import Learned
from letdown.devices.nursing_pad import NursingPad
from letdown.protocol import assignment, load_scenario, preset, presets, scenario_schema
from letdown.protocol.lactation import load_lactation
from letdown.protocol.scenario import Conditioning, Conditions
from letdown.protocol.steps import (
    ConditionName,
    CueKind,
    FlowAbove,
    FlowBelow,
    Latch,
    Pump,
    Satisfied,
    Wait,
)
from letdown.protocol.timeline import spans

LATCH = {"do": "latch", "side": "left", "until": "satisfied"}
PUMP = {"do": "pump", "side": "left", "for_s": 900, "programme": {"kind": "two-phase", "suction_mmhg": 190}}
WAIT = {"do": "wait", "for_s": 600}
SCHEMA_FILE = Path(__file__).parent.parent / "schemas" / "scenario-1.json"


def protocol(*steps: Any, **others: Any) -> dict[str, Any]:
    return {"name": "made-up", "protocol": list(steps), **others}


def raw_preset(name: str) -> dict[str, Any]:
    return tomllib.loads(files("letdown.protocol").joinpath("presets", f"{name}.toml").read_text("utf-8"))


def refusal_of(source: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(source)
    return str(caught.value)


# The names a protocol may use are the names the body knows


def test_conditions_cues_and_learned_cues_are_those_of_the_body():
    in_body = [name.replace("alcohol", "alcohol_g_kg") for name in surroundings.Conditions._fields]
    assert list(Conditions.model_fields) == in_body
    assert set(get_args(ConditionName)) == set(in_body) - {"alcohol_g_kg"}
    assert get_args(CueKind) == surroundings.Cues._fields
    assert tuple(Conditioning.model_fields) == Learned._fields


# Reading


def test_a_scenario_is_read_from_toml_json_table_and_preset_name(tmp_path):
    scenario = preset("breastfeed")
    toml, as_json = tmp_path / "feed.toml", tmp_path / "feed.json"
    toml.write_text(scenario.to_toml(), "utf-8")
    as_json.write_text(json.dumps(raw_preset("breastfeed")), "utf-8")
    sources = [toml, str(toml), as_json, raw_preset("breastfeed"), "breastfeed", scenario]
    assert all(load_scenario(source) == scenario for source in sources)


def test_texts_with_units_and_sugar_mean_what_they_say():
    scenario = load_scenario(
        protocol(
            LATCH | {"until": ["satisfied", "flow < 1 mL/min for 2 min", "flow>0.05 mL/s"], "for_s": "0.5 h"},
            PUMP | {"programme": {"phases": [{"suction_mmhg": "20 kPa", "shape": "raised_cosine"}]}},
            infant={"appetite_ml": "0.1 L"},
            parameters={"plasma": {"clearance": 20}, "alveoli.stiffness": 2},
        )
    )
    latch, pump = scenario.protocol
    assert isinstance(latch, Latch)
    assert isinstance(pump, Pump)
    assert latch.until == (Satisfied(), FlowBelow(flow_ml_s=1 / 60, for_s=120.0), FlowAbove(flow_ml_s=0.05))
    assert latch.for_s == 1800.0
    assert pump.programme.phases[0].suction_mmhg == pytest.approx(150.0123, abs=1e-4)
    assert scenario.infant.appetite_ml == 100.0
    assert scenario.parameters == {"plasma.clearance": 20.0, "alveoli.stiffness": 2.0}


def test_scenarios_and_their_tables_cannot_be_changed():
    scenario = preset("breastfeed")
    with pytest.raises(ValueError, match="frozen"):
        scenario.infant.appetite_ml = 3.0


# Round trips

UNIT_INTERVAL = st.floats(0.0, 1.0)
WRITABLE = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(deadline=None)
@given(
    title=WRITABLE,
    description=WRITABLE,
    skill=UNIT_INTERVAL,
    level=UNIT_INTERVAL,
    flow=st.floats(0.0001, 2.0),
    time=st.floats(1.0, 3600.0),
    clearance=st.floats(allow_nan=False, allow_infinity=False),
)
def test_toml_reads_back_to_an_equal_scenario(title, description, skill, level, flow, time, clearance):
    scenario = load_scenario(
        protocol(
            LATCH | {"until": [{"rule": "flow_below", "flow_ml_s": flow, "for_s": time}], "at_s": time / 2},
            {"do": "switch", "for_s": time},
            {"do": "unlatch", "at_s": time},
            PUMP | {"side": "both", "until": [{"rule": "flow_above", "flow_ml_s": flow}]},
            {"do": "condition", "name": "stress", "level": level},
            {"do": "cue", "kind": "thought", "strength": level, "for_s": time},
            title=title,
            description=description,
            max_duration_s=21600,
            infant={"latch_skill": skill},
            breasts={"left": {"pad": {}, "shield": {"suction_loss": level / 2}}},
            conditions={"fear": level},
            parameters={"plasma.clearance": clearance},
            cite=["Kent2008", "Ueda1994"],
        )
    )
    for comments in (False, True):
        assert load_scenario(tomllib.loads(scenario.to_toml(comments=comments))) == scenario


def test_a_commented_file_says_unit_and_meaning_of_each_line():
    text = preset("pump-15-min").to_toml(comments=True)
    assert "milk_ml = 181.0 # mL; milk in alveoli and ducts at the start" in text
    assert "fear = 0.0 # fear" in text
    assert "fear" not in preset("pump-15-min").to_toml()


# Changes


def test_values_are_changed_by_dotted_keys_without_touching_the_original():
    scenario = preset("pump-three-phase-10-min")
    before = scenario.to_toml()
    changed = scenario.with_values(
        {
            "mother.parity": 3,
            "protocol.0.for_s": "2 min",
            "protocol[0].programme.phases[1].rate_per_min": 30,
            "breasts.left.pad.capacity_ml": 20,
            "parameters.plasma.clearance": 22,
        }
    )
    (pump,) = changed.protocol
    assert isinstance(pump, Pump)
    assert changed.mother.parity == 3
    assert pump.for_s == 120.0
    assert [phase.rate_per_min for phase in pump.programme.phases] == [120.0, 30.0, 65.0]
    assert changed.breasts.left.pad == NursingPad(capacity_ml=20.0)
    assert changed.parameters == {"plasma.clearance": 22.0}
    assert scenario.to_toml() == before


def test_none_takes_an_optional_value_away():
    scenario = load_scenario(protocol(LATCH | {"for_s": 60}))
    assert scenario.with_values({"protocol.0.for_s": None}).protocol[0].for_s is None


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("mothr.parity", 2, "mothr is not a key that belongs here; the nearest valid name is mother."),
        ("mother.parity", 99, "mother.parity = 99 is not usable; write a whole number from 1 to 15."),
        (
            "protocol.3.for_s",
            60,
            "protocol.3.for_s does not exist: protocol has one entry, protocol.0; write that.",
        ),
        (
            "protocol.x.for_s",
            60,
            "protocol.x.for_s does not exist: protocol has one entry, protocol.0; write that.",
        ),
        ("name.x", 1, "name.x does not exist: name is a single value; set name itself."),
        (
            "protocol.0.programme.suction",
            5,
            "In step 1, protocol[0].programme.suction is not a key that belongs here; the nearest valid name is "
            "suction_mmhg.",
        ),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(key, value, sentence):
    with pytest.raises(ScenarioError) as caught:
        preset("pump-15-min").with_values({key: value})
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mother.parity=3", ("mother.parity", 3)),
        ("protocol.0.for_s = 60.5", ("protocol.0.for_s", 60.5)),
        ("breasts.left.milk_ml=150 mL", ("breasts.left.milk_ml", "150 mL")),
        ('breasts.left.milk_ml="150 mL"', ("breasts.left.milk_ml", "150 mL")),
        ("breasts.left.pad.plastic_liner=true", ("breasts.left.pad.plastic_liner", True)),
        ('protocol.0.until=["satisfied"]', ("protocol.0.until", ["satisfied"])),
        ("protocol.0.until=flow < 1 mL/min for 2 min", ("protocol.0.until", "flow < 1 mL/min for 2 min")),
    ],
)
def test_an_assignment_is_read_as_toml_or_as_it_stands(text, expected):
    assert assignment(text) == expected


@pytest.mark.parametrize("text", ["mother.parity", "=3", ""])
def test_an_assignment_without_key_or_sign_is_refused(text):
    with pytest.raises(ScenarioError, match="is not a setting; write key=value"):
        assignment(text)


def test_an_assignment_cannot_smuggle_in_a_second_line():
    assert assignment("name=1\nprotocol=[]") == ("name", "1\nprotocol=[]")


# Time


def test_a_rule_leaves_the_end_open_and_for_s_closes_it():
    scenario = preset("breastfeed")
    latch, switch = spans(scenario.protocol, scenario.max_duration_s)
    end = 120.0 + scenario.protocol[2].for_s
    assert (latch.earliest_start_s, latch.latest_end_s) == (120.0, end)
    assert (switch.earliest_start_s, switch.latest_start_s) == (120.0, end)


def test_taking_the_infant_off_ends_a_feed():
    scenario = preset("too-short-feed")
    (latch,) = spans(scenario.protocol, scenario.max_duration_s)
    assert (latch.earliest_start_s, latch.latest_end_s) == (120.0, 300.0)


def test_steps_on_different_breasts_may_run_together_and_on_one_breast_in_turn():
    collector = preset("silicone-collector")
    feed, pump = spans(collector.protocol, collector.max_duration_s)
    assert not set(feed.sides) & set(pump.sides)
    assert feed.chain != pump.chain
    load_scenario(protocol(LATCH | {"for_s": 300}, PUMP | {"at_s": 300}))
    load_scenario(protocol(LATCH, {"do": "switch", "until": "satisfied"}, PUMP, WAIT))


@given(st.lists(st.sampled_from([WAIT, PUMP, LATCH, LATCH | {"for_s": 60}]), min_size=1, max_size=5))
def test_steps_without_a_time_follow_each_other(steps):
    scenario = load_scenario(protocol(*steps, max_duration_s=21600))
    found = spans(scenario.protocol, scenario.max_duration_s)
    for first, second in pairwise(found):
        assert second.latest_start_s == first.latest_end_s
        assert second.earliest_start_s >= first.earliest_start_s


# Schema


import_module("letdown.protocol.lactation")  # its tables are checked too, whoever else was imported


def tables(of: type[Table] = Table) -> list[type[Table]]:
    """Return the tables of scenarios; those of studies have quantities of any unit, which their own tests check."""
    found = [table for sub in of.__subclasses__() for table in (sub, *tables(sub))]
    return [table for table in found if table.__module__.startswith("letdown.protocol.")]


UNITS = {
    "_mmhg_s_ml": "mmHg*s/mL",
    "_ml_s": "mL/s",
    "_mmhg": "mmHg",
    "_ml": "mL",
    "_per_min": "1/min",
    "_g_kg": "g/kg",
    "_mu": "mU",
    "_per_day": "1/d",
    "_s": "s",
    "_day": "d",
    "days": "d",
    "_min": "min",
    "_h": "h",
    "birth_hour": "h",
    "_kg": "kg",
}


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.__name__)
def test_every_field_says_what_it_is_and_every_number_its_unit_and_range(table):
    for name, field in table.model_fields.items():
        assert field.description, name
        kinds = set(get_args(field.annotation)) or {field.annotation}
        # each parameter has its own unit; a list of hours of the day is checked by its model
        if not kinds & {float, int} or name in ("parameters", "hours"):
            continue
        low = [mark.ge for mark in field.metadata if hasattr(mark, "ge")]
        high = [mark.le for mark in field.metadata if hasattr(mark, "le")]
        assert low, name
        assert high, name
        expected = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "1")
        assert unit_of(field) == expected, name
        if isinstance(field.default, float | int):
            assert low[0] <= field.default <= high[0], name


def test_the_committed_schema_is_the_one_the_models_give():
    assert json.loads(SCHEMA_FILE.read_text("utf-8")) == scenario_schema(), (
        "schemas/scenario-1.json is stale; write it anew with: letdown schema scenario > schemas/scenario-1.json"
    )


def test_the_schema_accepts_every_preset_and_what_the_program_writes():
    validator = jsonschema.Draft202012Validator(scenario_schema())
    for name in presets():
        assert not list(validator.iter_errors(raw_preset(name))), name
        assert not list(validator.iter_errors(tomllib.loads(preset(name).to_toml()))), name


@pytest.mark.parametrize(
    "data",
    [
        protocol(LATCH, mothr={}),
        protocol({"side": "left", "for_s": 60}),
        protocol(LATCH | {"side": "both"}),
        protocol(WAIT | {"for_s": -1}),
        protocol(),
        protocol(LATCH, infant={"latch_skill": 1.7}),
    ],
)
def test_the_schema_refuses_what_the_program_refuses(data):
    assert list(jsonschema.Draft202012Validator(scenario_schema()).iter_errors(data))
    refusal_of(data)


def test_numbers_in_the_schema_carry_what_a_slider_needs():
    milk = scenario_schema()["$defs"]["Breast"]["properties"]["milk_ml"]
    assert (milk["unit"], milk["minimum"], milk["maximum"], milk["default"]) == ("mL", 0.0, 990.0, 107.0)


def test_steps_are_plain_values():
    assert Wait(for_s=60.0) == Wait(for_s="1 min")
    assert isinstance(load_scenario(protocol(WAIT)).protocol[0], Wait)


@pytest.mark.parametrize(
    ("do", "key", "other", "which"), [("cue", "kind", "name", "thought"), ("condition", "name", "kind", "noise")]
)
def test_a_cue_and_a_condition_are_named_by_either_word(do, key, other, which):
    more = {"level": 0.5} if do == "condition" else {}
    steps = [WAIT, {"do": do, key: which} | more], [WAIT, {"do": do, other: which} | more]
    usual, unusual = (load_scenario(protocol(*each)) for each in steps)
    assert usual == unusual
    assert load_scenario(tomllib.loads(unusual.to_toml())) == usual
    with pytest.raises(ScenarioError, match=f"{other} and {key} both say which {do} it is; write {key} alone"):
        load_scenario(protocol(WAIT, {"do": do, other: which, key: which} | more))


def test_steps_are_counted_as_people_do_and_named_by_their_keys():
    with pytest.raises(ScenarioError, match=r"^In step 2, protocol\[1\]\.for_s = -1 is out of range"):
        load_scenario(protocol(WAIT, WAIT | {"for_s": -1}))
    with pytest.raises(ScenarioError, match=r"^In step 2, plan\[1\]\.do = \"sing\" is not known"):
        load_lactation({"name": "x", "plan": [{"do": "smoke"}, {"do": "sing"}]})
    with pytest.raises(ScenarioError, match=r"has the entries protocol\.0 to protocol\.1; write one of these"):
        load_scenario(protocol(WAIT, WAIT)).with_values({"protocol.2.for_s": 9})
