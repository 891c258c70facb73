"""The Lab as a person sees it: cells, a second browser, reset, terminal, differences."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browser import Desk
from commands import ERA, kagura, write_notebook
from living import until
from living import up as any_up
from playwright.sync_api import Browser, expect


def up(project: Path, home: Path, *more: str, base: str = ERA) -> str:
    return str(any_up(project, home, *more, base=base)["url"])


def sources(path: Path) -> list[str]:
    try:
        cells = json.loads(path.read_text())["cells"]
    except ValueError:  # it is being written
        return [""]
    return ["".join(cell["source"]) for cell in cells]


# The eras of Python 3.6, of 2022 and the newest: one Lab serves all.
@pytest.mark.parametrize(
    ("era", "minor"), [("2018-06", "3.6"), ("2022-06", "3.7"), ("2026-06", "3.12")]
)
def test_cells_run_and_are_saved_on_the_host(
    project: Path, home: Path, chromium: Browser, era: str, minor: str
) -> None:
    notebook = write_notebook(
        project / "iris.ipynb",
        "import sys\nprint('Python', sys.version.split()[0])",
        "import pandas as pd\n"
        "pd.DataFrame({'petal': [1.4, 4.7], 'kind': ['setosa', 'versicolor']})",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 4, 9]);",
    )
    desk = Desk(chromium, up(project, home, "iris.ipynb", base=era)).show_notebook()
    for number in range(3):
        desk.run(number)
    expect(desk.output(0)).to_contain_text(f"Python {minor}.")
    expect(desk.output(1).locator("table")).to_contain_text("versicolor")
    expect(desk.output(2).locator("img")).to_be_visible()
    desk.write(0, "\nopen('weights.bin', 'w').write('7')")
    desk.run(0)
    desk.page.keyboard.press("Control+s")
    assert until(lambda: (project / "weights.bin").exists())
    assert until(lambda: "weights.bin" in sources(notebook)[0])
    assert until(lambda: "setosa" in notebook.read_text())
    desk.picture(f"lab-{era}")


def test_a_second_browser_sees_the_first_ones_typing(
    project: Path, home: Path, chromium: Browser
) -> None:
    write_notebook(project / "both.ipynb", "a = 1", "print(a + 1)")
    url = up(project, home, "both.ipynb")
    one, two = Desk(chromium, url).show_notebook(), Desk(chromium, url).show_notebook()
    one.write(0, "  # from one")
    expect(two.cell(0)).to_contain_text("# from one")
    two.write(1, "  # from two")
    expect(one.cell(1)).to_contain_text("# from two")
    one.run(0)
    two.run(1)
    expect(one.output(1)).to_contain_text("2")
    expect(two.output(1)).to_contain_text("2")
    one.picture("two-browsers")


def test_a_reset_while_a_cell_runs_keeps_what_was_typed(
    project: Path, home: Path, chromium: Browser
) -> None:
    notebook = write_notebook(
        project / "long.ipynb", "import time\nopen('begun', 'w').close()\ntime.sleep(1000)", "b = 2"
    )
    url = up(project, home, "long.ipynb")
    desk, other = Desk(chromium, url).show_notebook(), Desk(chromium, url).show_notebook()
    desk.run(0)
    assert until(lambda: (project / "begun").exists())
    desk.write(1, "\nprint('never', 'saved')")
    assert kagura("reset", home=home, folder=project).returncode == 0
    # Typed while the connection is still down, for all that is known.
    desk.write(1, "\nprint(b * 21)")
    expect(desk.output(1)).to_be_empty()
    desk.wait_for_kernel()
    desk.run(1)
    expect(desk.output(1)).to_contain_text("42")
    expect(other.output(1)).to_contain_text("42")
    wanted = "b = 2\nprint('never', 'saved')\nprint(b * 21)"
    assert until(lambda: sources(notebook)[1] == wanted), sources(notebook)
    assert len(sources(notebook)) == 2
    expect(desk.page.locator(".jp-Dialog")).to_have_count(0)


def test_a_wrong_token_is_refused(project: Path, home: Path, chromium: Browser) -> None:
    url = up(project, home)
    wrong = Desk(chromium, re.sub(r"token=.*", "token=wrong", url))
    expect(wrong.page.get_by_label("Password or token")).to_be_visible()
    assert wrong.page.locator(".jp-LabShell").count() == 0
    wrong.picture("wrong-token")


def test_a_terminal_of_the_lab_is_inside(project: Path, home: Path, chromium: Browser) -> None:
    desk = Desk(chromium, up(project, home))
    desk.command("File", "New", "Terminal")
    desk.page.locator(".jp-Terminal .xterm-screen").click()
    desk.page.keyboard.type("(pwd; id -u) > part.txt; mv part.txt seen.txt\n")
    seen = project / "seen.txt"
    assert until(seen.exists)
    assert seen.read_text().split() == ["/kaggle/working", "0"]


def test_the_gauge_and_a_notebooks_diff_are_there(
    project: Path, home: Path, chromium: Browser
) -> None:
    write_notebook(project / "changed.ipynb", "x = 'before'")
    desk = Desk(chromium, up(project, home, "changed.ipynb")).show_notebook()
    expect(desk.page.locator(".jp-StatusBar-Widget", has_text="Mem:")).to_be_visible()
    desk.page.keyboard.press("Control+s")  # a checkpoint
    assert until(lambda: any(project.glob(".ipynb_checkpoints/*")))
    desk.write(0, " + 'after'")
    assert until(lambda: "after" in sources(project / "changed.ipynb")[0])
    desk.page.locator(
        "[data-command='nbdime:diff-checkpoint'], .nbdime-toolbarButton"
    ).first.click()
    view = desk.page.locator(".nbdime-root")
    expect(view).to_contain_text("after")
    desk.picture("diff")


def test_settings_of_the_lab_outlive_the_session(
    project: Path, home: Path, chromium: Browser
) -> None:
    url = up(project, home)
    desk = Desk(chromium, url)
    desk.command("Settings", "Theme", "JupyterLab Dark")
    expect(desk.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    settings = home / "lab-settings"
    assert until(lambda: any("Dark" in p.read_text() for p in settings.rglob("*-settings")))
    assert kagura("down", home=home, folder=project).returncode == 0
    again = Desk(chromium, up(project, home))
    expect(again.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    again.command("Settings", "Theme", "JupyterLab Light")
    expect(again.page.locator("body")).to_have_attribute("data-jp-theme-light", "true")
    assert until(lambda: not any("Dark" in p.read_text() for p in settings.rglob("*-settings")))
