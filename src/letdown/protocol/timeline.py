"""When the steps of a protocol can run, worked out from what is written alone.

A step that ends by a rule has no fixed end, so each foreground step gets the earliest and the latest time of
its start, and the latest of its end. A protocol is refused if it could ask two things of one breast at once,
puts one infant to two breasts, sets one level in two ways from the same moment, or holds a step that can never
happen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from letdown._table import refused
from letdown.protocol.steps import (
    Background,
    ConditionChange,
    Foreground,
    HandExpress,
    Latch,
    Press,
    Pump,
    Side,
    Switch,
    Unlatch,
    Wait,
)

__all__ = ["Span", "check_timeline", "spans", "step_sides"]

AnyStep = Foreground | Unlatch | Background


@dataclass(frozen=True, slots=True)
class Span:
    """Where a foreground step can lie, s. Steps of a chain follow each other; chains may run in parallel."""

    index: int
    do: str
    sides: tuple[Side, ...]
    infant: bool
    chain: int
    earliest_start_s: float
    latest_start_s: float
    latest_end_s: float

    def overlaps(self, other: "Span") -> bool:
        """Whether this step and one of another chain may run at the same time."""
        return (
            self.chain != other.chain
            and self.earliest_start_s < other.latest_end_s
            and other.earliest_start_s < self.latest_end_s
        )

    def label(self) -> str:
        """Return how an error names this step."""
        return f"step {self.index + 1} ({', '.join((self.do, *self.sides))})"


def step_sides(protocol: Sequence[AnyStep]) -> tuple[tuple[Side, ...], ...]:
    """Return, for each step, the breasts it works on; a switch is resolved to the breast it moves to."""
    found: list[tuple[Side, ...]] = []
    at: Side | None = None
    for index, step in enumerate(protocol):
        if isinstance(step, Switch):
            if at is None:
                raise refused(f'Step {index + 1} (switch) has no feed before it; begin with do = "latch".', "")
            at = "right" if at == "left" else "left"
            found.append((at,))
        elif isinstance(step, Latch):
            at = step.side
            found.append((at,))
        else:
            side = getattr(step, "side", None)
            found.append(("left", "right") if side == "both" else (side,) if side else ())
    return tuple(found)


def spans(protocol: Sequence[AnyStep], max_duration_s: float) -> tuple[Span, ...]:
    """Return the span of each foreground step, in the order written."""
    sides = step_sides(protocol)
    taken_off = sorted(step.at_s for step in protocol if isinstance(step, Unlatch))
    found: list[Span] = []
    chain, earliest, latest = 0, 0.0, 0.0
    for index, step in enumerate(protocol):
        if not isinstance(step, Latch | Switch | Pump | HandExpress | Wait):
            continue
        at_s = getattr(step, "at_s", None)
        if at_s is not None:
            chain, earliest, latest = chain + 1, at_s, at_s
        infant = isinstance(step, Latch | Switch)
        end = latest + step.for_s if step.for_s is not None else max_duration_s
        # an infant may tire and let go at any time, and a rule may hold at once
        shortest = step.for_s if isinstance(step, Wait) or (not infant and not step.until) else 0.0
        if infant:
            end = min([end, *(time for time in taken_off if time >= latest)])
        span = Span(index, step.do, sides[index], infant, chain, earliest, latest, min(end, max_duration_s))
        found.append(span)
        earliest, latest = earliest + (shortest or 0.0), span.latest_end_s
    return tuple(found)


def check_timeline(protocol: Sequence[AnyStep], max_duration_s: float) -> None:
    """Refuse a protocol that contradicts itself."""
    foreground = spans(protocol, max_duration_s)
    if not foreground:
        raise refused('protocol has no step that lasts; add one such as do = "wait" with for_s = 600.', "")
    for span in foreground:
        if span.earliest_start_s >= max_duration_s:
            raise refused(
                f"S{span.label()[1:]} cannot begin before {span.earliest_start_s:g} s, after the longest run of "
                f"max_duration_s = {max_duration_s:g}; raise max_duration_s or begin earlier.",
                "",
            )
    for first, second in combinations(foreground, 2):
        _check_pair(first, second)
    for one, other in combinations(range(len(protocol)), 2):
        _check_levels(protocol, one, other)
    end = max(span.latest_end_s for span in foreground)
    for index, step in enumerate(protocol):
        if isinstance(step, Unlatch):
            if not any(s.infant and s.earliest_start_s < step.at_s <= s.latest_end_s for s in foreground):
                raise refused(
                    f"Step {index + 1} (unlatch) takes the infant off at {step.at_s:g} s, when nobody is "
                    "latched; choose a time within a latch or switch step.",
                    "",
                )
        elif isinstance(step, Background) and step.at_s >= end:
            raise refused(
                f"Step {index + 1} ({step.do}) begins at {step.at_s:g} s, but the foreground ends by "
                f"{end:g} s; begin it earlier or add a wait step.",
                "",
            )


def _check_levels(protocol: Sequence[AnyStep], one: int, other: int) -> None:
    """Refuse two steps that set one level differently from the same moment: neither began later."""
    a, b = protocol[one], protocol[other]
    if isinstance(a, ConditionChange) and isinstance(b, ConditionChange) and a.name == b.name:
        what, levels, unit = str(a.name), (a.level, b.level), ""
    elif isinstance(a, Press) and isinstance(b, Press) and (a.side == b.side or "both" in (a.side, b.side)):
        what, levels, unit = str(b.do), (a.pressure_mmhg, b.pressure_mmhg), " mmHg"
    else:
        return
    if a.at_s == b.at_s and levels[0] != levels[1]:
        raise refused(
            f"Steps {one + 1} and {other + 1} ({what}) set {levels[0]:g}{unit} and {levels[1]:g}{unit} from the "
            f"same moment, {a.at_s:g} s; begin one of them later, since the one that begins later holds.",
            "",
        )


def _check_pair(first: Span, second: Span) -> None:
    if not first.overlaps(second):
        return
    shared = [side for side in first.sides if side in second.sides]
    if first.infant and second.infant and not shared:
        raise refused(
            f"S{second.label()[1:]} can begin while {first.label()} still lasts, but there is one infant; "
            "leave out at_s to feed from one breast after the other.",
            "",
        )
    if shared:
        raise refused(
            f"S{second.label()[1:]} can begin at {second.earliest_start_s:g} s while {first.label()} is still at "
            f"the {shared[0]} breast; leave out at_s to wait for it, or end the earlier step in time.",
            "",
        )
