"""The body: mother and infant as one system, wired.

Two clocks. `Dyad` holds the organs that a tick of 0.1 s resolves; `Breast` (left, right) the two that follow
each cycle of vacuum. Once a tick, in this order:

1. `dyad_rate` is integrated over the tick, with the flows of the last tick;
2. `dyad_events`: a remark lands, a burst fires, the infant latches, slips, changes run or pause, lets go, signs
   switch, a let-down is counted;
3. `working` sets how each breast works during the tick that follows.

Only the couplings are here; each mechanism is in its organ's file.
"""

from typing import Annotated, NamedTuple

from letdown.body.afferents import Afferents, AfferentsParameters, afferent_drive, afferents_rate, stimulus
from letdown.body.alveoli import milk_synthesis
from letdown.body.breast import Breast, BreastParameters, Working
from letdown.body.conditioning import (
    Conditioning,
    ConditioningParameters,
    Learned,
    conditioning_rate,
    cue_priming,
)
from letdown.body.ducts import duct_pressure
from letdown.body.infant import (
    Infant,
    InfantParameters,
    Sucking,
    eagerness,
    infant_events,
    infant_rate,
    latch_quality,
    nutritive_share,
    suck_rate,
    sucking_events,
    suction_strength,
)
from letdown.body.interference import (
    Interference,
    InterferenceParameters,
    interference_rate,
    interference_remark,
)
from letdown.body.let_down import Ejection, EjectionParameters, ejection_event
from letdown.body.myoepithelium import Myoepithelium, MyoepitheliumParameters, myoepithelium_rate
from letdown.body.nipple import closing_pressure
from letdown.body.nursing_pad import NursingPad, nursing_pad_rate
from letdown.body.oedema import (
    OedemaParameters,
    latch_factor,
    narrowing_factor,
    tissue_pressure,
    tissue_stiffness,
)
from letdown.body.oxytocin_neurones import (
    LastBurst,
    Neurones,
    NeuronesParameters,
    burst_due,
    burst_oxytocin,
    last_burst,
    neurones_burst,
    neurones_rate,
    priming_rate,
    recruited_share,
    secretion,
)
from letdown.body.plasma import Plasma, PlasmaParameters, plasma_rate
from letdown.body.prolactin import Prolactin, ProlactinParameters, prolactin_rate
from letdown.body.sensations import (
    Sensations,
    SensationsParameters,
    Signs,
    sensations_rate,
    signs_event,
    tingling,
)
from letdown.body.surroundings import AtBreast, Surroundings
from letdown.body.sympathetic_tone import SympatheticToneParameters, ejection_stiffness, outlet_stiffness
from letdown.body.uterus import Uterus, UterusParameters, afterpain, uterus_rate
from letdown.kernel.elementary import maximum, positive_part, select
from letdown.kernel.equation import equation

__all__ = [
    "After",
    "BodyParameters",
    "Dyad",
    "Flow",
    "Flows",
    "Moments",
    "dyad_events",
    "dyad_rate",
    "flow_since",
    "seen_flows",
    "surrogate_fires",
    "working",
]


class Dyad(NamedTuple):
    """Everything that changes continuously on the slower of the two fine clocks."""

    afferents: Afferents
    conditioning: Conditioning
    interference: Interference
    neurones: Neurones
    plasma: Plasma
    myoepithelium: Myoepithelium
    prolactin: Prolactin
    infant: Infant
    uterus: Uterus
    sensations: Sensations
    pad_left: NursingPad
    pad_right: NursingPad


class Moments(NamedTuple):
    """Everything that changes at moments only."""

    sucking: Sucking
    last_burst: LastBurst
    signs: Signs
    ejection: Ejection


class Flow(NamedTuple):
    """Accounts of one breast at the last tick, and the mean flows since the tick before."""

    ejected: Annotated[float, "mL"]
    removed: Annotated[float, "mL"]
    leaked: Annotated[float, "mL"]
    ejection: Annotated[float, "mL/s"]
    removal: Annotated[float, "mL/s"]
    leak: Annotated[float, "mL/s"]


class Flows(NamedTuple):
    """Flows and ductal pressures of both breasts as the slower organs see them during a tick."""

    left: Flow
    right: Flow
    ductal_left: Annotated[float, "mmHg"]
    ductal_right: Annotated[float, "mmHg"]


class BodyParameters(NamedTuple):
    """Every number of one dyad."""

    afferents: AfferentsParameters
    conditioning: ConditioningParameters
    learned: Learned
    interference: InterferenceParameters
    neurones: NeuronesParameters
    plasma: PlasmaParameters
    myoepithelium: MyoepitheliumParameters
    prolactin: ProlactinParameters
    infant: InfantParameters
    uterus: UterusParameters
    sensations: SensationsParameters
    oedema: OedemaParameters
    sympathetic_tone: SympatheticToneParameters
    ejection: EjectionParameters
    left: BreastParameters
    right: BreastParameters


