"""Prints a program: one self-contained module of plain Python, from functions of ordinary modules and traced loops.

A function is read, stripped of its docstring, annotations and decorators, and printed; so is every function that it
calls. A constant that it uses is written in its place. So the text holds all that decides the machine code and
nothing else: an edited comment, annotation or name of a constant changes no text, an edited equation changes it.
"""

import ast
import builtins
import hashlib
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from types import FunctionType, ModuleType
from typing import Any, Literal, final

import numpy as np

from letdown.compiler.interface import Kind, kinds_of, unpacking, words_in

__all__ = ["Generated", "Precision", "Program", "printed"]

Precision = Literal["float64", "float32"]

LANGUAGE = 1
"""Number of this way to print and call programs; a change of what a text means takes a new one."""

_GIVEN = {
    "np", "math", "namedtuple", "real", "int32", "int64", "uint64", "float32", "float64", "inf", "nan",
    "two_to_the64", "two_to_the32", "bits_of64", "float_of64", "letdown_enter",
}  # fmt: skip
"""Names that `intrinsics` puts into every program."""

_OF_ENTER = {"compiled", "inline", "which", "address", "words", "f8_at", "f4_at", "i8_at", "i4_at", "u8_at", "b1_at"}
"""Names that the printed entry uses beyond those."""


@final
@dataclass(frozen=True, slots=True)
class Generated:
    """The IR of a function that a trace has written, and how many arguments it takes, the first an array."""

    ir: str
    arity: int


@final
@dataclass(frozen=True)
class Program:
    """A printed program: its name for people, precision, text, traced loops, and the kinds of arguments of each entry.

    The loops are IR already; the text calls them by name.
    """

    name: str
    precision: Precision
    text: str
    loops: tuple[tuple[str, Generated], ...]
    entries: tuple[tuple[str, tuple[tuple[str, Kind], ...]], ...]

    @cached_property
    def key(self) -> str:
        """All that decides what the program does, as a digest of 32 letters."""
        loops = "\n".join(loop.ir for _, loop in self.loops)
        return hashlib.sha256(f"{LANGUAGE}\n{self.precision}\n{self.text}\n{loops}".encode()).hexdigest()[:32]


@cache
def _source(function: Any) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise TypeError(f"{function!r} must be a function written with def.")
    return definition


