"""Text files as users' programs save them, and the limits that are checked before a parser sees a text."""

import base64
import os
import resource
import subprocess
import sys
import threading
import time
import tomllib
import zlib
from pathlib import Path

import pytest

import letdown
from letdown import LetdownError, ScenarioError
from letdown._structured_text import BeyondLimitsError, MalformedTextError, json_values, toml_values
from letdown._text_file import read_text
from letdown.cli import main
from letdown.evidence.study import load_studies
from letdown.protocol.lactation import load_lactation
from letdown.protocol.scenario import assignment, load_scenario
from letdown.web.feed_query import FeedQuery, read_scenario, scenario_of, unpacked

CASE = Path(__file__).parent / "cases" / "scenario-with-byte-order-mark" / "feed.toml"
SHIPPED = sorted(Path(letdown.__file__).parent.rglob("*.toml"))
STUDY = """title = "A made-up experiment"
[population]
n = 9
[[arm]]
name = "pump"
scenario = "pump-5-min"
[[statistic]]
target = "FL22"
quantity = "milk_removed"
reduction = "mean"
unit = "mL"
fitted = false
"""
LACTATION = 'name = "days"\ndays = 3\n'
MARK = b"\xef\xbb\xbf"


def readers(folder):
    """Return for each kind of file: its name, a good text, and what reads it."""
    return {
        "scenario": ("feed.toml", letdown.preset("noise").to_toml(), lambda path: load_scenario(path)),
        "lactation": ("days.toml", LACTATION, lambda path: load_lactation(path)),
        "study": ("study.toml", STUDY, lambda path: [each.title for each in load_studies(path.parent)]),
        "JSON": (
            "feed.json",
            '{"name": "x", "protocol": [{"do": "wait", "for_s": 5}]}',
            lambda path: load_scenario(path),
        ),
    }


KINDS = tuple(readers(None))


def test_the_scenario_saved_with_a_byte_order_mark_is_read(capsys):
    assert CASE.read_bytes().startswith(MARK)
    assert main(["scenario", "check", str(CASE)]) == 0
    assert "can be simulated" in capsys.readouterr().out


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "saved",
    [
        lambda text: MARK + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: MARK + text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
    ],
    ids=["mark", "CRLF", "mark and CRLF", "CR"],
)
def test_a_text_file_is_read_however_an_editor_saves_it(tmp_path, kind, saved):
    name, text, read = readers(tmp_path)[kind]
    path = tmp_path / name
    path.write_bytes(text.encode())
    plain = read(path)
    path.write_bytes(saved(text))
    assert read(path) == plain


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("latin-1", "UTF-8"),
    ],
)
def test_text_of_another_encoding_is_to_be_saved_as_utf_8(tmp_path, kind, encoding, words):
    name, text, read = readers(tmp_path)[kind]
    path = tmp_path / name
    path.write_bytes(
        text.replace('"x"', '"è"').replace('title = "', 'title = "è').replace('"days"', '"è"').encode(encoding)
    )
    with pytest.raises(ScenarioError) as refusal:
        read(path)
    assert str(refusal.value).startswith(str(path))
    assert words in str(refusal.value)
    assert str(refusal.value).endswith("; save it as UTF-8.")


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"\x89HDF\r\n\x1a\n", "netCDF"),
        (b"PK\x03\x04", "spreadsheet"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, start, words):
    path = tmp_path / "feed.toml"
    path.write_bytes(start + bytes(range(256)))
    with pytest.raises(ScenarioError, match=words):
        load_scenario(path)


def test_folders_devices_and_missing_files_are_named(tmp_path, capsys):
    for path, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "no.toml", "does not exist"),
        (Path("/dev/zero"), "device"),
    ):
        with pytest.raises(ScenarioError, match=words):
            load_scenario(path)
    with pytest.raises(ScenarioError, match=r"does not exist|cannot be read"):
        load_scenario(Path("a\0b.toml"))
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_scenario(Path("x" * 5000 + ".toml"))
    with pytest.raises(ScenarioError, match="neither a preset nor a file"):
        load_scenario("x" * 5000)
    assert main(["feed", str(tmp_path / "recording.nc")]) == 2
    assert "neither a preset nor a file" in capsys.readouterr().err
    (tmp_path / "recording.nc").write_bytes(b"\x89HDF")
    assert main(["feed", str(tmp_path / "recording.nc")]) == 2
    assert "is a recording, not a scenario; draw it with: letdown plot" in capsys.readouterr().err


