"""Steps of a protocol: what is done to the breasts, and what happens around them.

Foreground steps remove milk or wait. They run one after another in the order written; one with `at_s` starts
at that time whatever runs before it. Each ends by the first of its rules (`until`) that holds, or after
`for_s`. Background steps (cues, remarks, conditions, pressing, doses) start at `at_s` and last `for_s`, or to
the end of the run. `Unlatch` takes the infant off whichever breast it is on; the protocol then goes on with
its next step.

Where steps overlap, the order of the lines does not matter. Of two levels of one condition, or two presses of one
nipple, the one that began later holds until it ends; from the same moment they must agree. Of two cues of one kind
the stronger holds, cues of different kinds add, and doses add.

A rule may be written as a text: "satisfied", "flow < 1 mL/min for 2 min", "flow > 0.05 mL/s".
"""

import re
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from letdown._table import Table, refused, tagged, unit
from letdown._units import shown
from letdown.devices.hand import AbstractHand
from letdown.devices.pump import Programme

__all__ = [
    "Background",
    "BreastSide",
    "ConditionChange",
    "ConditionName",
    "Cue",
    "CueKind",
    "Dose",
    "FlowAbove",
    "FlowBelow",
    "Foreground",
    "HandExpress",
    "Latch",
    "Press",
    "Pump",
    "Remark",
    "Rule",
    "Satisfied",
    "Side",
    "Step",
    "Switch",
    "Unlatch",
    "Wait",
]

Side = Literal["left", "right"]
BreastSide = Literal["left", "right", "both"]

CueKind = Literal["own_cry", "other_cry", "thought", "usual_hour", "preparing", "arousal", "orgasm"]

ConditionName = Literal[
    "embarrassment",
    "anger",
    "irritation",
    "fear",
    "resentment",
    "fatigue",
    "stress",
    "noise",
    "nipple_pain",
    "uterine_pain",
    "poor_positioning",
    "engorgement",
]

LONGEST_S = 21600.0
"""Six hours: no step and no run is longer."""


class Satisfied(Table):
    """Ends a feed when the infant has had enough."""

    rule: Literal["satisfied"] = Field("satisfied", description="the kind of rule")

    def text(self) -> str:
        """Return the rule as a scenario file writes it."""
        return "satisfied"


class FlowBelow(Table):
    """Ends a step when milk has flowed more slowly than a limit for a time without a break."""

    rule: Literal["flow_below"] = Field("flow_below", description="the kind of rule")
    flow_ml_s: float = Field(ge=0.0001, le=2.0, json_schema_extra=unit("mL/s"), description="limit of the milk flow")
    for_s: float = Field(
        ge=1.0,
        le=LONGEST_S,
        json_schema_extra=unit("s"),
        description="time that the flow must stay below the limit",
    )

    def text(self) -> str:
        """Return the rule as a scenario file writes it."""
        return f"flow < {self.flow_ml_s!r} mL/s for {self.for_s!r} s"


class FlowAbove(Table):
    """Ends a step as soon as milk flows faster than a limit: a let-down has been detected."""

    rule: Literal["flow_above"] = Field("flow_above", description="the kind of rule")
    flow_ml_s: float = Field(ge=0.0001, le=2.0, json_schema_extra=unit("mL/s"), description="limit of the milk flow")

    def text(self) -> str:
        """Return the rule as a scenario file writes it."""
        return f"flow > {self.flow_ml_s!r} mL/s"


RuleName = Literal["satisfied", "flow_below", "flow_above"]
RULE_TEXT = re.compile(r"flow\s*(?P<sign>[<>])\s*(?P<flow>.+?)(?:\s+for\s+(?P<time>.+))?")
LONGEST_RULE = 400
"""Letters of the longest text that is read as a rule."""

RULE_FORMS = '"satisfied", "flow < 1 mL/min for 2 min" or "flow > 0.05 mL/s"'


def _rule_given(value: Any) -> Any:
    """Turn the text of a rule into its table."""
    if not isinstance(value, str):
        return tagged(value, "rule", get_args(RuleName))
    text = value.strip()
    if text == "satisfied":
        return {"rule": "satisfied"}
    match = RULE_TEXT.fullmatch(text) if len(text) <= LONGEST_RULE else None
    if match is None:
        raise refused(f"{shown(value)} is not a rule; write {RULE_FORMS}.")
    if match["sign"] == "<":
        if match["time"] is None:
            raise refused(f'{shown(value)} does not say for how long; write it like "flow < 1 mL/min for 2 min".')
        return {"rule": "flow_below", "flow_ml_s": match["flow"], "for_s": match["time"]}
    if match["time"] is not None:
        raise refused(f'{shown(value)} ends at the first flow above its limit; leave out "for {match["time"]}".')
    return {"rule": "flow_above", "flow_ml_s": match["flow"]}


