"""What a feed came to, from the numbers of its lane: bursts, signs, let-downs merged by definition, totals, warnings.

Plain numbers go in, so that a cohort reads its arrays once for all dyads and one feed is read by the same code.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown.body.sensations import Signs
from letdown.engine.burst_source import Discharge
from letdown.engine.event_log import MERGE_S, LogKind, Seen
from letdown.engine.lane_queue import Served
from letdown.engine.layout import field_index
from letdown.engine.program import END_REASONS
from letdown.engine.run import Burst, EndReason, FeedAccount, LetDown, Sign, SignName, Totals

__all__ = ["OVERFULL", "Ended", "Noted", "account", "bursts", "let_downs", "noted_rows", "rounded_time", "signs",
           "totals", "warnings"]  # fmt: skip

OVERFULL = 1.15
"""Fullness above which a run says that the breast left the range of the model."""

DIGITS = 6
"""Decimals of a time: microseconds, so that sums of ticks print as what they are."""

_SIGN_NAMES = {
    "active_suck_swallow": SignName.ACTIVE_SUCK_SWALLOW,
    "drip_left": SignName.CONTRALATERAL_DRIP,
    "drip_right": SignName.CONTRALATERAL_DRIP,
    "tingling": SignName.TINGLING,
    "uterine_cramp": SignName.UTERINE_CRAMP,
    "thirst": SignName.THIRST,
}
_FELT = (SignName.TINGLING, SignName.UTERINE_CRAMP)

Array = NDArray[np.float64]


class Ended(NamedTuple):
    """Accounts of a feed at its end: milk of the left and the right breast in mL, oxytocin secreted in pg."""

    ejected_left: float
    ejected_right: float
    removed_left: float
    removed_right: float
    leaked_left: float
    leaked_right: float
    synthesised_left: float
    synthesised_right: float
    alveolar_left: float
    alveolar_right: float
    ductal_left: float
    ductal_right: float
    secreted: float


ENDED = tuple(
    field_index(path)
    for path in (
        "left.ejected", "right.ejected", "left.removed", "right.removed", "left.leaked", "right.leaked",
        "left.synthesised", "right.synthesised", "left.alveolar_milk", "right.alveolar_milk", "left.ductal_milk",
        "right.ductal_milk", "dyad.plasma.secreted",
    )
)  # fmt: skip
"""Where the numbers of `Ended` lie in the fields of a dyad."""

_BEGUN = tuple(
    field_index(f"parameters.{path}")
    for path in ("plasma.basal_level", "left.alveoli.capacity", "right.alveoli.capacity")
)


class Noted(NamedTuple):
    """What the engine noted of one feed.

    Rows of `log` and the columns of `seen` are those of `event_log`; `milk` is that of the left and the right breast
    at the start, mL, `basal` oxytocin before, pg/mL, `capacity` that of the breasts, mL.
    """

    log: list[list[float]]
    seen: list[float]
    ended: Ended
    milk: tuple[float, float]
    basal: float
    capacity: tuple[float, float]
    discharge: Discharge | None


def noted_rows(served: Served, milk_left: Array, milk_right: Array) -> list[Noted]:
    """Return what was noted of every dyad of a queue; milk at the start in mL, one number a dyad."""
    queue = served.queue
    seen = queue.seen.tolist()
    ended = queue.final[:, ENDED].tolist()
    begun = queue.start[:, _BEGUN].tolist()
    milk = list(zip(milk_left.tolist(), milk_right.tolist(), strict=True))
    return [
        Noted(log.tolist(), seen[k], Ended(*ended[k]), milk[k], begun[k][0], (begun[k][1], begun[k][2]), discharge)
        for k, (log, discharge) in enumerate(zip(served.logs, served.discharges, strict=True))
    ]


def account(
    noted: Noted, seed: int, dyad: int, traits: dict[str, float], about: tuple[str, str], notes: tuple[str, ...]
) -> FeedAccount:
    """Return what a feed came to; `about` is the name of its scenario and the scenario as TOML, `notes` on all runs."""
    found, came = signs(noted), totals(noted)
    return FeedAccount(
        bursts=bursts(noted),
        let_downs=let_downs(noted, found),
        signs=found,
        totals=came,
        seed=seed,
        dyad=dyad,
        traits=traits,
        warnings=warnings(noted, came) + notes,
        scenario=about[0],
        scenario_toml=about[1],
    )


def rounded_time(value: float) -> float:
    """Return a time in s without the rounding of its sum of ticks."""
    return round(value, DIGITS)


def bursts(noted: Noted) -> tuple[Burst, ...]:
    """Return the bursts of a feed."""
    if noted.discharge is not None:
        rows = noted.discharge.bursts.tolist()
    else:
        rows = [(row[0], row[2], row[3]) for row in noted.log if row[1] == LogKind.BURST]
    return tuple(Burst(rounded_time(onset), share, pg / 1000.0) for onset, share, pg in rows)


def signs(noted: Noted) -> tuple[Sign, ...]:
    """Return the signs of a feed."""
    found = []
    for row in noted.log:
        if row[1] == LogKind.SIGN:
            field = Signs._fields[int(row[2])]
            infant_side = "right" if row[3] > 0.5 else "left"
            side = {"active_suck_swallow": infant_side, "drip_left": "left", "drip_right": "right"}.get(field)
            found.append(Sign(_SIGN_NAMES[field], rounded_time(row[0]), side))
    return tuple(found)


def let_downs(noted: Noted, found: tuple[Sign, ...]) -> tuple[LetDown, ...]:
    """Return the let-downs: onsets and ends paired, close ones merged, milk counted from onset to next onset."""
    ends = [rounded_time(row[0]) for row in noted.log if row[1] == LogKind.LET_DOWN_ENDS]
    finish = rounded_time(noted.seen[Seen.END_TIME])
    spans: list[list[Any]] = []
    for row in noted.log:
        if row[1] != LogKind.LET_DOWN_BEGINS:
            continue
        end = min((e for e in ends if e > row[0]), default=finish)
        if spans and row[0] - spans[-1][1] < MERGE_S:
            spans[-1][1] = end
        else:
            spans.append([row, end])
    nexts = [row[2:] for row, _ in spans[1:]] + [noted.ended[:4]]
    felt = [sign.time_s for sign in found if sign.name in _FELT]
    came = []
    for (row, end), after in zip(spans, nexts, strict=False):
        milk = [later - now for later, now in zip(after, row[2:], strict=True)]
        is_felt = any(row[0] <= time <= end + MERGE_S for time in felt)
        came.append(LetDown(rounded_time(row[0]), rounded_time(end), milk[0], milk[1], milk[2], milk[3], is_felt))
    return tuple(came)


def totals(noted: Noted) -> Totals:
    """Return the accounts of a feed."""
    seen, e = noted.seen, noted.ended
    latch = next((row[0] for row in noted.log if row[1] == LogKind.LATCH), None)
    return Totals(
        available_ml=noted.milk,
        removed_ml=(e.removed_left, e.removed_right),
        leaked_ml=(e.leaked_left, e.leaked_right),
        synthesised_ml=(e.synthesised_left, e.synthesised_right),
        remaining_ml=(e.alveolar_left + e.ductal_left, e.alveolar_right + e.ductal_right),
        oxytocin_secreted_ng=e.secreted / 1000.0,
        oxytocin_baseline_pg_ml=noted.basal,
        oxytocin_peak_pg_ml=seen[Seen.OXYTOCIN_PEAK],
        oxytocin_peak_time_s=rounded_time(seen[Seen.OXYTOCIN_PEAK_TIME]),
        flow_peak_ml_s=seen[Seen.FLOW_PEAK],
        first_latch_s=None if latch is None else rounded_time(latch),
        duration_s=rounded_time(seen[Seen.END_TIME]),
        end_reason=END_REASONS[int(seen[Seen.END_REASON])],
    )


def warnings(noted: Noted, came: Totals) -> tuple[str, ...]:
    """Return a sentence for each thing that a reader of the feed should know."""
    notes = []
    if came.end_reason is EndReason.MAX_DURATION:
        notes.append(f"The run reached its longest time, {came.duration_s:g} s, before its protocol had ended.")
    for side, milk, capacity in zip(("left", "right"), came.remaining_ml, noted.capacity, strict=True):
        if milk > OVERFULL * capacity:
            notes.append(
                f"The {side} breast held more than {OVERFULL:g} times its capacity: outside the model's range."
            )
    if noted.discharge is not None and noted.discharge.lost_spikes:
        notes.append(f"{noted.discharge.lost_spikes} spikes were not listed.")
    return tuple(notes)
