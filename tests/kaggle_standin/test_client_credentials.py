"""Our own client, against the stand-in: every way to sign in."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kagura.errors import ServiceError
from kagura.kaggle.answers import Address
from kagura.kaggle.client import Client
from kagura.progress import Silent
from kagura.system.http import Http
from kagura.testing import Standin

ClientOf = Callable[..., Client]


def _fetch(address: Address) -> bytes:
    with Http() as http, http.open(address.url) as stream:
        assert stream.status == 200
        return stream.read(10**6)


def _told(call: Callable[[], object]) -> str:
    with pytest.raises(ServiceError) as caught:
        call()
    return f"{caught.value.message}\n{caught.value.hint}"


@pytest.mark.parametrize(("credential", "scheme"), [("key", "Basic"), ("token", "Bearer")])
def test_it_signs_in(credential: str, scheme: str, kaggle: Standin, client_of: ClientOf) -> None:
    assert client_of(credential=credential).who_am_i() == "tester"
    assert kaggle.calls[-1].scheme == scheme


def test_public_things_need_no_account(kaggle: Standin, client_of: ClientOf) -> None:
    client = client_of(credential="none")
    assert _fetch(client.dataset_address("uciml/iris"))[:2] == b"PK"
    assert client.kernel("alice/first-notebook").version == 2
    assert {call.scheme for call in kaggle.calls} == {""}
    told = _told(lambda: client.competition_address("titanic"))
    assert "https://www.kaggle.com/settings" in told
    assert "kaggle auth login" in told


def test_an_expired_credential_is_skipped_for_the_next(
    kaggle: Standin, client_of: ClientOf
) -> None:
    client = client_of(KAGGLE_API_TOKEN="KGAT_expired")
    assert client.dataset("alice/diary").is_private
    assert client.rejected == ("KAGGLE_API_TOKEN",)
    assert client.credential is not None
    assert client.credential.place == "KAGGLE_USERNAME and KAGGLE_KEY"
    client.dataset("alice/diary")
    assert [call.scheme for call in kaggle.calls] == ["Bearer", "Basic", "Basic"]


def test_threads_share_a_client_and_agree_on_the_credential(
    kaggle: Standin, client_of: ClientOf
) -> None:
    client = client_of(KAGGLE_API_TOKEN="KGAT_expired")
    with ThreadPoolExecutor(8) as threads:
        versions = list(threads.map(lambda _: client.dataset("alice/diary").version, range(40)))
    assert versions == [1] * 40
    assert client.rejected == ("KAGGLE_API_TOKEN",)
    assert sum(call.scheme == "Bearer" for call in kaggle.calls) <= 8


def test_without_a_good_credential_public_things_still_work(client_of: ClientOf) -> None:
    client = client_of(credential="none", KAGGLE_API_TOKEN="KGAT_expired")
    assert client.dataset("uciml/iris").version == 2
    told = _told(lambda: client.competition_address("titanic"))
    assert "does not accept the credential in KAGGLE_API_TOKEN" in told
    assert "KGAT_expired" not in told


def test_a_credential_that_was_skipped_is_told_once(client_of: ClientOf) -> None:
    class Heard(Silent):
        def warn(self, text: str, *, hint: str | None = None) -> None:
            warnings.append(f"{text} | {hint}")

    warnings: list[str] = []
    client = client_of(credential="none", progress=Heard(), KAGGLE_API_TOKEN="KGAT_expired")
    client.dataset("uciml/iris")
    client.dataset("uciml/iris")
    (told,) = warnings
    assert "does not accept the credential in KAGGLE_API_TOKEN" in told
    assert "goes on without one" in told
    assert "kaggle auth login" in told
    assert "KGAT_expired" not in told


def test_a_login_is_refreshed_in_memory(
    kaggle: Standin, client_of: ClientOf, tmp_path: Path
) -> None:
    ended = datetime.now(UTC) - timedelta(minutes=10)  # kaggle itself takes this for alive
    login = {
        "refresh_token": kaggle.refresh_token,
        "access_token": "KGAT_ended",
        "access_token_expiration": ended.isoformat(),
        "username": "tester",
    }
    path = tmp_path / "client-home/.kaggle/credentials.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(login))
    client = client_of(credential="none")
    assert client.who_am_i() == "tester"
    client.dataset("uciml/iris")
    assert [call.method for call in kaggle.calls] == ["GenerateAccessToken", "Hello", "GetDataset"]
    assert kaggle.calls[0].body["apiVersion"] == "API_VERSION_V1"
    assert json.loads(path.read_text()) == login


def test_a_login_that_cannot_be_refreshed_is_told(client_of: ClientOf, tmp_path: Path) -> None:
    path = tmp_path / "client-home/.kaggle/credentials.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"refresh_token": "revoked", "username": "tester"}))
    told = _told(client_of(credential="none").who_am_i)
    assert "~/.kaggle/credentials.json" in told
    assert "revoked" not in told