def _rules_given(value: Any) -> Any:
    """Take a single rule for a list of one."""
    return [value] if isinstance(value, str | dict | Table) else value


AnyRule = Annotated[Satisfied | FlowBelow | FlowAbove, Field(discriminator="rule")]
Rule = Annotated[AnyRule, BeforeValidator(_rule_given, json_schema_input_type=str | AnyRule)]
"""When a foreground step ends, as a table or as a text."""

Until = Annotated[
    tuple[Rule, ...],
    BeforeValidator(_rules_given, json_schema_input_type=str | AnyRule | list[str | AnyRule]),
]


class AbstractForeground(Table):
    """Abstract base of the steps that remove milk: each must say when it ends."""

    infant_drinks: ClassVar[bool] = False
    """Whether an infant drinks during this step, so that it can be satisfied."""

    until: Until = Field((), description="rules that end the step, whichever holds first")
    for_s: float | None = Field(
        None, ge=1.0, le=LONGEST_S, json_schema_extra=unit("s"), description="longest time the step lasts"
    )

    @model_validator(mode="after")
    def _ends_some_time(self) -> Self:
        if not self.until and self.for_s is None:
            raise refused(
                'would never end; give it for_s = 900, or a rule: until = ["flow < 1 mL/min for 2 min"].',
                " ",
            )
        kinds = [rule.rule for rule in self.until]
        for kind in sorted(set(kinds)):
            if kinds.count(kind) > 1:
                raise refused(f"until holds two rules of the kind {kind}; keep the one that ends the step first.", ".")
        if not self.infant_drinks and any(isinstance(rule, Satisfied) for rule in self.until):
            raise refused('until holds "satisfied", but no infant drinks in this step; use for_s or a flow rule.', ".")
        return self


class Latch(AbstractForeground):
    """The infant takes a breast."""

    infant_drinks: ClassVar[bool] = True

    do: Literal["latch"] = Field("latch", description="the kind of step")
    side: Side = Field(description="the breast it takes")
    at_s: float | None = Field(
        None,
        ge=0.0,
        le=LONGEST_S,
        json_schema_extra=unit("s"),
        description="start; left out: after the step before",
    )


class Switch(AbstractForeground):
    """The infant is moved from the breast of its last feed to the other."""

    infant_drinks: ClassVar[bool] = True

    do: Literal["switch"] = Field("switch", description="the kind of step")


class Unlatch(Table):
    """The mother takes the infant off the breast, whether it has finished or not."""

    do: Literal["unlatch"] = Field("unlatch", description="the kind of step")
    at_s: float = Field(ge=0.0, le=LONGEST_S, json_schema_extra=unit("s"), description="time at which it is taken off")


class Pump(AbstractForeground):
    """A pump, or a silicone collector, works on one breast or both."""

    do: Literal["pump"] = Field("pump", description="the kind of step")
    side: BreastSide = Field(description="the breast it works on")
    at_s: float | None = Field(
        None,
        ge=0.0,
        le=LONGEST_S,
        json_schema_extra=unit("s"),
        description="start; left out: after the step before",
    )
    programme: Programme = Field(description="the programme of suction: named, or a list of phases")


class HandExpress(AbstractForeground, AbstractHand):
    """A hand expresses one breast or both."""

    do: Literal["hand_express"] = Field("hand_express", description="the kind of step")
    side: BreastSide = Field(description="the breast it works on")
    at_s: float | None = Field(
        None,
        ge=0.0,
        le=LONGEST_S,
        json_schema_extra=unit("s"),
        description="start; left out: after the step before",
    )


class Wait(Table):
    """Nothing is done to the breasts."""

    do: Literal["wait"] = Field("wait", description="the kind of step")
    for_s: float = Field(ge=1.0, le=LONGEST_S, json_schema_extra=unit("s"), description="time to wait")


class AbstractBackground(Table):
    """Abstract base of what happens beside the foreground."""

    at_s: float = Field(0.0, ge=0.0, le=LONGEST_S, json_schema_extra=unit("s"), description="start")


