"""What the pool has measured, kept on disk under the hash of all that it depends on.

One file a protocol: the hash is of the model's sources, the scenario, the population, the seed and the size. A file
that cannot be read counts as absent. The folder is that of the compiled kernel (`letdown.engine.generated`).
"""

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import final

import numpy as np

from letdown._atomic_file import atomic_file
from letdown._errors import OutputError
from letdown.engine.generated import cache_folder
from letdown.evidence.quantity import Array

__all__ = ["Cache", "model_hash"]

SOURCES = ("kernel", "devices", "neurons", "body", "engine", "protocol", "instruments")
"""Packages that decide what is simulated and observed."""

MEASURES = ("people", "pool", "quantity")
"""Files of this package that decide what is measured, by the end of their names."""


@cache
def model_hash() -> str:
    """Return a hash of every source file that decides what the pool measures."""
    root = Path(__file__).parents[1]
    found = [path for name in SOURCES for path in (root / name).rglob("*") if path.suffix in (".py", ".csv")]
    found += [path for path in (root / "evidence").glob("*.py") if path.stem in MEASURES or "quantit" in path.stem]
    summary = hashlib.sha256()
    for path in sorted(found):
        summary.update(str(path.relative_to(root)).encode())
        summary.update(path.read_bytes())
    return summary.hexdigest()


@final
@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of measured protocols."""

    folder: Path = field(default_factory=lambda: cache_folder() / "evidence")

    def read(self, key: str) -> dict[str, Array]:
        """Return what is kept of a protocol, nothing where the file is absent or damaged."""
        try:
            with np.load(self._path(key), allow_pickle=False) as kept:
                return {name: np.asarray(kept[name]) for name in kept.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
            return {}

    def write(self, key: str, measured: Mapping[str, Array]) -> None:
        """Keep what was measured of a protocol. Where the folder cannot be written to, nothing is kept."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_file(self._path(key)) as temporary, temporary.open("wb") as file:
                np.savez_compressed(file, **dict(measured))  # type: ignore[arg-type]
        except (OSError, OutputError):
            return

    def _path(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(f'{model_hash()} {key}'.encode()).hexdigest()[:32]}.npz"
