"""Functions of the kernel as machine code, with every literal in the precision of the run.

The lane loops (`tiles`) take the elementary functions from here. A whole equation can be linked too: its source
is parsed again, its numbers are wrapped in the run's type (numba makes float64 of a bare literal, which would
drag a float32 loop to float64), the equations it calls are linked first, and the result is inlined where it is
called.
"""

import ast
import inspect
import textwrap
import types
from collections.abc import Callable
from typing import Any, Literal

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types as nb_types
from numba.extending import intrinsic

from letdown.kernel import elementary
from letdown.kernel.equation import Elementary, Equation

__all__ = ["Linker", "Precision", "prefer_wide_vectors"]

Precision = Literal["float64", "float32"]

_INLINE: dict[str, Any] = {"forceinline": True, "error_model": "numpy"}


@intrinsic
def _two_to_the64(typing_context: Any, i: Any) -> Any:
    """2^(i - 1024) by writing the exponent bits of a float64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide = builder.sext(args[0], ir.IntType(64))
        bits = builder.shl(builder.sub(wide, ir.IntType(64)(1)), ir.IntType(64)(52))
        return builder.bitcast(bits, ir.DoubleType())

    return nb_types.float64(nb_types.int32), codegen


@intrinsic
def _two_to_the32(typing_context: Any, i: Any) -> Any:
    """2^(i - 128) by writing the exponent bits of a float32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.shl(builder.sub(args[0], ir.IntType(32)(1)), ir.IntType(32)(23))
        return builder.bitcast(bits, ir.FloatType())

    return nb_types.float32(nb_types.int32), codegen


@intrinsic
def _bits_of64(typing_context: Any, x: Any) -> Any:
    """Return the bits of a float64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return nb_types.int64(nb_types.float64), codegen


@intrinsic
def _float_of64(typing_context: Any, bits: Any) -> Any:
    """Return the float64 of 64 bits."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return nb_types.float64(nb_types.int64), codegen


@intrinsic
def prefer_wide_vectors(typing_context: Any) -> Any:
    """Ask LLVM for 512-bit registers in the calling function, where the processor has them, and a stack to fit them.

    What a lane loop cannot keep in registers goes to the stack; astride two lines of the cache it costs an eighth of
    the speed.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        set.add(builder.function.attributes, "alignstack(64)")
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')  # llvmlite knows no string attributes
        return context.get_dummy_value()

    return nb_types.none(), codegen


class _LiteralPrecision(ast.NodeTransformer):
    """Wraps every number of a function's body in `_real(...)`."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            return node
        call = ast.Call(func=ast.Name("_real", ast.Load()), args=[node], keywords=[])
        return ast.copy_location(call, node)


class Linker:
    """Compiles equations for one precision; keeps what it has compiled."""

    def __init__(self, precision: Precision) -> None:
        self.precision = precision
        self.real = np.float64 if precision == "float64" else np.float32
        self._done: dict[int, Any] = {}

    def link(self, obj: Equation | Elementary | Callable[..., Any]) -> Any:
        """Return the compiled function of an equation or elementary function."""
        if id(obj) not in self._done:
            if isinstance(obj, Elementary):
                self._done[id(obj)] = self._elementary(obj)
            elif isinstance(obj, Equation):
                self._done[id(obj)] = self._equation(obj)
            else:
                raise TypeError(f"{obj!r} is not an equation; decorate it with @equation.")
        return self._done[id(obj)]

    def _elementary(self, obj: Elementary) -> Any:
        function: Any = obj.compiled[self.precision]
        names = {
            **elementary.__dict__,
            "two_to_the64": _two_to_the64,
            "two_to_the32": _two_to_the32,
            "bits_of64": _bits_of64,
            "float_of64": _float_of64,
            "held": numba.njit(elementary.held, **_INLINE),
            "int32": np.int32,
            "float64": np.float64,
        }
        return numba.njit(types.FunctionType(function.__code__, names, function.__name__), **_INLINE)

    def _equation(self, obj: Equation) -> Any:
        function: Any = obj.function
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef)
        definition.decorator_list = []
        definition.returns = None
        for argument in definition.args.args:
            argument.annotation = None
        definition.body = [_LiteralPrecision().visit(node) for node in definition.body if not _is_docstring(node)]
        ast.fix_missing_locations(tree)
        ast.increment_lineno(tree, first - 1)
        names: dict[str, Any] = {"_real": self.real}
        for name in _names_used(definition):
            if name in function.__globals__:
                value = function.__globals__[name]
                names[name] = self.link(value) if isinstance(value, Equation | Elementary) else value
        exec(compile(tree, inspect.getsourcefile(function) or "<equation>", "exec"), names)
        return numba.njit(names[function.__name__], **_INLINE)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _names_used(definition: ast.FunctionDef) -> set[str]:
    return {node.id for node in ast.walk(definition) if isinstance(node, ast.Name)}