class Cue(AbstractBackground):
    """Something that the mother has learned to connect with feeding, or that releases oxytocin unlearned.

    Of two of one kind at a time the stronger holds.
    """

    do: Literal["cue"] = Field("cue", description="the kind of step")
    kind: CueKind = Field(description="what it is; arousal and orgasm need no learning")
    strength: float = Field(
        1.0,
        ge=0.0,
        le=1.0,
        json_schema_extra=unit("1"),
        description="how strongly it reaches her, 0 (not) to 1",
    )
    for_s: float | None = Field(
        None,
        ge=1.0,
        le=LONGEST_S,
        json_schema_extra=unit("s"),
        description="time; left out: to the end of the run",
    )


class Remark(AbstractBackground):
    """A discouraging remark; momentary, its effect fades by itself."""

    do: Literal["remark"] = Field("remark", description="the kind of step")
    severity: float = Field(
        1.0, ge=0.0, le=1.0, json_schema_extra=unit("1"), description="how much it hurts, 0 (not) to 1"
    )


class ConditionChange(AbstractBackground):
    """A condition of `[conditions]` is at another level for a time; of two that overlap the later start holds."""

    do: Literal["condition"] = Field("condition", description="the kind of step")
    name: ConditionName = Field(description="which condition")
    level: float = Field(ge=0.0, le=1.0, json_schema_extra=unit("1"), description="its level, 0 (none) to 1")
    for_s: float | None = Field(
        None,
        ge=1.0,
        le=LONGEST_S,
        json_schema_extra=unit("s"),
        description="time; left out: to the end of the run",
    )


class Press(AbstractBackground):
    """Arms crossed, or the heel of the hand, press on the nipple; of two that overlap the later start holds."""

    do: Literal["press"] = Field("press", description="the kind of step")
    side: BreastSide = Field("both", description="the nipple pressed")
    pressure_mmhg: float = Field(
        30.0, ge=0.0, le=150.0, json_schema_extra=unit("mmHg"), description="pressure that closes the nipple"
    )
    for_s: float | None = Field(
        None,
        ge=1.0,
        le=LONGEST_S,
        json_schema_extra=unit("s"),
        description="time; left out: to the end of the run",
    )


class Dose(AbstractBackground):
    """Oxytocin given from outside, in units of activity."""

    do: Literal["dose"] = Field("dose", description="the kind of step")
    route: Literal["iv", "nasal"] = Field(description="into a vein, or as a nasal spray")
    amount_mu: float = Field(
        ge=0.0,
        le=100000.0,
        json_schema_extra=unit("mU"),
        description="oxytocin activity given in all, milliunits",
    )
    for_s: float | None = Field(
        None,
        ge=1.0,
        le=LONGEST_S,
        json_schema_extra=unit("s"),
        description="length of an infusion; left out: at once",
    )

    @model_validator(mode="after")
    def _only_a_vein_is_infused(self) -> Self:
        if self.route == "nasal" and self.for_s is not None:
            raise refused("for_s belongs to an infusion into a vein; leave it out for a nasal spray.", ".")
        return self


Foreground = Latch | Switch | Pump | HandExpress | Wait
Background = Cue | Remark | ConditionChange | Press | Dose

StepName = Literal[
    "latch",
    "switch",
    "unlatch",
    "pump",
    "hand_express",
    "wait",
    "cue",
    "remark",
    "condition",
    "press",
    "dose",
]


KIND_OR_NAME = {"cue": ("kind", "name"), "condition": ("name", "kind")}
"""The key that says which cue or condition a step is, and its other spelling."""


def _step_given(value: Any) -> Any:
    """Return the table of a step; a cue may be called by `name`, a condition by `kind`."""
    step = tagged(value, "do", get_args(StepName))
    if isinstance(step, Table) or step["do"] not in KIND_OR_NAME:
        return step
    key, other = KIND_OR_NAME[step["do"]]
    if other not in step:
        return step
    if key in step:
        raise refused(f"{other} and {key} both say which {step['do']} it is; write {key} alone.", ".")
    return {key if each == other else each: given for each, given in step.items()}


Step = Annotated[
    Annotated[Foreground | Unlatch | Background, Field(discriminator="do")],
    BeforeValidator(_step_given),
]
"""One entry of `[[protocol]]`; `do` says which."""
