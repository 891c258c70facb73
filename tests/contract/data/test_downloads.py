"""Downloads that go wrong in every way that the stand-in knows: the store is right all the same."""

from __future__ import annotations

import random
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kagura.errors import ServiceError
from kagura.inputs.ready import ReadyInput
from kagura.store.objects import Store
from kagura.testing import Change, Drop, Lie, NoRanges, Refuse, Stall, Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from fetching import fetcher, fetcher_by_copies
from mixed import HANDLE, SEED, archive_size, content, is_whole

Fetch = Callable[..., ReadyInput]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return content()


@pytest.fixture(scope="module")
def served(files: dict[str, bytes]) -> Iterator[Standin]:
    with Standin() as kaggle:
        kaggle.dataset(HANDLE, files, version=1)
        yield kaggle


@pytest.fixture
def standin(served: Standin) -> Iterator[Standin]:
    yield served
    served.recover()
    served.limit(None)


@pytest.fixture(params=["threads", "copies"])
def fetch(
    standin: Standin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Fetch:
    run = (
        fetcher(standin, tmp_path, monkeypatch)
        if request.param == "threads"
        else fetcher_by_copies(standin, tmp_path)
    )
    return lambda handle=HANDLE: run(handle)


def test_all_goes_well(
    fetch: Fetch, standin: Standin, tmp_path: Path, files: dict[str, bytes]
) -> None:
    before = standin.served(HANDLE)
    ready = fetch()
    assert (ready.files, ready.was_here) == (len(files), False)
    assert is_whole(tmp_path, files)
    # The archive's list is at its end: the last megabyte is read for it first.
    assert standin.served(HANDLE) - before <= archive_size(standin) + 2**20 + 4096
    assert fetch().was_here


def test_twenty_cuts_cost_next_to_nothing(
    fetch: Fetch, standin: Standin, tmp_path: Path, files: dict[str, bytes]
) -> None:
    chance = random.Random(SEED)
    for _ in range(20):
        fault = Drop(after=chance.randrange(1, 2_000_000))
        standin.fail(HANDLE, fault, times=1, skip=chance.randrange(1, 30))
    before = standin.served(HANDLE)
    fetch()
    assert is_whole(tmp_path, files)
    assert standin.served(HANDLE) - before <= 1.05 * archive_size(standin)


@pytest.mark.parametrize(
    "fault",
    [
        Refuse(status=403),
        Refuse(status=400),
        Refuse(status=503),
        Refuse(status=500),
        Refuse(status=404),
        Refuse(status=408),
        Refuse(status=429, retry_after="1"),
        Stall(after=50_000),
        Drop(after=0),
        Lie(by=10),
    ],
    ids=lambda fault: str(fault)[:24],
)
@pytest.mark.parametrize("skip", [0, 1, 4])
def test_a_fault_on_the_way_is_passed(
    fetch: Fetch,
    standin: Standin,
    tmp_path: Path,
    files: dict[str, bytes],
    fault: Drop | Refuse | Stall | Lie,
    skip: int,
) -> None:
    standin.fail(HANDLE, fault, times=1, skip=skip)
    fetch()
    assert is_whole(tmp_path, files)


def test_addresses_that_end_are_asked_for_again(
    fetch: Fetch, standin: Standin, tmp_path: Path, files: dict[str, bytes]
) -> None:
    standin.fail(HANDLE, Refuse(status=400), times=3, skip=2)
    calls = standin.called("DownloadDataset")
    fetch()
    assert is_whole(tmp_path, files)
    assert standin.called("DownloadDataset") > calls + 1


def test_a_server_without_ranges_is_served_by(
    fetch: Fetch, standin: Standin, tmp_path: Path, files: dict[str, bytes]
) -> None:
    standin.fail(HANDLE, NoRanges(), times=None)
    standin.fail(HANDLE, Drop(after=5_000_000), times=2, skip=1)
    fetch()
    assert is_whole(tmp_path, files)


def test_an_object_that_changes_on_the_way_is_fetched_anew(
    fetch: Fetch, standin: Standin, tmp_path: Path, files: dict[str, bytes]
) -> None:
    new = tmp_path / "new.zip"
    with zipfile.ZipFile(new, "w") as archive:
        archive.writestr("new.txt", "new")
    standin.dataset("some/changing", files, version=1)
    standin.fail("some/changing", Change(after=1, content=new), skip=1)
    fetch("some/changing")
    # The next address leads to what the catalogue has; nothing of the other object is left.
    assert is_whole(tmp_path, files)
    assert standin.objects("some/changing")[0].generation > 0


def test_a_server_that_is_always_down_is_told_and_the_next_try_goes_on(
    fetch: Fetch, standin: Standin, tmp_path: Path, files: dict[str, bytes]
) -> None:
    standin.fail(HANDLE, Drop(after=0), times=None, skip=5)
    with pytest.raises(ServiceError) as told:
        fetch()
    assert told.value.hint
    assert Store(tmp_path / "store").all("inputs") == []
    standin.recover()
    fetch()
    assert is_whole(tmp_path, files)


@pytest.mark.parametrize("status", [404, 408, 429, 503])
def test_a_refusal_at_the_start_takes_nothing_of_what_is_here(
    fetch: Fetch, standin: Standin, tmp_path: Path, files: dict[str, bytes], status: int
) -> None:
    standin.limit(20_000_000)
    standin.fail(HANDLE, Drop(after=0), times=None, skip=8)
    before = standin.served(HANDLE)
    with pytest.raises(ServiceError):
        fetch()
    assert standin.served(HANDLE) - before > 0.3 * archive_size(standin)
    standin.recover()
    standin.fail(HANDLE, Refuse(status=status, retry_after="0"), times=1)
    fetch()
    assert is_whole(tmp_path, files)
    assert standin.served(HANDLE) - before <= 1.05 * archive_size(standin)


def test_what_kagglehub_has_is_taken_over_after_a_check(
    fetch: Fetch,
    standin: Standin,
    tmp_path: Path,
    files: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = tmp_path / "hub" / "datasets" / HANDLE / "versions" / "1"
    for name, data in files.items():
        (hub / name).parent.mkdir(parents=True, exist_ok=True)
        (hub / name).write_bytes(data)
    # Damage that keeps the size, a file that is gone, and one that was never Kaggle's.
    (hub / "small" / "7.csv").write_bytes(files["small/7.csv"][::-1])
    (hub / "small" / "9.csv").write_bytes(files["small/9.csv"][::-1])
    (hub / "small" / "9.csv").chmod(0o444)
    (hub / "small" / "8.csv").unlink()
    (hub / "mine.txt").write_text("mine")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "hub"))
    before = standin.served(HANDLE)
    fetch()
    assert is_whole(tmp_path, files)
    assert standin.served(HANDLE) - before < 2**20 + 100_000
    assert (hub / "small" / "7.csv").read_bytes() == files["small/7.csv"][::-1]
    assert (hub / "table.csv").read_bytes() == files["table.csv"]
