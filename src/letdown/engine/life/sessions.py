"""A round of sessions: who feeds now, by which protocol; the reflex; what each leaves behind."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from letdown.body.body import BodyParameters
from letdown.body.surroundings import Cues
from letdown.engine.cohort_run import DyadStart
from letdown.engine.event_log import Seen
from letdown.engine.layout import field_index, field_names, leaves, record_reader
from letdown.engine.life.feed_runner import Round, SessionEnds
from letdown.engine.life.layout import life_field_index
from letdown.engine.life.program import What
from letdown.engine.life.records import SessionStart

if TYPE_CHECKING:
    from letdown.engine.life.run import Lane, Lives

__all__ = ["Entry", "FeedResult", "Session", "reopened", "run_sessions"]

ONE_IS_ENOUGH = 0.95
"""The second breast is not offered to an infant that wants less than this share of the first; an assumption."""

REST_H = 1.75
"""An infant that let go tired and not satisfied rests so long, h; an assumption."""

FULL_STOMACH = 0.8
"""An infant that took this share of its appetite is satisfied, whatever ended the feed; an assumption."""

USUAL_S = 1000.0
"""How long a session may last of which nothing is known, s; it decides the order of a queue and no result."""

NEWEST = 0.3
"""Weight of the newest session in what is expected of the next of its kind."""


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
    """A session with what its dyad was like before it; milk (left, right) in mL."""

    lane: "Lane"
    session: Session
    protocol: int
    cues: Cues
    appetite: float
    milk: tuple[float, float]
    oedema: float
    prolactin: float
    age: float


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What the books need of a session. Milk in mL, (left, right) or both; times in s; fat NaN without milk."""

    removed: tuple[float, float]
    leaked: float
    taken: float
    fat: float
    energy: float
    duration_s: float
    breasts: int
    let_downs: int
    first_let_down_s: float
    prolactin: float
    cramps: int
    satisfied: bool


_MILK = (life_field_index("life.left.milk"), life_field_index("life.right.milk"))
_OEDEMA = (life_field_index("life.left.oedema"), life_field_index("life.right.oedema"))
_ACTIVATION = life_field_index("life.lactogenesis.activation")
_LEVEL = life_field_index("life.lactotrophs.level")
_AGE = life_field_index("life.age")
_REMOVED = (field_index("left.removed"), field_index("right.removed"))
_LEAKED = (field_index("left.leaked"), field_index("right.leaked"))
_PROLACTIN = field_index("dyad.prolactin.level")
_SATISFIED = field_index("moments.sucking.satisfied")
_STOMACH = field_index("dyad.infant.stomach")
_APPETITE = field_index("parameters.infant.appetite")
_PARAMETERS = [field_index(f"parameters.{name}") for name in leaves(BodyParameters)]


def run_sessions(lives: "Lives", sessions: list[tuple["Lane", Session]]) -> None:
    """Run the sessions of a round, all at once."""
    start = np.empty((len(sessions), len(field_names())))
    entries = [_entry(lives, lane, session, start[k]) for k, (lane, session) in enumerate(sessions)]
    round_ = Round(
        start,
        np.array([entry.protocol for entry in entries]),
        np.array([entry.lane.start.dyad | entry.lane.feeds << 32 for entry in entries], dtype=np.uint64),
        np.array([entry.lane.lasting.get(entry.protocol, USUAL_S) for entry in entries]),
    )
    ends = lives.runner.run(round_, lives.protocols, lives.seed)
    stimulated, begun = ends.stimulated(round_, lives.protocols)
    passed = []
    for k, entry in enumerate(entries):
        tone, duration = _leave(lives, entry, ends, k, float(begun[k]), start[k])
        passed.append((entry.lane, duration / 3600.0, float(stimulated[k]) / max(duration, 1.0), tone))
    lives.pass_time(passed)


def _entry(lives: "Lives", lane: "Lane", session: Session, start: NDArray[np.float64]) -> Entry:
    """Write the fields of a dyad at time 0 into `start`."""
    v = lane.values
    milk = float(v[_MILK[0]]), float(v[_MILK[1]])
    wanted, name = 1.0, session.protocol
    if session.what == What.FEED:
        asked = lane.asked()
        wanted = asked.first_appetite if session.infant == 0 else asked.second_appetite
        name = _feed_name(lives, milk, bool(v[_ACTIVATION] < 0.5), session, wanted)
    number = lives.numbers[name]
    left, right = _offered(name, session)
    feeds = float(session.what == What.FEED)
    lives.seam.enter(
        v,
        np.array(
            [session.infant, feeds, session.what == What.CUE, left, right, *lives.conditions[number]], dtype=float
        ),
        start,
    )
    lane.feeds += 1
    oedema = max(float(v[_OEDEMA[0]]), float(v[_OEDEMA[1]]))
    cues = lives.program.protocols[name].cues
    return Entry(lane, session, number, cues, wanted, milk, oedema, float(v[_LEVEL]), lane.age)


