"""The door to HTTP: every fault has its name."""

from __future__ import annotations

import pickle
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kagura.system.faults import (
    BadAddress,
    BadCertificate,
    BadProxy,
    HttpFault,
    Refused,
    Reset,
    TimedOut,
    Unresolved,
)
from kagura.system.http import Http, Stream

sys.path.insert(0, str(Path(__file__).parents[1]))
from misbehaving import BODY, Server


def _read_all(stream: Stream) -> None:
    while stream.read(1000):
        pass


def _fill_all(stream: Stream) -> None:
    buffer = bytearray(1000)
    while stream.readinto(buffer):
        pass


both = pytest.mark.parametrize("exhaust", [_read_all, _fill_all])


@both
@pytest.mark.parametrize("path", ["short", "short-chunk"])
def test_a_body_that_is_too_short_is_a_reset(
    exhaust: Callable[[Stream], None], path: str, server: Server, http: Http
) -> None:
    with http.open(f"{server.address}/{path}") as stream, pytest.raises(Reset):
        exhaust(stream)


@pytest.mark.parametrize("is_proxied", [False, True])
def test_a_connection_that_is_dropped_is_a_reset(
    is_proxied: bool, server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_proxied:
        monkeypatch.setenv("HTTP_PROXY", server.address)
    address = "http://kaggle.invalid" if is_proxied else server.address
    with pytest.raises(Reset):
        http.post_json(f"{address}/dropped", body={}, headers={})


@both
def test_a_silent_server_is_left(exhaust: Callable[[Stream], None], server: Server) -> None:
    with Http(silence=0.2) as http:
        with pytest.raises(TimedOut) as caught:
            http.open(f"{server.address}/silent?secret")
        assert "secret" not in str(caught.value)
        with pytest.raises(TimedOut):
            http.post_json(f"{server.address}/silent", body={}, headers={})
        with http.open(f"{server.address}/endless") as stream, pytest.raises(TimedOut):
            exhaust(stream)


@both
def test_a_reader_can_be_interrupted_from_another_thread(
    exhaust: Callable[[Stream], None], server: Server, http: Http
) -> None:
    with http.open(f"{server.address}/endless") as stream:
        assert stream.read(len(BODY)) == BODY

        def interrupt() -> None:
            time.sleep(0.1)
            stream.interrupt()

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(Reset):
            exhaust(stream)
        thread.join()


def test_nobody_listening_is_told(http: Http) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Refused, match="refused"):
            http.open(address)


def test_a_wrong_name_is_told(http: Http) -> None:
    with pytest.raises(Unresolved):
        http.open("http://nowhere.invalid/")


@pytest.mark.parametrize("url", ["nonsense", "ftp://host/file", "http://", "http://[::1/x"])
def test_what_is_no_address_is_told(url: str, http: Http) -> None:
    with pytest.raises(BadAddress):
        http.open(url)


def test_tls_against_a_plain_server_is_a_bad_certificate(server: Server, http: Http) -> None:
    with pytest.raises(BadCertificate):
        http.open(server.address.replace("http://", "https://"))


def test_a_bundle_that_is_not_there_is_told(
    http: Http, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(BadCertificate, match=r"none\.pem"):
        http.open("https://127.0.0.1:1/")


def test_a_proxy_is_used_and_a_dead_one_told(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.address)
    with http.open("http://kaggle.invalid/body") as stream:
        assert stream.read(10**6) == BODY
    assert server.seen[0][0] == "http://kaggle.invalid/body"
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with pytest.raises(BadProxy):
        http.open("http://kaggle.invalid/body")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.open(f"{server.address}/body") as stream:
        assert stream.status == 200


def test_credentials_go_to_no_other_place(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Server() as other:
        thread = threading.Thread(target=other.serve_forever, args=(0.05,))
        thread.start()
        server.elsewhere = f"{other.address}/body"
        with http.open(f"{server.address}/elsewhere") as stream:
            assert stream.url == server.elsewhere
            stream.read(10**6)
        other.shutdown()
        thread.join()
    http.post_json(f"{server.address}/body", body={}, headers={})
    for _, headers, _ in (*server.seen, *other.seen):
        assert "Authorization" not in headers
        assert "Cookie" not in headers
    with pytest.raises(ValueError, match="credentials"):
        http.open(f"{server.address}/body", headers={"authorization": "Bearer x"})


@pytest.mark.parametrize("kind", [Reset, TimedOut, BadProxy])
def test_a_fault_travels_between_processes(kind: type[HttpFault]) -> None:
    fault = pickle.loads(pickle.dumps(kind("host", "why")))
    assert (type(fault), fault.host, fault.reason) == (kind, "host", "why")
