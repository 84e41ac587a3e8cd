"""The network of oxytocin neurones and what drives it: frozen descriptions, checked when made.

Network(cells=48, bundles=12)                 the published network
Drive(priming=0.5)                            sucking that primes the stores by 0.5 /s
[(0.0, Drive(0.5)), (600.0, Drive(0.0))]      a drive that changes: sucking stops after 10 min
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from letdown._errors import ScenarioError
from letdown._numbers import whole_number
from letdown._parameter import reference
from letdown.neurons.cell import AbstractCell
from letdown.neurons.dendritic_release import DendriticReleaseParameters
from letdown.neurons.integrate_and_fire import IntegrateAndFire
from letdown.neurons.secretion import SecretionParameters
from letdown.neurons.wiring import CellSpread

__all__ = ["Drive", "Network", "Schedule", "drive_schedule"]

MAX_CELLS = 20_000
MAX_DENDRITES = 4


@dataclass(frozen=True, slots=True)
class Network:
    """A network: how many cells, bundles and dendrites, of which cell, with which release.

    `insensitive_cells` of the cells (the first ones) do not feel oxytocin.

    Raises
    ------
    ScenarioError
        If a count is not an integer in its range, or a cell has more dendrites than there are bundles.
    """

    cells: int = 48
    bundles: int = 12
    dendrites: int = 2
    cell: AbstractCell = field(default_factory=IntegrateAndFire)
    release: DendriticReleaseParameters = field(default_factory=partial(reference, DendriticReleaseParameters))
    secretion: SecretionParameters = field(default_factory=partial(reference, SecretionParameters))
    spread: CellSpread = field(default_factory=CellSpread)
    insensitive_cells: int = 0

    def __post_init__(self) -> None:
        """Check the counts."""
        for name, low, high in (("cells", 1, MAX_CELLS), ("bundles", 1, MAX_CELLS), ("dendrites", 1, MAX_DENDRITES)):
            object.__setattr__(self, name, whole_number(name, getattr(self, name), low, high))
        insensitive = whole_number("insensitive_cells", self.insensitive_cells, 0, self.cells)
        object.__setattr__(self, "insensitive_cells", insensitive)
        if self.dendrites > self.bundles:
            raise ScenarioError(
                f"{self.dendrites} dendrites for each cell but only {self.bundles} bundles were given; the dendrites "
                "of a cell lie in distinct bundles, so give at least as many bundles."
            )
        for name in ("input_rate", "oxytocin_sensitivity", "priming"):
            _number(
                f"spread of {name.replace('_', ' ')}",
                getattr(self.spread, name),
                0.0,
                2.0,
                "(as a CV)",
            )


@dataclass(frozen=True, slots=True)
class Drive:
    """What reaches the network: priming of the stores, synaptic input, drugs.

    `excitatory` and `inhibitory` multiply the cell's own input rates. `antagonist` is the share of the effect of
    oxytocin on the dendrites that an oxytocin antagonist takes away, `opioid` the share that an opioid takes away
    there and at the terminals (an assumption: the same share at both).

    Raises
    ------
    ScenarioError
        If a value is not finite or out of its range.
    """

    priming: float = 0.5
    excitatory: float = 1.0
    inhibitory: float = 1.0
    antagonist: float = 0.0
    opioid: float = 0.0

    def __post_init__(self) -> None:
        """Check the values."""
        _number("priming rate", self.priming, 0.0, 20.0, "/s")
        _number("excitatory input", self.excitatory, 0.0, 5.0, "times the cell's own")
        _number("inhibitory input", self.inhibitory, 0.0, 5.0, "times the cell's own")
        _number("antagonist", self.antagonist, 0.0, 1.0, "(a share)")
        _number("opioid", self.opioid, 0.0, 1.0, "(a share)")


Schedule = tuple[tuple[float, Drive], ...]
"""Drives with the time (s) from which each holds; the first holds from 0."""


def drive_schedule(drive: Drive | Sequence[tuple[float, Drive]]) -> Schedule:
    """Return a drive, or pairs (start in s, drive), as a schedule that begins at 0.

    Raises
    ------
    ScenarioError
        If there is no drive at 0 s, or the times are not finite and increasing.
    """
    pairs = ((0.0, drive),) if isinstance(drive, Drive) else tuple((float(t), d) for t, d in drive)
    times = [t for t, _ in pairs]
    if not pairs or times[0] != 0.0 or any(not a < b < math.inf for a, b in itertools.pairwise(times)):
        raise ScenarioError(
            f"Drives that start at {times} s were given; give the first at 0 s and the others at increasing times."
        )
    return pairs


def _number(name: str, value: float, low: float, high: float, unit: str) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise ScenarioError(f"The {name} {value:g} {unit} was given; give a number from {low:g} to {high:g} {unit}.")
