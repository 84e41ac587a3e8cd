"""A study: one published experiment, as a file states it.

    title = "Milk ejections in a breastfeed"
    cite = "Ramsay2004"
    [population]
    n = 24
    [[arm]]
    name = "feed"
    scenario = "breastfeed"
    [[statistic]]
    target = "ME01"
    quantity = "let_downs_at_breast"
    reduction = "mean"
    unit = "count/feed"
    fitted = true

Arms of a crossover are the same women; with `design = "parallel"` each arm has women of its own, `n` of them. A
quantity, a reduction and an instrument are written by name, or as a table of the name and options. A study of figures
that are not in the table of published rows states them itself:

    [[target]]
    id = "MINE01"
    quantity = "milk removed"
    value = 50.0
    sd = 20.0                  # or se, or assumed_percent; for a direction, direction = "more than before" alone
    n = 16
    unit = "mL"
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, InstanceOf, PrivateAttr, field_validator, model_validator

from letdown._errors import LetdownError, ScenarioError
from letdown._structured_text import file_values, toml_values
from letdown._table import Table, key_shown, nearest, refused, unit
from letdown._text_file import is_there
from letdown._units import shown
from letdown.evidence.blood_quantities import BLOOD_QUANTITIES
from letdown.evidence.designs import (
    DESIGNS,
    JOININGS,
    AbstractDesign,
    AbstractJoining,
    Crossover,
    EachSession,
)
from letdown.evidence.directions import DIRECTIONS, AbstractDirection
from letdown.evidence.feed_quantities import FEED_QUANTITIES
from letdown.evidence.instrument import AbstractObserved, Instrument, instrument_given
from letdown.evidence.life_quantities import LIFE_QUANTITIES
from letdown.evidence.named import named
from letdown.evidence.observed_quantities import OBSERVED_QUANTITIES
from letdown.evidence.quantity import AbstractFeedQuantity, AbstractLifeQuantity, AbstractQuantity
from letdown.evidence.reductions import REDUCTIONS, AbstractReduction, AbstractSummary
from letdown.evidence.target_units import factor
from letdown.evidence.targets import Target, read_targets
from letdown.protocol.build import reference_start
from letdown.protocol.lactation import LactationScenario, load_lactation
from letdown.protocol.lactation_build import life_parameters
from letdown.protocol.scenario import Scenario, load_scenario
from letdown.references import BIBLIOGRAPHY, current_key, read_entries, read_fields

__all__ = [
    "Arm",
    "OwnTarget",
    "People",
    "Statistic",
    "Study",
    "load_studies",
    "read_studies",
    "shipped_studies",
    "study_names",
]

LONGEST_FILE = 1_000_000
"""More than a study can hold, bytes."""

STUDY_KEYS = frozenset({"statistic", "arm", "population", "target"})
"""A file with one of these is meant as a study; the same folder may hold scenarios of the studies."""

QUANTITIES: dict[str, type[AbstractQuantity]] = {
    **FEED_QUANTITIES,
    **BLOOD_QUANTITIES,
    **OBSERVED_QUANTITIES,
    **LIFE_QUANTITIES,
}
SUMMARIES: dict[str, type[AbstractSummary]] = {**REDUCTIONS, **DIRECTIONS}


@cache
def _where_found(key: str) -> tuple[str, ...]:
    """Return the DOI and the address of an entry of the bibliography, in small letters; none for another key."""
    entry = read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8")).get(key, "")
    fields = read_fields(entry)
    return tuple(fields[name].casefold() for name in ("doi", "url") if name in fields)


def _quantities(value: Any) -> Any:
    given = value if isinstance(value, list | tuple) else [value]
    return tuple(named(each, QUANTITIES, "quantity") for each in given)


def _summary(value: Any) -> Any:
    return named(value, SUMMARIES, "reduction or direction")


def _joining(value: Any) -> Any:
    return named(value, JOININGS, "joining of sessions")


def _design(value: Any) -> Any:
    return named(value, DESIGNS, "design")


class People(Table):
    """Who took part."""

    n: int = Field(ge=1, le=100_000, json_schema_extra=unit("1"), description="values of the study: women or feeds")
    day: int | None = Field(
        None,
        ge=1,
        le=1000,
        json_schema_extra=unit("d"),
        description="day after birth; that of the scenario if left out",
    )
    parity: int | None = Field(
        None, ge=1, le=15, json_schema_extra=unit("1"), description="births; those of the scenario if left out"
    )
    reference: bool = Field(False, description="the reference mother again and again, not women with traits")
    note: str = Field("", description="what the study says of them, what is assumed")


class Arm(Table):
    """What was done to them: a scenario of a session, or of days from birth."""

    name: str = Field(description="short name")
    scenario: str | None = Field(None, description="preset or file of a session")
    lactation: str | None = Field(None, description="preset or file of a lactation")
    days: int | None = Field(
        None,
        ge=1,
        le=1000,
        json_schema_extra=unit("d"),
        description="days of a lactation; those of the file if left out",
    )
    on_days: tuple[int, ...] = Field((), description="a session on each of these days after birth")
    repeats: int = Field(1, ge=1, le=50, json_schema_extra=unit("1"), description="sessions of each woman")
    n: int | None = Field(
        None, ge=1, le=100_000, json_schema_extra=unit("1"), description="women of this arm of a parallel design"
    )
    exclusive: bool = Field(False, description="only dyads that needed no formula in all these days")
    values: dict[str, Any] = Field({}, description="values of the scenario that are changed")

    @field_validator("values", mode="before")
    @classmethod
    def _values_are_a_table(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise refused(f'{shown(value)} is not a table; write lines such as "infant.appetite_ml" = 500.')
        return dict(_flat(value))

    @model_validator(mode="after")
    def _one_scenario(self) -> Self:
        if (self.scenario is None) == (self.lactation is None):
            raise refused("names no protocol, or two; write one of scenario and lactation.", " ")
        if self.scenario is None and (self.on_days or self.repeats > 1):
            raise refused("on_days and repeats are for sessions; leave them out of an arm of days.", " ")
        if self.lactation is None and (self.days is not None or self.exclusive):
            raise refused("days and exclusive are for lactations; leave them out of an arm of sessions.", " ")
        return self


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return dotted keys and values; TOML reads infant.appetite_ml = 1 as a table in a table."""
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        inner = isinstance(value, Mapping) and not any(key.endswith(x) for x in ("programme", "pad", "shield"))
        found += _flat(value, f"{prefix}{key}.") if inner else [(f"{prefix}{key}", value)]
    return found


