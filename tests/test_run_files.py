"""What the program writes, it opens again; where a command takes another kind, it says which kind a file is."""

import json
from pathlib import Path

import numpy as np
import pytest

import letdown
from letdown import Lactation, LetdownError, Recording, RecordingError, ScenarioError, SpikeRecording
from letdown._run_file import kind_of
from letdown.cli import main
from letdown.neurons.bursts import analyse
from letdown.opening import spike_trains
from run_files import small_trains, write_all

OLD = "# A simulation for research, design and teaching; it describes no real person.\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_all(tmp_path_factory.mktemp("runs"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("feed/recording.nc", Recording), ("lactation/lactation.nc", Lactation), ("part/lactation.nc", Lactation),
     ("neurones/neurones.nc", SpikeRecording)],
)  # fmt: skip
def test_open_plot_and_cite_take_every_data_file(files, tmp_path, capsys, name, kind):
    assert type(letdown.open(files[name])) is kind
    assert type(letdown.open(str(files[name]))) is kind
    assert main(["plot", str(files[name]), "--out", str(tmp_path / "f.png")]) == 0
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")
    capsys.readouterr()
    assert main(["cite", str(files[name])]) == 0
    cited = capsys.readouterr().out
    assert cited.count("@") > 20
    if kind is SpikeRecording:
        assert "MaicasRoyo2018" in cited


def test_a_session_opened_again_is_cited_like_its_lactation(tmp_path, capsys):
    letdown.simulate_lactation("demand-feeding", days=1).to_netcdf(tmp_path / "lactation.nc")
    from letdown.simulate_lactation import Zoom, zoom

    zoom("demand-feeding", Zoom(1, 1)).to_netcdf(tmp_path / "recording.nc")
    texts = []
    for name in ("lactation.nc", "recording.nc"):
        assert main(["cite", str(tmp_path / name)]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]


@pytest.mark.parametrize("name", ["feed/recording.nc", "neurones/neurones.nc", "neurones/neurones.nwb",
                                  "neurones/spikes.csv"])  # fmt: skip
def test_bursts_are_found_in_every_file_with_spikes(files, capsys, name):
    assert main(["neurones", "bursts", str(files[name]), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cells"] == 4
    assert [burst["onset_s"] for burst in found["bursts"]] == pytest.approx([60.1, 140.1], abs=0.2)
    trains = spike_trains(files[name])
    np.testing.assert_allclose(trains.time_s, small_trains().time_s, atol=1e-5)
    assert len(analyse(trains).bursts) == 2
    assert spike_trains(files[name], 500.0).duration_s == 500.0


def test_an_nwb_file_without_pynwb_names_the_extra(files, capsys, monkeypatch):
    monkeypatch.setattr("letdown.nwb_file.find_spec", lambda name: None)
    assert main(["neurones", "bursts", str(files["neurones/neurones.nwb"])]) == 2
    assert "pip install 'letdown[nwb]'" in capsys.readouterr().err


def test_a_feed_of_the_surrogate_has_no_spikes_and_says_so(files, capsys):
    assert main(["neurones", "bursts", str(files["surrogate/recording.nc"])]) == 2
    assert "--neurones network" in capsys.readouterr().err


COMMANDS = {
    "plot": ["plot"],
    "cite": ["cite"],
    "detect": ["detect"],
    "bursts": ["neurones", "bursts"],
    "feed": ["feed"],
    "lactation": ["lactation"],
    "check": ["scenario", "check"],
    "show": ["scenario", "show"],
    "compare": ["compare", "breastfeed"],
}
TAKEN = {
    "plot": {"recording.nc", "lactation.nc", "neurones.nc"},
    "cite": {"recording.nc", "lactation.nc", "neurones.nc", "scenario.toml"},
    "detect": {"time_series.csv"},
    "bursts": {"recording.nc", "neurones.nc", "neurones.nwb", "spikes.csv"},
    **{name: {"scenario.toml"} for name in ("feed", "lactation", "check", "show", "compare")},
}
WORDS = {
    "recording.nc": "the recording of a feed",
    "lactation.nc": "a lactation, days and months",
    "neurones.nc": "the spikes of simulated neurones",
    "neurones.nwb": "an NWB file",
    "time_series.csv": "the table of time series of a feed",
    "events.csv": "the table of events of a feed",
    "dyads.csv": "the table of",
    "daily.csv": "the daily table of a lactation",
    "sessions.csv": "the table of sessions of a lactation",
    "bursts.csv": "the table of bursts",
    "spikes.csv": "a table of spikes",
    "summary.json": "the summary of a run",
    "figure.png": "a figure",
    "scenario.toml": "a TOML file",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_other_file_is_called_what_it_is(files, capsys, monkeypatch, tmp_path, command):
    monkeypatch.chdir(tmp_path)
    asked = 0
    for place in files.values():
        if place.name in TAKEN[command] or place.name == "README.txt":
            continue
        assert main([*COMMANDS[command], str(place)]) == 2, place
        said = capsys.readouterr().err
        assert f"{place.name} is {WORDS[place.name]}" in said, (command, place.name, said)
        assert said.count("\n") == 1
        asked += 1
    assert asked > 15
    assert list(tmp_path.iterdir()) == []


def test_tables_with_a_remark_above_the_names_are_still_known_and_read(files, tmp_path, capsys):
    for name in ("feed/time_series.csv", "feed/events.csv", "lactation/daily.csv", "neurones/bursts.csv"):
        old = tmp_path / Path(name).name
        old.write_text(OLD + files[name].read_text())
        assert kind_of(old) == kind_of(files[name]) is not None
    series = tmp_path / "time_series.csv"
    assert main(["detect", str(series), "--signal-column", "removed_left_ml", "--json"]) == 0
    new = json.loads(capsys.readouterr().out)
    assert main(["detect", str(files["feed/time_series.csv"]), "--signal-column", "removed_left_ml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["let_downs"] == new["let_downs"]
    spikes = tmp_path / "spikes.csv"
    spikes.write_text(OLD + files["neurones/spikes.csv"].read_text())
    assert spike_trains(spikes).time_s.size == small_trains().time_s.size


def test_tables_of_others_are_left_to_the_reader(tmp_path):
    for text in (
        "time_s,cell,mass_g\n0,1,2\n",
        "day,number\n1,2\n",
        "time_s;event\n0;x\n",
        "",
        "\x00\x01",
        "a,b\n1,2\n",
    ):
        (tmp_path / "t.csv").write_text(text)
        assert kind_of(tmp_path / "t.csv") is None
    assert kind_of(tmp_path / "absent.csv") is None
    assert kind_of(tmp_path) is None


def test_python_says_the_same(files):
    with pytest.raises(RecordingError, match="daily table"):
        letdown.open(files["lactation/daily.csv"])
    with pytest.raises(RecordingError, match="is a lactation"):
        Recording.open(files["lactation/lactation.nc"])
    with pytest.raises(RecordingError, match="is the recording of a feed"):
        Lactation.open(files["feed/recording.nc"])
    with pytest.raises(RecordingError, match="is the recording of a feed"):
        SpikeRecording.open(files["feed/recording.nc"])
    for load in (letdown.load_scenario, letdown.load_lactation, letdown.simulate):
        with pytest.raises(ScenarioError, match="is the recording of a feed"):
            load(files["feed/recording.nc"])


def test_a_broken_scenario_keeps_its_own_error(tmp_path):
    (tmp_path / "mine.toml").write_text('name = "mine"\nlet_downs = 3\n')
    with pytest.raises(LetdownError, match="let_downs is not a key"):
        letdown.load_scenario(tmp_path / "mine.toml")
