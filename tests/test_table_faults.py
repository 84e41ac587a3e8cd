"""Tables that were read wrongly without a word: each case with what must come out, or the sentence of its refusal."""

import json

import numpy as np
import pytest

from letdown import LetdownError, cli
from letdown.instruments.signal_file import Wanted, read_signal
from letdown.neurons.spike_table import SpikesWanted, read_spike_table
from letdown.tables.column_names import column_name

TIME = np.arange(0.0, 420.0, 2.0)
FLOW = sum(np.interp(TIME, [at, at + 10, at + 35, at + 60], [0, 0.4, 0.4, 0]) for at in (90.0, 190.0, 290.0))
MASS = np.cumsum(FLOW) * 2.0 * 1.03


@pytest.fixture
def run(capsys):
    def perform(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, " ".join(out.split()), " ".join(err.split())

    return perform


@pytest.fixture
def write(tmp_path):
    def perform(name, times, values, header="t_s,mass_g", *, line="{},{:.3f}"):
        path = tmp_path / name
        rows = [line.format(time, value) for time, value in zip(times, values, strict=True)]
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return perform


def clock(seconds, start=0, pattern="{:02d}:{:02d}:{:02d}"):
    return [pattern.format(t // 3600 % 24, t // 60 % 60, t % 60) for t in (np.asarray(seconds, int) + start).tolist()]


def agreement(out):
    plain = json.loads(out)
    return len(plain["agreement"]["matched"]), plain["agreement"]["f1"], plain["warnings"]


# Two records on one clock

EVENING, MIDNIGHT = 86_220, 86_380
PATTERNS = {
    "times of day": ("{:02d}:{:02d}:{:02d}", "{:02d}:{:02d}:{:02d}"),
    "dates": ("2026-10-24T{:02d}:{:02d}:{:02d}", "2026-10-24T{:02d}:{:02d}:{:02d}"),
    "offsets": ("2026-10-24T{:02d}:{:02d}:{:02d}+02:00", "2026-10-24T{:02d}:{:02d}:{:02d}Z"),
    "open order": ("03/04/2026 {:02d}:{:02d}:{:02d}", "03/04/2026 {:02d}:{:02d}:{:02d}"),
}


@pytest.mark.parametrize("kind", PATTERNS)
def test_two_records_on_clocks_have_one_zero(run, write, kind):
    one, other = PATTERNS[kind]
    start = 50_000
    first = write("a.csv", clock(TIME, start, one), MASS, "Time,mass_g")
    late = start + 40 - (7200 if other.endswith("Z") else 0)
    second = write("b.csv", clock(TIME[:-20], late, other), MASS[20:], "Time,mass_g")
    for files in ((first, second), (second, first)):
        code, out, _ = run("detect", *files, "--json")
        assert code == 0
        assert agreement(out) == (3, 1.0, [])
        zero = one.format(13, 53, 20)
        assert [record["zero"] for record in json.loads(out)["records"]] == [zero, zero]
        assert run("detect", *files)[1].count(f"Time 0 is {zero} for both.") == 2


def test_midnight_between_first_rows_is_passed(run, write):
    first = write("a.csv", clock(TIME, MIDNIGHT), MASS, "Time,mass_g")
    second = write("b.csv", clock(TIME[:-20], MIDNIGHT + 40), MASS[20:], "Time,mass_g")
    assert agreement(run("detect", first, second, "--json")[1]) == (3, 1.0, [])
    assert agreement(run("detect", second, first, "--json")[1]) == (3, 1.0, [])


def test_clocks_that_cannot_be_lined_up_are_said(run, write):
    first = write("a.csv", clock(TIME, EVENING - 4000), MASS, "Time,mass_g")
    second = write("b.csv", TIME, MASS)
    words = "The clocks of a.csv (times of day) and b.csv (numbers) cannot be lined up; each keeps its own time 0."
    assert agreement(run("detect", first, second, "--json")[1]) == (3, 1.0, [words])
    assert words in run("detect", first, second)[2]
    assert agreement(run("detect", second, second, "--json")[1]) == (3, 1.0, [])


def test_records_that_do_not_overlap_are_said(run, write):
    first = write("a.csv", clock(TIME, 50_000), MASS, "Time,mass_g")
    second = write("b.csv", clock(TIME, 60_000), MASS, "Time,mass_g")
    code, out, err = run("detect", first, second, "--json")
    assert (code, out) == (2, "")
    assert "from 0 to 418 s and the second from 10000 to 10418 s; give records of one session on one clock" in err


# Names and units


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("prolactin_ng_ml", "ng/mL"),
        ("oxytocin_pg_ml", "pg/mL"),
        ("Prolactin ng per mL", "ng/mL"),
        ("milk_kcal_ml", "kcal/mL"),
        ("price_per_g", "1/g"),
        ("rate_per_s", "1/s"),
        ("flow_ml_per_min", "mL/min"),
        ("removed_left_ml", "mL"),
        ("duct_d_mm", "mm"),
    ],
)
def test_a_unit_behind_a_unit_is_a_quotient(name, unit):
    assert column_name(name).unit == unit


def test_concentrations_are_no_milk(run, write):
    path = write("a.csv", TIME, MASS, "t_s,mass_g,prolactin_ng_ml", line="{0},{1:.3f},{1:.3f}")
    assert run("detect", path)[0] == 0
    code, _, err = run("detect", path, "--signal-column", "prolactin_ng_ml")
    assert code == 2
    assert "ng/mL" in err


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("flow (ml_s)", 1.0),
        ("flow (mL min-1)", 60.0),
        ("flow (mL s-1)", 1.0),
        ("flow (g min^-1)", 60.0 * 1.03),
        ("flow (mL\u00b7min\u207b\u00b9)", 60.0),
    ],
)
def test_quotients_in_all_spellings(write, name, factor):
    readings = read_signal(write("a.csv", TIME, FLOW * factor, f"t_s,{name}"), Wanted())
    np.testing.assert_allclose(readings.signal.flow_ml_s, FLOW, atol=1e-3)