def _women(value: Any) -> Any:
    return str(value) if isinstance(value, int) and 0 < value < 10**9 and value is not True else value


class OwnTarget(Table):
    """A published figure that only this study has: a number with its error, or which way something went."""

    id: str = Field(description="its name in this file")
    quantity: str = Field(description="what was measured")
    condition: str = Field("", description="in whom, when")
    value: float | None = Field(None, json_schema_extra=unit("1"), description="the value, in its unit")
    se: float | None = Field(None, gt=0.0, json_schema_extra=unit("1"), description="its standard error, in its unit")
    se_basis: str = Field("", description="where se is from; beginning with assumed: it was not published")
    sd: float | None = Field(
        None, gt=0.0, json_schema_extra=unit("1"), description="in place of se: the spread (SD) of the n values"
    )
    assumed_percent: float | None = Field(
        None, gt=0.0, le=1000.0, json_schema_extra=unit("%"), description="in place of se: a share of the value"
    )
    direction: str = Field("", description="in place of a value: which way it went, in words")
    unit: str = Field("-", description="its unit")
    n: Annotated[str, BeforeValidator(_women)] = Field("", description="women, a number or a text that begins with it")
    source: str = Field("", description="where it was published")

    @model_validator(mode="before")
    @classmethod
    def _women_may_be_a_number(cls, data: Any) -> Any:
        return {**data, "n": _women(data["n"])} if isinstance(data, Mapping) and "n" in data else data

    @model_validator(mode="after")
    def _number_or_direction(self) -> Self:
        errors = [name for name in ("se", "sd", "assumed_percent") if getattr(self, name) is not None]
        if self.direction:
            if self.value is not None or errors:
                raise refused("has a direction and a number; write direction alone, or value with its error.", " ")
            return self
        if self.value is None:
            raise refused("has no value; write value with se, sd or assumed_percent, or direction alone.", " ")
        if len(errors) != 1:
            given = f"has {' and '.join(errors)}" if errors else "has no error"
            raise refused(f"{given}; write one of se, sd (with n) and assumed_percent.", " ")
        if self.sd is not None and self._count() is None:
            raise refused("has sd without the number of values; write n, such as n = 12.", " ")
        if self.assumed_percent is not None and self.value == 0.0:
            raise refused("has value = 0, so that a share of it gives no error; write se.", " ")
        return self

    def _count(self) -> int | None:
        found = re.match(r"\s*(\d{1,9})\b", self.n)
        return int(found[1]) if found and int(found[1]) > 0 else None

    def _error(self) -> float:
        """Return the standard error; NaN for a direction."""
        if self.sd is not None:
            return self.sd / math.sqrt(self._count() or 1)
        if self.assumed_percent is not None:
            return abs(self.value or 0.0) * self.assumed_percent / 100.0
        return math.nan if self.se is None else self.se

    def target(self) -> Target:
        """Return it as a published row."""
        return Target(
            key=self.id,
            domain="",
            quantity=self.quantity,
            condition=self.condition,
            statistic="",
            value=self.direction or repr(self.value),
            unit=self.unit,
            women=self.n,
            source=self.source,
            link="",
            note="",
            role="direction" if self.direction else "fit",
            error=self._error(),
            assumed=self.assumed_percent is not None or self.se_basis.strip().lower().startswith("assumed"),
        )


