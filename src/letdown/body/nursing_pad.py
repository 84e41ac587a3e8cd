"""Nursing pad of one breast: holds leaked milk, lets the rest into the clothes, keeps the skin wet or dry.

    held = min(leaked, capacity), rounded over w and never above the capacity ;  clothes = leaked - held
    d(wet)/dt = leak / (leak + leak_half) (1 - wet) / tau_wet - wet / tau_dry ,  tau_dry longer under a plastic liner

Not modelled: evaporation from the pad, pressure of the bra.

Context of use: why pads have no plastic liner. Capacity from one hobby test of cotton flannel.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import maximum, minimum, smooth_minimum
from letdown.kernel.equation import equation

__all__ = ["NursingPad", "NursingPadParameters", "nursing_pad_rate", "pad_held"]


class NursingPad(NamedTuple):
    """Wetness of the skin, 0-1."""

    wetness: Annotated[float, "1"]


class NursingPadParameters(Parameters):
    """Constants of one pad; without a pad the capacity is 0."""

    capacity: float = par(0.0, "mL", low=0, high=150, note="0 is no pad; 12 cm of two-layer cotton holds about 17 mL")
    fill_width: float = par(0.4, "mL", low=0.05, high=3, note="rounding of the limit; at most the capacity")
    liner: float = par(0.0, "1", low=0, high=1, note="1 with a plastic liner")
    leak_half: float = par(0.02, "mL/s", low=0.002, high=0.2)
    wetting_time: float = par(20.0, "s", low=2, high=200)
    drying_time: float = par(600.0, "s", low=60, high=7200)
    liner_factor: float = par(8.0, "1", low=1, high=40, note="how much longer skin stays wet under plastic")


@equation
def pad_held(leaked: Annotated[float, "mL"], p: NursingPadParameters) -> float:
    """Return the milk that the pad holds of all the milk leaked so far, mL; none without a pad."""
    some = maximum(p.capacity, 1.0e-9 * p.fill_width)  # a pad that holds next to nothing stands for no pad
    held = smooth_minimum(leaked, some, minimum(p.fill_width, some))
    return held * (p.capacity / some)


@equation
def nursing_pad_rate(x: NursingPad, p: NursingPadParameters, leak: Annotated[float, "mL/s"]) -> NursingPad:
    """Return d(NursingPad)/dt for a leak in mL/s."""
    dry_time = p.drying_time * (1.0 + (p.liner_factor - 1.0) * p.liner)
    return NursingPad(leak / (leak + p.leak_half) * (1.0 - x.wetness) / p.wetting_time - x.wetness / dry_time)
