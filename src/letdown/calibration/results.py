"""What a calibration found, as the result file that ships with the package.

Contraction of a free number is 1 - (posterior sd / prior sd), both in units of the prior: 1 if the rows say all,
0 if they say nothing. Every number of the file is finite or null; the file is strict JSON.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from letdown._errors import OutputError
from letdown._json import json_text
from letdown._structured_text import file_values
from letdown.calibration.fit import Fitted, FittedRow
from letdown.calibration.free import LIMIT, AbstractFree
from letdown.calibration.generations import Settings
from letdown.calibration.posterior import sample_posterior

__all__ = [
    "SHIPPED",
    "Answer",
    "fitted_values",
    "leave_one_out",
    "read_result",
    "result_of",
    "row_table",
    "verdict",
]

LONGEST_RESULT = 10_000_000
"""More than the result of a calibration can hold, bytes."""

SHIPPED = Path(__file__).with_name("fitted.json")

Array = NDArray[np.float64]

PINNED, WEAKLY = 0.5, 0.2
"""Contraction from which a number counts as pinned down, or weakly so."""

RANGE = (0.05, 0.5, 0.95)


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """The model's answer to one row: a number with its Monte-Carlo error."""

    value: float
    error: float

    def deviation(self, row: FittedRow) -> float:
        """Return (model - published) / sqrt(SE^2 + Monte-Carlo error^2)."""
        return (self.value - row.value) / math.hypot(row.error, self.error)


def verdict(contraction: float) -> str:
    """Return what the rows say about a number."""
    return "pinned" if contraction >= PINNED else "weakly" if contraction >= WEAKLY else "not pinned"


def fitted_values(fitted: Fitted, free: Sequence[AbstractFree]) -> dict[str, float]:
    """Return the posterior median of each free number, to four digits: what the package ships."""
    medians = np.median(fitted.posterior.z, axis=0)
    return {f.name: float(f"{f.value(float(z)):.4g}") for f, z in zip(free, medians, strict=True)}


def result_of(
    fitted: Fitted, rows: Sequence[FittedRow], free: Sequence[AbstractFree], settings: Settings
) -> dict[str, Any]:
    """Return settings, priors, posterior, identifiability and the emulated rows of a calibration."""
    z = fitted.posterior.z
    low, middle, high = np.quantile(z, RANGE, axis=0)
    prior = np.quantile(_prior_draws(), RANGE)
    contraction = 1.0 - z.std(axis=0) / _prior_draws().std()
    body: dict[str, Any] = {
        "settings": json.loads(json.dumps(asdict(settings))),
        "generations": len(fitted.generations),
        "particles": sum(len(g.z) for g in fitted.generations),
        "sampler": {
            "steps": fitted.posterior.steps,
            "draws": len(z),
            "acceptance": _digits(fitted.posterior.acceptance),
            "autocorrelation_steps": _digits(fitted.posterior.autocorrelation),
        },
        "free": [
            {
                "name": f.name,
                "by_hand": f.by_hand,
                "prior": _span([f.value(float(q)) for q in prior]),
                "prior_says": f.why,
                "posterior": _span([f.value(float(q)) for q in (low[i], middle[i], high[i])]),
                "contraction": _digits(float(contraction[i])),
                "verdict": verdict(float(contraction[i])),
            }
            for i, f in enumerate(free)
        ],
        "posterior_correlation": [[_digits(float(r)) for r in line] for line in np.atleast_2d(np.corrcoef(z.T))],
        "emulator": [
            {
                "row": row.key,
                "explained": _digits(float(fitted.emulator.explained[i])),
                "lack_of_fit": _digits(float(np.sqrt(fitted.emulator.lack[i]))),
            }
            for i, row in enumerate(rows)
        ],
    }
    digest = hashlib.sha256(json_text(body).encode()).hexdigest()[:8]
    return {"format": 1, "id": digest, **body}


