"""Quantities written with a unit, and the only import of pint.

Inside the model every quantity is a float in its one documented unit. At the edge a scenario may say
`suction_mmhg = "20 kPa"`; `quantity` turns that into mmHg. pint is imported only when such a string occurs, and
not for the few conversions that most scenarios make (`COMMON`).

The registry holds the units of this field and nothing else, so that no unit changes its meaning: in pint's
own list "U" is an enzyme unit and a cycle is 2 pi. Oxytocin has a dimension of its own (IU, U, mU, uU):
activity is never converted to mass, because the factor depends on the standard used.

Units are written in many ways: "mm Hg", "kpa", "cc", "fl. oz", "mL per s", "Sekunden". `usual_unit` turns such a
spelling into the one of the registry, and leaves alone what it does not know. An ounce alone is a mass; where a volume
is wanted it is refused, since both are called ounces.
"""

import math
import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from letdown._errors import UnitError
from letdown._printable import shortened

if TYPE_CHECKING:
    from pint import UnitRegistry

__all__ = ["known_unit", "quantity", "registry", "shown", "usual_unit"]

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
week = 7 * day = wk
meter = [length] = m = metre
gram = [mass] = g
ounce = 28.349523125 * gram = oz
pound = 16 * ounce = lb
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
fluid_ounce = 29.5735295625 * milliliter = fl_oz
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
    "fl_oz",
    "Hz",
    "g",
    "kg",
    "oz",
    "mU",
    "IU",
    "%",
)
"""Spellings offered where a unit is not recognised."""

