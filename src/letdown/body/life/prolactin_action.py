"""What prolactin does for later supply: permissive only, or remembered by receptors. One interface.

    permissive        R stays ;                                        factor = 1
    receptor memory   dR/dt = k U (1 - R) while age < age_end ;        factor = 1 - m + m R / R_usual

Both keep the steep permissive part of `lactogenesis`. The receptor theory says that frequent early suckling raises
the number of prolactin receptors and with it later capacity; no human receptor data exist, so the default is
permissive.

Context of use: what the receptor theory would predict of early feed frequency. All its numbers are assumptions.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, final

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import logistic
from letdown.kernel.equation import equation

__all__ = ["PROLACTIN_ACTIONS", "AbstractProlactinAction", "Permissive", "ProlactinActionParameters", "ReceptorMemory"]


class ProlactinActionParameters(Parameters):
    """Constants of the receptor theory."""

    receptor_rate: float = par(0.2, "1/h", low=0.01, high=2.0, note="times the share of time suckled")
    critical_time: float = par(336.0, "h", low=72, high=1000, note="two weeks after birth in which receptors are set")
    critical_width: float = par(24.0, "h", low=6, high=96)
    receptor_weight: float = par(0.4, "1", low=0.0, high=0.9, note="share of capacity that receptors decide")
    usual_receptors: float = par(0.98, "1", low=0.3, high=1.0, note="receptors after the usual first weeks")


@equation
def no_receptors_per_hour(
    receptors: Annotated[float, "1"],
    p: ProlactinActionParameters,
    suckled: Annotated[float, "1"],
    age: Annotated[float, "h"],
) -> Annotated[float, "1/h"]:
    """Return no change, 1/h."""
    return 0.0 * p.receptor_rate * receptors


@equation
def no_receptor_factor(receptors: Annotated[float, "1"], p: ProlactinActionParameters) -> float:
    """Return the factor on synthesis: 1 for any receptors."""
    return 1.0 + 0.0 * receptors


@equation
def receptors_per_hour(
    receptors: Annotated[float, "1"],
    p: ProlactinActionParameters,
    suckled: Annotated[float, "1"],
    age: Annotated[float, "h"],
) -> Annotated[float, "1/h"]:
    """Return the growth of receptors by early suckling, 1/h."""
    early = logistic((p.critical_time - age) / p.critical_width)
    return p.receptor_rate * suckled * (1.0 - receptors) * early


@equation
def receptor_factor(receptors: Annotated[float, "1"], p: ProlactinActionParameters) -> float:
    """Return the factor on synthesis by receptors; 1 after the usual first weeks."""
    return 1.0 - p.receptor_weight + p.receptor_weight * receptors / p.usual_receptors


class AbstractProlactinAction(ABC):
    """A hypothesis of what prolactin leaves behind. Implement both properties."""

    @property
    @abstractmethod
    def receptors_per_hour(self) -> Callable[..., Any]:
        """The equation of the receptors' change."""

    @property
    @abstractmethod
    def factor(self) -> Callable[..., Any]:
        """The equation of the factor on synthesis."""


@final
class Permissive(AbstractProlactinAction):
    """Prolactin permits synthesis and leaves nothing behind."""

    @property
    def receptors_per_hour(self) -> Callable[..., Any]:
        """No change."""
        return no_receptors_per_hour

    @property
    def factor(self) -> Callable[..., Any]:
        """Always 1."""
        return no_receptor_factor


@final
class ReceptorMemory(AbstractProlactinAction):
    """Early suckling sets receptors, which scale synthesis for good."""

    @property
    def receptors_per_hour(self) -> Callable[..., Any]:
        """Growth by suckling in the first two weeks."""
        return receptors_per_hour

    @property
    def factor(self) -> Callable[..., Any]:
        """Rises with receptors."""
        return receptor_factor


PROLACTIN_ACTIONS: dict[str, AbstractProlactinAction] = {
    "permissive": Permissive(),
    "receptors": ReceptorMemory(),
}
"""Name in a scenario -> hypothesis."""
