"""The reference runs: their hashes hold whatever runs beside them, on whatever kind of processor."""

import hashlib
import math
import os
import platform
import struct
import subprocess
import sys

import numpy as np
import pytest

from letdown import cli
from letdown.engine.feed_program import tile_lanes
from letdown.engine.life.feed_runner import ReflexRunner
from letdown.engine.life.run import run_lives
from letdown.engine.network.network_run import run_networks
from letdown.neurons.network import Drive, Network, drive_schedule
from letdown.protocol.lactation import load_lactation
from letdown.protocol.lactation_build import build_life_program, life_start
from letdown.simulate_lactation import with_days
from letdown.verification import hashes, reference_runs
from letdown.verification.digest import digest, digest_of_feeds, digest_of_life, digest_of_network
from letdown.verification.hashes import known_hashes, verified, write_hashes
from letdown.verification.reference_runs import CLOCKS, DAYS, DYAD, DYADS, ReferenceRun, cohort, feed
from narrow_clocks import HalfClock, NarrowAveraged, NarrowClock

KNOWN = known_hashes()
NARROW = {"suck-resolved": NarrowClock(), "averaged": NarrowAveraged()}
PROCESSORS = [""]
if platform.machine().lower() in ("x86_64", "amd64"):
    PROCESSORS = ["wasm32", "x86-64", "x86-64-v2", "x86-64-v3"]  # node; SSE2; SSE4; AVX2 with fused products


