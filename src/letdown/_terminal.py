"""What every command shares: results to standard output, everything else to standard error, progress on a terminal."""

import math
import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from letdown._json import json_text
from letdown._printable import printable_lines

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

__all__ = [
    "COUNTS",
    "SEEDS",
    "Json",
    "Overwrite",
    "Seed",
    "Setting",
    "complete_presets",
    "number_in",
    "print_json",
    "progress",
    "say",
    "screen_width",
    "show",
    "working",
]


def number_in(kind: Callable[[str], float], low: float, high: float) -> Callable[[object], float]:
    """Return a reader of numbers of a kind in a range; what it refuses, it says in our words."""

    def read(given: object) -> float:
        try:
            value = kind(str(given))
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            noun = "whole number" if kind is int else "number"
            raise typer.BadParameter(f"{given or 'Nothing'} is no {noun} from {low} to {high}; give one.")
        return value

    return read


SEEDS, COUNTS = number_in(int, 0, 2**64 - 1), number_in(int, 1, 100_000)

Seed = Annotated[int, typer.Option(metavar="N", parser=SEEDS, help="Seed of all random events.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]
Setting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one value of the scenario; may be repeated."),
]


def complete_presets(folder: Path, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the scenario files of a folder that begin so, with their titles."""
    for path in sorted(folder.glob("*.toml")):
        if path.stem.startswith(incomplete):
            yield path.stem, str(tomllib.loads(path.read_text("utf-8")).get("title", ""))


def print_json(value: Any) -> None:
    typer.echo(json_text(value), nl=False)


def show(body: "RenderableType") -> None:
    """Print a report, as wide as standard output is; nothing in it can command the terminal."""
    from rich.console import Console

    # with a height too, or a terminal that calls itself dumb counts as 80 letters wide
    console = Console(highlight=False, width=screen_width(), height=25)
    # without `crop`, a number that is wider than the screen goes on in its next line
    console.print(_Printable(body), crop=False, soft_wrap=False)


class _Printable:
    """A report whose text is made fit to be shown once it is laid out."""

    def __init__(self, body: "RenderableType") -> None:
        self.body = body

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from rich.segment import Segment

        for segment in console.render(self.body, options):
            yield segment if segment.control else Segment(printable_lines(segment.text), segment.style)


WIDEST = 10_000
"""Letters in a line where there is no screen: a pipe or a file."""


def screen_width() -> int:
    """Return how many letters a line of standard output holds: COLUMNS if set, else the terminal's, else no limit."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isascii() and asked.isdecimal() and 0 < len(asked) <= 4 and int(asked) > 0:
        return int(asked)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST


def say(words: str) -> None:
    """Print a remark to standard error."""
    typer.echo(printable_lines(words), err=True)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on a terminal that work is under way."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(f"{what} …"):
        yield


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes the number done; on a terminal it moves a bar on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)

        def done(count: int) -> None:
            bar.update(task, completed=count)

        yield done
