"""Prints the loops over the cells of a network as IR: its traced equations, and the Poisson counts that drive them."""

from typing import Any

from letdown.compiler.program import Generated, Precision
from letdown.engine.lane_code import LaneCode, Value, function_of, row_of
from letdown.engine.lane_lines import Loop, Rows
from letdown.kernel.elementary import exp, minimum
from letdown.kernel.expression import Expression, Graph, Level
from letdown.neurons.cell import AbstractCell, Membrane

__all__ = [
    "CELL_LANES",
    "FIELDS_OF_MEMBRANE",
    "cells_function",
    "draw_rows",
    "reset_function",
    "rows_of_whole_numbers",
    "thresholds_function",
]

CELL_LANES = 16
"""Cells of a tile; results do not depend on it."""

FIELDS_OF_MEMBRANE = 3
"""Numbers kept of a membrane; those of the dendrites follow."""


def draw_rows(terms: int) -> tuple[int, int, int]:
    """Return the rows of I where the random words begin, of the spike flags, and of the flag of the tile."""
    return 2 * terms, 2 * terms + 4, 2 * terms + 5


def rows_of_whole_numbers(terms: int) -> int:
    """Return how many rows I has."""
    return 2 * terms + 6


def _constants(graph: Graph, cell: AbstractCell) -> Any:
    """Return the constants of a cell as leaves; their values do not matter, only their names."""
    kind: Any = type(cell.constants(1.0))
    return kind(*(graph.leaf(f"c{i}", Level.STILL) for i in range(len(kind._fields))))


def _read_constants(code: LaneCode, number: int) -> None:
    for i in range(number):
        at = row_of(code, {"C": 0}, 1)(i)
        code.lines.append(f"%c{i} = load {code.real}, ptr {at}, align {code.bytes}")
        code.splat(f"c{i}", f"%c{i}")


def _step(cell: AbstractCell, dendrites: int) -> tuple[Loop, Loop, int]:
    """Return what stands still, one step of a cell, and the row of the margin."""
    graph = Graph()
    rows = Rows([f"X{k}" for k in range(FIELDS_OF_MEMBRANE + dendrites)] + ["margin"])
    X = [graph.leaf(f"X{k}", Level.TICK) for k in range(FIELDS_OF_MEMBRANE + dendrites)]
    c = _constants(graph, cell)
    kept, limit = graph.leaf("kept", Level.STILL), graph.leaf("limit", Level.STILL)
    effects: list[Any] = [minimum(kept * x, limit) for x in X[FIELDS_OF_MEMBRANE:]]
    mean = effects[0]
    for effect in effects[1:]:
        mean = mean + effect
    x: Any = Membrane(X[0], X[1], X[2], mean * (1.0 / dendrites))  # type: ignore[arg-type]
    counts = (graph.leaf(name, Level.TICK) for name in ("excitatory", "inhibitory"))
    y = cell.integrate(x, *counts, c)
    values: list[Any] = [*y[:FIELDS_OF_MEMBRANE], *effects, cell.margin(y, c)]
    moving = Loop(Level.TICK, rows, {})
    moving.store(dict(enumerate(graph.number(value) for value in values)))
    still = Loop(Level.STILL, rows, {})
    still.store({row: x for x, row in moving.wanted.items()})
    return still, moving, len(values) - 1


def _count(code: LaneCode, row: int, first: int, terms: int) -> Value:
    """Return a Poisson count: how many of the thresholds the random word reaches."""
    kind = f"<{code.lanes} x i32>"

    def read(at: int) -> Value:
        return code.note(kind, f"load {kind}, ptr {row_of(code, {'I': 0}, code.lanes, 'i32')(at)}, align 4")

    word = read(row)
    reached = [word.compared_whole("sge", read(first + k)).cast("zext", "i32") for k in range(terms)]
    total = reached[0]
    for one in reached[1:]:
        total = total + one
    return total.cast("sitofp", code.real)


