"""What the spiking network did: spikes, rate, secretion, oxytocin in the blood, and the bursts found in them."""

import csv
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from letdown._atomic_file import atomic_file
from letdown._errors import RecordingError
from letdown._version import __version__
from letdown.neurons.bursts import SpikeAnalysis, SpikeTrains, SynchronousBurst, analyse
from letdown.recording import DISCLAIMER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SpikeRecording", "bursts_summary", "require_nwb"]

_CONVENTIONS = "CF-1.11"


def require_nwb() -> None:
    """Raise RecordingError if NWB files cannot be written here."""
    if find_spec("pynwb") is None:
        raise RecordingError("NWB files need pynwb; install it with pip install 'letdown[nwb]'.")


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


@dataclass(frozen=True, eq=False)
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
        with atomic_file(Path(path)) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            file.write(f"# {DISCLAIMER}\n")
            rows = self.summary()["bursts"]
            names = [*SynchronousBurst.__slots__]
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def spikes_csv(self, path: str | PathLike[str]) -> None:
        """Write one row for each spike, as `letdown.neurons.bursts.read_spikes` reads them."""
        with atomic_file(Path(path)) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            file.write("time_s,cell\n")
            file.writelines(
                f"{time:.5f},{cell}\n"
                for time, cell in zip(self.trains.time_s.tolist(), self.trains.cell.tolist(), strict=True)
            )

    def to_netcdf(self, path: str | PathLike[str]) -> None:
        """Write the recording as netCDF: spikes as a CF contiguous ragged array, cell after cell."""
        import netCDF4

        order = np.argsort(self.trains.cell, kind="stable")
        with atomic_file(Path(path)) as temporary, netCDF4.Dataset(temporary, "w") as file:
            file.setncatts({"Conventions": _CONVENTIONS, "title": "Spikes of simulated oxytocin neurones",
                            "source": f"letdown {__version__}", "comment": DISCLAIMER, "bin_s": self.bin_s,
                            "duration_s": self.trains.duration_s, "cpu_s": self.cpu_s})  # fmt: skip
            file.setncatts({f"setting_{name}": value for name, value in self.settings.items()})
            file.createDimension("cell", self.trains.cells)
            file.createDimension("spike", self.trains.time_s.size)
            file.createDimension("time", self.rate_hz.size)
            counts = np.bincount(self.trains.cell, minlength=self.trains.cells)
            _write(file, "cell", ("cell",), np.arange(self.trains.cells), "1", "number of the cell")
            count = _write(file, "spike_count", ("cell",), counts, "1", "spikes of each cell")
            count.sample_dimension = "spike"
            _write(
                file, "spike_time", ("spike",), self.trains.time_s[order], "s", "time of each spike, cell after cell"
            )
            _write(file, "time", ("time",), self.time_s, "s", "end of the bin")
            for name, unit, words in _SERIES:
                _write(file, name, ("time",), getattr(self, name), unit, words)

    @classmethod
    def open(cls, path: str | PathLike[str]) -> "SpikeRecording":
        """Read a recording written by `to_netcdf`.

        Raises
        ------
        RecordingError
            If the file is no such recording.
        """
        import netCDF4

        try:
            with netCDF4.Dataset(path) as file:
                counts = np.asarray(file["spike_count"][:])
                times = np.asarray(file["spike_time"][:], dtype=np.float64)
                attributes = {name: _plain(file.getncattr(name)) for name in file.ncattrs()}
                series = {name: np.asarray(file[name][:], dtype=np.float64) for name, _, _ in _SERIES}
        except (OSError, IndexError, KeyError) as error:
            raise RecordingError(
                f"{path} is no recording of spikes ({error}); give a neurones.nc that `letdown neurones` wrote."
            ) from None
        cells = np.repeat(np.arange(counts.size), counts)
        order = np.lexsort((cells, times))
        settings = {name[8:]: value for name, value in attributes.items() if name.startswith("setting_")}
        return cls(
            trains=SpikeTrains(times[order], cells[order], counts.size, attributes["duration_s"]),
            bin_s=attributes["bin_s"],
            settings=settings,
            cpu_s=attributes["cpu_s"],
            **series,
        )

    def to_nwb(self, path: str | PathLike[str]) -> None:
        """Write the spikes as the `Units` of an NWB file; needs the extra `nwb`.

        Raises
        ------
        RecordingError
            If pynwb is not installed.
        """
        require_nwb()
        from datetime import UTC, datetime

        from pynwb import NWBHDF5IO, NWBFile

        nwb = NWBFile(
            session_description=f"Simulated oxytocin neurones. {DISCLAIMER}",
            identifier=f"letdown-{__version__}-" + "-".join(f"{k}={v}" for k, v in self.settings.items()),
            session_start_time=datetime.fromtimestamp(
                0, UTC
            ),  # a simulation has no date; a fixed one keeps files equal
        )
        whole = [[0.0, self.trains.duration_s]]
        for number, times in enumerate(self.trains.by_cell()):
            nwb.add_unit(spike_times=times, obs_intervals=whole, id=number)
        with atomic_file(Path(path)) as temporary, NWBHDF5IO(str(temporary), "w") as out:
            out.write(nwb)

    def plot(self, path: str | PathLike[str] | None = None) -> "Figure":
        """Draw the raster, the population rate, the store and the blood; write it to `path` if given."""
        drawing = import_module("letdown.plot")  # figures stand downstream of recordings
        figure: Figure = drawing.plot_spikes(self)
        if path is not None:
            drawing.save_figure(figure, Path(path))
        return figure


_SERIES = (
    ("rate_hz", "Hz", "mean firing rate of the cells in the bin"),
    ("secreted_pg", "pg", "oxytocin secreted in the bin, mean cell as the whole gland"),
    ("store", "1", "mean dendritic store of the cells at the end of the bin"),
    ("plasma_pg_ml", "pg mL-1", "oxytocin in plasma at the end of the bin"),
    ("priming_per_s", "s-1", "priming of the stores by sucking"),
)


def _write(file: Any, name: str, dimensions: tuple[str, ...], values: NDArray[Any], unit: str, words: str) -> Any:
    kind = "i8" if values.dtype.kind == "i" else "f8"
    variable = file.createVariable(name, kind, dimensions, zlib=True, complevel=4)
    variable.setncatts({"units": unit, "long_name": words})
    variable[:] = values
    return variable


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
