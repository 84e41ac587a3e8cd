"""One verb: simulate.

    import letdown
    recording = letdown.simulate(letdown.preset("breastfeed"), seed=1)

A run depends on the scenario, the seed and, in a cohort, the number of the dyad; on nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any

from letdown._errors import ScenarioError
from letdown._numbers import LAST_DYAD, LAST_SEED, plain, whole_number
from letdown._units import quantity
from letdown.compiler.program import Precision
from letdown.engine.burst_source import AbstractBurstSource, SurrogateNeurones
from letdown.engine.clocks import AbstractClock, Clock
from letdown.engine.cohort_run import DyadStart, in_queues, run_columns, run_dyads
from letdown.engine.event_log import Seen
from letdown.engine.feed_account import account, noted_rows
from letdown.engine.feed_program import tile_lanes
from letdown.engine.program import Program
from letdown.engine.results import TRACED, make_run, step_records
from letdown.engine.run import StepRecord
from letdown.protocol.build import build_program, reference_start, start_columns, trait_starts, what_of
from letdown.protocol.overrides import notes_on, without_effect
from letdown.protocol.scenario import Scenario, load_scenario
from letdown.protocol.steps import AbstractForeground, Background, Latch, Switch, Unlatch, Wait
from letdown.recording import Recording, feed_summary

__all__ = ["simulate", "simulate_cohort"]


def simulate(
    scenario: Scenario | str | PathLike[str] | Mapping[str, Any],
    *,
    seed: int = 0,
    every_s: float = 1.0,
    dyad: int | None = None,
    neurones: AbstractBurstSource | None = None,
    clock: AbstractClock | None = None,
) -> Recording:
    """Simulate one feed or pumping session.

    Parameters
    ----------
    scenario : Scenario, str, path or mapping
        What to simulate: a scenario, the name of a preset, a TOML file, or the values.
    seed : int
        Seed of all random events, 0 to 2**64 - 1.
    every_s : float
        Interval of the time series, s; 0.01 keeps every step.
    dyad : int, optional
        Number of a virtual dyad whose personal traits are drawn; without it, the reference mother and infant.
    neurones : AbstractBurstSource, optional
        Source of bursts; the surrogate by default.
    clock : AbstractClock, optional
        How finely the feed is resolved in time: suck-resolved (`Clock`) by default, or `CycleAveraged`.

    Returns
    -------
    Recording
        Time series, events and summary.

    Raises
    ------
    ScenarioError, ParameterError
        If the scenario, the seed, the dyad or the interval cannot be used.
    SimulationError
        If a state becomes infinite or not a number.
    """
    scenario = load_scenario(scenario)
    source = neurones or SurrogateNeurones()
    clock = clock or Clock()
    seed = whole_number("seed", seed, 0, LAST_SEED)
    every_s = quantity(plain(every_s), "s")
    step = clock.tick_s / clock.substeps
    every = round(every_s / step)
    if every < 1 or abs(every * step - every_s) > 1e-6 * every_s:
        raise ScenarioError(f"every_s = {every_s:g} s is no multiple of the step, {step:g} s; give one, such as 1.")
    notes = notes_on(scenario, source, clock)
    program = build_program(scenario)
    dyad = None if dyad is None else whole_number("dyad", dyad, 0, LAST_DYAD)
    start, traits = _start(scenario, dyad, seed)
    lane = run_dyads([start], program, seed=seed, source=source, clock=clock, channels=TRACED, every=every)[0]
    run = make_run(
        lane,
        program,
        source,
        seed,
        dyad=dyad,
        traits=traits,
        scenario=scenario.name,
        scenario_toml=scenario.to_toml(),
    )
    if scenario.parameters and source.tick is None:
        settings: dict[str, Any] = {"seed": seed, "source": source, "clock": clock}
        notes += _unmoved(scenario, program, dyad, settings)
    return Recording.from_run(replace(run, warnings=run.warnings + notes + late_steps(scenario, run.steps)))


def _start(scenario: Scenario, dyad: int | None, seed: int) -> tuple[DyadStart, dict[str, float]]:
    """Return the reference dyad, or a virtual one with its traits."""
    if dyad is None:
        return reference_start(scenario), {}
    starts, drawn = trait_starts(scenario, [dyad], seed)
    return starts[0], drawn[0]


def _unmoved(scenario: Scenario, program: Program, dyad: int | None, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a sentence for each override that could act, but by chance changed nothing in this run.

    The run is done again without each of them, side by side.
    """
    idle = without_effect(scenario, settings["source"], settings["clock"])
    paths = [path for path in scenario.parameters if path not in idle]
    seed, clock = settings["seed"], settings["clock"]
    plain = [scenario.with_values({f"parameters.{path}": None}) for path in paths]
    starts = [_start(each, dyad, seed)[0] for each in (scenario, *plain)]
    every = round(clock.substeps / clock.tick_s)
    about: dict[str, Any] = {"dyad": dyad, "traits": {}, "scenario": scenario.name, "scenario_toml": ""}
    lanes = [run_dyads([start], program, channels=TRACED, every=every, **settings)[0] for start in starts]
    runs = [make_run(lane, program, settings["source"], seed, **about) for lane in lanes]
    return tuple(
        f"{path} = {scenario.parameters[path]:g} changed nothing in this run: with seed {seed} nothing came of what it "
        "acts on."
        for path, run in zip(paths, runs[1:], strict=True)
        if runs[0].same_as(run)
    )


