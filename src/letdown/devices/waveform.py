"""Waveforms: how suction (or a hand's compression) goes up and down within one cycle.

    level(f) = edge(f / rise)                                 0 <= f < rise
             = 1                                              rise <= f < rise + hold
             = edge((rise + hold + fall - f) / fall)          rise + hold <= f < rise + hold + fall
             = 0                                              the rest of the cycle
    edge(u)  = e1 u + e2 u^2 + e3 u^3,   e1 + e2 + e3 = 1

f is the fraction of the cycle gone by, 0-1; the level runs from 0 (baseline) to 1 (peak). Six numbers
describe every shape, so the engine evaluates one polynomial for all devices. Not modelled: the pressure's lag
in long tubing (a slower rise stands for it) and overshoot.
"""

from typing import Annotated, Any, Literal, NamedTuple, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from letdown._table import Table, refused, tagged, unit

__all__ = ["Asymmetric", "Constant", "HalfSine", "RaisedCosine", "Shape", "Trapezoid", "Waveform"]

Cubic = tuple[float, float, float]

LINEAR: Cubic = (1.0, 0.0, 0.0)
SMOOTH: Cubic = (0.0, 3.0, -2.0)
"""Smoothstep: half a raised cosine to within 0.01, with no corner at either end."""
QUARTER_SINE: Cubic = (1.634054568, -0.268109137, -0.365945431)
"""Least-squares cubic from (0, 0) to (1, 1), level at the top, for sin(pi u / 2); largest error 0.0044."""


class Waveform(NamedTuple):
    """One cycle: the fractions of it spent rising, holding and falling, and the cubic of its edges."""

    rise: float
    hold: float
    fall: float
    e1: float
    e2: float
    e3: float

    def level(self, fraction: float) -> float:
        """Return the level, 0-1, at a fraction of the cycle; the cycle repeats outside 0-1."""
        f = fraction % 1.0
        if f < self.rise:
            return self._edge(f / self.rise)
        if f < self.rise + self.hold:
            return 1.0
        end = self.rise + self.hold + self.fall
        return self._edge((end - f) / self.fall) if f < end else 0.0

    def _edge(self, u: float) -> float:
        return u * (self.e1 + u * (self.e2 + u * self.e3))


class HalfSine(Table):
    """Half a sine for part of the cycle, then rest: the curve of a piston pump."""

    shape: Literal["half_sine"] = Field("half_sine", description="the kind of waveform")
    duty: float = Field(
        0.6, ge=0.2, le=0.9, json_schema_extra=unit("1"), description="share of the cycle with suction on"
    )

    def waveform(self) -> Waveform:
        """Return the cycle; its cubic edges differ from the sine by less than 0.0045 of the peak."""
        return Waveform(self.duty / 2, 0.0, self.duty / 2, *QUARTER_SINE)


class Trapezoid(Table):
    """Straight rise, hold, straight fall, then rest: a diaphragm pump with a valve."""

    shape: Literal["trapezoid"] = Field("trapezoid", description="the kind of waveform")
    rise: float = Field(
        0.25,
        ge=0.02,
        le=0.9,
        json_schema_extra=unit("1"),
        description="share of the cycle in which suction rises",
    )
    hold: float = Field(
        0.25, ge=0.0, le=0.9, json_schema_extra=unit("1"), description="share of the cycle at full suction"
    )
    fall: float = Field(
        0.15,
        ge=0.02,
        le=0.9,
        json_schema_extra=unit("1"),
        description="share of the cycle in which suction falls",
    )

    @model_validator(mode="after")
    def _fits_in_one_cycle(self) -> Self:
        total = self.rise + self.hold + self.fall
        if total > 1.0 + 1e-9:
            raise refused(f"has rise + hold + fall = {total:g}, more than one cycle; make their sum at most 1.", " ")
        return self

    def waveform(self) -> Waveform:
        """Return the cycle."""
        return Waveform(self.rise, self.hold, self.fall, *LINEAR)


class Asymmetric(Table):
    """Fast rise and slow release, smooth at both ends: like an infant's suck."""

    shape: Literal["asymmetric"] = Field("asymmetric", description="the kind of waveform")

    def waveform(self) -> Waveform:
        """Return the cycle: one third rising, two thirds falling."""
        return Waveform(1 / 3, 0.0, 2 / 3, *SMOOTH)


class RaisedCosine(Table):
    """A smooth symmetrical swing that fills the whole cycle."""

    shape: Literal["raised_cosine"] = Field("raised_cosine", description="the kind of waveform")

    def waveform(self) -> Waveform:
        """Return the cycle; its smoothstep edges differ from the cosine by less than 0.011 of the peak."""
        return Waveform(0.5, 0.0, 0.5, *SMOOTH)


class Constant(Table):
    """Full suction all the time, without a rhythm: a silicone collector."""

    shape: Literal["constant"] = Field("constant", description="the kind of waveform")

    def waveform(self) -> Waveform:
        """Return the cycle: level 1 throughout."""
        return Waveform(0.0, 1.0, 0.0, *LINEAR)


ShapeName = Literal["half_sine", "trapezoid", "asymmetric", "raised_cosine", "constant"]


def _shape_given(value: Any) -> Any:
    """Take the bare name of a shape for that shape with its usual fractions."""
    return tagged({"shape": value} if isinstance(value, str) else value, "shape", get_args(ShapeName))


AnyShape = Annotated[HalfSine | Trapezoid | Asymmetric | RaisedCosine | Constant, Field(discriminator="shape")]

Shape = Annotated[AnyShape, BeforeValidator(_shape_given, json_schema_input_type=ShapeName | AnyShape)]
"""A waveform of a pump phase; a bare name such as "half_sine" stands for it with its usual fractions."""
