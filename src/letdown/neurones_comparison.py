"""The burst surrogate held to the spiking network: the same drives, the same measures, side by side.

The surrogate knows priming only. What synaptic input and oxytocin antagonists do to the network is carried over as
a factor on the store at which bursts become likely, measured on the network:

    R_half <- R_half exp(-s_E (r_E - 80) + s_I (r_I - 80)) f^(-1.35)        f: effect of oxytocin left on the dendrites

It runs in the engine of the feed, with the priming imposed, so what is compared is what a feed uses.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown._errors import ScenarioError
from letdown._numbers import LAST_DYAD, LAST_SEED, whole_number
from letdown._parameter import Parameters, par, reference
from letdown.engine.cohort_run import LaneResult, run_dyads
from letdown.engine.event_log import LogKind
from letdown.engine.layout import field_index
from letdown.engine.network.network_run import run_networks
from letdown.kernel.elementary import exp
from letdown.kernel.power import power
from letdown.neurons.bursts import SpikeTrains, analyse
from letdown.neurons.network import Drive, Network, drive_schedule
from letdown.protocol.build import build_program, reference_start
from letdown.protocol.scenario import load_scenario
from letdown.simulate_neurones import human_plasma

__all__ = ["DRIVES", "ComparisonRow", "InputEffects", "compare_neurones", "half_store_factor", "ks_distance"]


_BURSTS = field_index("moments.last_burst.number")
"""Counts the bursts of a dyad."""


class InputEffects(Parameters):
    """How input moves the store at which the network bursts."""

    excitation: float = par(
        0.03, "1/Hz", low=0.0, high=0.1, cite="Rossoni2008", species="rat", evidence="derived",
        note="s_E, each dendrite, 60-120 Hz; measured on the network",
    )  # fmt: skip
    inhibition: float = par(
        0.01, "1/Hz", low=0.0, high=0.1, cite="Rossoni2008", species="rat", evidence="derived",
        note="s_I, each dendrite, 20-160 Hz; measured on the network",
    )  # fmt: skip
    sensitivity: float = par(
        1.35, "1", low=0.5, high=3.0, cite="Rossoni2008", species="rat", evidence="derived",
        note="exponent of the effect of oxytocin; measured on the network",
    )  # fmt: skip


DRIVES: tuple[tuple[str, Drive], ...] = (
    *((f"k_p {k_p:g}", Drive(k_p)) for k_p in (0.0, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)),
    *((f"k_p 0.5, r_E {80 * x:g} Hz", Drive(0.5, excitatory=x)) for x in (0.75, 1.25, 1.5)),
    *((f"k_p 0.5, r_I {80 * x:g} Hz", Drive(0.5, inhibitory=x)) for x in (0.5, 1.5)),
    *((f"k_p 0.75, antagonist {x:g}", Drive(0.75, antagonist=x)) for x in (0.1, 0.2, 0.3)),
)
"""What is compared: priming from none to the strongest, and changes of input."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one model did under one drive; None where there were too few bursts."""

    bursts_per_hour: float
    interval_mean_s: float | None
    interval_cv: float | None
    first_burst_s: float | None
    oxytocin_ng: float | None


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One drive: the network, the surrogate, the distance of their intervals.

    `ks_limit` is the distance that two samples of this size from one distribution exceed once in 20.
    """

    drive: str
    network: Measured
    surrogate: Measured
    spikes_per_burst: float | None
    ks_distance: float | None
    ks_limit: float | None

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return asdict(self)


def half_store_factor(drive: Drive, network: Network, p: InputEffects | None = None) -> float:
    """Return the factor on the surrogate's half-store under a drive, 1 for the published input."""
    p = p or reference(InputEffects)
    more_excitation = (drive.excitatory - 1.0) * network.cell.excitatory_rate_hz
    more_inhibition = (drive.inhibitory - 1.0) * network.cell.inhibitory_rate_hz
    left = max((1.0 - drive.antagonist) * (1.0 - drive.opioid), 1e-3)
    factor: float = exp(-p.excitation * more_excitation + p.inhibition * more_inhibition)
    return factor * power(left, -p.sensitivity)


