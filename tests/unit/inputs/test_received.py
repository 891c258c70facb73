"""A stream from its first byte to its last: begun again, it is the same object or it is refused."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

import pytest

from kagura.inputs.received import Received
from kagura.inputs.remote import Changed
from kagura.system.faults import Reset
from kagura.system.http import Http

OLD, NEW = b"old content", b"new content"


@dataclass
class Answer:
    """What a server sends; ``breaks``: the connection does, after that."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    breaks: bool = False
    url: str = "http://store/some/name.bin?signed"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, count: int) -> bytes:
        piece, self.body = self.body[:count], self.body[count:]
        if not piece and self.breaks:
            raise Reset("store", "the connection broke")
        return piece


class Server:
    """Gives answers in turn, and remembers what was asked for."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def open(self, url: str, **asked: Any) -> Answer:
        self.asked.append(asked)
        return self._answers.pop(0)


def received(*answers: Answer) -> tuple[Received, Server]:
    server = Server(answers)
    address, http = (lambda: "http://store/some/name.bin?signed"), cast(Http, server)
    return Received(address, http=http, title="it", sleep=lambda _: None), server


def broken(mark: Mapping[str, str]) -> Answer:
    """The first five bytes of the old content."""
    return Answer(200, {"Content-Length": "11", **mark}, OLD[:5], breaks=True)


MARKS = [{"ETag": '"old"'}, {"Last-Modified": "Wed, 01 May 2024 12:00:00 GMT"}]


@pytest.mark.parametrize("mark", MARKS)
def test_it_goes_on_where_it_broke(mark: Mapping[str, str]) -> None:
    stream, server = received(broken(mark), Answer(206, mark, OLD[5:]))
    assert b"".join(stream) == OLD
    assert server.asked[1] == {"headers": {"If-Range": next(iter(mark.values()))}, "first": 5}
    assert (stream.name, stream.size) == ("name.bin", 11)


@pytest.mark.parametrize("mark", MARKS)
def test_what_was_had_is_passed_over_where_there_are_no_ranges(mark: Mapping[str, str]) -> None:
    stream, _ = received(broken(mark), Answer(200, mark, OLD))
    assert b"".join(stream) == OLD


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("status", [200, 206])
@pytest.mark.parametrize("other", [{}, {"ETag": '"new"'}, {"Last-Modified": "another day"}])
def test_another_object_is_not_stitched_to_what_came(
    mark: Mapping[str, str], status: int, other: Mapping[str, str]
) -> None:
    # Also of a server that does not know If-Range, and sends a part of it.
    stream, _ = received(broken(mark), Answer(status, other, NEW if status == 200 else NEW[5:]))
    came: list[bytes] = []
    with pytest.raises(Changed):
        came.extend(stream)
    assert came == [OLD[:5]]


def test_what_has_no_mark_is_never_gone_on_with() -> None:
    stream, _ = received(broken({}), Answer(206, {}, OLD[5:]))
    with pytest.raises(Changed):
        list(stream)


@pytest.mark.parametrize("is_right", [True, False])
def test_it_is_held_against_the_hash_that_its_store_tells(is_right: bool) -> None:
    told = base64.b64encode(hashlib.md5(OLD if is_right else NEW).digest()).decode()
    headers = {"ETag": '"old"', "x-goog-hash": f"crc32c=AAAAAA==, md5={told}"}
    stream, _ = received(Answer(200, headers, OLD[:5], breaks=True), Answer(206, headers, OLD[5:]))
    if is_right:
        assert b"".join(stream) == OLD
    else:
        with pytest.raises(Changed):
            list(stream)
