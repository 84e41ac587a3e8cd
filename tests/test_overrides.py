"""Overrides: each changes the run or is refused with its reason, and none goes past a check of the same file."""

import hashlib
import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from letdown import (
    LetdownError,
    ParameterError,
    ScenarioError,
    load_scenario,
    preset,
    presets,
    simulate,
)
from letdown.body.life.registry import life_parameter_rows
from letdown.body.registry import parameter_rows, specification, with_overrides
from letdown.cli import app
from letdown.engine.burst_source import ImposedBursts, SurrogateNeurones
from letdown.engine.clocks import Clock
from letdown.engine.cohort_run import run_dyads
from letdown.engine.influence.feed import settings_that_matter
from letdown.engine.life.run import run_lives
from letdown.engine.network.feed_source import SpikingNeurones
from letdown.engine.results import TRACED, make_run
from letdown.protocol.build import build_program, reference_start
from letdown.protocol.keys_of_parameters import KEYS, REFUSED
from letdown.protocol.lactation import LactationScenario, lactation_preset, lactation_presets
from letdown.protocol.lactation_build import build_life_program, life_start
from letdown.protocol.life_overrides import life_without_effect
from letdown.protocol.overrides import without_effect
from letdown.simulate_lactation import simulate_lactation

CASE = Path(__file__).parent / "cases" / "override-against-the-file" / "feed.toml"
LATCH = {"do": "latch", "side": "left", "for_s": 300}
KINDS = ("breastfeed", "pump-three-phase-10-min", "nasal-oxytocin")
MORE_KINDS = ("cry-next-room", "noise", "hand-expression", "leaking-into-pads", "remark", "first-feeds", "engorged",
              "alcohol", "orgasm", "silicone-collector", "sore-nipples", "afterpains", "poorly-positioned",
              "iv-oxytocin")  # fmt: skip
PATHS = [str(row["path"]) for row in parameter_rows()]


def refusal(*arguments, **values):
    with pytest.raises(LetdownError) as caught:
        simulate(*arguments, **values)
    return str(caught.value)


# One quantity has one place -----------------------------------------------------------------------


def test_the_case_is_refused_with_the_key():
    with pytest.raises(ScenarioError, match=r"alveoli\.capacity = 50 and breasts\.left\.capacity_ml = 160"):
        load_scenario(str(CASE))


@pytest.mark.parametrize("path", sorted(KEYS))
def test_an_override_of_what_a_key_sets_goes_into_the_key(path):
    value = 0.5 * (specification(path).low + specification(path).high)
    if path in ("infant.baseline_suction", "pad.capacity"):
        value = 50.0
    cues = [{"do": "cue", "kind": kind} for kind in ("own_cry", "other_cry", "thought", "usual_hour", "preparing")]
    plain = load_scenario({"name": "x", "protocol": [LATCH, *cues]})
    changed = plain.with_values({f"parameters.{path}": value})
    assert changed.parameters == {}
    assert changed == load_scenario({"name": "x", "protocol": [LATCH, *cues], "parameters": {path: value}})
    assert changed == plain.with_values(dict.fromkeys(KEYS[path], value))
    assert changed == plain.with_values({"parameters": {path: value}})
    organ, _, field = path.partition(".")
    p = reference_start(changed).parameters
    held = [getattr(getattr(q, organ), field) for q in (p, p.left, p.right) if hasattr(q, organ)]
    assert held == [value] * len(held)


