"""The compiler: what printing keeps, how arguments are handed over, what decides a key, what an object may hold."""

import importlib.util
import itertools
import linecache
import os
import re
import subprocess
import sys
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import pytest

import small_kernel
from letdown import LetdownError
from letdown.compiler import objects
from letdown.compiler.back_end import ALLOWED, emitted
from letdown.compiler.front_end import ENTRY, lowered
from letdown.compiler.interface import Reals, Unsigned, kinds_of, packed
from letdown.compiler.kernel import Kernel
from letdown.compiler.program import Generated, printed
from letdown.compiler.targets import TARGETS, here
from machine_text import assembly, names_in, undefined_in_elf

NUMBERS = itertools.count()


def module_of(folder, text, name=None):
    """Write a module into a file and import it; without a name it gets one of its own."""
    name = name or f"printed_module_{next(NUMBERS)}"
    path = folder / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    linecache.checkcache(str(path))
    spec.loader.exec_module(module)
    return module


# Printing

TEXT = '''
from enum import IntEnum

import numpy as np

from letdown.compiler.interface import Reals

RATE = 2.0
OFFSETS = (-1.5, 3)
KEY = np.uint64(7)


class Place(IntEnum):
    FIRST = 0
    LAST = 5


def grown(x: float) -> float:
    """Return x, grown."""
    return RATE * x + 1.0  # by a rate


def run(x: Reals, out: Reals) -> None:
    """Write the sum."""
    total: float = 0.0
    for i in range(x.size):
        total += grown(x[i]) + OFFSETS[0]
    out[Place.LAST] = total + float(KEY)
'''


def text_of(folder, text, **replaced):
    module = module_of(folder, text)
    return printed("some", "float64", [module.run], replaced).text


WITHOUT_EFFECT = {
    "a comment": ("# by a rate", "# as measured"),
    "a docstring": ('"""Return x, grown."""', '"""Return what x has become.\n\n    At once.\n    """'),
    "no docstring": ('    """Write the sum."""\n', ""),
    "an annotation": ("def grown(x: float) -> float", "def grown(x: int) -> int"),
    "an annotation of a local name": ("total: float = 0.0", "total = 0.0"),
    "brackets and lines": ("RATE * x + 1.0 ", "(\n        (RATE * x) + 1.0\n    )"),
    "the name of a constant": ("RATE", "SPEED"),
    "the name of a place": ("LAST", "SIXTH"),
    "a constant that is not used": ("KEY = ", "OTHER = 3.0\nKEY = "),
}
WITH_EFFECT = {
    "an equation": ("RATE * x + 1.0", "RATE * x + 2.0"),
    "the value of a constant": ("RATE = 2.0", "RATE = 2.5"),
    "a constant of a tuple": ("(-1.5, 3)", "(-1.25, 3)"),
    "an unsigned number": ("np.uint64(7)", "np.uint64(8)"),
    "a place": ("LAST = 5", "LAST = 4"),
    "the order of a sum": ("grown(x[i]) + OFFSETS[0]", "OFFSETS[0] + grown(x[i])"),
}


@pytest.mark.parametrize("edit", WITHOUT_EFFECT)
def test_an_edit_that_changes_no_result_changes_no_text(tmp_path, edit):
    old, new = WITHOUT_EFFECT[edit]
    assert old in TEXT
    assert text_of(tmp_path, TEXT.replace(old, new)) == text_of(tmp_path, TEXT)


@pytest.mark.parametrize("edit", WITH_EFFECT)
def test_an_edit_that_changes_a_result_changes_the_text(tmp_path, edit):
    old, new = WITH_EFFECT[edit]
    assert old in TEXT
    assert text_of(tmp_path, TEXT.replace(old, new)) != text_of(tmp_path, TEXT)


def test_the_text_is_that_of_plain_python_with_constants_in_their_places(tmp_path):
    text = text_of(tmp_path, TEXT)
    assert "def grown(x):\n    return 2.0 * x + 1.0\n" in text
    assert "total += grown(x[i]) + (-1.5, 3)[0]" in text
    assert "out[5] = total + float(uint64(7))" in text
    assert text.index("def grown") < text.index("def run") < text.index("def letdown_enter")
    assert "import" not in text
    assert '"""' not in text


