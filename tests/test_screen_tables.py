"""Tables at any width: every number that is shown is whole, and what is left out is said."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from letdown import Recording
from letdown._csv_file import write_table
from letdown._terminal import screen_width, show
from letdown._text_table import Column, TextTable
from letdown.calibration.results import read_result
from letdown.calibration_report import calibration_report, sensitivity_report
from letdown.cli import main
from letdown.detection_report import detection_report
from letdown.evidence.directions import Finding
from letdown.evidence.targets import read_targets
from letdown.evidence.validate import Estimate, Score
from letdown.instruments.detection import DetectedLetDown, Detection
from letdown.measures import differences, quartiles
from letdown.neurones_comparison import ComparisonRow, Measured
from letdown.neurones_report import bursts_report, neurones_comparison_report
from letdown.neurons.bursts import SpikeTrains, analyse
from letdown.parameter_table import parameter_rows
from letdown.protocol.scenario import presets
from letdown.recording import feed_summary
from letdown.report import cohort_report, comparison_report, feed_report, parameters_report
from letdown.report_evidence import validation_report
from letdown.report_lactation import SHOWN, lactation_report
from synthetic_run import synthetic_dyad, synthetic_run

WIDTHS = (40, 60, 80, 100, 120, 200)
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?")


def at(width, body):
    console = Console(width=width, color_system=None, force_terminal=False, highlight=False)
    with console.capture() as capture:
        console.print(body, crop=False)
    return capture.get()


def comparison():
    feeds = [feed_summary(synthetic_dyad(k)) for k in range(6)]
    a, b = "a-morning-feed-with-the-whole-family-at-the-table", "nasal-spray-before-the-second-breast"
    return comparison_report(differences(feeds[:5], feeds[1:]), a=a, b=b, seeds=range(30, 35))


def scores():
    rows = list(read_targets().values())
    found = []
    for number, target in enumerate(rows[:60]):
        direction = target.role == "direction"
        answer = Finding(True, "1.25 against 0.75") if direction else Estimate(12.345 * number, 0.0123)
        found.append(Score("chatterton2000-oxytocin-and-yield", target, answer, number % 2 == 0, "", "", 9))
    return validation_report(found)


def sensitivity():
    text = (Path(__file__).parents[1] / "docs" / "data" / "sensitivity.json").read_text(encoding="utf-8")
    return sensitivity_report(json.loads(text))


def bursts():
    rng = np.random.default_rng(1)
    volleys = [60.0 + 187.5 * k + 0.02 * np.arange(60) for k in range(12)]
    times = np.concatenate([volley + rng.uniform(0, 0.05) for volley in volleys for _ in range(5)])
    cells = np.tile(np.repeat(np.arange(5), 60), 12)
    order = np.argsort(times, kind="stable")
    trains = SpikeTrains(times[order], cells[order], 5, 2400.0)
    found = analyse(trains)
    assert len(found.bursts) == 12
    return bursts_report(found, trains)


def detected():
    event = DetectedLetDown(
        60.0, 1234.0, 70.0, 10.5, 100.25, 60.75, 0.987, False, 31.25, 0.456, share_of_available=0.35
    )
    curve = np.zeros(3)
    found = Detection((event, event), "milk flow", "mL/s", curve, curve, curve, curve, {"flow_error_ml_s": 0.0123}, ())
    readings = SimpleNamespace(column="mass_g", unit="g", kind="mass", warnings=("Row 17 was mended.",))
    return detection_report("a-scale.csv", readings, found)


def network():
    measured = Measured(12.345, 187.6, 0.456, 123.4, 25.67)
    return neurones_comparison_report([ComparisonRow("k_p 0.75, antagonist 0.1", measured, measured, 61.2, 0.12, 0.34)])


def months():
    drawn = np.random.default_rng(2)
    rows = [{"day": d, **{name: float(drawn.uniform(0, 900)) for name, _, _ in SHOWN}} for d in range(1, 91)]
    for row in rows:
        row["feeds"] = int(row["feeds"])
    data = SimpleNamespace(attrs={"days_asked": 90})
    return lactation_report(SimpleNamespace(daily=lambda: rows, data=data, origin="twins, seed 3", onset_h=61.2))


BODIES = {
    "detect": detected,
    "lactation": months,
    "neurones bursts": bursts,
    "neurones compare": network,
    "feed": lambda: feed_report(Recording.from_run(synthetic_run())),
    "feed --dyads": lambda: cohort_report(
        quartiles([feed_summary(synthetic_dyad(k)) for k in range(5)]), scenario="x" * 60, seed=2**64 - 1, dyads=5
    ),
    "compare": comparison,
    "parameters": lambda: parameters_report(parameter_rows()),
    "calibrate show": lambda: calibration_report(read_result()),
    "sensitivity": sensitivity,
    "validate": scores,
    "scenario list": lambda: TextTable((Column("name"), Column("title")), presets().items(), heads=False),
}


def left_out(text):
    """Return the titles of the columns that a text says it leaves out."""
    flat = " ".join(text.split())
    return [title for found in re.findall(r"shows? also: (.*?)\.(?: |$)", flat) for title in found.split(", ")]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", BODIES)
def test_a_narrow_table_shows_numbers_of_the_wide_one_whole_or_says_what_it_leaves_out(name, width):
    wide, narrow = at(10_000, BODIES[name]()), at(width, BODIES[name]())
    assert not re.search(r"\S…", narrow)  # labels such as "… left breast" begin with one
    assert left_out(wide) == []
    whole, shown = Counter(NUMBER.findall(wide)), Counter(NUMBER.findall(narrow))
    assert not shown - whole  # no piece of a number
    if not left_out(narrow):
        assert shown == whole
    assert max(len(line) for line in narrow.splitlines()) <= width


@pytest.mark.parametrize("width", [40, 60, 80])
def test_names_of_compared_scenarios_stand_above_and_take_no_room(width):
    text = at(width, comparison())
    flat = "".join(text.split())
    assert "a-morning-feed-with-the-whole-family-at-the-table" in flat
    assert "B−A" in flat
    assert "±SE" in flat


ROWS = st.lists(
    st.tuples(
        st.text("abc_-. ", max_size=30), st.floats(-1e9, 1e9).map(lambda x: f"{x:z.6g}"), st.integers().map(str),
        st.text("xyz é授 ", max_size=40),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@given(ROWS, st.integers(30, 90))
def test_any_table_at_any_width_cuts_no_number(rows, width):
    columns = (
        Column("name"),
        Column("value", number=True),
        Column("count", number=True, spare=1),
        Column("note", spare=2),
    )
    table = TextTable(columns, rows)
    lines = at(width, table)
    gone = left_out(lines)
    assert set(gone) <= {"count", "note"}
    shown = Counter(NUMBER.findall(lines))
    for row in rows:  # none is -0, which a table shows as 0
        assert shown[row[1]] or NUMBER.findall(row[1]) == []
        assert "count" in gone or shown[row[2]]


def test_columns_are_left_out_from_the_most_spare_and_words_fold_first():
    columns = (
        Column("a"),
        Column("b", number=True, spare=2),
        Column("c", number=True, spare=1),
        Column("d", number=True),
    )
    table = TextTable(columns, [("some words to be folded", "123.456", "0.5", "789")])
    assert at(80, table) == "a                              b    c    d\nsome words to be folded  123.456  0.5  789\n"
    assert left_out(at(30, table)) == []
    assert left_out(at(22, table)) == ["b"]
    assert left_out(at(15, table)) == ["b", "c"]
    assert "789" in at(3, table)
    assert "123.456" in at(3, TextTable((Column("n", number=True),), [("123.456",)]))


def test_a_cell_of_several_styles_keeps_them():
    bar = Text("ab")
    bar.stylize("blue", 0, 1)
    console = Console(width=80, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        console.print(TextTable((Column("x", style="bold"),), [(bar,)], heads=False))
    assert "34m" in capture.get()


# Where the width comes from ---------------------------------------------------------------------------


def test_a_pipe_or_a_file_has_no_width_and_columns_gives_one(monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert screen_width() >= 10_000
    show(parameters_report(parameter_rows()))
    out = capsys.readouterr().out
    assert "shows also" not in out
    assert len(out.splitlines()) == at(10_000, parameters_report(parameter_rows())).count("\n")
    monkeypatch.setenv("COLUMNS", "60")
    assert screen_width() == 60
    for odd in ("0", "-3", "x", "", "9" * 30):
        monkeypatch.setenv("COLUMNS", odd)
        assert screen_width() >= 10_000


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_on_a_terminal_the_table_has_the_width_of_the_terminal(columns):
    import fcntl
    import struct
    import termios

    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    command = [sys.executable, "-m", "letdown", "parameters", "--organ", "plasma"]
    with subprocess.Popen(command, stdout=follower, env=environment | {"TERM": "dumb"}) as running:
        os.close(follower)
        held = b""
        while True:
            try:
                chunk = os.read(leader, 65536)
            except OSError:  # what Linux says at the end
                break
            if not chunk:
                break
            held += chunk
        assert running.wait(60) == 0
    os.close(leader)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", held.decode()).splitlines()
    assert max(map(len, lines)) <= columns
    rows = [row for row in parameter_rows() if row["path"].startswith("plasma.")]
    for row in rows:
        assert any(re.search(rf"(?<!\S){re.escape(format(row['value'], 'g'))}(?!\S)", line) for line in lines), row


@pytest.mark.parametrize(
    ("cell", "shown"),
    [("-0.0", "0.0"), ("-0", "0"), ("−0.00 s", "0.00 s"), ("-0 %", "0 %"), ("-0.04", "-0.04"), ("-0.0 – 1", "0.0 – 1"),
     ("-01", "-01"), ("-0.0a", "-0.0a")],
)  # fmt: skip
def test_no_table_shows_minus_nothing(cell, shown):
    table = TextTable([Column("x", number=True)], [[cell]])
    assert table.rows[0][0].plain == shown


def test_a_csv_table_holds_no_minus_nothing(tmp_path):
    write_table(tmp_path / "a.csv", ["x", "y"], [[-0.0, np.float64(-0.0)], [-1e-300, -0.5]])
    assert (tmp_path / "a.csv").read_text() == "x,y\n0,0\n-1e-300,-0.5\n"


def test_presets_on_a_narrow_screen_have_their_titles_below(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["scenario", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 40
    names = [line for line in lines if not line.startswith(" ")]
    assert names == list(presets())
    at = lines.index("first-feeds")
    assert lines[at + 1 : at + 3] == ["  A first feed of two beginners, day 2", names[names.index("first-feeds") + 1]]
