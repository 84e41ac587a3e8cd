"""Let-down: when a milk ejection counts as one.

True let-down: flow from alveoli to ducts of either breast above 0.02 mL/s for at least 5 s with myoepithelial
activation above 0.15; its onset is the first such moment, its end the fall of activation below 0.1 (none begins
below that). The milk
accounts at the onset are kept, so that the milk of a let-down is known from onset to next onset.

Context of use: counting. These are definitions, not physiology: changing them changes what is counted, not what
flows.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.kernel.elementary import select
from letdown.kernel.equation import equation

__all__ = ["Ejection", "EjectionParameters", "ejection_event"]


class Ejection(NamedTuple):
    """Whether one is under way, how long the flow has lasted, and the accounts at its first moment."""

    under_way: Annotated[float, "1"]
    flowing: Annotated[float, "s"]
    number: Annotated[float, "1"]
    ejected_left: Annotated[float, "mL"]
    ejected_right: Annotated[float, "mL"]
    removed_left: Annotated[float, "mL"]
    removed_right: Annotated[float, "mL"]


class EjectionParameters(Parameters):
    """The definition of a let-down."""

    flow: float = par(0.02, "mL/s", low=0.001, high=0.2, note="definition: alveolar-to-duct flow")
    duration: float = par(5.0, "s", low=1, high=30, note="definition: of that flow")
    activation: float = par(0.15, "1", low=0.02, high=0.5, note="definition: of the myoepithelium at onset")
    end_activation: float = par(0.1, "1", low=0.01, high=0.4, note="definition: end of the let-down")


@equation
def ejection_event(
    x: Ejection,
    p: EjectionParameters,
    step: Annotated[float, "s"],
    activation: Annotated[float, "1"],
    flow_left: Annotated[float, "mL/s"],
    flow_right: Annotated[float, "mL/s"],
    accounts: Ejection,
) -> Ejection:
    """Return the state after this tick (event); `accounts` holds the milk accounts of this moment."""
    flows = select(flow_left > p.flow, 1.0, select(flow_right > p.flow, 1.0, 0.0))
    meets = flows * select(activation > p.activation, 1.0, 0.0)
    flowing = meets * (x.flowing + step)
    over = select(activation < p.end_activation, 1.0, 0.0)
    begins = (1.0 - x.under_way) * (1.0 - over) * select(flowing >= p.duration, 1.0, 0.0)
    first = meets * select(x.flowing < 0.5 * step, 1.0, 0.0) * (1.0 - x.under_way)
    keep = 1.0 - first
    return Ejection(
        (1.0 - over) * (x.under_way + begins),
        flowing,
        x.number + begins,
        keep * x.ejected_left + first * accounts.ejected_left,
        keep * x.ejected_right + first * accounts.ejected_right,
        keep * x.removed_left + first * accounts.removed_left,
        keep * x.removed_right + first * accounts.removed_right,
    )
