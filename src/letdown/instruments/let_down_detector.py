"""Let-down detector: milk flow or collected milk in, let-downs out.

1. Readings are mended (`letdown.instruments.milk_signal`) and turned into flow on a 1-s grid, smoothed with a
   Gaussian of SD `smoothing`.
2. The noise of that flow, s_f, and of a volume, s_V, follow from the record itself: from the second differences of
   its readings and from the step of its display.
3. A let-down is a rise of flow by at least max(errors * sqrt(2) s_f, least_rise, least_share * highest flow) above
   the lowest flow since the last one, to at least `least_ratio` times that flow, whose milk above that level is at
   least max(errors * s_V, least_volume). The first `settling` seconds are left to the milk that stood in the ducts. A
   further let-down needs the flow to fall first by `dip` of the rise.
4. Its onset is where the flow passes a fifth of the rise, less the delay of the instrument; the flow is smoothed for
   it only until its noise is `onset_noise` of the rise, since smoothing spreads a steep rise to both sides. It ends
   where a tenth of the rise is left, or where the next begins.
5. Confidence is ceiling * f / (1 + exp(-(z - 0.6 errors) / (0.2 errors))), z being the lesser of rise / (sqrt(2) s_f)
   and volume / s_V, and f below 1 for a rise of less than a quarter of the highest flow or one whose end the record
   does not show. Among simulated sessions about so many detections of a given confidence are true
   (`letdown.instruments.scoring`).

What it cannot see: a let-down that moves less milk than the noise allows (`least_volume_ml` in the errors it
reports), one under way when the record begins, one whose flow runs on from the one before without a dip, and which
of several causes made the flow rise: a pump turned up while milk stands in the ducts looks like a small let-down.

Context of use: pumping sessions and other records of milk from one breast.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np

from letdown._errors import RecordingError
from letdown._parameter import Parameters, par, reference
from letdown.instruments.detection import DetectedLetDown, Detection
from letdown.instruments.milk_signal import IMPOSSIBLE_ML_S, AbstractMilkSignal, MendedFlow
from letdown.instruments.observation import Array, check_parameters
from letdown.instruments.rises import Rise, find_rises, onset_of, phases_of, smoothed

__all__ = ["LetDownDetector", "LetDownDetectorParameters", "confidence_of"]


class LetDownDetectorParameters(Parameters):
    """Rules of the detector of let-downs in milk."""

    smoothing: float = par(5.0, "s", low=1, high=20, note="SD of the smoothing of flow")
    errors: float = par(5.0, "1", low=2, high=10, note="standard errors that a let-down must exceed")
    least_rise: float = par(0.02, "mL/s", low=0.002, high=0.2, note="the flow of a true let-down by definition")
    least_share: float = par(0.08, "1", low=0, high=0.5, note="of the highest flow; below it the pump may be the cause")
    least_volume: float = par(0.5, "mL", low=0, high=10, note="whatever the noise")
    settling: float = par(15.0, "s", low=0, high=60, note="start of a record: milk that stood in the ducts comes first")
    least_ratio: float = par(
        2.0, "1", low=1, high=5, note="peak over flow before; a pump that doubles its vacuum at most doubles the flow"
    )
    ceiling: float = par(
        0.98,
        "1",
        low=0.5,
        high=1,
        evidence="fitted",
        note="confidence of the clearest: share true in simulated sessions",
    )
    onset_noise: float = par(
        0.05, "1", low=0.005, high=0.5, note="noise over rise to which flow is smoothed for the onset"
    )
    dip: float = par(0.8, "1", low=0.1, high=0.9, note="of a rise that must be lost before another can begin")
    delay: float = par(0.0, "s", low=0, high=60, note="from nipple to instrument; taken from every time")


@final
@dataclass(frozen=True)
class LetDownDetector:
    """Finds let-downs in records of milk.

    Raises
    ------
    ParameterError
        If a parameter lies outside its range.
    """

    parameters: LetDownDetectorParameters = field(default_factory=lambda: reference(LetDownDetectorParameters))

    def __post_init__(self) -> None:
        """Refuse parameters outside their ranges."""
        check_parameters("let_down_detector", self.parameters)

    @classmethod
    def with_rules(cls, **rules: float) -> "LetDownDetector":
        """Return a detector with some rules changed, such as `with_rules(delay=5.0)`."""
        return cls(reference(LetDownDetectorParameters)._replace(**rules))

    def detect(self, signal: AbstractMilkSignal, available_ml: float | None = None) -> Detection:
        """Find the let-downs of one record.

        Parameters
        ----------
        signal : AbstractMilkSignal
            Collected milk or flow of one breast.
        available_ml : float, optional
            Milk in the breast at the start, mL; gives each let-down its share.

        Raises
        ------
        RecordingError
            If the readings are unusable, too few or too far apart, or `available_ml` is not positive.
        """
        p = self.parameters
        if available_ml is not None and not (math.isfinite(available_ml) and available_ml > 0):
            raise RecordingError(f"The available milk is given as {available_ml:g} mL; give a positive number of mL.")
        mended = signal.mended()
        grid, even = self._even_flow(mended)
        flow = smoothed(even, self._spread(mended, p.smoothing))
        flow_error = signal.flow_error(mended, p.smoothing)
        least = max(p.errors * math.sqrt(2.0) * flow_error, p.least_rise, p.least_share * float(flow.max()))
        events = []
        first = int(np.argmax(flow[: max(1, round(p.settling))]))
        for rise in find_rises(flow, least=least, dip=p.dip, first=first):
            event = self._event(signal, mended, grid, even, flow, rise, flow_error, available_ml)
            if event is not None:
                events.append(event)
        errors = {
            "flow_error_ml_s": flow_error,
            "volume_error_ml": signal.volume_error(mended, 60.0),
            "least_rise_ml_s": least,
            "least_volume_ml": max(p.errors * signal.volume_error(mended, 60.0), p.least_volume),
        }
        middle = (mended.edges_s[1:] + mended.edges_s[:-1]) / 2.0
        found = _not_overlapping(events)
        warnings = [*_warnings(mended, flow, least), *_more_than(available_ml, found)]
        return Detection(
            found, "milk flow", "mL/s", grid - p.delay, flow, middle - p.delay, mended.raw, errors, tuple(warnings),
        )  # fmt: skip

    def _even_flow(self, mended: MendedFlow) -> tuple[Array, Array]:
        """Return a 1-s grid and the mean flow of each second."""
        p, edges = self.parameters, mended.edges_s
        if edges[-1] - edges[0] < 4.0 * p.smoothing:
            raise RecordingError(
                f"The record lasts {edges[-1] - edges[0]:.3g} s; give one of at least {4.0 * p.smoothing:g} s."
            )
        grid = np.arange(edges[0], edges[-1], 1.0)
        ends = np.append(grid, grid[-1] + 1.0)
        flow = np.diff(np.interp(ends, edges, mended.total_ml()))
        # The last second may reach past the record, where nothing more is collected.
        flow[-1] = flow[-2]
        return grid + 0.5, flow

    def _spread(self, mended: MendedFlow, spread_s: float) -> float:
        """Return the SD of a smoothing, s: at least half an interval, which is flat."""
        return max(spread_s, 0.5 * float(np.median(np.diff(mended.edges_s))))

    def _onset(
        self, signal: AbstractMilkSignal, mended: MendedFlow, grid: Array, even: Array, flow: Array, rise: Rise
    ) -> float:
        """Return the onset of a rise in the flow, smoothed as little as its noise allows."""
        p, smooth = self.parameters, onset_of(grid, flow, rise)
        noise = p.onset_noise * float(flow[rise.peak] - flow[rise.low])
        for spread_s in np.arange(1.0, p.smoothing, 0.5).tolist():
            if signal.flow_error(mended, spread_s) <= noise:
                sharp = onset_of(grid, flow, rise, smoothed(even, self._spread(mended, spread_s)))
                # Smoothing moves a fifth by less than its SD; farther off stands another step of the rise.
                return float(np.clip(sharp, smooth - p.smoothing, smooth + p.smoothing))
        return smooth

    def _event(
        self,
        signal: AbstractMilkSignal,
        mended: MendedFlow,
        grid: Array,
        even: Array,
        flow: Array,
        rise: Rise,
        flow_error: float,
        available_ml: float | None,
    ) -> DetectedLetDown | None:
        """Return the let-down of one rise, or None if too little milk came."""
        p, phases, total = self.parameters, phases_of(flow, rise), mended.total_ml()
        onset = onset_of(grid, flow, rise)
        end = max(float(grid[phases.end]), onset + 1.0)
        volume = float(np.diff(np.interp([onset, end], mended.edges_s, total))[0])
        height = float(flow[rise.peak] - flow[rise.low])
        above = volume - max(float(flow[rise.low]), 0.0) * (end - onset)
        volume_error = signal.volume_error(mended, end - onset)
        enough = above >= max(p.errors * volume_error, p.least_volume)
        if not enough or flow[rise.peak] < max(p.least_rise, p.least_ratio * flow[rise.low]):
            return None
        onset = min(self._onset(signal, mended, grid, even, flow, rise), end - 1.0)
        share = height / float(flow.max())
        factor = p.ceiling * min(1.0, 0.8 + 0.8 * share) * (1.0 if phases.complete else 0.95)
        plateau = max(float(grid[phases.plateau]), onset)
        fall = max(float(grid[phases.fall]), plateau)
        return DetectedLetDown(
            onset_s=onset - p.delay,
            end_s=end - p.delay,
            peak_s=float(grid[rise.peak]) - p.delay,
            rise_s=plateau - onset,
            plateau_s=fall - plateau,
            fall_s=max(end - fall, 0.0),
            confidence=confidence_of(min(height / math.sqrt(2.0) / flow_error, above / volume_error), p.errors)
            * factor,
            complete=phases.complete,
            volume_ml=volume,
            peak_ml_s=float(flow[rise.peak]),
            share_of_available=None if available_ml is None else volume / available_ml,
        )


def confidence_of(signal_to_noise: float, threshold: float) -> float:
    """Return 1 / (1 + exp(-(z - 0.6 k) / (0.2 k))) of a signal-to-noise z: 0.88 at the threshold k."""
    steps = (signal_to_noise - 0.6 * threshold) / (0.2 * threshold)
    return 1.0 / (1.0 + math.exp(-min(steps, 700.0)))


def _not_overlapping(events: list[DetectedLetDown]) -> tuple[DetectedLetDown, ...]:
    """Return events of which none ends after the next begins; their phases and volumes stay as measured."""
    nexts = [event.onset_s for event in events[1:]] + [math.inf] * bool(events)
    return tuple(
        replace(event, end_s=min(event.end_s, following)) for event, following in zip(events, nexts, strict=True)
    )


def _more_than(available_ml: float | None, events: Sequence[DetectedLetDown]) -> list[str]:
    """Return a warning where let-downs hold more milk than was said to be there."""
    total = sum(event.volume_ml or 0.0 for event in events)
    if available_ml is None or total <= 1.01 * available_ml:
        return []
    return [f"The let-downs hold {total:.3g} mL, more than the {available_ml:g} mL said to be available; check both."]


def _warnings(mended: MendedFlow, flow: Array, least: float) -> list[str]:
    words = []
    if mended.jumps.size:
        some = ", ".join(f"{moment:.0f}" for moment in mended.jumps[:5].tolist())
        more = " and others" if mended.jumps.size > 5 else ""
        words.append(f"{mended.jumps.size} readings jumped and were mended, at {some} s{more}.")
    if mended.beyond.size:
        words.append(
            f"Flow passes {IMPOSSIBLE_ML_S:g} mL/s at {mended.beyond[0]:.0f} s, more than one human breast gives; "
            "check the unit. It was left as it is."
        )
    for start, end in mended.gaps[:5].tolist():
        words.append(f"There are no readings from {start:.0f} to {end:.0f} s; a let-down in there has no sure onset.")
    if mended.drift > 0.002:
        words.append(f"The milk seems to drift down by {mended.drift:.3g} mL/s, which was added back.")
    if flow[0] > least:
        words.append("Milk flows when the record begins; a let-down already under way is not counted.")
    return words
