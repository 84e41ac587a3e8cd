"""A scenario: one mother, one infant, two breasts, what surrounds them, and a protocol of steps.

Scenarios are TOML (or JSON) files. A number is in the unit that its key names (`milk_ml` in mL, `for_s` in s)
or is a text with another unit ("20 kPa"). Presets are scenarios that come with the program: `presets()` lists
them.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from letdown._card import card_line, card_table
from letdown._errors import ParameterError, ScenarioError
from letdown._printable import counted
from letdown._run_file import kind_sentence
from letdown._structured_text import BeyondLimitsError, MalformedTextError, file_values, toml_values
from letdown._table import Table, key_shown, nearest, refused, unit
from letdown._text_file import is_there
from letdown._units import quantity, shown
from letdown.body.life.registry import is_of_lactations_alone, is_parameter, life_specification
from letdown.body.registry import specification
from letdown.devices.nipple_shield import NippleShield
from letdown.devices.nursing_pad import NursingPad
from letdown.protocol.changes import changed_from
from letdown.protocol.keys_of_parameters import flat, one_by_one, placed, placed_changes
from letdown.protocol.steps import LONGEST_S, Step
from letdown.protocol.timeline import check_timeline
from letdown.protocol.toml_text import scenario_text

__all__ = [
    "Breast",
    "Breasts",
    "Conditioning",
    "Conditions",
    "Infant",
    "Mother",
    "Scenario",
    "assignment",
    "is_lactation_file",
    "load_scenario",
    "preset",
    "presets",
    "scenario_schema",
]

LONGEST_FILE = 1_000_000
"""More than a scenario can hold, bytes."""

LONGEST_VALUE = 10_000
"""Letters of the longest value that is set by key=value."""

MOST_KEY_PARTS = 12
"""Parts of the longest dotted key of a value."""

WANTED = "a preset name, or the path of a TOML or JSON file"

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
CITE_KEY = r"^[A-Za-z]+[0-9]{4}[a-z]?$"
PARAMETER_KEY = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"


def default(path: str) -> float:
    """Return the body's own default, so that each number stands in one place."""
    return specification(path).value


def strength(default: float, description: str) -> Any:
    """Return a field for a level between 0 (none) and 1 (full)."""
    return Field(default, ge=0.0, le=1.0, json_schema_extra=unit("1"), description=description)


class Conditioning(Table):
    """How strongly the mother has learned to answer each cue, 0 (not at all) to 1."""

    own_cry: float = strength(default("learned.own_cry"), "her own baby's cry")
    other_cry: float = strength(default("learned.other_cry"), "another baby's cry")
    thought: float = strength(default("learned.thought"), "the thought of the baby")
    usual_hour: float = strength(default("learned.usual_hour"), "the usual hour of a feed")
    preparing: float = strength(default("learned.preparing"), "preparing for a feed or for pumping")


class Mother(Table):
    """The mother."""

    parity: int = Field(2, ge=1, le=15, json_schema_extra=unit("1"), description="births, this one included")
    postpartum_day: int = Field(
        60,
        ge=1,
        le=1000,
        json_schema_extra=unit("d"),
        description="day after birth; day 1 is the first 24 hours",
    )
    familiarity: float = strength(
        default("neurones.practice"), "practice in feeding, 0 (first feed) to 1 (practised): surer let-down"
    )
    conditioning: Conditioning = Field(Conditioning(), description="cues that she has learned")


