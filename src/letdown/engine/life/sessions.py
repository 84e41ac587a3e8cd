"""A round of sessions: who feeds now, by which protocol; the reflex; what each leaves behind."""

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from letdown.body.life.cue_learning import learned_from, practised
from letdown.body.life.feed_of_life import body_of_feed
from letdown.body.life.gland import fullness
from letdown.body.life.latch_learning import skilled
from letdown.body.life.life import Braked, Learning, Life, Plan, made
from letdown.body.life.milk_composition import energy_density, fat
from letdown.body.life.suckling_infant import appetite
from letdown.engine.cohort_run import DyadStart
from letdown.engine.life.feed_runner import FeedResult
from letdown.engine.life.layout import life_field_index, life_values
from letdown.engine.life.program import Protocol, What
from letdown.engine.life.records import SessionStart
from letdown.kernel.elementary import hill2

if TYPE_CHECKING:
    from letdown.engine.life.run import Lane, Lives

__all__ = ["Session", "run_sessions"]

ONE_IS_ENOUGH = 0.95
"""The second breast is not offered to an infant that wants less than this share of the first; an assumption."""

REST_H = 1.75
"""An infant that let go tired and not satisfied rests so long, h; an assumption."""


@dataclass(frozen=True, slots=True)
class Session:
    """What is due: a feed of one infant, a pumping, or a cue without a feed."""

    what: What
    infant: int = 0
    asked: bool = False
    protocol: str = ""
    left: bool = True
    right: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A session with everything that enters it."""

    lane: "Lane"
    session: Session
    protocol: Protocol
    life: Life
    learning: Learning
    start: DyadStart
    appetite: float
    mirrored: bool


_LEFT_FIRST = {"r": "l", "rl": "lr"}
"""A feed that begins on the right is run as its mirror image, so that more dyads share a run; it is the same to the
last bit, and a test holds it so."""

_LIFE = life_field_index("life.age")
_LEARNING = life_field_index("learning.cues.own_cry")
_PEAK = life_field_index("plan.peak")


def run_sessions(lives: "Lives", sessions: list[tuple["Lane", Session]]) -> None:
    """Run the sessions of a round, those of one protocol together."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for lane, session in sessions:
        entry, name = _entry(lives, lane, session)
        groups[name].append(entry)
    passed = []
    for name, entries in groups.items():
        program = lives.program.protocols[name].program
        starts = [_mirrored(entry.start) if entry.mirrored else entry.start for entry in entries]
        results = lives.runner.run(starts, program, lives.seed)
        for entry, ran in zip(entries, results, strict=True):
            result = _mirrored_result(ran) if entry.mirrored else ran
            tone = _leave(lives, entry, result)
            share = result.stimulated_s / max(result.duration_s, 1.0)
            passed.append((entry.lane, result.duration_s / 3600.0, share, tone))
    lives.pass_time(passed)


def _entry(lives: "Lives", lane: "Lane", session: Session) -> tuple[Entry, str]:
    x: Life = lane.record("life")
    learning: Learning = lane.record("learning")
    plan: Plan = lane.record("plan")
    p = lane.start.parameters
    wanted, skill = 1.0, 1.0
    if session.what == What.FEED:
        infant, growth = (x.first, plan.first) if session.infant == 0 else (x.second, plan.second)
        of_infant = p.first if session.infant == 0 else p.second
        wanted = appetite(infant, of_infant, growth, x.age)
        skill = learning.first_skill if session.infant == 0 else learning.second_skill
        name = _feed_name(lives, x, session, wanted)
    else:
        name = session.protocol
    b = Braked(
        lives.control.brake(x.left, p.synthesis_control),
        lives.control.brake(x.right, p.synthesis_control),
        lives.action.factor(x.receptors, p.prolactin_action),
        0.0,
    )
    entry = body_of_feed(x, learning, p, plan, made(x, p, b), appetite_ml=wanted, skill=skill)
    protocol = lives.program.protocols[name]
    offered = _offered(name, session)
    oedema = max(g.oedema for g, used in zip((x.left, x.right), offered, strict=True) if used)
    conditions = protocol.program.conditions._replace(engorgement=min(oedema, 1.0))
    lane.feeds += 1
    start = DyadStart(
        lane.start.dyad, entry.parameters, x.left.milk, x.right.milk, lane.feeds, entry.prolactin, conditions
    )
    kind, _, order = name.rpartition("-")
    mirrored = session.what == What.FEED and order in _LEFT_FIRST
    shared = f"{kind}-{_LEFT_FIRST[order]}" if mirrored else name
    return Entry(lane, session, protocol, x, learning, start, wanted, mirrored), shared


def _mirrored(start: DyadStart) -> DyadStart:
    """Return a dyad with its breasts exchanged."""
    p = start.parameters
    swapped = p._replace(left=p.right, right=p.left)
    return replace(start, parameters=swapped, milk_left=start.milk_right, milk_right=start.milk_left)


def _mirrored_result(r: FeedResult) -> FeedResult:
    """Return a result with its breasts exchanged."""
    pairs = {name: getattr(r, name)[::-1] for name in ("removed", "leaked", "made", "remaining")}
    return r._replace(**pairs)


