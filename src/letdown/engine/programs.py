"""The programs that come compiled with the package: what plain runs of feeds, cohorts, lives and networks need."""

from collections.abc import Iterator

from letdown.body.life.prolactin_action import Permissive
from letdown.body.life.synthesis_control import LocalFullness
from letdown.compiler.program import Precision, Program
from letdown.compiler.targets import Target
from letdown.engine.burst_source import ImposedBursts, SurrogateNeurones
from letdown.engine.clocks import Clock, CycleAveraged
from letdown.engine.feed_program import feed_program, tile_lanes
from letdown.engine.life.coarse_program import coarse_program
from letdown.engine.life.seam import seam_program
from letdown.engine.network.feed_source import SpikingNeurones
from letdown.engine.network.network_program import TERMS, network_program
from letdown.neurons.network import Network

__all__ = ["plain_programs"]

PRECISIONS: tuple[Precision, ...] = ("float64", "float32")


def plain_programs(target: Target) -> Iterator[Program]:
    """Yield the programs of plain runs, with as many lanes as a target has."""
    surrogate, clock, averaged = SurrogateNeurones(), Clock(), CycleAveraged()
    yield feed_program("float64", surrogate, clock, tile_lanes("float64", clock, target))[0]
    yield feed_program("float32", surrogate, clock, tile_lanes("float32", clock, target))[0]
    yield feed_program("float64", surrogate, averaged, tile_lanes("float64", averaged, target))[0]
    yield feed_program("float64", ImposedBursts((0.0,)), clock, tile_lanes("float64", clock, target))[0]
    yield feed_program("float64", SpikingNeurones(), clock, tile_lanes("float64", clock, target))[0]
    control, action = LocalFullness(), Permissive()
    yield coarse_program(control, action)[0]
    yield seam_program(control, action)
    network = Network()
    for precision in PRECISIONS:
        yield network_program(network.cell, precision, TERMS[0], network.dendrites)
