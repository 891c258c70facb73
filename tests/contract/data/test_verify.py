"""kagura input verify tells of every damage, again and again, until a run fetches it anew."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulling import Command

DAMAGED = 4


@pytest.fixture
def iris(kagura: Command, tmp_path: Path) -> Path:
    """The object of a data set that was added to a project."""
    assert kagura("input", "add", "uciml/iris").returncode == 0
    (folder,) = (tmp_path / "store" / "inputs").iterdir()
    return folder


def cut(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda item: (item / "tree/Iris.csv").unlink(), "Iris.csv is gone"),
        (lambda item: (item / "tree/deep/x.txt").unlink(), "deep/x.txt is gone"),
        (lambda item: (item / "tree/mine.txt").touch(), "mine.txt came from nowhere"),
        (lambda item: (item / "tree/mine").mkdir(), "is not as it was built"),
        (lambda item: cut(item / "tree/Iris.csv"), "Iris.csv has"),
        (lambda item: cut(item / "manifest.json"), "its manifest cannot be read"),
        (lambda item: (item / "manifest.json").unlink(), "its manifest cannot be read"),
        (lambda item: cut(item / "object.json"), "is not as it was built"),
        (lambda item: (item / "object.json").unlink(), "is not as it was built"),
        (lambda item: shutil.rmtree(item / "tree"), "the folder of its files is gone"),
    ],
)
def test_a_damaged_input_is_told_until_it_is_fetched_anew(
    kagura: Command, iris: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(iris)
    for _ in range(2):
        answer = kagura("input", "verify")
        assert answer.returncode == DAMAGED, answer.stdout
        assert answer.stdout.startswith("damaged"), answer.stdout
        assert said in answer.stdout
    assert kagura("input", "list").stdout.startswith("missing")
    assert kagura("input", "add", "uciml/iris").returncode == 0
    verified = kagura("input", "verify")
    assert (verified.returncode, verified.stdout[:4]) == (0, "here")
    assert (iris / "tree/Iris.csv").read_text() == "1\n2\n"
    assert not (iris / "tree/mine.txt").exists()


def test_what_was_never_fetched_is_no_damage(kagura: Command, iris: Path) -> None:
    shutil.rmtree(iris)
    verified = kagura("input", "verify")
    assert (verified.returncode, verified.stdout[:7]) == (0, "missing")