def test_two_functions_of_one_name_get_two_names(tmp_path):
    one = module_of(tmp_path, "def part(x):\n    return x + 1.0\n")
    other = module_of(tmp_path, "def part(x):\n    return x * 3.0\n")
    text = (
        f"import {one.__name__} as one\nfrom {other.__name__} import part\n"
        "from letdown.compiler.interface import Reals\n"
        "def run(x: Reals, out: Reals) -> None:\n    out[0] = one.part(x[0]) - part(x[0])\n"
    )
    program = printed("two", "float64", [module_of(tmp_path, text).run], {})
    assert re.search(r"out\[0\] = part\(x\[0\]\) - part_\(x\[0\]\)", program.text)
    out = np.empty(1)
    Kernel(program)("run", np.array([5.0]), out)
    assert out[0] == 6.0 - 15.0


@pytest.mark.parametrize("name", ["words", "which", "address", "f8_at", "compiled", "real", "max", "np"])
def test_a_function_never_takes_a_name_that_the_program_uses(tmp_path, name):
    text = f"def {name}(x):\n    return x + 1.0\ndef run(x):\n    return {name}(x)\n"
    program = printed("named", "float64", [module_of(tmp_path, text).run], {}, {"x": "f8"})
    assert f"def {name}_(x)" in program.text or name in ("real", "max", "np")
    assert f"def {name}(x)" not in program.text


def test_what_is_replaced_stands_in_the_text(tmp_path):
    module = module_of(tmp_path, "LANES = 1\ndef run(x: int) -> None:\n    x + LANES\n")
    texts = {printed("lanes", "float64", [module.run], {"LANES": lanes}).text for lanes in (1, 2)}
    assert len(texts) == 2
    assert all(re.search(r"x \+ [12]\n", text) for text in texts)


def test_a_name_that_is_nowhere_is_refused_when_the_program_is_printed(tmp_path):
    module = module_of(tmp_path, "def run(x: int) -> None:\n    nowhere(x)\n")
    with pytest.raises(NameError, match="nowhere is no global"):
        printed("lost", "float64", [module.run], {})
    with pytest.raises(TypeError, match="written with def"):
        printed("short", "float64", [lambda x: x], {}, {"x": "f8"})


def test_lines_of_a_program_can_be_shown_in_tracebacks():
    program = small_kernel.program()
    lowered(program)
    lines = program.text.splitlines()
    assert linecache.getline(f"<small kernel {program.key}>", lines.index("def part(x):") + 1) == "def part(x):\n"


# The interface


class Inner(NamedTuple):
    number: np.uint64
    column: Reals


class Given(NamedTuple):
    first: float
    inner: Inner
    count: int


def handed_on(given: Given, seed: np.uint64, sign: bool, out: Reals, whole: Unsigned) -> None:
    """Write everything that was given."""
    out[0] = given.first
    out[1] = given.inner.column[given.count]
    out[2] = given.count
    out[3] = sign
    whole[0] = given.inner.number
    whole[1] = seed


INTERFACE = Kernel(printed("handing on", "float64", [handed_on], {}))


@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
@pytest.mark.parametrize("first", [-0.0, 1e-310, -1.7e308, np.inf, np.nan, 0.1])
def test_numbers_and_records_arrive_with_all_their_bits(seed, first):
    out, whole = np.zeros(4), np.zeros(2, dtype=np.uint64)
    given = Given(first, Inner(np.uint64(2**64 - 1 - seed), np.array([3.0, 4.0])), 1)
    INTERFACE("handed_on", given, np.uint64(seed), True, out, whole)
    assert out.tobytes() == np.array([first, 4.0, 1.0, 1.0]).tobytes()
    assert whole.tolist() == [2**64 - 1 - seed, seed]


