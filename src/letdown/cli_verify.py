"""The command `letdown verify`: whether this machine gives the same bits as all others."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from letdown._errors import OutputError
from letdown._terminal import Json, print_json, progress, say, show

if TYPE_CHECKING:
    from rich.console import RenderableType

    from letdown.verification.hashes import Outcome

__all__ = ["verify"]


def verify(
    part: Annotated[bool, typer.Option("--part", help="A quarter of the runs, of every kind.")] = False,
    as_json: Json = False,
    write: Annotated[bool, typer.Option("--write", hidden=True)] = False,
) -> None:
    """Run the reference runs and compare every bit with that of the package.

    Ends with exit code 1 if a run differs. The first time, the model is compiled, which takes some minutes.
    """
    from letdown.verification.hashes import HASHES, computed, verified, write_hashes
    from letdown.verification.reference_runs import reference_runs

    if write and part:
        raise OutputError("--write renews all hashes; leave out --part.")
    runs = [run for run in reference_runs() if run.in_part or not part]
    with progress("runs", len(runs)) as done:
        if write:
            write_hashes(computed(runs, done))
            say(f"Written to {HASHES}")
            return
        outcomes = verified(runs, progress=done)
    different = [outcome for outcome in outcomes if not outcome.holds]
    if as_json:
        print_json(_as_json(outcomes))
    else:
        show(_report(outcomes))
    if different:
        raise typer.Exit(1)


def _as_json(outcomes: "list[Outcome]") -> dict[str, Any]:
    runs = [{"name": each.run.name, "holds": each.holds, "sha256": each.found} for each in outcomes]
    return {"holds": all(each.holds for each in outcomes), "runs": runs}


def _report(outcomes: "list[Outcome]") -> "RenderableType":
    """Return how many runs of each group hold, and the names of those that do not."""
    from rich.console import Group
    from rich.text import Text

    from letdown._text_table import Column, TextTable

    groups = dict.fromkeys(outcome.run.group for outcome in outcomes)
    rows = []
    for group in groups:
        holds = [outcome.holds for outcome in outcomes if outcome.run.group == group]
        rows.append((group, str(len(holds)), str(sum(holds)), str(len(holds) - sum(holds))))
    columns = (Column("Group"), Column("Runs", number=True), Column("Hold", number=True), Column("Differ", number=True))
    parts: list[RenderableType] = [TextTable(columns, rows), Text("")]
    different = [outcome for outcome in outcomes if not outcome.holds]
    for outcome in different:
        why = "no hash is stored" if outcome.known is None else "differs"
        parts.append(Text(f"{outcome.run.name}: {why}", "bold"))
    held = "Every bit is the same." if not different else f"{len(different)} of {len(outcomes)} runs differ."
    parts.append(Text(held))
    return Group(*parts)
