"""Run lives: every lane on its own clock, coarse steps between feeds, feeds in rounds by the reflex.

    take some lanes that are behind in time                                     (`rounds`)
    advance each until an infant asks or its next appointment has come          (compiled, 60 s)
    run the sessions of that round, each by its own protocol                    (`AbstractFeedRunner`)
    update what each feed leaves, and pass the time it took on the coarse clock with the milk left alone

Lanes need not agree in time. The result of a dyad depends on its own seed and number only.
"""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown._errors import SimulationError
from letdown.body.life.birth import weight_at
from letdown.body.life.drugs import DopamineDrugs
from letdown.body.life.life import Learning, Life, LifeParameters, Plan
from letdown.body.life.prolactin_action import AbstractProlactinAction, Permissive
from letdown.body.life.suckling_infant import Growth
from letdown.body.life.synthesis_control import AbstractSynthesisControl, LocalFullness
from letdown.engine.lane_queue import tabled
from letdown.engine.life.coarse_program import advance
from letdown.engine.life.day_book import AT_A_STOP, DayBook
from letdown.engine.life.feed_runner import AbstractFeedRunner, ReflexRunner
from letdown.engine.life.layout import LifeTile, life_field_index, life_record, life_values
from letdown.engine.life.program import Answer, LifeProgram, What
from letdown.engine.life.records import LifeResult
from letdown.engine.life.rounds import run_rounds
from letdown.engine.life.seam import Asked, load_seam
from letdown.engine.life.sessions import Session, run_sessions
from letdown.kernel.elementary import exp, log
from letdown.kernel.philox import PROCESSES, uniforms

__all__ = ["LifeStart", "Lives", "run_lives"]

STEP_H = 1.0 / 60.0
SOOTHED_H = 0.5
"""A soothed infant asks again after so long, h."""
EPSILON_H = 1.0e-4
MOOD_SIGMA = 0.2
"""Spread of the logarithm of the hunger threshold from feed to feed; an assumption."""
MOOD_MOST = 0.35
"""Most that it departs from the mean."""
BLOCK = 64
"""Moods of a life, or days of its cues, that are drawn at once."""

_AGE = life_field_index("life.age")
_UNTIL = life_field_index("plan.until")
_RUNNING = life_field_index("plan.running")
_FEEDING = life_field_index("plan.feeding")
_ASKS = (life_field_index("plan.asks_first"), life_field_index("plan.asks_second"))
_MOODS = (life_field_index("plan.mood_first"), life_field_index("plan.mood_second"))
_GROWTH = (life_field_index("plan.first.weight"), life_field_index("plan.second.weight"))
_SET_OUT = np.array([_UNTIL, _RUNNING, _FEEDING, *_ASKS])
_PASSING = np.array([*_SET_OUT, _FEEDING + 1, _FEEDING + 2])
_DRUGS = {name: life_field_index(f"life.drugs.{name}") for name in DopamineDrugs._fields}
_PILL = life_field_index("life.exposure.pill")


@dataclass(frozen=True, slots=True)
class LifeStart:
    """One dyad at birth."""

    dyad: int
    parameters: LifeParameters
    life: Life
    learning: Learning
    sexes: tuple[str, str]
    birth_z: tuple[float, float]
    birth_hour: float
    traits: dict[str, float]


@dataclass(slots=True, eq=False)
class Lane:
    """One dyad under way: its row of the array of lives, its agenda of today, its books."""

    start: LifeStart
    place: int
    values: NDArray[np.float64]
    book: DayBook
    agenda: list[tuple[float, int, Any]]
    references: NDArray[np.float64]
    day: int = 0
    feeds: int = 0
    calls: int = 0
    moods: int = 0
    mood_factors: list[float] = field(default_factory=list)
    cues: dict[tuple[int, float], tuple[int, list[list[float]]]] = field(default_factory=dict)
    lasting: dict[int, float] = field(default_factory=dict)
    ask_again: float = 0.0
    fridge_ml: float = 0.0
    over: bool = False
    topped_up: float = 0.0
    waiting: Any = None
    twin_follows: bool = False
    age: float = 0.0
    until: float = 0.0
    asks: bool = False

    def after_feed(self) -> None:
        """Do at once what waited for the end of a feed."""
        if self.waiting is not None:
            self.agenda.insert(0, (self.age, APPOINTMENT, self.waiting))
            self.waiting = None

    def record(self, path: str) -> Any:
        """Return a nested record of the lane."""
        return life_record(self.values, path)


DAY_END, APPOINTMENT, DOSE, FEED_NOW, AFTER_FEED = range(5)