class After(NamedTuple):
    """The dyad after the events of a tick."""

    dyad: Dyad
    moments: Moments


@equation
def flow_since(last: Flow, b: Breast, step: Annotated[float, "s"]) -> Flow:
    """Return the accounts of a breast now and its mean flows since the last tick."""
    return Flow(
        b.ejected,
        b.removed,
        b.leaked,
        (b.ejected - last.ejected) / step,
        (b.removed - last.removed) / step,
        (b.leaked - last.leaked) / step,
    )


@equation
def seen_flows(last: Flows, left: Breast, right: Breast, p: BodyParameters, step: Annotated[float, "s"]) -> Flows:
    """Return the flows and ductal pressures that the slower organs see during the next tick."""
    return Flows(
        flow_since(last.left, left, step),
        flow_since(last.right, right, step),
        duct_pressure(left.ductal_milk, 1.0, p.left.ducts),
        duct_pressure(right.ductal_milk, 1.0, p.right.ducts),
    )


@equation
def quality_of_latch(p: BodyParameters, u: Surroundings) -> float:
    """Return the quality of the latch, 0-1, under positioning and oedema."""
    return latch_quality(p.infant, u.conditions.poor_positioning, latch_factor(p.oedema, u.conditions.engorgement))


@equation
def seal(p: InfantParameters, quality: Annotated[float, "1"]) -> float:
    """Return the share of the infant's vacuum that its latch holds, 0-1."""
    return p.seal_without_skill + (1.0 - p.seal_without_skill) * quality


@equation
def breast_stimulus(
    x: Dyad, s: Sucking, p: BodyParameters, at: AtBreast, b: BreastParameters, quality: Annotated[float, "1"]
) -> float:
    """Return the stimulus of one breast by the infant or a device."""
    tight = seal(p.infant, quality) * b.nipple.shield_suction
    strength = suction_strength(x.infant, p.infant)
    eager = eagerness(x.infant, p.infant)
    swing = (p.infant.peak_suction - p.infant.baseline_suction) * tight * strength * x.infant.envelope
    contact = at.infant * s.attached * quality * eager
    by_infant = stimulus(p.afferents, contact, swing, 0.0 * swing, suck_rate(x.infant, p.infant))
    by_device = stimulus(p.afferents, at.device, at.peak - at.baseline, at.compression, at.cycle_rate)
    return (by_infant + by_device) * b.nipple.shield_stimulus


@equation
def dyad_rate(x: Dyad, m: Moments, f: Flows, p: BodyParameters, u: Surroundings) -> Dyad:
    """Return d(Dyad)/dt for the flows of the last tick and what reaches the dyad from outside."""
    quality = quality_of_latch(p, u)
    drive = afferent_drive(x.afferents, p.afferents)
    cues = cue_priming(x.conditioning, p.conditioning, u.cues)
    priming = priming_rate(p.neurones, drive, cues, x.interference.central)
    pain = afterpain(x.uterus, p.uterus)
    swallowed = u.left.infant * f.left.removal + u.right.infant * f.right.removal
    ductal = maximum(f.ductal_left, f.ductal_right)
    rise = positive_part(x.plasma.oxytocin - p.plasma.basal_level, p.uterus.rise_width)
    return Dyad(
        afferents_rate(
            x.afferents,
            p.afferents,
            breast_stimulus(x, m.sucking, p, u.left, p.left, quality),
            breast_stimulus(x, m.sucking, p, u.right, p.right, quality),
        ),
        conditioning_rate(x.conditioning, p.conditioning, p.learned, u.cues),
        interference_rate(x.interference, p.interference, u.conditions, pain),
        neurones_rate(x.neurones, p.neurones, priming),
        plasma_rate(x.plasma, p.plasma, secretion(x.neurones, p.neurones), u.doses),
        myoepithelium_rate(x.myoepithelium, p.myoepithelium, x.plasma.oxytocin, x.interference.adrenergic),
        prolactin_rate(x.prolactin, p.prolactin, drive),
        infant_rate(x.infant, m.sucking, p.infant, quality, swallowed),
        uterus_rate(x.uterus, p.uterus, x.plasma.oxytocin, p.plasma.basal_level),
        sensations_rate(
            x.sensations,
            p.sensations,
            ductal,
            rise,
            f.left.removal + f.left.leak,
            f.right.removal + f.right.leak,
        ),
        nursing_pad_rate(x.pad_left, p.left.pad, f.left.leak),
        nursing_pad_rate(x.pad_right, p.right.pad, f.right.leak),
    )


