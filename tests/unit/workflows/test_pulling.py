"""The folder of a pull: what it adds, what it leaves as the user has it, what it refuses."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kagura.errors import MachineError, UnsupportedError, UsageError
from kagura.kaggle.answers import Kernel
from kagura.model.lock import LockedInput
from kagura.project.config import edit_project, read_project
from kagura.project.lockfile import read_lock, write_lock
from kagura.workflows import pulling
from kagura.workflows.locking import FROM_FILE
from kagura.workflows.pulling import Written, read_theirs, write_folder

TODAY = date(2026, 11, 23)
# Python 3.10: its era is told by the notebook.
JULY, AUGUST = 30527, 30558


def notebook(text: str, image: int = JULY) -> str:
    cell = {"cell_type": "code", "source": text, "metadata": {}, "outputs": []}
    metadata = {"kaggle": {"dockerImageVersionId": image}}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})


KERNEL = Kernel(
    handle="alice/first-steps",
    id=1,
    title="First steps",
    version=1,
    newest=1,
    source=notebook("1"),
    language="python",
    kind="notebook",
    is_private=False,
    has_gpu=False,
    has_tpu=False,
    has_internet=True,
    keywords=(),
    datasets=("uciml/iris",),
    competitions=("titanic",),
    kernels=(),
    models=("google/gemma/pyTorch/2b/1",),
    image=None,
    machine=None,
    last_run=None,
)
FIRST = ("competitions/titanic", "datasets/uciml/iris", "models/google/gemma/pyTorch/2b/versions/1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "z"


def pulled(folder: Path, *, overwrite: bool = False, **changed: Any) -> Written:
    theirs = read_theirs(replace(KERNEL, **changed), today=TODAY)
    return write_folder(folder, theirs, overwrite=overwrite, today=TODAY)


def inputs(folder: Path) -> tuple[str, ...]:
    return read_project(folder).inputs


def chosen(folder: Path, *inputs: str) -> None:
    edit_project(folder, lambda old: replace(old, inputs=inputs))


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


def stopped_at(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the write of that number leave half a file and end the pull, as kill -9 does."""
    from kagura.project import edit, lockfile
    from kagura.system.files import write_atomically

    count = 0

    def write(path: Path, content: bytes | str) -> None:
        nonlocal count
        count += 1
        if count == number:
            (path.parent / f".{path.name[:40]}.a1b2_c3d").write_text("half")
            raise KeyboardInterrupt
        write_atomically(path, content)

    for module in (pulling, edit, lockfile):
        monkeypatch.setattr(module, "write_atomically", write)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_first_pull_that_was_stopped_is_gone_on_with(
    folder: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        stopped_at(number, patch)
        with pytest.raises(KeyboardInterrupt):
            pulled(folder)
    made = pulled(folder)
    assert not made.is_edited
    assert inputs(folder) == FIRST
    names = {path.name for path in folder.iterdir() if "a1b2" not in path.name}
    assert names == {"kernel-metadata.json", "working", "kagura.toml", "kagura.lock"}
    if number < 4:
        assert not list(folder.rglob("*a1b2*"))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_later_pull_that_was_stopped_loses_no_new_input(
    folder: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled(folder)
    new: dict[str, Any] = {
        "version": 2,
        "source": notebook("2"),
        "datasets": ("uciml/iris", "me/new"),
    }
    with monkeypatch.context() as patch:
        stopped_at(number, patch)
        with pytest.raises(KeyboardInterrupt):
            pulled(folder, **new)
    made = pulled(folder, **new)
    assert not made.is_edited
    assert made.notebook.read_text() == new["source"]
    assert set(inputs(folder)) == {*FIRST, "datasets/me/new"}


@pytest.mark.parametrize(
    "mine",
    [
        "mine.txt",
        "working/mine.ipynb",
        "working/first-steps.ipynb",
        "data/x.csv",
        ".kernel-metadata.json.mine",
        "kagura.toml",
    ],
)
def test_a_users_own_folder_is_not_taken_for_an_unfinished_one(folder: Path, mine: str) -> None:
    (folder / mine).parent.mkdir(parents=True)
    (folder / mine).write_text("")
    with pytest.raises(UsageError, match=r"is there already, and no project of alice/first-steps"):
        pulled(folder)
    assert [path for path in folder.rglob("*") if path.is_file()] == [folder / mine]


def test_an_unfinished_pull_of_another_notebook_is_not_taken_over(folder: Path) -> None:
    folder.mkdir()
    (folder / "kernel-metadata.json").write_text('{"id": "bob/first-steps"}')
    with pytest.raises(UsageError):
        pulled(folder)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"language": "r"}, UnsupportedError),
        ({"source": "<html>"}, UsageError),
        ({"source": '"\ud800"'}, UsageError),
        ({"datasets": ("no handle",)}, UsageError),
    ],
)
def test_what_cannot_be_pulled_is_refused_before_anything_is_written(
    tmp_path: Path, changed: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        pulled(tmp_path / "z", **changed)
    assert "/tmp" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_an_r_notebook_is_called_by_its_name_on_kaggle() -> None:
    with pytest.raises(UnsupportedError, match=r"^alice/first-steps\.irnb: this is R"):
        read_theirs(replace(KERNEL, language="r"), today=TODAY)


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


@pytest.mark.parametrize("name", ["afile", "afile/x"])
def test_a_file_in_the_place_of_the_folder_is_told_as_that(tmp_path: Path, name: str) -> None:
    (tmp_path / "afile").touch()
    with pytest.raises(UsageError, match="a file is in its place"):
        pulled(tmp_path / name)


def test_a_folder_that_is_closed_to_us_is_the_machines_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()

    def closed(path: str | os.PathLike[str]) -> list[str]:
        raise PermissionError(13, "Permission denied", os.fspath(path))

    monkeypatch.setattr(os, "listdir", closed)
    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(MachineError, match="no permission") as caught:
        pulled(folder)
    assert "another folder" in (caught.value.hint or "")
