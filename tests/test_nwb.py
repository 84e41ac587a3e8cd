"""NWB files of the network: clean under nwbinspector, the same contents each time, read back as they were."""

import importlib
import re

import numpy as np
import pytest

from letdown import RecordingError, simulate_neurones
from letdown.nwb_file import read_nwb
from run_files import small_spikes, small_trains

pytestmark = pytest.mark.filterwarnings("ignore")  # the inspector's own


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("nwb") / "neurones.nwb"
    small_spikes().to_nwb(path)
    return path


def test_the_inspector_has_nothing_but_suggestions(place, tmp_path):
    nwbinspector = importlib.import_module("nwbinspector")
    simulate_neurones(duration_s=60, seed=2**64 - 1).to_nwb(tmp_path / "run.nwb")
    for path in (place, tmp_path / "run.nwb"):
        found = list(nwbinspector.inspect_nwbfile(nwbfile_path=str(path)))
        worse = [m for m in found if m.importance.value > nwbinspector.Importance.BEST_PRACTICE_SUGGESTION.value]
        assert worse == []


def test_the_file_says_what_is_true_of_a_simulation(place):
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(str(place), "r") as file:
        nwb = file.read()
        assert "not medical advice" in nwb.session_description
        assert "placeholder" in nwb.session_description
        assert nwb.subject.subject_id == "simulated-seed-3-network-0"
        assert nwb.subject.description.startswith("No animal")
        assert nwb.units.resolution == pytest.approx(0.001)
        assert "seed=3" in nwb.identifier
        assert nwb.experimenter is None


def test_spikes_come_back_as_they_were(place, tmp_path):
    trains, wanted = read_nwb(place), small_trains()
    np.testing.assert_array_equal(np.sort(trains.time_s), np.sort(wanted.time_s))
    for cell in range(4):
        np.testing.assert_array_equal(trains.of_cell(cell), wanted.of_cell(cell))
    assert trains.duration_s == 200.0


def test_the_same_run_gives_the_same_contents(place, tmp_path):
    import h5py

    small_spikes().to_nwb(tmp_path / "again.nwb")

    def held(path):
        found = {}
        with h5py.File(path) as file:

            def note(name, item):
                found[name] = {key: str(value) for key, value in item.attrs.items() if "ref" not in str(value).lower()}
                if isinstance(item, h5py.Dataset):
                    found[name]["values"] = re.sub(r"0x\w+", "", repr(item[()]))

            file.visititems(note)
        return found

    assert held(place) == held(tmp_path / "again.nwb")


def test_nwb_files_of_others(tmp_path, place):
    from datetime import UTC, datetime

    from pynwb import NWBHDF5IO, NWBFile

    def written(name, *units):
        nwb = NWBFile("Oxytocin cells of a rat.", name, datetime(2021, 5, 4, tzinfo=UTC))
        for times in units:
            nwb.add_unit(spike_times=times)
        with NWBHDF5IO(str(tmp_path / name), "w") as out:
            out.write(nwb)
        return tmp_path / name

    trains = read_nwb(written("two.nwb", [0.5, 1.5, 3.0], [1.0, 2.0]))
    assert trains.cells == 2
    assert trains.duration_s == 3.0
    assert trains.time_s.tolist() == [0.5, 1.0, 1.5, 2.0, 3.0]
    with pytest.raises(RecordingError, match="no units"):
        read_nwb(written("none.nwb"))
    with pytest.raises(RecordingError, match="finite times"):
        read_nwb(written("negative.nwb", [-1.0, 2.0]))
    cut = tmp_path / "cut.nwb"
    cut.write_bytes(place.read_bytes()[:9000])
    with pytest.raises(RecordingError, match="cannot be read as NWB"):
        read_nwb(cut)
