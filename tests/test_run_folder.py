"""The folder of a run: whole or absent, never over another run's files without being asked."""

import csv
import json
import os
import stat
import tomllib

import pytest

from letdown import OutputError, Recording
from letdown._json import json_text
from letdown.recording import feed_summary
from letdown.run_folder import COHORT_FILES, FEED_FILES, run_folder, write_cohort, write_feed
from synthetic_run import SCENARIO_TOML, synthetic_dyad, synthetic_run


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fill(folder, text="new"):
    (folder.path / "summary.json").write_text(text)


def fail_halfway(error, *arguments, **options):
    with run_folder(*arguments, **options) as folder:
        fill(folder)
        raise error


def lose_the_place(out):
    with run_folder(out) as folder:
        fill(folder)
        out.mkdir()
        (out / "other").write_text("theirs")
        folder.commit()


def test_a_new_folder_appears_whole(here):
    with run_folder(here / "a" / "b") as folder:
        fill(folder)
        assert not (here / "a" / "b").exists()
        assert folder.commit() == here / "a" / "b"
    assert [p.name for p in (here / "a").iterdir()] == ["b"]
    assert (here / "a" / "b" / "summary.json").read_text() == "new"


def test_the_folder_is_as_open_as_any_other(here):
    with run_folder(here / "out") as folder:
        folder.commit()
    (here / "usual").mkdir()
    assert stat.S_IMODE((here / "out").stat().st_mode) == stat.S_IMODE((here / "usual").stat().st_mode)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_stays_of_a_run_that_failed(here, error):
    with pytest.raises(error):
        fail_halfway(error, None, name="feed-0")
    assert list(here.iterdir()) == []


def test_new_folders_are_numbered(here):
    places = []
    for _ in range(3):
        with run_folder(None, name="feed-0") as folder:
            places.append(str(folder.commit()))
    assert places == [os.path.join("letdown-runs", name) for name in ("feed-0", "feed-0-2", "feed-0-3")]


def test_two_runs_at_once_take_two_names(here):
    with run_folder(None, name="feed-0") as one, run_folder(None, name="feed-0") as two:
        fill(one, "one")
        fill(two, "two")
        places = [one.commit(), two.commit()]
    assert [(place / "summary.json").read_text() for place in places] == ["one", "two"]


def test_a_folder_with_something_in_it_is_refused_before_the_run(here):
    (here / "out").mkdir()
    (here / "out" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not empty"), run_folder(here / "out"):
        pytest.fail("the run must not start")
    assert [p.name for p in (here / "out").iterdir()] == ["notes.txt"]


def test_overwriting_replaces_our_files_and_leaves_others(here):
    out = here / "out"
    out.mkdir()
    for name in ("notes.txt", "summary.json", "recording.nc"):
        (out / name).write_text("old")
    with run_folder(out, overwrite=True) as folder:
        fill(folder)
        assert (out / "summary.json").read_text() == "old"
        folder.commit()
    assert {p.name: p.read_text() for p in out.iterdir()} == {"notes.txt": "old", "summary.json": "new"}


def test_an_empty_folder_is_used_as_it_is(here):
    (here / "out").mkdir()
    inode = (here / "out").stat().st_ino
    with run_folder(here / "out") as folder:
        fill(folder)
        folder.commit()
    assert (here / "out").stat().st_ino == inode
    assert [p.name for p in (here / "out").iterdir()] == ["summary.json"]


def test_a_failed_overwrite_keeps_the_old_files(here):
    (here / "out").mkdir()
    (here / "out" / "summary.json").write_text("old")
    with pytest.raises(RuntimeError):
        fail_halfway(RuntimeError, here / "out", overwrite=True)
    assert {p.name: p.read_text() for p in (here / "out").iterdir()} == {"summary.json": "old"}


def test_a_file_or_a_folder_below_a_file_is_refused(here):
    (here / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"), run_folder(here / "file"):
        pytest.fail("the run must not start")
    with pytest.raises(OutputError, match="Cannot write to"), run_folder(here / "file" / "out"):
        pytest.fail("the run must not start")


def test_an_unwritable_place_is_refused_before_the_run(here):
    with pytest.raises(OutputError, match="Cannot write to"), run_folder(here / ("x" * 300)):
        pytest.fail("the run must not start")


def test_a_place_taken_during_the_run_is_not_overwritten(here):
    with pytest.raises(OutputError, match="took the name"):
        lose_the_place(here / "out")
    assert [p.name for p in (here / "out").iterdir()] == ["other"]


def test_a_feed_is_written_as_these_files(here):
    recording = Recording.from_run(synthetic_run(duration_s=300.0))
    write_feed(recording, here)
    assert {p.name for p in here.iterdir()} == set(FEED_FILES)
    assert json.loads((here / "summary.json").read_text()) == recording.summary()
    assert tomllib.loads((here / "scenario.toml").read_text()) == tomllib.loads(SCENARIO_TOML)
    assert (here / "figure.png").read_bytes().startswith(b"\x89PNG")
    for name in ("README.txt", "scenario.toml", "summary.json"):
        assert "not medical advice" in (here / name).read_text()


def test_a_cohort_is_written_with_one_row_for_each_dyad(here):
    summaries = [feed_summary(synthetic_dyad(k)) for k in range(3)]
    write_cohort(summaries, SCENARIO_TOML, here)
    assert {p.name for p in here.iterdir()} == set(COHORT_FILES)
    rows = list(csv.DictReader((here / "dyads.csv").read_text().splitlines()))
    assert [row["dyad"] for row in rows] == ["0", "1", "2"]
    assert float(rows[2]["trait_capacity"]) == pytest.approx(1.2)
    total = summaries[1]["milk_removed_ml"]["total"]
    assert float(rows[1]["milk_removed_ml"]) == pytest.approx(total, rel=1e-6)
    assert json.loads((here / "summary.json").read_text()) == summaries


def test_json_is_strict():
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text({"x": float("nan")})
