"""Leave at any time: a project's exports, by the command line, taken up by other tools."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, kagura

UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def project(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one package over the base of the era."""
    folder = tmp_path_factory.mktemp("project")
    for arguments in (("init", "--base", ERA), ("add", "squarify")):
        answer = kagura(*arguments, home=home, folder=folder)
        assert answer.returncode == 0, answer.stderr
    return folder


def test_the_locked_packages_are_installed_elsewhere_by_their_hashes(
    home: Path, project: Path, tmp_path: Path
) -> None:
    path = tmp_path / "locked.txt"
    answer = kagura("export", "requirements", "--output", path, home=home, folder=project)
    assert answer.returncode == 0, answer.stderr
    install: list[str | Path] = [UV, "pip", "install", "--require-hashes", "--no-deps"]
    done = subprocess.run(
        [*install, "--target", tmp_path / "site", "-r", path],
        env=os.environ | {"UV_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "squarify" / "__init__.py").exists()


def test_every_export_is_written_once_and_edits_of_it_stay(home: Path, project: Path) -> None:
    for kind, name in (
        ("dockerfile", "Dockerfile"),
        ("compose", "compose.yaml"),
        ("devcontainer", ".devcontainer/devcontainer.json"),
    ):
        first = kagura("export", kind, home=home, folder=project)
        assert first.returncode == 0, first.stderr
        assert f"written  {name}" in first.stdout
        again = kagura("export", kind, home=home, folder=project)
        assert f"the same {name}" in again.stdout
        printed = kagura("export", kind, "--output", "-", home=home, folder=project)
        assert printed.stdout == (project / name).read_text()
        with open(project / name, "a") as file:
            file.write("\n")
        refused = kagura("export", kind, home=home, folder=project)
        assert refused.returncode == 2
        assert "--force" in refused.stderr
        assert kagura("export", kind, "--force", home=home, folder=project).returncode == 0


def test_a_folder_that_is_no_project_is_told_how_to_become_one(home: Path, tmp_path: Path) -> None:
    answer = kagura("export", "compose", home=home, folder=tmp_path)
    assert answer.returncode == 2
    assert "kagura init" in answer.stderr
