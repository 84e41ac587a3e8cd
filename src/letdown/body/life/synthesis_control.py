"""What holds synthesis back in a filling breast: three rival hypotheses behind one interface.

    local fullness          dx/dt = (V / C - x) / tau ;                brake = (1 + k) e / (e + k),  e = (1 - x)+
    accumulating inhibitor  dx/dt = made / C - x / tau ;               brake = 1 / (1 + (x / x_half)^2)
    pressure                dx/dt = (P_a(V / C) / P_full - x) / tau ;  brake = 1 / (1 + (x / x_half)^2)

The inhibitor (FIL, serotonin) is secreted with the milk, leaves with it and is degraded: taking a share of the milk
takes that share of x. Only that one tells milk from another fluid of the same volume: in goats milk replaced by
isosmotic sucrose secreted as if emptied, so the inhibitor is chemical. Fullness is the default, because its shape is
what women's filling shows: linear for about 6 h, then slower.

Context of use: yield against interval, and what a rival hypothesis would change in a life. Half-points are chosen
so that all three brake alike in a breast that is used; no human inhibitor was ever measured.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, final

from letdown._parameter import Parameters, par
from letdown.body.alveoli import AlveoliParameters, alveolar_pressure
from letdown.body.life.gland import Gland, fullness
from letdown.kernel.elementary import hill2, positive_part
from letdown.kernel.equation import equation

__all__ = [
    "SYNTHESIS_CONTROLS",
    "AbstractSynthesisControl",
    "AccumulatingInhibitor",
    "LocalFullness",
    "Pressure",
    "SynthesisControlParameters",
]


class SynthesisControlParameters(Parameters):
    """Constants of all three hypotheses; each uses its own."""

    fullness_time: float = par(1.0, "h", low=0.2, high=6, note="delay of the fullness signal")
    curvature: float = par(
        0.15, "1", low=0.02, high=1.0, cite="Neal1983", species="other", evidence="model", note="0.1 in cattle"
    )
    round_full: float = par(0.05, "1", low=0.01, high=0.2, note="rounding at full")
    inhibitor_time: float = par(12.0, "h", low=2, high=48, note="degradation of the inhibitor")
    inhibitor_half: float = par(
        1.0, "1", low=0.2, high=4, note="inhibitor of half effect, in full breasts of fresh milk"
    )
    pressure_time: float = par(1.0, "h", low=0.2, high=6, note="delay of the pressure signal")
    pressure_half: float = par(0.5, "1", low=0.1, high=2, note="share of the pressure of a full breast of half effect")


@equation
def fullness_signal_per_hour(
    x: Gland, p: SynthesisControlParameters, alveoli: AlveoliParameters, made: Annotated[float, "mL/h"]
) -> Annotated[float, "1/h"]:
    """Return the change of the fullness signal, 1/h."""
    return (fullness(x) - x.signal) / p.fullness_time


@equation
def fullness_brake(x: Gland, p: SynthesisControlParameters) -> float:
    """Return the factor on synthesis by fullness, 0-1."""
    room = positive_part(1.0 - x.signal, p.round_full)
    return (1.0 + p.curvature) * room / (room + p.curvature)


@equation
def inhibitor_signal_per_hour(
    x: Gland, p: SynthesisControlParameters, alveoli: AlveoliParameters, made: Annotated[float, "mL/h"]
) -> Annotated[float, "1/h"]:
    """Return the change of the inhibitor, 1/h: it comes with the milk that is made."""
    return made / x.capacity - x.signal / p.inhibitor_time


@equation
def inhibitor_brake(x: Gland, p: SynthesisControlParameters) -> float:
    """Return the factor on synthesis by the inhibitor, 0-1."""
    return 1.0 - hill2(x.signal, p.inhibitor_half)


@equation
def pressure_signal_per_hour(
    x: Gland, p: SynthesisControlParameters, alveoli: AlveoliParameters, made: Annotated[float, "mL/h"]
) -> Annotated[float, "1/h"]:
    """Return the change of the pressure signal, 1/h."""
    pressure = alveolar_pressure(fullness(x) * alveoli.capacity, 0.0 * x.signal, alveoli)
    return (pressure / alveoli.full_pressure - x.signal) / p.pressure_time


@equation
def pressure_brake(x: Gland, p: SynthesisControlParameters) -> float:
    """Return the factor on synthesis by pressure, 0-1."""
    return 1.0 - hill2(x.signal, p.pressure_half)


@equation
def signal_stays(signal: Annotated[float, "1"], left: Annotated[float, "1"]) -> float:
    """Return the signal after milk was taken (event): the share of before; it follows the volume later."""
    return signal


@equation
def signal_leaves(signal: Annotated[float, "1"], left: Annotated[float, "1"]) -> float:
    """Return the signal after milk was taken (event): the share that stays is the share of milk left."""
    return signal * left


class AbstractSynthesisControl(ABC):
    """A hypothesis of the brake. Implement the three properties; the engine reads nothing else."""

    @property
    @abstractmethod
    def signal_per_hour(self) -> Callable[..., Any]:
        """The equation of the signal's change."""

    @property
    @abstractmethod
    def brake(self) -> Callable[..., Any]:
        """The equation of the factor on synthesis."""

    @property
    @abstractmethod
    def signal_after(self) -> Callable[..., Any]:
        """The equation of the signal after milk was taken."""


@final
class LocalFullness(AbstractSynthesisControl):
    """The brake is fullness of this breast."""

    @property
    def signal_per_hour(self) -> Callable[..., Any]:
        """Follows the fullness."""
        return fullness_signal_per_hour

    @property
    def brake(self) -> Callable[..., Any]:
        """Linear for hours, nothing when full."""
        return fullness_brake

    @property
    def signal_after(self) -> Callable[..., Any]:
        """Stays and then follows."""
        return signal_stays


@final
class AccumulatingInhibitor(AbstractSynthesisControl):
    """The brake is a substance secreted with the milk."""

    @property
    def signal_per_hour(self) -> Callable[..., Any]:
        """Comes with milk and is degraded."""
        return inhibitor_signal_per_hour

    @property
    def brake(self) -> Callable[..., Any]:
        """Falls with the inhibitor."""
        return inhibitor_brake

    @property
    def signal_after(self) -> Callable[..., Any]:
        """Leaves with the milk."""
        return signal_leaves


@final
class Pressure(AbstractSynthesisControl):
    """The brake is the passive pressure in the alveoli."""

    @property
    def signal_per_hour(self) -> Callable[..., Any]:
        """Follows the pressure."""
        return pressure_signal_per_hour

    @property
    def brake(self) -> Callable[..., Any]:
        """Falls with the pressure."""
        return pressure_brake

    @property
    def signal_after(self) -> Callable[..., Any]:
        """Stays and then follows."""
        return signal_stays


SYNTHESIS_CONTROLS: dict[str, AbstractSynthesisControl] = {
    "fullness": LocalFullness(),
    "inhibitor": AccumulatingInhibitor(),
    "pressure": Pressure(),
}
"""Name in a scenario -> hypothesis."""