def ks_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the largest distance between the empirical distributions of two samples (Kolmogorov-Smirnov)."""
    everything = np.concatenate([a, b])
    of_a = np.searchsorted(np.sort(a), everything, side="right") / a.size
    of_b = np.searchsorted(np.sort(b), everything, side="right") / b.size
    return float(np.abs(of_a - of_b).max())


def compare_neurones(
    *,
    seeds: int = 4,
    duration_s: float = 3600.0,
    seed: int = 0,
    drives: Sequence[tuple[str, Drive]] = DRIVES,
    network: Network | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[ComparisonRow]:
    """Run the network and the surrogate under each drive.

    Parameters
    ----------
    seeds : int
        Networks, each with its own wiring, and surrogates, for each drive.
    duration_s : float
        Simulated time of each, s, at least 60.
    seed : int
        Seed of both.
    drives : sequence of (name, Drive)
        What to compare.
    network : Network, optional
        The network; the published one by default.
    progress : callable, optional
        Called with the number of drives done.

    Raises
    ------
    ScenarioError
        If the duration or a count is out of range.
    """
    if not (math.isfinite(duration_s) and 60.0 <= duration_s <= 86400.0):
        raise ScenarioError(f"A duration of {duration_s:g} s was given; give 60 to 86400 s.")
    seeds = whole_number("seeds", seeds, 1, LAST_DYAD)
    seed = whole_number("seed", seed, 0, LAST_SEED)
    network = network or Network()
    surrogates = _surrogates(drives, network, seeds, duration_s, seed)
    rows = []
    for done, (name, drive) in enumerate(drives, start=1):
        rows.append(_row(name, drive, network, surrogates[done - 1], seeds, duration_s, seed))
        if progress:
            progress(done)
    return rows


def _row(
    name: str,
    drive: Drive,
    network: Network,
    surrogate: list[LaneResult],
    seeds: int,
    duration_s: float,
    seed: int,
) -> ComparisonRow:
    gland = human_plasma(network).gland
    results = run_networks(network, drive_schedule(drive), duration_s, [(seed, number) for number in range(seeds)])
    onsets, oxytocin, spikes = [], [], []
    for result in results:
        trains = SpikeTrains(result.spike_time_s, result.spike_cell.astype(np.int64), network.cells, duration_s)
        found = analyse(trains, secreted=(result.secreted_pg, 0.1)).bursts
        onsets.append(np.array([burst.onset_s for burst in found]))
        oxytocin += [burst.oxytocin_pg * gland * 1e-3 for burst in found if burst.oxytocin_pg is not None]
        spikes += [burst.spikes_per_cell for burst in found]
    rows = [lane.log[lane.log[:, 1] == LogKind.BURST] for lane in surrogate]
    surrogate_onsets = [row[:, 0] for row in rows]
    own, other = _intervals(onsets), _intervals(surrogate_onsets)
    enough = own.size > 1 and other.size > 1
    return ComparisonRow(
        drive=name,
        network=_measured(onsets, oxytocin, sum(times.size for times in onsets), duration_s),
        surrogate=_measured(
            surrogate_onsets,
            [float(x) for row in rows for x in row[:, 3] * 1e-3],
            sum(float(lane.fields[_BURSTS]) for lane in surrogate),
            duration_s,
        ),
        spikes_per_burst=float(np.mean(spikes)) if spikes else None,
        ks_distance=ks_distance(own, other) if enough else None,
        ks_limit=1.36 * math.sqrt((own.size + other.size) / (own.size * other.size)) if enough else None,
    )


def _intervals(onsets: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.diff(times) for times in onsets])


def _measured(
    onsets: Sequence[NDArray[np.float64]], oxytocin_ng: Sequence[float], bursts: float, duration_s: float
) -> Measured:
    intervals = _intervals(onsets)
    first = [float(times[0]) for times in onsets if times.size]
    mean = float(intervals.mean()) if intervals.size else None
    return Measured(
        bursts_per_hour=bursts / len(onsets) / duration_s * 3600.0,
        interval_mean_s=mean,
        interval_cv=float(intervals.std(ddof=1)) / mean if mean and intervals.size > 1 else None,
        first_burst_s=float(np.mean(first)) if len(first) == len(onsets) else None,
        oxytocin_ng=float(np.mean(oxytocin_ng)) if len(oxytocin_ng) else None,
    )


def _surrogates(
    drives: Sequence[tuple[str, Drive]], network: Network, seeds: int, duration_s: float, seed: int
) -> list[list[LaneResult]]:
    """Run the surrogate in the body, the priming imposed by a cue that needs no learning and acts at once."""
    scenario = load_scenario(
        {
            "name": "imposed-priming",
            "max_duration_s": duration_s,
            "protocol": [{"do": "cue", "kind": "orgasm"}, {"do": "wait", "for_s": duration_s}],
        }
    )
    start = reference_start(scenario)
    starts = []
    for _, drive in drives:
        p = start.parameters
        p = p._replace(
            conditioning=p.conditioning._replace(orgasm_priming=drive.priming),
            neurones=p.neurones._replace(hazard_half=p.neurones.hazard_half * half_store_factor(drive, network)),
        )
        starts += [replace(start, parameters=p, dyad=number) for number in range(seeds)]
    lanes = run_dyads(starts, build_program(scenario), seed=seed)
    return [lanes[i * seeds : (i + 1) * seeds] for i in range(len(drives))]
