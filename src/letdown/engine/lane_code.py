"""Prints straight lines as LLVM IR on vectors: one lane of a tile is one element of each vector.

    v7 = v3 * v5      becomes      %v7 = fmul <4 x double> %v3, %v5

Nothing is left to a vectoriser, no flag allows an operation to be merged or regrouped. An elementary function is
printed where it is called, by calling its compiled form with values that note what is done to them.
"""

import struct
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, final

import numpy as np

from letdown.compiler.program import Generated, Precision
from letdown.engine.lane_lines import Line
from letdown.kernel.elementary import maximum, minimum, select

__all__ = ["LaneCode", "Value", "function_of", "lane_function", "row_of", "substep_function"]

_REAL = {"float64": "double", "float32": "float"}
_ARITHMETIC = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}
_COMPARED = {">": "ogt", "<": "olt", ">=": "oge", "<=": "ole"}


@final
@dataclass(slots=True)
class LaneCode:
    """Instructions on vectors of one precision and width, as they are noted."""

    precision: Precision
    lanes: int
    lines: list[str] = field(default_factory=list)
    names: dict[str, "Value"] = field(default_factory=dict)
    noted: int = 0

    @property
    def real(self) -> str:
        """The type of a number of the run."""
        return _REAL[self.precision]

    @property
    def vector(self) -> str:
        """The type of a number of the run in every lane."""
        return f"<{self.lanes} x {self.real}>"

    def splat(self, name: str, scalar: str) -> None:
        """Give every lane a number that all share, under a name."""
        first, many = f"%{name}.one", f"%{name}.all"
        self.lines.append(f"{first} = insertelement {self.vector} poison, {self.real} {scalar}, i64 0")
        zeros = f"<{self.lanes} x i32> zeroinitializer"
        self.lines.append(f"{many} = shufflevector {self.vector} {first}, {self.vector} poison, {zeros}")
        self.names[name] = Value(self, self.vector, many)

    @property
    def bytes(self) -> int:
        """Bytes of a number of the run."""
        return 8 if self.precision == "float64" else 4

    def add(
        self,
        lines: Iterable[Line],
        address: Callable[[int], str],
        values: dict[int, "Value"] | None = None,
        first_value: int = 1 << 30,
    ) -> None:
        """Print lines; `address` prints what computes the address of a row, and returns its name.

        Rows from `first_value` on are not in memory: what is stored there is kept in `values` and read from there.
        """
        size = self.bytes
        values = {} if values is None else values
        for line in lines:
            if line.row >= first_value:
                if line.operation == "load":
                    self.names[line.name] = values[line.row]
                else:
                    values[line.row] = self.value(line.operands[0])
            elif line.operation == "load":
                at = address(line.row)
                self.names[line.name] = self.note(self.vector, f"load {self.vector}, ptr {at}, align {size}")
            elif line.operation == "store":
                at = address(line.row)
                value = self.value(line.operands[0])
                self.lines.append(f"store {self.vector} {value.text}, ptr {at}, align {size}")
            else:
                self.names[line.name] = self._operation(line)

    def value(self, operand: str | float) -> "Value":
        """Return the value of an operand."""
        return self.names[operand] if isinstance(operand, str) else self.literal(operand)

    def literal(self, number: float, kind: str = "") -> "Value":
        """Return a literal in every lane."""
        kind = kind or self.vector
        lanes, _, inner = kind[1:-1].partition(" x ")
        if inner in ("double", "float"):
            rounded = float(np.float32(number)) if inner == "float" else float(number)
            text = f"0x{struct.unpack('<Q', struct.pack('<d', rounded))[0]:016X}"
        else:
            text = str(int(number))
        return Value(self, kind, f"<{', '.join([f'{inner} {text}'] * int(lanes))}>")

    def note(self, kind: str, text: str) -> "Value":
        """Add an instruction; return its value."""
        self.noted += 1
        self.lines.append(f"%v{self.noted} = {text}")
        return Value(self, kind, f"%v{self.noted}")

    def _operation(self, line: Line) -> "Value":
        values = [self.value(x) for x in line.operands]
        if line.operation in _ARITHMETIC:
            return values[0].with_(_ARITHMETIC[line.operation], values[1])
        if line.operation in _COMPARED:
            return values[0].compared(_COMPARED[line.operation], values[1])
        return self.applied(line.operation, values)

    def applied(self, function: Any, values: list["Value"]) -> "Value":
        """Return an elementary function of values: its compiled form, with IR in place of what it is made of."""
        if function is select:
            return values[0].chosen(values[1], values[2])
        if function is maximum or function is minimum:
            return (_larger if function is maximum else _smaller)(*values)
        compiled = function.compiled[self.precision]
        made: Value = types.FunctionType(compiled.__code__, {**compiled.__globals__, **_NAMES})(*values)
        return made


