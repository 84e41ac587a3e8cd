"""A lock that one process holds on a file; the system gives it up when the process ends, however it ends."""

import os
import sys
from pathlib import Path

__all__ = ["locked", "unlock"]


def locked(path: Path, *, create: bool = True) -> int | None:
    """Return the number of the open file that this process now holds, None if another one holds it.

    Raises
    ------
    OSError
        If the file cannot be opened, or its file system knows no locks.
    """
    number = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
    try:
        if _taken(number) and os.fstat(number).st_nlink > 0:  # 0: removed between the opening and the lock
            return number
    except BaseException:
        os.close(number)
        raise
    os.close(number)
    return None


def unlock(number: int) -> None:
    """Give a lock up."""
    os.close(number)


if sys.platform == "win32":
    import msvcrt

    def _taken(number: int) -> bool:
        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _taken(number: int) -> bool:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
