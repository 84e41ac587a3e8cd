"""What every command shares: results to standard output, everything else to standard error, progress on a terminal."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from letdown._json import json_text

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["COUNTS", "SEEDS", "number_in", "print_json", "progress", "say", "show", "working"]


def number_in(kind: Callable[[str], float], low: float, high: float) -> Callable[[object], float]:
    """Return a reader of numbers of a kind in a range; what it refuses, it says in our words."""

    def read(given: object) -> float:
        try:
            value = kind(str(given))
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            noun = "whole number" if kind is int else "number"
            raise typer.BadParameter(f"{given} is no {noun} from {low} to {high}; give one.")
        return value

    return read


SEEDS, COUNTS = number_in(int, 0, 2**64 - 1), number_in(int, 1, 100_000)


def print_json(value: Any) -> None:
    typer.echo(json_text(value), nl=False)


def show(body: "RenderableType") -> None:
    from rich.console import Console

    Console(highlight=False).print(body)


def say(words: str) -> None:
    typer.echo(words, err=True)


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
