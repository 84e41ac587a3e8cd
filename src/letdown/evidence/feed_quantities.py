"""What can be measured in one session of one woman.

Each class is one quantity; its `name` is what a study file writes, its other fields are options. The let-downs are
the true ones of the model; those that an instrument would find stand in `observed_quantities`.
"""

import math
from typing import Literal, final

import numpy as np
from pydantic import Field

from letdown._table import unit
from letdown.body.uterus import Uterus, afterpain, contraction
from letdown.engine.layout import field_index
from letdown.engine.run import SignName
from letdown.evidence.quantity import MILK_G_PER_ML, AbstractFeedQuantity, Array, Feed

__all__ = ["FEED_QUANTITIES", "FeedLength", "FirstLetDown", "LetDownsAtBreast", "MilkRemoved"]

OXYTOCIN, PROLACTIN = "dyad.plasma.oxytocin", "dyad.prolactin.level"
CONTRACTING = 0.1
"""Force of the uterus above which it counts as contracting."""


def option(default: float, name: str, words: str, low: float = 0.0, high: float = 21600.0) -> float:
    """Return a field of a number with its unit and range."""
    return Field(default, ge=low, le=high, json_schema_extra=unit(name), description=words)


# Let-downs ----------------------------------------------------------------------------------------


@final
class LetDowns(AbstractFeedQuantity):
    """Let-downs of the session."""

    name: Literal["let_downs"] = Field("let_downs", description="this quantity")
    at_least: int = Field(0, ge=0, le=99, description="1 if there were so many, else 0; 0: the number itself")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return their number, or whether it was reached."""
        number = len(feed.run.let_downs)
        return float(number >= self.at_least) if self.at_least else float(number)


@final
class LetDownsAtBreast(AbstractFeedQuantity):
    """Let-downs under way at some time from the first latch on."""

    name: Literal["let_downs_at_breast"] = Field("let_downs_at_breast", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return their number."""
        return float(sum(event.end_s > feed.latch for event in feed.run.let_downs))


@final
class FirstLetDownShare(AbstractFeedQuantity):
    """Share of the milk taken that left from the first onset on until the first let-downs were over; NaN without."""

    name: Literal["first_let_down_share"] = Field("first_let_down_share", description="this quantity")
    first: int = Field(1, ge=1, le=99, description="how many let-downs from the first on")

    def measured_in(self) -> str:
        """Return its unit."""
        return "%"

    def measure(self, feed: Feed) -> float:
        """Return the share."""
        events = feed.run.let_downs
        if not events or feed.removed <= 0.0:
            return math.nan
        return 100.0 * sum(map(feed.of_let_down, events[: self.first])) / feed.removed


@final
class LetDownFlow(AbstractFeedQuantity):
    """Mean flow of some let-downs in sessions that had so many: of the first, or of the third and later."""

    name: Literal["let_down_flow"] = Field("let_down_flow", description="this quantity")
    first: int = Field(1, ge=1, le=99, description="number of the first let-down counted")
    last: int = Field(99, ge=1, le=99, description="number of the last let-down counted")
    of_at_least: int = Field(3, ge=1, le=99, description="sessions with fewer let-downs are left out")

    def measured_in(self) -> str:
        """Return its unit."""
        return "mL/s"

    def measure(self, feed: Feed) -> float:
        """Return milk over the time from the first of these onsets to the onset after the last of them."""
        events = feed.run.let_downs
        if len(events) < max(self.of_at_least, self.first):
            return math.nan
        onsets = [event.onset_s for event in events] + [feed.run.totals.duration_s]
        last = min(self.last, len(events))
        milk = sum(map(feed.of_let_down, events[self.first - 1 : last]))
        return milk / (onsets[last] - onsets[self.first - 1])


