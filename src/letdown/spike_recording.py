"""What the spiking network did: spikes, rate, secretion, oxytocin in the blood, and the bursts found in them."""

import math
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from letdown._atomic_file import atomic_file
from letdown._card import card_line, card_table
from letdown._csv_file import write_table
from letdown._netcdf import Column, write_columns
from letdown._printable import counted
from letdown._run_file import DAMAGE, SPIKES, check_layout, damaged, kind_of, read_run_file
from letdown._version import __version__
from letdown.neurons.bursts import SpikeAnalysis, SpikeTrains, SynchronousBurst, analyse
from letdown.nwb_file import require_nwb, write_nwb
from letdown.recording import DISCLAIMER
from letdown.recording_layout import Variable, labels, numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SpikeRecording", "bursts_summary", "require_nwb"]

FORMAT = 1
"""Version of the layout of `neurones.nc`; a file with a higher one is refused."""

REMEDY = "give the neurones.nc that letdown neurones wrote"

_SERIES = {
    "rate_hz": Variable("Hz", "mean firing rate of the cells in the bin"),
    "secreted_pg": Variable("pg", "oxytocin secreted in the bin, mean cell as the whole gland"),
    "store": Variable("1", "mean dendritic store of the cells at the end of the bin"),
    "plasma_pg_ml": Variable("pg mL-1", "oxytocin in plasma at the end of the bin"),
    "priming_per_s": Variable("s-1", "priming of the stores by sucking"),
}


def bursts_summary(found: SpikeAnalysis) -> dict[str, Any]:
    """Return the bursts and what lies between them as plain values; None where nothing was there to count."""
    return {
        "bursts": [
            {
                "onset_s": round(burst.onset_s, 3),
                "duration_s": round(burst.duration_s, 3),
                "cells": burst.cells,
                "spikes_per_cell": round(burst.spikes_per_cell, 2),
                "peak_rate_hz": round(burst.peak_rate_hz, 2),
                "oxytocin_pg": None if burst.oxytocin_pg is None else round(burst.oxytocin_pg, 2),
                "onset_spread_s": round(burst.onset_spread_s, 3),
            }
            for burst in found.bursts
        ],
        "first_burst_s": round(found.bursts[0].onset_s, 3) if found.bursts else None,
        "interval_mean_s": found.interval_mean_s,
        "interval_sd_s": found.interval_sd_s,
        "background_rate_hz": found.background_rate_hz,
        "mean_rate_hz": found.mean_rate_hz,
    }


