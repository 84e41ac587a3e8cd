"""Our own tables, read with the default settings of pandas, of R and of the csv module."""

import csv
import math
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

import letdown
from letdown import OutputError
from letdown._csv_file import write_numbers, write_table
from letdown.recording import DISCLAIMER
from run_files import small_feed, small_lactation, write_all

TEXTS = {"event", "name", "side", "end_reason", "kind"}
"""Columns that hold texts; all others are numbers."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_all(tmp_path_factory.mktemp("runs"))


def tables(files):
    found = {name: path for name, path in files.items() if path.suffix == ".csv"}
    assert {path.name for path in found.values()} == {
        "time_series.csv", "events.csv", "dyads.csv", "daily.csv", "sessions.csv", "bursts.csv", "spikes.csv",
    }  # fmt: skip
    return found


def test_pandas_reads_every_table_without_being_told_how(files):
    for name, path in tables(files).items():
        frame = pd.read_csv(path)
        assert isinstance(frame.index, pd.RangeIndex), name
        assert len(frame), name
        assert not any(column.startswith(("#", "Unnamed")) or column != column.strip() for column in frame), name
        for column in frame:
            assert (frame[column].dtype.kind in "fi") == (column not in TEXTS or frame[column].isna().all()), column


def test_the_values_in_pandas_are_those_of_the_run(files):
    recording = small_feed()
    series = pd.read_csv(files["feed/time_series.csv"])
    np.testing.assert_allclose(series["time_s"], recording.run().time_s)
    np.testing.assert_allclose(series["removed_left_ml"], recording.run().channels["removed_ml"][:, 0], rtol=1e-6)
    events = pd.read_csv(files["surrogate/events.csv"])
    felt = events.loc[events.event == "let_down", "felt"]
    assert set(felt) <= {0.0, 1.0}
    assert len(felt)
    assert events.loc[events.event == "burst", "felt"].isna().all()
    days = pd.read_csv(files["lactation/daily.csv"])
    assert math.isnan(days.first_let_down_s[0])
    assert days.production_ml.tolist() == [row["production_ml"] for row in small_lactation().daily()]
    sessions = pd.read_csv(files["lactation/sessions.csv"])
    assert sessions.kind.tolist() == ["feed", "pump", "cue"] * 2
    assert set(sessions.satisfied) == {0, 1}


def as_r_reads(path):
    """Return names and columns as R's `read.csv` types them: logical, numeric with NA, or character.

    `read.csv` takes fields of fewer rows than names for row names or refuses them, "NA" for missing, an empty field of
    numbers for missing, and makes a column numeric only if every field is a number as C reads it.
    """
    text = path.read_bytes().decode("utf-8")
    assert "\r" not in text
    rows = list(csv.reader(text.splitlines()))
    names, body = rows[0], rows[1:]
    assert {len(row) for row in body} <= {len(names)}
    columns = {}
    for i, name in enumerate(names):
        fields = [row[i] for row in body]
        assert "NA" not in fields
        number = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
        if all(not field or number.fullmatch(field) for field in fields):
            columns[name] = [float(field) if field else math.nan for field in fields]
        else:
            columns[name] = fields
    return columns


def test_r_reads_every_table_without_being_told_how(files):
    for name, path in tables(files).items():
        for column, values in as_r_reads(path).items():
            assert re.fullmatch(r"[a-z][a-z0-9_]*", column), name  # R keeps such names as they are
            if column not in TEXTS:
                assert all(isinstance(value, float) for value in values), (name, column)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_itself_agrees(files):
    for path in tables(files).values():
        code = f'd <- read.csv("{path}"); cat(nrow(d), ncol(d), names(d)[1])'
        seen = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout.split()
        frame = pd.read_csv(path)
        assert seen == [str(len(frame)), str(len(frame.columns)), frame.columns[0]]


def test_a_table_repeats_no_name_and_uses_one_line_end(files):
    for name, path in tables(files).items():
        held = path.read_bytes()
        names = held.split(b"\n", 1)[0].decode().split(",")
        assert len(names) == len(set(names)), name
        assert b"\r" not in held
        assert held.endswith(b"\n")
        assert b"nan" not in held.lower().replace(b"nanog", b"")
        assert b"inf," not in held


def test_the_readme_beside_says_what_the_tables_no_longer_do(files):
    for name, path in files.items():
        if path.suffix == ".csv":
            readme = (path.parent / "README.txt").read_text(encoding="utf-8")
            assert DISCLAIMER in readme
            assert letdown.__version__ in readme
            assert re.search(r"^seed +\d+$", readme, re.MULTILINE), name
            section = readme.partition(f"Columns of {path.name}")[2].partition("\nColumns of ")[0]
            for column in pd.read_csv(path):
                assert re.search(rf"^{column} ", section, re.MULTILINE), (name, column)
    assert "days 3 to 7 are missing" in files["part/README.txt"].read_text()
    assert "missing" not in files["lactation/README.txt"].read_text().partition("Files")[0]


def test_cells_that_need_care(tmp_path):
    rows = [["a,b", 'say "x"', None, True, np.bool_(False)], ["two\nlines", "é", math.nan, math.inf, np.float64(0.1)]]
    write_table(tmp_path / "t.csv", ["a", "b", "c", "d", "e"], rows)
    frame = pd.read_csv(tmp_path / "t.csv")
    assert frame.a.tolist() == ["a,b", "two\nlines"]
    assert frame.b.tolist() == ['say "x"', "é"]
    assert frame.c.isna().all()
    assert frame.d.tolist()[0] == 1
    assert math.isnan(frame.d.tolist()[1])
    assert frame.e.tolist() == [0, 0.1]
    with pytest.raises(OutputError):
        write_table(tmp_path / "absent" / "t.csv", ["a"], [])


def test_numbers_row_by_row_are_written_as_cell_by_cell(tmp_path):
    table = np.array([[0.1, -0.0, 1e300], [np.nan, 1.0, np.inf], [1234567.89, 2.0 / 3.0, 5e-324], [1.0, 2.0, -np.inf]])
    write_table(tmp_path / "cells.csv", ["a", "b, c", "d"], table.tolist())
    write_numbers(tmp_path / "rows.csv", ["a", "b, c", "d"], table)
    assert (tmp_path / "rows.csv").read_bytes() == (tmp_path / "cells.csv").read_bytes()
    assert (tmp_path / "rows.csv").read_text().splitlines()[2] == ",1,"