class Infant(Table):
    """The infant."""

    latch_skill: float = strength(default("infant.latch_skill"), "skill at taking and keeping the breast")
    appetite_ml: float = Field(
        default("infant.appetite"), ge=0.0, le=500.0, json_schema_extra=unit("mL"), description="milk that satisfies it"
    )
    vigour: float = strength(default("infant.vigour"), "strength and persistence of its sucking when hungry")
    peak_suction_mmhg: float = Field(
        default("infant.peak_suction"),
        ge=0.0,
        le=300.0,
        json_schema_extra=unit("mmHg"),
        description="peak suction of a suck, below ambient",
    )
    baseline_suction_mmhg: float = Field(
        default("infant.baseline_suction"),
        ge=0.0,
        le=200.0,
        json_schema_extra=unit("mmHg"),
        description="suction that keeps the latch between sucks",
    )

    @model_validator(mode="after")
    def _baseline_is_below_the_peak(self) -> Self:
        if self.baseline_suction_mmhg > self.peak_suction_mmhg:
            raise refused(
                f"baseline_suction_mmhg = {self.baseline_suction_mmhg:g} is stronger than peak_suction_mmhg "
                f"= {self.peak_suction_mmhg:g}; make the baseline at most the peak.",
                ".",
            )
        return self


class Breast(Table):
    """One breast at the start of the run."""

    capacity_ml: float = Field(
        default("alveoli.capacity"),
        ge=5.0,
        le=900.0,
        json_schema_extra=unit("mL"),
        description="milk it stores when full",
    )
    milk_ml: float = Field(
        107.0,
        ge=0.0,
        le=990.0,
        json_schema_extra=unit("mL"),
        description="milk in alveoli and ducts at the start",
    )
    closing_pressure_mmhg: float = Field(
        default("nipple.closing_pressure"),
        ge=0.0,
        le=60.0,
        json_schema_extra=unit("mmHg"),
        description="ductal pressure below which the nipple is shut",
    )
    channel_resistance_mmhg_s_ml: float = Field(
        default("nipple.channel_resistance"),
        ge=5.0,
        le=1000.0,
        json_schema_extra=unit("mmHg*s/mL"),
        description="resistance of the nipple to flow",
    )
    pad: NursingPad | None = Field(None, description="nursing pad worn, if any")
    shield: NippleShield | None = Field(None, description="nipple shield worn, if any")

    @model_validator(mode="after")
    def _holds_what_it_can(self) -> Self:
        if self.milk_ml > 1.1 * self.capacity_ml:
            raise refused(
                f"milk_ml = {self.milk_ml:g} is more than 1.1 times capacity_ml = {self.capacity_ml:g}; "
                "store less milk or raise the capacity.",
                ".",
            )
        return self


class Breasts(Table):
    """The two breasts."""

    left: Breast = Field(Breast(), description="the left breast")
    right: Breast = Field(Breast(), description="the right breast")


class Conditions(Table):
    """What interferes throughout the run: 0 is none, 1 the strongest published or assumed effect."""

    embarrassment: float = strength(0.0, "being watched or ill at ease")
    anger: float = strength(0.0, "anger")
    irritation: float = strength(0.0, "irritation")
    fear: float = strength(0.0, "fear")
    resentment: float = strength(0.0, "resentment at having to feed")
    fatigue: float = strength(0.0, "fatigue")
    stress: float = strength(0.0, "mental load; 1 is mental arithmetic throughout the feed")
    noise: float = strength(0.0, "noise; 1 is loud noise throughout the feed")
    nipple_pain: float = strength(0.0, "pain of sore nipples")
    uterine_pain: float = strength(0.0, "pain in the uterus beside the afterpains of the feed itself")
    poor_positioning: float = strength(0.0, "a position that lets the infant take little of the breast")
    engorgement: float = strength(0.0, "oedema of the first days")
    alcohol_g_kg: float = Field(
        0.0,
        ge=0.0,
        le=2.5,
        json_schema_extra=unit("g/kg"),
        description="ethanol taken before, per body weight",
    )