class _Printer(ast.NodeTransformer):
    """Prints functions, each once, after those that it calls."""

    def __init__(self, replaced: Mapping[str, Any]) -> None:
        self.replaced = replaced
        self.parts: list[str] = []
        self.names: dict[Any, str] = {}
        self._globals: dict[str, Any] = {}
        self._local: set[str] = set()

    def include(self, value: Any) -> str:
        """Return the name in the program of a function, a record or generated text."""
        if value not in self.names:
            self.names[value] = ""  # claimed before its body is printed
            plain = getattr(value, "name", None) or getattr(value, "__name__", None)
            name = str(plain).removeprefix("_python_")
            while name in self.names.values() or name in _GIVEN | _OF_ENTER or hasattr(builtins, name):
                name += "_"
            self.names[value] = name
            self.parts.append(self._part(value, name))
        return self.names[value]

    def _part(self, value: Any, name: str) -> str:
        if isinstance(value, type):
            names = " ".join(value._fields)  # type: ignore[attr-defined]
            return f'{name} = namedtuple("{name}", "{names}")'
        value = getattr(value, "function", value)  # an equation is printed as the function it is
        compiled = getattr(value, "compiled", None)
        if compiled is not None:  # scalar code computes in float64, whatever the precision of the lanes
            value = compiled["float64"]
        return f"@inline\n{self._function(value, name)}"

    def _function(self, function: FunctionType, name: str) -> str:
        outer = self._globals, self._local
        definition = ast.parse(ast.unparse(_source(function))).body[0]
        assert isinstance(definition, ast.FunctionDef)
        self._globals = function.__globals__ | dict(inspect.getclosurevars(function).nonlocals)
        self._local = set(function.__code__.co_varnames)
        definition.name = name
        definition.decorator_list = []
        definition.returns = None
        for argument in definition.args.args:
            argument.annotation = None
        body = [self.visit(node) for node in definition.body if not _is_text(node)]
        definition.body = body or [ast.Pass()]
        self._globals, self._local = outer
        return ast.unparse(ast.fix_missing_locations(definition))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Drop the annotation of a local name."""
        assert node.value is not None
        visited: ast.AST = self.visit(ast.Assign([node.target], node.value))
        return visited

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Write a constant of a class, an enumeration or a module in its place."""
        found = self._known(node)
        if isinstance(found, int | float | Enum) and not isinstance(found, bool):
            return _constant(found)
        if isinstance(found, FunctionType):
            return ast.Name(self.include(found), ast.Load())
        return self.generic_visit(node)

    def _known(self, node: ast.expr) -> Any:
        """Return the value of a dotted global name, None if it is none or numpy's."""
        if isinstance(node, ast.Name):
            return None if node.id in self._local else self._globals.get(node.id)
        if isinstance(node, ast.Attribute):
            holder = self._known(node.value)
            if isinstance(holder, type | ModuleType) and holder is not np:
                return getattr(holder, node.attr)
        return None

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Write a constant in place of its name, and the name in the program in place of that in its module."""
        if not isinstance(node.ctx, ast.Load) or node.id in self._local:
            return node
        if node.id in self.replaced:
            value = self.replaced[node.id]
            return node if isinstance(value, Generated) else self._written(value, node)
        if node.id in _GIVEN:
            return node
        if node.id in self._globals:
            return self._written(self._globals[node.id], node)
        if hasattr(builtins, node.id):
            return node
        raise NameError(f"{node.id} is no global of the function that uses it.")

    def _written(self, value: Any, node: ast.Name) -> ast.AST:
        if isinstance(value, bool | int | float | tuple | np.unsignedinteger | Enum):
            return _constant(value)
        return ast.Name(self.include(value), ast.Load())


def _constant(value: Any) -> ast.expr:
    if isinstance(value, np.unsignedinteger):
        return ast.Call(ast.Name("uint64", ast.Load()), [ast.Constant(int(value))], [])
    if isinstance(value, tuple):
        return ast.Tuple([_constant(part) for part in value], ast.Load())
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, float) and value < 0.0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def printed(
    name: str,
    precision: Precision,
    entries: Sequence[Callable[..., Any]],
    replaced: Mapping[str, Any],
    kinds: Mapping[str, Kind] | None = None,
) -> Program:
    """Return the program of some functions.

    Parameters
    ----------
    name : str
        Its name for people.
    precision : {"float64", "float32"}
        What `real` means in it.
    entries : sequence of functions
        Functions that are called from outside; they return nothing.
    replaced : mapping
        What stands for a name that the functions use: a number, a function, an elementary function, or a traced
        function.
    kinds : mapping
        Kinds of parameters that their annotations do not tell.
    """
    printer = _Printer(replaced)
    real = "f8" if precision == "float64" else "f4"
    made = tuple((printer.include(entry), kinds_of(entry, kinds or {}, real)) for entry in entries)
    loops = tuple((given, value) for given, value in replaced.items() if isinstance(value, Generated))
    return Program(name, precision, _whole(printer.parts, made), loops, made)


def _whole(parts: Sequence[str], entries: Sequence[tuple[str, Sequence[tuple[str, Kind]]]]) -> str:
    """Return the text of a program, with one function that calls the entry of a number."""
    known = {part.partition(" ")[0] for part in parts if "= namedtuple(" in part}
    records: dict[str, str] = {}
    lines = []
    for number, (name, kinds) in enumerate(entries):
        texts, needed = unpacking(kinds)
        records |= {line.partition(" ")[0]: line for line in needed if line.partition(" ")[0] not in known}
        length = max(1, sum(words_in(kind) for _, kind in kinds))
        lines += [f"    if which == {number}:", f"        words = i8_at(address, ({length},))"]
        lines.append(f"        {name}({', '.join(texts)})")
    enter = "\n".join(["@compiled", "def letdown_enter(which, address):", *lines])
    return "\n\n\n".join([*records.values(), *parts, enter]) + "\n"
