"""Ship a calibration: its result file, the population's numbers, the generated blocks of docs/calibration.md.

    python docs/renew_calibration.py [letdown-runs/calibration/result.json]

Without a result only the page is written again, from the result that ships (src/letdown/calibration/fitted.json)
and docs/data/sensitivity.json (of `letdown calibrate sensitivity --json`). Nothing is simulated.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

from letdown._json import json_text
from letdown.body.population import POPULATION
from letdown.calibration.free import FREE, Correlation
from letdown.calibration.results import SHIPPED, read_result
from letdown.calibration_report import calibration_tables, sensitivity_tables

__all__ = ["main", "population_text"]

DOCS = Path(__file__).parent
PAGE = DOCS / "calibration.md"
SENSITIVITY = DOCS / "data" / "sensitivity.json"


def population_text(text: str, result: Mapping[str, Any]) -> str:
    """Return population.toml with the posterior medians and ranges of a result."""
    document: Any = tomlkit.parse(text)
    found = {row["name"]: row["posterior"] for row in result["free"]}
    ties = tomlkit.aot()
    for free in FREE:
        span = found[free.name]
        limits = [span["low"], span["high"]]
        if isinstance(free, Correlation):
            entry = tomlkit.table()
            entry |= {"traits": list(free.traits), "r": span["median"], "r_range": limits, "fit": result["id"]}
            ties.append(entry)
        else:
            trait, _, number = free.name.partition(".")
            document["trait"][trait] |= {number: span["median"], f"{number}_range": limits, "fit": result["id"]}
    document.pop("correlation", None)
    document["correlation"] = ties
    return tomlkit.dumps(document)


def page_text(page: str, result: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Return the page with its generated blocks written again."""
    for name, content in {**calibration_tables(result), **sensitivity_tables(found)}.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        head, rest = page.split(begin)
        _, tail = rest.split(end)
        page = f"{head}{begin}\n\n{content}\n\n{end}{tail}"
    return page


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("result", nargs="?", type=Path, help="result.json of `letdown calibrate`")
    result_file = parser.parse_args().result
    result = read_result(result_file or SHIPPED)
    if result_file is not None:
        SHIPPED.write_text(json_text(result), encoding="utf-8")
        POPULATION.write_text(population_text(POPULATION.read_text(encoding="utf-8"), result), encoding="utf-8")
    found = json.loads(SENSITIVITY.read_text(encoding="utf-8"))
    PAGE.write_text(page_text(PAGE.read_text(encoding="utf-8"), result, found), encoding="utf-8")


if __name__ == "__main__":
    main()
