"""Organs between feeds, called as plain Python: closed forms, limits, directions, published numbers."""

import math

import pytest

from letdown.body.conditioning import ConditioningParameters
from letdown.body.life.birth import beginners, newborn_life, weight_at, who_lms, z_score
from letdown.body.life.cue_learning import (
    Associations,
    CueLearningParameters,
    learned_from,
    learned_strengths,
    practised,
)
from letdown.body.life.drugs import Exposure, ExposureParameters, secretory_loss
from letdown.body.life.gland import Gland, GlandParameters, gland_per_hour, leak_at_rest, synthesis
from letdown.body.life.hours import HoursParameters
from letdown.body.life.lactogenesis import LactogenesisParameters, prolactin_permits
from letdown.body.life.lactotrophs import (
    DopamineDrugs,
    Lactotrophs,
    LactotrophsParameters,
    dopamine_gate,
    lactotrophs_per_hour,
)
from letdown.body.life.latch_learning import LatchLearningParameters, skilled
from letdown.body.life.milk_composition import MilkCompositionParameters, energy_density, fat, profile
from letdown.body.life.prolactin_action import PROLACTIN_ACTIONS, ProlactinActionParameters
from letdown.body.life.registry import reference_life
from letdown.body.life.suckling_infant import (
    Growth,
    SucklingInfantParameters,
    appetite,
    hunger,
    hunger_threshold,
    stomach_room,
    suckling_infant_per_hour,
)
from letdown.body.life.synthesis_control import SYNTHESIS_CONTROLS, SynthesisControlParameters
from letdown.body.life.uterine_involution import (
    UterineInvolution,
    UterineInvolutionParameters,
    fundal_height,
    uterine_involution_per_hour,
)
from letdown.body.prolactin import ProlactinParameters
from letdown.body.surroundings import Cues

NO_CUES = Cues(*[0.0] * 7)
NOTHING = Associations(0.0, 0.0, 0.0, 0.0, 0.0)
FAT = (41.1, MilkCompositionParameters())
"""Fat of the milk made, and how it is shared."""
NO_DRUGS = DopamineDrugs(0.0, 0.0, 0.0, 0.0)


def gland(**changes):
    return Gland(80.0, 3300.0, 0.5, 0.5, 0.0, 1.0, 15.0, 160.0, 0.0, 0.0, 0.0, 0.0, 0.0)._replace(**changes)


# Prolactin


def test_prolactin_falls_by_half_in_28_minutes():
    p, feed = LactotrophsParameters(outside_lactation=2.0, added_max=10.0, day_night=0.0), ProlactinParameters()
    x = Lactotrophs(level=1000.0, drive=0.0, suckled=0.0, added=0.0, dopamine=1.0)
    step = 1.0 / 3600.0
    for _ in range(28 * 60):
        rate = lactotrophs_per_hour(x, NO_DRUGS, p, feed, HoursParameters(), 0.0, 0.0, 0.0, 1.0, 0.0)
        x = x._replace(level=x.level + step * rate.level)
    assert x.level == pytest.approx(500.0 + 1.0, rel=0.01)  # half of what was above the resting 2 ng/mL


def test_an_antagonist_about_doubles_prolactin_and_an_agonist_takes_nine_tenths():
    p, x = LactotrophsParameters(), Lactotrophs(100.0, 0.0, 0.05, 80.0, 1.0)
    assert dopamine_gate(x, NO_DRUGS, p) == pytest.approx(1.0)
    assert dopamine_gate(x, NO_DRUGS._replace(domperidone=1e6), p) == pytest.approx(1.0 + p.dopamine_gain, rel=1e-3)
    exposure = ExposureParameters()
    assert dopamine_gate(x, NO_DRUGS._replace(cabergoline=exposure.cabergoline), p) < 0.1


def test_dopamine_follows_prolactin_only_without_suckling():
    p, feed = LactotrophsParameters(), ProlactinParameters()
    for suckled, moves in ((0.0, True), (10.0, False)):
        x = Lactotrophs(400.0, 0.0, suckled, 80.0, 1.0)
        rate = lactotrophs_per_hour(x, NO_DRUGS, p, feed, HoursParameters(), 100.0, 0.0, 0.0, 1.0, 0.0)
        assert (rate.dopamine > 1e-3) == moves


def test_prolactin_permits_lactation_above_25_and_not_far_below():
    p = LactogenesisParameters()
    assert prolactin_permits(p, 25.0) == pytest.approx(0.5)
    assert prolactin_permits(p, 60.0) > 0.99
    assert prolactin_permits(p, 10.0) < 0.01


# The gland


