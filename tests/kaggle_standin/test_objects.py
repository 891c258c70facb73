"""The stand-in's object store: ranges, validators, faults, limits and counts."""

from __future__ import annotations

import base64
import hashlib
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kagura.system.faults import Reset, TimedOut
from kagura.system.http import Http, Stream
from kagura.testing import Change, Drop, Lie, NoRanges, Refuse, Stall, Standin

NOISE = bytes(range(256)) * 4000
NAME = "noise.bin"


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(silence=0.5) as http:
        yield http


@pytest.fixture
def noise(kaggle: Standin) -> Standin:
    kaggle.dataset("alice/noise", {NAME: NOISE, "sub/other": "x"})
    return kaggle


@pytest.fixture
def url(noise: Standin, client_of: object) -> str:
    return noise.address("alice/noise", NAME)


def _all(stream: Stream) -> bytes:
    received = bytearray()
    while piece := stream.read(100_000):
        received += piece
    return bytes(received)


def test_an_object_tells_its_size_its_hash_and_its_validators(url: str, http: Http) -> None:
    with http.open(url) as stream:
        assert _all(stream) == NOISE
    md5 = base64.b64encode(hashlib.md5(NOISE).digest()).decode()
    assert stream.headers["x-goog-hash"] == f"md5={md5}"
    assert stream.headers["Content-Length"] == str(len(NOISE))
    assert stream.headers["Accept-Ranges"] == "bytes"
    assert stream.headers["ETag"].startswith('"')
    assert stream.headers["Last-Modified"].endswith("GMT")


def test_a_composite_object_has_no_hash(noise: Standin, http: Http) -> None:
    noise.dataset("alice/composite", {NAME: NOISE}, has_hash=False)
    with http.open(noise.address("alice/composite", NAME)) as stream:
        assert "x-goog-hash" not in stream.headers
        assert stream.headers["ETag"]


@pytest.mark.parametrize(
    ("first", "last", "tail", "expected", "told"),
    [
        (10, 19, None, NOISE[10:20], "bytes 10-19/1024000"),
        (1_023_990, None, None, NOISE[-10:], "bytes 1023990-1023999/1024000"),
        (1_023_990, 9_999_999, None, NOISE[-10:], "bytes 1023990-1023999/1024000"),
        (None, None, 100, NOISE[-100:], "bytes 1023900-1023999/1024000"),
        (None, None, 9_999_999, NOISE, "bytes 0-1023999/1024000"),
    ],
)
def test_ranges_are_served(
    first: int | None,
    last: int | None,
    tail: int | None,
    expected: bytes,
    told: str,
    url: str,
    http: Http,
) -> None:
    with http.open(url, first=first, last=last, tail=tail) as stream:
        assert (stream.status, stream.headers["Content-Range"]) == (206, told)
        assert _all(stream) == expected


def test_a_range_beyond_the_end_is_refused(url: str, http: Http) -> None:
    with http.open(url, first=len(NOISE)) as stream:
        assert (stream.status, stream.headers["Content-Range"]) == (416, "bytes */1024000")


def test_a_range_of_what_has_changed_is_not_served(url: str, http: Http) -> None:
    with http.open(url) as stream:
        etag = stream.headers["ETag"]
        _all(stream)
    with http.open(url, first=5, headers={"If-Range": etag}) as stream:
        assert stream.status == 206
        _all(stream)
    with http.open(url, first=5, headers={"If-Range": '"other"'}) as stream:
        assert stream.status == 200
    with http.open(url, headers={"If-Match": '"other"'}) as stream:
        assert stream.status == 412


def test_requests_bytes_and_ranges_are_counted(noise: Standin, url: str, http: Http) -> None:
    for first, last in [(0, 99), (100, 299)]:
        with http.open(url, first=first, last=last) as stream:
            _all(stream)
    (stored,) = noise.objects("alice/noise")
    assert (stored.requests, stored.served) == (2, 300)
    assert stored.ranges == [(0, 100), (100, 300)]
    assert noise.served("alice/noise") == 300


def test_a_drop_ends_the_connection_after_exactly_so_many_bytes(
    noise: Standin, url: str, http: Http
) -> None:
    noise.fail("alice/noise", Drop(after=1000), skip=1)
    with http.open(url) as stream:
        assert _all(stream) == NOISE
    with http.open(url) as stream:
        assert stream.read(1000) == NOISE[:1000]
        with pytest.raises(Reset):
            stream.read(1)
    with http.open(url) as stream:
        assert _all(stream) == NOISE


def test_a_stall_is_silence_after_so_many_bytes(noise: Standin, url: str, http: Http) -> None:
    noise.fail("alice/noise", Stall(after=1000))
    with http.open(url) as stream:
        assert stream.read(1000) == NOISE[:1000]
        with pytest.raises(TimedOut):
            stream.read(1)


def test_a_refusal_may_hit_every_request(noise: Standin, url: str, http: Http) -> None:
    noise.fail("alice/noise", Refuse(status=503, retry_after="1"), times=None)
    for _ in range(3):
        with http.open(url) as stream:
            assert (stream.status, stream.headers["Retry-After"]) == (503, "1")
    noise.recover()
    with http.open(url) as stream:
        assert stream.status == 200


def test_ranges_can_be_turned_off(noise: Standin, url: str, http: Http) -> None:
    noise.fail("alice/noise", NoRanges(), times=None)
    with http.open(url, first=10, last=19) as stream:
        assert (stream.status, "Accept-Ranges" in stream.headers) == (200, False)
        assert _all(stream) == NOISE


