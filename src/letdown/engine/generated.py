"""Generated modules: written to a real file, because numba caches compiled code by file, then imported."""

import importlib.util
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["cache_folder", "import_generated"]


def cache_folder() -> Path:
    """Return the folder for generated files: LETDOWN_CACHE_DIR, the user's cache, or a temporary folder."""
    asked = os.environ.get("LETDOWN_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME")
    choices = [Path(asked)] if asked else [Path(base) if base else Path.home() / ".cache"]
    choices.append(Path(tempfile.gettempdir()) / f"letdown-{os.getuid() if hasattr(os, 'getuid') else 'user'}")
    for choice in choices:
        folder = choice / "letdown"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="letdown-"))


def import_generated(name: str, text: str, names: Mapping[str, Any]) -> ModuleType:
    """Write `text` as the module `name` into the cache folder and import it with `names` as its globals."""
    path = cache_folder() / f"{name}.py"
    if not path.exists() or path.read_text() != text:
        written = path.with_suffix(f".{os.getpid()}.tmp")
        written.write_text(text)
        written.replace(path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    module.__dict__.update(names)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
