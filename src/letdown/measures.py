"""Measures of a feed, and what many feeds come to: quartiles of a cohort, differences between two scenarios.

A measure is one number of a feed summary. Where a feed has no such number (no let-down, nothing available) it
counts as missing, never as zero.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import Any

import numpy as np

__all__ = ["MEASURES", "Difference", "Measure", "Quartiles", "differences", "quartiles"]

Summary = Mapping[str, Any]
"""What `letdown.recording.feed_summary` returns."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a feed: its name in files, its name for people, its unit, and where it stands."""

    name: str
    label: str = field(repr=False)
    unit: str
    of: Callable[[Summary], float | None] = field(repr=False)


MEASURES: tuple[Measure, ...] = (
    Measure("let_downs", "let-downs", "1", lambda s: len(s["let_downs"])),
    Measure("let_downs_felt", "let-downs felt", "1", lambda s: sum(d["felt"] for d in s["let_downs"])),
    Measure("bursts", "bursts", "1", lambda s: len(s["bursts"])),
    Measure("first_let_down_s", "first let-down", "s", lambda s: s["first_let_down_s"]),
    Measure("first_let_down_after_latch_s", "… after latch", "s", lambda s: s["first_let_down_after_latch_s"]),
    Measure("milk_removed_ml", "milk removed", "mL", lambda s: s["milk_removed_ml"]["total"]),
    Measure("milk_removed_left_ml", "… left breast", "mL", lambda s: s["milk_removed_ml"]["left"]),
    Measure("milk_removed_right_ml", "… right breast", "mL", lambda s: s["milk_removed_ml"]["right"]),
    Measure("share_of_available", "share of available milk", "1", lambda s: s["share_of_available"]["total"]),
    Measure("leaked_ml", "milk leaked", "mL", lambda s: s["leaked_ml"]["total"]),
    Measure("flow_peak_ml_s", "peak flow, 5-s mean", "mL/s", lambda s: s["flow_peak_ml_s"]),
    Measure("oxytocin_peak_pg_ml", "peak oxytocin", "pg/mL", lambda s: s["oxytocin_peak_pg_ml"]),
    Measure("duration_s", "duration", "s", lambda s: s["duration_s"]),
)


@dataclass(frozen=True, slots=True)
class Quartiles:
    """A measure over many feeds; None where no feed has a value."""

    measure: Measure
    lower: float | None
    median: float | None
    upper: float | None
    feeds: int  # with a value

    def __repr__(self) -> str:
        """Return one short line, for lists at the prompt."""
        lower, median, upper = map(_short, (self.lower, self.median, self.upper))
        return f"<{self.measure.name} {median} ({lower} to {upper}) {self.measure.unit}, {self.feeds} feeds>"


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure in two scenarios simulated with the same seeds.

    `a` and `b` are means over the seeds where both have a value, `difference` is the mean of b - a, and
    `standard_error` its standard error, None for fewer than two pairs.
    """

    measure: Measure
    a: float | None
    b: float | None
    difference: float | None
    standard_error: float | None
    pairs: int

    def __repr__(self) -> str:
        """Return one short line, for lists at the prompt."""
        a, b, step, error = map(_short, (self.a, self.b, self.difference, self.standard_error))
        return f"<{self.measure.name} {a} to {b}: {step} ± {error} {self.measure.unit}, {self.pairs} pairs>"

    def to_json(self) -> dict[str, Any]:
        """Return the difference as plain values."""
        return {
            "name": self.measure.name,
            "unit": self.measure.unit,
            "a": self.a,
            "b": self.b,
            "difference": self.difference,
            "standard_error": self.standard_error,
            "pairs": self.pairs,
        }


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def quartiles(summaries: Sequence[Summary]) -> list[Quartiles]:
    """Return median and quartiles of every measure over the feeds of a cohort."""
    rows = []
    for measure in MEASURES:
        values = [value for value in map(measure.of, summaries) if value is not None]
        if values:
            lower, median, upper = (float(q) for q in np.quantile(values, (0.25, 0.5, 0.75)))
            rows.append(Quartiles(measure, lower, median, upper, len(values)))
        else:
            rows.append(Quartiles(measure, None, None, None, 0))
    return rows


def differences(a: Sequence[Summary], b: Sequence[Summary]) -> list[Difference]:
    """Return the difference b - a of every measure, feed by feed.

    Parameters
    ----------
    a, b : sequence of dict
        Summaries of two scenarios; a[i] and b[i] come from the same seed.
    """
    return [_difference(measure, a, b) for measure in MEASURES]


def _difference(measure: Measure, a: Sequence[Summary], b: Sequence[Summary]) -> Difference:
    pairs = []
    for summary_a, summary_b in zip(a, b, strict=True):
        value_a, value_b = measure.of(summary_a), measure.of(summary_b)
        if value_a is not None and value_b is not None:
            pairs.append((float(value_a), float(value_b)))
    if not pairs:
        return Difference(measure, _only_mean(measure, a), _only_mean(measure, b), None, None, 0)
    # times are whole ticks; their difference is one too, but for the last bits
    digits = 6 if measure.unit == "s" else None
    steps = [b - a if digits is None else round(b - a, digits) for a, b in pairs]
    error = stdev(steps) / math.sqrt(len(steps)) if len(steps) > 1 else None
    mean_a, mean_b = fmean(p[0] for p in pairs), fmean(p[1] for p in pairs)
    return Difference(measure, mean_a, mean_b, fmean(steps), error, len(pairs))


def _only_mean(measure: Measure, summaries: Sequence[Summary]) -> float | None:
    """Return the mean of one side when the other has no value, so that the table still shows it."""
    values = [float(value) for value in map(measure.of, summaries) if value is not None]
    return fmean(values) if values else None
