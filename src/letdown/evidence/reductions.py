"""What a study makes of its women: one number.

`samples[arm][quantity]` is an array (values, ...), one row a value that a woman gave; NaN where she gave none. A
reduction that compares arms or quantities takes them in the order of the study file.
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, final

import numpy as np
from pydantic import Field

from letdown._table import Table, unit
from letdown.evidence.quantity import Array

__all__ = ["REDUCTIONS", "AbstractReduction", "AbstractSummary", "Samples", "correlation", "known", "lost_percent"]

Samples = Sequence[Sequence[Array]]


class AbstractSummary(Table):
    """Abstract base of reductions and directions. Each says how many arms and quantities it takes."""

    arms: ClassVar[tuple[int, int]] = (1, 99)
    quantities: ClassVar[tuple[int, int]] = (1, 1)


class AbstractReduction(AbstractSummary):
    """Abstract base: a number from the women of a study."""

    @abstractmethod
    def value(self, samples: Samples) -> float:
        """Return the number; NaN if the women do not give one."""

    def in_unit(self, measured: str) -> str:
        """Return the unit of the number from that of the quantity."""
        return measured

    def least_error(self, pool: Samples) -> float:
        """Return the least error that a pool can have: above 0 where its women happen to be all alike."""
        return 0.0


def known(samples: Samples, quantity: int = 0) -> Array:
    """Return the values of one quantity of all arms, without NaN."""
    values: Array = np.concatenate([arm[quantity].ravel() for arm in samples])
    found: Array = values[~np.isnan(values)]
    return found


def correlation(x: Array, y: Array) -> float:
    """Return r over the pairs that exist; 0 where one of the two does not vary."""
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    if x.size < 2:
        return math.nan
    return float(np.corrcoef(x, y)[0, 1]) if x.std() > 0.0 and y.std() > 0.0 else 0.0


def share_error(pool: Samples) -> float:
    """Return the binomial error of the share of values that are 1, at (x + 1) / (n + 2)."""
    values = known(pool)
    likely = (values.sum() + 1.0) / (values.size + 2.0)
    return math.sqrt(likely * (1.0 - likely) / max(values.size, 1))


def lost_percent(control: Array, treated: Array) -> float:
    """Return by how much a sum is smaller than that of the control, per cent."""
    return 100.0 * (1.0 - float(np.nansum(treated) / np.nansum(control)))


@final
class Mean(AbstractReduction):
    """Mean of all values of all arms."""

    name: Literal["mean"] = Field("mean", description="this reduction")

    def value(self, samples: Samples) -> float:
        """Return the mean."""
        values = known(samples)
        return float(values.mean()) if values.size else math.nan


@final
class Median(AbstractReduction):
    """Median of all values of all arms."""

    name: Literal["median"] = Field("median", description="this reduction")

    def value(self, samples: Samples) -> float:
        """Return the median."""
        values = known(samples)
        return float(np.median(values)) if values.size else math.nan


@final
class Percent(AbstractReduction):
    """Percentage of values, each 1 or 0, that are 1."""

    name: Literal["percent"] = Field("percent", description="this reduction")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "%"

    def value(self, samples: Samples) -> float:
        """Return the percentage."""
        values = known(samples)
        return 100.0 * float(values.mean()) if values.size else math.nan

    def least_error(self, pool: Samples) -> float:
        """Return the binomial error of the pool."""
        return 100.0 * share_error(pool)


@final
class WomenOf(AbstractReduction):
    """Women, of so many, whose value is 1 and not 0."""

    name: Literal["women_of"] = Field("women_of", description="this reduction")
    of: int = Field(ge=1, le=100_000, description="women of the study")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "women"

    def value(self, samples: Samples) -> float:
        """Return the number of women."""
        values = known(samples)
        return self.of * float(values.mean()) if values.size else math.nan

    def least_error(self, pool: Samples) -> float:
        """Return the binomial error of the pool."""
        return self.of * share_error(pool)


@final
class Correlation(AbstractReduction):
    """Correlation of two quantities over the values of all arms."""

    quantities = (2, 2)
    name: Literal["r"] = Field("r", description="this reduction")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "1"

    def value(self, samples: Samples) -> float:
        """Return r."""
        return correlation(*(np.concatenate([arm[i].ravel() for arm in samples]) for i in (0, 1)))


@final
class RSquared(AbstractReduction):
    """Square of the correlation of two quantities over the values of all arms."""

    quantities = (2, 2)
    name: Literal["r2"] = Field("r2", description="this reduction")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "1"

    def value(self, samples: Samples) -> float:
        """Return r2."""
        return correlation(*(np.concatenate([arm[i].ravel() for arm in samples]) for i in (0, 1))) ** 2


@final
class RSquaredWithinWomen(AbstractReduction):
    """Square of the correlation of two quantities of each breast, after the mean of each woman is taken off both."""

    quantities = (2, 2)
    name: Literal["r2_within_women"] = Field("r2_within_women", description="this reduction")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "1"

    def value(self, samples: Samples) -> float:
        """Return r2; NaN where a quantity has one value a woman, which then says nothing."""
        pairs = [[arm[i] for arm in samples] for i in (0, 1)]
        if any(values.ndim < 2 for each in pairs for values in each):
            return math.nan
        return (
            correlation(*(np.concatenate([(v - v.mean(axis=1, keepdims=True)).ravel() for v in p]) for p in pairs)) ** 2
        )


@final
class RatioOfSums(AbstractReduction):
    """Sum of the first quantity over the sum of the second, all women together."""

    quantities = (2, 2)
    name: Literal["ratio_of_sums"] = Field("ratio_of_sums", description="this reduction")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "1"

    def value(self, samples: Samples) -> float:
        """Return the ratio."""
        below = known(samples, 1).sum()
        return float(known(samples, 0).sum() / below) if below else math.nan


@final
class Loss(AbstractReduction):
    """By how much the sum of the second arm is smaller than that of the first."""

    arms = (2, 2)
    name: Literal["loss"] = Field("loss", description="this reduction")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "%"

    def value(self, samples: Samples) -> float:
        """Return the loss."""
        return lost_percent(samples[0][0], samples[1][0])


@final
class PercentChange(AbstractReduction):
    """Change from the mean of the first quantity to the mean of the second, of the mean of the first."""

    quantities = (2, 2)
    name: Literal["percent_change"] = Field("percent_change", description="this reduction")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "%"

    def value(self, samples: Samples) -> float:
        """Return the change."""
        before, after = known(samples, 0), known(samples, 1)
        return 100.0 * float(after.mean() / before.mean() - 1.0) if before.size and after.size else math.nan


@final
class MeanDifference(AbstractReduction):
    """Mean of the first arm less that of the second, woman by woman."""

    arms = (2, 2)
    name: Literal["mean_difference"] = Field("mean_difference", description="this reduction")

    def value(self, samples: Samples) -> float:
        """Return the difference."""
        differences = samples[0][0] - samples[1][0]
        differences = differences[~np.isnan(differences)]
        return float(differences.mean()) if differences.size else math.nan


@final
class RelativeRisk(AbstractReduction):
    """Risk of the second quantity where the first is 1, over that where it is 0; both are 1 or 0."""

    quantities = (2, 2)
    name: Literal["relative_risk"] = Field("relative_risk", description="this reduction")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "1"

    def value(self, samples: Samples) -> float:
        """Return the ratio of the risks; NaN without cases among the unexposed."""
        exposed, outcome = (np.concatenate([arm[i].ravel() for arm in samples]) for i in (0, 1))
        with_it, without = outcome[exposed == 1.0], outcome[exposed == 0.0]
        if not with_it.size or not without.size or not without.mean():
            return math.nan
        return float(with_it.mean() / without.mean())


@final
class TimeOfFall(AbstractReduction):
    """End of the last bin before the mean curve falls below a share of its highest value."""

    name: Literal["time_of_fall"] = Field("time_of_fall", description="this reduction")
    bin_s: float = Field(30.0, gt=0.0, json_schema_extra=unit("s"), description="length of a bin")
    below: float = Field(0.9, gt=0.0, lt=1.0, json_schema_extra=unit("1"), description="the share")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "s"

    def value(self, samples: Samples) -> float:
        """Return the time."""
        curve = np.nanmean(np.concatenate([arm[0] for arm in samples]), axis=0)
        top = int(curve.argmax())
        lower = np.flatnonzero(curve[top:] < self.below * curve[top])
        return self.bin_s * (top + int(lower[0]) if lower.size else curve.size)


# Curves of pressure after a dose ------------------------------------------------------------------


def rises(samples: Samples) -> list[Array]:
    """Return the curves of each arm above those of the first arm, in which nothing was given."""
    return [arm[0] - samples[0][0] for arm in samples[1:]]


def doses_for(peaks: Array, doses: Sequence[float], wanted: Array) -> Array:
    """Return for each woman the dose whose peak is as wanted, interpolated in the logarithm of the dose."""
    logs = np.log(doses)
    return np.array([float(np.exp(np.interp(peak, row, logs))) for peak, row in zip(wanted, peaks, strict=True)])


@final
class ThresholdDose(AbstractReduction):
    """Mean dose at which pressure rises visibly; the first arm had no dose, each other one of `doses`."""

    arms = (2, 99)
    name: Literal["threshold_dose"] = Field("threshold_dose", description="this reduction")
    doses_mu: tuple[float, ...] = Field(description="doses of the arms after the first, mU")
    visible_mmhg: float = Field(1.0, gt=0.0, json_schema_extra=unit("mmHg"), description="rise that is seen")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "mU"

    def value(self, samples: Samples) -> float:
        """Return the mean threshold."""
        peaks = np.stack([curve.max(axis=-1).ravel() for curve in rises(samples)], axis=1)
        return float(doses_for(peaks, self.doses_mu, np.full(len(peaks), self.visible_mmhg)).mean())


@final
class RiseLag(AbstractReduction):
    """Mean time to a visible rise of pressure, of the women who show one; the first arm had no dose."""

    arms = (2, 2)
    name: Literal["rise_lag"] = Field("rise_lag", description="this reduction")
    every_s: float = Field(1.0, gt=0.0, json_schema_extra=unit("s"), description="interval of the curve")
    visible_mmhg: float = Field(1.0, gt=0.0, json_schema_extra=unit("mmHg"), description="rise that is seen")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "s"

    def value(self, samples: Samples) -> float:
        """Return the mean lag."""
        seen = rises(samples)[0].reshape(-1, samples[0][0].shape[-1]) > self.visible_mmhg
        some = seen.any(axis=1)
        return self.every_s * float(seen[some].argmax(axis=1).mean()) if some.any() else math.nan


@final
class EqualDoseRatio(AbstractReduction):
    """Mean ratio of the dose of one route to that of another with the same peak of pressure.

    The first arm had no dose, the second the reference dose, the others the doses compared with it.
    """

    arms = (4, 99)
    name: Literal["equal_dose_ratio"] = Field("equal_dose_ratio", description="this reduction")
    reference_mu: float = Field(gt=0.0, json_schema_extra=unit("mU"), description="dose of the second arm")
    doses_mu: tuple[float, ...] = Field(description="doses of the arms after the second, mU")

    def in_unit(self, measured: str) -> str:
        """Return its unit."""
        return "1"

    def value(self, samples: Samples) -> float:
        """Return the mean ratio."""
        reference, *others = [curve.max(axis=-1).ravel() for curve in rises(samples)]
        equal = doses_for(np.stack(others, axis=1), self.doses_mu, reference)
        return float(equal.mean()) / self.reference_mu


REDUCTIONS: dict[str, type[AbstractReduction]] = {
    str(kind.model_fields["name"].default): kind
    for kind in (
        Mean,
        Median,
        Percent,
        WomenOf,
        Correlation,
        RSquared,
        RSquaredWithinWomen,
        RatioOfSums,
        Loss,
        PercentChange,
        MeanDifference,
        RelativeRisk,
        TimeOfFall,
        ThresholdDose,
        RiseLag,
        EqualDoseRatio,
    )
}
"""Reductions by the name that a study file writes."""
