"""The command `letdown lactation`: days and months from birth, and any of their sessions opened again."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from letdown._errors import ScenarioError
from letdown._interruption import Interruption, interruption
from letdown._printable import counted
from letdown._terminal import (
    COUNTS,
    Json,
    Overwrite,
    Seed,
    Setting,
    complete_presets,
    number_in,
    print_json,
    progress,
    say,
    show,
    working,
)

if TYPE_CHECKING:
    from letdown.lactation import Lactation
    from letdown.protocol.lactation import LactationScenario
    from letdown.simulate_lactation import Zoom

__all__ = ["lactation"]

DAYS = number_in(int, 1, 1000)
LACTATIONS = Path(__file__).parent / "protocol" / "lactations"


def complete_lactation(incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the presets of lactations that begin so, with their titles, straight from their files."""
    yield from complete_presets(LACTATIONS, incomplete)


def lactation(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="[SCENARIO]", help="A preset of a lactation, or a file.", autocompletion=complete_lactation
        ),
    ] = "demand-feeding",
    days: Annotated[int | None, typer.Option(metavar="N", parser=DAYS, help="Days from birth.")] = None,
    seed: Seed = 0,
    dyads: Annotated[
        int | None, typer.Option(metavar="N", parser=COUNTS, help="Simulate so many different dyads.")
    ] = None,
    as_json: Json = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write to, instead of a new one.")] = None,
    overwrite: Overwrite = False,
    settings: Setting = None,
    zoom: Annotated[
        str | None,
        typer.Option(metavar="day=D,feed=F", help="Open one session of a day, feed or cue, again with every step."),
    ] = None,
    resolved: Annotated[
        bool,
        typer.Option(
            "--resolved", help="Run feeds suck by suck, on a clock of 10 ms; with --zoom, the session opened."
        ),
    ] = False,
) -> None:
    """Simulate days and months from birth, every feed by the reflex.

    Writes daily table, sessions, data and a figure into a new folder (with --dyads: a row of each dyad and day; with
    --zoom: what `letdown feed` writes); its path goes to standard error. Ctrl-C keeps the days already simulated
    (exit code 3); the same command and seed give them again.
    """
    if zoom is not None and dyads is not None:
        raise ScenarioError("--zoom opens one session of the reference dyad, --dyads runs many; leave out one.")
    loaded = _lactation(scenario, settings, days)
    if zoom is not None:
        _zoomed(loaded, _zoom_place(zoom), seed, out, overwrite, as_json, resolved)
    elif dyads is None:
        _one_lactation(loaded, seed, out, overwrite, as_json, resolved)
    else:
        if resolved:
            raise ScenarioError("--resolved is for one dyad; leave out --dyads.")
        _lactations(loaded, seed, out, overwrite, as_json, dyads)


def _one_lactation(
    loaded: "LactationScenario", seed: int, out: Path | None, overwrite: bool, as_json: bool, resolved: bool
) -> None:
    from letdown.report_lactation import lactation_report, write_lactation
    from letdown.run_folder import run_folder
    from letdown.simulate_lactation import simulate_lactation

    with interruption() as asked, run_folder(out, name=f"{loaded.name}-{seed}", overwrite=overwrite) as folder:
        with progress("days", loaded.days) as done:
            result = simulate_lactation(loaded, seed=seed, resolved=resolved, progress=_told(done, asked))
        _refuse_nothing([result])
        with working("writing"):
            write_lactation(result, folder.path)
        place = folder.commit()
        print_json(result.daily()) if as_json else show(lactation_report(result))
        _say_warnings([result])
        say(f"Written to {place}")
    if not result.complete:
        _end_partly(f"after day {_days(result)}; these days are kept, and the same command gives them again")
    _say_if_late(asked)