WRONG = {
    "another precision": np.zeros(4, dtype=np.float32),
    "whole numbers": np.zeros(4, dtype=np.int64),
    "the other order of bytes": np.zeros(4, dtype=np.dtype(np.float64).newbyteorder()),
    "two dimensions": np.zeros((2, 2)),
    "none": np.zeros(()),
    "every other number": np.zeros(8)[::2],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_array_of_another_kind_is_refused(wrong):
    given = Given(1.0, Inner(np.uint64(1), np.zeros(2)), 1)
    with pytest.raises(TypeError, match="must be given in C order"):
        INTERFACE("handed_on", given, 1, True, WRONG[wrong], np.zeros(2, dtype=np.uint64))


def test_columns_that_lie_apart_are_refused():
    with pytest.raises(TypeError, match="must be given in C order"):
        packed(np.zeros((3, 2)).T, "f8[:,:]", [])


def test_arguments_are_counted_and_entries_known():
    with pytest.raises(TypeError, match="handed_on takes 5 arguments; got 2"):
        INTERFACE("handed_on", 1, 2)
    with pytest.raises(KeyError):
        INTERFACE("handed_back", 1, 2)
    with pytest.raises(ValueError, match="argument"):
        INTERFACE("handed_on", (1.0,), 1, True, np.zeros(4), np.zeros(2, dtype=np.uint64))


def test_a_parameter_without_a_kind_is_refused():
    def asked(x: str) -> None:
        """Ask."""

    with pytest.raises(KeyError):
        kinds_of(asked, {})
    assert kinds_of(asked, {"x": "i8"}) == (("x", "i8"),)


# Keys


class Row(IntEnum):
    """A place."""

    OUT = 0


def noted(x: Reals) -> None:
    """Call the loop."""
    loop(x)
    x[Row.OUT] += 1.0


def loop(x):
    """Written by the tests."""
    raise NotImplementedError


def looped(number="0x3FF0000000000000", precision="float64", name="loops"):
    """Return a program whose traced loop stores a number."""
    ir = f"define internal void @loop(ptr %x) noinline {{\n  store double {number}, ptr %x, align 8\n  ret void\n}}"
    return printed(name, precision, [noted], {"loop": Generated(ir, 1)}, {"x": "f8[:]"})


def test_a_key_holds_text_loops_and_precision_and_no_more():
    keys = [looped().key, looped(number="0x4000000000000000").key, looped(precision="float32").key]
    assert len(set(keys)) == 3
    assert looped(name="another").key == looped().key
    assert re.fullmatch("[0-9a-f]{32}", keys[0])
    for number, bits in ((1.0, "0x3FF0000000000000"), (2.0, "0x4000000000000000")):
        x = np.zeros(1)
        Kernel(looped(bits))("noted", x)
        assert x[0] == number + 1.0


def test_a_file_is_kept_for_program_target_and_compilers(monkeypatch):
    program, target = small_kernel.program(), here()
    paths = {objects.kept_path(program, each) for each in TARGETS.values()} | {objects.kept_path(looped(), target)}
    monkeypatch.setattr(objects, "version", lambda name: "99.0" if name == "llvmlite" else "1.0")
    paths.add(objects.kept_path(program, target))
    assert len(paths) == len(TARGETS) + 2


# Objects

IR = """
target datalayout = ""
target triple = ""
define void @letdown_enter(ptr %x) {
  %a = load double, ptr %x
  %b = OPERATION
  store double %b, ptr %x
  ret void
}
"""
MERGING = [
    *(f"fmul {flag} double %a, %a" for flag in ("fast", "reassoc", "contract", "nnan", "ninf", "nsz", "arcp", "afn")),
    "fneg fast double %a",
    "call fast double @llvm.sqrt.f64(double %a)",
    "tail call contract double @llvm.sqrt.f64(double %a)",
    "select nnan i1 true, double %a, double %a",
    "call double @llvm.fma.f64(double %a, double %a, double %a)",
    "call double @llvm.fmuladd.f64(double %a, double %a, double %a)",
]
LIBRARY = [
    *(f"call double @llvm.{name}.f64(double %a)" for name in ("sin", "cos", "exp", "exp2", "log", "log10")),
    "call double @llvm.pow.f64(double %a, double %a)",
    "call double @llvm.powi.f64.i32(double %a, i32 7)",
    "frem double %a, 3.0",
]


def declared(operation):
    """Return the IR of an operation, with a declaration of what it calls."""
    found = re.search(r"(@[\w.]+)\((.*)\)", operation)
    head = ""
    if found:
        kinds = ", ".join(part.split()[0] for part in found[2].split(", "))
        head = f"declare double {found[1]}({kinds})\n"
    return IR.replace("OPERATION", operation) + head


@pytest.mark.parametrize("operation", MERGING)
def test_ir_that_allows_operations_to_be_merged_is_refused(operation):
    with pytest.raises(ValueError, match="must not allow its operations to be merged"):
        emitted(declared(operation), ENTRY, here())


@pytest.mark.parametrize("operation", [*LIBRARY, "call double @sin(double %a)"])
@pytest.mark.parametrize("target", ["x86-64-v2-linux", "arm64-macos", "wasm32"])
def test_ir_that_would_need_a_library_is_refused(operation, target):
    with pytest.raises(ValueError, match="must need no library"):
        emitted(declared(operation), ENTRY, TARGETS[target])


@pytest.mark.parametrize("operation", ["fmul double %a, %a", "call double @llvm.sqrt.f64(double %a)"])
def test_plain_ir_is_no_reason_to_refuse(operation):
    assert len(emitted(declared(operation), ENTRY, here())) > 100


def with_sine(x: Reals) -> None:
    """Write a sine, which only a library has."""
    x[0] = np.sin(x[0])


def with_power(x: Reals) -> None:
    """Write a power, which only a library has."""
    x[0] = x[0] ** 2.7


@pytest.mark.parametrize("function", [with_sine, with_power])
def test_a_program_that_cannot_be_compiled_says_so_in_one_sentence(function, monkeypatch):
    monkeypatch.delenv("LETDOWN_TRACEBACK", raising=False)
    with pytest.raises(
        LetdownError, match=r"library function cannot be compiled \(ValueError\); set LETDOWN_TRACEBACK=1"
    ):
        Kernel(printed("library function", "float64", [function], {}))("with_sine", np.ones(1))


@pytest.fixture(scope="module")
def ir():
    """Return the unoptimised IR of the small program."""
    return lowered(small_kernel.program())


def test_lowered_ir_holds_no_flag_and_no_address_of_this_process(ir):
    assert not re.search(r"\b(?:fast|reassoc|contract|nnan|ninf|nsz|arcp|afn)\b", re.sub(r'[@%#!]?"[^"]*"', "", ir))
    assert not re.search(r"\binttoptr \(i64 \d", ir)
    assert "fmuladd" not in ir
    assert lowered(small_kernel.program()).count("define") == ir.count("define")


LIBRARY_NAMES = {
    *"exp exp2 expf log logf sin sinf cos cosf pow powf powi fma fmaf fmod floor ceil trunc rint round sqrt".split(),
    *"malloc calloc free NRT_incref NRT_decref Py_IncRef PyErr_SetString numba_unpickle".split(),
}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_an_object_of_every_target_needs_nothing_and_fuses_nothing(ir, target):
    code = emitted(ir, ENTRY, target)
    heads = {"elf": b"\x7fELF", "coff": b"\x64\x86", "macho": b"\xcf\xfa\xed\xfe", "wasm": b"\0asm"}
    assert code.startswith(heads[target.container])
    assert not names_in(code) & LIBRARY_NAMES
    assert ENTRY in names_in(code)
    if target.container == "elf":
        assert undefined_in_elf(code) <= ALLOWED
    assert emitted(ir, ENTRY, target) == code
    text = assembly(ir, ENTRY, target)
    assert re.search(r"\b(?:v?mul[sp]d|fmul|f64x?2?\.mul)\b", text)
    assert not re.search(r"\b(?:vfn?m(?:add|sub)\w*|fn?m(?:add|sub|la|ls)|f64x2\.relaxed_madd)\b", text)


@pytest.mark.skipif(not here().name.startswith("x86-64"), reason="the names are those of x86-64")
@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("LETDOWN_TARGET", "x86-64-v2", "x86-64-v2"),
        ("LETDOWN_TARGET", "wasm32", "wasm32"),
        ("NUMBA_CPU_NAME", "generic", "x86-64"),
        ("NUMBA_CPU_NAME", "x86-64-v2", "x86-64-v2"),
    ],
)
def test_a_variable_chooses_a_lesser_target(variable, value, name):
    code = "from letdown.compiler.targets import here; print(here().cpu if here().container != 'wasm' else 'wasm32')"
    told = {**os.environ, "NUMBA_CPU_NAME": "", "LETDOWN_TARGET": "", variable: value}
    done = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == name
