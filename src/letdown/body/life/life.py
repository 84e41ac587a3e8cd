"""A life: the organs between feeds as one system, wired.

Per coarse step, in this order: the brake of each breast by the hypothesis of `synthesis_control`; the milk made;
`life_per_hour`; a lane stops when an infant asks for a feed or its next appointment has come (`due`).

A feed is run by the reflex itself. What of a life enters it: `letdown.body.life.feed_of_life`; what it leaves
behind: volumes, plasma prolactin, stomach, learning.

Only the couplings are here; each mechanism is in its organ's file.

Context of use: the months around the reflex. It answers how supply, growth, learning and involution go together,
not what a given mother will have.
"""

from typing import Annotated, NamedTuple

from letdown.body.body import BodyParameters
from letdown.body.life.cue_learning import Associations, CueLearningParameters
from letdown.body.life.drugs import (
    DopamineDrugs,
    Exposure,
    ExposureParameters,
    drugs_per_hour,
    exposure_per_hour,
    secretory_loss,
)
from letdown.body.life.gland import Gland, GlandParameters, gland_per_hour, leak_at_rest, synthesis
from letdown.body.life.hours import HoursParameters
from letdown.body.life.lactogenesis import (
    Lactogenesis,
    LactogenesisParameters,
    lactogenesis_per_hour,
    prolactin_permits,
)
from letdown.body.life.lactotrophs import Lactotrophs, LactotrophsParameters, lactotrophs_per_hour
from letdown.body.life.latch_learning import LatchLearningParameters
from letdown.body.life.milk_composition import MilkCompositionParameters, secreted_fat
from letdown.body.life.prolactin_action import ProlactinActionParameters
from letdown.body.life.suckling_infant import (
    Growth,
    SucklingInfant,
    SucklingInfantParameters,
    hunger,
    hunger_threshold,
    suckling_infant_per_hour,
)
from letdown.body.life.synthesis_control import SynthesisControlParameters
from letdown.body.life.uterine_involution import (
    UterineInvolution,
    UterineInvolutionParameters,
    uterine_involution_per_hour,
)
from letdown.kernel.elementary import maximum, select
from letdown.kernel.equation import equation

__all__ = [
    "Braked",
    "Learning",
    "Life",
    "LifeParameters",
    "Made",
    "Plan",
    "asking",
    "due",
    "life_per_hour",
    "made",
]


class Life(NamedTuple):
    """Everything of one dyad that changes between feeds. `prolactin_hours` is the integral of the level."""

    age: Annotated[float, "h"]
    lactotrophs: Lactotrophs
    drugs: DopamineDrugs
    lactogenesis: Lactogenesis
    receptors: Annotated[float, "1"]
    exposure: Exposure
    left: Gland
    right: Gland
    uterus: UterineInvolution
    first: SucklingInfant
    second: SucklingInfant
    prolactin_hours: Annotated[float, "ng*h/mL"]


class Learning(NamedTuple):
    """What changes with feeds only."""

    cues: Associations
    familiarity: Annotated[float, "1"]
    first_skill: Annotated[float, "1"]
    second_skill: Annotated[float, "1"]


class LifeParameters(NamedTuple):
    """Every number of one dyad: the body of its feeds and the organs between them."""

    body: BodyParameters
    hours: HoursParameters
    lactotrophs: LactotrophsParameters
    lactogenesis: LactogenesisParameters
    synthesis_control: SynthesisControlParameters
    prolactin_action: ProlactinActionParameters
    left: GlandParameters
    right: GlandParameters
    milk_composition: MilkCompositionParameters
    exposure: ExposureParameters
    uterine_involution: UterineInvolutionParameters
    cue_learning: CueLearningParameters
    latch_learning: LatchLearningParameters
    first: SucklingInfantParameters
    second: SucklingInfantParameters


class Plan(NamedTuple):
    """What reaches a dyad from outside until its next appointment.

    `asks_...` is 1 where an infant's hunger starts a feed, `mood_...` a factor on its threshold, `feeding` 1 while a
    feed itself moves the milk, `suckling` the share of that time that is suckled, `tone` the uterine tone it adds.
    """

    first: Growth
    second: Growth
    asks_first: Annotated[float, "1"]
    asks_second: Annotated[float, "1"]
    mood_first: Annotated[float, "1"]
    mood_second: Annotated[float, "1"]
    birth_hour: Annotated[float, "h"]
    until: Annotated[float, "h"]
    feeding: Annotated[float, "1"]
    suckling: Annotated[float, "1"]
    tone: Annotated[float, "1"]
    running: Annotated[float, "1"]
    peak: Annotated[float, "ng/mL"]


