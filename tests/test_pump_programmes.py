"""Waveforms and pump programmes: closed forms, limits, phases, and what is refused."""

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letdown._errors import ScenarioError
from letdown.devices.hand import AbstractHand
from letdown.devices.pump import ConstantSuction, PumpPhase, PumpProgramme, TwoPhase
from letdown.devices.waveform import (
    QUARTER_SINE,
    Asymmetric,
    Constant,
    HalfSine,
    RaisedCosine,
    ShapeName,
    Trapezoid,
)

SHAPES = [HalfSine(), HalfSine(duty=0.9), Trapezoid(), Asymmetric(), RaisedCosine(), Constant()]


def levels(shape, n=4000):
    fractions = (np.arange(n) + 0.5) / n
    waveform = shape.waveform()
    return fractions, np.array([waveform.level(f) for f in fractions])


def test_half_sine_follows_the_sine_to_less_than_0_0045_of_the_peak():
    fractions, level = levels(HalfSine(duty=0.6))
    exact = np.where(fractions < 0.6, np.sin(np.pi * fractions / 0.6), 0.0)
    assert np.abs(level - exact).max() < 0.0045


def test_quarter_sine_is_the_least_squares_cubic_that_ends_level_at_the_peak():
    u = np.linspace(0, 1, 20001)
    column = u - 2 * u**2 + u**3  # edge = 3 u^2 - 2 u^3 + e1 (u - 2 u^2 + u^3): edge(1) = 1, edge'(1) = 0
    e1 = column @ (np.sin(np.pi * u / 2) - 3 * u**2 + 2 * u**3) / (column @ column)
    assert (e1, 3 - 2 * e1, e1 - 2) == pytest.approx(QUARTER_SINE, abs=1e-4)  # grid against integral


def test_raised_cosine_follows_the_cosine_to_less_than_0_011_of_the_peak():
    fractions, level = levels(RaisedCosine())
    assert np.abs(level - (1 - np.cos(2 * np.pi * fractions)) / 2).max() < 0.011


@pytest.mark.parametrize(
    ("shape", "mean"),
    [
        (HalfSine(duty=0.6), 0.6 * 2 / math.pi),
        (Trapezoid(rise=0.2, hold=0.3, fall=0.1), 0.1 + 0.3 + 0.05),
        (Asymmetric(), 0.5),
        (RaisedCosine(), 0.5),
        (Constant(), 1.0),
    ],
)
def test_mean_level_is_that_of_the_closed_form(shape, mean):
    # the cubic's own mean differs from the sine's by less than 0.001
    assert levels(shape)[1].mean() == pytest.approx(mean, abs=1e-3)


def test_asymmetric_rises_in_one_third_and_falls_in_two():
    fractions, level = levels(Asymmetric())
    assert fractions[level.argmax()] == pytest.approx(1 / 3, abs=1e-3)
    assert (np.diff(level)[fractions[:-1] > 1 / 3] < 0).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_every_waveform_is_continuous_repeats_and_fits_in_one_cycle(shape):
    waveform = shape.waveform()
    assert waveform.e1 + waveform.e2 + waveform.e3 == pytest.approx(1.0, abs=1e-12)
    assert waveform.rise + waveform.hold + waveform.fall <= 1.0 + 1e-12
    fractions, level = levels(shape)
    steepest = max((1.0 / part for part in (waveform.rise, waveform.fall) if part > 0), default=0.0)
    assert np.abs(np.diff(level)).max() <= 1.7 * steepest / fractions.size + 1e-12  # slope of edge <= 1.64
    assert waveform.level(2.3) == pytest.approx(waveform.level(0.3), abs=1e-12)
    assert waveform.level(0.0) == pytest.approx(waveform.level(1.0 - 1e-12), abs=1e-9)


def test_every_shape_that_can_be_named_is_tested_here():
    assert {shape.shape for shape in SHAPES} == set(get_args(ShapeName))


