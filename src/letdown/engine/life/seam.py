"""The seam of the two clocks as machine code: what enters a session, what it leaves, what an infant wants now.

The equations are those of `letdown.body.life.feed_of_life`, called once with expressions; what they do is written
out as straight lines and compiled, since months hold thousands of sessions. A life is one row of an array, read and
written in place; each function takes all lives of a round, by their numbers.
"""

from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any, NamedTuple

from letdown.body.body import BodyParameters
from letdown.body.life.feed_of_life import FeedEnd, OfBreast, SessionKind, body_of_feed, left_behind
from letdown.body.life.life import Braked, asking, made
from letdown.body.life.prolactin_action import AbstractProlactinAction
from letdown.body.life.suckling_infant import appetite
from letdown.body.life.synthesis_control import AbstractSynthesisControl
from letdown.body.surroundings import Conditions, Cues
from letdown.compiler.kernel import Kernel
from letdown.compiler.program import Generated, Program, printed
from letdown.engine.clocks import joined
from letdown.engine.cohort_run import resting_tile
from letdown.engine.lane_code import lane_function
from letdown.engine.lane_lines import Loop, Rows
from letdown.engine.layout import Tile, field_names, leaves, numbers, record_reader, record_type, view
from letdown.engine.life import seam_loop
from letdown.engine.life.layout import LifeTile, life_field_index, life_field_names
from letdown.kernel.elementary import maximum, minimum, select
from letdown.kernel.expression import Graph, Level

__all__ = [
    "Asked",
    "Entering",
    "Leaving",
    "SessionSum",
    "asked_of_life",
    "entered",
    "feed_end",
    "load_seam",
    "seam_program",
]


class Asked(NamedTuple):
    """Of each infant: its hunger in thresholds, 0 where it cannot ask; what would satisfy it, mL."""

    first: float
    second: float
    first_appetite: float
    second_appetite: float


class Entering(NamedTuple):
    """What the engine says of a session that begins: which breasts are used (0 or 1), conditions of its protocol."""

    kind: SessionKind
    left: float
    right: float
    conditions: Conditions


class Leaving(NamedTuple):
    """What the engine says of a session that is over: its cues, what it lasted and was suckled (s), the appetite."""

    kind: SessionKind
    cues: Cues
    duration: float
    suckled: float
    wanted: float


class SessionSum(NamedTuple):
    """Milk taken (mL), its fat (g/L, 0 without milk) and energy (kcal), uterine tone that the session added."""

    taken: float
    fat: float
    energy: float
    tone: float


def _record(graph: Graph, kind: type, array: str) -> Any:
    """Return a record whose numbers lie in an array in order."""
    names: list[Any] = [graph.leaf(f"{array}[{i}]", Level.TICK) for i in range(len(list(leaves(kind))))]
    return record_reader(kind)(names)


def _stored(array: str, values: Iterable[Any], first: int = 0) -> dict[str, Any]:
    return {f"{array}[{first + i}]": x for i, x in enumerate(values)}


def asked_of_life(v: LifeTile) -> Asked:
    """Return what the infants of a life want now."""
    x, p, u = v.life, v.parameters, v.plan
    hour = x.age + u.birth_hour
    return Asked(
        u.asks_first * asking(x.first, p.first, u.first, p.hours, x.age, hour, u.mood_first),
        u.asks_second * asking(x.second, p.second, u.second, p.hours, x.age, hour, u.mood_second),
        appetite(x.first, p.first, u.first, x.age),
        appetite(x.second, p.second, u.second, x.age),
    )


def entered(v: LifeTile, e: Entering, control: AbstractSynthesisControl, action: AbstractProlactinAction) -> Tile:
    """Return the dyad of a session at time 0."""
    x, p, learning = v.life, v.parameters, v.learning

    def of(first: Any, second: Any) -> Any:
        return joined(lambda a, b: select(e.kind.second > 0.5, b, a), first, second)

    infant = appetite(of(x.first, x.second), of(p.first, p.second), of(v.plan.first, v.plan.second), x.age)
    skill = of(learning.first_skill, learning.second_skill)
    b = Braked(
        control.brake(x.left, p.synthesis_control),
        control.brake(x.right, p.synthesis_control),
        action.factor(x.receptors, p.prolactin_action),
        0.0,
    )
    entry = body_of_feed(
        x,
        learning,
        p,
        v.plan,
        made(x, p, b),
        appetite_ml=select(e.kind.feeds > 0.5, infant, 1.0),
        skill=select(e.kind.feeds > 0.5, skill, 1.0),
    )
    oedema = minimum(maximum(e.left * x.left.oedema, e.right * x.right.oedema), 1.0)
    milk = x.left.milk, x.right.milk
    return resting_tile(entry.parameters, milk, entry.prolactin, e.conditions._replace(engorgement=oedema))


