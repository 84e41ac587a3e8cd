"""Score the model against published figures of days and months: one command, each target beside the model.

    python docs/lactation_targets.py [--dyads 32] [--page]

Writes docs/lactation_validation.md and prints the tables. Published figures: docs/data/lactation_targets.csv. How each
is computed: docs/lactation_studies.py, told in docs/data/lactation_notes.toml with what is to be said of a miss.
"""

import argparse
import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lactation_studies import LACTATION_TOPICS, Cohorts
from session_targets import Score, read_targets, shown, table
from virtual_studies import SEED, Answers, Estimate, Finding

__all__ = ["LACTATION_PAGE", "LACTATION_TARGETS", "lactation_page", "main"]

DOCS = Path(__file__).parent
LACTATION_TARGETS = DOCS / "data" / "lactation_targets.csv"
NOTES = DOCS / "data" / "lactation_notes.toml"
ANSWERS = DOCS / "data" / "lactation_answers.json"
LACTATION_PAGE = DOCS / "lactation_validation.md"

SECTIONS = {
    "Volumes of the first days, lactogenesis II": ("LAC", "ENG"),
    "Output, feeds, plasticity": ("SYN", "KEN", "AV", "LT"),
    "Fat and energy": ("FAT", "FED"),
    "Prolactin": ("PRL",),
    "Uterus": ("UT",),
    "Drugs and smoke": ("DRG",),
}
HEADER = ("Target", "What", "Published ± SE (n)", "Source", "Model", "Deviation", "Verdict")


def _rows(scores: Sequence[Score]) -> list[list[str]]:
    rows = []
    for s in scores:
        deviation = s.deviation()
        shown_deviation = "–" if deviation is None or deviation != deviation else f"{deviation:+.1f}"
        rows.append(
            [
                s.target.key,
                s.target.what,
                s.target.published(),
                s.target.source,
                shown(s.cohort),
                shown_deviation,
                s.verdict(),
            ]
        )
    return rows


def lactation_page(scores: Sequence[Score], notes: Mapping[str, Any], dyads: int) -> str:
    """Return the page docs/lactation_validation.md."""
    fits = [s for s in scores if s.target.role == "fit" and s.cohort is not None]
    groups = {"measured": [s for s in fits if not s.target.assumed], "assumed": [s for s in fits if s.target.assumed]}
    found = {name: f"{sum(s.agrees() for s in group)} of {len(group)}" for name, group in groups.items()}
    directions = [s for s in scores if s.target.role == "direction" and s.cohort is not None]
    parts = [
        str(notes["page"]["introduction"]).strip().format(dyads=dyads, seed=SEED),
        f"## Result\n\n- {found['measured']} figures with a published standard error within 2 SE.\n"
        f"- {found['assumed']} figures whose standard error is an assumption (15 % of the value) within 2 SE.\n"
        f"- {sum(s.agrees() for s in directions)} of {len(directions)} directions hold.\n"
        f"- {sum(s.cohort is None for s in scores)} rows cannot be computed in this version.",
    ]
    for title, prefixes in SECTIONS.items():
        mine = [s for s in scores if s.target.key.startswith(prefixes)]
        parts.append(f"## {title}\n\n{table(HEADER, _rows(mine))}")
    hows = [[s.target.key, " ".join(str(notes.get(s.target.key, {}).get("how", "–")).split())] for s in scores]
    parts.append(f"## How each row is computed\n\n{notes['page']['how'].strip()}\n\n{table(('Target', 'Rule'), hows)}")
    parts.append(f"## Misses\n\n{notes['page']['misses'].strip()}")
    for s in scores:
        if not s.agrees():
            text = " ".join(str(notes.get(s.target.key, {}).get("miss", "Not yet discussed.")).split())
            numbers = f"published {s.target.published()}; model {shown(s.cohort)}"
            parts.append(f"**{s.target.key}** {s.target.what} ({numbers}). {text}")
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--dyads", type=int, default=32, help="virtual dyads of each cohort, at least 8")
    parser.add_argument("--page", action="store_true", help="only write the page again, from the answers kept")
    options = parser.parse_args(arguments)
    cohorts = Cohorts(options.dyads, say=lambda words: print(words, flush=True))
    answers: Answers = {}
    with NOTES.open("rb") as file:
        notes = tomllib.load(file)
    dyads = options.dyads
    if options.page:
        kept = _kept()
        answers, dyads = {key: _answer(value) for key, value in kept["answers"].items()}, int(kept["dyads"])
    for topic in () if options.page else LACTATION_TOPICS:
        answers |= topic(cohorts)
        _keep(answers, dyads)
        _write(answers, notes, dyads)  # after each topic: a long run can be read as it goes
    print(_write(answers, notes, dyads))


def _write(answers: Answers, notes: Mapping[str, Any], dyads: int) -> str:
    scores = [Score(target, _there(answers.get(target.key)), None) for target in read_targets(LACTATION_TARGETS)]
    page = lactation_page(scores, notes, dyads)
    LACTATION_PAGE.write_text(page, encoding="utf-8")
    return page


def _there(answer: Estimate | Finding | None) -> Estimate | Finding | None:
    """Return an answer, or None where it is no number: a ratio of cases of which there were none."""
    return None if isinstance(answer, Estimate) and math.isnan(answer.value) else answer


def _keep(answers: Answers, dyads: int) -> None:
    kept = {key: _fields(answer) for key, answer in answers.items()}
    ANSWERS.write_text(json.dumps({"dyads": dyads, "answers": kept}, indent=1) + "\n", encoding="utf-8")


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return kept


def _fields(answer: Estimate | Finding) -> list[Any]:
    """Return the two fields of an answer; a number that does not exist is None."""
    if isinstance(answer, Finding):
        return [answer.holds, answer.text]
    return [None if math.isnan(v) else v for v in (answer.value, answer.error)]


def _answer(values: Sequence[Any]) -> Estimate | Finding:
    first, second = values
    if isinstance(second, str):
        return Finding(bool(first), second)
    return Estimate(*(math.nan if v is None else float(v) for v in (first, second)))


if __name__ == "__main__":
    main()
