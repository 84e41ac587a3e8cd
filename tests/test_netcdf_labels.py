"""Every variable of every netCDF file says what it is; files of earlier layouts are still read."""

import math
import re

import netCDF4
import numpy as np
import pint
import pytest
import xarray as xr

import letdown
from letdown._netcdf import DIGEST
from run_files import small_feed, small_lactation, small_spikes, write_all

KINDS = {"recording.nc": "feed", "lactation.nc": "lactation", "neurones.nc": "neurones"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_all(tmp_path_factory.mktemp("runs"))


@pytest.fixture(params=KINDS, scope="module")
def place(request, files):
    return files[f"{KINDS[request.param]}/{request.param}"]


def test_every_variable_has_units_and_a_long_name(place):
    registry = pint.UnitRegistry()
    with netCDF4.Dataset(place) as file:
        assert file.Conventions == "CF-1.11"
        assert file.title
        assert file.source.startswith("letdown")
        assert "not medical advice" in file.comment
        for name, variable in file.variables.items():
            assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
            assert variable.long_name.strip(), name
            assert isinstance(variable.units, str), name
            unit = re.sub(r"([A-Za-z])(-?\d)", r"\1**\2", variable.units).replace(" ", "*")
            registry.parse_units("" if unit == "1" else unit)
            if variable.dtype is str:
                assert variable.units == "1"


def test_codes_say_what_they_mean(place):
    with netCDF4.Dataset(place) as file:
        for name, variable in file.variables.items():
            assert ("flag_values" in variable.ncattrs()) == ("flag_meanings" in variable.ncattrs())
            if "flag_values" in variable.ncattrs():
                values = np.atleast_1d(variable.flag_values)
                assert values.dtype == variable.dtype, name
                assert len(values) == len(variable.flag_meanings.split())
                assert set(np.ravel(variable[...]).tolist()) <= set(values.tolist())
        coded = {name for name, variable in file.variables.items() if "flag_values" in variable.ncattrs()}
    wanted = {
        "recording.nc": {"let_down_felt"},
        "lactation.nc": {"session_kind", "session_infant", "session_satisfied"},
        "neurones.nc": set(),
    }
    assert coded == wanted[place.name]


def test_every_array_has_a_checksum_and_the_file_another(place):
    with netCDF4.Dataset(place) as file:
        assert re.fullmatch("[0-9a-f]{64}", file.getncattr(DIGEST))
        for name, variable in file.variables.items():
            assert variable.filters()["fletcher32"] == bool(variable.dimensions), name


def test_the_labels_are_those_of_the_object_in_memory():
    for lactation in (small_lactation(), letdown.simulate_lactation(days=1, seed=2)):
        for name, variable in lactation.data.variables.items():
            assert variable.attrs["units"], name
            assert variable.attrs["long_name"], name
    for name, column in small_feed().columns.items():
        assert column.attributes["units"], name


def stripped(place, target, names=()):
    """Copy a file as an earlier version wrote it: no checksum, labels and attributes of these names left out."""
    with xr.open_dataset(place, decode_cf=False) as data:
        data = data.load()
    for variable in data.variables.values():
        for name in names:
            variable.attrs.pop(name, None)
    data.attrs = {name: value for name, value in data.attrs.items() if name not in (DIGEST, *names)}
    data.to_netcdf(target)
    return target


def test_files_of_earlier_layouts_are_read(files, tmp_path):
    old = stripped(files["lactation/lactation.nc"], tmp_path / "lactation.nc", ("units", "long_name"))
    lactation = letdown.open(old)
    assert lactation.daily() == small_lactation().daily()
    assert lactation.data["session_age_h"].attrs["units"] == "h"
    old = stripped(files["feed/recording.nc"], tmp_path / "recording.nc")
    assert letdown.open(old).summary() == small_feed().summary()
    old = stripped(files["neurones/neurones.nc"], tmp_path / "n.nc", ("letdown_spikes_format", "letdown_version"))
    spikes = letdown.open(old)
    np.testing.assert_array_equal(spikes.trains.time_s, small_spikes().trains.time_s)


def test_a_copy_made_by_another_program_is_read_and_one_with_other_numbers_is_not(files, tmp_path):
    for name, folder in KINDS.items():
        with xr.open_dataset(files[f"{folder}/{name}"]) as data:
            data = data.load()
        data.to_netcdf(tmp_path / f"copy-{name}")
        assert type(letdown.open(tmp_path / f"copy-{name}")).__name__ in ("Recording", "Lactation", "SpikeRecording")
        changed = next(v for v in data.data_vars if data[v].dtype == np.float64 and data[v].size and data[v].ndim)
        data[changed][...] = np.where(np.isnan(data[changed]), data[changed], data[changed] * 1.001 + 1e-9)
        data.to_netcdf(tmp_path / f"changed-{name}")
        with pytest.raises(letdown.RecordingError, match="checksum"):
            letdown.open(tmp_path / f"changed-{name}")


def test_a_newer_layout_is_refused_in_every_kind(files, tmp_path):
    for name, folder in KINDS.items():
        with xr.open_dataset(files[f"{folder}/{name}"], decode_cf=False) as data:
            data = data.load()
        (mark,) = [key for key in data.attrs if key.endswith("_format")]
        data.attrs |= {mark: 99, "letdown_version": "12.0"}
        data.attrs.pop(DIGEST)
        data.to_netcdf(tmp_path / name)
        with pytest.raises(letdown.RecordingError, match="newer than"):
            letdown.open(tmp_path / name)


def test_missing_values_survive(files):
    assert letdown.open(files["lactation/lactation.nc"]).daily()[0]["first_let_down_s"] is None
    sessions = letdown.open(files["lactation/lactation.nc"]).data["session_fat_g_l"].values
    assert [math.isnan(value) for value in sessions] == [False, False, True] * 2