@final
class FirstLetDown(AbstractFeedQuantity):
    """Onset of the first let-down, from the first latch or the start of a pump or hand; NaN without one of them.

    It is negative where the let-down came before.
    """

    name: Literal["first_let_down"] = Field("first_let_down", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "s"

    def measure(self, feed: Feed) -> float:
        """Return the time."""
        if feed.contact is None or not feed.run.let_downs:
            return math.nan
        return feed.run.let_downs[0].onset_s - feed.contact


@final
class Bursts(AbstractFeedQuantity):
    """Bursts of the oxytocin neurones within a time from the first latch."""

    name: Literal["bursts"] = Field("bursts", description="this quantity")
    for_s: float = option(600.0, "s", "time from the latch")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return their number."""
        return float(sum(feed.latch <= burst.time_s < feed.latch + self.for_s for burst in feed.run.bursts))


# Milk and time ------------------------------------------------------------------------------------


class AbstractMilk(AbstractFeedQuantity):
    """Abstract base of amounts of milk: in mL, or in g where the study weighed it."""

    weighed: bool = Field(False, description="in g, at 1.03 g/mL")

    def measured_in(self) -> str:
        """Return its unit."""
        return "g" if self.weighed else "mL"

    def of(self, milk: float) -> float:
        """Return millilitres as they are given."""
        return milk * MILK_G_PER_ML if self.weighed else milk


@final
class MilkRemoved(AbstractMilk):
    """Milk taken in the session, both breasts."""

    name: Literal["milk_removed"] = Field("milk_removed", description="this quantity")

    def measure(self, feed: Feed) -> float:
        """Return the amount."""
        return self.of(feed.removed)


@final
class MilkTakenBy(AbstractMilk):
    """Milk taken from one breast within a time from the latch."""

    name: Literal["milk_taken_by"] = Field("milk_taken_by", description="this quantity")
    side: Literal["left", "right"] = Field("left", description="the breast")
    after_latch_s: float = option(120.0, "s", "time from the latch")

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return (f"{self.side}.removed",)

    def measure(self, feed: Feed) -> float:
        """Return the amount."""
        return self.of(float(feed.at(f"{self.side}.removed", feed.latch + self.after_latch_s)))


@final
class ShareOfAvailable(AbstractFeedQuantity):
    """Milk taken over the milk stored at the start in the breasts that the protocol worked on, as studies define it.

    Studies measure the stored milk before the session, so milk made during it can lift the share above 100 %.
    """

    name: Literal["share_of_available"] = Field("share_of_available", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "%"

    def measure(self, feed: Feed) -> float:
        """Return the share."""
        return 100.0 * feed.removed / feed.available if feed.available > 0.0 else math.nan


@final
class DegreeOfEmptying(AbstractFeedQuantity):
    """One minus the milk left over the capacity of a breast."""

    name: Literal["degree_of_emptying"] = Field("degree_of_emptying", description="this quantity")
    side: Literal["left", "right"] = Field("left", description="the breast")

    def measured_in(self) -> str:
        """Return its unit."""
        return "%"

    def measure(self, feed: Feed) -> float:
        """Return the degree at the end."""
        capacity = getattr(feed.lane.start.parameters, self.side).alveoli.capacity
        left = feed.run.totals.remaining_ml[("left", "right").index(self.side)]
        return float(100.0 * (1.0 - left / capacity))


@final
class PeakFlow(AbstractFeedQuantity):
    """Largest 5-s mean flow of one breast."""

    name: Literal["peak_flow"] = Field("peak_flow", description="this quantity")
    weighed: bool = Field(False, description="in g/s, at 1.03 g/mL")

    def measured_in(self) -> str:
        """Return its unit."""
        return "g/s" if self.weighed else "mL/s"

    def measure(self, feed: Feed) -> float:
        """Return the flow."""
        return feed.run.totals.flow_peak_ml_s * (MILK_G_PER_ML if self.weighed else 1.0)


@final
class FlowCurve(AbstractFeedQuantity):
    """Mean flow of one breast in equal bins of time."""

    name: Literal["flow_curve"] = Field("flow_curve", description="this quantity")
    side: Literal["left", "right"] = Field("right", description="the breast")
    from_s: float = option(0.0, "s", "start of the first bin")
    bin_s: float = option(30.0, "s", "length of a bin", 1.0)
    bins: int = Field(10, ge=2, le=200, description="number of bins")

    def measured_in(self) -> str:
        """Return its unit."""
        return "mL/s"

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return (f"{self.side}.removed",)

    def measure(self, feed: Feed) -> Array:
        """Return the flow of each bin."""
        edges: Array = self.from_s + self.bin_s * np.arange(self.bins + 1.0)
        return np.diff(feed.at(f"{self.side}.removed", edges)) / self.bin_s


@final
class FeedLength(AbstractFeedQuantity):
    """Time from the first latch to the end."""

    name: Literal["feed_length"] = Field("feed_length", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "s"

    def measure(self, feed: Feed) -> float:
        """Return the time."""
        return feed.run.totals.duration_s - feed.latch


# Hormones -----------------------------------------------------------------------------------------


@final
class OxytocinAbove(AbstractFeedQuantity):
    """Plasma oxytocin above its level at the start, integrated over the session."""

    name: Literal["oxytocin_area"] = Field("oxytocin_area", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "pg/mL*s"

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return (OXYTOCIN,)

    def measure(self, feed: Feed) -> float:
        """Return the area."""
        return area(feed, OXYTOCIN, 0.0)


@final
class ProlactinAtEnd(AbstractFeedQuantity):
    """Plasma prolactin at the end of the session."""

    name: Literal["prolactin_at_end"] = Field("prolactin_at_end", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "ng/mL"

    def measure(self, feed: Feed) -> float:
        """Return the level."""
        return float(feed.lane.fields[field_index(PROLACTIN)])


@final
class ProlactinChange(AbstractFeedQuantity):
    """Size of the change of plasma prolactin from the start to a time."""

    name: Literal["prolactin_change"] = Field("prolactin_change", description="this quantity")
    at_s: float = option(600.0, "s", "time of the second sample")

    def measured_in(self) -> str:
        """Return its unit."""
        return "%"

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return (PROLACTIN,)

    def measure(self, feed: Feed) -> float:
        """Return the size of the change."""
        return float(100.0 * abs(feed.at(PROLACTIN, self.at_s) / feed.field(PROLACTIN)[0] - 1.0))


@final
class TimeOfHighestProlactin(AbstractFeedQuantity):
    """Time from the latch of the highest of prolactin samples drawn at equal intervals."""

    name: Literal["time_of_highest_prolactin"] = Field("time_of_highest_prolactin", description="this quantity")
    every_s: float = option(60.0, "s", "interval of the samples", 1.0)
    for_s: float = option(900.0, "s", "time from the latch to the last sample")

    def measured_in(self) -> str:
        """Return its unit."""
        return "s"

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return (PROLACTIN,)

    def measure(self, feed: Feed) -> float:
        """Return the time."""
        times = np.arange(0.0, self.for_s + 1.0e-6, self.every_s)
        return float(times[np.argmax(feed.at(PROLACTIN, feed.latch + times))])


# Breast, uterus, signs ----------------------------------------------------------------------------


def area(feed: Feed, path: str, since: float) -> float:
    """Return the integral from a time on of a field above its value at the start of the session."""
    values = feed.field(path)
    rise: Array = np.maximum(values - values[0], 0.0)
    late = feed.times >= since
    return float(np.trapezoid(rise[late], feed.times[late]))


@final
class DuctalPressureArea(AbstractFeedQuantity):
    """Ductal pressure of one breast above its start, integrated from the latch on."""

    name: Literal["ductal_pressure_area"] = Field("ductal_pressure_area", description="this quantity")
    side: Literal["left", "right"] = Field("right", description="the breast")

    def measured_in(self) -> str:
        """Return its unit."""
        return "mmHg*s"

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return (f"flows.ductal_{self.side}",)

    def measure(self, feed: Feed) -> float:
        """Return the area."""
        return area(feed, f"flows.ductal_{self.side}", feed.latch)


@final
class DuctalPressureCurve(AbstractFeedQuantity):
    """Ductal pressure of one breast at equal intervals from a time on."""

    name: Literal["ductal_pressure_curve"] = Field("ductal_pressure_curve", description="this quantity")
    side: Literal["left", "right"] = Field("right", description="the breast")
    from_s: float = option(10.0, "s", "time of the first sample")
    for_s: float = option(140.0, "s", "time from the first sample to the last")
    every_s: float = option(1.0, "s", "interval", 0.1)

    def measured_in(self) -> str:
        """Return its unit."""
        return "mmHg"

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return (f"flows.ductal_{self.side}",)

    def measure(self, feed: Feed) -> Array:
        """Return the pressures."""
        times = np.arange(0.0, self.for_s + 1.0e-6, self.every_s)
        return feed.at(f"flows.ductal_{self.side}", self.from_s + times)


@final
class UterineArea(AbstractFeedQuantity):
    """Tone of the uterus above its start, integrated from the latch on."""

    name: Literal["uterine_area"] = Field("uterine_area", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "s"

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return ("dyad.uterus.tone",)

    def measure(self, feed: Feed) -> float:
        """Return the area."""
        return area(feed, "dyad.uterus.tone", feed.latch)


class AbstractUterine(AbstractFeedQuantity):
    """Abstract base of what is read from contractions."""

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return ("dyad.uterus.tone", "dyad.uterus.phase")

    def state(self, feed: Feed) -> Uterus:
        """Return tone and phase over time."""
        tone, phase = (feed.field(path) for path in self.fields())
        return Uterus(tone, phase)  # type: ignore[arg-type]  # the equations take arrays as well

    def on(self, feed: Feed) -> Array:
        """Return at each time whether the uterus contracts, 0 or 1."""
        force = np.asarray(contraction(self.state(feed), feed.lane.start.parameters.uterus))
        return (force > CONTRACTING).astype(float)

    def number(self, feed: Feed) -> float:
        """Return the number of contractions."""
        on = self.on(feed)
        return float(on[0] + np.count_nonzero(np.diff(on) > 0.0))


@final
class StrongestAfterpain(AbstractUterine):
    """Highest index of afterpain."""

    name: Literal["strongest_afterpain"] = Field("strongest_afterpain", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return the index."""
        return float(np.max(afterpain(self.state(feed), feed.lane.start.parameters.uterus)))


@final
class Contractions(AbstractUterine):
    """Number of contractions of the uterus."""

    name: Literal["contractions"] = Field("contractions", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return the number."""
        return self.number(feed)


@final
class ContractionLength(AbstractUterine):
    """Mean length of the contractions of the uterus; 0 without any."""

    name: Literal["contraction_length"] = Field("contraction_length", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "s"

    def measure(self, feed: Feed) -> float:
        """Return the mean length."""
        number = self.number(feed)
        return float(np.sum(self.on(feed)[1:] * np.diff(feed.times))) / number if number else 0.0


@final
class SignSeen(AbstractFeedQuantity):
    """Whether a sign was noticed: 1 or 0."""

    name: Literal["sign_seen"] = Field("sign_seen", description="this quantity")
    sign: Literal["active_suck_swallow", "contralateral_drip", "tingling", "uterine_cramp", "thirst"] = Field(
        description="the sign"
    )
    from_latch: bool = Field(False, description="only from the first latch on")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return whether it was noticed."""
        since = feed.latch if self.from_latch else 0.0
        wanted = SignName(self.sign)
        return float(any(sign.name is wanted and sign.time_s >= since for sign in feed.run.signs))


@final
class HighestThirst(AbstractFeedQuantity):
    """Highest index of thirst; at rest it is 0."""

    name: Literal["highest_thirst"] = Field("highest_thirst", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return ("dyad.sensations.thirst",)

    def measure(self, feed: Feed) -> float:
        """Return the index."""
        return float(feed.field("dyad.sensations.thirst").max())


FEED_QUANTITIES: dict[str, type[AbstractFeedQuantity]] = {
    str(kind.model_fields["name"].default): kind
    for kind in (
        LetDowns,
        LetDownsAtBreast,
        FirstLetDownShare,
        LetDownFlow,
        FirstLetDown,
        Bursts,
        MilkRemoved,
        MilkTakenBy,
        ShareOfAvailable,
        DegreeOfEmptying,
        PeakFlow,
        FlowCurve,
        FeedLength,
        OxytocinAbove,
        ProlactinAtEnd,
        ProlactinChange,
        TimeOfHighestProlactin,
        DuctalPressureArea,
        DuctalPressureCurve,
        UterineArea,
        StrongestAfterpain,
        Contractions,
        ContractionLength,
        SignSeen,
        HighestThirst,
    )
}
"""Quantities of a session by the name that a study file writes."""
