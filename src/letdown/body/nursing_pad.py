"""Nursing pad of one breast: holds leaked milk, lets the rest into the clothes, keeps the skin wet or dry.

    dh/dt = leak (1 - full) ;  d(clothes)/dt = leak full ;  full = 1 / (1 + exp(-(h - capacity) / w))
    d(wet)/dt = leak / (leak + leak_half) (1 - wet) / tau_wet - wet / tau_dry ,  tau_dry longer under a plastic liner

Not modelled: evaporation from the pad, pressure of the bra.

Context of use: why pads have no plastic liner. Capacity from one hobby test of cotton flannel.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import logistic
from letdown.kernel.equation import equation

__all__ = ["NursingPad", "NursingPadParameters", "nursing_pad_rate"]


class NursingPad(NamedTuple):
    """Milk held, milk in the clothes, wetness of the skin 0-1."""

    held: Annotated[float, "mL"]
    clothes: Annotated[float, "mL"]
    wetness: Annotated[float, "1"]


class NursingPadParameters(Parameters):
    """Constants of one pad; without a pad the capacity is 0."""

    capacity: float = par(0.0, "mL", low=0, high=150, note="0 is no pad; 12 cm of two-layer cotton holds about 17 mL")
    fill_width: float = par(0.4, "mL", low=0.05, high=3)
    liner: float = par(0.0, "1", low=0, high=1, note="1 with a plastic liner")
    leak_half: float = par(0.02, "mL/s", low=0.002, high=0.2)
    wetting_time: float = par(20.0, "s", low=2, high=200)
    drying_time: float = par(600.0, "s", low=60, high=7200)
    liner_factor: float = par(8.0, "1", low=1, high=40, note="how much longer skin stays wet under plastic")


@equation
def nursing_pad_rate(x: NursingPad, p: NursingPadParameters, leak: Annotated[float, "mL/s"]) -> NursingPad:
    """Return d(NursingPad)/dt for a leak in mL/s."""
    full = logistic((x.held - p.capacity) / p.fill_width)
    dry_time = p.drying_time * (1.0 + (p.liner_factor - 1.0) * p.liner)
    return NursingPad(
        leak * (1.0 - full),
        leak * full,
        leak / (leak + p.leak_half) * (1.0 - x.wetness) / p.wetting_time - x.wetness / dry_time,
    )
