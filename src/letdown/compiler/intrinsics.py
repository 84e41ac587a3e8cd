"""What printed programs use beyond Python and numpy: casts, bits, addresses, decorators. Imported where numba is.

Every function is compiled without fast-math, without reference counts (a program allocates nothing) and without a
way into Python.
"""

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

__all__ = ["compiled", "inline", "names"]

_OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


def compiled(function: Callable[..., Any]) -> Any:
    """Mark a function of a program."""
    return numba.njit(**_OPTIONS)(function)


def inline(function: Callable[..., Any]) -> Any:
    """Mark a function of a program that is written out where it is called."""
    return numba.njit(forceinline=True, **_OPTIONS)(function)


@intrinsic
def two_to_the64(typing_context: Any, i: Any) -> Any:
    """Return 2^(i - 1024) by writing the exponent bits of a float64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide = builder.sext(args[0], ir.IntType(64))
        bits = builder.shl(builder.sub(wide, ir.IntType(64)(1)), ir.IntType(64)(52))
        return builder.bitcast(bits, ir.DoubleType())

    return types.float64(types.int32), codegen


@intrinsic
def two_to_the32(typing_context: Any, i: Any) -> Any:
    """Return 2^(i - 128) by writing the exponent bits of a float32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = builder.shl(builder.sub(args[0], ir.IntType(32)(1)), ir.IntType(32)(23))
        return builder.bitcast(bits, ir.FloatType())

    return types.float32(types.int32), codegen


@intrinsic
def bits_of64(typing_context: Any, x: Any) -> Any:
    """Return the bits of a float64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), codegen


@intrinsic
def float_of64(typing_context: Any, bits: Any) -> Any:
    """Return the float64 of 64 bits."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), codegen


def _array_of(kind: Any) -> Any:
    """Return the intrinsic that makes an array of numbers of one kind, in C order, from its address and its shape."""

    @intrinsic
    def at(typing_context: Any, address: Any, shape: Any) -> Any:
        array = types.Array(kind, len(shape), "C")

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            made = arrayobj.make_array(array)(context, builder)
            data = builder.inttoptr(args[0], context.get_data_type(kind).as_pointer())
            word = context.get_value_type(types.intp)
            lengths = [
                builder.trunc(length, word) if word.width < 64 else length
                for length in cgutils.unpack_tuple(builder, args[1])
            ]
            size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind)))
            strides = [size]
            for length in lengths[:0:-1]:
                strides.insert(0, builder.mul(strides[0], length))
            arrayobj.populate_array(made, data, lengths, strides, size, None)
            return made._getvalue()

        return array(types.int64, shape), codegen

    return at


def external(name: str, arity: int) -> Any:
    """Return the intrinsic that calls a function of IR by its name; of an array it gets the address."""

    def called(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = [
            arrayobj.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
            for kind, value in zip(signature.args, args, strict=True)
        ]
        kind = ir.FunctionType(ir.VoidType(), [value.type for value in given])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, name), given)
        return context.get_dummy_value()

    parameters = ", ".join(f"a{i}" for i in range(arity))
    made: dict[str, Any] = {"none": types.none, "called": called}
    exec(f"def call(typing_context, {parameters}):\n    return none({parameters}), called", made)
    return intrinsic(made["call"])


def names(precision: str) -> dict[str, Any]:
    """Return the globals that every printed program may use; `real` is the type of its precision."""
    kinds = {
        "f8": types.float64,
        "f4": types.float32,
        "i8": types.int64,
        "i4": types.int32,
        "u8": types.uint64,
        "b1": types.boolean,
    }
    return {
        "np": np,
        "math": math,
        "namedtuple": namedtuple,
        "compiled": compiled,
        "inline": inline,
        "real": getattr(np, precision),
        "int32": np.int32,
        "int64": np.int64,
        "uint64": np.uint64,
        "float32": np.float32,
        "float64": np.float64,
        "inf": np.inf,
        "nan": np.nan,
        "two_to_the64": two_to_the64,
        "two_to_the32": two_to_the32,
        "bits_of64": bits_of64,
        "float_of64": float_of64,
        **{f"{name}_at": _array_of(kind) for name, kind in kinds.items()},
    }
