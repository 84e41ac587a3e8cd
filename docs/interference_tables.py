"""Write the generated tables of docs/interference.md: the parameters of each condition, and what it does to a feed.

    python docs/interference_tables.py [--women 200] [--tables]

Conditions: docs/data/conditions.toml. Effects are of the reference mother, each condition against its undisturbed feed
with the same random events; about a minute on two idle cores. With --tables only the table of parameters is written
again, which needs no simulation.
"""

import argparse
import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.body.registry import parameter_rows
from letdown.evidence.feed_quantities import FeedLength, FirstLetDown, LetDownsAtBreast, MilkRemoved
from letdown.evidence.people import ReferenceMother
from letdown.evidence.pool import FeedProtocol, Pool, request_key
from letdown.protocol.scenario import Scenario, preset

__all__ = ["INTERFERENCE", "effect_table", "main", "parameter_table", "read_conditions"]

DOCS = Path(__file__).parent
CONDITIONS = DOCS / "data" / "conditions.toml"
INTERFERENCE = DOCS / "interference.md"
SEED = 1

MEASURES = ((MilkRemoved(), 1.0), (FirstLetDown(), 1.0), (LetDownsAtBreast(), 1.0), (FeedLength(), 1.0 / 60.0))
"""What is measured of a feed, and the factor to the unit of the table."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that disturbs: how it acts, on which scale, which numbers carry it, what is simulated."""

    name: str
    route: str
    scale: str
    parameters: tuple[str, ...]
    change: Mapping[str, Any] | None
    against: Mapping[str, Any]


def read_conditions() -> list[Condition]:
    """Return the conditions in the order of their file."""
    with CONDITIONS.open("rb") as file:
        rows = tomllib.load(file)["condition"]
    return [
        Condition(
            row["name"], row["route"], row["scale"], tuple(row["parameters"]), row.get("change"), row.get("against", {})
        )
        for row in rows
    ]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    cells = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in cells)


def parameter_table(conditions: Sequence[Condition] | None = None) -> str:
    """Return the table of the parameters that carry each condition, as the registry has them now."""
    known = {row["path"]: row for row in parameter_rows()}
    rows = []
    for condition in conditions or read_conditions():
        labels = [condition.name, condition.route, condition.scale]
        if not condition.parameters:
            rows.append([*labels, *["–"] * 5])
        for path in condition.parameters:
            row = known[path]
            unit = "" if row["unit"] == "1" else f" {row['unit']}"
            numbers = [f"{row['value']:.6g}{unit}", f"{row['low']:.6g} to {row['high']:.6g}"]
            rows.append([*labels, f"`{path}`", *numbers, row["evidence"], row["cite"] or "–"])
            labels = ["", "", ""]
    header = ("Condition", "Route", "Level", "Parameter", "Value", "Range", "Evidence", "Source")
    return table(header, rows)


def disturbed(change: Mapping[str, Any]) -> Scenario:
    """Return a scenario: the preset named, or breastfeed, with some values changed or steps added."""
    values = dict(change)
    scenario = preset(values.pop("preset", "breastfeed"))
    added = values.pop("steps", [])
    if added:
        values["protocol"] = [*scenario.model_dump(exclude_none=True)["protocol"], *added]
    return scenario.with_values(values)


def effect_table(pool: Pool, conditions: Sequence[Condition]) -> str:
    """Return the table of effects: each condition against its undisturbed feed, the same random numbers."""

    def measures(change: Mapping[str, Any]) -> list[Array]:
        measured = pool.measured(FeedProtocol(disturbed(change), ReferenceMother()), [q for q, _ in MEASURES])
        return [factor * measured[request_key(quantity)] for quantity, factor in MEASURES]

    rows = []
    for condition in conditions:
        if condition.change is None:
            continue
        with_it, without = measures(condition.change), measures(condition.against)
        cells = [condition.name]
        for value, control, form in zip(with_it, without, (".1f", ".0f", ".2f", ".1f"), strict=True):
            both = ~(np.isnan(value) | np.isnan(control))
            step = (value - control)[both]
            error = float(step.std(ddof=1)) / math.sqrt(step.size) if step.size > 1 else math.nan
            means = f"{control[both].mean():{form}} → {value[both].mean():{form}}"
            cells.append(f"{means} ({step.mean():+{form}} ± {error:.1g})")
        cells.append(f"{100.0 * np.isnan(with_it[1]).mean():.0f} %")
        rows.append(cells)
    header = ("Condition", "Milk taken, mL", "First let-down after latch, s", "Let-downs", "Length, min", "No let-down")
    return table(header, rows)


def replace_block(text: str, name: str, content: str) -> str:
    """Return a page with the block between its two markers replaced."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    head, rest = text.split(begin)
    _, tail = rest.split(end)
    return f"{head}{begin}\n\n{content}\n\n{end}{tail}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--women", type=int, default=200, help="sessions of the reference mother, at least 2")
    parser.add_argument("--tables", action="store_true", help="only write the table of parameters again")
    options = parser.parse_args(arguments)
    conditions = read_conditions()
    page = replace_block(INTERFERENCE.read_text(encoding="utf-8"), "parameters", parameter_table(conditions))
    if not options.tables:
        page = replace_block(page, "effects", effect_table(Pool(size=options.women, seed=SEED), conditions))
    INTERFERENCE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
