"""What is /kaggle/working for a kernel of somebody's own Jupyter, and for whom it lives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kagura.errors import UsageError
from kagura.workflows.kernel import KernelOptions, client_lives, place_for, working_at


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "titanic"
    (folder / "working" / "deep").mkdir(parents=True)
    (folder / "kagura.toml").write_text('[project]\nbase = "2023-07-08"\n')
    return folder


def places(options: KernelOptions, here: Path) -> tuple[Path, str]:
    place, below = working_at(place_for(options, here), here)
    return place.working, below


def test_notebooks_below_a_projects_working_folder_see_all_of_it(project: Path) -> None:
    options = KernelOptions(project=project)
    working = project / "working"
    assert places(options, working) == (working, ".")
    assert places(options, working / "deep") == (working, "deep")


def test_notebooks_elsewhere_see_the_folder_that_they_are_in(project: Path, tmp_path: Path) -> None:
    options = KernelOptions(project=project)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert places(options, elsewhere) == (elsewhere, ".")
    assert places(options, project) == (project, ".")
    assert places(KernelOptions(base="2018-07"), elsewhere) == (elsewhere, ".")


def test_the_users_home_is_never_seen(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", os.fspath(home))
    for too_much in (home, Path("/")):
        assert places(KernelOptions(project=project), too_much) == (project / "working", ".")
        with pytest.raises(UsageError, match="would see all of"):
            places(KernelOptions(base="2018-07"), too_much)


def test_a_project_that_is_gone_is_told(project: Path, tmp_path: Path) -> None:
    (project / "kagura.toml").unlink()
    with pytest.raises(UsageError, match="there is no project in"):
        place_for(KernelOptions(project=project), tmp_path)
    with pytest.raises(UsageError, match="is not a file"):
        place_for(KernelOptions(notebook=project / "gone.ipynb"), tmp_path)


def test_a_client_lives_until_it_or_who_it_named_ends() -> None:
    assert client_lives(os.getppid(), None)()
    assert client_lives(os.getppid(), os.getpid())()
    assert client_lives(os.getppid(), 1)()  # somebody else's
    assert not client_lives(os.getpid(), None)()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as named:
        lives = client_lives(os.getppid(), named.pid)
        assert lives()
        named.communicate(b"\n")
    assert not lives()
    # It was dead before: somebody else's, left in a variable.
    assert client_lives(os.getppid(), named.pid)()
