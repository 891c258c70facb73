"""Our own client, against the stand-in: every refusal and every fault."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from kagura.errors import ServiceError, UsageError
from kagura.kaggle.answers import Address
from kagura.kaggle.client import Client
from kagura.system.http import Http
from kagura.testing import Drop, Refuse, Stall, Standin

ClientOf = Callable[..., Client]


def _fetch(address: Address) -> bytes:
    with Http() as http, http.open(address.url) as stream:
        assert stream.status == 200
        return stream.read(10**6)


def _told(call: Callable[[], object]) -> str:
    with pytest.raises(ServiceError) as caught:
        call()
    return f"{caught.value.message}\n{caught.value.hint}"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda client: client.competition_address("closed"), "competitions/closed/rules"),
        (lambda client: client.competition_address("titanic", file="x"), "File not found: x"),
        (lambda client: list(client.competition_files("nothing")), "no competition nothing"),
        (lambda client: client.dataset("nobody/nothing"), "no data set nobody/nothing"),
        (lambda client: client.dataset_address("uciml/iris", version=9), "uciml/iris (version 9)"),
        (lambda client: client.kernel("alice/nothing"), "no notebook alice/nothing"),
        (lambda client: client.kernel("alice/first-notebook", version=9), "version not found"),
        (
            lambda client: client.model("google/nothing/jax/2b"),
            "model google/nothing/jax/2b: it waits for your consent",
        ),
        (
            lambda client: client.model_address("google/gated/pyTorch/7b", version=1),
            "consent at https://www.kaggle.com/models/google/gated",
        ),
    ],
)
def test_a_refusal_says_why_and_which_page_to_open(
    call: Callable[[Client], object], expected: str, client: Client
) -> None:
    assert expected in _told(lambda: call(client))


@pytest.mark.parametrize("handle", ["iris", "a/b/c", "/iris", "uciml/", ""])
def test_a_handle_of_another_form_is_the_users_mistake(handle: str, client: Client) -> None:
    with pytest.raises(UsageError, match="OWNER/SLUG"):
        client.dataset(handle)


def test_too_many_requests_are_waited_out_as_asked(
    kaggle: Standin, client: Client, sleeps: list[float]
) -> None:
    kaggle.fail("GetDataset", Refuse(status=429, retry_after="7"), times=2)
    assert client.dataset("uciml/iris").version == 2
    assert [int(seconds) for seconds in sleeps] == [7, 7]


def test_a_wait_that_is_too_long_is_told_at_once(
    kaggle: Standin, client: Client, sleeps: list[float]
) -> None:
    refuse = Refuse(status=429, message="Too many requests", retry_after="3600")
    kaggle.fail("GetDataset", refuse)
    told = _told(lambda: client.dataset("uciml/iris"))
    assert '"Too many requests"' in told
    assert "in 3600 s" in told
    assert sleeps == []


@pytest.mark.parametrize("status", [500, 502, 503])
def test_trouble_that_passes_is_not_noticed(
    status: int, kaggle: Standin, client: Client, sleeps: list[float]
) -> None:
    kaggle.fail("DownloadDataset", Refuse(status=status, shape="page"), times=3)
    assert _fetch(client.dataset_address("uciml/iris"))[:2] == b"PK"
    assert len(sleeps) == 3
    assert sleeps == sorted(sleeps)


def test_trouble_that_stays_is_told_after_a_limit(
    kaggle: Standin, client: Client, sleeps: list[float]
) -> None:
    kaggle.fail("GetDataset", Refuse(status=503, message="Backend is down"), times=None)
    assert '503) with data set uciml/iris ("Backend is down")' in _told(
        lambda: client.dataset("uciml/iris")
    )
    assert (kaggle.called("GetDataset"), len(sleeps)) == (6, 5)


def test_a_dropped_call_is_made_again(kaggle: Standin, client: Client, sleeps: list[float]) -> None:
    kaggle.fail("GetDataset", Drop(), times=2)
    assert client.dataset("uciml/iris").version == 2
    assert len(sleeps) == 2


def test_a_silent_server_is_left_and_asked_again(
    kaggle: Standin, client: Client, sleeps: list[float]
) -> None:
    kaggle.fail("GetDataset", Stall())
    assert client.dataset("uciml/iris").version == 2
    assert len(sleeps) == 1


def test_a_server_that_is_gone_is_told(
    client: Client, monkeypatch: pytest.MonkeyPatch, sleeps: list[float]
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    told = _told(lambda: client.dataset("uciml/iris"))
    assert "proxy" in told
    assert "HTTPS_PROXY" in told
    assert sleeps == []


@pytest.mark.parametrize("shape", ["error", "legacy"])
def test_the_reason_is_read_from_both_shapes(shape: str, kaggle: Standin, client: Client) -> None:
    assert shape in ("error", "legacy")
    refuse = Refuse(
        status=403,
        message="You must accept this competition's rules",
        shape="error" if shape == "error" else "legacy",
    )
    kaggle.fail("DownloadDataFiles", refuse)
    told = _told(lambda: client.competition_address("titanic"))
    assert "You must accept this competition's rules" in told


def test_a_page_where_json_should_be_is_told(kaggle: Standin, client: Client) -> None:
    kaggle.fail("GetDataset", Refuse(status=200, shape="page"))
    assert "text/html" in _told(lambda: client.dataset("uciml/iris"))
    kaggle.fail("DownloadDataset", Refuse(status=200, shape="page"))
    assert "did not say where" in _told(lambda: client.dataset_address("uciml/iris"))


def test_an_error_that_comes_as_success_is_an_error(kaggle: Standin, client: Client) -> None:
    refuse = Refuse(status=200, code=404, message="Gone", shape="legacy")
    kaggle.fail("GetDataset", refuse)
    assert 'no data set uciml/iris ("Gone")' in _told(lambda: client.dataset("uciml/iris"))


def test_the_fields_that_we_need_are_missed_by_name(kaggle: Standin, client: Client) -> None:
    kaggle.fail("GetDataset", Refuse(status=200))
    assert "has no version" in _told(lambda: client.dataset("uciml/iris"))


def test_no_secret_is_logged_or_told(
    kaggle: Standin, client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(credential="token", KAGGLE_KEY="a-key", KAGGLE_USERNAME="me")
    address = client.dataset_address("uciml/iris")
    told = _told(lambda: client.dataset("nobody/nothing"))
    everything = f"{caplog.text}{told}{address!r}{client.credential!r}"
    assert kaggle.token not in everything
    assert "X-Goog-Signature" not in f"{told}{address!r}"
