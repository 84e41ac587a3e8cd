"""The published network written out once more, cell by cell and with numpy's random numbers: a check on the engine.

Nothing of it comes from the package: the loops, the draws, the wiring and the detection of bursts are its own.
"""

import numba
import numpy as np


@numba.njit
def population_rate(rng, bundles, sensitivity, priming, seconds):
    """Return the mean rate (Hz) of 48 cells in bins of 0.1 s: forward Euler, 1 ms, published constants."""
    cells = 48
    wiring = np.zeros((cells, 2), np.int64)
    for i in range(cells):
        wiring[i, 0] = int(rng.random() * bundles)
        wiring[i, 1] = (wiring[i, 0] + 1 + int(rng.random() * (bundles - 1))) % bundles
    v, slow, since, store = np.full(cells, -62.0), np.zeros(cells), np.full(cells, 1e4), np.zeros(cells)
    effect, brake, felt, given = np.zeros((cells, 2)), np.zeros(bundles), np.zeros(bundles), np.zeros(bundles)
    interval, armed = np.full(cells, 1e9), np.zeros(cells, np.bool_)
    spikes = np.zeros(seconds * 10)
    for t in range(seconds * 1000):
        given[:] = 0.0
        for i in range(cells):
            excitatory = inhibitory = 0
            for k in range(2):
                b = wiring[i, k]
                e4 = brake[b] ** 4
                rate = 0.08 * (1.0 - 0.6 * e4 / (e4 + 0.03**4))
                excitatory += rng.poisson(rate)
                inhibitory += rng.poisson(rate)
                effect[i, k] = min(25.0, 0.999 * effect[i, k] + sensitivity * felt[b])
            v[i] += (-62.0 - v[i]) / 10.8 - 0.0645 * v[i] * excitatory - 0.22 * (v[i] + 80.0) * inhibitory
            slow[i] *= 1.0 - 1.0 / 2000.0
            since[i] += 1.0
            a4 = slow[i] ** 4
            threshold = (
                -50.0
                + 40.0 * np.exp(-since[i] / 12.5)
                + 40.0 * a4 / (a4 + 45.0**4)
                - 0.5 * (effect[i, 0] + effect[i, 1])
            )
            if v[i] > threshold:
                v[i], interval[i], since[i], armed[i] = -62.0, since[i], 0.0, True
                slow[i] += 1.0
                spikes[t // 100] += 1.0
            amount = 0.0
            if armed[i] and since[i] > 5.0:
                armed[i] = False
                if interval[i] < 50.0:
                    amount = 0.045 * store[i]
            store[i] += -store[i] / 4.0e5 + priming * 1e-3 - amount
            given[wiring[i, 0]] += amount
            given[wiring[i, 1]] += amount
        for b in range(bundles):
            felt[b] = given[b]
            brake[b] = (1.0 - 1.0 / 6000.0) * brake[b] + 0.0025 * given[b]
    return spikes / (cells * 0.1)


def burst_times(rate_hz):
    """Return when the mean of five bins rises above 12 Hz, having fallen below 6 Hz since the last time, s."""
    smooth = np.convolve(rate_hz, np.ones(5) / 5, "same")
    found, inside = [], False
    for k, rate in enumerate(smooth):
        if not inside and rate > 12.0:
            found.append(k / 10)
        inside = rate > (6.0 if inside else 12.0)
    return np.array(found)
