"""The clock of a tile of dyads: an ordinary module, printed around the lane loops that `lane_text` writes.

A tile of LANES dyads is one flat buffer, field f of lane l at B[f * LANES + l]; a queue of dyads goes through it, each
lane taking the next when its dyad is done, with a time of its own. `slow_loop` takes the organs of the tick,
`fast_loop` the breasts, `still_loop` what only the protocol changes; each runs over the lanes with a constant trip
count, so that LLVM vectorises it. Scalar code looks at a lane only when something happened in it or its protocol has
something to do.
"""

from typing import Annotated, Any, NamedTuple

import numpy as np

from letdown.body.surroundings import Conditions
from letdown.compiler.interface import Reals, Reals2, Reals3, Unsigned, Wholes
from letdown.engine.event_log import Seen, note_flow, note_tick
from letdown.engine.layout import field_index
from letdown.engine.protocol_clock import (
    begin_watch,
    concerns_protocol,
    end_reason,
    end_watch,
    protocol_tick,
    watch_flow,
)
from letdown.engine.streams import renew_draws

__all__ = ["Lanes", "Protocols", "Queue", "run_queue"]

RUNNING = field_index("surroundings.running")
TIME = field_index("surroundings.time")
HAPPENED = field_index("watch.happened")
PEAK = field_index("watch.oxytocin_peak")
PEAK_TICK = field_index("watch.oxytocin_peak_tick")
CONDITIONS = field_index("surroundings.conditions.embarrassment")
N_CONDITIONS = len(Conditions._fields)

CHECK_TICKS = 50
"""Ticks between looks at whether all is finite; the end of each run is looked at anyway."""

FIELDS = 0
LANES = 1
"""Numbers of a dyad and dyads of a tile: set where the program is printed."""


class Protocols(NamedTuple):
    """Protocols as one table: steps (protocols, rows, columns), how many rows each has, its longest time in s."""

    steps: Reals3
    rows: Wholes
    longest: Reals


class Queue(NamedTuple):
    """Dyads to be run and what becomes of them; the first axis counts the dyads.

    `start` and `final` hold every field, `steps` the state of each step of the protocol, `log` the events, `seen`
    what `event_log.Seen` names.
    """

    start: Reals2
    final: Reals2
    protocol: Wholes
    steps: Reals3
    dyads: Unsigned
    seeds: Unsigned
    log: Reals3
    seen: Reals2


class Lanes(NamedTuple):
    """What the clock keeps of each lane: its dyad, the tick in which that began, when its protocol moves next.

    `watched` is the step whose flow is watched (-1 for none), `bin_ends` the tick in which a bin of flow ends, `used`
    the events that have had their draw. `now` holds what `Now` names of the whole tile.
    """

    place: Wholes
    born: Wholes
    wake: Reals
    watched: Wholes
    watch: Reals2
    bin_ends: Wholes
    used: Reals2
    now: Wholes


class Now:
    """Columns of `Lanes.now`: dyads taken from the queue, lanes that run, tick of the next end of a bin, rows traced.

    `WAKE` is the tick before which no protocol moves; `MOVED` is 1 where one has.
    """

    TAKEN = 0
    OPEN = 1
    NEXT_BIN = 2
    ROWS = 3
    WAKE = 4
    MOVED = 5
    LENGTH = 6


NEVER_TICK = 1 << 62


def still_loop(B: Any, tick: Any, step: Any) -> None:
    """Compute in every lane what changes with the protocol only; written by `lane_text`."""
    raise NotImplementedError


def slow_loop(B: Any, tick: Any, step: Any, number: Any) -> None:
    """Move the organs of every lane by tick `number`; written by `lane_text`."""
    raise NotImplementedError


def fast_loop(B: Any, step: Any, first: int, n: int, share: Any) -> None:
    """Move the breasts of every lane by `n` substeps; written by `lane_text`."""
    raise NotImplementedError


def source_tick(
    B: Any, W: int, lane: int, place: int, state: Any, seed: Any, dyad: Any, i: int, t: float, tick: float
) -> None:
    """Run the source of bursts of one lane before a tick; a source that must be run puts its own in this place."""


