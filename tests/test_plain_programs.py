"""Lives, their seam with feeds, and networks: the compiled programs against the equations in plain Python."""

from itertools import product

import numpy as np
import pytest

from established_life import established_life
from letdown.body.life.feed_of_life import SessionKind, left_behind
from letdown.body.life.prolactin_action import PROLACTIN_ACTIONS
from letdown.body.life.synthesis_control import SYNTHESIS_CONTROLS
from letdown.body.surroundings import Conditions, Cues
from letdown.engine.cohort_run import run_dyads
from letdown.engine.layout import Tile, field_names, numbers, record_reader
from letdown.engine.life import seam
from letdown.engine.life.coarse_program import COARSE_LANES, advance, coarse_step
from letdown.engine.life.layout import LifeTile, life_field_index, life_field_names, life_values
from letdown.engine.network import cell_code, network_loop, network_program, network_run
from letdown.engine.network.network_program import TERMS, network_parts
from letdown.engine.network.network_run import NetworkClock, Stepper, run_networks
from letdown.engine.network.state import Count, NetworkArrays, poisson_terms
from letdown.kernel.elementary import exp
from letdown.neurons.cell import Membrane
from letdown.neurons.network import Drive, Network, drive_schedule
from letdown.protocol import preset
from letdown.protocol.build import build_program, reference_start

HYPOTHESES = [(control, action) for control, action in product(SYNTHESIS_CONTROLS.values(), PROLACTIN_ACTIONS.values())]
of_hypotheses = pytest.mark.parametrize(
    ("control", "action"), HYPOTHESES, ids=lambda hypothesis: type(hypothesis).__name__
)
STEP_H = 1.0 / 60.0


def lives(number):
    """Return different lives of two weeks, as rows."""
    tile = established_life()
    made = []
    for k in range(number):
        x, u = tile.life, tile.plan
        x = x._replace(left=x.left._replace(milk=20.0 + 30.0 * k), first=x.first._replace(lacking=10.0 * k))
        u = u._replace(until=x.age + 0.4 + 0.3 * k, asks_first=float(k % 2), running=1.0)
        made.append(life_values(tile._replace(life=x, plan=u)))
    return np.array(made)


def close(found, wanted, names, rel):
    for name, x, y in zip(names, found, wanted, strict=True):
        assert x == pytest.approx(y, rel=rel, abs=rel), name


# The coarse clock


@of_hypotheses
def test_the_compiled_coarse_clock_takes_the_steps_of_the_equations(control, action):
    """More lives than lanes, each until its own appointment or until its infant asks."""
    rows = lives(COARSE_LANES + 3)
    found = rows.copy()
    assert advance(control, action, found, np.arange(len(rows)), STEP_H, 30)
    ends = set()
    for row, after in zip(rows, found, strict=True):
        v, steps = record_reader(LifeTile)(row.tolist()), 0
        while v.plan.running > 0.5 and steps < 30:
            life, running, peak = coarse_step(v, STEP_H, control, action)
            v, steps = v._replace(life=life, plan=v.plan._replace(running=running, peak=peak)), steps + 1
        ends.add(steps)
        assert np.count_nonzero(np.array(life_values(v)) != row) > 20
        # products grouped anew: rounding, grown over 30 steps
        close(after, life_values(v), life_field_names(), 1e-11)
    assert len(ends) > 1


@of_hypotheses
def test_a_life_is_the_same_beside_any_others(control, action):
    together, alone = lives(COARSE_LANES + 3), lives(COARSE_LANES + 3)
    advance(control, action, together, np.arange(len(together)), STEP_H, 10**6)
    for k in reversed(range(len(alone))):
        advance(control, action, alone, np.array([k]), STEP_H, 10**6)
    assert together.tobytes() == alone.tobytes()


def test_lives_that_are_not_named_stay_as_they_are_and_infinite_ones_are_reported():
    control, action = HYPOTHESES[0]
    rows = lives(4)
    before = rows.copy()
    assert advance(control, action, rows, np.array([2]), STEP_H, 5)
    assert [bool(np.any(a != b)) for a, b in zip(rows, before, strict=True)] == [False, False, True, False]
    rows[1, life_field_index("life.left.milk")] = np.inf
    assert not advance(control, action, rows, np.array([0, 1]), STEP_H, 5)


