"""Errors of the system at the n-th call of a kind, for what is written below one folder."""

import io
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

__all__ = ["KINDS", "failing"]

KINDS = ("open", "write", "rename", "fsync", "mkdir")


@contextmanager
def failing(
    below: Path, kind: str = "", number: int = 0, error: int = 0, *, ever: bool = False
) -> Iterator[Counter[str]]:
    """Let the n-th call of a kind fail, or that and all later ones; yield how many calls of each kind were made."""
    made: Counter[str] = Counter()
    files: dict[int, Path] = {}

    def count(which: str, path: Any) -> None:
        if below in Path(os.fspath(path)).absolute().parents:
            made[which] += 1
            if which == kind and (made[which] == number or (ever and made[which] > number)):
                raise OSError(error, os.strerror(error), os.fspath(path) if which != "write" else None)

    real_open, real_os_open, real_fsync, real_mkdir = io.open, os.open, os.fsync, os.mkdir
    reals = {name: getattr(os, name) for name in ("rename", "replace")}

    def open_(file: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
        if isinstance(file, int) or not set(mode) & set("wxa+"):
            return real_open(file, mode, *given, **named)
        count("open", file)
        opened = real_open(file, mode, *given, **named)
        write = opened.write

        def written(content: Any) -> Any:
            count("write", file)
            return write(content)

        opened.write = written
        return opened

    def os_open(path: Any, flags: int, *given: Any, **named: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR):
            count("open", path)
        found = real_os_open(path, flags, *given, **named)
        if "dir_fd" not in named:
            files[found] = Path(os.fspath(path))
        return found

    def fsync(file: int) -> None:
        if file in files:
            count("fsync", files[file])
        real_fsync(file)

    def mkdir(path: Any, *given: Any, **named: Any) -> None:
        count("mkdir", path)
        real_mkdir(path, *given, **named)

    def renaming(name: str) -> Any:
        def renamed(source: Any, target: Any, **named: Any) -> None:
            count("rename", target)
            reals[name](source, target, **named)

        return renamed

    with (
        patch("io.open", open_), patch("builtins.open", open_), patch("os.open", os_open), patch("os.fsync", fsync),
        patch("os.mkdir", mkdir), patch("os.rename", renaming("rename")), patch("os.replace", renaming("replace")),
    ):  # fmt: skip
        yield made
