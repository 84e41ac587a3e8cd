"""Protocols: scenarios as TOML, their typed steps, and the presets that come with the program."""

from letdown.protocol.scenario import Scenario, assignment, load_scenario, preset, presets, scenario_schema

__all__ = ["Scenario", "assignment", "load_scenario", "preset", "presets", "scenario_schema"]
