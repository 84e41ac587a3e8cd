"""The private folder of what is kept between runs: machine code and measured protocols.

Machine code is run as it is read. So the folder is used only if no other user could have written into it, and a file
of it only if it belongs to this user or to the administrator, is writable by its owner alone, and ends with a
checksum of its content that holds. Where no folder can be trusted, a temporary one is made and removed at the end.
"""

import atexit
import errno
import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from letdown._notice import notice
from letdown._unfinished import Unfinished, on_disk, unfinished

__all__ = ["cache_folder", "quiet_cache_folder", "read_kept", "write_kept"]

LARGEST = 2**28
"""Bytes of the largest file that is read; a tile has 2 MB of machine code."""

_HANDED_DOWN = "_LETDOWN_TEMPORARY_CACHE"
"""Environment variable by which processes that this one starts share its temporary folder."""

_SEAL = b"\nsha256:"
_SEAL_BYTES = len(_SEAL) + 64
_LINKS = 40
"""Symbolic links followed in one path, as many as Linux follows."""


# Which folder ------------------------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """Return the folder for what is kept: in LETDOWN_CACHE_DIR, else the user's cache, else a temporary folder.

    It is private to this user, or one that only this user or the administrator can write to. It need not be writable.
    """
    base = _asked_for()
    if base is None:
        reason = "HOME is not set"
    else:
        folder = base / "letdown"
        reason = _made_private(folder) or _weakness(folder)
        if not reason:
            return folder
    temporary = _temporary()
    if os.getpid() in _OWN:  # else the process that started this one has said so
        place = base / "letdown" if base else "a cache folder"
        notice(
            f"Machine code is not kept after this run, because {place} cannot be used ({reason}); "
            "name a folder of your own with LETDOWN_CACHE_DIR."
        )
    return temporary


def quiet_cache_folder() -> Path | None:
    """Return the folder of `cache_folder` if it can be kept and written to, else None; nothing is said of it."""
    base = _asked_for()
    if base is None:
        return None
    folder = base / "letdown"
    refused = _made_private(folder) or _weakness(folder)
    return None if refused or not os.access(folder, os.W_OK) else folder


def _asked_for() -> Path | None:
    """Return the folder that the environment names, made absolute."""
    if asked := os.environ.get("LETDOWN_CACHE_DIR"):
        return Path(asked).absolute()
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    if xdg and Path(xdg).is_absolute():  # the specification says to ignore a relative one
        return Path(xdg)
    try:
        return Path.home() / ".cache"
    except RuntimeError:  # no HOME, and the user is in no list of users
        return None


def _made_private(folder: Path) -> str:
    """Make the folder if it is absent, and take from others the right to write to it; return why that failed."""
    try:
        for place in (*reversed(folder.parents), folder):
            if not place.exists():
                place.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if _is_ours(found) and stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) & 0o022:
            folder.chmod(stat.S_IMODE(found.st_mode) & 0o700)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _is_ours(found: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or found.st_uid == os.geteuid()


def _is_trusted(found: os.stat_result) -> bool:
    """Return whether this user or the administrator owns a file."""
    return _is_ours(found) or found.st_uid == 0


def _weakness(folder: Path, links: int = _LINKS) -> str:
    """Return why others could have written into a folder, nothing if they could not."""
    if not hasattr(os, "geteuid"):
        return "" if folder.is_dir() else "it is not a folder"  # Windows: a user's profile is private by itself
    try:
        for place in (*reversed(folder.parents), folder):
            found = place.lstat()
            if stat.S_ISLNK(found.st_mode):
                if not _is_trusted(found):
                    return f"another user owns the link {place}"
                if links == 0:
                    return "it has too many symbolic links"
                return _weakness(place.parent / place.readlink() / folder.relative_to(place), links - 1)
            if not stat.S_ISDIR(found.st_mode):
                return f"{place} is not a folder"
            if place != folder and found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
                return f"any user can write to {place}"
    except OSError as error:
        return error.strerror or str(error)
    if not _is_trusted(found):
        return "it belongs to another user"
    return "other users can write to it" if found.st_mode & 0o022 else ""


_OWN: dict[int, Path] = {}
"""The temporary folder that each process made, by its number: a forked process does not remove that of its parent."""


def _temporary() -> Path:
    """Return the temporary folder of this process, or of the one that started it."""
    handed = os.environ.get(_HANDED_DOWN)
    if handed and not _weakness(Path(handed)):
        return Path(handed)
    hidden = unfinished(Path(tempfile.gettempdir()))
    _OWN[os.getpid()] = hidden.new
    os.environ[_HANDED_DOWN] = str(hidden.new)
    atexit.register(_remove, os.getpid(), hidden)
    return hidden.new


def _remove(process: int, hidden: Unfinished) -> None:
    if process == os.getpid():
        hidden.remove()


# Files in it -------------------------------------------------------------------------------------------------------


def read_kept(path: Path, key: str) -> bytes | None:
    """Return what was kept under a key; None where it is absent, damaged, another's, or kept under another key.

    A damaged file is removed.
    """
    try:
        content = _read_private(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        notice(f"{path} cannot be read ({error.strerror or error}); what it holds is made again.")
        return None
    if content is None:
        notice(f"{path} was not used, because another user could have written it; what it holds is made again.")
    elif len(content) > _SEAL_BYTES and content[-_SEAL_BYTES:] == _sealed(content[:-_SEAL_BYTES], key):
        return content[:-_SEAL_BYTES]
    else:
        notice(f"{path} is damaged; what it holds is made again.")
    with suppress(OSError):
        path.unlink()
    return None


def write_kept(path: Path, key: str, content: bytes) -> None:
    """Keep content under a key. Where that fails nothing is kept, and one line says so."""
    hidden = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        hidden = unfinished(path.parent)
        number = os.open(
            hidden.new / path.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
        )
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.write(_sealed(content, key))
        on_disk(hidden.new / path.name)
        os.replace(hidden.new / path.name, path)
    except OSError as error:
        notice(
            f"Nothing can be kept in {path.parent} ({error.strerror or error}); this run is not affected, "
            "the next one makes it again."
        )
    finally:
        if hidden is not None:
            hidden.remove()


def _sealed(content: bytes, key: str) -> bytes:
    return _SEAL + hashlib.sha256(key.encode() + b"\0" + content).hexdigest().encode()


def _read_private(path: Path) -> bytes | None:
    """Return the content of a file that only its owner can write; None if another user could have written it."""
    # Checked through the open file: a name could be given to another file between a look and the opening.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        number = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:  # a symbolic link
            return None
        raise
    with os.fdopen(number, "rb") as file:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            return None
        if hasattr(os, "geteuid") and (not _is_trusted(found) or found.st_mode & 0o022):
            return None
        return file.read(LARGEST)
