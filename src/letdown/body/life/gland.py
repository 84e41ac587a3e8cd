"""The gland of one breast over days: stored milk, its brake, tissue, storage capacity, oedema, accounts.

    S   = S_0 tissue u A h R brake (1 - drug loss)                   synthesis; A, h: lactogenesis; R: prolactin memory
    dV/dt = S - leak - resorbed ;  leak = max(P_a - P_th - P_c, 0) / (R_ad + R_n)    as in a feed, at rest
    df/dt = (V / C - f) / 24 h                                       mean fullness
    dl/dt = (gain (f_0 - f) - l) / tau_u,  u = exp(l)                supply follows demand, within bounds
    dN/dt = -k_inv (f - f_inv)+ N + k_reg U (1 - N)                  tissue: involution, regrowth by suckling
    dC/dt = (C_0 + c q - C) / tau_C ;  dq/dt = (S - q) / 24 h        storage capacity follows the daily output
    resorbed = V (k_res (f - f_res)+ + k_lost (1 - N))
    dE/dt = (k_E (P_a - P_acc - P_E)+ + c_A (dA/dt)+) (1 - E) - E / tau_E      oedema
    dP_acc/dt = (P_a - P_acc) / tau_acc                              pressure that the tissue is accustomed to

The brake is a hypothesis of its own (`synthesis_control`). Milk is conserved: milk + taken + leaked + resorbed -
made is constant. Not modelled: local growth factors, blood flow.

Context of use: output per breast from hours to months under any pattern of removal. Capacity per day of output is
measured; gains are fitted to the rise by two extra expressions a day; involution is an order of magnitude.
"""

from typing import Annotated, NamedTuple

from letdown._parameter import Parameters, par
from letdown.body.alveoli import AlveoliParameters, alveolar_pressure
from letdown.body.life.milk_composition import MilkCompositionParameters, fat_per_hour
from letdown.body.nipple import NippleParameters, closing_pressure
from letdown.kernel.elementary import exp, maximum, positive_part
from letdown.kernel.equation import equation

__all__ = ["Gland", "GlandParameters", "fullness", "gland_per_hour", "leak_at_rest", "resorption", "synthesis"]


class Gland(NamedTuple):
    """One breast between feeds."""

    milk: Annotated[float, "mL"]
    fat: Annotated[float, "mg"]
    signal: Annotated[float, "1"]
    mean_fullness: Annotated[float, "1"]
    log_response: Annotated[float, "1"]
    tissue: Annotated[float, "1"]
    output: Annotated[float, "mL/h"]
    capacity: Annotated[float, "mL"]
    oedema: Annotated[float, "1"]
    accustomed: Annotated[float, "mmHg"]
    made: Annotated[float, "mL"]
    leaked: Annotated[float, "mL"]
    resorbed: Annotated[float, "mL"]


class GlandParameters(Parameters):
    """Constants of one breast over days."""

    synthesis: float = par(
        17.5,
        "mL/h",
        low=2,
        high=60,
        cite="Cox1996",
        species="human",
        evidence="fitted",
        note="of an emptied breast; 23 (SE 3.5) mL/h over short intervals, 15.5-18.4 over 24 h",
    )
    usual_fullness: float = par(0.47, "1", low=0.2, high=0.8, evidence="fitted", note="mean fullness that holds supply")
    response_gain: float = par(
        0.6,
        "1",
        low=0.2,
        high=8,
        cite="Dewey1986",
        species="human",
        evidence="fitted",
        note="two weeks of extra expression added 124 g a day to 732",
    )
    response_time: float = par(144.0, "h", low=24, high=720, evidence="fitted", note="6 days")
    involution: float = par(0.2, "1/h", low=0.01, high=1.0, note="at full retention: loss within about a week")
    involution_fullness: float = par(0.9, "1", low=0.6, high=1.1, note="mean fullness above which tissue is lost")
    regrowth: float = par(
        0.05, "1/h", low=0.002, high=0.5, note="times the share of time suckled; relactation in weeks"
    )
    retention_width: float = par(0.03, "1", low=0.005, high=0.1, note="rounding of both retention limits")
    resorption: float = par(0.2, "1/h", low=0.01, high=1.0, note="tight junctions open; at full retention")
    resorption_fullness: float = par(0.9, "1", low=0.6, high=1.1, note="mean fullness above which milk is resorbed")
    involuted_resorption: float = par(0.01, "1/h", low=0.001, high=0.1, note="of the milk left in lost tissue")
    capacity_of_output: float = par(
        11.0,
        "h",
        low=2,
        high=40,
        cite="Kent1999",
        species="human",
        evidence="derived",
        note="stores 210 mL at 454 g a day: 11 h of output, less the least capacity; a trait",
    )
    least_capacity: float = par(20.0, "mL", low=2, high=80, note="of an involuted breast")
    capacity_at_birth: float = par(100.0, "mL", low=20, high=400, note="distended by the first milk")
    capacity_time: float = par(480.0, "h", low=100, high=2000, note="20 days")
    memory_time: float = par(24.0, "h", low=6, high=96, note="over which fullness and output are averaged")
    oedema_pressure: float = par(5.0, "mmHg", low=0.3, high=10, evidence="fitted", note="pressure that obstructs veins")
    oedema_rise: float = par(
        0.08, "1/(mmHg*h)", low=0.002, high=0.5, evidence="fitted", note="milk of day 5; 67 % engorged in week 1"
    )
    oedema_time: float = par(24.0, "h", low=6, high=96, note="of relief")
    accustomed_time: float = par(
        60.0, "h", low=6, high=480, note="over which tissue and lymph vessels give way to a lasting pressure"
    )
    oedema_of_activation: float = par(
        1.2, "1", low=0.0, high=3.0, note="vascular swelling as milk comes in, for each unit of activation"
    )
    pressure_width: float = par(0.3, "mmHg", low=0.05, high=1.0)