@pytest.mark.parametrize("path", sorted(REFUSED))
def test_an_override_that_a_key_decides_is_refused_with_its_name(path):
    for make in (
        lambda: preset("breastfeed").with_values({f"parameters.{path}": specification(path).low}),
        lambda: load_scenario({"name": "x", "protocol": [LATCH], "parameters": {path: specification(path).low}}),
    ):
        with pytest.raises(ScenarioError) as caught:
            make()
        assert path in str(caught.value)
        assert REFUSED[path].split()[0] in str(caught.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"parameters.alveoli.capacity": 50}, "more than 1.1 times capacity_ml = 50"),
        ({"parameters.infant.baseline_suction": 190}, "stronger than peak_suction_mmhg"),
        ({"parameters.infant.peak_suction": 20}, "stronger than peak_suction_mmhg = 20"),
        ({"parameters.infant.appetite": 900}, "infant.appetite = 900"),
        ({"parameters.infant.vigour": -1}, "infant.vigour = -1"),
        ({"parameters.infant.vigour": "much"}, "much"),
        ({"parameters.infant.appetite": 60, "infant.appetite_ml": 70}, "set the same quantity"),
        ({"parameters": {"uterus.day": 4}}, "mother.postpartum_day"),
        ({"parameters": {"learned": {"own_cry": 3}}}, "learned.own_cry = 3"),
    ],
)
def test_an_override_passes_the_checks_of_its_key(values, words):
    with pytest.raises(LetdownError) as caught:
        preset("breastfeed").with_values(values)
    assert words in str(caught.value)


def test_an_override_of_a_key_that_the_protocol_does_not_use_has_no_effect():
    for name, path, words in (
        ("pump-double", "infant.latch_skill", "no infant feeds"),
        ("breastfeed", "learned.other_cry", "the cue other_cry does not occur"),
        ("iv-oxytocin", "neurones.practice", "neither an infant nor a pump is at a breast"),
    ):
        scenario = preset(name).with_values({f"parameters.{path}": 0.3})
        assert scenario.with_values({}) == scenario
        assert load_scenario(scenario.model_dump(exclude_none=True)) == scenario
        assert words in refusal(scenario)


def test_a_file_may_say_the_same_twice():
    made = {"name": "x", "protocol": [LATCH], "infant": {"vigour": 0.5}, "parameters": {"infant.vigour": 0.5}}
    assert load_scenario(made).infant.vigour == 0.5


# Without effect -----------------------------------------------------------------------------------


def test_the_18_overrides_of_the_surrogate_are_refused_with_the_network():
    surrogate = (
        "hazard_max hazard_half hazard_width hazard_floor floor_width refractory_time refractory_half refractory_gain "
        "store_left dead_time pulse_store pulse_offset pulse_limit limit_width pool_spend pool_time store_time"
    ).split()
    values = {f"neurones.{field}": specification(f"neurones.{field}").high for field in surrogate}
    program, start = build_program(preset("breastfeed")), reference_start(preset("breastfeed"))
    alone = [replace(start, parameters=with_overrides(start.parameters, {path: v})) for path, v in values.items()]
    assert not settings_that_matter([start, *alone], program, SpikingNeurones())[1:].any()
    assert settings_that_matter([start, *alone], program, SurrogateNeurones())[1:].all()
    said = refusal(
        preset("breastfeed").with_values({"parameters.neurones.hazard_half": 160}), neurones=SpikingNeurones()
    )
    assert said.startswith("neurones.hazard_half = 160 has no effect here: it belongs to the burst surrogate")
    for field in ("max_priming", "pulse", "release_time", "potentiation_gain"):
        scenario = preset("breastfeed").with_values(
            {f"parameters.neurones.{field}": specification(f"neurones.{field}").high}
        )
        assert without_effect(scenario, SpikingNeurones()) == {}


