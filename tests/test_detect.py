"""`letdown detect`: what it reads, what it says, what it draws, and how it refuses a file it cannot use."""

import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letdown import LetdownError, RecordingError, UnitError, cli
from letdown.instruments.let_down_detector import LetDownDetector
from letdown.instruments.milk_signal import CollectedMilk, MilkFlow
from letdown.instruments.signal_file import KINDS, DuctTrace, Wanted, read_signal
from letdown.plot.let_downs import plot_let_downs

TIME = np.arange(0.0, 601.0, 5.0)
FLOW = sum(np.interp(TIME, [at, at + 10, at + 35, at + 60], [0, 0.4, 0.4, 0]) for at in (100.0, 250.0, 400.0))
MILK = np.concatenate([[0.0], np.cumsum((FLOW[1:] + FLOW[:-1]) / 2 * 5.0)])
DUCT = 2.0 + 3.0 * FLOW


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys):
    def perform(*arguments):
        code = cli.main(["detect", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return perform


def table(path, header, *columns, separator=","):
    rows = [
        header.replace(",", separator),
        *(separator.join(f"{value:.6g}" for value in row) for row in zip(*columns, strict=True)),
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def onsets(out):
    return [event["onset_s"] for event in json.loads(out)["let_downs"]]


# What it reads


@pytest.mark.parametrize(
    ("header", "column", "time"),
    [
        ("t_s,flow_ml_s", FLOW, TIME),
        ("time_s,flow_ml_min", FLOW * 60, TIME),
        ("t_min,flow_g_s", FLOW * 1.03, TIME / 60),
        ("t_ms,mass_g", MILK * 1.03, TIME * 1000),
        ("Time (s),Mass (kg)", MILK * 1.03e-3, TIME),
        ("seconds,volume_ml", MILK, TIME),
        ("t_s,diameter_mm", DUCT, TIME),
        ("t_s,Duct [um]", DUCT * 1000, TIME),
    ],
)
def test_a_header_with_units_needs_no_option(run, here, header, column, time):
    code, out, err = run(table(here / "a.csv", header, time, column), "--json")
    assert (code, err) == (0, "")
    assert onsets(out) == pytest.approx([100, 250, 400], abs=6)


def test_milk_of_each_interval_is_read_as_increments(run, here):
    file = table(here / "a.csv", "t_s,milk_g", TIME[1:], np.diff(MILK) * 1.03)
    code, out, _ = run(file, "--kind", "increments", "--json")
    assert code == 0
    assert onsets(out) == pytest.approx([100, 250, 400], abs=6)
    assert sum(event["volume_ml"] for event in json.loads(out)["let_downs"]) == pytest.approx(MILK[-1], rel=0.03)


def test_columns_and_units_can_be_given(run, here):
    file = table(here / "a.csv", "clock,balance,room", TIME / 60, MILK * 1.03, 0 * TIME, separator=";")
    named = ("--time-column", "clock", "--signal-column", "balance", "--time-unit", "min", "--signal-unit", "g")
    numbered = ("--time-column", "1", "--signal-column", "2", "--time-unit", "min", "--signal-unit", "g")
    assert onsets(run(file, *named, "--json")[1]) == onsets(run(file, *numbered, "--json")[1])


def test_the_time_series_of_a_feed_is_read(run, here):
    from letdown import Recording
    from synthetic_run import synthetic_run

    Recording.from_run(synthetic_run(duration_s=600.0)).to_csv(here / "time_series.csv")
    code, _, err = run(here / "time_series.csv")
    assert code == 2
    assert "--signal-column" in err
    code, out, _ = run(here / "time_series.csv", "--signal-column", "removed_right_ml", "--json")
    assert code == 0
    assert json.loads(out)["kind"] == "volume"


def test_missing_readings_and_repeated_times_are_said(run, here):
    lines = table(here / "a.csv", "t_s,volume_ml", TIME, MILK).read_text().splitlines()
    lines[10], lines[20], lines[31] = lines[10].split(",")[0] + ",", lines[20].split(",")[0] + ",NaN", lines[30]
    (here / "a.csv").write_text("\n".join(["# a balance", *lines]), encoding="utf-8-sig")
    code, out, _ = run("a.csv", "--json")
    assert code == 0
    words = " ".join(json.loads(out)["warnings"])
    assert "2 of 121 readings are missing" in words
    assert "repeat the time" in words


# What it says


def test_json_has_the_promised_fields(run, here):
    code, out, _ = run(table(here / "a.csv", "t_s,mass_g", TIME, MILK * 1.03), "--json", "--available", 100)
    found = json.loads(out)
    assert code == 0
    for event in found["let_downs"]:
        assert list(event)[:5] == ["onset_s", "end_s", "volume_ml", "peak_ml_s", "confidence"]
        assert event["share_of_available"] == pytest.approx(event["volume_ml"] / 100, abs=1e-3)
        assert 0 <= event["confidence"] <= 1
    assert {"disclaimer", "note", "version", "errors", "warnings"} <= set(found)


def test_the_table_shows_each_let_down(run, here):
    code, out, _ = run(table(here / "a.csv", "t_s,mass_g", TIME, MILK * 1.03))
    assert code == 0
    assert "3 let-downs" in out
    for number in "123":
        assert any(line.startswith(number) for line in out.splitlines())
    assert "no let-downs" in run(table(here / "b.csv", "t_s,mass_g", TIME, 0 * TIME))[1]


def test_two_files_or_two_columns_are_compared(run, here):
    one = table(here / "a.csv", "t_s,mass_g", TIME, MILK * 1.03)
    two = table(here / "b.csv", "t_s,diameter_mm", TIME, DUCT)
    both = table(here / "c.csv", "t_s,mass_g,diameter_mm", TIME, MILK * 1.03, DUCT)
    by_files = json.loads(run(one, two, "--json")[1])
    by_columns = json.loads(run(both, "--signal-column", "mass_g", "--signal-column", "diameter_mm", "--json")[1])
    assert by_files["agreement"] == by_columns["agreement"]
    assert by_files["agreement"]["f1"] == 1.0
    assert "F1 1.00" in run(one, two)[1]
    code, _, err = run(one, two, one)
    assert code == 2
    assert "two to compare" in err


def test_the_figure_is_written_beside_the_file_and_never_over_another(run, here):
    file = table(here / "a.csv", "t_s,mass_g", TIME, MILK * 1.03)
    assert run(file, "--plot")[0] == 0
    assert (here / "a-let-downs.png").stat().st_size > 10_000
    code, _, err = run(file, "--plot")
    assert code == 2
    assert "--overwrite" in err
    assert run(file, "--plot", "--overwrite")[0] == 0
    assert run(file, file, "--out", here / "two.svg")[0] == 0
    assert run(file, "--out", here / "x.gif")[0] == 2
    assert not (here / "x.gif").exists()


def test_the_figure_shows_each_let_down_with_its_volume():
    detection = LetDownDetector().detect(CollectedMilk(TIME, MILK))
    figure = plot_let_downs([detection], ["a"])
    axes = {ax.get_label(): ax for ax in figure.axes}
    assert set(axes) == {"phases 1", "signal 1", "milk"}
    words = [text.get_text() for text in axes["signal 1"].texts]
    for event in detection.let_downs:
        assert f"{event.volume_ml:.1f} mL\n{event.confidence:.2f}" in words
    assert len(axes["phases 1"].patches) == 9
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(180.0)
    with pytest.raises(RecordingError, match="one or two"):
        plot_let_downs([], [])


# What it refuses


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("t_s,mass_g\n", "has 0 rows"),
        ("t_s,mass_g\n0,0\n", "has 1 row of readings"),
        ("0,0\n1,1\n2,2\n", "no line of column names"),
        ("t,mass_g\n0,0\n5,1\n", "give --time-unit"),
        ("t_s,mass\n0,0\n5,1\n", "give --signal-unit"),
        ("t_s,mass_g\n0,0\n10,1\n5,2\n", "row 4 of a.csv; put the rows in order, or give --sort"),
        ("t_s,mass_g\n0,0\nnan,1\n5,2\n", "Row 3 of a.csv has 'nan' in the column 't_s'"),
        ("t_s,mass_g\n0,0\n5,inf\n10,2\n", "Row 3 of a.csv"),
        ("# x\nt_s,mass_g\n0,0\n5,two\n", "Row 4 of a.csv has 'two'"),
        ("t_s;mass_g\n0;0\n5;1,5\n", "lasts 5 s"),
        ("t_s,mass_g\n0,\n5,\n10,1\n", "2 of 3 readings of a.csv are missing"),
        ("x,mass_g\n0,0\n5,1\n", "give --time-column"),
        ("t_s,a_ml,b_ml\n0,0,0\n5,1,1\n", "give --signal-column, one of a_ml, b_ml"),
        ("t_s,mass (stone)\n0,0\n5,1\n", "none of milk flow, milk or a diameter"),
        ("t_s,mass_g\n0,0\n0,1\n", "at 1 time only"),
        ("t_s,mass_g\n0,0\n60,1\n120,2\n", "60 s apart"),
        ("t_s,mass_g\n0,0\n5,1\n10,2\n", "lasts 10 s"),
        ("t_s,mass_g\n0,0\n5,1\n1e12,2\n", "give one session"),
        ("t_s,mass_g\n0,0\n5,1e300\n10,2\n", "a reading beyond 1e+07"),
        ("\0\0\0\n\0", "not a text file"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(run, here, text, words):
    (here / "a.csv").write_text(text, encoding="utf-8")
    code, out, err = run("a.csv", "--json")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--time-column", "clock"), "give --time-column one of t_s, mass_g"),
        (("--signal-column", "9"), "give --signal-column one of"),
        (("--time-unit", "g"), "not a unit of time"),
        (("--kind", "colour"), "give --kind one of"),
        (("--kind", "flow"), "does not fit --kind flow"),
        (("--available", "-3"), "-3"),
        (("--kind", "mass", "--kind", "mass"), "for 1 records"),
    ],
)
def test_bad_options_are_one_sentence_and_exit_2(run, here, options, words):
    file = table(here / "a.csv", "t_s,mass_g", TIME, MILK)
    code, out, err = run(file, *options)
    assert (code, out) == (2, "")
    assert words in err


def test_a_file_that_is_absent_a_folder_or_no_text_is_refused(run, here):
    assert "absent.csv does not exist; give a CSV file" in run("absent.csv")[2]
    (here / "folder.csv").mkdir()
    assert run("folder.csv")[0] == 2
    (here / "bytes.csv").write_bytes(bytes(range(256)))
    code, _, err = run("bytes.csv")
    assert code == 2
    assert "UTF-8" in err


def test_a_huge_file_is_refused(run, here, monkeypatch):
    from letdown.tables import table as reader
    from letdown.tables import text

    file = table(here / "a.csv", "t_s,mass_g", TIME, MILK)
    monkeypatch.setattr(reader, "MOST_ROWS", 100)
    assert "121 rows, more than 100; thin it" in run(file)[2]
    monkeypatch.setattr(text, "MOST_BYTES", 100)
    assert "longer than 100 bytes; thin it" in run(file)[2]


def test_readings_before_the_pump_began_are_left_out_when_asked(run, here):
    file = table(here / "a.csv", "t_s,volume_ml", TIME, MILK)
    assert onsets(run(file, "--start", "200", "--json")[1]) == pytest.approx([250, 400], abs=6)
    code, _, err = run(file, "--start", "9999")
    assert code == 2
    assert "give --start earlier" in err


def test_rows_out_of_order_are_sorted_when_asked(run, here):
    shuffled = np.random.default_rng(1).permutation(TIME.size)
    file = table(here / "a.csv", "t_s,volume_ml", TIME[shuffled], MILK[shuffled])
    assert run(file)[0] == 2
    code, out, _ = run(file, "--sort", "--json")
    assert code == 0
    assert onsets(out) == pytest.approx([100, 250, 400], abs=6)


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet="0123456789.,;-+eEnaig_tsm\n\"' ()#", max_size=300))
def test_no_text_gives_anything_but_our_own_errors(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("fuzz") / "a.csv"
    path.write_text(f"t_s,mass_g\n{text}", encoding="utf-8")
    with suppress(LetdownError):
        LetDownDetector().detect(read_signal(path, Wanted()).signal)


def test_each_kind_makes_its_signal(here):
    file = table(here / "a.csv", "t_s,x", TIME, MILK)
    units = {"flow": "mL/s", "mass": "g", "volume": "mL", "increments": "mL", "diameter": "mm"}
    made = {kind: type(read_signal(file, Wanted(signal_unit=units[kind], kind=kind)).signal) for kind in KINDS}
    assert made == {
        "flow": MilkFlow, "mass": CollectedMilk, "volume": CollectedMilk, "increments": CollectedMilk,
        "diameter": DuctTrace,
    }  # fmt: skip
    with pytest.raises(UnitError, match="does not fit"):
        read_signal(file, Wanted(signal_unit="mL", kind="mass"))
