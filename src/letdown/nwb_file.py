"""Spike trains as the `Units` of an NWB file, and the other way round; needs the extra `nwb`.

A simulation has no date, no experimenter and no institution. The date is a fixed one, so that the same run gives the
same contents; the file says so. The subject says that it is simulated, after the animal from which the model was made.
"""

import json
import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from letdown._atomic_file import atomic_file
from letdown._errors import RecordingError
from letdown._netcdf import refuse_size
from letdown._version import __version__
from letdown.neurons.bursts import SpikeTrains

__all__ = ["read_nwb", "require_nwb", "write_nwb"]

NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


def require_nwb() -> None:
    """Raise RecordingError if NWB files cannot be written or read here."""
    if find_spec("pynwb") is None:
        raise RecordingError("NWB files need pynwb; install it with pip install 'letdown[nwb]'.")


def write_nwb(path: Path, trains: SpikeTrains, settings: Mapping[str, str | int | float], disclaimer: str) -> None:
    """Write spike trains, one unit a cell.

    Parameters
    ----------
    path : Path
        The file, .nwb.
    trains : SpikeTrains
        The spikes.
    settings : mapping
        What was simulated; `step_ms` is the resolution of the spike times, `seed` and `network` name the subject.
    disclaimer : str
        What the file says of itself.

    Raises
    ------
    RecordingError
        If pynwb is not installed.
    OutputError
        If the file cannot be written there.
    """
    require_nwb()
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.file import Subject
    from pynwb.misc import Units

    name = f"seed-{settings['seed']}-network-{settings['network']}"
    nwb = NWBFile(
        session_description=f"Simulated oxytocin neurones. {disclaimer} The date is a fixed placeholder.",
        identifier=f"letdown-{__version__}-" + "-".join(f"{k}={v}" for k, v in settings.items()),
        session_start_time=NO_DATE,
        file_create_date=NO_DATE,
        experiment_description="A spiking network of oxytocin neurones driven by sucking, simulated by letdown.",
        keywords=["simulation", "oxytocin", "milk ejection", "magnocellular neurones"],
        notes=json.dumps(dict(settings)),
    )
    nwb.subject = Subject(
        subject_id=f"simulated-{name}",
        description="No animal: a simulated network, after recordings of lactating rats. An adult age is assumed.",
        species="Rattus norvegicus",
        sex="F",
        age="P8W/",
    )
    nwb.units = Units(
        name="units", description="Simulated oxytocin neurones.", resolution=float(settings["step_ms"]) / 1000.0
    )
    whole = [[0.0, trains.duration_s]]
    for number, times in enumerate(trains.by_cell()):
        nwb.add_unit(spike_times=times, obs_intervals=whole, id=number)
    with atomic_file(path) as temporary:
        with NWBHDF5IO(str(temporary), "w") as out:
            out.write(nwb)
        _name_objects(temporary, nwb.identifier)


def _name_objects(path: Path, identifier: str) -> None:
    """Replace the random ids of the objects by ids made of the run, so that the same run gives the same contents."""
    import h5py

    def renamed(place: str, item: Any) -> None:
        if "object_id" in item.attrs:
            item.attrs["object_id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{identifier}/{place}"))

    with h5py.File(path, "r+") as file:
        renamed("", file)
        file.visititems(renamed)


def read_nwb(path: Path, duration_s: float | None = None) -> SpikeTrains:
    """Return the spike times of the units of an NWB file; any program may have written it.

    Without `duration_s` the recording lasts as long as the units were observed, or to the last spike.

    Raises
    ------
    RecordingError
        If pynwb is not installed, the file cannot be read, or it has no units with spike times.
    """
    require_nwb()
    import h5py

    # The columns are read as the NWB schema lays them out: pynwb would first read the schema that the file carries
    # and, in a damaged file, may never come back from it.
    try:
        with h5py.File(path) as file:
            units = file.get("units")
            if units is None or not {"spike_times", "spike_times_index"} <= set(units):
                raise RecordingError(f"{path} has no units with spike times; give an NWB file of sorted spikes.")
            names = [name for name in ("spike_times", "spike_times_index", "obs_intervals") if name in units]
            refuse_size(sum(8 * math.prod(units[name].shape) for name in names), path.stat().st_size)
            held = {name: np.asarray(units[name][...], dtype=np.float64) for name in names}
        times, ends = held["spike_times"], held["spike_times_index"].astype(np.int64)
        if (np.diff(ends, prepend=0) < 0).any() or (ends[-1] if ends.size else 0) != times.size:
            raise ValueError("the index of the units does not count the spikes")
        seen = held.get("obs_intervals")
        end = float(np.max(seen)) if seen is not None and seen.size else None
    except RecordingError:
        raise
    except Exception as error:  # a damaged file makes the libraries raise almost anything
        reason = " ".join(str(error).split())[:200]
        raise RecordingError(f"{path} cannot be read as NWB ({reason}); give a whole NWB file.") from error
    cells = np.repeat(np.arange(ends.size), np.diff(ends, prepend=0))
    order = np.argsort(times, kind="stable")
    last = max(float(times[order[-1]]) if times.size and np.isfinite(times).all() else 0.0, 1e-3)
    return SpikeTrains(
        times[order], cells[order], ends.size, duration_s if duration_s is not None else max(end or 0.0, last)
    )
