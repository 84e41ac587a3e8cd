"""Programs as they were printed by an earlier run: printing a feed takes a tenth of a second, reading it a hundredth.

A program is kept under all that decides its text: the content of every source file of the package, the version of
Python, and what it was made of. One with a part that the package does not contain is printed each time.
"""

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

from letdown._cache_folder import quiet_cache_folder, read_kept, write_kept

__all__ = ["kept_program"]

T = TypeVar("T")

PACKAGE = Path(__file__).parents[1]


@cache
def _sources() -> str:
    """Return a digest of every source file of the package."""
    found = hashlib.sha256()
    for folder, inner, names in os.walk(PACKAGE):
        inner.sort()
        for name in sorted(name for name in names if name.endswith(".py")):
            path = Path(folder, name)
            content = path.read_bytes()
            found.update(f"{path.relative_to(PACKAGE)} {len(content)}\n".encode())
            found.update(content)
    return found.hexdigest()


def kept_program(kind: str, parts: Sequence[type | str | int], make: Callable[[], T]) -> T:
    """Return what `make` returns, from the cache folder where an earlier run has kept it.

    Parameters
    ----------
    kind : str
        What sort of program it is, in letters.
    parts : sequence of class, str or int
        All that decides which program of this sort it is, beside the sources of the package.
    make : callable
        Prints the program.
    """
    of_package = all(
        part.__module__.partition(".")[0] == __package__.partition(".")[0] for part in parts if isinstance(part, type)
    )
    folder = quiet_cache_folder() if of_package else None
    if folder is None:
        return make()
    words = [f"{part.__module__}.{part.__qualname__}" if isinstance(part, type) else str(part) for part in parts]
    key = f"{kind} {' '.join(words)} {_sources()} {sys.version}"
    path = folder / f"{kind}.{hashlib.sha256(key.encode()).hexdigest()[:16]}.program"
    content = read_kept(path, key)
    if content is not None:
        with suppress(Exception):  # whatever an older pickle raises: it is printed again
            kept: T = pickle.loads(content)
            return kept
    made = make()
    write_kept(path, key, pickle.dumps(made))
    return made