def feed_end(names: list[Any], e: Leaving) -> FeedEnd:
    """Return what the final fields of a session, in buffer order, say."""
    dyad = view(names, record_type(Tile)["dyad"], "dyad")
    p: Any = view(names, BodyParameters, "parameters")
    left, right = (
        OfBreast(b.removed, b.leaked, b.synthesised, b.alveolar_milk + b.ductal_milk)
        for b in (view(names, record_type(Tile)[side], side) for side in ("left", "right"))
    )
    oxytocin = dyad.plasma.cleared / maximum(e.duration, 1.0) / p.plasma.clearance
    return FeedEnd(left, right, dyad.prolactin.level, dyad.prolactin.drive, oxytocin, e.suckled, e.wanted)


def _function(name: str, lengths: Mapping[str, int], outputs: Mapping[str, Any], graph: Graph) -> Generated:
    """Return a function of arrays of known lengths that writes outputs, each named by its place: array[i]."""
    firsts, number = {}, 0
    for array, length in lengths.items():
        firsts[array], number = number, number + length
    rows = Rows([f"{array}[{i}]" for array, length in lengths.items() for i in range(length)])
    loop = Loop(Level.TICK, rows, {})
    loop.store({rows.of_field[where]: graph.number(x) for where, x in outputs.items()})
    return lane_function(name, (), loop.lines, "float64", 1, firsts)


def _length(kind: type) -> int:
    return len(list(leaves(kind)))


def seam_program(control: AbstractSynthesisControl, action: AbstractProlactinAction) -> Program:
    """Return the program of the seam under two hypotheses: `asked`, `enter`, `leave`."""
    graph = Graph()
    v = _record(graph, LifeTile, "v")
    fields = len(life_field_names())
    asked = _function("asked_of", {"v": fields, "out": _length(Asked)}, _stored("out", asked_of_life(v)), graph)
    at_once = numbers(entered(v, _record(graph, Entering, "e"), control, action))
    lengths = {"v": fields, "e": _length(Entering), "out": len(at_once)}
    entering = _function("enter_one", lengths, _stored("out", at_once), graph)
    e = _record(graph, Leaving, "e")
    final: list[Any] = [graph.leaf(f"f[{i}]", Level.TICK) for i in range(len(field_names()))]
    left = left_behind(v.life, v.learning, v.parameters, feed_end(final, e), e.kind, e.cues, control.signal_after)
    stores = _stored("v", numbers(left.life)) | _stored(
        "v", numbers(left.learning), life_field_index("learning.cues.own_cry")
    )
    stores = {where: x for where, x in stores.items() if graph.number(x).value != where}
    stores[f"v[{life_field_index('plan.peak')}]"] = left.peak
    stores |= _stored("out", (left.taken, left.fat, left.energy, left.tone))
    lengths = {"v": fields, "f": len(final), "e": _length(Leaving), "out": 4}
    leaving = _function("leave_one", lengths, stores, graph)
    entries: list[Callable[..., None]] = [seam_loop.asked, seam_loop.enter, seam_loop.leave]
    name = f"seam, {type(control).__name__}, {type(action).__name__}"
    return printed(name, "float64", entries, {"asked_of": asked, "enter_one": entering, "leave_one": leaving})


_LOADING = Lock()
_SEAMS: dict[tuple[type, type], Kernel] = {}


def load_seam(control: AbstractSynthesisControl, action: AbstractProlactinAction) -> Kernel:
    """Return the compiled seam of two hypotheses."""
    key = (type(control), type(action))
    with _LOADING:
        if key not in _SEAMS:
            _SEAMS[key] = Kernel(seam_program(control, action))
    return _SEAMS[key]