@pytest.mark.parametrize(
    ("name", "path", "reason"),
    [
        ("breastfeed", "interference.central_noise", "there is no noise"),
        ("breastfeed", "interference.remark_time", "there is no remark"),
        ("breastfeed", "interference.alcohol_half", "there is no alcohol"),
        ("breastfeed", "sympathetic_tone.outlet", "nothing interferes"),
        ("breastfeed", "plasma.nasal_uptake", "no oxytocin is given by the nose"),
        ("breastfeed", "conditioning.thought_salience", "the cue thought does not occur"),
        ("breastfeed", "conditioning.orgasm_priming", "the cue orgasm does not occur"),
        ("breastfeed", "afferents.compression_half", "no hand expresses milk"),
        ("breastfeed", "oedema.narrowing", "the breasts are not engorged"),
        ("breastfeed", "pad.liner_factor", "no pad of that kind is worn"),
        ("breastfeed", "neurones.beginner_priming", "mother.familiarity is 1"),
        ("pump-double", "infant.comfort_time", "no infant feeds"),
        ("pump-double", "conditioning.time_constant", "no learned cue occurs"),
        ("cry-next-room", "afferents.swing_half", "neither an infant nor a pump is at a breast"),
    ],
)
def test_the_reason_says_what_the_run_lacks(name, path, reason):
    known = specification(path)
    scenario = preset(name).with_values({f"parameters.{path}": 0.5 * (known.value + known.high)})
    found = without_effect(scenario)
    assert list(found) == [path]
    if path != "afferents.swing_half":  # several things would let it act; any of them may be named
        assert found[path] == reason
    assert refusal(scenario).endswith("leave it out.")


def test_an_idle_override_beside_one_that_acts_is_named_in_the_warnings():
    values = {"parameters.interference.central_noise": 0.9, "parameters.plasma.clearance": 25}
    summary = simulate(preset("breastfeed").with_values(values), seed=1).summary()
    assert summary["overrides"] == {"interference.central_noise": 0.9, "plasma.clearance": 25.0}
    assert summary["warnings"] == ["interference.central_noise = 0.9 has no effect here: there is no noise."]


def test_two_overrides_that_need_each_other_both_act():
    values = {"neurones.potentiation_gain": 0.0, "neurones.potentiation_step": 0.4}
    scenario = preset("breastfeed").with_values({f"parameters.{path}": value for path, value in values.items()})
    assert list(without_effect(scenario)) == ["neurones.potentiation_step"]  # of no use while the gain is 0


def test_an_override_that_repeats_the_own_value_of_the_model_is_taken():
    scenario = preset("breastfeed").with_values(
        {"parameters.plasma.clearance": specification("plasma.clearance").value}
    )
    assert without_effect(scenario) == {}


def test_by_chance_nothing_may_come_of_an_override_and_the_run_says_so():
    scenario = preset("usual-hour").with_values({"parameters.neurones.pulse": 30000.0})
    notes = [simulate(scenario, seed=seed).summary()["warnings"] for seed in range(6)]
    bursts = [simulate("usual-hour", seed=seed).summary()["bursts"] for seed in range(6)]
    assert [bool(note) for note in notes] == [not burst for burst in bursts]
    assert any(notes)
    assert notes[[bool(n) for n in notes].index(True)][0].startswith(
        "neurones.pulse = 30000 changed nothing in this run"
    )


def test_check_says_what_the_run_says(tmp_path):
    runner = CliRunner()
    for parameters, exit_code, words in (
        ({"interference.central_noise": 0.9}, 2, "there is no noise"),
        ({"interference.central_noise": 0.9, "plasma.clearance": 25}, 0, "there is no noise"),
        ({"plasma.clearance": 25}, 0, "can be simulated"),
        ({"plasma.clearance": 2500}, 2, "outside"),
        ({"uterus.parity": 2}, 2, "mother.parity"),
    ):
        lines = [f'"{path}" = {value}' for path, value in parameters.items()]
        file = tmp_path / "mine.toml"
        text = '\n[[protocol]]\ndo = "latch"\nside = "left"\nfor_s = 60\n'
        file.write_text('name = "mine"\n[parameters]\n' + "\n".join(lines) + text)
        checked = runner.invoke(app, ["scenario", "check", str(file)])
        ran = runner.invoke(app, ["feed", str(file), "--out", str(tmp_path / "out"), "--overwrite"])
        outcomes = [_outcome(result) for result in (checked, ran)]
        assert [code for code, _ in outcomes] == [exit_code] * 2
        assert words in outcomes[0][1]
        if "noise" in words:
            assert words in outcomes[1][1]


