"""kagura pull, as a user types it, against the stand-in for Kaggle."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from kagura.testing import Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulling import READS, TUTORIAL, Command, source


def test_a_pulled_notebook_runs(kagura: Command, here: Path, home: Path) -> None:
    pulled = kagura("pull", f"https://www.kaggle.com/code/{TUTORIAL}", store=home)
    assert pulled.returncode == 0, pulled.stderr
    assert "(version 12)" in pulled.stderr
    assert "era 2023-07-08 · Python 3.10" in pulled.stderr
    assert "competition titanic" in pulled.stderr
    assert "uciml/iris (v2)" in pulled.stderr
    folder = here / "titanic-tutorial"
    assert (folder / "working" / "titanic-tutorial.ipynb").read_text() == source(*READS)
    metadata = json.loads((folder / "kernel-metadata.json").read_text())
    assert metadata["id"] == TUTORIAL
    assert metadata["dataset_sources"] == ["uciml/iris"]
    ran = kagura("run", folder="titanic-tutorial", store=home)
    assert ran.returncode == 0, ran.stderr
    (run,) = (folder / "runs" / "titanic-tutorial").iterdir()
    assert (run / "submission.csv").read_text() == "done"
    checked = kagura("check", folder="titanic-tutorial", store=home).stdout
    assert "base     era 2023-07-08" in checked
    assert "unknown" not in checked  # my_helper is a utility script


def test_what_is_in_the_store_is_not_fetched_again(kagura: Command, standin: Standin) -> None:
    assert kagura("pull", TUTORIAL, "one").returncode == 0
    served = standin.served("uciml/iris")
    second = kagura("pull", TUTORIAL, "two")
    assert second.returncode == 0, second.stderr
    assert second.stderr.count("already in the store") == 3
    assert standin.served("uciml/iris") == served


def test_inputs_left_for_later_are_fetched_by_a_run(
    kagura: Command, standin: Standin, here: Path, home: Path, tmp_path: Path
) -> None:
    standin.dataset("me/late", {"late.txt": "late"}, version=1)
    cell = "assert open('/kaggle/input/late/late.txt').read() == 'late'"
    standin.kernel("me/late", source(cell), version=1, datasets=["me/late"])
    assert kagura("pull", "me/late", "--no-inputs", store=home).returncode == 0
    assert standin.served("me/late") == 0
    listed = kagura("input", "list", folder="late", store=home)
    assert listed.stdout.startswith("missing")
    ran = kagura("run", folder="late", store=home)
    assert ran.returncode == 0, ran.stderr
    assert 'handle = "datasets/me/late/versions/1"' in (here / "late" / "kagura.lock").read_text()


def test_an_edited_notebook_is_never_overwritten_silently(
    kagura: Command, standin: Standin, here: Path
) -> None:
    kagura("pull", TUTORIAL)
    notebook = here / "titanic-tutorial" / "working" / "titanic-tutorial.ipynb"
    notebook.write_text(mine := source("mine"))
    unchanged = kagura("pull", TUTORIAL)
    assert unchanged.returncode == 0, unchanged.stderr
    assert notebook.read_text() == mine
    assert [path.name for path in notebook.parent.iterdir()] == [notebook.name]
    standin.kernel(TUTORIAL, source("theirs"), version=13)
    newer = kagura("pull", TUTORIAL)
    assert newer.returncode == 0, newer.stderr
    assert "was edited here and stays as it is" in newer.stderr
    assert notebook.read_text() == mine
    beside = notebook.with_name("titanic-tutorial.version-13.ipynb")
    assert beside.read_text() == source("theirs")
    assert kagura("pull", TUTORIAL, "--overwrite").returncode == 0
    assert notebook.read_text() == source("theirs")


def test_an_edit_that_drops_the_notebooks_time_leaves_the_base_alone(
    kagura: Command, here: Path
) -> None:
    kagura("pull", TUTORIAL)
    folder = here / "titanic-tutorial"
    before = (folder / "kagura.toml").read_text()
    edited = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}'
    (folder / "working" / "titanic-tutorial.ipynb").write_text(edited)
    assert kagura("pull", TUTORIAL).returncode == 0
    assert (folder / "kagura.toml").read_text() == before
    assert (folder / "working" / "titanic-tutorial.ipynb").read_text() == edited


def test_an_update_keeps_what_the_user_changed_in_the_project(
    kagura: Command, standin: Standin, here: Path
) -> None:
    kagura("pull", TUTORIAL)
    folder = here / "titanic-tutorial"
    assert kagura("input", "remove", "iris", folder="titanic-tutorial").returncode == 0
    assert kagura("input", "add", "mine=.", folder="titanic-tutorial").returncode == 0
    standin.kernel(TUTORIAL, source("new"), version=13, datasets=["uciml/iris", "uciml/iris"])
    standin.dataset("me/new", {"a": "a"}, version=1)
    standin.kernel(TUTORIAL, source("new"), version=14, datasets=["uciml/iris", "me/new"])
    assert kagura("pull", TUTORIAL).returncode == 0
    text = (folder / "kagura.toml").read_text()
    assert '"mine=."' in text
    assert '"datasets/me/new"' in text
    assert (folder / "working" / "titanic-tutorial.ipynb").read_text() == source("new")


def test_a_competition_that_was_not_joined_names_the_page(
    kagura: Command, standin: Standin, here: Path
) -> None:
    standin.kernel("a/both", source(), version=1, competitions=["closed"], datasets=["uciml/iris"])
    answer = kagura("pull", "a/both")
    assert answer.returncode == 3
    assert "https://www.kaggle.com/competitions/closed/rules" in answer.stderr
    assert "1 of 2 inputs could not be had" in answer.stderr
    assert "Traceback" not in answer.stderr
    # The rest is there, and a pull goes on from it.
    assert "datasets/uciml/iris/versions/2" in (here / "both" / "kagura.lock").read_text()


@pytest.mark.parametrize(
    ("arguments", "more", "code", "said"),
    [
        (("pull", "nobody/nothing"), {}, 3, "there is no notebook nobody/nothing"),
        (("pull", "nothing"), {}, 2, "not a notebook's handle"),
        (("pull", "https://www.kaggle.com/datasets/uciml/iris"), {}, 2, "this is a dataset"),
        (("pull", "missing.ipynb"), {}, 2, "missing.ipynb"),
        (("input", "add", "closed"), {}, 2, "not a dataset's handle"),
        (("input", "add", "c/closed"), {"KAGGLE_API_TOKEN": "wrong"}, 3, "does not accept"),
        (("input", "add", "x=./nothing"), {}, 2, "there is no folder"),
        (("input", "list"), {}, 2, "there is no project"),
        (("pull", TUTORIAL), {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": ""}, 3, "reached"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_message(
    kagura: Command,
    here: Path,
    arguments: tuple[str, ...],
    more: dict[str, str],
    code: int,
    said: str,
) -> None:
    answer = kagura(*arguments, **more)
    assert answer.returncode == code, answer.stderr
    assert [line for line in answer.stderr.splitlines() if line.startswith("error: ")]
    assert said in answer.stderr
    assert "hint: " in answer.stderr
    assert "Traceback" not in answer.stderr
    assert list(here.iterdir()) == []


def test_a_folder_of_somebody_elses_is_left_alone(kagura: Command, here: Path) -> None:
    (here / "titanic-tutorial").mkdir()
    (here / "titanic-tutorial" / "mine.txt").write_text("mine")
    answer = kagura("pull", TUTORIAL)
    assert answer.returncode == 2
    assert [path.name for path in (here / "titanic-tutorial").iterdir()] == ["mine.txt"]
    assert kagura("pull", TUTORIAL, "other").returncode == 0
    assert kagura("pull", "someone/my-helper", "other").returncode == 2
