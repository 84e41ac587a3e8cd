"""What of a life enters a feed, and what a feed leaves in a life.

Enters: storage capacity, milk and synthesis of each breast, prolactin, learned cues, familiarity, day, parity,
latch skill, appetite, vigour, oedema. Leaves: milk, accounts, prolactin and its drive, stomach, what is lacking,
learning. Both run once a feed, on floats or on the expressions that `letdown.engine.life.seam` writes out.

Context of use: the seam between the two clocks. In a feed the alveoli's own law of synthesis holds, scaled so that
it starts at the rate of the life.
"""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from letdown.body.alveoli import milk_synthesis
from letdown.body.body import BodyParameters
from letdown.body.breast import BreastParameters
from letdown.body.life.cue_learning import learned_from, learned_strengths, practised
from letdown.body.life.gland import Gland
from letdown.body.life.lactotrophs import prolactin_at_rest, suckling_response
from letdown.body.life.latch_learning import skilled
from letdown.body.life.life import Learning, Life, LifeParameters, Plan
from letdown.body.life.milk_composition import MilkCompositionParameters, energy_density, fat, secreted_fat
from letdown.body.life.suckling_infant import SucklingInfant
from letdown.body.registry import specification
from letdown.body.surroundings import Cues
from letdown.kernel.elementary import fraction, hill2, maximum, minimum, select

__all__ = ["FeedEnd", "FeedEntry", "LeftBehind", "OfBreast", "SessionKind", "body_of_feed", "left_behind"]


class FeedEntry(NamedTuple):
    """What a life gives to one feed, beside milk and oedema of its breasts."""

    parameters: BodyParameters
    prolactin: float


class SessionKind(NamedTuple):
    """What a session is, each 0 or 1: of the second infant; an infant feeds (else a pump or a cue)."""

    second: Annotated[float, "1"]
    feeds: Annotated[float, "1"]


class OfBreast(NamedTuple):
    """What a session did to one breast, and the milk it left there."""

    removed: Annotated[float, "mL"]
    leaked: Annotated[float, "mL"]
    made: Annotated[float, "mL"]
    remaining: Annotated[float, "mL"]


class FeedEnd(NamedTuple):
    """What a session has come to; mean oxytocin; time suckled or pumped; appetite before."""

    left: OfBreast
    right: OfBreast
    prolactin: Annotated[float, "ng/mL"]
    drive: Annotated[float, "1"]
    oxytocin: Annotated[float, "pg/mL"]
    suckled: Annotated[float, "s"]
    wanted: Annotated[float, "mL"]


class LeftBehind(NamedTuple):
    """A life after a session; the milk taken, its fat (0 where there was none) and energy, the uterine tone added."""

    life: Life
    learning: Learning
    peak: Annotated[float, "ng/mL"]
    taken: Annotated[float, "mL"]
    fat: Annotated[float, "g/L"]
    energy: Annotated[float, "kcal"]
    tone: Annotated[float, "1"]


_SMALLEST, _LARGEST = (getattr(specification("alveoli.capacity"), end) for end in ("low", "high"))
_FASTEST = specification("alveoli.synthesis_max").high
_LEAST_APPETITE = specification("infant.appetite").low
_LEAST_BASAL, _MOST_BASAL = (getattr(specification("prolactin.basal"), end) for end in ("low", "high"))
_LEAST_GAIN = specification("prolactin.gain").low
_TRACE = 0.01
"""Less milk than this has no fat of its own, mL."""


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
    days = x.age / p.hours.day
    day = 1.0 + days - fraction(days)
    body = p.body
    rest = prolactin_at_rest(x.lactotrophs, x.drugs, p.lactotrophs, p.hours, x.age + u.birth_hour)
    basal = minimum(maximum(rest, _LEAST_BASAL), _MOST_BASAL)
    gain = maximum(body.prolactin.gain * suckling_response(x.lactotrophs, p.lactotrophs), _LEAST_GAIN)
    parameters = body._replace(
        learned=learned_strengths(learning.cues, p.cue_learning),
        neurones=body.neurones._replace(day=day, practice=learning.familiarity),
        sensations=body.sensations._replace(day=day),
        uterus=body.uterus._replace(day=day),
        prolactin=body.prolactin._replace(basal=basal, gain=gain),
        infant=body.infant._replace(appetite=maximum(appetite_ml, _LEAST_APPETITE), latch_skill=skill),
        left=_breast(body.left, x.left, made[0] / p.hours.second_rate, basal),
        right=_breast(body.right, x.right, made[1] / p.hours.second_rate, basal),
    )
    return FeedEntry(parameters, x.lactotrophs.level)


