"""Our own client, against the stand-in: every call, every refusal, every fault."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kagura.errors import ServiceError, UsageError
from kagura.kaggle.answers import Address, Entry
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


def test_a_dataset_is_told_with_its_versions(client: Client) -> None:
    dataset = client.dataset("uciml/iris")
    assert (dataset.handle, dataset.version, dataset.versions) == ("uciml/iris", 2, (2, 1))
    assert (dataset.licence, dataset.is_private) == ("CC0-1.0", False)
    assert dataset.size is not None
    assert dataset.size > 0


def test_a_server_that_lists_no_versions_still_tells_the_current(
    kaggle: Standin, client: Client
) -> None:
    kaggle.dataset("alice/plain", {"a": "b"}, version=7, lists_versions=False)
    dataset = client.dataset("alice/plain")
    assert (dataset.version, dataset.versions) == (7, ())


def test_files_are_listed_over_all_pages(kaggle: Standin, client: Client) -> None:
    names = [f"part-{number:04}.csv" for number in range(450)]
    kaggle.dataset("alice/many", dict.fromkeys(names, "x"))
    assert list(client.dataset_files("alice/many")) == [Entry(name=name, size=1) for name in names]
    assert kaggle.called("ListDatasetFiles") == 3


def test_files_of_an_older_version_are_listed(client: Client) -> None:
    assert list(client.dataset_files("uciml/iris", version=1)) == [Entry(name="Iris.csv", size=17)]


def test_a_tree_is_walked_by_folders(client: Client) -> None:
    (root,) = client.dataset_tree("uciml/iris")
    assert root.folders == ("images",)
    assert [file.name for file in root.files] == ["Iris.csv", "big.csv"]
    (images,) = client.dataset_tree("uciml/iris", folder="images")
    assert images.folders == ("deep",)
    assert images.files == (Entry(name="images/one.png", size=8),)


def test_an_address_is_given_before_any_byte_is_asked_for(kaggle: Standin, client: Client) -> None:
    address = client.dataset_address("uciml/iris", version=2)
    assert address.name == "archive.zip"
    (stored,) = kaggle.objects("uciml/iris")
    assert (stored.requests, stored.served) == (0, 0)
    assert _fetch(address)[:2] == b"PK"
    (stored,) = kaggle.objects("uciml/iris")
    assert (stored.requests, stored.served) == (1, stored.path.stat().st_size)


def test_an_address_that_ended_is_asked_for_again(kaggle: Standin, client: Client) -> None:
    first = client.dataset_address("uciml/iris")
    kaggle.expire("uciml/iris")
    with Http() as http, http.open(first.url) as stream:
        assert stream.status == 400
        assert b"ExpiredToken" in stream.read(1000)
    again = client.dataset_address("uciml/iris")
    assert again.path == first.path
    assert _fetch(again)[:2] == b"PK"


def test_one_file_comes_by_itself_or_zipped(client: Client) -> None:
    plain = client.dataset_address("uciml/iris", file="images/one.png")
    assert (plain.name, _fetch(plain)) == ("one.png", b"\x89PNG one")
    zipped = client.dataset_address("uciml/iris", file="big.csv")
    assert (zipped.name, _fetch(zipped)[:2]) == ("big.csv.zip", b"PK")


def test_a_competition_is_listed_and_addressed(client: Client) -> None:
    files = list(client.competition_files("titanic"))
    assert files == [Entry(name="train.csv", size=8), Entry(name="test.csv", size=4)]
    assert client.competition_address("titanic").name == "archive.zip"
    assert _fetch(client.competition_address("titanic", file="test.csv")) == b"a\n3\n"


def test_a_notebook_is_pulled_in_any_version(kaggle: Standin, client: Client) -> None:
    newest = client.kernel("alice/first-notebook")
    assert (newest.version, newest.newest, newest.title) == (2, 2, "First notebook")
    assert newest.image is not None
    assert newest.image.startswith("gcr.io/kaggle-images/python@sha256:")
    assert (newest.machine, newest.has_internet, newest.has_gpu) == ("NvidiaTeslaT4", True, False)
    assert (newest.datasets, newest.competitions) == (("uciml/iris",), ("titanic",))
    assert (newest.kernels, newest.models) == (("alice/helpers",), ("google/gemma/PyTorch/2b/1",))
    assert json.loads(newest.source)["cells"][0]["source"] == "é 日本"
    first = client.kernel("alice/first-notebook", version=1)
    assert (first.version, first.newest) == (1, 2)
    assert json.loads(first.source)["cells"] == []
    assert kaggle.calls[-1].body["versionLabel"] == "v1"


def test_a_script_has_the_ending_of_its_language(kaggle: Standin, client: Client) -> None:
    kaggle.kernel("alice/helpers", "x = 1\n", kernel_type="script")
    kaggle.kernel("alice/in-r-here", "x <- 1\n", kernel_type="script", language="r")
    assert client.kernel("alice/helpers").file_name == "helpers.py"
    assert client.kernel("alice/in-r-here").file_name == "in-r-here.R"
    assert client.kernel("alice/first-notebook").file_name == "first-notebook.ipynb"


def test_outputs_are_listed_with_their_addresses(kaggle: Standin, client: Client) -> None:
    outputs = list(client.kernel_output("alice/first-notebook", version=1))
    assert [output.name for output in outputs] == ["submission.csv", "plots/a.png"]
    assert [_fetch(output.address) for output in outputs] == [b"1\n", b"\x89PNG"]
    assert [_fetch(one.address) for one in client.kernel_output("alice/first-notebook")] == [b"2\n"]
    assert client.kernel_log("alice/first-notebook", version=1) == "[first]"
    files = list(client.kernel_files("alice/first-notebook", version=1))
    assert files == [Entry(name="submission.csv", size=2), Entry(name="plots/a.png", size=4)]


def test_outputs_come_as_an_archive_or_one_by_one(client: Client) -> None:
    archive = client.kernel_output_address("alice/first-notebook", version=1)
    assert (archive.name, _fetch(archive)[:2]) == ("archive.zip", b"PK")
    one = client.kernel_output_address("alice/first-notebook", version=1, file="plots/a.png")
    assert _fetch(one) == b"\x89PNG"


def test_a_model_is_told_listed_and_addressed(client: Client) -> None:
    model = client.model("google/gemma/PyTorch/2b")
    assert (model.version, model.size) == (2, 2)
    assert list(client.model_versions("google/gemma/pytorch/2b")) == [2, 1]
    files = list(client.model_files("google/gemma/pyTorch/2b", version=1))
    assert [file.name for file in files] == ["config.json", "w/a.bin"]
    address = client.model_address("google/gemma/pyTorch/2b", version=1)
    assert (address.name, _fetch(address)[:2]) == ("archive.tar.gz", b"\x1f\x8b")
    one = client.model_address("google/gemma/pyTorch/2b", version=1, file="w/a.bin")
    assert _fetch(one) == b"\0" * 99


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
