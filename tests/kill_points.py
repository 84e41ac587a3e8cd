"""Writes a small run again and again, each time dying at another call of the system; prints what each death left.

    python kill_points.py FOLDER new|empty|old

For each death, a line of JSON: what lay in the folder of the run just after it, and after the next run beside it.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from letdown.run_folder import run_folder

__all__ = ["NEW", "OLD"]

OLD = {"recording.nc": "old", "summary.json": "old", "events.csv": "old", "notes.txt": "mine", "mine/deep.txt": "mine"}
NEW = {"recording.nc": "new", "summary.json": "new", "figure.png": "new"}

CALLS = ("rename", "replace", "unlink", "rmdir", "mkdir", "fsync", "open", "chmod", "close")


def contents(folder: Path) -> dict[str, str] | None:
    """Return the files of a folder that are not hidden; None if there is no such folder."""
    if not folder.is_dir():
        return None
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in found
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def write(place: Path, overwrite: bool) -> None:
    """Write a run of three files."""
    with run_folder(place, overwrite=overwrite) as folder:
        for name, text in NEW.items():
            (folder.path / name).write_text(text)
        folder.commit()


def prepare(home: Path, found: str) -> Path:
    """Return the place of a run; what is there before."""
    shutil.rmtree(home, ignore_errors=True)
    place = home / "one"
    home.mkdir(parents=True)
    if found != "new":
        place.mkdir()
    for name, text in OLD.items() if found == "old" else ():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(text)
    return place


def dying(at: int) -> list[int]:
    """Let the n-th call of the system end the process; 0 for never. Returns a list whose item counts the calls."""
    made = [0]

    def counted(real: Any) -> Any:
        def called(*given: Any, **named: Any) -> Any:
            made[0] += 1
            if made[0] == at:
                os._exit(9)
            return real(*given, **named)

        return called

    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))
    return made


def main(home: Path, found: str) -> None:
    """Die at every call in turn."""
    at = 0
    while True:
        at += 1
        place = prepare(home, found)
        child = os.fork()
        if child == 0:
            dying(at)
            write(place, found == "old")
            os._exit(0)
        died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        just = contents(place)
        for sibling in home.iterdir():  # as old as one that is found a minute later
            if sibling.name.startswith("."):
                os.utime(sibling, (0, 0))
        write(home / "other", False)
        if found == "empty" and place.is_dir():  # what is inside is cleared by whoever uses it
            from letdown._unfinished import clear_abandoned

            for inner in place.iterdir():
                os.utime(inner, (0, 0))
            clear_abandoned(place)
        shutil.rmtree(home / "other")
        hidden = [str(path) for path in home.rglob(".*")] + [path.name for path in home.iterdir() if path != place]
        print(json.dumps({"at": at, "died": died, "just": just, "next": contents(place), "hidden": hidden}))
        if not died:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