def _outcome(result):
    said = result.output + (str(result.exception) if result.exception else "")
    return (2 if isinstance(result.exception, LetdownError) else result.exit_code), " ".join(said.split())


# What is refused does nothing: every parameter, by running it -------------------------------------


def elsewhere(path, value):
    known = specification(path)
    far = known.low if value - known.low > known.high - value else known.high
    return 0.5 * (value + far)


def value_of(p, path):
    organ, _, field = path.partition(".")
    return getattr(getattr(p if hasattr(p, organ) else p.left, organ), field)


def sweep(scenario, source, seed=1, paths=PATHS):
    """Return which parameters the analysis calls idle, and which change no bit of a run."""
    program, base = build_program(scenario), reference_start(scenario)
    moved = [{path: elsewhere(path, value_of(base.parameters, path))} for path in paths]
    starts = [base, *(replace(base, parameters=with_overrides(base.parameters, m)) for m in moved)]
    acts = settings_that_matter(starts, program, source, Clock())
    runs = []
    about = {"dyad": None, "traits": {}, "scenario": "", "scenario_toml": ""}
    for start in starts:  # each alone: a trace ends with the last lane of its tile
        (lane,) = run_dyads([start], program, seed=seed, source=source, channels=TRACED, every=100)
        runs.append(make_run(lane, program, source, seed, **about))
    same = [runs[0].same_as(run) for run in runs[1:]]
    idle = {path for path, may in zip(paths, acts[1:], strict=True) if not may}
    unmoved = {path for path, equal in zip(paths, same, strict=True) if equal}
    return idle, unmoved


@pytest.mark.parametrize("name", [*KINDS, *(pytest.param(name, marks=pytest.mark.slow) for name in MORE_KINDS)])
def test_what_is_called_idle_changes_no_bit(name):
    idle, unmoved = sweep(preset(name).with_values({"max_duration_s": 900}), SurrogateNeurones())
    assert idle <= unmoved, idle - unmoved
    assert idle
    chance = unmoved - idle - set(KEYS) - set(REFUSED)
    assert len(chance) < 0.25 * len(PATHS), chance  # what did not happen in this one run


def test_imposed_bursts_leave_the_hazard_idle():
    scenario = preset("breastfeed").with_values({"max_duration_s": 300})
    idle, unmoved = sweep(scenario, ImposedBursts((60.0, 200.0)))
    # the standard store gives a standard pulse whatever its limit, but for the last bit of a difference of two sums
    assert idle - unmoved <= {"neurones.pulse_limit"}
    assert {"neurones.hazard_half", "neurones.dead_time", "neurones.max_priming"} - idle <= {"neurones.max_priming"}


@pytest.mark.slow
def test_what_is_called_idle_with_the_network_changes_no_bit():
    scenario = load_scenario({"name": "x", "max_duration_s": 150, "protocol": [{**LATCH, "for_s": 150}]})
    idle, _ = sweep(scenario, SurrogateNeurones())
    network = [path for path in PATHS if path.startswith(("neurones.", "afferents.", "plasma."))]
    idle, unmoved = sweep(scenario, SpikingNeurones(), paths=network)
    assert idle <= unmoved, idle - unmoved
    assert len([path for path in idle if path.startswith("neurones.")]) >= 15


# Lactations ---------------------------------------------------------------------------------------


def life_paths():
    return life_parameter_rows() + parameter_rows()


