"""Errors of the disk at every call while results are written: one sentence, exit 2, nothing or the old result left."""

import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import letdown
from io_faults import KINDS, failing
from letdown import OutputError, Recording
from letdown._atomic_file import atomic_file
from letdown._unfinished import clear_abandoned
from letdown.recording import feed_summary
from letdown.run_folder import FEED_FILES, run_folder, write_cohort, write_feed
from synthetic_run import SCENARIO_TOML, synthetic_dyad, synthetic_run

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EINTR, errno.EDQUOT, errno.EROFS)


@pytest.fixture(scope="module")
def recording():
    return Recording.from_run(synthetic_run(duration_s=60.0))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder):
    """Return what lies in a folder, hidden or not."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def numbers(made, every):
    return range(1, made + 1) if every else sorted({1, 2, made // 2, made} - {0})


def swept(here, prepare, write, *, every):
    """Fail each call of each kind in turn, once or from then on; return how many of these runs were refused.

    What is there afterwards is what was there before and a sentence, or the whole new result and none.
    """
    prepare()
    with failing(here) as made:
        write()
    done, refused = contents(here), 0
    cases = [(kind, number, ever) for kind in KINDS for number in numbers(made[kind], every) for ever in (False, True)]
    for place, (kind, number, ever) in enumerate(cases):
        shutil.rmtree(here / "results", ignore_errors=True)
        prepare()
        before, error = contents(here), ERRORS[place % len(ERRORS)]
        try:
            with failing(here, kind, number, error, ever=ever):
                write()
        except OutputError as caught:
            refused += 1
            said = str(caught)
            assert os.strerror(error) in said, (kind, number, said)
            assert "results/one" in said, (kind, number, said)
            assert not re.search(r"\.letdown|\n|/new/", said), (kind, number, said)
            if ever and kind == "rename" and contents(here) != before:
                clear_abandoned(here / "results")  # renaming failed for good in the middle of a swap, back as well
                assert contents(here) == done, (kind, number)
                continue
            assert contents(here) == before, (kind, number, ever)
        else:
            if ever:  # renaming failed for good in the middle of a swap: the next run in this folder ends it
                clear_abandoned(here / "results")
            assert contents(here) == done, (kind, number, ever)
        assert not list(here.rglob(".*")), (kind, number, ever)
    assert refused > len(cases) * 0.8
    return refused


OLD = {name: "old" for name in (*FEED_FILES, "notes.txt")}


@pytest.mark.parametrize("found", [None, {}, OLD], ids=["a new folder", "an empty folder", "an old run"])
@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_feed_is_written_whole_or_not_at_all(here, recording, found, every):
    def prepare():
        if found is not None:
            (here / "results" / "one").mkdir(parents=True)
            for name, text in found.items():
                (here / "results" / "one" / name).write_text(text)

    def write():
        with run_folder(Path("results/one"), overwrite=bool(found)) as folder:
            if every:
                write_feed(recording, folder.path)
            else:
                recording.events_csv(folder.path / "events.csv")
                recording.to_csv(folder.path / "time_series.csv")
            folder.commit()

    assert swept(here, prepare, write, every=every) > 20


def test_an_empty_folder_stays_empty_whichever_synchronising_fails(here, recording):
    def write():
        with run_folder(Path("results/one"), overwrite=False) as folder:
            recording.events_csv(folder.path / "events.csv")
            folder.commit()

    Path("results/one").mkdir(parents=True)
    with failing(here) as made:
        write()
    for number in range(1, made["fsync"] + 1):
        shutil.rmtree(here / "results")
        Path("results/one").mkdir(parents=True)
        before = contents(here)
        try:
            with failing(here, "fsync", number, errno.EIO):
                write()
        except OutputError:
            assert contents(here) == before, number
        else:
            assert number == made["fsync"]  # the names are whole by then, synchronised or not


def test_a_cohort_is_written_whole_or_not_at_all(here):
    summaries = [feed_summary(synthetic_dyad(k)) for k in range(3)]

    def write():
        with run_folder(Path("results/one")) as folder:
            write_cohort(summaries, SCENARIO_TOML, folder.path)
            folder.commit()

    assert swept(here, lambda: None, write, every=True) > 20


@pytest.mark.parametrize("found", [False, True])
def test_one_file_is_written_whole_or_not_at_all(here, recording, found):
    def prepare():
        (here / "results").mkdir()
        if found:
            (here / "results" / "one.csv").write_text("old")

    assert swept(here, prepare, lambda: recording.to_csv("results/one.csv"), every=True) > 8


# Errors of the system itself, which the libraries of netCDF and pictures meet too ----------------------------------

LIMITED = """
import resource, signal, sys
from letdown.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as POSIX does")
@pytest.mark.parametrize(
    ("command", "limits"),
    [
        (("feed",), (0, 100, 20_000, 320_000)),
        (("feed", "--dyads", "3"), (0, 100)),
        (("lactation", "--days", "1"), (0, 5_000)),
    ],
)
def test_a_command_that_may_write_no_more_says_so(here, command, limits):
    for limit in limits:
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, str(limit), *command, "--out", "results"],
            capture_output=True, text=True, env=os.environ | {"PYTHONPATH": SEARCH},
        )  # fmt: skip
        said = [line for line in done.stderr.splitlines() if line]
        assert done.returncode == 2, done.stderr
        assert len(said) == 1, said
        assert "results" in said[0]
        assert "File too large" in said[0]
        assert list(here.iterdir()) == []


SEARCH = str(Path(letdown.__file__).parents[1])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the full device of Linux")
def test_a_full_standard_output_is_said(here):
    code = "import sys; from letdown.__main__ import run; sys.argv = ['letdown', 'schema', 'feed']; run()"
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=-1, text=True, env=os.environ | {"PYTHONPATH": SEARCH}
        )
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_devices_pipes_and_folders_are_no_files_to_replace(here):
    (here / "folder").mkdir()
    places = [here / "folder"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(here / "pipe")
        places.append(here / "pipe")
    for place in places:
        with pytest.raises(OutputError, match=r"give the name of a file\.$"), atomic_file(place) as path:
            path.write_text("x")
    assert sorted(path.name for path in here.iterdir()) == sorted(place.name for place in places)


def test_a_link_stays_a_link(here):
    (here / "real.csv").write_text("old")
    (here / "link.csv").symlink_to("real.csv")
    with atomic_file(here / "link.csv") as path:
        path.write_text("new")
    assert (here / "link.csv").is_symlink()
    assert (here / "real.csv").read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="rights as POSIX has them")
def test_a_file_that_is_replaced_keeps_its_rights(here):
    (here / "a.csv").write_text("old")
    (here / "a.csv").chmod(0o640)
    with atomic_file(here / "a.csv") as path:
        path.write_text("new")
    assert (here / "a.csv").stat().st_mode & 0o777 == 0o640


def test_an_error_that_is_not_of_writing_passes_through(here):
    with pytest.raises(RuntimeError, match="of another kind"), atomic_file(here / "a.csv"):
        raise RuntimeError("of another kind")
    assert list(here.iterdir()) == []
