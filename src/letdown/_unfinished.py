"""Hidden folders of what is not finished: made beside the place of the result, held by a lock while their maker lives.

A hidden folder holds `owner`, the lock file, and `new`, what is being made. A new folder is put in its place by one
renaming. A folder that is to be replaced is moved to `old`, then `new` takes its name, then what others had put into
`old` follows. `plan.json`, written before, says so; whoever finds the folder of a dead process finishes what was begun
or throws away what was not. So a place holds the whole old result or the whole new one, whenever a process dies.

Nothing is removed but folders of this name, with our lock file, of this user, whose lock nobody holds.
"""

import errno
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import final

from letdown._file_lock import locked, unlock
from letdown._notice import notice

__all__ = ["Unfinished", "clear_abandoned", "is_unfinished", "names_on_disk", "on_disk", "unfinished"]

PREFIX, OWNER, NEW, OLD, PLAN = ".letdown-unfinished-", "owner", "new", "old", "plan.json"
IN_PLACE = "."
"""What a plan calls the folder that holds the hidden folder, when its files are moved into it one by one."""

NEWBORN_S = 60.0
"""A folder without a lock file may be so young that its maker has not written it yet, s."""


def is_unfinished(path: Path) -> bool:
    """Return whether a path lies in a hidden folder."""
    return any(part.startswith(PREFIX) for part in path.parts)


@final
@dataclass(frozen=True, slots=True)
class Unfinished:
    """A hidden folder, and the lock file in it that this process holds; no lock where the file system knows none."""

    path: Path
    lock: int | None

    @property
    def new(self) -> Path:
        """The folder of what is being made."""
        return self.path / NEW

    def put(self, place: Path) -> None:
        """Give what was made its place, which does not exist.

        Raises
        ------
        OSError
            If that name is taken, or cannot be given.
        """
        _all_on_disk(self.new)
        os.rename(self.new, place)
        names_on_disk(place.parent)

    def fill(self) -> None:
        """Move what was made into the folder that holds the hidden one, which is empty beside it.

        Raises
        ------
        OSError
            If a file cannot be moved; then none is.
        """
        _all_on_disk(self.new)
        self._plan(IN_PLACE, ())
        names = sorted(path.name for path in self.new.iterdir())
        try:
            _fill(self.path)
        except OSError:
            (self.path / PLAN).unlink()
            for name in names:
                if not (self.new / name).exists():
                    (self.path.parent / name).unlink(missing_ok=True)
            raise

    def replace(self, place: Path, ours: Collection[str]) -> None:
        """Replace a folder as a whole; what it holds under other names than `ours` and new ones stays in it.

        Raises
        ------
        OSError
            If the folder cannot be renamed; it is as it was then.
        """
        _all_on_disk(self.new)
        self.new.chmod(stat.S_IMODE(place.stat().st_mode))
        self._plan(place.name, ours)
        old = self.path / OLD
        with suppress(FileNotFoundError):  # removed meanwhile: nothing to replace
            os.rename(place, old)
        try:
            os.rename(self.new, place)
        except OSError:
            if not place.exists():
                os.rename(old, place)
            raise
        _carry_over(old, place, ours)
        names_on_disk(place.parent)

    def _plan(self, name: str, ours: Collection[str]) -> None:
        plan = self.path / PLAN
        try:
            plan.write_text(json.dumps({"place": name, "ours": sorted(ours)}), encoding="utf-8")
            on_disk(plan)
            on_disk(self.path)
        except OSError:
            plan.unlink(missing_ok=True)  # else `remove` would finish what is refused here
            raise

    def remove(self) -> None:
        """Remove the folder and all in it, but finish first what was begun of putting it in its place."""
        if (self.path / PLAN).exists():
            with suppress(OSError, ValueError, KeyError, TypeError):  # a plan of another version, or damaged
                _settle(self.path)
        if (self.path / OLD).exists():
            _put_aside(self.path / OLD)
        if self.lock is not None:
            unlock(self.lock)
        if (self.path / OLD).exists():
            notice(
                f"What was in a folder before is in {self.path / OLD} and could not be moved; the next run tries again."
            )
        else:
            shutil.rmtree(self.path, ignore_errors=True)


