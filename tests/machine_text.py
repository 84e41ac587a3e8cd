"""What LLVM makes of IR for a target, to be read: its assembly, and the names that an object leaves open."""

import re
import struct

import llvmlite.binding as llvm

from letdown.compiler import back_end, front_end

__all__ = ["assembly", "names_in", "of_loops", "undefined_in_elf"]

NO_MODULE = 'target datalayout = ""\ntarget triple = ""'


def of_loops(program):
    """Return the IR of the lane loops of a program alone."""
    return front_end._linked(NO_MODULE, "nothing", program)


def assembly(ir, entry, target):
    """Return the assembly of IR, of which `entry` is seen from outside, made as `back_end` makes an object."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=3, reloc="static" if target.container == "wasm" else "pic"
    )
    module = back_end._module(ir, entry, target, str(machine.target_data))
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.slp_vectorization = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return machine.emit_assembly(module)


def undefined_in_elf(code):
    """Return the names in the symbol table of a 64-bit ELF object that no section of it defines."""
    assert code[:6] == b"\x7fELF\x02\x01"
    table, size, number = (*struct.unpack_from("<Q", code, 40), *struct.unpack_from("<HH", code, 58))
    sections = [struct.unpack_from("<IIQQQQIIQQ", code, table + size * i) for i in range(number)]
    found = set()
    for _, kind, _, _, offset, length, link, _, _, _ in sections:
        if kind == 2:  # SHT_SYMTAB
            names = code[sections[link][4] :]
            for place in range(offset, offset + length, 24):
                name, _, _, section, _, _ = struct.unpack_from("<IBBHQQ", code, place)
                if name and section == 0:
                    found.add(names[name : names.index(b"\0", name)].decode())
    return found


def names_in(code):
    """Return every word in an object of any kind that may be a name of a function, its underscore left out."""
    return {word.decode().lstrip("_") for word in re.findall(rb"[A-Za-z_][A-Za-z0-9_.]*", code)}
