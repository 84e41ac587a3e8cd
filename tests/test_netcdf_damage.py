"""Damaged netCDF files: refused in one sentence or read whole, in bounded time and memory, never as other numbers."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest

import letdown
from letdown.cli import main
from letdown.opening import cited_in, spike_trains
from run_files import write_all

HERE = Path(__file__).parent
CORPUS = HERE / "corpus" / "netcdf"
MOST_MB = 1500


def harness(*arguments):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "fuzz_netcdf.py"), *map(str, arguments)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def check_fuzz(files, seed):
    report = harness(files, seed)
    print(json.dumps(report["calls"]), f"slowest {report['slowest_s']} s, {report['peak_mb']} MB")
    assert report["other"] == []
    assert report["silent"] == []
    assert report["peak_mb"] < MOST_MB
    for call, counts in report["calls"].items():
        assert counts.get("refused", 0) > 0, call
    assert report["calls"]["open"].get("read", 0) > 0  # damage that changes nothing is no reason to refuse


def test_damaged_files_get_our_own_sentence_or_are_read():
    check_fuzz(8, 1)


@pytest.mark.slow
def test_hundreds_of_damaged_files_get_our_own_sentence_or_are_read():
    check_fuzz(150, 7)


def check_flips(count):
    for source, counts in harness("flips", count).items():
        print(source, counts)
        assert counts["silent"] == 0
        assert counts["refused"] > count / 10  # the rest fell on what HDF5 leaves empty
        assert sum(counts.values()) == count


def test_no_flipped_bit_is_read_as_another_number():
    check_flips(12)


@pytest.mark.slow
def test_no_flipped_bit_of_many_is_read_as_another_number():
    check_flips(200)


@pytest.fixture(params=sorted(path.name for path in CORPUS.glob("*.gz")))
def kept(request, tmp_path):
    path = tmp_path / request.param.removesuffix(".gz")
    path.write_bytes(gzip.decompress((CORPUS / request.param).read_bytes()))
    return path


def test_the_kept_damaged_files_are_refused(kept, capsys):
    for call in (letdown.open, cited_in, spike_trains):
        with pytest.raises(letdown.RecordingError) as caught:
            call(kept)
        words = str(caught.value)
        assert words.endswith(".")
        assert "\n" not in words
        assert len(words) < 700
    for command in (["plot"], ["cite"], ["neurones", "bursts"]):
        assert main([*command, str(kept)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert "Traceback" not in error
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_the_corpus_is_small():
    sizes = [path.stat().st_size for path in CORPUS.iterdir()]
    assert len(sizes) > 12
    assert sum(sizes) < 200_000


def test_a_dimension_of_three_thousand_million_is_refused_before_it_is_read(tmp_path):
    good = write_all(tmp_path)["feed/recording.nc"]
    with netCDF4.Dataset(good, "a") as file:
        file.createDimension("big", 3_000_000_000)
        file.createVariable("burst_again", "f8", ("big",), zlib=True)
    with pytest.raises(letdown.RecordingError, match="more than a file of"):
        letdown.open(good)


@pytest.mark.parametrize(
    ("source", "name", "change", "words"),
    [
        ("feed/recording.nc", "leaked_ml", np.nan, "leaked_ml holds a number that is missing"),
        ("feed/recording.nc", "removed_ml", 1e300, "removed_ml holds a number that is missing or too large"),
        ("feed/recording.nc", "time", 0.0, "time does not rise"),
        ("feed/recording.nc", "let_down_felt", 3, "let_down_felt holds another number"),
        ("feed/recording.nc", "total_duration_s", -1.0, "total_duration_s is below 0"),
        ("lactation/lactation.nc", "production_ml", np.nan, "production_ml holds a number that is missing"),
        ("lactation/lactation.nc", "session_kind", 9.0, "session_kind holds a code without a meaning"),
        ("lactation/lactation.nc", "day", 5, "day does not count from 1"),
        ("neurones/neurones.nc", "spike_count", 10**9, "spike_count does not count the spikes"),
        ("neurones/neurones.nc", "plasma_pg_ml", np.inf, "plasma_pg_ml holds a number"),
        ("neurones/neurones.nc", "spike_time", -1.0, "Spike 1 is at -1"),
    ],
)
def test_the_sentence_says_which_part_is_damaged(tmp_path, source, name, change, words):
    place = write_all(tmp_path)[source]
    with netCDF4.Dataset(place, "a") as file:
        file.delncattr("content_sha256")
        file[name][...] = change
    with pytest.raises(letdown.RecordingError) as caught:
        letdown.open(place)
    assert words in str(caught.value)
    assert str(place) in str(caught.value)


@pytest.mark.parametrize("text", ["", "x", "a = [", "[" * 20_000, "infants = 3", 'infants = [{sex = "boy", x = 1}, 2]'])
def test_a_lactation_whose_scenario_cannot_be_read_is_refused(tmp_path, text):
    place = write_all(tmp_path)["lactation/lactation.nc"]
    with netCDF4.Dataset(place, "a") as file:
        file.delncattr("content_sha256")
        file.scenario_toml = text
    with pytest.raises(letdown.RecordingError, match="parts missing or damaged"):
        letdown.open(place)