@pytest.mark.parametrize(
    "name",
    [
        "demand-feeding",
        "cabergoline",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("exclusive-pumping", "twins", "one-breast", "smoking")
        ),
    ],
)
def test_what_is_called_idle_in_a_lactation_changes_no_bit(name):
    scenario = lactation_preset(name).with_values({"days": 3})
    values = {}
    for row in life_paths():
        far = row["low"] if row["value"] - row["low"] > row["high"] - row["value"] else row["high"]
        values[row["path"]] = 0.5 * (row["value"] + far)
    idle = life_without_effect(scenario.with_values({"parameters": values}))
    assert len(idle) > 60
    starts, paths, program = [life_start(scenario)], list(idle), build_life_program(scenario)
    for path in paths:
        alone = scenario.with_values({"parameters": dict(scenario.parameters) | {path: values[path]}})
        starts.append(life_start(alone))
    results = run_lives(starts, program, seed=1)
    for path, result in zip(paths, results[1:], strict=True):
        assert np.array_equal(result.days, results[0].days, equal_nan=True), path
        assert np.array_equal(np.array(result.sessions), np.array(results[0].sessions), equal_nan=True), path
    assert len(paths) > 60


@pytest.mark.parametrize(
    ("name", "path", "value", "words"),
    [
        ("demand-feeding", "exposure.cabergoline", 60, "no cabergoline is given"),
        ("demand-feeding", "exposure.domperidone_loss", 0.2, "no domperidone is given"),
        ("demand-feeding", "exposure.smoke_loss", 0.5, "she does not smoke"),
        ("demand-feeding", "exposure.pill_loss", 0.5, "no pill is taken"),
        ("combined-pill", "exposure.minipill", 0.5, "no minipill is taken"),
        ("demand-feeding", "synthesis_control.inhibitor_half", 0.4, 'synthesis = "fullness"'),
        ("demand-feeding", "prolactin_action.receptor_rate", 1.0, 'prolactin = "permissive"'),
        ("demand-feeding", "learned.own_cry", 0.4, "cue_learning"),
        ("demand-feeding", "alveoli.synthesis_max", 0.01, "gland"),
        ("demand-feeding", "infant.appetite", 60, "suckling_infant"),
        ("demand-feeding", "uterus.parity", 5, "mother.parity"),
        ("demand-feeding", "lactogenesis.caesarean", 0.6, "her birth"),
        ("demand-feeding", "sensations.tingling_threshold", 0.6, "--zoom"),
        ("demand-feeding", "interference.central_noise", 0.9, "there is no noise"),
    ],
)
def test_a_lactation_refuses_what_it_does_not_use(name, path, value, words):
    scenario = lactation_preset(name).with_values({"days": 20, "parameters": {path: value}})
    with pytest.raises(ParameterError) as caught:
        simulate_lactation(scenario)
    assert words in str(caught.value)


def test_a_lactation_takes_what_it_uses():
    for name, changes in (
        ("cabergoline", {"exposure.cabergoline": 60}),
        ("caesarean", {"lactogenesis.caesarean": 0.6}),
        ("smoking", {"exposure.smoke_loss": 0.5}),
    ):
        scenario = lactation_preset(name).with_values({"days": 20, "parameters": changes})
        assert life_without_effect(scenario) == {}
    other = lactation_preset("demand-feeding").with_values(
        {"synthesis": "inhibitor", "parameters": {"synthesis_control.inhibitor_half": 0.4}}
    )
    assert life_without_effect(other) == {}
    shown = lactation_preset("demand-feeding").with_values({"parameters": {"sensations.tingling_threshold": 0.6}})
    assert life_without_effect(shown, opened=True) == {}


def test_a_lactation_says_which_overrides_it_used():
    changes = {"gland.synthesis": 25.0, "exposure.cabergoline": 60.0}
    scenario = lactation_preset("demand-feeding").with_values({"days": 1, "parameters": changes})
    lactation = simulate_lactation(scenario)
    assert lactation.warnings == ("exposure.cabergoline = 60 has no effect here: no cabergoline is given.",)
    assert lactation.data.attrs["overrides"] == '{"gland.synthesis": 25.0, "exposure.cabergoline": 60.0}'


