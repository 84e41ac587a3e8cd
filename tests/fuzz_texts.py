"""Scenarios, lactations and studies, mutated: python tests/fuzz_texts.py scenario|lactation|study NUMBER SEED

Mutated files must be read or refused in one sentence of our own; the same values written in another style must be read
as equal. Prints JSON: how many were refused, read and restyled, and each that did neither with its text.
"""

import copy
import datetime
import json
import math
import random
import re
import resource
import signal
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import letdown
from letdown import LetdownError
from letdown._structured_text import toml_values
from letdown.cli import _any_scenario, _warnings_of
from letdown.evidence.study import load_studies
from letdown.protocol.build import build_program, reference_start
from letdown.protocol.lactation import load_lactation
from letdown.protocol.lactation_build import life_start
from letdown.protocol.scenario import load_scenario

ROOT = Path(letdown.__file__).parent
FOLDERS = {"scenario": "protocol/presets", "lactation": "protocol/lactations", "study": "evidence/studies"}

LONGEST_SENTENCE, LIMIT_S, LIMIT_MB = 700, 20, 400

TEXTS = [
    "", "x" * 90_000, "\u202eabc", "é\U0001f476", "\x1b[31mred\x1b[0m", "-1", "1e999 s", "nan", "inf mmHg", "5 furlong",
    "1" * 390 + " s", "20 kPa", "-20 kPa", "1 s**99", "1 s^3*s^3*s^3", "../../etc/passwd", "<img src=x>", "0x10",
    "1_000 mL", "½ L", "٣ mL", "1 °C", "\n\n", "flow < " + " " * 5000, "1" + " a" * 5000, "breastfeed",
    "mean", "a" * 61,
]  # fmt: skip
NUMBERS = [
    0, -0.0, -1, 1, 2**31, 2**63 - 1, 2**64, -(2**63), 10**30, 10**390, 16**390, 1e308, -1e308, 5e-324, math.inf,
    -math.inf, math.nan, 0.5, 10**6, 1e15, 3, 7.5,
]  # fmt: skip
OTHERS: list[Any] = [
    True, False, [], {}, [[]], [1, "a", {}], {"a": 1}, datetime.datetime(2020, 1, 1), datetime.date(2020, 1, 1),
    datetime.time(1, 2, 3), [{}], [[[[]]]], {"": {}}, {"a.b": 1}, {"name": []}, ["x"] * 3000,
]  # fmt: skip
KEYS = [
    "zz",
    "",
    "__class__",
    "model_fields",
    "\x1b[2J",
    "a" * 390,
    "self",
    "cls",
    "data",
    "é",
    "folder",
    "name",
    "a.b.c",
]


# A text in TOML, in the plainest style or in any other -------------------------------------------------


def quoted(text: str) -> str:
    """Return a text as a TOML text in double quotes."""

    def escaped(c: str) -> str:
        plain = 32 <= ord(c) < 127 and c not in '"\\'
        return c if plain else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"

    return f'"{"".join(map(escaped, text))}"'


