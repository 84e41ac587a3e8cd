"""The command `letdown detect`: let-downs in recorded or simulated readings, and the agreement of two instruments."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from letdown._errors import OutputError, RecordingError
from letdown._terminal import number_in, print_json, say, show, working

if TYPE_CHECKING:
    from letdown.instruments.detection import Detection
    from letdown.instruments.signal_file import Readings, Wanted

__all__ = ["detect"]

Column = Annotated[
    list[str] | None,
    typer.Option("--signal-column", metavar="NAME", help="Column of the signal; give it twice to compare two."),
]
SignalUnit = Annotated[
    list[str] | None,
    typer.Option("--signal-unit", metavar="UNIT", help="g, mL, mL/s, mL/min, g/s, mm ...; twice for two signals."),
]
Kind = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help="flow, mass, volume, increments or diameter; twice for two signals."),
]


def detect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.csv [SECOND.csv]", help="Readings of one session.")],
    time_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of time.")] = None,
    signal_column: Column = None,
    time_unit: Annotated[str | None, typer.Option(metavar="UNIT", help="s, ms, min or h.")] = None,
    signal_unit: SignalUnit = None,
    kind: Kind = None,
    available: Annotated[
        float | None,
        typer.Option(metavar="ML", parser=number_in(float, 0.1, 10_000), help="Milk in the breast at the start."),
    ] = None,
    delay: Annotated[
        float, typer.Option(metavar="S", parser=number_in(float, 0, 60), help="From nipple to instrument, for milk.")
    ] = 0.0,
    density: Annotated[
        float, typer.Option(metavar="G/ML", parser=number_in(float, 0.9, 1.1), help="Of milk, where it is weighed.")
    ] = 1.03,
    tolerance: Annotated[
        float, typer.Option(metavar="S", parser=number_in(float, 0.1, 120), help="Onsets so near are one let-down.")
    ] = 15.0,
    start: Annotated[
        float | None, typer.Option(metavar="S", help="When the pump began: readings before are left out, s.")
    ] = None,
    sort: Annotated[bool, typer.Option("--sort", help="Put rows in order of time.")] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw FILE-let-downs.png beside the file.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FIGURE", help="Figure to write (.png, .pdf, .svg).")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find let-downs in a curve of milk or in the diameter of a duct.

    A CSV file has a column of time and one of flow, of mass or volume collected so far, or of a diameter; names such
    as t_s and mass_g give the units. Two files, or two --signal-column, are compared.
    """
    from letdown.instruments.signal_file import Wanted, read_signal

    sources = _sources(files, signal_column or [], signal_unit or [], kind or [])
    figure = out or (files[0].with_name(f"{files[0].stem}-let-downs.png") if plot else None)
    if figure is not None and figure.exists() and not overwrite:
        raise OutputError(f"{figure} exists already; name another file with --out, or add --overwrite.")
    records = []
    with working("detecting"):
        for file, column, unit, which in sources:
            _refuse_run_files(file)
            wanted = Wanted(time_column, column, time_unit, unit, which, density, sort, start)
            readings = read_signal(file, wanted)
            records.append((file, readings, _detection(readings, wanted, available, delay)))
    if figure is not None:
        _draw(records, figure, tolerance)
    _tell(records, tolerance, as_json)
    if figure is not None:
        say(f"Written to {figure}")


def _refuse_run_files(file: Path) -> None:
    """Refuse files of runs that hold no readings of an instrument, before they are read as a table.

    Raises
    ------
    RecordingError
        If it is one.
    """
    from letdown._run_file import TIME_SERIES, kind_of, kind_sentence

    if kind_of(file) not in (None, TIME_SERIES):
        wanted = "give a table of readings, such as the time_series.csv of a feed with --signal-column removed_left_ml"
        raise RecordingError(str(kind_sentence(file, wanted)))


Source = tuple[Path, str | None, str | None, str | None]
Record = tuple[Path, "Readings", "Detection"]


def _sources(files: Sequence[Path], columns: Sequence[str], units: Sequence[str], kinds: Sequence[str]) -> list[Source]:
    """Return file, column, unit and kind of each record asked for: one or two."""
    count = max(len(files), len(columns))
    for what, given in (("files", files), ("--signal-column", columns), ("--signal-unit", units), ("--kind", kinds)):
        if len(given) > count or len(given) > 2:
            raise RecordingError(
                f"{len(given)} {what} were given for {min(count, 2)} records; one record, or two to compare, can be "
                "given."
            )

    def nth(given: Sequence[Any], i: int) -> Any:
        return given[min(i, len(given) - 1)] if given else None

    return [(nth(files, i), nth(columns, i), nth(units, i), nth(kinds, i)) for i in range(count)]


def _detection(readings: "Readings", wanted: "Wanted", available: float | None, delay: float) -> "Detection":
    from letdown.instruments.duct_response_detector import DuctResponseDetector
    from letdown.instruments.let_down_detector import LetDownDetector
    from letdown.instruments.signal_file import DuctTrace

    signal = readings.signal
    if isinstance(signal, DuctTrace):
        return DuctResponseDetector().detect(signal.time_s, signal.diameter_mm)
    return LetDownDetector.with_rules(delay=delay).detect(signal, available)


def _draw(records: Sequence[Record], figure: Path, tolerance: float) -> None:
    from letdown.plot.let_downs import plot_let_downs

    with working("drawing"):
        plot_let_downs(
            [detection for _, _, detection in records],
            [f"{file.name}, {readings.column}" for file, readings, _ in records],
            path=figure,
            tolerance_s=tolerance,
        )


def _tell(records: Sequence[Record], tolerance: float, as_json: bool) -> None:
    from letdown.detection_report import agreement_report, detection_json, detection_report
    from letdown.instruments.agreement import agreement

    both = agreement(records[0][2], records[1][2], tolerance) if len(records) == 2 else None
    if as_json:
        plain = [detection_json(file.name, readings, detection) for file, readings, detection in records]
        print_json(plain[0] if both is None else {"records": plain, "agreement": both.to_json()})
        return
    for file, readings, detection in records:
        show(detection_report(file.name, readings, detection))
    if both is not None:
        show(agreement_report(both))
