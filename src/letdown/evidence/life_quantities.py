"""What can be measured on one dyad over its days: from the daily table, its sessions and its state at the end.

Days are numbered from 1, the first 24 h after birth. Means over days leave out days without a value.
"""

import math
from abc import abstractmethod
from typing import Literal, Self, final

import numpy as np
from pydantic import Field, model_validator

from letdown._table import refused, unit
from letdown.body.life.milk_composition import energy_density
from letdown.body.life.registry import reference_life
from letdown.engine.life.records import DAY_COLUMNS, SESSION_COLUMNS
from letdown.evidence.quantity import MILK_G_PER_ML, AbstractLifeQuantity, Array, Days

__all__ = ["LIFE_QUANTITIES"]

DayColumn = Literal[
    "production_ml", "intake_ml", "expressed_ml", "feeds", "pumpings", "milk_per_feed_ml", "fat_g_l", "energy_kcal",
    "prolactin_before_ng_ml", "prolactin_peak_ng_ml", "prolactin_mean_ng_ml", "weight_kg", "engorgement",
    "uterus_cm3", "uterus_diameter_cm", "fundus_cm",
]  # fmt: skip
UNITS = {
    "production_ml": "mL/d", "intake_ml": "mL/d", "expressed_ml": "mL/d", "feeds": "1/d", "pumpings": "1/d",
    "milk_per_feed_ml": "mL", "fat_g_l": "g/L", "energy_kcal": "kcal/d", "prolactin_before_ng_ml": "ng/mL",
    "prolactin_peak_ng_ml": "ng/mL", "prolactin_mean_ng_ml": "ng/mL", "weight_kg": "kg", "engorgement": "1",
    "uterus_cm3": "cm**3", "uterus_diameter_cm": "cm", "fundus_cm": "cm",
}  # fmt: skip
MILK = ("production_ml", "intake_ml", "expressed_ml", "milk_per_feed_ml")
LAST = 1000


def day(words: str) -> int:
    """Return a field of a day from 1."""
    return Field(ge=1, le=LAST, json_schema_extra=unit("1"), description=words)  # type: ignore[no-any-return]


def column(life: Days, name: str, first: int, last: int) -> Array:
    """Return a column of the daily table from one day to another, both included."""
    values: Array = life.result.days[first - 1 : last, DAY_COLUMNS.index(name)]
    return values


def mean(values: Array) -> float:
    """Return the mean of what is finite, NaN if nothing is."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else math.nan


def sessions(life: Days, name: str, first: int, last: int) -> Array:
    """Return one column of the feeds and pumpings from one day to another."""
    rows = np.array(life.result.sessions)
    days = rows[:, SESSION_COLUMNS.index("day")]
    found: Array = rows[(days >= first) & (days <= last) & (rows[:, SESSION_COLUMNS.index("kind")] < 2)]
    return found[:, SESSION_COLUMNS.index(name)]


class AbstractOverDays(AbstractLifeQuantity):
    """Abstract base of what covers some days."""

    from_day: int = day("first day")
    to_day: int = day("last day")

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Self:
        if self.to_day < self.from_day:
            raise refused(f"to_day = {self.to_day} lies before from_day = {self.from_day}; exchange them.", ".")
        return self

    def last(self) -> int:
        """Return the last day needed."""
        return self.to_day


class AbstractColumn(AbstractOverDays):
    """Abstract base of what is read from one column of the daily table."""

    column: DayColumn = Field(description="column of the daily table")
    weighed: bool = Field(False, description="milk in g, at 1.03 g/mL")
    per_breast: bool = Field(False, description="half of it")

    @model_validator(mode="after")
    def _only_milk_is_weighed(self) -> Self:
        if self.weighed and self.column not in MILK:
            raise refused(f"weighed = true, but {self.column} is no milk; leave it out.", ".")
        return self

    def measured_in(self) -> str:
        """Return its unit."""
        return UNITS[self.column].replace("mL", "g", 1) if self.weighed else UNITS[self.column]

    def values(self, life: Days) -> Array:
        """Return the days wanted."""
        return self.of_days(life, self.from_day, self.to_day)

    def of_days(self, life: Days, first: int, last: int) -> Array:
        """Return the column from one day to another as this quantity gives it."""
        factor = (MILK_G_PER_ML if self.weighed else 1.0) * (0.5 if self.per_breast else 1.0)
        return column(life, self.column, first, last) * factor


@final
class DayMean(AbstractColumn):
    """Mean of a column over some days."""

    name: Literal["day_mean"] = Field("day_mean", description="this quantity")

    def measure(self, life: Days) -> float:
        """Return the mean."""
        return mean(self.values(life))


@final
class DaySum(AbstractColumn):
    """Sum of a column over some days."""

    name: Literal["day_sum"] = Field("day_sum", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit: that of a day times days."""
        return super().measured_in().removesuffix("/d")

    def measure(self, life: Days) -> float:
        """Return the sum."""
        return float(self.values(life).sum())


