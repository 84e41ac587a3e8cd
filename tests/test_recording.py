"""Recording: labels, the way to a file and back, events, the summary."""

import csv
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import letdown
from letdown import OutputError, Recording, RecordingError
from letdown._netcdf import DIGEST
from letdown.recording import DISCLAIMER, SIDES, TABLES, VARIABLES, column_name, feed_summary, step_names
from synthetic_run import synthetic_dyad, synthetic_run

FEED, QUIET = synthetic_run(), synthetic_run(eventful=False)


@pytest.fixture(scope="module")
def recording():
    return Recording.from_run(FEED)


def assert_same_run(one, other):
    for name in one.__slots__:
        if name not in ("time_s", "channels"):
            assert getattr(one, name) == getattr(other, name), name
    np.testing.assert_array_equal(one.time_s, other.time_s)
    assert one.channels.keys() == other.channels.keys()
    for name, values in one.channels.items():
        np.testing.assert_array_equal(values, other.channels[name], err_msg=name)


@pytest.mark.parametrize("run", [FEED, QUIET, synthetic_dyad(3)], ids=["feed", "nothing happens", "dyad of a cohort"])
def test_file_gives_the_same_run_back(tmp_path, run):
    Recording.from_run(run).to_netcdf(tmp_path / "recording.nc")
    assert_same_run(Recording.open(tmp_path / "recording.nc").run(), run)


def test_a_recording_read_from_a_file_can_be_written_again(tmp_path):
    Recording.from_run(QUIET).to_netcdf(tmp_path / "one.nc")
    Recording.open(tmp_path / "one.nc").to_netcdf(tmp_path / "two.nc")
    assert_same_run(Recording.open(tmp_path / "two.nc").run(), QUIET)


def test_every_variable_has_a_unit_and_a_name_for_people(recording):
    for name, variable in recording.data.variables.items():
        assert variable.attrs["long_name"], name
        if variable.dtype.kind in "fi":
            assert variable.attrs["units"], name


def test_units_agree_with_the_names_of_the_channels():
    endings = {
        "_pg_ml": "pg mL-1",
        "_ng_ml": "ng mL-1",
        "_per_s": "s-1",
        "_ml_s": "mL s-1",
        "_mmhg": "mmHg",
        "_ml": "mL",
        "_mm": "mm",
        "_hz": "Hz",
    }
    for name, variable in VARIABLES.items():
        ending = next((e for e in endings if name.endswith(e)), None)
        assert variable.units == (endings[ending] if ending else "1"), name


def test_units_are_known_to_pint():
    import pint

    registry = pint.UnitRegistry()
    tables = [variable for table in TABLES.values() for variable in table.values()]
    for variable in [*VARIABLES.values(), *tables]:
        if variable.units:
            registry.Unit(variable.units.replace("-1", "**-1").replace(" ", "*"))


def test_dimensions_and_provenance_follow_the_conventions(recording):
    assert recording.data["flow_ml_s"].dims == ("time", "side")
    assert recording.data["time"].attrs["units"] == "s"
    assert list(recording.data["side"].values) == list(SIDES)
    assert recording.data.attrs["Conventions"] == "CF-1.11"
    assert recording.data.attrs["scenario_toml"] == FEED.scenario_toml
    assert recording.data.attrs["disclaimer"] == DISCLAIMER
    assert {"letdown_version", "parameter_hash", "seed", "created_utc"} <= recording.data.attrs.keys()


def test_plain_xarray_reads_the_file_without_guessing_dates(tmp_path, recording):
    recording.to_netcdf(tmp_path / "recording.nc")
    with xr.open_dataset(tmp_path / "recording.nc") as data:
        assert data["time"].dtype == np.float64
        assert data["let_down_felt"].attrs["flag_meanings"] == "not_felt felt"
        assert float(data["oxytocin_pg_ml"].max()) == FEED.channels["oxytocin_pg_ml"].max()


@pytest.mark.parametrize(
    ("channels", "words"),
    [
        ({"dragons": np.zeros(901)}, "'dragons' without a label"),
        ({"flow_ml_s": np.zeros(901)}, "'flow_ml_s' has shape (901,), not (901, 2)"),
        ({"store": np.zeros((901, 2))}, "'store' has shape (901, 2), not (901,)"),
    ],
)
def test_a_channel_without_label_or_of_wrong_shape_is_refused(channels, words):
    with pytest.raises(RecordingError) as caught:
        Recording.from_run(replace(FEED, channels=channels))
    assert words in str(caught.value)


