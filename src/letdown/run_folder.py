"""The folder of a run: filled out of sight, then put in its place, so that it is never half-written.

    with run_folder(Path("results"), overwrite=False) as folder:
        write_feed(recording, folder.path)
        place = folder.commit()

A run is written into a hidden folder beside its place and renamed. With `overwrite` a folder is replaced as a whole:
it keeps what others have put into it under other names than those of a run's files. An empty folder is filled as it
is, because it may be a mounted volume. Without `commit` everything written is removed. What a process leaves that is
killed, the next run in the same folder finishes or clears (`letdown._unfinished`).
"""

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, final

from letdown._atomic_file import atomic_file, reason_of
from letdown._csv_file import write_table
from letdown._errors import OutputError
from letdown._json import json_text
from letdown._unfinished import Unfinished, clear_abandoned, unfinished
from letdown._version import __version__
from letdown.measures import MEASURES
from letdown.recording import DISCLAIMER, Recording
from letdown.run_readme import README, cohort_readme, feed_readme, neurones_readme

if TYPE_CHECKING:
    from letdown.spike_recording import SpikeRecording

__all__ = [
    "COHORT_FILES",
    "FEED_FILES",
    "FILES",
    "NEURONES_FILES",
    "RunFolder",
    "run_folder",
    "write_cohort",
    "write_feed",
    "write_neurones",
]

RUNS = Path("letdown-runs")

FEED_FILES = ("recording.nc", "time_series.csv", "events.csv", "figure.png", "scenario.toml", "summary.json", README)
COHORT_FILES = ("dyads.csv", "scenario.toml", "summary.json", README)
NEURONES_FILES = ("neurones.nc", "neurones.nwb", "bursts.csv", "spikes.csv", "figure.png", "summary.json", README)
LACTATION_FILES = ("lactation.nc", "daily.csv", "sessions.csv", "figure.png", "scenario.toml", "summary.json", README)
FILES = tuple(dict.fromkeys(FEED_FILES + COHORT_FILES + NEURONES_FILES + LACTATION_FILES))
"""Every file a run may write; what an earlier run left under these names is replaced or removed."""


@final
@dataclass(slots=True)
class RunFolder:
    """A hidden folder to write into, and the place it will take."""

    hidden: Unfinished
    places: Iterator[Path]
    put: Callable[[Path], None]

    @property
    def path(self) -> Path:
        """The folder to write into."""
        return self.hidden.new

    def commit(self) -> Path:
        """Put the files in their place and return it.

        Raises
        ------
        OutputError
            If the place was taken or became unwritable meanwhile.
        """
        for place in self.places:
            try:
                self.put(place)
            except OSError as error:
                if self.path.exists() and _is_taken(place, error):
                    continue  # another run took the name between the search for it and now
                raise _unwritable(place, reason_of(error, self.path)) from error
            return place
        raise OutputError("Another run took the name of the folder while this one went on; name another with --out.")


def _is_taken(place: Path, error: OSError) -> bool:
    return isinstance(error, FileExistsError) or (error.errno in (errno.ENOTEMPTY, errno.ENOTDIR) and place.exists())


@contextmanager
def run_folder(out: Path | None, *, name: str = "run", overwrite: bool = False) -> Iterator[RunFolder]:
    """Yield a folder to write a run into; what is not committed is removed.

    Parameters
    ----------
    out : Path or None
        The folder asked for; None for a new one `letdown-runs/<name>`, `<name>-2`, `<name>-3` and so on.
    name : str
        Name of the new folder, without a number.
    overwrite : bool
        Whether a folder that is not empty may be replaced. Its files that no run writes stay in it.

    Raises
    ------
    OutputError
        If the folder is not empty, is a file, or cannot be written.
    """
    place = out if out is not None else RUNS / name
    made: list[Path] = []
    try:
        clear_abandoned(place.parent)
        found = _found(out, overwrite=overwrite) if out is not None else None
        inside = found.holder if found else place.parent
        made = [folder for folder in (inside, *inside.parents) if not folder.exists()]
        inside.mkdir(parents=True, exist_ok=True)
        hidden = unfinished(inside)
    except OSError as error:
        for folder in made:
            _remove_if_empty(folder)
        raise _unwritable(place, error.strerror or str(error)) from error
    try:
        if found is None:
            yield RunFolder(hidden, iter([place]) if out is not None else _numbered(place), hidden.put)
        elif found.is_empty:
            yield RunFolder(hidden, iter([place]), lambda _place: hidden.fill())
        else:
            real = found.folder
            yield RunFolder(hidden, iter([place]), lambda _place: hidden.replace(real, FILES))
    except OutputError as error:  # named as the user knows it
        raise OutputError(str(error).replace(str(hidden.new), str(place))) from error
    finally:
        hidden.remove()
        for folder in made:
            _remove_if_empty(folder)


