"""Drugs at the dopamine receptor: one compartment for each, as many as are given, each with its own half-life."""

import math

import numpy as np
import pytest

from letdown.body.life.drugs import DopamineDrugs, ExposureParameters, agonists, antagonists, drugs_per_hour
from letdown.body.life.lactotrophs import Lactotrophs, LactotrophsParameters, dopamine_gate
from letdown.engine.life.run import run_lives
from letdown.protocol.lactation import LactationScenario
from letdown.protocol.lactation_build import build_life_program, life_start

P = ExposureParameters()
NONE = DopamineDrugs(0.0, 0.0, 0.0, 0.0)


def drug(name, **others):
    return {"do": "drug", "name": name, "hours": [8.0], "from_day": 2, "to_day": 2, **others}


def days(*plan, days=5, **others):
    """Return the result of a woman who never feeds: only drugs and time act on her prolactin."""
    soothed = {"do": "soothe"}
    scenario = LactationScenario(name="drugs", days=days, plan=(soothed, *plan), **others)
    return run_lives([life_start(scenario)], build_life_program(scenario), seed=1)[0]


def prolactin(result):
    from letdown.engine.life.records import DAY_COLUMNS

    return result.days[:, DAY_COLUMNS.index("prolactin_mean_ng_ml")]


@pytest.mark.parametrize("name", DopamineDrugs._fields)
def test_each_drug_fades_with_its_own_half_life(name):
    others = DopamineDrugs(*[7.0] * 4)
    rate = drugs_per_hour(others, P)
    assert getattr(rate, name) == -7.0 * getattr(P, f"{name}_loss")


def test_agonists_add_and_so_do_antagonists():
    level = DopamineDrugs(domperidone=1.0, sulpiride=2.0, cabergoline=3.0, bromocriptine=4.0)
    assert agonists(level) == 7.0
    assert antagonists(level) == 3.0


def test_an_agonist_and_an_antagonist_work_against_each_other():
    p, x = LactotrophsParameters(), Lactotrophs(100.0, 0.0, 0.05, 80.0, 1.0)
    gates = [dopamine_gate(x, NONE._replace(cabergoline=20.0, domperidone=d), p) for d in (0.0, 5.0, 20.0, 100.0)]
    assert gates == sorted(gates)
    assert gates[2] == pytest.approx(dopamine_gate(x, NONE, p))  # as strong as each other


def test_bromocriptine_after_cabergoline_leaves_cabergoline_its_half_life():
    """A dose of one drug once overwrote the half-life of the other: 18.8 became 1.1 at 72 h."""
    both = days(drug("cabergoline"), drug("bromocriptine", from_day=3, to_day=3, dose=0.001))
    alone = days(drug("cabergoline"))
    level = both.final.drugs
    gone = 5 * 24.0 - (24.0 + 2.0)  # given at 8 on day 2, two hours after the hour of birth
    assert level.cabergoline == pytest.approx(P.cabergoline * math.exp(-P.cabergoline_loss * gone), rel=1e-4)
    assert level.bromocriptine == pytest.approx(
        0.001 * P.bromocriptine * math.exp(-P.bromocriptine_loss * (gone - 24.0)), rel=1e-3
    )
    assert prolactin(both) == pytest.approx(prolactin(alone), rel=2e-3)
    assert np.all(prolactin(both) <= prolactin(alone) * (1.0 + 1e-9))


def test_two_agonists_lower_prolactin_more_than_either():
    each = [prolactin(days(drug(name)))[2] for name in ("cabergoline", "bromocriptine")]
    assert prolactin(days(drug("cabergoline"), drug("bromocriptine")))[2] < min(each)


def test_all_four_at_once_and_the_same_drug_twice():
    four = days(*(drug(name) for name in DopamineDrugs._fields))
    assert all(level > 0.0 for level in four.final.drugs)
    twice, double = days(drug("sulpiride"), drug("sulpiride")), days(drug("sulpiride", dose=2.0))
    assert twice.final.drugs.sulpiride == pytest.approx(double.final.drugs.sulpiride, rel=1e-9)


@pytest.mark.parametrize("name", DopamineDrugs._fields)
def test_a_dose_of_0_changes_no_bit(name):
    for given in ((), (drug("cabergoline"),)):
        plain, with_none = days(*given), days(*given, drug(name, dose=0.0, from_day=1, to_day=9, hours=[3.0, 9.5]))
        assert np.array_equal(plain.days, with_none.days, equal_nan=True)
        assert plain.final == with_none.final


def test_the_order_of_doses_in_a_file_does_not_matter():
    plan = [drug("cabergoline"), drug("domperidone", hours=[8.0, 20.0]), drug("bromocriptine", hours=[9.0])]
    one, other = days(*plan), days(*plan[::-1])
    assert np.array_equal(one.days, other.days, equal_nan=True)


def test_smoke_pills_and_solids_do_not_depend_on_the_order_either():
    plan = [
        {"do": "smoke", "level": 0.4}, {"do": "smoke", "level": 0.9, "from_day": 2, "to_day": 3},
        {"do": "pill", "kind": "minipill"}, {"do": "pill", "kind": "combined", "from_day": 3},
    ]  # fmt: skip
    assert np.array_equal(days(*plan).days, days(*plan[::-1]).days, equal_nan=True)
