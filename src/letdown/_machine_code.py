"""Machine code of generated modules: compiled in a process of its own, kept, and read by every run alike.

Where numba compiles, the loops that a compiled function calls exist twice: as they were compiled for themselves, and
as they were optimised once more inside the function. The process that compiles runs the first, every later one,
which reads the function, the second. They differ in the last bits of a sum. So the code is compiled by a child that
runs nothing and hands the code over. This process reads it like all later ones, also where nothing can be kept.

The code is kept in one file for each function, its types of arguments and the processor. numba's own cache is not
used: it reads its files unchecked, fails for ever when one is damaged, and refuses a folder that it cannot write to.
"""

import hashlib
import linecache
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, final

from letdown._cache_folder import cache_folder, read_kept, write_kept
from letdown._file_lock import locked, unlock
from letdown._notice import notice

__all__ = ["import_generated", "ready"]

LONGEST_WAIT_S = 1800.0
"""How long a process waits for another one that compiles the same function; then it compiles it too."""


def import_generated(name: str, text: str, names: Mapping[str, Any]) -> ModuleType:
    """Return the module `name` of this text, with `names` as its globals; tracebacks show its lines."""
    file = f"<{name}>"
    module = ModuleType(name)
    module.__file__ = file
    module.__dict__.update(names)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    sys.modules[name] = module
    exec(compile(text, file, "exec"), module.__dict__)
    return module


_ONE_AT_A_TIME = Lock()


def ready(load: Callable[[], ModuleType], name: str, arguments: tuple[Any, ...]) -> Any:
    """Return a compiled function of a generated module, its machine code the same bits in every process.

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
    function = getattr(load(), name)
    if not function.overloads:
        with _ONE_AT_A_TIME:
            if not function.overloads:
                _take_code(function, load, name, arguments)
    return function


def _take_code(function: Any, load: Callable[[], ModuleType], name: str, arguments: tuple[Any, ...]) -> None:
    """Give a function its machine code: what is kept, else what a child compiles, else compiled here."""
    import numba

    signature = tuple(numba.typeof(argument) for argument in arguments)  # type: ignore[no-untyped-call]
    key = _key(function, name, signature)
    path = cache_folder() / f"{function.__module__}.{name}.{hashlib.sha256(key.encode()).hexdigest()[:16]}.code"
    code = read_kept(path, key)
    if code is not None and _took(function, signature, code):
        return
    with _only_one_process(path):
        code = read_kept(path, key)  # another process may have compiled it meanwhile
        if code is not None and _took(function, signature, code):
            return
        code = _compiled_by_child(load, name, signature)
        if code is not None and _took(function, signature, code):
            write_kept(path, key, code)
            return
        kept = _Kept(None)
        function._cache = kept
        function.compile(signature)
        if kept.code is not None:
            write_kept(path, key, kept.code)


def _key(function: Any, name: str, signature: tuple[Any, ...]) -> str:
    """Return all that decides the machine code; the name of the module carries a hash of its sources and versions."""
    from numba.core import config

    target = function.targetctx.codegen().magic_tuple()  # system, processor and its features
    options = [getattr(config, option, None) for option in ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "USING_SVML")]
    return f"1 {function.__module__} {name} {signature} {target} {options}"


def _took(function: Any, signature: tuple[Any, ...], code: bytes) -> bool:
    """Load machine code into a function; return whether that worked."""
    try:
        function._cache = _Kept(code)
        function.compile(signature)
    except Exception as error:  # whatever reading machine code of a strange build may raise
        notice(
            f"Machine code of {function.__module__} cannot be loaded ({type(error).__name__}); it is compiled again."
        )
        function.overloads.clear()
        return False
    return bool(function.overloads)


@final
@dataclass(slots=True)
class _Kept:
    """What numba asks for the code of one function, and gives it to, in place of a cache of its own."""

    code: bytes | None

    def load_overload(self, _signature: Any, target: Any) -> Any:
        """Return the compiled function, None if there is no code."""
        if self.code is None:
            return None
        from numba.core.compiler import CompileResult

        target.refresh()
        return CompileResult._rebuild(target, *pickle.loads(self.code))  # type: ignore[no-untyped-call]

    def save_overload(self, _signature: Any, compiled: Any) -> None:
        """Take what was compiled, unless it holds addresses of this process."""
        from numba.core.serialize import dumps

        if not (compiled.library.has_dynamic_globals or compiled.lifted):
            self.code = dumps(compiled._reduce())  # type: ignore[no-untyped-call]


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
from letdown._machine_code import _compile
answer.write(_compile(*pickle.loads(task)))
answer.close()
os._exit(0)
"""


def _compile(load: Callable[[], ModuleType], name: str, signature: tuple[Any, ...]) -> bytes:
    """Return the machine code of a function, followed by its checksum."""
    function = getattr(load(), name)
    kept = function._cache = _Kept(None)
    function.compile(signature)
    return b"" if kept.code is None else kept.code + hashlib.sha256(kept.code).digest()


def _compiled_by_child(load: Callable[[], ModuleType], name: str, signature: tuple[Any, ...]) -> bytes | None:
    """Return the machine code that a child process compiled, None if it failed."""
    try:
        task = pickle.dumps((sys.path, pickle.dumps((load, name, signature))))
    except (pickle.PicklingError, AttributeError, TypeError):
        return None
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
    code, checksum = answer[:-32], answer[-32:]
    return code if child.returncode == 0 and code and hashlib.sha256(code).digest() == checksum else None


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
