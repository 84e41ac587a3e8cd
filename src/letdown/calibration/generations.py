"""A folder of finished generations: settings.json and generation-000.npz, -001, ... each written whole.

A calibration that is killed loses the generation under way and nothing else. The settings are written first and
must be the same when a folder is taken up again.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from letdown._atomic_file import atomic_file
from letdown._errors import OutputError
from letdown._json import json_text
from letdown._structured_text import file_values

__all__ = ["Generation", "Settings", "read_generations", "settle", "write_generation"]

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the numbers of a calibration, its length apart."""

    seed: int
    particles: int
    women: int
    free: tuple[str, ...]
    rows: tuple[str, ...]
    left_out: tuple[str, ...]
    model: str


@final
@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """Particles of one generation: z (particles, free), answers and Monte-Carlo errors (particles, rows)."""

    z: Array
    answers: Array
    errors: Array


def settle(folder: Path, settings: Settings, *, resume: bool) -> None:
    """Make a run folder, or check that one holds the same calibration.

    Raises
    ------
    OutputError
        If the folder belongs to another calibration, must not be taken up, or cannot be written.
    """
    file = folder / "settings.json"
    wanted: dict[str, Any] = json.loads(json.dumps(asdict(settings)))
    if file.exists():
        found = _read_settings(file)
        differ = [name for name in wanted if found.get(name) != wanted[name]]
        if differ:
            raise OutputError(
                f"{folder} holds a calibration with {_differences(found, wanted, differ)}; resume it as it was begun, "
                "or name another folder with --out."
            )
        if not resume:
            raise OutputError(f"{folder} holds a calibration already; leave out --no-resume or name another folder.")
        return
    if folder.exists() and any(folder.iterdir()):
        raise OutputError(f"{folder} is not empty and holds no calibration; name another folder with --out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot make {folder} ({error.strerror}); choose a folder you may write to.") from error
    with atomic_file(file) as temporary:
        temporary.write_text(json_text(wanted), encoding="utf-8")


def _read_settings(file: Path) -> Mapping[str, Any]:
    return file_values(file, 1_000_000, OutputError, "another folder with --out")


def _differences(found: Mapping[str, Any], wanted: Mapping[str, Any], names: list[str]) -> str:
    parts = [
        f"{name} {found.get(name)} where {wanted[name]} was asked for"
        if not isinstance(wanted[name], list)
        else f"other {name.replace('_', ' ')}"
        for name in names
    ]
    return ", ".join(parts)


def write_generation(folder: Path, number: int, generation: Generation) -> None:
    """Write one finished generation, whole or not at all."""
    with atomic_file(_file(folder, number)) as temporary:
        np.savez(temporary, z=generation.z, answers=generation.answers, errors=generation.errors)


def read_generations(folder: Path) -> list[Generation]:
    """Return the finished generations in order, up to the first that is missing.

    Raises
    ------
    OutputError
        If a file of a generation cannot be read.
    """
    generations: list[Generation] = []
    while (file := _file(folder, len(generations))).exists():
        try:
            with np.load(file) as data:
                generations.append(Generation(data["z"], data["answers"], data["errors"]))
        except (OSError, ValueError, KeyError) as error:
            raise OutputError(f"{file} is no generation; remove it and resume.") from error
    return generations


def _file(folder: Path, number: int) -> Path:
    return folder / f"generation-{number:03d}.npz"