COMMON = {("min", "s"): 60.0, ("h", "s"): 3600.0, ("mL/min", "mL/s"): 1 / 60}
"""Factors that need no pint, which takes a quarter of a second to load."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
NUMBER = re.compile(rf"\s*({_NUMBER}|[+-]?(?:nan|inf(?:inity)?)\b)\s*(.*?)\s*", re.I | re.A | re.S)
CLOCK = re.compile(r"\s*(\d+):([0-5]?\d)(?::([0-5]?\d(?:\.\d+)?))?\s*", re.A)
DECIMAL_COMMA = re.compile(r"\s*([+-]?\d+),(\d+)\s*(.*?)\s*", re.A | re.S)
_FACTOR = r"[A-Za-z%][A-Za-z0-9_]{0,15}(?:(?:\*\*|\^)-?[1-3])?"
UNIT_TEXT = re.compile(rf"(?:1\s*/\s*)?{_FACTOR}(?:\s*[*/]\s*{_FACTOR}){{0,4}}")
"""Products and quotients of units only: anything else could make pint compute without end."""

LONGEST_UNIT = 60
_EXACT = frozenset(
    "s ms us min h d wk m cm mm um g mg ug ng pg kg lb oz mol mmol umol nmol pmol N Pa kPa hPa bar mbar atm mmHg torr "
    "cmH2O inHg psi J kJ MJ cal kcal L l dL cL mL uL fl_oz Hz % IU U mU uU".split()
)
"""Symbols that mean what they say, letter for letter."""

_WORDS = {
    "s": "sec secs second seconds sek sekunde sekunden seconde secondes segundo segundos secondi secondo",
    "ms": "msec msecs millisecond milliseconds millisekunde millisekunden",
    "us": "usec microsecond microseconds",
    "min": "mins minute minutes minuten minuto minutos minuti",
    "h": "hr hrs hour hours stunde stunden std heure heures hora horas",
    "d": "day days tag tage jour jours",
    "wk": "week weeks wks woche wochen semaine semaines",
    "m": "meter meters metre metres",
    "cm": "centimeter centimetre",
    "mm": "millimeter millimetre millimeters millimetres",
    "um": "micrometer micrometre micron microns",
    "g": "gram grams gramme grammes gramm gramos grammi gm gms",
    "mg": "milligram milligrams",
    "kg": "kilo kilos kilogram kilograms kilogramm kgs",
    "oz": "ounce ounces ozs",
    "lb": "lbs pound pounds",
    "mL": "cc ccm cm3 cm^3 milliliter milliliters millilitre millilitres mls",
    "cL": "centiliter centilitre",
    "dL": "deciliter decilitre",
    "L": "liter liters litre litres",
    "fl_oz": "floz fl_oz fl_ounce fl_ounces fluid_ounce fluid_ounces fluid_oz us_fl_oz us_floz",
    "mmHg": "mm_hg mmhg torr",
    "cmH2O": "cm_h2o cmh2o cmwc cm_wc cmwater",
    "inHg": "in_hg inhg",
    "kPa": "kilopascal kilopascals",
    "hPa": "hectopascal",
    "mbar": "millibar mb",
    "Pa": "pascal pascals",
    "%": "percent pct",
    "Hz": "hertz",
}
_SPELLINGS = {word: symbol for symbol, words in _WORDS.items() for word in words.split()}
_FOLDED = {symbol.lower(): symbol for symbol in _EXACT if symbol not in ("l", "cal", "U", "torr")}
"""Capital letters change no meaning among these; "Cal" would be a kilocalorie."""
_TWO_WORDS = re.compile(
    r"\b(mm|in|cm)\.?\s+(hg|h2o|wc)\b|\b(?:u\.?\s?s\.?\s+)?(fl|fluid)\.?\s*(oz|ounces?)\b\.?", re.I | re.A
)
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u00b5\u03bc", "u"),  # the micro sign and the letter mu
        **dict.fromkeys("\u00b7\u22c5\u00d7", "*"),  # points in the middle, a cross
        **dict.fromkeys("\u2044\u2215\u00f7", "/"),  # slashes of other alphabets, an obelus
        **dict.fromkeys("\u2212\u207b", "-"),  # a minus sign, and one raised
        **dict(zip("\u00b9\u00b2\u00b3\u2082", "1232", strict=True)),  # raised 1, 2, 3, lowered 2
    }
)
_POWER = re.compile(r"([A-Za-z])(-[1-3])\b")
_INVERSE = re.compile(r"(?<=\w)\s*[* ]\s*([A-Za-z]+)(?:\^|\*\*)-1\b")
"""mL min^-1, which is mL/min."""


def usual_unit(text: str) -> str:
    """Return a unit as the registry spells it.

    Parameters
    ----------
    text : str
        A unit in a usual spelling, such as "mm Hg", "ml per min", "fl. oz.", "µg" or "Sekunden".

    Returns
    -------
    str
        The spelling of the registry; the text as it was, without outer spaces, where a part of it is not known.

    Examples
    --------
    >>> usual_unit("ml per sec"), usual_unit("mm Hg"), usual_unit("furlong")
    ('mL/s', 'mmHg', 'furlong')
    """
    return known_unit(text) or text.strip()


def known_unit(text: str) -> str | None:
    """Return a unit as the registry spells it, or None where a part of it is not known."""
    text = text.strip()
    if not text or len(text) > LONGEST_UNIT:
        return None
    plain = _POWER.sub(r"\1^\2", " ".join(text.translate(_SIGNS).split()))
    plain = _INVERSE.sub(r"/\1", plain)
    plain = re.sub(r"\s*/\s*|\s+(?:per|pro|je|par|por|p)\s+", "/", plain, flags=re.I)
    plain = _TWO_WORDS.sub(_joined, plain)
    if plain.startswith("/"):
        plain = f"1{plain}"
    factors = [part if part in "*/" else _symbol(part) for part in re.split(r"((?<!\*)\*(?!\*)|/)", plain)]
    return None if None in factors else "".join(map(str, factors))


def _joined(match: re.Match[str]) -> str:
    return "fl_oz" if match[3] else f"{match[1]}_{match[2]}"


def _symbol(word: str) -> str | None:
    """Return one factor of a unit in the registry's spelling; None if it is not known."""
    word = word.strip()
    if word in ("1", *_EXACT):
        return word
    folded = word.lower().rstrip(".")
    if (known := _SPELLINGS.get(folded) or _FOLDED.get(folded)) is not None:
        return known
    base, sign, power = word.partition("**") if "**" in word else word.partition("^")
    known = _symbol(base) if sign and power else None
    return f"{known}**{power}" if known and re.fullmatch(r"-?[1-3]", power) else None


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
        return f'"{shortened(value, 60)}"'
    return shortened(repr(value), 60)


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
    if ":" in text and (clock := CLOCK.fullmatch(text)):
        return _duration(clock, unit, given)
    if comma := DECIMAL_COMMA.fullmatch(text):
        kind = "decimal comma" if "," not in comma[3] else "comma"
        raise UnitError(f"{given} has a {kind}; write {_without_comma(comma, unit)}.")
    match = NUMBER.fullmatch(text)
    if match is None:
        raise UnitError(f"{given} does not begin with a number; {_advice(unit)}.")
    number, suffix = _finite(float(match[1]), given, unit), match[2]
    if not suffix:
        raise UnitError(f"{given} is a text without a unit; {_advice(unit)}.")
    if suffix == unit:
        return number
    if "," in suffix[:1]:
        raise UnitError(f'{given} has a comma; write a decimal point and one unit, such as "1.5 {unit}".')
    suffix = usual_unit(suffix)
    factor = 1.0 if suffix == unit else COMMON.get((suffix, unit)) or _factor(suffix, unit, given)
    return _finite(number * factor, given, unit)


