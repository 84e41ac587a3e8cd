"""What one run of the engine hands on: plain arrays and frozen rows, no labels, no files.

`letdown.recording.Recording` turns a `Run` into a labelled data set; nothing else reads it.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from letdown.neurons.bursts import SpikeTrains

__all__ = ["Burst", "EndReason", "FeedAccount", "LetDown", "Run", "Sign", "SignName", "StepRecord", "Totals"]

Pair = tuple[float, float]
"""One value for each breast: (left, right)."""


class SignName(StrEnum):
    """Signs by which a let-down shows itself."""

    ACTIVE_SUCK_SWALLOW = "active_suck_swallow"
    CONTRALATERAL_DRIP = "contralateral_drip"
    TINGLING = "tingling"
    UTERINE_CRAMP = "uterine_cramp"
    THIRST = "thirst"


class EndReason(StrEnum):
    """Why a step of the protocol, or the whole run, ended."""

    SATISFIED = "satisfied"
    TIRED = "tired"
    FLOW_BELOW = "flow_below"
    FLOW_ABOVE = "flow_above"
    TIME = "time"
    UNLATCHED = "unlatched"
    PROTOCOL_END = "protocol_end"
    MAX_DURATION = "max_duration"


@dataclass(frozen=True, slots=True)
class Burst:
    """A synchronous discharge of the oxytocin neurones."""

    time_s: float
    recruited: float
    oxytocin_ng: float


@dataclass(frozen=True, slots=True)
class LetDown:
    """One milk ejection. Milk is counted from its onset to the next onset, mL."""

    onset_s: float
    end_s: float
    milk_left_ml: float
    milk_right_ml: float
    removed_left_ml: float
    removed_right_ml: float
    felt: bool


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign noticed at one moment; `side` is None where it belongs to no breast."""

    name: SignName
    time_s: float
    side: str | None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """When a protocol step began and ended, and why."""

    index: int
    do: str
    side: str | None
    start_s: float
    end_s: float
    end_reason: EndReason
    what: str = ""
    """The kind of a cue, the name of a condition, the route of a dose; empty for other steps."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Milk accounts (left, right) in mL and the oxytocin account of a run."""

    available_ml: Pair
    removed_ml: Pair
    leaked_ml: Pair
    synthesised_ml: Pair
    remaining_ml: Pair
    oxytocin_secreted_ng: float
    oxytocin_baseline_pg_ml: float
    oxytocin_peak_pg_ml: float
    oxytocin_peak_time_s: float
    flow_peak_ml_s: float
    first_latch_s: float | None
    duration_s: float
    end_reason: EndReason

    def share_removed(self) -> tuple[float, float, float]:
        """Return milk removed over milk there at the start or made since, 0-1: left, right, total; NaN without milk."""
        sides = zip(self.removed_ml, self.available_ml, self.synthesised_ml, strict=True)
        milk = [(removed, available + made) for removed, available, made in sides]
        milk.append((milk[0][0] + milk[1][0], milk[0][1] + milk[1][1]))
        # an emptied breast has given all it had but for the rounding of the accounts
        left, right, total = (min(part / whole, 1.0) if whole > 0.0 else math.nan for part, whole in milk)
        return left, right, total


@dataclass(frozen=True, slots=True, eq=False)
class FeedAccount:
    """What one dyad did, without its time series: all that a summary needs, and all that a cohort keeps."""

    bursts: tuple[Burst, ...]
    let_downs: tuple[LetDown, ...]
    signs: tuple[Sign, ...]
    totals: Totals
    seed: int
    dyad: int | None
    traits: dict[str, float]
    warnings: tuple[str, ...]
    scenario: str
    scenario_toml: str


@dataclass(frozen=True, slots=True, eq=False)
class Run(FeedAccount):
    """Everything one dyad did. `channels[name]` has shape (n,) or (n, 2) for (left, right)."""

    time_s: NDArray[np.float64]
    channels: dict[str, NDArray[np.float64]]
    steps: tuple[StepRecord, ...]
    parameter_hash: str
    burst_source: str
    spikes: SpikeTrains | None = None

    def same_as(self, other: "Run") -> bool:
        """Return whether all that happened is the same to the last bit, whatever the runs were made from."""
        tables = ("bursts", "let_downs", "signs", "steps", "totals")
        return (
            all(getattr(self, name) == getattr(other, name) for name in tables)
            and np.array_equal(self.time_s, other.time_s)
            and all(np.array_equal(values, other.channels[name]) for name, values in self.channels.items())
        )
