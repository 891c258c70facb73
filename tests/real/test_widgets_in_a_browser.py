"""Widgets of ipywidgets 7 and 8 in the one Lab, as a person uses them."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Desk
from commands import write_notebook
from living import up
from playwright.sync_api import Browser, expect

WIDGETS = """\
import ipywidgets as w
print('ipywidgets', w.__version__)
told = w.Output()
button, slider = w.Button(description='press'), w.IntSlider(value=3, description='depth')
button.on_click(lambda _: told.append_stdout('pressed at %d; ' % slider.value))
text = w.Text(value='a')
tab = w.Tab([text, w.Label('under'), w.FileUpload()])
[tab.set_title(number, title) for number, title in enumerate(['first', 'second', 'files'])]
w.VBox([button, slider, told, tab])"""

PROGRESS = """\
from tqdm.notebook import tqdm
print(sum(tqdm([1, 2, 3])))"""

READ = """\
files = tab.children[2]
print(slider.value, text.value, tab.selected_index, files.value)"""


# 7.7 is what Kaggle's image had until 2024; 8 is what it has since.
@pytest.mark.parametrize(("era", "version"), [("2023-07-08", "7."), ("2025-10", "8.")])
def test_widgets_are_shown_and_speak_with_the_kernel(
    project: Path, home: Path, chromium: Browser, era: str, version: str
) -> None:
    write_notebook(project / "widgets.ipynb", WIDGETS, PROGRESS, READ)
    desk = Desk(chromium, up(project, home, "widgets.ipynb", base=era)["url"]).show_notebook()
    desk.run(0)
    shown = desk.output(0)
    expect(shown).to_contain_text(f"ipywidgets {version}")
    expect(shown.locator(".widget-slider .widget-readout")).to_have_text("3")
    shown.locator(".widget-readout").fill("41")
    shown.locator(".widget-readout").press("Enter")
    shown.get_by_role("button", name="press").click()
    expect(shown).to_contain_text("pressed at 41;")
    shown.locator("input[type=text]").fill("typed")
    shown.locator("input[type=text]").press("Enter")
    shown.get_by_text("files", exact=True).click()
    with desk.page.expect_file_chooser() as chooser:
        shown.get_by_role("button", name="Upload").click()
    chooser.value.set_files({"name": "petals.csv", "mimeType": "text/csv", "buffer": b"1.4,0.2"})
    desk.picture(f"widgets-{version[0]}")
    shown.get_by_text("second", exact=True).click()
    expect(shown).to_contain_text("under")
    desk.run(1)
    expect(desk.output(1).locator(".progress-bar-success")).to_be_visible()
    expect(desk.output(1)).to_contain_text("6")
    desk.run(2)
    expect(desk.output(2)).to_contain_text("41 typed 1")
    expect(desk.output(2)).to_contain_text("petals.csv")
