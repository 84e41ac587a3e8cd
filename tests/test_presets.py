"""Presets: what each must state, and the published protocols that they follow."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from letdown.protocol import load_scenario, preset, presets
from letdown.protocol.steps import Pump
from letdown.protocol.timeline import step_sides


def raw_preset(name: str) -> dict[str, Any]:
    return tomllib.loads(files("letdown.protocol").joinpath("presets", f"{name}.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_a_scenario_named_like_its_file_and_described(name):
    scenario = preset(name)
    assert scenario.name == name
    assert scenario.title == presets()[name]
    assert len(scenario.description) > 60


@pytest.mark.parametrize("name", presets())
def test_every_preset_states_its_starting_volumes(name):
    scenario, raw = preset(name), raw_preset(name)
    for side in ("left", "right"):
        assert {"capacity_ml", "milk_ml"} <= raw["breasts"][side].keys()
    if "breastfeed," not in scenario.description:  # those that say "the feed of the preset breastfeed" as well
        assert f"{scenario.breasts.right.milk_ml:g} of" in scenario.description
    assert f"{scenario.breasts.right.capacity_ml:g} mL" in scenario.description


@pytest.mark.parametrize("name", presets())
def test_every_preset_reads_back_from_its_own_toml(name):
    scenario = preset(name)
    for comments in (False, True):
        assert load_scenario(tomllib.loads(scenario.to_toml(comments=comments))) == scenario


INTERFERENCE_PRESETS = """
embarrassed angry irritated frightened resentful tired stressed noise remark sore-nipples afterpains
poorly-positioned too-short-feed engorged alcohol
"""
OTHER_PRESETS = """
breastfeed breastfeed-one-breast day-6-feed first-feeds pump-15-min pump-double pump-classic-10-min
pump-three-phase-10-min pump-5-min hand-expression silicone-collector cry-next-room another-babys-cry
thinking-of-the-baby usual-hour orgasm nipple-press leaking-into-pads iv-oxytocin nasal-oxytocin
"""


def test_the_presets_asked_for_are_there():
    assert set(presets()) == set((INTERFERENCE_PRESETS + OTHER_PRESETS).split())


def test_15_min_pump_follows_kent_2008():
    scenario = preset("pump-15-min")
    (pump,) = scenario.protocol
    assert isinstance(pump, Pump)
    assert (pump.side, pump.for_s) == ("right", 900.0)
    assert pump.programme.phases[-1].suction_mmhg == 190.7
    right = scenario.breasts.right
    assert (right.milk_ml, right.capacity_ml) == (181.0, 210.0)
    assert (right.closing_pressure_mmhg, right.channel_resistance_mmhg_s_ml) == (12.0, 170.0)
    # published: 118.5 mL were 65.5 % of the available milk; the preset rounds to whole mL
    assert right.milk_ml == pytest.approx(118.5 / 0.655, abs=0.5)


def test_one_breast_feed_holds_what_the_published_share_asks_for():
    scenario = preset("breastfeed-one-breast")
    left = scenario.breasts.left
    assert (left.milk_ml, left.capacity_ml, left.channel_resistance_mmhg_s_ml) == (113.0, 168.0, 90.0)
    # published: 76.0 g taken, 67.3 % of what is available [Kent2006]
    assert left.milk_ml == pytest.approx(76.0 / 0.673, abs=0.5)
    assert scenario.infant.appetite_ml > 76.0  # hunger does not stop at the mean


def test_day_6_feed_is_the_feed_of_a_six_day_old():
    scenario = preset("day-6-feed")
    assert scenario.mother.postpartum_day == 6
    assert scenario.infant.appetite_ml == 45.0
    for breast in (scenario.breasts.left, scenario.breasts.right):
        assert (breast.milk_ml, breast.capacity_ml) == (60.0, 100.0)


def test_10_min_pumps_follow_ramsay_2005():
    (classic,) = preset("pump-classic-10-min").protocol
    (three,) = preset("pump-three-phase-10-min").protocol
    assert isinstance(classic, Pump)
    assert isinstance(three, Pump)
    assert classic.for_s == three.for_s == 600.0
    assert [phase.rate_per_min for phase in classic.programme.phases] == [47.0]
    before, after, rest = three.programme.phases
    assert (before.rate_per_min, after.rate_per_min) == (120.0, 20.0)
    assert 55.0 <= rest.rate_per_min <= 78.0
    assert before.until_flow_ml_s is not None  # the published pattern changed at milk ejection
    assert after.for_s == 120.0


def test_breastfeed_offers_both_breasts_after_two_cues():
    scenario = preset("breastfeed")
    assert [step.do for step in scenario.protocol] == ["cue", "cue", "latch", "switch"]
    assert step_sides(scenario.protocol) == ((), (), ("left",), ("right",))
    assert [getattr(step, "at_s", None) for step in scenario.protocol] == [0.0, 60.0, 120.0, None]


INTERFERENCE = {
    "embarrassed": "embarrassment",
    "angry": "anger",
    "irritated": "irritation",
    "frightened": "fear",
    "resentful": "resentment",
    "tired": "fatigue",
    "stressed": "stress",
    "noise": "noise",
    "sore-nipples": "nipple_pain",
    "poorly-positioned": "poor_positioning",
    "alcohol": "alcohol_g_kg",
}


@pytest.mark.parametrize(("name", "condition"), INTERFERENCE.items())
def test_an_interference_preset_is_the_breastfeed_with_one_condition(name, condition):
    scenario, plain = preset(name), preset("breastfeed")
    assert [key for key, level in scenario.conditions if level > 0] == [condition]
    for part in ("mother", "infant", "breasts", "protocol"):
        assert getattr(scenario, part) == getattr(plain, part)


def test_remark_preset_is_the_breastfeed_with_a_remark():
    remark, *rest = preset("remark").protocol
    assert remark.do == "remark"
    assert tuple(rest) == preset("breastfeed").protocol


def test_beginners_have_learned_nothing():
    scenario = preset("first-feeds")
    assert all(strength == 0.0 for _, strength in scenario.mother.conditioning)
    assert scenario.mother.familiarity == 0.0
    assert scenario.mother.parity == 1
    assert scenario.infant.latch_skill < preset("breastfeed").infant.latch_skill


def test_nasal_preset_gives_200_times_the_intravenous_dose():
    doses = [preset(name).protocol[0] for name in ("nasal-oxytocin", "iv-oxytocin")]
    assert doses[0].amount_mu == 200 * doses[1].amount_mu


@pytest.mark.parametrize("name", presets())
def test_every_preset_that_follows_a_publication_cites_it(name):
    scenario = preset(name)
    if "published" in scenario.description.lower() and "mU" not in scenario.description:
        assert scenario.cite
