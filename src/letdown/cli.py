"""The command `letdown`.

Exit codes: 0 done, 1 a reference run of `verify` differs, 2 bad input, 3 interrupted with the days before kept,
4 internal failure or a state that stopped being finite, 130 interrupted with nothing kept.
Results go to standard output, everything else to standard error. A command imports what it needs when it
runs, so that help and completion answer at once.
"""

import atexit
import gc
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from letdown._errors import LetdownError, OutputError, ScenarioError, SimulationError
from letdown._interruption import NOTHING_KEPT, Interruption, interruption
from letdown._printable import bounded, printable
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
    screen_width,
    show,
    working,
)
from letdown.cli_calibrate import calibrate_app
from letdown.cli_detect import detect
from letdown.cli_evidence import evidence_app
from letdown.cli_explore import explore
from letdown.cli_kernel import kernel_app
from letdown.cli_lactation import lactation
from letdown.cli_neurones import neurones_app
from letdown.cli_verify import verify

if TYPE_CHECKING:
    from letdown.engine.burst_source import AbstractBurstSource
    from letdown.protocol.lactation import LactationScenario
    from letdown.protocol.scenario import Scenario

__all__ = ["app", "main"]

PRESETS = Path(__file__).parent / "protocol" / "presets"

app = typer.Typer(
    help="Simulate the milk-ejection (let-down) reflex.",
    epilog="For research, design and teaching. It describes no real person and is not medical advice.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
scenario_app = typer.Typer(help="List, show, start and check scenarios.")
app.add_typer(scenario_app, name="scenario")
app.add_typer(neurones_app, name="neurones")
app.add_typer(calibrate_app, name="calibrate")
app.add_typer(kernel_app, name="kernel")
app.command()(lactation)
app.command()(detect)
app.command()(explore)
app.add_typer(evidence_app)
app.command()(verify)


# Names that several commands share ----------------------------------------------------------------


def complete_scenario(incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the presets that begin so, with their titles, straight from their files."""
    yield from complete_presets(PRESETS, incomplete)


SOURCES = ("surrogate", "network")


def complete_source(incomplete: str) -> Iterator[str]:
    """Yield the sources of bursts that begin so."""
    yield from (name for name in SOURCES if name.startswith(incomplete))


def complete_schema(incomplete: str) -> Iterator[str]:
    """Yield the names of the schemas."""
    yield from (name for name in ("scenario", "feed", "lactation") if name.startswith(incomplete))


ScenarioName = Annotated[
    str,
    typer.Argument(metavar="SCENARIO", help="A preset, or a scenario file.", autocompletion=complete_scenario),
]


@app.callback(invoke_without_command=True)
def _letdown(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    if version:
        from letdown._version import __version__

        typer.echo(f"letdown {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


# Feeds --------------------------------------------------------------------------------------------


@app.command()
def feed(
    scenario: ScenarioName = "breastfeed",
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write to, instead of a new one.")] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
    settings: Setting = None,
    dyads: Annotated[
        int | None,
        typer.Option(metavar="N", parser=COUNTS, help="Simulate so many different dyads."),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(metavar="S", parser=number_in(float, 0.01, 600), help="Interval of the time series, s (1)."),
    ] = None,
    neurones: Annotated[
        str,
        typer.Option(
            metavar="|".join(SOURCES),
            help="Oxytocin neurones: the burst surrogate, or the spiking network.",
            autocompletion=complete_source,
        ),
    ] = SOURCES[0],
) -> None:
    """Simulate a feed, or one feed of each dyad of a cohort.

    Writes data, tables and a figure into a new folder, letdown-runs/SCENARIO-SEED; its path goes to standard
    error.
    """
    if dyads is not None and every is not None:
        raise ScenarioError("--every is for the time series of one feed, --dyads keeps none; leave out one.")
    if neurones not in SOURCES:
        raise ScenarioError(f"There are no neurones {neurones!r}; give one of {', '.join(SOURCES)}.")
    source = _source(neurones)
    loaded = _changed(scenario, settings, source)
    if dyads is None:
        _one_feed(loaded, seed, out, overwrite, as_json, 1.0 if every is None else every, source)
    else:
        _cohort(loaded, seed, out, overwrite, as_json, dyads, source)


def _source(name: str) -> "AbstractBurstSource":
    from letdown.engine.burst_source import SurrogateNeurones

    if name == SOURCES[0]:
        return SurrogateNeurones()
    from letdown.engine.network.feed_source import SpikingNeurones

    return SpikingNeurones()


def _one_feed(
    loaded: "Scenario",
    seed: int,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    every_s: float,
    source: "AbstractBurstSource",
) -> None:
    from letdown.report import feed_report
    from letdown.run_folder import run_folder, write_feed
    from letdown.simulate import simulate

    with run_folder(out, name=f"{loaded.name}-{seed}", overwrite=overwrite) as folder:
        with working("simulating; the first run on a machine compiles the model for some seconds"):
            recording = simulate(loaded, seed=seed, every_s=every_s, neurones=source)
        with working("writing"):
            write_feed(recording, folder.path)
        place = folder.commit()
    print_json(recording.summary()) if as_json else show(feed_report(recording))
    say(f"Written to {place}")


def _cohort(
    loaded: "Scenario",
    seed: int,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    dyads: int,
    source: "AbstractBurstSource",
) -> None:
    from letdown.measures import quartiles
    from letdown.report import cohort_report
    from letdown.run_folder import run_folder, write_cohort
    from letdown.simulate import simulate_cohort

    with run_folder(out, name=f"{loaded.name}-{seed}", overwrite=overwrite) as folder:
        with progress("dyads", dyads) as done:
            summaries = simulate_cohort(loaded, dyads, seed=seed, neurones=source, progress=done)
        write_cohort(summaries, loaded.to_toml(), folder.path)
        place = folder.commit()
    for warning, dyads_warned in Counter(each for summary in summaries for each in summary["warnings"]).items():
        say(f"letdown: {warning}" if dyads_warned == dyads else f"letdown: {warning} ({dyads_warned} of {dyads} dyads)")
    if as_json:
        print_json(summaries)
    else:
        show(cohort_report(quartiles(summaries), scenario=loaded.name, seed=seed, dyads=dyads))
    say(f"Written to {place}")


# Comparisons and figures ---------------------------------------------------------------------------


@app.command()
def compare(
    a: Annotated[
        str,
        typer.Argument(metavar="A", help="A preset, or a scenario file.", autocompletion=complete_scenario),
    ],
    b: Annotated[str, typer.Argument(metavar="B", help="What to compare with it.", autocompletion=complete_scenario)],
    seed: Seed = 0,
    seeds: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=COUNTS,
            help="Repeat with so many seeds and average the differences.",
        ),
    ] = 1,
    as_json: Json = False,
) -> None:
    """Simulate two scenarios with the same random events and print how B differs from A."""
    from letdown.measures import differences
    from letdown.report import comparison_report
    from letdown.simulate import simulate

    loaded = [_scenario(name) for name in (a, b)]
    used = range(seed, seed + seeds)
    summaries: list[list[dict[str, Any]]] = [[], []]
    with progress("feeds", 2 * seeds) as done:
        for each in used:
            for scenario, into in zip(loaded, summaries, strict=True):
                into.append(simulate(scenario, seed=each).summary())
                done(len(summaries[0]) + len(summaries[1]))
    rows = differences(*summaries)
    names = [scenario.name for scenario in loaded]
    if as_json:
        first = summaries[0][0]
        about = {"seeds": list(used), "disclaimer": first["disclaimer"], "version": first["version"]}
        print_json({"a": names[0], "b": names[1], "measures": [row.to_json() for row in rows], **about})
    else:
        show(comparison_report(rows, a=names[0], b=names[1], seeds=used))


@app.command()
def plot(
    recording: Annotated[
        Path, typer.Argument(metavar="FILE.nc", help="The recording.nc, lactation.nc or neurones.nc of a run.")
    ],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Figure to write (.png, .pdf, .svg).")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw the figure of a recording, a lactation or neurones, beside it unless --out says otherwise."""
    from letdown.opening import open as open_run

    held, figure = open_run(recording), out or recording.with_suffix(".png")
    if figure.exists() and not overwrite:
        raise OutputError(f"{figure} exists already; name another file with --out, or add --overwrite.")
    held.plot(figure)
    say(f"Written to {figure}")


# Scenarios ----------------------------------------------------------------------------------------


@scenario_app.callback(invoke_without_command=True)
def _scenarios(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@scenario_app.command("list")
def scenario_list(
    as_json: Json = False,
    lactations: Annotated[bool, typer.Option("--lactations", help="Those of days and months.")] = False,
) -> None:
    """List the presets."""
    from letdown.protocol.lactation import lactation_presets
    from letdown.protocol.scenario import presets

    found = lactation_presets() if lactations else presets()
    if as_json:
        print_json(found)
        return
    if sys.stdout.isatty():
        from letdown._text_table import Column, TextTable

        if screen_width() < NARROW:
            lines = [(line,) for name, title in found.items() for line in (name, f"  {title}")]
            show(TextTable((Column("name"),), lines, heads=False))
        else:
            show(TextTable((Column("name"), Column("title")), found.items(), heads=False))
        return
    width = max(map(len, found)) + 2
    for name, title in found.items():
        typer.echo(f"{name:{width}}{title}")  # one line each, whatever the width: programs read it


@scenario_app.command("show")
def scenario_show(
    scenario: ScenarioName,
    comments: Annotated[bool, typer.Option("--comments", help="Every key, with its unit and meaning.")] = False,
) -> None:
    """Print a scenario as TOML, with every value it takes."""
    typer.echo(_any_scenario(scenario).to_toml(comments=comments), nl=False)


@scenario_app.command("new")
def scenario_new(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="File to write.")],
    like: Annotated[
        str, typer.Option(metavar="SCENARIO", help="Start from this.", autocompletion=complete_scenario)
    ] = ("breastfeed"),
    overwrite: Overwrite = False,
) -> None:
    """Write a scenario file to start from: every key, with its unit and meaning."""
    from letdown._atomic_file import atomic_file
    from letdown.protocol.short_name import short_name

    file = _toml_file(file)
    if file.exists() and not overwrite:
        raise OutputError(f"{file} exists already; name another file, or add --overwrite.")
    text = _any_scenario(like).with_values({"name": short_name(file.stem)}).to_toml(comments=True)
    with atomic_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
    say(f"Written to {file}")


NARROW = 60
"""Letters of a line below which a title stands under its name, not beside it."""

OTHER_SUFFIXES = (".json", ".txt", ".csv", ".yaml", ".yml", ".nc", ".md", ".xlsx")


def _toml_file(file: Path) -> Path:
    """Return the file to write a scenario to: the one named, ended in .toml where it has no ending of a file."""
    if file.exists() and not (file.is_file() or file.is_dir()):
        raise OutputError(f"{file} is a device or a pipe, not a file; give a name that ends in .toml.")
    if file.suffix.lower() == ".toml" and file.stem.strip(". "):
        return file
    if not file.name.strip(". ") or file.suffix.lower() in (*OTHER_SUFFIXES, ".toml") or file.name == ".toml":
        raise OutputError(f"{file} is not a name for a scenario file; give a name that ends in .toml.")
    return file.with_name(f"{file.name}.toml")


@scenario_app.command("check")
def scenario_check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files or presets.")],
) -> None:
    """Check scenarios without simulating them."""
    bad = 0
    for file in files:
        try:
            loaded = _any_scenario(file)
            warnings = _warnings_of(loaded)
        except LetdownError as error:
            bad = _fail(2, error)
        else:
            for warning in warnings:
                say(f"{printable(file)}: {warning}")
            typer.echo(f"{printable(file)}: {loaded.name} can be simulated")
    if bad:
        raise typer.Exit(bad)


