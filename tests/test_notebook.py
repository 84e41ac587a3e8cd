"""Manners at the prompt and in a notebook: short lines, small tables, figures that show themselves once."""

import subprocess
import sys
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import letdown
from letdown.instruments.let_down_detector import LetDownDetector
from letdown.instruments.milk_signal import CollectedMilk
from letdown.recording import Recording
from run_files import small_feed, small_lactation, small_spikes, write_all
from synthetic_run import synthetic_run

SETUP = """
import numpy as np
import letdown
from letdown.instruments.let_down_detector import LetDownDetector
from letdown.plot.let_downs import plot_let_downs
from letdown.plot.sensitivity import plot_sensitivity
feed, lactation, neurones = letdown.open("{feed}"), letdown.open("{lactation}"), letdown.open("{neurones}")
milk = feed.run().channels["removed_ml"].sum(axis=1)
"""


def looked_at():
    """Return one of each object that people look at."""
    days = small_lactation(2, 7)
    return {
        "Recording": Recording.from_run(synthetic_run(duration_s=300.0)),
        "Recording of a dyad": Recording.from_run(replace(synthetic_run(duration_s=300.0), dyad=4)),
        "Recording of the network": small_feed(),
        "Lactation": small_lactation(),
        "Lactation cut short": days,
        "SpikeRecording": small_spikes(),
        "Scenario": letdown.preset("breastfeed"),
        "LactationScenario": letdown.load_lactation("twins"),
    }


@pytest.mark.parametrize("name", looked_at())
def test_what_people_look_at_is_short(name):
    value = looked_at()[name]
    line = repr(value)
    assert line.startswith(f"<letdown.{name.split()[0]} ")
    assert "\n" not in line
    assert len(line) < 200
    table = value._repr_html_()
    assert table.startswith("<table>")
    assert table.endswith("</table>")
    assert len(table) < 2000
    for word in ("should", "you", "advice", "low supply", "nan", "None"):
        assert word not in line + table


def test_the_line_says_what_came_of_it():
    summary = looked_at()["Recording"].summary()
    line = repr(looked_at()["Recording"])
    assert f"{summary['milk_removed_ml']['total']:.0f} mL" in line
    assert f"seed {summary['seed']}" in line
    assert "2 of 7 days" in repr(small_lactation(2, 7))
    assert "2 bursts" in repr(small_spikes())
    assert "1 let-down," in repr(Recording.from_run(replace(synthetic_run(), let_downs=synthetic_run().let_downs[:1])))


def test_names_from_files_are_escaped_and_cut():
    odd = "<script>alert(1)</script>\x1b[31m" + "x" * 5000
    recording = Recording.from_run(replace(synthetic_run(duration_s=60.0), scenario=odd))
    assert len(repr(recording)) < 400
    assert len(recording._repr_html_()) < 2000
    assert "<script>" not in recording._repr_html_()
    assert "\x1b" not in repr(recording) + recording._repr_html_()


def test_an_empty_lactation_is_shown_too():
    empty = letdown.Lactation(small_lactation().data.isel(day=slice(0, 0), session=slice(0, 0)))
    assert "0 of 2 days" in repr(empty)
    assert "0 of 2 days" in empty._repr_html_()


def test_lists_of_measures_and_detections_are_short():
    summaries = [Recording.from_run(synthetic_run(seed=seed)).summary() for seed in (0, 1)]
    assert len(repr(letdown.quartiles(summaries))) < 2000
    assert len(repr(letdown.differences(summaries, summaries[::-1]))) < 2000
    assert len(repr(letdown.MEASURES)) < 2000
    run = synthetic_run()
    signal = CollectedMilk(run.time_s, run.channels["removed_ml"].sum(axis=1))
    detection = LetDownDetector().detect(signal)
    assert repr(detection).startswith("<letdown.Detection milk flow: ")
    assert len(detection._repr_html_()) < 2000


def outputs(*cells):
    """Run cells in a fresh kernel and return what each shows."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    return [cell.outputs for cell in notebook.cells]


PYPLOT = "import matplotlib.pyplot as plt"
FIGURES = (
    "feed.plot()",
    "letdown.plot_feed(feed)",
    "lactation.plot()",
    "neurones.plot()",
    "found = LetDownDetector().detect(CollectedMilk(feed.run().time_s, milk))\nplot_let_downs([found], ['a'])",
    "plot_let_downs([found, found], ['a', 'b'])",
    "plot_sensitivity('Title', ['a', 'b'], ['x', 'y'], np.eye(2), np.eye(2), np.zeros(2))",
)


@pytest.mark.filterwarnings("ignore")  # the kernel's own
@pytest.mark.parametrize(
    "before",
    [
        "%matplotlib inline\nimport matplotlib.pyplot as plt",
        pytest.param("pass", marks=pytest.mark.slow),
        pytest.param("import matplotlib.pyplot as plt", marks=pytest.mark.slow),
    ],
)
def test_every_figure_shows_itself_exactly_once(tmp_path, before):
    files = write_all(tmp_path)
    setup = SETUP.format(
        feed=files["surrogate/recording.nc"], lactation=files["lactation/lactation.nc"],
        neurones=files["neurones/neurones.nc"],
    )  # fmt: skip
    setup += "from letdown.instruments.milk_signal import CollectedMilk\n"
    shown = outputs(before, setup, *FIGURES, "feed", "figure = feed.plot()", f"feed.plot('{tmp_path}/a.png');")
    for cell, output in zip(FIGURES, shown[2:], strict=False):
        assert [part.output_type for part in output] == ["execute_result"], cell
        assert output[0].data["image/png"].startswith("iVBOR"), cell
    described, kept, saved = shown[-3:]
    assert "text/html" in described[0].data
    assert kept == saved == []
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_scripts_need_no_display_and_no_notebook(tmp_path):
    small_feed().to_netcdf(tmp_path / "recording.nc")
    code = (
        "import sys, letdown; "
        f"figure = letdown.open(r'{tmp_path / 'recording.nc'}').plot(); "
        "assert 'matplotlib.pyplot' not in sys.modules and 'IPython' not in sys.modules; "
        "picture, size = figure._repr_png_(); assert picture[:4] == b'\\x89PNG' and size['width'] == 680, size"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def test_dir_shows_what_is_meant_for_users():
    code = "import letdown; letdown.Recording; letdown.plot_feed; print(*dir(letdown))"
    named = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
    ).stdout.split()
    assert [name for name in named if not name.startswith("__")] == sorted(
        name for name in letdown.__all__ if not name.startswith("__")
    )
    assert set(letdown.__all__) <= set(named)
    for name in named:
        getattr(letdown, name)
    assert np.array_equal(sorted(dir(letdown)), dir(letdown))
