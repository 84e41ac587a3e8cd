"""One breast: alveoli, ducts and nipple joined, on the fast clock.

    dV_a/dt = S - Q_ad ;   dV_d/dt = Q_ad - Q ;   suction s = (baseline + (peak - baseline) wave(phase)) per cycle
    d(phase)/dt = cycle rate

What leaves the nipple is counted as removed while an infant, pump or hand is at the breast, else as leaked.
Milk is conserved: alveolar + ductal + removed + leaked - synthesised is constant.

`Working` is what the slower organs set for one tick; activation moves linearly within it.
"""

from typing import Annotated, NamedTuple

from letdown.body.alveoli import AlveoliParameters, alveolar_pressure, ejection_flow
from letdown.body.ducts import DuctsParameters, duct_opening, duct_pressure
from letdown.body.nipple import NippleParameters, nipple_flow
from letdown.body.nursing_pad import NursingPadParameters
from letdown.kernel.elementary import fraction, maximum, minimum
from letdown.kernel.equation import equation

__all__ = ["Breast", "BreastParameters", "Working", "breast_rate", "cycle_wave", "next_cycle"]


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


@equation
def cycle_wave(phase: Annotated[float, "1"], w: Working) -> float:
    """Return the shape of one cycle, 0-1, at a phase in turns: rise, hold, fall along a cubic edge, then rest."""
    turn = fraction(phase)
    up = turn / w.rise
    down = (w.rise + w.hold + w.fall - turn) / w.fall
    u = maximum(minimum(minimum(up, down), 1.0), 0.0)
    return u * (w.edge1 + u * (w.edge2 + u * w.edge3))


@equation
def breast_rate(x: Breast, p: BreastParameters, w: Working, share: Annotated[float, "1"]) -> Breast:
    """Return d(Breast)/dt at a share 0-1 of the tick."""
    activation = w.activation_start + (w.activation_end - w.activation_start) * share
    wave = cycle_wave(x.phase, w)
    pull = w.baseline + (w.peak - w.baseline + w.compression) * wave
    ductal = duct_pressure(x.ductal_milk, w.duct_stiffness, p.ducts)
    alveolar = alveolar_pressure(x.alveolar_milk, activation, p.alveoli)
    opening = duct_opening(x.ductal_milk, p.ducts)
    ejected = ejection_flow(alveolar, ductal, w.tissue_pressure, activation, opening, w.ejection_stiffness, p.alveoli)
    out = nipple_flow(ductal, opening, pull, w.closing, w.outlet_resistance, p.nipple)
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
def next_cycle(x: Breast) -> Breast:
    """Return the state with its phase brought back into one turn (event)."""
    return Breast(x.alveolar_milk, x.ductal_milk, x.ejected, x.removed, x.leaked, x.synthesised, fraction(x.phase))
