"""Random draws of each lane, renewed when an event has used one; counted by event, so order does not matter."""

from typing import Any

import numba
import numpy as np

from letdown.engine.layout import field_index
from letdown.engine.link import Linker
from letdown.kernel import philox as philox_text
from letdown.kernel.elementary import log

__all__ = ["renew_draws", "uniform"]

philox: Any = numba.njit(philox_text.philox)
_log: Any = Linker("float64").link(log)

_BURST = np.uint64(philox_text.PROCESSES["burst"])
_SUCK_RUN = np.uint64(philox_text.PROCESSES["suck_run"])
_SLIP = np.uint64(philox_text.PROCESSES["slip"])
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)

_BURST_COUNT = field_index("moments.last_burst.number")
_RUN_COUNT = field_index("moments.sucking.runs")
_SLIP_COUNT = field_index("moments.sucking.slips")
_DRAWS = (
    field_index("surroundings.draws.burst"),
    field_index("surroundings.draws.suck_run"),
    field_index("surroundings.draws.slip"),
)


@numba.njit(error_model="numpy")
def uniform(seed: Any, dyad: Any, process: Any, event: Any) -> float:
    """Compiled `letdown.kernel.philox.uniform`; a test holds the two together."""
    high = (event >> _SHIFT) ^ (dyad >> _SHIFT)
    a, b, _, _ = philox(seed & _LOW, dyad & _LOW, event & _LOW, high, process, seed >> _SHIFT)
    return (float(a >> np.uint64(6)) * 67108864.0 + float(b >> np.uint64(6)) + 0.5) / 4503599627370496.0


@numba.njit(error_model="numpy")
def renew_draws(
    B: Any, W: int, lane: int, used: Any, seed: Any, dyad: Any, imposed: Any, t: float, tick: float
) -> None:
    """Give each process a fresh draw once its last one is used.

    `imposed` holds burst times; if there are any, the draw is below 0 in the tick that ends at one, else above.
    """
    runs = B[_RUN_COUNT * W + lane]
    if runs != used[1]:
        B[_DRAWS[1] * W + lane] = uniform(seed, dyad, _SUCK_RUN, np.uint64(runs))
        used[1] = runs
    slips = B[_SLIP_COUNT * W + lane]
    if slips != used[2]:
        B[_DRAWS[2] * W + lane] = -_log(uniform(seed, dyad, _SLIP, np.uint64(slips)))
        used[2] = slips
    if imposed.size > 0:
        B[_DRAWS[0] * W + lane] = 1.0
        for time in imposed:
            if t + 0.5 * tick <= time < t + 1.5 * tick or (t < 0.5 * tick and time < 0.5 * tick):
                B[_DRAWS[0] * W + lane] = -1.0
    else:
        bursts = B[_BURST_COUNT * W + lane]
        if bursts != used[0]:
            B[_DRAWS[0] * W + lane] = -_log(uniform(seed, dyad, _BURST, np.uint64(bursts)))
            used[0] = bursts
