"""Published studies of days and months, repeated on virtual dyads: one function a topic.

Each function runs the lactations of some published rows and returns the model's answer to each row by its id. The
rules are constants here and are told in docs/data/lactation_notes.toml.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from letdown.body.life.milk_composition import energy_density
from letdown.body.life.registry import reference_life
from letdown.engine.life.feed_runner import ReflexRunner
from letdown.engine.life.records import DAY_COLUMNS, SESSION_COLUMNS, LifeResult
from letdown.protocol.lactation import LactationScenario, lactation_preset
from letdown.protocol.lactation_build import life_starts
from letdown.simulate import simulate
from letdown.simulate_lactation import run_scenario
from virtual_studies import MILK_G_PER_ML, SEED, Answers, Estimate, Finding, higher, mean, r_squared, share

__all__ = ["LACTATION_TOPICS", "Cohorts"]

ENGORGED = 0.5
"""Oedema that counts as engorgement: a rule of this page."""
INHIBITED_ML = 60.0
"""Milk made a day, days 3-14, below which lactation counts as inhibited: a rule of this page."""
LATE_H = 72.0
MIX = {"second birth": 0.45, "first birth": 0.4, "first birth, caesarean": 0.15}
"""Shares of births in a study of all mothers: an assumption of this page."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cohort:
    """Results of a cohort as arrays (dyad, day)."""

    results: Sequence[LifeResult]

    def column(self, name: str) -> Array:
        """Return one column of the daily table, (dyad, day)."""
        table: Array = np.array([r.days[:, DAY_COLUMNS.index(name)] for r in self.results])
        return table

    def over(self, name: str, first: int, last: int) -> Array:
        """Return each dyad's mean of a column from one day to another, both included; NaN days are left out."""
        means: Array = np.nanmean(self.column(name)[:, first - 1 : last], axis=1)
        return means

    @cached_property
    def onset_h(self) -> Array:
        """Age of onset of each dyad, h; infinite where milk did not come in."""
        return np.array([math.inf if math.isnan(r.onset_h) else r.onset_h for r in self.results])

    def sessions(self, name: str, first: int, last: int) -> list[Array]:
        """Return, for each dyad, one column of its feeds and pumpings from one day to another."""
        column = SESSION_COLUMNS.index(name)
        found = []
        for r in self.results:
            rows = np.array(r.sessions)
            days = rows[:, 0] // 24 + 1
            found.append(rows[(days >= first) & (days <= last) & (rows[:, 2] < 2), column])
        return found


class Cohorts:
    """Virtual dyads, each cohort once."""

    def __init__(self, dyads: int, say: Callable[[str], None] = lambda _: None) -> None:
        self.dyads, self.say = dyads, say
        self._done: dict[str, Cohort] = {}

    def of(self, name: str, days: int, **changes: object) -> Cohort:
        """Return the cohort of a preset with some values changed."""
        scenario = lactation_preset(name).with_values(
            {"days": days, **{k.replace("__", "."): v for k, v in changes.items()}}
        )
        key = scenario.to_toml()
        if key not in self._done:
            self.say(f"{name}, {days} days")
            self._done[key] = Cohort(self._run(scenario))
        return self._done[key]

    def _run(self, scenario: LactationScenario) -> Sequence[LifeResult]:
        return run_scenario(scenario, life_starts(scenario, range(self.dyads), SEED), SEED, ReflexRunner(), None)

    def everyone(self) -> Cohort:
        """Return six months of feeding on demand, whoever thrives."""
        return self.of("demand-feeding", 180)

    def demand(self) -> Cohort:
        """Return those of them who needed no formula: published series are of exclusive breastfeeding."""
        alone = [r for r in self.everyone().results if np.nansum(r.days[:, DAY_COLUMNS.index("formula_ml")]) == 0.0]
        return Cohort(alone)


