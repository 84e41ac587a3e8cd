"""Which way something goes: whether a published direction holds in the model, and by which numbers.

A direction is judged on the whole pool of virtual women, where a difference counts above two Monte-Carlo errors: the
question is whether the model has the effect, not whether a study of that size would have found it.
"""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, final

import numpy as np
from pydantic import Field

from letdown._table import unit
from letdown.evidence.quantity import Array
from letdown.evidence.reductions import AbstractSummary, Samples, correlation, known, lost_percent, rises

__all__ = ["DIRECTIONS", "AbstractDirection", "Finding", "waves"]

DRAWS = 200
"""Bootstrap samples of the error of a loss."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a published direction holds in the model, and by which numbers."""

    holds: bool
    text: str


class AbstractDirection(AbstractSummary):
    """Abstract base: a yes or no from the women of the pool."""

    @abstractmethod
    def judge(self, samples: Samples) -> Finding:
        """Return whether it holds."""


def error_of_mean(values: Array) -> float:
    """Return the standard error of a mean; infinite for fewer than two values."""
    return float(values.std(ddof=1) / math.sqrt(values.size)) if values.size > 1 else math.inf


def means(samples: Samples, quantity: int = 0) -> list[float]:
    """Return the mean of each arm, NaN left out."""
    return [float(known([arm], quantity).mean()) for arm in samples]


@final
class Higher(AbstractDirection):
    """The first of two arms, or of two quantities of one arm, is higher, woman by woman."""

    quantities: ClassVar[tuple[int, int]] = (1, 2)
    name: Literal["higher"] = Field("higher", description="this direction")

    def judge(self, samples: Samples) -> Finding:
        """Return whether it holds."""
        first, second = [values for arm in samples for values in arm][:2]
        step = (first - second)[~np.isnan(first - second)]
        if not step.size:
            return Finding(False, "no woman gave both values")
        holds = bool(step.mean() > 2.0 * error_of_mean(step))
        return Finding(holds, f"{np.nanmean(first):.3g} against {np.nanmean(second):.3g}")


@final
class Positive(AbstractDirection):
    """The mean is above zero."""

    name: Literal["positive"] = Field("positive", description="this direction")

    def judge(self, samples: Samples) -> Finding:
        """Return whether it holds."""
        values = known(samples)
        return Finding(bool(values.mean() > 2.0 * error_of_mean(values)), f"{values.mean():.3g} against 0")


@final
class Rises(AbstractDirection):
    """Every quantity is higher in the last arm than in the first."""

    arms = (2, 99)
    quantities: ClassVar[tuple[int, int]] = (1, 9)
    name: Literal["rises"] = Field("rises", description="this direction")
    labels: tuple[str, ...] = Field((), description="a word for each quantity")

    def judge(self, samples: Samples) -> Finding:
        """Return whether all of them rise."""
        words, all_rise = [], True
        for i in range(len(samples[0])):
            first, last = known(samples[:1], i), known(samples[-1:], i)
            rise = bool(last.mean() - first.mean() > 2.0 * math.hypot(error_of_mean(first), error_of_mean(last)))
            all_rise = all_rise and rise
            label = self.labels[i] if i < len(self.labels) else f"quantity {i + 1}"
            levels = " / ".join(f"{mean:.3g}" for mean in means(samples, i))
            words.append(f"{label} {levels} ({'rises' if rise else 'no rise'})")
        return Finding(all_rise, "; ".join(words))


@final
class Unchanged(AbstractDirection):
    """The mean of every quantity in every arm is within a share of that in the first arm."""

    arms = (2, 99)
    quantities: ClassVar[tuple[int, int]] = (1, 9)
    name: Literal["unchanged"] = Field("unchanged", description="this direction")
    within_percent: float = Field(10.0, gt=0.0, json_schema_extra=unit("%"), description="the share")
    labels: tuple[str, ...] = Field((), description="a word for each quantity")

    def judge(self, samples: Samples) -> Finding:
        """Return whether all of them are."""
        words, largest = [], 0.0
        for i in range(len(samples[0])):
            first, *others = means(samples, i)
            changes = [100.0 * (other / first - 1.0) for other in others]
            largest = max(largest, *map(abs, changes))
            label = f"{self.labels[i]} " if i < len(self.labels) else ""
            words.append(label + " and ".join(f"{change:+.0f}" for change in changes) + " %")
        return Finding(largest < self.within_percent, ", ".join(words))


@final
class Below(AbstractDirection):
    """No value is as large as a limit."""

    name: Literal["below"] = Field("below", description="this direction")
    limit: float = Field(json_schema_extra=unit("1"), description="the limit, in the unit of the quantity")

    def judge(self, samples: Samples) -> Finding:
        """Return whether it holds."""
        largest = float(known(samples).max())
        return Finding(largest < self.limit, f"largest {largest:.3g}, limit {self.limit:g}")


@final
class TypicallyAtLeast(AbstractDirection):
    """The median is a limit or more."""

    name: Literal["typically_at_least"] = Field("typically_at_least", description="this direction")
    limit: float = Field(json_schema_extra=unit("1"), description="the limit, in the unit of the quantity")

    def judge(self, samples: Samples) -> Finding:
        """Return whether it holds."""
        median = float(np.median(known(samples)))
        return Finding(median >= self.limit, f"median {median:.4g}, limit {self.limit:g}")


@final
class Correlated(AbstractDirection):
    """Two quantities rise together, by more than two errors of r."""

    quantities: ClassVar[tuple[int, int]] = (2, 2)
    name: Literal["correlated"] = Field("correlated", description="this direction")

    def judge(self, samples: Samples) -> Finding:
        """Return whether they do."""
        x, y = (np.concatenate([arm[i].ravel() for arm in samples]) for i in (0, 1))
        r = correlation(x, y)
        return Finding(r > 2.0 / math.sqrt(x.size), f"r = {r:.2f}")