@equation
def removing(s: Sucking, at: AtBreast) -> float:
    """Return 1 while the attached infant or a device takes the milk of this breast, else 0."""
    return select(at.device + at.infant * s.attached > 0.5, 1.0, 0.0)


@equation
def dyad_events(
    x: Dyad,
    m: Moments,
    f: Flows,
    p: BodyParameters,
    u: Surroundings,
    fires: Annotated[float, "1"],
    step: Annotated[float, "s"],
) -> After:
    """Return the dyad after the events of a tick, in the order of the module's docstring.

    `fires` is 1 in the tick in which the oxytocin neurones burst; it comes from the source of bursts.
    """
    quality = quality_of_latch(p, u)
    interference = interference_remark(x.interference, u.remark)
    recruited = recruited_share(p.neurones, interference.central, u.conditions.fatigue)
    oxytocin = burst_oxytocin(x.neurones, p.neurones, recruited)
    offered = u.left.infant + u.right.infant
    sucking = sucking_events(x.infant, m.sucking, p.infant, offered, u.draws.slip)
    infant = infant_events(x.infant, m.sucking, sucking, p.infant, offered, quality, u.draws.suck_run)
    ductal = maximum(f.ductal_left, f.ductal_right)
    signs = signs_event(
        m.signs,
        x.sensations,
        p.sensations,
        nutritive_share(infant, p.infant) * sucking.attached,
        tingling(x.sensations, p.sensations, ductal),
        afterpain(x.uterus, p.uterus),
        f.left.leak,
        f.right.leak,
    )
    accounts = Ejection(0.0, step, 0.0, f.left.ejected, f.right.ejected, f.left.removed, f.right.removed)
    ejection = ejection_event(
        m.ejection, p.ejection, step, x.myoepithelium.activation, f.left.ejection, f.right.ejection, accounts
    )
    dyad = Dyad(
        x.afferents,
        x.conditioning,
        interference,
        neurones_burst(x.neurones, p.neurones, fires, recruited),
        x.plasma,
        x.myoepithelium,
        x.prolactin,
        infant,
        x.uterus,
        x.sensations,
        x.pad_left,
        x.pad_right,
    )
    return After(dyad, Moments(sucking, last_burst(m.last_burst, fires, recruited, oxytocin), signs, ejection))


@equation
def surrogate_fires(x: Dyad, p: BodyParameters, u: Surroundings) -> float:
    """Return 1 when the burst surrogate fires in this tick, else 0."""
    return burst_due(x.neurones, p.neurones, u.draws.burst)


@equation
def working(
    start: Annotated[float, "1"],
    x: Dyad,
    s: Sucking,
    p: BodyParameters,
    u: Surroundings,
    at: AtBreast,
    b: BreastParameters,
    milk: Annotated[float, "mL"],
) -> Working:
    """Return how one breast works during the next tick; `start` is the activation before this tick's step."""
    quality = quality_of_latch(p, u)
    tight = seal(p.infant, quality) * b.nipple.shield_suction * at.infant * s.attached
    strength = suction_strength(x.infant, p.infant)
    held = p.infant.baseline_suction * tight * strength
    sucked = p.infant.peak_suction * tight * strength
    baseline = held + at.device * at.baseline * b.nipple.shield_suction
    infant_peak = held + (sucked - held) * x.infant.envelope
    peak = infant_peak + at.device * at.peak * b.nipple.shield_suction
    compression = at.device * at.compression
    oedema = u.conditions.engorgement
    tone = x.interference.adrenergic
    taken = at.infant * s.attached
    other = 1.0 - taken
    grip = maximum(peak, compression)
    return Working(
        start,
        x.myoepithelium.activation,
        milk_synthesis(milk, x.prolactin.level, b.alveoli),
        tissue_pressure(p.oedema, oedema),
        tissue_stiffness(p.oedema, oedema),
        ejection_stiffness(p.sympathetic_tone, tone),
        b.nipple.channel_resistance
        * b.nipple.shield_resistance
        * outlet_stiffness(p.sympathetic_tone, tone)
        * narrowing_factor(p.oedema, oedema),
        closing_pressure(b.nipple, grip, u.conditions.nipple_pain, p.neurones.day) + at.press,
        removing(s, at),
        peak,
        baseline,
        compression,
        taken * suck_rate(x.infant, p.infant) + at.device * at.cycle_rate,
        taken * p.infant.suck_rise + other * at.rise,
        other * at.hold,
        taken * (1.0 - p.infant.suck_rise) + other * at.fall,
        other * at.edge1,
        taken * 3.0 + other * at.edge2,
        -taken * 2.0 + other * at.edge3,
    )
