"""Secretion of oxytocin from the terminals in the posterior pituitary, spike by spike [MaicasRoyo2018].

A spike lets calcium in:   q = (B + B_0) (1 - e^5 / (e^5 + E^5)) (1 - c^3 / (c^3 + C^3))
                           e <- e + k_e q ;  c <- c + k_c q ;  B <- B + k_B
Between spikes             B, e, c decay with half-lives of 2 s, 0.1 s and 20 s
Release                    x = alpha e^2 p           p: releasable pool, pg
Pools                      dp/dt = -x + f ;  dR/dt = -f ;  f = beta R / R_max while p < p_max

B is the broadening of the spike, e and c fast and slow calcium. Between spikes the equations are solved exactly,
with the refill added at the end of the interval (at most one bin, 0.1 s). The mean of the model cells stands for
the whole gland. Left out: synthesis (days), the vasopressin exponent, spikes that fail to invade the terminals.

Context of use: oxytocin of one burst, and how little background firing secretes. Values are the defaults of the
authors' program, not those of one figure.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import exp, minimum
from letdown.kernel.equation import equation

__all__ = ["Secreted", "SecretionParameters", "Terminals", "rested_terminals", "spike_arrives", "terminals_after"]

LN2 = 0.6931471805599453


class Terminals(NamedTuple):
    """Spike broadening, calcium, and the two pools of one cell's terminals."""

    broadening: Annotated[float, "1"]
    fast_calcium: Annotated[float, "1"]
    slow_calcium: Annotated[float, "1"]
    releasable: Annotated[float, "pg"]
    reserve: Annotated[float, "pg"]


class Secreted(NamedTuple):
    """Terminals some time later and what they released meanwhile."""

    terminals: Terminals
    oxytocin: Annotated[float, "pg"]


class SecretionParameters(Parameters):
    """Constants of stimulus-secretion coupling."""

    broadening_step: float = par(
        0.021, "1", low=0.005, high=0.1, cite="MaicasRoyo2018", species="rat", evidence="model", note="k_B"
    )
    broadening_half_life: float = par(
        2.0, "s", low=0.5, high=10, cite="MaicasRoyo2018", species="rat", evidence="model"
    )
    broadening_base: float = par(
        0.5, "1", low=0.1, high=2, cite="MaicasRoyo2018", species="rat", evidence="model", note="B_0"
    )
    fast_calcium_step: float = par(
        1.5, "1", low=0.5, high=5, cite="MaicasRoyo2018", species="rat", evidence="model", note="k_e"
    )
    fast_calcium_half_life: float = par(
        0.1, "s", low=0.03, high=0.5, cite="MaicasRoyo2018", species="rat", evidence="model"
    )
    fast_calcium_half: float = par(
        12.0, "1", low=4, high=30, cite="MaicasRoyo2018", species="rat", evidence="model", note="E; exponent 5"
    )
    slow_calcium_step: float = par(
        0.0003, "1", low=0.0001, high=0.001, cite="MaicasRoyo2018", species="rat", evidence="model", note="k_c"
    )
    slow_calcium_half_life: float = par(
        20.0, "s", low=5, high=60, cite="MaicasRoyo2018", species="rat", evidence="model"
    )
    slow_calcium_half: float = par(
        0.14, "1", low=0.03, high=0.5, cite="MaicasRoyo2018", species="rat", evidence="model", note="C; exponent 3"
    )
    slow_calcium_rest: float = par(
        0.03, "1", low=0, high=0.14, cite="MaicasRoyo2018", species="rat", evidence="model", note="at the start"
    )
    release_rate: float = par(
        0.003, "1/s", low=0.0005, high=0.02, cite="MaicasRoyo2018", species="rat", evidence="model", note="alpha"
    )
    refill: float = par(
        120.0, "pg/s", low=20, high=500, cite="MaicasRoyo2018", species="rat", evidence="model", note="beta"
    )
    releasable_limit: float = par(
        5000.0, "pg", low=1000, high=20000, cite="MaicasRoyo2018", species="rat", evidence="model", note="p_max"
    )
    reserve_limit: float = par(
        2.0e6, "pg", low=5.0e5, high=5.0e6, cite="MaicasRoyo2018", species="rat", evidence="model", note="R_max"
    )
    standard_burst: float = par(
        1364.0,
        "pg",
        low=900,
        high=1700,
        cite="MaicasRoyo2018",
        species="rat",
        evidence="derived",
        note="secreted by a burst of the network at a mean store of 80; scales the rat's gland to a woman's pulse",
    )


@equation
def rested_terminals(p: SecretionParameters) -> Terminals:
    """Return terminals at rest with full pools."""
    return Terminals(0.0, 0.0, p.slow_calcium_rest, p.releasable_limit, p.reserve_limit)


@equation
def spike_arrives(x: Terminals, p: SecretionParameters) -> Terminals:
    """Return the terminals just after a spike (event)."""
    e = x.fast_calcium / p.fast_calcium_half
    c = x.slow_calcium / p.slow_calcium_half
    e5 = e * e * e * e * e
    c3 = c * c * c
    entry = (x.broadening + p.broadening_base) / (1.0 + e5) / (1.0 + c3)
    return Terminals(
        x.broadening + p.broadening_step,
        x.fast_calcium + p.fast_calcium_step * entry,
        x.slow_calcium + p.slow_calcium_step * entry,
        x.releasable,
        x.reserve,
    )


@equation
def terminals_after(
    x: Terminals, p: SecretionParameters, elapsed: Annotated[float, "s"], releasing: Annotated[float, "1"]
) -> Secreted:
    """Return the terminals `elapsed` later without a spike, and the oxytocin released meanwhile.

    The releasable pool falls by exp(-alpha * integral of e^2); the refill of the interval follows. `releasing` is
    the share of alpha that drugs leave.
    """
    kept = exp(-LN2 * elapsed / p.fast_calcium_half_life)
    squared = x.fast_calcium * x.fast_calcium * p.fast_calcium_half_life / (2.0 * LN2) * (1.0 - kept * kept)
    left = x.releasable * exp(-p.release_rate * releasing * squared)
    refilled = minimum(p.refill * x.reserve / p.reserve_limit * elapsed, p.releasable_limit - left)
    return Secreted(
        Terminals(
            x.broadening * exp(-LN2 * elapsed / p.broadening_half_life),
            x.fast_calcium * kept,
            x.slow_calcium * exp(-LN2 * elapsed / p.slow_calcium_half_life),
            left + refilled,
            x.reserve - refilled,
        ),
        x.releasable - left,
    )
