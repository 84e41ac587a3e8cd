"""A WebAssembly module of a relocatable object, without a linker: the object has one module and no undefined data.

The sections that run are kept, those that only a linker reads are dropped, and the entry is exported. The host supplies
`__linear_memory` and `__stack_pointer`. Nothing is allocated, so the host gives no allocator.
"""

from collections.abc import Iterator

__all__ = ["imports_of", "instantiable"]

_CUSTOM, _IMPORT, _EXPORT = 0, 2, 7
_AFTER_EXPORTS = (8, 9, 10, 11, 12)
_FUNCTION, _DATA, _GLOBAL, _TABLE = 0, 1, 2, 5
_UNDEFINED, _NAMED = 0x10, 0x40


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number in LEB128 and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _text(data: bytes, at: int) -> tuple[str, int]:
    length, at = _number(data, at)
    return data[at : at + length].decode(), at + length


def _encoded(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def _sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    at = 8
    while at < len(module):
        kind = module[at]
        length, at = _number(module, at + 1)
        yield kind, module[at : at + length]
        at += length


def imports_of(module: bytes) -> list[tuple[str, str, int]]:
    """Return what a module imports: module, name, kind (0 function, 1 table, 2 memory, 3 global)."""
    found: list[tuple[str, str, int]] = []
    for kind, data in _sections(module):
        if kind != _IMPORT:
            continue
        count, at = _number(data, 0)
        for _ in range(count):
            place, at = _text(data, at)
            name, at = _text(data, at)
            what, at = data[at], at + 1
            at = _after_type(data, at, what)
            found.append((place, name, what))
    return found


def _after_type(data: bytes, at: int, what: int) -> int:
    """Return where the type of an import ends."""
    if what == 0:
        return _number(data, at)[1]
    if what == 3:
        return at + 2
    at += what == 1  # a table has a type of element before its limits
    limits, at = data[at], at + 1
    at = _number(data, at)[1]
    return _number(data, at)[1] if limits & 1 else at


def _function_index(linking: bytes, entry: str) -> int:
    """Return the index of a function by its name in the symbol table of the `linking` section."""
    at = _number(linking, 0)[1]  # version
    while at < len(linking):
        kind = linking[at]
        length, at = _number(linking, at + 1)
        if kind == 8:
            return _in_symbols(linking[at : at + length], entry)
        at += length
    raise ValueError(f"The object has no table of symbols; {entry} cannot be exported.")


def _in_symbols(table: bytes, entry: str) -> int:
    count, at = _number(table, 0)
    for _ in range(count):
        kind = table[at]
        flags, at = _number(table, at + 1)
        if kind == _DATA:
            _, at = _text(table, at)
            for _ in range(0 if flags & _UNDEFINED else 3):
                at = _number(table, at)[1]
            continue
        index, at = _number(table, at)
        name = ""
        if kind in (_FUNCTION, _GLOBAL, _TABLE) and (not flags & _UNDEFINED or flags & _NAMED):
            name, at = _text(table, at)
        if kind == _FUNCTION and name == entry:
            return index
    raise ValueError(f"The object has no function {entry}; emit it with that name.")


def instantiable(made: bytes, entry: str) -> bytes:
    """Return the module of an object that exports its entry, ready for a browser or node.

    Raises
    ------
    ValueError
        If the object has no such function.
    """
    index = None
    for kind, data in _sections(made):
        if kind == _CUSTOM:
            name, at = _text(data, 0)
            if name == "linking":
                index = _function_index(data[at:], entry)
    if index is None:
        raise ValueError("The object must be relocatable; emit it with LLVM for wasm32.")
    said = entry.encode()
    export = _encoded(1) + _encoded(len(said)) + said + bytes([0]) + _encoded(index)
    out, exported = made[:8], False
    for kind, data in _sections(made):
        if kind == _CUSTOM:
            continue
        if kind in _AFTER_EXPORTS and not exported:
            out += bytes([_EXPORT]) + _encoded(len(export)) + export
            exported = True
        out += bytes([kind]) + _encoded(len(data)) + data
    return out