def _warnings_of(loaded: "Scenario | LactationScenario") -> tuple[str, ...]:
    """Return what a simulation would say of the overrides; refuse what it would refuse."""
    from letdown.protocol.scenario import Scenario

    if isinstance(loaded, Scenario):
        from letdown.protocol.overrides import notes_on

        return notes_on(loaded)
    from letdown.protocol.life_overrides import life_notes_on

    return life_notes_on(loaded)


# What the model is made of ------------------------------------------------------------------------


@app.command()
def schema(
    name: Annotated[str, typer.Argument(metavar="scenario|feed|lactation", autocompletion=complete_schema)],
) -> None:
    """Print the JSON Schema of scenario files, or of the JSON of a feed."""
    if name == "scenario":
        from letdown.protocol.scenario import scenario_schema

        print_json(scenario_schema())
    elif name == "feed":
        from letdown.report import feed_schema

        print_json(feed_schema())
    elif name == "lactation":
        from letdown.protocol.lactation import lactation_schema

        print_json(lactation_schema())
    else:
        raise ScenarioError(f"There is no schema {name!r}; ask for scenario, feed or lactation.")


@app.command()
def parameters(
    as_json: Json = False,
    organ: Annotated[str | None, typer.Option(help="Only the parameters of this organ.")] = None,
) -> None:
    """List the parameters of the model with unit, range, source and evidence."""
    from letdown.parameter_table import parameter_rows

    rows = parameter_rows()
    organs = sorted({_organ(row) for row in rows})
    if organ is not None and organ not in organs:
        raise ScenarioError(f"There is no organ {organ!r}; ask for one of {', '.join(organs)}.")
    rows = [row for row in rows if organ in (None, _organ(row))]
    if as_json:
        print_json(rows)
    else:
        from letdown.report import parameters_report

        show(parameters_report(rows))


