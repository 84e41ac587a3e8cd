"""Units of published rows, and the factor to them from the unit of what was measured.

A row may name the time or the thing that it counts in ("count/10 min", "% of session volume"); the protocol of its
study has that length, so that only the number and its dimension are converted.
"""

import re

from letdown._errors import ScenarioError, UnitError
from letdown._units import UNIT_TEXT, quantity, registry, shown

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


COUNTED = re.compile(r"(?:counts?|pulses?|events?|feeds?|sessions?|women)\s*/\s*(.+)")
"""A number of things in each of something."""

OF_A_TIME = re.compile(r"s|min|h|d|day|week|month")
PER_SESSION = re.compile(r"(.+?)\s*/\s*(?:feed|session|breastfeed|sitting)")


def program_unit(unit: str) -> str:
    """Return a published spelling of a unit as a program reads it.

    Examples
    --------
    >>> program_unit("count/session"), program_unit("count/day"), program_unit("/d"), program_unit("mL/feed")
    ('1', '1/d', '1/d', 'mL')
    """
    unit = unit.strip()
    if unit in SAME_AS:
        return SAME_AS[unit]
    if unit.startswith("/"):
        unit = f"1{unit}"
    if unit.startswith("% of "):
        return "%"
    if counted := COUNTED.fullmatch(unit):
        # the protocol has the length of "10 min"; a plain time is a rate
        unit = f"1/{counted[1]}" if OF_A_TIME.fullmatch(counted[1]) else "1"
    elif of_session := PER_SESSION.fullmatch(unit):
        unit = of_session[1]
    return re.sub(r"\bdays?\b", "d", unit)


def _check(name: str, unit: str) -> None:
    """Refuse a unit that the program does not know."""
    try:
        if unit != "1" and not UNIT_TEXT.fullmatch(unit):
            raise ValueError
        registry().parse_units("" if unit == "1" else unit)
    except Exception:  # pint raises many kinds, some of them outside its own tree
        raise ScenarioError(
            f"unit = {shown(name)} is not known; write one such as mL, mL/d, 1/d, pg/mL, pmol/L, MJ/d or count/session."
        ) from None


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
    given, asked = program_unit(measured), program_unit(wanted)
    if given == asked:
        return 1.0
    _check(wanted, asked)
    try:
        if given == "1":
            return 1.0 / quantity(f"1 {asked}", "1")
        return quantity(f"1 {given}", asked)
    except UnitError:
        raise ScenarioError(
            f"unit = {shown(wanted)} does not fit what is measured, which is in {shown(measured)}; give a unit of "
            "that kind."
        ) from None
