"""Steps of a life: what is done over days. Each holds in a window of days, of hours, of weekdays.

Day 1 is the first 24 h after birth and a Monday. An hour is that of the clock, 0-24; a window of hours may pass
midnight (23 to 6). Where two steps answer a hungry infant the one written first does; where none does, the breast.
Where windows of smoking, of pills or of solid food overlap, the higher level holds; every dose of a drug adds.
"""

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field

from letdown._table import Table, refused, tagged, unit

__all__ = [
    "AbstractLifeStep",
    "Bottle",
    "BreastfeedAt",
    "Drug",
    "LifeStep",
    "Pill",
    "PumpAt",
    "Smoke",
    "Solids",
    "Soothe",
]

LAST_DAY = 1000


def day_field(default: int, words: str) -> Any:
    """Return a field for a day."""
    return Field(default, ge=1, le=LAST_DAY, json_schema_extra=unit("d"), description=words)


def hour_field(default: float, words: str) -> Any:
    """Return a field for an hour of the clock."""
    return Field(default, ge=0.0, le=24.0, json_schema_extra=unit("h"), description=words)


def _hours_given(value: Any) -> Any:
    """Take a list of hours of the clock, each 0 to 24."""
    if not isinstance(value, list | tuple) or not value:
        raise refused("is no list of hours; write one such as [8, 12, 16].", " ")
    for hour in value:
        if isinstance(hour, bool) or not isinstance(hour, int | float) or not 0.0 <= hour < 24.0:
            raise refused(f"holds {hour!r}, which is no hour of the clock; write numbers from 0 up to 24.", " ")
    return tuple(float(hour) for hour in value)


Hours = Annotated[tuple[float, ...], BeforeValidator(_hours_given, json_schema_input_type=list[float])]


class AbstractLifeStep(Table):
    """Abstract base: the days on which a step holds, the first and the last included."""

    from_day: int = day_field(1, "first day")
    to_day: int = day_field(LAST_DAY, "last day")
    weekdays_only: bool = Field(False, description="not on days 6 and 7 of each week")

    hungry: ClassVar[bool] = False
    """Whether the step answers a hungry infant."""


class Bottle(AbstractLifeStep):
    """A hungry infant gets a bottle."""

    hungry: ClassVar[bool] = True
    do: Literal["bottle"] = Field("bottle", description="what is done")
    of: Literal["formula", "expressed"] = Field(
        "formula", description="expressed milk as far as there is any, then formula"
    )
    from_h: float = hour_field(0.0, "from this hour")
    to_h: float = hour_field(24.0, "to this hour")
    share: float = Field(
        1.0, ge=0.0, le=1.0, json_schema_extra=unit("1"), description="share of a day's calls that it answers, by turns"
    )


class Soothe(AbstractLifeStep):
    """A hungry infant is soothed without milk, and asks again after half an hour."""

    hungry: ClassVar[bool] = True
    do: Literal["soothe"] = Field("soothe", description="what is done")
    from_h: float = hour_field(0.0, "from this hour")
    to_h: float = hour_field(24.0, "to this hour")


class BreastfeedAt(AbstractLifeStep):
    """The infant is put to the breast at fixed hours, hungry or not."""

    do: Literal["breastfeed_at"] = Field("breastfeed_at", description="what is done")
    hours: Hours = Field(description="hours of the clock")


class PumpAt(AbstractLifeStep):
    """Milk is pumped at fixed hours and kept."""

    do: Literal["pump"] = Field("pump", description="what is done")
    hours: Hours = Field(description="hours of the clock")
    side: Literal["left", "right", "both"] = Field("both", description="which breast")
    after_feed: bool = Field(False, description="not at that hour but when the next feed after it has ended")
    for_min: float = Field(15.0, ge=2.0, le=60.0, json_schema_extra=unit("min"), description="how long")
    suction_mmhg: float = Field(190.0, ge=20.0, le=300.0, json_schema_extra=unit("mmHg"), description="peak suction")


class Drug(AbstractLifeStep):
    """A drug that acts at the dopamine receptor of the pituitary; each drug has its own level and half-life."""

    do: Literal["drug"] = Field("drug", description="what is done")
    name: Literal["domperidone", "sulpiride", "cabergoline", "bromocriptine"] = Field(
        description="domperidone 10 mg, sulpiride 50 mg, cabergoline 1 mg, bromocriptine 2.5 mg a dose"
    )
    hours: Hours = Field(description="hours of the clock")
    dose: float = Field(1.0, ge=0.0, le=4.0, json_schema_extra=unit("1"), description="in the doses named")


class Pill(AbstractLifeStep):
    """An oral contraceptive; where two windows overlap, the stronger holds."""

    do: Literal["pill"] = Field("pill", description="what is done")
    kind: Literal["combined", "minipill"] = Field("combined", description="with 30 ug of oestrogen, or without")


class Smoke(AbstractLifeStep):
    """The mother smokes; where two windows overlap, the higher level holds."""

    do: Literal["smoke"] = Field("smoke", description="what is done")
    level: float = Field(1.0, ge=0.0, le=1.0, json_schema_extra=unit("1"), description="1 is a smoker of the study")


class Solids(AbstractLifeStep):
    """Solid food takes a growing share of the infant's energy; where two windows overlap, the larger share holds."""

    do: Literal["solids"] = Field("solids", description="what is done")
    from_share: float = Field(0.0, ge=0.0, le=1.0, json_schema_extra=unit("1"), description="share on the first day")
    to_share: float = Field(0.5, ge=0.0, le=1.0, json_schema_extra=unit("1"), description="share on the last day")


AnyLifeStep = Bottle | Soothe | BreastfeedAt | PumpAt | Drug | Pill | Smoke | Solids
_NAMES = tuple(get_args(kind.model_fields["do"].annotation)[0] for kind in get_args(AnyLifeStep))


def _step_given(value: Any) -> Any:
    return tagged(value, "do", _NAMES)


LifeStep = Annotated[AnyLifeStep, Field(discriminator="do"), BeforeValidator(_step_given)]
"""One step of a plan."""