def _without_comma(comma: re.Match[str], unit: str) -> str:
    """Return how a number with a comma is to be written: with a point, or without it where it may group thousands."""
    whole, part, suffix = comma[1], comma[2], comma[3] or ("" if unit == "1" else unit)
    if "," in suffix or len(suffix) > LONGEST_UNIT:
        return "it without commas"
    mark = '"' if suffix else ""
    point = f"{mark}{whole}.{part} {suffix}".rstrip() + mark
    if len(part) == 3 and whole.lstrip("+-0"):
        return f"{point}, or {mark}{whole}{part} {suffix}".rstrip() + mark
    return point


def _duration(clock: re.Match[str], unit: str, given: str) -> float:
    """Return a duration h:mm:ss in a unit of time; two parts could be hours or minutes and are refused."""
    if clock[3] is None:
        raise UnitError(
            f'{given} may be minutes and seconds or hours and minutes; write "0:{clock[1]}:{clock[2]}" for minutes '
            f'and seconds, or "{clock[1]}:{clock[2]}:00" for hours and minutes.'
        )
    seconds = 3600.0 * int(clock[1]) + 60.0 * int(clock[2]) + float(clock[3])
    return _finite(seconds if unit == "s" else seconds * _factor("s", unit, given), given, unit)


def _factor(suffix: str, unit: str, given: str) -> float:
    """Return how many `unit` one `suffix` is."""
    units = registry()
    wanted = units.parse_units("" if unit == "1" else unit)
    if suffix == "%" and unit not in ("1", "%") and wanted.dimensionless:
        # such as g/kg: pint would take a share of blood, or of a volume, for one of the body's weight
        raise UnitError(f"{given} is a share and does not say of what; {_advice(unit)}.")
    try:
        if not UNIT_TEXT.fullmatch(suffix):
            raise ValueError
        one = units.Quantity(1.0, units.parse_units(suffix))
    except Exception:  # pint raises many kinds, some of them outside its own tree
        nearest = get_close_matches(suffix, KNOWN, n=1, cutoff=0.5)
        hint = f" (did you mean {nearest[0]}?)" if nearest else ""
        raise UnitError(f"{given} has the unknown unit {shown(suffix[:40])}{hint}; {_advice(unit)}.") from None
    if one.dimensionality != wanted.dimensionality:
        remedy = _remedy(suffix, str(wanted.dimensionality)) or f"{_reason(one, wanted)}; {_advice(unit)}"
        raise UnitError(f"{given} cannot be converted to {unit}{remedy}.")
    return float(one.to(wanted).magnitude)


def _remedy(suffix: str, wanted: str) -> str:
    """Return what to write instead of a unit whose letters mean two things; "" for all others."""
    if "oz" in suffix.split("/") and "[length] ** 3" in wanted:
        return ", because an ounce (oz) is a mass; write fl oz for a fluid ounce"
    if suffix == "m" and wanted == "[time]":
        return ", because m is a metre; write min for minutes"
    return ""


def _reason(one: object, wanted: object) -> str:
    """Say why two tempting conversions are refused."""
    kinds = {str(getattr(x, "dimensionality", "")) for x in (one, wanted)}
    if kinds == {"[mass]", "[length] ** 3"}:
        return " because milk is never turned from mass into volume silently (its density is about 1.03 g/mL)"
    if any("[oxytocin_activity]" in kind for kind in kinds) and any("[mass]" in kind for kind in kinds):
        return " because oxytocin activity and mass are related only through the standard that was used"
    return ""
