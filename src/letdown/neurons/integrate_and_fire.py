"""Leaky integrate-and-fire cell of the published oxytocin network [Rossoni2008].

    v <- v + (dt / tau_m)(v_rest - v) + a_E (v_E - v) n_E - a_I (v - v_I) n_I
    theta = theta_0 + H exp(-s / tau_H) + K_A A^4 / (A^4 + A_h^4) - T_OT          s: ms since the last spike
    a spike where v > theta:  v <- v_rest ;  A <- A + 1 ;  s <- 0
    A <- (1 - dt / tau_A) A

n_E, n_I: Poisson counts of the step; T_OT: how far the oxytocin released around the dendrites lowers the
threshold. H exp(-s / tau_H) is carried as a state that a spike sets to H. Left out: conductance time course,
dendritic cable, any difference between cells unless `CellSpread` asks for it.

Context of use: synchronous bursts under suckling. Values are those of the authors' own program; background firing
is nearly Poisson, where real oxytocin cells are more regular.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, NamedTuple, final

from letdown._parameter import Parameters, par, reference
from letdown.kernel.elementary import exp
from letdown.kernel.equation import equation
from letdown.neurons.cell import AbstractCell, Membrane

__all__ = ["IntegrateAndFire", "IntegrateAndFireParameters"]


class IntegrateAndFireParameters(Parameters):
    """Constants of the integrate-and-fire cell."""

    resting_potential: float = par(
        -62.0, "mV", low=-75, high=-55, cite="Rossoni2008", species="rat", evidence="model", note="v_rest"
    )
    threshold: float = par(
        -50.0, "mV", low=-55, high=-40, cite="Rossoni2008", species="rat", evidence="model", note="theta_0"
    )
    excitatory_reversal: float = par(
        0.0, "mV", low=-10, high=10, cite="Rossoni2008", species="rat", evidence="model", note="v_E"
    )
    inhibitory_reversal: float = par(
        -80.0, "mV", low=-95, high=-70, cite="Rossoni2008", species="rat", evidence="model", note="v_I"
    )
    membrane_time: float = par(
        10.8, "ms", low=5, high=25, cite="Rossoni2008", species="rat", evidence="model", note="tau_m"
    )
    excitatory_jump: float = par(
        0.0645, "1", low=0.03, high=0.13, cite="Rossoni2008", species="rat", evidence="model", note="a_E; 4 mV at rest"
    )
    inhibitory_jump: float = par(
        0.22, "1", low=0.1, high=0.44, cite="Rossoni2008", species="rat", evidence="model", note="a_I; 4 mV at rest"
    )
    excitatory_rate: float = par(
        80.0, "Hz", low=0, high=400, cite="Rossoni2008", species="rat", evidence="model", note="r_E of each dendrite"
    )
    inhibitory_rate: float = par(
        80.0, "Hz", low=0, high=400, cite="Rossoni2008", species="rat", evidence="model", note="r_I of each dendrite"
    )
    hyperpolarisation: float = par(
        40.0, "mV", low=10, high=80, cite="Rossoni2008", species="rat", evidence="model", note="H"
    )
    hyperpolarisation_time: float = par(
        12.5, "ms", low=5, high=30, cite="Rossoni2008", species="rat", evidence="model", note="tau_H"
    )
    slow_hyperpolarisation: float = par(
        40.0, "mV", low=0, high=80, cite="Rossoni2008", species="rat", evidence="model", note="K_A"
    )
    slow_hyperpolarisation_time: float = par(
        2000.0, "ms", low=500, high=5000, cite="Rossoni2008", species="rat", evidence="model", note="tau_A"
    )
    slow_hyperpolarisation_half: float = par(
        45.0, "1", low=20, high=90, cite="Rossoni2008", species="rat", evidence="model", note="A_h, spikes; exponent 4"
    )


class IntegrateAndFireConstants(NamedTuple):
    """Factors of one step."""

    leak: Annotated[float, "1"]
    rest: Annotated[float, "mV"]
    threshold: Annotated[float, "mV"]
    excitatory_jump: Annotated[float, "1"]
    excitatory_reversal: Annotated[float, "mV"]
    inhibitory_jump: Annotated[float, "1"]
    inhibitory_reversal: Annotated[float, "mV"]
    hyperpolarisation: Annotated[float, "mV"]
    hyperpolarisation_kept: Annotated[float, "1"]
    slow_hyperpolarisation: Annotated[float, "mV"]
    slow_kept: Annotated[float, "1"]
    slow_half4: Annotated[float, "1"]


@equation
def integrate(
    x: Membrane,
    excitatory: Annotated[float, "1"],
    inhibitory: Annotated[float, "1"],
    c: IntegrateAndFireConstants,
) -> Membrane:
    """Return the membrane one step later, with the counts of synaptic events of the step."""
    v = (
        x.potential
        + c.leak * (c.rest - x.potential)
        + c.excitatory_jump * excitatory * (c.excitatory_reversal - x.potential)
        - c.inhibitory_jump * inhibitory * (x.potential - c.inhibitory_reversal)
    )
    return Membrane(
        v,
        c.hyperpolarisation_kept * x.fast_after_potential,
        c.slow_kept * x.slow_after_potential,
        x.oxytocin_effect,
    )


@equation
def margin(x: Membrane, c: IntegrateAndFireConstants) -> float:
    """Return how far the membrane lies above its threshold, mV."""
    a2 = x.slow_after_potential * x.slow_after_potential
    a4 = a2 * a2
    raised = c.slow_hyperpolarisation * a4 / (a4 + c.slow_half4)
    return x.potential - c.threshold - x.fast_after_potential - raised + x.oxytocin_effect


@equation
def after_spike(x: Membrane, c: IntegrateAndFireConstants) -> Membrane:
    """Return the membrane just after a spike."""
    return Membrane(c.rest, c.hyperpolarisation, x.slow_after_potential + 1.0, x.oxytocin_effect)


@final
@dataclass(frozen=True, slots=True)
class IntegrateAndFire(AbstractCell):
    """The cell of the published network."""

    parameters: IntegrateAndFireParameters = field(default_factory=partial(reference, IntegrateAndFireParameters))

    @property
    def constants(self) -> Callable[[float], IntegrateAndFireConstants]:
        """Factors of one step: forward Euler as published, the fast after-potential exactly."""
        p = self.parameters
        half2 = p.slow_hyperpolarisation_half * p.slow_hyperpolarisation_half

        def of_step(step_ms: float) -> IntegrateAndFireConstants:
            return IntegrateAndFireConstants(
                step_ms / p.membrane_time,
                p.resting_potential,
                p.threshold,
                p.excitatory_jump,
                p.excitatory_reversal,
                p.inhibitory_jump,
                p.inhibitory_reversal,
                p.hyperpolarisation,
                exp(-step_ms / p.hyperpolarisation_time),
                p.slow_hyperpolarisation,
                1.0 - step_ms / p.slow_hyperpolarisation_time,
                half2 * half2,
            )

        return of_step

    @property
    def rest(self) -> Membrane:
        """At the resting potential, long after a spike."""
        return Membrane(self.parameters.resting_potential, 0.0, 0.0, 0.0)

    @property
    def integrate(self) -> Callable[..., Membrane]:
        """Membrane one step later."""
        return integrate

    @property
    def margin(self) -> Callable[..., float]:
        """Distance above the threshold."""
        return margin

    @property
    def after_spike(self) -> Callable[..., Membrane]:
        """Reset, with the after-potentials of a spike."""
        return after_spike
