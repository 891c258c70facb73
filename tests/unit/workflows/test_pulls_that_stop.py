"""Pulls that are stopped, and what cannot be pulled: nothing is in the way of the next one."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kagura.errors import MachineError, UnsupportedError, UsageError
from kagura.workflows import pulling
from kagura.workflows.pulling import read_theirs

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulled import FIRST, KERNEL, TODAY, inputs, notebook, pulled


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "z"


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
