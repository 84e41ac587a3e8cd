"""A file appears whole under its name, or not at all; also after a loss of power."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from letdown._errors import OutputError
from letdown._unfinished import is_unfinished, names_on_disk, on_disk, unfinished

__all__ = ["atomic_file", "reason_of"]


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path of the same name; it takes the place of `path` when the block ends without error.

    The file of a symbolic link is replaced, not the link.

    Raises
    ------
    OutputError
        If the file cannot be written there.
    """
    try:
        place = path.resolve() if path.is_symlink() else path
        if place.exists() and not stat.S_ISREG(place.stat().st_mode):
            kind = "a folder" if place.is_dir() else "a device or a pipe"
            raise OutputError(f"{path} is {kind}; give the name of a file.")
        hidden = unfinished(place.parent)
    except OSError as error:
        raise _unwritten(path, error.strerror or str(error)) from error
    temporary = hidden.new / place.name
    whole = not is_unfinished(place)  # else it is a part of what will be synchronised when all of it is there
    try:
        yield temporary
        _keep_mode(place, temporary)
        if whole:
            on_disk(temporary)
        os.replace(temporary, place)
        if whole:
            names_on_disk(place.parent)
    except (OSError, RuntimeError) as error:
        if not _is_of_writing(error):
            raise
        raise _unwritten(path, reason_of(error, hidden.new)) from error
    finally:
        hidden.remove()


def _keep_mode(place: Path, temporary: Path) -> None:
    """Give a file that replaces another one its rights."""
    if place.exists():
        temporary.chmod(stat.S_IMODE(place.stat().st_mode))


# What went wrong ---------------------------------------------------------------------------------------------------

_OF_A_LIBRARY = ("HDF", "NetCDF", "nable to ", "an't ")
"""Words in what the libraries of netCDF and NWB raise as RuntimeError when a disk is full."""

_ROOM = 2**20
_CAUSES = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)


def _is_of_writing(error: Exception) -> bool:
    return isinstance(error, OSError) or any(word in str(error) for word in _OF_A_LIBRARY)


def reason_of(error: Exception, folder: Path) -> str:
    """Return why something could not be written into a folder, in the words of the system.

    The libraries of netCDF call a full disk "Permission denied" or "HDF error". So the folder is tried.
    """
    if isinstance(error, OSError) and error.errno in _CAUSES:
        return os.strerror(error.errno)
    trial = folder / ".trial"
    try:
        largest = max((each.stat().st_size for each in folder.iterdir() if each.is_file()), default=0)
        with trial.open("wb") as file:
            for _ in range(largest // _ROOM + 2):
                file.write(b"\0" * _ROOM)
            file.flush()
            os.fsync(file.fileno())
    except OSError as found:
        if found.errno is not None:
            return os.strerror(found.errno)
    finally:
        trial.unlink(missing_ok=True)
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _unwritten(path: Path, reason: str) -> OutputError:
    full = any(word in reason for word in ("No space left", "quota", "too large"))
    advice = "make room, or choose another folder" if full else "choose a folder you may write to"
    return OutputError(f"Cannot write {path} ({reason}); {advice}.")
