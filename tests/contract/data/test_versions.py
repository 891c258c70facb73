"""One thing in several versions: each is what it was, whatever lies beside it or came before."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from kagura.errors import ServiceError
from kagura.project.lockfile import read_lock
from kagura.testing import Content, Drop, NoRanges, Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from fetching import contents, fetcher
from pulling import Command, source

Files = dict[str, Content]


def content(version: int) -> Files:
    """Each version as long as the other, so that no size tells them apart."""
    noise = random.Random(version).randbytes(3_000_000)
    return {"noise.bin": noise, "version.txt": f"{version}\n".encode()}


@pytest.fixture
def two(standin: Standin) -> Standin:
    for version in (1, 2):
        standin.dataset("me/data", content(version), version=version)
        standin.kernel("me/output", source("1"), version=version, output=content(version))
        standin.model("google/gemma/pyTorch/2b", content(version), version=version)
    return standin


SERIES = {
    "datasets/me/data": "me/data",
    "notebooks/me/output": "me/output",
    "models/google/gemma/pyTorch/2b": "google/gemma/pyTorch/2b",
}


def holds(folder: Path, version: int) -> bool:
    """Whether the project's one input is just this version."""
    (item,) = read_lock(folder).inputs
    assert item.handle.endswith(f"/versions/{version}")
    tree = folder.parent / "store" / "inputs" / item.digest.removeprefix("sha256:") / "tree"
    found = {path.name: path.read_bytes() for path in tree.iterdir()}
    return found == content(version)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_one_after_the_other_each_is_right(
    kagura: Command, two: Standin, here: Path, tmp_path: Path, name: str, order: tuple[int, int]
) -> None:
    for version in order:
        added = kagura("input", "add", f"{name}/versions/{version}")
        assert added.returncode == 0, added.stderr
        assert "already" not in added.stdout
        assert holds(here, version)
    assert len(list((tmp_path / "store" / "inputs").iterdir())) == 2
    again = kagura("input", "add", f"{name}/versions/{order[0]}")
    assert "already in the store" in again.stdout
    assert holds(here, order[0])


@pytest.mark.parametrize("name", SERIES)
def test_the_newest_here_does_not_pass_for_an_older_one(
    kagura: Command, two: Standin, here: Path, name: str
) -> None:
    assert kagura("input", "add", name).returncode == 0
    assert holds(here, 2)
    assert kagura("input", "add", f"{name}/versions/1").returncode == 0
    assert holds(here, 1)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("has_ranges", [True, False])
def test_a_download_that_broke_off_is_no_beginning_of_another_version(
    two: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, has_ranges: bool
) -> None:
    fetch = fetcher(two, tmp_path, monkeypatch)
    if not has_ranges:
        two.fail(SERIES[name], NoRanges(), times=None)
    two.fail(SERIES[name], Drop(after=1_000_000), skip=1)
    two.fail(SERIES[name], Drop(after=0), times=None, skip=2)
    with pytest.raises(ServiceError):
        fetch(f"{name}/versions/1")
    two.recover()
    for version in (2, 1):
        assert contents(fetch(f"{name}/versions/{version}").folder) == content(version)


def test_a_competition_that_changed_while_it_was_broken_off_is_not_stitched_together(
    standin: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = fetcher(standin, tmp_path, monkeypatch)
    standin.competition("houses", content(1))
    standin.fail("houses", Drop(after=1_000_000), skip=1)
    standin.fail("houses", Drop(after=0), times=None, skip=2)
    with pytest.raises(ServiceError):
        fetch("competitions/houses")
    standin.recover()
    # The same names and sizes: nothing but the store's own mark tells.
    standin.competition("houses", content(2))
    assert contents(fetch("competitions/houses").folder) == content(2)
