"""Export: a lock that is right, the user's own files, and inputs where Kaggle has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.errors import UsageError
from kagura.model.lock import Lock, LockedBase, LockedInput, LockedPackage
from kagura.progress import Silent
from kagura.project.lockfile import write_lock
from kagura.store.objects import Store
from kagura.workflows.export import Exported, export, export_requirements, write

BASE = LockedBase(
    era="2023-07-08",
    python="3.10",
    reason="from kagura.toml",
    digest="sha256:1",
    packages=("numpy==1.23.5",),
)
ADDED = LockedPackage(
    name="optuna", version="4.4.0", change="added", direct=True, hashes=("sha256:a",)
)
TOML = """[project]
base = "2023-07-08"
requirements = ["optuna"]
inputs = ["datasets/uciml/iris", "mine=data"]
notebook = "working/n.ipynb"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "kagura.toml").write_text(TOML)
    iris = LockedInput(
        name="datasets/uciml/iris",
        handle="datasets/uciml/iris/versions/2",
        digest="sha256:2",
        files=1,
        size=1,
    )
    lock = Lock(base=BASE, requirements=("optuna",), packages=(ADDED,), inputs=(iris,))
    write_lock(folder, lock)
    return folder


def made(project: Path, *, layout: str = "") -> dict[str, str]:
    if layout:
        (project / "kagura.toml").write_text(f'{TOML}layout = "{layout}"\n')
    files = export(
        "compose", project, gpus="auto", store=Store(project.parent / "store"), progress=Silent()
    )
    return {file.path.relative_to(project).as_posix(): file.text for file in files}


def test_a_compose_file_comes_with_its_dockerfile(project: Path) -> None:
    assert list(made(project)) == ["compose.yaml", "Dockerfile"]


@pytest.mark.parametrize(
    ("layout", "path"),
    [("", "iris"), ("flat", "iris"), ("nested", "datasets/uciml/iris")],
)
def test_inputs_are_where_the_layout_has_them(project: Path, layout: str, path: str) -> None:
    text = made(project, layout=layout)["compose.yaml"]
    assert f'target: "/kaggle/input/{path}"' in text
    assert "store/inputs/2/tree" in text
    assert 'source: "./data"' in text
    assert 'target: "/kaggle/input/mine"' in text
    assert 'source: "./working"' in text


def test_a_lock_that_is_behind_is_not_exported(project: Path) -> None:
    (project / "kagura.toml").write_text(TOML.replace("optuna", "polars"))
    with pytest.raises(UsageError, match="requirements differ") as told:
        made(project)
    assert "kagura lock" in (told.value.hint or "")


def test_requirements_are_those_of_the_lock(project: Path) -> None:
    store = Store(project.parent / "store")
    text = export_requirements(project, whole=False, store=store, progress=Silent())
    assert "optuna==4.4.0 \\\n    --hash=sha256:a\n" in text
    whole = export_requirements(project, whole=True, store=store, progress=Silent())
    assert "numpy==1.23.5\noptuna==4.4.0\n" in whole


def test_what_a_user_edited_or_wrote_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM mine\n")
    file = Exported(path=path, text="FROM ours\n")
    with pytest.raises(UsageError, match="was edited or is none of kagura's"):
        write((Exported(path=tmp_path / "new", text="x"), file), force=False)
    assert path.read_text() == "FROM mine\n"
    assert not (tmp_path / "new").exists()
    assert write((file,), force=True) == (path,)
    assert write((file,), force=False) == ()


def test_what_an_earlier_export_wrote_gives_way_to_a_newer_one(project: Path) -> None:
    store = Store(project.parent / "store")

    def files() -> tuple[Exported, ...]:
        return export("dockerfile", project, gpus="auto", store=store, progress=Silent())

    assert len(write(files(), force=False)) == 1
    assert write(files(), force=False) == ()
    write_lock(project, Lock(base=BASE, requirements=("optuna",)))
    assert len(write(files(), force=False)) == 1
    with open(project / "Dockerfile", "a") as file:
        file.write("RUN mine\n")
    with pytest.raises(UsageError):
        write(files(), force=False)


def test_an_export_never_becomes_what_the_project_requires(project: Path) -> None:
    file = Exported(path=project / "requirements.txt", text="optuna==4.4.0\n")
    with pytest.raises(UsageError, match="taken for what the project requires"):
        write((file,), force=True)
