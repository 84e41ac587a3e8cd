"""The command `letdown detect`: let-downs in recorded or simulated readings, and the agreement of two instruments."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from letdown._errors import OutputError, RecordingError
from letdown._terminal import Json, number_in, print_json, say, show, working

if TYPE_CHECKING:
    from letdown.instruments.detection import Detection
    from letdown.instruments.signal_file import Readings

__all__ = ["detect"]

TWICE = "; twice for two records"

TimeColumn = Annotated[list[str] | None, typer.Option("--time-column", metavar="NAME", help=f"Column of time{TWICE}.")]
TimeUnit = Annotated[list[str] | None, typer.Option("--time-unit", metavar="UNIT", help=f"s, ms, min or h{TWICE}.")]
Column = Annotated[
    list[str] | None,
    typer.Option("--signal-column", metavar="NAME", help="Column of the signal; give it twice to compare two."),
]
SignalUnit = Annotated[
    list[str] | None,
    typer.Option("--signal-unit", metavar="UNIT", help=f"g, mL, fl oz, mL/s, kg/min, mm ...{TWICE}."),
]
Kind = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="KIND", help=f"flow, mass, volume, increments or diameter{TWICE}."),
]
Delay = Annotated[
    list[float] | None,
    typer.Option(
        metavar="S", parser=number_in(float, 0, 60), help=f"From nipple to instrument, for milk, s{TWICE}; 0."
    ),
]
Start = Annotated[
    list[float] | None,
    typer.Option(
        metavar="S",
        parser=number_in(float, -1e12, 1e12),
        help=f"When the pump began: readings before are left out, s{TWICE}.",
    ),
]
Separator = Annotated[
    list[str] | None,
    typer.Option(metavar="SIGN", help=f"Between cells: , ; | tab or space, where a file leaves it open{TWICE}."),
]
Decimal = Annotated[
    list[str] | None, typer.Option(metavar="SIGN", help=f"Decimal sign, where a file leaves it open{TWICE}.")
]
DateOrder = Annotated[
    list[str] | None,
    typer.Option(metavar="ORDER", help=f"Of dates such as 03/04/2026: day-first or month-first{TWICE}."),
]
TimeZone = Annotated[
    list[str] | None, typer.Option(metavar="ZONE", help=f"Of dates without an offset, such as Europe/Berlin{TWICE}.")
]
Available = Annotated[
    float | None,
    typer.Option(metavar="ML", parser=number_in(float, 0.1, 10_000), help="Milk in the breast at the start."),
]
Density = Annotated[
    float, typer.Option(metavar="G/ML", parser=number_in(float, 0.9, 1.1), help="Of milk, where it is weighed.")
]
Tolerance = Annotated[
    float, typer.Option(metavar="S", parser=number_in(float, 0.1, 120), help="Onsets so near are one let-down.")
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CODE", help="Code of a missing reading, such as -999; may be repeated, and is then complete."
    ),
]


def detect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.csv [SECOND.csv]", help="Readings of one session.")],
    time_column: TimeColumn = None,
    signal_column: Column = None,
    time_unit: TimeUnit = None,
    signal_unit: SignalUnit = None,
    kind: Kind = None,
    available: Available = None,
    delay: Delay = None,
    density: Density = 1.03,
    tolerance: Tolerance = 15.0,
    start: Start = None,
    separator: Separator = None,
    decimal: Decimal = None,
    missing: Missing = None,
    date_order: DateOrder = None,
    time_zone: TimeZone = None,
    sort: Annotated[bool, typer.Option("--sort", help="Put rows in order of time.")] = False,
    join_restarts: Annotated[
        bool, typer.Option("--join-restarts", help="Let runs of a clock that starts again follow each other.")
    ] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw FILE-let-downs.png beside the file.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FIGURE", help="Figure to write (.png, .pdf, .svg).")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    as_json: Json = False,
) -> None:
    """Find let-downs in a curve of milk or in the diameter of a duct.

    A table has a column of time and one of flow, of mass or volume collected so far, or of a diameter; names such
    as t_s and mass_g give the units. Two files, or two --signal-column, are compared. An option given once holds for
    both, but what a file says of its own columns and units is kept.
    """
    from letdown.instruments.signal_file import Wanted, read_signal
    from letdown.instruments.two_records import read_two

    given: dict[str, Sequence[Any]] = {
        "time_column": time_column or [],
        "signal_column": signal_column or [],
        "time_unit": time_unit or [],
        "signal_unit": signal_unit or [],
        "kind": kind or [],
        "start_s": start or [],
        "separator": separator or [],
        "decimal": decimal or [],
        "date_order": date_order or [],
        "time_zone": time_zone or [],
    }
    figure = _figure(files[0], plot, out, overwrite)
    codes = tuple(missing or ()) or None
    same = Wanted(density_g_ml=density, sort=sort, join_restarts=join_restarts, missing=codes)
    sources = _sources(files, given, delay or [0.0])
    with working("detecting"):
        for source in sources:
            _refuse_run_files(source.file)
        asked = [(source.file, same._replace(shared=source.shared, **source.said)) for source in sources]
        both, words = read_two(asked[0], asked[1]) if len(asked) == 2 else ([read_signal(*asked[0])], ())
        records = [
            (source.file, readings, _detection(readings, available, source.delay))
            for source, readings in zip(sources, both, strict=True)
        ]
    if figure is not None:
        _draw(records, figure, tolerance)
    _tell(records, tolerance, words, as_json)
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


def _figure(file: Path, plot: bool, out: Path | None, overwrite: bool) -> Path | None:
    """Return the figure to write, None for none; refuse one that exists."""
    figure = out or (file.with_name(f"{file.stem}-let-downs.png") if plot else None)
    if figure is not None and figure.exists() and not overwrite:
        raise OutputError(f"{figure} exists already; name another file with --out, or add --overwrite.")
    return figure


class Source(NamedTuple):
    """A record asked for: its file, what was said of it, what of that was said of two records at once, its delay."""

    file: Path
    said: dict[str, Any]
    shared: frozenset[str]
    delay: float


Record = tuple[Path, "Readings", "Detection"]


def _sources(files: Sequence[Path], given: Mapping[str, Sequence[Any]], delays: Sequence[float]) -> list[Source]:
    """Return each record asked for: one or two."""
    count = max(len(files), len(given["signal_column"]))
    options = {f"--{name.removesuffix('_s').replace('_', '-')}": values for name, values in given.items()}
    for what, values in ({"files": files, "--delay": delays} | options).items():
        if len(values) > count or len(values) > 2:
            raise RecordingError(
                f"{len(values)} {what} were given for {min(count, 2)} records; one record, or two to compare, can be "
                "given."
            )

    def nth(values: Sequence[Any], i: int) -> Any:
        return values[min(i, len(values) - 1)] if values else None

    shared = frozenset(name for name, values in given.items() if len(values) < count)
    return [
        Source(nth(files, i), {name: nth(values, i) for name, values in given.items()}, shared, nth(delays, i))
        for i in range(count)
    ]


def _detection(readings: "Readings", available: float | None, delay: float) -> "Detection":
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


def _tell(records: Sequence[Record], tolerance: float, words: Sequence[str], as_json: bool) -> None:
    from letdown.detection_report import agreement_report, detection_json, detection_report
    from letdown.instruments.agreement import agreement

    both = agreement(records[0][2], records[1][2], tolerance) if len(records) == 2 else None
    if as_json:
        plain = [detection_json(file.name, readings, detection) for file, readings, detection in records]
        print_json(
            plain[0] if both is None else {"records": plain, "agreement": both.to_json(), "warnings": list(words)}
        )
        return
    for file, readings, detection in records:
        say(f"{file.name} read as: {readings.read_as}")
        show(detection_report(file.name, readings, detection))
    if both is not None:
        show(agreement_report(both))
    for sentence in words:
        say(sentence)
