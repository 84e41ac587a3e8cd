"""What happened in each lane, in order: bursts, let-downs, signs; and the extremes of the run.

Scalar code, after the ticks in which something happened in a lane. A row is (time, kind, four values).
"""

from typing import Any

from letdown.body.sensations import Signs
from letdown.engine.layout import field_index

__all__ = ["LOG_LENGTH", "MERGE_S", "LogKind", "Seen", "note_flow", "note_tick"]

LOG_LENGTH = 256
"""Rows of a log at first; a dyad that has more is run once more with a log that holds them all."""


class LogKind:
    """Kinds of row."""

    BURST = 0
    LET_DOWN_BEGINS = 1
    LET_DOWN_ENDS = 2
    SIGN = 3
    LATCH = 4


BURST, LET_DOWN_BEGINS, LET_DOWN_ENDS, SIGN, LATCH_ROW = range(5)


class Seen:
    """Columns of what the log remembers of each lane from tick to tick, and of its extremes."""

    BURSTS = 0
    EJECTIONS = 1
    UNDER_WAY = 2
    ATTACHED = 3
    OXYTOCIN_PEAK = 4
    OXYTOCIN_PEAK_TIME = 5
    BIN_LEFT = 6
    BIN_RIGHT = 7
    FLOW_PEAK = 8
    STATUS = 9
    END_TIME = 10
    END_REASON = 11
    LET_DOWNS = 12
    FIRST_LET_DOWN = 13
    LAST_END = 14
    FIRST_LATCH = 15
    CRAMPS = 16
    ROWS = 17
    """Rows of the log so far, also those beyond its end."""
    LATCHED_LEFT = 18
    LATCHED_RIGHT = 19
    SIGNS = 20
    LENGTH = 20 + len(Signs._fields)


MERGE_S = 10.0
"""Let-downs less than this apart are one (definition)."""

BURSTS, EJECTIONS, UNDER_WAY, ATTACHED = Seen.BURSTS, Seen.EJECTIONS, Seen.UNDER_WAY, Seen.ATTACHED
BIN_LEFT, FLOW_PEAK, ROWS, SIGNS = Seen.BIN_LEFT, Seen.FLOW_PEAK, Seen.ROWS, Seen.SIGNS
LET_DOWNS, FIRST_LET_DOWN, LAST_END = Seen.LET_DOWNS, Seen.FIRST_LET_DOWN, Seen.LAST_END
FIRST_LATCH, CRAMPS, CRAMP = Seen.FIRST_LATCH, Seen.CRAMPS, Signs._fields.index("uterine_cramp")
LATCHED_LEFT, LATCHED_RIGHT = Seen.LATCHED_LEFT, Seen.LATCHED_RIGHT

_COUNT = field_index("moments.last_burst.number")
_RECRUITED = field_index("moments.last_burst.recruited")
_PULSE = field_index("moments.last_burst.oxytocin")
_EJECTIONS = field_index("moments.ejection.number")
_UNDER_WAY = field_index("moments.ejection.under_way")
_ACCOUNTS = field_index("moments.ejection.ejected_left")
_DURATION = field_index("parameters.ejection.duration")
_SIGNS = field_index("moments.signs.active_suck_swallow")
_N_SIGNS = len(Signs._fields)
_ATTACHED = field_index("moments.sucking.attached")
_INFANT_RIGHT = field_index("surroundings.right.infant")
_OUT = (
    (field_index("left.removed"), field_index("left.leaked")),
    (field_index("right.removed"), field_index("right.leaked")),
)


def _append(log: Any, seen: Any, t: float, kind: int, a: float, b: float, c: float, d: float) -> None:
    n = int(seen[ROWS])
    if n < log.shape[0]:
        log[n, 0] = t
        log[n, 1] = kind
        log[n, 2] = a
        log[n, 3] = b
        log[n, 4] = c
        log[n, 5] = d
    seen[ROWS] += 1.0


def note_tick(B: Any, W: int, lane: int, log: Any, seen: Any, t: float) -> None:
    """Note what changed in one lane by time t in the log of its dyad, (rows, 6), and in `seen`, (Seen.LENGTH)."""
    if B[_COUNT * W + lane] > seen[BURSTS] + 0.5:
        _append(log, seen, t, BURST, B[_RECRUITED * W + lane], B[_PULSE * W + lane], 0.0, 0.0)
        seen[BURSTS] = B[_COUNT * W + lane]
    a = _ACCOUNTS
    if B[_EJECTIONS * W + lane] > seen[EJECTIONS] + 0.5:
        first = t - B[_DURATION * W + lane]
        _append(
            log,
            seen,
            first,
            LET_DOWN_BEGINS,
            B[a * W + lane],
            B[(a + 1) * W + lane],
            B[(a + 2) * W + lane],
            B[(a + 3) * W + lane],
        )
        seen[EJECTIONS] = B[_EJECTIONS * W + lane]
        if seen[LET_DOWNS] < 0.5:
            seen[FIRST_LET_DOWN] = first
        if seen[LET_DOWNS] < 0.5 or first - seen[LAST_END] >= MERGE_S:
            seen[LET_DOWNS] += 1.0
    if seen[UNDER_WAY] > 0.5 and B[_UNDER_WAY * W + lane] < 0.5:
        _append(log, seen, t, LET_DOWN_ENDS, 0.0, 0.0, 0.0, 0.0)
        seen[LAST_END] = t
    seen[UNDER_WAY] = B[_UNDER_WAY * W + lane]
    for j in range(_N_SIGNS):
        now = B[(_SIGNS + j) * W + lane]
        if now > 0.5 and seen[SIGNS + j] < 0.5:
            _append(log, seen, t, SIGN, float(j), B[_INFANT_RIGHT * W + lane], 0.0, 0.0)
            if j == CRAMP:
                seen[CRAMPS] += 1.0
        seen[SIGNS + j] = now
    attached = B[_ATTACHED * W + lane]
    if attached > 0.5 and seen[ATTACHED] < 0.5:
        _append(log, seen, t, LATCH_ROW, B[_INFANT_RIGHT * W + lane], 0.0, 0.0, 0.0)
        seen[LATCHED_RIGHT if B[_INFANT_RIGHT * W + lane] > 0.5 else LATCHED_LEFT] = 1.0
        if seen[FIRST_LATCH] == 0.0:
            seen[FIRST_LATCH] = t
    seen[ATTACHED] = attached


def note_flow(B: Any, W: int, lane: int, seen: Any, bin_s: float) -> None:
    """Close a bin of `bin_s` seconds of the flow of each breast; keep the largest mean."""
    for side in range(2):
        out = B[_OUT[side][0] * W + lane] + B[_OUT[side][1] * W + lane]
        flow = (out - seen[BIN_LEFT + side]) / bin_s
        seen[FLOW_PEAK] = max(seen[FLOW_PEAK], flow)
        seen[BIN_LEFT + side] = out
