"""Bad input: one message, a hint, the right exit code, and nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from commands import KAGURA, kagura, write_notebook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with notebooks of every unhappy kind."""
    work = tmp_path / "work"
    work.mkdir()
    write_notebook(work / "good.ipynb", "print(1)")
    (work / "empty.ipynb").touch()
    (work / "cut.ipynb").write_text('{"cells": [\n  {"cell_type": "code",\n   "source": ')
    (work / "other.ipynb").write_text('{"a": 1}')
    (work / "list.ipynb").write_text("[1, 2]")
    (work / "binary.ipynb").write_bytes(b"\xff\xfe\x00\x01" * 10)
    (work / "notes.txt").write_text("hello")
    metadata = {"kernelspec": {"name": "ir", "language": "R"}}
    document = {"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    (work / "r.ipynb").write_text(json.dumps(document))
    (work / "full").mkdir()
    (work / "full" / "file").touch()
    (work / "data").mkdir()
    return work


CASES = [
    (["run", "missing.ipynb"], 2, "there is no such file"),
    (["run", "godo.ipynb"], 2, "good.ipynb"),
    (["run", "data"], 2, "folder"),
    (["run", "empty.ipynb"], 2, "empty"),
    (["run", "cut.ipynb"], 2, "line 3, column"),
    (["run", "other.ipynb"], 2, "notebook"),
    (["run", "list.ipynb"], 2, "notebook"),
    (["run", "binary.ipynb"], 2, "UTF-8"),
    (["run", "notes.txt"], 2, "notes.txt"),
    (["run", "r.ipynb"], 3, "R is not supported yet"),
    (["run", "good.ipynb", "--base", "2031"], 2, "2031"),
    (["run", "good.ipynb", "--base", "1999-01"], 2, "1999-01"),
    (["run", "good.ipynb", "--base", "v9999"], 2, "v9999"),
    (["run", "good.ipynb", "--base", "sha256:0000000000"], 2, "sha256:0000000000"),
    (["run", "good.ipynb", "--input", "titanic"], 2, "NAME=FOLDER"),
    (["run", "good.ipynb", "--input", "a=nowhere"], 2, "nowhere"),
    (["run", "good.ipynb", "--input", "a=good.ipynb"], 2, "is a file"),
    (["run", "good.ipynb", "--input", "a=data", "--input", "a=full"], 2, "two inputs"),
    (["run", "good.ipynb", "--input", "../a=data"], 2, "../a"),
    (["run", "good.ipynb", "--output", "full"], 2, "not empty"),
    (["run", "good.ipynb", "--output", "good.ipynb"], 2, "this is a file"),
    (["run", "good.ipynb", "--output", "/proc/kagura"], 3, "/proc/kagura"),
    (["run", "good.ipynb", "--timeout", "soon"], 2, "soon"),
    (["run", "good.ipynb", "-P", "1x=2"], 2, "1x=2"),
    (["check", "empty.ipynb"], 2, "empty"),
    (["base", "show", "2031-01"], 2, "2031-01"),
    (["base", "remove", "2031-01"], 2, "2031-01"),
    (["base", "build", "soon"], 2, "soon"),
]


@pytest.mark.parametrize(("words", "status", "told"), CASES, ids=lambda value: str(value)[:40])
def test_bad_input_is_told_in_one_message_with_a_hint(
    folder: Path, tmp_path: Path, words: list[str], status: int, told: str
) -> None:
    before = sorted(path for path in folder.rglob("*"))
    answer = kagura(*words, home=tmp_path / "home", folder=folder)
    assert answer.returncode == status, answer.stderr
    assert answer.stdout == ""
    lines = answer.stderr.splitlines()
    assert lines[0].startswith("error: ")
    assert told in answer.stderr
    assert sum(line.startswith("error: ") for line in lines) == 1
    assert any(line.startswith("hint: ") for line in lines)
    assert "Traceback" not in answer.stderr
    assert sorted(path for path in folder.rglob("*")) == before
    left = tmp_path / "home" / "tmp"
    assert not left.exists() or not any(path.is_dir() for path in left.iterdir())


@pytest.mark.parametrize("words", [["input"], ["run", "good.ipynb", "--bsae", "x"], ["rnu"]])
def test_a_mistyped_command_is_explained(folder: Path, tmp_path: Path, words: list[str]) -> None:
    answer = kagura(*words, home=tmp_path / "home", folder=folder)
    assert answer.returncode == 2
    assert "Error: " in answer.stderr or "Usage: " in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_run_of_nothing_in_particular_needs_a_project(folder: Path, tmp_path: Path) -> None:
    answer = kagura("run", home=tmp_path / "home", folder=folder)
    assert answer.returncode == 2
    assert "no notebook was given" in answer.stderr
    assert "hint: " in answer.stderr


def test_json_on_a_usage_error_leaves_stdout_empty(folder: Path, tmp_path: Path) -> None:
    words = ("run", "empty.ipynb", "--format", "json")
    answer = kagura(*words, home=tmp_path / "home", folder=folder)
    assert (answer.returncode, answer.stdout) == (2, "")


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["base", "list"]])
def test_who_reads_no_further_is_no_failure(tmp_path: Path, words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    answer = subprocess.run(
        [*KAGURA, *words],
        env=os.environ | {"KAGURA_HOME": str(tmp_path)},
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert answer.returncode == 0
    assert b"Traceback" not in answer.stderr
