"""Tables as users brought them: each case with the numbers that must come out."""

import csv
import json
from pathlib import Path

import pytest

from letdown import cli

CASES = Path(__file__).parent / "cases"
PLAIN = CASES / "detect-more-cells-than-names" / "plain.csv"
SPIKES = CASES / "bursts-space-after-comma" / "plain.csv"

# The let-downs were made to begin at 90, 260 and 430 s; readings are 5 s apart.
ONSETS = (90.0, 260.0, 430.0)
MILK = (22.6, 16.5, 14.1)


@pytest.fixture
def run(capsys):
    def perform(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return perform


def let_downs(out):
    found = json.loads(out)["let_downs"]
    return [event["onset_s"] for event in found], [event["volume_ml"] for event in found]


def the_three(out):
    onsets, milk = let_downs(out)
    assert onsets == pytest.approx(ONSETS, abs=3)
    assert milk == pytest.approx(MILK, abs=0.15)
    return True


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (PLAIN, 'commas, time "t_s" in s, mass "mass_g" in g, 121 rows'),
        (CASES / "detect-clock-times" / "hms.csv", 'time "time" as a clock'),
        (CASES / "detect-clock-times" / "iso.csv", 'time "Timestamp" as dates, mass "Weight (grams)" in g'),
        (
            CASES / "detect-semicolon-decimal-comma" / "log.csv",
            'semicolons, decimal commas, time "Zeit (s)" in s, mass "Masse (g)" in g, 121 rows',
        ),
        (CASES / "ounces" / "bottle.csv", 'volume "Volume (fl oz)" in fl oz'),
        (CASES / "ounces" / "scale.csv", 'mass "mass_oz" in oz'),
    ],
)
def test_one_session_however_it_is_written(run, file, said):
    code, out, err = run("detect", file, "--json")
    assert (code, err) == (0, "")
    assert the_three(out)
    assert said in json.loads(out)["read_as"]
    code, _, err = run("detect", file)
    assert code == 0
    assert err.startswith(f"{file.name} read as: ")
    assert said in err


@pytest.mark.parametrize(("name", "zero"), [("hms.csv", "23:56:00"), ("iso.csv", "2026-03-28 23:56:00")])
def test_the_clock_time_of_zero_is_said(run, name, zero):
    file = CASES / "detect-clock-times" / name
    assert json.loads(run("detect", file, "--json")[1])["zero"] == zero
    assert f"Time 0 is {zero}." in run("detect", file)[1]


def test_cells_beyond_the_names_are_refused_by_row(run):
    code, out, err = run("detect", CASES / "detect-more-cells-than-names" / "log.csv", "--json")
    assert (code, out) == (2, "")
    assert "Row 2 of log.csv has 4 cells under 2 names; decimal commas are suspected" in err


def test_a_clock_that_starts_again_is_no_disorder(run):
    file = CASES / "detect-clock-restarts" / "log.csv"
    for options in ((), ("--sort",)):
        code, out, err = run("detect", file, *options)
        assert (code, out) == (2, "")
        assert "The clock starts again in row 62 of log.csv" in err
        assert "--sort" not in err
    code, out, _ = run("detect", file, "--join-restarts", "--json")
    assert code == 0
    assert the_three(out)
    assert "starts again in row 62" in " ".join(json.loads(out)["warnings"])


def test_flow_of_more_than_one_breast_is_refused_uncut(run):
    code, out, err = run("detect", CASES / "detect-flow-above-3-ml-s" / "flow.csv", "--json")
    assert (code, out) == (2, "")
    assert "beyond 3 mL/s for 40 s" in err
    assert "not one human breast; check the unit" in err


def test_two_files_each_have_their_own_clock(run):
    folder = CASES / "two-instruments-two-clocks"
    files = (folder / "balance.csv", folder / "scan.csv")
    once = ("--time-column", "clock", "--time-unit", "min", "--signal-unit", "g")
    twice = ("--time-column", "clock", "--time-column", "time_s", "--time-unit", "min", "--time-unit", "s")
    twice += ("--signal-unit", "g", "--signal-unit", "mm")
    for options in (once, twice):
        code, out, _ = run("detect", *files, *options, "--json")
        assert code == 0
        both = json.loads(out)
        assert [record["kind"] for record in both["records"]] == ["mass", "diameter"]
        assert both["agreement"]["f1"] == 1.0
        assert the_three(json.dumps(both["records"][0]))
    code, out, _ = run(
        "detect", *files, *once, "--start", "200", "--start", "0", "--delay", "5", "--delay", "0", "--json"
    )
    first, second = (let_downs(json.dumps(record))[0] for record in json.loads(out)["records"])
    assert first == pytest.approx([255, 425], abs=3)
    assert len(second) == 3


@pytest.mark.parametrize("text", ["3.5 fl oz", "3.5fl_oz", "3.5 floz", "3.5 US fl oz"])
def test_ounces_of_a_scenario(text):
    from letdown.protocol.scenario import preset

    scenario = preset("breastfeed").with_values({"breasts.left.milk_ml": text})
    assert scenario.breasts.left.milk_ml == pytest.approx(103.507, abs=1e-3)


