"""The spiking network in tiles of eight cells; the child that compiles imports it too."""

from types import ModuleType
from typing import Any

from letdown.engine.network import loops

__all__ = ["NARROW", "load_narrow"]

NARROW = {"float64": 8, "float32": 8}


def load_narrow(*key: Any) -> ModuleType:
    """Return the compiled module for tiles of eight cells, in this process and in a child alike."""
    loops.LANES = NARROW  # type: ignore[assignment]
    return loops.load_network(*key)
