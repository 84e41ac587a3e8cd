"""Ctrl-C and SIGTERM in `letdown lactation`: the days done are kept whenever the signal comes, however often."""

import csv
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress

import pytest

from letdown import cli, report_lactation
from letdown._interruption import Interruption, interruption
from letdown.engine.life.run import Lives
from letdown.lactation import Lactation

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def handlers():
    """Signals end what runs as Python and the command have them do, whatever started the tests."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run(*arguments):
    """Run the command; what it lets out would end all tests."""
    try:
        return cli.main(["lactation", *arguments])
    except KeyboardInterrupt:
        pytest.fail("the command was interrupted")


def send(number):
    """Send a signal; its handler runs in the main thread, between two of its instructions."""
    signal.raise_signal(number)


def at_day(monkeypatch, day, do):
    """Do something in the first round in which every life has begun a day."""
    before, done = Lives.round, []

    def round_(self, lanes):
        if not done and min(lane.day for lane in self.lanes) >= day:
            done.append(True)
            do()
        before(self, lanes)

    monkeypatch.setattr(Lives, "round", round_)


def while_written(monkeypatch, name, do):
    before = getattr(report_lactation, name)

    def write(*arguments):
        do()
        before(*arguments)
        do()

    monkeypatch.setattr(report_lactation, name, write)


def test_a_signal_interrupts_at_once_as_long_as_nothing_is_to_keep():
    with interruption(), pytest.raises(KeyboardInterrupt):
        send(signal.SIGINT)


def test_a_signal_is_noted_under_way_and_raised_where_asked():
    with interruption() as asked:
        assert not asked
        asked.here()
        try:
            send(signal.SIGTERM)
            send(signal.SIGINT)
        except KeyboardInterrupt:
            pytest.fail("raised where there is something to keep")
        assert asked
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                asked.here()


def test_a_second_signal_before_there_is_anything_to_keep_lets_the_first_clear_up():
    with interruption() as asked:
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)
        try:
            send(signal.SIGINT)
        except KeyboardInterrupt:
            pytest.fail("raised twice")
    assert asked


def test_a_swallowed_interruption_comes_again_where_other_work_begins():
    """An import or a destructor may keep it to itself."""
    with interruption() as asked:
        with suppress(KeyboardInterrupt):
            send(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt), interruption():
            pass
        with pytest.raises(KeyboardInterrupt):
            asked.here()


@pytest.mark.parametrize("delay_s", [0.02, 0.1, 0.2, 0.3, 0.5, 0.8])
def test_signals_while_the_command_is_read_in_end_it_in_a_sentence(tmp_path, delay_s):
    """Two, as of an impatient user; before the command has begun there is nobody to ask but Python."""
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background job ignores it
        "import letdown.__main__ as command; print('going', file=sys.stderr, flush=True)\n"
        "sys.argv = ['letdown', 'lactation', '--days', '900', '--out', 'life']; command.run()"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=-1, stderr=-1, text=True) as running:
        assert running.stderr.readline() == "going\n"
        time.sleep(delay_s)
        running.send_signal(signal.SIGINT)
        time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        err = running.communicate(timeout=60)[1]
    assert err.startswith("letdown: interrupted") or "\nletdown: interrupted" in err
    assert "Traceback" not in err
    assert running.returncode in (130, -signal.SIGINT, 3)
    assert [path.name for path in tmp_path.iterdir()] == (["life"] if running.returncode == 3 else [])


def test_handlers_are_put_back_and_those_of_others_left_alone():
    def another(*_):
        return None

    signal.signal(signal.SIGTERM, another)
    with interruption() as asked:
        assert signal.getsignal(signal.SIGTERM) is another
        assert signal.getsignal(signal.SIGINT) == asked.note
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert isinstance(asked, Interruption)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_under_way_keeps_the_days_done(monkeypatch, tmp_path, capsys, number):
    at_day(monkeypatch, 3, lambda: send(number))
    assert run("--days", "6", "--out", str(tmp_path / "part")) == 3
    done = Lactation.open(tmp_path / "part" / "lactation.nc").data.sizes["day"]
    assert 2 <= done < 6
    assert f"interrupted after day {done}" in capsys.readouterr().err
    readme = (tmp_path / "part" / "README.txt").read_text()
    assert f"{done} of 6" in readme
    assert f"days {done + 1} to 6 are missing" in readme


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_files_are_written_loses_nothing(monkeypatch, tmp_path, capsys, number):
    while_written(monkeypatch, "write_lactation", lambda: send(number))
    assert run("--days", "2", "--out", str(tmp_path / "whole")) == 0
    assert Lactation.open(tmp_path / "whole" / "lactation.nc").complete
    assert "missing" not in (tmp_path / "whole" / "README.txt").read_text()
    assert "interrupted when all days were done" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]


def test_signals_that_follow_the_first_lose_nothing_either(monkeypatch, tmp_path, capsys):
    at_day(monkeypatch, 3, lambda: (send(signal.SIGINT), send(signal.SIGINT)))
    while_written(monkeypatch, "write_lactation", lambda: send(signal.SIGINT))
    assert run("--days", "6", "--out", str(tmp_path / "part")) == 3
    assert 2 <= Lactation.open(tmp_path / "part" / "lactation.nc").data.sizes["day"] < 6
    assert "interrupted after day" in capsys.readouterr().err


def test_a_cohort_interrupted_in_a_later_chunk_keeps_the_dyads_before(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys.modules["letdown.simulate_lactation"], "CHUNK", 2)
    before, chunks = Lives.__init__, []

    def begun(self, starts, *arguments, **named):
        chunks.append(len(starts))
        before(self, starts, *arguments, **named)
        if len(chunks) == 2:
            send(signal.SIGINT)

    monkeypatch.setattr(Lives, "__init__", begun)
    while_written(monkeypatch, "write_lactations", lambda: send(signal.SIGTERM))
    assert run("--days", "3", "--dyads", "6", "--out", str(tmp_path / "part")) == 3
    assert chunks == [2, 2]
    with (tmp_path / "part" / "dyads.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert "2 of 6 dyads have every day" in (tmp_path / "part" / "README.txt").read_text()
    days = [(row["dyad"], row["day"]) for row in rows]
    assert days[:6] == [(str(dyad), str(day)) for dyad in (0, 1) for day in (1, 2, 3)]
    assert "interrupted with 2 of 6 dyads whole" in capsys.readouterr().err


def test_a_cohort_on_several_threads_keeps_the_days_of_each_dyad(monkeypatch, tmp_path):
    at_day(monkeypatch, 3, lambda: (send(signal.SIGINT), send(signal.SIGTERM)))
    assert run("--days", "8", "--dyads", "16", "--out", str(tmp_path / "part")) == 3
    with (tmp_path / "part" / "dyads.csv").open() as file:
        days = Counter(row["dyad"] for row in csv.DictReader(file))
    assert len(days) == 16
    assert all(2 <= count < 8 for count in days.values())


def test_a_signal_at_the_end_of_a_chunk_still_ends_a_cohort(monkeypatch, tmp_path, capsys):
    """The lives of that chunk are whole when they are interrupted; the next chunk is not begun in earnest."""
    monkeypatch.setattr(sys.modules["letdown.simulate_lactation"], "CHUNK", 2)
    before, chunks = Lives._end_day, []

    def ended(self, lane):
        before(self, lane)
        if all(each.over for each in self.lanes):
            chunks.append(len(self.lanes))
            send(signal.SIGINT)

    monkeypatch.setattr(Lives, "_end_day", ended)
    assert run("--days", "3", "--dyads", "6", "--out", str(tmp_path / "part")) == 3
    assert chunks == [2]
    assert "with 2 of 6 dyads whole" in capsys.readouterr().err


def test_a_session_is_not_opened_from_days_that_were_interrupted(monkeypatch, tmp_path, capsys):
    at_day(monkeypatch, 2, lambda: send(signal.SIGINT))
    assert run("--days", "4", "--zoom", "day=4,feed=2", "--out", str(tmp_path / "feed")) == 130
    assert capsys.readouterr().err == "letdown: interrupted; unfinished results were removed.\n"
    assert not list(tmp_path.iterdir())