def _organ(row: dict[str, Any]) -> str:
    return str(row["path"]).split(".", 1)[0]


@app.command()
def cite(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO|FILE.nc]",
            help="A preset, a scenario file, or the recording.nc, lactation.nc or neurones.nc of a run.",
            autocompletion=complete_scenario,
        ),
    ] = None,
) -> None:
    """Print, as BibTeX, what the parameters of the model rest on, and the sources of a scenario."""
    from letdown.parameter_table import parameter_rows
    from letdown.references import BIBLIOGRAPHY, RENAMED, bibtex, current_key, read_entries

    rows = parameter_rows()
    keys = {key for row in rows if row["cite"] for key in str(row["cite"]).replace(";", " ").split()}
    if source is not None:
        keys.update(_cited(source))
    for key in sorted(keys & RENAMED.keys()):
        say(f"The cite key {key} is now {RENAMED[key]}.")
    entries = read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    unknown = {key for key in keys if current_key(key) not in entries}
    for key in sorted(unknown):
        say(f"The cite key {key} is not in the bibliography of letdown; add its entry yourself.")
    typer.echo(bibtex(keys - unknown))


def _cited(source: str) -> tuple[str, ...]:
    from letdown._run_file import kind_of

    suffix = Path(source).suffix.lower()
    if suffix == ".nc" or (suffix != ".toml" and kind_of(Path(source)) is not None):
        from letdown.opening import cited_in

        return cited_in(source)
    return _any_scenario(source).cite


