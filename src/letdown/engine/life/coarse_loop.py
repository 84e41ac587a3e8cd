"""The coarse clock of lives: an ordinary module, printed around the lane loops that `coarse_program` writes.

Lives are rows of an array. LANES at a time are laid side by side into a tile; where one stops, the next takes its
place. `still_loop` computes what stands still while a life runs, `step_loop` takes one step in every lane.
"""

from typing import Any

import numpy as np

from letdown.compiler.interface import Reals, Reals2, Wholes, Wholes2
from letdown.engine.life.layout import life_field_index, life_field_names

__all__ = ["advance"]

RUNNING = life_field_index("plan.running")
STATE = life_field_index("plan.first.weight")
"""Fields below this one must stay finite."""

PARAMETERS = next(i for i, name in enumerate(life_field_names()) if name.startswith("parameters."))
FIELDS = len(life_field_names())

LANES = 1
"""Lives of a tile: set where the program is printed."""


def still_loop(B: Any, step: float) -> None:
    """Compute in every lane what stands still while a life runs; written by `coarse_program`."""
    raise NotImplementedError


def step_loop(B: Any, step: float) -> None:
    """Take one step in every lane; written by `coarse_program`."""
    raise NotImplementedError


def take(B: Any, lane: int, life: Any) -> None:
    """Put a life into a lane."""
    for f in range(FIELDS):
        B[f * LANES + lane] = life[f]


def leave(B: Any, lane: int, life: Any) -> int:
    """Write back a life; return how many numbers of its state are not finite."""
    wrong = 0
    for f in range(PARAMETERS):
        life[f] = B[f * LANES + lane]
        wrong += f < STATE and not np.isfinite(life[f])
    return wrong


def fill(B: Any, lives: Any, which: Any, lanes: Any, lane: int, taken: int, most: int) -> int:
    """Write back the life of a lane if it has one, and take the next; return how many numbers are not finite."""
    wrong = 0
    if lanes[0, lane] >= 0:
        wrong = leave(B, lane, lives[lanes[0, lane]])
        lanes[0, lane] = -1
    B[RUNNING * LANES + lane] = 0.0
    if taken < which.size:
        lanes[0, lane] = which[taken]
        take(B, lane, lives[which[taken]])
        lanes[1, lane] = most
    return wrong


def advance(lives: Reals2, which: Wholes, step: float, most: int, B: Reals, lanes: Wholes2, outcome: Wholes) -> None:
    """Step each of the lives numbered in `which` until it stops, `most` steps at most.

    `lanes` is room for the place of the life of each lane and the steps it has left; `outcome[0]` becomes the number
    of numbers that are not finite.
    """
    taken = 0
    wrong = 0
    for lane in range(LANES):
        take(B, lane, lives[which[0]])
        B[RUNNING * LANES + lane] = 0.0
        lanes[0, lane] = -1
        lanes[1, lane] = 0
    while True:
        running = 0
        changed = False
        for lane in range(LANES):
            while lanes[1, lane] == 0 or B[RUNNING * LANES + lane] < 0.5:
                if lanes[0, lane] < 0 and taken == which.size:
                    break
                wrong += fill(B, lives, which, lanes, lane, taken, most)
                if lanes[0, lane] >= 0:
                    taken += 1
                    changed = True
                else:
                    lanes[1, lane] = 0
            lanes[1, lane] -= 1
            running += lanes[0, lane] >= 0
        if running == 0:
            break
        if changed:
            still_loop(B, step)
        step_loop(B, step)
    outcome[0] = wrong
