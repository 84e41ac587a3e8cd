"""Short names that the program makes of what a user called something else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import letdown
from letdown.cli import main
from letdown.protocol.scenario import SLUG
from letdown.protocol.short_name import short_name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Study_1.toml", "study-1"),
        ("P001 pump.toml", "p001-pump"),
        ("Breastfeed.toml", "breastfeed"),
        ("study.v2.toml", "study-v2"),
        ("Mère.toml", "mere"),
        ("Mère.TOML", "mere"),  # the accent as a letter of its own
        ("Søren's Straße Œuvre.toml", "sorens-strasse-oeuvre"),
        ("授乳.toml", "scenario"),
        ("кормление.toml", "scenario"),
        ("CON.toml", "scenario-con"),
        ("lpt1.toml", "scenario-lpt1"),
        ("__.toml", "scenario"),
        ("-a--b-.toml", "a-b"),
        ("½ cup.toml", "1-2-cup"),
        ("evening", "evening"),
        ("study.v2", "study-v2"),
        ("sub/2026-11-30 Pump (left).toml", "2026-11-30-pump-left"),
        ("x" * 90 + ".toml", "x" * 60),
        ("x" * 59 + " y.toml", "x" * 59),
    ],
)
def test_a_new_scenario_is_written_under_the_name_given_with_a_short_name_inside(tmp_path, monkeypatch, file, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for like in ("breastfeed", "demand-feeding"):
        assert main(["scenario", "new", "--like", like, "--overwrite", "--", file]) == 0
        written = tmp_path / (file if file.lower().endswith(".toml") else f"{file}.toml")
        assert written.is_file()
        load = letdown.load_scenario if like == "breastfeed" else letdown.load_lactation
        assert load(written).name == name


@pytest.mark.parametrize("file", ["feed.json", "feed.txt", ".toml", "..", "", "a/..", "..toml"])
def test_what_is_no_name_of_a_toml_file_is_refused(tmp_path, monkeypatch, capsys, file):
    monkeypatch.chdir(tmp_path)
    assert main(["scenario", "new", file]) == 2
    assert "give a name that ends in .toml" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=100))
def test_any_text_gives_a_name_that_a_scenario_may_have(text):
    name = short_name(text)
    assert re.fullmatch(SLUG, name)
    assert len(name) <= 60
    assert short_name(name) == name