def late_steps(scenario: Scenario, records: Sequence[StepRecord]) -> tuple[str, ...]:
    """Return a sentence for each step of a protocol that came too late to act on a feed.

    When a feed ends depends on the run, since an infant may have had enough at any time; what begins afterwards is run,
    but nobody is at the breast any more. A step behind the longest time does not begin. The sentences hold no time of
    this run, so that those of a cohort can be counted.
    """
    began = {record.index: record.start_s for record in records}
    lasting = [record for record in records if isinstance(scenario.protocol[record.index], AbstractForeground | Wait)]
    latched = [record for record in records if isinstance(scenario.protocol[record.index], Latch | Switch)]
    end_s = max((record.end_s for record in lasting), default=0.0)
    said = []
    for number, step in enumerate(scenario.protocol):
        what, at_s = f"Step {number + 1} ({f'{step.do} {what_of(step)}'.strip()})", getattr(step, "at_s", None)
        if number not in began:
            when = "its turn came" if at_s is None else f"{at_s:g} s"
            said.append(f"{what} had no effect here: the run ended before {when}.")
        elif isinstance(step, Background) and began[number] >= end_s:
            said.append(f"{what} began at {began[number]:g} s, when the last feed had ended.")
        elif isinstance(step, Unlatch) and not any(r.start_s < began[number] <= r.end_s for r in latched):
            said.append(f"{what} had no effect here: nobody was latched at {began[number]:g} s.")
    return tuple(said)


def simulate_cohort(
    scenario: Scenario | str | PathLike[str] | Mapping[str, Any],
    dyads: int,
    *,
    seed: int = 0,
    neurones: AbstractBurstSource | None = None,
    precision: Precision = "float64",
    threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[dict[str, Any]]:
    """Simulate one feed of each of `dyads` virtual dyads and return their summaries.

    Dyads 0 to dyads - 1; dyad k is the same whatever `dyads` is. Personal traits vary with the spreads of
    `letdown.body.traits`. `progress` is called with the number of dyads done. A queue of dyads is drawn, run and
    summarised before the next, so that memory grows by the summaries only.

    Raises
    ------
    ScenarioError, ParameterError, SimulationError
        As `simulate`.
    """
    scenario = load_scenario(scenario)
    source = neurones or SurrogateNeurones()
    seed = whole_number("seed", seed, 0, LAST_SEED)
    dyads = whole_number("dyads", dyads, 1, LAST_DYAD + 1)
    notes = notes_on(scenario, source)
    program = build_program(scenario)
    reference, about = reference_start(scenario), (scenario.name, scenario.to_toml())
    clock = Clock()
    settings = {"clock": clock, "source": source, "precision": precision}

    def summaries(numbers: range) -> list[dict[str, Any]]:
        columns, traits = start_columns(reference, numbers, seed)
        served = run_columns(columns, program, seed, **settings)
        noted = noted_rows(served, columns.milk_left, columns.milk_right)
        late = [
            late_steps(scenario, step_records(steps, seen[Seen.END_TIME], program))
            for steps, seen in zip(served.queue.steps, served.queue.seen, strict=True)
        ]
        return [
            feed_summary(account(each, seed, dyad, factors, about, notes + came_late))
            for each, dyad, factors, came_late in zip(noted, numbers, traits, late, strict=True)
        ]

    return in_queues(dyads, tile_lanes(precision, clock), summaries, threads=threads, progress=progress)
