"""A question to the explorer: which feed, which seed, what is set, what changes when. Its text is a link.

    preset=breastfeed&seed=1&set=conditions.noise=0.5&at=300~press=both

`set` holds from the start, `at=SECONDS~KEY=VALUE` from that second on; both may be repeated. In place of the name
of a preset there may be a whole scenario, packed (`preset=own.eJx...`). Settings stand in order of key, changes in
order of time, so that two questions that say the same have the same text.
"""

import base64
import binascii
import math
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, final
from urllib.parse import urlencode

from letdown._errors import ScenarioError
from letdown._structured_text import bytes_values
from letdown._table import nearest
from letdown._units import shown
from letdown.engine.run import StepRecord
from letdown.protocol.scenario import Scenario, assignment, load_scenario, preset, presets
from letdown.web.timed_controls import TIMED_CONTROLS

__all__ = [
    "LARGEST_SCENARIO",
    "LONGEST_RUN_S",
    "Change",
    "FeedQuery",
    "packed",
    "read_preset",
    "read_query",
    "read_scenario",
    "read_seconds",
    "read_setting",
    "read_whole_number",
    "scenario_of",
    "unpacked",
]

LONGEST_RUN_S = 3600.0
"""A longer run is refused: an hour at five rows a second."""

MOST_SETTINGS = 80
LONGEST_SETTING = 120
OWN = "own."
"""Begins a packed scenario; no name of a preset has a dot."""

LARGEST_SCENARIO = 65536
"""Bytes of a scenario's text."""

LONGEST_PACKED = 12000
"""Letters of a packed scenario: what fits the first line of a request."""


@final
@dataclass(frozen=True, slots=True)
class Change:
    """One control at another value from a second on."""

    at_s: float
    key: str
    value: Any


@final
@dataclass(frozen=True, slots=True)
class FeedQuery:
    """One feed as the page asks for it; `settings` and `changes` are in order of key and time."""

    preset: str
    seed: int
    settings: tuple[tuple[str, Any], ...]
    changes: tuple[Change, ...]

    def text(self) -> str:
        """Return the query as the text of a link."""
        pairs = [("preset", self.preset), ("seed", str(self.seed))]
        pairs += [("set", f"{key}={_written(value)}") for key, value in self.settings]
        pairs += [("at", f"{c.at_s:g}~{c.key}={_written(c.value)}") for c in self.changes]
        return urlencode(pairs, safe="~=.,")


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def read_query(parameters: Sequence[tuple[str, str]], also: Sequence[str] = ()) -> FeedQuery:
    """Return the question in a query string; `also` are further keys that the route reads itself.

    Raises
    ------
    ScenarioError
        If a key is unknown, a value cannot be read, or there are too many.
    """
    known = ("preset", "seed", "set", "at", *also)
    single: dict[str, str] = {}
    settings: dict[str, Any] = {}
    changes: dict[tuple[float, str], Change] = {}
    if len(parameters) > MOST_SETTINGS:
        raise ScenarioError(f"{len(parameters)} values were asked for; give at most {MOST_SETTINGS}.")
    for key, value in parameters:
        if key not in known:
            raise ScenarioError(f"{shown(key)} is not part of a question; give {', '.join(known)}.")
        if key == "set":
            name, given = read_setting(value)
            settings[name] = given
        elif key == "at":
            change = _change(value)
            changes[change.at_s, change.key] = change
        else:
            single[key] = value
    seed = read_whole_number("seed", single.get("seed", "0"), 0, 2**64 - 1)
    ordered = tuple(changes[key] for key in sorted(changes))
    return FeedQuery(single.get("preset", "breastfeed"), seed, tuple(sorted(settings.items())), ordered)


def read_preset(name: str, known: Collection[str]) -> str:
    """Return the name of a known preset, or refuse it in one sentence."""
    if name not in known:
        close = nearest(name[:40], known)
        give = f'give one of this page, such as "{close}"' if close else "choose one on this page"
        raise ScenarioError(f"preset = {shown(name[:40])} cannot be used; {give}.")
    return name