def _lactations(
    loaded: "LactationScenario", seed: int, out: Path | None, overwrite: bool, as_json: bool, dyads: int
) -> None:
    from letdown.report_lactation import cohort_json, cohort_table, write_lactations
    from letdown.run_folder import run_folder
    from letdown.simulate_lactation import simulate_lactation_cohort

    with interruption() as asked, run_folder(out, name=f"{loaded.name}-{seed}", overwrite=overwrite) as folder:
        with progress("dyad-days", dyads * loaded.days) as done:
            results = simulate_lactation_cohort(loaded, dyads, seed=seed, progress=_told(done, asked))
        results = _refuse_nothing(results)
        with working("writing"):
            write_lactations(results, folder.path, dyads)
        place = folder.commit()
        print_json(cohort_json(results)) if as_json else show(cohort_table(results, loaded.name, seed))
        _say_warnings(results)
        say(f"Written to {place}")
    whole = sum(result.complete for result in results)
    if whole < dyads:
        fewest = min(map(_days, results))
        _end_partly(
            f"with {whole} of {counted(dyads, 'dyad')} whole; {len(results)} kept, each of at least "
            f"{counted(fewest, 'day')}, and the same command gives them again"
        )
    _say_if_late(asked)


def _zoomed(
    loaded: "LactationScenario",
    where: "Zoom",
    seed: int,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    resolved: bool,
) -> None:
    from letdown.report import feed_report
    from letdown.run_folder import run_folder, write_feed
    from letdown.simulate_lactation import zoom

    name = f"{loaded.name}-{seed}-day-{where.day}-feed-{where.feed}"
    with interruption() as asked, run_folder(out, name=name, overwrite=overwrite) as folder:
        with progress("days", where.day) as done:
            recording = zoom(loaded, where, seed=seed, resolved=resolved, progress=_told(done, asked))
        with working("writing"):
            write_feed(recording, folder.path)
        asked.here()  # of one session there is nothing to keep but the whole
        place = folder.commit()
    print_json(recording.summary()) if as_json else show(feed_report(recording))
    say(f"Written to {place}")


def _zoom_place(text: str) -> "Zoom":
    from letdown.simulate_lactation import Zoom

    match = re.fullmatch(r"\s*day\s*=\s*(-?\d{1,9})\s*,\s*feed\s*=\s*(-?\d{1,9})\s*", text)
    if match is None:
        raise ScenarioError(f"--zoom {text} names no session; write it like day=4,feed=3.")
    return Zoom(int(match[1]), int(match[2]))


def _told(done: Callable[[int], None], asked: Interruption) -> Callable[[float], None]:
    """Return what a simulation reports to: it moves the bar, and may be interrupted there."""

    def report(days: float) -> None:
        done(int(days))
        asked.here()

    return report


def _days(result: "Lactation") -> int:
    return int(result.data.sizes["day"])


def _refuse_nothing(results: "list[Lactation]") -> "list[Lactation]":
    """Return the lactations with at least a day; end as interrupted if there is none."""
    kept = [result for result in results if _days(result)]
    if not kept:
        raise KeyboardInterrupt
    return kept


def _say_warnings(results: "list[Lactation]") -> None:
    for warning in results[0].warnings:  # of the scenario, so the same for every dyad
        say(f"letdown: {warning}")


def _end_partly(words: str) -> None:
    say(f"letdown: interrupted {words}.")
    raise typer.Exit(3)


def _say_if_late(asked: Interruption) -> None:
    if asked:
        say("letdown: interrupted when all days were done; nothing is missing.")


def _lactation(name: str, settings: list[str] | None, days: int | None) -> "LactationScenario":
    from letdown.protocol.lactation import load_lactation
    from letdown.protocol.scenario import assignment

    loaded = load_lactation(name)
    changes = dict(map(assignment, settings or ()))
    if days is not None and "days" in changes:
        raise ScenarioError(f"--days {days} and --set days={changes['days']} set the same; give one of them.")
    changes |= {} if days is None else {"days": days}
    if changes:
        from letdown.protocol.life_overrides import idle_life_changes
        from letdown.protocol.overrides import sentences

        changed = loaded.with_values(changes)
        sentences(changes, idle_life_changes(changed))
        return changed
    return loaded