def test_at_most_the_limit_is_read_whatever_a_file_says_of_its_size(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    written = []

    def write():
        with pipe.open("wb", buffering=0) as end:
            try:
                while True:
                    written.append(end.write(b"# a comment\n" * 1000))
            except BrokenPipeError:
                return

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(ScenarioError, match="longer than 5000 bytes"):
        read_text(pipe, 5000, ScenarioError)
    writer.join(timeout=30)
    assert not writer.is_alive()
    assert sum(written) < 200_000


# Limits before parsing ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_file_is_within_the_limits(path):
    text = path.read_text("utf-8")
    assert toml_values(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "# a.b.c.d.e.f.g.h.i.j " + "[[[[" * 100 + "x" * 50_000 + "\na = 1",
        'a = "1.2.3.4.5.6.7.8.9.10 ' + "[" * 100 + '"',
        "a = 'C:\\a.b.c.d.e.f.g.h.i.j'",
        'a = """\n' + "A note. It has. Many. Short. Sentences. Indeed. Many. Of. Them.\n" * 500 + '"""',
        "a = '''\n" + 'it\'s [[[ a.b.c.d.e.f.g.h.i.j "quoted"\n' * 100 + "'''''",
        'a = """ends in quotes"""""\nb.c.d.e.f.g.h.i = 1',
        'a = ""\nb = \'\'\nc = """"""\nd = \'\'\'\'\'\'\n"e.f.g.h.i.j.k.l.m" = 1',
        'a = "\\\\"\nb = "\\""  # "\nc = """\\""""\n',
        'a = """\\\n   joined \\"\\"\\" """\nb = 1',
        "a = [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5]",
        "a = [" + "[1], " * 1000 + "]",
        "a = " + "[" * 64 + "]" * 64,
        "a = 1_000_000\nb = 0xdead_beef\nc = 1979-05-27T07:32:00.999999-07:00\nd = 6.626e-34",
        "[a . b . 'c.d' . \"e\"]\nf . g = {h.i = 1, j = [{k = 2}]}",
        "[a.b.c.d.e.f.g.h]\ni = 1",
        "a = " + "9" * 400,
        '"' + "k" * 400 + '" = 1',
    ],
)
def test_what_is_legitimate_is_read_as_the_library_reads_it(text):
    assert toml_values(text) == tomllib.loads(text)


BEYOND = {
    "parts of a key": "a" + ".a" * 30_000 + " = 1",
    "parts of a header": "[a" + ".a" * 30_000 + "]\nb = 1",
    "parts of a list's header": "[[a" + ".a" * 30_000 + "]]\nb = 1",
    "parts with spaces": "a" + " . a" * 20_000 + " = 1",
    "parts in quotes": '"a"' + ".'a'" * 20_000 + " = 1",
    "parts in an inline table": "x = {a" + ".a" * 30_000 + " = 1}",
    "parts after a text that ends in quotes": 'x = """a"""""\na' + ".a" * 30_000 + " = 1",
    "lists": "a = " + "[" * 50_000 + "]" * 50_000,
    "inline tables": "a = " + "{a=" * 50_000 + "1" + "}" * 50_000,
    "both": "a = " + "[{a = " * 33 + "1" + "}]" * 33,
    "tables by parts and brackets": "x = " + "{a.a.a.a.a.a.a.a=" * 30 + "1" + "}" * 30,
    "digits": "a = " + "9" * 4301,
    "hexadecimal digits": "a = 0x" + "f" * 5000,
    "digits of a fraction": "a = 1." + "1" * 5000,
    "a bare key": "a" * 5000 + " = 1",
    "a key in quotes": '"' + "a" * 5000 + '" = 1',
    "a text": 'a = "' + "x" * 200_000 + '"',
}


@pytest.mark.parametrize("text", BEYOND.values(), ids=BEYOND)
def test_what_is_beyond_the_limits_is_refused_at_once(text):
    start = time.process_time()
    with pytest.raises(BeyondLimitsError, match="more than"):
        toml_values(text)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 50_000, "brackets"),
        ('{"a":' * 100 + "1" + "}" * 100, "brackets"),
        ("9" * 5000, "number"),
        ('{"a": ' + "9" * 5000 + "}", "number"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": "\\ud800"}', "half a character"),
        ('"' + "x" * 200_000 + '"', "text of more than"),
        ("{", "Expecting"),
    ],
)
def test_json_has_the_same_limits(text, words):
    with pytest.raises(MalformedTextError, match=words):
        json_values(text)
    assert json_values('{"a": ["[[[[", {"b\\"{": 1.5}]}') == {"a": ["[[[[", {'b"{': 1.5}]}


@pytest.mark.parametrize("kind", ["scenario", "lactation", "study"])
@pytest.mark.parametrize("name", ["parts of a key", "lists", "digits", "hexadecimal digits", "a text"])
def test_files_beyond_the_limits_are_refused_in_a_sentence_with_their_name(tmp_path, kind, name):
    file, text, read = readers(tmp_path)[kind]
    path = tmp_path / file
    path.write_text(f"{BEYOND[name]}\n{text}", "utf-8")
    with pytest.raises(ScenarioError) as refusal:
        read(path)
    assert str(refusal.value).startswith(f"{path}: not valid TOML (")
    assert len(str(refusal.value)) < 400 + len(str(path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mother.parity=" + "9" * 5000, "number of more than 400"),
        ("a=" + "[" * 5000, "brackets"),
        ("a=" + "{a=" * 3000, "brackets"),
        ("a={" + "a." * 3000 + "a=1}", "parts"),
        ("a=" + "x" * 20_000, "letters"),
        ("=3", "key=value"),
        ("a", "key=value"),
    ],
)
def test_a_setting_beyond_the_limits_is_refused(text, words):
    with pytest.raises(ScenarioError, match=words):
        assignment(text)


