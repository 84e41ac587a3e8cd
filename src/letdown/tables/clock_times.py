"""Cells as times of day or dates: 23:56:00, 11:56 PM, 05:30.5, 2026-03-28T23:56:00+01:00, 28.03.2026 23:56:00.

Cells are taken apart here, and calendars and zones are those of `datetime` and `zoneinfo`. pandas and dateutil read
more spellings, but choose the order of day and month, and whether a clock went forward, without a word.

* A date with slashes or hyphens and the year last is read only where day and month cannot be exchanged, or where it
  makes no difference to the seconds between the rows.
* A clock without a date that falls back late in the evening passes midnight; one that counts to 12 or to 60 minutes
  begins again there.
* An offset in each row gives the true time between rows. Dates without one that jump by an hour are refused until the
  zone is given: summer time and a gap look the same.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from letdown._errors import RecordingError
from letdown.tables.quoting import quoted

__all__ = [
    "DATES",
    "DAY",
    "MINUTES",
    "ORDERS",
    "TIMES",
    "ZONED_DATES",
    "ZONED_TIMES",
    "Moments",
    "clock_kind",
    "read_moments",
]

Array = NDArray[np.float64]

DAY, HALF_DAY, HOUR = 86_400.0, 43_200.0, 3_600.0
ORDERS = ("day-first", "month-first")
MINUTES, TIMES, ZONED_TIMES = "minutes and seconds", "times of day", "times of day with an offset"
DATES, ZONED_DATES = "dates without a zone", "dates with an offset or a zone"

_MONTHS = {name: number for number, names in enumerate(
    ("jan januar january janvier enero", "feb februar february fev fevrier febrero", "mar mrz march maerz mars marzo",
     "apr april avr avril abr abril", "may mai mayo", "jun june juni juin junio", "jul july juli juillet julio",
     "aug august aout ago agosto", "sep sept september septembre septiembre", "oct okt october oktober octobre octubre",
     "nov november novembre noviembre", "dec dez december dezember decembre dic diciembre"), start=1)
    for name in names.split()}  # fmt: skip
_YMD = r"(?P<y>\d{4})(?P<s1>[-/.])(?P<m>\d{1,2})(?P=s1)(?P<d>\d{1,2})"
_XXY = r"(?P<a>\d{1,2})(?P<s2>[-/.])(?P<b>\d{1,2})(?P=s2)(?P<y2>\d{4})"
_NAMED = (
    r"(?P<d3>\d{1,2})[ .-]{0,2}(?P<m3>[a-z]{3,9})[ .-]{1,2}(?P<y3>\d{4})"
    r"|(?P<m4>[a-z]{3,9})\.? (?P<d4>\d{1,2}),? (?P<y4>\d{4})"
)
_COMPACT = r"(?P<y5>\d{4})(?P<m5>\d{2})(?P<d5>\d{2})"
_CLOCK = (
    r"(?P<h>\d{1,3}):(?P<min>\d{1,2})(?::(?P<sec>\d{1,2})(?P<f>[.,]\d+|:\d{3})?|(?P<f2>[.,]\d+))?"
    r"(?:\s?(?P<half>[ap])\.?m\.?)?"
)
_TIGHT = r"(?P<h6>\d{2})(?P<min6>\d{2})(?P<sec6>\d{2})(?P<f6>[.,]\d+)?"
_ZONE = r"\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)(?:\[[\w/+-]+\])?"
_MOMENT = re.compile(
    rf"(?:(?P<days>\d{{1,3}}) days?,? )?(?:(?:[a-z]{{2,9}},? )?(?P<date>{_YMD}|{_XXY}|{_NAMED}|{_COMPACT}))?"
    rf"(?:(?P<gap>[T ,_]+|(?<=\d)-(?=\d{{2}}:))?(?P<clock>{_CLOCK}|{_TIGHT})(?:{_ZONE})?)?",
    re.I | re.A,
)


class Moments(NamedTuple):
    """Seconds of each row since the day of the first, what kind of clock it is, and the rows where it began again.

    `clock` says on which clock `starts` count, the seconds of the first row: two where day and month may be exchanged.
    """

    seconds: Array
    words: str
    noted: tuple[str, ...]
    clock: str = ""
    starts: tuple[float, ...] = ()


class _Parts(NamedTuple):
    """A cell taken apart; None where it holds no such part. `order` is None where the date has one order only."""

    days: dict[str, int]  # by order
    clock: float | None
    two: bool  # a clock of two parts
    half: bool  # AM or PM
    offset: float | None


def clock_kind(cell: str) -> str | None:
    """Return "clock", "date" or "both" for a time of day, a date or both, None for a number or anything else."""
    match = None if cell.isdigit() else _MOMENT.fullmatch(cell)
    if match is None or (match["date"] is None and match["h"] is None):
        return None
    if match["date"] is None:
        return "clock"
    return "date" if match["clock"] is None else "both"


def read_moments(
    file: str,
    name: str,
    cells: Sequence[str],
    lines: Sequence[int],
    *,
    form: str | None,
    order: str | None,
    zone: ZoneInfo | None,
) -> Moments:
    """Return times of day or dates as seconds.

    Parameters
    ----------
    file, name : str
        What the file and the column are called.
    cells, lines : sequence
        The cells, and the line of each in the file.
    form : str, optional
        What the name of the column says of it, such as "mm:ss".
    order : str, optional
        "day-first" or "month-first", for dates that leave it open.
    zone : ZoneInfo, optional
        Where the clock stood, for dates without an offset.

    Raises
    ------
    RecordingError
        If a cell is no time, dates leave day and month or an hour open, or rows differ in what they give.
    """
    where = _Where(file, name, cells, lines)
    parts = list(map(_taken_apart, cells))
    first = parts[0]
    for k, part in enumerate(parts):
        if part is None or first is None:
            raise where.refused(
                k,
                "give times such as 23:56:00 or 2026-03-28 23:56:00 in every row, and a year of four digits",
            )
        if (bool(part.days), part.two, part.half, part.offset is None) != (
            bool(first.days), first.two, first.half, first.offset is None,
        ):  # fmt: skip
            raise where.refused(k, f"write it like the first ({quoted(cells[0])})")
    whole = [part for part in parts if part is not None]
    if not whole[0].days:
        found = _of_clock(where, whole, form)
        clock = (
            MINUTES if found.words.endswith("minutes:seconds") else TIMES if whole[0].offset is None else ZONED_TIMES
        )
        return found._replace(clock=clock, starts=(float(found.seconds[0]),))
    if whole[0].clock is None and len({tuple(part.days.values()) for part in whole}) < len(whole):
        raise where.refused(0, "give the time of day as well")
    return _of_dates(where, whole, order, zone)


class _Where(NamedTuple):
    """The place of cells, for the sentences of refusal."""

    file: str
    name: str
    cells: Sequence[str]
    lines: Sequence[int]

    def refused(self, k: int, remedy: str) -> RecordingError:
        where = f"Row {self.lines[k]} of {self.file} has {quoted(self.cells[k])} in the column {quoted(self.name)}"
        return RecordingError(f"{where}; {remedy}.")


def _taken_apart(cell: str) -> _Parts | None:
    """Return the parts of a cell; None if it is no time or names a day or an hour that does not exist."""
    match = _MOMENT.fullmatch(cell)
    if match is None or (match["date"] is None and match["clock"] is None):
        return None
    if match["clock"] is not None and (bool(match["gap"]) if match["date"] is None else not match["gap"]):
        return None
    if match["h6"] and match["date"] is None:
        return None
    days = {"": int(match["days"])} if match["days"] is not None else _days(match)
    clock, two = _clock(match)
    if days is None or (match["clock"] is not None and clock is None):
        return None
    zone = match["zone"]
    offset = None if zone is None else _offset(zone)
    dated = match["date"] is not None
    if dated and clock is not None and clock > DAY:
        return None
    if match["days"] is not None:  # a duration
        return _Parts({}, days[""] * DAY + (clock or 0.0), False, False, None)
    return _Parts(days if dated else {}, clock, two, match["half"] is not None, offset)


def _days(match: re.Match[str]) -> dict[str, int] | None:
    """Return the day in the calendar's count, by each order that the date may be in; {} without a date."""
    if match["date"] is None:
        return {}
    if match["y2"]:
        a, b, y = int(match["a"]), int(match["b"]), int(match["y2"])
        both = {"day-first": (y, b, a)} | ({} if match["s2"] == "." else {"month-first": (y, a, b)})
    else:
        k = next(k for k in ("", "3", "4", "5") if match[f"y{k}"])
        year, m, d = match[f"y{k}"], match[f"m{k}"], match[f"d{k}"]
        month = int(m) if m.isdigit() else _MONTHS.get(m.lower(), 0)
        both = {"": (int(year), month, int(d))}
    found = {}
    for order, numbers in both.items():
        try:
            found[order] = date(*numbers).toordinal()
        except ValueError:
            continue
    return found or None


