"""Philox 4x32-10: random numbers as a pure function of (key, counter).

x(t+1) = philox_round(x(t), key + t * weyl), ten rounds [Salmon2011]. Keyed by (seed, dyad) and counted by
(process, event), so the same event of the same dyad draws the same number whatever the cohort size, tile
width, thread or order. The text runs as plain Python on numpy's uint64 and is compiled by the engine.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["PROCESSES", "philox", "uniform", "uniforms"]

PROCESSES = {
    "burst": 1,
    "suck_run": 2,
    "slip": 3,
    "trait": 4,
    "synapse": 5,
    "wiring": 6,
    "cell": 7,
    "life_trait": 8,
    "mood": 9,
    "cue": 10,
    "feed_trait": 16,
}
"""One named stream for each random quantity; a new quantity takes a new number."""

_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)


def philox(
    key0: np.uint64, key1: np.uint64, c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return four 32-bit words for a 2-word key and a 4-word counter (each word below 2^32)."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _SHIFT) ^ c1 ^ key0, p1 & _LOW, (p0 >> _SHIFT) ^ c3 ^ key1, p0 & _LOW
        key0 = (key0 + _W0) & _LOW
        key1 = (key1 + _W1) & _LOW
    return c0, c1, c2, c3


def uniform(seed: np.uint64, dyad: np.uint64, process: np.uint64, event: np.uint64) -> float:
    """Return a number in (0, 1) for one event of one process of one dyad.

    `seed` may use 64 bits: its high half joins the counter. So does the high half of `dyad`, which numbers the
    feeds of a life from 1; a feed that stands alone has 0 there.
    """
    high = (event >> _SHIFT) ^ (dyad >> _SHIFT)
    a, b, _, _ = philox(seed & _LOW, dyad & _LOW, event & _LOW, high, process, seed >> _SHIFT)
    return (float(a >> np.uint64(6)) * 67108864.0 + float(b >> np.uint64(6)) + 0.5) / 4503599627370496.0


def uniforms(
    seed: np.uint64, dyads: NDArray[np.uint64], process: np.uint64, events: NDArray[np.uint64]
) -> NDArray[np.float64]:
    """Return the numbers of `uniform` for arrays of dyads and events, which must go together in shape."""
    high = (events >> _SHIFT) ^ (dyads >> _SHIFT)
    a, b, _, _ = philox(seed & _LOW, dyads & _LOW, events & _LOW, high, process, seed >> _SHIFT)  # type: ignore[arg-type]
    upper, lower = (np.asarray(word >> np.uint64(6), dtype=np.float64) for word in (a, b))
    numbers: NDArray[np.float64] = (upper * 67108864.0 + lower + 0.5) / 4503599627370496.0
    return numbers
