"""A feed as files: the recording, its figure, its scenario."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import NamedTuple

from letdown._errors import ScenarioError
from letdown._version import __version__
from letdown.recording import DISCLAIMER, Recording

__all__ = ["DOWNLOADS", "File", "file_of"]


ONE_AT_A_TIME = Lock()
"""Neither the netCDF library nor the drawing of figures is safe in two threads at once."""


class Download(NamedTuple):
    """One form of a feed: what its name ends in, its media type, how it is written."""

    ending: str
    media_type: str
    write: Callable[[Recording, Path], object]


class File(NamedTuple):
    """A file to hand over."""

    name: str
    media_type: str
    content: bytes


def _scenario(recording: Recording, path: Path) -> None:
    text = f"# Simulated by letdown {__version__}. {DISCLAIMER}\n{recording.run().scenario_toml}"
    path.write_text(text, encoding="utf-8")


DOWNLOADS: dict[str, Download] = {
    "netcdf": Download("nc", "application/x-netcdf", Recording.to_netcdf),
    "csv": Download("csv", "text/csv; charset=utf-8", Recording.to_csv),
    "svg": Download("svg", "image/svg+xml", Recording.plot),
    "png": Download("png", "image/png", Recording.plot),
    "toml": Download("toml", "application/toml", _scenario),
}
"""What can be downloaded, by the name the page uses."""


def file_of(recording: Recording, form: str) -> File:
    """Return a feed in one of `DOWNLOADS`.

    Raises
    ------
    ScenarioError
        If there is no such form.
    """
    if form not in DOWNLOADS:
        raise ScenarioError(f"as = {form[:20]!r} is not a form of a feed; give one of {', '.join(DOWNLOADS)}.")
    ending, media_type, write = DOWNLOADS[form]
    run = recording.run()
    with ONE_AT_A_TIME, TemporaryDirectory(prefix="letdown-") as folder:
        path = Path(folder) / f"feed.{ending}"
        write(recording, path)
        return File(f"{run.scenario}-{run.seed}.{ending}", media_type, path.read_bytes())
