"""The commands `letdown kernel`: the compiled programs, and each stage on the way from an equation to an object."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from letdown._errors import ScenarioError
from letdown._terminal import say, show, working

if TYPE_CHECKING:
    from letdown.compiler.program import Program
    from letdown.compiler.targets import Target

__all__ = ["kernel_app"]

PROGRAMS = {
    "feed": "feed, Clock, SurrogateNeurones, float64",
    "feed-float32": "feed, Clock, SurrogateNeurones, float32",
    "feed-averaged": "feed, CycleAveraged, SurrogateNeurones, float64",
    "feed-imposed": "feed, Clock, ImposedBursts, float64",
    "feed-spiking": "feed, Clock, SpikingNeurones, float64",
    "life": "life, LocalFullness, Permissive",
    "seam": "seam, LocalFullness, Permissive",
    "network": "network, IntegrateAndFire, float64",
    "network-float32": "network, IntegrateAndFire, float32",
}
"""Short names of the programs of plain runs, and what their own names begin with."""

STAGES = ("traced", "printed", "ir", "optimised", "assembly")

kernel_app = typer.Typer(
    help="Show the compiled programs: which there are, and each stage from an equation to an object.",
    no_args_is_help=True,
)


def complete_program(incomplete: str) -> list[str]:
    """Return the programs that begin so."""
    return [name for name in PROGRAMS if name.startswith(incomplete)]


def complete_stage(incomplete: str) -> list[str]:
    """Return the stages that begin so."""
    return [name for name in STAGES if name.startswith(incomplete)]


def complete_target(incomplete: str) -> list[str]:
    """Return the targets that begin so."""
    from letdown.compiler.targets import TARGETS

    return [name for name in TARGETS if name.startswith(incomplete)]


def _target(name: str | None) -> "Target":
    from letdown.compiler.targets import TARGETS, here

    if name is None:
        return here()
    if name not in TARGETS:
        raise ScenarioError(f"A target is one of {', '.join(TARGETS)}; got {name}.")
    return TARGETS[name]


def _program(name: str, target: "Target") -> "Program":
    from letdown.engine.programs import plain_programs

    if name not in PROGRAMS:
        raise ScenarioError(f"A program is one of {', '.join(PROGRAMS)}; got {name}.")
    return next(program for program in plain_programs(target) if program.name.startswith(PROGRAMS[name]))


@kernel_app.command("list")
def list_programs(
    target: Annotated[
        str | None, typer.Option(metavar="NAME", help="Machine; this one by default.", autocompletion=complete_target)
    ] = None,
) -> None:
    """List the programs of plain runs: their keys, and whether an object for the machine is there."""
    from letdown._text_table import Column, TextTable
    from letdown.compiler.objects import BUILT, built_name, kept_path

    machine = _target(target)
    rows = []
    for name in PROGRAMS:
        program = _program(name, machine)
        if (BUILT / built_name(program, machine)).exists():
            where = "in the package"
        else:
            where = "kept" if kept_path(program, machine).exists() else "none yet"
        rows.append((name, program.name, program.key[:12], where))
    say(f"Target {machine.name}")
    show(TextTable((Column("Name"), Column("Program"), Column("Key"), Column("Object")), rows))


@kernel_app.command("show")
def show_program(
    name: Annotated[
        str, typer.Argument(metavar="|".join(PROGRAMS), help="Program.", autocompletion=complete_program)
    ] = "feed",
    stage: Annotated[
        str, typer.Option(metavar="|".join(STAGES), help="Stage.", autocompletion=complete_stage)
    ] = "printed",
    target: Annotated[
        str | None, typer.Option(metavar="NAME", help="Machine; this one by default.", autocompletion=complete_target)
    ] = None,
) -> None:
    """Print a program at one stage of its way to machine code.

    `traced`: the IR of the loops that a trace wrote. `printed`: the module of plain Python around them. `ir`: both as
    LLVM IR, unoptimised. `optimised` and `assembly`: what LLVM makes of it for a machine.
    """
    if stage not in STAGES:
        raise ScenarioError(f"A stage is one of {', '.join(STAGES)}; got {stage}.")
    machine = _target(target)
    program = _program(name, machine)
    if stage == "printed":
        typer.echo(program.text)
    elif stage == "traced":
        typer.echo("\n\n".join(loop.ir for _, loop in program.loops))
    else:
        with working("compiling"):
            text = _lowered(program, machine, stage)
        typer.echo(text)


def _lowered(program: "Program", machine: "Target", stage: str) -> str:
    from letdown.compiler import back_end
    from letdown.compiler.front_end import ENTRY, lowered

    ir = lowered(program)
    if stage == "ir":
        return ir
    made: Callable[..., str] = back_end.optimised_ir if stage == "optimised" else back_end.assembly
    return made(ir, ENTRY, machine)
