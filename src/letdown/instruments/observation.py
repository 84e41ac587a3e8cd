"""What an instrument gives: readings at times, with their unit; and the checks that every instrument makes."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from letdown._errors import RecordingError
from letdown._parameter import specifications

__all__ = ["Array", "Observation", "check_parameters", "curve", "held_up", "rounded"]

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, eq=False)
class Observation:
    """Readings of one instrument.

    Attributes
    ----------
    instrument : str
        Which instrument.
    quantity, unit : str
        What it reads, and in which unit ("g", "mm", "pg/mL").
    time_s : ndarray, shape (n,)
        When each reading is dated, s.
    value : ndarray, shape (n,)
        The readings.
    """

    instrument: str
    quantity: str
    unit: str
    time_s: Array
    value: Array


def check_parameters(name: str, parameters: Any) -> None:
    """Refuse an instrument with a parameter outside its range.

    Raises
    ------
    ParameterError
        If a value is not finite or lies outside the range of its declaration.
    """
    for field, specification in specifications(parameters).items():
        specification.check(f"{name}.{field}", getattr(parameters, field))


def curve(what: str, time_s: ArrayLike, value: ArrayLike) -> tuple[Array, Array]:
    """Return a curve given to an instrument as two arrays, or say what is wrong with it.

    Raises
    ------
    RecordingError
        If there are fewer than two samples, the lengths differ, time does not rise, or a value is not finite.
    """
    time, values = np.asarray(time_s, dtype=float), np.asarray(value, dtype=float)
    if time.ndim != 1 or values.shape != time.shape or time.size < 2:
        raise RecordingError(
            f"{what} has times of shape {time.shape} and values of shape {values.shape}; "
            "give two lists of one length, of at least 2 samples."
        )
    if not (np.isfinite(time).all() and np.isfinite(values).all()):
        raise RecordingError(f"{what} has a sample that is not a finite number; leave such samples out.")
    if not (np.diff(time) > 0).all():
        raise RecordingError(f"{what} has times that do not rise; sort the samples and give each time once.")
    return time, values


def rounded(values: Array, resolution: float) -> Array:
    """Return values as a display of this resolution shows them; 0 for a display that shows every digit."""
    return np.round(values / resolution) * resolution if resolution > 0 else values


def held_up(times: Array, time_s: Array, value: Array, *, lag_s: float, constant_s: float) -> Array:
    """Return a curve, seen at `times` behind a tube: a pure delay and a first-order hold-up.

        dy/dt = (x(t - lag) - y) / constant,   y = x before the first sample

    Solved exactly for an input that is linear between points 0.25 s apart.
    """
    if constant_s <= 0:
        return np.interp(times - lag_s, time_s, value)
    step = 0.25
    grid = np.arange(time_s[0], max(float(times[-1]), float(time_s[-1])) + step, step)
    source = np.interp(grid - lag_s, time_s, value)
    keep = np.exp(-step / constant_s)
    # Weights of both ends of a step for a linear input.
    first = (1 - keep) * constant_s / step - keep
    last = 1 - (1 - keep) * constant_s / step
    out = np.empty_like(source)
    out[0] = state = float(source[0])
    for i in range(1, grid.size):
        state = keep * state + first * source[i - 1] + last * source[i]
        out[i] = state
    return np.interp(times, grid, out)