def test_a_bare_ounce_of_a_volume_is_refused_and_weeks_are_read(run):
    from letdown import ScenarioError
    from letdown.protocol.scenario import preset

    with pytest.raises(ScenarioError, match="write fl oz"):
        preset("breastfeed").with_values({"breasts.left.milk_ml": "3.5 oz"})
    assert preset("breastfeed").with_values({"mother.postpartum_day": "6 weeks"}).mother.postpartum_day == 42
    with pytest.raises(ScenarioError, match="postpartum_day"):
        preset("breastfeed").with_values({"mother.postpartum_day": "1.5 d"})


# Spikes


def spikes():
    with SPIKES.open(newline="") as file:
        return [(float(row["time_s"]), row["cell"]) for row in csv.DictReader(file)]


def written(path, rows, header="time_s,cell", pattern="{0:.4f},{1}"):
    path.write_text("\n".join([header, *(pattern.format(*row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def three_bursts(out):
    found = json.loads(out)
    assert found["cells"] == 4
    assert [burst["onset_s"] for burst in found["bursts"]] == pytest.approx([60, 140, 230], abs=1)
    assert found["background_rate_hz"] == pytest.approx(2.0, abs=0.005)
    return True


def comma(row):
    return f"{row[0]:.4f}".replace(".", ","), row[1]


@pytest.mark.parametrize(
    ("rows", "header", "pattern", "options"),
    [
        (spikes(), "time_s,cell", "{0:.4f},{1}", ()),
        (spikes(), "time_s, cell", "{0:.4f}, {1}", ()),
        (spikes(), "Time_S,CELL", "{0:.4f},{1}", ()),
        (spikes(), "time_s\tunit", "{0:.4f}\t{1}", ()),
        (spikes(), "time_s neuron", "{0:.4f} {1}", ()),
        (spikes(), "time_s,cell,amplitude_uv", "{0:.4f},{1},50", ()),
        (spikes(), "time_s,probe,shank", "{0:.4f},{1},50", ("--cell-column", "probe")),
        (sorted(spikes(), key=lambda row: row[1]), "time_s,cell", "{0:.4f},{1}", ()),
        ([comma(row) for row in spikes()], "time_s;cell", "{0};{1}", ()),
        ([comma(row) for row in spikes()], "time_s,cell", '"{0}",{1}', ()),
        ([(1e3 * t, c) for t, c in spikes()], "time_ms,cell", "{0:.1f},{1}", ()),
        ([(1e3 * t, c) for t, c in spikes()], "time (ms),cluster_id", "{0:.1f},{1}", ()),
        ([(1e6 * t, c) for t, c in spikes()], "t [\u00b5s],cell", "{0:.0f},{1}", ()),
        ([(1e3 * t, c) for t, c in spikes()], "time_s,cell", "{0:.1f},{1}", ("--time-unit", "ms")),
        ([(1e3 * t, c) for t, c in spikes()], "time,cell", "{0:.1f},{1}", ("--time-unit", "ms")),
    ],
)
def test_one_recording_of_spikes_however_it_is_written(run, tmp_path, rows, header, pattern, options):
    file = written(tmp_path / "spikes.csv", rows, header, pattern)
    code, out, err = run("neurones", "bursts", file, *options, "--json")
    assert (code, err) == (0, "")
    assert three_bursts(out)
    # The recording has one spike of cell 0 twice, at 230.7333 s.
    repeat = "1 spike repeats the time before of the same cell and was left out."
    assert json.loads(out)["warnings"] == [repeat]


def test_times_that_are_hardly_seconds_are_warned_of(run, tmp_path):
    milliseconds = [(1e3 * t, c) for t, c in spikes()]
    for rows, pattern, words in (
        (milliseconds, "{0:.1f},{1}", "times a second"),
        ([(round(t), c) for t, c in spikes()], "{0},{1}", "whole numbers"),
    ):
        file = written(tmp_path / "spikes.csv", rows, pattern=pattern)
        code, _, err = run("neurones", "bursts", file)
        assert code == 0
        assert words in err
        assert "--time-unit ms" in err
        assert "--time-unit ms" in json.loads(run("neurones", "bursts", file, "--json")[1])["warnings"][0]
    file = written(tmp_path / "spikes.csv", milliseconds)
    code, _, err = run("neurones", "bursts", file, "--duration", "300")
    assert code == 2
    assert "--time-unit ms" in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time_s,probe\n1,a\n2,b\n", "--cell-column"),
        ("time_s,cell,unit\n1,a,b\n2,b,a\n", "more than one column"),
        ("time_s;cell\n0,5;1\n0,7\n", "Row 3 of spikes.csv has 1 cell under 2 names"),
        ("time_s\n0,1970\n0,8050\n", "Row 2 of spikes.csv has 2 cells under 1 name"),
        ("time_s,cell\n1,a\n2,a\n1.5,a\n", "Cell a falls back from 2 to 1.5 s in row 4"),
        ("time,cell\n1,a\n2,a\n", "give --time-unit s"),
        ("time_s,cell\n1,\n", "Row 2 of spikes.csv names no cell"),
        ("a\n1,2\n", "Row 2 of spikes.csv has 2 cells under 1 name"),
        ("time_s,id\n" + "\n".join(f"{k},{k}" for k in range(20)), "another cell in every row"),
        ("time_s,cell\n" + "\n".join(f"{k % 20},a" for k in range(40)), "The clock starts again in row 22"),
    ],
)
def test_spikes_that_cannot_be_read_end_in_a_sentence(run, tmp_path, text, words):
    (tmp_path / "spikes.csv").write_text(text, encoding="utf-8")
    code, out, err = run("neurones", "bursts", tmp_path / "spikes.csv", "--json")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
