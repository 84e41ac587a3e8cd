"""Every parameter of the spiking network by its path, "network.part.field"."""

from letdown._parameter import Parameters
from letdown.neurons.afterpotential_cell import AfterpotentialCellParameters
from letdown.neurons.blood import RatPlasmaParameters
from letdown.neurons.dendritic_release import DendriticReleaseParameters
from letdown.neurons.integrate_and_fire import IntegrateAndFireParameters
from letdown.neurons.secretion import SecretionParameters

__all__ = ["network_classes"]


def network_classes() -> dict[str, type[Parameters]]:
    """Return path -> parameter class of each part of the spiking network."""
    return {
        "network.integrate_and_fire": IntegrateAndFireParameters,
        "network.afterpotential_cell": AfterpotentialCellParameters,
        "network.dendritic_release": DendriticReleaseParameters,
        "network.secretion": SecretionParameters,
        "network.rat_plasma": RatPlasmaParameters,
    }
