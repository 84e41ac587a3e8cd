"""Tables changed at random, and tables kept: our own sentence or readings, in little time and memory."""

import json
import resource
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from fuzz_tables import HARMLESS, NAMES, good_table, mutants
from letdown import LetdownError, cli_detect
from letdown.detection_report import detection_json, detection_report
from letdown.instruments.signal_file import DuctTrace, Wanted, read_signal
from letdown.neurons.bursts import analyse
from letdown.neurons.spike_table import read_spike_table
from letdown.spike_recording import bursts_summary

CORPUS = Path(__file__).parent / "corpus" / "tables"
MOST_SECONDS = 5.0
MOST_BYTES = 120e6
"""For tables of at most half a megabyte; most take 20 ms and 2 MB."""


def arrays_of_milk(path, sort=False):
    readings = read_signal(path, Wanted(sort=sort))
    detection = cli_detect._detection(readings, None, 0.0)
    json.dumps(detection_json(path.name, readings, detection), allow_nan=False)
    detection_report(path.name, readings, detection)
    signal = readings.signal
    if isinstance(signal, DuctTrace):
        return signal.time_s, signal.diameter_mm
    return signal.intervals()


def arrays_of_spikes(path):
    readings = read_spike_table(path)
    json.dumps(bursts_summary(analyse(readings.trains)), allow_nan=False)
    return readings.trains.time_s, readings.trains.cell


READERS = {"milk": arrays_of_milk, "spikes": arrays_of_spikes}


def outcome(read, path):
    """Return what a table gave: arrays, or our own sentence; anything else is raised."""
    began = time.monotonic()
    try:
        return read(path), None
    except LetdownError as error:
        sentence = str(error)
        assert len(sentence) <= 700, sentence
        assert sentence.isprintable(), repr(sentence)
        assert sentence.endswith("."), sentence
        return None, sentence
    finally:
        assert time.monotonic() - began < MOST_SECONDS


def tried(kind, count, seed, folder):
    """Try mutants; return how many were read and how many were refused."""
    read, refused = 0, 0
    path = folder / "case.csv"
    path.write_text(HARMLESS["as it is"](NAMES[kind], good_table(kind)))
    wanted = READERS[kind](path)
    for mutant in mutants(kind, count, seed):
        path.write_bytes(mutant.raw)
        found, sentence = outcome(READERS[kind], path)
        if mutant.harmless:
            assert found is not None, (mutant.change, sentence)
            for one, other in zip(found, wanted, strict=True):
                np.testing.assert_array_equal(one, other, mutant.change)
        read, refused = read + (found is not None), refused + (found is None)
    print(f"{kind}: {count} tables, {read} read, {refused} refused in a sentence of ours")
    assert read + refused == count
    return read, refused


@pytest.mark.parametrize("kind", ["milk", "spikes"])
def test_a_changed_table_is_read_the_same_or_refused_in_a_sentence(kind, tmp_path):
    read, refused = tried(kind, 150, 14, tmp_path)
    assert read > 20
    assert refused > 40


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["milk", "spikes"])
def test_many_changed_tables_are_read_the_same_or_refused(kind, tmp_path):
    tried(kind, 500, 15, tmp_path)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*")), ids=lambda path: path.name)
def test_tables_that_once_broke_a_reader_end_in_a_sentence(path):
    for read in READERS.values():
        tracemalloc.start()
        try:
            _, sentence = outcome(read, path)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        if path.stem != "nanoseconds":  # spikes may come so fast
            assert sentence is not None
        assert most < MOST_BYTES


def test_a_large_table_needs_bounded_time_and_memory(tmp_path):
    path = tmp_path / "large.csv"
    seconds = np.arange(200_000) * 0.1
    path.write_text("t_s,mass_g\n" + "\n".join(f"{t:.1f},{1e-3 * t:.3f}" for t in seconds))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    read_signal(path, Wanted())
    # Two hundred thousand rows take some 2 s and 150 MB; a busy machine is slower.
    assert time.monotonic() - began < 30.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 600_000  # kB