class Statistic(Table):
    """One published figure: what is measured in which arms, and what is made of it."""

    target: str = Field(description="id of the published row")
    arms: tuple[str, ...] = Field((), description="arms, in order; all if left out")
    quantity: Annotated[tuple[InstanceOf[AbstractQuantity], ...], BeforeValidator(_quantities)] = Field(
        description="what is measured, or a list"
    )
    instrument: Annotated[InstanceOf[Instrument] | None, BeforeValidator(instrument_given)] = Field(
        None, description="instrument of this figure, in place of the study's"
    )
    reduction: Annotated[InstanceOf[AbstractSummary], BeforeValidator(_summary)] = Field(
        description="what is made of the women"
    )
    unit: str = Field("-", description="unit of the published value; left out for a direction")
    per_woman: Annotated[InstanceOf[AbstractJoining], BeforeValidator(_joining)] = Field(
        EachSession(), description="how the sessions of a woman are joined"
    )
    fitted: bool = Field(description="whether the figure was known when parameter values were chosen")
    how: str = Field("", description="its rule in words")
    discussion: str = Field("", description="what is to be said of a miss")


class Study(Table):
    """One published experiment.

    Raises
    ------
    ScenarioError
        If anything in it cannot be used; the message is one sentence that begins with where it stands.
    """

    name: str = Field(description="its name: that of the file")
    title: str = Field(description="one line")
    cite: str = Field("", description="key of the publication, such as Kent2006")
    doi: str = Field("", description="where it is found, if cite does not name an entry of the bibliography")
    design: Annotated[InstanceOf[AbstractDesign], BeforeValidator(_design)] = Field(
        Crossover(), description="the same women in each arm, or others"
    )
    note: str = Field("", description="what is assumed")
    population: People = Field(description="who took part")
    instrument: Annotated[InstanceOf[Instrument] | None, BeforeValidator(instrument_given)] = Field(
        None, description="what was measured with; the truth of the model if left out"
    )
    arm: tuple[Arm, ...] = Field(json_schema_extra={"minItems": 1}, description="what was done")
    target: tuple[OwnTarget, ...] = Field((), description="figures that the table of published rows does not have")
    statistic: tuple[Statistic, ...] = Field(json_schema_extra={"minItems": 1}, description="what was found")
    folder: str = Field("", description="folder of its own scenario files")

    _scenarios: dict[str, Scenario | LactationScenario] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _everything_fits(self) -> Self:
        found = _where_found(current_key(self.cite))
        if self.doi and found and self.doi.casefold() not in found:
            raise refused(f"doi {shown(self.doi)} is not that of {self.cite}, {found[0]}; write one of the two.", "")
        _refuse_twice("arms", (arm.name for arm in self.arm))
        _refuse_twice("targets", (own.id for own in self.target))
        if not isinstance(self.design, Crossover):
            for arm in self.arm:
                if arm.n is None:
                    raise refused(f"arm {shown(arm.name)} of a parallel design has no n; write how many women.", "")
        try:
            known = self.targets()
            for arm in self.arm:
                self.scenario_of(arm)
            for statistic in self.statistic:
                _check(self, statistic, known)
        except LetdownError as error:
            raise refused(str(error), "") from None
        return self

    def targets(self) -> dict[str, Target]:
        """Return the published rows that the study may name, its own included."""
        return read_targets() | {own.id: own.target() for own in self.target}

    def arms_of(self, statistic: Statistic) -> tuple[Arm, ...]:
        """Return the arms of a statistic in order."""
        by_name = {arm.name: arm for arm in self.arm}
        return tuple(by_name[name] for name in statistic.arms) if statistic.arms else self.arm

    def quantities_of(self, statistic: Statistic) -> tuple[AbstractQuantity, ...]:
        """Return the quantities of a statistic, those read from an instrument with that of the study."""
        instrument = statistic.instrument or self.instrument
        return tuple(
            quantity.model_copy(update={"instrument": instrument})
            if isinstance(quantity, AbstractObserved)
            else quantity
            for quantity in statistic.quantity
        )

    def scenario_of(self, arm: Arm) -> Scenario | LactationScenario:
        """Return the scenario of an arm, with the day and the births of the population."""
        if arm.name not in self._scenarios:
            self._scenarios[arm.name] = self._read_scenario(arm)
        return self._scenarios[arm.name]

    def _read_scenario(self, arm: Arm) -> Scenario | LactationScenario:
        name = arm.scenario or arm.lactation or ""
        own = Path(self.folder) / name
        source = str(own) if self.folder and own.suffix.lower() in (".toml", ".json") and is_there(own) else name
        people, values = self.population, dict(arm.values)
        if people.parity is not None:
            values.setdefault("mother.parity", people.parity)
        try:
            if arm.lactation is not None:
                if arm.days is not None:
                    values["days"] = arm.days
                lactation = _lactation(source).with_values(values)
                if lactation.parameters:
                    life_parameters(lactation)  # refuses what is out of range now, not after half an hour
                return lactation
            if people.day is not None:
                values.setdefault("mother.postpartum_day", people.day)
            scenario = load_scenario(source).with_values(values)
            if scenario.parameters:
                reference_start(scenario)
            return scenario
        except LetdownError as error:
            raise ScenarioError(f"arm {shown(arm.name)}: {error}") from None