@final
class Uncorrelated(AbstractDirection):
    """r2 of two quantities is below what a study of that size could show."""

    quantities: ClassVar[tuple[int, int]] = (2, 2)
    name: Literal["uncorrelated"] = Field("uncorrelated", description="this direction")
    below_r2: float = Field(0.2, gt=0.0, lt=1.0, json_schema_extra=unit("1"), description="r2 that would be seen")

    def judge(self, samples: Samples) -> Finding:
        """Return whether it is."""
        r2 = correlation(*(np.concatenate([arm[i].ravel() for arm in samples]) for i in (0, 1))) ** 2
        return Finding(r2 < self.below_r2, f"r2 = {r2:.2f}")


@final
class LossGrows(AbstractDirection):
    """The loss against the first arm is larger in the last arm than in the one before, or than none."""

    arms = (2, 3)
    name: Literal["loss_grows"] = Field("loss_grows", description="this direction")

    def judge(self, samples: Samples) -> Finding:
        """Return whether it does, by more than two bootstrap errors."""
        arms = [arm[0] for arm in samples]
        losses = [lost_percent(arms[0], arm) for arm in arms]
        rng = np.random.default_rng(0)
        draws = []
        for _ in range(DRAWS):
            pick = rng.integers(0, len(arms[0]), len(arms[0]))
            draws.append(lost_percent(arms[0][pick], arms[-1][pick]) - lost_percent(arms[0][pick], arms[-2][pick]))
        text = " and ".join(f"{loss:.0f} %" for loss in losses[1:])
        return Finding(losses[-1] - losses[-2] > 2.0 * float(np.std(draws)), f"loss {text}")


@final
class LeftBelow(AbstractDirection):
    """The sum of the second arm is below a share of that of the first."""

    arms = (2, 2)
    name: Literal["left_below"] = Field("left_below", description="this direction")
    percent: float = Field(50.0, gt=0.0, json_schema_extra=unit("%"), description="the share")

    def judge(self, samples: Samples) -> Finding:
        """Return whether it is."""
        left = 100.0 - lost_percent(samples[0][0], samples[1][0])
        return Finding(left < self.percent, f"{left:.0f} % of control")


def waves(rise: Array, visible: float) -> int:
    """Return the waves of pressure: rises above what is visible and twice the last low, each over when it has halved.

    Examples
    --------
    >>> waves([0.0, 4.0, 1.0, 4.0, 1.5, 0.0], visible=1.0)
    2
    """
    count, top, low, up = 0, 0.0, 0.0, False
    for pressure in rise:
        if up:
            top = max(top, pressure)
            up, low = pressure > 0.5 * top, pressure
        else:
            low = min(low, pressure)
            if pressure > max(visible, 2.0 * low):
                count, top, up = count + 1, pressure, True
    return count


@final
class Waves(AbstractDirection):
    """Mean number of waves of pressure above the first arm, in which nothing was given, lies in a range."""

    arms = (2, 2)
    name: Literal["waves"] = Field("waves", description="this direction")
    at_least: float = Field(0.0, ge=0.0, json_schema_extra=unit("1"), description="lower end of the range")
    at_most: float = Field(99.0, ge=0.0, json_schema_extra=unit("1"), description="upper end of the range")
    visible_mmhg: float = Field(1.0, gt=0.0, json_schema_extra=unit("mmHg"), description="rise that is seen")

    def judge(self, samples: Samples) -> Finding:
        """Return whether it does."""
        curves = rises(samples)[0].reshape(-1, samples[0][0].shape[-1])
        mean = float(np.mean([waves(curve, self.visible_mmhg) for curve in curves]))
        return Finding(self.at_least <= mean <= self.at_most, f"{mean:.2f} contractions")


@final
class Steady(AbstractDirection):
    """The mean curve varies by less than a share of its lowest value."""

    name: Literal["steady"] = Field("steady", description="this direction")
    within_percent: float = Field(25.0, gt=0.0, json_schema_extra=unit("%"), description="the share")

    def judge(self, samples: Samples) -> Finding:
        """Return whether it does."""
        curve = np.nanmean(np.concatenate([arm[0].reshape(-1, arm[0].shape[-1]) for arm in samples]), axis=0)
        holds = bool(100.0 * (curve.max() / curve.min() - 1.0) < self.within_percent)
        return Finding(holds, f"{curve[0]:.3g} at first, {curve[-1]:.3g} at last")


@final
class HighestAt(AbstractDirection):
    """The mean curve is highest at its entry of that number."""

    name: Literal["highest_at"] = Field("highest_at", description="this direction")
    number: int = Field(ge=1, le=1000, description="number of the entry, from 1")

    def judge(self, samples: Samples) -> Finding:
        """Return whether it is."""
        curve = np.nanmean(np.concatenate([arm[0].reshape(-1, arm[0].shape[-1]) for arm in samples]), axis=0)
        top = int(np.argmax(curve)) + 1
        wanted = curve[self.number - 1] if self.number <= curve.size else math.nan
        return Finding(top == self.number, f"highest at {top} ({curve.max():.3g}; at {self.number}: {wanted:.3g})")


DIRECTIONS: dict[str, type[AbstractDirection]] = {
    str(kind.model_fields["name"].default): kind
    for kind in (
        Higher,
        Positive,
        Rises,
        Unchanged,
        Below,
        TypicallyAtLeast,
        Correlated,
        Uncorrelated,
        LossGrows,
        LeftBelow,
        Waves,
        Steady,
        HighestAt,
    )
}
"""Directions by the name that a study file writes."""
