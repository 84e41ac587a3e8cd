"""The seam of the two clocks as machine code: what enters a session, what it leaves, what an infant wants now.

The equations are those of `letdown.body.life.feed_of_life`, called once with expressions; what they do is written
out as straight lines and compiled, since months hold thousands of sessions. A life is one row of an array, read and
written in place; each function takes all lives of a round, by their numbers.
"""

import hashlib
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, NamedTuple

import llvmlite  # type: ignore[import-untyped]
import numba

from letdown._machine_code import import_generated
from letdown.body.body import BodyParameters
from letdown.body.life.feed_of_life import FeedEnd, OfBreast, SessionKind, body_of_feed, left_behind
from letdown.body.life.life import Braked, asking, made
from letdown.body.life.prolactin_action import AbstractProlactinAction
from letdown.body.life.suckling_infant import appetite
from letdown.body.life.synthesis_control import AbstractSynthesisControl
from letdown.body.surroundings import Conditions, Cues
from letdown.engine.clocks import joined
from letdown.engine.cohort_run import resting_tile
from letdown.engine.layout import Tile, field_names, leaves, numbers, record_reader, record_type, view
from letdown.engine.life.layout import LifeTile, life_field_index
from letdown.engine.link import Linker
from letdown.engine.streams import uniform
from letdown.kernel.elementary import maximum, minimum, select
from letdown.kernel.equation import Elementary
from letdown.kernel.expression import Expression, Graph, Level

__all__ = ["Asked", "Entering", "Leaving", "SessionSum", "load_seam", "seam_source"]


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


class _Text:
    """Straight lines that compute expressions; the name of a leaf is its text."""

    def __init__(self, functions: dict[str, Elementary]) -> None:
        self.functions = functions
        self.lines: list[str] = []
        self._texts: dict[Expression, str] = {}

    def of(self, output: Expression) -> str:
        """Return the name of an expression after the lines that compute it."""
        stack = [output]
        while stack:
            x = stack[-1]
            waiting = [a for a in x.arguments if a not in self._texts]
            if x in self._texts or waiting:
                stack += waiting
                if x in self._texts:
                    stack.pop()
                continue
            stack.pop()
            self._texts[x] = self._text(x)
        return self._texts[output]

    def _text(self, x: Expression) -> str:
        if x.operation == "literal":
            return repr(x.value)
        arguments = [self._texts[a] for a in x.arguments]
        if x.operation == "leaf":
            text = str(x.value)
        elif isinstance(x.operation, str):
            text = f" {x.operation} ".join(arguments)
        else:
            name = x.operation.python.__name__.removeprefix("_python_")
            self.functions[name] = x.operation
            text = f"{name}({', '.join(arguments)})"
        self.lines.append(f"t{len(self.lines)} = {text}")
        return f"t{len(self.lines) - 1}"


def _record(graph: Graph, kind: type, array: str) -> Any:
    """Return a record whose numbers lie in an array in order."""
    names: list[Any] = [graph.leaf(f"{array}[{i}]", Level.TICK) for i in range(len(list(leaves(kind))))]
    return record_reader(kind)(names)


def _function(head: str, outputs: Mapping[str, Any], graph: Graph, functions: dict[str, Elementary]) -> list[str]:
    text = _Text(functions)
    stores = [f"{where} = {text.of(graph.number(x))}" for where, x in outputs.items()]
    return [head, *(f"    {line}" for line in text.lines), *(f"    {line}" for line in stores)]


def _stored(array: str, values: Iterable[Any], first: int = 0) -> dict[str, Any]:
    return {f"{array}[{first + i}]": x for i, x in enumerate(values)}


def _asked(v: LifeTile) -> Asked:
    x, p, u = v.life, v.parameters, v.plan
    hour = x.age + u.birth_hour
    return Asked(
        u.asks_first * asking(x.first, p.first, u.first, p.hours, x.age, hour, u.mood_first),
        u.asks_second * asking(x.second, p.second, u.second, p.hours, x.age, hour, u.mood_second),
        appetite(x.first, p.first, u.first, x.age),
        appetite(x.second, p.second, u.second, x.age),
    )


def _entered(v: LifeTile, e: Entering, control: AbstractSynthesisControl, action: AbstractProlactinAction) -> Tile:
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


