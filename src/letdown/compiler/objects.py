"""Finds the object of a program: built with the package, kept by an earlier run, or compiled now by a child process.

numba and LLVM's optimiser run in the child only. So a run that finds its objects never imports numba, and one that
does not find them gives the same bits: it loads what the child wrote like every later run.
"""

import hashlib
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from letdown._cache_folder import cache_folder, read_kept, write_kept
from letdown._errors import LetdownError
from letdown._file_lock import locked, unlock
from letdown.compiler.program import Program
from letdown.compiler.targets import Target

__all__ = ["BUILT", "built_name", "compiled", "found", "kept_path", "made"]

BUILT = Path(__file__).with_name("built")
"""Objects that come with the package: name of the file from `built_name`."""

LONGEST_WAIT_S = 1800.0
"""How long a process waits for another one that compiles the same program; then it compiles it too."""


def built_name(program: Program, target: Target) -> str:
    """Return the name of the file of an object that comes with the package."""
    return f"{program.key}-{target.name}.o"


def _compilers() -> str:
    """Return the versions of the compilers."""
    said = []
    for name in ("numba", "llvmlite"):
        try:
            said.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            said.append(f"no {name}")
    return " ".join(said)


def _key(program: Program, target: Target) -> str:
    """Return all that decides the object: the program, the target, the compilers."""
    return f"{program.key} {target} {_compilers()}"


def kept_path(program: Program, target: Target) -> Path:
    """Return where the object of a program is kept between runs."""
    words = "-".join("".join(c if c.isalnum() else " " for c in program.name).split())
    digest = hashlib.sha256(_key(program, target).encode()).hexdigest()[:16]
    return cache_folder() / f"{words}.{target.name}.{digest}.o"


def found(program: Program, target: Target) -> bytes | None:
    """Return the object that came with the package or was kept, None if there is none."""
    with suppress(OSError):
        return (BUILT / built_name(program, target)).read_bytes()
    return read_kept(kept_path(program, target), _key(program, target))


def made(program: Program, target: Target) -> bytes:
    """Compile a program and keep its object; of processes that start together one compiles.

    Raises
    ------
    LetdownError
        If it cannot be compiled.
    """
    path, key = kept_path(program, target), _key(program, target)
    with _only_one_process(path):
        kept = read_kept(path, key)  # another process may have compiled it meanwhile
        if kept is not None:
            return kept
        code = _compiled_by_child(program, target)
        if code is None:
            code = _compiled_here(program, target)
        write_kept(path, key, code)
    return code


def compiled(program: Program, target: Target) -> bytes:
    """Return the object of a program: typed by numba, optimised and emitted by LLVM."""
    from letdown.compiler.back_end import emitted
    from letdown.compiler.front_end import ENTRY, lowered

    return emitted(lowered(program), ENTRY, target)


def _compiled_here(program: Program, target: Target) -> bytes:
    try:
        return compiled(program, target)
    except ImportError as error:
        raise LetdownError(
            f"{program.name} has no object for this machine and must be compiled, which needs numba ({error}); "
            "install numba."
        ) from error
    except Exception as error:  # whatever numba and LLVM raise
        if os.environ.get("LETDOWN_TRACEBACK"):
            raise
        raise LetdownError(
            f"{program.name} cannot be compiled ({type(error).__name__}); set LETDOWN_TRACEBACK=1 to see why, or "
            "undo what you changed in the model."
        ) from error


# The child ---------------------------------------------------------------------------------------------------------

# It ends when its standard input does, so that it does not outlive a parent that was killed. What is printed while
# modules are imported goes to standard error.
_CHILD = """
import os, pickle, sys, threading
answer = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
asked = sys.stdin.buffer
task = asked.read(int.from_bytes(asked.read(8), "little"))
threading.Thread(target=lambda: (asked.read(1), os._exit(1)), daemon=True).start()
search, task = pickle.loads(task)
sys.path[:] = search
from letdown.compiler.objects import sealed
answer.write(sealed(*pickle.loads(task)))
answer.close()
os._exit(0)
"""


def sealed(program: Program, target: Target) -> bytes:
    """Return the object of a program, followed by its checksum."""
    code = compiled(program, target)
    return code + hashlib.sha256(code).digest()


def _compiled_by_child(program: Program, target: Target) -> bytes | None:
    """Return the object that a child process compiled, None if it failed."""
    task = pickle.dumps((sys.path, pickle.dumps((program, target))))
    shown = None if os.environ.get("LETDOWN_TRACEBACK") else subprocess.DEVNULL
    try:
        # A session of its own: Ctrl-C at the terminal is for this process to answer.
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD], stdin=-1, stdout=-1, stderr=shown, start_new_session=True
        )
    except OSError:
        return None
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            with suppress(BrokenPipeError):
                child.stdin.write(len(task).to_bytes(8, "little") + task)
                child.stdin.flush()
            answer = child.stdout.read()
        except BaseException:
            child.kill()
            raise
        with suppress(OSError):
            child.stdin.close()
    # How the child ended says nothing: once it has answered, its two ways to end race each other.
    code, checksum = answer[:-32], answer[-32:]
    return code if code and hashlib.sha256(code).digest() == checksum else None


@contextmanager
def _only_one_process(path: Path) -> Iterator[None]:
    """Let one process at a time compile what is kept under a path; where locks cannot be had, each compiles."""
    file, held = path.with_suffix(".lock"), None
    until = time.monotonic() + LONGEST_WAIT_S
    with suppress(OSError):  # a folder that cannot be written to, a file system without locks
        while held is None and time.monotonic() < until:
            held = locked(file)
            if held is None:
                time.sleep(0.1)
    try:
        yield
    finally:
        if held is not None:
            with suppress(OSError):
                file.unlink()
            unlock(held)
