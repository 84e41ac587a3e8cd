"""The coarse clock of lives: its step, and the feed's own clock beside it at rest."""

import pytest

from established_life import coarse, established_life
from letdown.body.life.feed_of_life import body_of_feed
from letdown.body.life.life import Braked, made
from letdown.body.life.synthesis_control import LocalFullness
from letdown.engine.cohort_run import Clock, DyadStart, run_dyads
from letdown.engine.layout import field_index
from letdown.protocol.build import build_program
from letdown.protocol.scenario import Scenario


@pytest.fixture(scope="module")
def established():
    """Return the tile of a mother at two weeks, an hour after a feed."""
    return established_life()


def test_a_step_of_a_minute_is_fine_enough_over_24_hours(established):
    minute, second = (coarse(established, 24.0, step) for step in (1.0 / 60.0, 1.0 / 3600.0))
    for name in ("left", "right"):
        assert getattr(minute, name).milk == pytest.approx(getattr(second, name).milk, rel=1e-3)
        assert getattr(minute, name).leaked == pytest.approx(getattr(second, name).leaked, abs=0.05)
    assert minute.lactotrophs.level == pytest.approx(second.lactotrophs.level, rel=1e-3)
    assert minute.first.lacking == pytest.approx(second.first.lacking, rel=1e-3)


def test_the_coarse_clock_agrees_with_the_reflex_at_rest_over_24_hours(established):
    """Hour by hour the feed's own clock runs with nobody at the breast; milk and prolactin end alike."""
    program = build_program(Scenario(name="rest", protocol=[{"do": "wait", "for_s": 3600.0}]))
    tile = established
    for _ in range(24):
        x, p = tile.life, tile.parameters
        brakes = [LocalFullness().brake(g, p.synthesis_control) for g in (x.left, x.right)]
        rates = made(x, p, Braked(*brakes, 1.0, 0.0))
        entry = body_of_feed(x, tile.learning, p, tile.plan, rates, appetite_ml=1.0, skill=1.0)
        start = DyadStart(0, entry.parameters, x.left.milk, x.right.milk, 1, entry.prolactin)
        lane = run_dyads([start], program, clock=Clock(0.25, 2))[0]
        after = coarse(tile, 1.0, 1.0 / 60.0)
        sides = {}
        for name in ("left", "right"):
            milk = sum(lane.fields[field_index(f"{name}.{part}_milk")] for part in ("alveolar", "ductal"))
            sides[name] = getattr(after, name)._replace(milk=float(milk))
        level = float(lane.fields[field_index("dyad.prolactin.level")])
        tile = tile._replace(life=after._replace(**sides, lactotrophs=after.lactotrophs._replace(level=level)))
    whole = coarse(established, 24.0, 1.0 / 60.0)
    for name in ("left", "right"):
        assert getattr(tile.life, name).milk == pytest.approx(getattr(whole, name).milk, rel=0.03)
    assert tile.life.lactotrophs.level == pytest.approx(whole.lactotrophs.level, rel=0.03)