def unfinished(parent: Path) -> Unfinished:
    """Make a hidden folder in `parent`; what dead processes left there is cleared first.

    Raises
    ------
    OSError
        If `parent` cannot be written to.
    """
    clear_abandoned(parent)
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        try:
            (path / NEW).mkdir()
            lock = locked(path / OWNER)
        except FileNotFoundError:
            continue  # somebody took it for an abandoned one
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                shutil.rmtree(path, ignore_errors=True)
                raise
            lock = None
        return Unfinished(path, lock)


_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)
"""What a file system says that knows no locks."""


def clear_abandoned(parent: Path) -> None:
    """Finish or remove what processes that are dead have left in a folder."""
    with suppress(OSError):
        for path in list(parent.iterdir()):
            if path.name.startswith(PREFIX) and _is_folder_of_this_user(path):
                with suppress(OSError):  # a file system without locks: nobody knows whether the maker lives
                    lock = _lock_of_the_dead(path)
                    if lock is not None:
                        Unfinished(path, lock).remove()


def _is_folder_of_this_user(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISDIR(found.st_mode) and (not hasattr(os, "geteuid") or found.st_uid == os.geteuid())


def _lock_of_the_dead(path: Path) -> int | None:
    try:
        return locked(path / OWNER, create=False)
    except FileNotFoundError:
        if time.time() - path.stat().st_mtime < NEWBORN_S:
            return None
        return locked(path / OWNER)


# What was begun ----------------------------------------------------------------------------------------------------


def _settle(hidden: Path) -> None:
    """Finish what a plan says, if it was begun; what was not begun leaves the old result whole."""
    plan = json.loads((hidden / PLAN).read_text(encoding="utf-8"))
    name, ours = str(plan["place"]), frozenset(map(str, plan["ours"]))
    old, new = hidden / OLD, hidden / NEW
    if name == IN_PLACE:
        if any(new.iterdir()):
            _fill(hidden)
            notice(f"The run in {hidden.parent} was cut off while its files were put there; now it is whole.")
        return
    place = hidden.parent / Path(name).name
    if not old.exists():
        return
    if new.exists():
        wanted = place
        if place.exists():  # given to another folder meanwhile
            place = _free_name(place)
        os.rename(new, place)
        notice(f"A run was cut off while it replaced {wanted}; now {place} holds the new run, whole.")
    if place.exists():
        _carry_over(old, place, ours)


def _fill(hidden: Path) -> None:
    for path in sorted((hidden / NEW).iterdir()):
        place = hidden.parent / path.name
        if place.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place))
        os.rename(path, place)
    names_on_disk(hidden.parent)


def _carry_over(old: Path, place: Path, ours: Collection[str]) -> None:
    """Move what others had put into the old folder into the new one, then remove the old one's own files."""
    if not old.exists():
        return
    for path in list(old.iterdir()):
        target = place / path.name
        is_folder = path.is_dir() and not path.is_symlink()
        with suppress(OSError):  # what can be neither moved nor removed is put aside
            if not is_folder and (path.name in ours or target.is_file()):
                path.unlink()
            elif not target.exists():
                os.rename(path, target)
    with suppress(OSError):
        old.rmdir()


def _put_aside(old: Path) -> None:
    """Give what could not be carried over a name that the user sees."""
    with suppress(OSError):
        old.rmdir()
        return
    with suppress(OSError):
        place = _free_name(old.parents[1] / "letdown-old-files")
        os.rename(old, place)
        notice(f"What could not stay in a folder that was replaced is in {place}.")


def _free_name(place: Path) -> Path:
    numbered = (place.with_name(f"{place.name}-{number}") for number in range(2, 1_000_000))
    return next(path for path in numbered if not path.exists())


# On the disk -------------------------------------------------------------------------------------------------------


def on_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk and outlast a loss of power.

    Raises
    ------
    OSError
        If the disk is full or damaged: some file systems say so only now.
    """
    if os.name == "nt" and path.is_dir():
        return  # Windows synchronises no folders
    number = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # a file system that cannot synchronise
            raise
    finally:
        os.close(number)


def names_on_disk(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, if that can be had: what they name is whole already."""
    with suppress(OSError):
        on_disk(folder)


def _all_on_disk(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        if not path.is_symlink():
            on_disk(path)
