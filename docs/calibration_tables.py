"""Write the generated blocks of docs/calibration.md again, from the result files.

    python docs/calibration_tables.py

Results: src/letdown/calibration/fitted.json (of `letdown calibrate`) and docs/data/sensitivity.json (of
`letdown calibrate sensitivity --json`). Nothing is simulated.
"""

import json
from pathlib import Path

from letdown.calibration.results import read_result
from letdown.calibration_report import calibration_tables, sensitivity_tables

__all__ = ["main"]

DOCS = Path(__file__).parent
PAGE = DOCS / "calibration.md"
SENSITIVITY = DOCS / "data" / "sensitivity.json"


def main() -> None:
    """Write the page."""
    page = PAGE.read_text(encoding="utf-8")
    found = json.loads(SENSITIVITY.read_text(encoding="utf-8"))
    for name, content in {**calibration_tables(read_result()), **sensitivity_tables(found)}.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        head, rest = page.split(begin)
        _, tail = rest.split(end)
        page = f"{head}{begin}\n\n{content}\n\n{end}{tail}"
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
