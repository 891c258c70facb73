"""After the death of the machine a download goes on only from what is checked."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from kagura.errors import ServiceError
from kagura.testing import Content, Drop, Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from fetching import Fetch, contents, fetcher

DATA, MODEL = "me/mixed", "google/gemma/pyTorch/2b"
SMALL = [f"small/{n:03}.bin" for n in range(40)]


def content() -> dict[str, Content]:
    chance = random.Random(9)
    files: dict[str, Content] = {name: chance.randbytes(20_000) for name in SMALL}
    return {**files, "long.bin": chance.randbytes(20_000_000)}


@pytest.fixture
def fetch(standin: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetch:
    standin.dataset(DATA, content())
    standin.model(MODEL, content())
    # Marks as a slow download would make them.
    monkeypatch.setattr("kagura.inputs.inflow.SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr("kagura.inputs.inflow.BYTES_BETWEEN", 300_000)
    monkeypatch.setattr("kagura.inputs.inflow.FEW_HELD", 0)
    return fetcher(standin, tmp_path, monkeypatch)


def break_off(fetch: Fetch, standin: Standin, handle: str, where: str) -> Path:
    """Begin a download that ends in its middle; the folder that it left."""
    standin.fail(where, Drop(after=500_000), times=3, skip=6)
    standin.fail(where, Drop(after=0), times=None, skip=9)
    with pytest.raises(ServiceError):
        fetch(handle)
    standin.recover()
    (left,) = (Path(os.environ["HOME"]) / "store" / "partial").iterdir()
    return left


def die(left: Path, *, lost: Sequence[Path]) -> None:
    """The machine died: it was started anew, and what is lost never reached the disk."""
    assert lost
    for path in lost:
        spoil(path)
    state = left / "source.json"
    said = json.loads(state.read_text())
    state.write_text(json.dumps({**said, "boot": "another"}))


def spoil(path: Path) -> None:
    """As many bytes as before, and of them nothing but zeros: it never reached the disk."""
    status = path.stat()
    path.chmod(0o600)
    path.write_bytes(bytes(status.st_size))
    path.chmod(status.st_mode)


def finished(left: Path) -> list[Path]:
    """The files that were whole."""
    tree = left / "object" / "tree"
    return [path for path in tree.rglob("*.bin") if not path.stat().st_mode & 0o222]


def kept(left: Path) -> list[Path]:
    """The parts of a long file that wait for their turn."""
    return [path for path in (left / "long").rglob("*") if path.name.isdigit() and path.is_file()]


def test_a_whole_small_file_is_checked(fetch: Fetch, standin: Standin) -> None:
    left = break_off(fetch, standin, DATA, DATA)
    here = finished(left)
    assert len(here) > 10
    die(left, lost=here[::2])
    assert contents(fetch(DATA).folder) == content()


def test_kept_parts_of_a_long_file_are_fetched_again(fetch: Fetch, standin: Standin) -> None:
    left = break_off(fetch, standin, DATA, DATA)
    die(left, lost=kept(left))
    assert contents(fetch(DATA).folder) == content()


def test_the_beginning_of_a_long_file_is_checked(fetch: Fetch, standin: Standin) -> None:
    left = break_off(fetch, standin, DATA, DATA)
    path = left / "object" / "tree" / "long.bin"
    assert path.stat().st_size > 100_000
    die(left, lost=[path])
    assert contents(fetch(DATA).folder) == content()


def test_what_a_stream_had_written_is_checked(fetch: Fetch, standin: Standin) -> None:
    handle = f"models/{MODEL}/1"
    left = break_off(fetch, standin, handle, MODEL)
    here = [path for path in (left / "object" / "tree").rglob("*.bin") if path.stat().st_size]
    die(left, lost=here)
    assert contents(fetch(handle).folder) == content()


def test_without_a_death_nothing_is_fetched_twice(fetch: Fetch, standin: Standin) -> None:
    left = break_off(fetch, standin, DATA, DATA)
    had = sum(path.stat().st_size for path in (*finished(left), *kept(left)))
    before = standin.served(DATA)
    assert contents(fetch(DATA).folder) == content()
    whole = standin.archive(DATA).stat().st_size
    assert standin.served(DATA) - before < whole - had + 700_000