@final
class DayCurve(AbstractColumn):
    """A column day by day."""

    name: Literal["day_curve"] = Field("day_curve", description="this quantity")

    def measure(self, life: Days) -> Array:
        """Return the days."""
        return self.values(life)


@final
class DayChange(AbstractColumn):
    """Mean of a column over some days less its mean over earlier days."""

    name: Literal["day_change"] = Field("day_change", description="this quantity")
    before_from_day: int = day("first of the earlier days")
    before_to_day: int = day("last of the earlier days")

    def measure(self, life: Days) -> float:
        """Return the change."""
        return mean(self.values(life)) - mean(self.of_days(life, self.before_from_day, self.before_to_day))


@final
class DayFall(AbstractColumn):
    """Fall of a column a day, from the end of the first day to the end of the last."""

    name: Literal["day_fall"] = Field("day_fall", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return f"{UNITS[self.column]}/d"

    def measure(self, life: Days) -> float:
        """Return the fall a day."""
        values = self.values(life)
        return float((values[0] - values[-1]) / (self.to_day - self.from_day))


@final
class DayReaches(AbstractColumn):
    """Whether a column reached a level on any of some days: 1 or 0."""

    name: Literal["day_reaches"] = Field("day_reaches", description="this quantity")
    level: float = Field(json_schema_extra=unit("1"), description="the level, in the unit of the column")
    never: bool = Field(False, description="1 if it did not")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, life: Days) -> float:
        """Return whether it did."""
        return float(bool(np.nanmax(self.values(life)) >= self.level) != self.never)


@final
class PercentOf(AbstractColumn):
    """Change of the mean of a column over some days from a fixed level."""

    name: Literal["change_from_level"] = Field("change_from_level", description="this quantity")
    level: float = Field(gt=0.0, json_schema_extra=unit("1"), description="the level, in the unit of the column")

    def measured_in(self) -> str:
        """Return its unit."""
        return "%"

    def measure(self, life: Days) -> float:
        """Return the change."""
        return 100.0 * (mean(self.values(life)) / self.level - 1.0)


class AbstractFeeds(AbstractOverDays):
    """Abstract base of what counts feeds: sessions of one breast or both, or each breast for itself."""

    each_breast: bool = Field(False, description="count each breast for itself, not sessions")

    def number(self, life: Days) -> Array:
        """Return the number of each day."""
        return column(life, "feeds" if self.each_breast else "sessions", self.from_day, self.to_day)


@final
class IntakePerFeed(AbstractFeeds):
    """Milk drunk over the number of feeds of some days."""

    name: Literal["intake_per_feed"] = Field("intake_per_feed", description="this quantity")
    weighed: bool = Field(False, description="in g, at 1.03 g/mL")

    def measured_in(self) -> str:
        """Return its unit."""
        return "g" if self.weighed else "mL"

    def measure(self, life: Days) -> float:
        """Return the mean feed."""
        milk = column(life, "intake_ml", self.from_day, self.to_day).sum()
        feeds = self.number(life).sum()
        return float((MILK_G_PER_ML if self.weighed else 1.0) * milk / feeds) if feeds else math.nan


@final
class FeedsIn(AbstractFeeds):
    """Feeds in so many hours, on the mean of some days."""

    name: Literal["feeds_in"] = Field("feeds_in", description="this quantity")
    hours: float = Field(8.0, gt=0.0, json_schema_extra=unit("h"), description="length of time")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, life: Days) -> float:
        """Return the number."""
        return mean(self.number(life)) * self.hours / 24.0


