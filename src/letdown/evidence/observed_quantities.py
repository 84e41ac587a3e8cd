"""What studies read from instruments: drawn blood, ducts on ultrasound, milk on a balance, weighed infants.

Let-downs here are those that the instrument and its observer find, not the true ones of the model.
"""

import math
from typing import ClassVar, Literal, final

import numpy as np
from pydantic import Field

from letdown.body.ducts import duct_diameter
from letdown.evidence.feed_quantities import OXYTOCIN, option
from letdown.evidence.instrument import AbstractObserved
from letdown.evidence.quantity import Array, Feed
from letdown.instruments.duct_response_detector import DuctResponseDetector
from letdown.instruments.let_down_detector import LetDownDetector
from letdown.instruments.milk_signal import CollectedMilk
from letdown.instruments.observation import Observation

__all__ = ["OBSERVED_QUANTITIES"]

PG_PER_MICROUNIT = 1.71
"""1 uU of oxytocin is 1.71 pg [deGroot1995]."""
SHORTEST_S = 60.0
"""A breast that is watched for less shows no ejection."""


def trace(feed: Feed, path: str) -> tuple[Array, Array]:
    """Return times and values of a field; a session repeats its last time where it stops between two rows."""
    times, index = np.unique(feed.times, return_index=True)
    return times, feed.field(path)[index]


# Blood --------------------------------------------------------------------------------------------


class AbstractDrawn(AbstractObserved):
    """Abstract base of what is read from drawn blood: a draw at the latch, or the start without one, and so on."""

    sees = "blood_draws"
    for_s: float = option(900.0, "s", "time from the first draw to the last")

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return (OXYTOCIN,)

    def drawn(self, feed: Feed) -> Observation:
        """Return the series of samples."""
        instrument = self.given()
        draws = instrument.build()
        first = 0.0 if feed.run.totals.first_latch_s is None else feed.latch
        times = first + np.arange(0.0, self.for_s + 1.0e-6, draws.parameters.interval)
        found: Observation = draws.observe(*trace(feed, OXYTOCIN), instrument.generator(feed), times)
        return found


@final
class DrawnOxytocin(AbstractDrawn):
    """Oxytocin of the sample drawn nearest to a time from the latch; by activity, 1 uU is 1.71 pg."""

    name: Literal["drawn_oxytocin"] = Field("drawn_oxytocin", description="this quantity")
    after_latch_s: float = option(0.0, "s", "time from the latch")
    by_activity: bool = Field(False, description="in uU/mL instead of pg/mL")

    def measured_in(self) -> str:
        """Return its unit."""
        return "uU/mL" if self.by_activity else "pg/mL"

    def measure(self, feed: Feed) -> float:
        """Return the level."""
        seen = self.drawn(feed)
        nearest = int(np.argmin(np.abs(seen.time_s - seen.time_s[0] - self.after_latch_s)))
        return float(seen.value[nearest]) / (PG_PER_MICROUNIT if self.by_activity else 1.0)


