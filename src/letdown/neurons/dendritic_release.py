"""Dendritic release of oxytocin: the store, the excitation of neighbours, the endocannabinoid brake [Rossoni2008].

    r_i <- r_i - (dt / tau_r) r_i + k_p dt - rho_i            store of cell i; rho_i = k_r r_i when it releases
    release 5 ms after a spike, if the interval that the spike closed was shorter than 50 ms
    g_ik <- min(g_max, (1 - dt / tau_OT) g_ik + k_OT u_b)      effect on dendrite k in bundle b; u_b: sum of rho
    T_OT = mean of g_ik over the dendrites of cell i
    e_b <- (1 - dt / tau_e) e_b + k_e u_b                      endocannabinoid of bundle b
    a_b = 1 - f_max e_b^4 / (e_b^4 + theta_e^4)                factor on both input rates of the dendrites in b

Sucking enters only as k_p, the priming of the store. A cell releases rho into each bundle it reaches, and so onto
itself. The decay of all stores is shared: r_i = S c_i + D x_i, with S and D stepped once for the network and x_i
changed by releases only, which is the equation above exactly. Left out: diffusion between bundles, axonal delays.

Context of use: what makes cells burst together. The unit of the store is arbitrary; the dissociation from the
paper's own k_p is discussed in the documentation of the neurones.
"""

from typing import Annotated

from letdown._parameter import Parameters, par
from letdown.kernel.equation import equation

__all__ = ["DendriticReleaseParameters", "attenuation", "endocannabinoid_after", "released", "store_after"]


class DendriticReleaseParameters(Parameters):
    """Constants of dendritic release."""

    oxytocin_sensitivity: float = par(
        0.5,
        "mV",
        low=0,
        high=2,
        cite="Rossoni2008",
        species="rat",
        evidence="model",
        note="k_OT, for one unit of store",
    )
    oxytocin_time: float = par(
        1000.0, "ms", low=200, high=4000, cite="Rossoni2008", species="rat", evidence="model", note="tau_OT"
    )
    oxytocin_limit: float = par(
        25.0,
        "mV",
        low=5,
        high=100,
        cite="Rossoni2008",
        species="rat",
        evidence="model",
        note="g_max; sets the peak rate",
    )
    release_fraction: float = par(
        0.045, "1", low=0.01, high=0.2, cite="Rossoni2008", species="rat", evidence="model", note="k_r"
    )
    release_window: float = par(
        50.0, "ms", low=20, high=100, cite="Rossoni2008", species="rat", evidence="model", note="tau_rel"
    )
    release_delay: float = par(5.0, "ms", low=1, high=20, cite="Rossoni2008", species="rat", evidence="model")
    store_time: float = par(
        400.0, "s", low=100, high=1600, cite="Rossoni2008", species="rat", evidence="model", note="tau_r"
    )
    endocannabinoid_gain: float = par(
        0.0025, "1", low=0, high=0.01, cite="Rossoni2008", species="rat", evidence="model", note="k_e"
    )
    endocannabinoid_time: float = par(
        6000.0, "ms", low=1000, high=20000, cite="Rossoni2008", species="rat", evidence="model", note="tau_e"
    )
    endocannabinoid_half: float = par(
        0.03, "1", low=0.005, high=0.2, cite="Rossoni2008", species="rat", evidence="model", note="theta_e; exponent 4"
    )
    attenuation_limit: float = par(
        0.6, "1", low=0, high=0.95, cite="Rossoni2008", species="rat", evidence="model", note="f_max"
    )


@equation
def attenuation(endocannabinoid: Annotated[float, "1"], p: DendriticReleaseParameters) -> float:
    """Return a_b, the factor on the synaptic input of a bundle, 1 - f_max to 1."""
    e2 = endocannabinoid * endocannabinoid
    h2 = p.endocannabinoid_half * p.endocannabinoid_half
    return 1.0 - p.attenuation_limit * e2 * e2 / (e2 * e2 + h2 * h2)


@equation
def endocannabinoid_after(
    endocannabinoid: Annotated[float, "1"],
    p: DendriticReleaseParameters,
    arrived: Annotated[float, "1"],
    step: Annotated[float, "ms"],
) -> float:
    """Return e_b one step later; `arrived` is the oxytocin released into the bundle in the step."""
    return (1.0 - step / p.endocannabinoid_time) * endocannabinoid + p.endocannabinoid_gain * arrived


@equation
def released(store: Annotated[float, "1"], p: DendriticReleaseParameters) -> float:
    """Return rho, what one releasing spike takes from a store."""
    return p.release_fraction * store


@equation
def store_after(
    store: Annotated[float, "1"],
    p: DendriticReleaseParameters,
    priming: Annotated[float, "1/s"],
    step: Annotated[float, "s"],
) -> float:
    """Return a store one step later, without release."""
    return store - step / p.store_time * store + step * priming
