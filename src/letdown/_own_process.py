"""Whether this process runs the command `letdown` and nothing else.

Then imports may leave out what only other code in the same process would use: help texts of matplotlib's artists,
plugins of pydantic. In a process of somebody else both stay as they are.
"""

import os
from importlib import import_module
from typing import Any

__all__ = ["claim", "spare_matplotlib"]

_CLAIMED: list[bool] = []


def claim() -> None:
    """Say that this process is the command's own; before pydantic is imported."""
    _CLAIMED.append(True)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them reads every installed package


def spare_matplotlib() -> None:
    """Import matplotlib without the help texts that it writes for each class of artists, half of its import.

    Nothing happens in the process of somebody else, or where matplotlib no longer writes them in this way.
    """
    if not _CLAIMED:
        return
    module: Any = import_module("matplotlib.artist")
    if hasattr(module.Artist, "_update_set_signature_and_docstring") and hasattr(module, "kwdoc"):
        module.Artist._update_set_signature_and_docstring = classmethod(lambda cls: None)
        module.kwdoc = lambda artist: ""
