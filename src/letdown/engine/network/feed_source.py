"""The spiking network as the source of bursts in a feed: two-way coupled, tick by tick.

Each tick of the body the stores of the dyad's own network are primed at the rate that sucking, cues and
interference give, the network runs for the length of the tick in steps of 1 ms, and what its spikes secrete enters
the blood. The let-down, the milk and the infant then change what sucking gives. Before the feed the network runs for
a minute without priming, so that it starts at rest, and its resting secretion is known: that part is the basal
secretion of the plasma already, so only the difference is added, never less than what would stop the basal secretion.

A burst is noted when the mean rate of the last 0.5 s rises above 12 Hz, and over when it falls below 6 Hz.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Annotated, Any, NamedTuple, final

import numba
import numpy as np
from numpy.typing import NDArray

from letdown.body.afferents import Afferents, AfferentsParameters, afferent_drive
from letdown.body.body import BodyParameters, Dyad
from letdown.body.conditioning import Conditioning, ConditioningParameters, cue_priming
from letdown.body.oxytocin_neurones import Neurones, NeuronesParameters, priming_rate, recruited_share
from letdown.body.plasma import PlasmaParameters
from letdown.body.surroundings import Cues
from letdown.engine.burst_source import AbstractBurstSource, Discharge, imposed_fires
from letdown.engine.layout import field_index, record_classes, tuple_text
from letdown.engine.link import Linker
from letdown.engine.network.loops import TERMS, load_network
from letdown.engine.network.network_run import NetworkClock, Stepper
from letdown.engine.network.state import Count, Driven, NetworkArrays, poisson_terms
from letdown.kernel.equation import equation
from letdown.kernel.total import mean, total
from letdown.neurons.bursts import SpikeTrains
from letdown.neurons.dendritic_release import DendriticReleaseParameters
from letdown.neurons.network import Drive, Network
from letdown.neurons.secretion import SecretionParameters

__all__ = ["SpikingNeurones"]

SETTLING_S = 60.0
BEGINS_HZ, ENDS_HZ, WINDOW_S = 12.0, 6.0, 0.5
AFTER_S = 1.5
"""Secretion counts to a burst until so long after its end, s."""
LOGGED_HZ = 20.0
"""Mean rate that the log of spikes has room for, Hz."""
MAX_BURSTS = 4096


class NetworkInput(NamedTuple):
    """What the body does to the network, and what a standard burst of it secretes."""

    priming: Annotated[float, "1/s"]
    pulse: Annotated[float, "pg"]
    basal: Annotated[float, "pg/s"]
    recruited: Annotated[float, "1"]
    release_time: Annotated[float, "s"]


@equation
def network_input(
    afferents: Afferents,
    ap: AfferentsParameters,
    conditioning: Conditioning,
    cp: ConditioningParameters,
    cues: Cues,
    neurones: Neurones,
    p: NeuronesParameters,
    plasma: PlasmaParameters,
    central: Annotated[float, "1"],
    fatigue: Annotated[float, "1"],
) -> NetworkInput:
    """Return the priming of the stores, and the oxytocin of a standard burst, by the equations of the surrogate."""
    drive = afferent_drive(afferents, ap)
    recruited = recruited_share(p, central, fatigue)
    return NetworkInput(
        priming_rate(p, drive, cue_priming(conditioning, cp, cues), central),
        p.pulse * recruited * (1.0 + p.potentiation_gain * neurones.potentiation),
        plasma.clearance * plasma.basal_level,
        recruited,
        p.release_time,
    )


@equation
def quiet(x: Dyad, p: BodyParameters) -> Dyad:
    """Return the dyad with an empty pool: what a burst secretes comes from the spikes, tick by tick."""
    n = x.neurones
    emptied = Neurones(n.store, n.refractoriness, n.potentiation, 0.0 * n.pool, n.hazard, n.releasing, n.since_burst)
    return Dyad(
        x.afferents,
        x.conditioning,
        x.interference,
        emptied,
        x.plasma,
        x.myoepithelium,
        x.prolactin,
        x.infant,
        x.uterus,
        x.sensations,
        x.pad_left,
        x.pad_right,
    )


class NetworkLanes(NamedTuple):
    """The networks of a tile and what the compiled tick keeps of them."""

    networks: NetworkArrays
    constants: Any
    release: DendriticReleaseParameters
    secretion: SecretionParameters
    step_ms: float
    steps: int
    window: int
    delay: int
    refresh: int
    resting: NDArray[np.float64]
    spikes: NDArray[np.float64]
    released: NDArray[np.float64]
    bursts: NDArray[np.float64]
    counts: NDArray[np.int64]


_IN_BURST, _BURSTS, _OVER_SINCE = range(3)


@final
@dataclass(frozen=True, slots=True)
class SpikingNeurones(AbstractBurstSource):
    """The spiking network instead of the burst surrogate; each dyad has its own, wired from the run's seed."""

    network: Network = field(default_factory=Network)

    @property
    def fires(self) -> Callable[..., Any]:
        """Fires in the tick in which a burst of the network is noted."""
        return imposed_fires

    @property
    def ready(self) -> Callable[..., Any]:
        """The dyad without the surrogate's pool."""
        return quiet

    @property
    def imposed_times_s(self) -> tuple[float, ...]:
        """None."""
        return ()

    @property
    def code(self) -> str:
        """The name of the compiled network."""
        return str(self._module().__name__)

    @property
    def tick(self) -> Callable[..., Any]:
        """Run the network of a lane for one tick."""
        made: Callable[..., Any] = _make_tick(self._module())
        return made

    def driven(self, x: Any) -> dict[str, tuple[Any, ...]]:
        """Return what the network's tick writes into a dyad, with the numbers of the body that it depends on."""
        dyad, p = x.dyad, x.parameters
        given = network_input(
            dyad.afferents,
            p.afferents,
            dyad.conditioning,
            p.conditioning,
            x.surroundings.cues,
            dyad.neurones,
            p.neurones,
            p.plasma,
            dyad.interference.central,
            x.surroundings.conditions.fatigue,
        )
        number = x.surroundings.draws.suck_run  # spikes are random: everything that they move does move
        return {
            "dyad.neurones.store": (given.priming * number,),
            "dyad.neurones.refractoriness": (given.priming * number,),
            "dyad.neurones.releasing": tuple(part * number for part in given),
            "surroundings.draws.burst": (given.priming * number,),
        }

    def _module(self) -> ModuleType:
        terms = poisson_terms(self.network, [Drive(0.0)], NetworkClock().step_ms, TERMS)
        return load_network(self.network.cell, "float64", terms, self.network.dendrites)

    def _stepper(self, seeds: Sequence[tuple[int, int]], clock: NetworkClock, capacity: int) -> Stepper:
        return Stepper(self.network, [Drive(0.0)], seeds, clock=clock, precision="float64", spike_capacity=capacity)

    def begin(self, dyads: Sequence[int], seeds: Sequence[int], tick_s: float, ticks: int, kept: bool) -> NetworkLanes:
        """Return networks at rest; spikes are logged if `kept`."""
        capacity = round(self.network.cells * ticks * tick_s * LOGGED_HZ) + 1000 if kept else 1
        whole = NetworkClock(bin_s=tick_s).steps_per_bin
        clock = NetworkClock(1000.0 * tick_s / whole, tick_s)  # about 1 ms: a tick is a whole number of steps
        stepper = self._stepper(list(zip(seeds, dyads, strict=True)), clock, capacity)
        settling = np.zeros((3, round(SETTLING_S / tick_s)))
        resting = np.zeros(len(dyads))
        for at in range(len(dyads)):
            stepper.run_bins(at, settling)
            resting[at] = mean(settling[1, settling.shape[1] // 2 :].tolist())
            stepper.arrays.counts[at, Count.SPIKES] = 0
        bins = max(1, round(WINDOW_S / tick_s))
        return NetworkLanes(
            stepper.arrays,
            stepper.constants,
            stepper.release,
            stepper.secretion,
            stepper.clock.step_ms,
            stepper.clock.steps_per_bin,
            stepper.window,
            stepper.delay,
            stepper.refresh,
            resting,
            np.zeros((len(dyads), bins)),
            np.zeros((len(dyads), bins)),
            np.zeros((len(dyads), MAX_BURSTS, 3)),
            np.zeros((len(dyads), 3), dtype=np.int64),
        )

    def finish(self, state: NetworkLanes, place: int, duration_s: float, kept: bool) -> Discharge:
        """Return the bursts of a dyad and, if they were kept, its spikes."""
        bursts = state.bursts[place, : min(int(state.counts[place, _BURSTS]), MAX_BURSTS)].copy()
        if not kept:
            return Discharge(bursts, None, 0)
        arrays = state.networks
        total = int(arrays.counts[place, Count.SPIKES])
        logged = min(total, arrays.spike_cell.shape[1])
        started = round(SETTLING_S * 1000.0 / state.step_ms)
        times = (arrays.spike_step[place, :logged] - started) * np.float64(state.step_ms * 1e-3)
        cells = arrays.spike_cell[place, :logged].astype(np.int64)
        trains = SpikeTrains(times, cells, self.network.cells, max(duration_s, float(times[-1]) if logged else 1e-3))
        return Discharge(bursts, trains, total - logged)


def _loader(name: str, kind: type, path: str) -> str:
    return f"{name} = {tuple_text(kind, lambda here: f'B[{field_index(here)} * W + l]', path)}"


def _read_input() -> Any:
    """Return the compiled function (B, W, lane) -> NetworkInput."""
    records: dict[str, tuple[type, str]] = {
        "afferents": (Afferents, "dyad.afferents"),
        "ap": (AfferentsParameters, "parameters.afferents"),
        "conditioning": (Conditioning, "dyad.conditioning"),
        "cp": (ConditioningParameters, "parameters.conditioning"),
        "cues": (Cues, "surroundings.cues"),
        "neurones": (Neurones, "dyad.neurones"),
        "p": (NeuronesParameters, "parameters.neurones"),
        "plasma": (PlasmaParameters, "parameters.plasma"),
    }
    lines = [_loader(name, kind, path) for name, (kind, path) in records.items()]
    lines += [
        f"central = B[{field_index('dyad.interference.central')} * W + l]",
        f"fatigue = B[{field_index('surroundings.conditions.fatigue')} * W + l]",
        f"return network_input({', '.join(records)}, central, fatigue)",
    ]
    names: dict[str, Any] = {"network_input": Linker("float64").link(network_input)}
    for kind, _ in records.values():
        names |= record_classes(kind)
    exec("def read_input(B, W, l):\n" + "\n".join(f"    {line}" for line in lines), names)
    return numba.njit(names["read_input"], error_model="numpy")


def _make_tick(module: Any) -> Any:
    advance, read_input = module.advance, _read_input()
    store, refractoriness = (field_index(f"dyad.neurones.{name}") for name in ("store", "refractoriness"))
    releasing, burst = field_index("dyad.neurones.releasing"), field_index("surroundings.draws.burst")
    priming_row, after = int(Driven.PRIMING), AFTER_S
    in_burst, bursts, over_since = _IN_BURST, _BURSTS, _OVER_SINCE
    begins, ends, half_window = BEGINS_HZ, ENDS_HZ, WINDOW_S / 2.0
    added = numba.njit(total, error_model="numpy")

    @numba.njit(error_model="numpy")
    def network_tick(
        B: Any, W: int, lane: int, place: int, S: Any, seed: Any, dyad: Any, i: int, t: float, tick: float
    ) -> None:
        given = read_input(B, W, lane)
        S.networks.drive[place, priming_row] = given.priming
        spikes, secreted, mean_store = advance(
            place, S.networks, S.constants, S.release, S.secretion, seed, dyad, S.step_ms, S.steps, S.window,
            S.delay, S.refresh,
        )  # fmt: skip
        amount = (secreted - S.resting[place]) * given.pulse / S.secretion.standard_burst
        amount = max(amount, -given.basal * tick)
        part = tick / given.release_time
        B[releasing * W + lane] = amount / (part - 0.5 * part * part)  # what Heun's step lets out in this tick
        B[store * W + lane] = mean_store
        B[refractoriness * W + lane] = added(S.networks.endocannabinoid[place]) / S.networks.endocannabinoid.shape[1]
        at = i % S.spikes.shape[1]
        S.spikes[place, at] = spikes
        S.released[place, at] = amount
        rate = added(S.spikes[place]) / (S.networks.wiring.shape[1] * S.spikes.shape[1] * tick)
        B[burst * W + lane] = 1.0
        number = S.counts[place, bursts]
        if S.counts[place, in_burst] == 0 and rate > begins and i >= S.spikes.shape[1]:
            B[burst * W + lane] = -1.0
            S.counts[place, in_burst] = 1
            S.counts[place, over_since] = i + 1_000_000_000
            S.counts[place, bursts] = number + 1
            if number < S.bursts.shape[1]:
                S.bursts[place, number, 0] = t + tick - half_window
                S.bursts[place, number, 1] = given.recruited
                S.bursts[place, number, 2] = added(S.released[place])
        elif number > 0 and number <= S.bursts.shape[1]:
            if S.counts[place, in_burst] == 1 and rate < ends:
                S.counts[place, in_burst] = 0
                S.counts[place, over_since] = i
            if (i - S.counts[place, over_since]) * tick < after:
                S.bursts[place, number - 1, 2] += amount

    return network_tick
