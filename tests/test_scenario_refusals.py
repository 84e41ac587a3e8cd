"""Refusals: whatever cannot be used is said in one sentence that begins with where it stands."""

import math
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letdown._errors import ScenarioError
from letdown.protocol import Scenario, load_scenario, preset
from letdown.protocol.scenario import Infant
from letdown.protocol.steps import StepName

LATCH = {"do": "latch", "side": "left", "until": "satisfied"}
PUMP = {"do": "pump", "side": "left", "for_s": 900, "programme": {"kind": "two-phase", "suction_mmhg": 190}}
WAIT = {"do": "wait", "for_s": 600}


def protocol(*steps: Any, **others: Any) -> dict[str, Any]:
    return {"name": "made-up", "protocol": list(steps), **others}


def refusal_of(source: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(source)
    return str(caught.value)


# Refusals: (what is given, the sentence)

SENTENCES = [
    (protocol(LATCH, mothr={}), "mothr is not a key that belongs here; the nearest valid name is mother."),
    (
        protocol(LATCH, infant={"latch_skil": 1}),
        "infant.latch_skil is not a key that belongs here; the nearest valid name is latch_skill.",
    ),
    (
        protocol(PUMP | {"vacum": 3}),
        "In step 1, protocol[0].vacum is not a key that belongs here; write one of the keys until, for_s, do, side, "
        "at_s, "
        "programme.",
    ),
    (
        protocol(LATCH, breasts={"middle": {}}),
        "breasts.middle is not a key that belongs here; write one of the keys left, right.",
    ),
    (
        protocol(WAIT, WAIT, PUMP | {"programme": {"kind": "two-phase", "suction_mmhg": -190}}),
        "In step 3, protocol[2].programme.suction_mmhg = -190 is negative; suction is given as a positive number of "
        "mmHg "
        "below ambient, from 0 to 300 mmHg; write 190.",
    ),
    (
        protocol(LATCH, infant={"peak_suction_mmhg": "60 kPa"}),
        'infant.peak_suction_mmhg = "60 kPa" (450.037 mmHg) is out of range; write a number from 0 to 300 mmHg.',
    ),
    (
        protocol(LATCH, infant={"appetite_ml": "85"}),
        'infant.appetite_ml = "85" is a text without a unit; write a number of mL, or a text with a unit '
        "such as "
        '"20 mL".',
    ),
    (
        protocol(WAIT | {"for_s": "20 mmHg"}),
        'In step 1, protocol[0].for_s = "20 mmHg" cannot be converted to s; write a number of s, or a text with a '
        "unit such as "
        '"20 s".',
    ),
    (
        protocol(LATCH, infant={"vigour": math.nan}),
        "infant.vigour = nan is not a finite number; write a plain number.",
    ),
    (
        protocol(WAIT | {"for_s": math.inf}),
        "In step 1, protocol[0].for_s = inf is not a finite number; write a number of s, or a text with a unit "
        'such as "20 s".',
    ),
    (protocol(LATCH, infant={"vigour": True}), "infant.vigour = true is not a number; write a plain number."),
    (
        protocol(LATCH, infant={"latch_skill": 1.7}),
        "infant.latch_skill = 1.7 is out of range; write a number from 0 to 1.",
    ),
    (
        protocol(LATCH, mother={"parity": 2.5}),
        "mother.parity = 2.5 is not usable; write a whole number from 1 to 15.",
    ),
    (
        protocol(LATCH, mother={"parity": True}),
        "mother.parity = true is not usable; write a whole number from 1 to 15.",
    ),
    (
        protocol(LATCH, mother={"postpartum_day": 0}),
        "mother.postpartum_day = 0 is not usable; write a whole number from 1 to 1000 d.",
    ),
    (
        protocol(LATCH, mother=3),
        "mother = 3 is not a table; write a table with one of the keys parity, postpartum_day, "
        "familiarity, "
        "conditioning.",
    ),
    (
        protocol(LATCH, breasts={"left": {"milk_ml": 200}}),
        "breasts.left.milk_ml = 200 is more than 1.1 times capacity_ml = 160; store less milk or raise the capacity.",
    ),
    (
        protocol(LATCH, breasts={"left": {"pad": {"plastic_liner": 1}}}),
        "breasts.left.pad.plastic_liner = 1 is neither true nor false; write true or false.",
    ),
    (
        protocol(LATCH, infant={"peak_suction_mmhg": 30}),
        "infant.baseline_suction_mmhg = 60 is stronger than peak_suction_mmhg = 30; make the baseline at "
        "most the "
        "peak.",
    ),
    (
        protocol(LATCH, name="My Feed"),
        'name = "My Feed" is not a short name; write up to 60 lower-case letters, digits and single '
        "hyphens, such as "
        '"evening-feed".',
    ),
    (protocol(LATCH, title=3), "title = 3 is not a text; write a text in quotes."),
    (
        protocol(LATCH, cite=["kent"]),
        'cite = "kent" is not a citation key; write author and year, such as Kent2008.',
    ),
    (protocol(LATCH, cite=[3]), "cite[0] = 3 is not a text; write a text in quotes."),
    (
        protocol(LATCH, cite="Kent2008"),
        'cite = "Kent2008" is not a list; write a list in square brackets.',
    ),
    (protocol(LATCH, schema_version=2), "schema_version = 2 is not allowed; write 1."),
    (
        protocol(LATCH, parameters={"clearance": 20}),
        'parameters.clearance is not the name of a parameter; write organ.field, such as "plasma.clearance".',
    ),
    (
        protocol(LATCH, parameters={"plasma.clearance": "20 mmHg"}),
        'parameters.plasma.clearance = "20 mmHg" cannot be converted to mL/s; write a number of mL/s, or a text with a '
        'unit such as "20 mL/s".',
    ),
    (
        protocol(LATCH, parameters={"plasma": {"clearance": math.nan}}),
        "parameters.plasma.clearance = nan is not a finite number; write a plain number.",
    ),
    ({"protocol": [LATCH]}, "name is missing; write a text in quotes."),
    ({"name": "made-up"}, "protocol is missing; write it (the steps, in order)."),
    (protocol(), 'protocol = an empty list has nothing to run; add a step such as do = "latch".'),
    (
        {"name": "made-up", "protocol": {"do": "latch"}},
        "protocol = a table is not a list of steps; write each step as a table [[protocol]].",
    ),
    (protocol("latch"), 'In step 1, protocol[0] = "latch" is not a table; write a table with the key do.'),
    (protocol({"do": "latch"}), 'In step 1, protocol[0].side is missing; write "left" or "right".'),
    (
        protocol(LATCH | {"side": "both"}),
        'In step 1, protocol[0].side = "both" is not allowed; write "left" or "right".',
    ),
    (
        protocol({"do": "latch", "side": "left"}),
        "In step 1, protocol[0] would never end; give it for_s = 900, or a rule: "
        'until = ["flow < 1 mL/min for 2 min"].',
    ),
    (
        protocol(PUMP | {"until": "satisfied"}),
        'In step 1, protocol[0].until holds "satisfied", but no infant drinks in this step; use for_s or a flow rule.',
    ),
    (
        protocol(LATCH | {"until": ["flow > 1 mL/min", "flow > 2 mL/min"]}),
        "In step 1, protocol[0].until holds two rules of the kind flow_above; keep the one that ends the step first.",
    ),
    (
        protocol(LATCH | {"until": ["full"]}),
        'In step 1, protocol[0].until[0] = "full" is not a rule; write "satisfied", "flow < 1 mL/min for 2 min" or '
        '"flow > 0.05 mL/s".',
    ),
    (
        protocol(LATCH | {"until": "flow < 1 mL/min"}),
        'In step 1, protocol[0].until = "flow < 1 mL/min" does not say for how long; write it like '
        '"flow < 1 mL/min for 2 min".',
    ),
    (
        protocol(LATCH | {"until": "flow < 1 mmHg for 2 min"}),
        'In step 1, protocol[0].until.flow_ml_s = "1 mmHg" cannot be converted to mL/s; write a number of mL/s, or a '
        "text with "
        'a unit such as "20 mL/s".',
    ),
    (
        protocol(LATCH | {"until": [{"rule": "flow_below", "flow_ml_s": 0.1}]}),
        "In step 1, protocol[0].until[0].for_s is missing; write a number from 1 to 21600 s.",
    ),
    (
        protocol(PUMP | {"programme": {"kind": "twophase"}}),
        'In step 1, protocol[0].programme.kind = "twophase" is not known; write "phases", "two-phase" or "constant" '
        '(the nearest is "two-phase").',
    ),
    (
        protocol(PUMP | {"programme": {"phases": [{"suction_mmhg": 100}, {"suction_mmhg": 150}]}}),
        "In step 1, protocol[0].programme.phases[0] (phase 1) would never end; give it for_s, until_flow_ml_s or both.",
    ),
    (
        protocol(PUMP | {"programme": {"phases": [{"suction_mmhg": 100, "shape": "sine"}]}}),
        'In step 1, phase 1, protocol[0].programme.phases[0].shape.shape = "sine" is not known; write "half_sine", '
        '"trapezoid", '
        '"asymmetric", "raised_cosine" or "constant" (the nearest is "half_sine").',
    ),
    (
        protocol(WAIT, {"do": "dose", "route": "iv", "amount_mu": "2 ng"}),
        'In step 2, protocol[1].amount_mu = "2 ng" cannot be converted to mU because oxytocin activity and mass are '
        "related "
        "only through the standard that was used; write a number of mU, or a text with a unit such as "
        '"20 mU".',
    ),
    (
        protocol(WAIT, {"do": "dose", "route": "nasal", "amount_mu": 2, "for_s": 60}),
        "In step 2, protocol[1].for_s belongs to an infusion into a vein; leave it out for a nasal spray.",
    ),
    (
        protocol(LATCH, PUMP | {"at_s": 600}),
        "Step 2 (pump, left) can begin at 600 s while step 1 (latch, left) is still at the left "
        "breast; "
        "leave out at_s to wait for it, or end the earlier step in time.",
    ),
    (
        protocol(LATCH, LATCH | {"side": "right", "at_s": 600}),
        "Step 2 (latch, right) can begin while step 1 (latch, left) still lasts, but there is "
        "one infant; "
        "leave out at_s to feed from one breast after the other.",
    ),
    (
        protocol({"do": "switch", "for_s": 60}),
        'Step 1 (switch) has no feed before it; begin with do = "latch".',
    ),
    (
        protocol(LATCH | {"at_s": 100}, {"do": "unlatch", "at_s": 50}),
        "Step 2 (unlatch) takes the infant off at 50 s, when nobody is latched; choose a time within "
        "a latch or "
        "switch step.",
    ),
    (
        protocol({"do": "cue", "kind": "own_cry"}),
        'protocol has no step that lasts; add one such as do = "wait" with for_s = 600.',
    ),
    (
        protocol(WAIT, {"do": "press", "at_s": 700}),
        "Step 2 (press) begins at 700 s, but the foreground ends by 600 s; begin it earlier or add a wait step.",
    ),
    (
        protocol(LATCH | {"at_s": 4000}),
        "Step 1 (latch, left) cannot begin before 4000 s, after the longest run of max_duration_s = "
        "3600; "
        "raise max_duration_s or begin earlier.",
    ),
    ({1: 2}, "1 is not a key of a scenario; write keys as text."),
    (3, "3 is not a scenario; give a preset name, a TOML file or a table of values."),
    ("brestfeed", '"brestfeed" is neither a preset nor a file; the nearest preset is "breastfeed".'),
]


@pytest.mark.parametrize(("source", "sentence"), SENTENCES, ids=[sentence[:60] for _, sentence in SENTENCES])
def test_a_scenario_that_cannot_be_used_is_refused_in_one_sentence(source, sentence):
    assert refusal_of(source) == sentence


def test_the_names_of_all_steps_are_offered_for_an_unknown_one():
    sentence = refusal_of(protocol({"do": "lach"}))
    assert sentence.startswith('In step 1, protocol[0].do = "lach" is not known; write ')
    assert all(f'"{name}"' in sentence for name in get_args(StepName))
    assert sentence.endswith('(the nearest is "latch").')


def test_further_problems_are_counted():
    sentence = refusal_of(protocol(LATCH, infant={"vigour": 2}, mother={"parity": 0}))
    assert sentence == (
        "mother.parity = 0 is not usable; write a whole number from 1 to 15 (problems after this one: 1)."
    )


def test_a_file_that_cannot_be_used_is_named(tmp_path):
    bad = tmp_path / "feed.toml"
    bad.write_text('name = "x"\nprotocol = [\n', "utf-8")
    assert refusal_of(bad).startswith(f"{bad}: not valid TOML (")
    bad.write_bytes(b"name = '\xff'")
    assert refusal_of(bad) == f"{bad} is not text in UTF-8 (line 1); save it as UTF-8."
    bad.write_text('name = "x"\n', "utf-8")
    assert refusal_of(bad) == f"{bad}: protocol is missing; write it (the steps, in order)."
    listed = tmp_path / "feed.json"
    listed.write_text("[1, 2]", "utf-8")
    assert (
        refusal_of(listed)
        == f"{listed} holds no table of keys and values; give a preset name, or the path of a TOML or JSON file."
    )
    assert refusal_of(tmp_path / "none.toml").endswith(
        "does not exist; give a preset name, or the path of a TOML or JSON file."
    )
    with pytest.raises(ScenarioError, match="neither a preset nor a file"):
        preset("none.toml")


def test_tables_built_in_python_are_refused_the_same_way():
    with pytest.raises(ScenarioError, match=r"^latch_skill = 2 is out of range; write a number from 0 to 1\.$"):
        Infant(latch_skill=2)
    with pytest.raises(ScenarioError, match=r"^In step 1, protocol\[0\]\.for_s = -1 is out of range"):
        Scenario(name="made-up", protocol=[{"do": "wait", "for_s": -1}])


# Any data at all

KEYS = sorted(
    {
        "name",
        "protocol",
        "do",
        "side",
        "until",
        "for_s",
        "at_s",
        "programme",
        "phases",
        "kind",
        "suction_mmhg",
    }
    | {
        "shape",
        "mother",
        "infant",
        "breasts",
        "left",
        "pad",
        "conditions",
        "parameters",
        "rule",
        "cite",
        "flow",
    }
    | {"parity", "vigour", "capacity_ml", "plasma.clearance", "do something else"}
)
WORDS = [*get_args(StepName), "left", "satisfied", "two-phase", "half_sine", "flow > 1 mL/min", "5 s"]
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(WORDS))
DATA = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


def sentence_of(data: Any) -> str | None:
    """Return why the data are refused, or None if they can be used; any other error is a fault."""
    try:
        load_scenario(data)
    except ScenarioError as error:
        return str(error)
    return None


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), DATA, max_size=6), DATA)
def test_whatever_is_given_is_read_or_refused_in_one_line(values, step):
    for data in (
        values,
        protocol(step, WAIT),
        protocol(PUMP | {"programme": step}),
        protocol(LATCH | {"until": step}),
    ):
        sentence = sentence_of(data)
        assert sentence is None or (sentence.endswith(".") and "\n" not in sentence)