@dataclass(frozen=True, eq=False, repr=False)
class SpikeRecording:
    """One run of the network of oxytocin neurones.

    `trains` holds the spikes. Series have one value for each bin of `bin_s`: mean rate of the cells (Hz), oxytocin
    secreted (pg), mean store of the cells (store units), oxytocin in plasma (pg/mL), priming of the stores (1/s).
    `settings` says what was run, for provenance.
    """

    trains: SpikeTrains
    bin_s: float
    rate_hz: NDArray[np.float64]
    secreted_pg: NDArray[np.float64]
    store: NDArray[np.float64]
    plasma_pg_ml: NDArray[np.float64]
    priming_per_s: NDArray[np.float64]
    settings: dict[str, str | int | float]
    cpu_s: float

    def __repr__(self) -> str:
        """Return one line: cells, duration, seed, bursts."""
        what = f"{counted(self.trains.cells, 'cell')}, {self.trains.duration_s:g} s, seed {self.settings.get('seed')}"
        spikes = counted(self.trains.time_s.size, "spike")
        return card_line("SpikeRecording", what, f"{counted(len(self.bursts), 'burst')}, {spikes}")

    def _repr_html_(self) -> str:
        """Return a small table for a notebook."""
        interval = self.analysis.interval_mean_s
        rows = {
            "cells": self.trains.cells,
            "duration": f"{self.trains.duration_s:g} s",
            "seed": self.settings.get("seed"),
            "priming": self.settings.get("priming"),
            "spikes": self.trains.time_s.size,
            "bursts": len(self.bursts),
            "mean interval of bursts": None if interval is None else f"{interval:.0f} s",
            "peak oxytocin": f"{self.plasma_pg_ml.max():.1f} pg/mL",
        }
        return card_table("Spikes of oxytocin neurones", rows)

    @cached_property
    def analysis(self) -> SpikeAnalysis:
        """Bursts, intervals and background rate."""
        return analyse(self.trains, secreted=(self.secreted_pg, self.bin_s))

    @property
    def bursts(self) -> tuple[SynchronousBurst, ...]:
        """The synchronous bursts."""
        return self.analysis.bursts

    @property
    def time_s(self) -> NDArray[np.float64]:
        """End of each bin, s."""
        return np.arange(1, self.rate_hz.size + 1) * np.float64(self.bin_s)

    def summary(self) -> dict[str, Any]:
        """Return the numbers of the run as plain values, ready for JSON; None where nothing was there to count."""
        return {
            **bursts_summary(self.analysis),
            "plasma_peak_pg_ml": float(self.plasma_pg_ml.max()),
            "simulated_s": self.trains.duration_s,
            "cpu_s": self.cpu_s,
            **self.settings,
            "version": __version__,
            "disclaimer": DISCLAIMER,
        }

    def bursts_csv(self, path: str | PathLike[str]) -> None:
        """Write one row for each burst."""
        names = [*SynchronousBurst.__slots__]
        write_table(Path(path), names, ([row[name] for name in names] for row in self.summary()["bursts"]))

    def spikes_csv(self, path: str | PathLike[str]) -> None:
        """Write one row for each spike, as `letdown.neurons.bursts.read_spikes` reads them."""
        times = (f"{time:.5f}" for time in self.trains.time_s.tolist())
        write_table(Path(path), ("time_s", "cell"), zip(times, self.trains.cell.tolist(), strict=True))

    def to_netcdf(self, path: str | PathLike[str]) -> None:
        """Write the recording as netCDF: spikes as a CF contiguous ragged array, cell after cell."""
        with atomic_file(Path(path)) as temporary:
            write_columns(temporary, self._columns(), self._attributes())

    def _columns(self) -> dict[str, Column]:
        trains = self.trains
        counts = np.bincount(trains.cell, minlength=trains.cells)
        grouped = np.concatenate([np.empty(0), *trains.by_cell()])
        ragged = labels(Variable("1", "number of spikes of each cell")) | {"sample_dimension": "spike"}
        columns = {
            "cell": Column(("cell",), np.arange(trains.cells), labels(Variable("1", "number of the cell"))),
            "spike_count": Column(("cell",), counts, ragged),
            "spike_time": Column(
                ("spike",), grouped, labels(Variable("s", "time of each spike, cell after cell"))
            ),
            "time": Column(("time",), self.time_s, labels(Variable("s", "end of the bin"))),
        }  # fmt: skip
        return columns | {
            name: Column(("time",), np.asarray(getattr(self, name), dtype=np.float64), labels(variable))
            for name, variable in _SERIES.items()
        }

    def _attributes(self) -> dict[str, Any]:
        return {
            "Conventions": "CF-1.11",
            "title": "Spikes of simulated oxytocin neurones",
            "source": f"letdown {__version__}",
            "history": f"simulated by letdown {__version__}",
            "comment": DISCLAIMER,
            "disclaimer": DISCLAIMER,
            "letdown_version": __version__,
            "letdown_spikes_format": FORMAT,
            "bin_s": self.bin_s,
            "duration_s": self.trains.duration_s,
            "cpu_s": self.cpu_s,
            **{f"setting_{name}": value for name, value in self.settings.items()},
        }

    @classmethod
    def open(cls, path: str | PathLike[str]) -> "SpikeRecording":
        """Read a recording written by `to_netcdf`.

        Raises
        ------
        RecordingError
            If the file is not such a recording, is damaged, or comes from a newer version.
        """
        place = Path(path)
        columns, attributes = read_run_file(place, REMEDY)
        if SPIKES.mark in attributes or kind_of(place) != SPIKES:  # files of 0.1.0 have no number of a layout
            check_layout(place, attributes, SPIKES, FORMAT, REMEDY)
        try:
            return cls._of_columns(columns, {name: _plain(value) for name, value in attributes.items()})
        except DAMAGE as error:
            raise damaged(place, SPIKES, error, REMEDY) from error

    @classmethod
    def _of_columns(cls, columns: dict[str, Column], attributes: dict[str, Any]) -> "SpikeRecording":
        counts, times = numbers(columns, "spike_count", ("cell",)), numbers(columns, "spike_time", ("spike",))
        if counts.dtype.kind not in "iu" or (counts < 0).any() or int(counts.sum()) != times.size:
            raise ValueError("spike_count does not count the spikes")
        series = {name: np.asarray(numbers(columns, name, ("time",)), dtype=np.float64) for name in _SERIES}
        if series["rate_hz"].size == 0:
            raise ValueError("time has no bin")
        bin_s, duration_s, cpu_s = (float(attributes[name]) for name in ("bin_s", "duration_s", "cpu_s"))
        if not (math.isfinite(bin_s) and bin_s > 0 and abs(bin_s * series["rate_hz"].size - duration_s) <= bin_s):
            raise ValueError("bin_s times the number of bins is not duration_s")
        if not (math.isfinite(cpu_s) and cpu_s >= 0):
            raise ValueError("cpu_s is not a time")
        times = times.astype(np.float64)
        cells = np.repeat(np.arange(counts.size), counts)
        order = np.lexsort((cells, times))
        settings = {name[8:]: value for name, value in attributes.items() if name.startswith("setting_")}
        if not all(isinstance(value, str | int | float) for value in settings.values()):
            raise ValueError("a setting is neither a number nor a text")
        if any(isinstance(value, float) and not math.isfinite(value) for value in settings.values()):
            raise ValueError("a setting is not a finite number")
        trains = SpikeTrains(times[order], cells[order], counts.size, duration_s)
        return cls(trains=trains, bin_s=bin_s, settings=settings, cpu_s=cpu_s, **series)

    def to_nwb(self, path: str | PathLike[str]) -> None:
        """Write the spikes as the `Units` of an NWB file; needs the extra `nwb`.

        Raises
        ------
        RecordingError
            If pynwb is not installed.
        """
        write_nwb(Path(path), self.trains, self.settings, DISCLAIMER)

    def plot(self, path: str | PathLike[str] | None = None) -> "Figure":
        """Draw the raster, the population rate, the store and the blood; write it to `path` if given."""
        drawing = import_module("letdown.plot")  # figures stand downstream of recordings
        figure: Figure = drawing.plot_spikes(self)
        if path is not None:
            drawing.save_figure(figure, Path(path))
        return figure


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
