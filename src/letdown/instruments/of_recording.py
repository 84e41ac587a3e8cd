"""Instruments on a `Recording`: which of its channels each one reads. Everything else is arrays.

rng = numpy.random.default_rng(1)
weighed = weighed_milk(recording, "right", Balance(), rng)
"""

import numpy as np

from letdown._errors import RecordingError
from letdown.engine.run import SignName
from letdown.instruments.balance import Balance
from letdown.instruments.blood_draws import BloodDraws
from letdown.instruments.breast_volume import BreastVolume
from letdown.instruments.observation import Array, Observation
from letdown.instruments.scoring import TrueLetDown
from letdown.instruments.sensation_report import SensationReport
from letdown.instruments.ultrasound import DuctUltrasound
from letdown.recording import SIDES, Recording

__all__ = ["drawn_oxytocin", "reported_let_downs", "scanned_duct", "true_let_downs", "volume_of_breast", "weighed_milk"]


def weighed_milk(recording: Recording, side: str, balance: Balance, rng: np.random.Generator) -> Observation:
    """Return the mass, g, of what has left one breast ("left" or "right")."""
    return balance.observe(*_sided(recording, "removed_ml", side), rng)


def scanned_duct(recording: Recording, side: str, scan: DuctUltrasound, rng: np.random.Generator) -> Observation:
    """Return the diameter, mm, of a main duct of one breast."""
    return scan.observe(*_sided(recording, "duct_diameter_mm", side), rng)


def drawn_oxytocin(recording: Recording, draws: BloodDraws, rng: np.random.Generator) -> Observation:
    """Return oxytocin in drawn blood, pg/mL."""
    time, values = _channel(recording, "oxytocin_pg_ml")
    return draws.observe(time, values, rng)


def volume_of_breast(
    recording: Recording, side: str, measurement: BreastVolume, moments_s: Array, rng: np.random.Generator
) -> Observation:
    """Return the volume, mL, of one breast with its alveolar and ductal milk at some moments."""
    time, alveolar = _sided(recording, "alveolar_milk_ml", side)
    milk = alveolar + _sided(recording, "ductal_milk_ml", side)[1]
    return measurement.observe(moments_s, np.interp(moments_s, time, milk), rng)


def reported_let_downs(recording: Recording, report: SensationReport, rng: np.random.Generator) -> Observation:
    """Return the times, s, at which the mother reports tingling or a cramp."""
    run = recording.run()
    felt = [sign.time_s for sign in run.signs if sign.name in (SignName.TINGLING, SignName.UTERINE_CRAMP)]
    return report.observe(np.array(felt), 0.0, run.totals.duration_s, rng)


def true_let_downs(recording: Recording, side: str) -> list[TrueLetDown]:
    """Return the true let-downs with the milk each brought out of one breast, mL."""
    number = _number_of(side)
    return [
        TrueLetDown(d.onset_s, d.end_s, (d.removed_left_ml, d.removed_right_ml)[number])
        for d in recording.run().let_downs
    ]


def _number_of(side: str) -> int:
    if side not in SIDES:
        raise RecordingError(f"There is no breast {side!r}; give left or right.")
    return SIDES.index(side)


def _sided(recording: Recording, name: str, side: str) -> tuple[Array, Array]:
    number = _number_of(side)
    time, values = _channel(recording, name)
    return time, values[:, number]


def _channel(recording: Recording, name: str) -> tuple[Array, Array]:
    """Return times and values of a channel; a run repeats its last time where it stops between two rows."""
    run = recording.run()
    if name not in run.channels:
        raise RecordingError(f"The recording has no {name}; simulate the feed again.")
    time, index = np.unique(run.time_s, return_index=True)
    return time, run.channels[name][index]