def volumes(c: Cohorts) -> Answers:
    """Answer the rows of early and later volumes."""
    d = c.demand()
    grams = d.column("intake_ml") * MILK_G_PER_ML
    made = d.column("production_ml")
    feeds = np.maximum(d.column("feeds")[:, 0], 1.0)
    answers: Answers = {
        "LAC01": mean(grams[:, 0]),
        "LAC06": mean(grams[:, 0]),
        "LAC09a": mean(d.column("intake_ml")[:, 0]),
        "LAC07a": mean(grams[:, 0] / feeds),
        "LAC07b": mean(d.column("feeds")[:, 0] / 3.0),
        "LAC09b": mean(d.column("intake_ml")[:, 1]),
        "LAC02": mean(grams[:, 2]),
        "LAC03": mean(grams[:, 4]),
        "LAC08": mean(grams[:, 4]),
        "LAC13": mean(made[:, 7]),
        "SYN09a": mean(d.over("production_ml", 26, 32) * MILK_G_PER_ML),
        "SYN09b": mean(d.over("production_ml", 170, 180) * MILK_G_PER_ML),
        "SYN06a": mean(d.over("production_ml", 26, 32) / 48.0),
        "SYN06b": mean(d.over("production_ml", 170, 180) / 48.0),
        "SYN12a": mean(d.over("production_ml", 30, 180) / 48.0),
        "SYN12b": mean(d.over("production_ml", 30, 180) / 48.0),
        "KEN17": mean(d.over("production_ml", 30, 180) / 2.0 * MILK_G_PER_ML),
        "KEN06": mean(d.over("intake_ml", 30, 180)),
        "AV03": mean(d.over("feeds", 30, 180)),
        "LT01": mean(d.over("intake_ml", 30, 180) * MILK_G_PER_ML / 1000.0),
        "LT07a": mean(d.over("intake_ml", 56, 64)),
        "LT07b": mean(d.over("intake_ml", 116, 124)),
    }
    capacity = [[r.final.left.capacity, r.final.right.capacity] for r in d.results]
    output = [[r.final.left.output, r.final.right.output] for r in d.results]
    r2 = r_squared(np.array(capacity).ravel(), np.array(output).ravel())
    return answers | {"SYN03": Estimate(r2, 2.0 * math.sqrt(r2) * (1.0 - r2) / math.sqrt(2 * c.dyads))}


def milk(c: Cohorts) -> Answers:
    """Answer the rows of fat, energy and the infant's intake of energy."""
    d = c.demand()
    p = reference_life().milk_composition
    rest = energy_density(p, 0.0)
    density = energy_density(p, 1.0) - rest
    return {
        "KEN04": mean(d.over("fat_g_l", 30, 180)),
        "FAT06": mean((d.over("fat_g_l", 28, 112) * density + rest) / 10.0),
        "FED13a": mean(d.over("energy_kcal", 26, 34) / d.over("weight_kg", 26, 34)),
        "FED13b": mean(d.over("energy_kcal", 116, 124) / d.over("weight_kg", 116, 124)),
    }


def prolactin(c: Cohorts) -> Answers:
    """Answer the rows of prolactin."""
    d = c.demand()
    before, peak = d.column("prolactin_before_ng_ml"), d.column("prolactin_peak_ng_ml")

    def after(day: int) -> Array:
        pairs = zip(
            d.sessions("prolactin_peak_ng_ml", day, day), d.sessions("prolactin_before_ng_ml", day, day), strict=True
        )
        return np.array([100.0 * a.mean() / b.mean() for a, b in pairs if a.size])

    highest = np.array([x.max() for x in d.sessions("prolactin_peak_ng_ml", 21, 21)])
    surge = np.nanmean(peak - before, axis=0)[:7]
    basal = np.nanmean(before, axis=0)[:7]
    channel = simulate("breastfeed", seed=SEED).data
    t, level = channel["time"].values, channel["prolactin_ng_ml"].values
    window = (t >= 120.0) & (t <= 120.0 + 900.0)
    last = float(t[window][np.argmax(level[window])] - 120.0) / 60.0
    return {
        "PRL01": mean(d.over("prolactin_before_ng_ml", 28, 32)),
        "PRL02": mean(d.over("prolactin_peak_ng_ml", 28, 32)),
        "PRL03": mean(d.over("prolactin_before_ng_ml", 174, 180)),
        "PRL07": mean(d.over("prolactin_before_ng_ml", 9, 11)),
        "PRL08": mean(d.over("prolactin_before_ng_ml", 174, 180)),
        "PRL09": mean(d.over("prolactin_peak_ng_ml", 10, 180) / d.over("prolactin_before_ng_ml", 10, 180)),
        "PRL16": mean(d.over("prolactin_mean_ng_ml", 20, 22)),
        "PRL18": mean(highest),
        "PRL34a": mean(after(4)),
        "PRL34b": mean(after(6)),
        "PRL15": Finding(last >= 14.9, f"highest sample at {last:.0f} min"),
        "PRL32a": Finding(bool(basal.max() / basal.min() < 1.25), f"days 1-7: {basal[0]:.0f} to {basal[-1]:.0f} ng/mL"),
        "PRL32b": Finding(
            int(np.argmax(surge)) + 1 == 4,
            f"highest on day {int(np.argmax(surge)) + 1} ({surge.max():.0f} ng/mL; day 4: {surge[3]:.0f})",
        ),
    }


