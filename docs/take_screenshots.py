"""Draw docs/figures/explorer*.png: the explorer's page in Chromium, served by the program itself.

Needs the development group, the built page and a Chromium (`LETDOWN_CHROMIUM` names one, else `chromium` is taken).
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

__all__ = ["SHOTS", "Shot", "served", "take_screenshots"]

FIGURES = Path(__file__).with_name("figures")

CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]

COMPILING_S = 300.0


class Shot(NamedTuple):
    """One figure: its name, the question of the page, the moment shown, the size of the window in CSS pixels."""

    name: str
    query: str
    moment_s: int
    width: int
    height: int


SHOTS = (
    Shot("explorer", "preset=breastfeed&seed=1", 214, 1280, 860),
    Shot("explorer-phone", "preset=breastfeed&seed=1", 214, 390, 844),
)


@contextmanager
def served() -> Iterator[str]:
    """Run `letdown explore` on a free port and yield its address once the model is compiled."""
    command = [sys.executable, "-m", "letdown", "explore", "--no-browser"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r"http://\S+", process.stderr.readline())
        if found is None:
            raise SystemExit("letdown explore gave no address; start it by hand to see why.")
        try:
            _wait(found[0])
            yield found[0]
        finally:
            process.terminate()


def _wait(address: str) -> None:
    deadline = time.monotonic() + COMPILING_S
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{address}api/ready", timeout=10.0) as answer:
                if b'"ready":true' in answer.read():
                    return
        except OSError:
            pass  # not listening yet
        time.sleep(0.2)
    raise SystemExit(f"The model was not compiled within {COMPILING_S:g} s; try again.")


def shoot(page: Page, address: str, shot: Shot) -> None:
    """Write one figure."""
    page.set_viewport_size({"width": shot.width, "height": shot.height})
    page.goto(f"{address}?{shot.query}&t={shot.moment_s}")
    page.locator(f"[role=slider][aria-valuenow='{shot.moment_s}']").first.wait_for()
    page.wait_for_timeout(500.0)  # charts draw in the frame after their data
    page.screenshot(path=FIGURES / f"{shot.name}.png")


def take_screenshots() -> None:
    """Write every figure."""
    chromium = os.environ.get("LETDOWN_CHROMIUM") or shutil.which("chromium")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        context = browser.new_context(reduced_motion="reduce", color_scheme="light", device_scale_factor=1.25)
        page = context.new_page()
        for shot in SHOTS:
            shoot(page, address, shot)
        browser.close()


if __name__ == "__main__":
    take_screenshots()
