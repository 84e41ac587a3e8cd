"""What people read of a feed: the typed summary with its JSON Schema, and the text on the terminal.

`FeedSummary` describes the object that `letdown feed --json` prints and `summary.json` holds;
`schemas/feed-1.json` is generated from it. The `..._report` functions return what `rich` prints.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from rich.console import Group, RenderableType
from rich.text import Text

from letdown._clock import clock
from letdown._printable import counted
from letdown._text_table import Column, TextTable
from letdown.engine.run import EndReason, LetDown, Run, SignName, StepRecord
from letdown.measures import Difference, Measure, Quartiles
from letdown.recording import DISCLAIMER, Recording, step_names

__all__ = [
    "FeedSummary",
    "clock",
    "cohort_report",
    "comparison_report",
    "feed_report",
    "feed_schema",
    "parameters_report",
]

NonNegative = Annotated[float, Field(ge=0)]
BAR = 14
"""Characters of the longest bar."""

SIDE_STYLES = {"left": "blue", "right": "dark_orange3"}


def _quantity(description: str, unit: str, **constraints: Any) -> Any:
    return Field(description=description, json_schema_extra={"unit": unit}, **constraints)


class _Object(BaseModel):
    # A feed is printed without its schema, so the models are built when first used.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_enum_values=True, defer_build=True)


class Sides(_Object):
    """One value for each breast."""

    left: float
    right: float


class SidesAndTotal(_Object):
    """One amount for each breast and both together."""

    left: NonNegative
    right: NonNegative
    total: NonNegative


class Shares(_Object):
    """Shares, 0-1, of the milk there at the start or made since; null where there was none."""

    left: NonNegative | None
    right: NonNegative | None
    total: NonNegative | None


class LetDownSummary(_Object):
    """One let-down; its milk is counted from its onset to the next onset."""

    onset_s: float = _quantity("onset, since the start of the protocol", "s", ge=0)
    end_s: float = _quantity("end", "s", ge=0)
    milk_ml: Sides = _quantity("milk moved from the alveoli into the ducts, net of what flowed back", "mL")
    milk_removed_ml: Sides = _quantity("milk removed", "mL")
    felt: bool = Field(description="whether the mother noticed it")


class SignSummary(_Object):
    """A sign by which a let-down shows itself."""

    name: SignName
    time_s: float = _quantity("time", "s", ge=0)
    side: Literal["left", "right"] | None = Field(description="null where it belongs to no breast")


class FeedSummary(_Object):
    """What one simulated feed came to. Times count from the start of the protocol."""

    scenario: str = Field(description="name of the scenario")
    let_downs: list[LetDownSummary]
    first_let_down_s: float | None = _quantity("onset of the first let-down", "s", ge=0)
    first_latch_s: float | None = _quantity("first latch of the infant", "s", ge=0)
    first_let_down_after_latch_s: float | None = _quantity("negative when the let-down came before the latch", "s")
    milk_removed_ml: SidesAndTotal = _quantity("milk taken by infant, pump or hand", "mL")
    available_ml: SidesAndTotal = _quantity("alveolar and ductal milk at the start", "mL")
    share_of_available: Shares = _quantity("milk removed over milk there at the start or made since", "1")
    leaked_ml: SidesAndTotal = _quantity("milk that leaked, into pads and clothes too", "mL")
    flow_peak_ml_s: float = _quantity("largest 5-s mean flow of one breast", "mL/s", ge=0)
    oxytocin_baseline_pg_ml: float = _quantity("oxytocin in plasma at the start", "pg/mL", ge=0)
    oxytocin_peak_pg_ml: float = _quantity("highest oxytocin in plasma", "pg/mL", ge=0)
    oxytocin_peak_time_s: float = _quantity("time of that peak", "s", ge=0)
    bursts: list[NonNegative] = _quantity("times of the bursts of the oxytocin neurones", "s")
    signs: list[SignSummary]
    duration_s: float = _quantity("length of the run", "s", ge=0)
    end_reason: EndReason = Field(description="why the run ended")
    overrides: dict[str, float] = Field(description="parameters of the model set by the scenario, by organ.field")
    seed: int = Field(ge=0)
    dyad: int | None = Field(ge=0, description="number of the dyad in its cohort; null for the reference mother")
    traits: dict[str, float | None] = Field(description="traits drawn for this dyad; empty for the reference mother")
    warnings: list[str]
    disclaimer: str
    version: str = Field(description="version of letdown")


def feed_schema() -> dict[str, Any]:
    """Return the JSON Schema of a feed summary."""
    schema = FeedSummary.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "letdown feed, version 1",
    }


# Words --------------------------------------------------------------------------------------------

_END_WORDS = {
    EndReason.SATISFIED: "the infant was satisfied",
    EndReason.TIRED: "the infant tired",
    EndReason.FLOW_BELOW: "the flow had stayed below its limit",
    EndReason.FLOW_ABOVE: "milk was flowing",
    EndReason.TIME: "its time was over",
    EndReason.UNLATCHED: "the infant was taken off",
    EndReason.PROTOCOL_END: "the protocol was finished",
    EndReason.MAX_DURATION: "the longest allowed time was reached",
}
_SIGN_WORDS = {
    SignName.ACTIVE_SUCK_SWALLOW: "active sucking and swallowing{at_side}",
    SignName.CONTRALATERAL_DRIP: "milk drips{from_side}",
    SignName.TINGLING: "tingling",
    SignName.UTERINE_CRAMP: "cramp of the uterus",
    SignName.THIRST: "thirst",
}
_FOREGROUND = {"latch", "switch", "pump", "hand_express"}


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _section(title: str, body: RenderableType, note: str) -> Group:
    return Group(Text.assemble((title, "bold"), (f"  {note}", "dim")), body, "")


# One feed -----------------------------------------------------------------------------------------


def feed_report(recording: Recording) -> Group:
    """Return a feed as text: outcome, let-downs, milk, signs, why it ended.

    Parameters
    ----------
    recording : Recording
        A finished run.
    """
    run, summary = recording.run(), recording.summary()
    parts: list[RenderableType] = [_headline(summary), ""]
    if run.let_downs:
        parts.append(_section("Let-downs", _let_downs(run), "mL until the next onset; ● felt, ○ not felt"))
    flow = f"peak flow {summary['flow_peak_ml_s']:.2f} mL/s, 5-s mean of one breast"
    parts.append(_section("Milk", _milk(summary), flow))
    parts.append(_section("Course", _course(run, summary), "min:s since the start of the protocol"))
    parts += [Text(f"Warning: {warning}", style="yellow") for warning in run.warnings]
    parts.append(Text(DISCLAIMER, style="dim"))
    return Group(*parts)


def _headline(summary: dict[str, Any]) -> Text:
    removed, share = summary["milk_removed_ml"]["total"], summary["share_of_available"]["total"]
    of_available = "" if share is None else f" ({_percent(share)} of what was there)"
    seed = f"seed {summary['seed']}" + ("" if summary["dyad"] is None else f", dyad {summary['dyad']}")
    return Text.assemble(
        (summary["scenario"], "bold"),
        (f"  {seed}\n", "dim"),
        f"{counted(len(summary['let_downs']), 'let-down')} in {clock(summary['duration_s'])}, ",
        f"{removed:.1f} mL removed{of_available}",
    )


def _let_downs(run: Run) -> TextTable:
    """Return one line for each let-down, with a bar as long as the milk removed by it."""
    columns = (
        Column(""),
        Column("", number=True),
        Column("onset", number=True),
        Column("lasted", number=True, spare=2),
        Column("ejected, left", number=True, spare=1),
        Column("right", number=True, spare=1, name="ejected, right"),
        Column("removed, left", number=True),
        Column("right", number=True),
        Column("milk removed", spare=3, name="a bar of the milk removed"),
    )
    longest = max(d.removed_left_ml + d.removed_right_ml for d in run.let_downs)
    rows = []
    for number, d in enumerate(run.let_downs, start=1):
        milk = (d.milk_left_ml, d.milk_right_ml, d.removed_left_ml, d.removed_right_ml)
        lasted = f"{d.end_s - d.onset_s:.0f} s"
        values = (f"{value:z.1f}" for value in milk)
        rows.append(("●" if d.felt else "○", str(number), clock(d.onset_s), lasted, *values, _bar(d, longest)))
    return TextTable(columns, rows)


def _bar(let_down: LetDown, longest: float) -> Text:
    """Return the milk removed, left and right, as a bar of up to `BAR` characters."""
    bar = Text()
    for side, milk in (("left", let_down.removed_left_ml), ("right", let_down.removed_right_ml)):
        bar.append("━" * round(BAR * milk / longest) if longest > 0 else "", style=SIDE_STYLES[side])
    return bar


def _milk(summary: dict[str, Any]) -> TextTable:
    columns = (
        Column("mL"), Column("left", number=True, style=SIDE_STYLES["left"]),
        Column("right", number=True, style=SIDE_STYLES["right"]), Column("both", number=True),
    )  # fmt: skip
    rows = [
        (label, *(f"{summary[key][side]:.1f}" for side in ("left", "right", "total")))
        for label, key in (("available", "available_ml"), ("removed", "milk_removed_ml"), ("leaked", "leaked_ml"))
    ]
    shares = summary["share_of_available"]
    return TextTable(
        columns, [*rows, ("share removed", *(_percent(shares[side]) for side in ("left", "right", "total")))]
    )


def _course(run: Run, summary: dict[str, Any]) -> TextTable:
    """Return the latches and their ends, the oxytocin, the signs and the end of the run, one to a line."""
    rows: list[tuple[float, float | None, str]]
    steps = [(s, n) for s, n in zip(run.steps, step_names(run), strict=True) if s.do != "wait"]
    rows = [(s.start_s, s.end_s if s.end_s > s.start_s else None, _step_words(s, n)) for s, n in steps]
    if run.let_downs:
        rows.append((run.let_downs[0].onset_s, None, _first_let_down(summary["first_let_down_after_latch_s"])))
    if run.bursts:
        baseline, peak = summary["oxytocin_baseline_pg_ml"], summary["oxytocin_peak_pg_ml"]
        bursts = counted(len(run.bursts), "burst")
        words = f"oxytocin peaks at {peak:.1f} pg/mL, from {baseline:.1f} ({bursts} in all)"
        rows.append((summary["oxytocin_peak_time_s"], None, words))
    rows += _first_signs(run)
    rows.append((summary["duration_s"], None, f"end: {_END_WORDS[run.totals.end_reason]}"))
    lines = [
        (clock(start_s), "" if end_s is None else f"– {clock(end_s)}", words)
        for start_s, end_s, words in sorted(rows, key=lambda row: row[0])
    ]
    return TextTable((Column("start", number=True), Column("end"), Column("what")), lines, heads=False)


def _first_let_down(after_latch_s: float | None) -> str:
    if after_latch_s is None:
        return "first let-down"
    relation = "after" if after_latch_s >= 0 else "before"
    return f"first let-down, {abs(after_latch_s):.0f} s {relation} the first latch"


def _step_words(step: StepRecord, name: str) -> str:
    where = f", {step.side} breast" if step.side in ("left", "right") else ", both breasts" if step.side else ""
    why = f"; {_END_WORDS[step.end_reason]}" if step.do in _FOREGROUND and step.end_s > step.start_s else ""
    return f"{name}{where}{why}"


def _first_signs(run: Run) -> list[tuple[float, float | None, str]]:
    """Return each sign of each side where it first shows, with how often it did there."""
    times: dict[tuple[str, str | None], list[float]] = {}
    for sign in run.signs:
        times.setdefault((sign.name, sign.side), []).append(sign.time_s)
    rows: list[tuple[float, float | None, str]] = []
    for (name, side), shown in times.items():
        often = f" ({len(shown)} times in all)" if len(shown) > 1 else ""
        rows.append((min(shown), None, f"{_sign_words(SignName(name), side)}{often}"))
    return rows


def _sign_words(name: SignName, side: str | None) -> str:
    """Return a sign in words, with its breast where it has one."""
    return _SIGN_WORDS[name].format(
        at_side=f", {side} breast" if side else "", from_side=f" from the {side} breast" if side else ""
    )


# Many feeds ---------------------------------------------------------------------------------------


def _value(measure: Measure, value: float | None, *, signed: bool = False) -> str:
    """Return a value with the digits its unit deserves."""
    if value is None:
        return "–"
    digits = {"s": 0, "mL": 1, "mL/s": 2, "pg/mL": 1}.get(measure.unit, 2 if measure.name.startswith("share") else 1)
    return f"{value:+z.{digits}f}" if signed else f"{value:z.{digits}f}"


def _unit(measure: Measure) -> str:
    return "" if measure.unit == "1" else measure.unit


def cohort_report(rows: Sequence[Quartiles], *, scenario: str, seed: int, dyads: int) -> Group:
    """Return median and quartiles of a cohort as a body."""
    columns = (
        Column(""), Column("unit"), Column("lower quartile", number=True, spare=1), Column("median", number=True),
        Column("upper quartile", number=True, spare=1), Column("dyads", number=True, spare=2),
    )  # fmt: skip
    body = TextTable(
        columns,
        [
            (
                row.measure.label,
                _unit(row.measure),
                *(_value(row.measure, value) for value in (row.lower, row.median, row.upper)),
                str(row.feeds),
            )
            for row in rows
        ],
    )
    title = Text.assemble((scenario, "bold"), (f"  seed {seed}, {counted(dyads, 'dyad')}", "dim"))
    note = Text("dyads: how many have the value", style="dim")
    return Group(title, "", body, note, "", Text(DISCLAIMER, style="dim"))


def comparison_report(rows: Sequence[Difference], *, a: str, b: str, seeds: Sequence[int]) -> Group:
    """Return two scenarios, A and B, side by side with their differences as a body."""
    many = len(seeds) > 1
    columns = [
        Column(""), Column("unit"), Column("A", number=True, spare=1), Column("B", number=True, spare=1),
        Column("B − A", number=True),
    ]  # fmt: skip
    if many:
        columns += [Column("± SE", number=True), Column("pairs", number=True, spare=2)]
    cells = []
    for row in rows:
        values = [_value(row.measure, row.a), _value(row.measure, row.b)]
        values.append(_value(row.measure, row.difference, signed=True))
        if many:
            values += [_value(row.measure, row.standard_error), str(row.pairs)]
        cells.append((row.measure.label, _unit(row.measure), *values))
    span = f"seeds {seeds[0]} to {seeds[-1]}" if many else f"seed {seeds[0]}"
    title = Text.assemble(("A  ", "dim"), (f"{a}\n", "bold"), ("B  ", "dim"), (b, "bold"))
    parts: list[RenderableType] = [title, Text(f"{span}, the same random events in both", style="dim"), ""]
    parts.append(TextTable(columns, cells))
    if many:
        parts.append(Text("means over the pairs of feeds in which both have the value", style="dim"))
    return Group(*parts, "", Text(DISCLAIMER, style="dim"))


def parameters_report(rows: Sequence[Mapping[str, Any]]) -> TextTable:
    """Return the parameters of the model as a table, organ by organ."""
    columns = (
        Column(""), Column("value", number=True), Column("range", number=True), Column("unit"),
        Column("source", spare=1),
    )  # fmt: skip
    lines: list[tuple[str | Text, ...]] = []
    organ = None
    for row in rows:
        home, field = str(row["path"]).split(".", 1)
        if home != organ:
            organ = home
            lines.append((Text(home, style="bold"),))
        species = "" if row["species"] in ("human", "none") else f" ({row['species']})"
        source = f"{row['cite']}{species}" if row["cite"] else Text(row["evidence"], style="dim")
        unit = "" if row["unit"] == "1" else row["unit"]
        lines.append((f"  {field}", f"{row['value']:g}", f"{row['low']:g} – {row['high']:g}", unit, source))
    return TextTable(columns, lines)