def test_opening_what_is_no_recording_says_so(tmp_path):
    with pytest.raises(RecordingError, match="There is no file"):
        Recording.open(tmp_path / "absent.nc")
    (tmp_path / "text.nc").write_text("not netCDF")
    with pytest.raises(RecordingError, match="cannot be read as netCDF"):
        Recording.open(tmp_path / "text.nc")
    xr.Dataset({"x": ("time", [1.0])}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(RecordingError, match="is not a recording of letdown"):
        Recording.open(tmp_path / "other.nc")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.drop_vars("burst_time_s"),
        lambda data: data.drop_vars("total_end_reason"),
        lambda data: data.assign(total_end_reason="lunch"),
        lambda data: data.assign(activation=("side", [0.0, 1.0])),
        lambda data: data.drop_attrs(deep=False).assign_attrs(letdown_format=1),
        lambda data: data.assign_attrs(traits="{"),
    ],
    ids=["no column", "no total", "no such reason", "wrong shape", "no provenance", "no JSON"],
)
def test_a_recording_with_a_part_missing_or_damaged_is_refused(tmp_path, recording, spoil):
    spoil(recording.data).to_netcdf(tmp_path / "spoilt.nc")
    with pytest.raises(RecordingError, match="parts missing or damaged"):
        letdown.open(tmp_path / "spoilt.nc")


def test_damaged_files_are_refused_or_read_whole(tmp_path, recording):
    recording.to_netcdf(tmp_path / "whole.nc")
    whole, rng = (tmp_path / "whole.nc").read_bytes(), np.random.default_rng(0)
    refused = 0
    for k in range(40):
        spoilt = bytearray(whole[: rng.integers(len(whole))] if k % 2 else whole)
        for place in rng.integers(len(spoilt), size=20):
            spoilt[place] = rng.integers(256)
        (tmp_path / "spoilt.nc").write_bytes(spoilt)
        try:
            letdown.open(tmp_path / "spoilt.nc").summary()
        except RecordingError:
            refused += 1
    assert refused >= 20  # each one cut short, at least


def test_the_data_set_read_by_xarray_is_the_one_in_memory(tmp_path, recording):
    recording.to_netcdf(tmp_path / "recording.nc")
    with xr.open_dataset(tmp_path / "recording.nc", decode_times=False) as data:
        assert len(data.attrs.pop(DIGEST)) == 64  # of the file, not of the recording
        assert data.identical(recording.data)
    assert letdown.open(tmp_path / "recording.nc").data.identical(recording.data)


def test_a_file_of_a_newer_layout_is_refused(tmp_path, recording):
    newer = recording.data.assign_attrs(letdown_format=99, letdown_version="12.0")
    newer.to_netcdf(tmp_path / "newer.nc")
    with pytest.raises(RecordingError, match="newer than"):
        Recording.open(tmp_path / "newer.nc")


