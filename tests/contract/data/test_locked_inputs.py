"""What kagura.lock says of inputs is what a run has, here and on another machine."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from kagura.project.lockfile import read_lock
from kagura.testing import Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulling import Command, source

PLAIN = f"python={sys.version_info[0]}.{sys.version_info[1]}"
OTHER = {"train.csv": "a,b\n1,2\n3,4\n", "test.csv": "a\n3\n"}


def project(here: Path, what: str, *cells: str) -> Path:
    """A project with one input, and a notebook."""
    (here / "kagura.toml").write_text(f'[project]\nbase = "{PLAIN}"\ninputs = ["{what}"]\n')
    (here / "nb.ipynb").write_text(source(*cells))
    return here


def forget_inputs(folder: Path, home: Path) -> None:
    """What another machine has: the environment, and none of the project's data."""
    for item in read_lock(folder).inputs:
        shutil.rmtree(home / "inputs" / item.digest.removeprefix("sha256:"))


def rows_of(folder: Path) -> str:
    """What the newest run counted."""
    return (max((folder / "runs" / "nb").iterdir()) / "rows.txt").read_text()


COUNTS = (
    "rows = open('/kaggle/input/competitions/titanic/train.csv').readlines()",
    "open('rows.txt', 'w').write(str(len(rows)))",
)


@pytest.fixture
def titanic(kagura: Command, here: Path, home: Path) -> bytes:
    """A project that was synced while the competition had its first data: its lock."""
    project(here, "competitions/titanic", *COUNTS)
    for verb in ("lock", "sync"):
        answer = kagura(verb, store=home)
        assert answer.returncode == 0, answer.stderr
    return (here / "kagura.lock").read_bytes()


def test_locked_data_of_a_competition_is_used_though_kaggle_has_other(
    kagura: Command, standin: Standin, here: Path, home: Path, titanic: bytes
) -> None:
    standin.competition("titanic", OTHER)
    before = len(standin.calls)
    for verb in (("run", "nb.ipynb"), ("sync",)):
        answer = kagura(*verb, store=home)
        assert answer.returncode == 0, answer.stderr
    assert rows_of(here) == "2"
    assert len(standin.calls) == before
    assert (here / "kagura.lock").read_bytes() == titanic


def test_other_data_of_a_competition_is_told_and_only_a_sync_locks_it(
    kagura: Command, standin: Standin, here: Path, home: Path, titanic: bytes
) -> None:
    standin.competition("titanic", OTHER)
    forget_inputs(here, home)
    for _ in range(2):  # the second time it is in the store
        ran = kagura("run", "nb.ipynb", store=home)
        assert ran.returncode == 0, ran.stderr
        assert "has other data on Kaggle than kagura.lock names" in ran.stderr
        assert "kagura.lock does not describe it" in ran.stderr
        assert rows_of(here) == "3"
        assert (here / "kagura.lock").read_bytes() == titanic
    frozen = kagura("sync", "--frozen", store=home)
    assert frozen.returncode == 0, frozen.stderr
    assert "does not describe it" in frozen.stderr
    assert (here / "kagura.lock").read_bytes() == titanic
    synced = kagura("sync", store=home)
    assert synced.returncode == 0, synced.stderr
    assert "kagura.lock now names what Kaggle has" in synced.stderr
    assert read_lock(here).inputs[0].size == 16
    ran = kagura("run", "nb.ipynb", store=home)
    assert "other data" not in ran.stderr


def test_the_same_data_of_a_competition_is_fetched_on_another_machine_in_silence(
    kagura: Command, here: Path, home: Path, titanic: bytes
) -> None:
    forget_inputs(here, home)
    ran = kagura("run", "nb.ipynb", store=home)
    assert ran.returncode == 0, ran.stderr
    assert "warning" not in ran.stderr
    assert (here / "kagura.lock").read_bytes() == titanic


def test_the_locked_version_is_fetched_though_kaggle_has_a_newer_one(
    kagura: Command, standin: Standin, here: Path, home: Path
) -> None:
    cell = "open('rows.txt', 'w').write(open('../input/iris/Iris.csv').read())"
    project(here, "datasets/uciml/iris", cell)
    assert kagura("lock", store=home).returncode == 0
    assert kagura("sync", store=home).returncode == 0
    locked = (here / "kagura.lock").read_bytes()
    assert b"datasets/uciml/iris/versions/2" in locked
    standin.dataset("uciml/iris", {"Iris.csv": "newer"}, version=3)
    forget_inputs(here, home)
    ran = kagura("run", "nb.ipynb", store=home)
    assert ran.returncode == 0, ran.stderr
    assert rows_of(here) == "1\n2\n"
    assert (here / "kagura.lock").read_bytes() == locked


def test_check_knows_an_input_that_kaggle_spells_otherwise(
    kagura: Command, standin: Standin, here: Path, home: Path
) -> None:
    standin.model("google/gemma/pyTorch/2b", {"config.json": "{}"}, version=1)
    standin.kernel("me/spelled", source("1"), models=["google/gemma/PyTorch/2b/1"])
    pulled = kagura("pull", "me/spelled", store=home)
    assert pulled.returncode == 0, pulled.stderr
    checked = kagura("check", folder="spelled", store=home)
    assert checked.returncode == 0, checked.stderr
    assert "/kaggle/input/gemma/pytorch/2b/1" in checked.stdout
    assert "not here yet" not in checked.stdout
    forget_inputs(here / "spelled", home)
    assert (
        "PyTorch/2b/versions/1: not here yet"
        in kagura("check", folder="spelled", store=home).stdout
    )
