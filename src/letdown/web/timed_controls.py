"""What can be changed while a feed plays: conditions, cues, the pressed nipple, the latch, the pump, a dose.

Each control turns a value that holds from a second on into a scenario (see `rewriting`). At second 0 it is an
ordinary setting, so a link may hold any of them with or without a time.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, final, get_args

from letdown._errors import ScenarioError
from letdown._units import shown
from letdown.body.surroundings import Cues
from letdown.devices.pump import ConstantSuction, PumpPhase, PumpProgramme, TwoPhase
from letdown.protocol.scenario import Conditions, Scenario
from letdown.protocol.steps import (
    ConditionChange,
    ConditionName,
    Cue,
    Dose,
    Latch,
    Press,
    Pump,
    Remark,
    Satisfied,
    Wait,
)
from letdown.web.rewriting import (
    Records,
    active_pump,
    changed_step,
    replaced,
    taken_over,
    with_steps,
    without_rest,
)

__all__ = ["TIMED_CONTROLS", "AbstractTimedControl"]

AFTER_S = 600.0
"""The run goes on so long after the infant is taken off, s."""

MOVE_S = 20.0
"""Pause in which the infant is moved to the other breast, s; as in a `switch` step."""

FEED_S = 1800.0
"""Longest feed after it is latched again, s."""

PUMP_S = 900.0
"""Longest pumping after a programme is chosen in mid-feed, s."""

CUE_LABELS = {
    "own_cry": "Own baby cries",
    "other_cry": "Another baby cries",
    "thought": "Thinking of the baby",
    "usual_hour": "The usual hour of a feed",
    "preparing": "Settling down to feed",
    "arousal": "Sexual arousal",
    "orgasm": "Orgasm",
}


@dataclass(frozen=True, slots=True)
class AbstractTimedControl(ABC):
    """Abstract base: one thing that can change in mid-feed."""

    key: str
    label: str
    group: str
    help: str

    @abstractmethod
    def described(self) -> dict[str, Any]:
        """Return kind, unit, range and default as the page reads them."""

    @abstractmethod
    def applied(self, scenario: Scenario, at_s: float, value: Any, records: Records) -> Scenario:
        """Return the scenario in which the control has this value from `at_s` on."""


def level(key: str, value: Any, low: float, high: float, unit: str = "") -> float:
    """Return a number in its range, or refuse it in one sentence."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ScenarioError(f"{key} = {shown(value)} cannot be used; give a number from {low:g} to {high:g}{unit}.")
    return float(value)


def chosen(key: str, value: Any, options: tuple[str, ...]) -> str:
    """Return one of the options, or refuse it in one sentence."""
    if value not in options:
        raise ScenarioError(f"{key} = {shown(value)} cannot be used; give one of {', '.join(options)}.")
    return str(value)


def range_of(low: float, high: float, step: float, default: float, unit: str) -> dict[str, Any]:
    """Return the description of a slider."""
    return {"kind": "range", "low": low, "high": high, "step": step, "default": default, "unit": unit, "choices": None}


def choice_of(options: tuple[str, ...]) -> dict[str, Any]:
    """Return the description of a choice; the first option is the default."""
    return {
        "kind": "choice",
        "low": None,
        "high": None,
        "step": None,
        "default": options[0],
        "unit": "1",
        "choices": list(options),
    }


@final
@dataclass(frozen=True, slots=True)
class ConditionControl(AbstractTimedControl):
    """A condition of the mother or of the room."""

    name: ConditionName

    def described(self) -> dict[str, Any]:
        """Return a level from 0 to 1."""
        return range_of(0.0, 1.0, 0.05, 0.0, "1")

    def applied(self, scenario: Scenario, at_s: float, value: Any, records: Records) -> Scenario:
        """Change the condition from then on; at 0 s it is the level of the whole run."""
        amount = level(self.key, value, 0.0, 1.0)
        if at_s == 0.0:
            return scenario.with_values({self.key: amount})
        return with_steps(scenario, ConditionChange(name=self.name, level=amount, at_s=at_s))


@final
@dataclass(frozen=True, slots=True)
class CueControl(AbstractTimedControl):
    """A cue that is present or not."""

    cue: Any

    def described(self) -> dict[str, Any]:
        """Return a strength from 0 to 1."""
        return range_of(0.0, 1.0, 0.05, 0.0, "1")

    def applied(self, scenario: Scenario, at_s: float, value: Any, records: Records) -> Scenario:
        """End the cue as it was and let it hold at this strength to the end of the run."""
        amount = level(self.key, value, 0.0, 1.0)
        kept = without_rest(scenario, at_s, lambda step: isinstance(step, Cue) and step.kind == self.cue)
        added = [Cue(kind=self.cue, strength=amount, at_s=at_s)] if amount > 0.0 else []
        return replaced(scenario, [*kept, *added])


