"""A real browser before a session's JupyterLab, as a person sits before it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

# Screenshots of every run are kept here, to be looked at.
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"

# In milliseconds: a busy machine may take long to show a Lab.
PATIENCE = 60_000

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",  # the tests may be root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium, else the one that `playwright install chromium` has brought."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield started
        started.close()


class Desk:
    """One browser window of its own (cookies and all) with the Lab in it."""

    def __init__(self, program: Browser, url: str) -> None:
        context = program.new_context(viewport={"width": 1200, "height": 800})
        context.set_default_timeout(PATIENCE)
        self.page: Page = context.new_page()
        self.page.goto(url)

    def show_notebook(self) -> Desk:
        """Wait until the notebook is there and its kernel is idle."""
        expect(self.page.locator(".jp-Notebook .jp-Cell").first).to_be_visible()
        self.wait_for_kernel()
        return self

    def wait_for_kernel(self) -> None:
        """Wait until the kernel has nothing to do; a cell that is run before is lost."""
        expect(self.page.get_by_text("Python 3 | Idle")).to_be_visible()

    def cell(self, number: int) -> Locator:
        """A cell of the notebook, from 0 on."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def run(self, number: int) -> None:
        """Click into a cell and press Control-Enter."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def write(self, number: int, text: str) -> None:
        """Type at the end of a cell."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)

    def output(self, number: int) -> Locator:
        """What a cell shows."""
        return self.cell(number).locator(".jp-Cell-outputArea")

    def command(self, *menu: str) -> None:
        """Choose from the menus, by their words."""
        self.page.locator(".lm-MenuBar-item", has_text=menu[0]).first.click()
        for words in menu[1:]:
            self.page.locator(".lm-Menu-itemLabel", has_text=words).first.click()

    def picture(self, name: str) -> Path:
        """Keep a screenshot."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}.png"
        self.page.screenshot(path=os.fspath(path))
        return path