# The seam

CONDITIONS = Conditions(*[0.0] * len(Conditions._fields))._replace(fear=0.2, noise=0.4)
KINDS = [SessionKind(0.0, 1.0), SessionKind(1.0, 1.0), SessionKind(0.0, 0.0)]


@pytest.fixture(scope="module")
def session_end():
    """Return the final fields of a feed that gave milk."""
    lane = run_dyads([reference_start(preset("breastfeed"))], build_program(preset("breastfeed")))[0]
    x = record_reader(Tile)(lane.fields.tolist())
    assert x.left.removed + x.right.removed > 10.0
    return lane.fields


def test_what_infants_want_is_what_the_equations_say():
    rows, which = lives(4), np.array([3, 1])
    out = np.empty((2, len(seam.Asked._fields)))
    seam.load_seam(*HYPOTHESES[0])("asked", rows, which, out)
    for place, found in zip(which, out, strict=True):
        wanted = seam.asked_of_life(record_reader(LifeTile)(rows[place].tolist()))
        close(found, wanted, seam.Asked._fields, 1e-13)
        assert found[0] > 0.0
        assert found[2] > 10.0


@of_hypotheses
@pytest.mark.parametrize("kind", KINDS, ids=["first", "second", "pump"])
def test_a_session_begins_as_the_equations_say(control, action, kind):
    rows, which = lives(3), np.array([2, 0])
    entering = [seam.Entering(kind, 1.0, k * 1.0, CONDITIONS) for k in range(2)]
    out = np.empty((2, len(field_names())))
    seam.load_seam(control, action)("enter", rows, which, np.array([numbers(e) for e in entering]), out)
    for place, e, found in zip(which, entering, out, strict=True):
        v = record_reader(LifeTile)(rows[place].tolist())
        wanted = seam.entered(v, e, control, action)
        assert wanted.left.alveolar_milk + wanted.left.ductal_milk == pytest.approx(v.life.left.milk)
        close(found, numbers(wanted), field_names(), 1e-12)


@of_hypotheses
@pytest.mark.parametrize("kind", KINDS, ids=["first", "second", "pump"])
def test_a_session_leaves_what_the_equations_say(control, action, kind, session_end):
    rows, which = lives(3), np.array([1, 2])
    cues = Cues(*[0.0] * len(Cues._fields))._replace(own_cry=0.7, preparing=0.3)
    leaving = [seam.Leaving(kind, cues, 900.0 + k, 600.0, 80.0) for k in range(2)]
    out, found = np.empty((2, 4)), rows.copy()
    ends = np.stack([session_end, session_end])
    seam.load_seam(control, action)("leave", found, which, ends, np.array([numbers(e) for e in leaving]), out)
    assert found[0].tobytes() == rows[0].tobytes()
    for place, e, given in zip(which, leaving, out, strict=True):
        v = record_reader(LifeTile)(rows[place].tolist())
        f = seam.feed_end(session_end.tolist(), e)
        y = left_behind(v.life, v.learning, v.parameters, f, e.kind, e.cues, control.signal_after)
        after = v._replace(life=y.life, learning=y.learning, plan=v.plan._replace(peak=y.peak))
        assert np.count_nonzero(np.array(life_values(after)) != rows[place]) > 8
        close(found[place], life_values(after), life_field_names(), 1e-12)
        close(given, (y.taken, y.fat, y.energy, y.tone), seam.SessionSum._fields, 1e-12)
        assert y.taken > 10.0
        assert y.fat > 1.0


# Networks

STEPS = 400


