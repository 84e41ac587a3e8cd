"""One breast: alveoli, ducts and nipple joined, on the fast clock.

    dV_a/dt = S - Q_ad ;   dV_d/dt = Q_ad - Q ;   suction s = (baseline + (peak - baseline) wave(phase)) per cycle
    d(phase)/dt = cycle rate

What leaves the nipple is counted as removed while an infant, pump or hand is at the breast, else as leaked.
Milk is conserved: alveolar + ductal + removed + leaked - synthesised is constant.

`Working` is what the slower organs set for one tick; activation moves linearly within it.

The cycle can be averaged instead of followed (`mean_flows`): the nipple's flow, at the ductal pressure of the
moment, is integrated over the shape of the cycle, with three Gauss points on its edges and the rest exact.
Within a cycle the ducts then keep their pressure, which holds as long as emptying takes longer than a cycle.
"""

from typing import Annotated, NamedTuple

from letdown.body.alveoli import AlveoliParameters, alveolar_pressure, ejection_flow
from letdown.body.ducts import DuctsParameters, duct_opening, duct_pressure
from letdown.body.nipple import NippleParameters, driving_pressure, nipple_flow
from letdown.body.nursing_pad import NursingPadParameters
from letdown.kernel.elementary import fraction, maximum, minimum
from letdown.kernel.equation import equation

__all__ = [
    "Breast",
    "BreastParameters",
    "MeanFlows",
    "Working",
    "breast_rate",
    "cycle_wave",
    "mean_flows",
    "next_cycle",
]


class Breast(NamedTuple):
    """Milk of one breast, where it went, and the phase of the cycle of vacuum in turns."""

    alveolar_milk: Annotated[float, "mL"]
    ductal_milk: Annotated[float, "mL"]
    ejected: Annotated[float, "mL"]
    removed: Annotated[float, "mL"]
    leaked: Annotated[float, "mL"]
    synthesised: Annotated[float, "mL"]
    phase: Annotated[float, "1"]


class BreastParameters(NamedTuple):
    """The anatomy of one breast."""

    alveoli: AlveoliParameters
    ducts: DuctsParameters
    nipple: NippleParameters
    pad: NursingPadParameters


class Working(NamedTuple):
    """How one breast works during a tick, set by the slower organs."""

    activation_start: Annotated[float, "1"]
    activation_end: Annotated[float, "1"]
    synthesis: Annotated[float, "mL/s"]
    tissue_pressure: Annotated[float, "mmHg"]
    duct_stiffness: Annotated[float, "1"]
    ejection_stiffness: Annotated[float, "1"]
    outlet_resistance: Annotated[float, "mmHg*s/mL"]
    closing: Annotated[float, "mmHg"]
    removing: Annotated[float, "1"]
    peak: Annotated[float, "mmHg"]
    baseline: Annotated[float, "mmHg"]
    compression: Annotated[float, "mmHg"]
    cycle_rate: Annotated[float, "1/s"]
    rise: Annotated[float, "1"]
    hold: Annotated[float, "1"]
    fall: Annotated[float, "1"]
    edge1: Annotated[float, "1"]
    edge2: Annotated[float, "1"]
    edge3: Annotated[float, "1"]


class MeanFlows(NamedTuple):
    """Flow from alveoli to ducts and out of the nipple, averaged over a cycle of vacuum."""

    ejected: Annotated[float, "mL/s"]
    out: Annotated[float, "mL/s"]


@equation
def edge_level(u: Annotated[float, "1"], w: Working) -> float:
    """Return the level of an edge of the cycle, 0-1, at a share of the edge."""
    return u * (w.edge1 + u * (w.edge2 + u * w.edge3))


@equation
def cycle_wave(phase: Annotated[float, "1"], w: Working) -> float:
    """Return the shape of one cycle, 0-1, at a phase in turns: rise, hold, fall along a cubic edge, then rest."""
    turn = fraction(phase)
    up = turn / w.rise
    down = (w.rise + w.hold + w.fall - turn) / w.fall
    u = maximum(minimum(minimum(up, down), 1.0), 0.0)
    return edge_level(u, w)


@equation
def pull_at(level: Annotated[float, "1"], w: Working) -> float:
    """Return suction plus compression, mmHg, at a level 0-1 of the cycle."""
    return w.baseline + (w.peak - w.baseline + w.compression) * level


@equation
def driving_pressure_at(
    level: Annotated[float, "1"], ductal: Annotated[float, "mmHg"], p: BreastParameters, w: Working
) -> float:
    """Return the pressure that drives milk out of the nipple, mmHg, at a level 0-1 of the cycle."""
    return driving_pressure(ductal, pull_at(level, w), w.closing, p.nipple)


@equation
def breast_rate(x: Breast, p: BreastParameters, w: Working, share: Annotated[float, "1"]) -> Breast:
    """Return d(Breast)/dt at a share 0-1 of the tick."""
    activation = w.activation_start + (w.activation_end - w.activation_start) * share
    wave = cycle_wave(x.phase, w)
    ductal = duct_pressure(x.ductal_milk, w.duct_stiffness, p.ducts)
    alveolar = alveolar_pressure(x.alveolar_milk, activation, p.alveoli)
    opening = duct_opening(x.ductal_milk, p.ducts)
    ejected = ejection_flow(alveolar, ductal, w.tissue_pressure, activation, opening, w.ejection_stiffness, p.alveoli)
    out = nipple_flow(ductal, opening, pull_at(wave, w), w.closing, w.outlet_resistance, p.nipple)
    return Breast(
        w.synthesis - ejected,
        ejected - out,
        ejected,
        out * w.removing,
        out * (1.0 - w.removing),
        w.synthesis,
        w.cycle_rate,
    )


@equation
def mean_flows(x: Breast, p: BreastParameters, w: Working, share: Annotated[float, "1"]) -> MeanFlows:
    """Return the flows of a breast at a share 0-1 of the tick, averaged over a cycle of vacuum."""
    activation = w.activation_start + (w.activation_end - w.activation_start) * share
    ductal = duct_pressure(x.ductal_milk, w.duct_stiffness, p.ducts)
    alveolar = alveolar_pressure(x.alveolar_milk, activation, p.alveoli)
    opening = duct_opening(x.ductal_milk, p.ducts)
    ejected = ejection_flow(alveolar, ductal, w.tissue_pressure, activation, opening, w.ejection_stiffness, p.alveoli)
    edges = w.rise + w.fall
    hold = maximum(minimum(w.hold, 1.0 - edges), 0.0)
    drive = (
        driving_pressure_at(edge_level(0.1127016653792583, w), ductal, p, w) * (edges * (5.0 / 18.0))
        + driving_pressure_at(edge_level(0.5, w), ductal, p, w) * (edges * (8.0 / 18.0))
        + driving_pressure_at(edge_level(0.8872983346207417, w), ductal, p, w) * (edges * (5.0 / 18.0))
        + driving_pressure_at(1.0, ductal, p, w) * hold
        + driving_pressure_at(0.0, ductal, p, w) * (1.0 - edges - hold)
    )
    return MeanFlows(ejected, opening * drive / w.outlet_resistance)


@equation
def next_cycle(x: Breast) -> Breast:
    """Return the state with its phase brought back into one turn (event)."""
    return Breast(x.alveolar_milk, x.ductal_milk, x.ejected, x.removed, x.leaked, x.synthesised, fraction(x.phase))
