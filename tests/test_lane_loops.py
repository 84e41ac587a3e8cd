"""The lane loops and the clock of a feed: compiled against the equations and against plain Python; their machine code.

Each numerical claim has its own kind of test; the reason for a tolerance stands in the line above it.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import llvmlite.binding as llvm
import numpy as np
import pytest

import letdown
from letdown.compiler import back_end, front_end
from letdown.compiler.kernel import Kernel
from letdown.compiler.program import printed
from letdown.compiler.targets import TARGETS
from letdown.engine import cohort_run, feed_loop, lane_queue
from letdown.engine.burst_source import ImposedBursts, SurrogateNeurones
from letdown.engine.clocks import Clock, CycleAveraged
from letdown.engine.cohort_run import run_dyads
from letdown.engine.event_log import LogKind
from letdown.engine.feed_loop import fast_loop, slow_loop, still_loop
from letdown.engine.feed_program import feed_program, load_feed, tile_lanes
from letdown.engine.lane_steps import slow_step
from letdown.engine.layout import Tile, field_index, field_names, numbers, record_reader
from letdown.protocol import load_scenario, preset
from letdown.protocol.build import build_program, reference_start, trait_starts

SURROGATE = SurrogateNeurones()
EVERY_200_S = ImposedBursts(tuple(np.arange(100.0, 3600.0, 200.0)))
SUCK_RESOLVED = Clock()
STATE = slice(0, field_index("working_left.activation_start"))
"""The fields that are the state of a dyad: its organs, its moments, its two breasts."""

N_FIELDS = len(field_names())


def final(lane, path):
    return float(lane.fields[field_index(path)])


# Machine code

PACKED = re.compile(r"^\s+v(?:mul|add|sub|div)p[sd]\s", re.MULTILINE)
SCALAR = re.compile(r"^\s+v(?:mul|add|sub|div)s[sd]\s", re.MULTILINE)
NO_MODULE = 'target datalayout = ""\ntarget triple = ""'


def assembly(program, loop, target):
    """Return the assembly of one lane loop."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(target.triple).create_target_machine(cpu=target.cpu, opt=3, reloc="pic")
    ir = front_end._linked(NO_MODULE, "nothing", program)
    module = back_end._module(ir, loop, target, str(machine.target_data))
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return machine.emit_assembly(module)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("target", ["x86-64-v3-linux", "x86-64-v4-linux"])
def test_lane_loops_are_vectors_and_fuse_nothing(precision, target):
    target = TARGETS[target]
    lanes = tile_lanes(precision, SUCK_RESOLVED, target)
    program, _ = feed_program(precision, SURROGATE, SUCK_RESOLVED, lanes)
    for loop in ("slow_loop", "fast_loop"):
        text = assembly(program, loop, target)
        packed, scalar = len(PACKED.findall(text)), len(SCALAR.findall(text))
        assert re.search(r"%[yz]mm", text), f"{loop}: no wide registers"
        assert packed > 200, f"{loop}: {packed} packed operations"
        # a few scalars set the loop up; one of the body's some 700 operations left scalar would be four at least
        assert scalar <= 3, f"{loop}: {scalar} scalar operations beside {packed} packed"
        assert not re.search(r"\bcallq?\b", text), f"{loop}: calls a function for each lane"
        assert not re.search(r"\bvfn?m(?:add|sub)", text), f"{loop}: merges a product and a sum"


# Edited equations

EDITS = [("body/prolactin.py", "1.0 + p.gain * x.drive", "2.0 + p.gain * x.drive")]

SCRIPT = """
import hashlib
from letdown.engine.cohort_run import run_dyads
from letdown.engine.layout import field_index
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.feed_loop import fast_loop, slow_loop, still_loop
from letdown.engine.feed_program import load_feed
from letdown.protocol import preset
from letdown.protocol.build import build_program, reference_start
scenario = preset("iv-oxytocin")
lane = run_dyads([reference_start(scenario)], build_program(scenario))[0]
print(load_feed("float64", SurrogateNeurones()).kernel.program.key)
print(float(lane.fields[field_index("dyad.prolactin.level")]))
print(hashlib.sha256(lane.fields.tobytes()).hexdigest())
"""


