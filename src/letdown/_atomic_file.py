"""A file appears whole under its name, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from letdown._errors import OutputError

__all__ = ["atomic_file"]


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it takes the name `path` when the block ends without error.

    Raises
    ------
    OutputError
        If the file cannot be written there.
    """
    # The suffix stays last because the writers of figures and netCDF files judge by it.
    temporary = path.with_name(f".{path.stem}-{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"Cannot write {path} ({reason}); choose a folder you may write to.") from error
    finally:
        with suppress(OSError):  # the first error says more than a second one
            temporary.unlink()
