"""Inputs that are folders: NAME=FOLDER, and the folder beside the notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.errors import UsageError
from kagura.inputs.local import LOOSE, beside, parse


def test_a_name_and_a_folder(tmp_path: Path) -> None:
    assert parse([f"titanic={tmp_path}"]) == {"titanic": tmp_path.resolve()}


def test_a_nested_name_and_the_full_path_are_understood(tmp_path: Path) -> None:
    found = parse([f"datasets/uciml/iris={tmp_path}", f"/kaggle/input/titanic/={tmp_path}"])
    assert set(found) == {"datasets/uciml/iris", "titanic"}


@pytest.mark.parametrize("option", ["titanic", "=x", "titanic=", "", "../up=.", "a//b=.", ".=."])
def test_a_malformed_input_is_told(option: str) -> None:
    with pytest.raises(UsageError, match="--input") as caught:
        parse([option])
    assert caught.value.hint


def test_errors_name_what_the_user_wrote_and_folders_are_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    said = "kagura input add"
    assert parse(["a=./data"], base=tmp_path, by=said) == {"a": tmp_path / "data"}
    for option in ("a=", "a=./gone", "../a=data"):
        with pytest.raises(UsageError, match=f"^{said} {option}: ") as caught:
            parse([option], base=tmp_path, by=said)
        assert "--input" not in f"{caught.value.message} {caught.value.hint}"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        parse([f"a={tmp_path / 'gone'}"])


def test_a_file_is_no_input_and_the_hint_names_its_folder(tmp_path: Path) -> None:
    (tmp_path / "train.csv").touch()
    with pytest.raises(UsageError, match="is a file") as caught:
        parse([f"a={tmp_path / 'train.csv'}"])
    assert str(tmp_path) in (caught.value.hint or "")


def test_two_inputs_of_one_name_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two inputs are named a"):
        parse([f"a={tmp_path}", f"a={tmp_path}"])


def test_an_input_inside_another_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="would lie inside"):
        parse([f"a={tmp_path}", f"a/b={tmp_path}"])


def test_each_child_of_the_input_folder_is_an_input(tmp_path: Path) -> None:
    for name in ("titanic", "datasets/uciml/iris", "competitions/digits", ".hidden"):
        (tmp_path / "input" / name).mkdir(parents=True)
    (tmp_path / "input" / "loose.csv").touch()
    found = beside(tmp_path / "notebook.ipynb")
    assert set(found) == {"titanic", "datasets/uciml/iris", "competitions/digits", LOOSE}
    assert found[LOOSE] == tmp_path / "input"


def test_a_linked_input_is_the_folder_that_it_links_to(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "titanic").symlink_to(tmp_path / "data")
    assert beside(tmp_path / "n.ipynb") == {"titanic": (tmp_path / "data").resolve()}


def test_no_input_folder_is_no_input(tmp_path: Path) -> None:
    assert beside(tmp_path / "n.ipynb") == {}
