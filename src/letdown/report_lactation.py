"""What a lactation came to, in a table on the screen and in a folder of files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from letdown._atomic_file import atomic_file
from letdown._csv_file import write_table
from letdown._json import json_text
from letdown._printable import counted
from letdown._text_table import Column, TextTable
from letdown._version import __version__
from letdown.lactation import SUCK_RESOLVED, Lactation
from letdown.recording import DISCLAIMER
from letdown.run_readme import README, lactation_readme, lactations_readme

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["cohort_json", "cohort_table", "lactation_report", "shown_days", "write_lactation", "write_lactations"]

SHOWN: tuple[tuple[str, str, str], ...] = (
    ("production_ml", "made\nmL", ".0f"),
    ("intake_ml", "drunk\nmL", ".0f"),
    ("expressed_ml", "pump\nmL", ".0f"),
    ("formula_ml", "formula\nmL", ".0f"),
    ("feeds", "feeds", "d"),
    ("milk_per_feed_ml", "feed\nmL", ".0f"),
    ("let_downs_per_feed", "let-\ndown", ".1f"),
    ("first_let_down_s", "first\ns", ".0f"),
    ("share_of_available", "share\n%", ".0%"),
    ("fat_g_l", "fat\ng/L", ".0f"),
    ("prolactin_before_ng_ml", "PRL\nng/mL", ".0f"),
    ("weight_kg", "weight\nkg", ".2f"),
    ("weight_z", "z", "+.1f"),
    ("engorgement", "swell", ".2f"),
    ("uterus_cm3", "uterus\ncm³", ".0f"),
)
"""Columns of the table on the screen. All columns are in the files."""

LEAST_WANTED = (
    "uterus_cm3", "fat_g_l", "weight_z", "engorgement", "prolactin_before_ng_ml", "share_of_available",
    "first_let_down_s", "milk_per_feed_ml", "let_downs_per_feed", "weight_kg", "feeds", "expressed_ml", "formula_ml",
)  # fmt: skip
"""Columns left out where the screen is narrow, the first of these first."""

MORE = "A wider screen and daily.csv show also"
COHORT_MORE = "A wider screen and dyads.csv show also"


def shown_days(days: int) -> list[int]:
    """Return the days that a table on the screen shows: each of the first week, then fewer."""
    chosen = [*range(1, 8), 10, 14, 21, 28, *range(42, days + 1, 14 if days <= 120 else 30)]
    return sorted({day for day in chosen if day <= days} | ({days} if days else set()))


def lactation_report(lactation: Lactation) -> "RenderableType":
    """Return the table of chosen days of one lactation, with as many columns as the screen holds."""
    from rich.console import Group
    from rich.text import Text

    rows = {row["day"]: row for row in lactation.daily()}
    used = [
        column
        for column in SHOWN
        if column[0] not in ("expressed_ml", "formula_ml") or any(row[column[0]] for row in rows.values())
    ]
    table = TextTable(
        [Column("day", number=True), *(_column(name, title) for name, title, _ in used)],
        [(str(day), *(_cell(rows[day][name], form) for name, _, form in used)) for day in shown_days(len(rows))],
        more=MORE,
    )
    head = f"{lactation.origin}: {len(rows)} of {lactation.data.attrs['days_asked']} days"
    onset = lactation.onset_h
    came = "Milk has not come in." if onset is None else f"Milk came in {onset:.0f} h after birth."
    return Group(Text(head, style="bold"), table, Text(came), Text(DISCLAIMER, style="dim"))


def _column(name: str, title: str) -> Column:
    spare = len(LEAST_WANTED) - LEAST_WANTED.index(name) if name in LEAST_WANTED else 0
    return Column(title, number=True, spare=spare)


def _cell(value: Any, form: str) -> str:
    signed = form if form == "d" else form.replace("+", "+z") if "+" in form else f"z{form}"  # no -0
    return "–" if value is None else format(value, signed).removesuffix("%")


def write_lactation(lactation: Lactation, folder: Path) -> None:
    """Write one lactation: the data set, its tables, the figure, the scenario and the daily table as JSON."""
    from letdown.plot.lactation import plot_lactation

    lactation.to_netcdf(folder / "lactation.nc")
    lactation.to_csv(folder / "daily.csv")
    lactation.sessions_csv(folder / "sessions.csv")
    if lactation.data.sizes["day"]:
        plot_lactation(lactation, folder / "figure.png")
    _write(folder / "scenario.toml", _headed(lactation, ""))
    _write(folder / "summary.json", json_text(lactation.daily()))
    drawn = [] if not lactation.data.sizes["day"] else ["figure.png"]
    files = ["lactation.nc", "daily.csv", "sessions.csv", *drawn, "scenario.toml", "summary.json"]
    _write(folder / README, lactation_readme(lactation, files))


def write_lactations(lactations: Sequence[Lactation], folder: Path, dyads: int) -> None:
    """Write a cohort of which `dyads` were asked for: a row of each dyad and day, scenario, daily tables as JSON."""
    names = [str(name) for name in lactations[0].data.data_vars if lactations[0].data[name].dims == ("day",)]
    rows = (
        [lactation.data.attrs["dyad"], row["day"], *(row[name] for name in names)]
        for lactation in lactations
        for row in lactation.daily()
    )
    write_table(folder / "dyads.csv", ["dyad", "day", *names], rows)
    _write(folder / "scenario.toml", _headed(lactations[0], f", {counted(dyads, 'dyad')}"))
    _write(folder / "summary.json", json_text(cohort_json(lactations)))
    files = ["dyads.csv", "scenario.toml", "summary.json"]
    _write(folder / README, lactations_readme(lactations, dyads, files))


def cohort_json(lactations: Sequence[Lactation]) -> list[dict[str, Any]]:
    """Return number, seed, onset and daily table of each dyad."""
    return [
        {
            "dyad": int(x.data.attrs["dyad"]),
            "seed": int(x.data.attrs["seed"]),
            "onset_h": x.onset_h,
            "complete": x.complete,
            "days": x.daily(),
        }
        for x in lactations
    ]


def cohort_table(lactations: Sequence[Lactation], scenario: str, seed: int) -> "RenderableType":
    """Return medians and quartiles of chosen days, over the dyads that lived them."""
    import numpy as np
    from rich.console import Group
    from rich.text import Text

    lived = [int(x.data.sizes["day"]) for x in lactations]
    days, cut = max(lived), min(lived) < max(lived)
    used = [c for c in SHOWN if c[0] in ("production_ml", "intake_ml", "feeds", "milk_per_feed_ml", "weight_z")]
    columns = [Column("day", number=True), *(_column(name, title) for name, title, _ in used)]
    if cut:
        columns.append(Column("dyads", number=True))
    rows = []
    for day in shown_days(days):
        cells = []
        for name, _, form in used:
            values = np.array(
                [x.data[name].values[day - 1] for x, d in zip(lactations, lived, strict=True) if d >= day], dtype=float
            )
            if not np.isfinite(values).any():
                cells.append("–")
                continue
            low, middle, high = np.nanpercentile(values, [25, 50, 75])
            form = ".0f" if form == "d" else form
            cells.append(f"{middle:{form}} ({low:{form}}–{high:{form}})")
        rows.append((str(day), *cells, *([str(sum(d >= day for d in lived))] if cut else [])))
    head = f"{scenario}, seed {seed}: {counted(len(lactations), 'dyad')}, median (quartiles)"
    return Group(Text(head, style="bold"), TextTable(columns, rows, more=COHORT_MORE), Text(DISCLAIMER, style="dim"))


def _headed(lactation: Lactation, dyads: str) -> str:
    """Return the scenario below a line on what gives the same run again."""
    about = lactation.data.attrs
    how = f"seed {about['seed']}{dyads}{', --resolved' if lactation.clock == SUCK_RESOLVED else ''}"
    return f"# Simulated by letdown {__version__}, {how}. {DISCLAIMER}\n{about['scenario_toml']}"


def _write(path: Path, text: str) -> None:
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