def test_units_that_contradict_the_name_are_refused(write):
    path = write("a.csv", TIME, MASS, "t_s,mass_g\ns,kg")
    with pytest.raises(LetdownError, match="'g' and in 'kg'; give --signal-unit"):
        read_signal(path, Wanted())
    np.testing.assert_allclose(read_signal(path, Wanted(signal_unit="g")).signal.milk_ml, MASS / 1.03, atol=1e-3)
    path = write("b.csv", TIME * 1000, MASS, "t_s,mass_g\nms,g")
    with pytest.raises(LetdownError, match="'s' and in 'ms'; give --time-unit"):
        read_signal(path, Wanted())
    np.testing.assert_allclose(read_signal(path, Wanted(time_unit="ms")).signal.time_s, TIME)


# Rows, kinds and options

INCREMENTS = np.diff(MASS, prepend=0.0)


def test_increments_are_not_read_as_collected(write):
    path = write("a.csv", TIME, INCREMENTS, "t_s,drops_g")
    with pytest.raises(LetdownError, match=r"falls back 3 times.* give --kind increments"):
        read_signal(path, Wanted())
    signal = read_signal(path, Wanted(kind="increments")).signal
    assert signal.milk_ml[-1] == pytest.approx(MASS[-1] / 1.03, abs=0.1)


def test_drift_tare_and_noise_are_no_increments(write):
    noise = np.random.default_rng(1).normal(0.0, 0.3, TIME.size)
    tared = np.where(TIME > 250, MASS - 20.0, MASS)
    for values in (MASS - 4.0 * TIME / TIME[-1], MASS + noise, tared, noise, 5.0 - 5.0 * TIME / TIME[-1]):
        read_signal(write("a.csv", TIME, values), Wanted())


@pytest.mark.parametrize("code", ["#####", "#N/A", "########", "#VALUE!", "", "NaN"])
def test_a_row_without_time_is_refused(write, code):
    times = [f"{t:g}" for t in TIME]
    times[50] = code
    with pytest.raises(LetdownError, match=r"Row 52 of a.csv has .* in the column 't_s'; give every row its time"):
        read_signal(write("a.csv", times, MASS), Wanted())


