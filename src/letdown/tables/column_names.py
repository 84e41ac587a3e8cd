"""What the name of a column says: a stem, a unit, and whether it is time.

mass_g      Mass (g)      Masse [g]      Flow / mL/min      mass in grams      Mass..g.      Time, s
"""

import re
from typing import NamedTuple

from letdown._units import known_unit

__all__ = ["ColumnName", "column_name", "is_date", "is_time", "unit_written"]

_BRACKET = re.compile(r"\s*(?:\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\})")
_R_NAME = re.compile(r"(.+?)\.\.([A-Za-z.]+?)\.", re.A)  # what R makes of "Mass (g)"
_WORD = re.compile(r"[\s_.,:;-]+")

_TIME_UNITS = ("us", "ms", "s", "min", "h", "d")
_AMOUNTS = ("g", "mg", "kg", "oz", "lb", "mL", "uL", "cL", "dL", "L", "fl_oz")
_WIDTHS = ("mm", "cm", "um")
_ENDINGS = {*_TIME_UNITS, *_AMOUNTS, *_WIDTHS, *(f"{a}/{t}" for a in _AMOUNTS for t in ("s", "min", "h"))}
"""Units that may end a name without a bracket; others, such as N or U, are commoner as letters of channels."""
_NUMERATORS = frozenset(
    "pg ng ug mg g kg oz lb uL mL cL dL mol mmol umol nmol pmol IU mU uU cal kcal J kJ mmHg cmH2O Pa kPa %".split()
)
"""Units that make the unit behind them a quotient (prolactin_ng_ml); others, such as d, are parts of names."""

_TIME_NAMES = frozenset(
    "t time times timestamp timestamps datetime date_time time_stamp clock clock_time elapsed elapsed_time "
    "time_elapsed relative_time rel_time abs_time local_time local_datetime recorded_at logged_at time_of_day "
    "spike_time spike_times spiketime spiketimes zeit uhrzeit zeitpunkt zeitstempel laufzeit messzeit datum_zeit "
    "datum_uhrzeit temps heure horodatage duree tiempo hora fecha_hora tempo ora tijd tid czas".split()
)
_DATE_NAMES = frozenset("date day_date datum fecha data dato dag".split())
_SECONDS = ("us", "ms", "s", "min", "h")
_PER = frozenset("per p pro je par por".split())
"""Words for "divided by" where they stand between two units."""


class ColumnName(NamedTuple):
    """A name, its words without the unit in small letters joined by _, and its unit (None if it says none).

    `unit` is spelled as the registry does where it is known, and as the name does where it is not. `other` is a second
    unit that contradicts it, as in "mass_g (kg)".
    """

    name: str
    stem: str
    unit: str | None
    other: str | None = None

    @property
    def says_time(self) -> bool:
        """Whether the unit is one of time."""
        return self.unit in _TIME_UNITS


def column_name(name: str) -> ColumnName:
    """Return what a name says.

    Examples
    --------
    >>> column_name("Flow (kg/min)")
    ColumnName(name='Flow (kg/min)', stem='flow', unit='kg/min', other=None)
    >>> column_name("prolactin_ng_ml").unit, column_name("mass_g (kg)").other
    ('ng/mL', 'g')
    >>> column_name("volume_fl_oz").unit, column_name("Masse in Gramm").unit, column_name("balance").unit
    ('fl_oz', 'g', None)
    """
    brackets = [(match, next(filter(None, match.groups()), "")) for match in _BRACKET.finditer(name)]
    for match, inside in brackets:
        if (unit := unit_written(inside.removeprefix("in "))) is not None and unit != "1":
            return _beside_bracket(name, f"{name[: match.start()]} {name[match.end() :]}".strip(), unit)
    if brackets and brackets[-1][0].end() == len(name.rstrip()) and brackets[-1][1]:
        match, inside = brackets[-1]
        return ColumnName(name, _stem(name[: match.start()]), inside.strip())
    if (made := _R_NAME.fullmatch(name)) and (unit := known_unit(made[2].replace(".", "/"))):
        return ColumnName(name, _stem(made[1]), unit)
    return (_with_slash(name) if "/" in name and known_unit(name) not in _ENDINGS else None) or _ending(name)


