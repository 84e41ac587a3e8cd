"""A protocol as the engine reads it: a table with one row a step, and the state of each step in each lane.

`letdown.protocol.build` writes the table from a scenario; `protocol_clock` runs it. Columns are named here once.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown.body.surroundings import Conditions
from letdown.engine.run import EndReason

__all__ = [
    "COLUMNS",
    "END_REASONS",
    "LATCH",
    "NEVER",
    "Program",
    "StepKind",
    "StepState",
]

NEVER = 1.0e30
"""A time that does not come."""

SUSTAINED_S = 20.0
"""Milk must flow above a limit for so long to count as flowing, s: the milk that stood in the ducts runs out sooner."""


class StepKind(IntEnum):
    """What a row of the table does."""

    LATCH = 0
    DEVICE = 1
    WAIT = 2
    CUE = 3
    REMARK = 4
    CONDITION = 5
    PRESS = 6
    DOSE = 7
    UNLATCH = 8


LATCH = int(StepKind.LATCH)
DEVICE = int(StepKind.DEVICE)
WAIT = int(StepKind.WAIT)
CUE = int(StepKind.CUE)
REMARK = int(StepKind.REMARK)
CONDITION = int(StepKind.CONDITION)
PRESS = int(StepKind.PRESS)
DOSE = int(StepKind.DOSE)
UNLATCH = int(StepKind.UNLATCH)

COLUMNS = (
    "kind", "left", "right", "foreground", "start", "delay", "duration", "group", "group_duration",
    "flow_below", "flow_window", "flow_above", "phase_flow", "until_satisfied",
    "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9",
)  # fmt: skip
(
    C_KIND, C_LEFT, C_RIGHT, C_FOREGROUND, C_START, C_DELAY, C_DURATION, C_GROUP, C_GROUP_DURATION,
    C_FLOW_BELOW, C_FLOW_WINDOW, C_FLOW_ABOVE, C_PHASE_FLOW, C_SATISFIED, C_A0,
) = range(15)  # fmt: skip
"""Column numbers. `group` is the first row of a step with several rows (a pump programme); a rule of the step
ends all of them, `duration` and `phase_flow` only their own. Arguments a0...: device: peak, baseline, cycle rate,
rise, hold, fall, edge1-3, compression; cue and condition: which one, level; remark: severity; press: pressure;
dose: intravenous pg/s, nasal pg/s."""

END_REASONS = tuple(EndReason)
(
    R_SATISFIED, R_TIRED, R_FLOW_BELOW, R_FLOW_ABOVE, R_TIME, R_UNLATCHED, R_PROTOCOL_END, R_MAX_DURATION,
) = range(len(END_REASONS))  # fmt: skip


class StepState(IntEnum):
    """Rows of the state kept of each step in each lane."""

    STATUS = 0
    STARTED = 1
    ENDED = 2
    REASON = 3
    LOW_TIME = 4
    HIGH_TIME = 5


S_STATUS, S_STARTED, S_ENDED, S_REASON, S_LOW_TIME, S_HIGH_TIME = range(6)
PENDING, ACTIVE, DONE = 0.0, 1.0, 2.0


class Program(NamedTuple):
    """A protocol ready to run.

    Its table; of each row where it stands in the scenario, what it does, which cue, condition or dose it is, and its
    side; the conditions that hold throughout, the longest time allowed.
    """

    steps: NDArray[np.float64]
    positions: tuple[int, ...]
    names: tuple[str, ...]
    whats: tuple[str, ...]
    sides: tuple[str | None, ...]
    conditions: Conditions
    max_duration: float
