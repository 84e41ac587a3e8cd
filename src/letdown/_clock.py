"""Times of a feed as people read them, the same in every text: halves of a second are rounded up, as the page does."""

import math

__all__ = ["clock", "spoken"]


def clock(seconds: float | None) -> str:
    """Return a time as minutes and seconds: 161.5 s is 2:42, none is a dash."""
    if seconds is None:
        return "–"
    whole = whole_seconds(abs(seconds))
    return f"{'-' if seconds < 0 and whole else ''}{whole // 60}:{whole % 60:02d}"


def spoken(seconds: float) -> str:
    """Return a length of time in words: 200 s is 3 min 20 s."""
    minutes, rest = divmod(whole_seconds(abs(seconds)), 60)
    parts = [f"{minutes} min"] * (minutes > 0) + [f"{rest} s"] * (rest > 0 or minutes == 0)
    return " ".join(parts)


def whole_seconds(seconds: float) -> int:
    """Return the nearest whole second; halves go up."""
    return math.floor(seconds + 0.5)