def _feed_end(graph: Graph, e: Leaving) -> FeedEnd:
    """Return what the final fields f of a session say."""
    names = [graph.leaf(f"f[{i}]", Level.TICK) for i in range(len(field_names()))]
    dyad = view(names, record_type(Tile)["dyad"], "dyad")
    p: Any = view(names, BodyParameters, "parameters")
    left, right = (
        OfBreast(b.removed, b.leaked, b.synthesised, b.alveolar_milk + b.ductal_milk)
        for b in (view(names, record_type(Tile)[side], side) for side in ("left", "right"))
    )
    oxytocin = dyad.plasma.cleared / maximum(e.duration, 1.0) / p.plasma.clearance
    return FeedEnd(left, right, dyad.prolactin.level, dyad.prolactin.drive, oxytocin, e.suckled, e.wanted)


_OF_A_ROUND = """def asked(lives, which, out):
    for k in range(which.size):
        asked_of(lives[which[k]], out[k])


@njit(error_model="numpy")
def enter(lives, which, e, out):
    for k in range(which.size):
        enter_one(lives[which[k]], e[k], out[k])


@njit(error_model="numpy")
def leave(lives, which, f, e, out):
    for k in range(which.size):
        leave_one(lives[which[k]], f[k], e[k], out[k])"""


def seam_source(
    control: AbstractSynthesisControl, action: AbstractProlactinAction
) -> tuple[str, dict[str, Elementary]]:
    """Return the text of the generated module and the elementary functions that it calls."""
    functions: dict[str, Elementary] = {}
    graph = Graph()
    v = _record(graph, LifeTile, "v")
    lines = _function("def asked_of(v, out):", _stored("out", _asked(v)), graph, functions)
    entered = _entered(v, _record(graph, Entering, "e"), control, action)
    enter = _function("def enter_one(v, e, out):", _stored("out", numbers(entered)), graph, functions)
    e = _record(graph, Leaving, "e")
    left = left_behind(v.life, v.learning, v.parameters, _feed_end(graph, e), e.kind, e.cues, control.signal_after)
    stores = _stored("v", numbers(left.life)) | _stored(
        "v", numbers(left.learning), life_field_index("learning.cues.own_cry")
    )
    stores = {where: x for where, x in stores.items() if graph.number(x).value != where}
    stores[f"v[{life_field_index('plan.peak')}]"] = left.peak
    stores |= _stored("out", (left.taken, left.fat, left.energy, left.tone))
    leave = _function("def leave_one(v, f, e, out):", stores, graph, functions)
    compiled = '@njit(error_model="numpy")\n'  # microseconds: not worth handing over Python's lock
    drawn = [
        "def drawn(seed, dyad, process, event):",
        "    return uniform(uint64(seed), uint64(dyad), uint64(process), uint64(event))",
    ]
    parts = ["\n".join(part) for part in (lines, enter, leave, drawn)] + [_OF_A_ROUND]
    head = '"""Generated by letdown.engine.life.seam; do not edit."""\n\nfrom numba import njit, uint64\n\n\n'
    return head + "\n\n\n".join(compiled + part for part in parts) + "\n", functions


_LOADING = Lock()
_SEAMS: dict[tuple[type, type], ModuleType] = {}


def load_seam(control: AbstractSynthesisControl, action: AbstractProlactinAction) -> ModuleType:
    """Return the compiled seam of two hypotheses: `asked`, `enter`, `leave`, `drawn`; written the first time."""
    key = (type(control), type(action))
    with _LOADING:
        if key not in _SEAMS:
            text, functions = seam_source(control, action)
            digest = hashlib.sha256(text.encode())
            for name in ("link.py", "streams.py"):
                digest.update((Path(__file__).parent.parent / name).read_bytes())
            for path in sorted((Path(__file__).parent.parent.parent / "kernel").glob("*.py")):
                digest.update(path.read_bytes())
            digest.update(f"{sys.version} {numba.__version__} {llvmlite.__version__}".encode())
            linker = Linker("float64")
            names = {name: linker.link(function) for name, function in functions.items()} | {"uniform": uniform}
            _SEAMS[key] = import_generated(f"letdown_seam_{digest.hexdigest()[:16]}", text, names)
    return _SEAMS[key]
