"""What the neurones did, as tables on the screen."""

from collections.abc import Sequence

from rich.console import Group
from rich.text import Text

from letdown._printable import counted
from letdown._text_table import Column, TextTable
from letdown.neurones_comparison import ComparisonRow
from letdown.neurons.bursts import SpikeAnalysis, SpikeTrains
from letdown.recording import DISCLAIMER
from letdown.report import clock
from letdown.spike_recording import SpikeRecording

__all__ = ["bursts_report", "neurones_comparison_report", "neurones_report"]

SHOWN = 40

BURST_COLUMNS = (
    Column("burst", number=True), Column("onset", number=True), Column("s", number=True),
    Column("cells", number=True), Column("spikes/cell", number=True, spare=1),
    Column("peak Hz", number=True, spare=2), Column("spread s", number=True, spare=3),
    Column("pg", number=True, spare=4),
)  # fmt: skip
COMPARISON_COLUMNS = (
    Column("network / surrogate"), Column("/h", number=True), Column("every", number=True),
    Column("CV", number=True, spare=1), Column("first", number=True, spare=4), Column("spikes", number=True, spare=6),
    Column("ng", number=True, spare=5), Column("KS", number=True, spare=2), Column("limit", number=True, spare=2),
)  # fmt: skip


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _analysis(found: SpikeAnalysis) -> Group:
    rows = TextTable(BURST_COLUMNS, (
        (
            str(number), clock(burst.onset_s), f"{burst.duration_s:.2f}", str(burst.cells),
            f"{burst.spikes_per_cell:.1f}", f"{burst.peak_rate_hz:.1f}", f"{burst.onset_spread_s:.2f}",
            _number(burst.oxytocin_pg, 0),
        )
        for number, burst in enumerate(found.bursts[:SHOWN], start=1)
    ))  # fmt: skip
    left = len(found.bursts) - SHOWN
    more = [Text(f"and {left} more, in bursts.csv", style="dim")] if left > 0 else []
    background = _number(found.background_rate_hz, 2)
    words = counted(len(found.bursts), "burst")
    if found.interval_mean_s is not None:
        spread = "" if found.interval_sd_s is None else f" ± {found.interval_sd_s:.0f}"
        words += f", intervals {found.interval_mean_s:.0f}{spread} s"
    words += f", background {background} Hz"
    note = Text("s: mean duration in a cell; spread: 5-95 % of onsets; pg: oxytocin secreted", style="dim")
    return (
        Group(Text(words), "", rows, *more, note)
        if found.bursts
        else Group(Text(f"No burst, background {background} Hz"))
    )


def neurones_report(recording: SpikeRecording) -> Group:
    """Return the bursts of a run of the network."""
    settings = recording.settings
    cells, bundles = int(settings["cells"]), int(settings["bundles"])
    title = Text.assemble(
        (f"{counted(cells, 'oxytocin neurone')} in {counted(bundles, 'bundle')}", "bold"),
        (
            f"  {recording.trains.duration_s:g} s, priming {settings['priming']} /s, seed {settings['seed']}, "
            f"plasma after {settings['plasma']}",
            "dim",
        ),
    )
    speed = Text(f"{1e3 * recording.cpu_s / recording.trains.duration_s:.2f} ms CPU a second", style="dim")
    return Group(title, "", _analysis(recording.analysis), "", speed, Text(DISCLAIMER, style="dim"))


def bursts_report(found: SpikeAnalysis, trains: SpikeTrains) -> Group:
    """Return the bursts found in spike trains."""
    cells = counted(trains.cells, "cell")
    spikes = counted(trains.time_s.size, "spike")
    title = Text.assemble((cells, "bold"), (f"  {spikes} in {trains.duration_s:g} s", "dim"))
    return Group(title, "", _analysis(found))


def neurones_comparison_report(rows: Sequence[ComparisonRow]) -> Group:
    """Return network and surrogate line by line."""
    lines = []
    for row in rows:
        for m, own in ((row.network, True), (row.surrogate, False)):
            lines.append((
                row.drive if own else "  surrogate", _number(m.bursts_per_hour, 1), _number(m.interval_mean_s, 0),
                _number(m.interval_cv, 2), _number(m.first_burst_s, 0),
                _number(row.spikes_per_burst, 1) if own else "", _number(m.oxytocin_ng, 1),
                "" if own else _number(row.ks_distance, 2), "" if own else _number(row.ks_limit, 2),
            ))  # fmt: skip
    note = "/h: bursts an hour; every: mean interval, s; first: first burst, s; spikes: of a cell in a burst; ng: "
    note += "oxytocin of a burst in a woman. KS: largest distance between the distributions of intervals; two samples "
    note += "of one distribution exceed the limit once in 20."
    title = Text("The burst surrogate and the spiking network", style="bold")
    return Group(title, "", TextTable(COMPARISON_COLUMNS, lines), "", Text(note, style="dim"))