def _clock(match: re.Match[str]) -> tuple[float | None, bool]:
    """Return seconds of a time of day and whether it has two parts only; two parts are hours and minutes here."""
    if match["clock"] is None:
        return None, False
    if match["h6"]:
        hour, minute, second, part = match["h6"], match["min6"], match["sec6"], match["f6"]
    else:
        hour, minute, second, part = match["h"], match["min"], match["sec"], match["f"]
    two = second is None
    fraction = float("0." + (part or match["f2"])[1:]) if part or match["f2"] else 0.0
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if minutes > 59 or seconds > 59:
        return None, two
    if match["half"]:
        if not 1 <= hours <= 12:
            return None, two
        hours = hours % 12 + (12 if match["half"].lower() == "p" else 0)
    if two and not match["half"] and match["date"] is None:
        return 60.0 * hours + minutes + fraction, True  # minutes and seconds, until it is known better
    if match["f2"]:
        return None, two
    return 3600.0 * hours + 60.0 * minutes + seconds + fraction, two


def _offset(zone: str) -> float:
    if zone.upper() in ("Z", "UTC", "GMT"):
        return 0.0
    digits = zone[1:].replace(":", "")
    seconds = 3600.0 * int(digits[:2]) + 60.0 * int(digits[2:] or 0)
    return -seconds if zone[0] == "-" else seconds


