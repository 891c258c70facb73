"""kagura.toml: what it says, what is wrong in it and where, and edits that keep a person's hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kagura.errors import UsageError
from kagura.project.config import (
    Project,
    edit_project,
    find_project,
    read_project,
    write_project,
)


def project(folder: Path, text: str) -> Project:
    (folder / "kagura.toml").write_text(text, encoding="utf-8")
    return read_project(folder)


def test_a_written_project_is_read_back(tmp_path: Path) -> None:
    written = Project(
        folder=tmp_path,
        notebook="working/titanic.ipynb",
        base="2023-07-05",
        inputs=("competitions/titanic", "uciml/iris", "mine=./data"),
        layout="nested",
    )
    write_project(written, comment="Pulled.\nToday.")
    assert read_project(tmp_path) == written
    assert (tmp_path / "kagura.toml").read_text() == (
        "# Pulled.\n# Today.\n\n[project]\n"
        'notebook = "working/titanic.ipynb"\nbase = "2023-07-05"\nlayout = "nested"\n'
        'inputs = [\n    "competitions/titanic",\n    "uciml/iris",\n    "mine=./data",\n]\n'
    )


def test_an_empty_file_is_a_project_that_says_nothing(tmp_path: Path) -> None:
    assert project(tmp_path, "") == Project(folder=tmp_path)


def test_edits_keep_comments_and_order(tmp_path: Path) -> None:
    text = (
        '# mine\n[project]  # here\nbase = "2019-05"  # before pandas 1\n'
        'inputs = [\n    "b/b",  # why b\n    "a/a",\n]\n'
    )
    project(tmp_path, text)
    edit_project(tmp_path, lambda old: replace(old, inputs=("b/b", "c/c"), base="2019-06"))
    after = (tmp_path / "kagura.toml").read_text()
    assert read_project(tmp_path).inputs == ("b/b", "c/c")
    assert read_project(tmp_path).base == "2019-06"
    for kept in ("# mine", "# here", "# before pandas 1", "# why b"):
        assert kept in after


def test_inputs_are_added_where_there_were_none(tmp_path: Path) -> None:
    project(tmp_path, 'project.base = "2019"\n')
    edit_project(tmp_path, lambda old: replace(old, inputs=("a/a",)))
    assert read_project(tmp_path).inputs == ("a/a",)
    project(tmp_path, "# nothing yet\n")
    edit_project(tmp_path, lambda old: replace(old, inputs=("a/a",)))
    assert read_project(tmp_path).inputs == ("a/a",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project\n", "is not TOML"),
        ("[project]\nbase = 3\n", "line 2: base must be a text"),
        ("[project]\n\ninput = []\n", "line 3: unknown key input"),
        ("[projekt]\n", "line 1: unknown key projekt"),
        ("[project]\ninputs = 'a/b'\n", "line 2: inputs must be a list"),
        ("[project]\ninputs = [1]\n", "line 2: inputs must be a list"),
        ("[project]\nnotebook = '/etc/passwd'\n", "line 2: notebook must be a path in"),
        ("[project]\nnotebook = '../x.ipynb'\n", "line 2: notebook must be a path in"),
        ("[project]\nlayout = 'old'\n", 'line 2: layout must be "flat" or "nested"'),
        ("project = 1\n", "line 1: project must be a table"),
        ("project = {base = 1}\n", "line 1: base must be a text"),
        ("\nproject.ports = ['a']\n", "line 2: ports must be a list of ports"),
        ("[project]\nports = [true]\n", "line 2: ports must be a list of ports"),
        ("[project]\ndate = '2025'\n", "line 2: date must be a day"),
        ("[project]\ndate = '2025-02-30'\n", "line 2: date must be a day"),
        ("[project]\nrequirements = ['a b']\n", "line 2: 'a b' in requirements"),
        ("[project]\nrequirements = ['a @ file:///b']\n", "line 2: 'a @ file:///b' in req"),
        ("[project]\nwithout = ['a>1']\n", "line 2: without must be a list of packages'"),
        ("[project]\npaths = ['/src']\n", "line 2: paths must be a list of folders"),
        ("[project]\ninternet = 'no'\n", "line 2: internet must be true or false"),
        ("[project]\nengine = 'runc'\n", 'line 2: engine must be "auto" or "bubblewrap"'),
        ("[project]\n[project.limits]\ntimeout = 3\n", "line 3: timeout must be a time"),
        ("[project]\n[project.limits]\nmemory = 'much'\n", "line 3: memory must be a size"),
        ("[project]\n[project.limits]\ncpus = 0\n", "line 3: cpus must be a number above 0"),
        ("[project]\nlimits = {time = '1h'}\n", "line 2: unknown key time"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as told:
        project(tmp_path, text)
    assert said in told.value.message
    assert str(tmp_path / "kagura.toml") in told.value.message


def test_an_unknown_key_names_the_nearest_known_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        project(tmp_path, "[project]\nnotebok = 'x'\n")
    assert told.value.hint == "did you mean notebook?"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("base = '2019'\n", "did you mean base, in [project]?"),
        ("[project]\n[limits]\nmemory = '2G'\n", "did you mean limits, in [project]?"),
        ("[project]\nmemory = '2G'\n", "did you mean memory, in [project.limits]?"),
        ("[project]\nzzz = 1\n[project.limits]\n", "known here: notebook, base, "),
    ],
)
def test_a_key_in_the_wrong_table_names_the_right_one(tmp_path: Path, text: str, hint: str) -> None:
    with pytest.raises(UsageError) as told:
        project(tmp_path, text)
    assert (told.value.hint or "").startswith(hint)


def test_a_project_is_found_from_a_folder_in_it(tmp_path: Path) -> None:
    project(tmp_path, "")
    (tmp_path / "working" / "deep").mkdir(parents=True)
    assert find_project(tmp_path / "working" / "deep") == tmp_path.resolve()
