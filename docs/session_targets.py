"""Score the model against published figures of single sessions, and measure what disturbs a feed.

    python docs/session_targets.py [--dyads 200] [--tables]

Writes docs/validation.md and the generated tables of docs/interference.md; about two minutes on two idle cores.
With --tables only the table of parameters is written again, which needs no simulation.

Published figures: docs/data/session_targets.csv. How each is computed: docs/virtual_studies.py, told in
docs/data/session_notes.toml with what is to be said of a miss. Conditions: docs/data/conditions.toml.
deviation = (model - published) / sqrt(SE^2 + Monte-Carlo error^2).
"""

import argparse
import csv
import math
import time
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.body.registry import parameter_rows
from letdown.protocol.scenario import Scenario, preset
from virtual_studies import SEED, TOPICS, Answers, Estimate, Finding, Women, latch, mean, removed, seen_let_downs

__all__ = ["INTERFERENCE", "TARGETS", "VALIDATION", "main", "parameter_table", "read_conditions", "read_targets"]

DOCS = Path(__file__).parent
TARGETS = DOCS / "data" / "session_targets.csv"
NOTES = DOCS / "data" / "session_notes.toml"
CONDITIONS = DOCS / "data" / "conditions.toml"
VALIDATION = DOCS / "validation.md"
INTERFERENCE = DOCS / "interference.md"

Array = NDArray[np.float64]


# --- scores -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """One published row."""

    key: str
    what: str
    value: str
    unit: str
    women: str
    source: str
    role: str
    error: float
    assumed: bool

    def published(self) -> str:
        """Return what was published, as a table shows it."""
        of = f" ({self.women})" if self.women and self.women != "-" else ""
        if self.role == "direction":
            return f"{self.value}{of}"
        unit = "" if self.unit == "-" else f" {self.unit}"
        return f"{float(self.value):g} ± {self.error:.2g}{unit}{of}"


def read_targets(path: Path = TARGETS) -> list[Target]:
    """Return the published rows in the order of a file."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Target(
                row["id"],
                f"{row['quantity']}; {row['condition']}",
                row["value"],
                row["unit"],
                row["n_subjects"],
                row["citation"],
                row["role"],
                float(row["se_used"] or "nan"),
                row["se_basis"].startswith("assumed"),
            )
            for row in csv.DictReader(file)
        ]


@dataclass(frozen=True, slots=True)
class Score:
    """A published row beside the model's two answers, None where the model has no such quantity."""

    target: Target
    cohort: Estimate | Finding | None
    reference: Estimate | Finding | None

    def deviation(self) -> float | None:
        """Return (model - published) / sqrt(SE^2 + Monte-Carlo error^2), or None for a direction."""
        if not isinstance(self.cohort, Estimate):
            return None
        return (self.cohort.value - float(self.target.value)) / math.hypot(self.target.error, self.cohort.error)

    def agrees(self) -> bool:
        """Return whether the model is within two standard errors, or the direction holds."""
        deviation = self.deviation()
        if deviation is not None:
            return abs(deviation) <= 2.0
        return isinstance(self.cohort, Finding) and self.cohort.holds

    def verdict(self) -> str:
        """Return the verdict in a word or two."""
        if self.cohort is None:
            return "not computed"
        if isinstance(self.cohort, Finding):
            return "holds" if self.cohort.holds else "**fails**"
        return "within 2 SE" if self.agrees() else "**miss**"


def shown(answer: Estimate | Finding | None) -> str:
    """Return an answer of the model as a table shows it."""
    if answer is None:
        return "–"
    if isinstance(answer, Finding):
        return answer.text
    return f"{answer.value:.3g} ± {answer.error:.2g}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    cells = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in cells)


def score_rows(scores: Iterable[Score]) -> list[list[str]]:
    """Return one row of cells a score."""
    rows = []
    for score in scores:
        deviation, target = score.deviation(), score.target
        rows.append(
            [
                target.key,
                target.what,
                target.published(),
                target.source,
                shown(score.cohort),
                shown(score.reference),
                "–" if deviation is None else f"{deviation:+.1f}",
                score.verdict(),
            ]
        )
    return rows


SECTIONS = {
    "Ejections": ("ME",),
    "Milk, flow and time": ("FL", "CU", "AV", "KEN", "SYN"),
    "Oxytocin": ("OT", "PU", "PK"),
    "Stress": ("ST",),
    "Doses of oxytocin": ("PR",),
    "Alcohol": ("UT22", "AL"),
    "Signs": ("SG", "M1"),
}
HEADER = ("Target", "What", "Published ± SE (n)", "Source", "Model, women", "Model, reference", "Deviation", "Verdict")