@pytest.mark.parametrize(
    "key", ["a" + ".a" * 30_000, "protocol." + "9" * 5000 + ".for_s", "protocol.٣.for_s", "", "a..b", 3]
)
def test_a_key_that_no_scenario_has_is_refused(key):
    with pytest.raises(ScenarioError) as refusal:
        letdown.preset("breastfeed").with_values({key: 1})
    assert len(str(refusal.value)) < 400


def test_settings_are_read_as_before():
    assert assignment("mother.parity=3") == ("mother.parity", 3)
    assert assignment("a = 20 kPa") == ("a", "20 kPa")
    assert assignment('a="x=y"') == ("a", "x=y")
    assert assignment("a=[1, 2]") == ("a", [1, 2])
    assert assignment("a=1\nb=2") == ("a", "1\nb=2")


# Links of the explorer ------------------------------------------------------------------------------


def link(text):
    return "own." + base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def test_a_link_that_unpacks_to_thousands_of_parts_is_answered_at_once_and_small():
    # in a process of its own, whose highest memory is its own
    code = (
        "import resource, sys, time, tracemalloc\n"
        "from letdown import ScenarioError\n"
        "from letdown.web.feed_query import unpacked\n"
        "before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()\n"
        "for text in sys.argv[1:]:\n"
        "    try: unpacked(text)\n"
        "    except ScenarioError as error: print(error)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, time.process_time() - start)\n"
    )
    links = [link("a" + ".a" * 30_000 + "=1"), link("[a" + ".a" * 30_000 + "]"), link("a=" + "[" * 60_000)]
    assert all(len(each) < 400 for each in links)
    done = subprocess.run([sys.executable, "-c", code, *links], capture_output=True, text=True, check=True)
    *sentences, figures = done.stdout.splitlines()
    assert [sentence.partition(" (")[0] for sentence in sentences] == ["The file is not valid TOML"] * 3
    more_mb, seconds = map(float, figures.split())
    assert more_mb < 50
    assert seconds < 1


def test_a_link_that_unpacks_to_more_than_a_scenario_is_refused():
    good = letdown.preset("breastfeed").to_toml()
    assert unpacked(link(good)) == letdown.preset("breastfeed")
    for bad in (link(good + "#" + "x" * 70_000), link(good)[:-12], link("#" + "x" * 10_000_000)):
        with pytest.raises(ScenarioError, match="no packed scenario"):
            unpacked(bad)


def test_the_text_of_a_posted_file_is_read_like_a_file():
    text = letdown.preset("breastfeed").to_toml()
    assert read_scenario(MARK + text.replace("\n", "\r\n").encode()) == letdown.preset("breastfeed")
    for body in (b"\xff\xfea\0", b"a = '\xe8'"):
        with pytest.raises(ScenarioError, match="save it as UTF-8"):
            read_scenario(body)
    for bad in BEYOND.values():
        with pytest.raises(ScenarioError, match="not valid TOML"):
            read_scenario(bad.encode())


def test_a_setting_in_a_link_is_refused_in_a_sentence():
    for key, value in (("mother.parity", 10**4000), ("a.b.c", 1), ("protocol.99999999.for_s", 1)):
        with pytest.raises(LetdownError):
            scenario_of(FeedQuery("breastfeed", 0, ((key, value),), ()), lambda scenario: ())


def test_no_file_within_the_limit_takes_much_memory_or_time(tmp_path):
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from letdown import ScenarioError\n"
        "from letdown.protocol.scenario import load_scenario\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for name in sys.argv[1:]:\n"
        "    try: load_scenario(Path(name))\n"
        "    except ScenarioError as error: assert len(str(error)) < 700\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)\n"
    )
    texts = {
        "tables": "".join(f"k{i}.a.b.c.d.e.f.g=1\n" for i in range(40_000)),
        "lists": "a=[" + "[]," * 300_000 + "]",
        "steps": 'name = "x"\n' + '[[protocol]]\ndo = "wait"\nfor_s = 1\n' * 25_000,
        "numbers": "a=[" + "1," * 490_000 + "]",
        "latches": 'name = "x"\n' + '[[protocol]]\ndo="latch"\nside="left"\nuntil="satisfied"\n' * 15_000,
    }
    paths = []
    for name, text in texts.items():
        assert len(text) < 1_000_000
        (tmp_path / f"{name}.toml").write_text(text)
        paths.append(str(tmp_path / f"{name}.toml"))
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60))  # noqa: E731
    done = subprocess.run(
        [sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True, preexec_fn=limit
    )
    assert float(done.stdout) < 300
