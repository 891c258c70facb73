"""What the real kagglehub has of competitions and outputs is taken over, file by file."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kagura.testing import Content, Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from kagglehubs import download, fetched, here
from pulling import Command, source

# The archive's list is read from its end: so much of it comes in any case.
LIST = 300_000


def content(seed: int) -> dict[str, Content]:
    chance = random.Random(seed)
    files: dict[str, Content] = {f"parts/{n}.bin": chance.randbytes(60_000) for n in range(20)}
    return {**files, "submission.csv": f"{seed}\n", "empty": b""}


@pytest.fixture
def cache(standin: Standin, tmp_path: Path) -> Path:
    standin.competition("houses", content(1))
    standin.kernel("me/deep", source("1"), version=1, output=content(2))
    standin.kernel("me/deep", source("1"), version=2, output=content(3))
    return tmp_path / "user" / ".cache" / "kagglehub"


def as_bytes(files: dict[str, Content]) -> dict[str, object]:
    return {name: one.encode() if isinstance(one, str) else one for name, one in files.items()}


def test_a_competition_is_taken_over(
    kagura: Command, standin: Standin, tmp_path: Path, cache: Path
) -> None:
    download(standin, tmp_path, "competition_download('houses')")
    assert fetched(kagura, standin, "competitions/houses", "houses") < LIST
    assert here(tmp_path) == as_bytes(content(1))
    assert (cache / "competitions" / "houses" / "parts" / "0.bin").exists()


def test_an_older_state_of_a_competition_is_not_taken_for_todays(
    kagura: Command, standin: Standin, tmp_path: Path, cache: Path
) -> None:
    download(standin, tmp_path, "competition_download('houses')")
    standin.competition("houses", content(4))  # the same names and sizes
    assert fetched(kagura, standin, "competitions/houses", "houses") > 1_000_000
    assert here(tmp_path) == as_bytes(content(4))


def test_an_output_is_taken_over(
    kagura: Command, standin: Standin, tmp_path: Path, cache: Path
) -> None:
    download(standin, tmp_path, "notebook_output_download('me/deep/versions/1')")
    assert fetched(kagura, standin, "notebooks/me/deep/versions/1", "me/deep") < LIST
    assert here(tmp_path) == as_bytes(content(2))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30_000])


def fill_with_zeros(path: Path) -> None:
    """What a machine that lost its power leaves."""
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("damage", [Path.unlink, cut, fill_with_zeros])
def test_half_an_output_that_passes_for_a_whole_one_is_completed(
    kagura: Command,
    standin: Standin,
    tmp_path: Path,
    cache: Path,
    damage: Callable[[Path], None],
) -> None:
    # kagglehub has one mark for all versions: killed in the second, it calls what is there whole.
    download(standin, tmp_path, "notebook_output_download('me/deep/versions/1')")
    versions = cache / "notebooks" / "me" / "deep" / "output" / "versions"
    shutil.copytree(versions / "1", versions / "2")
    for name, data in content(3).items():
        (versions / "2" / name).write_bytes(data if isinstance(data, bytes) else b"3\n")
    for number in range(7):
        damage(versions / "2" / "parts" / f"{number}.bin")
    download(standin, tmp_path, "notebook_output_download('me/deep/versions/2')")
    assert fetched(kagura, standin, "notebooks/me/deep/versions/2", "me/deep") > 7 * 60_000
    assert here(tmp_path) == as_bytes(content(3))
