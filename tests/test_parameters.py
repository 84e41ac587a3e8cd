"""Every number of the body: its unit, its range, where it comes from, and that it does something.

A parameter is alive if moving it to the end of its range that lies further away changes the final state, the log
or a read-out of at least one of a few made-up runs. All parameters of a run go through the engine together, one
dyad for each, all with the number 0 and so with the same random events.
"""

import importlib
import pkgutil
import re
from dataclasses import replace

import numpy as np
import pytest

import letdown.body
from every_equation import unit_of
from letdown._errors import ParameterError
from letdown._parameter import Parameters, par
from letdown.body.population import shipped_population
from letdown.body.registry import (
    organ_classes,
    parameter_hash,
    parameter_rows,
    reference_parameters,
    specification,
    with_overrides,
)
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.cohort_run import run_dyads
from letdown.engine.layout import field_names
from letdown.engine.results import TRACED, make_run
from letdown.protocol import load_scenario, preset
from letdown.protocol.build import build_program, reference_start
from letdown.references import BIBLIOGRAPHY, read_entries

ROWS = {row["path"]: row for row in parameter_rows()}


# What stands beside each number


@pytest.mark.parametrize("path", ROWS)
def test_a_parameter_has_a_unit_a_range_and_a_source(path):
    row = ROWS[path]
    unit_of(row["unit"])
    assert row["low"] <= row["value"] <= row["high"]
    assert row["low"] < row["high"], "a range of one number is no range"
    assert all(np.isfinite(row[key]) for key in ("low", "value", "high"))
    if row["cite"] is None:
        assert row["evidence"] in ("assumption", "fitted")
    else:
        assert row["evidence"] != "assumption", "a cited number is not an assumption"
        assert row["species"] != "none", "of which species is the cited number?"


def test_the_reference_mother_has_every_default():
    p = reference_parameters()
    for path, row in ROWS.items():
        organ, _, field = path.partition(".")
        for holder in [p] if hasattr(p, organ) else [p.left, p.right]:
            assert getattr(getattr(holder, organ), field) == row["value"]


def cited_keys():
    """Return cite key -> where it stands: parameters, traits, and [Key] in notes and docstrings of organs."""
    keys = {}
    for path, row in ROWS.items():
        keys |= {key: path for key in [row["cite"]] if key}
        keys |= {key: f"{path}, note" for key in bracketed(row["note"])}
    for name, spread in shipped_population().between.items():
        keys |= {key: f"trait {name}" for key in [spread.cite] if key}
    for module in pkgutil.iter_modules(letdown.body.__path__):
        organ = importlib.import_module(f"letdown.body.{module.name}")
        keys |= {key: f"{module.name}, docstring" for key in bracketed(organ.__doc__)}
    return keys


def bracketed(text):
    return re.findall(r"\[([A-Za-z]+\d{4}[a-z]?)\]", text)


@pytest.mark.parametrize(("key", "where"), sorted(cited_keys().items()))
def test_a_cited_source_is_in_the_bibliography(key, where):
    assert key in read_entries(BIBLIOGRAPHY.read_text("utf-8")), where


def test_a_number_without_source_or_range_cannot_be_declared():
    with pytest.raises(ParameterError, match="no cite key"):
        par(1.0, "mL", low=0, high=2, evidence="measured")
    with pytest.raises(ParameterError, match="outside its range"):
        par(3.0, "mL", low=0, high=2)


def test_an_override_out_of_range_or_unknown_is_refused_in_a_sentence():
    p = reference_parameters()
    with pytest.raises(ParameterError, match=r"plasma\.clearance = 1 mL/s is outside .* give a value inside it\.$"):
        with_overrides(p, {"plasma.clearance": 1.0})
    with pytest.raises(ParameterError, match=r'the nearest is "plasma\.clearance"'):
        with_overrides(p, {"plasma.clearence": 20.0})
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ParameterError):
            with_overrides(p, {"plasma.clearance": bad})


def test_an_override_changes_one_number_and_leaves_the_original():
    p = reference_parameters()
    before = parameter_hash(p)
    changed = with_overrides(p, {"alveoli.capacity": 200.0, "plasma.clearance": 30.0})
    assert (changed.left.alveoli.capacity, changed.right.alveoli.capacity) == (200.0, 200.0)
    assert changed.plasma.clearance == 30.0
    assert changed.left.ducts == p.left.ducts
    assert changed.myoepithelium == p.myoepithelium
    assert parameter_hash(p) == before != parameter_hash(changed)


def test_parameter_classes_are_found_by_the_registry():
    """Each class of numbers in an organ's file belongs to the body, or nobody would ever set it."""
    registered = set(organ_classes().values())
    for module in pkgutil.iter_modules(letdown.body.__path__):
        organ = importlib.import_module(f"letdown.body.{module.name}")
        for value in vars(organ).values():
            if isinstance(value, type) and value is not Parameters and hasattr(value, "specifications"):
                assert value in registered, f"{value.__name__} of {module.name}"


# That each number does something

