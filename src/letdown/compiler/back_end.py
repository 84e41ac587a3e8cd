"""Makes an object of IR for one target: LLVM optimises and emits it. No contraction, no fast-math, no allocation."""

import re
from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]

from letdown.compiler.targets import Target

__all__ = ["ALLOWED", "assembly", "emitted", "optimised_ir", "undefined"]

ALLOWED = {"memset", "memcpy", "memmove", "__chkstk", "_fltused", "bzero", "memset_pattern16", "__stack_pointer",
           "__linear_memory", "__indirect_function_table"}  # fmt: skip
"""Names that an object may leave to whoever loads it."""

_MERGED = re.compile(
    r"= (?:(?:tail |musttail |notail )?call|f\w+|select|phi) (?:fast|nnan|ninf|nsz|reassoc|contract|arcp|afn)\b"
    r"|@llvm\.(?:fma|fmuladd)\b"
)
_OF_A_LIBRARY = re.compile(
    r"llvm\.(?:a?sinh?|a?cosh?|a?tanh?|atan2|sincos|sincospi|exp|exp2|exp10|log|log2|log10|powi?|ldexp|frexp|modf)\."
)
"""Intrinsics that LLVM turns into calls of a library of mathematics, which differ from one library to the next."""


def emitted(ir: str, entry: str, target: Target) -> bytes:
    """Return the object of unoptimised IR, in which only `entry` is seen from outside.

    Raises
    ------
    RuntimeError
        If LLVM refuses the IR.
    ValueError
        If the object would need a function of a library, or the IR allows operations to be merged.
    """
    module, machine = _optimised(ir, entry, target)
    made: bytes = machine.emit_object(module)
    return made


def optimised_ir(ir: str, entry: str, target: Target) -> str:
    """Return IR as LLVM optimises it for a target. Raises as `emitted`."""
    return str(_optimised(ir, entry, target)[0])


def assembly(ir: str, entry: str, target: Target) -> str:
    """Return the assembly that LLVM emits for a target. Raises as `emitted`."""
    module, machine = _optimised(ir, entry, target)
    return str(machine.emit_assembly(module))


def _optimised(ir: str, entry: str, target: Target) -> tuple[Any, Any]:
    """Return the optimised module and the machine that emits it."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine: Any = llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu,
        features=target.features,
        opt=3,
        reloc="static" if target.container == "wasm" else "pic",
        codemodel="default" if target.container == "wasm" else "small",
    )
    module = _module(ir, entry, target, str(machine.target_data))
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    options.slp_vectorization = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    missing = undefined(module)
    if missing:
        raise ValueError(f"An object must need no library; it needs {', '.join(sorted(missing))}.")
    return module, machine


def _module(ir: str, entry: str, target: Target, layout: str) -> Any:
    ir = re.sub(r"^target datalayout.*$", f'target datalayout = "{layout}"', ir, flags=re.M)
    ir = re.sub(r"^target triple.*$", f'target triple = "{target.triple}"', ir, flags=re.M)
    if _MERGED.search(ir):
        raise ValueError("The IR of a program must not allow its operations to be merged.")
    if target.container == "coff":
        ir += "\n@_fltused = global i32 0\n"
    module = llvm.parse_assembly(ir)
    module.verify()
    for function in module.functions:
        if not function.is_declaration:
            function.linkage = "external" if function.name == entry else "internal"
    return module


def undefined(module: Any) -> set[str]:
    """Return the functions that a module declares and calls but neither has nor may leave to its loader."""
    declared = {f.name for f in module.functions if f.is_declaration}
    needed = {name for name in declared if not name.startswith("llvm.") or _OF_A_LIBRARY.match(name)}
    if re.search(r"= frem ", str(module)):
        needed.add("fmod")
    return needed - ALLOWED