@final
class Value:
    """The value of an instruction in every lane; arithmetic on it adds instructions."""

    __slots__ = ("code", "kind", "text")

    def __init__(self, code: LaneCode, kind: str, text: str) -> None:
        self.code = code
        self.kind = kind
        self.text = text

    def other(self, x: Any) -> "Value":
        """Return x, a literal in the kind of this value."""
        return x if isinstance(x, Value) else self.code.literal(x, self.kind)

    def with_(self, instruction: str, x: Any) -> "Value":
        """Return this value and another combined by an instruction."""
        return self.code.note(self.kind, f"{instruction} {self.kind} {self.text}, {self.other(x).text}")

    def compared(self, relation: str, x: Any) -> "Value":
        """Return whether a relation holds."""
        kind = f"<{self.code.lanes} x i1>"
        return self.code.note(kind, f"fcmp {relation} {self.kind} {self.text}, {self.other(x).text}")

    def compared_whole(self, relation: str, x: "Value") -> "Value":
        """Return whether a relation of whole numbers holds."""
        return self.code.note(f"<{self.code.lanes} x i1>", f"icmp {relation} {self.kind} {self.text}, {x.text}")

    def chosen(self, yes: Any, no: Any) -> "Value":
        """Return `yes` where this condition holds, else `no`."""
        a = yes if isinstance(yes, Value) else no.other(yes) if isinstance(no, Value) else self.code.literal(yes)
        b = a.other(no)
        return self.code.note(a.kind, f"select {self.kind} {self.text}, {a.kind} {a.text}, {b.kind} {b.text}")

    def cast(self, instruction: str, inner: str) -> "Value":
        """Return this value in another type."""
        kind = f"<{self.code.lanes} x {inner}>"
        return self if kind == self.kind else self.code.note(kind, f"{instruction} {self.kind} {self.text} to {kind}")

    def called(self, intrinsic: str) -> "Value":
        """Return what an exact intrinsic of LLVM, such as sqrt, gives."""
        inner = "f64" if "double" in self.kind else "f32"
        name = f"@llvm.{intrinsic}.v{self.code.lanes}{inner}"
        return self.code.note(self.kind, f"call {self.kind} {name}({self.kind} {self.text})")

    def _of(self, name: str) -> str:
        if "double" in self.kind or "float" in self.kind:
            return f"f{name}"
        return name

    def __add__(self, x: Any) -> "Value":
        """Note self + x."""
        return self.with_(self._of("add"), x)

    def __radd__(self, x: Any) -> "Value":
        """Note x + self."""
        return self.other(x) + self

    def __sub__(self, x: Any) -> "Value":
        """Note self - x."""
        return self.with_(self._of("sub"), x)

    def __rsub__(self, x: Any) -> "Value":
        """Note x - self."""
        return self.other(x) - self

    def __mul__(self, x: Any) -> "Value":
        """Note self * x."""
        return self.with_(self._of("mul"), x)

    def __rmul__(self, x: Any) -> "Value":
        """Note x * self."""
        return self.other(x) * self

    def __truediv__(self, x: Any) -> "Value":
        """Note self / x."""
        return self.with_("fdiv", x)

    def __rshift__(self, x: Any) -> "Value":
        """Note self >> x, the sign kept."""
        return self.with_("ashr", x)

    def __lshift__(self, x: Any) -> "Value":
        """Note self << x."""
        return self.with_("shl", x)

    def __abs__(self) -> "Value":
        """Note |self|."""
        return self.called("fabs")


def _larger(a: Value, b: Any) -> Value:
    b = a.other(b)
    return a.compared("ogt", b).chosen(a, b)


def _smaller(a: Value, b: Any) -> Value:
    b = a.other(b)
    return a.compared("olt", b).chosen(a, b)


def _power_of_two(i: Value, wide: str, shift: int, inner: str) -> Value:
    return ((i.cast("sext", wide) - 1) << shift).cast("bitcast", inner)


def _whole(x: Any) -> Any:
    return x.cast("fptosi", "i32") if "x i" not in x.kind else x


