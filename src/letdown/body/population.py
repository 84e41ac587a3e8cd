"""The population that virtual dyads are drawn from: medians, spreads and correlations of the personal traits.

    ln f = ln m + sigma x,    x = L z,    L L^T = R

f is the factor of a trait, m its median, R the correlations of the traits, L the lower Cholesky factor of R and z
standard normal numbers, one a dyad and trait (a Gaussian copula). A loading multiplies f by the factor of another
trait to a power. Spreads within a woman, from feed to feed, are factors of their own with median 1.

Left out: skewness of ln f, tails, and correlations that change with time. Numbers and sources: population.toml.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from letdown._errors import ParameterError
from letdown._structured_text import file_values
from letdown.kernel.elementary import exp, sqrt
from letdown.kernel.power import power
from letdown.kernel.total import total

__all__ = ["POPULATION", "Loading", "Population", "Spread", "read_population", "shipped_population"]

LONGEST_FILE = 1_000_000
"""More than a population can hold, bytes."""

POPULATION = Path(__file__).with_name("population.toml")

Array = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class Spread:
    """Distribution of one trait's factor: its median, sigma of its logarithm, and where they come from."""

    median: float
    sigma: float
    cite: str | None = None
    note: str = ""


@final
@dataclass(frozen=True, slots=True)
class Loading:
    """The factor of `trait` is multiplied by that of the trait `on` to the power `exponent`."""

    trait: str
    on: str
    exponent: float
    note: str = ""


@final
@dataclass(frozen=True)
class Population:
    """Joint distribution of the personal traits.

    Parameters
    ----------
    between : mapping of str to Spread
        Spread of each trait between dyads, by the trait's name; the order is that of the rows of `correlation`.
    correlation : mapping of (str, str) to float
        Correlations of ln f that are not 0, each pair once.
    loadings : tuple of Loading
        Applied in their order after the draw.
    within : mapping of str to Spread
        Spread of a trait from feed to feed of one dyad; its median is 1.

    Raises
    ------
    ParameterError
        If a number is out of range, a name is unknown, or the correlations cannot hold together.
    """

    between: Mapping[str, Spread]
    correlation: Mapping[tuple[str, str], float]
    loadings: tuple[Loading, ...] = ()
    within: Mapping[str, Spread] | None = None

    def __post_init__(self) -> None:
        """Check names, ranges and positive definiteness."""
        for name, spread in [*self.between.items(), *(self.within or {}).items()]:
            if not (math.isfinite(spread.median) and spread.median > 0.0 and 0.0 <= spread.sigma <= 2.0):
                raise ParameterError(
                    f"The trait {name} has median {spread.median:g} and sigma {spread.sigma:g}; give a median above 0 "
                    "and a sigma from 0 to 2."
                )
        pairs = [*self.correlation, *((loading.trait, loading.on) for loading in self.loadings)]
        for name in [*(name for pair in pairs for name in pair), *(self.within or {})]:
            if name not in self.between:
                raise ParameterError(f'"{name}" is not a trait; give one of {", ".join(self.between)}.')
        for (a, b), r in self.correlation.items():
            if a == b or (b, a) in self.correlation or not -1.0 < r < 1.0:
                raise ParameterError(
                    f"The correlation of {a} and {b} is {r:g}; name two traits once, with a number between -1 and 1."
                )
        _ = self.cholesky

    @cached_property
    def matrix(self) -> Array:
        """Correlations of all traits, in the order of `between`."""
        names = list(self.between)
        matrix = np.eye(len(names))
        for (a, b), r in self.correlation.items():
            i, j = names.index(a), names.index(b)
            matrix[i, j] = matrix[j, i] = r
        return matrix

    @cached_property
    def cholesky(self) -> Array:
        """Lower triangular L with L L^T = R.

        Raises
        ------
        ParameterError
            If R is not positive definite.
        """
        found = _cholesky(self.matrix)
        if found is None:
            stated = ", ".join(f"{a}/{b} {r:g}" for (a, b), r in self.correlation.items())
            raise ParameterError(
                f"The correlations {stated} cannot hold together (not positive definite); bring some of them nearer 0."
            )
        return found

    def factors(self, z: Array) -> dict[str, Any]:
        """Return trait name -> factor for one standard normal number a trait, or for a row of them a trait."""
        numbers = z.tolist() if z.ndim == 1 else list(z)
        x = [total(a * b for a, b in zip(row, numbers, strict=True)) for row in self.cholesky.tolist()]
        factors = {
            name: exp(spread.sigma * own) * spread.median
            for (name, spread), own in zip(self.between.items(), x, strict=True)
        }
        for loading in self.loadings:
            factors[loading.trait] = factors[loading.trait] * power(factors[loading.on], loading.exponent)
        return factors


def _cholesky(matrix: Array) -> Array | None:
    """Return the lower triangular L with L L^T = R, row by row; None if R is not positive definite."""
    size = len(matrix)
    lower = [[0.0] * size for _ in range(size)]
    for i, row in enumerate(matrix.tolist()):
        for j in range(i + 1):
            rest = row[j] - total(lower[i][k] * lower[j][k] for k in range(j))
            if i == j and not rest > 0.0:
                return None
            lower[i][j] = sqrt(rest) if i == j else rest / lower[j][j]
    return np.array(lower)


def read_population(path: Path) -> Population:
    """Return the population of a TOML file with [trait.NAME], [[correlation]], [[loading]] and [within.NAME].

    Raises
    ------
    ParameterError
        If the file cannot be read, lacks a key, or says something impossible.
    """
    data = file_values(path, LONGEST_FILE, ParameterError, "a TOML file of a population")
    try:
        return Population(
            {name: _spread(entry) for name, entry in data["trait"].items()},
            {(entry["traits"][0], entry["traits"][1]): float(entry["r"]) for entry in data.get("correlation", ())},
            tuple(
                Loading(entry["trait"], entry["on"], float(entry["exponent"]), entry.get("note", ""))
                for entry in data.get("loading", ())
            ),
            {name: _spread({"median": 1.0, **entry}) for name, entry in data.get("within", {}).items()},
        )
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ParameterError(
            f"{path} is not a population ({type(error).__name__}: {error}); write it as population.toml of the package."
        ) from error


def _spread(entry: Mapping[str, Any]) -> Spread:
    return Spread(float(entry["median"]), float(entry["sigma"]), entry.get("cite"), entry.get("note", ""))


@cache
def shipped_population() -> Population:
    """Return the population that ships with the package."""
    return read_population(POPULATION)