def _breast(b: BreastParameters, g: Gland, per_second: float, prolactin: float) -> BreastParameters:
    alveoli = b.alveoli._replace(capacity=minimum(maximum(g.capacity, _SMALLEST), _LARGEST), synthesis_max=1.0)
    scale = milk_synthesis(g.milk, prolactin, alveoli)
    return b._replace(alveoli=alveoli._replace(synthesis_max=minimum(per_second / scale, _FASTEST)))


def left_behind(
    x: Life,
    learning: Learning,
    p: LifeParameters,
    end: FeedEnd,
    kind: SessionKind,
    cues: Cues,
    signal_after: Callable[..., Any],
) -> LeftBehind:
    """Return what a session leaves; `cues` were there, `signal_after` is the equation of the synthesis hypothesis."""
    made = secreted_fat(p.milk_composition, x.lactogenesis.activation)
    breasts = (x.left, end.left), (x.right, end.right)
    richness = [_fat_of_what_left(g, of, p.milk_composition, made) for g, of in breasts]
    after = [_gland(g, of, made, c, signal_after) for (g, of), c in zip(breasts, richness, strict=True)]
    taken = end.left.removed + end.right.removed
    mass = richness[0] * end.left.removed + richness[1] * end.right.removed
    some = select(taken > _TRACE, 1.0, 0.0)
    content = some * mass / maximum(taken, _TRACE)
    energy = some * taken / 1000.0 * energy_density(p.milk_composition, content)
    first, second = kind.feeds * (1.0 - kind.second), kind.feeds * kind.second
    life = x._replace(
        left=after[0],
        right=after[1],
        lactotrophs=x.lactotrophs._replace(level=end.prolactin, drive=end.drive),
        first=_fed(x.first, first * taken, first * energy),
        second=_fed(x.second, second * taken, second * energy),
    )
    suckled = minimum(end.suckled / p.cue_learning.suckling, 1.0)
    share = minimum(taken / maximum(end.wanted, 1.0), 1.0)
    learned = Learning(
        cues=learned_from(learning.cues, p.cue_learning, p.body.conditioning, cues, suckled),
        familiarity=practised(learning.familiarity, p.cue_learning, suckled),
        first_skill=skilled(learning.first_skill, p.latch_learning, first * share),
        second_skill=skilled(learning.second_skill, p.latch_learning, second * share),
    )
    rise = maximum(end.oxytocin - p.body.plasma.basal_level, 0.0)
    tone = hill2(rise, p.body.uterus.half_rise)
    return LeftBehind(life, learned, maximum(x.lactotrophs.level, end.prolactin), taken, content, energy, tone)


def _fat_of_what_left(g: Gland, of: OfBreast, p: MilkCompositionParameters, made: float) -> float:
    """Return the mean fat of the milk that left a breast in a session, g/L; what is made in it has fat `made`."""
    supply = of.remaining + of.removed + of.leaked
    return fat(p, g.fat + made * of.made, supply, g.capacity, 1.0 - of.remaining / g.capacity)


def _gland(g: Gland, of: OfBreast, made: float, content: float, signal_after: Callable[..., Any]) -> Gland:
    stays = minimum(of.remaining / maximum(g.milk, 1.0e-9), 1.0)
    return g._replace(
        milk=of.remaining,
        fat=maximum(g.fat + made * of.made - content * (of.removed + of.leaked), 0.0),
        signal=signal_after(g.signal, stays),
        made=g.made + of.made,
        leaked=g.leaked + of.leaked,
    )


def _fed(infant: SucklingInfant, taken: float, energy: float) -> SucklingInfant:
    return infant._replace(
        stomach=infant.stomach + taken,
        stomach_energy=infant.stomach_energy + energy,
        lacking=infant.lacking - energy,
    )
