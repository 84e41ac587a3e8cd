"""Hours: the factors between the clock of a feed (s), of the organs between feeds (h) and of the calendar (d).

    rate per hour = rate per second * (3600 s/h)

Context of use: organs of a feed give their constants per second; the same constants hold between feeds.
"""

from letdown._parameter import Parameters, par

__all__ = ["HoursParameters"]


class HoursParameters(Parameters):
    """Conversions of time."""

    second_rate: float = par(3600.0, "s/h", low=3599.9, high=3600.1, note="seconds in an hour")
    day: float = par(24.0, "h", low=23.99, high=24.01, note="hours in a day")
    turn: float = par(6.283185307179586, "1", low=6.28, high=6.29, note="radians in a turn")