PRESSED = ("none", "left", "right", "both")


@final
@dataclass(frozen=True, slots=True)
class PressControl(AbstractTimedControl):
    """Hand or arm pressing on a nipple."""

    def described(self) -> dict[str, Any]:
        """Return which nipple."""
        return choice_of(PRESSED)

    def applied(self, scenario: Scenario, at_s: float, value: Any, records: Records) -> Scenario:
        """Press from then on, or let go."""
        side: Any = chosen(self.key, value, PRESSED)
        kept = without_rest(scenario, at_s, lambda step: isinstance(step, Press))
        return replaced(scenario, kept if side == "none" else [*kept, Press(side=side, at_s=at_s)])


@final
@dataclass(frozen=True, slots=True)
class RemarkControl(AbstractTimedControl):
    """A discouraging remark, made at one moment."""

    def described(self) -> dict[str, Any]:
        """Return how much it hurts."""
        return range_of(0.0, 1.0, 0.05, 0.0, "1")

    def applied(self, scenario: Scenario, at_s: float, value: Any, records: Records) -> Scenario:
        """Make the remark then."""
        severity = level(self.key, value, 0.0, 1.0)
        return with_steps(scenario, Remark(severity=severity, at_s=at_s)) if severity > 0.0 else scenario


@final
@dataclass(frozen=True, slots=True)
class DoseControl(AbstractTimedControl):
    """Oxytocin given at one moment."""

    route: Any
    most_mu: float

    def described(self) -> dict[str, Any]:
        """Return how much."""
        return range_of(0.0, self.most_mu, self.most_mu / 100.0, 0.0, "mU")

    def applied(self, scenario: Scenario, at_s: float, value: Any, records: Records) -> Scenario:
        """Give it then."""
        amount = level(self.key, value, 0.0, self.most_mu, " mU")
        return with_steps(scenario, Dose(route=self.route, amount_mu=amount, at_s=at_s)) if amount > 0.0 else scenario


@final
@dataclass(frozen=True, slots=True)
class UnlatchControl(AbstractTimedControl):
    """The infant is taken off the breast."""

    def described(self) -> dict[str, Any]:
        """Return a switch."""
        return {
            "kind": "switch",
            "low": None,
            "high": None,
            "step": None,
            "default": False,
            "unit": "1",
            "choices": None,
        }

    def applied(self, scenario: Scenario, at_s: float, value: Any, records: Records) -> Scenario:
        """Take it off, and see what the breasts do for 10 min."""
        if value is False or value == 0:
            return scenario
        if value is not True and value != 1:
            raise ScenarioError(f"{self.key} = {shown(value)} cannot be used; give true.")
        return taken_over(scenario, at_s, records, Wait(for_s=AFTER_S))


LATCHED = ("none", "left", "right")


@final
@dataclass(frozen=True, slots=True)
class RelatchControl(AbstractTimedControl):
    """The infant is put to a breast."""

    def described(self) -> dict[str, Any]:
        """Return which breast."""
        return choice_of(LATCHED)

    def applied(self, scenario: Scenario, at_s: float, value: Any, records: Records) -> Scenario:
        """Put it there; from the other breast it takes 20 s."""
        side: Any = chosen(self.key, value, LATCHED)
        if side == "none":
            return scenario
        latched = any(r.do in ("latch", "switch") and r.start_s < at_s < r.end_s for r in records())
        start_s = at_s + MOVE_S if latched else at_s
        return taken_over(scenario, at_s, records, Latch(side=side, at_s=start_s, until=(Satisfied(),), for_s=FEED_S))


PROGRAMMES: dict[str, Any] = {
    "two-phase": lambda: TwoPhase(suction_mmhg=190.7),
    "stimulation": lambda: PumpProgramme(phases=(PumpPhase(suction_mmhg=95.0, rate_per_min=120.0),)),
    "expression": lambda: PumpProgramme(phases=(PumpPhase(suction_mmhg=190.7, rate_per_min=60.0),)),
    "collector": lambda: ConstantSuction(suction_mmhg=40.0),
}
PUMP_CHOICES = ("unchanged", *PROGRAMMES, "off")