@pytest.mark.parametrize("by", [-1000, 1000])
def test_a_lie_about_the_length(by: int, noise: Standin, url: str, http: Http) -> None:
    noise.fail("alice/noise", Lie(by=by), times=None)
    with http.open(url, first=0, last=9) as stream:
        assert stream.headers["Content-Range"] == f"bytes 0-9/{len(NOISE) + by}"
        assert _all(stream) == NOISE[:10]
    with http.open(url) as stream:
        assert stream.headers["Content-Length"] == str(len(NOISE) + by)
        if by < 0:
            assert _all(stream) == NOISE[:by]
        else:
            with pytest.raises(Reset):
                _all(stream)


def test_an_object_can_change_in_the_middle(noise: Standin, url: str, http: Http) -> None:
    noise.fail("alice/noise", Change(after=500_000, content=b"new"), times=None)
    with http.open(url) as stream:
        etag = stream.headers["ETag"]
        assert _all(stream) == NOISE  # what was begun is ended
    with http.open(url) as stream:
        assert stream.headers["ETag"] != etag
        assert _all(stream) == b"new"


def test_a_competition_can_change_under_its_address(noise: Standin, http: Http) -> None:
    noise.competition("moving", {"a.csv": "1"})
    before = noise.address("moving", "a.csv")
    with http.open(before) as stream:
        first = stream.headers["Last-Modified"]
        assert _all(stream) == b"1"
    noise.competition("moving", {"a.csv": "22"})
    after = noise.address("moving", "a.csv")
    with http.open(after) as stream:
        assert _all(stream) == b"22"
        assert stream.headers["Last-Modified"] != first


def test_an_address_ends(noise: Standin, url: str, http: Http) -> None:
    noise.expire()
    with http.open(url) as stream:
        assert (stream.status, stream.headers["Content-Type"]) == (
            *(400, "application/xml; charset=utf-8"),
        )


def test_the_rate_of_a_connection_can_be_limited(noise: Standin, url: str, http: Http) -> None:
    noise.limit(400_000)
    received: list[int] = []

    def fetch() -> None:
        with http.open(url) as stream:
            received.append(len(stream.read(40_000)))
            served = noise.served("alice/noise")
            received.append(served)

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # By the time that a tenth of a second's worth has come, not much more was sent to each.
    assert min(received) == 40_000
    assert max(received) < 2 * len(NOISE) / 2


def test_of_a_connection_that_breaks_what_arrived_is_counted(
    kaggle: Standin, tmp_path: Path, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kagura.system.tcp.round_trip", lambda _: 0.0001)
    with (tmp_path / "sparse.bin").open("wb") as file:
        file.truncate(64 << 20)
    kaggle.dataset("alice/sparse", {"sparse.bin": tmp_path / "sparse.bin"})
    with http.open(kaggle.address("alice/sparse", "sparse.bin")) as stream:
        stream.keep_short(64 << 10)
        assert len(stream.read(1 << 20)) == 1 << 20
    end = time.monotonic() + 30
    # The first megabyte, and what waited here as the connection was closed; what waited there,
    # up to 4 MiB, is none of it.
    while not (counted := kaggle.served("alice/sparse")) and time.monotonic() < end:
        time.sleep(0.01)
    assert 1 << 20 <= counted <= 3 << 20


def test_big_objects_are_files_and_stay_files(kaggle: Standin, tmp_path: Path, http: Http) -> None:
    with (tmp_path / "sparse.bin").open("wb") as file:
        file.truncate(3 * 2**30)
    with zipfile.ZipFile(tmp_path / "big.zip", "w") as archive:
        archive.writestr("a", "b")
    kaggle.dataset("alice/big", archive=tmp_path / "big.zip", has_hash=False)
    (tmp_path / "big.zip").unlink()
    (tmp_path / "sparse.bin").rename(tmp_path / "big.zip")
    with http.open(kaggle.address("alice/big"), tail=10) as stream:
        assert (
            stream.headers["Content-Range"] == f"bytes {3 * 2**30 - 10}-{3 * 2**30 - 1}/{3 * 2**30}"
        )
        assert _all(stream) == bytes(10)


@pytest.mark.parametrize(
    "content", [b"", b"no archive", b"PK\x05\x06" + bytes(30), b"\x1f\x8b\x08"]
)
def test_a_broken_archive_is_served_as_it_is(
    content: bytes, kaggle: Standin, tmp_path: Path, http: Http
) -> None:
    (tmp_path / "broken").write_bytes(content)
    kaggle.dataset("alice/broken", archive=tmp_path / "broken")
    kaggle.model("alice/broken/jax/x", archive=tmp_path / "broken")
    for handle in ("alice/broken", "alice/broken/jax/x"):
        with http.open(kaggle.address(handle)) as stream:
            assert _all(stream) == content


def test_the_files_of_an_archive_that_was_given_come_alone_too(
    kaggle: Standin, tmp_path: Path, http: Http
) -> None:
    with zipfile.ZipFile(tmp_path / "given.zip", "w") as archive:
        archive.writestr("deep/one.txt", "one")
    with tarfile.open(tmp_path / "given.tar.gz", "w:gz") as tape:
        tape.add(tmp_path / "given.zip", "weights.bin")
    kaggle.dataset("alice/given", archive=tmp_path / "given.zip")
    kaggle.model("alice/given/jax/x", archive=tmp_path / "given.tar.gz")
    with http.open(kaggle.address("alice/given", "deep/one.txt")) as stream:
        assert _all(stream) == b"one"
    with http.open(kaggle.address("alice/given/jax/x", "weights.bin")) as stream:
        assert _all(stream) == (tmp_path / "given.zip").read_bytes()