@final
class EnergyDensity(AbstractOverDays):
    """Energy of milk from its mean fat: 9.25 kcal/g and the energy of lactose and protein."""

    name: Literal["energy_density"] = Field("energy_density", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "kcal/L"

    def measure(self, life: Days) -> float:
        """Return the energy density."""
        p = reference_life().milk_composition
        return float(energy_density(p, mean(column(life, "fat_g_l", self.from_day, self.to_day))))


@final
class EnergyPerWeight(AbstractOverDays):
    """Energy drunk a day over the infant's weight."""

    name: Literal["energy_per_weight"] = Field("energy_per_weight", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "kcal/kg/d"

    def measure(self, life: Days) -> float:
        """Return the energy."""
        energy, weight = (column(life, name, self.from_day, self.to_day) for name in ("energy_kcal", "weight_kg"))
        return mean(energy) / mean(weight)


@final
class ProlactinRatio(AbstractOverDays):
    """Mean highest prolactin after sessions over the mean level before them."""

    name: Literal["prolactin_ratio"] = Field("prolactin_ratio", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, life: Days) -> float:
        """Return the ratio."""
        peak, before = (
            column(life, f"prolactin_{name}_ng_ml", self.from_day, self.to_day) for name in ("peak", "before")
        )
        return mean(peak) / mean(before)


@final
class ProlactinSurge(AbstractOverDays):
    """Mean rise of prolactin by a session, day by day or over all days."""

    name: Literal["prolactin_surge"] = Field("prolactin_surge", description="this quantity")
    daily: bool = Field(False, description="a number a day")

    def measured_in(self) -> str:
        """Return its unit."""
        return "ng/mL"

    def measure(self, life: Days) -> float | Array:
        """Return the rise."""
        peak, before = (
            column(life, f"prolactin_{name}_ng_ml", self.from_day, self.to_day) for name in ("peak", "before")
        )
        return peak - before if self.daily else mean(peak) - mean(before)


@final
class HighestInSessions(AbstractOverDays):
    """Highest prolactin at the end of a session of some days."""

    name: Literal["highest_prolactin"] = Field("highest_prolactin", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "ng/mL"

    def measure(self, life: Days) -> float:
        """Return the level."""
        levels = sessions(life, "prolactin_peak_ng_ml", self.from_day, self.to_day)
        return float(levels.max()) if levels.size else math.nan


@final
class YieldAfterInterval(AbstractOverDays):
    """Milk taken per hour since the session before, in sessions after an interval of a length."""

    name: Literal["yield_after_interval"] = Field("yield_after_interval", description="this quantity")
    interval_h: float = Field(gt=0.0, json_schema_extra=unit("h"), description="the interval")
    within_h: float = Field(0.6, gt=0.0, json_schema_extra=unit("h"), description="how near to it")

    def measured_in(self) -> str:
        """Return its unit."""
        return "mL/h"

    def measure(self, life: Days) -> float:
        """Return the mean yield."""
        interval, left, right = (
            sessions(life, name, self.from_day, self.to_day) for name in ("interval_h", "left_ml", "right_ml")
        )
        near = np.abs(interval - self.interval_h) < self.within_h
        return mean((left + right)[near] / interval[near])


class AbstractOfBirth(AbstractLifeQuantity):
    """Abstract base of what the whole record tells; `by_day` is the last day looked at."""

    by_day: int = day("last day looked at")

    def last(self) -> int:
        """Return the last day needed."""
        return self.by_day

    @abstractmethod
    def measure(self, life: Days) -> float | Array:
        """Return what is measured."""


@final
class OnsetAge(AbstractOfBirth):
    """Age at the onset of copious milk; NaN if it did not come in."""

    name: Literal["onset_age"] = Field("onset_age", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "h"

    def measure(self, life: Days) -> float:
        """Return the age."""
        return life.result.onset_h


@final
class OnsetAfter(AbstractOfBirth):
    """Whether copious milk came in after an age, or not at all: 1 or 0."""

    name: Literal["onset_after"] = Field("onset_after", description="this quantity")
    age_h: float = Field(72.0, ge=0.0, json_schema_extra=unit("h"), description="the age")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, life: Days) -> float:
        """Return whether it did."""
        return float(not life.result.onset_h <= self.age_h)


@final
class WeightLost(AbstractOfBirth):
    """Whether at the end of a day the infant had lost a share of its weight at birth: 1 or 0."""

    name: Literal["weight_lost"] = Field("weight_lost", description="this quantity")
    share: float = Field(0.10, gt=0.0, lt=1.0, json_schema_extra=unit("1"), description="the share")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, life: Days) -> float:
        """Return whether it had."""
        weight = column(life, "weight_kg", self.by_day, self.by_day)[0]
        return float(1.0 - weight / life.birth_weight_kg >= self.share)


@final
class OutputOfBreasts(AbstractOfBirth):
    """Milk made an hour by each breast at the end of the record."""

    name: Literal["output_of_breasts"] = Field("output_of_breasts", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "mL/h"

    def measure(self, life: Days) -> Array:
        """Return left and right."""
        return np.array([life.result.final.left.output, life.result.final.right.output])


@final
class CapacityOfBreasts(AbstractOfBirth):
    """Storage capacity of each breast at the end of the record."""

    name: Literal["capacity_of_breasts"] = Field("capacity_of_breasts", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "mL"

    def measure(self, life: Days) -> Array:
        """Return left and right."""
        return np.array([life.result.final.left.capacity, life.result.final.right.capacity])


LIFE_QUANTITIES: dict[str, type[AbstractLifeQuantity]] = {
    str(kind.model_fields["name"].default): kind
    for kind in (
        DayMean,
        DaySum,
        DayCurve,
        DayChange,
        DayFall,
        DayReaches,
        PercentOf,
        IntakePerFeed,
        FeedsIn,
        EnergyDensity,
        EnergyPerWeight,
        ProlactinRatio,
        ProlactinSurge,
        HighestInSessions,
        YieldAfterInterval,
        OnsetAge,
        OnsetAfter,
        WeightLost,
        OutputOfBreasts,
        CapacityOfBreasts,
    )
}
"""Quantities of days by the name that a study file writes."""
