"""The door to HTTP, against a small server on loopback that misbehaves on request."""

from __future__ import annotations

import pickle
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
    TooLong,
    Unresolved,
)
from kagura.system.http import Http, Stream

BODY = bytes(range(256)) * 1000


def _exhaust(stream: Stream) -> None:
    while stream.read(1000):
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.seen.append((self.path, dict(self.headers.items()), self.client_address[1]))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/silent"):
            server.stopping.wait(20)
        if self.path.startswith("/silent") or self.path.endswith("/dropped"):
            self.close_connection = True
            return
        body, said = BODY, len(BODY)
        if self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            body, said = b"", 0
        elif self.path in ("/redirect", "/elsewhere"):
            self.send_response(302)
            where = "/body?signed=1" if self.path == "/redirect" else server.elsewhere
            self.send_header("Location", where)
            body, said = b"", 0
        elif "Range" in self.headers:
            first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
            body = (
                BODY[int(first) :][: int(last or 10**9) - int(first) + 1]
                if first
                else BODY[-int(last) :]
            )
            said = len(body)
            self.send_response(206)
        else:
            self.send_response(200)
        if self.path == "/short":
            body, self.close_connection = BODY[:1000], True
        if self.path == "/endless":
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(said))
        self.send_header("x-goog-hash", "crc32c=AAAA")
        self.send_header("x-goog-hash", "md5=BBBB")
        self.send_header("Set-Cookie", "tracking=1; Path=/")
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/endless":
            server.stopping.wait(20)

    do_POST = do_GET  # noqa: N815 (http.server's word)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, dict[str, str], int]] = []
        self.elsewhere = ""
        self.stopping = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        pass  # clients that hang up are what these tests are about


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.stopping.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def http() -> Iterator[Http]:
    with Http() as http:
        yield http


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


def test_connections_are_used_again_and_by_several_threads(server: Server, http: Http) -> None:
    def fetch() -> None:
        for _ in range(5):
            with http.open(f"{server.address}/body") as stream:
                assert stream.read(10**6) == BODY

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.seen) == 20
    assert len({port for _, _, port in server.seen}) <= 4


def test_a_body_that_is_too_short_is_a_reset(server: Server, http: Http) -> None:
    with http.open(f"{server.address}/short") as stream, pytest.raises(Reset):
        _exhaust(stream)


@pytest.mark.parametrize("is_proxied", [False, True])
def test_a_connection_that_is_dropped_is_a_reset(
    is_proxied: bool, server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_proxied:
        monkeypatch.setenv("HTTP_PROXY", server.address)
    address = "http://kaggle.invalid" if is_proxied else server.address
    with pytest.raises(Reset):
        http.post_json(f"{address}/dropped", body={}, headers={})


def test_a_silent_server_is_left(server: Server) -> None:
    with Http(silence=0.2) as http:
        with pytest.raises(TimedOut) as caught:
            http.open(f"{server.address}/silent?secret")
        assert "secret" not in str(caught.value)
        with pytest.raises(TimedOut):
            http.post_json(f"{server.address}/silent", body={}, headers={})
        with http.open(f"{server.address}/endless") as stream, pytest.raises(TimedOut):
            _exhaust(stream)


def test_a_reader_can_be_interrupted_from_another_thread(server: Server, http: Http) -> None:
    with http.open(f"{server.address}/endless") as stream:
        assert stream.read(len(BODY)) == BODY

        def interrupt() -> None:
            time.sleep(0.1)
            stream.interrupt()

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(Reset):
            stream.read(1)
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
