"""The program of a feed: the clock of `feed_loop` around the lane loops that `lane_text` writes for a source and clock.

The lanes of a tile fill one vector register of the machine; results do not depend on their number.
"""

from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, final

from letdown.compiler.interface import Kind
from letdown.compiler.kept_programs import kept_program
from letdown.compiler.kernel import Kernel
from letdown.compiler.program import Precision, Program, printed
from letdown.compiler.targets import Target, here
from letdown.engine import feed_loop
from letdown.engine.burst_source import AbstractBurstSource
from letdown.engine.clocks import AbstractClock, Clock
from letdown.engine.lane_code import lane_function, repeated_function
from letdown.engine.lane_text import lane_text
from letdown.engine.layout import field_names

__all__ = ["FeedKernel", "feed_program", "load_feed", "tile_lanes"]

_NUMBER_BYTES: dict[Precision, int] = {"float64": 8, "float32": 4}


def tile_lanes(precision: Precision, clock: AbstractClock | type[AbstractClock], target: Target | None = None) -> int:
    """Return the dyads in a tile: one vector register of a machine, or of half its width where the clock says so.

    Two registers would cost more than twice as much: the rows of a tile then no longer fit the fastest cache.
    """
    return min((target or here()).register_bytes, clock.register_bytes) // _NUMBER_BYTES[precision]


def feed_program(
    precision: Precision, source: AbstractBurstSource, clock: AbstractClock, lanes: int
) -> tuple[Program, int]:
    """Return the program of a feed for a precision, a source of bursts, a clock and lanes, and the rows of its tile."""
    text = lane_text(source, clock)
    replaced: dict[str, Any] = {
        "LANES": lanes,
        "FIELDS": len(field_names()),
        "EVERY_TICK": int(source.tick is not None),
        "source_tick": source.tick or feed_loop.source_tick,
        "still_loop": lane_function("still_loop", ("tick", "step"), text.still, precision, lanes),
        "slow_loop": lane_function("slow_loop", ("tick", "step", "number"), text.slow, precision, lanes),
        "fast_loop": repeated_function("fast_loop", text.fast, precision, lanes),
        **source.parts(precision, lanes),
    }
    kinds: dict[str, Kind] = {"source": source.state_kind(precision)}
    name = f"feed, {type(clock).__name__}, {type(source).__name__}, {precision}, {lanes} lanes"
    return printed(name, precision, [feed_loop.run_queue], replaced, kinds), text.rows


@final
@dataclass(frozen=True, slots=True)
class FeedKernel:
    """The compiled feed, how many lanes a tile has, and how many rows."""

    kernel: Kernel
    lanes: int
    rows: int


_LOADING = Lock()
_KERNELS: dict[Any, FeedKernel] = {}


def load_feed(precision: Precision, source: AbstractBurstSource, clock: AbstractClock | None = None) -> FeedKernel:
    """Return the compiled feed for a precision, a source's code and a class of clock, suck-resolved without."""
    clock = clock or Clock()
    lanes = tile_lanes(precision, clock)
    key = (precision, source.code, type(clock), lanes)
    with _LOADING:
        if key not in _KERNELS:
            make = partial(feed_program, precision, source, clock, lanes)
            parts = precision, type(source), source.code, type(clock), lanes
            # the text of a source that is run itself depends on more than its class
            program, rows = make() if source.tick is not None else kept_program("feed", parts, make)
            _KERNELS[key] = FeedKernel(Kernel(program), lanes, rows)
    return _KERNELS[key]
