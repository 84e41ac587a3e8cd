"""Everything the page needs before its first feed, as one JSON object."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from letdown._version import __version__
from letdown.lactation import DAY_VARIABLES
from letdown.protocol.lactation import lactation_preset, lactation_presets
from letdown.protocol.scenario import Scenario, preset, presets
from letdown.protocol.steps import Dose, HandExpress, Latch, Pump
from letdown.recording import DISCLAIMER, VARIABLES
from letdown.web.controls import controls, values_of
from letdown.web.parts import described_parts

__all__ = ["CARDS", "catalog"]


class Card(NamedTuple):
    """One of the first choices of the page: a preset in plain words."""

    preset: str
    title: str
    summary: str


CARDS = (
    Card("breastfeed", "A quiet evening feed", "Practised mother and baby, both breasts, nothing disturbs."),
    Card("first-feeds", "Day 2, both beginners", "Nothing is learned yet, the latch is poor, a little colostrum."),
    Card("cry-next-room", "A cry in the next room", "A let-down without a suck."),
    Card("stressed", "Stress", "Mental load throughout the feed: fewer pulses of oxytocin."),
    Card("remark", "A remark", "A discouraging remark, a minute before the latch."),
    Card("sore-nipples", "Sore nipples", "Pain at every suck."),
    Card("engorged", "Engorged", "Day 3: swollen tissue, a flat latch, narrow ducts."),
    Card("pump-double", "Pump", "A pump on both breasts for 15 minutes."),
)


@cache
def catalog() -> dict[str, Any]:
    """Return the catalogue of the page; it does not change while the program runs."""
    return {
        "presets": [_feed(name) for name in presets()],
        "cards": [{"name": c.preset, "title": c.title, "summary": c.summary} for c in CARDS],
        "lactations": [_lactation(name) for name in lactation_presets()],
        "controls": controls(),
        "channels": [
            {"name": name, "label": v.long_name, "unit": v.units, "sided": v.sided} for name, v in VARIABLES.items()
        ],
        "day_columns": [{"name": name, "label": v.long_name, "unit": v.units} for name, v in DAY_VARIABLES.items()],
        "parts": described_parts(),
        "lessons": lessons(),
        "disclaimer": DISCLAIMER,
        "version": __version__,
    }


def lessons() -> Any:
    """Return the lessons of the page, in their order."""
    return tomllib.loads(files("letdown.web").joinpath("lessons.toml").read_text("utf-8"))["lessons"]


def _feed(name: str) -> dict[str, Any]:
    scenario = preset(name)
    return {
        "name": name,
        "title": scenario.title,
        "group": _group(scenario),
        "summary": " ".join(scenario.description.split()),
        "kind": "feed",
        "cite": list(scenario.cite),
        "values": values_of(scenario),
    }


def _group(scenario: Scenario) -> str:
    """Return the heading under which a preset is listed, by what is done to the breasts."""
    protocol = scenario.protocol
    if any(isinstance(step, Dose) for step in protocol):
        return "Oxytocin given"
    if any(isinstance(step, Latch) for step in protocol):
        disturbed = any(level > 0.0 for _, level in scenario.conditions) or any(s.do == "remark" for s in protocol)
        return "Feeds under difficulty" if disturbed else "Feeds"
    if any(isinstance(step, Pump | HandExpress) for step in protocol):
        return "Pumps and hands"
    return "Without a suck"


def _lactation(name: str) -> dict[str, Any]:
    scenario = lactation_preset(name)
    return {
        "name": name,
        "title": scenario.title,
        "summary": " ".join(scenario.description.split()),
        "days": scenario.days,
    }