# Input and output ---------------------------------------------------------------------------------


def _scenario(name: str) -> "Scenario":
    from letdown.protocol.scenario import load_scenario

    return load_scenario(name)


def _changed(name: str, settings: list[str] | None, source: "AbstractBurstSource") -> "Scenario":
    """Return a scenario with the values of --set; refuse them if none can be felt; the run names those that cannot."""
    from letdown.protocol.overrides import idle_changes, sentences
    from letdown.protocol.scenario import assignment

    plain, changes = _scenario(name), dict(map(assignment, settings or ()))
    if not changes:
        return plain
    changed = plain.with_values(changes)
    sentences(changes, idle_changes(changed, source))
    return changed


def _any_scenario(name: str) -> "Scenario | LactationScenario":
    """Return a scenario of a feed or of a lactation, whichever the name or the file holds."""
    from letdown.protocol.lactation import lactation_presets, load_lactation
    from letdown.protocol.scenario import is_lactation_file, presets

    if name in lactation_presets() and name not in presets():
        return load_lactation(name)
    return load_lactation(name) if is_lactation_file(name) else _scenario(name)


def _fail(code: int, words: object) -> int:
    say(f"letdown: {bounded(printable(' '.join(str(words).split())))}")
    return code


def _spare_the_collector() -> None:
    """Search for unreachable objects rarely, and not at the end: imports make many objects, few of them rubbish."""
    gc.set_threshold(50_000, 20, 50)
    atexit.register(gc.freeze)  # together a fifth of a second feed's time


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code.

    Parameters
    ----------
    arguments : list of str, optional
        What was typed after `letdown`; by default the arguments of the process.
    """
    _spare_the_collector()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without these letters shows question marks
    with interruption() as asked:
        try:
            return _outcome(arguments, asked)
        except KeyboardInterrupt:
            return _fail(130, NOTHING_KEPT)


def _internal_failure(error: BaseException) -> int:
    if os.environ.get("LETDOWN_TRACEBACK"):
        raise error
    return _fail(4, f"internal failure ({type(error).__name__}: {error}); set LETDOWN_TRACEBACK=1 to see where.")


def _outcome(arguments: list[str] | None, asked: Interruption) -> int:
    """Run the command and return its exit code.

    Raises
    ------
    KeyboardInterrupt
        If it was interrupted with nothing kept, whatever came of that inside.
    """
    try:
        outcome = app(args=arguments, prog_name="letdown", standalone_mode=False)
    except typer.Abort as abort:
        if isinstance(abort.__cause__, EOFError):  # typer takes a file that ends too early for Ctrl-C
            return _internal_failure(abort.__cause__)
        raise KeyboardInterrupt from None
    except TyperException as error:
        words = error.format_message().rstrip(".")
        more = "" if type(error) is typer.BadParameter else "; `letdown --help` and `letdown COMMAND --help` say more"
        return _fail(2, f"{words}{more}.")
    except SimulationError as error:
        return _fail(4, error)
    except LetdownError as error:
        return _fail(2, error)
    except OSError as error:  # what writes results says so itself
        place = error.filename or "to standard output"
        return _fail(2, f"Cannot write {place} ({error.strerror or error}); choose a place with room to write.")
    except Exception as error:
        if asked:  # an import that is interrupted fails as it likes
            raise KeyboardInterrupt from None
        return _internal_failure(error)
    if outcome == 130:  # typer's word for it
        raise KeyboardInterrupt
    return outcome if isinstance(outcome, int) else 0
