"""Feeds that the page asks for: simulated once, the last few kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from letdown._errors import ScenarioError
from letdown.engine.run import Run, StepRecord
from letdown.explanation import explain_absence, explain_let_down
from letdown.protocol.changes import without_origin
from letdown.protocol.scenario import Scenario
from letdown.recording import Recording, step_names
from letdown.simulate import simulate
from letdown.web.columns import encoded, time_columns
from letdown.web.feed_query import FeedQuery, read_seconds, read_whole_number, scenario_of

__all__ = ["STEP_S", "feed_bytes", "feed_of", "recorded", "recording_bytes", "why"]

STEP_S = 0.2
"""Interval of the rows, s."""

KEPT = 24
"""Recordings kept: each change in mid-feed asks for the run before it, comparisons for two."""


class _Kept:
    """A scenario and a seed, compared by what the scenario says."""

    __slots__ = ("key", "scenario", "seed")

    def __init__(self, scenario: Scenario, seed: int) -> None:
        # The page is drawn anew at each move of a slider and shows no warnings: no time for idle changes.
        self.scenario, self.seed = without_origin(scenario), seed
        self.key = (scenario.to_toml(), seed)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.key == other.key


@lru_cache(maxsize=KEPT)
def _simulated(kept: _Kept) -> Recording:
    return simulate(kept.scenario, seed=kept.seed, every_s=STEP_S)


def recorded(scenario: Scenario, seed: int) -> Recording:
    """Return the recording of a scenario with a seed."""
    return _simulated(_Kept(scenario, seed))


def feed_of(query: FeedQuery) -> tuple[Scenario, Recording]:
    """Return the scenario that a question means, and its recording.

    Raises
    ------
    ScenarioError, ParameterError
        If the question cannot be answered.
    SimulationError
        If a state becomes infinite or not a number.
    """

    def steps_of(scenario: Scenario) -> Sequence[StepRecord]:
        return recorded(scenario, query.seed).run().steps

    scenario = scenario_of(query, steps_of)
    return scenario, recorded(scenario, query.seed)


def feed_bytes(query: FeedQuery) -> bytes:
    """Return a feed as the page reads it: columns at 5 Hz, summary, events, scenario, link."""
    _, recording = feed_of(query)
    return recording_bytes(recording, {"link": f"/?{query.text()}"})


PART_OF_LINK = {
    "stimulus": "infant",
    "afferents": "afferents",
    "priming": "brain",
    "inhibition": "brain",
    "burst": "brain",
    "oxytocin": "blood",
    "myoepithelium": "myoepithelium",
    "alveolus": "alveolus",
    "flow": "nipple",
}
"""The part of the picture to which each link of an explanation belongs."""


def why(query: FeedQuery, let_down: str | None, moment: str | None) -> dict[str, Any]:
    """Return why a let-down came (`let_down` counts from 1), or why none had come by a `moment` in seconds.

    Raises
    ------
    ScenarioError
        If neither or both are given, or there is no such let-down or moment.
    """
    if (let_down is None) == (moment is None):
        raise ScenarioError("Ask for one let-down (let_down=1) or for one moment (moment=300).")
    scenario, recording = feed_of(query)
    if let_down is not None:
        number = read_whole_number("let_down", let_down, 1, 1000)
        found = explain_let_down(recording.run(), scenario, number)
    else:
        at_s = read_seconds("moment", moment or "")
        found = explain_absence(recording.run(), scenario, at_s, lambda s: recorded(s, query.seed).run())
    answer = found.to_json()
    for step in answer["steps"]:
        step["part"] = PART_OF_LINK[step["link"]]
    return answer


def recording_bytes(recording: Recording, more: Mapping[str, Any]) -> bytes:
    """Return a recording as columns with its summary, steps, bursts, events and scenario in the header."""
    run = recording.run()
    header = {
        "step_s": STEP_S if run.time_s.size < 2 else round(float(run.time_s[1] - run.time_s[0]), 6),
        "summary": summary_of(recording, run),
        "events": [{k: v for k, v in asdict(e).items() if v is not None} for e in recording.events()],
        "scenario_toml": run.scenario_toml,
        **more,
    }
    return encoded(header, time_columns(run))


def summary_of(recording: Recording, run: Run) -> dict[str, Any]:
    """Return the summary of a feed with its steps and what each burst released."""
    steps = [
        {**asdict(step), "end_reason": str(step.end_reason), "name": name}
        for step, name in zip(run.steps, step_names(run), strict=True)
    ]
    return recording.summary() | {"steps": steps, "burst_list": [asdict(burst) for burst in run.bursts]}