def test_milk_is_conserved_by_the_rates_of_a_gland():
    g = gland(milk=150.0, mean_fullness=0.97)
    rate = gland_per_hour(g, GlandParameters(), reference_life().body.left.alveoli, 9.0, 2.0, 0.0, 0.0, *FAT, 0.05, 1.0)
    assert rate.milk == pytest.approx(rate.made - rate.leaked - rate.resorbed)
    assert rate.resorbed > 0.0


def test_supply_follows_demand_within_bounds():
    p, alveoli = GlandParameters(), reference_life().body.left.alveoli
    emptier, fuller = (
        gland_per_hour(gland(mean_fullness=f), p, alveoli, 9.0, 0.0, 0.0, 0.0, *FAT, 0.05, 1.0) for f in (0.2, 0.8)
    )
    assert emptier.log_response > 0.0 > fuller.log_response
    bound = math.exp(p.response_gain * p.usual_fullness)
    settled = gland(mean_fullness=0.0, log_response=math.log(bound))
    assert gland_per_hour(settled, p, alveoli, 9.0, 0.0, 0.0, 0.0, *FAT, 0.05, 1.0).log_response == pytest.approx(0.0)


def test_tissue_is_lost_only_under_retention():
    p, alveoli = GlandParameters(), reference_life().body.left.alveoli
    used, full = (
        gland_per_hour(gland(mean_fullness=f), p, alveoli, 5.0, 0.0, 0.0, 0.0, *FAT, 0.0, 1.0).tissue
        for f in (0.6, 1.05)
    )
    assert used == 0.0
    assert full < -0.01


def test_a_breast_leaks_at_rest_only_when_overfull():
    body = reference_life().body
    leaks = [
        leak_at_rest(gland(milk=m), body.left.alveoli, body.left.nipple, 3.0) for m in (0.0, 80.0, 160.0, 280.0, 340.0)
    ]
    assert leaks[:3] == [0.0, 0.0, 0.0]
    assert 0.0 < leaks[3] < leaks[4]


@pytest.mark.parametrize("name", SYNTHESIS_CONTROLS)
def test_every_hypothesis_brakes_a_full_breast_and_not_an_empty_one(name):
    control, p = SYNTHESIS_CONTROLS[name], SynthesisControlParameters()
    empty, half, full = (control.brake(gland(signal=s), p) for s in (0.0, 0.5, 1.2))
    assert empty == pytest.approx(1.0, abs=0.01)
    assert empty > half > full
    assert full < 0.5


def test_milk_replaced_by_another_fluid_tells_the_hypotheses_apart():
    """Henderson and Peaker: the gland refilled with isosmotic sucrose secretes as if it had been emptied."""
    p = SynthesisControlParameters()
    for name, freed in (("fullness", False), ("pressure", False), ("inhibitor", True)):
        control = SYNTHESIS_CONTROLS[name]
        before = gland(milk=150.0, signal=0.9)
        after = before._replace(signal=control.signal_after(before.signal, 0.1))  # same volume, a tenth of the milk
        assert (control.brake(after, p) > 1.5 * control.brake(before, p)) == freed


def test_smoke_and_pill_take_a_share_of_synthesis():
    p = ExposureParameters()
    assert secretory_loss(Exposure(0.0, 0.0, 0.0), p) == 0.0
    both = secretory_loss(Exposure(1.0, 1.0, 1.0), p)
    assert both == pytest.approx(1.0 - (1.0 - p.smoke_loss) * (1.0 - p.pill_loss))
    lit, unlit = (synthesis(gland(), GlandParameters(), 1.0, 1.0, loss) for loss in (p.smoke_loss, 0.0))
    assert lit == pytest.approx(unlit * (1.0 - p.smoke_loss))


def test_receptors_grow_by_suckling_in_the_first_weeks_only():
    p, action = ProlactinActionParameters(), PROLACTIN_ACTIONS["receptors"]
    early, late = (action.receptors_per_hour(0.2, p, 0.06, age) for age in (48.0, 1000.0))
    assert early > 100.0 * late > 0.0
    assert action.factor(p.usual_receptors, p) == pytest.approx(1.0)
    assert PROLACTIN_ACTIONS["permissive"].factor(0.0, p) == 1.0


# Milk and infant


def test_the_profile_of_fat_is_the_published_curve():
    p = MilkCompositionParameters()
    steps = [i / 1000.0 for i in range(1001)]
    mean = sum(21.59 + 9.38 * d + 70.99 * d * d for d in steps) / len(steps)
    assert profile(p, 0.0, 1.0) == pytest.approx(mean, rel=1e-3)
    assert energy_density(p, 41.1) == pytest.approx(9.25 * 41.1 + 330.0)


