"""Units of published rows, and the factor to them from the unit of what was measured.

A row may name the time or the thing that it counts in ("count/10 min", "% of session volume"); the protocol of its
study has that length, so that only the number and its dimension are converted.
"""

from letdown._errors import ScenarioError, UnitError
from letdown._units import quantity

__all__ = ["factor", "known_units"]

SAME_AS = {
    "-": "1",
    "count": "1",
    "women": "1",
    "count/feed": "1",
    "count/10 min": "1",
    "count/15 min": "1",
    "pulses/10 min": "1",
    "pulses/20 min": "1",
    "count/day": "1/d",
    "% of session volume": "%",
    "cm3": "cm**3",
    "mL/5 d": "mL",
    "kcal/100 mL": "kcal/dL",
    "kcal/kg/d": "kcal/kg/d",
    "uU/mL": "uU/mL",
}
"""Published spellings of units, and what they are to a program."""


def known_units() -> tuple[str, ...]:
    """Return the spellings of published rows that are read."""
    return tuple(SAME_AS)


def factor(measured: str, wanted: str) -> float:
    """Return how many `wanted` one `measured` is.

    Raises
    ------
    ScenarioError
        If a unit is unknown or the two differ in dimension.

    Examples
    --------
    >>> factor("s", "min") * 60
    1.0
    >>> factor("1", "count/feed")
    1.0
    """
    given, asked = (SAME_AS.get(unit, unit) for unit in (measured, wanted))
    if given == asked:
        return 1.0
    try:
        if given == "1":
            return 1.0 / quantity(f"1 {asked}", "1")
        return quantity(f"1 {given}", asked)
    except UnitError as error:
        raise ScenarioError(
            f"unit = {wanted!r} does not fit what is measured, which is in {measured!r}; give a unit of that kind "
            f"({str(error).rstrip('.')})."
        ) from None
