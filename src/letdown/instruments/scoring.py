"""A detector held to the truth of simulated sessions: sensitivity, false alarms, onset error, with intervals.

A true let-down is found if a detection has its onset within the tolerance of the true onset, one to one. A detection
that belongs to no true let-down is a false alarm; so is a second detection within one true let-down (two bursts of
the neurones that the definition joins). Let-downs that move less than `least_ml` out of the breast may be left out
of the sensitivity; the score keeps both counts, and a detection of such a let-down is never a false alarm.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np

from letdown._errors import RecordingError
from letdown.instruments.agreement import TOLERANCE_S, matched
from letdown.instruments.detection import Detection
from letdown.instruments.observation import Array

__all__ = ["Interval", "Score", "TrueLetDown", "score"]


class TrueLetDown(NamedTuple):
    """A let-down that a simulation knows: onset and end, s, and the milk it brought out of the breast, mL."""

    onset_s: float
    end_s: float
    milk_ml: float


class Interval(NamedTuple):
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return the estimate with its interval."""
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@final
@dataclass(frozen=True, eq=False)
class Score:
    """Counts of a detector over sessions.

    Attributes
    ----------
    sessions : int
        How many.
    let_downs, found : int
        True let-downs that move at least `least_ml`, and how many of them were found.
    all_let_downs, all_found : int
        The same without that rule.
    false_alarms, of_them_splits : int
        Detections without a true let-down of their own; how many of them lie within one (a second burst in it).
    onset_errors_s : ndarray
        Detected minus true onset of all that were found, s.
    confidences, true : ndarray
        Confidence of every detection, and 1 where it was right, 0 where not.
    least_ml : float
        The rule, mL.
    """

    sessions: int
    let_downs: int
    found: int
    all_let_downs: int
    all_found: int
    false_alarms: int
    of_them_splits: int
    onset_errors_s: Array
    confidences: Array
    true: Array
    least_ml: float

    def sensitivity(self) -> Interval:
        """Return the share found of let-downs that move enough milk, with Wilson's interval."""
        return _share(self.found, self.let_downs)

    def sensitivity_of_all(self) -> Interval:
        """Return the share found of all let-downs."""
        return _share(self.all_found, self.all_let_downs)

    def false_alarms_per_session(self) -> Interval:
        """Return false alarms per session, with a Poisson interval (square-root transform)."""
        root, count = math.sqrt(self.false_alarms), self.sessions
        low, high = max(root - 0.98, 0.0) ** 2, (math.sqrt(self.false_alarms + 1.0) + 0.98) ** 2
        return Interval(self.false_alarms / count, low / count, high / count)

    def onset_error_s(self) -> Interval:
        """Return the mean onset error, s; positive means late."""
        errors = self.onset_errors_s
        if errors.size < 2:
            return Interval(math.nan, math.nan, math.nan)
        half = 1.96 * float(errors.std(ddof=1)) / math.sqrt(errors.size)
        return Interval(float(errors.mean()), float(errors.mean()) - half, float(errors.mean()) + half)

    def onset_spread_s(self) -> float:
        """Return the SD of the onset error, s."""
        return float(self.onset_errors_s.std(ddof=1)) if self.onset_errors_s.size > 1 else math.nan


def score(
    truths: Sequence[Sequence[TrueLetDown]],
    detections: Sequence[Detection],
    *,
    least_ml: float = 0.0,
    tolerance_s: float = TOLERANCE_S,
) -> Score:
    """Score detections against the truth, session by session.

    Parameters
    ----------
    truths : sequence of sequences of TrueLetDown
        True let-downs of each session.
    detections : sequence of Detection
        What the detector found in each.
    least_ml : float
        Least milk of a let-down that can be asked for, mL; see `Balance.visible_ml`.
    tolerance_s : float
        Largest distance of true and detected onset, s.

    Raises
    ------
    RecordingError
        If there are not as many detections as truths, or none.
    """
    if len(truths) != len(detections) or not truths:
        raise RecordingError(
            f"{len(truths)} sessions with truth and {len(detections)} with detections were given; give as many of both."
        )
    counts = np.zeros(6, dtype=int)
    errors: list[float] = []
    confidences: list[float] = []
    right: list[float] = []
    for truth, detection in zip(truths, detections, strict=True):
        onsets = detection.onsets_s()
        pairs = matched([event.onset_s for event in truth], onsets, tolerance_s)
        enough = [event.milk_ml >= least_ml for event in truth]
        hits = {j for _, j in pairs}
        counts += (
            sum(enough),
            sum(enough[i] for i, _ in pairs),
            len(truth),
            len(pairs),
            len(onsets) - len(pairs),
            sum(_within(onset, truth) for j, onset in enumerate(onsets) if j not in hits),
        )
        errors += [onsets[j] - truth[i].onset_s for i, j in pairs]
        confidences += [event.confidence for event in detection.let_downs]
        right += [float(j in hits) for j in range(len(onsets))]
    asked, found, all_asked, all_found, false_alarms, splits = counts.tolist()
    return Score(
        sessions=len(truths),
        let_downs=asked,
        found=found,
        all_let_downs=all_asked,
        all_found=all_found,
        false_alarms=false_alarms,
        of_them_splits=splits,
        onset_errors_s=np.array(errors),
        confidences=np.array(confidences),
        true=np.array(right),
        least_ml=least_ml,
    )


def _within(onset_s: float, truth: Sequence[TrueLetDown]) -> bool:
    return any(event.onset_s <= onset_s <= event.end_s for event in truth)


def _share(part: int, whole: int) -> Interval:
    """Return a share with Wilson's 95 % interval."""
    if whole == 0:
        return Interval(math.nan, math.nan, math.nan)
    p, z2 = part / whole, 1.96**2
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = 1.96 * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole**2)) / (1 + z2 / whole)
    return Interval(p, middle - half, middle + half)
