"""As against the real server: TLS through a proxy's tunnel, and its other path (no ``/api``)."""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from kagura.errors import ServiceError
from kagura.kaggle.client import connect
from kagura.system.command import run
from kagura.system.http import Http
from kagura.testing import Standin


class Tunnel:
    """A proxy for ``CONNECT api.kaggle.com:443`` whose other end is the stand-in."""

    def __init__(self, standin: Standin, authority: trustme.CA) -> None:
        self._standin = standin
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("api.kaggle.com").configure_cert(self._context)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked: list[bytes] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            self.asked.append(head.partition(b" HTTP")[0])
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            try:
                inside = self._context.wrap_socket(connection, server_side=True)
            except (ssl.SSLError, OSError):  # a client that does not trust the authority
                return
            with inside, socket.create_connection(("127.0.0.1", self._standin.port)) as outside:
                back = threading.Thread(target=_copy, args=(outside, inside))
                back.start()
                _copy(inside, outside)
                back.join(10)


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture
def production(kaggle: Standin, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Variables of a machine behind a company's proxy, and no word of a stand-in."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tunnel = Tunnel(kaggle, authority)
    yield {
        "HTTPS_PROXY": tunnel.address,
        "NO_PROXY": "127.0.0.1",
        "REQUESTS_CA_BUNDLE": str(tmp_path / "ca.pem"),
        "KAGGLE_USERNAME": kaggle.user,
        "KAGGLE_KEY": kaggle.key,
    }
    tunnel.close()
    assert set(tunnel.asked) == {b"CONNECT api.kaggle.com:443"}


@pytest.fixture
def environment(production: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in production.items():
        monkeypatch.setenv(name, value)
    return production


def test_our_client_works(kaggle: Standin, environment: dict[str, str], tmp_path: Path) -> None:
    with Http() as http:
        client = connect(environment, home=tmp_path, http=http)
        assert client.who_am_i() == "tester"
        with http.open(client.dataset_address("uciml/iris").url) as stream:
            assert stream.read(2) == b"PK"
    assert not any(call.is_absolute for call in kaggle.calls)


def test_an_authority_that_is_not_trusted_is_told(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    with Http() as http, pytest.raises(ServiceError) as caught:
        connect(environment, home=tmp_path, http=http).who_am_i()
    assert "REQUESTS_CA_BUNDLE" in str(caught.value.hint)


def test_the_real_kaggle_and_kagglehub_work(
    production: dict[str, str], home: Path, tmp_path: Path
) -> None:
    outside = {"PATH": os.environ["PATH"], "HOME": os.fspath(home), **production}
    command = Path(sys.executable).with_name("kaggle")
    argv = [os.fspath(command), "datasets", "download", "uciml/iris", "-p", str(tmp_path / "to")]
    completed = run(argv, environment=outside, seconds=90)
    assert completed.status == 0, completed.stderr
    assert (tmp_path / "to/iris.zip").read_bytes()[:2] == b"PK"
    code = "import kagglehub; print(kagglehub.competition_download('titanic'))"
    completed = run([sys.executable, "-c", code], environment=outside, seconds=90)
    assert completed.status == 0, completed.stderr
    assert Path(completed.stdout.splitlines()[-1], "train.csv").exists()