def _refuse_twice(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise refused(f"two {what} are called {shown(name)}; give each a name of its own.", "")
        seen.add(name)


@cache
def _known_lactation(name: str) -> LactationScenario:
    return load_lactation(name)


def _lactation(source: str) -> LactationScenario:
    """Return a lactation; presets are read once, as several studies share them."""
    return load_lactation(source) if source.endswith(".toml") else _known_lactation(source)


def _check(study: Study, statistic: Statistic, known: Mapping[str, Target]) -> None:
    """Refuse a statistic that names what does not exist or does not fit together."""
    place = f"statistic {key_shown(statistic.target)}: "
    if statistic.target not in known:
        close = nearest(statistic.target, known)
        hint = f" (the nearest id is {close})" if close else ""
        raise ScenarioError(
            f"target = {shown(statistic.target)} is not a published row; state the figure in [[target]] of this file, "
            f"or write the id of a published row{hint}."
        )
    target = known[statistic.target]
    names = [arm.name for arm in study.arm]
    for name in statistic.arms:
        if name not in names:
            raise ScenarioError(
                f"{place}there is no arm {shown(name)}; write one of {', '.join(map(key_shown, names))}."
            )
    arms, summary = study.arms_of(statistic), statistic.reduction
    for count, (low, high), what in (
        (len(arms), summary.arms, "arms"),
        (len(statistic.quantity), summary.quantities, "quantities"),
    ):
        if not low <= count <= high:
            span = str(low) if low == high else f"{low} to {high}"
            raise ScenarioError(f"{place}its reduction takes {span} {what}, not {count}; change one of the two.")
    for arm in arms:
        wanted = AbstractFeedQuantity if arm.lactation is None else AbstractLifeQuantity
        for quantity in study.quantities_of(statistic):
            _check_quantity(study, place, arm, quantity, wanted)
    if isinstance(summary, AbstractDirection) != (target.role == "direction"):
        kind = "a direction" if target.role == "direction" else "a number"
        raise ScenarioError(f"{place}the published row is {kind}; choose a reduction that gives {kind}.")
    if statistic.unit != target.unit:
        raise ScenarioError(
            f"{place}unit = {shown(statistic.unit)}, but the row is in {shown(target.unit)}; write that."
        )
    if isinstance(summary, AbstractReduction):
        try:
            factor(summary.in_unit(statistic.quantity[0].measured_in()), target.unit)
        except ScenarioError as error:
            raise ScenarioError(f"{place}{error}") from None


def _check_quantity(
    study: Study, place: str, arm: Arm, quantity: AbstractQuantity, wanted: type[AbstractQuantity]
) -> None:
    name = str(getattr(quantity, "name", ""))
    if not isinstance(quantity, wanted):
        kind, other = ("days", "a session") if arm.lactation is None else ("a session", "days")
        raise ScenarioError(
            f"{place}{name} is measured over {kind}, and the arm {shown(arm.name)} is of {other}; "
            "choose another quantity."
        )
    if isinstance(quantity, AbstractObserved) and (
        quantity.instrument is None or quantity.instrument.name != quantity.sees
    ):
        has = "none" if quantity.instrument is None else shown(quantity.instrument.name)
        raise ScenarioError(
            f'{place}{name} is read from the instrument "{quantity.sees}", and the study has {has}; add [instrument] '
            f'with name = "{quantity.sees}".'
        )
    if isinstance(quantity, AbstractLifeQuantity):
        scenario = study.scenario_of(arm)
        days = scenario.days if isinstance(scenario, LactationScenario) else 0
        if quantity.last() > days:
            raise ScenarioError(
                f"{place}{name} needs day {quantity.last()}, and the arm {shown(arm.name)} has {days} days; "
                "give it more."
            )


# Files --------------------------------------------------------------------------------------------


def study_names() -> list[str]:
    """Return the names of the studies that come with the program."""
    return sorted(entry.name.removesuffix(".toml") for entry in _shipped().iterdir() if entry.name.endswith(".toml"))


def shipped_studies() -> list[Study]:
    """Return the studies that come with the program."""
    return [
        _study(file, toml_values(_shipped().joinpath(file).read_text("utf-8")), "")
        for file in (f"{name}.toml" for name in study_names())
    ]


def read_studies(folder: Path) -> tuple[list[Study], dict[str, ScenarioError]]:
    """Return the studies of a folder, one a TOML file, and by file name why the others cannot be used.

    Raises
    ------
    ScenarioError
        If there is no such folder, or no file in it is a study.
    """
    if not is_there(folder) or not folder.is_dir():
        raise ScenarioError(f"{folder} is not a folder; give one that holds study files (.toml).")
    studies: list[Study] = []
    problems: dict[str, ScenarioError] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            values = file_values(path, LONGEST_FILE, ScenarioError, "a study file (.toml)")
            if STUDY_KEYS & values.keys():
                studies.append(_study(str(path), values, str(folder)))
        except ScenarioError as error:
            problems[path.stem] = error
    if not studies and not problems:
        raise ScenarioError(f"{folder} holds no study; a study is a TOML file with [[statistic]].")
    return studies, problems


def load_studies(folder: Path) -> list[Study]:
    """Return the studies of a folder, one a TOML file, by name.

    Raises
    ------
    ScenarioError
        If there is no such folder, no study in it, or a file cannot be used.
    """
    studies, problems = read_studies(folder)
    for problem in problems.values():
        raise problem
    return studies


def _study(path: str, values: dict[str, Any], folder: str) -> Study:
    try:
        return Study(**({"name": Path(path).stem, "folder": folder} | values))
    except LetdownError as error:
        raise ScenarioError(f"{path}: {error}") from None


def _shipped() -> Any:
    return files("letdown.evidence").joinpath("studies")


def chosen(studies: Sequence[Study], name: str | None) -> list[Study]:
    """Return all studies, or the one of a name.

    Raises
    ------
    ScenarioError
        If there is none of that name.
    """
    if name is None:
        return list(studies)
    found = [study for study in studies if study.name == name]
    if not found:
        close = nearest(name, [study.name for study in studies])
        few = ", ".join(study.name for study in studies[:8])
        all_ = few if len(studies) <= 8 else f"{few} and {len(studies) - 8} more"
        hint = f"the nearest is {close}" if close else f"write one of {all_}"
        raise ScenarioError(f"There is no study {shown(name)}; {hint}.")
    return found