@equation
def fullness(x: Gland) -> float:
    """Return the share of the storage capacity that is filled; 0-1, above 1 when distended."""
    return x.milk / x.capacity


@equation
def synthesis(
    x: Gland,
    p: GlandParameters,
    brake: Annotated[float, "1"],
    hormones: Annotated[float, "1"],
    loss: Annotated[float, "1"],
) -> Annotated[float, "mL/h"]:
    """Return the synthesis of milk, mL/h. `loss` is the share that drugs or smoke take from the secretory cells."""
    return p.synthesis * x.tissue * exp(x.log_response) * hormones * brake * (1.0 - loss)


@equation
def leak_at_rest(
    x: Gland, alveoli: AlveoliParameters, nipple: NippleParameters, day: Annotated[float, "1"]
) -> Annotated[float, "mL/s"]:
    """Return the leak of an overfull breast at rest, mL/s: the path of a feed without muscle, suck or hand."""
    pressure = alveolar_pressure(x.milk * alveoli.capacity / x.capacity, 0.0 * x.signal, alveoli)
    closed = closing_pressure(nipple, 0.0 * pressure, 0.0 * day, day)
    excess = positive_part(pressure - alveoli.opening_pressure - closed, alveoli.flow_width)
    return excess / (alveoli.ejection_resistance + nipple.channel_resistance)


@equation
def resorption(x: Gland, p: GlandParameters) -> Annotated[float, "mL/h"]:
    """Return the milk that goes back into blood, mL/h."""
    retained = positive_part(x.mean_fullness - p.resorption_fullness, p.retention_width)
    return x.milk * (p.resorption * retained + p.involuted_resorption * (1.0 - x.tissue))


@equation
def gland_per_hour(
    x: Gland,
    p: GlandParameters,
    alveoli: AlveoliParameters,
    made: Annotated[float, "mL/h"],
    leaked: Annotated[float, "mL/h"],
    signal: Annotated[float, "1/h"],
    activated: Annotated[float, "1/h"],
    fat: Annotated[float, "g/L"],
    c: MilkCompositionParameters,
    suckled: Annotated[float, "1"],
    away: Annotated[float, "1"],
) -> Gland:
    """Return d(Gland)/dt, 1/h. `away` is 0 while a feed itself moves the milk, else 1; `made` holds in both.

    `fat` is that of the milk made.
    """
    back = away * resorption(x, p)
    full = fullness(x)
    pressure = alveolar_pressure(full * alveoli.capacity, 0.0 * full, alveoli)
    over = positive_part(pressure - x.accustomed - p.oedema_pressure, p.pressure_width)
    swells = p.oedema_rise * over + p.oedema_of_activation * maximum(activated, 0.0 * activated)
    retained = positive_part(x.mean_fullness - p.involution_fullness, p.retention_width)
    return Gland(
        away * (made - leaked) - back,
        fat_per_hour(c, x.fat, x.milk, x.capacity, away * made * fat, away * leaked, back),
        signal,
        (full - x.mean_fullness) / p.memory_time,
        (p.response_gain * (p.usual_fullness - x.mean_fullness) - x.log_response) / p.response_time,
        p.regrowth * suckled * (1.0 - x.tissue) - p.involution * retained * x.tissue,
        (made - x.output) / p.memory_time,
        (p.least_capacity + p.capacity_of_output * x.output - x.capacity) / p.capacity_time,
        swells * (1.0 - x.oedema) - x.oedema / p.oedema_time,
        (pressure - x.accustomed) / p.accustomed_time,
        away * made,
        away * leaked,
        back,
    )