def test_an_edit_to_an_organ_is_never_missed(tmp_path):
    """Compiles the edited organs once (half a minute); the user's cache keeps that for the next time."""
    here = Path(letdown.__file__).parent
    shutil.copytree(here, tmp_path / "letdown", ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in EDITS:
        path = tmp_path / "letdown" / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), "utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", SCRIPT]
    first, later = (
        subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True) for _ in range(2)
    )
    assert first.returncode == 0, first.stderr
    assert later.stdout == first.stdout  # the run that compiles gives the same bits
    key, level, _ = first.stdout.split()
    assert key != load_feed("float64", SURROGATE).kernel.program.key
    scenario = preset("iv-oxytocin")
    unedited = run_dyads([reference_start(scenario)], build_program(scenario))[0]
    assert float(level) > 1.05 * final(unedited, "dyad.prolactin.level")


# Compiled against plain Python

FEW = 2
"""Lanes of the plain tile, to save time."""

MID_FEED_S = 240
HARD_DAY = {
    "name": "hard-day",
    "mother": {"parity": 3, "postpartum_day": 3},
    "infant": {"latch_skill": 0.7},
    "conditions": {"fear": 0.3, "engorgement": 0.3, "nipple_pain": 0.3},
    "parameters": {"infant.latch_time": 1.0},
    "breasts": {side: {"milk_ml": 150, "closing_pressure_mmhg": 8, "pad": {}} for side in ("left", "right")},
}
TO_MID_FEED = HARD_DAY | {
    "max_duration_s": MID_FEED_S,
    "protocol": [
        {"do": "cue", "kind": "own_cry"},
        {"do": "dose", "route": "nasal", "amount_mu": 2000},
        {"do": "latch", "side": "left", "until": "satisfied"},
    ],
}
FROM_MID_FEED = HARD_DAY | {
    "max_duration_s": 3,
    "protocol": [
        {"do": "cue", "kind": "thought"},
        {"do": "remark", "at_s": 1},
        {"do": "dose", "route": "iv", "amount_mu": 20, "at_s": 1, "for_s": 1},
        {"do": "latch", "side": "left", "until": "satisfied"},
        {"do": "pump", "side": "right", "at_s": 0, "for_s": 2, "programme": {"kind": "constant"}},
    ],
}


def mid_feed(source):
    """Return two different dyads in the middle of a let-down, with what the protocol has put around them."""
    starts, _ = trait_starts(load_scenario(TO_MID_FEED), range(FEW), seed=5)
    lanes = run_dyads(starts, build_program(load_scenario(TO_MID_FEED)), seed=5, source=source)
    assert max(final(lane, "dyad.myoepithelium.activation") for lane in lanes) > 0.3
    return lanes


def one_tick(B: Annotated[Any, "f8[:]"], tick: float, step: float, number: float, n: int, share: float) -> None:
    """Move every lane by one tick, with the loops of a feed."""
    still_loop(B, tick, step)
    slow_loop(B, tick, step, number)
    fast_loop(B, step, 0, n, share)


def after_tick(fields, source, clock, number):
    """Return the fields of a dyad after a tick, by the equations themselves, called with floats."""
    x = record_reader(Tile)(fields)
    n = clock.substeps
    ticked = slow_step(x, clock.tick_s, number, source, clock)
    left, right = x.left, x.right
    for k in range(n):
        shares = (k / n, (k + 1) / n)
        left = clock.breast_after(left, x.parameters.left, ticked.working_left, clock.tick_s / n, *shares)
        right = clock.breast_after(right, x.parameters.right, ticked.working_right, clock.tick_s / n, *shares)
    return list(numbers(x._replace(left=left, right=right, **ticked._asdict())))


@pytest.mark.parametrize("source", [SURROGATE, EVERY_200_S], ids=lambda source: type(source).__name__)
@pytest.mark.parametrize("clock", [SUCK_RESOLVED, CycleAveraged()], ids=lambda clock: type(clock).__name__)
def test_the_lane_loops_do_what_the_equations_do(source, clock):
    """One tick with all its substeps: the compiled loops against the equations."""
    program, rows = feed_program("float64", source, clock, FEW)
    kernel = Kernel(printed("one tick", "float64", [one_tick], dict(program.loops)))
    lanes = mid_feed(source)
    buffer = np.zeros((rows, FEW))
    for place, lane in enumerate(lanes):
        buffer[:N_FIELDS, place] = lane.fields
    n = clock.substeps
    kernel("one_tick", buffer.reshape(-1), clock.tick_s, clock.tick_s / n, 7.0, n, 1.0 / n)
    for place, lane in enumerate(lanes):
        before = lane.fields.tolist()
        after = after_tick(before, source, clock, 7.0)
        assert np.count_nonzero(np.array(after) != before) > 60
        for name, found, wanted in zip(field_names(), buffer[:, place], after, strict=False):
            # products are grouped anew: rounding of a few operations
            assert found == pytest.approx(wanted, rel=1e-11, abs=1e-12), name