@final
class DrawnPulses(AbstractDrawn):
    """Pulses in a series of samples, by the rule of the instrument."""

    name: Literal["drawn_pulses"] = Field("drawn_pulses", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return their number."""
        return float(self.given().build().pulses(self.drawn(feed)).size)


@final
class DrawnRise(AbstractDrawn):
    """Whether any sample lies above the first by more than a limit: 1 or 0."""

    name: Literal["drawn_rise"] = Field("drawn_rise", description="this quantity")
    above: float = option(1.0, "pg/mL", "rise that counts", 0.0, 1000.0)

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return whether there was a rise."""
        values = self.drawn(feed).value
        return float(values.max() - values[0] > self.above)


# Ducts on ultrasound ------------------------------------------------------------------------------


class AbstractScanned(AbstractObserved):
    """Abstract base of what is read from a duct of the breast that is not worked on, over the whole session."""

    sees = "duct_ultrasound"

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return ("left.ductal_milk", "right.ductal_milk", "left.removed", "right.removed")

    def onsets(self, feed: Feed) -> Array:
        """Return the onsets of the ejections that an observer calls, s."""
        return feed.once(f"onsets {self.given().key()}", lambda: self._onsets(feed))

    def _onsets(self, feed: Feed) -> Array:
        instrument = self.given()
        scan, rng = instrument.build(), instrument.generator(feed)
        found: list[float] = []
        for worked_on, start_s, end_s in _watches(feed):
            if end_s - start_s < SHORTEST_S:
                continue
            side = "right" if worked_on == "left" else "left"
            times, milk = trace(feed, f"{side}.ductal_milk")
            watched = (times >= start_s) & (times <= end_s)
            ducts = getattr(feed.lane.start.parameters, side).ducts
            diameter = np.asarray(duct_diameter(milk[watched], ducts))  # type: ignore[arg-type]  # takes arrays too
            seen = scan.observe(times[watched], diameter, rng)
            found += [event.onset_s for event in DuctResponseDetector().detect(seen.time_s, seen.value).let_downs]
        return np.array(found)


def _watches(feed: Feed) -> list[tuple[str | None, float, float]]:
    """Return the times over which a film runs: breast worked on, start, end, s. The phases of a pump are one film."""
    films: dict[int, tuple[str | None, float, float]] = {}
    for step in feed.run.steps:
        if step.do in ("latch", "switch", "pump"):
            start_s = films[step.index][1] if step.index in films else step.start_s
            films[step.index] = step.side, start_s, step.end_s
    return list(films.values())


@final
class EjectionsScanned(AbstractScanned):
    """Ejections that ultrasound of the other breast shows."""

    name: Literal["ejections_scanned"] = Field("ejections_scanned", description="this quantity")
    at_least: int = Field(0, ge=0, le=99, description="1 if there were so many, else 0; 0: the number itself")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return their number, or whether it was reached."""
        number = self.onsets(feed).size
        return float(number >= self.at_least) if self.at_least else float(number)


@final
class ScannedShare(AbstractScanned):
    """Share of the milk taken that left between the first onset on ultrasound and the one after the first so many."""

    name: Literal["scanned_share"] = Field("scanned_share", description="this quantity")
    first: int = Field(1, ge=1, le=99, description="how many ejections from the first on")

    def measured_in(self) -> str:
        """Return its unit."""
        return "%"

    def measure(self, feed: Feed) -> float:
        """Return the share; NaN where no ejection was seen."""
        onsets = self.onsets(feed)
        if not onsets.size or feed.removed <= 0.0:
            return math.nan
        end = float(onsets[self.first]) if onsets.size > self.first else feed.run.totals.duration_s
        sides = ("left.removed", "right.removed")
        milk = sum(float(feed.at(side, end) - feed.at(side, float(onsets[0]))) for side in sides)
        return 100.0 * milk / feed.removed


# Milk on a balance --------------------------------------------------------------------------------


class AbstractWeighed(AbstractObserved):
    """Abstract base of what is read from a balance under one breast while a pump works on it."""

    sees = "balance"
    side: Literal["left", "right"] = Field("right", description="the breast")

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return (f"{self.side}.removed",)

    def weighed(self, feed: Feed) -> Observation:
        """Return the readings of the balance, g."""
        return feed.once(f"weighed {self.side} {self.given().key()}", lambda: self._weighed(feed))

    def onsets(self, feed: Feed) -> list[float]:
        """Return the onsets of the let-downs that the detector finds, s."""
        return feed.once(f"let-downs {self.side} {self.given().key()}", lambda: self._onsets(feed))

    def _onsets(self, feed: Feed) -> list[float]:
        seen, density = self.weighed(feed), self.given().build().parameters.density
        return [e.onset_s for e in LetDownDetector().detect(CollectedMilk(seen.time_s, seen.value / density)).let_downs]

    def _weighed(self, feed: Feed) -> Observation:
        instrument = self.given()
        times, milk = trace(feed, f"{self.side}.removed")
        start = min((s.start_s for s in feed.run.steps if s.do == "pump"), default=0.0)
        watched = times >= start
        found: Observation = instrument.build().observe(times[watched], milk[watched], instrument.generator(feed))
        return found


@final
class EjectionsWeighed(AbstractWeighed):
    """Ejections found in the milk on a balance."""

    name: Literal["ejections_weighed"] = Field("ejections_weighed", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return their number."""
        return float(len(self.onsets(feed)))


@final
class WeighedShare(AbstractWeighed):
    """Share of the milk on the balance between the first onset and the one after the first so many."""

    name: Literal["weighed_share"] = Field("weighed_share", description="this quantity")
    first: int = Field(1, ge=1, le=99, description="how many ejections from the first on")

    def measured_in(self) -> str:
        """Return its unit."""
        return "%"

    def measure(self, feed: Feed) -> float:
        """Return the share; NaN where no ejection was found."""
        seen, onsets = self.weighed(feed), self.onsets(feed)
        total = float(seen.value[-1] - seen.value[0])
        if not onsets or total <= 0.0:
            return math.nan
        end = onsets[self.first] if len(onsets) > self.first else float(seen.time_s[-1])
        milk = np.interp([onsets[0], end], seen.time_s, seen.value)
        return 100.0 * float(milk[1] - milk[0]) / total


@final
class WeighedYield(AbstractWeighed):
    """Milk on the balance at the end; in mL at the density of the balance, or in g."""

    name: Literal["weighed_yield"] = Field("weighed_yield", description="this quantity")
    in_grams: bool = Field(False, description="in g instead of mL")

    def measured_in(self) -> str:
        """Return its unit."""
        return "g" if self.in_grams else "mL"

    def measure(self, feed: Feed) -> float:
        """Return the milk."""
        seen = self.weighed(feed)
        mass = float(seen.value[-1] - seen.value[0])
        return mass if self.in_grams else mass / float(self.given().build().parameters.density)


@final
class WeighedPeakFlow(AbstractWeighed):
    """Largest flow between two readings of the balance."""

    name: Literal["weighed_peak_flow"] = Field("weighed_peak_flow", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "g/s"

    def measure(self, feed: Feed) -> float:
        """Return the flow."""
        seen = self.weighed(feed)
        return float((np.diff(seen.value) / np.diff(seen.time_s)).max())


# Weighed infants ----------------------------------------------------------------------------------


@final
class TestWeighed(AbstractObserved):
    """Milk of a feed by weighing the infant before and after, corrected for the water that it lost."""

    __test__: ClassVar[bool] = False  # its name is no test's
    sees = "infant_weighing"
    name: Literal["test_weighed"] = Field("test_weighed", description="this quantity")
    in_grams: bool = Field(False, description="in g instead of mL")
    weight_kg: float = option(6.0, "kg", "weight of the infant", 0.5, 20.0)

    def measured_in(self) -> str:
        """Return its unit."""
        return "g" if self.in_grams else "mL"

    def measure(self, feed: Feed) -> float:
        """Return the milk."""
        instrument = self.given()
        scale = instrument.build()
        duration = feed.run.totals.duration_s - feed.latch
        weighings = scale.observe(feed.removed, duration, self.weight_kg, instrument.generator(feed))
        milk = float(scale.corrected_ml(weighings, duration)[0])
        return milk * float(scale.parameters.density) if self.in_grams else milk


OBSERVED_QUANTITIES: dict[str, type[AbstractObserved]] = {
    str(kind.model_fields["name"].default): kind
    for kind in (
        DrawnOxytocin,
        DrawnPulses,
        DrawnRise,
        EjectionsScanned,
        ScannedShare,
        EjectionsWeighed,
        WeighedShare,
        WeighedYield,
        WeighedPeakFlow,
        TestWeighed,
    )
}
"""Quantities read from instruments by the name that a study file writes."""
