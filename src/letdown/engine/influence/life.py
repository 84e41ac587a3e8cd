"""Which settings of a lactation can change what comes out of it: its coarse clock, its sessions and their accounts."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown.body.life.cue_learning import learned_strengths
from letdown.body.life.drugs import DopamineDrugs
from letdown.body.life.feed_of_life import left_behind
from letdown.body.life.life import Plan, due
from letdown.body.life.milk_composition import energy_density
from letdown.body.life.prolactin_action import AbstractProlactinAction
from letdown.body.life.suckling_infant import Growth
from letdown.body.life.synthesis_control import AbstractSynthesisControl
from letdown.body.life.uterine_involution import fundal_height, receptor_share
from letdown.body.surroundings import Cues
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.clocks import AbstractClock, CycleAveraged, joined
from letdown.engine.influence.feed import ALWAYS_MOVING, FeedGraph, feed_equations, moved_by, moving_fields
from letdown.engine.influence.valuations import Number, known, moving, settled
from letdown.engine.layout import field_names, leaves, numbers, record_reader
from letdown.engine.life.coarse_program import life_rate
from letdown.engine.life.layout import LifeTile, life_field_names, life_values
from letdown.engine.life.program import Answer, LifeProgram, What
from letdown.engine.life.run import LifeStart
from letdown.engine.life.seam import Entering, Leaving, asked_of_life, entered, feed_end
from letdown.engine.program import Program
from letdown.kernel.expression import Expression, Graph, Level
from letdown.kernel.total import total

__all__ = ["LifeSetting", "life_settings_that_matter"]

_SIGNS = ("moments.signs.uterine_cramp",)
_OF_SESSION = (
    "left.removed", "right.removed", "left.leaked", "right.leaked", "left.synthesised", "right.synthesised",
    "dyad.prolactin.level", "dyad.infant.stomach", "moments.ejection.number", "moments.sucking.attached",
    "moments.sucking.satisfied", "moments.sucking.tired",
)  # fmt: skip
"""Fields of a session that its row and the day's accounts show."""

_DAY = ("milk", "made", "leaked", "resorbed", "capacity", "tissue", "oedema")
_OF_INFANT = ("tissue", "fluid", "cried", "slept")


class LifeSetting(NamedTuple):
    """One way to set a lactation: the dyad at birth and what is done when."""

    start: LifeStart
    program: LifeProgram


def life_settings_that_matter(
    settings: Sequence[LifeSetting],
    control: AbstractSynthesisControl,
    action: AbstractProlactinAction,
    *,
    clock: AbstractClock | None = None,
    opened: bool = False,
) -> NDArray[np.bool_]:
    """Return which of several settings of a lactation can come to something else than the first.

    `opened` says that a session is opened and shows everything, not only its accounts.
    """
    graph, program = Graph(), settings[0].program
    v: LifeTile = _leaves(graph, LifeTile, "life:")
    sessions = list(_sessions(program))
    feed = feed_equations(graph, SurrogateNeurones(), clock or CycleAveraged())
    numbers_of = _at_birth(settings, program, bool(sessions))
    updates, outputs = _between_feeds(graph, v, control, action)
    outputs += _of_days(v, program.infants)
    if any(rule.answer in (Answer.FORMULA, Answer.EXPRESSED) for rule in program.answers) or program.top_up:
        updates += _bottles(graph, v, numbers_of, len(settings))
    if sessions:
        numbers_of |= _at_a_session(sessions, program, len(settings))
        updates += _into_and_out_of_sessions(graph, v, feed, control, action, outputs)
        updates += [*feed.updates]
        outputs += [feed.fields[name] for name in (*_OF_SESSION, *_SIGNS)]
        outputs += [feed.fields[name] for session in sessions for name in moving_fields(session)]
        outputs += [*feed.outputs] if opened else []
    found = settled(numbers_of, updates, [graph.number(x) for x in outputs], len(settings))
    return np.asarray(np.logical_or.reduce([x.differs for x in found]))


