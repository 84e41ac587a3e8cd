"""What a life hands on: a row a day, a row a session, the start of every session.

`letdown.lactation.Lactation` labels them; nothing else reads them.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.engine.program import Program

__all__ = ["DAY_COLUMNS", "KINDS", "SESSION_COLUMNS", "LifeResult", "SessionStart"]

DAY_COLUMNS = (
    "production_ml", "intake_ml", "expressed_ml", "formula_ml", "leaked_ml", "resorbed_ml", "stored_ml", "feeds",
    "sessions", "pumpings", "milk_per_feed_ml", "let_downs_per_feed", "first_let_down_s", "share_of_available",
    "fat_g_l", "energy_kcal", "prolactin_before_ng_ml", "prolactin_peak_ng_ml", "prolactin_mean_ng_ml",
    "weight_kg", "weight_z", "second_weight_kg", "second_weight_z", "engorgement", "capacity_ml", "tissue",
    "own_cry", "other_cry", "thought", "usual_hour", "preparing", "familiarity", "latch_skill",
    "unwanted_let_downs", "cried_h", "slept_h", "uterus_cm3", "uterus_diameter_cm", "fundus_cm", "receptors",
    "afterpains", "activation", "milk_imbalance_ml",
)  # fmt: skip
"""Columns of the daily table, each for the 24 h of that day; states are those at its end."""

SESSION_COLUMNS = (
    "day", "number", "age_h", "infant", "kind", "available_ml", "left_ml", "right_ml", "leaked_ml", "breasts",
    "duration_s", "let_downs", "first_let_down_s", "prolactin_before_ng_ml", "prolactin_peak_ng_ml", "fat_g_l",
    "engorgement", "satisfied", "interval_h", "appetite_ml",
)  # fmt: skip
"""Columns of the table of sessions. `day` and `number` within it open a session again; kind: place in `KINDS`."""

KINDS = ("feed", "pump", "cue")
"""Kinds of sessions: an infant feeds, a pump, a cue without either."""


@dataclass(frozen=True, slots=True)
class SessionStart:
    """All that is needed to run one session again, in the engine's own terms: fields of the dyad at time 0."""

    dyad: int
    feed: int
    fields: NDArray[np.float64]
    program: Program


@dataclass(slots=True, eq=False)
class LifeResult:
    """Everything one dyad did, day by day."""

    dyad: int | None
    days: NDArray[np.float64]
    sessions: list[tuple[float, ...]] = field(default_factory=list)
    starts: dict[tuple[int, int], SessionStart] = field(default_factory=dict)
    complete_days: int = 0
    onset_h: float = float("nan")
    traits: dict[str, float] = field(default_factory=dict)
    final: Any = None
