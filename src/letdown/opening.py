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
from letdown.neurons.bursts import SpikeTrains
from letdown.neurons.spike_table import SpikeReadings, SpikesWanted, read_spike_table
from letdown.nwb_file import read_nwb
from letdown.protocol.lactation import load_lactation
from letdown.protocol.scenario import load_scenario
from letdown.recording import Recording
from letdown.spike_recording import SpikeRecording

__all__ = ["cited_in", "open", "spike_readings", "spike_trains"]

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
    """Return the spike trains of a file, for `letdown.neurons.bursts.analyse`; the arguments as of `spike_readings`."""
    return spike_readings(path, SpikesWanted(duration_s)).trains


def spike_readings(path: str | PathLike[str], wanted: SpikesWanted = SpikesWanted()) -> SpikeReadings:  # noqa: B008 frozen
    """Return the spike trains of a file, how it was read, and what was noticed.

    Parameters
    ----------
    path : str or path
        A `neurones.nc`, the `recording.nc` of a feed that the network drove, an NWB file with units, or a table with
        a column of time and, for several cells, one that names the cells.
    wanted : SpikesWanted
        Length of the recording, s, where it is not what the file says or its last spike; of a table, also its columns
        and their unit, where it does not say them.

    Raises
    ------
    RecordingError
        If the file cannot be read, holds no spikes, or says by itself what was said about it.
    """
    place = Path(path)
    kind = kind_of(place)
    if kind in (None, SPIKE_TABLE):
        return read_spike_table(place, wanted)
    if wanted != SpikesWanted(wanted.duration_s):
        raise RecordingError(
            f"{place} says by itself which columns and units it has; give only --duration with the file of a run."
        )
    if kind == NWB:
        return SpikeReadings(read_nwb(place, wanted.duration_s), "units of an NWB file", ())
    if kind == SPIKES:
        trains = SpikeRecording.open(place).trains
        return SpikeReadings(_lasting(trains, wanted.duration_s), "spikes of the neurones alone", ())
    if kind == RECORDING:
        of_feed = Recording.open(place).run().spikes
        if of_feed is None:
            raise RecordingError(
                f"{place} is the recording of a feed without spikes, because the surrogate made its bursts (events.csv "
                "lists them); simulate it with --neurones network."
            )
        return SpikeReadings(_lasting(of_feed, wanted.duration_s), "spikes of the network in a feed", ())
    needed = "give a table of spikes, a neurones.nc, an NWB file, or the recording.nc of a feed with the network"
    raise RecordingError(str(kind_sentence(place, needed)))


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
