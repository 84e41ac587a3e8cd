"""The spiking network as the source of bursts in a feed: two-way coupled, tick by tick.

Each tick of the body the stores of the dyad's own network are primed at the rate that sucking, cues and
interference give, the network runs for the length of the tick in steps of 1 ms, and what its spikes secrete enters
the blood. The let-down, the milk and the infant then change what sucking gives. Before the feed the network runs for
a minute without priming, so that it starts at rest, and its resting secretion is known: that part is the basal
secretion of the plasma already, so only the difference is added, never less than what would stop the basal secretion.

A burst is noted when the mean rate of the last 0.5 s rises above 12 Hz, and over when it falls below 6 Hz.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from letdown.body.afferents import Afferents, AfferentsParameters, afferent_drive
from letdown.body.body import BodyParameters, Dyad
from letdown.body.conditioning import Conditioning, ConditioningParameters, cue_priming
from letdown.body.oxytocin_neurones import Neurones, NeuronesParameters, priming_rate, recruited_share
from letdown.body.plasma import PlasmaParameters
from letdown.body.surroundings import Cues
from letdown.compiler.interface import Kind, Reals, Reals2, Reals3, Wholes2, kinds_of_record
from letdown.compiler.program import Generated, Precision
from letdown.engine.burst_source import AbstractBurstSource, Discharge, imposed_fires
from letdown.engine.lane_code import LaneCode, Value, function_of, row_of
from letdown.engine.lane_lines import Loop, Rows
from letdown.engine.layout import Tile, field_index, field_names, record_type, view
from letdown.engine.network.network_loop import advance
from letdown.engine.network.network_program import TERMS, network_parts
from letdown.engine.network.network_run import NetworkClock, Stepper
from letdown.engine.network.state import Count, Driven, NetworkArrays, poisson_terms
from letdown.kernel.equation import equation
from letdown.kernel.expression import Graph, Level
from letdown.kernel.total import mean, total
from letdown.neurons.bursts import SpikeTrains
from letdown.neurons.dendritic_release import DendriticReleaseParameters
from letdown.neurons.network import Drive, Network
from letdown.neurons.secretion import SecretionParameters

__all__ = ["SpikingNeurones"]

SETTLING_S = 60.0
BEGINS_HZ, ENDS_HZ, HALF_WINDOW_S = 12.0, 6.0, 0.25
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
    constants: Annotated[NDArray[np.floating[Any]], "real[:]"]
    release: DendriticReleaseParameters
    secretion: SecretionParameters
    step_ms: float
    steps: int
    window: int
    delay: int
    refresh: int
    resting: Reals
    given: Reals2
    spikes: Reals2
    released: Reals2
    bursts: Reals3
    counts: Wholes2


_IN_BURST, _BURSTS, _OVER_SINCE = range(3)
_PRIMING, _PULSE, _BASAL, _RECRUITED, _RELEASE_TIME = range(5)
_STORE, _REFRACTORINESS, _RELEASING = (
    field_index(f"dyad.neurones.{name}") for name in ("store", "refractoriness", "releasing")
)
_BURST = field_index("surroundings.draws.burst")


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
        """A name of the network that is printed into the feed."""
        return f"{type(self.network.cell).__qualname__} {self._terms()} {self.network.dendrites}"

    @property
    def tick(self) -> Callable[..., Any]:
        """Run the network of a lane for one tick."""
        return network_tick

    def parts(self, precision: Precision, lanes: int) -> Mapping[str, Any]:
        """Return the loops over the cells of the network, and what reads its input from the body."""
        parts = network_parts(self.network.cell, precision, self._terms(), self.network.dendrites)
        return {**parts, "given_by_body": _input_function(precision, lanes)}

    def state_kind(self, precision: Precision) -> Kind:
        """Return the kind of the state."""
        return kinds_of_record(NetworkLanes, "f8" if precision == "float64" else "f4")

    def driven(self, x: Any) -> dict[str, tuple[Any, ...]]:
        """Return what the network's tick writes into a dyad, with the numbers of the body that it depends on."""
        given = _input_of(x)
        number = x.surroundings.draws.suck_run  # spikes are random: everything that they move does move
        return {
            "dyad.neurones.store": (given.priming * number,),
            "dyad.neurones.refractoriness": (given.priming * number,),
            "dyad.neurones.releasing": tuple(part * number for part in given),
            "surroundings.draws.burst": (given.priming * number,),
        }

    def _terms(self) -> int:
        return poisson_terms(self.network, [Drive(0.0)], NetworkClock().step_ms, TERMS)

    def begin(
        self, dyads: Sequence[int], seeds: Sequence[int], tick_s: float, ticks: int, kept: bool, precision: Precision
    ) -> NetworkLanes:
        """Return networks at rest; spikes are logged if `kept`."""
        capacity = round(self.network.cells * ticks * tick_s * LOGGED_HZ) + 1000 if kept else 1
        whole = NetworkClock(bin_s=tick_s).steps_per_bin
        clock = NetworkClock(1000.0 * tick_s / whole, tick_s)  # about 1 ms: a tick is a whole number of steps
        numbers = list(zip(seeds, dyads, strict=True))
        stepper = Stepper(
            self.network, [Drive(0.0)], numbers, clock=clock, precision=precision, spike_capacity=capacity
        )
        settling = np.zeros((3, round(SETTLING_S / tick_s)))
        resting = np.zeros(len(dyads))
        for at in range(len(dyads)):
            stepper.run_bins(at, settling)
            resting[at] = mean(settling[1, settling.shape[1] // 2 :].tolist())
            stepper.arrays.counts[at, Count.SPIKES] = 0
        bins = max(1, round(2.0 * HALF_WINDOW_S / tick_s))
        return NetworkLanes(
            networks=stepper.arrays,
            constants=stepper.constants,
            release=stepper.release,
            secretion=stepper.secretion,
            step_ms=stepper.clock.step_ms,
            steps=stepper.clock.steps_per_bin,
            window=stepper.window,
            delay=stepper.delay,
            refresh=stepper.refresh,
            resting=resting,
            given=np.zeros((len(dyads), len(NetworkInput._fields))),
            spikes=np.zeros((len(dyads), bins)),
            released=np.zeros((len(dyads), bins)),
            bursts=np.zeros((len(dyads), MAX_BURSTS, 3)),
            counts=np.zeros((len(dyads), 3), dtype=np.int64),
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


def given_by_body(B: Any, out: Any) -> None:
    """Write the `NetworkInput` of the lane at B[0]; written by `_input_function`."""
    raise NotImplementedError


def network_tick(
    B: Any, W: int, lane: int, place: int, S: Any, seed: Any, dyad: Any, i: int, t: float, tick: float
) -> None:
    """Run the network of a lane for one tick, with what the body gives it; put what it secretes into the blood."""
    given = S.given[place]
    given_by_body(B[lane:], given)
    S.networks.drive[place, Driven.PRIMING] = given[_PRIMING]
    spikes, secreted, mean_store = advance(
        place, S.networks, S.constants, S.release, S.secretion, seed, dyad, S.step_ms, S.steps, S.window,
        S.delay, S.refresh,
    )  # fmt: skip
    amount = (secreted - S.resting[place]) * given[_PULSE] / S.secretion.standard_burst
    amount = max(amount, -given[_BASAL] * tick)
    part = tick / given[_RELEASE_TIME]
    B[_RELEASING * W + lane] = amount / (part - 0.5 * part * part)  # what Heun's step lets out in this tick
    B[_STORE * W + lane] = mean_store
    B[_REFRACTORINESS * W + lane] = total(S.networks.endocannabinoid[place]) / S.networks.endocannabinoid.shape[1]
    at = i % S.spikes.shape[1]
    S.spikes[place, at] = spikes
    S.released[place, at] = amount
    rate = total(S.spikes[place]) / (S.networks.wiring.shape[1] * S.spikes.shape[1] * tick)
    fires = note_burst(S, place, i, t, tick, rate, amount, given[_RECRUITED])
    B[_BURST * W + lane] = -1.0 if fires else 1.0


def note_burst(S: Any, place: int, i: int, t: float, tick: float, rate: float, amount: float, recruited: float) -> bool:
    """Follow the bursts of a network; return whether one begins in this tick. `amount` is secreted in it, pg."""
    number = S.counts[place, _BURSTS]
    if S.counts[place, _IN_BURST] == 0 and rate > BEGINS_HZ and i >= S.spikes.shape[1]:
        S.counts[place, _IN_BURST] = 1
        S.counts[place, _OVER_SINCE] = i + 1_000_000_000
        S.counts[place, _BURSTS] = number + 1
        if number < S.bursts.shape[1]:
            S.bursts[place, number, 0] = t + tick - HALF_WINDOW_S
            S.bursts[place, number, 1] = recruited
            S.bursts[place, number, 2] = total(S.released[place])
        return True
    if 0 < number <= S.bursts.shape[1]:
        if S.counts[place, _IN_BURST] == 1 and rate < ENDS_HZ:
            S.counts[place, _IN_BURST] = 0
            S.counts[place, _OVER_SINCE] = i
        if (i - S.counts[place, _OVER_SINCE]) * tick < AFTER_S:
            S.bursts[place, number - 1, 2] += amount
    return False


def _input_function(precision: Precision, lanes: int) -> Generated:
    """Return the function (B, out) that writes the `NetworkInput` of the lane at B[0] of a tile."""
    graph, rows = Graph(), Rows(field_names())
    values = [graph.leaf(name, Level.TICK) for name in field_names()]
    x: Any = Tile(*(view(values, kind, name) for name, kind in record_type(Tile).items()))
    loop = Loop(Level.TICK, rows, {})
    first = rows.number
    loop.store({first + i: graph.number(value) for i, value in enumerate(_input_of(x))})
    code = LaneCode(precision, 1)
    given: dict[int, Value] = {}
    code.add(loop.lines, row_of(code, {"B": 0}, lanes), given, first)
    for row, value in given.items():
        at = row_of(code, {"out": first}, 1, "double")(row)
        wide = value.cast("fpext", "double")
        code.lines.append(f"store {wide.kind} {wide.text}, ptr {at}, align 8")
    return function_of("given_by_body", "ptr %B, ptr %out", ["entry:", *code.lines, "ret void"])


def _input_of(x: Tile) -> NetworkInput:
    """Return what the body of a dyad gives its network."""
    dyad, p = x.dyad, x.parameters
    given: NetworkInput = network_input(
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
    return given