# Without a date -----------------------------------------------------------------------------------


def _of_clock(where: _Where, parts: Sequence[_Parts], form: str | None) -> Moments:
    seconds = np.array([part.clock for part in parts], dtype=float) - np.array([part.offset or 0.0 for part in parts])
    if not parts[0].two or parts[0].half:
        return _around(where, seconds, "as a clock")
    said = re.sub(r"[^a-z:]", "", (form or "").lower())
    if said in ("hh:mm", "h:mm"):
        return _around(where, seconds * 60.0, "as hours:minutes")
    steps = np.diff(seconds)
    forward = steps[steps > 0]
    if said not in ("mm:ss", "m:ss", "min:s", "min:sec") and (
        forward.size < 0.9 * steps.size or float(np.median(forward)) > 15.0
    ):
        raise where.refused(
            0,
            "hours and minutes are too coarse for a let-down, so give seconds too, or name the column (mm:ss) where "
            "these are minutes and seconds",
        )
    return _around(where, seconds, "as minutes:seconds", hour=True)


def _around(where: _Where, seconds: Array, words: str, *, hour: bool = False) -> Moments:
    """Return seconds in which a clock that goes round goes on, and what was noted."""
    steps = np.diff(seconds)
    forward = steps[steps > 0]
    if not (steps < 0).any() or forward.size == 0:
        return Moments(seconds, words, ())
    usual = float(np.median(forward))
    patience = max(20.0 * usual, 60.0)
    rounds = [(DAY, "passes midnight")]
    if float(seconds.max()) < 13.0 * HOUR:
        rounds.append((HALF_DAY, "counts to 12 hours and begins again"))
    if hour and float(seconds.max()) < HOUR:
        rounds = [(HOUR, "counts to 60 minutes and begins again")]
    if float(seconds.max()) >= DAY:
        rounds = []
    shift, noted = np.zeros(seconds.size), []
    for k in np.flatnonzero(steps < 0).tolist():
        for length, happens in rounds:
            if 0.0 <= steps[k] + length <= patience:
                shift[k + 1 :] += length
                noted.append(f"The clock {happens} in row {where.lines[k + 1]}.")
                break
    return Moments(seconds + shift, words, tuple(noted[:3]))


# With a date --------------------------------------------------------------------------------------


