"""A printed program is kept between runs, under all that decides its text."""

import pickle

import pytest

from letdown import _cache_folder
from letdown.compiler import kept_programs
from letdown.compiler.kept_programs import kept_program
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.clocks import Clock
from letdown.engine.feed_program import feed_program


class Stranger:
    """A part that the package does not contain."""


class Counted:
    """What prints, and how often it did."""

    def __init__(self, made):
        self.made, self.times = made, 0

    def __call__(self):
        self.times += 1
        return self.made


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("LETDOWN_CACHE_DIR", str(tmp_path))
    return tmp_path / "letdown"


def test_a_program_is_printed_once_and_read_whole(folder):
    program = feed_program("float64", SurrogateNeurones(), Clock(), 1)
    make = Counted(program)
    for _ in range(3):
        kept, rows = kept_program("feed", (SurrogateNeurones, "float64", 1), make)
        assert kept == program[0]
        assert kept.key == program[0].key
        assert rows == program[1]
    assert make.times == 1
    assert len(list(folder.iterdir())) == 1


def test_another_part_kind_source_or_python_is_another_program(folder, monkeypatch):
    kept_program("feed", (SurrogateNeurones, 1), lambda: "first")
    assert kept_program("feed", (SurrogateNeurones, 1), lambda: "again") == "first"
    assert kept_program("feed", (SurrogateNeurones, 2), lambda: "two") == "two"
    assert kept_program("life", (SurrogateNeurones, 1), lambda: "life") == "life"
    assert kept_program("feed", (Clock, 1), lambda: "clock") == "clock"
    monkeypatch.setattr(kept_programs, "_sources", lambda: "edited")
    assert kept_program("feed", (SurrogateNeurones, 1), lambda: "edited") == "edited"
    monkeypatch.setattr("sys.version", "another")
    assert kept_program("feed", (SurrogateNeurones, 1), lambda: "other") == "other"


def test_every_source_file_counts(monkeypatch, tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.py").write_text("a")
    (tmp_path / "inner" / "b.py").write_text("b")
    monkeypatch.setattr(kept_programs, "PACKAGE", tmp_path)
    digests = [kept_programs._sources.__wrapped__()]
    for path, text in (("inner/b.py", "c"), ("a.py", "b"), ("inner/c.py", "")):
        (tmp_path / path).write_text(text)
        digests.append(kept_programs._sources.__wrapped__())
    (tmp_path / "a.txt").write_text("no source")
    assert len(set(digests)) == 4
    assert kept_programs._sources.__wrapped__() == digests[-1]


def test_a_part_from_elsewhere_is_printed_each_time(folder):
    make = Counted("made")
    assert [kept_program("feed", (Stranger,), make) for _ in range(2)] == ["made", "made"]
    assert make.times == 2
    assert not folder.exists()


def test_a_file_that_is_no_program_is_printed_again(folder, monkeypatch):
    make = Counted("made")
    kept_program("feed", (1,), make)
    monkeypatch.setattr(pickle, "loads", lambda content: 1 / 0)
    assert kept_program("feed", (1,), make) == "made"
    assert make.times == 2


def test_without_a_folder_a_program_is_printed_and_nothing_is_said(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LETDOWN_CACHE_DIR", str(tmp_path / "file"))
    assert _cache_folder.quiet_cache_folder() is None
    make = Counted("made")
    assert [kept_program("feed", (1,), make) for _ in range(2)] == ["made", "made"]
    assert make.times == 2
    assert capsys.readouterr().err == ""