def cells_function(
    name: str, cell: AbstractCell, precision: Precision, terms: int, dendrites: int, first_word: int
) -> Generated:
    """Return a function (X, I, tiles, C, kept, limit) that moves every cell of every tile by one step."""
    still, moving, margin = _step(cell, dendrites)
    code = LaneCode(precision, CELL_LANES)
    _read_constants(code, len(cell.constants(1.0)))
    code.splat("kept", "%kept")
    code.splat("limit", "%limit")
    values: dict[int, Value] = {}
    code.add(still.lines, row_of(code, {"X": 0}, CELL_LANES), values, margin)
    before, code.lines = code.lines, []
    words, flag, any_flag = draw_rows(terms)
    code.names["excitatory"] = _count(code, words + first_word, 0, terms)
    code.names["inhibitory"] = _count(code, words + first_word + 1, terms, terms)
    code.add(moving.lines, row_of(code, {"X": 0}, CELL_LANES), values, margin)
    spikes = values[margin].compared("ogt", 0.0)
    address = row_of(code, {"I": 0}, CELL_LANES, "i32")
    flags = spikes.cast("zext", "i32")
    code.lines.append(f"store {flags.kind} {flags.text}, ptr {address(flag)}, align 4")
    code.lines.append(f"%bits = bitcast {spikes.kind} {spikes.text} to i{CELL_LANES}")
    code.lines.append(f"%whole = zext i{CELL_LANES} %bits to i32")
    code.lines.append(f"store i32 %whole, ptr {address(any_flag)}, align 4")
    sizes = (FIELDS_OF_MEMBRANE + dendrites) * CELL_LANES, rows_of_whole_numbers(terms) * CELL_LANES
    body = [
        "entry:", *before, "br label %tile", "tile:", "%t = phi i64 [ 0, %entry ], [ %next, %tile ]",
        "%next = add i64 %t, 1", f"%ox = mul i64 %t, {sizes[0]}", f"%oi = mul i64 %t, {sizes[1]}",
        f"%X = getelementptr {code.real}, ptr %XX, i64 %ox", "%I = getelementptr i32, ptr %II, i64 %oi",
        *code.lines, "%more = icmp slt i64 %next, %tiles", "br i1 %more, label %tile, label %done", "done:", "ret void",
    ]  # fmt: skip
    head = f"ptr %XX, ptr %II, i64 %tiles, ptr %C, {code.real} %kept, {code.real} %limit"
    return function_of(name, head, body)


def thresholds_function(name: str, terms: int) -> Generated:
    """Return a function (I, expected) that writes the Poisson thresholds of a tile, as signed 32-bit numbers.

    `expected` holds the expected counts of a step, excitatory then inhibitory. Threshold k is the probability of k
    events or fewer, in units of 2^-32.
    """
    code = LaneCode("float64", CELL_LANES)
    for number in (0, 1):
        at = row_of(code, {"expected": 0})(number)
        expected = code.note(code.vector, f"load {code.vector}, ptr {at}, align 8")
        p = code.applied(exp, [code.literal(0.0) - expected])
        total = p
        for k in range(terms):
            whole = code.applied(minimum, [total * 4294967296.0, code.literal(4294967295.0)]) - 2147483648.0
            numbers = whole.cast("fptosi", "i32")
            at = row_of(code, {"I": 0}, CELL_LANES, "i32")(number * terms + k)
            code.lines.append(f"store {numbers.kind} {numbers.text}, ptr {at}, align 4")
            p = p * expected * (1.0 / (k + 1.0))
            total = total + p
    return function_of(name, "ptr %I, ptr %expected", ["entry:", *code.lines, "ret void"])


def reset_function(name: str, cell: AbstractCell, precision: Precision) -> Generated:
    """Return a function (X, C) that does to the membrane of one cell what a spike does."""
    graph = Graph()
    rows = Rows([f"X{k}" for k in range(FIELDS_OF_MEMBRANE)])
    X = [graph.leaf(f"X{k}", Level.TICK) for k in range(FIELDS_OF_MEMBRANE)]
    x: Any = Membrane(X[0], X[1], X[2], 0.0)  # type: ignore[arg-type]
    y: Any = cell.after_spike(x, _constants(graph, cell))
    loop = Loop(Level.TICK, rows, {})
    outputs: dict[int, Expression] = dict(enumerate(graph.number(value) for value in y[:FIELDS_OF_MEMBRANE]))
    loop.store(outputs)
    code = LaneCode(precision, 1)
    _read_constants(code, len(cell.constants(1.0)))
    code.add(loop.lines, row_of(code, {"X": 0}, CELL_LANES))
    return function_of(name, "ptr %X, ptr %C", ["entry:", *code.lines, "ret void"])