def onset(c: Cohorts) -> Answers:
    """Answer the rows of lactogenesis II, weight loss and engorgement."""
    groups = {
        "second birth": c.everyone(),
        "first birth": c.of("demand-feeding", 10, mother__parity=1),
        "first birth, caesarean": c.of("caesarean", 10),
    }
    late = {name: g.onset_h > LATE_H for name, g in groups.items()}
    lost = {}
    for name, g in groups.items():
        weights = g.column("weight_kg")[:, 2]
        birth = np.array(_birth_weights(c.dyads))
        lost[name] = 1.0 - weights / birth >= 0.10

    def mixed(flags: dict[str, NDArray[np.bool_]]) -> Estimate:
        value = sum(MIX[name] * float(f.mean()) for name, f in flags.items())
        return Estimate(100.0 * value, 100.0 * math.sqrt(max(value * (1 - value), 0.01) / (3 * c.dyads)))

    all_late = np.concatenate(list(late.values()))
    all_lost = np.concatenate(list(lost.values()))
    risks = [
        float(all_lost[all_late == flag].mean()) if (all_late == flag).any() else math.nan for flag in (True, False)
    ]
    intakes = [g.column("intake_ml") for g in (groups["first birth, caesarean"], groups["first birth"])]
    early = [x[:, 1:5].mean(axis=1) for x in intakes]
    sixth = [float(x[:, 5].mean()) for x in intakes]
    vaginal_multi = groups["second birth"].onset_h
    section = groups["first birth, caesarean"].onset_h
    return {
        "LAC16": mixed(late),
        "LAC17a": mixed(lost),
        "LAC17b": Estimate(risks[0] / risks[1] if risks[1] else math.nan, math.nan),
        "LAC19a": mean(vaginal_multi[np.isfinite(vaginal_multi)] / 24.0),
        "LAC19b": mean(section[np.isfinite(section)] / 24.0),
        "LAC11a": higher(early[1], early[0], "mL a day, days 2-5, vaginal first"),
        "LAC11b": Finding(sixth[0] > 0.85 * sixth[1], f"day 6: {sixth[0]:.0f} against {sixth[1]:.0f} mL"),
        "ENG01": share((c.everyone().column("engorgement")[:, :7].max(axis=1) > ENGORGED).tolist()),
    }


def _birth_weights(dyads: int) -> list[float]:
    starts = life_starts(lactation_preset("demand-feeding"), range(dyads), SEED)
    return [s.life.first.tissue + s.life.first.fluid for s in starts]


def plasticity(c: Cohorts) -> Answers:
    """Answer the rows of extra expression, pumping alone and long intervals."""
    extra = c.of("extra-expression", 74)
    before, after = (extra.over("production_ml", *days) * MILK_G_PER_ML for days in ((53, 59), (71, 73)))
    control = c.everyone()
    alone = extra.over("formula_ml", 1, 73) == 0.0
    drift = control.over("production_ml", 71, 73) - control.over("production_ml", 53, 59)
    pump = c.of("exclusive-pumping", 28)
    spaced = c.of("exclusive-pumping", 20, **{"plan[0]__hours": [6, 10, 22]})
    yields = {4.0: [], 12.0: []}  # type: dict[float, list[float]]
    columns = ("interval_h", "left_ml", "right_ml")
    for interval, left, right in zip(*(spaced.sessions(name, 12, 20) for name in columns), strict=True):
        for length, per_hour in yields.items():
            near = np.abs(interval - length) < 0.6
            per_hour.append(float(((left + right)[near] / interval[near]).mean()) if near.any() else math.nan)
    return {
        "LT12a": mean(before[alone]),
        "LT12b": mean((after - before - drift * MILK_G_PER_ML)[alone]),
        "LAC24a": mean(pump.over("expressed_ml", 13, 15)),
        "LAC24b": mean(pump.over("expressed_ml", 26, 28)),
        "SYN05": higher(yields[4.0], yields[12.0], "mL/h after 4 h and after 12 h"),
    }