def test_writing_where_nothing_can_be_written_leaves_nothing(tmp_path, recording):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write"):
        recording.to_csv(tmp_path / "file" / "series.csv")
    with pytest.raises(OutputError, match="Cannot write"):
        recording.to_netcdf(tmp_path / "absent" / "recording.nc")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_failed_write_keeps_the_old_file_and_no_rest(tmp_path, recording, monkeypatch):
    target = tmp_path / "events.csv"
    target.write_text("old")
    monkeypatch.setattr(csv, "writer", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        recording.events_csv(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_csv_holds_the_series_with_units_in_the_names(tmp_path, recording):
    recording.to_csv(tmp_path / "series.csv")
    rows = list(csv.DictReader((tmp_path / "series.csv").read_text().splitlines()))
    assert len(rows) == FEED.time_s.size
    assert {"time_s", "oxytocin_pg_ml", "removed_left_ml", "flow_right_ml_s", "skin_wetness_left"} <= rows[0].keys()
    assert float(rows[-1]["removed_right_ml"]) == pytest.approx(FEED.totals.removed_ml[1], rel=1e-6)
    assert float(rows[300]["time_s"]) == 300.0


@pytest.mark.parametrize(
    ("channel", "column"),
    [
        ("removed_ml", "removed_left_ml"),
        ("flow_ml_s", "flow_left_ml_s"),
        ("suction_peak_mmhg", "suction_peak_left_mmhg"),
        ("duct_diameter_mm", "duct_diameter_left_mm"),
        ("skin_wetness", "skin_wetness_left"),
    ],
)
def test_the_side_stands_before_the_unit(channel, column):
    assert column_name(channel, "left") == column


def test_events_are_in_order_and_complete(tmp_path, recording):
    events = recording.events()
    assert [e.time_s for e in events] == sorted(e.time_s for e in events)
    counts = {kind: sum(e.event == kind for e in events) for kind in ("burst", "let_down", "sign", "step")}
    assert counts == {
        "burst": len(FEED.bursts),
        "let_down": len(FEED.let_downs),
        "sign": len(FEED.signs),
        "step": len(FEED.steps),
    }
    recording.events_csv(tmp_path / "events.csv")
    rows = list(csv.DictReader((tmp_path / "events.csv").read_text().splitlines()))
    first = next(row for row in rows if row["event"] == "let_down")
    assert first["felt"] == "1"
    assert float(first["removed_left_ml"]) == pytest.approx(FEED.let_downs[0].removed_left_ml, rel=1e-6)
    assert first["recruited"] == ""


def test_summary_counts_what_the_run_did(recording):
    summary = recording.summary()
    assert len(summary["let_downs"]) == len(FEED.let_downs)
    assert summary["first_latch_s"] == 120.0
    assert summary["first_let_down_after_latch_s"] == summary["first_let_down_s"] - 120.0
    assert summary["milk_removed_ml"]["total"] == pytest.approx(sum(FEED.totals.removed_ml))
    assert summary["share_of_available"]["left"] == pytest.approx(FEED.totals.removed_ml[0] / 107.0)
    assert summary["bursts"] == [burst.time_s for burst in FEED.bursts]
    assert summary["signs"][0] == {
        "name": "active_suck_swallow",
        "time_s": FEED.signs[0].time_s,
        "side": "left",
    }
    assert summary["end_reason"] == "protocol_end"


def test_summary_is_strict_json_and_the_same_from_run_and_file(tmp_path, recording):
    recording.to_netcdf(tmp_path / "recording.nc")
    texts = [
        json.dumps(summary, allow_nan=False)
        for summary in (
            feed_summary(FEED),
            recording.summary(),
            Recording.open(tmp_path / "recording.nc").summary(),
        )
    ]
    assert len(set(texts)) == 1


def test_summary_has_null_where_there_is_no_value():
    totals = replace(QUIET.totals, available_ml=(0.0, 50.0), flow_peak_ml_s=math.nan)
    summary = feed_summary(replace(QUIET, totals=totals, traits={"capacity": math.inf}))
    assert summary["share_of_available"] == {"left": None, "right": 0.0, "total": 0.0}
    for key in ("first_let_down_s", "first_latch_s", "first_let_down_after_latch_s", "flow_peak_ml_s"):
        assert summary[key] is None
    assert summary["traits"] == {"capacity": None}
    json.dumps(summary, allow_nan=False)


def test_a_let_down_before_the_latch_counts_as_negative():
    totals = replace(FEED.totals, first_latch_s=FEED.let_downs[0].onset_s + 30.0)
    assert feed_summary(replace(FEED, totals=totals))["first_let_down_after_latch_s"] == pytest.approx(-30.0)


def test_steps_are_named_after_what_they_are():
    assert step_names(FEED) == ["own baby's cry", "infant", "infant"]
    plain = tuple(replace(step, what="") for step in FEED.steps)
    assert step_names(replace(FEED, steps=plain)) == ["cue", "infant", "infant"]


def test_steps_after_a_pump_of_several_phases_keep_their_names():
    protocol = [
        {"do": "pump", "side": "left", "for_s": 150.0, "programme": {"kind": "two-phase", "suction_mmhg": 150.0}},
        {"do": "cue", "kind": "other_cry", "at_s": 60.0},
        {"do": "cue", "kind": "usual_hour", "at_s": 60.0},
        {"do": "condition", "name": "fatigue", "at_s": 80.0, "level": 0.5},
        {"do": "dose", "route": "nasal", "at_s": 90.0, "amount_mu": 1000.0},
    ]
    run = letdown.simulate({"name": "a-pump", "protocol": protocol}).run()
    named = dict(zip(step_names(run), (step.do for step in run.steps), strict=True))
    assert named == {
        "pump": "pump",
        "another baby's cry": "cue",
        "usual hour": "cue",
        "fatigue": "condition",
        "oxytocin into the nose": "dose",
    }


def test_a_file_of_the_first_layout_is_read_without_what_it_lacks(tmp_path, recording):
    old = recording.data.drop_vars("step_what").assign_attrs(letdown_format=1)
    old.to_netcdf(tmp_path / "old.nc")
    steps = Recording.open(tmp_path / "old.nc").run().steps
    assert steps == tuple(replace(step, what="") for step in FEED.steps)


def test_the_largest_seed_survives_the_file(tmp_path):
    Recording.from_run(replace(QUIET, seed=2**64 - 1)).to_netcdf(tmp_path / "recording.nc")
    assert Recording.open(tmp_path / "recording.nc").summary()["seed"] == 2**64 - 1
