"""Breast pumps: programmes of suction.

    suction(t) = baseline + (peak - baseline) * level(rate * t)

A programme is a list of phases that run one after another; the last runs until the protocol step ends. A
phase gives way to the next after `for_s`, or as soon as milk flows at `until_flow_ml_s`, whichever comes
first. Two programmes that pumps offer by name are tables of their own, `TwoPhase` and `ConstantSuction`, with
the same `phases`.

Ranges cover what 510(k) summaries of marketed pumps state: 0-285 mmHg, 7-150 cycles a minute. Not modelled:
loss of suction as the bottle fills, leaks at the shield, warmth of the shield.
"""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from letdown._table import Table, refused, tagged, unit
from letdown.devices.waveform import Constant, HalfSine, Shape

__all__ = ["ConstantSuction", "Programme", "PumpPhase", "PumpProgramme", "TwoPhase"]


class PumpPhase(Table):
    """One pattern of suction, held for a time or until milk flows."""

    suction_mmhg: float = Field(
        ge=0.0,
        le=300.0,
        json_schema_extra=unit("mmHg"),
        description="peak suction of each cycle, below ambient",
    )
    baseline_mmhg: float = Field(
        0.0,
        ge=0.0,
        le=300.0,
        json_schema_extra=unit("mmHg"),
        description="suction between cycles, below ambient",
    )
    rate_per_min: float = Field(60.0, ge=5.0, le=150.0, json_schema_extra=unit("1/min"), description="cycles a minute")
    shape: Shape = Field(HalfSine(), description="waveform of one cycle, by name or as a table")
    for_s: float | None = Field(
        None, ge=1.0, le=7200.0, json_schema_extra=unit("s"), description="longest time in this phase"
    )
    until_flow_ml_s: float | None = Field(
        None, ge=0.001, le=2.0, json_schema_extra=unit("mL/s"), description="milk flow that ends this phase"
    )

    @model_validator(mode="after")
    def _baseline_is_below_the_peak(self) -> Self:
        if self.baseline_mmhg > self.suction_mmhg:
            raise refused(
                f"baseline_mmhg = {self.baseline_mmhg:g} is stronger than the peak, suction_mmhg = "
                f"{self.suction_mmhg:g}; make the baseline at most the peak.",
                ".",
            )
        return self


class PumpProgramme(Table):
    """Any sequence of phases; the last one lasts until the step ends."""

    kind: Literal["phases"] = Field("phases", description="the kind of programme; may be left out")
    phases: tuple[PumpPhase, ...] = Field(json_schema_extra={"minItems": 1}, description="the phases, in order")

    @field_validator("phases", mode="after")
    @classmethod
    def _only_the_last_phase_is_open(cls, phases: tuple[PumpPhase, ...]) -> tuple[PumpPhase, ...]:
        if not phases:
            raise refused("an empty list has nothing to do; write at least one phase.")
        *early, last = phases
        for index, phase in enumerate(early):
            if phase.for_s is None and phase.until_flow_ml_s is None:
                raise refused(
                    f"[{index}] (phase {index + 1}) would never end; give it for_s, until_flow_ml_s or both.", ""
                )
        if last.for_s is not None or last.until_flow_ml_s is not None:
            raise refused(
                f"[{len(early)}] (phase {len(early) + 1}) is the last phase and lasts until the step ends; "
                "remove its for_s and until_flow_ml_s, or add a phase after it.",
                "",
            )
        return phases


class TwoPhase(Table):
    """Fast gentle stimulation for a time, or until milk flows, then slow strong expression."""

    kind: Literal["two-phase"] = Field("two-phase", description="the kind of programme")
    suction_mmhg: float = Field(
        ge=0.0, le=300.0, json_schema_extra=unit("mmHg"), description="peak suction in expression"
    )
    rate_per_min: float = Field(
        60.0, ge=5.0, le=150.0, json_schema_extra=unit("1/min"), description="cycles a minute in expression"
    )
    stimulation_share: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        json_schema_extra=unit("1"),
        description="suction in stimulation, as a share of that",
    )
    stimulation_rate_per_min: float = Field(
        120.0, ge=5.0, le=150.0, json_schema_extra=unit("1/min"), description="cycles a minute in stimulation"
    )
    stimulation_s: float = Field(
        120.0, ge=1.0, le=1800.0, json_schema_extra=unit("s"), description="longest time in stimulation"
    )
    until_flow_ml_s: float | None = Field(
        None,
        ge=0.001,
        le=2.0,
        json_schema_extra=unit("mL/s"),
        description="milk flow that ends stimulation early",
    )
    duty: float = Field(
        0.6, ge=0.2, le=0.9, json_schema_extra=unit("1"), description="share of each cycle with suction on"
    )

    @property
    def phases(self) -> tuple[PumpPhase, ...]:
        """The two phases."""
        shape = HalfSine(duty=self.duty)
        stimulation = PumpPhase(
            suction_mmhg=self.suction_mmhg * self.stimulation_share,
            rate_per_min=self.stimulation_rate_per_min,
            shape=shape,
            for_s=self.stimulation_s,
            until_flow_ml_s=self.until_flow_ml_s,
        )
        expression = PumpPhase(suction_mmhg=self.suction_mmhg, rate_per_min=self.rate_per_min, shape=shape)
        return stimulation, expression


class ConstantSuction(Table):
    """Steady suction without a rhythm: a silicone collector."""

    kind: Literal["constant"] = Field("constant", description="the kind of programme")
    suction_mmhg: float = Field(
        40.0, ge=0.0, le=300.0, json_schema_extra=unit("mmHg"), description="suction, below ambient"
    )

    @property
    def phases(self) -> tuple[PumpPhase, ...]:
        """The one phase; its rate has no effect."""
        return (PumpPhase(suction_mmhg=self.suction_mmhg, shape=Constant()),)


ProgrammeKind = Literal["phases", "two-phase", "constant"]


def _programme_given(value: Any) -> Any:
    """Take a table with `phases` and no `kind` for a `PumpProgramme`."""
    if isinstance(value, dict) and "kind" not in value and "phases" in value:
        value = {"kind": "phases"} | value
    return tagged(value, "kind", get_args(ProgrammeKind))


AnyProgramme = Annotated[PumpProgramme | TwoPhase | ConstantSuction, Field(discriminator="kind")]
Programme = Annotated[AnyProgramme, BeforeValidator(_programme_given, json_schema_input_type=AnyProgramme)]
"""What a pump does: `{phases = [...]}` or one of the named programmes, `{kind = "two-phase", ...}`."""
