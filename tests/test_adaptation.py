"""The muscle answers the rise of oxytocin, not its level: what its adaptation must do, run as a person would.

Activation must be below 0.05 at the basal level and below 0.2 between bursts 90-220 s apart; a constant high
level must give no lasting full contraction; repeated small doses into a vein must still be answered. Published
for women with a catheter in a duct: 2 mU into a vein are enough and act after 20 s with one contraction; a nasal
spray acts after 100 s.
"""

import numpy as np
import pytest

from letdown.engine.burst_source import ImposedBursts
from many_runs import changed, traced_runs

NO_ADAPTATION = {"myoepithelium.adaptation_time": 1e9}


def at_rest(*steps, for_s=900.0):
    """Return a woman whom nobody suckles, with doses or nothing."""
    protocol = [*steps, {"do": "wait", "for_s": for_s}]
    return changed("iv-oxytocin", {"protocol": protocol, "max_duration_s": max(for_s, 3600.0)})


def dose(amount_mu, at_s=60.0, for_s=None, route="iv"):
    step = {"do": "dose", "route": route, "at_s": at_s, "amount_mu": amount_mu}
    return step if for_s is None else step | {"for_s": for_s}


def window(run, start_s, end_s, channel="activation"):
    return run.channels[channel][(run.time_s >= start_s) & (run.time_s <= end_s)]


def pressure_rise(run):
    """Return times and rise of the pressure in the left ducts, as a catheter shows it, mmHg."""
    pressure = run.channels["ductal_pressure_mmhg"][:, 0]
    return run.time_s, pressure - pressure[30]


def lag(run, at_s=60.0):
    """Return the time from a dose to a tenth of the rise of pressure, s."""
    t, rise = pressure_rise(run)
    assert rise.max() > 0.5
    return float(t[np.argmax(rise > 0.1 * rise.max())] - at_s)


@pytest.mark.parametrize("basal", [1.0, 1.9, 6.0])
def test_muscle_is_at_rest_at_any_basal_level(basal):
    (run,) = traced_runs(at_rest(for_s=3600.0), 1, {"parameters.plasma.basal_level": basal})
    assert run.channels["oxytocin_pg_ml"] == pytest.approx(basal)
    assert run.channels["activation"].max() < 0.05
    assert not run.let_downs


@pytest.mark.parametrize("interval_s", [90.0, 120.0, 150.0, 180.0, 220.0])
def test_muscle_lets_go_between_bursts(interval_s):
    bursts = ImposedBursts(tuple(60.0 + interval_s * k for k in range(8)))
    (run,) = traced_runs(at_rest(for_s=60.0 + 8 * interval_s), 1, source=bursts)
    for t in bursts.times_s[:-1]:
        assert window(run, t + 15, t + interval_s).max() > 0.4
        # a contraction begins some 15 s after its burst: until then the muscle must have let go of the last
        assert window(run, t + 20, t + interval_s + 15).min() < 0.2
    assert len(run.bursts) == 8
    if interval_s >= 150:  # closer ones may be too near for the definition of two let-downs
        assert len(run.let_downs) == 8


def test_muscle_without_adaptation_would_not_let_go_between_bursts():
    bursts = ImposedBursts(tuple(60.0 + 150.0 * k for k in range(8)))
    (run,) = traced_runs(at_rest(for_s=1260.0), 1, source=bursts, without=NO_ADAPTATION)
    assert window(run, 120, 1200).min() > 0.5
    assert len(run.let_downs) == 1


@pytest.mark.parametrize("rate_mu_min", [5.0, 10.0])
def test_muscle_does_not_stay_contracted_under_a_constant_high_level(rate_mu_min):
    infusion = at_rest(dose(40.0 * rate_mu_min, for_s=2400.0), for_s=2500.0)
    (run,) = traced_runs(infusion, 1)
    level = window(run, 1500, 2400, "oxytocin_pg_ml")
    assert level.min() > 3 * run.totals.oxytocin_baseline_pg_ml
    assert np.ptp(level) < 0.2 * level.max()  # high and nearly constant
    activation = run.channels["activation"]
    assert activation.max() > 0.4  # it answered the rise
    assert np.sum(activation > 0.5) < 600  # s
    assert window(run, 1500, 2400).max() < 0.05
    (rigid,) = traced_runs(infusion, 1, without=NO_ADAPTATION)
    assert window(rigid, 300, 2400).min() > 0.7


@pytest.mark.parametrize(("amount_mu", "every_s"), [(3.0, 300.0), (5.0, 180.0)])
def test_repeated_small_doses_are_still_answered(amount_mu, every_s):
    times = [60.0 + every_s * k for k in range(8)]
    (run,) = traced_runs(at_rest(*(dose(amount_mu, t) for t in times), for_s=60.0 + 8 * every_s), 1)
    answers = [window(run, t, t + every_s - 1).max() for t in times]
    assert len(run.let_downs) == 8
    assert answers[-1] > 0.5 * answers[0]
    assert answers[-1] > 0.95 * answers[-2]  # and it does not go on fading


def test_threshold_into_a_vein_is_about_2_mu():
    amounts = np.arange(0.5, 4.1, 0.25)
    rises = [pressure_rise(traced_runs(at_rest(dose(float(a)), for_s=300.0), 1)[0])[1].max() for a in amounts]
    assert rises == sorted(rises)
    assert 1.5 <= amounts[np.argmax(np.array(rises) > 0.5)] <= 2.5
    (run,) = traced_runs(at_rest(dose(3.0), for_s=300.0), 1)
    assert len(run.let_downs) == 1


@pytest.mark.parametrize("amount_mu", [5.0, 10.0, 20.0])
def test_lag_after_a_dose_into_a_vein_is_near_20_s(amount_mu):
    (run,) = traced_runs(at_rest(dose(amount_mu), for_s=300.0), 1)
    assert lag(run) == pytest.approx(20, abs=7)
    (late,) = traced_runs(at_rest(dose(amount_mu), for_s=300.0), 1, without={"myoepithelium.lag": 60.0})
    assert lag(late) > lag(run) + 15


def test_lag_after_a_nasal_spray_is_near_100_s():
    (run,) = traced_runs("nasal-oxytocin", 1)
    assert lag(run) == pytest.approx(100, abs=25)


@pytest.mark.parametrize("amount_mu", [3.0, 5.0, 10.0, 20.0])
def test_one_contraction_follows_each_bolus(amount_mu):
    (run,) = traced_runs(at_rest(dose(amount_mu), for_s=900.0), 1)
    assert len(run.let_downs) == 1
    activation = run.channels["activation"]
    top = activation.argmax()
    rounding = 1e-5  # of the threshold at no rise
    assert np.all(np.diff(activation[:top]) >= -rounding)
    assert np.all(np.diff(activation[top:]) <= rounding)
    assert activation[-1] < 0.01
