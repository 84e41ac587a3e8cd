"""Conditioning: let-down without a suck, by what the mother has learned to expect.

    c = 1 - product over learned cues of (1 - salience_i * strength_i * level_i)
    dx/dt = (c - x) / tau ;   cue priming = k_cue * x + k_arousal * arousal + k_orgasm * orgasm

`strength` is what this mother has learned (0: nothing, 1: fully conditioned); arousal and orgasm need no
learning. Cues prime the same store as sucking, so an early let-down after latch is not a parameter: it comes
from a store that is already partly full. Within one feed the strengths are constant; learning is between feeds.

Context of use: anticipatory release (rise 3-10 min before suckling in 10 of 10 women [McNeilly1983]).
Saliences are assumptions of order: own cry most, a thought least.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.body.surroundings import Cues
from letdown.kernel.equation import equation

__all__ = ["Conditioning", "ConditioningParameters", "Learned", "conditioning_rate", "cue_priming"]


class Conditioning(NamedTuple):
    """Smoothed effect of the learned cues now present."""

    expectation: Annotated[float, "1"]


class Learned(Parameters):
    """Associative strength of each learned cue, 0-1: what this mother has learned; traits within a feed."""

    own_cry: float = par(0.8, "1", low=0, high=1, note="a trait; the cry of her own infant")
    other_cry: float = par(0.4, "1", low=0, high=1, note="a trait; generalised from her own infant's")
    thought: float = par(0.4, "1", low=0, high=1, note="a trait; thinking of the infant")
    usual_hour: float = par(0.5, "1", low=0, high=1, note="a trait; the usual feeding time")
    preparing: float = par(0.6, "1", low=0, high=1, note="a trait; preparing for or holding the infant")


class ConditioningParameters(Parameters):
    """Salience of cues and the priming they give."""

    own_cry_salience: float = par(1.0, "1", low=0.3, high=1.0, note="the strongest trigger seen [McNeilly1983]")
    other_cry_salience: float = par(0.8, "1", low=0.1, high=1.0)
    thought_salience: float = par(0.7, "1", low=0.1, high=1.0)
    usual_hour_salience: float = par(0.7, "1", low=0.1, high=1.0)
    preparing_salience: float = par(0.8, "1", low=0.1, high=1.0)
    cue_priming: float = par(
        0.9,
        "1/s",
        low=0.2,
        high=1.5,
        cite="McNeilly1983",
        species="human",
        evidence="derived",
        note="store priming by a full expectation: high enough for release before contact within 3-10 min",
    )
    arousal_priming: float = par(0.3, "1/s", low=0.05, high=1.0, note="unconditioned; no human rate known")
    orgasm_priming: float = par(3.0, "1/s", low=1.0, high=6.0, note="unconditioned; near the network's saturation")
    time_constant: float = par(15.0, "s", low=3, high=60)


@equation
def conditioning_rate(x: Conditioning, p: ConditioningParameters, learned: Learned, cues: Cues) -> Conditioning:
    """Return d(Conditioning)/dt, 1/s."""
    absent = (
        (1.0 - p.own_cry_salience * learned.own_cry * cues.own_cry)
        * (1.0 - p.other_cry_salience * learned.other_cry * cues.other_cry)
        * (1.0 - p.thought_salience * learned.thought * cues.thought)
        * (1.0 - p.usual_hour_salience * learned.usual_hour * cues.usual_hour)
        * (1.0 - p.preparing_salience * learned.preparing * cues.preparing)
    )
    return Conditioning((1.0 - absent - x.expectation) / p.time_constant)


@equation
def cue_priming(x: Conditioning, p: ConditioningParameters, cues: Cues) -> float:
    """Return the store priming by learned cues, arousal and orgasm, 1/s."""
    return p.cue_priming * x.expectation + p.arousal_priming * cues.arousal + p.orgasm_priming * cues.orgasm
