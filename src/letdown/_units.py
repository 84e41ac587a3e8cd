"""Quantities written with a unit, and the only import of pint.

Inside the model every quantity is a float in its one documented unit. At the edge a scenario may say
`suction_mmhg = "20 kPa"`; `quantity` turns that into mmHg. pint is imported only when such a string occurs, and
not for the few conversions that most scenarios make (`COMMON`).

The registry holds the units of this field and nothing else, so that no unit changes its meaning: in pint's
own list "U" is an enzyme unit and a cycle is 2 pi. Oxytocin has a dimension of its own (IU, U, mU, uU):
activity is never converted to mass, because the factor depends on the standard used.
"""

import math
import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from letdown._errors import UnitError
from letdown._printable import printable

if TYPE_CHECKING:
    from pint import UnitRegistry

__all__ = ["quantity", "registry", "shown"]

LARGEST_SHOWN = 10**30
"""Python writes no whole number of more than 4300 digits; nobody reads one of more than 30."""

LONGEST_QUANTITY = 400
"""Letters of the longest text that is read as a number with a unit."""

DEFINITIONS = """
pico- = 1e-12 = p-
nano- = 1e-9 = n-
micro- = 1e-6 = u- = µ- = μ-
milli- = 1e-3 = m-
centi- = 1e-2 = c-
deci- = 1e-1 = d-
hecto- = 1e2 = h-
kilo- = 1e3 = k-
second = [time] = s = sec
minute = 60 * second = min
hour = 3600 * second = h
day = 86400 * second = d
meter = [length] = m = metre
gram = [mass] = g
mole = [substance] = mol
newton = kilogram * meter / second ** 2 = N
pascal = newton / meter ** 2 = Pa
joule = newton * meter = J
megajoule = 1e6 * joule = MJ
calorie = 4.184 * joule = cal
bar = 1e5 * pascal
atmosphere = 101325 * pascal = atm
mmHg = 133.322387415 * pascal = _ = torr
cmH2O = 98.0665 * pascal
inHg = 25.4 * mmHg
psi = 6894.757293168361 * pascal
liter = 1e-3 * meter ** 3 = L = l = litre
hertz = 1 / second = Hz
percent = 0.01 = %
oxytocin_unit = [oxytocin_activity] = IU = U
"""

KNOWN = (
    "s",
    "min",
    "h",
    "mmHg",
    "kPa",
    "hPa",
    "cmH2O",
    "mL",
    "L",
    "mL/s",
    "mL/min",
    "Hz",
    "g",
    "kg",
    "mU",
    "IU",
    "%",
)
"""Spellings offered where a unit is not recognised."""

COMMON = {("min", "s"): 60.0, ("h", "s"): 3600.0, ("mL/min", "mL/s"): 1 / 60}
"""Factors that need no pint, which takes a quarter of a second to load."""

NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf(?:inity)?)\b)\s*(.*?)\s*", re.I)
_FACTOR = r"[A-Za-zµμ%][A-Za-z0-9µμ]{0,11}(?:(?:\*\*|\^)-?[1-3])?"
UNIT_TEXT = re.compile(rf"(?:1\s*/\s*)?{_FACTOR}(?:\s*[*/]\s*{_FACTOR}){{0,4}}")
"""Products and quotients of units only: anything else could make pint compute without end."""


@cache
def registry() -> "UnitRegistry[float]":
    """Return the one registry of units, built at the first call."""
    import pint

    units: pint.UnitRegistry[float] = pint.UnitRegistry(None)
    units.load_definitions(DEFINITIONS.strip().splitlines())
    return units


def quantity(value: float | int | str, unit: str) -> float:
    """Return `value` as a finite float in `unit`.

    Parameters
    ----------
    value : float, int or str
        A number, taken to be in `unit` already, or a text such as "20 kPa".
    unit : str
        The unit wanted, for example "mmHg" or "mL/s"; "1" for a pure number.

    Raises
    ------
    UnitError
        If `value` is a truth value, is not finite, has no unit, an unknown unit or one of another dimension.

    Examples
    --------
    >>> quantity(190.7, "mmHg")
    190.7
    >>> round(quantity("20 kPa", "mmHg"), 2)
    150.01
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnitError(f"{shown(value)} is not a number; {_advice(unit)}.")
    if isinstance(value, str):
        if len(value) > LONGEST_QUANTITY:
            raise UnitError(
                f"{shown(value)} has {len(value)} letters, too many for a number and a unit; {_advice(unit)}."
            )
        return _converted(value, unit)
    return _finite(value, shown(value), unit)


def shown(value: object) -> str:
    """Return a value as a scenario file would spell it, shortened where it is long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, int) and abs(value) >= LARGEST_SHOWN:
        return "a whole number of more than 30 digits"
    if isinstance(value, dict):
        return "a table" if value else "an empty table"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if isinstance(value, str):
        return f'"{_short(value)}"'
    return _short(repr(value))


def _short(text: str) -> str:
    # cut before the escapes are written, and after: an escape is longer than its character
    flat = printable(" ".join(text[:200].split()))
    return flat if len(flat) <= 60 and len(text) <= 200 else flat[:57] + "..."


def _advice(unit: str) -> str:
    if unit == "1":
        return "write a plain number"
    return f'write a number of {unit}, or a text with a unit such as "20 {unit}"'


def _finite(value: float, given: str, unit: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise UnitError(f"{given} is not a finite number; {_advice(unit)}.")
    return number


def _converted(text: str, unit: str) -> float:
    given = shown(text)
    match = NUMBER.fullmatch(text)
    if match is None:
        raise UnitError(f"{given} does not begin with a number; {_advice(unit)}.")
    number, suffix = _finite(float(match[1]), given, unit), match[2]
    if not suffix:
        raise UnitError(f"{given} is a text without a unit; {_advice(unit)}.")
    if suffix == unit:
        return number
    if suffix.startswith(","):
        raise UnitError(f'{given} has a decimal comma; write a decimal point and one unit, such as "1.5 {unit}".')
    factor = COMMON.get((suffix, unit)) or _factor(suffix, unit, given)
    return _finite(number * factor, given, unit)


def _factor(suffix: str, unit: str, given: str) -> float:
    """Return how many `unit` one `suffix` is."""
    units = registry()
    wanted = units.parse_units("" if unit == "1" else unit)
    try:
        if not UNIT_TEXT.fullmatch(suffix):
            raise ValueError
        one = units.Quantity(1.0, units.parse_units(suffix))
    except Exception:  # pint raises many kinds, some of them outside its own tree
        nearest = get_close_matches(suffix, KNOWN, n=1, cutoff=0.5)
        hint = f" (did you mean {nearest[0]}?)" if nearest else ""
        raise UnitError(f'{given} has the unknown unit "{suffix[:40]}"{hint}; {_advice(unit)}.') from None
    if one.dimensionality != wanted.dimensionality:
        raise UnitError(f"{given} cannot be converted to {unit}{_reason(one, wanted)}; {_advice(unit)}.")
    return float(one.to(wanted).magnitude)


def _reason(one: object, wanted: object) -> str:
    """Say why two tempting conversions are refused."""
    kinds = {str(getattr(x, "dimensionality", "")) for x in (one, wanted)}
    if kinds == {"[mass]", "[length] ** 3"}:
        return " because milk is never turned from mass into volume silently (its density is about 1.03 g/mL)"
    if any("[oxytocin_activity]" in kind for kind in kinds) and any("[mass]" in kind for kind in kinds):
        return " because oxytocin activity and mass are related only through the standard that was used"
    return ""