def read_whole_number(name: str, text: str, low: int, high: int) -> int:
    """Return a whole number in a range, or refuse it in one sentence."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 20 and low <= int(text) <= high):
        raise ScenarioError(f"{name} = {shown(text[:40])} cannot be used; give a whole number from {low} to {high}.")
    return int(text)


def read_seconds(name: str, text: str) -> float:
    """Return a time within the longest run, s, or refuse it in one sentence."""
    try:
        seconds = float(text[:40])
    except ValueError:
        seconds = math.nan
    if not 0.0 <= seconds <= LONGEST_RUN_S:
        raise ScenarioError(f"{name} = {shown(text[:40])} cannot be used; give seconds from 0 to {LONGEST_RUN_S:g}.")
    return seconds


def read_setting(text: str) -> tuple[str, Any]:
    """Return key and value of a setting in a question, or refuse it in one sentence."""
    if len(text) > LONGEST_SETTING:
        raise ScenarioError(f"A setting of {len(text)} letters was given; give at most {LONGEST_SETTING}.")
    return assignment(text)


def _change(text: str) -> Change:
    time, sign, rest = text.partition("~")
    if not sign:
        raise ScenarioError(f"at = {shown(text[:60])} cannot be used; write SECONDS~KEY=VALUE.")
    at_s = read_seconds("at", time)
    key, value = read_setting(rest)
    if key not in TIMED_CONTROLS:
        raise ScenarioError(f"{shown(key)} cannot change in mid-feed; change one of {', '.join(TIMED_CONTROLS)}.")
    return Change(round(at_s, 1), key, value)


def packed(scenario: Scenario) -> str:
    """Return a scenario as letters that a link can hold.

    Raises
    ------
    ScenarioError
        If it is too long for a link.
    """
    text = OWN + base64.urlsafe_b64encode(zlib.compress(scenario.to_toml().encode(), 9)).decode().rstrip("=")
    if len(text) > LONGEST_PACKED:
        raise ScenarioError(f"{scenario.name} is too long for a link; shorten its description or its protocol.")
    return text


def unpacked(text: str) -> Scenario:
    """Return the scenario that `packed` wrote.

    Raises
    ------
    ScenarioError
        If these letters hold no scenario.
    """
    broken = ScenarioError("preset holds no packed scenario; open the scenario's file again.")
    if len(text) > LONGEST_PACKED:
        raise broken
    letters = text.removeprefix(OWN)
    try:
        inflate = zlib.decompressobj()
        data = inflate.decompress(base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4)), LARGEST_SCENARIO + 1)
    except (binascii.Error, zlib.error, ValueError):
        raise broken from None
    if len(data) > LARGEST_SCENARIO or not inflate.eof:
        raise broken
    return read_scenario(data)


def read_scenario(body: bytes) -> Scenario:
    """Return the scenario in the text of a file.

    Raises
    ------
    ScenarioError
        If it is no scenario of a feed.
    """
    return _short_enough(load_scenario(bytes_values(body, "The file", ScenarioError)))


def _short_enough(scenario: Scenario) -> Scenario:
    if scenario.max_duration_s > LONGEST_RUN_S:
        raise ScenarioError(
            f"max_duration_s = {scenario.max_duration_s:g} is too long for this page; write at most {LONGEST_RUN_S:g}."
        )
    return scenario


def scenario_of(query: FeedQuery, steps_of: Callable[[Scenario], Sequence[StepRecord]]) -> Scenario:
    """Return the scenario that a question means.

    Parameters
    ----------
    query : FeedQuery
        The question.
    steps_of : callable
        Simulates a scenario with the seed of the question and returns its steps; used by changes that take over
        the breasts.

    Raises
    ------
    ScenarioError, ParameterError
        If something in it cannot be used.
    """
    own = query.preset.startswith(OWN)
    scenario = unpacked(query.preset) if own else preset(read_preset(query.preset, presets()))
    plain: Mapping[str, Any] = {key: value for key, value in query.settings if key not in TIMED_CONTROLS}
    if plain:
        scenario = scenario.with_values(plain)
    scenario = _short_enough(scenario)
    timed = [Change(0.0, key, value) for key, value in query.settings if key in TIMED_CONTROLS]
    for change in (*timed, *query.changes):
        records = partial(steps_of, scenario)
        scenario = TIMED_CONTROLS[change.key].applied(scenario, change.at_s, change.value, records)
    return scenario
