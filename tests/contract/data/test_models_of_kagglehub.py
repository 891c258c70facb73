"""A model that the real kagglehub has in its cache is not fetched again, if every byte is right."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from kagura.testing import Refuse, Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from kagglehubs import download, fetched, here
from pulling import Command

MODEL = "google/gemma/pyTorch/2b"
HANDLE = f"models/{MODEL}/1"


def files_of(count: int) -> dict[str, bytes]:
    chance = random.Random(count)
    files = {f"weights/{n}.bin": chance.randbytes(40_000) for n in range(count - 2)}
    return files | {"config.json": b'{"a": 1}', "empty": b""}


@pytest.fixture
def hub(standin: Standin, kagura: Command, tmp_path: Path) -> Path:
    return tmp_path / "user" / ".cache" / "kagglehub" / "models" / "google" / "gemma"


def had(standin: Standin, tmp_path: Path, *, has_hash: bool = True) -> dict[str, bytes]:
    """The files of a model that kagglehub has."""
    files = files_of(6)
    standin.model(MODEL, dict(files), version=1, has_hash=has_hash)
    download(standin, tmp_path, "model_download('google/gemma/pyTorch/2b/1')")
    return files


@pytest.mark.parametrize("count", [6, 40])  # it takes up to 25 one by one, more as an archive
@pytest.mark.parametrize("spelling", ["PyTorch", "pyTorch"])
def test_it_is_taken_over(
    kagura: Command, standin: Standin, tmp_path: Path, hub: Path, count: int, spelling: str
) -> None:
    files = files_of(count)
    standin.model(MODEL, dict(files), version=1)
    download(standin, tmp_path, f"model_download('google/gemma/{spelling}/2b/1')")
    (hub / spelling / "2b" / "1" / "mine.txt").write_text("mine")
    assert (
        fetched(kagura, standin, HANDLE, MODEL) <= count
    )  # a byte of each, for the hash that comes with it
    assert here(tmp_path) == files


def test_only_what_is_wanted_of_it_is_taken(
    kagura: Command, standin: Standin, tmp_path: Path, hub: Path
) -> None:
    files = had(standin, tmp_path)
    (hub / "pyTorch" / "2b" / "1" / "weights" / "3.bin").unlink()
    assert (
        fetched(kagura, standin, HANDLE, MODEL, "--files", "*.json", "--files", "weights/0.bin")
        <= 2
    )
    assert here(tmp_path) == {name: files[name] for name in ("config.json", "weights/0.bin")}


@pytest.mark.parametrize("damage", ["changed", "short", "gone", "link"])
def test_what_is_not_right_is_fetched(
    kagura: Command, standin: Standin, tmp_path: Path, hub: Path, damage: str
) -> None:
    files = had(standin, tmp_path)
    path = hub / "pyTorch" / "2b" / "1" / "weights" / "1.bin"
    content = path.read_bytes()
    path.unlink()
    if damage == "link":
        (tmp_path / "secret").write_bytes(content)
        path.symlink_to(tmp_path / "secret")
    elif damage != "gone":
        path.write_bytes(content[:-1] + (b"" if damage == "short" else b"?"))
    assert fetched(kagura, standin, HANDLE, MODEL) > 100_000
    assert here(tmp_path) == files


def test_what_cannot_be_checked_is_fetched(
    kagura: Command, standin: Standin, tmp_path: Path, hub: Path
) -> None:
    files = had(standin, tmp_path, has_hash=False)
    assert fetched(kagura, standin, HANDLE, MODEL) > 100_000
    assert here(tmp_path) == files


def test_a_store_that_refuses_to_tell_costs_nothing_but_the_download(
    kagura: Command, standin: Standin, tmp_path: Path, hub: Path
) -> None:
    files = had(standin, tmp_path)
    standin.fail(MODEL, Refuse(status=503), times=4)
    assert fetched(kagura, standin, HANDLE, MODEL) > 100_000
    assert here(tmp_path) == files
