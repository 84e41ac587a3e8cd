"""Magnocellular cell with after-potentials that are not reset by a spike [MaicasRoyo2018].

    V = V_rest + P - H - A + T_OT                      a spike where V > V_th:  H <- H + k_H ;  A <- A + k_A
    P' = -lambda_m P + e (n_E - n_I) ;  H' = -lambda_H H ;  A' = -lambda_A A         lambda = ln 2 / half-life

The medium after-hyperpolarisation A makes background firing more regular than that of the integrate-and-fire
cell. Values are the defaults of the authors' program. Its depolarising after-potential is off for oxytocin cells
and is left out, with the vasopressin modes. The pull of oxytocin on the threshold, T_OT, is that of the network
[Rossoni2008]: the published cell stands alone.

Context of use: whether a result depends on the cell model. In the network it is our combination, not a published
one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, NamedTuple, final

from letdown._parameter import Parameters, par, reference
from letdown.kernel.elementary import log
from letdown.kernel.equation import equation
from letdown.neurons.cell import AbstractCell, Membrane

__all__ = ["AfterpotentialCell", "AfterpotentialCellParameters"]


class AfterpotentialCellParameters(Parameters):
    """Constants of the cell with after-potentials."""

    resting_potential: float = par(
        -56.0, "mV", low=-70, high=-50, cite="MaicasRoyo2018", species="rat", evidence="model", note="V_rest"
    )
    threshold: float = par(
        -50.0, "mV", low=-55, high=-40, cite="MaicasRoyo2018", species="rat", evidence="model", note="V_th"
    )
    synaptic_potential: float = par(
        2.0, "mV", low=0.5, high=5, cite="MaicasRoyo2018", species="rat", evidence="model", note="e, EPSP and IPSP"
    )
    excitatory_rate: float = par(
        95.0, "Hz", low=0, high=400, cite="MaicasRoyo2018", species="rat", evidence="model",
        note="each dendrite; 190 Hz the cell",
    )  # fmt: skip
    inhibitory_rate: float = par(
        47.5, "Hz", low=0, high=400, cite="MaicasRoyo2018", species="rat", evidence="model",
        note="each dendrite; half the excitatory rate",
    )  # fmt: skip
    membrane_half_life: float = par(3.5, "ms", low=2, high=15, cite="MaicasRoyo2018", species="rat", evidence="model")
    hyperpolarisation: float = par(
        30.0, "mV", low=10, high=80, cite="MaicasRoyo2018", species="rat", evidence="model", note="k_H"
    )
    hyperpolarisation_half_life: float = par(
        7.5, "ms", low=3, high=20, cite="MaicasRoyo2018", species="rat", evidence="model"
    )
    afterhyperpolarisation: float = par(
        1.0, "mV", low=0, high=5, cite="MaicasRoyo2018", species="rat", evidence="model", note="k_A"
    )
    afterhyperpolarisation_half_life: float = par(
        350.0, "ms", low=100, high=1000, cite="MaicasRoyo2018", species="rat", evidence="model"
    )


class AfterpotentialConstants(NamedTuple):
    """Factors of one step; the membrane's potential is carried as its distance P from rest."""

    kept: Annotated[float, "1"]
    synaptic: Annotated[float, "mV"]
    gap: Annotated[float, "mV"]
    hyperpolarisation: Annotated[float, "mV"]
    hyperpolarisation_kept: Annotated[float, "1"]
    afterhyperpolarisation: Annotated[float, "mV"]
    afterhyperpolarisation_kept: Annotated[float, "1"]


@equation
def integrate(
    x: Membrane,
    excitatory: Annotated[float, "1"],
    inhibitory: Annotated[float, "1"],
    c: AfterpotentialConstants,
) -> Membrane:
    """Return the membrane one step later, with the counts of synaptic events of the step."""
    return Membrane(
        c.kept * x.potential + c.synaptic * (excitatory - inhibitory),
        c.hyperpolarisation_kept * x.fast_after_potential,
        c.afterhyperpolarisation_kept * x.slow_after_potential,
        x.oxytocin_effect,
    )


@equation
def margin(x: Membrane, c: AfterpotentialConstants) -> float:
    """Return how far the membrane lies above its threshold, mV."""
    slow = x.slow_after_potential * c.afterhyperpolarisation
    return x.potential - x.fast_after_potential - slow + x.oxytocin_effect - c.gap


@equation
def after_spike(x: Membrane, c: AfterpotentialConstants) -> Membrane:
    """Return the membrane just after a spike."""
    return Membrane(
        x.potential,
        x.fast_after_potential + c.hyperpolarisation,
        x.slow_after_potential + 1.0,
        x.oxytocin_effect,
    )


def _kept(step_ms: float, half_life_ms: float) -> float:
    return 1.0 - log(2.0) * step_ms / half_life_ms


@final
@dataclass(frozen=True, slots=True)
class AfterpotentialCell(AbstractCell):
    """The cell with unreset after-potentials."""

    parameters: AfterpotentialCellParameters = field(default_factory=partial(reference, AfterpotentialCellParameters))

    @property
    def constants(self) -> Callable[[float], AfterpotentialConstants]:
        """Factors of one step, forward Euler as published."""
        p = self.parameters

        def of_step(step_ms: float) -> AfterpotentialConstants:
            return AfterpotentialConstants(
                _kept(step_ms, p.membrane_half_life),
                p.synaptic_potential,
                p.threshold - p.resting_potential,
                p.hyperpolarisation,
                _kept(step_ms, p.hyperpolarisation_half_life),
                p.afterhyperpolarisation,
                _kept(step_ms, p.afterhyperpolarisation_half_life),
            )

        return of_step

    @property
    def rest(self) -> Membrane:
        """At rest, long after a spike."""
        return Membrane(0.0, 0.0, 0.0, 0.0)

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
        """After-potentials of a spike, nothing reset."""
        return after_spike