def plain_cells(network, parts, constants, terms):
    """Return the loops over the cells of a network, in plain Python, by the equations of its cell."""
    lanes, words, dendrites = (parts[name] for name in ("CELL_LANES", "WORDS", "DENDRITES"))
    c = type(network.cell.constants(1.0))(*constants)

    def moved(X, I, kept, limit, first_word):  # noqa: E741
        spikes = np.zeros(lanes, dtype=np.int32)
        for lane in range(lanes):
            x, i = X[lane::lanes], I[lane::lanes].tolist()
            effects = [min(kept * float(x[3 + k]), limit) for k in range(dendrites)]
            counts = [
                float(sum(i[words + first_word + of] >= at for at in i[of * terms : (of + 1) * terms])) for of in (0, 1)
            ]
            before = Membrane(*x[:3].tolist(), sum(effects) / dendrites)
            y = network.cell.integrate(before, *counts, c)
            x[:3], x[3:] = y[:3], effects
            spikes[lane] = network.cell.margin(y, c) > 0.0
        I[parts["FLAG"] * lanes : (parts["FLAG"] + 1) * lanes] = spikes
        I[parts["ANY"] * lanes] = spikes.any()

    def cells(first_word):
        def step(X, I, tiles, C, kept, limit):  # noqa: E741
            for tile in range(tiles):
                moved(X[tile], I[tile], kept, limit, first_word)

        return step

    def reset(X, C):
        at = slice(0, 2 * lanes + 1, lanes)
        X[at] = network.cell.after_spike(Membrane(*X[at].tolist(), 0.0), c)[:3]

    def thresholds(I, expected):  # noqa: E741
        for row, count in enumerate(expected.reshape(2, lanes)):
            p = total = exp(-count)
            for k in range(terms):
                at = slice((row * terms + k) * lanes, (row * terms + k + 1) * lanes)
                I[at] = (np.minimum(total * 2.0**32, 2.0**32 - 1.0) - 2.0**31).astype(np.int32)
                p = p * count * (1.0 / (k + 1.0))
                total = total + p

    return {"cells_even": cells(0), "cells_odd": cells(2), "reset": reset, "thresholds": thresholds}


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_a_network_does_what_its_equations_say(monkeypatch):
    """Cells under strong input, so that they fire and release: the printed clock against the module it comes from."""
    network, drive = Network(cells=20, bundles=4), Drive(15.0, 1.5, 0.8)
    made = [
        Stepper(network, [drive], [(9, 1)], clock=NetworkClock(), precision="float64", spike_capacity=2000)
        for _ in range(2)
    ]
    compiled, plain = made
    bins = np.zeros((3, STEPS // compiled.clock.steps_per_bin))
    compiled.run_bins(0, bins)
    terms = poisson_terms(network, [drive], compiled.clock.step_ms, TERMS)
    parts = network_parts(network.cell, "float64", terms, network.dendrites)
    for name, value in (dict(parts) | plain_cells(network, parts, compiled.constants.tolist(), terms)).items():
        monkeypatch.setattr(network_loop, name, value)
    own = np.zeros_like(bins)
    s = plain
    network_loop.run_bins(
        0, s.arrays, s.constants, s.release, s.secretion, *s.seeds[0], s.clock.step_ms, s.clock.steps_per_bin,
        s.window, s.delay, s.refresh, own,
    )  # fmt: skip
    spikes = int(compiled.arrays.counts[0, Count.SPIKES])
    assert spikes > 50
    assert np.array_equal(own[0], bins[0])
    for name, a, b in zip(NetworkArrays._fields, compiled.arrays, plain.arrays, strict=True):
        if name.startswith("spike_"):
            assert np.array_equal(a[0, :spikes], b[0, :spikes]), name
        elif name != "I" and a.dtype == np.float64:
            # products grouped anew: rounding, grown over 400 steps
            assert np.allclose(a, b, rtol=1e-10, atol=1e-10), name
        elif name != "I":
            assert np.array_equal(a, b), name
    assert np.allclose(own, bins, rtol=1e-10)
    assert bins[1].sum() > 0.0


@pytest.mark.parametrize("lanes", [4, 8])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_the_width_of_a_tile_of_cells_changes_nothing(monkeypatch, lanes, precision):
    def run():
        return run_networks(Network(), drive_schedule(Drive(15.0)), 20.0, [(1, 0)], precision=precision)[0]

    usual = run()
    for module in (cell_code, network_program, network_run):
        monkeypatch.setattr(module, "CELL_LANES", lanes)
    monkeypatch.setattr(network_program, "_NETWORKS", {})
    again = run()
    assert len(usual.spike_cell) > 1000
    for name in ("spike_cell", "spike_time_s", "rate_hz", "secreted_pg", "store"):
        assert getattr(again, name).tobytes() == getattr(usual, name).tobytes(), name