def _leaves(graph: Graph, kind: Any, prefix: str) -> Any:
    return record_reader(kind)([graph.leaf(f"{prefix}{name}", Level.TICK) for name in leaves(kind)])  # type: ignore[misc]


def _named(prefix: str, record: Any) -> list[tuple[str, Any]]:
    return [(f"{prefix}.{name}", x) for name, x in zip(leaves(type(record)), numbers(record), strict=True)]


def _expressions(graph: Graph, pairs: list[tuple[str, Any]]) -> list[tuple[str, Expression]]:
    return [(name, graph.number(x)) for name, x in pairs]


def _at_birth(settings: Sequence[LifeSetting], program: LifeProgram, fed: bool) -> dict[str, Number]:
    """Return the leaves of a life at birth, and those that the plan moves."""
    n = len(settings)
    rows = np.array([_fields(setting.start) for setting in settings]).T
    found = {f"life:{name}": known(row) for name, row in zip(life_field_names(), rows, strict=True)}
    moved = ["until", "running", "peak", "mood_first", "asks_first", "first.weight", "first.gain"]
    moved += ["second.weight", "second.gain", "mood_second"]
    moved += ["asks_second"] if program.infants > 1 else []
    moved += ["feeding", "suckling"] if fed else []
    if any(max(i.solids_from, i.solids_to) > 0.0 for i in _now(settings[0], "intakes")):
        moved += ["first.solids", "second.solids"]
    found |= {f"life:plan.{name}": moving(n) for name in moved}
    found["hours"] = moving(n)
    for taken in ("pill", "smoke"):
        found[taken] = known([max((getattr(i, taken) for i in _now(s, "intakes")), default=0.0) for s in settings])
    for drug in DopamineDrugs._fields:
        found[drug] = known([total(d.level for d in _now(s, "doses") if d.drug == drug) for s in settings])
    return found


def _now(setting: LifeSetting, what: str) -> list[Any]:
    """Return the doses or intakes of a plan that fall into the days simulated."""
    days = range(1, setting.program.days + 1)
    return [item for item in getattr(setting.program, what) if any(map(item.window.holds_on, days))]


