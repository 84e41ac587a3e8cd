"""A round of sessions: who feeds now, by which protocol; the reflex; what each leaves behind."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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
    made: tuple[float, float]
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


_BEFORE = np.array(
    [
        life_field_index(f"life.{name}")
        for name in (
            "left.milk", "right.milk", "left.oedema", "right.oedema", "lactogenesis.activation", "lactotrophs.level",
        )
    ]
)  # fmt: skip
_AFTER = np.array(
    [
        field_index(name)
        for name in (
            "left.removed", "right.removed", "left.leaked", "right.leaked", "dyad.prolactin.level",
            "moments.sucking.satisfied", "dyad.infant.stomach", "parameters.infant.appetite", "left.synthesised",
            "right.synthesised",
        )
    ]
)  # fmt: skip
_PARAMETERS = [field_index(f"parameters.{name}") for name in leaves(BodyParameters)]


def run_sessions(lives: "Lives", sessions: list[tuple["Lane", Session]]) -> None:
    """Run the sessions of a round, all at once."""
    places = np.array([lane.place for lane, _ in sessions])
    entries, start = _entries(lives, sessions, places)
    round_ = Round(
        start,
        np.array([entry.protocol for entry in entries]),
        np.array([entry.lane.start.dyad | entry.lane.feeds << 32 for entry in entries], dtype=np.uint64),
        np.array([entry.lane.lasting.get(entry.protocol, USUAL_S) for entry in entries]),
    )
    ends = lives.runner.run(round_, lives.protocols, lives.seed)
    stimulated, begun = ends.stimulated(round_, lives.protocols)
    passed = []
    over = _ends(lives, entries, ends, places, stimulated.tolist())
    for k, (entry, end) in enumerate(zip(entries, over, strict=True)):
        result = _result(end, float(begun[k]))
        _leave(lives, entry, result)
        if entry.lane.book.keep_starts:
            _keep(lives, entry, start[k])
        share = float(stimulated[k]) / max(result.duration_s, 1.0)
        passed.append((entry.lane, result.duration_s / 3600.0, share, end.tone))
    lives.pass_time(passed)


def _entries(
    lives: "Lives", sessions: list[tuple["Lane", Session]], places: NDArray[np.int64]
) -> tuple[list[Entry], NDArray[np.float64]]:
    """Return the sessions with what their dyads are like, and the fields of each at time 0."""
    before = lives.values[places[:, None], _BEFORE].tolist()
    entries, said = [], []
    for (lane, session), now, asked in zip(sessions, before, lives.asked(places), strict=True):
        *milk, oedema_left, oedema_right, activation, level = now
        wanted, name = 1.0, session.protocol
        if session.what == What.FEED:
            wanted = asked.first_appetite if session.infant == 0 else asked.second_appetite
            name = _feed_name(lives, milk, activation < 0.5, session, wanted)
        number = lives.numbers[name]
        kind = session.infant, session.what == What.FEED
        said.append((*kind, *_offered(name, session), *lives.conditions[number]))
        lane.feeds += 1
        cues = lives.program.protocols[name].cues
        oedema = max(oedema_left, oedema_right)
        entries.append(Entry(lane, session, number, cues, wanted, (milk[0], milk[1]), oedema, level, lane.age))
    start = np.empty((len(sessions), len(field_names())))
    lives.at_the_seam("enter", places, np.array(said, dtype=float), start)
    return entries, start


def _offered(name: str, session: Session) -> tuple[bool, bool]:
    """Return which breasts a session uses: left, right."""
    if session.what == What.FEED:
        order = name.rpartition("-")[2]
        return "l" in order, "r" in order
    return session.left, session.right


def _feed_name(lives: "Lives", milk: list[float], early: bool, session: Session, wanted: float) -> str:
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


class _End(NamedTuple):
    """What one session has come to, in plain numbers."""

    entry: Entry
    after: list[float]
    seen: list[float]
    taken: float
    fat: float
    energy: float
    tone: float


def _ends(
    lives: "Lives", entries: list[Entry], ends: SessionEnds, places: NDArray[np.int64], stimulated: list[float]
) -> list[_End]:
    """Write what the sessions leave into the lives; return what each has come to."""
    seen = ends.seen.tolist()
    said = [
        (
            e.session.infant, e.session.what == What.FEED, *e.cues, s[Seen.END_TIME], suckled, e.appetite,
        )
        for e, s, suckled in zip(entries, seen, stimulated, strict=True)
    ]  # fmt: skip
    sums = np.empty((len(entries), 4))
    lives.at_the_seam("leave", places, ends.final, np.array(said, dtype=float), sums)
    after = ends.final[:, _AFTER].tolist()
    return [_End(e, a, s, *sum_) for e, a, s, sum_ in zip(entries, after, seen, sums.tolist(), strict=True)]


def _result(end: _End, begun: float) -> FeedResult:
    """Return what the books need of a session whose first contact with a breast began at `begun` s."""
    seen = end.seen
    left, right, leaked_left, leaked_right, prolactin, satisfied, stomach, appetite, *made = end.after
    let_downs = int(seen[Seen.LET_DOWNS])
    contact = seen[Seen.FIRST_LATCH] if seen[Seen.FIRST_LATCH] > 0.0 else begun
    return FeedResult(
        removed=(left, right),
        made=(made[0], made[1]),
        leaked=leaked_left + leaked_right,
        taken=end.taken,
        fat=end.fat if end.fat > 0.0 else math.nan,
        energy=end.energy,
        duration_s=seen[Seen.END_TIME],
        breasts=int(seen[Seen.LATCHED_LEFT] + seen[Seen.LATCHED_RIGHT]),
        let_downs=let_downs,
        first_let_down_s=seen[Seen.FIRST_LET_DOWN] - contact if let_downs else math.nan,
        prolactin=prolactin,
        cramps=int(seen[Seen.CRAMPS]),
        satisfied=satisfied > 0.5 or stomach > FULL_STOMACH * appetite,
    )


def _leave(lives: "Lives", entry: Entry, result: FeedResult) -> None:
    """Note a session in the books, and what it means for the agenda."""
    lane, session = entry.lane, entry.session
    usual = lane.lasting.get(entry.protocol, result.duration_s)
    lane.lasting[entry.protocol] = usual + NEWEST * (result.duration_s - usual)
    if session.what == What.PUMP:
        lane.fridge_ml += result.taken
    if session.what == What.FEED:
        lives.new_mood(lane, session.infant)
        lives.top_up(lane, session.infant)
        lane.ask_again = 0.0 if result.satisfied else entry.age + result.duration_s / 3600.0 + REST_H
        _twin(lives, entry)
        lane.after_feed()
    lane.book.note_session(entry, result)


def _keep(lives: "Lives", entry: Entry, start: NDArray[np.float64]) -> None:
    """Keep the start of a session, so that it can be opened again."""
    lane = entry.lane
    program = lives.program.protocols[lives.names[entry.protocol]].program
    opened = SessionStart(lane.start.dyad, lane.feeds, start.copy(), program)
    lane.book.result.starts[lane.day, lane.book.sessions_today] = opened


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
