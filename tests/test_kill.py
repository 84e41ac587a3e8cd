"""Whenever a process dies, its place holds the old result or the new one, and the next run clears what is left."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import letdown
from kill_points import NEW, OLD
from letdown import OutputError, _unfinished
from letdown._atomic_file import atomic_file
from letdown._unfinished import NEWBORN_S, clear_abandoned, unfinished
from letdown.run_folder import run_folder

SEARCH = os.pathsep.join((str(Path(letdown.__file__).parents[1]), str(Path(__file__).parent)))
ENVIRONMENT = os.environ | {"PYTHONPATH": SEARCH}
MINE = {name: text for name, text in OLD.items() if text == "mine"}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills processes as POSIX does")


@pytest.mark.parametrize("found", ["new", "empty", "old"])
def test_a_death_at_any_call_leaves_one_whole_result(tmp_path, found):
    code = Path(__file__).with_name("kill_points.py")
    done = subprocess.run(
        [sys.executable, code, tmp_path / "home", found], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    deaths = [json.loads(line) for line in done.stdout.splitlines()]
    before = {"new": None, "empty": {}, "old": OLD}[found]
    after = NEW | MINE if found == "old" else NEW
    assert deaths[-1] == {"at": len(deaths), "died": False, "just": after, "next": after, "hidden": []}
    assert len(deaths) > 25
    ended = set()
    for death in deaths[:-1]:
        assert death["died"]
        just, later = death["just"], death["next"]
        # Between the two renamings there is nothing; a folder filled in place, or what others had put into the old
        # one, may lack files until the next run: those that are there are of one run.
        assert just in (before, None) or set(NEW.items()) >= set(just.items()) - set(MINE.items()), death
        assert later in (before, after), death
        assert death["hidden"] == [], death
        ended.add(json.dumps(later))
    assert len(ended) == 2  # some deaths came before, some after the moment from which the new one counts
    if found == "old":
        assert "now" in done.stderr
        assert all(death["just"] is not None or death["next"] == after for death in deaths)


def test_the_hidden_folder_of_a_living_process_is_left_alone(tmp_path):
    hidden = unfinished(tmp_path)
    (hidden.new / "a").write_text("x")
    code = f"from pathlib import Path\nfrom letdown._unfinished import clear_abandoned as c\nc(Path({str(tmp_path)!r}))"
    subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True)
    clear_abandoned(tmp_path)
    assert (hidden.new / "a").read_text() == "x"
    hidden.remove()
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_ours_is_cleared(tmp_path):
    prefix = _unfinished.PREFIX
    for name in (".cache", ".letdown", f"{prefix}young", f"{prefix}file", ".one-1-abcdefgh"):
        (tmp_path / name).mkdir() if "file" not in name else (tmp_path / name).write_text("")
    stranger = tmp_path / f"{prefix}stranger"
    stranger.mkdir()
    os.utime(stranger, (0, 0))
    if os.geteuid() == 0:
        os.chown(stranger, 12345, 12345)
    (tmp_path / f"{prefix}link").symlink_to(tmp_path / ".cache")
    old = tmp_path / f"{prefix}old"
    old.mkdir()
    then = time.time() - NEWBORN_S - 5
    os.utime(old, (then, then))
    clear_abandoned(tmp_path)
    left = {path.name.removeprefix(prefix) for path in tmp_path.iterdir()}
    expected = {".cache", ".letdown", "young", "file", ".one-1-abcdefgh", "link"}
    assert left - {"stranger"} == expected
    assert ("stranger" in left) == (os.geteuid() == 0)


def test_a_file_that_was_being_written_is_cleared_by_the_next(tmp_path):
    code = (
        "import os, signal\nfrom pathlib import Path\nfrom letdown._atomic_file import atomic_file\n"
        "with atomic_file(Path('a.csv')) as path: path.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=ENVIRONMENT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert [path.name.startswith(_unfinished.PREFIX) for path in tmp_path.iterdir()] == [True]
    with atomic_file(tmp_path / "b.csv") as path:
        path.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["b.csv"]


def test_an_interruption_in_the_middle_of_a_swap_loses_nothing(tmp_path, monkeypatch):
    place = tmp_path / "one"
    place.mkdir()
    for name in ("recording.nc", "notes.txt"):
        (place / name).write_text("old")
    real, made = os.rename, []

    def interrupted(source, target):
        real(source, target)
        made.append(target)
        if len(made) == 1:
            raise KeyboardInterrupt

    def write():
        with run_folder(place, overwrite=True) as folder:
            (folder.path / "summary.json").write_text("new")
            monkeypatch.setattr(os, "rename", interrupted)
            folder.commit()

    with pytest.raises(KeyboardInterrupt):
        write()
    assert {path.name: path.read_text() for path in place.iterdir()} == {"summary.json": "new", "notes.txt": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_place_that_was_taken_between_the_renamings_is_left_alone(tmp_path, capsys):
    """The old run stood aside and its process died; before the next run somebody made a folder of that name."""
    hidden = unfinished(tmp_path)
    (hidden.new / "summary.json").write_text("new")
    (hidden.path / "old").mkdir()
    (hidden.path / "old" / "summary.json").write_text("old")
    hidden._plan("one", ["summary.json"])
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "theirs").write_text("theirs")
    os.close(hidden.lock)
    clear_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"one", "one-2"}
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["theirs"]
    assert (tmp_path / "one-2" / "summary.json").read_text() == "new"
    assert "one-2" in capsys.readouterr().err


@pytest.mark.parametrize(
    "plan",
    [
        "",
        "{}",
        "[",
        "[]",
        '{"place": 3, "ours": 4}',
        '{"place": "../../x", "ours": []}',
        '{"place": "/etc", "ours": []}',
        "\x00",
    ],
)
def test_a_plan_that_makes_no_sense_harms_nothing(tmp_path, plan):
    home = tmp_path / "home"
    home.mkdir()
    hidden = unfinished(home)
    (hidden.path / "plan.json").write_text(plan)
    (hidden.new / "a").write_text("new")
    os.close(hidden.lock)
    clear_abandoned(home)
    assert list(home.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


# What can be replaced -----------------------------------------------------------------------------


def old_run(place):
    place.mkdir(parents=True)
    (place / "summary.json").write_text("old")
    (place / "notes.txt").write_text("mine")


def refused(place, words):
    with pytest.raises(OutputError, match=words), run_folder(place, overwrite=True):
        pytest.fail("the run must not start")
    assert (place / "summary.json").read_text() == "old"


def test_the_folder_one_works_in_is_not_replaced(tmp_path, monkeypatch):
    old_run(tmp_path / "one")
    (tmp_path / "one" / "inner").mkdir()
    for inside in ("one", "one/inner"):
        monkeypatch.chdir(tmp_path / inside)
        refused(tmp_path / "one", "folder you work in")
    monkeypatch.chdir(tmp_path / "one")
    refused(Path(), "folder you work in")


def test_a_mounted_volume_is_not_replaced_and_an_empty_one_is_filled(tmp_path, monkeypatch):
    old_run(tmp_path / "one")
    monkeypatch.setattr("os.path.ismount", lambda path: Path(path).name in ("one", "empty"))
    refused(tmp_path / "one", "mounted volume")
    (tmp_path / "empty").mkdir()
    with run_folder(tmp_path / "empty", overwrite=True) as folder:
        (folder.path / "summary.json").write_text("new")
        folder.commit()
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["summary.json"]


def test_a_link_to_a_folder_stays_one(tmp_path):
    old_run(tmp_path / "disk" / "real")
    (tmp_path / "one").symlink_to(tmp_path / "disk" / "real")
    with run_folder(tmp_path / "one", overwrite=True) as folder:
        (folder.path / "summary.json").write_text("new")
        folder.commit()
    assert (tmp_path / "one").is_symlink()
    real = tmp_path / "disk" / "real"
    assert {path.name: path.read_text() for path in real.iterdir()} == {"summary.json": "new", "notes.txt": "mine"}
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["real"]


def test_a_replaced_folder_keeps_its_rights(tmp_path):
    old_run(tmp_path / "one")
    (tmp_path / "one").chmod(0o2750)
    with run_folder(tmp_path / "one", overwrite=True) as folder:
        folder.commit()
    assert (tmp_path / "one").stat().st_mode & 0o7777 == 0o2750


def test_two_runs_that_replace_one_folder_leave_one_of_them_whole(tmp_path):
    old_run(tmp_path / "one")
    with run_folder(tmp_path / "one", overwrite=True) as a, run_folder(tmp_path / "one", overwrite=True) as b:
        for folder, text in ((a, "a"), (b, "b")):
            for name in ("summary.json", "recording.nc"):
                (folder.path / name).write_text(text)
        a.commit()
        b.commit()
    files = {path.name: path.read_text() for path in (tmp_path / "one").iterdir()}
    assert files == {"summary.json": "b", "recording.nc": "b", "notes.txt": "mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


# The command --------------------------------------------------------------------------------------


@pytest.mark.parametrize("trials", [2, pytest.param(30, marks=pytest.mark.slow)])
def test_a_killed_command_leaves_a_whole_run_or_none_and_the_next_is_clean(tmp_path, trials):
    def feed(place, *more):
        code = "import sys; from letdown.__main__ import run; run()"
        command = [sys.executable, "-c", code, "feed", "--seed", "1", "--out", "results/one", "--overwrite"]
        return subprocess.Popen(command, cwd=place, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=-1, text=True)

    def whole(place):
        found = {}
        for path in place.rglob("*"):
            if path.is_file() and path.suffix != ".nc":
                found[str(path.relative_to(place))] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    reference = tmp_path / "reference"
    reference.mkdir()
    feed(reference).communicate()  # warm
    began = time.monotonic()
    process = feed(reference)
    process.communicate()
    took = time.monotonic() - began
    expected = whole(reference)
    assert len(expected) == 6
    rng = random.Random(trials)
    for trial in range(trials):
        place = tmp_path / f"{trial}"
        place.mkdir()
        process = feed(place)
        time.sleep(rng.uniform(0.6, 1.0) * took)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        left = {name: value for name, value in whole(place).items() if "/." not in name}
        assert left in ({}, expected)
        process = feed(place)
        said = process.communicate()[1]
        assert process.returncode == 0, said
        assert whole(place) == expected
        assert not list(place.rglob(".*"))