EVERY_TICK = 0
"""1 where the source of bursts must be run before each tick."""


def real(x: Any) -> Any:
    """Return a number in the precision of the program."""
    return x


def finite(B: Any, checked: int) -> bool:
    """Return whether all state of a tile is finite."""
    wrong = 0
    for i in range(checked * LANES):
        wrong += not np.isfinite(B[i])
    return wrong == 0


def happened(B: Any) -> bool:
    """Return whether an event happened in any lane in the last tick."""
    events = real(0.0)
    for lane in range(LANES):
        events += B[HAPPENED * LANES + lane]
    return bool(events > 0.5)


def record(B: Any, final: Any, trace: Any, rows: int, channels: Any) -> None:
    """Write a row of the trace; a dyad that is done stays as it ended."""
    for lane in range(trace.shape[2]):
        for c in range(channels.shape[0]):
            running = B[RUNNING * LANES + lane] > 0.5
            trace[rows, c, lane] = B[channels[c] * LANES + lane] if running else final[lane, channels[c]]


def enter(B: Any, lane: int, start: Any, used: Any, number: int) -> None:
    """Put a dyad into a lane at tick `number`."""
    for f in range(FIELDS):
        B[f * LANES + lane] = real(start[f])
    B[PEAK_TICK * LANES + lane] = real(number)
    for k in range(used.shape[0]):
        used[k] = -1.0


def leave(B: Any, lane: int, final: Any, seen: Any, checked: int, number: int, tick_s: float) -> bool:
    """Write the final state of a dyad; return whether it is finite."""
    wrong = 0
    for f in range(FIELDS):
        final[f] = B[f * LANES + lane]
        wrong += f < checked and not np.isfinite(final[f])
    final[PEAK_TICK] -= number
    seen[Seen.OXYTOCIN_PEAK] = final[PEAK]
    seen[Seen.OXYTOCIN_PEAK_TIME] = final[PEAK_TICK] * tick_s
    return wrong == 0


def fill(B: Any, queue: Queue, x: Lanes, bin_ticks: int) -> None:
    """Put the first dyads of the queue into the lanes."""
    dyads = queue.start.shape[0]
    for lane in range(LANES):
        x.place[lane] = lane if lane < dyads else 0
        x.born[lane] = 0
        x.wake[lane] = 0.0
        x.watched[lane] = -1
        x.bin_ends[lane] = bin_ticks
        enter(B, lane, queue.start[x.place[lane]], x.used[lane], 0)
        if lane >= dyads:
            B[RUNNING * LANES + lane] = real(0.0)
    x.now[Now.TAKEN] = min(LANES, dyads)
    x.now[Now.OPEN] = x.now[Now.TAKEN]
    x.now[Now.NEXT_BIN] = bin_ticks
    x.now[Now.ROWS] = 0
    x.now[Now.WAKE] = 0


def close_bins(B: Any, queue: Queue, x: Lanes, i: int, bin_ticks: int, tick_s: float) -> None:
    """Note the flow of the lanes whose bin ends in tick i."""
    x.now[Now.NEXT_BIN] = i + bin_ticks
    for lane in range(LANES):
        if i == x.bin_ends[lane]:
            x.bin_ends[lane] = i + bin_ticks
            if B[RUNNING * LANES + lane] > 0.5:
                note_flow(B, LANES, lane, queue.seen[x.place[lane]], bin_ticks * tick_s)
        x.now[Now.NEXT_BIN] = min(x.now[Now.NEXT_BIN], x.bin_ends[lane])


def watch_lanes(B: Any, x: Lanes, lanes: int, i: int, tick_s: float) -> None:
    """Look at the flow that a step of a lane watches; wake the clock where it moves the protocol."""
    for lane in range(lanes):
        if x.watched[lane] >= 0 and not concerns_protocol(B, LANES, lane):
            if (i - x.born[lane]) * tick_s >= x.wake[lane]:
                x.now[Now.WAKE] = 0
            elif watch_flow(B, LANES, lane, x.watch, tick_s):
                x.wake[lane] = 0.0
                x.now[Now.WAKE] = 0


