"""Learning of cues, feed by feed: Rescorla and Wagner's rule, with extinction and generalisation.

    reinforced      v_i <- v_i + beta alpha_i l_i (lambda - sum_j l_j v_j)          a let-down came, with a feed or pump
    not reinforced  v_i <- v_i + beta_x alpha_i l_i (0 - sum_j l_j v_j)             the cue was there, no feed came

l_i: level of cue i, 0-1; alpha_i: its salience, as in `conditioning`; cues that are there together share lambda. The
cry of another's baby counts as v_other + g v_own: it generalises from the own cry, and the mother learns the
difference (v_other < 0) as nothing follows it. So unwanted let-downs lessen after the first weeks. What a feed
reads is the strength within 0-1.

    familiarity <- familiarity + eta let_down (1 - familiarity)

Not modelled: forgetting with time alone, context, spontaneous recovery.

Context of use: latency falling over the first weeks by learning; leaks in public that lessen. The rule is a
textbook one from animals; its rates are assumptions.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.body.conditioning import ConditioningParameters, Learned
from letdown.body.surroundings import Cues
from letdown.kernel.elementary import maximum, minimum
from letdown.kernel.equation import equation

__all__ = [
    "Associations",
    "CueLearningParameters",
    "learned_from",
    "learned_strengths",
    "practised",
]


class Associations(NamedTuple):
    """Associative strength of each cue; that of another's cry is what differs from the own cry's."""

    own_cry: Annotated[float, "1"]
    other_cry: Annotated[float, "1"]
    thought: Annotated[float, "1"]
    usual_hour: Annotated[float, "1"]
    preparing: Annotated[float, "1"]


class CueLearningParameters(Parameters):
    """Constants of learning."""

    rate: float = par(0.009, "1", low=0.001, high=0.2, note="beta of a reinforced session: strong within two weeks")
    extinction: float = par(0.02, "1", low=0.0, high=0.2, note="beta of a session in which nothing follows the cue")
    asymptote: float = par(2.0, "1", low=0.5, high=5.0, note="lambda: what all cues of a feed together can reach")
    generalisation: float = par(0.5, "1", low=0.0, high=1.0, note="share of the own cry's strength that another's has")
    practice: float = par(0.02, "1", low=0.001, high=0.2, note="eta: a feed with a let-down; half in 35 feeds")


@equation
def learned_strengths(v: Associations, p: CueLearningParameters) -> Learned:
    """Return the strengths that a feed reads, 0-1."""
    other = v.other_cry + p.generalisation * v.own_cry
    return Learned(
        minimum(maximum(v.own_cry, 0.0), 1.0),
        minimum(maximum(other, 0.0), 1.0),
        minimum(maximum(v.thought, 0.0), 1.0),
        minimum(maximum(v.usual_hour, 0.0), 1.0),
        minimum(maximum(v.preparing, 0.0), 1.0),
    )


@equation
def learned_from(
    v: Associations,
    p: CueLearningParameters,
    salience: ConditioningParameters,
    cues: Cues,
    let_down: Annotated[float, "1"],
) -> Associations:
    """Return the strengths after a session with these cues (event); `let_down` 1: milk came with a feed, 0: nothing."""
    total = (
        cues.own_cry * v.own_cry
        + cues.other_cry * (v.other_cry + p.generalisation * v.own_cry)
        + cues.thought * v.thought
        + cues.usual_hour * v.usual_hour
        + cues.preparing * v.preparing
    )
    step = let_down * p.rate * (p.asymptote - total) - (1.0 - let_down) * p.extinction * total
    return Associations(
        v.own_cry + step * salience.own_cry_salience * cues.own_cry,
        v.other_cry + step * salience.other_cry_salience * cues.other_cry,
        v.thought + step * salience.thought_salience * cues.thought,
        v.usual_hour + step * salience.usual_hour_salience * cues.usual_hour,
        v.preparing + step * salience.preparing_salience * cues.preparing,
    )


@equation
def practised(familiarity: Annotated[float, "1"], p: CueLearningParameters, let_down: Annotated[float, "1"]) -> float:
    """Return the mother's familiarity after a feed (event), 0-1."""
    return familiarity + p.practice * let_down * (1.0 - familiarity)
