"""A user's own equations, edited: the next run computes what they say now, and no cache need be emptied."""

import os
import subprocess
import sys
from pathlib import Path

import letdown
from letdown.body.life.prolactin_action import Permissive
from letdown.body.life.synthesis_control import AbstractSynthesisControl, LocalFullness
from letdown.engine.burst_source import AbstractBurstSource, as_it_is
from letdown.engine.feed_program import load_feed
from letdown.engine.life.coarse_program import load_coarse
from letdown.kernel.equation import equation

OTHER = '''
from letdown.kernel.equation import equation

STRENGTH = 0.5


def helped(share):
    """Return what is left."""
    return 1.0 - STRENGTH * share


@equation
def held_back(share: float) -> float:
    """Return the factor of a filled share."""
    return helped(share)
'''

CONTROL = '''
import other_file
from letdown.body.life.gland import Gland, fullness
from letdown.body.life.synthesis_control import AbstractSynthesisControl, LocalFullness, SynthesisControlParameters
from letdown.kernel.equation import equation


@equation
def own_brake(x: Gland, p: SynthesisControlParameters) -> float:
    """Return the factor on synthesis."""
    return other_file.held_back(fullness(x))


class Own(AbstractSynthesisControl):
    signal_per_hour = property(lambda self: LocalFullness().signal_per_hour)
    signal_after = property(lambda self: LocalFullness().signal_after)
    brake = property(lambda self: own_brake)
'''

RUN = """
import numpy as np
from established_life import established_life
from letdown.body.life.prolactin_action import Permissive
from letdown.compiler import objects
from letdown.engine.life.coarse_program import advance, coarse_program
from letdown.engine.life.layout import life_field_index, life_values
from own_control import Own

compiled = []
real = objects._compiled_by_child
objects._compiled_by_child = lambda *given: compiled.append(1) or real(*given)
lives = np.array([life_values(established_life())])
lives[0, life_field_index("plan.until")] += 6.0
before = lives[0, life_field_index("life.left.milk")]
assert advance(Own(), Permissive(), lives, np.array([0]), 1.0 / 60.0, 10**6)
print(coarse_program(Own(), Permissive())[0].key, lives[0, life_field_index("life.left.milk")] - before, len(compiled))
"""


def test_an_edit_in_a_file_that_an_organ_calls_is_never_missed(tmp_path):
    source, tests = Path(letdown.__file__).parents[1], Path(__file__).parent
    search = os.pathsep.join(map(str, (tmp_path, source, tests)))
    environment = os.environ | {"PYTHONPATH": search, "LETDOWN_CACHE_DIR": str(tmp_path / "cache")}
    (tmp_path / "own_control.py").write_text(CONTROL)

    def run(text):
        (tmp_path / "other_file.py").write_text(text)
        done = subprocess.run([sys.executable, "-B", "-c", RUN], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        key, made_ml, compiled = done.stdout.split()
        return key, float(made_ml), int(compiled)

    first = run(OTHER)
    constant = run(OTHER.replace("STRENGTH = 0.5", "STRENGTH = 0.9"))
    helper = run(OTHER.replace("1.0 - STRENGTH * share", "1.0 - STRENGTH * share * share"))
    comment = run(OTHER.replace("Return what is left.", "Return the rest."))
    assert [each[2] for each in (first, constant, helper, comment)] == [1, 1, 1, 0]
    assert len({first[0], constant[0], helper[0]}) == 3
    assert constant[1] < first[1] - 1.0
    assert helper[1] > first[1] + 1.0
    assert comment[:2] == first[:2]
    assert len(list((tmp_path / "cache" / "letdown").glob("*.o"))) == 3


def source_class(limit):
    """Return a class of the name that every other call gives too, as where a cell of a notebook is run again."""

    @equation
    def above(x, p, u):
        return x.plasma.oxytocin - limit

    class Again(AbstractBurstSource):
        fires_when = staticmethod(above)
        fires = property(lambda self: self.fires_when)
        ready = property(lambda self: as_it_is)
        imposed_times_s = property(lambda self: ())

    return Again


def test_a_class_defined_again_under_its_name_is_another_program():
    keys = {load_feed("float64", source_class(limit)()).kernel.program.key for limit in (1.0, 2.0)}
    assert len(keys) == 2
    controls = [
        type("Again", (AbstractSynthesisControl,), {
            "signal_per_hour": property(lambda self: LocalFullness().signal_per_hour),
            "signal_after": property(lambda self: LocalFullness().signal_after),
            "brake": property(lambda self, brake=brake: brake),
        })()
        for brake in (equation(lambda x, p: 1.0 - x.signal), equation(lambda x, p: 1.0 - 0.5 * x.signal))
    ]  # fmt: skip
    assert len({load_coarse(control, Permissive())[0].program.key for control in controls}) == 2
