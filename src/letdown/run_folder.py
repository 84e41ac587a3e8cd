"""The folder of a run: filled out of sight, then put in its place, so that it is never half-written.

    with run_folder(Path("results"), overwrite=False) as folder:
        write_feed(recording, folder.path)
        place = folder.commit()

A new folder is filled as a hidden sibling and renamed. For a folder that exists already (empty, or with
`overwrite`) the files are made in a hidden folder inside it and moved over one by one; other files there are
never touched. Without `commit` everything written is removed.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from letdown._atomic_file import atomic_file
from letdown._csv_file import write_table
from letdown._errors import OutputError
from letdown._json import json_text
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

    path: Path
    places: Iterator[Path]
    exists: bool

    def commit(self) -> Path:
        """Put the files in their place and return it.

        Raises
        ------
        OutputError
            If the place was taken or became unwritable meanwhile.
        """
        for place in self.places:
            try:
                if self.exists:
                    self._move_into(place)
                else:
                    os.rename(self.path, place)
            except FileExistsError:
                continue
            except OSError as error:
                if not self.exists and place.is_dir():
                    continue  # another run took the name between the search for it and now
                raise _unwritable(place, error) from error
            return place
        raise OutputError("Another run took the name of the folder while this one went on; name another with --out.")

    def _move_into(self, place: Path) -> None:
        for name in FILES:
            if (self.path / name).exists():
                os.replace(self.path / name, place / name)
            else:
                (place / name).unlink(missing_ok=True)
        self.path.rmdir()


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
        Whether a folder that is not empty may be written into.

    Raises
    ------
    OutputError
        If the folder is not empty, is a file, or cannot be written.
    """
    place = out if out is not None else RUNS / name
    try:
        exists = out is not None and _is_ours_to_use(out, overwrite=overwrite)
        inside = place if exists else place.parent
        made = [folder for folder in (inside, *inside.parents) if not folder.exists()]
        inside.mkdir(parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix=f".{place.name or 'run'}-", dir=inside))
        path.chmod(0o777 & ~_umask())
    except OSError as error:
        raise _unwritable(place, error) from error
    try:
        yield RunFolder(path, iter([place]) if out is not None else _numbered(place), exists)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        for folder in made:
            _remove_if_empty(folder)


def _is_ours_to_use(out: Path, *, overwrite: bool) -> bool:
    """Return whether the folder exists already; refuse a file and a folder with something in it."""
    if out.is_dir():
        if not overwrite and any(out.iterdir()):
            raise OutputError(f"The folder {out} is not empty; name another with --out, or add --overwrite.")
        return True
    if out.exists() or out.is_symlink():
        raise OutputError(f"{out} is a file; give a folder to --out.")
    return False


def _numbered(place: Path) -> Iterator[Path]:
    """Yield `place`, `place-2`, `place-3` and so on, without those that exist."""
    for number in range(1, 1_000_000):
        candidate = place if number == 1 else place.with_name(f"{place.name}-{number}")
        if not candidate.exists():
            yield candidate


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(place: Path, error: OSError) -> OutputError:
    return OutputError(
        f"Cannot write to {place} ({error.strerror or error}); name a folder you may write to with --out."
    )


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