def test_an_emptied_breast_gives_all_its_fat_and_a_little_taken_is_lean():
    p = MilkCompositionParameters()
    assert fat(p, 4000.0, 100.0, 125.0, 1.0) == pytest.approx(40.0)
    assert fat(p, 4000.0, 100.0, 125.0, 0.4) < 0.7 * 40.0
    assert fat(p, 8000.0, 100.0, 125.0, 0.4) == pytest.approx(2.0 * fat(p, 4000.0, 100.0, 125.0, 0.4))
    assert fat(p, 0.0, 0.0, 125.0, 1.0) == 0.0


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_what_a_breast_gives_in_the_long_run_has_the_fat_of_what_it_makes(share):
    """Taken three-hourly to a fixed share: little taken leaves the fat behind until the rest is rich enough."""
    p, capacity, milk, held = MilkCompositionParameters(), 200.0, 100.0, 4000.0
    taken, given = 0.0, 0.0
    for feed in range(400):
        milk, held = milk + 60.0, held + 60.0 * p.secreted
        out = 60.0 if feed else share * milk
        content = fat(p, held, milk, capacity, 1.0 - (milk - out) / capacity)
        milk, held = milk - out, held - content * out
        assert held >= 0.0
        if feed >= 300:
            taken, given = taken + out, given + content * out
    assert given / taken == pytest.approx(p.secreted, rel=0.01)


def test_fat_is_conserved_by_the_rates_of_a_gland():
    c, full = MilkCompositionParameters(), gland(milk=200.0, mean_fullness=1.0, fat=8000.0)
    rate = gland_per_hour(
        full, GlandParameters(), reference_life().body.left.alveoli, 9.0, 2.0, 0.0, 0.0, *FAT, 0.05, 1.0
    )
    leaked = 2.0 * fat(c, 8000.0, 200.0, 160.0, 0.0)
    assert rate.fat == pytest.approx(9.0 * 41.1 - leaked - 40.0 * rate.resorbed)


def test_oedema_comes_with_unaccustomed_pressure_and_goes_though_the_breast_stays_full():
    p, alveoli = GlandParameters(), reference_life().body.left.alveoli
    x, levels = gland(milk=176.0), []
    for _ in range(20 * 24):
        rate = gland_per_hour(x, p, alveoli, 0.0, 0.0, 0.0, 0.0, *FAT, 0.0, 1.0)
        x = x._replace(oedema=x.oedema + rate.oedema, accustomed=x.accustomed + rate.accustomed)
        levels.append(x.oedema)
    assert max(levels) > 0.5
    assert levels.index(max(levels)) < 48
    assert levels[14 * 24] < 0.1
    falling = gland_per_hour(gland(milk=10.0), p, alveoli, 0.0, 0.0, 0.0, -0.05, *FAT, 0.0, 1.0)
    assert falling.oedema == 0.0  # milk that dries up drains nothing from tissue that is not swollen


def test_who_weights_and_z_scores_agree_with_the_published_nodes():
    assert z_score(6.3690, "boy", 91.0) == pytest.approx(0.0, abs=0.01)
    assert z_score(7.3016, "girl", 183.0) == pytest.approx(0.0, abs=0.01)
    assert weight_at(0.0, "boy", 28.0) == pytest.approx(4.3671)
    for sex in ("girl", "boy"):
        assert who_lms(sex)[:, 0].tolist() == sorted(who_lms(sex)[:, 0].tolist())
        for z in (-3.0, -1.0, 0.0, 2.0):
            assert z_score(weight_at(z, sex, 40.0), sex, 40.0) == pytest.approx(z, abs=1e-9)


def infant_at(lacking, stomach=0.0):
    x = newborn_life(reference_life(), 4.2, 4.2).first
    return x._replace(lacking=lacking, stomach=stomach), Growth(4.2, 0.0, 0.0, 0.65)


def test_hunger_grows_with_what_is_lacking_and_falls_with_a_full_stomach():
    p = SucklingInfantParameters()
    (little, g), (much, _), (fed, _) = infant_at(10.0), infant_at(80.0), infant_at(80.0, 90.0)
    assert hunger(little, p, g, 700.0) < hunger(much, p, g, 700.0)
    assert hunger(fed, p, g, 700.0) < 0.3 * hunger(much, p, g, 700.0)


def test_appetite_stays_within_the_room_of_the_stomach():
    p = SucklingInfantParameters()
    for age, lacking in ((10.0, 300.0), (700.0, 300.0), (700.0, 50.0)):
        x, g = infant_at(lacking)
        assert appetite(x, p, g, age) <= stomach_room(x, p, age) + 1e-9
    x, g = infant_at(50.0)
    assert appetite(x, p, g, 700.0) == pytest.approx(p.more_than_lacking * 50.0 / 0.65, rel=0.02)