def _fields(start: LifeStart) -> tuple[float, ...]:
    growth = Growth(start.life.first.tissue + start.life.first.fluid, 0.0, 0.0, 0.65)
    plan = Plan(growth, growth, 0.0, 0.0, 1.0, 1.0, start.birth_hour, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return life_values(LifeTile(start.life, start.learning, plan, start.parameters))


def _between_feeds(
    graph: Graph, v: LifeTile, control: AbstractSynthesisControl, action: AbstractProlactinAction
) -> tuple[list[tuple[str, Expression]], list[Any]]:
    """Return what the coarse clock and the plan make of a life, and what decides when it stops."""
    x, p, u = v.life, v.parameters, v.plan
    hours = graph.leaf("hours", Level.TICK)
    after = joined(lambda a, k: a + hours * k, x, life_rate(x, p, u, control, action))
    pairs = _named("life:life", after)
    pairs += [(f"life:life.exposure.{name}", graph.leaf(name, Level.TICK)) for name in ("pill", "smoke")]
    pairs += [
        (f"life:life.drugs.{name}", getattr(x.drugs, name) + graph.leaf(name, Level.TICK))
        for name in DopamineDrugs._fields
    ]
    return _expressions(graph, pairs), [due(x, p, u)]


def _of_days(v: LifeTile, infants: int) -> list[Any]:
    """Return what the daily table reads of a life."""
    x, p = v.life, v.parameters
    found = [getattr(side, name) for side in (x.left, x.right) for name in _DAY]
    found += [getattr(k, name) for k in (x.first, x.second)[:infants] for name in _OF_INFANT]
    found += [
        *numbers(learned_strengths(v.learning.cues, p.cue_learning)),
        v.learning.familiarity,
        v.learning.first_skill,
    ]
    # the diameter of the uterus is a root, which a graph does not know, of its volume over its shape
    found += [x.uterus.volume, x.uterus.volume / p.uterine_involution.shape]
    found += [fundal_height(x.uterus, p.uterine_involution), receptor_share(p.body.uterus, 1.0 + x.age)]
    return [*found, x.lactotrophs.level, x.prolactin_hours, x.lactogenesis.activation, *asked_of_life(v)[:2]]


def _bottles(graph: Graph, v: LifeTile, numbers_of: dict[str, Number], settings: int) -> list[tuple[str, Expression]]:
    """Return what a bottle makes of an infant."""
    numbers_of["bottle"] = moving(settings)
    bottle, asked = graph.leaf("bottle", Level.TICK), asked_of_life(v)
    pairs: list[tuple[str, Any]] = []
    for name, amount in (("first", asked.first_appetite), ("second", asked.second_appetite)):
        infant = getattr(v.life, name)
        pairs += [
            (f"life:life.{name}.{field}", getattr(infant, field) + bottle * amount)
            for field in ("stomach", "stomach_energy", "lacking")
        ]
    return _expressions(graph, pairs)


def _sessions(program: LifeProgram) -> Iterator[Program]:
    """Yield the protocols that a lactation can come to."""
    fed = _breast_is_offered(program)
    kinds = {"l", "r", "lr", "rl"} if all(program.sides) else {"l"} if program.sides[0] else {"r"}
    used = {a.protocol for a in program.appointments if a.window.from_day <= program.days}
    for name, protocol in program.protocols.items():
        if name in used or (fed and "-" in name and name.rpartition("-")[2] in kinds):
            yield protocol.program


def _breast_is_offered(program: LifeProgram) -> bool:
    """Return whether an infant may be fed from a breast at all."""
    if any(a.what == What.FEED and a.window.from_day <= program.days for a in program.appointments):
        return True
    whole = [rule.window for rule in program.answers if rule.share >= 1.0]
    edges = sorted({0.0, 24.0, *(edge for w in whole for edge in (w.from_hour, w.to_hour))})
    hours = [0.5 * (a + b) for a, b in pairwise(edges)]
    days = range(1, program.days + 1)
    return not all(any(w.holds(day, hour) for w in whole) for day in days for hour in hours)


def _at_a_session(sessions: Sequence[Program], program: LifeProgram, settings: int) -> dict[str, Number]:
    """Return the leaves of a session: the clock, what the engine says of it, the surroundings that move."""
    found = {name: moving(settings) for name in ("tick", "step", "number", "share0", "share1")}
    nothing = known(np.zeros(settings))
    for prefix, kind in (("entering:", Entering), ("leaving:", Leaving)):
        for name in leaves(kind):
            still = name.startswith("conditions.") or (name == "kind.second" and program.infants < 2)
            found[f"{prefix}{name}"] = nothing if still else moving(settings)
    moved = frozenset[str]().union(*map(moved_by, sessions))
    for name in Cues._fields:
        if f"surroundings.cues.{name}" not in moved:
            found[f"leaving:cues.{name}"] = nothing
    return found | {name: moving(settings) for name in (*ALWAYS_MOVING, *moved)}


def _into_and_out_of_sessions(
    graph: Graph,
    v: LifeTile,
    feed: FeedGraph,
    control: AbstractSynthesisControl,
    action: AbstractProlactinAction,
    outputs: list[Any],
) -> list[tuple[str, Expression]]:
    """Return what a session begins with and what it leaves; add what its row shows to the outputs."""
    at_once = entered(v, _leaves(graph, Entering, "entering:"), control, action)
    pairs: list[tuple[str, Any]] = list(zip(field_names(), numbers(at_once), strict=True))
    e: Leaving = _leaves(graph, Leaving, "leaving:")
    end = feed_end(list(feed.fields.values()), e)
    left = left_behind(v.life, v.learning, v.parameters, end, e.kind, e.cues, control.signal_after)
    pairs += _named("life:life", left.life) + _named("life:learning", left.learning)
    density = energy_density(v.parameters.milk_composition, left.fat)
    pairs += [("life:plan.tone", left.tone)]
    pairs += [(f"life:plan.{infant}.density", density) for infant in ("first", "second")]
    outputs += [left.taken, left.fat, left.energy]
    return _expressions(graph, pairs)
