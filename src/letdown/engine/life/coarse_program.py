"""The program of the coarse clock: one step of Heun's method of all organs between feeds, traced and printed.

What depends on parameters and plan only is computed once for each life that enters a lane.
"""

from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown.body.life.life import Braked, Life, LifeParameters, Plan, due, life_per_hour, made
from letdown.body.life.prolactin_action import AbstractProlactinAction
from letdown.body.life.synthesis_control import AbstractSynthesisControl
from letdown.compiler.kernel import Kernel
from letdown.compiler.program import Program, printed
from letdown.engine.clocks import joined
from letdown.engine.lane_code import lane_function
from letdown.engine.lane_lines import Line, Loop, Rows
from letdown.engine.layout import leaves, numbers, record_reader
from letdown.engine.life import coarse_loop
from letdown.engine.life.layout import LifeTile, life_field_names
from letdown.kernel.elementary import maximum, minimum
from letdown.kernel.expression import Graph, Level

__all__ = ["COARSE_LANES", "advance", "coarse_program", "coarse_step", "life_rate", "load_coarse"]

COARSE_LANES = 8
"""Lives side by side; results do not depend on it."""

_MOVING = ("plan.running", "plan.peak")


def coarse_step(
    v: LifeTile, step: Any, control: AbstractSynthesisControl, action: AbstractProlactinAction
) -> tuple[Life, Any, Any]:
    """Return a life after a step of at most `step` hours, whether it runs on, and the highest prolactin so far."""
    x, p, u = v.life, v.parameters, v.plan
    h = maximum(minimum(step, u.until - x.age), 0.0) * u.running
    k1 = life_rate(x, p, u, control, action)
    middle = joined(lambda a, k: a + h * k, x, k1)
    k2 = life_rate(middle, p, u, control, action)
    end = joined(lambda a, k, m: a + 0.5 * h * (k + m), x, k1, k2)
    return end, u.running * (1.0 - due(end, p, u)), maximum(u.peak, end.lactotrophs.level)


def life_rate(
    x: Life, p: LifeParameters, u: Plan, control: AbstractSynthesisControl, action: AbstractProlactinAction
) -> Life:
    """Return d(Life)/dt between feeds, 1/h, under two hypotheses."""
    b = Braked(
        control.brake(x.left, p.synthesis_control),
        control.brake(x.right, p.synthesis_control),
        action.factor(x.receptors, p.prolactin_action),
        action.receptors_per_hour(x.receptors, p.prolactin_action, x.lactotrophs.suckled, x.age),
    )
    m = made(x, p, b)
    left = control.signal_per_hour(x.left, p.synthesis_control, p.body.left.alveoli, m.left)
    right = control.signal_per_hour(x.right, p.synthesis_control, p.body.right.alveoli, m.right)
    return life_per_hour(x, p, u, b, m, left, right)


def _level(name: str) -> Level:
    return Level.STILL if name.startswith(("parameters.", "plan.")) and name not in _MOVING else Level.TICK


def _lines(control: AbstractSynthesisControl, action: AbstractProlactinAction) -> tuple[list[Line], list[Line], int]:
    """Return the lines of what stands still and of a step, and the rows of a tile."""
    graph, rows = Graph(), Rows(life_field_names())
    v = record_reader(LifeTile)([graph.leaf(name, _level(name)) for name in life_field_names()])  # type: ignore[misc]
    end, running, peak = coarse_step(v, graph.leaf("step", Level.STILL), control, action)
    values = dict(zip((f"life.{name}" for name in leaves(Life)), numbers(end), strict=True))
    values |= {"plan.running": running, "plan.peak": peak}
    moving = Loop(Level.TICK, rows, {})
    moving.store({rows.of_field[name]: graph.number(x) for name, x in values.items()})
    still = Loop(Level.STILL, rows, {})
    still.store({row: x for x, row in moving.wanted.items()})
    return still.lines, moving.lines, rows.number


def coarse_program(control: AbstractSynthesisControl, action: AbstractProlactinAction) -> tuple[Program, int]:
    """Return the program of the coarse clock under two hypotheses, and the rows of its tile."""
    still, moving, rows = _lines(control, action)
    replaced = {
        "LANES": COARSE_LANES,
        "still_loop": lane_function("still_loop", ("step",), still, "float64", COARSE_LANES),
        "step_loop": lane_function("step_loop", ("step",), moving, "float64", COARSE_LANES),
    }
    name = f"life, {type(control).__name__}, {type(action).__name__}"
    return printed(name, "float64", [coarse_loop.advance], replaced), rows


_LOADING = Lock()
_KERNELS: dict[tuple[type, type], tuple[Kernel, int]] = {}


def load_coarse(control: AbstractSynthesisControl, action: AbstractProlactinAction) -> tuple[Kernel, int]:
    """Return the compiled coarse clock of two hypotheses, and the rows of its tile."""
    key = (type(control), type(action))
    with _LOADING:
        if key not in _KERNELS:
            program, rows = coarse_program(control, action)
            _KERNELS[key] = Kernel(program), rows
    return _KERNELS[key]


def advance(
    control: AbstractSynthesisControl,
    action: AbstractProlactinAction,
    lives: NDArray[np.float64],
    which: NDArray[np.int64],
    step_h: float,
    most: int,
) -> bool:
    """Step lives until each stops: an infant asks, its appointment has come, or `most` steps are done.

    Parameters
    ----------
    control, action
        The hypotheses.
    lives : array (lives, fields)
        The lives, changed in place.
    which : array of int
        Numbers of those that are stepped.
    step_h : float
        Step, h.
    most : int
        Most steps of a life.

    Returns
    -------
    bool
        Whether all numbers are finite.
    """
    kernel, rows = load_coarse(control, action)
    outcome = np.zeros(1, dtype=np.int64)
    lanes = np.empty((2, COARSE_LANES), dtype=np.int64)
    kernel("advance", lives, which, step_h, most, np.empty(rows * COARSE_LANES), lanes, outcome)
    return not outcome[0]
