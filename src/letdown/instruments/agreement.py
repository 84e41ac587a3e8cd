"""How far two instruments agree on the let-downs of one session.

Let-downs are matched one to one, nearest onsets first, if the onsets lie within a tolerance. F1 = 2 m / (a + b) for
m matched of a and b. Kappa (Cohen) compares seconds: is a let-down under way or not, over the time both records
cover. None of them says which instrument is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from letdown._errors import RecordingError
from letdown.instruments.detection import Detection
from letdown.instruments.observation import Array

__all__ = ["TOLERANCE_S", "Agreement", "agreement", "matched"]

TOLERANCE_S = 15.0
"""Onsets so far apart, s, may still be one let-down: far less than the minute and more between let-downs."""


def matched(a_s: Sequence[float], b_s: Sequence[float], tolerance_s: float = TOLERANCE_S) -> list[tuple[int, int]]:
    """Return pairs of indices of onsets that belong together, in order of time.

    Nearest pairs first; each onset is used once.

    Parameters
    ----------
    a_s, b_s : sequence of float
        Onsets, s.
    tolerance_s : float
        Largest distance of a pair, s.
    """
    near = sorted((abs(a - b), i, j) for i, a in enumerate(a_s) for j, b in enumerate(b_s) if abs(a - b) <= tolerance_s)
    pairs: list[tuple[int, int]] = []
    used_a: set[int] = set()
    used_b: set[int] = set()
    for _, i, j in near:
        if i not in used_a and j not in used_b:
            pairs.append((i, j))
            used_a.add(i)
            used_b.add(j)
    return sorted(pairs)


@final
@dataclass(frozen=True)
class Agreement:
    """Agreement of two detections.

    Attributes
    ----------
    matched : tuple of (float, float)
        Onsets of let-downs found by both, s: (first, second).
    only_first, only_second : tuple of float
        Onsets found by one alone, s.
    f1 : float or None
        2 matched / all found; None if neither found any.
    onset_difference_s, onset_difference_sd_s : float or None
        Mean and SD of second minus first over the matched ones.
    kappa : float or None
        Cohen's kappa of seconds with and without let-down; None if one of the two is the same throughout.
    tolerance_s : float
        The tolerance of the match.
    """

    matched: tuple[tuple[float, float], ...]
    only_first: tuple[float, ...]
    only_second: tuple[float, ...]
    f1: float | None
    onset_difference_s: float | None
    onset_difference_sd_s: float | None
    kappa: float | None
    tolerance_s: float

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "matched": [{"first_s": round(a, 1), "second_s": round(b, 1)} for a, b in self.matched],
            "only_first_s": [round(value, 1) for value in self.only_first],
            "only_second_s": [round(value, 1) for value in self.only_second],
            "f1": _rounded(self.f1, 3),
            "onset_difference_s": _rounded(self.onset_difference_s, 2),
            "onset_difference_sd_s": _rounded(self.onset_difference_sd_s, 2),
            "kappa": _rounded(self.kappa, 3),
            "tolerance_s": self.tolerance_s,
        }


def agreement(first: Detection, second: Detection, tolerance_s: float = TOLERANCE_S) -> Agreement:
    """Compare what two instruments show of one session.

    Parameters
    ----------
    first, second : Detection
        With times on one clock.
    tolerance_s : float
        Largest distance of two onsets that are one let-down, s.

    Raises
    ------
    RecordingError
        If the two records have no time in common.
    """
    start = max(float(first.time_s[0]), float(second.time_s[0]))
    end = min(float(first.time_s[-1]), float(second.time_s[-1]))
    if end <= start:
        raise RecordingError(
            f"The first record runs from {first.time_s[0]:.0f} to {first.time_s[-1]:.0f} s and the second from "
            f"{second.time_s[0]:.0f} to {second.time_s[-1]:.0f} s; give records of one session on one clock."
        )
    a, b = first.onsets_s(), second.onsets_s()
    pairs = matched(a, b, tolerance_s)
    differences = np.array([b[j] - a[i] for i, j in pairs])
    found = len(a) + len(b)
    seconds = np.arange(start, end, 1.0)
    return Agreement(
        matched=tuple((a[i], b[j]) for i, j in pairs),
        only_first=tuple(onset for i, onset in enumerate(a) if i not in {i for i, _ in pairs}),
        only_second=tuple(onset for j, onset in enumerate(b) if j not in {j for _, j in pairs}),
        f1=2.0 * len(pairs) / found if found else None,
        onset_difference_s=float(differences.mean()) if differences.size else None,
        onset_difference_sd_s=float(differences.std(ddof=1)) if differences.size > 1 else None,
        kappa=_kappa(_under_way(first, seconds), _under_way(second, seconds)),
        tolerance_s=tolerance_s,
    )


def _under_way(detection: Detection, seconds: Array) -> Array:
    """Return 1 for seconds within a let-down, else 0."""
    inside = np.zeros(seconds.size)
    for event in detection.let_downs:
        inside[(seconds >= event.onset_s) & (seconds < event.end_s)] = 1.0
    return inside


def _kappa(a: Array, b: Array) -> float | None:
    same = float(np.mean(a == b))
    chance = float(a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean()))
    return (same - chance) / (1 - chance) if chance < 1 - 1e-12 else None


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
