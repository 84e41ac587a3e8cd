"""The let-down detectors held to the truth of simulated sessions: writes the tables of docs/instruments.md.

    python docs/detector_scores.py

The rules of the detectors were chosen on sessions of another seed (11); the women here (seed 2027) are fresh.
"""

import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from letdown._parameter import reference
from letdown.engine.burst_source import SurrogateNeurones
from letdown.engine.cohort_run import run_dyads
from letdown.engine.results import TRACED, make_run
from letdown.instruments.balance import Balance
from letdown.instruments.detection import Detection
from letdown.instruments.disturbances import bumps, drop_outs, slow_drift, tare_jumps, uneven_sampling
from letdown.instruments.duct_response_detector import DuctResponseDetector
from letdown.instruments.let_down_detector import LetDownDetector, LetDownDetectorParameters
from letdown.instruments.milk_signal import CollectedMilk
from letdown.instruments.observation import Observation
from letdown.instruments.scoring import Score, TrueLetDown, score
from letdown.instruments.ultrasound import DuctUltrasound
from letdown.protocol.build import build_program, trait_starts
from letdown.protocol.scenario import preset

__all__ = [
    "DISTURBANCES",
    "PUMPINGS",
    "SEED",
    "Session",
    "balance_score",
    "detector_for",
    "duct_score",
    "main",
    "sessions",
]

PAGE = Path(__file__).with_name("instruments.md")
SEED = 2027
SESSIONS = 200
PUMPINGS = {"pump-15-min": 0.0, "pump-classic-10-min": 0.0, "pump-5-min": 120.0}
"""Presets of pumping the right breast, and when the pump starts, s."""

Change = Callable[[Observation, np.random.Generator], Observation]
DISTURBANCES: tuple[Change, ...] = (drop_outs, tare_jumps, bumps, slow_drift, uneven_sampling)

Array = NDArray[np.float64]


class Session(NamedTuple):
    """One simulated session: truth, and what instruments can be pointed at."""

    number: int
    truth: list[TrueLetDown]
    time_s: Array
    milk_ml: Array  # that left the right breast
    duct_mm: Array  # of the breast with less milk removed


def sessions(name: str, count: int, *, seed: int = SEED, start_s: float = 0.0) -> list[Session]:
    """Simulate a preset with `count` virtual women; what happens before `start_s` is left out."""
    scenario = preset(name)
    program, source = build_program(scenario), SurrogateNeurones()
    starts, traits = trait_starts(scenario, range(count), seed)
    lanes = run_dyads(starts, program, seed=seed, source=source, channels=TRACED, every=100)
    found = []
    for lane, factors in zip(lanes, traits, strict=True):
        run = make_run(
            lane, program, source, seed, dyad=lane.start.dyad, traits=factors, scenario=name, scenario_toml=""
        )
        time, index = np.unique(run.time_s, return_index=True)
        index, time = index[time >= start_s], time[time >= start_s]
        removed = run.channels["removed_ml"]
        quiet = int(removed[-1, 0] > removed[-1, 1])
        truth = [TrueLetDown(d.onset_s, d.end_s, d.removed_right_ml) for d in run.let_downs if d.onset_s >= start_s]
        duct = run.channels["duct_diameter_mm"][index, quiet]
        found.append(Session(lane.start.dyad, truth, time, removed[index, 1], duct))
    return found


def detector_for(balance: Balance) -> LetDownDetector:
    """Return the detector that knows the delay of a balance, as a run with water would show it."""
    return LetDownDetector(reference(LetDownDetectorParameters)._replace(delay=balance.delay_s()))


def _undisturbed(observation: Observation, _: np.random.Generator) -> Observation:
    return observation


def balance_score(found: Sequence[Session], balance: Balance, change: Change = _undisturbed) -> Score:
    """Weigh the milk of sessions, disturb the readings, detect, and score; the rule is `Balance.visible_ml`."""
    detector, density = detector_for(balance), balance.parameters.density
    detections: list[Detection] = []
    for session in found:
        rng = np.random.default_rng([SEED, session.number])
        weighed = change(balance.observe(session.time_s, session.milk_ml, rng), rng)
        detections.append(detector.detect(CollectedMilk(weighed.time_s, weighed.value / density)))
    return score([session.truth for session in found], detections, least_ml=balance.visible_ml())


