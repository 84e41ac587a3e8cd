"""Learning of cues, feed by feed: Rescorla and Wagner's rule, with extinction and generalisation.

    v_i <- v_i + alpha_i l_i [ u beta (lambda - sum_j l_j v_j) + (1 - u) beta_x (0 - sum_j l_j v_j) ]
    familiarity <- familiarity + eta u (1 - familiarity)
    u = min(suckled / t_u, 1)

u: how far the nipple was suckled or pumped, the unconditioned stimulus; 0 where a cue came and no feed followed it.
What is paired with a cue is suckling, not the let-down that it may or may not bring: so repetition mends a let-down
that fails, and a cue on its own is unlearned. l_i: level of cue i, 0-1; alpha_i: its salience, as in `conditioning`;
cues that are there together share lambda. The cry of another's baby counts as v_other + g v_own: it generalises from
the own cry, and the mother learns the difference (v_other < 0) as nothing follows it. So unwanted let-downs lessen
after the first weeks. What a feed reads is the strength within 0-1.

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

    rate: float = par(0.009, "1", low=0.001, high=0.2, note="beta of a session with suckling: strong within two weeks")
    extinction: float = par(0.02, "1", low=0.0, high=0.2, note="beta of a session in which nothing follows the cue")
    asymptote: float = par(
        1.55, "1", low=0.5, high=5.0, note="lambda, of all cues of a feed: own cry comes to 0.8, preparing to 0.65"
    )
    generalisation: float = par(
        0.8,
        "1",
        low=0.0,
        high=1.0,
        note="share of the own cry's strength that another's has at first: they sound alike",
    )
    practice: float = par(0.02, "1", low=0.001, high=0.2, note="eta: a feed or pumping; half in 35")
    suckling: float = par(60.0, "s", low=5, high=600, note="t_u: suckling that is a whole unconditioned stimulus")


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
    suckled: Annotated[float, "1"],
) -> Associations:
    """Return the strengths after a session with these cues (event); `suckled` 0-1: 0 where nothing followed them."""
    total = (
        cues.own_cry * v.own_cry
        + cues.other_cry * (v.other_cry + p.generalisation * v.own_cry)
        + cues.thought * v.thought
        + cues.usual_hour * v.usual_hour
        + cues.preparing * v.preparing
    )
    step = suckled * p.rate * (p.asymptote - total) - (1.0 - suckled) * p.extinction * total
    return Associations(
        v.own_cry + step * salience.own_cry_salience * cues.own_cry,
        v.other_cry + step * salience.other_cry_salience * cues.other_cry,
        v.thought + step * salience.thought_salience * cues.thought,
        v.usual_hour + step * salience.usual_hour_salience * cues.usual_hour,
        v.preparing + step * salience.preparing_salience * cues.preparing,
    )


@equation
def practised(familiarity: Annotated[float, "1"], p: CueLearningParameters, suckled: Annotated[float, "1"]) -> float:
    """Return the mother's familiarity after a feed (event), 0-1."""
    return familiarity + p.practice * suckled * (1.0 - familiarity)
