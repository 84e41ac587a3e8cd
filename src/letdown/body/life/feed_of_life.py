"""What of a life enters a feed, and what a feed leaves in a life.

Enters: storage capacity, milk and synthesis of each breast, prolactin, learned cues, familiarity, day, parity,
latch skill, appetite, vigour, oedema. Leaves: milk, accounts, prolactin and its drive, stomach, what is lacking,
learning. Plain Python, once a feed; months need no more.

Context of use: the seam between the two clocks. In a feed the alveoli's own law of synthesis holds, scaled so that
it starts at the rate of the life.
"""

from typing import NamedTuple

from letdown.body.alveoli import milk_synthesis
from letdown.body.body import BodyParameters
from letdown.body.breast import BreastParameters
from letdown.body.life.cue_learning import learned_strengths
from letdown.body.life.gland import Gland
from letdown.body.life.lactotrophs import prolactin_at_rest, suckling_response
from letdown.body.life.life import Learning, Life, LifeParameters, Plan
from letdown.body.registry import specification

__all__ = ["FeedEntry", "body_of_feed"]


class FeedEntry(NamedTuple):
    """What a life gives to one feed, beside milk and oedema of its breasts."""

    parameters: BodyParameters
    prolactin: float


_SMALLEST, _LARGEST = (getattr(specification("alveoli.capacity"), end) for end in ("low", "high"))
_FASTEST = specification("alveoli.synthesis_max").high
_LEAST_APPETITE = specification("infant.appetite").low
_LEAST_BASAL, _MOST_BASAL = (getattr(specification("prolactin.basal"), end) for end in ("low", "high"))
_LEAST_GAIN = specification("prolactin.gain").low


def body_of_feed(
    x: Life,
    learning: Learning,
    p: LifeParameters,
    u: Plan,
    made: tuple[float, float],
    *,
    appetite_ml: float,
    skill: float,
) -> FeedEntry:
    """Return what enters a feed now; `made` is the synthesis of each breast in mL/h."""
    day = 1.0 + x.age // p.hours.day
    body = p.body
    rest = prolactin_at_rest(x.lactotrophs, x.drugs, p.lactotrophs, p.hours, x.age + u.birth_hour)
    basal = min(max(rest, _LEAST_BASAL), _MOST_BASAL)
    gain = max(body.prolactin.gain * suckling_response(x.lactotrophs, p.lactotrophs), _LEAST_GAIN)
    parameters = body._replace(
        learned=learned_strengths(learning.cues, p.cue_learning),
        neurones=body.neurones._replace(day=day, practice=learning.familiarity),
        sensations=body.sensations._replace(day=day),
        uterus=body.uterus._replace(day=day),
        prolactin=body.prolactin._replace(basal=basal, gain=gain),
        infant=body.infant._replace(appetite=max(appetite_ml, _LEAST_APPETITE), latch_skill=skill),
        left=_breast(body.left, x.left, made[0] / p.hours.second_rate, basal),
        right=_breast(body.right, x.right, made[1] / p.hours.second_rate, basal),
    )
    return FeedEntry(parameters, x.lactotrophs.level)


def _breast(b: BreastParameters, g: Gland, per_second: float, prolactin: float) -> BreastParameters:
    alveoli = b.alveoli._replace(capacity=min(max(g.capacity, _SMALLEST), _LARGEST), synthesis_max=1.0)
    scale = milk_synthesis(g.milk, prolactin, alveoli)
    return b._replace(alveoli=alveoli._replace(synthesis_max=min(per_second / scale, _FASTEST)))