def plain(value: Any) -> str:
    """Return a value as TOML, in one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value) if abs(value) < 10**380 else hex(value)
        case float():
            return str(value) if math.isfinite(value) else "nan" if math.isnan(value) else f"{value:+}"
        case str():
            return quoted(value)
        case dict():
            return "{" + ", ".join(f"{quoted(key)} = {plain(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(plain, value)) + "]"
    return str(value.isoformat())


def document(values: dict[str, Any]) -> str:
    """Return values as TOML, a line each."""
    return "".join(f"{quoted(key)} = {plain(each)}\n" for key, each in values.items())


UNITS = {
    "_g_kg": "g/kg",
    "_mmhg_s_ml": "mmHg*s/mL",
    "_s": "s",
    "_ml": "mL",
    "_mmhg": "mmHg",
    "_ml_s": "mL/s",
    "_mu": "mU",
    "_kg": "kg",
}
COMMENT = '# a.b.c.d.e.f.g.h.i.j [[[ {{ "not a text'


class Style:
    """Writes values as TOML in a style drawn at random; what they mean stays."""

    def __init__(self, rng: random.Random, units: bool) -> None:
        self.rng, self.units = rng, units

    def text(self, values: dict[str, Any]) -> bytes:
        """Return a document."""
        text = self.table((), values)
        if self.rng.random() < 0.5:
            text = text.replace("\n", "\r\n")
        return (b"\xef\xbb\xbf" if self.rng.random() < 0.5 else b"") + text.encode()

    def table(self, path: tuple[str, ...], values: dict[str, Any]) -> str:
        """Return a table: its values, then the tables in it."""
        lines, below = [], []
        for key, value in self.shuffled(values):
            tables = isinstance(value, list) and value and all(isinstance(each, dict) for each in value)
            if isinstance(value, dict) and key != "values" and self.rng.random() < 0.6:
                below.append(f"{self.blank()}[{self.path((*path, key))}]{self.end()}" + self.table((*path, key), value))
            elif tables and self.rng.random() < 0.6:
                head = f"[[{self.path((*path, key))}]]{self.end()}"
                below += [f"{self.blank()}{head}" + self.table((*path, key), each) for each in value]
            else:
                lines.append(
                    f"{self.blank()}{self.key(key)}{self.space()}={self.space()}{self.value(value, key)}{self.end()}"
                )
        return "".join(lines + below)

    def shuffled(self, values: dict[str, Any]) -> list[tuple[str, Any]]:
        """Return the pairs of a table in any order."""
        pairs = list(values.items())
        self.rng.shuffle(pairs)
        return pairs

    def path(self, keys: tuple[str, ...]) -> str:
        """Return a dotted key."""
        return f"{self.space()}.{self.space()}".join(map(self.key, keys))

    def key(self, key: str) -> str:
        """Return a key, in quotes or not."""
        forms = [quoted(key), f"'{key}'"] + [key] * 3 * bool(re.fullmatch(r"[A-Za-z0-9_-]+", key))
        return self.rng.choice(forms)

    def value(self, value: Any, key: str = "") -> str:
        """Return a value in one of its spellings."""
        unit = next((UNITS[end] for end in sorted(UNITS, key=len, reverse=True) if key.endswith(end)), None)
        match value:
            case bool():
                return plain(value)
            case int() | float() if self.units and unit and self.rng.random() < 0.5:
                return f'"{value!r}{self.space()}{unit}"'
            case int():
                return self.rng.choice([f"{value:_}", f"{value:+}" if value else "0", plain(value)])
            case str():
                return self.string(value)
            case list():
                gap = self.rng.choice(["", " ", "\n", f"\n  {COMMENT}\n"])
                return "[" + gap + f",{gap or ' '}".join(self.value(each) for each in value) + gap + "]"
            case dict():
                pairs = (f"{self.key(k)} ={self.space()}{self.value(v, k)}" for k, v in self.shuffled(value))
                return "{" + ", ".join(pairs) + "}"
        return plain(value)

    def string(self, text: str) -> str:
        """Return a text in one of its kinds of quotes."""
        forms = [quoted(text)]
        printed = text.isprintable() and "'" not in text
        forms += [f"'{text}'"] * printed
        forms += ["'''\n" + text + "'''"] * ("'" not in text and text.replace("\n", "").isprintable())
        forms += ['"""\\\n   ' + quoted(text)[1:-1] + '"""'] * (text[:1].strip() != "")
        return self.rng.choice(forms)

    def space(self) -> str:
        """Return no space, one, or a few."""
        return self.rng.choice(["", " ", "\t", "   "])

    def blank(self) -> str:
        """Return nothing, or a line that says nothing."""
        return self.rng.choice(["", "", "\n", f"{COMMENT}\n"])

    def end(self) -> str:
        """Return the end of a line."""
        return self.rng.choice(["\n", "  \n", f" {COMMENT}\n"])


# Mutations --------------------------------------------------------------------------------------------


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value within a value."""
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from places(each, (*path, key))


