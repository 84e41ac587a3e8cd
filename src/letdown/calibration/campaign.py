"""A whole calibration: fit, then every row before and after on other women, then each study left out.

campaign = Campaign(seed=1, particles=50, women=64)
fitted = campaign.fit(folder, generations=6)
campaign.write(campaign.report(fitted, women=200), folder)
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from letdown._atomic_file import atomic_file
from letdown._json import json_text
from letdown.body.population import Population, shipped_population
from letdown.body.registry import parameter_hash, reference_parameters
from letdown.calibration.fit import Fitted, calibrate
from letdown.calibration.free import FREE, population_at, values_at
from letdown.calibration.generations import Settings
from letdown.calibration.results import (
    Answer,
    fitted_values,
    leave_one_out,
    result_of,
    row_table,
)
from letdown.calibration.statistics import (
    StudySimulator,
    check_left_out,
    fitted_rows,
    fitted_studies,
    scores_of,
)
from letdown.evidence.validate import Estimate

__all__ = ["LEFT_OUT_IN_TURN", "RESULT", "Campaign", "population_by_hand", "population_fitted"]

RESULT = "result.json"

LEFT_OUT_IN_TURN = (
    "chatterton2000-oxytocin-and-yield",
    "gibbs1977-drip-milk",
    "kent2006-day-of-feeds",
    "kent2008-vacuum",
    "mitoulas2002-pump-and-infant",
    "prime2011-double-pumping",
    "ramsay2005-pump-patterns",
    "ueda1994-stress",
)
"""Studies that are each predicted by a fit without them."""

OTHER_WOMEN = 10_000
"""Added to the seed for the rows before and after: women whom no particle has seen."""

Report = Callable[[int], None]


def population_by_hand() -> Population:
    """Return the population before any fit: free numbers by hand, the others as they ship."""
    return population_at({f.name: f.by_hand for f in FREE}, shipped_population())


def population_fitted(result: dict[str, Any]) -> Population:
    """Return the population with the posterior medians of a result."""
    return population_at({row["name"]: row["posterior"]["median"] for row in result["free"]}, shipped_population())


@final
@dataclass(frozen=True, slots=True)
class Campaign:
    """What decides a calibration, its length apart.

    Parameters
    ----------
    seed : int
        Seed of particles, women and chains.
    particles : int
        Populations tried in a generation; twice as many in the first.
    women : int
        Virtual women of a protocol, for one particle.
    left_out : tuple of str
        Studies that are not fitted.
    """

    seed: int = 1
    particles: int = 50
    women: int = 64
    left_out: tuple[str, ...] = ()

    def settings(self) -> Settings:
        """Return what a run folder is recognised by.

        Raises
        ------
        ScenarioError
            If a study to leave out is not fitted.
        """
        studies = fitted_studies()
        left_out = check_left_out(self.left_out, studies)
        keys = tuple(row.key for row in fitted_rows(studies, left_out))
        names = tuple(f.name for f in FREE)
        model = parameter_hash(reference_parameters())
        return Settings(self.seed, self.particles, self.women, names, keys, left_out, model)

    def total(self, generations: int) -> int:
        """Return the particles of so many generations."""
        return self.particles * (generations + 1)

    def fit(
        self, folder: Path, generations: int, *, resume: bool = True, workers: int = 1, progress: Report | None = None
    ) -> Fitted:
        """Fit, or go on where the folder stopped."""
        settings = self.settings()
        rows = fitted_rows(fitted_studies(), settings.left_out)
        return calibrate(
            StudySimulator(self.women), rows, FREE, population_by_hand(), settings, folder,
            generations=generations, resume=resume, workers=workers, progress=progress,
        )  # fmt: skip

    def report(
        self,
        fitted: Fitted,
        women: int,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> dict[str, Any]:
        """Return the result: posterior, rows before and after on other women, studies left out in turn."""
        settings = self.settings()
        studies = fitted_studies()
        rows = fitted_rows(studies, settings.left_out)
        result = result_of(fitted, rows, FREE, settings)
        after = population_at(fitted_values(fitted, FREE), population_by_hand(), FREE)
        before = _answers(population_by_hand(), women, self.seed, lambda done, total: progress(done, 2 * total))
        now = _answers(after, women, self.seed, lambda done, total: progress(total + done, 2 * total))
        result["rows"] = row_table(fitted_rows(studies), [row.key for row in rows], before, now)
        result["checked_on"] = {"women": women, "seed": self.seed + OTHER_WOMEN}
        result["leave_one_out"] = leave_one_out(
            fitted, rows, [name for name in LEFT_OUT_IN_TURN if name not in settings.left_out], self.seed
        )
        self._simulate_left_out(result, studies=studies, women=women)
        return result

    def _simulate_left_out(self, result: dict[str, Any], *, studies: Any, women: int) -> None:
        """Add to each left-out row what the model itself gives at the posterior median."""
        for table in result["leave_one_out"]:
            values = values_at(np.array(table["medians_z"]), FREE)
            one = [study for study in studies if study.name == table["study"]]
            population = population_at(values, population_by_hand())
            scores = scores_of(population, women, self.seed + OTHER_WOMEN, one)
            found = {s.target.key: s.answer.value for s in scores if isinstance(s.answer, Estimate)}
            for row in table["rows"]:
                row["simulated"] = float(f"{found[row['row']]:.4g}") if row["row"] in found else None

    def write(self, result: dict[str, Any], folder: Path) -> None:
        """Write `result.json` into the folder, whole or not at all."""
        with atomic_file(folder / RESULT) as temporary:
            temporary.write_text(json_text(result), encoding="utf-8")


def _answers(population: Population, women: int, seed: int, progress: Callable[[int, int], None]) -> dict[str, Answer]:
    """Return the model's answer to every row of the fitted studies, suck-resolved, on women no particle has seen."""
    scores = scores_of(population, women, seed + OTHER_WOMEN, fitted_studies(), progress)
    return {s.target.key: Answer(s.answer.value, s.answer.error) for s in scores if isinstance(s.answer, Estimate)}