def test_night_raises_the_threshold_once_the_infant_tells_it():
    p, c = SucklingInfantParameters(), HoursParameters()
    assert hunger_threshold(p, c, 4000.0, 2.0) > 1.3 * hunger_threshold(p, c, 4000.0, 14.0)
    assert hunger_threshold(p, c, 100.0, 2.0) == pytest.approx(hunger_threshold(p, c, 100.0, 14.0), rel=0.05)


def day_of(lacking, age):
    """Return hours cried and slept in a day by an infant that lacks as much all the time."""
    p, c = SucklingInfantParameters(), HoursParameters()
    x, g = infant_at(lacking)
    for step in range(1440):
        rate = suckling_infant_per_hour(x, p, g, c, age, (step / 60.0) % 24.0)
        x = x._replace(
            **{name: getattr(x, name) + getattr(rate, name) / 60.0 for name in ("tiredness", "cried", "slept")}
        )
    return x.cried, x.slept


def test_a_starving_infant_cries_itself_to_sleep_and_a_fed_one_hardly_cries():
    """No infant was seen to cry all day; sleep of newborns is about 16 h."""
    cried, slept = day_of(300.0, 700.0)
    assert 3.0 < cried < 10.0
    assert slept > 10.0
    cried, slept = day_of(20.0, 700.0)
    assert cried < 0.1
    assert slept > 18.0


def test_a_newborn_that_asks_readily_does_not_cry_for_it():
    p, c = SucklingInfantParameters(), HoursParameters()
    x, g = infant_at(6.0)
    assert hunger(x, p, g, 12.0) > 2.0 * hunger_threshold(p, c, 12.0, 14.0)
    cried, slept = day_of(6.0, 12.0)
    assert cried < 0.1
    assert slept < 18.0  # it is awake for it


# Learning


def test_reinforced_cues_share_the_asymptote_by_salience_and_are_extinguished():
    p, salience = CueLearningParameters(), ConditioningParameters()
    cues = NO_CUES._replace(own_cry=1.0, preparing=1.0)
    v = NOTHING
    for _ in range(2000):
        v = learned_from(v, p, salience, cues, 1.0)
    assert v.own_cry + v.preparing == pytest.approx(p.asymptote)
    assert v.own_cry / v.preparing == pytest.approx(salience.own_cry_salience / salience.preparing_salience)
    for _ in range(2000):
        v = learned_from(v, p, salience, cues, 0.0)
    assert v.own_cry == pytest.approx(0.0, abs=1e-3)


def test_suckling_teaches_in_proportion():
    p, salience, cues = CueLearningParameters(), ConditioningParameters(), NO_CUES._replace(own_cry=1.0)
    whole, half, none = (learned_from(NOTHING, p, salience, cues, u).own_cry for u in (1.0, 0.5, 0.0))
    assert none == 0.0
    assert half == pytest.approx(0.5 * whole)
    assert practised(0.2, p, 0.0) == 0.2
    assert practised(0.2, p, 1.0) == pytest.approx(0.2 + p.practice * 0.8)


def test_another_cry_counts_by_generalisation_until_the_difference_is_learned():
    p, salience = CueLearningParameters(), ConditioningParameters()
    v = NOTHING._replace(own_cry=0.9)
    assert learned_strengths(v, p).other_cry == pytest.approx(p.generalisation * 0.9)
    for _ in range(500):
        v = learned_from(v, p, salience, NO_CUES._replace(other_cry=1.0), 0.0)
    assert learned_strengths(v, p).other_cry < 0.01
    assert learned_strengths(v, p).own_cry == pytest.approx(0.9)


def test_a_feed_that_feeds_teaches_the_latch():
    p = LatchLearningParameters()
    skill = beginners(reference_life(), 0.0).first_skill
    assert skilled(skill, p, 0.0) == skill
    for _ in range(300):
        skill = skilled(skill, p, 1.0)
    assert skill == pytest.approx(p.best_skill, abs=1e-3)


# Uterus


def test_the_uterus_shrinks_through_the_published_medians():
    p = UterineInvolutionParameters()
    x, volume, fundus = UterineInvolution(p.volume_at_birth, 0.01), {}, {}
    for hour in range(56 * 24 + 1):
        if hour % 24 == 0:
            volume[hour // 24], fundus[hour // 24] = x.volume, fundal_height(x, p)
        rate = uterine_involution_per_hour(x, p, 0.01)
        x = UterineInvolution(x.volume + rate.volume, x.tone + rate.tone)
    for day, published in ((1, 756.0), (7, 440.0), (14, 253.0), (56, 68.0)):
        assert volume[day] == pytest.approx(published, rel=0.04)
    assert (fundus[1] - fundus[7]) / 6.0 == pytest.approx(1.12, abs=0.07)