@given(st.floats(0.02, 0.9), st.floats(0.0, 0.9), st.floats(0.02, 0.9), st.floats(-2, 2), st.floats(0.2, 0.9))
def test_no_level_leaves_0_to_1(rise, hold, fall, fraction, duty):
    total = max(1.0, rise + hold + fall)
    shapes = [HalfSine(duty=duty), Asymmetric(), RaisedCosine()]
    if min(rise, fall) / total >= 0.02:
        shapes.append(Trapezoid(rise=rise / total, hold=hold / total, fall=fall / total))
    for shape in shapes:
        assert 0.0 <= shape.waveform().level(fraction) <= 1.0 + 1e-12  # rounding of a cubic at its end


def test_two_phase_goes_from_gentle_and_fast_to_strong_and_slow():
    stimulation, expression = TwoPhase(suction_mmhg=190.0).phases
    assert (stimulation.suction_mmhg, stimulation.rate_per_min, stimulation.for_s) == (95.0, 120.0, 120.0)
    assert stimulation.until_flow_ml_s is None
    assert (expression.suction_mmhg, expression.rate_per_min, expression.for_s) == (190.0, 60.0, None)


def test_two_phase_may_switch_when_milk_flows():
    stimulation, expression = TwoPhase(suction_mmhg=150.0, until_flow_ml_s=0.05).phases
    assert stimulation.until_flow_ml_s == 0.05
    assert stimulation.for_s == 120.0
    assert expression.until_flow_ml_s is None


def test_constant_suction_is_one_phase_at_full_level():
    (phase,) = ConstantSuction(suction_mmhg=40.0).phases
    assert phase.suction_mmhg == 40.0
    assert phase.shape.waveform().level(0.77) == 1.0


def test_named_programmes_are_programmes_of_phases():
    for named in (TwoPhase(suction_mmhg=200.0), ConstantSuction()):
        assert PumpProgramme(phases=named.phases).phases == named.phases


def test_a_shape_may_be_given_by_its_bare_name():
    assert PumpPhase(suction_mmhg=100.0, shape="asymmetric") == PumpPhase(suction_mmhg=100.0, shape=Asymmetric())


def test_a_hand_compresses_in_a_smooth_swing():
    waveform = AbstractHand().waveform()
    assert waveform.level(0.0) == 0.0
    assert waveform.level(0.5) == 1.0


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (
            lambda: PumpPhase(suction_mmhg=-190),
            "suction_mmhg = -190 is negative; suction is given as a positive number of mmHg below ambient, "
            "from 0 to 300 mmHg; write 190.",
        ),
        (
            lambda: PumpPhase(suction_mmhg=320),
            "suction_mmhg = 320 is out of range; write a number from 0 to 300 mmHg.",
        ),
        (lambda: PumpPhase(suction_mmhg="190"), 'suction_mmhg = "190" is a text without a unit'),
        (lambda: PumpPhase(suction_mmhg=True), "suction_mmhg = true is not a number"),
        (lambda: PumpPhase(suction_mmhg=math.nan), "suction_mmhg = nan is not a finite number"),
        (lambda: PumpPhase(suction_mmhg=100, baseline_mmhg=120), "make the baseline at most the peak."),
        (lambda: PumpPhase(suction_mmhg=100, shape="sine"), '(the nearest is "half_sine").'),
        (lambda: PumpPhase(), "suction_mmhg is missing; write a number from 0 to 300 mmHg."),
        (lambda: HalfSine(duty=0.95), "duty = 0.95 is out of range; write a number from 0.2 to 0.9."),
        (lambda: Trapezoid(rise=0.5, hold=0.4, fall=0.3), "rise + hold + fall = 1.2, more than one cycle"),
        (lambda: TwoPhase(suction_mmhg=100, vacuum=3), "vacuum is not a key that belongs here"),
        (lambda: PumpProgramme(phases=[]), "phases = an empty list has nothing to do"),
        (
            lambda: PumpProgramme(phases=[PumpPhase(suction_mmhg=90), PumpPhase(suction_mmhg=100)]),
            "phases[0] (phase 1) would never end; give it for_s, until_flow_ml_s or both.",
        ),
        (
            lambda: PumpProgramme(phases=[PumpPhase(suction_mmhg=90, for_s=60)]),
            "phases[0] (phase 1) is the last phase and lasts until the step ends",
        ),
    ],
)
def test_a_bad_programme_is_refused_in_one_sentence(build, says):
    with pytest.raises(ScenarioError) as caught:
        build()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