CONDITIONS = """
embarrassment anger irritation fear resentment fatigue stress noise nipple_pain uterine_pain poor_positioning
engorgement
""".split()
CUES = "own_cry other_cry thought usual_hour preparing arousal orgasm".split()
FULL = {
    "capacity_ml": 160,
    "milk_ml": 150,
    "closing_pressure_mmhg": 8,
    "pad": {"capacity_ml": 5, "plastic_liner": True},
}

EVERYTHING = {
    "name": "everything-at-once",
    "max_duration_s": 1500,
    "mother": {"parity": 3, "postpartum_day": 2, "familiarity": 0.5},
    "infant": {"latch_skill": 0.6, "appetite_ml": 40},
    "breasts": {"left": FULL | {"shield": {}}, "right": FULL},
    "conditions": dict.fromkeys(CONDITIONS, 0.15) | {"alcohol_g_kg": 0.5},
    "protocol": [
        *({"do": "cue", "kind": kind, "for_s": 100, "strength": 0.5} for kind in CUES),
        {"do": "remark", "at_s": 30, "severity": 0.5},
        {"do": "dose", "route": "iv", "amount_mu": 20, "at_s": 30},
        {"do": "dose", "route": "nasal", "amount_mu": 2000, "at_s": 40},
        {"do": "latch", "side": "left", "at_s": 60, "until": "satisfied", "for_s": 500},
        {"do": "hand_express", "side": "right", "for_s": 120},
        {"do": "pump", "side": "both", "for_s": 200, "programme": {"kind": "two-phase", "suction_mmhg": 150}},
    ],
}
LITTLE_MILK = {
    "name": "an-infant-that-tires-half-fed",
    "max_duration_s": 6000,
    "infant": {"appetite_ml": 150},
    "breasts": {side: {"capacity_ml": 120, "milk_ml": 100} for side in ("left", "right")},
    "protocol": [{"do": "latch", "side": "left", "until": "satisfied"}],
}
BURST_UPON_BURST = {
    "name": "bursts-as-fast-as-the-ranges-allow",
    "max_duration_s": 900,
    "parameters": {
        "conditioning.orgasm_priming": 6.0,
        "neurones.hazard_floor": 20.0,
        "neurones.hazard_half": 40.0,
        "neurones.hazard_max": 0.5,
        "neurones.store_left": 0.3,
        "neurones.refractory_time": 2.0,
        "neurones.refractory_half": 0.1,
        "neurones.refractory_gain": 0.005,
    },
    "protocol": [{"do": "cue", "kind": "orgasm"}, {"do": "wait", "for_s": 900}],
}
SCENARIOS = [EVERYTHING, *map(preset, ["breastfeed", "leaking-into-pads", "engorged"]), LITTLE_MILK, BURST_UPON_BURST]
NOT_PARAMETERS = np.array([not name.startswith("parameters.") for name in field_names()])


def moved(start, path):
    """Return the dyad with one parameter at the end of its range that lies further away."""
    organ, _, field = path.partition(".")
    p = start.parameters
    value = getattr(getattr(p if hasattr(p, organ) else p.left, organ), field)
    known = specification(path)
    end = known.high if known.high - value > value - known.low else known.low
    return replace(start, parameters=with_overrides(p, {path: end}))


def differs(lane, other):
    return (
        not np.array_equal(lane.fields[NOT_PARAMETERS], other.fields[NOT_PARAMETERS])
        or lane.log.shape != other.log.shape
        or not np.array_equal(lane.log, other.log)
    )


def read_outs_differ(lane, other, program):
    """Compare the channels of two traced runs, as a reader of the output sees them."""
    runs = [
        make_run(x, program, SurrogateNeurones(), 3, dyad=None, traits={}, scenario="", scenario_toml="")
        for x in (lane, other)
    ]
    return any(not np.array_equal(runs[0].channels[name], runs[1].channels[name]) for name in runs[0].channels)


@pytest.fixture(scope="module")
def alive():
    """Return path -> name of the first run in which the parameter changed something."""
    found = {}
    for given in SCENARIOS:
        scenario = load_scenario(given)
        program, start = build_program(scenario), reference_start(scenario)
        left = [path for path in ROWS if path not in found]
        reference, *others = run_dyads([start, *(moved(start, path) for path in left)], program, seed=3)
        found |= {path: scenario.name for path, lane in zip(left, others, strict=True) if differs(reference, lane)}
    for given in (preset("breastfeed"), *SCENARIOS):
        scenario = load_scenario(given)
        program, start = build_program(scenario), reference_start(scenario)
        left = [path for path in ROWS if path not in found]
        starts = [start, *(moved(start, path) for path in left)]
        reference, *others = run_dyads(starts, program, seed=3, channels=TRACED, every=100)
        for path, lane in zip(left, others, strict=True):
            if read_outs_differ(reference, lane, program):
                found[path] = "read-outs"
    return found


@pytest.mark.parametrize("path", ROWS)
def test_a_parameter_changes_some_output(alive, path):
    assert path in alive, f"{path} = {ROWS[path]['value']:g} is dead: it changed nothing in any run"
