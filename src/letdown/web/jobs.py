"""Jobs of minutes, as the page asks for them: a lactation of months, a cohort of feeds, one feed of a lactation."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from letdown._errors import ScenarioError
from letdown._units import shown
from letdown.engine.life.feed_runner import ReflexRunner
from letdown.engine.life.records import KINDS, LifeResult
from letdown.lactation import Lactation
from letdown.measures import quartiles
from letdown.protocol.lactation import LactationScenario, lactation_preset, lactation_presets
from letdown.protocol.lactation_build import life_start
from letdown.recording import DISCLAIMER
from letdown.simulate import simulate_cohort
from letdown.simulate_lactation import Zoom, labelled, opened_session, run_scenario
from letdown.web.feed_query import FeedQuery, read_preset, read_setting, read_whole_number, scenario_of
from letdown.web.feeds import recorded, recording_bytes
from letdown.web.workers import Job

__all__ = ["MOST_DAYS", "MOST_DYADS", "LifeQuery", "cohort", "life", "life_query", "opened"]

MOST_DAYS, MOST_DYADS = 180, 256


class LifeQuery(NamedTuple):
    """A lactation that the page asks for."""

    scenario: LactationScenario
    seed: int


def life_query(parameters: Sequence[tuple[str, str]], also: Sequence[str] = ()) -> LifeQuery:
    """Return the lactation in a query string; `also` are further keys that the route reads itself.

    Raises
    ------
    ScenarioError
        If something in it cannot be used.
    """
    single = {"preset": "demand-feeding", "seed": "0", "days": "14"}
    settings: dict[str, Any] = {}
    known = ("preset", "seed", "days", "set", *also)
    for key, value in parameters:
        if key not in known:
            raise ScenarioError(f"{shown(key)} is not part of a question; give {', '.join(known)}.")
        if key == "set":
            name, given = read_setting(value)
            settings[name] = given
        else:
            single[key] = value
    days = read_whole_number("days", single["days"], 1, MOST_DAYS)
    seed = read_whole_number("seed", single["seed"], 0, 2**64 - 1)
    name = read_preset(single["preset"], lactation_presets())
    return LifeQuery(lactation_preset(name).with_values(settings | {"days": days}), seed)


class LastLife:
    """The last lactation simulated, with the start of each of its sessions, so that any opens at once."""

    def __init__(self) -> None:
        self.key: tuple[str, int] | None = None
        self.result: LifeResult | None = None

    def of(self, query: LifeQuery, job: Job | None) -> LifeResult:
        """Return a lactation; simulated unless it is the last one."""
        scenario = query.scenario
        key = (scenario.to_toml(), query.seed)
        if self.result is None or self.key != key:
            starts = [life_start(scenario, None, query.seed)]
            report = None if job is None else lambda days: job.report(days / scenario.days)
            self.key, self.result = None, None
            result = run_scenario(scenario, starts, query.seed, ReflexRunner(), report, keep=True)[0]
            self.key, self.result = key, result
        return self.result

    def holds(self, query: LifeQuery, day: int) -> LifeResult | None:
        """Return the last lactation if it is this one as far as a day; longer ones begin with the same days."""
        if self.key is None or self.result is None or self.result.complete_days < day:
            return None
        days = len(self.result.days)
        same = self.key == (query.scenario.with_values({"days": days}).to_toml(), query.seed)
        return self.result if same else None


LAST = LastLife()
"""Used by the one thread of jobs."""


def life(query: LifeQuery, job: Job) -> dict[str, Any]:
    """Simulate a lactation and return its daily table as columns, and the sessions of each day."""
    scenario = query.scenario
    done = labelled(LAST.of(query, job), scenario, query.seed, None)
    rows = done.daily()
    return {
        "scenario": query.scenario.name,
        "title": query.scenario.title,
        "seed": query.seed,
        "days": len(rows),
        "onset_h": done.onset_h,
        "columns": {name: [row[name] for row in rows] for name in rows[0]} if rows else {},
        "feeds": _sessions(done, len(rows)),
        "scenario_toml": query.scenario.to_toml(),
        "disclaimer": DISCLAIMER,
    }


def _sessions(lactation: Lactation, days: int) -> list[list[dict[str, Any]]]:
    """Return the sessions of each day in the order in which `zoom` counts them."""
    columns = {name: lactation.data[f"session_{name}"].values for name in _SESSION}
    found: list[list[dict[str, Any]]] = [[] for _ in range(days)]
    for i in range(len(columns["age_h"])):
        row = {name: _number(values[i]) for name, values in columns.items()}
        kind = KINDS[round(row.pop("kind") or 0.0)]
        day, number = (round(row.pop(name) or 0.0) for name in ("day", "number"))
        # of the day in which it fell due: a twin that waits for the other may begin after midnight
        hour = (row["age_h"] or 0.0) - 24.0 * (day - 1)
        found[day - 1].append({"feed": number, "kind": kind, "hour": hour, **row})
    return found


_SESSION = (
    "day", "number", "age_h", "kind", "left_ml", "right_ml", "available_ml", "duration_s", "let_downs",
    "first_let_down_s",
)  # fmt: skip


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def opened(query: LifeQuery, day: int, feed: int) -> bytes:
    """Return one session of a lactation as the page reads a feed."""
    scenario = query.scenario.with_values({"days": day})
    result = LAST.holds(query, day) or LAST.of(LifeQuery(scenario, query.seed), None)
    recording = opened_session(result.starts, scenario, Zoom(day, feed), query.seed, None, ReflexRunner().clock)
    return recording_bytes(recording, {"link": "", "day": day, "feed": feed})


def cohort(query: FeedQuery, dyads: int, job: Job) -> dict[str, Any]:
    """Simulate one feed of each of many dyads and return quartiles of every measure."""
    scenario = scenario_of(query, lambda s: recorded(s, query.seed).run().steps)
    summaries = simulate_cohort(scenario, dyads, seed=query.seed, progress=lambda n: job.report(n / dyads))
    return {
        "scenario": scenario.name,
        "seed": query.seed,
        "dyads": dyads,
        "measures": [
            {
                "name": q.measure.name,
                "label": q.measure.label,
                "unit": q.measure.unit,
                "lower": q.lower,
                "median": q.median,
                "upper": q.upper,
                "feeds": q.feeds,
            }
            for q in quartiles(summaries)
        ],
        "let_downs": _counts(summaries),
        "disclaimer": DISCLAIMER,
    }


def _counts(summaries: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return how many feeds had 0, 1, 2, ... let-downs."""
    numbers = [len(summary["let_downs"]) for summary in summaries]
    return [numbers.count(n) for n in range(max(numbers) + 1)]
