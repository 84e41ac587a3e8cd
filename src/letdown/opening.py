"""Opening what a run wrote, whichever kind of file it is.

recording = letdown.open("letdown-runs/breastfeed-1/recording.nc")
lactation = letdown.open("letdown-runs/demand-feeding-0/lactation.nc")
neurones = letdown.open("letdown-runs/neurones-0/neurones.nc")
"""

from os import PathLike
from pathlib import Path

from letdown._errors import RecordingError
from letdown._run_file import LACTATION, NWB, RECORDING, SPIKE_TABLE, SPIKES, kind_of, kind_sentence
from letdown._structured_text import toml_values
from letdown.lactation import Lactation
from letdown.neurons.bursts import SpikeTrains, read_spikes
from letdown.nwb_file import read_nwb
from letdown.protocol.lactation import load_lactation
from letdown.protocol.scenario import load_scenario
from letdown.recording import Recording
from letdown.spike_recording import SpikeRecording

__all__ = ["cited_in", "open", "spike_trains"]

WANTED = "give the recording.nc, lactation.nc or neurones.nc of a finished run"


def open(path: str | PathLike[str]) -> Recording | Lactation | SpikeRecording:
    """Read what a run wrote.

    Parameters
    ----------
    path : str or path
        The `recording.nc` of a feed, the `lactation.nc` of days and months, or the `neurones.nc` of the network.

    Raises
    ------
    RecordingError
        If the file does not exist, is another kind of file, is damaged, or comes from a newer version.
    """
    place = Path(path)
    kind = kind_of(place)
    if kind == LACTATION:
        return Lactation.open(place)
    if kind == SPIKES:
        return SpikeRecording.open(place)
    if kind in (None, RECORDING):  # what is unknown is refused in the words for a recording
        return Recording.open(place)
    raise RecordingError(str(kind_sentence(place, WANTED)))


def spike_trains(path: str | PathLike[str], duration_s: float | None = None) -> SpikeTrains:
    """Return the spike trains of a file, for `letdown.neurons.bursts.analyse`.

    Parameters
    ----------
    path : str or path
        A `neurones.nc`, the `recording.nc` of a feed that the network drove, an NWB file with units, or a table with
        the columns `time_s` and, for several cells, `cell`.
    duration_s : float, optional
        Length of the recording, s; by default what the file says, or its last spike.

    Raises
    ------
    RecordingError
        If the file cannot be read, or holds no spikes.
    """
    place = Path(path)
    kind = kind_of(place)
    if kind == NWB:
        return read_nwb(place, duration_s)
    if kind == SPIKES:
        return _lasting(SpikeRecording.open(place).trains, duration_s)
    if kind == RECORDING:
        trains = Recording.open(place).run().spikes
        if trains is None:
            raise RecordingError(
                f"{place} is the recording of a feed without spikes, because the surrogate made its bursts (events.csv "
                "lists them); simulate it with --neurones network."
            )
        return _lasting(trains, duration_s)
    if kind in (None, SPIKE_TABLE):
        return read_spikes(place, duration_s=duration_s)
    wanted = "give a table of spikes, a neurones.nc, an NWB file, or the recording.nc of a feed with the network"
    raise RecordingError(str(kind_sentence(place, wanted)))


def _lasting(trains: SpikeTrains, duration_s: float | None) -> SpikeTrains:
    return trains if duration_s is None else SpikeTrains(trains.time_s, trains.cell, trains.cells, duration_s)


def cited_in(path: str | PathLike[str]) -> tuple[str, ...]:
    """Return the sources that a run names: those of its scenario, or of the blood of its neurones.

    Raises
    ------
    RecordingError
        If the file is not a recording, a lactation or the spikes of neurones, or is damaged.
    """
    held = open(path)
    if isinstance(held, SpikeRecording):
        return (str(held.settings["plasma"]),)
    try:
        text = str(held.data.attrs["scenario_toml"]) if isinstance(held, Lactation) else held.run().scenario_toml
        values = toml_values(text)
        load = load_scenario if "protocol" in values else load_lactation  # a session opened again keeps its lactation
        return load(values).cite
    except (ValueError, RecursionError) as error:  # a ScenarioError is one
        raise RecordingError(
            f"{path} holds a scenario that cannot be read; give the file of a finished run."
        ) from error
