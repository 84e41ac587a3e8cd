"""Lowers a printed program to LLVM IR, unoptimised and for no machine in particular. numba types it; nothing runs.

Meanwhile methods of numba are replaced, so that it stops before its optimiser; so this is for a process of its own.
"""

import linecache
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from numba import types
from numba.core import codegen

from letdown.compiler import intrinsics
from letdown.compiler.program import Program

__all__ = ["ENTRY", "lowered"]

ENTRY = "letdown_enter"
"""Name of the one function of an object that is seen from outside.

Its arguments: where a result and an error would go, the number of the entry, the address of its words.
"""


def lowered(program: Program) -> str:
    """Return the IR of a program as text."""
    file = f"<{program.name} {program.key}>"
    linecache.cache[file] = (len(program.text), None, program.text.splitlines(keepends=True), file)
    module = ModuleType(program.name)
    module.__file__ = file
    module.__dict__.update(intrinsics.names(program.precision))
    for name, loop in program.loops:
        module.__dict__[name] = intrinsics.external(name, loop.arity)
    exec(compile(program.text, file, "exec"), module.__dict__)
    function = getattr(module, ENTRY)
    with _stopped_before_the_optimiser():
        function.compile((types.int64, types.int64))
    (made,) = function.overloads.values()
    return _linked(str(made.library._final_module), made.fndesc.mangled_name, program)


@contextmanager
def _stopped_before_the_optimiser() -> Iterator[None]:
    """Let numba type and lower, but neither optimise nor emit what it has lowered."""
    replaced = {
        codegen.JITCodeLibrary: {
            "_optimize_functions": lambda self, module: None,
            "_optimize_final_module": lambda self: None,
            "_finalize_specific": lambda self: None,
            "get_pointer_to_function": lambda self, name: self._ensure_finalized() or 1,
        },
        codegen.JITCPUCodegen: {"_add_module": lambda self, module: None, "set_env": lambda self, name, env: None},
    }
    before = {(kind, name): getattr(kind, name) for kind, methods in replaced.items() for name in methods}
    try:
        for kind, methods in replaced.items():
            for name, method in methods.items():
                setattr(kind, name, method)
        yield
    finally:
        for (kind, name), method in before.items():
            setattr(kind, name, method)


def _linked(ir: str, entry: str, program: Program) -> str:
    """Return the IR of numba with that of the loops, the entry by its own name, nothing else seen from outside."""
    ir = re.sub(r"(?<=@)" + re.escape(entry) + r"(?=\()", ENTRY, ir)
    ir = re.sub(r"= (?:common|linkonce|linkonce_odr|weak|weak_odr) global", "= internal global", ir)
    ir = re.sub(r"inttoptr \(i64 \d+ to ptr\)", "null", ir)  # objects of this process, which nothing reads
    for name, _ in program.loops:
        ir = re.sub(rf"^declare .*@{name}\(.*$", "", ir, flags=re.M)
    loops = "\n\n".join(loop.ir for _, loop in program.loops)
    declared = set(re.findall(r"call (\S+ x \w+>|<[^>]+>) (@llvm\.[\w.]+)\(", loops))
    exact = [f"declare {kind} {name}({kind})" for kind, name in sorted(declared)]
    return "\n".join([ir, loops, *exact]) + "\n"
