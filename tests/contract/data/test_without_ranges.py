"""A server that knows no ranges: nothing wrong of it is ever taken for right."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from kagura.errors import ServiceError
from kagura.testing import Change, Content, Drop, NoRanges, Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from fetching import contents, fetcher
from pulling import Command, source

DATA, MODEL = "me/plain", "google/gemma/pyTorch/2b"


def content(seed: int) -> dict[str, Content]:
    chance = random.Random(seed)
    return {"a.bin": chance.randbytes(2_000_000), "b.bin": chance.randbytes(2_000_000)}


@pytest.fixture
def plain(standin: Standin) -> Standin:
    standin.dataset(DATA, content(1))
    standin.dataset(DATA, content(2), version=2)
    standin.model(MODEL, content(1))
    return standin


@pytest.mark.parametrize(("handle", "where"), [(DATA, DATA), (f"models/{MODEL}/1", MODEL)])
def test_a_wrong_hash_is_refused(
    plain: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handle: str, where: str
) -> None:
    fetch = fetcher(plain, tmp_path, monkeypatch)
    plain.address(where)
    (stored,) = plain.objects(where)
    right, stored.md5 = stored.md5, bytes(16)
    plain.fail(where, NoRanges(), times=None)
    with pytest.raises(ServiceError, match="came damaged"):
        fetch(handle)
    assert not list((tmp_path / "store").glob("inputs/*"))
    stored.md5 = right
    assert contents(fetch(handle).folder) == content(2 if where == DATA else 1)


def test_a_published_output_with_a_wrong_hash_is_refused(
    kagura: Command, standin: Standin, here: Path
) -> None:
    standin.kernel("me/out", source("1"), output={"a.csv": "1,2\n"})
    assert kagura("pull", "me/out", "first", "--outputs").returncode == 0
    for stored in standin.objects("me/out"):
        stored.md5 = bytes(16)
    refused = kagura("pull", "me/out", "second", "--outputs")
    assert refused.returncode == 3
    assert "came damaged" in refused.stderr
    assert not list((here / "second" / "outputs").glob("*"))


@pytest.mark.parametrize("later_has_ranges", [True, False])
@pytest.mark.parametrize("has_hash", [True, False])
def test_an_object_that_changes_between_two_tries_is_not_stitched_together(
    plain: Standin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    later_has_ranges: bool,
    has_hash: bool,
) -> None:
    plain.competition("houses", content(1), has_hash=has_hash)
    new = tmp_path / "new.zip"
    plain.competition("scratch", content(2))
    new.write_bytes(plain.archive("scratch").read_bytes())
    fetch = fetcher(plain, tmp_path, monkeypatch)
    # The look at its end, and the first try, which breaks; by the next it is another object.
    plain.fail("houses", NoRanges(), times=2 if later_has_ranges else None)
    plain.fail("houses", Drop(after=1_500_000), times=1, skip=1)
    plain.fail("houses", Change(after=1_000_000, content=new), times=1, skip=1)
    found = contents(fetch("competitions/houses").folder)
    assert found in (content(1), content(2))  # the catalogue still has the first
    assert plain.objects("houses")[0].generation > 0
