"""What is told of a file that is no notebook: what stands there instead, where, and the mend."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from kagura.errors import UsageError
from kagura.notebook.read import read

EMPTY = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def saved(tmp_path: Path, document: Any, name: str = "nb.ipynb") -> Path:
    path = tmp_path / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def complaint(path: Path) -> tuple[str, str]:
    with pytest.raises(UsageError) as caught:
        read(path)
    assert caught.value.exit_code == 2
    return caught.value.message, caught.value.hint or ""


def test_invalid_json_is_told_with_its_place(tmp_path: Path) -> None:
    message, hint = complaint(saved(tmp_path, '{"cells": [\n  {"a": tru}\n]}'))
    assert "line 2, column 9" in message
    assert "tru}" in message
    assert "damaged" in hint


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("<!DOCTYPE html><html>", "web page"),
        ("version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        ('{"cells": [\n<<<<<<< HEAD\n', "conflict"),
        ("import pandas as pd\n", "rename it to .py"),
        ('{"cells": [{"a": 1', "ends too early"),
    ],
)
def test_what_stands_there_instead_of_json_is_recognized(
    tmp_path: Path, text: str, advice: str
) -> None:
    assert advice in complaint(saved(tmp_path, text))[1]


@pytest.mark.parametrize("document", [[], "text", 5, None, {}, {"a": 1}])
def test_json_that_is_no_notebook_is_told(tmp_path: Path, document: Any) -> None:
    assert "no notebook" in complaint(saved(tmp_path, json.dumps(document)))[0]


def test_cells_that_are_no_list_are_told(tmp_path: Path) -> None:
    assert "not a list" in complaint(saved(tmp_path, {"cells": {}, "nbformat": 4}))[0]


@pytest.mark.parametrize("text", ["", " \n\n"])
def test_an_empty_file_is_told(tmp_path: Path, text: str) -> None:
    assert "empty" in complaint(saved(tmp_path, text))[0]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "nb.ipynb"
    path.write_bytes('{"cells": []}'.encode("utf-16"))
    assert "UTF-8" in complaint(path)[0]


def test_json_of_absurd_depth_or_numbers_is_told(tmp_path: Path) -> None:
    assert "nested too deeply" in complaint(saved(tmp_path, "[" * 200_000))[0]
    assert "not valid JSON" in complaint(saved(tmp_path, "9" * 5000))[0]


def test_a_missing_file_is_told_with_what_is_near(tmp_path: Path) -> None:
    saved(tmp_path, {}, "titanic.ipynb")
    message, hint = complaint(tmp_path / "titanik.ipynb")
    assert "no such file" in message
    assert "titanic.ipynb" in hint
    assert "no folder" in complaint(tmp_path / "gone" / "a.ipynb")[1]
    assert "check the path" in complaint(tmp_path / "zzz.ipynb")[1]
    assert "titanic.ipynb" in complaint(tmp_path / "Titanic")[1]


def test_a_folder_is_told_with_the_notebooks_in_it(tmp_path: Path) -> None:
    assert complaint(tmp_path)[1] == "there is no notebook in it"
    for number in range(7):
        saved(tmp_path, {}, f"{number}.ipynb")
    message, hint = complaint(tmp_path)
    assert "folder" in message
    assert hint.endswith("0.ipynb, 1.ipynb, 2.ipynb, 3.ipynb, 4.ipynb, and 2 more")


@pytest.mark.parametrize(
    ("name", "advice"), [("a.zip", "unpack"), ("a.doc", "download"), ("a", "")]
)
def test_a_file_of_another_kind_is_told(tmp_path: Path, name: str, advice: str) -> None:
    message, hint = complaint(saved(tmp_path, "x", name))
    assert "neither a notebook" in message
    assert advice in hint


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, os.strerror(13), path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    message, hint = complaint(saved(tmp_path, EMPTY))
    assert "Permission denied" in message
    assert "permissions" in hint
