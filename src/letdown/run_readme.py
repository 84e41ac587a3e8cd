"""README.txt of a run: what the files of the folder are, what gave them, and what each column of a table means.

It stands beside the tables, so that these hold nothing but names and values.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from letdown._run_file import README
from letdown._version import __version__
from letdown.engine.life.records import DAY_COLUMNS, SESSION_COLUMNS
from letdown.lactation_layout import DAY_VARIABLES, SESSION_VARIABLES
from letdown.measures import MEASURES
from letdown.recording import DISCLAIMER
from letdown.recording_layout import SIDES, VARIABLES, column_name

if TYPE_CHECKING:
    from letdown.lactation import Lactation
    from letdown.recording import Recording
    from letdown.spike_recording import SpikeRecording

__all__ = ["README", "cohort_readme", "feed_readme", "lactation_readme", "lactations_readme", "neurones_readme"]

_RULES = (
    "Tables are plain CSV: names in the first line, commas between cells, a point in numbers, UTF-8. An empty cell\n"
    "means that there is no such value; 1 means yes and 0 no."
)

_FILES = {
    "recording.nc": "everything of the feed, labelled (netCDF); letdown.open reads it",
    "time_series.csv": "one row for each time",
    "events.csv": "one row for each burst, let-down, sign and protocol step",
    "dyads.csv": "one row for each dyad",
    "lactation.nc": "everything of the lactation, labelled (netCDF); letdown.open reads it",
    "daily.csv": "one row for each day",
    "sessions.csv": "one row for each session: a feed, a pumping or a cue",
    "neurones.nc": "spikes and series of the network, labelled (netCDF); letdown.open reads it",
    "neurones.nwb": "the spikes as NWB units",
    "spikes.csv": "one row for each spike",
    "bursts.csv": "one row for each burst that was found",
    "figure.png": "the figure",
    "scenario.toml": "the scenario; simulating it with the same seed gives the same numbers",
    "summary.json": "what the run came to, for programs",
}

Row = tuple[str, str, str]
"""Name, unit and meaning of a column; no unit for texts and pure numbers."""

_EVENTS: tuple[Row, ...] = (
    ("time_s", "s", "time since the start of the protocol"),
    ("event", "", "burst, let_down, sign or step"),
    ("name", "", "which sign, or what the step does"),
    ("side", "", "breast, where it belongs to one"),
    ("end_s", "s", "end of a let-down or a step"),
    ("felt", "", "whether the mother noticed the let-down"),
    *((f"milk_{side}_ml", "mL", f"milk moved from alveoli to ducts until the next onset, {side}") for side in SIDES),
    *((f"removed_{side}_ml", "mL", f"milk removed until the next onset, {side}") for side in SIDES),
    ("recruited", "", "share of a full burst"),
    ("oxytocin_ng", "ng", "oxytocin secreted by the burst"),
    ("end_reason", "", "why the step ended"),
)

_BURSTS: tuple[Row, ...] = (
    ("onset_s", "s", "median onset of the cells"),
    ("duration_s", "s", "mean time from the first to the last spike of a cell"),
    ("cells", "", "number of cells that take part"),
    ("spikes_per_cell", "", "mean number of spikes of a cell"),
    ("peak_rate_hz", "Hz", "mean of the highest rates of the cells"),
    ("onset_spread_s", "s", "5-95 % range of the onsets"),
    ("oxytocin_pg", "pg", "oxytocin secreted"),
)

_SPIKES: tuple[Row, ...] = (("time_s", "s", "time of the spike"), ("cell", "", "number of the cell, from 0"))


def feed_readme(recording: "Recording", files: Sequence[str]) -> str:
    """Return the text for a feed."""
    run = recording.run()
    about = {
        "scenario": run.scenario,
        "seed": run.seed,
        **({} if run.dyad is None else {"dyad": run.dyad}),
        "parameter hash": run.parameter_hash,
        "source of bursts": run.burst_source,
        **({"warnings": " ".join(run.warnings)} if run.warnings else {}),
    }
    rows: list[Row] = [("time_s", "s", "time since the start of the protocol")]
    for name in run.channels:
        variable = VARIABLES[name]
        sides = SIDES if variable.sided else (None,)
        rows += [
            (column_name(name, side), variable.units, variable.long_name + (f", {side}" if side else ""))
            for side in sides
        ]
    return _text("A simulated feed", about, files, {"time_series.csv": rows, "events.csv": _EVENTS})


def cohort_readme(summaries: Sequence[Mapping[str, Any]], traits: Sequence[str], files: Sequence[str]) -> str:
    """Return the text for one feed of each dyad of a cohort."""
    first = summaries[0]
    about = {"scenario": first["scenario"], "seed": first["seed"], "dyads": len(summaries)}
    rows: list[Row] = [("dyad", "", "number of the dyad")]
    named = ""
    for measure in MEASURES:  # a label that begins with an ellipsis goes on from the one before
        named = measure.label if not measure.label.startswith("…") else named
        rows.append((measure.name, measure.unit, measure.label.replace("…", named)))
    rows += [(f"trait_{name}", "", "factor on the reference value of the mother or the infant") for name in traits]
    return _text("A cohort of simulated feeds", about, files, {"dyads.csv": rows})


def neurones_readme(recording: "SpikeRecording", files: Sequence[str]) -> str:
    """Return the text for a run of the network of oxytocin neurones."""
    tables = {"spikes.csv": _SPIKES, "bursts.csv": _BURSTS}
    about = {"duration": f"{recording.trains.duration_s:g} s", **recording.settings}
    return _text("Simulated oxytocin neurones", about, files, tables)


def lactation_readme(lactation: "Lactation", files: Sequence[str]) -> str:
    """Return the text for one lactation; it says whether days are missing."""
    about = lactation.data.attrs
    days, asked = int(lactation.data.sizes["day"]), int(about["days_asked"])
    cut = {} if lactation.complete else {"interrupted": f"days {days + 1} to {asked} are missing"}
    told = {"scenario": about["scenario"], "seed": about["seed"], "clock of the feeds": lactation.clock}
    dyad = {"dyad": about["dyad"]} if about["dyad"] else {}
    tables = {"daily.csv": _days(lactation), "sessions.csv": _sessions()}
    return _text("A simulated lactation", told | dyad | {"days": f"{days} of {asked}"} | cut, files, tables)


def lactations_readme(lactations: Sequence["Lactation"], dyads: int, files: Sequence[str]) -> str:
    """Return the text for a cohort of lactations of which `dyads` were asked for."""
    about, whole = lactations[0].data.attrs, sum(lactation.complete for lactation in lactations)
    told = {"scenario": about["scenario"], "seed": about["seed"], "days": about["days_asked"], "dyads": dyads}
    if whole != dyads:
        told["interrupted"] = f"{whole} of {dyads} dyads have every day, {len(lactations)} have some"
    rows: list[Row] = [("dyad", "", "number of the dyad"), *_days(lactations[0])]
    return _text("A cohort of simulated lactations", told, files, {"dyads.csv": rows})


def _days(lactation: "Lactation") -> list[Row]:
    known = [(name, DAY_VARIABLES[name]) for name in DAY_COLUMNS if name in lactation.data]
    day = ("day", "d", "day after birth, the first 24 h are 1")
    return [day, *((name, variable.units, variable.long_name) for name, variable in known)]


def _sessions() -> list[Row]:
    meanings = {"kind": "feed, pump or cue", "infant": "infant that feeds: 0 the first, 1 the second"}
    labelled = [(name, SESSION_VARIABLES[name]) for name in SESSION_COLUMNS]
    return [(name, variable.units, meanings.get(name, variable.long_name)) for name, variable in labelled]


def _text(
    title: str, about: Mapping[str, Any], files: Sequence[str], tables: Mapping[str, Sequence[Row]]
) -> str:  # fmt: skip
    """Return the whole text."""
    blocks = [f"{title}, by letdown {__version__}.\n{DISCLAIMER}", _aligned([(k, str(v)) for k, v in about.items()])]
    blocks.append("Files\n\n" + _aligned([(name, _FILES[name]) for name in files if name in _FILES]))
    blocks.append(_RULES)
    for name, rows in tables.items():
        if name in files:
            cells = [(column, "" if unit == "1" else unit, meaning) for column, unit, meaning in rows]
            blocks.append(f"Columns of {name}: name, unit, meaning\n\n{_aligned(cells)}")
    return "\n\n".join(blocks) + "\n"


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(len(rows[0]) if rows else 0)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