def _offered(name: str, session: Session) -> tuple[bool, bool]:
    """Return which breasts a session uses: left, right."""
    if session.what == What.FEED:
        order = name.rpartition("-")[2]
        return "l" in order, "r" in order
    return session.left, session.right


def _feed_name(lives: "Lives", x: Life, session: Session, wanted: float) -> str:
    """Return the protocol of a feed: the fuller breast first, the other if wanted; each of twins has one."""
    left, right = lives.program.sides
    early = "first-" if x.lactogenesis.activation < 0.5 else ""
    fuller_left = x.left.milk >= x.right.milk
    if left != right:
        order = "l" if left else "r"
    elif lives.program.infants > 1:
        order = "l" if fuller_left else "r"
    else:
        order = "lr" if fuller_left else "rl"
        first = x.left.milk if fuller_left else x.right.milk
        if not early and wanted < ONE_IS_ENOUGH * first:
            order = order[0]
    return f"{early}feed-{order}" if session.asked else f"{early}woken-{order}"


def _leave(lives: "Lives", entry: Entry, r: FeedResult) -> float:
    """Write what a session leaves into its lane and books; return the uterine tone that it added."""
    lane, p, x = entry.lane, entry.lane.start.parameters, entry.life
    feed, pump = entry.session.what == What.FEED, entry.session.what == What.PUMP
    glands, fat_mass, taken = [], 0.0, 0.0
    for i, g in enumerate((x.left, x.right)):
        left_share = r.remaining[i] / max(g.milk, 1.0e-9)
        after = g._replace(
            milk=r.remaining[i],
            signal=lives.control.signal_after(g.signal, min(left_share, 1.0)),
            made=g.made + r.made[i],
            leaked=g.leaked + r.leaked[i],
        )
        glands.append(after)
        emptied = 1.0 - fullness(g), 1.0 - fullness(after)
        content = fat(p.milk_composition, *emptied, x.lactogenesis.activation)
        fat_mass += content * r.removed[i]
        taken += r.removed[i]
    content = fat_mass / taken if taken > 0.01 else math.nan
    x = x._replace(
        left=glands[0],
        right=glands[1],
        lactotrophs=x.lactotrophs._replace(level=r.prolactin, drive=r.drive),
    )
    if feed and taken > 0.0:
        name = "first" if entry.session.infant == 0 else "second"
        infant = getattr(x, name)
        energy = taken / 1000.0 * energy_density(p.milk_composition, content if taken > 0.01 else 30.0)
        fed = infant._replace(
            stomach=infant.stomach + taken,
            stomach_energy=infant.stomach_energy + energy,
            lacking=infant.lacking - energy,
        )
        x = x._replace(**{name: fed})
    flat = life_values(x)
    lane.values[_LIFE : _LIFE + len(flat)] = flat
    lane.values[_PEAK] = max(entry.life.lactotrophs.level, r.prolactin)
    learned = life_values(_learned(entry, r, taken))
    lane.values[_LEARNING : _LEARNING + len(learned)] = learned
    if pump:
        lane.fridge_ml += taken
    if feed:
        lives.new_mood(lane, entry.session.infant)
        lives.top_up(lane, entry.session.infant)
        lane.ask_again = 0.0 if r.satisfied else x.age + r.duration_s / 3600.0 + REST_H
        _twin(lives, entry)
        lane.after_feed()
    lane.book.note_session(entry, r, taken, content)
    if lane.book.keep_starts:
        lane.book.result.starts[lane.day, lane.book.sessions_today] = SessionStart(entry.start, entry.protocol.program)
    rise = max(r.oxytocin - p.body.plasma.basal_level, 0.0)
    return float(hill2(rise, p.body.uterus.half_rise))


def _learned(entry: Entry, r: FeedResult, taken: float) -> Learning:
    """Return what mother and infant have learned after a session."""
    p, session = entry.lane.start.parameters, entry.session
    came = float(r.let_downs > 0 and session.what != What.CUE)
    cues = learned_from(entry.learning.cues, p.cue_learning, p.body.conditioning, entry.protocol.cues, came)
    learning = entry.learning._replace(cues=cues)
    if session.what == What.CUE:
        return learning
    learning = learning._replace(familiarity=practised(learning.familiarity, p.cue_learning, came))
    if session.what == What.FEED:
        fed = min(taken / max(entry.appetite, 1.0), 1.0)
        if session.infant == 0:
            learning = learning._replace(first_skill=skilled(learning.first_skill, p.latch_learning, fed))
        else:
            learning = learning._replace(second_skill=skilled(learning.second_skill, p.latch_learning, fed))
    return learning


def _twin(lives: "Lives", entry: Entry) -> None:
    """After one of twins the other is fed."""
    from letdown.engine.life.run import FEED_NOW

    lane = entry.lane
    if lives.program.infants > 1 and not lane.twin_follows:
        lane.twin_follows = True
        lane.agenda.insert(0, (lane.age, FEED_NOW, 1 - entry.session.infant))
    else:
        lane.twin_follows = False
