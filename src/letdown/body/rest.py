"""A dyad at rest, before anything happens: where every run starts.

Plasma, lag and adaptation at the basal level, the store empty, the pool full, ducts at their resting volume
(or half of the milk, if there is less than twice that), the rest of the milk in the alveoli.
"""

from letdown.body.afferents import Afferents
from letdown.body.body import BodyParameters, Dyad, Flow, Flows, Moments
from letdown.body.breast import Breast, BreastParameters
from letdown.body.conditioning import Conditioning
from letdown.body.infant import Infant, Sucking
from letdown.body.interference import Interference
from letdown.body.let_down import Ejection
from letdown.body.myoepithelium import Myoepithelium
from letdown.body.nursing_pad import NursingPad
from letdown.body.oxytocin_neurones import LastBurst, Neurones
from letdown.body.plasma import Plasma
from letdown.body.prolactin import Prolactin
from letdown.body.sensations import Sensations, Signs
from letdown.body.uterus import Uterus
from letdown.kernel.elementary import minimum

__all__ = ["no_flows", "no_moments", "resting_breast", "resting_dyad"]

_LONG_AGO = 1.0e4  # seconds since the last burst: far beyond every refractoriness


def resting_dyad(p: BodyParameters) -> Dyad:
    """Return the organs of the tick at rest."""
    basal = p.plasma.basal_level
    clumsy = p.infant.clumsy_latch_time * (1.0 - p.infant.latch_skill)
    return Dyad(
        afferents=Afferents(0.0, 0.0),
        conditioning=Conditioning(0.0),
        interference=Interference(0.0, 0.0, 0.0),
        neurones=Neurones(0.0, 0.0, 0.0, 1.0, 0.0, 0.0, _LONG_AGO),
        plasma=Plasma(basal, basal, 0.0, 0.0, 0.0, 0.0, 0.0),
        myoepithelium=Myoepithelium(basal, basal, basal, basal, basal, basal, basal, 0.0),
        prolactin=Prolactin(p.prolactin.basal, 0.0),
        infant=Infant(0.0, p.infant.vigour, 0.0, 0.0, 0.0, 0.0, p.infant.latch_time + clumsy, 0.0),
        uterus=Uterus(0.0, 0.0),
        sensations=Sensations(0.0, 0.0, 0.0, 0.0),
        pad_left=NursingPad(0.0),
        pad_right=NursingPad(0.0),
    )


def no_moments() -> Moments:
    """Return the discrete state before anything has happened."""
    return Moments(
        Sucking(*[0.0] * len(Sucking._fields)),
        LastBurst(0.0, 0.0, 0.0),
        Signs(*[0.0] * len(Signs._fields)),
        Ejection(*[0.0] * len(Ejection._fields)),
    )


def resting_breast(p: BreastParameters, milk: float) -> Breast:
    """Return one breast holding `milk` mL in alveoli and ducts together."""
    ductal = minimum(p.ducts.resting_volume, 0.5 * milk)
    return Breast(milk - ductal, ductal, 0.0, 0.0, 0.0, 0.0, 0.0)


def no_flows() -> Flows:
    """Return the flows before the first tick."""
    none = Flow(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return Flows(none, none, 0.0, 0.0)
