"""Two records of one session, on one clock where both say what time it is.

Numbers count from a zero of the instrument's own and are taken as they are. Times of day and dates say which row of
the one was taken together with which of the other: the earlier first row is then time 0 of both.
"""

from pathlib import Path

from letdown.instruments.signal_file import Readings, Wanted, read_signal
from letdown.tables.line_up import Anchor, apart_s
from letdown.tables.quoting import file_name

__all__ = ["read_two"]

Asked = tuple[Path, Wanted]
NUMBERS = "numbers"


def read_two(first: Asked, second: Asked) -> tuple[list[Readings], tuple[str, ...]]:
    """Read two records, and return what is to be said of their clocks.

    Parameters
    ----------
    first, second : tuple of Path and Wanted
        The files, and what was said of them.

    Returns
    -------
    list of Readings
        The two.
    tuple of str
        Sentences that hold for both.

    Raises
    ------
    RecordingError, UnitError
        As `read_signal` does.
    """
    asked = (first, second)
    whole = [read_signal(path, wanted._replace(start_s=None)) for path, wanted in asked]
    one, other = (readings.anchor for readings in whole)
    apart = apart_s(one, other) if one is not None and other is not None else None
    if one is None or other is None or apart is None:
        words = _not_lined_up(asked, one, other) if (one, other) != (None, None) else ()
        return [read_signal(*each) if each[1].start_s is not None else read
                for each, read in zip(asked, whole, strict=True)], words  # fmt: skip
    zero = one.cell if apart >= 0 else other.cell
    later = (max(0.0, -apart), max(0.0, apart))
    both = [read_signal(path, wanted._replace(later_s=late, zero=zero))
            for (path, wanted), late in zip(asked, later, strict=True)]  # fmt: skip
    return both, ()


def _not_lined_up(asked: tuple[Asked, Asked], one: Anchor | None, other: Anchor | None) -> tuple[str, ...]:
    kinds = [NUMBERS if anchor is None else anchor.clock for anchor in (one, other)]
    files = " and ".join(f"{file_name(path)} ({kind})" for (path, _), kind in zip(asked, kinds, strict=True))
    why = "; day and month may be exchanged, so give --date-order" if kinds[0] == kinds[1] else ""
    return (f"The clocks of {files} cannot be lined up{why}; each keeps its own time 0.",)