def other_value(rng: random.Random) -> Any:
    """Return a value that hardly belongs where it is put."""
    kind = rng.random()
    if kind < 0.35:
        return rng.choice(NUMBERS)
    if kind < 0.65:
        return rng.choice(TEXTS)
    if kind < 0.95:
        return copy.deepcopy(rng.choice(OTHERS))
    return float(f"{rng.choice([-1, 1]) * 10 ** rng.uniform(-6, 12):.6g}")


def changed_values(values: dict[str, Any], rng: random.Random) -> bytes:
    """Return a document of values, some of them replaced, removed, added, repeated or moved."""
    values = copy.deepcopy(values)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        found = list(places(values))
        if not found:
            break
        *parents, last = rng.choice(found)
        here: Any = values
        for key in parents:
            here = here[key]
        kind = rng.random()
        if kind < 0.6:
            here[last] = other_value(rng)
        elif kind < 0.7:
            del here[last]
        elif kind < 0.85 and isinstance(here, dict):
            here[rng.choice([*KEYS, *(path[-1] for path in found if isinstance(path[-1], str))])] = other_value(rng)
        elif kind < 0.93 and isinstance(here, list):
            here.extend(copy.deepcopy(here) * rng.choice([1, 3, 300]))
        else:
            here[last] = copy.deepcopy(values if rng.random() < 0.5 else other_value(rng))
    return document(values).encode("utf-8", "surrogatepass")


INSERTED = [
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"]]", b"[[", b'"""', b"= ", b"\r", b"\x1b[2J", "\u2028".encode(), b"'''",
    b".a" * 3000, b"[" * 300, b"9" * 5000, b"#", b"\\", b"{a=" * 70,
]  # fmt: skip


def changed_bytes(held: bytes, rng: random.Random) -> bytes:
    """Return the bytes of a document cut, with pieces gone, put in, doubled or altered."""
    for _ in range(rng.choice([1, 1, 2, 8])):
        kind, place = rng.random(), rng.randrange(max(1, len(held)))
        if kind < 0.2:
            held = held[:place]
        elif kind < 0.4:
            held = held[:place] + held[place + rng.choice([1, 3, 40]) :]
        elif kind < 0.6:
            held = held[:place] + rng.choice(INSERTED) + held[place:]
        elif kind < 0.8:
            lines = held.split(b"\n")
            lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
            held = b"\n".join(lines)
        elif held:
            held = held[:place] + bytes([rng.randrange(256)]) + held[place + 1 :]
    return held


def specials() -> Iterator[bytes]:
    """Yield texts at and beyond the limits."""
    base = 'name = "x"\n[[protocol]]\ndo = "latch"\nside = "left"\n'
    for depth in (50, 500, 50_000):
        yield f"a = {'[' * depth}{']' * depth}".encode()
        yield f"a = {'{a=' * depth}1{'}' * depth}".encode()
        yield f"a{'.a' * depth} = 1".encode()
        yield f"[a{'.a' * depth}]\nb = 1".encode()
        yield f"{base}[parameters]\na{'.a' * depth} = 1".encode()
    for digits in (100, 390, 4301, 400_000):
        for number in ("9" * digits, "0x" + "f" * digits, "1e" + "9" * digits, f'"{"9" * digits} s"'):
            yield f"max_duration_s = {number}\n{base}".encode()
            yield f"cite = [{number}]\n{base}".encode()
            yield base.replace('"latch"', number).encode()
            yield base.replace('"x"', number).encode()
            yield f"{base}[mother]\nparity = {number}".encode()
            yield f'{base}[parameters]\n"plasma.clearance" = {number}'.encode()
    yield from (
        b"",
        b"\0" * 100,
        b"\xff\xfe" + base.encode("utf-16-le"),
        b"# c\n" * 300_000,
        base.encode() + b"#" + b"x" * 10**7,
    )
    yield f'title = "{"y" * 900_000}"\n{base}'.encode()
    yield (base + '[[protocol]]\ndo = "wait"\nfor_s = 1\n' * 20_000).encode()
    yield (base + "".join(f"k{i} = {i}\n" for i in range(80_000))).encode()
    yield f'name = "x"\nprotocol = [{"1," * 400_000}]'.encode()
    yield f"a = [{'{},' * 300_000}]".encode()
    yield f"{base}[mother]\nparity=1\n[mother]\nparity=2\n".encode()
    yield from (b"[[protocol]]\n[protocol]\n", b'name = "\\ud800"')
    yield base.replace('"x"', f'"{"a-" * 40_000}!"').encode()


