"""Two records of one session on absolute clocks: how far the first rows are apart.

Times of day say no date, so that two of them are as near as the clock allows: 23:59:50 and 00:00:10 are 20 s apart.
"""

from typing import NamedTuple

from letdown.tables.clock_times import DAY, TIMES, ZONED_TIMES

__all__ = ["Anchor", "apart_s"]

FARTHEST_S = 27.0 * DAY
"""No session lasts a month: an order of day and month that makes it one is not the one meant."""


class Anchor(NamedTuple):
    """Time 0 of a record: the kind of its clock, s on it (one for each order of day and month), the cell."""

    clock: str
    starts: tuple[float, ...]
    cell: str


def apart_s(first: Anchor, second: Anchor) -> float | None:
    """Return how much later the second record begins, s; None where their clocks do not tell.

    Parameters
    ----------
    first, second : Anchor
        Where the records begin.
    """
    if first.clock != second.clock:
        return None
    if first.clock in (TIMES, ZONED_TIMES):
        apart = (second.starts[0] - first.starts[0]) % DAY
        return apart - DAY if apart > DAY / 2 else apart
    if len(first.starts) == len(second.starts):
        found = {b - a for a, b in zip(first.starts, second.starts, strict=True)}
    else:
        found = {b - a for a in first.starts for b in second.starts}
    near = {apart for apart in found if abs(apart) < FARTHEST_S} or found
    return near.pop() if len(near) == 1 else None
