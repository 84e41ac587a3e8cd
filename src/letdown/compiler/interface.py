"""How Python and a compiled program talk: one array of 64-bit words that holds numbers and addresses of arrays.

A kind says what an argument is: "i8", "u8", "f8" (a number), "f8[:,:]" (an array in C order), or a `Record` of named
kinds. `real` stands for the precision of the program. Functions of a program say their kinds by annotations such as
`Reals` below; what differs from program to program is given when the program is made.
"""

import ctypes
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Flags",
    "Kind",
    "Reals",
    "Reals2",
    "Reals3",
    "Record",
    "Unsigned",
    "Wholes",
    "Wholes2",
    "kinds_of",
    "kinds_of_record",
    "packed",
    "unpacking",
    "words_in",
]

Reals = Annotated[NDArray[np.float64], "f8[:]"]
Reals2 = Annotated[NDArray[np.float64], "f8[:,:]"]
Reals3 = Annotated[NDArray[np.float64], "f8[:,:,:]"]
Wholes = Annotated[NDArray[np.int64], "i8[:]"]
Wholes2 = Annotated[NDArray[np.int64], "i8[:,:]"]
Unsigned = Annotated[NDArray[np.uint64], "u8[:]"]
Flags = Annotated[NDArray[np.bool_], "b1[:,:]"]


@dataclass(frozen=True, slots=True)
class Record:
    """A NamedTuple: its name and the kind of each of its fields."""

    name: str
    fields: tuple[tuple[str, "Kind"], ...]


Kind = str | Record

_OF_PLAIN = {float: "f8", int: "i8", np.uint64: "u8", np.int64: "i8", np.float64: "f8", bool: "i8"}


def _kind(hint: Any, real: str) -> Kind:
    if get_origin(hint) is Annotated:
        inner, *said = get_args(hint)
        for word in said:
            if isinstance(word, str) and ("[" in word or word == "real"):
                return word.replace("real", real)
        return _kind(inner, real)
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        return kinds_of_record(hint, real)
    return _OF_PLAIN[hint]


def kinds_of_record(kind: type, real: str = "f8", plain: str | None = None) -> Record:
    """Return the kinds of a NamedTuple class; with `plain`, each of its fields is of that kind."""
    hints = get_type_hints(kind, include_extras=True)
    names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    return Record(kind.__name__, tuple((name, plain or _kind(hints.get(name, float), real)) for name in names))


def kinds_of(function: Any, given: Mapping[str, Kind], real: str = "f8") -> tuple[tuple[str, Kind], ...]:
    """Return the name and kind of each parameter of a function: as given, else as annotated.

    Raises
    ------
    KeyError
        If a parameter is annotated with a type that has no kind.
    """
    hints = {name: hint for name, hint in get_type_hints(function, include_extras=True).items() if name != "return"}
    return tuple((name, given[name] if name in given else _kind(hint, real)) for name, hint in hints.items())


def words_in(kind: Kind) -> int:
    """Return how many words an argument takes."""
    if isinstance(kind, Record):
        return sum(words_in(inner) for _, inner in kind.fields)
    return 1 + _dimensions(kind) if "[" in kind else 1


def _dimensions(kind: str) -> int:
    return kind.count(":")


@cache
def _array_of(kind: str) -> tuple[np.dtype[Any], int]:
    return np.dtype(kind[:2]), _dimensions(kind)


def _address(array: NDArray[Any]) -> int:
    """Return where an array in C order begins; `array.ctypes.data` takes three times as long."""
    if array.size and array.flags.writeable:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # type: ignore[arg-type]
    return array.ctypes.data


_UNSIGNED = 1 << 64


def packed(value: Any, kind: Kind, words: list[int]) -> None:
    """Append an argument to the words.

    Raises
    ------
    TypeError
        If an array is of another type, has another number of dimensions or does not lie in C order.
    """
    if isinstance(kind, Record):
        for (_, inner), part in zip(kind.fields, value, strict=True):
            packed(part, inner, words)
    elif "[" in kind:
        known, dimensions = _array_of(kind)
        same = value.dtype == known and value.dtype.isnative
        if not same or value.ndim != dimensions or not value.flags.c_contiguous:
            raise TypeError(f"{kind} must be given in C order; got {value.dtype} with {value.ndim} dimensions.")
        words.append(_address(value))
        words.extend(value.shape)
    elif kind[0] == "f":
        words.append(struct.unpack("<q", struct.pack("<d", value))[0])
    else:
        whole = int(value)
        words.append(whole if whole < _UNSIGNED >> 1 else whole - _UNSIGNED)


def unpacking(kinds: Sequence[tuple[str, Kind]]) -> tuple[list[str], list[str]]:
    """Return the text that reads each argument from `words`, and the lines that define the records it needs."""
    place, texts, records = 0, [], {}

    def text(kind: Kind) -> str:
        nonlocal place
        if isinstance(kind, Record):
            names = " ".join(name for name, _ in kind.fields)
            records[kind.name] = f'{kind.name} = namedtuple("{kind.name}", "{names}")'
            return f"{kind.name}({', '.join(text(inner) for _, inner in kind.fields)})"
        here, place = place, place + words_in(kind)
        if "[" in kind:
            shape = "".join(f"words[{here + 1 + i}], " for i in range(_dimensions(kind)))
            return f"{kind[:2]}_at(words[{here}], ({shape}))"
        if kind[0] == "f":
            read = f"float_of64(words[{here}])"
            return f"float32({read})" if kind == "f4" else read
        return f"uint64(words[{here}])" if kind == "u8" else f"words[{here}]"

    texts = [text(kind) for _, kind in kinds]
    return texts, list(records.values())