def uterus(c: Cohorts) -> Answers:
    """Answer the rows of the uterus."""
    volume, fundus = c.demand().column("uterus_cm3"), c.demand().column("fundus_cm")
    answers: Answers = {
        key: mean(volume[:, day - 1]) for key, day in (("UT01", 1), ("UT02", 7), ("UT03", 14), ("UT05", 56))
    }
    return answers | {"UT14": mean((fundus[:, 0] - fundus[:, 6]) / 6.0)}


def change(x: Cohort, name: str, before: tuple[int, int], after: tuple[int, int]) -> Estimate:
    """Return the change of a mean from some days to others, per cent."""
    a, b = x.over(name, *before), x.over(name, *after)
    ratio = b.mean() / a.mean()
    spread = np.std(b / a, ddof=1) / math.sqrt(a.size)
    return Estimate(100.0 * (ratio - 1.0), 100.0 * float(spread))


def drugs(c: Cohorts) -> Answers:
    """Answer the rows of drugs and smoke."""
    treated, placebo = c.of("domperidone", 36), c.of("domperidone-control", 36)

    sulpiride, control = c.of("sulpiride", 6), c.of("demand-feeding", 10, mother__parity=1)
    cabergoline, bromocriptine = c.of("cabergoline", 14), c.of("bromocriptine", 14)

    def inhibited(x: Cohort) -> Estimate:
        made = x.column("production_ml")[:, 2:14].max(axis=1)
        return share((made < INHIBITED_ML).tolist())

    def fall(x: Cohort, day: int) -> Estimate:
        level = x.column("prolactin_mean_ng_ml")
        term = 168.0
        return mean(100.0 * (level[:, day - 1] / term - 1.0))

    return {
        "DRG01a": change(treated, "expressed_ml", (19, 21), (34, 36)),
        "DRG01b": change(placebo, "expressed_ml", (19, 21), (34, 36)),
        "DRG02a": change(treated, "prolactin_before_ng_ml", (19, 21), (34, 36)),
        "DRG02b": change(placebo, "prolactin_before_ng_ml", (19, 21), (34, 36)),
        "DRG06a": mean(5.0 * sulpiride.over("intake_ml", 1, 5)),
        "DRG06b": mean(5.0 * control.over("intake_ml", 1, 5)),
        "DRG09a": inhibited(cabergoline),
        "DRG09b": inhibited(bromocriptine),
        "DRG11a": fall(cabergoline, 5),
        "DRG11b": fall(bromocriptine, 3),
    }


def exposures(c: Cohorts) -> Answers:
    """Answer the rows of pills and smoke."""
    pill, none = c.of("combined-pill", 168), c.everyone()
    mini = c.of("combined-pill", 168, **{"plan[0]__kind": "minipill"})
    smoker = c.of("smoking", 90)
    basal = [x.over("prolactin_before_ng_ml", 7, 21) for x in (none, smoker)]
    surges = [x.over("prolactin_peak_ng_ml", 7, 21) - b for x, b in zip((none, smoker), basal, strict=True)]
    kept = float(surges[1].mean() / surges[0].mean())
    return {
        "DRG13a": change(pill, "production_ml", (39, 42), (165, 168)),
        "DRG13b": change(mini, "production_ml", (39, 42), (165, 168)),
        "DRG13c": change(none, "production_ml", (39, 42), (165, 168)),
        "DRG14a": mean(smoker.over("intake_ml", 30, 90) * MILK_G_PER_ML),
        "DRG14b": mean(none.over("intake_ml", 30, 90) * MILK_G_PER_ML),
        "PRL45a": higher(basal[0].tolist(), basal[1].tolist(), "ng/mL before feeds, no smoke and smoke"),
        "PRL45b": Finding(0.85 < kept < 1.15, f"surge of smokers {100 * kept:.0f} % of the others'"),
    }


LACTATION_TOPICS: tuple[Callable[[Cohorts], Answers], ...] = (
    volumes,
    milk,
    prolactin,
    onset,
    plasticity,
    uterus,
    drugs,
    exposures,
)
"""One function a topic."""