class Lives:
    """Lives under way. Use `run_lives`; this is its state."""

    def __init__(
        self,
        starts: Sequence[LifeStart],
        program: LifeProgram,
        *,
        seed: int,
        runner: AbstractFeedRunner,
        control: AbstractSynthesisControl,
        action: AbstractProlactinAction,
        keep_starts: bool,
    ) -> None:
        self.program, self.seed, self.runner = program, seed, runner
        self._hypotheses, self._seam = (control, action), load_seam(control, action)
        self._key = np.uint64(seed)
        self.names = tuple(program.protocols)
        self.numbers = {name: number for number, name in enumerate(self.names)}
        self.protocols = tabled([program.protocols[name].program for name in self.names])
        self.conditions = [tuple(program.protocols[name].program.conditions) for name in self.names]
        self.values = np.array([self._fields(start) for start in starts])
        self.lanes: list[Lane] = []
        for i, start in enumerate(starts):
            result = LifeResult(start.dyad, np.full((program.days, 0), math.nan), traits=start.traits)
            lane = Lane(
                start,
                i,
                self.values[i],
                DayBook(result, program.days, program.infants, keep_starts),
                [],
                _references(start, program.days),
            )
            lane.age = start.life.age
            self.lanes.append(lane)
            self._begin_day(lane)

    def _fields(self, start: LifeStart) -> NDArray[np.float64]:
        growth = Growth(start.life.first.tissue + start.life.first.fluid, 0.0, 0.0, 0.65)
        plan = Plan(growth, growth, 0.0, 0.0, 1.0, 1.0, start.birth_hour, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        return np.array(life_values(LifeTile(start.life, start.learning, plan, start.parameters)))

    def _drawn(self, lane: Lane, process: str, events: Any) -> Any:
        """Return the numbers in (0, 1) of an array of events of one process of a life."""
        dyad = np.array(lane.start.dyad, dtype=np.uint64)
        return uniforms(self._key, dyad, np.uint64(PROCESSES[process]), events)

    def at_the_seam(self, function: str, places: NDArray[np.int64], *arrays: NDArray[np.float64]) -> None:
        """Call a function of the seam for the lives in these places."""
        self._seam(function, self.values, places, *arrays)

    def asked(self, places: NDArray[np.int64]) -> list[Asked]:
        """Return what the infants of each life want now."""
        out = np.empty((len(places), len(Asked._fields)))
        self.at_the_seam("asked", places, out)
        return [Asked(*row) for row in out.tolist()]

    # --- a day ---------------------------------------------------------------------------------------------------

    def _begin_day(self, lane: Lane) -> None:
        """Write the agenda of a day: appointments, doses, its end; and the infants' reference for it."""
        lane.day += 1
        day, program = lane.day, self.program
        begin = (day - 1) * 24.0
        agenda: list[tuple[float, int, Any]] = [(begin + 24.0, DAY_END, None)]
        for number, appointment in enumerate(program.appointments):
            if appointment.window.holds_on(day):
                for hour in self._hours(lane, number, appointment.hours, appointment.times_a_day):
                    when = begin + (hour - lane.start.birth_hour) % 24.0
                    if when >= program.first_feed_h or appointment.what == What.CUE:
                        agenda.append((when, AFTER_FEED if appointment.after_feed else APPOINTMENT, appointment))
        for dose in program.doses:
            if dose.window.holds_on(day):
                agenda += [(begin + (hour - lane.start.birth_hour) % 24.0, DOSE, dose) for hour in dose.hours]
        agenda.sort(key=lambda item: item[0])
        lane.agenda, lane.calls = agenda, 0
        intakes = [intake for intake in program.intakes if intake.window.holds_on(day)]
        lane.values[_PILL] = max((i.pill for i in intakes), default=0.0)
        lane.values[_PILL + 1] = max((i.smoke for i in intakes), default=0.0)
        solids = max((_share(i, day) for i in intakes), default=0.0)
        density = lane.book.density()
        for k in range(2):
            here, there = lane.references[k, day - 1], lane.references[k, day]
            lane.values[_GROWTH[k] : _GROWTH[k] + 4] = (here, (there - here) / 24.0, solids, density)

    def _hours(self, lane: Lane, number: int, hours: tuple[float, ...], times: float) -> list[float]:
        """Return the hours of a day's appointments: the fixed ones, or random ones from the lane's own stream."""
        if not times:
            return list(hours)
        block, place = divmod(lane.day, BLOCK)
        known, draws = lane.cues.get((number, times), (-1, []))
        if known != block:
            days = np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.uint64)[:, None]
            event = days << np.uint64(16) | np.uint64(number << 8)
            events = event + np.arange(1 + 2 * math.ceil(times), dtype=np.uint64)
            draws = self._drawn(lane, "cue", events).tolist()
            lane.cues[number, times] = block, draws
        today = draws[place]
        count = math.floor(times) + (today[0] < times - math.floor(times))
        return [7.0 + 15.0 * draw for draw in today[1 : 1 + count]]

    def _end_day(self, lane: Lane) -> None:
        lane.book.close_day(lane.day, lane.record("life"), lane.record("learning"), lane.start)
        if self.program.top_up:
            lane.topped_up = lane.book.topping_up(lane.day, lane.record("life"), lane.start, lane.topped_up)
        if lane.day >= self.program.days:
            lane.over = True
        else:
            self._begin_day(lane)

    # --- rounds --------------------------------------------------------------------------------------------------

    def round(self, lanes: Sequence[Lane]) -> None:
        """Advance lanes to their next session, then run it. Rounds of other lanes may run at the same time."""
        sessions: list[tuple[Lane, Session]] = []
        going = list(lanes)
        begun = {id(lane): lane.day for lane in going}
        while going:
            places = np.array([lane.place for lane in going])
            self.values[places[:, None], _SET_OUT] = [self._set_out(lane) for lane in going]
            self._advance(going, places)
            for lane, stop in zip(going, self.values[places[:, None], AT_A_STOP].tolist(), strict=True):
                lane.book.watch(stop)
            still = []
            for lane in going:
                found = self._events(lane)
                sessions += [(lane, session) for session in found]
                # a lane without a session goes on at once, for a day at most: then others need not wait for it
                if not found and not lane.over and lane.day <= begun[id(lane)] + 1:
                    still.append(lane)
            going = still
        if sessions:
            run_sessions(self, sessions)

    def _set_out(self, lane: Lane) -> tuple[float, ...]:
        """Return what the coarse clock is told: until when it runs, whose hunger may stop it."""
        asks = lane.age >= max(self.program.first_feed_h, lane.ask_again) - EPSILON_H
        until = lane.agenda[0][0]
        if not asks:
            until = min(until, max(self.program.first_feed_h, lane.ask_again))
        lane.until, lane.asks = until, asks
        return until, 1.0, 0.0, float(asks), float(asks and self.program.infants > 1)

    def _advance(self, lanes: Sequence[Lane], places: NDArray[np.int64]) -> None:
        if not advance(*self._hypotheses, self.values, places, STEP_H, 100000):
            raise SimulationError(
                "A state between feeds became infinite or not a number; the run was stopped: check the overridden "
                "parameters, or report the scenario."
            )
        for lane, age in zip(lanes, self.values[places, _AGE].tolist(), strict=True):
            lane.age = age

    def _events(self, lane: Lane) -> list[Session]:
        """Return the session that is due now, if any; deal with everything else."""
        if lane.age >= lane.agenda[0][0] - EPSILON_H:
            _, kind, what = lane.agenda.pop(0)
            if kind == DAY_END:
                self._end_day(lane)
            elif kind == DOSE:
                lane.values[_DRUGS[what.drug]] += what.level
                # doses of the same hour act at once: a step between them would make their order count in the last bit
                while lane.agenda[0][1] == DOSE and lane.age >= lane.agenda[0][0] - EPSILON_H:
                    also = lane.agenda.pop(0)[2]
                    lane.values[_DRUGS[also.drug]] += also.level
            elif kind == FEED_NOW:
                return [Session(What.FEED, infant=what, asked=True)]
            elif kind == AFTER_FEED:
                lane.waiting = what
            else:
                return self._appointment(what)
            return []
        if lane.age < max(self.program.first_feed_h, lane.ask_again) - EPSILON_H:
            return []
        if lane.age >= lane.until - EPSILON_H and not lane.asks:
            return []
        return self._answer(lane)

    def _appointment(self, what: Any) -> list[Session]:
        if what.what == What.FEED:
            return [Session(What.FEED, infant=k, asked=False) for k in range(1)]
        return [Session(what.what, protocol=what.protocol, left=what.left, right=what.right)]

    def _answer(self, lane: Lane) -> list[Session]:
        """Return the feed that a hungry infant gets, or give it a bottle, or soothe it."""
        infant = 0
        if self.program.infants > 1:
            asked = self.asked(np.array([lane.place]))[0]
            infant = int(asked.second > asked.first)
        hour = (lane.age + lane.start.birth_hour) % 24.0
        answer = Answer.BREAST
        lane.calls += 1
        for rule in self.program.answers:
            turns = math.floor(lane.calls * rule.share + 1e-9) > math.floor((lane.calls - 1) * rule.share + 1e-9)
            if rule.window.holds(lane.day, hour) and turns:
                answer = rule.answer
                break
        if answer == Answer.BREAST:
            return [Session(What.FEED, infant=infant, asked=True)]
        if answer == Answer.SOOTHED:
            lane.ask_again = lane.age + SOOTHED_H
        else:
            for k in range(self.program.infants):
                self._bottle(lane, k, answer)
        return []

    def _bottle(self, lane: Lane, infant: int, answer: Answer, share: float = 1.0) -> None:
        """Give an infant a share of what it wants from a bottle; expressed milk while there is any, then formula."""
        asked = self.asked(np.array([lane.place]))[0]
        wanted = share * (asked.first_appetite if infant == 0 else asked.second_appetite)
        milk = min(wanted, lane.fridge_ml) if answer == Answer.EXPRESSED else 0.0
        lane.fridge_ml -= milk
        lane.book.bottle(lane.values, infant, milk, wanted - milk, self.program.formula_kcal_ml)
        self.new_mood(lane, infant)

    def top_up(self, lane: Lane, infant: int) -> None:
        """Give an infant whose weight has fallen what it still wants after a feed, as formula."""
        if lane.topped_up:
            self._bottle(lane, infant, Answer.FORMULA, lane.topped_up)

    def new_mood(self, lane: Lane, infant: int) -> None:
        """Draw the factor on an infant's hunger threshold until its next feed."""
        lane.moods += 1
        block, place = divmod(lane.moods, BLOCK)
        if not lane.mood_factors or place == 0:
            u = self._drawn(lane, "mood", np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.uint64))
            # a logistic draw stands for a normal one: no inverse of the error function is needed
            draw = MOOD_SIGMA * 0.5513 * log(u / (1.0 - u))
            factors: Any = exp(np.clip(draw, -MOOD_MOST, MOOD_MOST))
            lane.mood_factors = factors.tolist()
        lane.values[_MOODS[infant]] = lane.mood_factors[place]

    def pass_time(self, lanes: list[tuple[Lane, float, float, float]]) -> None:
        """Pass the time a session took: (lane, hours, share suckled, uterine tone) on the coarse clock, milk alone."""
        passing = [lane for lane, *_ in lanes]
        places = np.array([lane.place for lane in passing])
        told = [(lane.age + hours, 1.0, 1.0, 0.0, 0.0, suckling, tone) for lane, hours, suckling, tone in lanes]
        self.values[places[:, None], _PASSING] = told
        self._advance(passing, places)
        self.values[places, _FEEDING] = 0.0