@final
@dataclass(frozen=True, slots=True)
class PumpProgrammeControl(AbstractTimedControl):
    """The programme of the pump."""

    def described(self) -> dict[str, Any]:
        """Return which programme."""
        return choice_of(PUMP_CHOICES)

    def applied(self, scenario: Scenario, at_s: float, value: Any, records: Records) -> Scenario:
        """Run it from then on, on the breast that was pumped or else on both; or take the pump off."""
        name = chosen(self.key, value, PUMP_CHOICES)
        if name == "unchanged":
            return scenario
        if name == "off":
            return taken_over(scenario, at_s, records, Wait(for_s=AFTER_S))
        pumped = [step.side for step in scenario.protocol if isinstance(step, Pump)]
        side: Any = pumped[-1] if pumped else "both"
        return taken_over(
            scenario, at_s, records, Pump(side=side, at_s=at_s, programme=PROGRAMMES[name](), for_s=PUMP_S)
        )


@final
@dataclass(frozen=True, slots=True)
class PumpDialControl(AbstractTimedControl):
    """A dial of the pump: its suction, or its rate."""

    dial: str
    low: float
    high: float
    unit: str
    default: float

    def described(self) -> dict[str, Any]:
        """Return a range."""
        return range_of(self.low, self.high, 1.0, self.default, self.unit)

    def applied(self, scenario: Scenario, at_s: float, value: Any, records: Records) -> Scenario:
        """Turn the dial of the phase under way and stay in it; at 0 s, of every programme as a whole."""
        amount = level(self.key, value, self.low, self.high, f" {self.unit}")
        if at_s == 0.0:
            steps = [self._from_the_start(s, amount) if isinstance(s, Pump) else s for s in scenario.protocol]
            return replaced(scenario, steps)
        found = active_pump(scenario, at_s, records)
        if found is None:
            raise ScenarioError(f"{self.key} cannot change at {at_s:g} s, when no pump works; choose another moment.")
        step, number, rest_s = found
        phase = step.programme.phases[number]
        turned = changed_step(phase, **{self.dial: amount}, for_s=None, until_flow_ml_s=None)
        programme = PumpProgramme(phases=(turned,))
        return taken_over(
            scenario, at_s, records, changed_step(step, at_s=at_s, programme=programme, for_s=round(rest_s, 1))
        )

    def _from_the_start(self, step: Pump, amount: float) -> Pump:
        programme = step.programme
        if self.dial in type(programme).model_fields:
            turned: Any = changed_step(programme, **{self.dial: amount})
        elif isinstance(programme, PumpProgramme):
            share = amount / max(getattr(programme.phases[-1], self.dial), 1e-9)
            phases = [self._phase(phase, share) for phase in programme.phases]
            turned = PumpProgramme(phases=tuple(phases))
        else:
            return step  # steady suction has no rate
        changed: Pump = changed_step(step, programme=turned)
        return changed

    def _phase(self, phase: PumpPhase, share: float) -> PumpPhase:
        value = min(max(getattr(phase, self.dial) * share, self.low), self.high)
        changed: PumpPhase = changed_step(phase, **{self.dial: value})
        return changed


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _conditions() -> list[AbstractTimedControl]:
    return [
        ConditionControl(
            f"conditions.{name}", _label(name), "interference", str(Conditions.model_fields[name].description), name
        )
        for name in get_args(ConditionName)
    ]


def _cues() -> list[AbstractTimedControl]:
    text = "How strongly it reaches her: 0 is absent. What she has not learned to expect has no effect."
    return [CueControl(f"cues.{name}", CUE_LABELS[name], "cues", text, name) for name in Cues._fields]


TIMED_CONTROLS: dict[str, AbstractTimedControl] = {
    control.key: control
    for control in (
        *_conditions(),
        RemarkControl("remark", "A discouraging remark", "interference", "Made once, at this moment; it fades."),
        *_cues(),
        PressControl("press", "Press the nipple", "nipple", "Arms crossed or the heel of the hand: 30 mmHg."),
        UnlatchControl("unlatch", "Take the baby off", "latch", "The feed ends; the run goes on for 10 min."),
        RelatchControl("relatch", "Put the baby to", "latch", "Moving it from the other breast takes 20 s."),
        PumpProgrammeControl("pump.programme", "Pump programme", "pump", "Put the pump on, change it or take it off."),
        PumpDialControl(
            "pump.suction_mmhg", "Pump suction", "pump", "Peak of each cycle, below ambient.",
            "suction_mmhg", 0.0, 300.0, "mmHg", 190.0,
        ),
        PumpDialControl(
            "pump.rate_per_min", "Pump rate", "pump", "Cycles a minute.", "rate_per_min", 5.0, 150.0, "1/min", 60.0
        ),
        DoseControl("dose.iv_mu", "Oxytocin into a vein", "dose", "Given at once.", "iv", 1000.0),
        DoseControl("dose.nasal_mu", "Oxytocin as a nasal spray", "dose", "Given at once.", "nasal", 50000.0),
    )
}  # fmt: skip
"""Every timed control by its key."""
