"""The feed figure: what is drawn, not how it looks pixel by pixel."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib import style
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from letdown import OutputError, Recording, RecordingError, plot_feed
from letdown._version import __version__
from letdown.engine.run import EndReason, StepRecord
from letdown.plot.feed import PANELS, mean_flow
from letdown.plot.house import BAND_FELT, DASHES, SIDE_COLOURS, STYLE, check_figure_path, save_figure
from letdown.plot.labels import spread
from letdown.plot.protocol_strip import strip_height_mm, strip_of
from letdown.recording import DISCLAIMER
from synthetic_run import synthetic_run

FEED = synthetic_run()


@pytest.fixture(scope="module")
def figure():
    return plot_feed(Recording.from_run(FEED))


def axes(figure, name):
    return next(ax for ax in figure.axes if ax.get_label() == name)


def line(figure, panel, label):
    return next(item for item in axes(figure, panel).lines if item.get_label() == label)


def test_figure_is_180_mm_wide_and_fits_a_page(figure):
    width, height = (size * 25.4 for size in figure.get_size_inches())
    assert width == pytest.approx(180.0)
    assert height < 240.0


def test_every_axis_has_its_unit_and_time_is_in_minutes(figure):
    for panel in PANELS:
        assert axes(figure, panel.name).get_ylabel() == panel.unit
    last = axes(figure, PANELS[-1].name)
    assert "(min)" in last.get_xlabel()
    assert last.get_xlim() == pytest.approx((0.0, 15.0))
    assert len({ax.get_xlim() for ax in figure.axes}) == 1


@pytest.mark.parametrize("side", [0, 1])
def test_lines_show_the_recording(figure, side):
    name = ("left", "right")[side]
    for panel, label, channel in (
        (f"pressure {name}", f"alveoli {name}", "alveolar_pressure_mmhg"),
        (f"pressure {name}", f"ducts {name}", "ductal_pressure_mmhg"),
        ("diameter", name, "duct_diameter_mm"),
        ("milk", name, "removed_ml"),
    ):
        drawn = line(figure, panel, label)
        np.testing.assert_array_equal(drawn.get_ydata(), FEED.channels[channel][:, side])
        np.testing.assert_allclose(drawn.get_xdata() * 60, FEED.time_s)
    np.testing.assert_array_equal(line(figure, "oxytocin", "oxytocin").get_ydata(), FEED.channels["oxytocin_pg_ml"])


def test_suction_is_drawn_only_while_there_is_some(figure):
    drawn = line(figure, "suction", "left")
    used = FEED.channels["suction_peak_mmhg"][:, 0] > 0
    np.testing.assert_array_equal(np.isfinite(drawn.get_ydata()), used)


def test_breasts_differ_by_colour_and_by_dash(figure):
    left, right = line(figure, "milk", "left"), line(figure, "milk", "right")
    assert to_hex(left.get_color()).upper() == SIDE_COLOURS["left"]
    assert to_hex(right.get_color()).upper() == SIDE_COLOURS["right"]
    assert left.get_linestyle() == "-"
    assert right.get_linestyle() == "--"
    assert DASHES["left"] != DASHES["right"]


def luminance(colour):
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2


def test_side_colours_stand_apart_from_white_and_for_red_green_blindness():
    left, right = (SIDE_COLOURS[side] for side in ("left", "right"))
    for colour in (left, right):
        assert 1.05 / (luminance(colour) + 0.05) > 3.0
    # What is left without red-green sight is mostly blue against yellow.
    blueness = [int(c[5:7], 16) - (int(c[1:3], 16) + int(c[3:5], 16)) / 2 for c in (left, right)]
    assert blueness[0] - blueness[1] > 150


def test_let_downs_are_bands_and_felt_ones_are_marked(figure):
    background = axes(figure, "background")
    bands = [patch for patch in background.patches if str(patch.get_gid()).startswith("let-down-")]
    assert len(bands) == len(FEED.let_downs)
    for band, let_down in zip(bands, FEED.let_downs, strict=True):
        extent = band.get_extents().transformed(background.transData.inverted())
        assert extent.x0 * 60 == pytest.approx(let_down.onset_s)
        assert extent.x1 * 60 == pytest.approx(let_down.end_s)
        assert (to_hex(band.get_facecolor()).upper() == BAND_FELT) == let_down.felt
    dots = {a.get_gid(): a for a in background.get_children() if str(a.get_gid()).startswith("dot-")}
    filled = [to_hex(dots[f"dot-{k}"].get_markerfacecolor()) != "#ffffff" for k in range(1, len(dots) + 1)]
    assert filled == [let_down.felt for let_down in FEED.let_downs]


def test_bursts_have_one_tick_each(figure):
    (ticks,) = axes(figure, "bursts").collections
    at = [segment[0][0] * 60 for segment in ticks.get_segments()]
    assert at == pytest.approx([burst.time_s for burst in FEED.bursts])


def test_mean_flow_carries_all_the_milk_that_left():
    centres, flow = mean_flow(FEED)
    assert centres[:2] == pytest.approx([2.5, 7.5])
    out = np.add(FEED.totals.removed_ml, FEED.totals.leaked_ml)
    np.testing.assert_allclose(flow.sum(axis=0) * 5.0, out, rtol=1e-9)


def test_end_labels_give_milk_and_share(figure):
    words = [text.get_text() for text in axes(figure, "milk").texts]
    assert words[0] == "left 69 mL (64 %)"
    assert any(text.startswith("leaked") for text in words)


def test_labels_are_moved_apart_and_stay_inside():
    placed = spread([1.0, 1.1, 5.0], distance=1.0, low=0.0, high=10.0)
    assert placed == pytest.approx([1.0, 2.0, 5.0])
    top = spread([9.9, 9.8], distance=1.0, low=0.0, high=10.0)
    assert top == pytest.approx([10.0, 9.0])
    assert spread([], distance=1.0, low=0.0, high=1.0) == []


def step(do, start, end, side=None):
    return StepRecord(0, do, side, start, end, EndReason.TIME)


def test_steps_at_the_same_time_get_lanes_of_their_own():
    steps = (step("cue", 0, 100), step("latch", 50, 200, "left"), step("wait", 0, 9), step("cue", 300, 500))
    bars = strip_of(replace(FEED, steps=steps), width_mm=100.0)
    assert [(bar.step.do, bar.lane) for bar in bars] == [("latch", 0), ("cue", 1), ("cue", 0)]
    assert bars[0].name == "infant, left"
    assert strip_height_mm([]) > 0


def test_phases_of_a_pump_are_one_bar():
    steps = (step("pump", 0, 60, "left"), step("pump", 60, 300, "left"), step("pump", 400, 500, "left"))
    bars = strip_of(replace(FEED, steps=steps), width_mm=100.0)
    assert [(bar.step.start_s, bar.step.end_s) for bar in bars] == [(0, 300), (400, 500)]


def test_a_run_without_suction_has_no_suction_panel():
    figure = plot_feed(Recording.from_run(synthetic_run(duration_s=200.0, eventful=False)))
    assert {ax.get_label() for ax in figure.axes} == {"background", "protocol"} | {panel.name for panel in PANELS} - {
        "suction"
    }


def test_a_short_step_keeps_room_for_its_name():
    steps = (step("dose", 100, 105), step("dose", 110, 115), step("dose", 400, 405))
    bars = strip_of(replace(FEED, steps=steps), width_mm=100.0)
    assert [bar.lane for bar in bars] == [0, 1, 0]
    assert not any(bar.is_inside for bar in bars)
    assert bars[0].label_s > 100 + bars[0].length_s


@pytest.mark.parametrize("duration_s", [1.0, 40.0])
def test_a_quiet_or_short_run_can_be_drawn(duration_s):
    assert isinstance(plot_feed(Recording.from_run(synthetic_run(duration_s=duration_s, eventful=False))), Figure)


def test_a_picture_holds_the_pixels_the_size_and_the_texts(tmp_path):
    figure = plot_feed(Recording.from_run(FEED))
    save_figure(figure, tmp_path / "figure.png")
    with style.context(STYLE):
        figure.savefig(tmp_path / "plain.png")
    with Image.open(tmp_path / "figure.png") as ours, Image.open(tmp_path / "plain.png") as plain:
        assert np.array_equal(np.asarray(ours), np.asarray(plain))
        assert ours.info["dpi"] == plain.info["dpi"] == pytest.approx((300, 300), rel=1e-4)
        assert ours.text == {"Software": f"letdown {__version__}", "Description": DISCLAIMER}
    assert (tmp_path / "figure.png").stat().st_size < 1.5 * (tmp_path / "plain.png").stat().st_size


@pytest.mark.parametrize("name", ["figure.png", "figure.pdf", "figure.svg"])
def test_figure_is_written_the_same_each_time(tmp_path, name):
    recording = Recording.from_run(synthetic_run(duration_s=200.0, eventful=False))
    recording.plot(tmp_path / name)
    first = (tmp_path / name).read_bytes()
    recording.plot(tmp_path / name)
    assert (tmp_path / name).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_text_stays_text_in_pdf(tmp_path):
    Recording.from_run(synthetic_run(duration_s=60.0, eventful=False)).plot(tmp_path / "figure.pdf")
    data = (tmp_path / "figure.pdf").read_bytes()
    assert b"/CIDFontType2" in data or b"/TrueType" in data  # fonttype 42
    assert b"/Type3" not in data


def test_a_path_for_a_figure_is_refused_before_the_work(tmp_path):
    check_figure_path(tmp_path / "figure.svg")
    with pytest.raises(OutputError, match=r"\.png, \.pdf or \.svg"):
        check_figure_path(tmp_path / "figure.docx")
    with pytest.raises(OutputError, match="does not exist"):
        check_figure_path(tmp_path / "nowhere" / "figure.svg")


def test_an_unknown_format_or_a_missing_channel_is_refused(tmp_path):
    recording = Recording.from_run(FEED)
    with pytest.raises(OutputError, match=r"\.png, \.pdf or \.svg"):
        recording.plot(tmp_path / "figure.docx")
    fewer = {name: values for name, values in FEED.channels.items() if name != "removed_ml"}
    with pytest.raises(RecordingError, match="no removed_ml"):
        Recording.from_run(replace(FEED, channels=fewer)).plot()
    assert list(tmp_path.iterdir()) == []
