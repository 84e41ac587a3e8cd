"""Builds the objects that come with the package: `python -m letdown.engine.build_objects TARGET ...`.

Without a name it builds those of this machine and of WebAssembly, with `all` those of every target.
"""

import os
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from letdown.compiler.objects import BUILT, built_name, compiled
from letdown.compiler.program import Program
from letdown.compiler.targets import TARGETS, Target, here
from letdown.engine.programs import plain_programs

__all__ = ["build"]


def _write(program: Program, target: Target, folder: Path) -> str:
    """Compile a program for a target; return the name of its file."""
    name = built_name(program, target)
    if not (folder / name).exists():
        made = compiled(program, target)
        hidden = folder / f".{name}.{os.getpid()}"
        hidden.write_bytes(made)
        hidden.replace(folder / name)
    return name


def build(targets: Iterable[Target], folder: Path = BUILT) -> list[str]:
    """Build the objects of plain runs for some targets into a folder, and remove others of those targets.

    An object that is there already is kept: its name says what it holds.
    """
    folder.mkdir(exist_ok=True)
    wanted = [(program, target) for target in targets for program in plain_programs(target)]
    names = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tasks = {pool.submit(_write, program, target, folder): (program, target) for program, target in wanted}
        for number, task in enumerate(as_completed(tasks), start=1):
            program, target = tasks[task]
            names.append(task.result())
            print(f"{number} of {len(tasks)}: {program.name}, {target.name}", flush=True)
    for path in folder.glob("*.o"):
        if any(path.name.endswith(f"-{target.name}.o") for target in targets) and path.name not in names:
            path.unlink()
    return sorted(names)


def _asked(words: list[str]) -> list[Target]:
    if words == ["all"]:
        return list(TARGETS.values())
    if not words:
        return [here(), TARGETS["wasm32"]]
    unknown = [word for word in words if word not in TARGETS]
    if unknown:
        sys.exit(f"{unknown[0]} is no target; give all or some of {', '.join(TARGETS)}.")
    return [TARGETS[word] for word in words]


if __name__ == "__main__":
    build(_asked(sys.argv[1:]))
