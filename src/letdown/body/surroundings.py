"""What the world does to mother and infant during one tick: the only way in for a protocol.

Nothing here is a state of the body. The engine writes these fields from the protocol, and the random draws
that the next event of each kind will use.
"""

from typing import Annotated, NamedTuple

__all__ = ["AtBreast", "Conditions", "Cues", "Doses", "Draws", "Surroundings"]


class AtBreast(NamedTuple):
    """What is at one breast: the infant, a device, a pressing hand."""

    infant: Annotated[float, "1"]
    device: Annotated[float, "1"]
    peak: Annotated[float, "mmHg"]
    baseline: Annotated[float, "mmHg"]
    cycle_rate: Annotated[float, "1/s"]
    rise: Annotated[float, "1"]
    hold: Annotated[float, "1"]
    fall: Annotated[float, "1"]
    edge1: Annotated[float, "1"]
    edge2: Annotated[float, "1"]
    edge3: Annotated[float, "1"]
    compression: Annotated[float, "mmHg"]
    press: Annotated[float, "mmHg"]


class Cues(NamedTuple):
    """Strength of each cue present, 0-1."""

    own_cry: Annotated[float, "1"]
    other_cry: Annotated[float, "1"]
    thought: Annotated[float, "1"]
    usual_hour: Annotated[float, "1"]
    preparing: Annotated[float, "1"]
    arousal: Annotated[float, "1"]
    orgasm: Annotated[float, "1"]


class Conditions(NamedTuple):
    """Level of each interfering condition, 0 (none) to 1 (the strongest published or assumed effect)."""

    embarrassment: Annotated[float, "1"]
    anger: Annotated[float, "1"]
    irritation: Annotated[float, "1"]
    fear: Annotated[float, "1"]
    resentment: Annotated[float, "1"]
    fatigue: Annotated[float, "1"]
    stress: Annotated[float, "1"]
    noise: Annotated[float, "1"]
    nipple_pain: Annotated[float, "1"]
    uterine_pain: Annotated[float, "1"]
    poor_positioning: Annotated[float, "1"]
    engorgement: Annotated[float, "1"]
    alcohol: Annotated[float, "1"]


class Doses(NamedTuple):
    """Oxytocin given from outside."""

    intravenous: Annotated[float, "pg/s"]
    nasal: Annotated[float, "pg/s"]


class Draws(NamedTuple):
    """Random numbers that the next event of each kind uses: Exp(1) thresholds and a uniform."""

    burst: Annotated[float, "1"]
    suck_run: Annotated[float, "1"]
    slip: Annotated[float, "1"]


class Surroundings(NamedTuple):
    """Everything that reaches the dyad from outside during one tick."""

    left: AtBreast
    right: AtBreast
    cues: Cues
    conditions: Conditions
    remark: Annotated[float, "1"]
    doses: Doses
    draws: Draws
    running: Annotated[float, "1"]
    time: Annotated[float, "s"]
