"""The command `letdown neurones`: the oxytocin neurones alone, the surrogate held to them, bursts in recordings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from letdown._errors import ScenarioError
from letdown._terminal import COUNTS, SEEDS, Json, print_json, progress, say, show, working

if TYPE_CHECKING:
    from letdown.neurons.cell import AbstractCell

__all__ = ["neurones_app"]

CELLS = ("integrate-and-fire", "afterpotential")
PLASMAS = ("rat", "human")

neurones_app = typer.Typer(
    help="Simulate the oxytocin neurones spike by spike; compare the surrogate with them; find bursts in recordings.",
    invoke_without_command=True,
)


def complete_cell(incomplete: str) -> list[str]:
    """Return the cell models that begin so."""
    return [name for name in CELLS if name.startswith(incomplete)]


def complete_plasma(incomplete: str) -> list[str]:
    """Return the plasma models that begin so."""
    return [name for name in PLASMAS if name.startswith(incomplete)]


@neurones_app.callback(invoke_without_command=True)
def neurones(
    context: typer.Context,
    duration: Annotated[float, typer.Option(metavar="S", help="Simulated time, s.")] = 3600.0,
    priming: Annotated[
        str,
        typer.Option(
            metavar="RATE|S:RATE,...",
            help="Priming of the stores by sucking, 1/s; or from which second which rate: 0:0.5,1200:0.",
        ),
    ] = "0.5",
    seed: Annotated[int, typer.Option(metavar="N", parser=SEEDS, help="Seed of wiring and events.")] = 0,
    cells: Annotated[int, typer.Option(metavar="N", help="Cells.")] = 48,
    bundles: Annotated[int, typer.Option(metavar="N", help="Dendritic bundles.")] = 12,
    dendrites: Annotated[int, typer.Option(metavar="N", help="Dendrites of a cell, each in another bundle.")] = 2,
    cell: Annotated[
        str, typer.Option(metavar="|".join(CELLS), help="Cell model.", autocompletion=complete_cell)
    ] = CELLS[0],
    excitatory: Annotated[float, typer.Option(metavar="X", help="Excitatory input, times the published.")] = 1.0,
    inhibitory: Annotated[float, typer.Option(metavar="X", help="Inhibitory input, times the published.")] = 1.0,
    antagonist: Annotated[float, typer.Option(metavar="0-1", help="Oxytocin antagonist at the dendrites.")] = 0.0,
    opioid: Annotated[float, typer.Option(metavar="0-1", help="Opioid at dendrites and terminals.")] = 0.0,
    spread: Annotated[
        float, typer.Option(metavar="CV", help="Spread between cells of input, sensitivity and priming.")
    ] = 0.0,
    insensitive_cells: Annotated[int, typer.Option(metavar="N", help="Cells that do not feel oxytocin.")] = 0,
    plasma: Annotated[
        str, typer.Option(metavar="|".join(PLASMAS), help="Blood of whom.", autocompletion=complete_plasma)
    ] = PLASMAS[0],
    step_ms: Annotated[float, typer.Option(metavar="MS", help="Step, 0.05 to 1 ms.")] = 1.0,
    nwb: Annotated[bool, typer.Option("--nwb", help="Also write an NWB file (extra nwb).")] = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write to, instead of a new one.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
    as_json: Json = False,
) -> None:
    """Simulate the network of oxytocin neurones and find its bursts.

    Writes spikes, bursts and a figure into a new folder, letdown-runs/neurones-SEED; its path goes to standard
    error.
    """
    if context.invoked_subcommand is not None:
        return
    from letdown.engine.network.network_run import NetworkClock
    from letdown.neurones_report import neurones_report
    from letdown.neurons.network import Drive, Network
    from letdown.neurons.wiring import CellSpread
    from letdown.nwb_file import require_nwb
    from letdown.run_folder import run_folder, write_neurones
    from letdown.simulate_neurones import check_neurones, plasma_of, simulate_neurones

    drive = [
        (start, Drive(rate, excitatory, inhibitory, antagonist, opioid)) for start, rate in _priming_steps(priming)
    ]
    network = Network(
        cells, bundles, dendrites, _cell(cell), spread=CellSpread(spread, spread, spread),
        insensitive_cells=insensitive_cells,
    )  # fmt: skip
    clock = NetworkClock(step_ms=step_ms)
    if nwb:
        require_nwb()
    blood = plasma_of(plasma)
    check_neurones(duration, seed, drive, clock)
    with run_folder(out, name=f"neurones-{seed}", overwrite=overwrite) as folder:
        with progress("seconds", int(duration)) as done:
            recording = simulate_neurones(
                duration_s=duration, drive=drive, network=network, seed=seed, plasma=blood, clock=clock,
                progress=lambda seconds: done(int(seconds)),
            )  # fmt: skip
        with working("writing"):
            write_neurones(recording, folder.path, nwb=nwb)
        place = folder.commit()
    print_json(recording.summary()) if as_json else show(neurones_report(recording))
    say(f"Written to {place}")


@neurones_app.command("compare")
def compare(
    seeds: Annotated[int, typer.Option(metavar="N", parser=COUNTS, help="Networks for each drive.")] = 4,
    duration: Annotated[float, typer.Option(metavar="S", help="Simulated time of each, s.")] = 3600.0,
    seed: Annotated[int, typer.Option(metavar="N", parser=SEEDS, help="Seed.")] = 0,
    as_json: Json = False,
) -> None:
    """Hold the burst surrogate to the spiking network, over priming rates and inputs."""
    from letdown.neurones_comparison import DRIVES, compare_neurones
    from letdown.neurones_report import neurones_comparison_report

    with progress("drives", len(DRIVES)) as done:
        rows = compare_neurones(seeds=seeds, duration_s=duration, seed=seed, progress=done)
    if as_json:
        print_json([row.to_json() for row in rows])
    else:
        show(neurones_comparison_report(rows))


@neurones_app.command("bursts")
def bursts(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table with columns time_s and, for several cells, cell; a neurones.nc or .nwb; a recording.nc.",
        ),
    ],
    duration: Annotated[
        float | None, typer.Option(metavar="S", help="Length of the recording, s; the last spike if not given.")
    ] = None,
    time_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of time.")] = None,
    time_unit: Annotated[str | None, typer.Option(metavar="UNIT", help="Of the times: s, ms, us ...")] = None,
    cell_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Column that names cells; none for a single cell.")
    ] = None,
    separator: Annotated[
        str | None, typer.Option(metavar="SIGN", help="Between cells of the table: , ; | tab or space.")
    ] = None,
    decimal: Annotated[str | None, typer.Option(metavar="SIGN", help="Decimal sign, , or .")] = None,
    as_json: Json = False,
) -> None:
    """Find the bursts in recorded or simulated spike times."""
    from letdown.neurones_report import bursts_report
    from letdown.neurons.bursts import analyse
    from letdown.neurons.spike_table import SpikesWanted
    from letdown.opening import spike_readings
    from letdown.spike_recording import bursts_summary

    wanted = SpikesWanted(duration, time_column, time_unit, cell_column, separator, decimal)
    readings = spike_readings(file, wanted)
    trains, found = readings.trains, analyse(readings.trains)
    if as_json:
        summary: dict[str, Any] = {**bursts_summary(found), "cells": trains.cells, "duration_s": trains.duration_s}
        print_json({**summary, "read_as": readings.read_as, "warnings": list(readings.warnings)})
        return
    say(f"{file.name} read as: {readings.read_as}")
    show(bursts_report(found, trains))
    for warning in readings.warnings:
        say(warning)


def _priming_steps(text: str) -> list[tuple[float, float]]:
    steps = []
    for part in text.split(","):
        start, _, rate = part.rpartition(":")
        try:
            steps.append((float(start) if start.strip() else 0.0, float(rate)))
        except ValueError:
            raise ScenarioError(
                f"--priming {text!r} was given; give a rate in 1/s such as 0.5, or seconds and rates such as "
                "0:0.5,1200:0."
            ) from None
    return steps


def _cell(name: str) -> "AbstractCell":
    from letdown.neurons.afterpotential_cell import AfterpotentialCell
    from letdown.neurons.integrate_and_fire import IntegrateAndFire

    models: dict[str, AbstractCell] = dict(zip(CELLS, (IntegrateAndFire(), AfterpotentialCell()), strict=True))
    if name not in models:
        raise ScenarioError(f"There is no cell model {name!r}; give one of {', '.join(CELLS)}.")
    return models[name]
