"""The strip above the curves that says who does what when: latches, pumps, cues, doses."""

from dataclasses import replace
from typing import NamedTuple

from matplotlib.axes import Axes

from letdown.engine.run import Run, StepRecord
from letdown.plot.house import INK, SIDE_COLOURS, TINT
from letdown.recording import step_names

__all__ = ["Bar", "draw_protocol", "strip_height_mm", "strip_of"]

_COLOURS = SIDE_COLOURS | {"both": "#666666"}
_LANE_MM = 3.3
_LETTER_MM = 1.15


class Bar(NamedTuple):
    """One step of the protocol on the strip."""

    step: StepRecord
    name: str
    lane: int
    length_s: float
    label_s: float  # where the name begins
    is_inside: bool  # the name stands in the bar, not after it


def strip_of(run: Run, width_mm: float) -> list[Bar]:
    """Return the steps as bars, in lanes such that neither bars nor names of one lane overlap.

    Parameters
    ----------
    run : Run
        The run; its waits are left out, and what removes milk gets the upper lanes.
    width_mm : float
        Width of the strip.
    """
    duration_s = run.totals.duration_s
    letter_s = _LETTER_MM / width_mm * duration_s
    named = _without_phases(
        [(s, _with_side(s, n)) for s, n in zip(run.steps, step_names(run), strict=True) if s.do != "wait"]
    )
    named.sort(key=lambda pair: (pair[0].side is None, pair[0].start_s))
    taken: list[list[tuple[float, float]]] = []
    bars = []
    for step, name in named:
        length_s = max(step.end_s - step.start_s, 0.004 * duration_s)
        room_s = letter_s * (len(name) + 1)
        is_inside = room_s <= length_s
        span = (step.start_s, step.start_s + length_s + (0.0 if is_inside else room_s))
        lane = next((i for i, spans in enumerate(taken) if not _is_taken(spans, span)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append(span)
        label_s = step.start_s + (0.0 if is_inside else length_s) + 0.6 * letter_s
        bars.append(Bar(step, name, lane, length_s, label_s, is_inside))
    return bars


def strip_height_mm(bars: list[Bar]) -> float:
    """Return the height that the lanes of a strip need, mm."""
    return _LANE_MM * (max((bar.lane for bar in bars), default=0) + 1)


def draw_protocol(ax: Axes, bars: list[Bar]) -> None:
    """Draw each step in the colour of its breast, with its name."""
    ax.set_ylim(-max((bar.lane for bar in bars), default=0) - 1, 0)
    for bar in bars:
        colour = _COLOURS.get(bar.step.side or "", TINT)
        y = -bar.lane - 0.5
        ax.barh(y, bar.length_s / 60, 0.84, bar.step.start_s / 60, color=colour, edgecolor="white", linewidth=0.5)
        ink = "white" if bar.is_inside and colour != TINT else INK
        ax.text(bar.label_s / 60, y, bar.name, color=ink, va="center_baseline", fontsize=6, clip_on=False)


def _with_side(step: StepRecord, name: str) -> str:
    return f"{name}, {step.side}" if step.side else name


def _without_phases(named: list[tuple[StepRecord, str]]) -> list[tuple[StepRecord, str]]:
    """Join the phases of a pump programme, which follow each other without a pause."""
    joined: list[tuple[StepRecord, str]] = []
    for step, name in named:
        last = joined[-1][0] if joined else None
        if last and step.do == last.do == "pump" and step.side == last.side and step.start_s - last.end_s < 0.5:
            joined[-1] = (replace(last, end_s=step.end_s, end_reason=step.end_reason), name)
        else:
            joined.append((step, name))
    return joined


def _is_taken(spans: list[tuple[float, float]], wanted: tuple[float, float]) -> bool:
    return any(wanted[0] < end and start < wanted[1] for start, end in spans)
