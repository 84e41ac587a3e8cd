"""The same objects as WebAssembly, in node: they need no library, and they give the bits of this machine."""

import os
import subprocess
import sys

import pytest

from letdown.compiler.back_end import ALLOWED, emitted
from letdown.compiler.front_end import ENTRY, lowered
from letdown.compiler.targets import TARGETS
from letdown.compiler.wasm import imports_of, instantiable
from letdown.verification.hashes import known_hashes
from small_kernel import program

IN_NODE = """
from letdown.compiler.targets import here
from letdown.verification.reference_runs import reference_runs
assert here().name == "wasm32"
for run in reference_runs():
    if run.name in {names!r}: print(run.name, run.compute())
"""
NAMES = (
    "feed/breastfeed/suck-resolved/seed-0",
    "feed/pump-double/averaged/seed-0",
    "network/integrate-and-fire/float32/minutes-10",
)


@pytest.fixture(scope="module")
def made():
    return emitted(lowered(program()), ENTRY, TARGETS["wasm32"])


def test_a_module_asks_its_host_for_memory_and_stack_only(made):
    module = instantiable(made, ENTRY)
    assert module[:8] == b"\0asm\1\0\0\0"
    assert {name for _, name, _ in imports_of(module)} <= ALLOWED
    assert 0 not in {kind for _, _, kind in imports_of(module)}  # no function


@pytest.mark.parametrize("entry", ["letdown", ""])
def test_an_entry_that_is_not_there_is_refused(made, entry):
    with pytest.raises(ValueError, match="has no function"):
        instantiable(made, entry)


def test_what_is_no_object_is_refused():
    with pytest.raises(ValueError, match="must be relocatable"):
        instantiable(b"\0asm\1\0\0\0", ENTRY)


def test_reference_runs_in_node_give_the_stored_bits():
    told = os.environ | {"LETDOWN_TARGET": "wasm32"}
    code = IN_NODE.format(names=NAMES)
    done = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = dict(line.split() for line in done.stdout.splitlines())
    assert found == {name: known_hashes()[name] for name in NAMES}