def _of_dates(where: _Where, parts: Sequence[_Parts], order: str | None, zone: ZoneInfo | None) -> Moments:
    first, days, words = _ordered(where, parts, order)
    clock = np.array([part.clock or 0.0 for part in parts])
    offsets = [part.offset for part in parts]
    if offsets[0] is not None:
        seconds = days * DAY + clock - np.array(offsets, dtype=float)
        return Moments(seconds, f"{words} with offsets", (), ZONED_DATES, _starts(parts[0], first, seconds))
    if zone is not None:
        if first is None:
            raise where.refused(0, "day and month may be exchanged; give --date-order day-first or month-first")
        seconds = _in_zone(where, first, days, clock, zone)
        return Moments(seconds, f"{words} in {zone.key}", (), ZONED_DATES, _starts(parts[0], first, seconds))
    seconds = days * DAY + clock
    _no_hour_lost(where, seconds)
    return Moments(seconds, words, (), DATES, _starts(parts[0], first, seconds))


def _starts(part: _Parts, first: int | None, seconds: Array) -> tuple[float, ...]:
    """Return the seconds of the first row in the calendar's count, by each order that its date may be in."""
    days = [first] if first is not None else [part.days[order] for order in ORDERS]
    return tuple(day * DAY + float(seconds[0]) for day in days)


def _ordered(where: _Where, parts: Sequence[_Parts], order: str | None) -> tuple[int | None, Array, str]:
    """Return the first day (None if two are possible), the day of each row counted from it, and how dates are read."""
    if "" in parts[0].days:
        first = parts[0].days[""]
        return first, np.array([float(part.days.get("", first) - first) for part in parts]), "as dates"
    possible = {}
    for name in ORDERS if order is None else (order,):
        if all(name in part.days for part in parts):
            days = np.array([float(part.days[name]) for part in parts])
            possible[name] = days - days[0]
    if order is not None and not possible:
        k = next(k for k, part in enumerate(parts) if order not in part.days)
        raise where.refused(k, f"it is no date {order}; give another --date-order")
    # No session lasts a month: an order in which the day after is a month later is not the one meant.
    short = {name: days for name, days in possible.items() if np.abs(np.diff(days)).max(initial=0.0) < 27.0}
    found = short or possible
    if not found:
        raise where.refused(0, "day and month change places between the rows; write dates as 2026-03-28")
    names = list(found)
    if len(names) == 2 and not np.array_equal(found[names[0]], found[names[1]]):
        raise where.refused(0, "day and month may be exchanged; give --date-order day-first or month-first")
    said = {"day-first": "as dates, day first", "month-first": "as dates, month first"}
    if len(names) == 1:
        return parts[0].days[names[0]], found[names[0]], said[names[0]]
    return None, found[names[0]], "as dates whose day and month make no difference"


def _no_hour_lost(where: _Where, seconds: Array) -> None:
    """Refuse a clock that jumps by an hour: summer time and a gap of an hour look the same."""
    steps = np.diff(seconds)
    forward = steps[steps > 0]
    usual = float(np.median(forward)) if forward.size else 1.0
    slack = max(2.5 * usual, 2.0)
    for k in np.flatnonzero((np.abs(np.abs(steps) - HOUR) <= slack) & (usual < HOUR / 10.0)):
        way = "forward" if steps[k] > 0 else "back"
        raise where.refused(
            int(k) + 1,
            f"the clock jumps {way} by an hour there, as where summer time {'begins' if way == 'forward' else 'ends'}; "
            "give --time-zone, such as Europe/Berlin, or UTC if the gap is true",
        )


def _in_zone(where: _Where, first: int, days: Array, clock: Array, zone: ZoneInfo) -> Array:
    """Return seconds on the clock of the world; an hour that comes twice is told apart by the order of rows."""
    start = datetime.combine(date.fromordinal(first), datetime.min.time())
    out = np.empty(days.size)
    last = -np.inf
    for k, (day, second) in enumerate(zip(days.tolist(), clock.tolist(), strict=True)):
        local = start + timedelta(days=day, seconds=second)
        early, late = (_utc_offset(local.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
        if early < late:
            raise where.refused(k, f"no clock in {zone.key} shows that time, which summer time leaves out; correct it")
        at = day * DAY + second - early
        if early > late and at < last:
            at = day * DAY + second - late
        out[k] = last = at
    return out


def _utc_offset(moment: datetime) -> float:
    offset = moment.utcoffset()
    return offset.total_seconds() if offset is not None else 0.0
