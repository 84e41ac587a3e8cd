"""Published figures: one row each, with role and standard error.

Rows of the role `fit` are numbers that the model is scored against, one row a fact; those of the role `direction` say
only which way something went. Rows of other roles are inputs of the model, spreads or context, and are not scored.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Target", "read_targets", "scored_targets", "written"]


BOUNDS = {"p (less than)": "p < ", "p": "p = ", "at least": "at least ", "max": "at most "}
"""How the statistic of a direction is read before its value."""


def written(value: float, digits: int) -> str:
    """Return a number with so many digits, and never with a power of ten.

    Examples
    --------
    >>> written(0.12345, 2), written(1013.7, 3)
    ('0.12', '1014')
    """
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e+" in text else text


@dataclass(frozen=True, slots=True)
class Target:
    """One published row. `error` is its standard error, NaN for a direction, `assumed` if a share of the value."""

    key: str
    domain: str
    quantity: str
    condition: str
    statistic: str
    value: str
    unit: str
    women: str
    source: str
    link: str
    note: str
    role: str
    error: float
    assumed: bool

    @property
    def what(self) -> str:
        """Return what was measured, and when."""
        return f"{self.quantity}; {self.condition}" if self.condition else self.quantity

    def published(self) -> str:
        """Return what was published, as a table shows it."""
        of = f" ({self.women})" if self.women and self.women != "-" else ""
        if self.role == "direction":
            unit = f" {self.unit}" if self.statistic in BOUNDS and self.unit != "-" else ""
            return f"{BOUNDS.get(self.statistic, '')}{self.value}{unit}{of}"
        unit = "" if self.unit == "-" else f" {self.unit}"
        return f"{float(self.value):g} ± {written(self.error, 2)}{unit}{of}"


def _target(row: dict[str, str]) -> Target:
    return Target(
        key=row["id"],
        domain=row["domain"],
        quantity=row["quantity"],
        condition=row["condition"],
        statistic=row["statistic"],
        value=row["value"],
        unit=row["unit"],
        women=row["n_subjects"],
        source=row["citation"],
        link=row["doi_or_url"],
        note=row["note"],
        role=row["role"],
        error=float(row["se_used"] or "nan"),
        assumed=row["se_basis"].startswith("assumed"),
    )


@cache
def read_targets() -> dict[str, Target]:
    """Return every published row by its id, in the order of the file."""
    text = files("letdown.evidence").joinpath("data", "targets.csv").read_text(encoding="utf-8")
    return {row["id"]: _target(row) for row in csv.DictReader(text.splitlines())}


def scored_targets(targets: Iterable[Target]) -> dict[str, Target]:
    """Return the rows that the model is held to: one a fact of the role fit, and the directions."""
    return {target.key: target for target in targets if target.role in ("fit", "direction")}