class Braked(NamedTuple):
    """What the hypotheses say now: brake and signal change of each breast, factor and change of the receptors."""

    brake_left: Annotated[float, "1"]
    brake_right: Annotated[float, "1"]
    factor: Annotated[float, "1"]
    receptors: Annotated[float, "1/h"]


class Made(NamedTuple):
    """Milk made now in each breast."""

    left: Annotated[float, "mL/h"]
    right: Annotated[float, "mL/h"]


@equation
def made(x: Life, p: LifeParameters, b: Braked) -> Made:
    """Return the synthesis of milk in both breasts."""
    permits = prolactin_permits(p.lactogenesis, x.lactotrophs.level)
    hormones = x.lactogenesis.activation * permits * b.factor
    loss = secretory_loss(x.exposure, p.exposure)
    return Made(
        synthesis(x.left, p.left, b.brake_left, hormones, loss),
        synthesis(x.right, p.right, b.brake_right, hormones, loss),
    )


@equation
def life_per_hour(
    x: Life,
    p: LifeParameters,
    u: Plan,
    b: Braked,
    m: Made,
    signal_left: Annotated[float, "1/h"],
    signal_right: Annotated[float, "1/h"],
) -> Life:
    """Return d(Life)/dt, 1/h, for what the hypotheses say, the milk made, and the change of their signals."""
    hour = x.age + u.birth_hour
    day = 1.0 + x.age / p.hours.day
    away = 1.0 - u.feeding
    suckled = u.feeding * u.suckling
    milk = lactogenesis_per_hour(x.lactogenesis, p.lactogenesis, x.lactotrophs.level)
    body = p.body
    leak_left = p.hours.second_rate * leak_at_rest(x.left, body.left.alveoli, body.left.nipple, day)
    leak_right = p.hours.second_rate * leak_at_rest(x.right, body.right.alveoli, body.right.nipple, day)
    fat = secreted_fat(p.milk_composition, x.lactogenesis.activation)
    return Life(
        1.0,
        lactotrophs_per_hour(
            x.lactotrophs,
            x.drugs,
            p.lactotrophs,
            body.prolactin,
            p.hours,
            x.age,
            hour,
            suckled,
            away,
            p.exposure.smoke_prolactin * x.exposure.smoke,
        ),
        drugs_per_hour(x.drugs, p.exposure),
        milk,
        b.receptors,
        exposure_per_hour(x.exposure, p.exposure),
        gland_per_hour(
            x.left,
            p.left,
            body.left.alveoli,
            m.left,
            leak_left,
            signal_left,
            milk.activation,
            fat,
            p.milk_composition,
            x.lactotrophs.suckled,
            away,
        ),
        gland_per_hour(
            x.right,
            p.right,
            body.right.alveoli,
            m.right,
            leak_right,
            signal_right,
            milk.activation,
            fat,
            p.milk_composition,
            x.lactotrophs.suckled,
            away,
        ),
        uterine_involution_per_hour(x.uterus, p.uterine_involution, u.feeding * u.tone),
        suckling_infant_per_hour(x.first, p.first, u.first, p.hours, x.age, hour),
        suckling_infant_per_hour(x.second, p.second, u.second, p.hours, x.age, hour),
        x.lactotrophs.level,
    )


@equation
def asking(
    x: SucklingInfant,
    p: SucklingInfantParameters,
    g: Growth,
    c: HoursParameters,
    age: Annotated[float, "h"],
    hour: Annotated[float, "h"],
    mood: Annotated[float, "1"],
) -> float:
    """Return the hunger in thresholds: from 1 the infant asks; a share, 0-1 and above."""
    return hunger(x, p, g, age) / (mood * hunger_threshold(p, c, age, hour))


@equation
def due(x: Life, p: LifeParameters, u: Plan) -> float:
    """Return 1 when an infant asks or the appointment has come, else 0."""
    hour = x.age + u.birth_hour
    first = u.asks_first * asking(x.first, p.first, u.first, p.hours, x.age, hour, u.mood_first)
    second = u.asks_second * asking(x.second, p.second, u.second, p.hours, x.age, hour, u.mood_second)
    asked = select(maximum(first, second) > 1.0, 1.0, 0.0)
    come = select(x.age > u.until - 1.0e-6 * p.hours.day, 1.0, 0.0)
    return maximum(asked, come)
