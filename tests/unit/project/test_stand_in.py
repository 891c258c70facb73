"""requirements.txt, where a project file names no requirements."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.errors import UsageError
from kagura.project.config import Project
from kagura.project.requirements import edit_stand_in, requirements_of, stands_in

TEXT = """\
# what we need
optuna >= 4   # tuning
polars==1.36.1 \\
    --hash=sha256:0123 \\
    --hash=sha256:4567

scikit-learn[alldeps]; python_version > "3"
"""


def silent(folder: Path, text: str) -> Project:
    (folder / "requirements.txt").write_text(text)
    return Project(folder=folder)


def test_its_lines_are_the_requirements(tmp_path: Path) -> None:
    project = silent(tmp_path, TEXT)
    assert stands_in(project)
    assert requirements_of(project) == (
        "optuna >= 4",
        "polars==1.36.1",
        'scikit-learn[alldeps]; python_version > "3"',
    )


def test_the_project_file_comes_first_even_if_its_list_is_empty(tmp_path: Path) -> None:
    silent(tmp_path, TEXT)
    project = Project(folder=tmp_path, requirements=())
    assert not stands_in(project)
    assert requirements_of(project) == ()


def test_without_either_nothing_is_required(tmp_path: Path) -> None:
    assert requirements_of(Project(folder=tmp_path)) == ()


def test_an_edit_keeps_the_other_lines_and_their_comments(tmp_path: Path) -> None:
    silent(tmp_path, "# mine\n\noptuna >= 4  # tuning\npolars # fast\n")
    edit_stand_in(tmp_path, add=("shap",), remove=("optuna >= 4",))
    assert (tmp_path / "requirements.txt").read_text() == "# mine\n\npolars # fast\nshap\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n-e .\n", "line 2: -e .: options of pip mean nothing here"),
        ("a\n--index-url x\n", "line 2: --index-url x: options"),
        ("a @ file:///a\n", "line 1: a @ file:///a: an address cannot be locked"),
        ("./a.whl\n", "line 1: ./a.whl: this is not a package's name"),
    ],
)
def test_what_cannot_be_locked_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as told:
        requirements_of(silent(tmp_path, text))
    assert said in told.value.message
