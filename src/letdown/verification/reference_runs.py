"""The reference runs: which they are, and the hash that this machine gives each.

    feeds      every preset, 8 seeds, on both clocks; the reference dyad, all channels each second
    cohorts    32 virtual dyads of two presets, on both clocks, in float64 and float32
    lives      28 days of four lactations: the reference dyad and a virtual one
    networks   10 minutes of the spiking network of both cell models, in float64 and float32; a feed coupled to it

Context of use: `letdown verify`. What a run depends on stands in its name and here, and nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from letdown.compiler.program import Precision
from letdown.engine.burst_source import AbstractBurstSource, SurrogateNeurones
from letdown.engine.clocks import AbstractClock, Clock, CycleAveraged
from letdown.engine.cohort_run import LaneResult, run_dyads
from letdown.engine.network.feed_source import SpikingNeurones
from letdown.engine.network.network_run import run_networks
from letdown.engine.results import TRACED
from letdown.neurons.afterpotential_cell import AfterpotentialCell
from letdown.neurons.blood import rat_plasma
from letdown.neurons.cell import AbstractCell
from letdown.neurons.integrate_and_fire import IntegrateAndFire
from letdown.neurons.network import Drive, Network, drive_schedule
from letdown.neurons.wiring import CellSpread
from letdown.protocol.build import build_program, reference_start, trait_starts
from letdown.protocol.lactation import load_lactation
from letdown.protocol.lactation_build import life_start
from letdown.protocol.scenario import load_scenario, presets
from letdown.simulate_lactation import run_scenario, runner_of, with_days
from letdown.verification.digest import digest_of_feeds, digest_of_life, digest_of_network

__all__ = [
    "CLOCKS",
    "ReferenceRun",
    "cohort",
    "feed",
    "life_digest",
    "network_digest",
    "reference_runs",
]

SEEDS = 8
CLOCKS: dict[str, AbstractClock] = {"suck-resolved": Clock(), "averaged": CycleAveraged()}
PRECISIONS: tuple[Precision, ...] = ("float64", "float32")
COHORTS = ("breastfeed", "pump-double")
DYADS = 32
LACTATIONS = ("demand-feeding", "exclusive-pumping", "mixed-feeding", "twins")
DAYS = 28
DYAD = 3
"""Number of the virtual dyad of the lives."""
CELLS: dict[str, AbstractCell] = {"integrate-and-fire": IntegrateAndFire(), "after-potentials": AfterpotentialCell()}
MINUTES = 10


@dataclass(frozen=True, slots=True)
class ReferenceRun:
    """One run: its group, its name, what computes its hash, and whether it belongs to the quick part."""

    group: str
    name: str
    compute: Callable[[], str]
    in_part: bool = False


def feed(preset: str, seed: int, clock: AbstractClock, source: AbstractBurstSource | None = None) -> LaneResult:
    """Return one feed of the reference dyad, its channels every second."""
    scenario = load_scenario(preset)
    every = round(clock.substeps / clock.tick_s)
    program = build_program(scenario)
    source = source or SurrogateNeurones()
    start = reference_start(scenario)
    return run_dyads([start], program, seed=seed, source=source, clock=clock, channels=TRACED, every=every)[0]


def cohort(
    preset: str, dyads: int, clock: AbstractClock, precision: Precision, threads: int | None = None
) -> list[LaneResult]:
    """Return one feed of each of the first virtual dyads of seed 0."""
    scenario = load_scenario(preset)
    starts, _ = trait_starts(scenario, range(dyads), 0)
    return run_dyads(starts, build_program(scenario), clock=clock, precision=precision, threads=threads)


def _feed_digest(preset: str, seed: int, clock: AbstractClock, source: AbstractBurstSource | None = None) -> str:
    return digest_of_feeds([feed(preset, seed, clock, source)])


def _cohort_digest(preset: str, clock: AbstractClock, precision: Precision) -> str:
    return digest_of_feeds(cohort(preset, DYADS, clock, precision))


def life_digest(lactation: str, dyad: int | None, days: int = DAYS) -> str:
    """Return the hash of a life: days of a lactation of a dyad (None: the reference one), seed 0."""
    scenario = with_days(load_lactation(lactation), days)
    return digest_of_life(run_scenario(scenario, [life_start(scenario, dyad, 0)], 0, runner_of(False), None)[0])


def network_digest(cell: AbstractCell, precision: Precision) -> str:
    """Return the hash of a network of unlike cells whose priming rises after a third of the time."""
    duration_s = 60.0 * MINUTES
    network = Network(cell=cell, spread=CellSpread(0.1, 0.1, 0.1))
    schedule = drive_schedule([(0.0, Drive(0.3)), (duration_s / 3.0, Drive(0.6))])
    result = run_networks(network, schedule, duration_s, [(0, 0)], precision=precision)[0]
    return digest_of_network(result, rat_plasma().level(result.secreted_pg, 0.1))


def _feeds() -> list[ReferenceRun]:
    runs = []
    for preset in presets():
        for clock_name, clock in CLOCKS.items():
            for seed in range(SEEDS):
                name = f"feed/{preset}/{clock_name}/seed-{seed}"
                compute = partial(_feed_digest, preset, seed, clock)
                runs.append(ReferenceRun(f"feeds, {clock_name}", name, compute, seed == 0))
    return runs


def reference_runs() -> list[ReferenceRun]:
    """Return all reference runs."""
    runs = _feeds()
    for preset in COHORTS:
        for name, clock in CLOCKS.items():
            for precision in PRECISIONS:
                compute = partial(_cohort_digest, preset, clock, precision)
                whole = f"cohort/{preset}/{name}/{precision}/dyads-{DYADS}"
                runs.append(ReferenceRun(f"cohorts, {precision}", whole, compute, preset == COHORTS[0]))
    for lactation in LACTATIONS:
        for dyad in (None, DYAD):
            who = "reference" if dyad is None else f"dyad-{dyad}"
            compute = partial(life_digest, lactation, dyad)
            runs.append(ReferenceRun("lives", f"life/{lactation}/{who}/days-{DAYS}", compute, dyad is not None))
    for cell_name, cell in CELLS.items():
        for precision in PRECISIONS:
            compute = partial(network_digest, cell, precision)
            name = f"network/{cell_name}/{precision}/minutes-{MINUTES}"
            runs.append(ReferenceRun("networks", name, compute, cell_name == "integrate-and-fire"))
    coupled = partial(_feed_digest, "breastfeed", 0, CLOCKS["suck-resolved"], SpikingNeurones())
    runs.append(ReferenceRun("networks", "network/feed/breastfeed/seed-0", coupled))
    return runs