def test_by_chance_nothing_may_come_of_an_override_in_a_lactation_and_it_says_so():
    scenario = lactation_preset("cabergoline").with_values(
        {"days": 2, "parameters": {"interference.central_uterine_pain": 0.7}}
    )
    (warning,) = simulate_lactation(scenario).warnings
    assert warning.startswith("interference.central_uterine_pain = 0.7 changed nothing in these days")


def test_days_are_given_once():
    for value in ("nan", "5"):
        result = CliRunner().invoke(app, ["lactation", "--days", "1", "--set", f"days={value}"])
        assert "give one of them" in _outcome(result)[1]


def test_each_of_twins_has_its_own_first_skill():
    made = {"name": "x", "days": 1, "infants": [{"latch_skill": 0.4}, {"latch_skill": 0.7}]}
    learning = life_start(LactationScenario(**made)).learning
    assert (learning.first_skill, learning.second_skill) == (0.4, 0.7)


# Random sets --------------------------------------------------------------------------------------


def bits(recording):
    digest = hashlib.sha256()
    for name, column in sorted(recording.columns.items()):
        values = column.values
        digest.update(name.encode() + (values.tobytes() if values.dtype != object else repr(values.tolist()).encode()))
    return digest.hexdigest()


def days_bits(lactation):
    digest = hashlib.sha256()
    for name in sorted(map(str, lactation.data.data_vars)):
        digest.update(name.encode() + lactation.data[name].values.tobytes())
    return digest.hexdigest()


def random_sets(number, seed):
    """Yield what became of random sets of overrides: (refusal or None, changed, warnings, the set)."""
    rng, plain = random.Random(seed), {}
    feeds, lives = parameter_rows(), life_parameter_rows() + parameter_rows()
    for _ in range(number):
        of_feed = rng.random() < 0.5
        name = rng.choice(sorted(presets() if of_feed else lactation_presets()))
        base = preset(name) if of_feed else lactation_preset(name).with_values({"days": 2})
        run, told = (simulate, bits) if of_feed else (simulate_lactation, days_bits)
        own = getattr(base, "parameters", {})
        rows = rng.sample(feeds if of_feed else lives, rng.randint(1, 4))
        values = {row["path"]: rng.uniform(row["low"], row["high"]) for row in rows}
        seed_of_run = rng.randrange(3)
        key = name, seed_of_run
        if key not in plain:
            plain[key] = told(run(base, seed=seed_of_run))
        try:
            changed = base.with_values({f"parameters.{path}": value for path, value in values.items()})
            result = run(changed, seed=seed_of_run)
        except LetdownError as error:
            yield SimpleNamespace(refusal=str(error), differs=False, warnings=(), what=(key, values, own))
            continue
        warnings = result.summary()["warnings"] if of_feed else result.warnings
        yield SimpleNamespace(
            refusal=None, differs=told(result) != plain[key], warnings=warnings, what=(key, values, own)
        )


def check_random_sets(number, seed):
    outcomes = list(random_sets(number, seed))
    refused = [each for each in outcomes if each.refusal]
    silent = [each for each in outcomes if not each.refusal and not each.differs]
    print(
        f"{number} sets: {len(refused)} refused, {len(silent)} where by chance nothing came of them and the run says so"
    )
    for each in refused:
        assert any(path in each.refusal for path in each.what[1]) or "_ml" in each.refusal or "_mmhg" in each.refusal
    for each in silent:  # every override of such a set is named in the warnings of the run
        assert all(any(w.startswith(f"{path} = ") for w in each.warnings) for path in each.what[1] if path not in KEYS)
    assert len(refused) <= 0.2 * number
    assert len(silent) <= 0.1 * number


def test_random_sets_of_overrides_change_something_or_are_refused():
    check_random_sets(24, 5)


@pytest.mark.slow
def test_2000_random_sets_of_overrides_change_something_or_are_refused():
    check_random_sets(2000, 7)
