"""One verb for months: simulate_lactation.

    import letdown
    lactation = letdown.simulate_lactation("demand-feeding", days=14, seed=1)
    lactation.daily()[13]["intake_ml"]

A run depends on the scenario, the seed and, in a cohort, the number of the dyad; on nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import numpy as np

from letdown._errors import ScenarioError
from letdown._numbers import LAST_DYAD, LAST_SEED, whole_number
from letdown.body.life.prolactin_action import PROLACTIN_ACTIONS
from letdown.body.life.synthesis_control import SYNTHESIS_CONTROLS
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.clocks import AbstractClock, Clock
from letdown.engine.cohort_run import run_dyads
from letdown.engine.life.feed_runner import AbstractFeedRunner, ReflexRunner
from letdown.engine.life.records import LifeResult, SessionStart
from letdown.engine.life.run import LifeStart, run_lives
from letdown.engine.life.sessions import reopened
from letdown.engine.results import TRACED, make_run
from letdown.lactation import CYCLE_AVERAGED, SUCK_RESOLVED, Lactation
from letdown.protocol.lactation import LactationScenario, load_lactation
from letdown.protocol.lactation_build import build_life_program, life_start, life_starts
from letdown.protocol.life_overrides import life_notes_on, life_without_effect
from letdown.recording import Recording

__all__ = ["RESOLVED", "Zoom", "simulate_lactation", "simulate_lactation_cohort", "zoom"]

RESOLVED = Clock()
"""The suck-resolved clock of `letdown feed`."""

CHUNK = 64
"""Dyads run together, so that a large cohort keeps little in memory."""


@dataclass(frozen=True, slots=True)
class Zoom:
    """A session to open again: its day, and its number within that day, both from 1."""

    day: int
    feed: int

    def __post_init__(self) -> None:
        """Refuse what is not a whole number.

        Raises
        ------
        ScenarioError
            If one of them is not.
        """
        for name in ("day", "feed"):
            value = whole_number(f"{name} of a session", getattr(self, name), -LAST_DYAD, LAST_DYAD)
            object.__setattr__(self, name, value)


def simulate_lactation(
    scenario: LactationScenario | str | PathLike[str] | Mapping[str, Any] = "demand-feeding",
    *,
    days: int | None = None,
    seed: int = 0,
    dyad: int | None = None,
    resolved: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Lactation:
    """Simulate one dyad from birth over days or months, every feed by the reflex.

    Parameters
    ----------
    scenario : LactationScenario, str, path or mapping
        What to simulate: a lactation, the name of a preset, a TOML file, or the values.
    days : int, optional
        Days from birth, 1 to 1000; those of the scenario by default.
    seed : int
        Seed of all random events, 0 to 2**64 - 1.
    dyad : int, optional
        Number of a virtual dyad whose traits are drawn; without it, the reference mother and infant.
    resolved : bool
        Run feeds on the suck-resolved clock instead of that of a third of a second.
    progress : callable, optional
        Called with the number of days done.

    Returns
    -------
    Lactation
        Daily table and sessions. Interrupted (Ctrl-C), it holds the days done: `complete` is then false.

    Raises
    ------
    ScenarioError, ParameterError
        If the scenario, the days, the seed or the dyad cannot be used.
    SimulationError
        If a state becomes infinite or not a number.
    """
    scenario = with_days(load_lactation(scenario), days)
    seed = whole_number("seed", seed, 0, LAST_SEED)
    dyad = None if dyad is None else whole_number("dyad", dyad, 0, LAST_DYAD)
    notes = life_notes_on(scenario)
    others = _without_each(scenario, dyad, seed)
    starts = [life_start(scenario, dyad, seed), *others.values()]
    result, *beside = run_scenario(scenario, starts, seed, runner_of(resolved), progress)
    notes += tuple(
        f"{path} = {scenario.parameters[path]:g} changed nothing in these days: with seed {seed} nothing came of what "
        "it acts on."
        for path, other in zip(others, beside, strict=True)
        if _alike(result, other)
    )
    return labelled(result, scenario, seed, dyad, SUCK_RESOLVED if resolved else CYCLE_AVERAGED, notes)


def _without_each(scenario: LactationScenario, dyad: int | None, seed: int) -> dict[str, LifeStart]:
    """Return the dyad without each override that can act, to be run beside it: by chance nothing may come of one.

    An override that changes a dose acts for certain and is left out.
    """
    idle, doses = life_without_effect(scenario), build_life_program(scenario).doses
    found = {}
    for path in scenario.parameters:
        plain = scenario.with_values({f"parameters.{path}": None})
        if path not in idle and build_life_program(plain).doses == doses:
            found[path] = life_start(plain, dyad, seed)
    return found


def _alike(one: LifeResult, other: LifeResult) -> bool:
    """Return whether two dyads had the same days and sessions to the last bit, all of them."""
    whole = one.complete_days == other.complete_days == len(one.days)
    tables = (one.days, other.days), (np.array(one.sessions), np.array(other.sessions))
    return whole and all(np.array_equal(a, b, equal_nan=True) for a, b in tables)


def simulate_lactation_cohort(
    scenario: LactationScenario | str | PathLike[str] | Mapping[str, Any],
    dyads: int,
    *,
    days: int | None = None,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> list[Lactation]:
    """Simulate `dyads` virtual dyads; dyad k is the same whatever `dyads` is.

    `progress` is called with the number of dyad-days done.

    Raises
    ------
    ScenarioError, ParameterError, SimulationError
        As `simulate_lactation`.
    """
    scenario = with_days(load_lactation(scenario), days)
    seed = whole_number("seed", seed, 0, LAST_SEED)
    dyads = whole_number("dyads", dyads, 1, LAST_DYAD + 1)
    notes = life_notes_on(scenario)
    lactations: list[Lactation] = []
    for first in range(0, dyads, CHUNK):
        numbers = range(first, min(first + CHUNK, dyads))
        done = None if progress is None else _scaled(progress, first * scenario.days, len(numbers))
        results = run_scenario(scenario, life_starts(scenario, numbers, seed), seed, ReflexRunner(), done)
        lactations += [labelled(r, scenario, seed, k, notes=notes) for r, k in zip(results, numbers, strict=True)]
        if not all(lactation.complete for lactation in lactations[first:]):
            break
    return lactations


def zoom(
    scenario: LactationScenario | str | PathLike[str] | Mapping[str, Any],
    where: Zoom,
    *,
    seed: int = 0,
    dyad: int | None = None,
    resolved: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Recording:
    """Open one session of a lactation again, with every step of the clock it was run in.

    The dyad is simulated up to that day and the session is run once more from the state it began with, so that it
    is the same to the last bit; `resolved` runs that session, not the days before it, on the suck-resolved clock.
    `progress` is called with the number of days done.

    Raises
    ------
    ScenarioError
        If there is no such session.
    KeyboardInterrupt
        If it was interrupted before that day was done.
    """
    if not isinstance(where, Zoom):
        raise ScenarioError(f"{where!r} names no session; give Zoom(day, feed).")
    scenario = load_lactation(scenario)
    seed = whole_number("seed", seed, 0, LAST_SEED)
    dyad = None if dyad is None else whole_number("dyad", dyad, 0, LAST_DYAD)
    if where.feed < 1:
        raise ScenarioError(f"feed = {where.feed} is no session of a day; count them from 1.")
    if not 1 <= where.day <= scenario.days:
        raise ScenarioError(f"day = {where.day} lies outside the {scenario.days} days simulated; give one of them.")
    scenario = with_days(scenario, where.day)
    notes = life_notes_on(scenario, opened=True)
    result = run_scenario(scenario, [life_start(scenario, dyad, seed)], seed, ReflexRunner(), progress, keep=True)[0]
    if result.complete_days < where.day:
        raise KeyboardInterrupt  # the engine keeps the days done; of use here is only the last
    clock = RESOLVED if resolved else ReflexRunner().clock
    return opened_session(result.starts, scenario, where, seed, dyad, clock, notes)


def opened_session(
    starts: Mapping[tuple[int, int], SessionStart],
    scenario: LactationScenario,
    where: Zoom,
    seed: int,
    dyad: int | None,
    clock: AbstractClock,
    notes: tuple[str, ...] = (),
) -> Recording:
    """Run one session once more from the states kept by `run_scenario(keep=True)`.

    Raises
    ------
    ScenarioError
        If there is no such session.
    """
    found = starts.get((where.day, where.feed))
    if found is None:
        number = sum(day == where.day for day, _ in starts)
        raise ScenarioError(f"feed = {where.feed} does not exist: day {where.day} has {number} sessions; give one.")
    source = SurrogateNeurones()
    lanes = run_dyads([reopened(found)], found.program, seed=seed, source=source, clock=clock, channels=TRACED, every=1)
    name = f"{scenario.name}-day-{where.day}-feed-{where.feed}"
    run = make_run(
        lanes[0],
        found.program,
        source,
        seed,
        dyad=dyad,
        traits={},
        scenario=name,
        scenario_toml=scenario.to_toml(),
    )
    return Recording.from_run(replace(run, warnings=run.warnings + notes))


def run_scenario(
    scenario: LactationScenario,
    starts: list[LifeStart],
    seed: int,
    runner: AbstractFeedRunner,
    progress: Callable[[float], None] | None,
    keep: bool = False,
) -> list[LifeResult]:
    """Run dyads through a scenario with the hypotheses that it names."""
    return run_lives(
        starts,
        build_life_program(scenario),
        seed=seed,
        runner=runner,
        control=SYNTHESIS_CONTROLS[scenario.synthesis],
        action=PROLACTIN_ACTIONS[scenario.prolactin],
        keep_starts=keep,
        progress=progress,
    )


def labelled(
    result: LifeResult,
    scenario: LactationScenario,
    seed: int,
    dyad: int | None,
    clock: str = CYCLE_AVERAGED,
    notes: tuple[str, ...] = (),
) -> Lactation:
    """Return the labelled lactation of a result; `clock` says by which its feeds were run, `notes` are its warnings."""
    return Lactation.from_result(
        result,
        scenario=scenario.name,
        scenario_toml=scenario.to_toml(),
        seed=seed,
        dyad=dyad,
        days=scenario.days,
        twins=len(scenario.infants) > 1,
        clock=clock,
        overrides=scenario.parameters,
        warnings=notes,
    )


def runner_of(resolved: bool) -> AbstractFeedRunner:
    """Return the runner of feeds on one of the two clocks."""
    return ReflexRunner(RESOLVED) if resolved else ReflexRunner()


def with_days(scenario: LactationScenario, days: int | None) -> LactationScenario:
    """Return the scenario with its days changed, if asked."""
    return scenario if days is None else scenario.with_values({"days": days})


def _scaled(progress: Callable[[float], None], before: int, dyads: int) -> Callable[[float], None]:
    return lambda days: progress(before + days * dyads)
