"""A life as the engine reads it: who answers a hungry infant, what is done at which hour, what is taken.

`letdown.protocol.lactation_build` writes it from a scenario. Days count from 1; hours are those of the clock.
"""

from dataclasses import dataclass
from enum import IntEnum

from letdown.body.surroundings import Cues
from letdown.engine.program import Program

__all__ = ["Answer", "AnswerRule", "Appointment", "Dose", "Intake", "LifeProgram", "Protocol", "What", "Window"]


class Answer(IntEnum):
    """What a hungry infant gets."""

    BREAST = 0
    FORMULA = 1
    EXPRESSED = 2
    SOOTHED = 3


class What(IntEnum):
    """What is done at an appointment."""

    FEED = 0
    PUMP = 1
    CUE = 2


@dataclass(frozen=True, slots=True)
class Window:
    """When something holds: days from 1, the last one included, hours of the clock (may pass midnight), weekdays."""

    from_day: float = 1.0
    to_day: float = 1.0e6
    from_hour: float = 0.0
    to_hour: float = 24.0
    weekdays_only: bool = False

    def holds_on(self, day: int) -> bool:
        """Return whether the window is open on some hour of this day. The first day is a Monday."""
        return self.from_day <= day <= self.to_day and not (self.weekdays_only and (day - 1) % 7 > 4)

    def holds(self, day: int, hour: float) -> bool:
        """Return whether the window is open now."""
        if self.from_hour <= self.to_hour:
            inside = self.from_hour <= hour < self.to_hour
        else:
            inside = hour >= self.from_hour or hour < self.to_hour
        return inside and self.holds_on(day)


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """Who answers hunger in a window: the first rule that holds; `share` of the calls of a day, by turns."""

    window: Window
    answer: Answer
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Protocol:
    """A session of the reflex: its program and the cues that a mother learns from it."""

    program: Program
    cues: Cues


@dataclass(frozen=True, slots=True)
class Appointment:
    """Something done at fixed hours, or so many times a day at random hours."""

    window: Window
    what: What
    hours: tuple[float, ...] = ()
    times_a_day: float = 0.0
    protocol: str = ""
    left: bool = True
    right: bool = True
    after_feed: bool = False


@dataclass(frozen=True, slots=True)
class Dose:
    """Doses of a drug at fixed hours; `level` is what each adds, in units of the level of half effect."""

    window: Window
    hours: tuple[float, ...]
    drug: str
    level: float


@dataclass(frozen=True, slots=True)
class Intake:
    """What is taken every day of a window: oestrogen of a pill, smoke, 0-1; share of solid food at its ends."""

    window: Window
    pill: float = 0.0
    smoke: float = 0.0
    solids_from: float = 0.0
    solids_to: float = 0.0


@dataclass(frozen=True, slots=True)
class LifeProgram:
    """A life ready to run. Protocols by name: "feed-lr", "woken-l", "first-feed-rl" and so on, pumpings, cues."""

    days: int
    infants: int
    sides: tuple[bool, bool]
    first_feed_h: float
    answers: tuple[AnswerRule, ...]
    appointments: tuple[Appointment, ...]
    doses: tuple[Dose, ...]
    intakes: tuple[Intake, ...]
    protocols: dict[str, Protocol]
    formula_kcal_ml: float = 0.67
    top_up: bool = True
