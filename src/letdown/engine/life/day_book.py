"""The books of one life: what adds up within a day, and the rows that a day and a session leave."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from letdown.body.life.birth import z_score
from letdown.body.life.cue_learning import learned_strengths
from letdown.body.life.life import Learning, Life
from letdown.body.life.milk_composition import energy_density
from letdown.body.life.uterine_involution import anteroposterior_diameter, fundal_height, receptor_share
from letdown.engine.life.layout import life_field_index
from letdown.engine.life.program import What
from letdown.engine.life.records import DAY_COLUMNS, LifeResult
from letdown.kernel.total import mean, total

if TYPE_CHECKING:
    from letdown.engine.life.sessions import Entry, FeedResult

__all__ = ["AT_A_STOP", "DayBook"]

FELT_ACTIVATION = 0.3
"""Activation at which milk is felt to come in: the onset of lactation of this program."""

FALLEN_SHARE, FALLEN_Z = 0.1, 1.0
"""Loss of birth weight, and fall of the z-score since birth, from which feeds are topped up; assumptions."""

REGAINED = 0.5
"""Share of that loss within which weight must be again before topping up lessens; an assumption."""

LESS_A_DAY = 0.1
"""How much smaller the share of its appetite that an infant is topped up by then becomes each day; an assumption."""

_STOMACH = (life_field_index("life.first.stomach"), life_field_index("life.second.stomach"))
AT_A_STOP = np.array(
    [
        life_field_index(name)
        for name in ("life.left.oedema", "life.right.oedema", "life.lactogenesis.activation", "life.age", "plan.peak")
    ]
)
"""Fields of a life that its book sees wherever the coarse clock stops."""

_SUMS = (
    "intake", "expressed", "formula", "feeds", "sessions", "pumpings", "let_downs", "available", "taken",
    "fat_mass", "fat_milk", "energy", "unwanted", "cramps",
)  # fmt: skip


class DayBook:
    """Sums of the day under way and the tables of the days closed."""

    def __init__(self, result: LifeResult, days: int, infants: int, keep_starts: bool) -> None:
        self.result, self.infants, self.keep_starts = result, infants, keep_starts
        result.days = np.full((days, len(DAY_COLUMNS)), math.nan)
        self.sessions_today = 0
        self.before: dict[str, float] = dict.fromkeys(
            ("made", "leaked", "resorbed", "cried", "slept", "prolactin"), 0.0
        )
        self.total_taken = 0.0
        self.start_milk = math.nan
        self.last_density = 0.65
        self.last_session_h = math.nan
        self._clear()

    def _clear(self) -> None:
        self.sums = dict.fromkeys(_SUMS, 0.0)
        self.latencies: list[float] = []
        self.befores: list[float] = []
        self.peaks: list[float] = []
        self.swollen = 0.0
        self.sessions_today = 0

    def density(self) -> float:
        """Return the energy of the milk of the last day, kcal/mL."""
        return self.last_density

    def watch(self, stop: list[float]) -> None:
        """Note what is seen at every stop: swelling, the onset of lactation, the peak after the last session.

        `stop` holds the fields `AT_A_STOP` of the life.
        """
        left, right, activation, age, peak = stop
        self.swollen = max(self.swollen, left, right)
        if activation > FELT_ACTIVATION and math.isnan(self.result.onset_h):
            self.result.onset_h = age
        if self.peaks:
            self.peaks[-1] = max(self.peaks[-1], peak)

    def topping_up(self, day: int, x: Life, start: Any, today: float) -> float:
        """Return the share of what it still wants after a feed that an infant is given as formula from now on.

        All of it once it has lost a tenth of its birth weight or a z-score since birth; less from day to day once it
        has regained half of that, so that supply can follow; between the two, as `today`.
        """
        if self._has_fallen(day, x, start, 1.0):
            return 1.0
        less = max(round(today - LESS_A_DAY, 3), 0.0)  # rounded: ten tenths off one leave nothing
        return today if self._has_fallen(day, x, start, REGAINED) else less

    def _has_fallen(self, day: int, x: Life, start: Any, share: float) -> bool:
        infants = zip(
            (x.first, x.second), (start.life.first, start.life.second), start.sexes, start.birth_z, strict=True
        )
        for now, born, sex, z in list(infants)[: self.infants]:
            weight, birth = now.tissue + now.fluid, born.tissue + born.fluid
            if weight < (1.0 - share * FALLEN_SHARE) * birth or z_score(weight, sex, float(day)) < z - share * FALLEN_Z:
                return True
        return False

    def bottle(self, values: NDArray[np.float64], infant: int, milk: float, formula: float, kcal_ml: float) -> None:
        """Write a bottle into an infant and the sums."""
        energy = milk * self.last_density + formula * kcal_ml
        at = _STOMACH[infant]
        values[at] += milk + formula
        values[at + 1] += energy
        values[at + 2] -= energy
        self.sums["intake"] += milk
        self.sums["formula"] += formula
        self.sums["energy"] += energy

    def note_session(self, entry: "Entry", r: "FeedResult") -> None:
        """Add a session to the day."""
        s, session = self.sums, entry.session
        self.sessions_today += 1
        self.total_taken += r.taken
        used = [i for i in (0, 1) if r.removed[i] > 0.0] or [0]
        available = total(entry.milk[i] for i in used)
        if session.what == What.CUE:
            s["unwanted"] += r.let_downs
        else:
            s["sessions"] += session.what == What.FEED
            s["pumpings"] += session.what == What.PUMP
            s["available"] += available + total(r.made[i] for i in used)
            s["taken"] += r.taken
            self.befores.append(entry.prolactin)
            self.peaks.append(max(r.prolactin, entry.prolactin))
        if session.what == What.FEED:
            s["feeds"] += r.breasts
            s["let_downs"] += r.let_downs
            s["intake"] += r.taken
            s["cramps"] += r.cramps
            s["energy"] += r.energy
            if not math.isnan(r.first_let_down_s):
                self.latencies.append(r.first_let_down_s)
        if session.what == What.PUMP:
            s["expressed"] += r.taken
        if not math.isnan(r.fat):
            s["fat_mass"] += r.fat * r.taken
            s["fat_milk"] += r.taken
        self._session_row(entry, r, available)

    def _session_row(self, entry: "Entry", r: "FeedResult", available: float) -> None:
        session = entry.session
        interval = entry.age - self.last_session_h
        if session.what != What.CUE:
            self.last_session_h = entry.age
        self.result.sessions.append(
            (
                entry.lane.day, self.sessions_today, entry.age, session.infant, int(session.what), available,
                *r.removed, r.leaked, r.breasts, r.duration_s, r.let_downs, r.first_let_down_s,
                entry.prolactin, r.prolactin, r.fat, entry.oedema, float(r.satisfied), interval, entry.appetite,
            )
        )  # fmt: skip

    def _since(self, name: str, now: float) -> float:
        step = now - self.before[name]
        self.before[name] = now
        return step

    def close_day(self, day: int, x: Life, learning: Learning, start: Any) -> None:
        """Write the row of a day and begin the next."""
        s, p = self.sums, start.parameters
        if math.isnan(self.start_milk):
            self.start_milk = start.life.left.milk + start.life.right.milk
        strengths = learned_strengths(learning.cues, p.cue_learning)
        weights = [x.first.tissue + x.first.fluid, x.second.tissue + x.second.fluid]
        z = [z_score(w, sex, float(day)) for w, sex in zip(weights, start.sexes, strict=True)]
        fat_content = _ratio(s["fat_mass"], s["fat_milk"])
        glands = (x.left, x.right)
        stored = total(g.milk for g in glands)
        accounts = {name: total(getattr(g, name) for g in glands) for name in ("made", "leaked", "resorbed")}
        imbalance = (
            self.start_milk + accounts["made"] - accounts["leaked"] - accounts["resorbed"] - self.total_taken - stored
        )
        row = dict(
            production_ml=self._since("made", accounts["made"]),
            intake_ml=s["intake"],
            expressed_ml=s["expressed"],
            formula_ml=s["formula"],
            leaked_ml=self._since("leaked", accounts["leaked"]),
            resorbed_ml=self._since("resorbed", accounts["resorbed"]),
            stored_ml=stored,
            feeds=s["feeds"],
            sessions=s["sessions"],
            pumpings=s["pumpings"],
            milk_per_feed_ml=_ratio(s["taken"] - s["expressed"], s["feeds"]),
            let_downs_per_feed=_ratio(s["let_downs"], s["sessions"]),
            first_let_down_s=_mean(self.latencies),
            share_of_available=_ratio(s["taken"], s["available"]),
            fat_g_l=fat_content,
            energy_kcal=s["energy"],
            prolactin_before_ng_ml=_mean(self.befores),
            prolactin_peak_ng_ml=_mean(self.peaks),
            prolactin_mean_ng_ml=self._since("prolactin", x.prolactin_hours) / 24.0,
            weight_kg=weights[0],
            weight_z=z[0],
            second_weight_kg=weights[1],
            second_weight_z=z[1],
            engorgement=max(self.swollen, x.left.oedema, x.right.oedema),
            capacity_ml=x.left.capacity + x.right.capacity,
            tissue=0.5 * (x.left.tissue + x.right.tissue),
            own_cry=strengths.own_cry,
            other_cry=strengths.other_cry,
            thought=strengths.thought,
            usual_hour=strengths.usual_hour,
            preparing=strengths.preparing,
            familiarity=learning.familiarity,
            latch_skill=learning.first_skill,
            unwanted_let_downs=s["unwanted"],
            cried_h=self._since("cried", x.first.cried),
            slept_h=self._since("slept", x.first.slept),
            uterus_cm3=x.uterus.volume,
            uterus_diameter_cm=anteroposterior_diameter(x.uterus, p.uterine_involution),
            fundus_cm=fundal_height(x.uterus, p.uterine_involution),
            receptors=receptor_share(p.body.uterus, 1.0 + x.age // 24.0),
            afterpains=s["cramps"],
            activation=x.lactogenesis.activation,
            milk_imbalance_ml=imbalance,
        )
        self.result.days[day - 1] = [row[name] for name in DAY_COLUMNS]
        self.result.complete_days = day
        self.result.final = x
        if not math.isnan(fat_content):
            self.last_density = energy_density(p.milk_composition, fat_content) / 1000.0
        self._clear()


def _ratio(a: float, b: float) -> float:
    return a / b if b > 0.0 else math.nan


def _mean(values: list[float]) -> float:
    return mean(values) if values else math.nan
