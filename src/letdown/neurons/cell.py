"""A magnocellular cell between its spikes: what the network asks of any cell model.

A cell model is an object: its parameters, and four pure equations that the lane loop calls every step. Both
published cells fit one state, because each is a membrane with after-potentials.

    integrate    the membrane after one step with n_E and n_I synaptic events
    margin       how far the membrane lies above its threshold, mV; a spike where it is above 0
    after_spike  the membrane just after a spike

Context of use: interface only; the behaviour is in `integrate_and_fire` and `afterpotential_cell`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from letdown._parameter import Parameters

__all__ = ["AbstractCell", "Membrane"]


class Membrane(NamedTuple):
    """What a cell carries from step to step."""

    potential: Annotated[float, "mV"]
    fast_after_potential: Annotated[float, "mV"]
    slow_after_potential: Annotated[float, "1"]
    oxytocin_effect: Annotated[float, "mV"]


class AbstractCell(ABC):
    """A spiking cell model. Implement the properties; nothing else is read by the engine."""

    @property
    @abstractmethod
    def parameters(self) -> Parameters:
        """The published constants, among them `excitatory_rate` and `inhibitory_rate`, Hz."""

    @property
    def excitatory_rate_hz(self) -> float:
        """Excitatory synaptic events at rest, for each dendrite of two, Hz."""
        values: Any = self.parameters
        return float(values.excitatory_rate)

    @property
    def inhibitory_rate_hz(self) -> float:
        """Inhibitory synaptic events at rest, for each dendrite of two, Hz."""
        values: Any = self.parameters
        return float(values.inhibitory_rate)

    @property
    @abstractmethod
    def constants(self) -> Callable[[float], Any]:
        """Function of the step (ms) that gives the NamedTuple of factors that the equations use."""

    @property
    @abstractmethod
    def rest(self) -> Membrane:
        """The membrane at rest."""

    @property
    @abstractmethod
    def integrate(self) -> Callable[..., Membrane]:
        """Equation (membrane, n_E, n_I, constants) -> membrane one step later."""

    @property
    @abstractmethod
    def margin(self) -> Callable[..., float]:
        """Equation (membrane, constants) -> mV above threshold."""

    @property
    @abstractmethod
    def after_spike(self) -> Callable[..., Membrane]:
        """Equation (membrane, constants) -> membrane just after a spike."""
