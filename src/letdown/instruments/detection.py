"""What a detector reports: let-downs as an instrument shows them, and how sure it is.

These are *detected* let-downs. The true ones of a simulation (`letdown.engine.run.LetDown`) are known only there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from letdown._card import card_line, card_table
from letdown._printable import counted
from letdown.instruments.observation import Array

__all__ = ["DetectedLetDown", "Detection"]


SHOWN = 8
"""Let-downs listed in a notebook."""


@final
@dataclass(frozen=True)
class DetectedLetDown:
    """One let-down as an instrument shows it; None where the instrument cannot know.

    Attributes
    ----------
    onset_s, peak_s, end_s : float
        Beginning of the rise, highest point, and end, s.
    rise_s, plateau_s, fall_s : float
        Lengths of the phases: to 80 % of the peak, above it, and from it to the end, s.
    volume_ml, peak_ml_s : float or None
        Milk from onset to end, mL, and highest flow, mL/s.
    peak_mm, widening : float or None
        Largest diameter of the duct, mm, and its relative rise.
    confidence : float
        0-1; see the detector.
    share_of_available : float or None
        Volume over the milk said to be available.
    complete : bool
        Whether the record shows its end.
    """

    onset_s: float
    end_s: float
    peak_s: float
    rise_s: float
    plateau_s: float
    fall_s: float
    confidence: float
    complete: bool
    volume_ml: float | None = None
    peak_ml_s: float | None = None
    peak_mm: float | None = None
    widening: float | None = None
    share_of_available: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values, rounded to what an instrument can mean."""
        digits = {"confidence": 3, "volume_ml": 2, "peak_ml_s": 4, "peak_mm": 3, "widening": 3, "share_of_available": 4}
        first = ("onset_s", "end_s", "volume_ml", "peak_ml_s", "confidence")
        names = (*first, *(name for name in self.__dataclass_fields__ if name not in first))
        values = {name: getattr(self, name) for name in names}
        return {
            name: round(value, digits.get(name, 1)) if isinstance(value, float) else value
            for name, value in values.items()
        }


@final
@dataclass(frozen=True, eq=False, repr=False)
class Detection:
    """Everything a detector found in one record.

    Attributes
    ----------
    let_downs : tuple of DetectedLetDown
        In order of time.
    quantity, unit : str
        What `signal` is ("milk flow", "mL/s" or "duct diameter", "mm").
    time_s, signal : ndarray, shape (n,)
        The cleaned and smoothed signal in which they were found.
    raw_s, raw : ndarray, shape (m,)
        The readings it was made from, in the same unit.
    errors : mapping
        Noise as estimated from the record, and the thresholds that follow from it, by name with unit.
    warnings : tuple of str
        What was mended or could not be seen, one sentence each.
    """

    let_downs: tuple[DetectedLetDown, ...]
    quantity: str
    unit: str
    time_s: Array
    signal: Array
    raw_s: Array
    raw: Array
    errors: Mapping[str, float]
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        """Return one line: how many let-downs in how long a record of what."""
        minutes = (self.time_s[-1] - self.time_s[0]) / 60 if self.time_s.size else 0.0
        return card_line("Detection", self.quantity, f"{counted(len(self.let_downs), 'let-down')} in {minutes:.1f} min")

    def _repr_html_(self) -> str:
        """Return a small table for a notebook: the first let-downs, each with its confidence."""
        shown = list(enumerate(self.let_downs[:SHOWN], start=1))
        rows: dict[str, object] = {
            f"let-down {number}": f"{event.onset_s:.0f} to {event.end_s:.0f} s, confidence {event.confidence:.2f}"
            for number, event in shown
        }
        if len(self.let_downs) > SHOWN:
            rows["more"] = len(self.let_downs) - SHOWN
        return card_table(f"Detected in {self.quantity}: {counted(len(self.let_downs), 'let-down')}", rows)

    def onsets_s(self) -> list[float]:
        """Return the onsets, s."""
        return [event.onset_s for event in self.let_downs]

    def to_json(self) -> dict[str, Any]:
        """Return the let-downs, the noise and the warnings as plain values."""
        return {
            "let_downs": [event.to_json() for event in self.let_downs],
            "quantity": self.quantity,
            "unit": self.unit,
            "duration_s": round(float(self.time_s[-1] - self.time_s[0]), 3),
            "errors": {name: round(value, 5) for name, value in self.errors.items()},
            "warnings": list(self.warnings),
        }