@pytest.fixture
def run(capsys):
    """Return a function that runs `letdown` and returns its exit code, standard output and standard error."""

    def call(*arguments):
        code = cli.main(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return call


# What is hashed -----------------------------------------------------------------------------------------------------


def test_the_text_that_is_hashed_is_the_one_described():
    by_hand = struct.pack("<qqq", 2, 1, 3) + struct.pack("<ddd", 1.5, 0.0, -2.0) + struct.pack("<qqd", 1, 1, 7.0)
    assert digest([[[1.5, -0.0, -2.0]], [7]]) == hashlib.sha256(by_hand).hexdigest()
    assert digest([-0.0]) == hashlib.sha256(struct.pack("<qd", 0, 0.0)).hexdigest()  # a number alone has no axis


def test_neither_the_sign_of_zero_nor_the_kind_of_nan_is_hashed():
    other = np.array([0x7FF8000000000001], dtype=np.uint64).view(float)
    assert digest([[math.nan, 0.0]]) == digest([[-math.nan, -0.0]]) == digest([[other[0], 0.0]])


def test_one_bit_another_order_and_another_shape_are_seen():
    row = np.array([1.0, 2.0, 3.0, 4.0])
    others = [[row + np.array([0, 0, 0, 5e-16])], [row[::-1]], [row.reshape(2, 2)], [row[:2], row[2:]], [row, []]]
    assert len({digest(arrays) for arrays in [[row], *others]}) == 1 + len(others)


def test_the_form_of_the_numbers_is_not_hashed_and_large_whole_numbers_are_refused():
    row = np.array([[1, 2], [3, 4]])
    forms = [row, row.astype(np.float32), row.astype(">f8"), np.asfortranarray(row), row.astype(np.int8)]
    assert len({digest([form]) for form in forms}) == 1
    with pytest.raises(ValueError, match="too large"):
        digest([[2**53 + 1]])


def test_every_part_of_a_feed_counts():
    lane = feed("breastfeed", 0, CLOCKS["averaged"])
    whole = digest_of_feeds([lane])
    for name in ("fields", "first", "steps", "log", "seen", "trace"):
        part = getattr(lane, name)
        kept = part.copy()
        at = np.unravel_index(np.flatnonzero(np.isfinite(part))[-1], part.shape)
        part[at] = np.nextafter(part[at], np.inf)
        assert digest_of_feeds([lane]) != whole, name
        part[...] = kept
    assert digest_of_feeds([lane]) == whole


# The file and the command -------------------------------------------------------------------------------------------


def test_the_file_has_one_line_for_each_run_in_order():
    lines = hashes.HASHES.read_text(encoding="utf-8").splitlines()[1:]
    assert lines == sorted(lines)
    assert len(lines) == len(KNOWN)
    assert set(KNOWN) == {run.name for run in reference_runs.reference_runs()}
    assert all(len(value) == 64 and set(value) <= set("0123456789abcdef") for value in KNOWN.values())


def test_a_file_that_was_written_is_read_back(tmp_path):
    found = {"b/2": "0" * 64, "a/1": "f" * 64}
    write_hashes(found, tmp_path / "hashes.txt")
    assert known_hashes(tmp_path / "hashes.txt") == found
    assert [line[:3] for line in (tmp_path / "hashes.txt").read_text().splitlines()[1:]] == ["a/1", "b/2"]


def test_the_part_holds_on_this_machine(run):
    code, out, err = run("verify", "--part")
    assert (code, err) == (0, "")
    assert "Every bit is the same." in out


def made_up():
    """Return three runs: one that holds, one that differs, one without a hash."""
    return [ReferenceRun("g", f"g/{name}", lambda: "a", name != "third") for name in ("first", "second", "third")]


@pytest.fixture
def three_runs(monkeypatch, tmp_path):
    """Put three made-up runs and hashes in the place of those of the package."""
    write_hashes({"g/first": "a", "g/second": "b"}, tmp_path / "hashes.txt")
    monkeypatch.setattr(reference_runs, "reference_runs", made_up)
    monkeypatch.setattr(hashes, "known_hashes", lambda: known_hashes(tmp_path / "hashes.txt"))


@pytest.mark.usefixtures("three_runs")
def test_a_run_that_differs_is_named_and_ends_with_exit_code_1(run):
    code, out, _ = run("verify")
    assert code == 1
    assert "g/second: differs" in out
    assert "g/third: no hash is stored" in out
    assert "g/first:" not in out
    assert "2 of 3 runs differ." in out
    code, out, _ = run("verify", "--part", "--json")
    assert code == 1
    assert '"g/second"' in out
    assert "g/third" not in out


def test_progress_counts_the_runs():
    counts = []
    outcomes = verified(made_up(), {"g/first": "a"}, counts.append)
    assert counts == [1, 2, 3]
    assert [outcome.holds for outcome in outcomes] == [True, False, False]


def test_hashes_are_renewed_all_or_none(run):
    code, _, err = run("verify", "--write", "--part")
    assert code == 2
    assert "leave out --part" in err


# Whatever runs beside ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_cohort_is_the_same_on_any_number_of_threads(clock, threads):
    lanes = cohort("breastfeed", DYADS, CLOCKS[clock], "float64", threads)
    assert digest_of_feeds(lanes) == KNOWN[f"cohort/breastfeed/{clock}/float64/dyads-{DYADS}"]


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("dyads", [1, 5, 33])
def test_a_dyad_is_the_same_in_a_cohort_of_any_size(precision, dyads):
    some = cohort("pump-double", dyads, CLOCKS["averaged"], precision)
    whole = cohort("pump-double", DYADS, CLOCKS["averaged"], precision)
    for one, other in zip(some, whole, strict=False):
        assert digest_of_feeds([one]) == digest_of_feeds([other])


@pytest.mark.parametrize("threads", [1, 2])
def test_lives_side_by_side_are_those_that_run_alone(threads):
    scenario = with_days(load_lactation("demand-feeding"), DAYS)
    starts = [life_start(scenario, dyad, 0) for dyad in (None, 0, DYAD, 1)]
    program = build_life_program(scenario)
    results = run_lives(starts, program, seed=0, runner=ReflexRunner(), threads=threads)
    assert digest_of_life(results[0]) == KNOWN[f"life/demand-feeding/reference/days-{DAYS}"]
    assert digest_of_life(results[2]) == KNOWN[f"life/demand-feeding/dyad-{DYAD}/days-{DAYS}"]


def test_networks_side_by_side_are_those_that_run_alone():
    schedule = drive_schedule(Drive(0.5))
    several = run_networks(Network(), schedule, 60.0, [(4, 0), (4, 1), (5, 0)], threads=2)
    alone = [run_networks(Network(), schedule, 60.0, [seed])[0] for seed in ((4, 0), (4, 1), (5, 0))]
    assert [digest_of_network(r, r.store) for r in several] == [digest_of_network(r, r.store) for r in alone]


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("clock", CLOCKS)
def test_fewer_lanes_give_the_same_bits(clock, precision):
    assert tile_lanes(precision, NARROW[clock]) < tile_lanes(precision, CLOCKS[clock])
    lanes = cohort("breastfeed", DYADS, NARROW[clock], precision)
    assert digest_of_feeds(lanes) == KNOWN[f"cohort/breastfeed/{clock}/{precision}/dyads-{DYADS}"]


@pytest.mark.slow
def test_lanes_of_the_usual_width_of_a_register_give_the_same_bits():
    assert tile_lanes("float64", HalfClock()) == 4
    assert digest_of_feeds([feed("breastfeed", 0, HalfClock())]) == KNOWN["feed/breastfeed/suck-resolved/seed-0"]


def part_holds_when_told(told):
    """Assert that `letdown verify --part` finds every bit in a process with these variables."""
    command = [sys.executable, "-m", "letdown", "verify", "--part"]
    done = subprocess.run(command, env=os.environ | told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every bit is the same." in done.stdout


# `exp`, `log` and matrix products of numpy, of glibc and of OpenBLAS differ in their last bits under these
OLDER_LIBRARIES = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA",
    "OPENBLAS_CORETYPE": "Nehalem",
}


@pytest.mark.slow
def test_the_code_that_libraries_choose_for_an_older_processor_changes_nothing():
    part_holds_when_told(OLDER_LIBRARIES)


@pytest.mark.slow
@pytest.mark.parametrize("processor", PROCESSORS)
def test_other_processors_give_the_same_bits(processor, tmp_path):
    # a minute or two, for all loops are compiled anew
    part_holds_when_told({"LETDOWN_TARGET": processor, "LETDOWN_CACHE_DIR": str(tmp_path)})