def _as_real(inner: str) -> Callable[[Any], Any]:
    return lambda x: x.cast("sitofp", inner) if isinstance(x, Value) else x


_NAMES: dict[str, Any] = {
    "int32": _whole,
    "float64": _as_real("double"),
    "np": types.SimpleNamespace(float32=_as_real("float"), float64=_as_real("double"), int32=_whole),
    "math": types.SimpleNamespace(sqrt=lambda x: x.called("sqrt")),
    "held": lambda x, low, high: _smaller(_larger(x, low), high),
    "two_to_the64": lambda i: _power_of_two(i, "i64", 52, "double"),
    "two_to_the32": lambda i: _power_of_two(i, "i32", 23, "float"),
    "bits_of64": lambda x: x.cast("bitcast", "i64"),
    "float_of64": lambda bits: bits.cast("bitcast", "double"),
}


_BUFFER: Mapping[str, int] = MappingProxyType({"B": 0})


def lane_function(
    name: str,
    scalars: Sequence[str],
    lines: Iterable[Line],
    precision: Precision,
    lanes: int,
    arrays: Mapping[str, int] = _BUFFER,
) -> Generated:
    """Return a function (*arrays, *scalars) that runs lines once for every lane of a tile.

    Row r of a buffer is the vector at B[r * lanes]. `arrays` says which row is the first of each buffer, in order.
    """
    code = LaneCode(precision, lanes)
    for scalar in scalars:
        code.splat(scalar, f"%{scalar}")
    code.add(lines, row_of(code, arrays))
    head = ", ".join([*(f"ptr %{array}" for array in arrays), *(f"{code.real} %{scalar}" for scalar in scalars)])
    return function_of(name, head, ["entry:", *code.lines, "ret void"])


def substep_function(
    name: str, lines: Iterable[Line], precision: Precision, lanes: int, *, repeated: bool
) -> Generated:
    """Return a function (B, step, first, n, share) that runs lines for the substeps first, ..., first + n - 1.

    The lines know `share0` and `share1`, where the substep begins and ends as shares of the tick. Where it is not to be
    repeated, n must be 1: a loop would first copy all rows that it only reads to its stack.
    """
    code = LaneCode(precision, lanes)
    code.splat("step", "%step")
    before, code.lines = code.lines, []
    for scalar, number in (("share0", "%k"), ("share1", "%next")):
        code.lines.append(f"%{scalar}.n = sitofp i64 {number} to {code.real}")
        code.lines.append(f"%{scalar} = fmul {code.real} %{scalar}.n, %share")
        code.splat(scalar, f"%{scalar}")
    code.add(lines, row_of(code))
    real = code.real
    if repeated:
        body = [
            "entry:", *before, "%end = add i64 %first, %n", "%any = icmp slt i64 %first, %end",
            "br i1 %any, label %substep, label %done", "substep:",
            "%k = phi i64 [ %first, %entry ], [ %next, %substep ]", "%next = add i64 %k, 1", *code.lines,
            "%more = icmp slt i64 %next, %end", "br i1 %more, label %substep, label %done", "done:", "ret void",
        ]  # fmt: skip
    else:
        body = ["entry:", *before, "%k = add i64 %first, 0", "%next = add i64 %k, %n", *code.lines, "ret void"]
    return function_of(name, f"ptr %B, {real} %step, i64 %first, i64 %n, {real} %share", body)


def row_of(
    code: LaneCode, arrays: Mapping[str, int] = _BUFFER, stride: int = 0, inner: str = ""
) -> Callable[[int], str]:
    """Return a function that prints the address of a row of some arrays, whose rows lie `stride` apart."""

    def address(row: int) -> str:
        array, first = max((item for item in arrays.items() if item[1] <= row), key=lambda item: item[1])
        place = (row - first) * (stride or code.lanes)
        return code.note("ptr", f"getelementptr {inner or code.real}, ptr %{array}, i64 {place}").text

    return address


def function_of(name: str, head: str, body: list[str]) -> Generated:
    """Return the IR of a function; 512-bit registers are used where the machine has them."""
    wide = '"prefer-vector-width"="512" "min-legal-vector-width"="512"'
    text = [f"define internal void @{name}({head}) noinline nounwind {wide} {{"]
    text += [line if line.endswith(":") else f"  {line}" for line in body] + ["}"]
    return Generated("\n".join(text), 1 + head.count(","))