def test_remarks_between_rows_are_passed_over(write):
    path = write("a.csv", TIME, MASS)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:40], "# let-down felt, 2 of 3", "## pump, on", *lines[40:]]))
    assert read_signal(path, Wanted()).signal.time_s.size == TIME.size


def test_a_wide_row_among_decimal_points_is_no_decimal_comma(write):
    path = write("a.csv", TIME, MASS)
    lines = path.read_text().splitlines()
    lines[40] += ",7"
    path.write_text("\n".join(lines))
    with pytest.raises(LetdownError, match=r"Row 41 .* 3 cells under 2 names; give each column a name"):
        read_signal(path, Wanted())


@pytest.mark.parametrize(
    ("times", "option", "why"),
    [
        (TIME, {"time_zone": "Europe/Berlin"}, "--time-zone has no effect on a.csv, whose time is a number"),
        (TIME, {"date_order": "day-first"}, "--date-order has no effect on a.csv, whose time is a number"),
        (clock(TIME, 50_000), {"time_zone": "UTC"}, "whose times have no date"),
        (clock(TIME, 50_000, PATTERNS["offsets"][0]), {"time_zone": "UTC"}, "whose dates carry an offset"),
        (clock(TIME, 50_000, PATTERNS["dates"][0]), {"date_order": "day-first"}, "whose dates have one order only"),
    ],
)
def test_options_without_effect_are_refused(write, times, option, why):
    path = write("a.csv", times, MASS, "t_s,mass_g" if times is TIME else "Time,mass_g")
    with pytest.raises(LetdownError, match=why):
        read_signal(path, Wanted(**option))
    given_for_two = read_signal(path, Wanted(**option, shared=frozenset(option)))
    assert any(why in words for words in given_for_two.warnings)


def test_more_milk_than_was_available_is_said(run, write):
    path = write("a.csv", TIME, MASS)
    assert "more than the 10 mL said to be available" in run("detect", path, "--available", 10)[1]
    assert "said to be available" not in run("detect", path, "--available", 100)[1]


# Spikes


def test_spikes_twice_at_one_time_are_left_out(tmp_path):
    rows = [f"{k / 2:g},{cell}" for k in range(100) for cell in (1, 2)]
    plain, twice = tmp_path / "a.csv", tmp_path / "b.csv"
    plain.write_text("\n".join(["time_s,cell", *rows]))
    twice.write_text("\n".join(["time_s,cell", *(row for row in rows for _ in (0, 1))]))
    one, other = read_spike_table(plain), read_spike_table(twice)
    np.testing.assert_array_equal(one.trains.time_s, other.trains.time_s)
    np.testing.assert_array_equal(one.trains.cell, other.trains.cell)
    assert "200 spikes repeat the time before of the same cell and were left out." in other.warnings
    assert one.warnings == ()


def test_a_unit_that_makes_cells_too_fast_is_said(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["time_s", *(f"{k / 3:.3f}" for k in range(100))]))
    assert "give another --time-unit" in read_spike_table(path, SpikesWanted(time_unit="us")).warnings[0]
    assert read_spike_table(path).warnings == ()


@pytest.mark.parametrize(
    ("name", "stem", "unit"),
    [
        ("flow_g_p_min", "flow", "g/min"),
        ("Flow g p min", "flow", "g/min"),
        ("Flow (g p min)", "flow", "g/min"),
        ("Fluss (ml_pro_min)", "fluss", "mL/min"),
        ("flow_ml_p_s", "flow", "mL/s"),
        ("pressure_p_min", "pressure_p", "min"),
    ],
)
def test_p_between_two_units_is_per(name, stem, unit):
    found = column_name(name)
    assert (found.stem, found.unit) == (stem, unit)


@pytest.mark.parametrize("given", ["ml_s", "mL_s", "ml p s", "mL/s", "ml per sec", "ml_p_s"])
def test_a_unit_given_as_in_a_name_is_the_same(run, write, given):
    file = write("a.csv", TIME, FLOW, "t_s,flow")
    code, out, _ = run("detect", file, "--signal-unit", given, "--json")
    assert code == 0
    assert json.loads(out)["column_unit"] == "mL/s"
    assert len(json.loads(out)["let_downs"]) == 3
