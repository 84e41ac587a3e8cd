"""Random draws of each lane, renewed when an event has used one; counted by event, so order does not matter."""

from typing import Any

import numpy as np

from letdown.engine.layout import field_index
from letdown.kernel import philox as philox_text
from letdown.kernel.elementary import log
from letdown.kernel.philox import uniform

__all__ = ["renew_draws"]

_BURST = np.uint64(philox_text.PROCESSES["burst"])
_SUCK_RUN = np.uint64(philox_text.PROCESSES["suck_run"])
_SLIP = np.uint64(philox_text.PROCESSES["slip"])

_BURST_COUNT = field_index("moments.last_burst.number")
_RUN_COUNT = field_index("moments.sucking.runs")
_SLIP_COUNT = field_index("moments.sucking.slips")
_DRAWS = (
    field_index("surroundings.draws.burst"),
    field_index("surroundings.draws.suck_run"),
    field_index("surroundings.draws.slip"),
)


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
        B[_DRAWS[2] * W + lane] = -log(uniform(seed, dyad, _SLIP, np.uint64(slips)))
        used[2] = slips
    if imposed.size > 0:
        B[_DRAWS[0] * W + lane] = 1.0
        for time in imposed:
            if t + 0.5 * tick <= time < t + 1.5 * tick or (t < 0.5 * tick and time < 0.5 * tick):
                B[_DRAWS[0] * W + lane] = -1.0
    else:
        bursts = B[_BURST_COUNT * W + lane]
        if bursts != used[0]:
            B[_DRAWS[0] * W + lane] = -log(uniform(seed, dyad, _BURST, np.uint64(bursts)))
            used[0] = bursts