class Scenario(Table):
    """One run of the simulator, as a person would write it down.

    Raises
    ------
    ScenarioError
        If anything in it cannot be used; the message is one sentence that begins with where it stands.
    """

    schema_version: Literal[1] = Field(1, description="version of this file format")
    name: str = Field(
        description="short name: lower-case letters, digits and hyphens", json_schema_extra={"pattern": SLUG}
    )
    title: str = Field("", description="one line for lists and figures")
    description: str = Field("", description="what is simulated, from where, and what is assumed")
    cite: tuple[str, ...] = Field((), description="keys of the publications followed, such as Kent2008")
    max_duration_s: float = Field(
        3600.0,
        ge=1.0,
        le=LONGEST_S,
        json_schema_extra=unit("s"),
        description="the run stops here and says so",
    )
    mother: Mother = Field(Mother(), description="the mother")
    infant: Infant = Field(Infant(), description="the infant")
    breasts: Breasts = Field(Breasts(), description="the two breasts at the start")
    conditions: Conditions = Field(Conditions(), description="what interferes throughout the run")
    parameters: dict[str, float] = Field({}, description="model parameters to override, as organ.field")
    protocol: tuple[Step, ...] = Field(json_schema_extra={"minItems": 1}, description="the steps, in order")

    @field_validator("name", mode="after")
    @classmethod
    def _name_is_a_slug(cls, name: str) -> str:
        if not re.fullmatch(SLUG, name) or len(name) > 60:
            raise refused(
                f"{shown(name)} is not a short name; write up to 60 lower-case letters, digits and single "
                'hyphens, such as "evening-feed".'
            )
        return name

    @field_validator("cite", mode="after")
    @classmethod
    def _cite_keys_are_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if not re.fullmatch(CITE_KEY, key):
                raise refused(f"{shown(key)} is not a citation key; write author and year, such as Kent2008.")
        return keys

    @model_validator(mode="before")
    @classmethod
    def _one_quantity_has_one_place(cls, values: Any) -> Any:
        try:
            return placed(values) if isinstance(values, Mapping) else values
        except (ScenarioError, ParameterError) as error:
            raise refused(str(error), "") from None

    @field_validator("parameters", mode="before")
    @classmethod
    def _parameters_are_flat_numbers(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise refused(f'{shown(value)} is not a table; write lines such as "plasma.clearance" = 20.')
        found = flat_parameters(value)
        for path in found:
            if is_of_lactations_alone(path):
                raise refused(f"{path} acts between feeds; give it to a lactation, or leave it out.", ".")
        return found

    @field_validator("protocol", mode="before")
    @classmethod
    def _protocol_is_not_empty(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise refused(f"{shown(value)} is not a list of steps; write each step as a table [[protocol]].")
        if not value:
            raise refused('an empty list has nothing to run; add a step such as do = "latch".')
        return value

    @model_validator(mode="after")
    def _protocol_is_consistent(self) -> Self:
        check_timeline(self.protocol, self.max_duration_s)
        return self

    def __repr__(self) -> str:
        """Return one line; `to_toml` gives everything."""
        return card_line("Scenario", self.name, counted(len(self.protocol), "step"))

    def _repr_html_(self) -> str:
        """Return a small table for a notebook."""
        rows = {
            "name": self.name,
            "title": self.title or None,
            "steps": ", ".join(str(getattr(step, "do", "")) for step in self.protocol),
            "at most": f"{self.max_duration_s:g} s",
            "parameters changed": len(self.parameters) or None,
        }
        return card_table("Scenario of a feed", rows)

    def with_values(self, values: Mapping[str, Any]) -> "Scenario":
        """Return a copy with some values changed.

        Parameters
        ----------
        values : mapping of str to value
            Dotted keys, with the number of a step or phase where there is a list:
            `{"mother.parity": 3, "protocol.0.for_s": 60, "breasts.left.milk_ml": "0.1 L"}`.
            None removes an optional value or an override.

        Raises
        ------
        ScenarioError
            If a key does not exist or a value cannot be used.
        """
        data = self.model_dump(exclude_none=True)
        for key in values:
            if str(key).split(".")[0] not in Scenario.model_fields and is_parameter(str(key)):
                raise ScenarioError(f"{key} is a parameter; write parameters.{key}.")
        if isinstance(values.get("parameters"), Mapping):
            data["parameters"] = {}  # a whole table takes the place of the one before
        changes = one_by_one(values)
        for key, value in changes.items():
            if not str(key).startswith("parameters."):
                _set(data, key, value)
        for key, value in placed_changes(changes, data.get("protocol")).items():
            _set(data, key, value)
        return changed_from(Scenario(**data), self, values)

    def to_toml(self, *, comments: bool = False) -> str:
        """Return the scenario as TOML that reads back to an equal scenario.

        Parameters
        ----------
        comments : bool
            Write every key, each with its unit and meaning: a file to start from.
        """
        return scenario_text(self, comments=comments)


def flat_parameters(given: Mapping[str, Any]) -> dict[str, float]:
    """Return overrides by the paths of their parameters; refuse a path that is given twice."""
    found: dict[str, float] = {}
    try:
        for path, number in flat(given):
            found |= _parameter(path, number)
    except ScenarioError as error:
        raise refused(str(error).removeprefix("parameters."), ".") from None
    return found


def _parameter(key: str, value: Any) -> dict[str, float]:
    if not re.fullmatch(PARAMETER_KEY, key):
        raise refused(f'{key} is not the name of a parameter; write organ.field, such as "plasma.clearance".', ".")
    try:
        return {key: quantity(value, life_specification(key).unit if isinstance(value, str) else "1")}
    except ValueError as error:
        raise refused(f"{key} = {error}", ".") from None


def _set(data: dict[str, Any], key: object, value: Any) -> None:
    """Set one dotted key in nested tables and lists; whether it may stand there is checked later."""
    parts = re.sub(r"\[(\d+)\]", r".\1", key).split(".") if isinstance(key, str) else []
    if not 0 < len(parts) <= MOST_KEY_PARTS:
        raise ScenarioError(f"{shown(key)} is not the key of a value; write a key such as mother.parity.")
    if parts[0] == "parameters" and len(parts) > 1:
        parts = ["parameters", ".".join(parts[1:])]
    here: Any = data
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        place = ".".join(parts[:depth])
        if isinstance(here, list):
            if not (part.isascii() and part.isdecimal() and len(part) <= 6 and int(part) < len(here)):
                raise ScenarioError(f"{key_shown(key)} does not exist: {_entries(place, len(here))}.")
            here[int(part)] = value if last else _opened(here[int(part)])
            here = here[int(part)]
        elif not isinstance(here, dict):
            raise ScenarioError(f"{key_shown(key)} does not exist: {place} is a single value; set {place} itself.")
        elif not last:
            here[part] = _opened(here.get(part, {}))
            here = here[part]
        elif value is None and parts[0] == "parameters":
            here.pop(part, None)
        else:
            here[part] = value


def _entries(place: str, count: int) -> str:
    """Return which entries a list has, by their keys."""
    if count == 0:
        return f"{place} has no entries; leave it out"
    if count == 1:
        return f"{place} has one entry, {place}.0; write that"
    return f"{place} has the entries {place}.0 to {place}.{count - 1}; write one of these"


def _opened(value: Any) -> Any:
    """Return a container that can be changed in place."""
    return list(value) if isinstance(value, tuple) else value


def assignment(text: str) -> tuple[str, Any]:
    """Return key and value of a text such as "mother.parity=3", the value read as TOML or as it stands.

    Raises
    ------
    ScenarioError
        If there is no key or no equals sign, or the value is too long or nested too deeply.
    """
    key, sign, value = (part.strip() for part in text.partition("="))
    if not sign or not key:
        raise ScenarioError(f'{shown(text)} is not a setting; write key=value, such as "mother.parity=3".')
    if len(value) > LONGEST_VALUE:
        raise ScenarioError(f"{shown(key)} has a value of {len(value)} letters; write at most {LONGEST_VALUE}.")
    try:
        read = toml_values(f"value = {value}")
    except BeyondLimitsError as error:
        raise ScenarioError(f"{shown(key)} has a value that cannot be read ({error}); write a shorter one.") from None
    except MalformedTextError:
        return key, value
    return key, read["value"] if list(read) == ["value"] else value


def load_scenario(source: "str | PathLike[str] | Mapping[str, Any] | Scenario") -> Scenario:
    """Return a scenario.

    Parameters
    ----------
    source : str, path, mapping or Scenario
        The name of a preset, the path of a TOML or JSON file, or the values themselves.

    Raises
    ------
    ScenarioError
        If it is neither a preset nor a readable file, or holds something that cannot be used.
    """
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        return _from_values(source)
    if isinstance(source, str) and source in _preset_names():
        return preset(source)
    if not isinstance(source, str | PathLike):
        raise ScenarioError(f"{shown(source)} is not a scenario; give a preset name, a TOML file or a table of values.")
    path = Path(source)
    is_file = source != "" and (is_there(path) or path.suffix.lower() in (".toml", ".json"))
    if isinstance(source, str) and not is_file:
        raise ScenarioError(_unknown_preset(source))
    values = read_scenario_file(path)
    if _is_lactation(values):
        raise ScenarioError(f"{path} holds a lactation, not a feed; run it with letdown lactation.")
    try:
        return _from_values(values)
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from None


def is_lactation_file(source: str) -> bool:
    """Return whether a path holds a table without a protocol but with days: a lactation."""
    path = Path(source)
    if not is_there(path) or not path.is_file():
        return False
    try:
        values = read_scenario_file(path)
    except ScenarioError:
        return False
    return _is_lactation(values)


def _is_lactation(values: Mapping[str, Any]) -> bool:
    return "protocol" not in values and ("days" in values or "plan" in values or "infants" in values)


def preset(name: str) -> Scenario:
    """Return a preset by name.

    Raises
    ------
    ScenarioError
        If there is no preset of that name.
    """
    if name not in _preset_names():
        raise ScenarioError(_unknown_preset(name))
    return _from_values(_preset_values(name))


def presets() -> dict[str, str]:
    """Return the name and title of every preset, in alphabetical order."""
    return {name: str(_preset_values(name)["title"]) for name in _preset_names()}


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario; numbers carry `unit`, `minimum`, `maximum` and `description`."""
    schema = Scenario.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "letdown scenario, version 1",
    }


def _preset_folder(kind: str = "presets") -> Any:
    return files("letdown.protocol").joinpath(kind)


def _preset_names(kind: str = "presets") -> list[str]:
    entries = (entry.name for entry in _preset_folder(kind).iterdir())
    return sorted(name.removesuffix(".toml") for name in entries if name.endswith(".toml"))


def _preset_values(name: str) -> dict[str, Any]:
    return toml_values(_preset_folder().joinpath(f"{name}.toml").read_text("utf-8"))


def _unknown_preset(name: str) -> str:
    if name in _preset_names("lactations"):
        return f"{shown(name)} is days and months, not a feed; run it with: letdown lactation {name}."
    close = nearest(name, _preset_names())
    hint = f'the nearest preset is "{close}"' if close else "list the presets with: letdown scenario list"
    return f"{shown(name)} is neither a preset nor a file; {hint}."


def _from_values(values: Mapping[str, Any]) -> Scenario:
    for key in values:
        if not isinstance(key, str):
            raise ScenarioError(f"{shown(key)} is not a key of a scenario; write keys as text.")
    return Scenario(**values)


def read_scenario_file(path: Path) -> Mapping[str, Any]:
    """Return the values in the file of a scenario or a lactation, whichever it is.

    Raises
    ------
    ScenarioError
        If it is no readable TOML or JSON; the message begins with the path.
    """
    remedy = "give a preset, or a scenario file such as the scenario.toml of that run"
    named = None if path.suffix.lower() == ".toml" else kind_sentence(path, remedy)
    if named is not None:
        raise ScenarioError(named)
    if path.suffix.lower() == ".nc":  # too damaged to say what it holds
        raise ScenarioError(f"{path} is a recording, not a scenario; draw it with: letdown plot {path}.")
    return file_values(path, LONGEST_FILE, ScenarioError, WANTED)
