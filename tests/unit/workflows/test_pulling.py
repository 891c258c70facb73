"""The folder of a pull: what it adds, what it leaves as the user has it."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kagura.errors import UsageError
from kagura.model.lock import LockedInput
from kagura.project.config import edit_project, read_project
from kagura.project.lockfile import read_lock, write_lock
from kagura.workflows.locking import FROM_FILE

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulled import AUGUST, FIRST, KERNEL, chosen, inputs, notebook, pulled


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "z"


def test_an_input_that_was_removed_stays_removed_though_no_lock_knows_it(folder: Path) -> None:
    pulled(folder)
    assert inputs(folder) == FIRST
    chosen(folder, "competitions/titanic")
    pulled(folder, version=2, datasets=("uciml/iris", "me/new"))
    assert inputs(folder) == ("competitions/titanic", "datasets/me/new")


def test_an_input_in_another_version_or_with_other_files_is_the_users_choice(folder: Path) -> None:
    pulled(folder)
    mine = (
        "competitions/titanic#train.csv",
        "UCIML/iris/versions/1",
        "models/google/gemma/pyTorch/2b/versions/3",
        "own=./data",
    )
    chosen(folder, *mine)
    pulled(folder, models=("google/gemma/pyTorch/2b/2",))
    assert inputs(folder) == mine


def test_what_the_user_had_before_the_notebook_wanted_it_is_not_added_again(folder: Path) -> None:
    pulled(folder, datasets=())
    chosen(folder, "uciml/iris/versions/1")
    pulled(folder)
    assert inputs(folder) == ("uciml/iris/versions/1",)


def test_a_model_that_nobody_touched_moves_with_the_notebook(folder: Path) -> None:
    pulled(folder)
    pulled(folder, models=("google/gemma/pyTorch/2b/2",))
    assert inputs(folder) == (*FIRST[:2], "models/google/gemma/pyTorch/2b/versions/2")


def test_the_lock_has_the_inputs_of_the_project_and_no_others(folder: Path) -> None:
    made = pulled(folder)
    items = [
        LockedInput(name=name, handle=name, digest="sha256:0", files=1, size=1) for name in FIRST
    ]
    write_lock(folder, replace(made.lock, inputs=tuple(items)))
    chosen(folder, FIRST[1], "uciml/iris/versions/1")
    pulled(folder)
    assert [item.name for item in read_lock(folder).inputs] == [FIRST[1]]


def test_a_project_without_its_lock_is_still_the_notebooks(folder: Path) -> None:
    pulled(folder)
    chosen(folder, "datasets/uciml/iris")
    (folder / "kagura.lock").unlink()
    pulled(folder, version=2)
    lock = read_lock(folder)
    assert lock.notebook is not None
    assert lock.notebook.handle == "notebooks/alice/first-steps/versions/2"
    assert inputs(folder) == ("datasets/uciml/iris",)
    # What `kagura sync` writes names no notebook.
    write_lock(folder, replace(lock, notebook=None))
    pulled(folder, version=2)
    with pytest.raises(UsageError, match="the project of another notebook"):
        pulled(folder, handle="bob/other")


def test_the_base_that_the_user_chose_is_the_one_that_is_told(folder: Path) -> None:
    assert "image id" in pulled(folder).base.reason
    edit_project(folder, lambda old: replace(old, base="2023-03"))
    first = pulled(folder)
    assert first.base.reason == FROM_FILE
    assert first.base.era.date < date(2023, 4, 1)
    assert first.lock.base is not None
    assert (first.lock.base.era, first.lock.base.reason) == (
        first.base.era.date.isoformat(),
        FROM_FILE,
    )
    # Even one that is written as the lock has it.
    edit_project(folder, lambda old: replace(old, base=first.base.era.date.isoformat()))
    again = pulled(folder, source=notebook("2", AUGUST))
    assert again.base.era == first.base.era
    assert read_project(folder).base == first.base.era.date.isoformat()


def test_a_pull_that_changes_nothing_of_a_chosen_base_keeps_what_was_resolved_over_it(
    folder: Path,
) -> None:
    pulled(folder)
    edit_project(folder, lambda old: replace(old, base="2023-03"))
    made = pulled(folder)
    assert made.lock.base is not None
    write_lock(folder, replace(made.lock, base=replace(made.lock.base, digest="sha256:1")))
    after = pulled(folder).lock.base
    assert after is not None
    assert after.digest == "sha256:1"


def test_a_base_that_a_pull_chose_moves_with_the_notebook(folder: Path) -> None:
    first = pulled(folder)
    then = pulled(folder, source=notebook("2", AUGUST))
    assert then.base.era.date > first.base.era.date
    assert read_project(folder).base == then.base.era.date.isoformat()


def test_an_edited_notebook_is_told_again_and_again(folder: Path) -> None:
    made = pulled(folder, version=3, source=notebook("3"))
    made.notebook.write_text("mine")
    for _ in range(2):
        made = pulled(folder)
        assert made.is_edited
        assert made.kept == folder / "working" / "first-steps.version-1.ipynb"
        assert made.notebook.read_text() == "mine"
        assert made.kept.read_text() == KERNEL.source


def test_what_lies_where_kaggles_version_would_is_not_overwritten(folder: Path) -> None:
    made = pulled(folder, version=3, source=notebook("3"))
    made.notebook.write_text("mine")
    (folder / "working" / "first-steps.version-1.ipynb").write_text("mine, too")
    made = pulled(folder)
    assert made.kept == folder / "working" / "first-steps.version-1-2.ipynb"
    assert (folder / "working" / "first-steps.version-1.ipynb").read_text() == "mine, too"


def test_the_notebook_that_the_project_names_is_the_one_that_is_updated(folder: Path) -> None:
    pulled(folder).notebook.rename(folder / "mine.ipynb")
    edit_project(folder, lambda old: replace(old, notebook="mine.ipynb"))
    pulled(folder, version=2, source=notebook("2"))
    assert (folder / "mine.ipynb").read_text() == notebook("2")
    assert not list((folder / "working").iterdir())
    edit_project(folder, lambda old: replace(old, notebook="mine.py"))
    with pytest.raises(UsageError, match=r"names mine\.py as the notebook, and Kaggle's is"):
        pulled(folder, version=3, overwrite=True)