def _share(intake: Any, day: int) -> float:
    """Return the share of solid food on a day: from its first value to its last over the window."""
    w = intake.window
    along = min(max((day - w.from_day) / max(min(w.to_day, 1000.0) - w.from_day, 1.0), 0.0), 1.0)
    return float(intake.solids_from + (intake.solids_to - intake.solids_from) * along)


def _references(start: LifeStart, days: int) -> NDArray[np.float64]:
    """Return the WHO weight at each infant's own z-score, kg, from birth to the last day."""
    return np.array(
        [
            [weight_at(z, sex, min(day, 730.0)) for day in range(days + 1)]
            for sex, z in zip(start.sexes, start.birth_z, strict=True)
        ]
    )


def run_lives(
    starts: Sequence[LifeStart],
    program: LifeProgram,
    *,
    seed: int = 0,
    runner: AbstractFeedRunner | None = None,
    control: AbstractSynthesisControl | None = None,
    action: AbstractProlactinAction | None = None,
    keep_starts: bool = False,
    threads: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[LifeResult]:
    """Run dyads from birth through a program of days.

    Parameters
    ----------
    starts : sequence of LifeStart
        The dyads; each keeps its own random numbers, keyed (seed, dyad).
    program : LifeProgram
        What is done when.
    seed : int
        Seed of the whole run.
    runner : AbstractFeedRunner, optional
        How a feed is run; the reflex on a clock of a third of a second by default.
    control, action : optional
        Hypotheses of synthesis and of prolactin; fullness and permissive by default.
    keep_starts : bool
        Keep the start of every session, so that any can be opened again.
    threads : int, optional
        Rounds under way at the same time; the number of cores by default. It changes no result.
    progress : callable, optional
        Called with the mean number of days done.

    Raises
    ------
    SimulationError
        If a state becomes infinite or not a number.
    """
    lives = Lives(
        starts,
        program,
        seed=seed,
        runner=runner or ReflexRunner(),
        control=control or LocalFullness(),
        action=action or Permissive(),
        keep_starts=keep_starts,
    )
    results = [lane.book.result for lane in lives.lanes]

    def report() -> None:
        if progress:
            progress(float(lives.values[:, _AGE].mean()) / 24.0)

    try:
        run_rounds(lives.lanes, lives.round, lives.runner.abreast, threads or os.cpu_count() or 1, report)
    except KeyboardInterrupt:
        pass  # the days already simulated stay; `complete_days` says how many
    return results
