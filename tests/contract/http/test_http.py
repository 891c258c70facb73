"""The door to HTTP: what is asked for and what comes."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from urllib3.util.ssltransport import SSLTransport

from kagura.system.faults import (
    HttpFault,
    TooLong,
)
from kagura.system.http import Http

sys.path.insert(0, str(Path(__file__).parents[1]))
from misbehaving import BODY, Server


def test_an_answer_is_told_whole(server: Server, http: Http) -> None:
    answer = http.post_json(f"{server.address}/body", body={"a": 1}, headers={"X-A": "b"})
    assert (answer.status, answer.body, answer.location) == (200, BODY, None)
    assert answer.headers["X-GOOG-HASH"] == "crc32c=AAAA, md5=BBBB"
    assert server.seen[0][1]["X-A"] == "b"
    assert server.seen[0][1]["User-Agent"].startswith("kagura/")


def test_redirects_without_end_are_left(server: Server, http: Http) -> None:
    with pytest.raises(HttpFault, match="without end"):
        http.open(f"{server.address}/round")
    assert len(server.seen) == 8


def test_a_redirect_is_told_and_not_followed(server: Server, http: Http) -> None:
    answer = http.post_json(f"{server.address}/redirect", body={}, headers={})
    assert answer.status == 302
    assert answer.location == f"{server.address}/body?signed=1"
    assert len(server.seen) == 1


def test_an_answer_has_a_longest_length(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kagura.system.http.BODY_LIMIT", 1000)
    with pytest.raises(TooLong):
        http.post_json(f"{server.address}/body", body={}, headers={})


def test_a_body_is_read_into_a_buffer_to_its_end(server: Server, http: Http) -> None:
    received, buffer = bytearray(), bytearray(7000)
    with http.open(f"{server.address}/body") as stream:
        while count := stream.readinto(buffer):
            received += buffer[:count]
    assert received == BODY
    assert server.seen[0][1]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"first": 10, "last": 19}, BODY[10:20]),
        ({"first": len(BODY) - 5}, BODY[-5:]),
        ({"tail": 100}, BODY[-100:]),
    ],
)
def test_a_range_is_asked_for(
    asked: dict[str, int], expected: bytes, server: Server, http: Http
) -> None:
    first, last, tail = (asked.get(name) for name in ("first", "last", "tail"))
    with http.open(f"{server.address}/body", first=first, last=last, tail=tail) as stream:
        assert (stream.status, stream.read(10**6)) == (206, expected)


@pytest.mark.parametrize("by_buffer", [False, True])
def test_connections_are_used_again_and_by_several_threads(
    by_buffer: bool, server: Server, http: Http
) -> None:
    def fetch() -> None:
        buffer = bytearray(len(BODY))
        for _ in range(5):
            with http.open(f"{server.address}/body") as stream:
                if by_buffer:
                    assert stream.readinto(buffer) == len(BODY)
                assert (buffer if by_buffer else stream.read(10**6)) == BODY

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.seen) == 20
    assert len({port for _, _, port in server.seen}) <= 4


def test_what_is_no_socket_is_left_as_it_is(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    with http.open(f"{server.address}/body") as stream:
        connection = stream._response.connection
        # As by a proxy with TLS of its own: urllib3's, which has no options.
        other = SSLTransport.__new__(SSLTransport)
        with monkeypatch.context() as patch:
            patch.setattr(connection, "sock", other)
            stream.keep_short(1 << 16)
        assert stream.read(10**6) == BODY
