"""Oxytocin in blood as it is drawn: levels, rises and pulses of a series of samples."""

from itertools import pairwise
from typing import Literal, final

import numpy as np
from pydantic import Field

from letdown.evidence.feed_quantities import OXYTOCIN, option
from letdown.evidence.quantity import AbstractFeedQuantity, Array, Feed

__all__ = ["BLOOD_QUANTITIES", "pulses"]

PG_PER_MICROUNIT = 1.71
"""1 uU of oxytocin is 1.71 pg [deGroot1995]."""


def pulses(samples: Array, rise: float) -> int:
    """Return the pulses in a series of samples: rises by more than a share above the last low, one until it falls.

    Examples
    --------
    >>> pulses([2.0, 3.0, 2.5, 3.2, 3.0, 3.7], rise=0.25)
    2
    """
    count, low, rising = 0, samples[0], False
    for before, now in pairwise(samples):
        if now < before:
            low, rising = now, False
        elif not rising and now > (1.0 + rise) * low:
            count, rising = count + 1, True
    return count


class AbstractBlood(AbstractFeedQuantity):
    """Abstract base of what is read from plasma oxytocin."""

    def fields(self) -> tuple[str, ...]:
        """Return the fields that must be traced."""
        return (OXYTOCIN,)


@final
class OxytocinAt(AbstractBlood):
    """Plasma oxytocin at a time from the latch; by activity, 1 uU is 1.71 pg."""

    name: Literal["oxytocin_at"] = Field("oxytocin_at", description="this quantity")
    after_latch_s: float = option(0.0, "s", "time from the latch")
    by_activity: bool = Field(False, description="in uU/mL instead of pg/mL")

    def measured_in(self) -> str:
        """Return its unit."""
        return "uU/mL" if self.by_activity else "pg/mL"

    def measure(self, feed: Feed) -> float:
        """Return the level."""
        level = float(feed.at(OXYTOCIN, feed.latch + self.after_latch_s))
        return level / PG_PER_MICROUNIT if self.by_activity else level


@final
class OxytocinAtEnd(AbstractBlood):
    """Plasma oxytocin at the end of the session."""

    name: Literal["oxytocin_at_end"] = Field("oxytocin_at_end", description="this quantity")

    def measured_in(self) -> str:
        """Return its unit."""
        return "pg/mL"

    def measure(self, feed: Feed) -> float:
        """Return the level."""
        return float(feed.field(OXYTOCIN)[-1])


@final
class OxytocinRises(AbstractBlood):
    """Whether any of a series of samples lies above the level at the start by more than a limit: 1 or 0."""

    name: Literal["oxytocin_rises"] = Field("oxytocin_rises", description="this quantity")
    above: float = option(1.0, "pg/mL", "rise that counts", 0.0, 1000.0)
    every_s: float = option(60.0, "s", "interval of the samples", 1.0)
    for_s: float = option(540.0, "s", "time of the last sample")

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return whether there was a rise."""
        times = np.arange(0.0, self.for_s + 1.0e-6, self.every_s)
        return float(feed.at(OXYTOCIN, times).max() - feed.field(OXYTOCIN)[0] > self.above)


@final
class OxytocinPulses(AbstractBlood):
    """Pulses of oxytocin in samples drawn at equal intervals from the latch on."""

    name: Literal["oxytocin_pulses"] = Field("oxytocin_pulses", description="this quantity")
    every_s: float = option(120.0, "s", "interval of the samples", 1.0)
    for_s: float = option(1200.0, "s", "time from the latch to the last sample")
    rise: float = option(0.25, "1", "rise above the last low that counts, as a share of it", 0.0, 10.0)

    def measured_in(self) -> str:
        """Return its unit."""
        return "1"

    def measure(self, feed: Feed) -> float:
        """Return their number."""
        times = feed.latch + np.arange(0.0, self.for_s + 1.0e-6, self.every_s)
        return float(pulses(feed.at(OXYTOCIN, times), self.rise))


BLOOD_QUANTITIES: dict[str, type[AbstractFeedQuantity]] = {
    str(kind.model_fields["name"].default): kind for kind in (OxytocinAt, OxytocinAtEnd, OxytocinRises, OxytocinPulses)
}
"""Quantities of blood by the name that a study file writes."""
