"""The protocol, run: which steps are active in each lane, and what they put into the dyad's surroundings.

Scalar code, compiled without fast-math. Order within a tick: active steps end, pending steps start, and if
anything changed the surroundings are written anew. Events of the same moment follow the order of the table.
Each look at a lane gives its wake, the time before which only an infant that lets go, or the flow that a step
watches, can move its protocol.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.body.surroundings import AtBreast, Conditions, Cues
from letdown.engine.layout import field_index
from letdown.engine.program import (
    ACTIVE,
    C_A0,
    C_DELAY,
    C_DURATION,
    C_FLOW_ABOVE,
    C_FLOW_BELOW,
    C_FLOW_WINDOW,
    C_FOREGROUND,
    C_GROUP,
    C_GROUP_DURATION,
    C_KIND,
    C_LEFT,
    C_PHASE_FLOW,
    C_RIGHT,
    C_SATISFIED,
    C_START,
    CONDITION,
    CUE,
    DEVICE,
    DONE,
    DOSE,
    LATCH,
    NEVER,
    PENDING,
    PRESS,
    R_FLOW_ABOVE,
    R_FLOW_BELOW,
    R_MAX_DURATION,
    R_PROTOCOL_END,
    R_SATISFIED,
    R_TIME,
    R_TIRED,
    R_UNLATCHED,
    REMARK,
    S_ENDED,
    S_HIGH_TIME,
    S_LOW_TIME,
    S_REASON,
    S_STARTED,
    S_STATUS,
    SUSTAINED_S,
    UNLATCH,
    WAIT,
)

__all__ = ["WATCHED", "begin_watch", "concerns_protocol", "end_reason", "end_watch", "protocol_tick", "watch_flow"]

_LEFT = field_index("surroundings.left.infant")
_RIGHT = field_index("surroundings.right.infant")
_CUES = field_index("surroundings.cues.own_cry")
_CONDITIONS = field_index("surroundings.conditions.embarrassment")
_REMARK = field_index("surroundings.remark")
_INTRAVENOUS = field_index("surroundings.doses.intravenous")
_NASAL = field_index("surroundings.doses.nasal")
_FLOW_LEFT = field_index("dyad.sensations.flow_left")
_FLOW_RIGHT = field_index("dyad.sensations.flow_right")
_SATISFIED = field_index("moments.sucking.satisfied")
_TIRED = field_index("moments.sucking.tired")
_HAPPENED = field_index("watch.happened")
_N_AT = len(AtBreast._fields)
_N_CUES = len(Cues._fields)
_N_CONDITIONS = len(Conditions._fields)
_DEVICE = AtBreast._fields.index("device")
_PEAK = AtBreast._fields.index("peak")
_N_DEVICE = AtBreast._fields.index("compression") - _PEAK + 1
_PRESS = AtBreast._fields.index("press")
_RISE = AtBreast._fields.index("rise")
_FALL = AtBreast._fields.index("fall")
_EDGE2 = AtBreast._fields.index("edge2")
_EDGE3 = AtBreast._fields.index("edge3")
_HALF_TICK = 0.5

WATCHED = 7
"""Numbers kept of a step that watches the flow."""

_W_LEFT, _W_RIGHT, _W_ABOVE, _W_BELOW, _W_WINDOW, _W_HIGH, _W_LOW = range(WATCHED)


def _flow(B: Any, W: int, lane: int, row: Any) -> float:
    """Return the milk flow that a step sees: of its breast, or of both."""
    left: float = row[C_LEFT] * B[_FLOW_LEFT * W + lane]
    right: float = row[C_RIGHT] * B[_FLOW_RIGHT * W + lane]
    return left + right


def _step_ends(B: Any, W: int, lane: int, row: Any, state: Any, s: int, t: float, tick: float) -> float:
    """Return the reason why an active step ends now by a rule of its own, or -1."""
    if row[C_KIND] == LATCH and row[C_SATISFIED] > 0.5:
        if B[_SATISFIED * W + lane] > 0.5:
            return float(R_SATISFIED)
        if B[_TIRED * W + lane] > 0.5:
            return float(R_TIRED)
    flow = _flow(B, W, lane, row)
    limit = min(row[C_FLOW_ABOVE], row[C_PHASE_FLOW])
    state[s, S_HIGH_TIME] = state[s, S_HIGH_TIME] + tick if flow > limit else 0.0
    if flow > row[C_FLOW_ABOVE] and state[s, S_HIGH_TIME] >= SUSTAINED_S:
        return float(R_FLOW_ABOVE)
    if row[C_FLOW_WINDOW] < NEVER:
        if flow < row[C_FLOW_BELOW]:
            state[s, S_LOW_TIME] += tick
        else:
            state[s, S_LOW_TIME] = 0.0
        if state[s, S_LOW_TIME] >= row[C_FLOW_WINDOW] - _HALF_TICK * tick:
            return float(R_FLOW_BELOW)
    if t - state[int(row[C_GROUP]), S_STARTED] >= row[C_GROUP_DURATION] - _HALF_TICK * tick:
        return float(R_TIME)
    return -1.0


def concerns_protocol(B: Any, W: int, lane: int) -> bool:
    """Return whether something has just happened in the dyad that may move its protocol: the infant has let go."""
    happened = B[_HAPPENED * W + lane] > 0.5
    return bool(happened and B[_SATISFIED * W + lane] + B[_TIRED * W + lane] > 0.5)


def begin_watch(watch: Any, lane: int, steps: Any, state: Any, s: int) -> None:
    """Copy what step s says of the flow, and for how long it has held, to where `watch_flow` has it at hand."""
    watch[lane, _W_LEFT] = steps[s, C_LEFT]
    watch[lane, _W_RIGHT] = steps[s, C_RIGHT]
    watch[lane, _W_ABOVE] = min(steps[s, C_FLOW_ABOVE], steps[s, C_PHASE_FLOW])
    watch[lane, _W_BELOW] = steps[s, C_FLOW_BELOW]
    watch[lane, _W_WINDOW] = steps[s, C_FLOW_WINDOW]
    watch[lane, _W_HIGH] = state[s, S_HIGH_TIME]
    watch[lane, _W_LOW] = state[s, S_LOW_TIME]


def watch_flow(B: Any, W: int, lane: int, watch: Any, tick: float) -> bool:
    """Return whether a rule of the watched step on the flow ends it or its phase now; if not, count the time on.

    What `_step_ends` and `_phase_ends` do in a tick in which nothing else can happen.
    """
    left = watch[lane, _W_LEFT] * B[_FLOW_LEFT * W + lane]
    flow = left + watch[lane, _W_RIGHT] * B[_FLOW_RIGHT * W + lane]
    high = watch[lane, _W_HIGH] + tick if flow > watch[lane, _W_ABOVE] else 0.0
    low = watch[lane, _W_LOW] + tick if flow < watch[lane, _W_BELOW] else 0.0
    window = watch[lane, _W_WINDOW]
    if high >= SUSTAINED_S or (window < NEVER and low >= window - _HALF_TICK * tick):
        return True
    watch[lane, _W_HIGH] = high
    if window < NEVER:
        watch[lane, _W_LOW] = low
    return False


def end_watch(watch: Any, lane: int, state: Any, s: int) -> None:
    """Write back for how long the rules of step s have held."""
    state[s, S_HIGH_TIME] = watch[lane, _W_HIGH]
    state[s, S_LOW_TIME] = watch[lane, _W_LOW]


def _phase_ends(B: Any, W: int, lane: int, row: Any, state: Any, s: int, t: float, tick: float) -> float:
    """Return the reason why this row of a step ends now while the step may go on, or -1."""
    if _flow(B, W, lane, row) > row[C_PHASE_FLOW] and state[s, S_HIGH_TIME] >= SUSTAINED_S:
        return float(R_FLOW_ABOVE)
    if t - state[s, S_STARTED] >= row[C_DURATION] - _HALF_TICK * tick:
        return float(R_TIME)
    return -1.0


def _finish(state: Any, s: int, t: float, reason: float) -> None:
    state[s, S_STATUS] = DONE
    state[s, S_ENDED] = t
    state[s, S_REASON] = reason


def _end_steps(B: Any, W: int, lane: int, steps: Any, state: Any, t: float, tick: float) -> bool:
    """End the active steps that are over; return whether any was."""
    changed = False
    for s in range(steps.shape[0]):
        if state[s, S_STATUS] == ACTIVE:
            reason = _step_ends(B, W, lane, steps[s], state, s, t, tick)
            whole = reason >= 0.0
            if not whole:
                reason = _phase_ends(B, W, lane, steps[s], state, s, t, tick)
            if reason >= 0.0:
                changed = True
                _finish(state, s, t, reason)
                for other in range(steps.shape[0]):
                    later_phase = whole and other > s and steps[other, C_GROUP] == steps[s, C_GROUP]
                    if later_phase and state[other, S_STATUS] == PENDING:
                        state[other, S_STARTED] = t
                        _finish(state, other, t, reason)
                    off = steps[s, C_KIND] == UNLATCH and steps[other, C_KIND] == LATCH
                    if off and state[other, S_STATUS] == ACTIVE:
                        _finish(state, other, t, float(R_UNLATCHED))
    return changed


def _start_steps(steps: Any, state: Any, t: float, tick: float) -> bool:
    """Start the steps whose moment has come; return whether any was."""
    changed = False
    ready_from = 0.0
    satisfied = False
    for s in range(steps.shape[0]):
        status = state[s, S_STATUS]
        row = steps[s]
        if status == PENDING:
            start = row[C_START] if row[C_START] >= 0.0 else ready_from + row[C_DELAY]
            if t >= start - _HALF_TICK * tick:
                state[s, S_STATUS] = ACTIVE
                state[s, S_STARTED] = t
                changed = True
                if row[C_KIND] == LATCH and row[C_SATISFIED] > 0.5 and satisfied:
                    _finish(state, s, t, float(R_SATISFIED))
        if row[C_FOREGROUND] > 0.0:
            done = state[s, S_STATUS] == DONE
            ready_from = state[s, S_ENDED] if done else NEVER
            satisfied = satisfied or (done and row[C_KIND] == LATCH and state[s, S_REASON] == R_SATISFIED)
    return changed


def _write_surroundings(B: Any, W: int, lane: int, steps: Any, state: Any, base: Any) -> None:
    """Write what the active steps put around the dyad."""
    for at in (_LEFT, _RIGHT):
        for j in range(_N_AT):
            B[(at + j) * W + lane] = 0.0
        B[(at + _RISE) * W + lane] = 0.5
        B[(at + _FALL) * W + lane] = 0.5
        B[(at + _EDGE2) * W + lane] = 3.0
        B[(at + _EDGE3) * W + lane] = -2.0
    for j in range(_N_CUES):
        B[(_CUES + j) * W + lane] = 0.0
    for j in range(_N_CONDITIONS):
        B[(_CONDITIONS + j) * W + lane] = base[j]
    B[_INTRAVENOUS * W + lane] = 0.0
    B[_NASAL * W + lane] = 0.0
    for s in range(steps.shape[0]):
        if state[s, S_STATUS] != ACTIVE:
            continue
        row = steps[s]
        kind = row[C_KIND]
        for side in range(2):
            at = _LEFT if side == 0 else _RIGHT
            if row[C_LEFT + side] > 0.0:
                if kind == LATCH:
                    B[at * W + lane] = 1.0
                elif kind == DEVICE:
                    B[(at + _DEVICE) * W + lane] = 1.0
                    for j in range(_N_DEVICE):
                        B[(at + _PEAK + j) * W + lane] = row[C_A0 + j]
                elif kind == PRESS:
                    B[(at + _PRESS) * W + lane] = row[C_A0]  # rows of levels stand in order of their start
        if kind == CUE:
            which = _CUES + int(row[C_A0])
            B[which * W + lane] = max(B[which * W + lane], row[C_A0 + 1])
        elif kind == CONDITION:
            B[(_CONDITIONS + int(row[C_A0])) * W + lane] = row[C_A0 + 1]
        elif kind == DOSE:
            B[_INTRAVENOUS * W + lane] += row[C_A0]
            B[_NASAL * W + lane] += row[C_A0 + 1]


def _over(steps: Any, state: Any) -> bool:
    """Return whether every step that has an end has ended."""
    for s in range(steps.shape[0]):
        open_ended = steps[s, C_DURATION] >= NEVER and steps[s, C_FOREGROUND] == 0.0
        if state[s, S_STATUS] != DONE and not (open_ended and state[s, S_STATUS] == ACTIVE):
            return False
    return True


def _next_wake(steps: Any, state: Any, t: float, tick: float, longest: float) -> tuple[float, int]:
    """Return a time before which the protocol of a lane stands still unless the infant lets go.

    And the step whose rules watch the flow of each tick until then, -1 if there is none.
    """
    first = longest
    watched = -1
    ready_from = 0.0
    for s in range(steps.shape[0]):
        status = state[s, S_STATUS]
        row = steps[s]
        if status == PENDING:
            first = min(first, row[C_START] if row[C_START] >= 0.0 else ready_from + row[C_DELAY])
        elif status == ACTIVE:
            if min(row[C_FLOW_ABOVE], row[C_PHASE_FLOW], row[C_FLOW_WINDOW]) < NEVER:
                if watched >= 0:
                    return t, -1  # two watch: the whole protocol is looked at in each tick
                watched = s
            first = min(first, state[int(row[C_GROUP]), S_STARTED] + row[C_GROUP_DURATION])
            first = min(first, state[s, S_STARTED] + row[C_DURATION])
        if row[C_FOREGROUND] > 0.0:
            ready_from = state[s, S_ENDED] if status == DONE else NEVER
    return first - 2.0 * tick, watched


def end_reason(steps: Any, state: Any) -> int:
    """Return why a run that is over ended: the reason of its last foreground step, or its longest time."""
    reason = R_PROTOCOL_END
    only_waits = True
    for s in range(steps.shape[0]):
        row = steps[s]
        if state[s, S_STATUS] == PENDING:
            continue
        if state[s, S_REASON] == R_MAX_DURATION:
            return R_MAX_DURATION
        phase_not_reached = row[C_GROUP] != s and state[s, S_STARTED] == state[s, S_ENDED]
        if row[C_FOREGROUND] > 0.0 and not phase_not_reached:
            reason = int(state[s, S_REASON])
            only_waits = only_waits and row[C_KIND] == WAIT
    return R_PROTOCOL_END if only_waits else reason


def protocol_tick(
    B: NDArray[np.floating[Any]],
    W: int,
    lane: int,
    steps: Any,
    state: Any,
    base: Any,
    t: float,
    tick: float,
    longest: float,
) -> tuple[bool, bool, float, int]:
    """Move the protocol of one lane to time t; return whether its run is over, whether anything changed, its wake.

    The wake is a time and the step whose flow `watch_flow` watches until then, -1 for none.

    `steps` is the table of its protocol, `state` the state of each step, `base` the conditions that hold throughout.
    """
    B[_REMARK * W + lane] = 0.0
    changed = _end_steps(B, W, lane, steps, state, t, tick)
    changed = _start_steps(steps, state, t, tick) or changed
    over = False
    if changed or t < _HALF_TICK * tick:
        _write_surroundings(B, W, lane, steps, state, base)
        for s in range(steps.shape[0]):
            just_now = state[s, S_STATUS] == ACTIVE and abs(state[s, S_STARTED] - t) < _HALF_TICK * tick
            if steps[s, C_KIND] == REMARK and just_now:
                B[_REMARK * W + lane] = max(B[_REMARK * W + lane], steps[s, C_A0])
        over = _over(steps, state)
    if t >= longest - _HALF_TICK * tick and not over:
        for s in range(steps.shape[0]):
            if state[s, S_STATUS] == ACTIVE:
                _finish(state, s, t, float(R_MAX_DURATION))
        over = True
    if over:
        for s in range(steps.shape[0]):
            if state[s, S_STATUS] == ACTIVE:
                _finish(state, s, t, float(R_PROTOCOL_END))
    if changed:
        return over, True, t, -1
    wake, watched = _next_wake(steps, state, t, tick, longest)
    return over, False, wake, watched
