"""One verb: simulate the oxytocin neurones alone, spike by spike.

from letdown import simulate_neurones
recording = simulate_neurones(priming=0.5, duration_s=1800, seed=1)
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from letdown._errors import ScenarioError
from letdown._numbers import LAST_DYAD, LAST_SEED, plain, whole_number
from letdown._parameter import reference
from letdown._units import quantity
from letdown.body.oxytocin_neurones import NeuronesParameters
from letdown.body.plasma import PlasmaParameters
from letdown.compiler.program import Precision
from letdown.engine.network.network_run import NetworkClock, NetworkResult, run_networks
from letdown.kernel.total import mean
from letdown.neurons.blood import TwoCompartments, rat_plasma
from letdown.neurons.bursts import SpikeTrains
from letdown.neurons.network import Drive, Network, Schedule, drive_schedule
from letdown.spike_recording import SpikeRecording

__all__ = ["check_neurones", "human_plasma", "plasma_of", "simulate_neurones"]

MAX_DURATION_S = 7 * 86400.0


def human_plasma(network: Network | None = None) -> TwoCompartments:
    """Return the compartments of a woman [Thornton1990], with the gland scaled so that a burst is a woman's pulse."""
    p, n = reference(PlasmaParameters), reference(NeuronesParameters)
    secretion = (network or Network()).secretion
    return TwoCompartments(
        "Thornton1990",
        p.clearance,
        p.exchange,
        p.central_volume,
        p.tissue_volume,
        basal_secretion=p.clearance * p.basal_level,
        gland=n.pulse / secretion.standard_burst,
    )


def plasma_of(whom: str) -> TwoCompartments:
    """Return the compartments called "rat" or "human". Raises ScenarioError for another name."""
    plasmas = {"rat": rat_plasma(), "human": human_plasma()}
    if whom not in plasmas:
        raise ScenarioError(f"There is no plasma of {whom!r}; give one of {', '.join(plasmas)}.")
    return plasmas[whom]


def simulate_neurones(
    priming: float | None = None,
    *,
    duration_s: float = 3600.0,
    drive: Drive | Sequence[tuple[float, Drive]] | None = None,
    network: Network | None = None,
    seed: int = 0,
    number: int = 0,
    plasma: TwoCompartments | None = None,
    clock: NetworkClock | None = None,
    precision: Precision = "float64",
    progress: Callable[[float], None] | None = None,
) -> SpikeRecording:
    """Simulate a network of oxytocin neurones under a given drive.

    Parameters
    ----------
    priming : float, optional
        Priming of the dendritic stores by sucking, 1/s, 0 to 20; shorthand for `drive=Drive(priming)`.
    duration_s : float
        Simulated time, s.
    drive : Drive or sequence of (start in s, Drive), optional
        What reaches the network, when it changes; the published 0.5 /s if neither is given.
    network : Network, optional
        The network; the published one by default.
    seed, number : int
        Seed, and the number of the network among those with this seed: together they fix wiring and every event.
    plasma : TwoCompartments, optional
        Where the oxytocin goes; the rat's by default.
    clock : NetworkClock, optional
        Step and bins.
    precision : {"float64", "float32"}
        Precision of the membranes; stores and secretion are always float64.
    progress : callable, optional
        Called with the seconds simulated so far.

    Raises
    ------
    ScenarioError
        If a value is out of range, or both `priming` and `drive` are given.
    SimulationError
        If a state becomes infinite or not a number.
    """
    network = network or Network()
    clock = clock or NetworkClock()
    plasma = plasma or rat_plasma()
    if priming is not None and drive is not None:
        raise ScenarioError("Both priming and drive were given; give the priming inside the drive.")
    seed, number = whole_number("seed", seed, 0, LAST_SEED), whole_number("number", number, 0, LAST_DYAD)
    duration_s = quantity(plain(duration_s), "s")
    schedule = check_neurones(
        duration_s, seed, drive if drive is not None else Drive(0.5 if priming is None else priming), clock, number
    )
    result = run_networks(
        network, schedule, duration_s, [(seed, number)], clock=clock, precision=precision, progress=progress
    )[0]
    return _recording(result, network, schedule, seed, number, plasma, clock)


