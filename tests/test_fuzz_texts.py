"""Mutated scenarios, lactations and studies: read, or refused in one sentence of our own; files kept from it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz_texts import complaint, reader
from letdown import LetdownError

HERE = Path(__file__).parent
CORPUS = sorted((HERE / "corpus" / "texts").glob("*/*.*"))


def fuzzed(kind, number, seed):
    """Return what a run of the fuzzer says, in a process of its own."""
    command = [sys.executable, str(HERE / "fuzz_texts.py"), kind, str(number), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    print(f"{kind}: {found['counts']}, at most {found['memory_mb']} MB")
    return found


@pytest.mark.parametrize(("kind", "number"), [("scenario", 90), ("lactation", 60), ("study", 60)])
def test_a_mutated_file_is_read_or_refused_in_one_sentence_and_a_restyled_one_is_read(kind, number):
    found = fuzzed(kind, number, 7)
    assert found["faults"] == []
    assert found["counts"]["refused"] > number / 2
    assert found["counts"]["restyled"] >= 10


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "number", "seed"), [("scenario", 700, 1), ("lactation", 500, 2), ("study", 300, 3)])
def test_thousands_of_mutated_files(kind, number, seed):
    found = fuzzed(kind, number, seed)
    assert found["faults"] == []
    assert found["counts"]["read"] + found["counts"]["refused"] >= number


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_kept_files_are_refused_as_they_should_be(path, tmp_path):
    # a study is read by its folder
    case = tmp_path / path.name
    case.write_bytes(path.read_bytes())
    with pytest.raises(LetdownError) as refusal:
        reader(path.parent.name)(case)
    assert complaint(refusal.value, case) == ""