# What must come of them -------------------------------------------------------------------------------


def reader(kind: str) -> Callable[[Path], Any]:
    """Return what reads a file of a kind, as far as a command does before it simulates."""

    def scenario(path: Path) -> Any:
        got = _any_scenario(str(path))
        _warnings_of(got)
        if hasattr(got, "protocol"):
            build_program(got)
            reference_start(got)
            assert load_scenario(toml_values(got.to_toml())) == got
        return got

    def lactation(path: Path) -> Any:
        got = load_lactation(path)
        _warnings_of(got)
        life_start(got, None, 0)
        assert load_lactation(toml_values(got.to_toml())) == got
        return got

    return {"scenario": scenario, "lactation": lactation, "study": lambda path: load_studies(path.parent)}[kind]


def complaint(error: LetdownError, path: Path) -> str:
    """Return what is wrong with a sentence, nothing if it is as it should be."""
    text = str(error)
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text):
        return "control characters"
    if len(text) > LONGEST_SENTENCE:
        return "too long"
    if not text.startswith((str(path), str(path.parent))) or not text.endswith("."):
        return "no sentence that names the file"
    return ""


class TooSlowError(Exception):
    """A file took longer than the limit."""


def _stop(*_: object) -> None:
    raise TooSlowError


def memory_mb() -> float:
    """Return the highest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def outcome(call: Callable[[Path], Any], path: Path) -> str:
    """Return "read", "refused" with the sentence, or what else came of reading a file."""
    before, start = memory_mb(), time.process_time()
    signal.setitimer(signal.ITIMER_PROF, LIMIT_S)
    try:
        call(path)
        came = "read"
    except LetdownError as error:
        wrong = complaint(error, path)
        came = f"{wrong}: {error}" if wrong else f"refused: {error}"
    except TooSlowError:
        came = "too slow"
    except Exception as error:
        came = f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if memory_mb() - before > LIMIT_MB:
        return f"took {memory_mb() - before:.0f} MB"
    return came if time.process_time() - start < LIMIT_S else "too slow"


def fuzz(kind: str, number: int, seed: int) -> dict[str, Any]:
    """Return the counts of a run, and each file that was neither read nor refused as it should be."""
    rng, call = random.Random(seed), reader(kind)
    files = sorted((ROOT / FOLDERS[kind]).glob("*.toml"))
    signal.signal(signal.SIGPROF, _stop)
    counts: Counter[str] = Counter()
    faults: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.toml"

        def tried(held: bytes, wanted: tuple[str, ...]) -> Any:
            path.write_bytes(held)
            came = outcome(call, path)
            kind = came.partition(":")[0]
            counts[kind if kind in ("read", "refused") else "faults"] += 1
            if kind not in wanted:
                faults.append({"came": came, "text": held[:2000].decode("utf-8", "backslashreplace")})

        for held in list(specials())[: number // 3]:
            tried(held, ("read", "refused"))
        while counts.total() < number:
            held = rng.choice(files).read_bytes()
            if rng.random() < 0.7:
                tried(changed_values(toml_values(held.decode()), rng), ("read", "refused"))
            else:
                tried(changed_bytes(held, rng), ("read", "refused"))
        for file in rng.choices(files, k=max(number // 5, 10)):
            path.write_bytes(file.read_bytes())
            original = call(path)
            held = Style(rng, kind != "study").text(toml_values(file.read_text("utf-8")))
            tried(held, ("read",))
            counts["restyled"] += 1
            if not faults and call(path) != original:
                faults.append({"came": "read as another", "text": held.decode()})
    return {"kind": kind, "counts": dict(counts), "faults": faults, "memory_mb": round(memory_mb())}


if __name__ == "__main__":
    print(json.dumps(fuzz(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), indent=1))
