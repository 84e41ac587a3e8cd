"""The mother's report: she presses a button, or says so, when she feels a let-down.

    reported = felt + delay * exp(spread * z);  each sign is reported with a probability; false reports at a low rate

Which let-downs she feels at all is physiology (`letdown.body.sensations`) and is given; this instrument adds what
lies between feeling and the note in the protocol. No number of it is sourced.

Context of use: reports during a session. Recall afterwards is a weaker instrument and is not meant.
"""

import math
from dataclasses import dataclass, field
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from letdown._parameter import Parameters, par, reference
from letdown.instruments.observation import Observation, check_parameters

__all__ = ["SensationReport", "SensationReportParameters"]


class SensationReportParameters(Parameters):
    """Constants of reporting; all are assumptions."""

    delay: float = par(4.0, "s", low=0, high=60, note="median time from feeling to report")
    delay_spread: float = par(0.5, "1", low=0, high=1.5, note="SD of the logarithm of the delay")
    reported: float = par(0.95, "1", low=0, high=1, note="of what is felt; the rest is missed or not said")
    false_per_h: float = par(0.2, "1/h", low=0, high=20, note="reports without a sign")


@final
@dataclass(frozen=True)
class SensationReport:
    """A woman with a button.

    Raises
    ------
    ParameterError
        If a parameter lies outside its range.
    """

    parameters: SensationReportParameters = field(default_factory=lambda: reference(SensationReportParameters))

    def __post_init__(self) -> None:
        """Refuse parameters outside their ranges."""
        check_parameters("sensation_report", self.parameters)

    def observe(self, felt_s: ArrayLike, start_s: float, end_s: float, rng: np.random.Generator) -> Observation:
        """Return what she reports between `start_s` and `end_s`.

        Parameters
        ----------
        felt_s : array_like, shape (n,)
            When she feels a sign, s.
        start_s, end_s : float
            The time in which she is asked to report, s.
        rng : Generator
            Source of misses, delays and false reports.

        Returns
        -------
        Observation
            Times of reports, rising; each value is 1.
        """
        p = self.parameters
        felt = np.sort(np.atleast_1d(np.asarray(felt_s, dtype=float)))
        delays = p.delay * np.exp(p.delay_spread * rng.normal(0.0, 1.0, felt.size))
        said = (felt + delays)[rng.uniform(size=felt.size) < p.reported]
        extra = rng.uniform(start_s, end_s, rng.poisson(p.false_per_h * max(end_s - start_s, 0.0) / 3600.0))
        times = np.sort(np.concatenate([said, extra]))
        times = times[(times >= start_s) & (times <= end_s)]
        return Observation("mother's report", "report", "1", times, np.ones(times.size))

    def chance_of_report(self, within_s: float) -> float:
        """Return the chance that a felt let-down is reported within so many seconds."""
        p = self.parameters
        if p.delay == 0 or p.delay_spread == 0:
            return p.reported if within_s >= p.delay else 0.0
        z = math.log(max(within_s, 1e-9) / p.delay) / p.delay_spread
        return p.reported * 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))
