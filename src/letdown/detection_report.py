"""What `letdown detect` says: a table of let-downs, the noise, what was mended; and the agreement of two records."""

from typing import TYPE_CHECKING, Any

from letdown._text_table import Column, TextTable
from letdown._version import __version__
from letdown.instruments.agreement import Agreement
from letdown.instruments.detection import DetectedLetDown, Detection
from letdown.instruments.signal_file import Readings
from letdown.recording import DISCLAIMER

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["agreement_report", "detection_json", "detection_report"]

NOTE = "Detected let-downs, for research and teaching; they say nothing about anybody's health or supply."

SPARE = {"confidence": 1, "share_of_available": 2, "rise_s": 3, "fall_s": 4, "plateau_s": 5}
"""Columns left out on a narrow screen, the highest first."""

WORDS = {
    "flow_error_ml_s": ("noise of flow", "mL/s"),
    "volume_error_ml": ("noise of a volume", "mL"),
    "least_rise_ml_s": ("least rise", "mL/s"),
    "least_volume_ml": ("least milk", "mL"),
    "diameter_error_mm": ("noise of the diameter", "mm"),
    "least_widening_mm": ("least widening", "mm"),
}


def detection_json(file: str, readings: Readings, detection: Detection) -> dict[str, Any]:
    """Return everything about one record as plain values."""
    plain = detection.to_json()
    return {
        "file": file,
        "column": readings.column,
        "column_unit": readings.unit,
        "kind": readings.kind,
        "read_as": readings.read_as,
        "zero": readings.zero,
        **plain,
        "warnings": [*readings.warnings, *plain["warnings"]],
        "note": NOTE,
        "disclaimer": DISCLAIMER,
        "version": __version__,
    }


def detection_report(file: str, readings: Readings, detection: Detection) -> "RenderableType":
    """Return the table of one record."""
    from rich.console import Group
    from rich.text import Text

    count = len(detection.let_downs)
    head = f"{file}, {readings.column}: " + ("1 let-down" if count == 1 else f"{count or 'no'} let-downs")
    parts: list[RenderableType] = [Text(head, style="bold")]
    if count:
        columns = _columns(detection)
        rows = (
            (str(number), *(_cell(event, which) for _, which in columns[1:]))
            for number, event in enumerate(detection.let_downs, start=1)
        )
        parts.append(TextTable([Column(t, number=True, spare=SPARE.get(name, 0)) for t, name in columns], rows))
    noise = ", ".join(f"{WORDS[name][0]} {value:.3g} {WORDS[name][1]}" for name, value in detection.errors.items())
    parts.append(Text(f"From the record: {noise}.", style="dim"))
    parts += [Text(words) for words in (*readings.warnings, *detection.warnings)]
    return Group(*parts)


def _columns(detection: Detection) -> list[tuple[str, str]]:
    columns = [("", ""), ("onset\ns", "onset_s"), ("end\ns", "end_s")]
    if detection.unit == "mL/s":
        columns += [("volume\nmL", "volume_ml"), ("peak\nmL/s", "peak_ml_s")]
        if any(event.share_of_available is not None for event in detection.let_downs):
            columns.append(("of available\n%", "share_of_available"))
    else:
        columns += [("peak\nmm", "peak_mm"), ("wider by\n%", "widening")]
    return [
        *columns,
        ("rise\ns", "rise_s"),
        ("plateau\ns", "plateau_s"),
        ("fall\ns", "fall_s"),
        ("conf.", "confidence"),
    ]


def _cell(event: DetectedLetDown, name: str) -> str:
    value = getattr(event, name)
    if value is None:
        return ""
    if name in ("share_of_available", "widening"):
        return f"{100 * value:.0f}"
    digits = {"peak_ml_s": 3, "peak_mm": 2, "volume_ml": 1, "confidence": 2}.get(name, 0)
    open_end = "+" if name in ("end_s", "fall_s") and not event.complete else ""
    return f"{value:.{digits}f}{open_end}"


def agreement_report(both: Agreement) -> "RenderableType":
    """Return the agreement of two records in words."""
    from rich.text import Text

    lines = [
        f"Agreement: {len(both.matched)} matched within {both.tolerance_s:g} s, {len(both.only_first)} only in the "
        f"first, {len(both.only_second)} only in the second"
    ]
    if both.f1 is not None:
        lines.append(f"F1 {both.f1:.2f}" + (f", kappa of seconds {both.kappa:.2f}" if both.kappa is not None else ""))
    if both.onset_difference_s is not None:
        spread = both.onset_difference_sd_s
        lines.append(
            f"onset, second minus first: {both.onset_difference_s:+z.1f} s" + (f" (SD {spread:.1f})" if spread else "")
        )
    return Text("\n".join(lines))
