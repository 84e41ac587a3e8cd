"""Clocks whose dyads go through the lane loops two or four abreast; the child that compiles imports them too."""

from dataclasses import dataclass
from typing import ClassVar

from letdown.engine.clocks import AbstractClock, Clock, CycleAveraged

__all__ = ["HalfClock", "NarrowAveraged", "NarrowClock"]


@dataclass(frozen=True, slots=True)
class NarrowClock(AbstractClock):
    """`Clock` with two lanes of float64, four of float32."""

    register_bytes: ClassVar[int] = 16
    tick_s: float = 0.1
    substeps: int = 10

    organs_after = Clock.organs_after
    breast_after = Clock.breast_after


@dataclass(frozen=True, slots=True)
class HalfClock(AbstractClock):
    """`Clock` with four lanes of float64."""

    register_bytes: ClassVar[int] = 32
    tick_s: float = 0.1
    substeps: int = 10

    organs_after = Clock.organs_after
    breast_after = Clock.breast_after


@dataclass(frozen=True, slots=True)
class NarrowAveraged(AbstractClock):
    """`CycleAveraged` with two lanes of float64, four of float32."""

    register_bytes: ClassVar[int] = 16
    tick_s: float = 1.0 / 3.0
    substeps: int = 1

    organs_after = CycleAveraged.organs_after
    breast_after = CycleAveraged.breast_after
