"""What the pool has measured, kept on disk under the hash of all that it depends on.

One file a protocol: the hash is of the model's sources, the scenario, the population, the seed and the size. A file
that cannot be read counts as absent. The folder is that of the machine code (`letdown._cache_folder`), checked alike.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import final

import numpy as np

from letdown._cache_folder import cache_folder, read_kept, write_kept
from letdown.evidence.quantity import Array

__all__ = ["Cache", "source_hash"]

MODEL = ("kernel", "devices", "neurons", "body", "engine", "protocol")
"""Packages that decide what is simulated."""

SHARED = ("people.py", "pool.py", "quantity.py")
"""Files of this package that decide how any protocol is run."""


@cache
def source_hash(kind: str) -> str:
    """Return a hash of every source that decides what protocols of a kind measure, "feed" or "life".

    Beside the model these are the quantities of that kind; those of a session are also seen through instruments.
    """
    root = Path(__file__).parents[1]
    here = root / "evidence"
    packages = (*MODEL, "instruments") if kind == "feed" else MODEL
    found = [path for name in packages for path in (root / name).rglob("*") if path.suffix in (".py", ".csv")]
    found += [here / name for name in SHARED]
    found += [path for path in here.glob("*_quantities.py") if path.stem.startswith("life") == (kind == "life")]
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
        content = read_kept(self._path(key), self._name(key))
        if content is None:
            return {}
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            return {name: np.asarray(kept[name]) for name in kept.files}

    def write(self, key: str, measured: Mapping[str, Array]) -> None:
        """Keep what was measured of a protocol. Where the folder cannot be written to, nothing is kept."""
        content = io.BytesIO()
        np.savez_compressed(content, **dict(measured))  # type: ignore[arg-type]
        write_kept(self._path(key), self._name(key), content.getvalue())

    def _name(self, key: str) -> str:
        return hashlib.sha256(f"{source_hash(key.split()[0])} {key}".encode()).hexdigest()[:32]

    def _path(self, key: str) -> Path:
        return self.folder / f"{self._name(key)}.npz"
