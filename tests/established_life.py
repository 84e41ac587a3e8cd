"""A mother at two weeks, an hour after a feed, and her life on the coarse clock."""

import numpy as np

from letdown.body.life.life import Plan
from letdown.body.life.prolactin_action import Permissive
from letdown.body.life.suckling_infant import Growth
from letdown.body.life.synthesis_control import LocalFullness
from letdown.engine.life.coarse_program import advance
from letdown.engine.life.layout import LifeTile, life_field_index, life_record, life_values
from letdown.protocol.lactation import lactation_preset
from letdown.protocol.lactation_build import life_start

__all__ = ["coarse", "established_life"]


def coarse(start, hours, step):
    """Return the life of a dyad after hours without a feed, on a step in hours."""
    values = np.array(life_values(start))
    values[life_field_index("plan.until")] = values[life_field_index("life.age")] + hours
    values[life_field_index("plan.running")] = 1.0
    lives = np.stack([values])
    assert advance(LocalFullness(), Permissive(), lives, np.array([0]), step, 10**7)
    return life_record(lives[0], "life")


def established_life():
    """Return the tile of a mother at two weeks, an hour after a feed."""
    start = life_start(lactation_preset("demand-feeding"))
    x = start.life
    age = 14.0 * 24.0
    used = {"mean_fullness": 0.5, "capacity": 160.0, "output": 14.0, "signal": 0.3}
    x = x._replace(
        age=age,
        lactotrophs=x.lactotrophs._replace(level=180.0, drive=0.4, added=85.0, suckled=0.06),
        lactogenesis=x.lactogenesis._replace(progesterone=0.1, activation=0.999),
        left=x.left._replace(milk=40.0, **used),
        right=x.right._replace(milk=70.0, **used),
    )
    growth = Growth(3.7, 0.0012, 0.0, 0.68)
    plan = Plan(growth, growth, 0.0, 0.0, 1.0, 1.0, 6.0, age, 0.0, 0.0, 0.0, 1.0, 0.0)
    return LifeTile(x, start.learning, plan, start.parameters)