def sleep(x: Lanes, lane: int, tick_s: float) -> None:
    """Count a lane that goes on, and note when its protocol moves next."""
    x.now[Now.OPEN] += 1
    ahead = x.wake[lane] / tick_s
    if ahead < 1.0e15:
        x.now[Now.WAKE] = min(x.now[Now.WAKE], x.born[lane] + int(ahead))  # a tick early at most: it is looked at again


def move_protocol(B: Any, queue: Queue, protocols: Protocols, x: Lanes, lane: int, t: float, tick_s: float) -> bool:
    """Move the protocol of a lane to time t; return whether its run is over."""
    d = x.place[lane]
    number = queue.protocol[d]
    steps = protocols.steps[number, : protocols.rows[number]]
    state = queue.steps[d]
    if x.watched[lane] >= 0:
        end_watch(x.watch, lane, state, x.watched[lane])
    base = queue.start[d, CONDITIONS : CONDITIONS + N_CONDITIONS]
    longest = protocols.longest[number]
    over, changed, wake, watched = protocol_tick(B, LANES, lane, steps, state, base, t, tick_s, longest)
    x.wake[lane] = wake
    x.watched[lane] = watched
    if watched >= 0:
        begin_watch(x.watch, lane, steps, state, watched)
    if changed:
        x.now[Now.MOVED] = 1
    return over


def end_dyad(
    B: Any, queue: Queue, protocols: Protocols, x: Lanes, lane: int, t: float, tick_s: float, checked: int
) -> bool:
    """Take a dyad that is over out of its lane; return whether its state is finite."""
    d = x.place[lane]
    number = queue.protocol[d]
    seen = queue.seen[d]
    B[RUNNING * LANES + lane] = real(0.0)
    x.watched[lane] = -1
    seen[Seen.END_TIME] = t
    seen[Seen.END_REASON] = end_reason(protocols.steps[number, : protocols.rows[number]], queue.steps[d])
    return leave(B, lane, queue.final[d], seen, checked, x.born[lane], tick_s)


def take_next(B: Any, queue: Queue, x: Lanes, lane: int, i: int, bin_ticks: int) -> None:
    """Put the next dyad of the queue into a lane that has become free in tick i."""
    taken = x.now[Now.TAKEN]
    x.place[lane] = taken
    x.born[lane] = i
    x.bin_ends[lane] = i + bin_ticks
    x.now[Now.NEXT_BIN] = min(x.now[Now.NEXT_BIN], x.bin_ends[lane])
    x.wake[lane] = 0.0
    enter(B, lane, queue.start[taken], x.used[lane], i)
    x.now[Now.TAKEN] = taken + 1
    x.now[Now.MOVED] = 1


def look_at(
    B: Any, queue: Queue, protocols: Protocols, imposed: Any, x: Lanes, lane: int, i: int, tick_s: float,
    bin_ticks: int, checked: int,
) -> bool:  # fmt: skip
    """Note what happened in a lane, move its protocol, take the next dyad; return whether all is finite."""
    while B[RUNNING * LANES + lane] > 0.5:
        d = x.place[lane]
        t = (i - x.born[lane]) * tick_s
        event = B[HAPPENED * LANES + lane] > 0.5
        if not event and t < x.wake[lane] and imposed.size == 0:
            sleep(x, lane, tick_s)
            return True
        if event:
            note_tick(B, LANES, lane, queue.log[d], queue.seen[d], t)
        over = False
        if t >= x.wake[lane] or concerns_protocol(B, LANES, lane):
            over = move_protocol(B, queue, protocols, x, lane, t, tick_s)
        if not over:
            sleep(x, lane, tick_s)
            if event or i == x.born[lane] or imposed.size > 0:
                renew_draws(B, LANES, lane, x.used[lane], queue.seeds[d], queue.dyads[d], imposed, t, tick_s)
            return True
        if not end_dyad(B, queue, protocols, x, lane, t, tick_s, checked):
            return False
        if x.now[Now.TAKEN] < queue.start.shape[0]:
            # the lane is refilled before `still_loop` runs: that reads the protocol of the new dyad
            take_next(B, queue, x, lane, i, bin_ticks)
    return True