def validation_text(scores: Sequence[Score], notes: Mapping[str, Any], dyads: int) -> str:
    """Return the page docs/validation.md."""
    fits = [s for s in scores if s.target.role == "fit" and s.cohort is not None]
    groups = {"measured": [s for s in fits if not s.target.assumed], "assumed": [s for s in fits if s.target.assumed]}
    found = {name: f"{sum(s.agrees() for s in group)} of {len(group)}" for name, group in groups.items()}
    directions = [s for s in scores if s.target.role == "direction" and s.cohort is not None]
    left_out = [s for s in scores if s.cohort is None]
    parts = [
        str(notes["page"]["introduction"]).strip().format(dyads=dyads, seed=SEED),
        f"## Result\n\n- {found['measured']} figures with a published standard error within 2 SE.\n"
        f"- {found['assumed']} figures whose standard error is an assumption (15 % of the value) within 2 SE.\n"
        f"- {sum(s.agrees() for s in directions)} of {len(directions)} directions hold.\n"
        f"- {len(left_out)} rows cannot be computed in this version.",
    ]
    for title, prefixes in SECTIONS.items():
        mine = [s for s in scores if s.target.key.startswith(prefixes)]
        parts.append(f"## {title}")
        for label, chosen in (
            ("Standard error from the study", [s for s in mine if s.target.role == "fit" and not s.target.assumed]),
            ("Standard error assumed, 15 %", [s for s in mine if s.target.role == "fit" and s.target.assumed]),
            ("Directions", [s for s in mine if s.target.role == "direction"]),
        ):
            if chosen:
                parts.append(f"{label}:\n\n{table(HEADER, score_rows(chosen))}")
    hows = [[s.target.key, " ".join(str(notes[s.target.key]["how"]).split())] for s in scores]
    parts.append(f"## How each row is computed\n\n{notes['page']['how'].strip()}\n\n{table(('Target', 'Rule'), hows)}")
    parts.append(f"## Misses\n\n{notes['page']['misses'].strip()}")
    for score in scores:
        if not score.agrees():
            text = " ".join(str(notes[score.target.key].get("miss", "Not yet discussed.")).split())
            numbers = f"published {score.target.published()}; model {shown(score.cohort)}"
            parts.append(f"**{score.target.key}** {score.target.what} ({numbers}). {text}")
    return "\n\n".join(parts) + "\n"


# --- what disturbs a feed -----------------------------------------------------------------------------------------


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
    """Return the conditions in the order of the notes."""
    with CONDITIONS.open("rb") as file:
        rows = tomllib.load(file)["condition"]
    return [
        Condition(
            row["name"], row["route"], row["scale"], tuple(row["parameters"]), row.get("change"), row.get("against", {})
        )
        for row in rows
    ]


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


def effect_table(women: Women, conditions: Sequence[Condition]) -> str:
    """Return the table of effects: each condition against its undisturbed feed, the same random numbers."""

    def measures(change: Mapping[str, Any]) -> Array:
        runs = women.runs(disturbed(change))
        first = [run.let_downs[0].onset_s - latch(run) if run.let_downs else math.nan for run in runs]
        minutes = [(run.totals.duration_s - latch(run)) / 60.0 for run in runs]
        milk = [removed(run) for run in runs]
        return np.array([milk, first, [float(seen_let_downs(run)) for run in runs], minutes])

    rows = []
    for condition in conditions:
        if condition.change is None:
            continue
        with_it, without = measures(condition.change), measures(condition.against)
        cells = [condition.name]
        for value, control, form in zip(with_it, without, (".1f", ".0f", ".2f", ".1f"), strict=True):
            both = ~(np.isnan(value) | np.isnan(control))
            step = mean((value - control)[both])
            means = f"{control[both].mean():{form}} → {value[both].mean():{form}}"
            cells.append(f"{means} ({step.value:+{form}} ± {step.error:.1g})")
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
    """Write the pages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--dyads", type=int, default=200, help="virtual women, at least 50; a multiple of 50 is best")
    parser.add_argument("--tables", action="store_true", help="only write the table of parameters again")
    options = parser.parse_args(arguments)
    conditions = read_conditions()
    page = replace_block(INTERFERENCE.read_text(encoding="utf-8"), "parameters", parameter_table(conditions))
    if not options.tables:
        began = time.perf_counter()
        reference = Women(max(options.dyads, 200), traits=False)
        page = replace_block(page, "effects", effect_table(reference, conditions))
        print(f"{time.perf_counter() - began:5.0f} s  effects", flush=True)
        groups = (Women(options.dyads, traits=True), Women(options.dyads // 2, traits=False))
        answers: list[Answers] = [{}, {}]
        for topic in TOPICS:
            for answer, group in zip(answers, groups, strict=True):
                answer |= topic(group)
            print(f"{time.perf_counter() - began:5.0f} s  {topic.__name__}", flush=True)
        scores = [Score(t, answers[0].get(t.key), answers[1].get(t.key)) for t in read_targets()]
        with NOTES.open("rb") as file:
            notes = tomllib.load(file)
        VALIDATION.write_text(validation_text(scores, notes, options.dyads), encoding="utf-8")
    INTERFERENCE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