def duct_score(found: Sequence[Session], scan: DuctUltrasound) -> Score:
    """Scan the duct of the breast that is not used, detect, and score against all let-downs."""
    detections = []
    for session in found:
        seen = scan.observe(session.time_s, session.duct_mm, np.random.default_rng([SEED, session.number]))
        detections.append(DuctResponseDetector().detect(seen.time_s, seen.value))
    return score([session.truth for session in found], detections)


HEAD = (
    "| Sessions | Let-downs | found, visible ones | found, all | false alarms a session | onset error, s (SD) |\n"
    "|---|---|---|---|---|---|"
)


def _row(name: str, s: Score) -> str:
    onset = s.onset_error_s()
    return (
        f"| {name} | {s.all_let_downs} ({s.let_downs} visible) | {s.sensitivity()} | {s.sensitivity_of_all()} | "
        f"{s.false_alarms_per_session()}, {s.of_them_splits} of {s.false_alarms} splits | "
        f"{onset.value:+.1f} ({s.onset_spread_s():.1f}) |"
    )


def score_tables(count: int = SESSIONS) -> str:
    """Return the table of scores: by protocol, by noise, by disturbance, and of ultrasound."""
    pools = {name: sessions(name, count, start_s=start) for name, start in PUMPINGS.items()}
    rows = [_row(f"balance, `{name}`", balance_score(pool, Balance())) for name, pool in pools.items()]
    usual, pool = Balance().parameters, pools["pump-15-min"]
    for times in (0.5, 2.0, 3.0):
        loud = Balance(usual._replace(reading_sd=usual.reading_sd * times))
        rows.append(_row(f"`pump-15-min`, noise × {times:g}", balance_score(pool, loud)))
    for change in DISTURBANCES:
        words = change.__name__.replace("_", " ")
        rows.append(_row(f"`pump-15-min`, {words}", balance_score(pool, Balance(), change)))
    scan = DuctUltrasound()
    rows.append(_row("duct ultrasound, `pump-15-min`", duct_score(pool, scan)))
    feeds = sessions("breastfeed-one-breast", count)
    rows.append(_row("duct ultrasound, `breastfeed-one-breast`", duct_score(feeds, scan)))
    return "\n".join([HEAD, *rows])


def confidence_table(count: int = SESSIONS) -> str:
    """Return how often detections of a confidence were true, over three noises of the balance."""
    usual = Balance().parameters
    scores = [
        balance_score(
            sessions(name, count, start_s=start), Balance(usual._replace(reading_sd=usual.reading_sd * times))
        )
        for name, start in PUMPINGS.items()
        for times in (1.0, 2.0, 3.0)
    ]
    said = np.concatenate([s.confidences for s in scores])
    true = np.concatenate([s.true for s in scores])
    rows = ["| Confidence | Detections | mean confidence | share true |", "|---|---|---|---|"]
    edges = (0.0, 0.6, 0.8, 0.9, 0.95, 1.0)
    for low, high in pairwise(edges):
        inside = (said >= low) & (said < high)
        if inside.any():
            rows.append(
                f"| {low:g}-{high:g} | {inside.sum()} | {said[inside].mean():.2f} | {true[inside].mean():.2f} |"
            )
    return "\n".join(rows)


def replace_block(text: str, name: str, content: str) -> str:
    """Return a page with the block between its two markers replaced."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    head, rest = text.split(begin)
    _, tail = rest.split(end)
    return f"{head}{begin}\n\n{content}\n\n{end}{tail}"


def instrument_table() -> str:
    """Return every parameter of the instruments with unit, range and source."""
    from letdown.instruments.registry import instrument_parameter_rows

    rows = ["| Parameter | Value | Range | Source | Note |", "|---|---|---|---|---|"]
    for row in instrument_parameter_rows():
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        source = f"{row['cite']}, {row['evidence']}" if row["cite"] else row["evidence"]
        rows.append(
            f"| `{row['path']}` | {row['value']:g}{unit} | {row['low']:g}-{row['high']:g} | {source} | {row['note']} |"
        )
    return "\n".join(rows)


def main(arguments: Sequence[str] = ()) -> None:
    """Write the tables into the page."""
    page = replace_block(PAGE.read_text(encoding="utf-8"), "parameters", instrument_table())
    if "--tables" not in arguments:
        page = replace_block(page, "scores", score_tables())
        page = replace_block(page, "confidence", confidence_table())
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