def look_at_lanes(
    B: Any, queue: Queue, protocols: Protocols, imposed: Any, x: Lanes, i: int, tick_s: float, bin_ticks: int,
    checked: int,
) -> bool:  # fmt: skip
    """Look at every lane; return whether all is finite."""
    x.now[Now.OPEN] = 0
    x.now[Now.MOVED] = 1 if i == 0 else 0
    x.now[Now.WAKE] = NEVER_TICK
    for lane in range(LANES):
        if not look_at(B, queue, protocols, imposed, x, lane, i, tick_s, bin_ticks, checked):
            return False
    return True


def run_substeps(
    B: Any, queue: Queue, x: Lanes, trace: Any, channels: Any, every: int, i: int, tick_s: float, substeps: int
) -> None:
    """Move the breasts by one tick, with a row of the trace after every `every` substeps."""
    step = real(tick_s / substeps)
    share = real(1.0 / substeps)
    done = 0
    while done < substeps:
        at = i * substeps + done
        if done > 0 and trace.shape[0] > x.now[Now.ROWS] and at % every == 0:
            for lane in range(LANES):
                B[TIME * LANES + lane] = real((i - x.born[lane]) * tick_s + done * tick_s / substeps)
            record(B, queue.final, trace, x.now[Now.ROWS], channels)
            x.now[Now.ROWS] += 1
        n = min(substeps - done, every - at % every)
        fast_loop(B, step, done, n, share)
        done += n


def run_sources(B: Any, queue: Queue, x: Lanes, source: Any, i: int, tick_s: float) -> None:
    """Run the source of bursts of every lane before tick i."""
    for lane in range(LANES):
        if B[RUNNING * LANES + lane] > 0.5:
            d = x.place[lane]
            age = i - x.born[lane]
            source_tick(B, LANES, lane, d, source, queue.seeds[d], queue.dyads[d], age, age * tick_s, tick_s)


def run_queue(
    B: Annotated[Any, "real[:]"],
    queue: Queue,
    protocols: Protocols,
    source: Any,
    imposed: Reals,
    trace: Annotated[Any, "real[:,:,:]"],
    channels: Wholes,
    every: int,
    tick_s: float,
    substeps: int,
    bin_ticks: int,
    checked: int,
    x: Lanes,
    outcome: Wholes,
) -> None:
    """Run the dyads of a queue to their ends, LANES at a time; `outcome` is (rows of the trace, 1 if all is finite)."""
    tick = real(tick_s)
    step = real(tick_s / substeps)
    fill(B, queue, x, bin_ticks)
    lanes = x.now[Now.TAKEN]
    outcome[1] = 0
    i = 0
    while True:
        for lane in range(lanes):
            B[TIME * LANES + lane] = real((i - x.born[lane]) * tick_s)
        if i >= x.now[Now.NEXT_BIN]:
            close_bins(B, queue, x, i, bin_ticks, tick_s)
        watch_lanes(B, x, lanes, i, tick_s)
        if i >= x.now[Now.WAKE] or happened(B) or imposed.size > 0:
            if not look_at_lanes(B, queue, protocols, imposed, x, i, tick_s, bin_ticks, checked):
                break
            if x.now[Now.MOVED] > 0:
                still_loop(B, tick, step)
        if x.now[Now.OPEN] == 0:
            if trace.shape[0] > x.now[Now.ROWS]:
                record(B, queue.final, trace, x.now[Now.ROWS], channels)
                x.now[Now.ROWS] += 1
            outcome[1] = 1
            break
        if EVERY_TICK:
            run_sources(B, queue, x, source, i, tick_s)
        if i % CHECK_TICKS == 0 and not finite(B, checked):
            break
        if trace.shape[0] > x.now[Now.ROWS] and (i * substeps) % every == 0:
            record(B, queue.final, trace, x.now[Now.ROWS], channels)
            x.now[Now.ROWS] += 1
        slow_loop(B, tick, step, real(i + 1))
        run_substeps(B, queue, x, trace, channels, every, i, tick_s, substeps)
        i += 1
    outcome[0] = x.now[Now.ROWS]