class _Found(NamedTuple):
    """A folder that exists already, its links followed, and the folder that will hold the hidden one."""

    folder: Path
    holder: Path
    is_empty: bool


def _found(out: Path, *, overwrite: bool) -> _Found | None:
    """Return what exists under a name; refuse a file, a folder with something in it, and one that cannot be renamed."""
    if not out.is_dir():
        if out.exists() or out.is_symlink():
            raise OutputError(f"{out} is a file; give a folder to --out.")
        return None
    folder = out.resolve()
    clear_abandoned(folder)
    if not any(folder.iterdir()):
        return _Found(folder, folder, True)
    if not overwrite:
        raise OutputError(f"The folder {out} is not empty; name another with --out, or add --overwrite.")
    if folder == Path.cwd().resolve() or folder in Path.cwd().resolve().parents:
        raise OutputError(
            f"{out} is the folder you work in and cannot be replaced; leave it, or name another with --out."
        )
    if os.path.ismount(folder):
        raise OutputError(f"{out} is a mounted volume and cannot be replaced; name a folder in it with --out.")
    if not os.access(folder.parent, os.W_OK | os.X_OK):
        raise OutputError(
            f"{out} cannot be replaced, because the folder that holds it cannot be written to; name another with --out."
        )
    return _Found(folder, folder.parent, False)


def _numbered(place: Path) -> Iterator[Path]:
    """Yield `place`, `place-2`, `place-3` and so on, without those that exist."""
    for number in range(1, 1_000_000):
        candidate = place if number == 1 else place.with_name(f"{place.name}-{number}")
        if not candidate.exists():
            yield candidate


def _unwritable(place: Path, reason: str) -> OutputError:
    return OutputError(f"Cannot write to {place} ({reason}); name a folder you may write to with --out.")


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # something was put there: the run itself, or another one


def write_feed(recording: Recording, folder: Path) -> None:
    """Write one feed: the recording, its tables, the figure, the scenario and the summary."""
    from letdown.plot import plot_feed, save_figure

    recording.to_netcdf(folder / "recording.nc")
    recording.to_csv(folder / "time_series.csv")
    recording.events_csv(folder / "events.csv")
    save_figure(plot_feed(recording), folder / "figure.png")  # `letdown plot` makes the PDF: fonts cost half a second
    _write_scenario(recording.run().scenario_toml, folder)
    _write_text(folder / "summary.json", json_text(recording.summary()))
    _write_text(folder / README, feed_readme(recording, FEED_FILES))


def write_cohort(summaries: Sequence[Mapping[str, Any]], scenario_toml: str, folder: Path) -> None:
    """Write a cohort: one row of measures and traits for each dyad, the scenario and all summaries."""
    traits = sorted({name for summary in summaries for name in summary["traits"]})
    rows = (
        [
            summary["dyad"],
            *(measure.of(summary) for measure in MEASURES),
            *(summary["traits"].get(name) for name in traits),
        ]
        for summary in summaries
    )
    names = ["dyad", *(measure.name for measure in MEASURES), *(f"trait_{name}" for name in traits)]
    write_table(folder / "dyads.csv", names, rows)
    _write_scenario(scenario_toml, folder)
    _write_text(folder / "summary.json", json_text(list(summaries)))
    _write_text(folder / README, cohort_readme(summaries, traits, COHORT_FILES))


def write_neurones(recording: "SpikeRecording", folder: Path, *, nwb: bool = False) -> None:
    """Write one run of the neurones: the recording, spikes and bursts as tables, the figure, the summary."""
    recording.to_netcdf(folder / "neurones.nc")
    recording.spikes_csv(folder / "spikes.csv")
    recording.bursts_csv(folder / "bursts.csv")
    recording.plot(folder / "figure.png")
    if nwb:
        recording.to_nwb(folder / "neurones.nwb")
    _write_text(folder / "summary.json", json_text(recording.summary()))
    written = [name for name in NEURONES_FILES if nwb or not name.endswith(".nwb")]
    _write_text(folder / README, neurones_readme(recording, written))


def _write_scenario(toml: str, folder: Path) -> None:
    _write_text(folder / "scenario.toml", f"# Simulated by letdown {__version__}. {DISCLAIMER}\n{toml}")


def _write_text(path: Path, text: str) -> None:
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
