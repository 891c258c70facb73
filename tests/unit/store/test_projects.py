"""The store's notes of who uses it: they hold as long as the project is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.store.objects import Kind, StoredObject
from kagura.store.projects import note_use, noted


def item(digest: str, kind: Kind = "bases") -> StoredObject:
    return StoredObject(kind=kind, digest=digest, folder=Path("/store"), record={})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("kagura.toml", "a.ipynb", "b.ipynb"):
        (folder / name).touch()
    return folder


def test_a_project_uses_what_its_notebooks_use_together(tmp_path: Path, project: Path) -> None:
    for name, digest in (("a.ipynb", "sha256:1"), ("b.ipynb", "sha256:2")):
        note_use(tmp_path, project, rests_on=["kagura.toml", name], uses=[item(digest)])
    (found,) = noted(tmp_path)
    assert found.folder == project
    assert found.uses == (("bases", "sha256:1"), ("bases", "sha256:2"))


def test_a_later_note_stands_instead_of_the_one_before(tmp_path: Path, project: Path) -> None:
    note_use(tmp_path, project, rests_on=["kagura.toml"], uses=[item("sha256:1")])
    note_use(tmp_path, project, rests_on=["kagura.toml"], uses=[item("sha256:2", "layers")])
    assert noted(tmp_path)[0].uses == (("layers", "sha256:2"),)


@pytest.mark.parametrize("lost", ["a.ipynb", "kagura.toml"])
def test_a_note_ends_with_the_files_that_it_rests_on(
    tmp_path: Path, project: Path, lost: str
) -> None:
    note_use(tmp_path, project, rests_on=["kagura.toml", "a.ipynb"], uses=[item("sha256:1")])
    (project / lost).unlink()
    assert noted(tmp_path) == ()
    assert list((tmp_path / "projects").iterdir()) == []


def test_a_folder_that_is_gone_is_no_project(tmp_path: Path, project: Path) -> None:
    note_use(tmp_path, project, rests_on=["kagura.toml"], uses=[item("sha256:1")])
    project.rename(tmp_path / "moved")
    assert noted(tmp_path) == ()


def test_a_broken_note_is_dropped_and_the_others_are_read(tmp_path: Path, project: Path) -> None:
    note_use(tmp_path, project, rests_on=["kagura.toml"], uses=[item("sha256:1")])
    for name, text in (("half", '{"folder": "/x"'), ("list", "[]"), ("kinds", '{"folder": 1}')):
        (tmp_path / "projects" / f"{name}.json").write_text(text)
    assert [found.folder for found in noted(tmp_path)] == [project]
    assert len(list((tmp_path / "projects").iterdir())) == 1


def test_a_store_that_cannot_be_written_to_learns_nothing(tmp_path: Path, project: Path) -> None:
    (tmp_path / "projects").write_text("a file in the way")
    note_use(tmp_path, project, rests_on=["kagura.toml"], uses=[item("sha256:1")])
    assert noted(tmp_path) == ()


def test_a_note_that_says_the_same_is_not_written_again(tmp_path: Path, project: Path) -> None:
    note_use(tmp_path, project, rests_on=["kagura.toml"], uses=[item("sha256:1")])
    (path,) = (tmp_path / "projects").iterdir()
    before = path.stat().st_ino
    note_use(tmp_path, project, rests_on=["kagura.toml"], uses=[item("sha256:1")])
    assert path.stat().st_ino == before