def unit_written(text: str) -> str | None:
    """Return a unit that stands alone, as the registry spells it; None where it is not known.

    Examples
    --------
    >>> unit_written("ml_s"), unit_written("g p min"), unit_written("fl_oz_min"), unit_written("furlong")
    ('mL/s', 'g/min', 'fl_oz/min', None)
    """
    if (unit := known_unit(text)) is not None:
        return unit
    behind = _ending(f"x {' '.join(_words(text))}")
    return behind.unit if behind.stem == "x" else None


def _words(name: str) -> list[str]:
    """Return the words of a name; between two units, a word or letter for "divided by" is "per"."""
    words = [word for word in _WORD.split(name.strip()) if word]
    for i in range(1, len(words) - 1):
        if words[i].lower() in _PER and _numerator(words[i - 1]) and known_unit(words[i + 1]):
            words[i] = "per"
    return words


def _beside_bracket(name: str, rest: str, unit: str) -> ColumnName:
    """Return a name with a unit in a bracket; a unit that the rest says again belongs to no stem.

    A single letter such as L is commoner as one of a channel.
    """
    inner = _ending(rest) if re.search(r"[_\s]", rest) else None
    if inner is None or inner.unit is None or (inner.unit != unit and inner.unit in ("L", "h", "d")):
        return ColumnName(name, _stem(rest), unit)
    return ColumnName(name, inner.stem, unit, inner.unit if inner.unit != unit else None)


def _with_slash(name: str) -> ColumnName | None:
    """Return "Flow mL/s" and "Flow / mL/s" (a quantity over its unit) taken apart."""
    head, _, tail = name.partition("/")
    if match := re.fullmatch(r"(.*?)[\s_]([A-Za-z]+)\s*", head, re.A):
        before, word = match[1], match[2]
        if (unit := known_unit(f"{word}/{tail}")) is not None:
            return ColumnName(name, _stem(re.sub(r"\s(in|en)\s*$", "", before, flags=re.I)), unit)
    unit = known_unit(tail)
    return ColumnName(name, _stem(head), unit) if unit is not None else None


def _ending(name: str) -> ColumnName:
    """Return a name whose unit stands at its end, or is all of it."""
    whole = known_unit(name)
    if whole in _ENDINGS and (len(name) > 1 or name in "sgh"):
        return ColumnName(name, "", whole)
    words = _words(name)
    for count in (4, 3, 2, 1):
        if count >= len(words):
            continue
        tail = [word for word in words[-count:] if word.lower() not in ("in", "per")]
        loose = "_" not in name and len(words[-1]) == 1 and words[-1] not in ("s", "g", "h")
        for joined in ("/".join(tail), "_".join(tail), "_".join(tail[:2]) + "/" + "/".join(tail[2:])):
            if tail and not loose and (unit := known_unit(joined.rstrip("/"))) in _ENDINGS:
                rest = words[:-count]
                if (over := _numerator(rest[-1])) is not None:
                    return ColumnName(name, _stem(" ".join(rest[:-1])), f"{over}/{unit}")
                if words[-count].lower() == "per" or rest[-1].lower() == "per":
                    before = [word for word in rest if word.lower() != "per"]
                    over = _numerator(before[-1]) if before else None
                    return ColumnName(name, _stem(" ".join(before[: -1 if over else None])), f"{over or 1}/{unit}")
                return ColumnName(name, _stem(" ".join(rest[:-1] if rest[-1].lower() == "in" else rest)), unit)
    return ColumnName(name, _stem(name), None)


def _numerator(word: str) -> str | None:
    """Return the unit that stands before another as its numerator; None for any other word."""
    unit = known_unit(word)
    return unit if unit in _NUMERATORS else None


def _stem(text: str) -> str:
    return "_".join(word for word in re.split(r"[\W_]+", text.lower()) if word)


def is_time(column: ColumnName) -> bool:
    """Whether a name is one of time, such as t, Zeit or Timestamp, or a unit of time alone."""
    return column.stem in _TIME_NAMES or (column.stem == "" and column.unit in _SECONDS)


def is_date(column: ColumnName) -> bool:
    """Whether a name is one of dates."""
    return column.stem in _DATE_NAMES
