"""Machine code is compiled in a process of its own and read from the cache: a run gives the same bits every time.

Where numba compiles, the loops that a compiled function calls exist twice: as they were compiled for themselves, and
as they were optimised once more inside the function. The process that compiles runs the first, every later one,
which reads the function from the cache, the second. They differ in the last bits of a sum. So the code is compiled
by a child that runs nothing, and this process reads it like all later ones.
"""

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import numba

__all__ = ["ready"]

_ONE_CHILD = Lock()

_CHILD = """
import pickle, sys
load, name, signature = pickle.load(sys.stdin.buffer)
getattr(load(), name).compile(signature)
"""


def ready(load: Callable[[], ModuleType], name: str, arguments: tuple[Any, ...]) -> Any:
    """Return a compiled function of a generated module, its machine code for these arguments on disk.

    Parameters
    ----------
    load : callable
        Returns the module; pickled for the child. What cannot be pickled, or a child that fails, leaves the compiling
        to this process.
    name : str
        Name of the function.
    arguments : tuple
        What it will be called with.
    """
    module = load()
    function = getattr(module, name)
    if not function.overloads:
        signature = tuple(numba.typeof(argument) for argument in arguments)  # type: ignore[no-untyped-call]
        path = Path(str(module.__file__))
        digest = hashlib.sha256(f"{name} {signature}".encode()).hexdigest()[:12]
        done = path.with_suffix(f".{digest}.compiled")
        with _ONE_CHILD:
            if not done.exists() and _compiled_by_child(load, name, signature, path):
                done.touch()
    return function


def _compiled_by_child(load: Callable[[], ModuleType], name: str, signature: tuple[Any, ...], path: Path) -> bool:
    """Compile in a child process that writes the cache beside `path`; return whether it did."""
    try:
        task = pickle.dumps((load, name, signature))
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    package = str(Path(__file__).parents[2])
    search = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": search, "LETDOWN_CACHE_DIR": str(path.parents[1])}
    child = subprocess.run(
        [sys.executable, "-c", _CHILD], input=task, env=environment, capture_output=True, check=False
    )
    return child.returncode == 0