def plain_clock(monkeypatch, source, clock):
    """Put plain Python in place of the compiled feed: the module of the clock, with the equations for its loops."""

    def each_lane(B, change):
        for lane in range(FEW):
            fields = B[lane : N_FIELDS * FEW : FEW]
            fields[:] = change(record_reader(Tile)(fields.tolist()))

    def slow_loop(B, tick, step, number):
        each_lane(B, lambda x: numbers(x._replace(**slow_step(x, tick, number, source, clock)._asdict())))

    def fast_loop(B, step, first, n, share):
        def breasts(x):
            for k in range(first, first + n):
                for side in ("left", "right"):
                    p, w = getattr(x.parameters, side), getattr(x, f"working_{side}")
                    after = clock.breast_after(getattr(x, side), p, w, step, k * share, (k + 1) * share)
                    x = x._replace(**{side: after})
            return numbers(x)

        each_lane(B, breasts)

    for name, value in {
        "LANES": FEW, "FIELDS": N_FIELDS, "still_loop": lambda *_: None, "slow_loop": slow_loop, "fast_loop": fast_loop
    }.items():  # fmt: skip
        monkeypatch.setattr(feed_loop, name, value)
    kernel = SimpleNamespace(lanes=FEW, rows=N_FIELDS, kernel=lambda name, *given: getattr(feed_loop, name)(*given))
    monkeypatch.setattr(lane_queue, "load_feed", lambda *_: kernel)


def test_the_clock_as_plain_python_gives_what_the_compiled_gives(monkeypatch):
    """Three seconds from the middle of a let-down, with a burst, a remark and a dose, in two different dyads."""
    source = ImposedBursts((1.5, 205.0))
    lanes = mid_feed(source)
    middle = {id(lane.start): lane.fields for lane in lanes}

    def resumed(start, program):
        fields = middle[id(start)].copy()
        fields[field_index("surroundings.running")] = 1.0
        return fields

    monkeypatch.setattr(cohort_run, "start_lane", resumed)
    program = build_program(load_scenario(FROM_MID_FEED))
    starts = [lane.start for lane in lanes]
    compiled = run_dyads(starts, program, seed=5, source=source)
    plain_clock(monkeypatch, source, SUCK_RESOLVED)
    monkeypatch.setattr(cohort_run, "tile_lanes", lambda *_: FEW)
    plain = run_dyads(starts, program, seed=5, source=source)
    for a, b in zip(compiled, plain, strict=True):
        assert any(1.0 < row[0] < 2.0 and row[1] == LogKind.BURST for row in b.log)
        assert np.array_equal(a.log[:, :2], b.log[:, :2])
        moved = a.fields[STATE] - a.first[STATE]
        assert np.count_nonzero(moved) > 50
        for name, x, y in zip(field_names(), a.fields[STATE], b.fields[STATE], strict=False):
            # 1e-9: products grouped anew, grown over 300 steps
            assert x == pytest.approx(y, rel=1e-9, abs=1e-9), name


@pytest.mark.parametrize("lanes", [2, *(pytest.param(lanes, marks=pytest.mark.slow) for lanes in (1, 4, 8))])
def test_results_do_not_depend_on_the_number_of_lanes(monkeypatch, lanes):
    """Three seconds of eleven dyads, so that lanes are filled again."""
    scenario = load_scenario(FROM_MID_FEED)
    starts, _ = trait_starts(scenario, range(11), seed=5)
    wanted = run_dyads(starts, build_program(scenario), seed=5)
    program, rows = feed_program("float64", SURROGATE, SUCK_RESOLVED, lanes)
    feed = SimpleNamespace(lanes=lanes, rows=rows, kernel=Kernel(program))
    monkeypatch.setattr(lane_queue, "load_feed", lambda *_: feed)
    for a, b in zip(run_dyads(starts, build_program(scenario), seed=5), wanted, strict=True):
        assert np.array_equal(a.fields, b.fields)
        assert np.array_equal(a.log, b.log)
        assert np.array_equal(a.seen, b.seen)