def _recording(
    result: NetworkResult,
    network: Network,
    schedule: Schedule,
    seed: int,
    number: int,
    plasma: TwoCompartments,
    clock: NetworkClock,
) -> SpikeRecording:
    starts = np.array([t for t, _ in schedule])
    primings = np.array([d.priming for _, d in schedule])
    middle = (np.arange(result.rate_hz.size) + 0.5) * clock.bin_s
    return SpikeRecording(
        trains=SpikeTrains(result.spike_time_s, result.spike_cell.astype(np.int64), network.cells, result.simulated_s),
        bin_s=clock.bin_s,
        rate_hz=result.rate_hz,
        secreted_pg=result.secreted_pg * plasma.gland,
        store=result.store,
        plasma_pg_ml=plasma.level(result.secreted_pg, clock.bin_s, _resting(network, clock, plasma, seed, number)),
        priming_per_s=primings[np.searchsorted(starts, middle, side="right") - 1],
        settings=plain(
            {
                "cells": network.cells,
                "bundles": network.bundles,
                "dendrites": network.dendrites,
                "cell": type(network.cell).__name__,
                "insensitive_cells": network.insensitive_cells,
                "spread_input_rate": network.spread.input_rate,
                "spread_oxytocin_sensitivity": network.spread.oxytocin_sensitivity,
                "spread_priming": network.spread.priming,
                **{name: _course(schedule, name) for name in Drive.__slots__},
                "plasma": plasma.source,
                "step_ms": clock.step_ms,
                "seed": seed,
                "network": number,
            }
        ),
        cpu_s=result.cpu_s,
    )


def _course(schedule: Schedule, name: str) -> str:
    """Return how one value of the drive goes: a number, or numbers with the second from which each holds."""
    values = [(t, float(getattr(drive, name))) for t, drive in schedule]
    if len({value for _, value in values}) == 1:
        return f"{values[0][1]:g}"
    return ", ".join(f"{value:g} from {t:g} s" for t, value in values)


def _resting(network: Network, clock: NetworkClock, plasma: TwoCompartments, seed: int, number: int) -> float:
    """Return what the undriven network secretes, pg/s, where the blood has a basal secretion that stands for it."""
    if plasma.basal_secretion == 0.0:
        return 0.0
    rest = run_networks(network, drive_schedule(Drive(0.0)), 60.0, [(seed, number)], clock=clock)[0]
    return mean(rest.secreted_pg[rest.secreted_pg.size // 2 :].tolist()) / clock.bin_s


def check_neurones(
    duration_s: float,
    seed: int,
    drive: Drive | Sequence[tuple[float, Drive]],
    clock: NetworkClock,
    number: int = 0,
) -> Schedule:
    """Return the schedule of a run that can be simulated. Raises ScenarioError as `simulate_neurones`."""
    schedule = drive_schedule(drive)
    if not (math.isfinite(duration_s) and clock.bin_s <= duration_s <= MAX_DURATION_S):
        raise ScenarioError(f"A duration of {duration_s:g} s was given; give {clock.bin_s:g} to {MAX_DURATION_S:g} s.")
    whole_number("seed", seed, 0, LAST_SEED)
    whole_number("number", number, 0, LAST_DYAD)
    steps = clock.bin_s * 1000.0 / clock.step_ms if clock.step_ms > 0 else 0.0
    if not (0.05 <= clock.step_ms <= 1.0 and abs(steps - round(steps)) < 1e-9 * steps):
        raise ScenarioError(
            f"A step of {clock.step_ms:g} ms was given; give 0.05 to 1 ms that divides the bin of {clock.bin_s:g} s."
        )
    off = [t for t in (duration_s, *(t for t, _ in schedule)) if abs(t / clock.bin_s - round(t / clock.bin_s)) > 1e-6]
    if off:
        raise ScenarioError(
            f"A time of {off[0]:g} s was given; give durations and starts in multiples of the bin of {clock.bin_s:g} s."
        )
    late = [t for t, _ in schedule if t >= duration_s]
    if late:
        raise ScenarioError(
            f"A drive starts at {late[0]:g} s, when the run of {duration_s:g} s is over; give an earlier start or a "
            "longer duration."
        )
    return schedule
