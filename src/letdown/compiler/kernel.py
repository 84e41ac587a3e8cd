"""A program that can be called: its object is found or compiled the first time, loaded by LLVM's linker, and kept."""

import ctypes
import itertools
from collections.abc import Callable
from threading import Lock
from typing import Any, final

from letdown._notice import notice
from letdown.compiler import objects
from letdown.compiler.interface import Kind, packed
from letdown.compiler.program import Program
from letdown.compiler.targets import Target, here

__all__ = ["Kernel"]

_ENTER = "letdown_enter"
_CALL = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
_LOADING = Lock()
_LINKERS: list[Any] = []
_LIBRARIES: list[Any] = []
"""What keeps loaded code alive."""

_ATTEMPTS = itertools.count()
"""Numbers of what the linker was given: it takes no name twice, not even that of an object that it refused."""


Kinds = tuple[tuple[str, Kind], ...]
Call = Callable[[int, Kinds, list[int]], int]
"""What calls the entry of a number, whose arguments of these kinds lie in these words; returns its status."""


@final
class Kernel:
    """A compiled program. `kernel(name, *arguments)` calls an entry; Python's lock is free meanwhile."""

    __slots__ = ("_call", "_entries", "program")

    def __init__(self, program: Program) -> None:
        self.program = program
        self._entries = {name: (number, kinds) for number, (name, kinds) in enumerate(program.entries)}
        self._call: Call | None = None

    def __call__(self, name: str, *arguments: Any) -> None:
        """Call the entry `name`.

        Raises
        ------
        TypeError
            If an argument is not of the kind that the entry takes.
        LetdownError
            If the program must be compiled and cannot be.
        RuntimeError
            If the program stopped at an error, which a correct one never does.
        """
        call = self._call or self._loaded()
        number, kinds = self._entries[name]
        if len(arguments) != len(kinds):
            raise TypeError(f"{name} takes {len(kinds)} arguments; got {len(arguments)}.")
        words: list[int] = []
        for value, (_, kind) in zip(arguments, kinds, strict=True):
            packed(value, kind, words)
        if call(number, kinds, words):
            raise RuntimeError(f"{name} of {self.program.name} stopped at an error.")

    def ready(self) -> "Kernel":
        """Compile the program now, if no object of it is there; return the kernel."""
        if self._call is None:
            self._loaded()
        return self

    def _loaded(self) -> Call:
        with _LOADING:
            if self._call is None:
                self._call = _load(self.program, here())
        return self._call


def _load(program: Program, target: Target) -> Call:
    """Return what calls the object of a program; one that cannot be loaded is compiled again."""
    link = _in_node if target.container == "wasm" else _linked
    code = objects.found(program, target)
    if code is not None:
        try:
            return link(program, code)
        except Exception as error:  # whatever the linker makes of a strange object
            notice(f"{program.name} cannot be loaded ({type(error).__name__}); it is compiled again.")
            objects.kept_path(program, target).unlink(missing_ok=True)
    return link(program, objects.made(program, target))


def _linked(program: Program, code: bytes) -> Call:
    import llvmlite.binding as llvm  # type: ignore[import-untyped]

    if not _LINKERS:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine(codemodel="small", reloc="pic")
        _LINKERS.append(llvm.create_lljit_compiler(machine))
    library = llvm.JITLibraryBuilder().add_object_img(code).add_current_process().export_symbol(_ENTER)
    loaded = library.link(_LINKERS[0], f"{program.key}.{next(_ATTEMPTS)}")
    _LIBRARIES.append(loaded)
    enter = _CALL(loaded[_ENTER])

    def call(number: int, kinds: Kinds, words: list[int]) -> int:
        given = (ctypes.c_int64 * max(1, len(words)))(*words)
        result, error = ctypes.c_void_p(), ctypes.c_void_p()
        status: int = enter(ctypes.addressof(result), ctypes.addressof(error), number, ctypes.addressof(given))
        return status

    return call


def _in_node(program: Program, code: bytes) -> Call:
    from letdown.compiler.in_node import node

    process = node()
    process.load(program.key, code, _ENTER)

    def call(number: int, kinds: Kinds, words: list[int]) -> int:
        return process.call(program.key, number, kinds, words)

    return call