def row_table(
    rows: Sequence[FittedRow],
    fitted_keys: Sequence[str],
    before: Mapping[str, Answer],
    after: Mapping[str, Answer],
) -> list[dict[str, Any]]:
    """Return every row with the model's answer before and after the fit."""
    return [
        {
            "row": row.key,
            "study": row.study,
            "published": row.value,
            "error": _digits(row.error),
            "fitted": row.key in fitted_keys,
            "before": _answer(before[row.key], row),
            "after": _answer(after[row.key], row),
        }
        for row in rows
        if row.key in before and row.key in after
    ]


def leave_one_out(fitted: Fitted, rows: Sequence[FittedRow], studies: Sequence[str], seed: int) -> list[dict[str, Any]]:
    """Return, for each study, its rows as predicted by a posterior that has not seen them.

    The posterior is sampled anew without the study's rows; the particles, and so the emulator, are those of the
    calibration. A row that reports the same fact in another study (FL21 and KEN09) stays with its own study.
    Deviation = (predicted median - published) / sqrt(SE^2 + predictive sd^2).
    """
    tables = []
    for number, study in enumerate(studies):
        keep = [i for i, row in enumerate(rows) if row.study != study]
        seen, seen_errors = np.array([[rows[i].value, rows[i].error] for i in keep]).T
        dimensions = fitted.posterior.z.shape[1]
        posterior = sample_posterior(
            fitted.emulator.only(keep),
            seen,
            seen_errors,
            dimensions,
            (seed, 1000 + number),
            fitted.possible,
            steps=1500,
        )
        few = posterior.z[:: max(1, len(posterior.z) // 1000)]
        means, variances = fitted.emulator.mean(few), fitted.emulator.variance(few)
        noise = np.random.default_rng((seed, number)).standard_normal(means.shape)
        predicted = means + np.sqrt(variances) * noise
        tables.append(
            {
                "study": study,
                "medians_z": [_digits(float(m)) for m in np.median(posterior.z, axis=0)],
                "rows": [
                    _predicted(row, predicted[:, i], fitted) | {"with": _digits(float(fitted_mean(fitted)[i]))}
                    for i, row in enumerate(rows)
                    if row.study == study
                ],
            }
        )
    return tables


def fitted_mean(fitted: Fitted) -> Array:
    """Return the emulated rows at the posterior median."""
    mean: Array = fitted.emulator.mean(np.median(fitted.posterior.z, axis=0)[None, :])[0]
    return mean


def _predicted(row: FittedRow, draws: Array, fitted: Fitted) -> dict[str, Any]:
    low, middle, high = (float(q) for q in np.quantile(draws, RANGE))
    return {
        "row": row.key,
        "published": row.value,
        "error": _digits(row.error),
        "predicted": _span([low, middle, high]),
        "deviation": _digits((middle - row.value) / math.hypot(row.error, float(draws.std()))),
    }


def read_result(path: Path = SHIPPED) -> dict[str, Any]:
    """Return the result of a calibration.

    Raises
    ------
    OutputError
        If the file cannot be read as one.
    """
    result = file_values(path, LONGEST_RESULT, OutputError, "the result of a calibration, made by `letdown calibrate`")
    if result.get("format") != 1:
        raise OutputError(f"{path} is not the result of a calibration; make one with `letdown calibrate`.")
    return result


def _prior_draws() -> Array:
    """Return a fine grid of quantiles of the prior: a standard normal cut at +-LIMIT."""
    draws = np.random.default_rng(0).standard_normal(200_000)
    return draws[np.abs(draws) <= LIMIT]


def _span(numbers: Sequence[float]) -> dict[str, float]:
    low, middle, high = sorted(numbers)
    return {"low": _digits(low), "median": _digits(middle), "high": _digits(high)}


def _answer(answer: Answer, row: FittedRow) -> dict[str, float]:
    return {
        "value": _digits(answer.value),
        "error": _digits(answer.error),
        "deviation": _digits(answer.deviation(row)),
    }


def _digits(x: float) -> float:
    return float(f"{x:.4g}")
