"""kagura pull into a folder that is there: the user's choices stay, and the rest is made ready."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from kagura.testing import Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulling import READS, TUTORIAL, Command, source


def inputs(here: Path, folder: str) -> list[str]:
    project = tomllib.loads((here / folder / "kagura.toml").read_text())["project"]
    found: list[str] = project["inputs"]
    return found


def locked(here: Path, folder: str) -> dict[str, str]:
    lock = tomllib.loads((here / folder / "kagura.lock").read_text())
    return {item["name"]: item["handle"] for item in lock.get("input", [])}


def test_inputs_that_were_removed_before_they_were_fetched_stay_removed(
    kagura: Command, here: Path
) -> None:
    assert kagura("pull", TUTORIAL, "a", "--no-inputs").returncode == 0
    for name in ("iris", "my-helper"):
        assert kagura("input", "remove", name, folder="a").returncode == 0
    again = kagura("pull", TUTORIAL, "a")
    assert again.returncode == 0, again.stderr
    assert inputs(here, "a") == ["competitions/titanic"]


def test_a_pull_makes_ready_what_the_project_lists_and_no_more(kagura: Command, here: Path) -> None:
    assert kagura("pull", TUTORIAL, "a").returncode == 0
    file = here / "a" / "kagura.toml"
    text = file.read_text()
    text = text.replace('"competitions/titanic"', '"competitions/titanic#train.csv"')
    text = text.replace('"datasets/uciml/iris"', '"uciml/iris/versions/1"')
    file.write_text(text)
    answer = kagura("pull", TUTORIAL, "a", "--format", "json")
    assert answer.returncode == 0, answer.stderr
    helper = "notebooks/someone/my-helper"
    assert set(inputs(here, "a")) == {
        "competitions/titanic#train.csv",
        "uciml/iris/versions/1",
        helper,
    }
    assert locked(here, "a") == {
        "competitions/titanic#train.csv": "competitions/titanic#train.csv",
        "uciml/iris/versions/1": "datasets/uciml/iris/versions/1",
        helper: f"{helper}/versions/1",
    }
    assert sorted(json.loads(answer.stdout)["inputs"]) == sorted(locked(here, "a").values())
    listed = json.loads(kagura("input", "list", "--format", "json", folder="a").stdout)
    assert {item["state"] for item in listed} == {"here"}


def test_files_that_an_input_does_not_have_keep_no_other_input(kagura: Command, here: Path) -> None:
    kagura("pull", TUTORIAL, "a", "--no-inputs")
    file = here / "a" / "kagura.toml"
    file.write_text(file.read_text().replace("/titanic", "/titanic#nothing.csv"))
    answer = kagura("pull", TUTORIAL, "a")
    assert answer.returncode == 3, answer.stderr
    assert "1 of 3 inputs could not be had" in answer.stderr
    assert "datasets/uciml/iris" in locked(here, "a")


def test_the_base_of_the_project_is_told(kagura: Command, here: Path) -> None:
    assert kagura("pull", TUTORIAL, "a", "--no-inputs").returncode == 0
    file = here / "a" / "kagura.toml"
    file.write_text(file.read_text().replace('base = "2023-07-08"', 'base = "2023-03"'))
    answer = kagura("pull", TUTORIAL, "a", "--no-inputs", "--format", "json")
    told = json.loads(answer.stdout)
    assert f"era {told['era']} · Python 3.7 · from kagura.toml" in answer.stderr
    assert "the notebook's own: era 2023-07-08" in answer.stderr
    assert told["era"].startswith("2023-0")
    assert told["era"] < "2023-04"
    assert told["reason"] == "from kagura.toml"


def test_an_edited_notebook_is_told_each_time(
    kagura: Command, standin: Standin, here: Path
) -> None:
    standin.kernel(TUTORIAL, source("13"), version=13)
    kagura("pull", TUTORIAL, "a", "--no-inputs")
    (here / "a" / "working" / "titanic-tutorial.ipynb").write_text(source("mine"))
    for _ in range(2):
        answer = kagura("pull", f"{TUTORIAL}/12", "a", "--no-inputs", "--format", "json")
        assert answer.returncode == 0, answer.stderr
        assert "edited here and stays as it is; Kaggle's version is" in answer.stderr
        assert "(version 12)" not in answer.stderr
        told = json.loads(answer.stdout)
        assert told["edited"] is True
        assert told["kept"] == "a/working/titanic-tutorial.version-12.ipynb"


def test_what_a_broken_locks_hint_says_can_be_done(kagura: Command, here: Path) -> None:
    kagura("pull", TUTORIAL, "a")
    (here / "a" / "kagura.lock").write_text("broken = ")
    broken = kagura("pull", TUTORIAL, "a")
    assert broken.returncode == 2
    assert "delete it" in broken.stderr
    (here / "a" / "kagura.lock").unlink()
    answer = kagura("pull", TUTORIAL, "a")
    assert answer.returncode == 0, answer.stderr
    assert len(locked(here, "a")) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("pull", TUTORIAL, "afile"), 2, "afile: a file is in its place"),
        (("pull", "alice/in-r"), 3, "alice/in-r.irnb: this is R"),
        (("pull", "alice/damaged"), 2, "alice/damaged.ipynb: not valid JSON"),
        (("pull", "afile.ipynb", "somewhere"), 2, "somewhere means nothing"),
        (("pull", "afile.ipynb", "--outputs", "--yes"), 2, "--outputs is for a notebook that"),
        (("pull", "afile.ipynb", "--overwrite", "--yes"), 2, "--overwrite is for a notebook that"),
    ],
)
def test_what_is_refused_leaves_nothing(
    kagura: Command,
    standin: Standin,
    here: Path,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    standin.kernel("alice/in-r", source(*READS), language="r")
    standin.kernel("alice/damaged", source(*READS)[:-5])
    (here / "afile").touch()
    (here / "afile.ipynb").write_text(source("1"))
    answer = kagura(*arguments)
    assert answer.returncode == code, answer.stderr
    assert said in answer.stderr
    assert {path.name for path in here.iterdir()} == {"afile", "afile.ipynb"}