def _offered(name: str, session: Session) -> tuple[bool, bool]:
    """Return which breasts a session uses: left, right."""
    if session.what == What.FEED:
        order = name.rpartition("-")[2]
        return "l" in order, "r" in order
    return session.left, session.right


def _feed_name(lives: "Lives", milk: tuple[float, float], early: bool, session: Session, wanted: float) -> str:
    """Return the protocol of a feed: the fuller breast first, the other if wanted; each of twins has one."""
    left, right = lives.program.sides
    fuller_left = milk[0] >= milk[1]
    if left != right:
        order = "l" if left else "r"
    elif lives.program.infants > 1:
        order = "l" if fuller_left else "r"
    else:
        order = "lr" if fuller_left else "rl"
        if not early and wanted < ONE_IS_ENOUGH * max(milk):
            order = order[0]
    kind = "feed" if session.asked else "woken"
    return f"first-{kind}-{order}" if early else f"{kind}-{order}"


def _leave(
    lives: "Lives", entry: Entry, ends: SessionEnds, k: int, begun: float, start: NDArray[np.float64]
) -> tuple[float, float]:
    """Write what a session leaves into its lane and books; return the uterine tone it added, and its duration in s."""
    lane, session, final, seen = entry.lane, entry.session, ends.final[k], ends.seen[k].tolist()
    feed, cue = session.what == What.FEED, session.what == What.CUE
    duration, let_downs = seen[Seen.END_TIME], int(seen[Seen.LET_DOWNS])
    said = np.array([session.infant, feed, cue, *entry.cues, duration, let_downs, entry.appetite], dtype=float)
    sums = np.empty(4)
    lives.seam.leave(lane.values, final, said, sums)
    taken, fat, energy, tone = sums.tolist()
    usual = lane.lasting.get(entry.protocol, duration)
    lane.lasting[entry.protocol] = usual + NEWEST * (duration - usual)
    contact = seen[Seen.FIRST_LATCH] if seen[Seen.FIRST_LATCH] > 0.0 else begun
    full = final[_STOMACH] > FULL_STOMACH * start[_APPETITE]
    result = FeedResult(
        removed=(float(final[_REMOVED[0]]), float(final[_REMOVED[1]])),
        leaked=float(final[_LEAKED[0]] + final[_LEAKED[1]]),
        taken=taken,
        fat=fat if fat > 0.0 else math.nan,
        energy=energy,
        duration_s=duration,
        breasts=int(seen[Seen.LATCHED_LEFT] + seen[Seen.LATCHED_RIGHT]),
        let_downs=let_downs,
        first_let_down_s=seen[Seen.FIRST_LET_DOWN] - contact if let_downs else math.nan,
        prolactin=float(final[_PROLACTIN]),
        cramps=int(seen[Seen.CRAMPS]),
        satisfied=bool(final[_SATISFIED] > 0.5 or full),
    )
    if session.what == What.PUMP:
        lane.fridge_ml += taken
    if feed:
        lives.new_mood(lane, session.infant)
        lives.top_up(lane, session.infant)
        lane.ask_again = 0.0 if result.satisfied else entry.age + duration / 3600.0 + REST_H
        _twin(lives, entry)
        lane.after_feed()
    lane.book.note_session(entry, result)
    if lane.book.keep_starts:
        program = lives.program.protocols[lives.names[entry.protocol]].program
        opened = SessionStart(lane.start.dyad, lane.feeds, start.copy(), program)
        lane.book.result.starts[lane.day, lane.book.sessions_today] = opened
    return tone, duration


def reopened(session: SessionStart) -> DyadStart:
    """Return a session of a life as the start of a run of its own, the same to the last bit."""
    fields = session.fields
    parameters = record_reader(BodyParameters)(fields[_PARAMETERS].tolist())
    left, right = (
        float(fields[field_index(f"{side}.alveolar_milk")] + fields[field_index(f"{side}.ductal_milk")])
        for side in ("left", "right")
    )
    return DyadStart(session.dyad, parameters, left, right, session.feed, fields=fields)


def _twin(lives: "Lives", entry: Entry) -> None:
    """After one of twins the other is fed."""
    from letdown.engine.life.run import FEED_NOW

    lane = entry.lane
    if lives.program.infants > 1 and not lane.twin_follows:
        lane.twin_follows = True
        lane.agenda.insert(0, (lane.age, FEED_NOW, 1 - entry.session.infant))
    else:
        lane.twin_follows = False
