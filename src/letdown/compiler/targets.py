"""The machines that objects are made for, and which of them this one is."""

import os
import platform
import sys
from dataclasses import dataclass
from functools import cache
from typing import final

from letdown._errors import LetdownError

__all__ = ["TARGETS", "Target", "here"]


@final
@dataclass(frozen=True, slots=True)
class Target:
    """A machine: its name, what LLVM calls it, and the bytes of its vector register."""

    name: str
    triple: str
    cpu: str
    features: str
    register_bytes: int
    container: str


_ELF, _COFF, _MACHO = "x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc", "x86_64-apple-macosx11.0"
_WASM = "+simd128,+bulk-memory,+nontrapping-fptoint,+sign-ext,+mutable-globals"

TARGETS = {
    target.name: target
    for target in (
        Target("x86-64-linux", _ELF, "x86-64", "", 16, "elf"),
        Target("x86-64-v2-linux", _ELF, "x86-64-v2", "", 16, "elf"),
        Target("x86-64-v3-linux", _ELF, "x86-64-v3", "", 32, "elf"),
        Target("x86-64-v4-linux", _ELF, "x86-64-v4", "", 64, "elf"),
        Target("x86-64-v2-windows", _COFF, "x86-64-v2", "", 16, "coff"),
        Target("x86-64-v3-windows", _COFF, "x86-64-v3", "", 32, "coff"),
        Target("x86-64-v2-macos", _MACHO, "x86-64-v2", "", 16, "macho"),
        Target("x86-64-v3-macos", _MACHO, "x86-64-v3", "", 32, "macho"),
        Target("aarch64-linux", "aarch64-unknown-linux-gnu", "generic", "", 16, "elf"),
        Target("arm64-macos", "arm64-apple-macosx11.0", "apple-m1", "", 16, "macho"),
        Target("wasm32", "wasm32-unknown-unknown", "generic", _WASM, 16, "wasm"),
    )
}
"""Every machine by name. All give the same bits: no target may use what another rounds differently."""

_NEEDED = {
    "x86-64-v4": ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"),
    "x86-64-v3": ("avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"),
    "x86-64-v2": ("cx16", "popcnt", "sahf", "sse4.2", "ssse3"),
}


_ASKED_OF_NUMBA = {"generic": "x86-64", "x86-64-v2": "x86-64-v2", "x86-64-v3": "x86-64-v3", "x86-64-v4": "x86-64-v4"}
"""Targets by the names that numba's own variable, NUMBA_CPU_NAME, may hold; other names are not heeded."""


@cache
def here() -> Target:
    """Return the target that this process runs objects of.

    The best that the processor knows; `LETDOWN_TARGET` names a lesser one, such as "x86-64-v2", or "wasm32", which is
    run in node.

    Raises
    ------
    LetdownError
        If the variable names a machine that this is not, or the machine is none of `TARGETS`.
    """
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    machine = platform.machine().lower()
    if machine in ("aarch64", "arm64"):
        known = ["arm64" if system == "macos" else "aarch64"]
    elif machine in ("x86_64", "amd64"):
        known = [*_levels(), "x86-64"]
    else:
        known = []
    names = [name for name in (f"{level}-{system}" for level in known) if name in TARGETS]
    asked = os.environ.get("LETDOWN_TARGET") or _ASKED_OF_NUMBA.get(os.environ.get("NUMBA_CPU_NAME", ""))
    if asked == "wasm32":
        return TARGETS[asked]
    if asked:
        names = [name for name in names if name in (asked, f"{asked}-{system}")]
    if not names:
        raise LetdownError(
            f"LETDOWN_TARGET must name a machine that this one is; got {asked}; leave it out or give one of "
            f"{', '.join(known)}."
            if asked
            else f"No object can be made for a {machine} processor under {system}; use x86-64, aarch64 or arm64."
        )
    return TARGETS[names[0]]


def _levels() -> list[str]:
    """Return the levels of x86-64 that this processor has, the best first."""
    from llvmlite.binding import get_host_cpu_features  # type: ignore[import-untyped]

    found = get_host_cpu_features()
    levels = [level for level, needed in _NEEDED.items() if all(found.get(name) for name in needed)]
    return levels
