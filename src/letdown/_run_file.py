"""The files that runs write: told apart by what they hold, refused by name where a command takes another kind."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from letdown._errors import RecordingError
from letdown._netcdf import Column, read_attributes, read_columns
from letdown._printable import printable
from letdown._units import shown
from letdown._version import __version__

__all__ = [
    "DAMAGE",
    "LACTATION",
    "NWB",
    "README",
    "RECORDING",
    "SPIKES",
    "SPIKE_TABLE",
    "TIME_SERIES",
    "RunFileKind",
    "check_layout",
    "damaged",
    "kind_of",
    "kind_sentence",
    "read_run_file",
]


@dataclass(frozen=True, slots=True)
class RunFileKind:
    """A kind of file: what it is, and what takes it."""

    words: str
    use: str
    mark: str = ""
    """The attribute, or the names of the first columns, by which it is known."""


RECORDING = RunFileKind("the recording of a feed", "letdown plot draws it", "letdown_format")
LACTATION = RunFileKind("a lactation, days and months", "letdown plot draws it", "letdown_lactation_format")
SPIKES = RunFileKind(
    "the spikes of simulated neurones", "letdown plot draws it, letdown neurones bursts finds its bursts",
    "letdown_spikes_format",
)  # fmt: skip
NWB = RunFileKind("an NWB file", "letdown neurones bursts finds the bursts of its units", "nwb_version")
TIME_SERIES = RunFileKind(
    "the table of time series of a feed", "letdown detect takes it with --signal-column removed_left_ml",
    "time_s oxytocin_pg_ml",
)  # fmt: skip
SPIKE_TABLE = RunFileKind("a table of spikes", "letdown neurones bursts finds its bursts", "time_s cell")

_ANY_READER = "pandas, R and spreadsheets read it"
_TABLES = (
    TIME_SERIES,
    RunFileKind("the table of events of a feed", _ANY_READER, "time_s event name"),
    RunFileKind("the table of days of several dyads", _ANY_READER, "dyad day production_ml"),
    RunFileKind("the table of a cohort", _ANY_READER, "dyad let_downs let_downs_felt"),
    RunFileKind("the table of bursts that were found", _ANY_READER, "onset_s duration_s cells"),
    RunFileKind("the table of sessions of a lactation", _ANY_READER, "day number age_h"),
    RunFileKind("the daily table of a lactation", _ANY_READER, "day production_ml"),
)
_FIGURE = RunFileKind("a figure", "letdown plot makes it from a recording")
_SUMMARY = RunFileKind("the summary of a run", "programs read it as JSON")
_README = RunFileKind("the description of a run's files", "any editor shows it")
_TOML = RunFileKind("a TOML file", "letdown scenario check says whether it is a scenario")

README = "README.txt"
"""Name of the file that describes the files of a run."""

HEAD = 65_536
"""Bytes of a file that are read to tell what it is."""


def kind_of(path: Path) -> RunFileKind | None:
    """Return which kind of file of a run this is, or None for any other file; only its beginning is read."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return None
    if head.startswith((b"\x89HDF\r\n\x1a\n", b"CDF")):
        # Told from its text: the netCDF library is not made for HDF5 files of others, least of all damaged ones.
        return NWB if NWB.mark.encode() in head else _data_kind(path)
    if head.startswith((b"\x89PNG", b"%PDF-")) or b"<svg" in head[:1000]:
        return _FIGURE
    if path.suffix.lower() == ".toml":
        return _TOML
    text = head.decode("utf-8", errors="replace")
    if path.name == README and "letdown" in text:
        return _README
    if path.suffix.lower() == ".json":
        ours = '"disclaimer"' in text or '"production_ml"' in text or '"let_downs"' in text
        return _SUMMARY if ours else None
    return _table_kind(text)


def _data_kind(path: Path) -> RunFileKind | None:
    try:
        attributes = read_attributes(path)
    except OSError:
        return None
    for kind in (RECORDING, LACTATION, SPIKES):
        if kind.mark in attributes:
            return kind
    return SPIKES if {"bin_s", "cpu_s", "duration_s"} <= attributes.keys() else None  # before it had a format


def _table_kind(text: str) -> RunFileKind | None:
    lines = (line for line in text.splitlines() if not line.startswith("#"))  # tables of 0.1.0 begin with a remark
    try:
        names = next(csv.reader(lines), [])
    except csv.Error:
        return None
    if names == SPIKE_TABLE.mark.split():
        return SPIKE_TABLE
    return next((kind for kind in _TABLES if names[: len(kind.mark.split())] == kind.mark.split()), None)


def kind_sentence(path: Path, wanted: str) -> str | None:
    """Return the sentence that says what a file of a run is and what is wanted instead; None for other files."""
    kind = kind_of(path)
    return None if kind is None else f"{path} is {kind.words} ({kind.use}); {wanted}."


DAMAGE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, RecordingError)
"""What reading columns of a damaged file may raise."""


def read_run_file(path: Path, remedy: str) -> tuple[dict[str, Column], dict[str, Any]]:
    """Return the columns and attributes of a netCDF file.

    Raises
    ------
    RecordingError
        If it does not exist, cannot be read, or was damaged after it was written.
    """
    if path.is_dir():
        raise RecordingError(f"{path} is a folder; {remedy}.")
    try:
        return read_columns(path)
    except FileNotFoundError as error:
        raise RecordingError(f"There is no file {path}; {remedy}.") from error
    except OSError as error:
        if (sentence := kind_sentence(path, remedy)) is not None and path.suffix.lower() != ".nc":
            raise RecordingError(sentence) from error
        reason = printable(" ".join(str(error).split())[:200])
        raise RecordingError(f"{path} cannot be read as netCDF ({reason}); {remedy}.") from error


def check_layout(path: Path, attributes: dict[str, Any], kind: RunFileKind, newest: int, remedy: str) -> int:
    """Return the number of the layout of a file of this kind.

    Raises
    ------
    RecordingError
        If it is another kind of file, or its layout is newer than this version knows.
    """
    layout = attributes.get(kind.mark)
    if not isinstance(layout, int | np.integer) or layout < 1:
        sentence = kind_sentence(path, remedy)
        raise RecordingError(sentence or f"{path} is not a recording of letdown; {remedy}.")
    if layout > newest:
        version = shown(attributes.get("letdown_version"))
        raise RecordingError(f"{path} was written by letdown {version}, newer than {__version__}; update letdown.")
    return int(layout)


def damaged(path: Path, kind: RunFileKind, error: Exception, remedy: str) -> RecordingError:
    """Return the error that says which part of a file is missing or damaged."""
    reason = printable(" ".join(str(error).split())[:200].rstrip("."))
    return RecordingError(f"{path} is {kind.words} with parts missing or damaged ({reason}); {remedy}.")
