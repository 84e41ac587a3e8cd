"""The numbers of a run as one SHA-256, so that two machines can compare runs of megabytes by a word.

The text that is hashed has for each array its number of axes and its lengths as 64-bit signed integers, then its
numbers row by row as 64-bit floats, all little-endian. A zero has no sign, and everything that is not a number has the
bits 7ff8000000000000. Whole numbers and 32-bit floats are written as the 64-bit floats that they equal.

Context of use: equality to the last bit. Two runs with different hashes may differ by rounding or altogether.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.engine.cohort_run import LaneResult
from letdown.engine.life.layout import life_values
from letdown.engine.life.records import LifeResult
from letdown.engine.network.network_run import NetworkResult

__all__ = ["digest", "digest_of_feeds", "digest_of_life", "digest_of_network"]

_NOT_A_NUMBER = np.array([0x7FF8000000000000], dtype="<u8").view("<f8")[0]


def digest(arrays: Iterable[Any]) -> str:
    """Return the SHA-256 of arrays of numbers, 64 hexadecimal digits.

    Raises
    ------
    ValueError
        If a whole number is too large to be a 64-bit float.
    """
    found = hashlib.sha256()
    for array in arrays:
        given = np.asarray(array)
        numbers = np.array(given, dtype="<f8")
        numbers += 0.0  # a zero loses its sign
        if given.dtype.kind in "iu" and np.any(numbers.astype(given.dtype) != given):
            raise ValueError("A whole number is too large to be a 64-bit float; hash it in two parts.")
        numbers[np.isnan(numbers)] = _NOT_A_NUMBER
        found.update(np.array([numbers.ndim, *numbers.shape], dtype="<i8").tobytes())
        found.update(numbers.tobytes())
    return found.hexdigest()


def digest_of_feeds(lanes: Sequence[LaneResult]) -> str:
    """Return the SHA-256 of feeds, one after the other.

    Of each: fields at the end and at the start, state of the steps of the protocol, event log, what was noted
    (`event_log.Seen`), traced channels, and the bursts and spikes of a source that keeps its own.
    """
    return digest(part for lane in lanes for part in _parts_of_feed(lane))


def _parts_of_feed(lane: LaneResult) -> list[Any]:
    parts: list[Any] = [lane.fields, lane.first, lane.steps, lane.log, lane.seen, lane.trace]
    if lane.discharge is not None:
        parts.append(lane.discharge.bursts)
        if lane.discharge.spikes is not None:
            parts += [lane.discharge.spikes.time_s, lane.discharge.spikes.cell]
    return parts


def digest_of_life(result: LifeResult) -> str:
    """Return the SHA-256 of a life: daily table, sessions, onset of lactation, traits, and the state at the end."""
    return digest(
        [
            result.days,
            np.array(result.sessions, dtype=float),
            [result.onset_h],
            list(result.traits.values()),
            life_values(result.final),
        ]
    )


def digest_of_network(result: NetworkResult, level: NDArray[np.float64]) -> str:
    """Return the SHA-256 of a spiking network and the oxytocin in the blood that came of it.

    In order: spikes (time s, cell), rate, secretion and store of each bin, wiring, accounts, level in the blood.
    """
    return digest(
        [
            result.spike_time_s,
            result.spike_cell,
            result.rate_hz,
            result.secreted_pg,
            result.store,
            result.wiring,
            list(result.accounts.values()),
            level,
        ]
    )
