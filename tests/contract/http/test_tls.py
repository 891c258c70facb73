"""The door to HTTP: whom it trusts, and how it gets past a proxy."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import sys
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.x509.oid import NameOID

from kagura.system.faults import BadCertificate, BadProxy
from kagura.system.http import Http

sys.path.insert(0, str(Path(__file__).parents[1]))
from misbehaving import BODY, Server

AUTHORITY = trustme.CA()


@pytest.fixture
def secure(server: Server) -> Server:
    """A server at https://localhost, whose certificate is for that name alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.address = f"https://localhost:{server.server_address[1]}"
    return server


@pytest.fixture(autouse=True)
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(os.fspath(path))
    return path


def _name_hash(bundle: Path) -> str:
    """What OpenSSL calls a certificate in a folder: a hash of its subject in small letters."""
    kinds = {NameOID.ORGANIZATION_NAME: 10, NameOID.ORGANIZATIONAL_UNIT_NAME: 11}
    encoded = b""
    for one in x509.load_pem_x509_certificate(bundle.read_bytes()).subject:
        value = str(one.value).lower().encode()
        oid = bytes([6, 3, 0x55, 4, kinds[one.oid]])
        pair = oid + bytes([12, len(value)]) + value
        encoded += bytes([0x31, len(pair) + 2, 0x30, len(pair)]) + pair
    return f"{int.from_bytes(hashlib.sha1(encoded).digest()[:4], 'little'):08x}"


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_that_the_user_names_is_trusted(
    name: str, bundle: Path, secure: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, os.fspath(bundle))
    for _ in range(2):
        with http.open(f"{secure.address}/body") as stream:
            assert stream.read(10**6) == BODY
    assert len({port for _, _, port in secure.seen}) == 1


def test_a_folder_of_authorities_is_trusted(
    bundle: Path, secure: Server, http: Http, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / f"{_name_hash(bundle)}.0").symlink_to(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.fspath(folder))
    with http.open(f"{secure.address}/body") as stream:
        assert stream.status == 200


def test_others_are_not(secure: Server, http: Http) -> None:
    with pytest.raises(BadCertificate):
        http.open(f"{secure.address}/body")


def test_a_certificate_for_another_name_is_not(
    bundle: Path, secure: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.fspath(bundle))
    with pytest.raises(BadCertificate):
        http.open(f"{secure.address.replace('localhost', '127.0.0.1')}/body")


def test_a_bundle_without_certificates_is_told(
    bundle: Path, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle.write_text("nothing\n")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.fspath(bundle))
    with pytest.raises(BadCertificate, match=r"authority\.pem holds no certificates"):
        http.open("https://127.0.0.1:1/")


def test_a_proxy_gets_its_password_and_nobody_else(
    server: Server, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.address.replace("http://", "http://me:p%40ss@"))
    http.post_json("http://kaggle.invalid/body", body={}, headers={})
    path, headers, _ = server.seen[0]
    assert path == "http://kaggle.invalid/body"
    said = headers["proxy-authorization"].removeprefix("Basic ")
    assert base64.b64decode(said) == b"me:p@ss"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    http.post_json(f"{server.address}/body", body={}, headers={})
    assert "proxy-authorization" not in {name.lower() for name in server.seen[1][1]}


@pytest.mark.parametrize("proxy", ["http://", "ftp://proxy:1", "http://proxy:port", "http://[::1"])
def test_what_is_no_proxy_is_told(proxy: str, http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(BadProxy):
        http.open("http://kaggle.invalid/body")


def test_what_a_socks_proxy_needs_is_told(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)
    monkeypatch.setenv("HTTP_PROXY", "socks5h://127.0.0.1:1")
    with pytest.raises(BadProxy, match="pip install pysocks"):
        http.open("http://kaggle.invalid/body")
