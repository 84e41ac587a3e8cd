"""The strip above the curves that says who does what when: latches, pumps, cues, doses."""

from typing import NamedTuple

from matplotlib.axes import Axes

from letdown.engine.run import StepRecord
from letdown.plot.house import INK, SIDE_COLOURS, TINT

__all__ = ["Strip", "draw_protocol", "strip_of"]

_WORDS = {
    "latch": "infant, {side} breast",
    "switch": "infant, {side} breast",
    "unlatch": "infant taken off",
    "pump": "pump, {side}",
    "hand_express": "by hand, {side}",
    "press": "nipple pressed, {side}",
}
_LANE_MM = 3.3
_LETTER_MM = 1.25


class Strip(NamedTuple):
    """Steps of the protocol, each in a lane of its own time."""

    steps: tuple[StepRecord, ...]
    lanes: tuple[int, ...]

    @property
    def height_mm(self) -> float:
        """Height of the strip, mm."""
        return _LANE_MM * (max(self.lanes, default=0) + 1)


def strip_of(steps: tuple[StepRecord, ...]) -> Strip:
    """Hand out lanes so that no two steps of one overlap; removal of milk comes first, waits are left out."""
    shown = sorted((s for s in steps if s.do != "wait"), key=lambda s: (s.side is None, s.start_s))
    ends: list[list[tuple[float, float]]] = []
    lanes = []
    for step in shown:
        taken = (step.start_s, max(step.end_s, step.start_s + 1.0))
        free = next(
            (i for i, lane in enumerate(ends) if all(not _overlap(taken, t) for t in lane)), len(ends)
        )
        if free == len(ends):
            ends.append([])
        ends[free].append(taken)
        lanes.append(free)
    return Strip(tuple(shown), tuple(lanes))


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _name(step: StepRecord) -> str:
    return _WORDS.get(step.do, step.do.replace("_", " ")).format(side=step.side or "both")


def draw_protocol(ax: Axes, strip: Strip, duration_s: float) -> None:
    """Draw each step as a bar in the colour of its breast, its name inside or, if it is short, after it."""
    width_mm = ax.get_window_extent().width / ax.get_figure(root=True).dpi * 25.4  # type: ignore[union-attr]
    letter_s = _LETTER_MM / width_mm * duration_s
    ax.set_ylim(-max(strip.lanes, default=0) - 1, 0)
    for step, lane in zip(strip.steps, strip.lanes, strict=True):
        colour = SIDE_COLOURS.get(step.side or "", TINT)
        length = max(step.end_s - step.start_s, 0.004 * duration_s)
        ax.barh(-lane - 0.5, length / 60, 0.84, step.start_s / 60, color=colour, label=step.do)
        fits = letter_s * len(_name(step)) < length
        x = (step.start_s + (0.6 if fits else 0.6 + length / letter_s) * letter_s) / 60
        ink = "white" if fits and colour != TINT else INK
        ax.text(x, -lane - 0.5, _name(step), color=ink, va="center_baseline", fontsize=6, clip_on=False)
