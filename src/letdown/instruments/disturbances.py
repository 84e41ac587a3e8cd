"""What goes wrong with a weigh balance: drop-outs, tare jumps, bumps, slow drift, uneven sampling.

Each takes readings and returns readings, so that a detector can be held to the same sessions with and without. Their
sizes are round numbers of a laboratory bench, not measurements.
"""

from dataclasses import replace

import numpy as np

from letdown.instruments.observation import Array, Observation

__all__ = ["bumps", "drop_outs", "slow_drift", "tare_jumps", "uneven_sampling"]


def drop_outs(
    observation: Observation, rng: np.random.Generator, *, share: float = 0.1, longest_s: float = 20.0
) -> Observation:
    """Return the readings without a share of them, in gaps of up to `longest_s`; first and last reading stay."""
    time = observation.time_s
    kept = np.ones(time.size, dtype=bool)
    while np.mean(~kept) < share:
        start = rng.uniform(time[0], time[-1])
        kept &= (time < start) | (time > start + rng.uniform(0.0, longest_s))
    kept[[0, -1]] = True
    return replace(observation, time_s=time[kept], value=observation.value[kept])


def tare_jumps(
    observation: Observation, rng: np.random.Generator, *, count: int = 3, size_g: float = 20.0
) -> Observation:
    """Return the readings with steps that stay: the tare key pressed, a bottle changed, something put down."""
    value: Array = observation.value.copy()
    for start in rng.uniform(observation.time_s[0], observation.time_s[-1], count):
        value = value + np.where(observation.time_s >= start, rng.uniform(-size_g, size_g), 0.0)
    return replace(observation, value=value)


def bumps(
    observation: Observation, rng: np.random.Generator, *, count: int = 5, size_g: float = 15.0, for_s: float = 6.0
) -> Observation:
    """Return the readings with short excursions: an elbow on the table, the bottle lifted."""
    value: Array = observation.value.copy()
    for start in rng.uniform(observation.time_s[0], observation.time_s[-1], count):
        inside = (observation.time_s >= start) & (observation.time_s < start + for_s)
        value = value + np.where(inside, rng.uniform(-size_g, size_g), 0.0)
    return replace(observation, value=value)


def slow_drift(observation: Observation, rng: np.random.Generator, *, rate_g_s: float = 0.005) -> Observation:
    """Return the readings with a steady drift of random sign and a slow swing of the same size."""
    time = observation.time_s - observation.time_s[0]
    period = max(float(time[-1]), 1.0)
    steady = rate_g_s * rng.choice([-1.0, 1.0]) * time
    swing = rate_g_s * period / (2.0 * np.pi) * np.sin(2.0 * np.pi * time / period + rng.uniform(0.0, 2.0 * np.pi))
    return replace(observation, value=observation.value + steady + swing)


def uneven_sampling(observation: Observation, rng: np.random.Generator, *, jitter: float = 0.4) -> Observation:
    """Return the readings at times moved by up to `jitter` of an interval; values as the curve has them there."""
    time = observation.time_s
    step = np.diff(time)
    moved = time.copy()
    moved[1:-1] += rng.uniform(-jitter, jitter, time.size - 2) * np.minimum(step[1:], step[:-1])
    return replace(observation, time_s=moved, value=np.interp(moved, time, observation.value))
