"""Every parameter there is, as rows: of a feed, of the organs between feeds, of the network, of the instruments."""

from typing import Any

from letdown.body import registry
from letdown.body.life.registry import life_parameter_rows
from letdown.instruments.registry import instrument_parameter_rows
from letdown.neurons.registry import network_classes

__all__ = ["parameter_rows"]


def parameter_rows() -> list[dict[str, Any]]:
    """Return one row a parameter: path, value, unit, low, high, cite, species, evidence, note.

    Paths of the body can be overridden in a scenario; those that begin with "network" are given to `Network`, those of
    an instrument or a detector to that instrument.
    """
    network = registry.rows_of(network_classes())
    return registry.parameter_rows() + life_parameter_rows() + network + instrument_parameter_rows()
