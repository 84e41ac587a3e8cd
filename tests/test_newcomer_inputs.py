"""What newcomers write: whole numbers with a point, parameters under their own names, files of the other kind."""

import os
from pathlib import Path

import pytest

from letdown import LetdownError, load_lactation, load_scenario, preset
from letdown.cli import main

LATCH = {"do": "latch", "side": "left", "for_s": 300}


def test_a_whole_number_may_be_written_with_a_point():
    assert preset("breastfeed").with_values({"mother.parity": 1.0}).mother.parity == 1
    with pytest.raises(LetdownError, match=r"mother\.parity = 1\.5 is not usable; write a whole number"):
        preset("breastfeed").with_values({"mother.parity": 1.5})


def test_a_parameter_under_its_own_name_is_told_where_it_belongs():
    with pytest.raises(LetdownError) as caught:
        preset("breastfeed").with_values({"interference.central_stress": 0.9})
    assert (
        str(caught.value) == "interference.central_stress is a parameter; write parameters.interference.central_stress."
    )


@pytest.mark.parametrize("load", [load_scenario, load_lactation])
def test_a_parameter_that_is_given_twice_is_refused(load):
    twice = {"plasma.clearance": 20.0, "plasma": {"clearance": 25.0}}
    plain = {"name": "x", "protocol": [LATCH]} if load is load_scenario else {"name": "x", "days": 2}
    with pytest.raises(LetdownError, match=r"plasma\.clearance is given twice"):
        load({**plain, "parameters": twice})


def test_a_parameter_of_lactations_is_refused_for_a_feed():
    with pytest.raises(LetdownError, match=r"lactotrophs\.added_max acts between feeds; give it to a lactation"):
        load_scenario({"name": "x", "protocol": [LATCH], "parameters": {"lactotrophs.added_max": 14}})


def test_a_number_without_a_unit_is_named_without_one():
    with pytest.raises(LetdownError, match=r"infant\.vigour = 7 is outside"):
        preset("breastfeed").with_values({"parameters.infant.vigour": 7})


@pytest.mark.parametrize(
    ("command", "text", "words"),
    [
        (["feed"], 'name = "x"\ndays = 2\n', "holds a lactation, not a feed; run it with letdown lactation"),
        (
            ["lactation"],
            'name = "x"\n[[protocol]]\ndo = "latch"\nside = "left"\nfor_s = 300\n',
            "holds a feed, not a lactation; run it with letdown feed",
        ),
    ],
)
def test_a_file_of_the_other_kind_is_told_its_command(tmp_path, capsys, command, text, words):
    file = tmp_path / "x.toml"
    file.write_text(text)
    assert main([*command, str(file), "--out", str(tmp_path / "run")]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plot", "cite"])
def test_a_folder_and_a_readme_of_a_run_are_named(tmp_path, capsys, command):
    readme = tmp_path / "README.txt"
    readme.write_text("A run of letdown 0.1.0.\n")
    assert main([command, str(readme)]) == 2
    assert "the description of a run's files" in capsys.readouterr().err
    assert main([command, str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices")
def test_a_device_is_no_place_for_a_scenario_file(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    for place in ("/dev/null", str(tmp_path / "pipe")):
        assert main(["scenario", "new", place]) == 2
        assert f"{place} is a device or a pipe, not a file" in capsys.readouterr().err
        assert main(["scenario", "new", place, "--overwrite"]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]
    capsys.readouterr()
    assert main(["feed", "--set", 'conditions.alcohol_g_kg="0.1 %"', "--out", str(tmp_path / "run")]) == 2
    assert "is a share and does not say of what" in capsys.readouterr().err
