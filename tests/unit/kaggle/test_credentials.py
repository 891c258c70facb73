"""Where the credentials come from, and in which order."""

from __future__ import annotations

import base64
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kagura.kaggle.credentials import Credential, Found, find_credentials

FIELDS = ("username", "key", "access_token", "refresh_token", "access_token_expiration")
VALUES = st.one_of(st.text(max_size=9), st.none(), st.integers(), st.lists(st.none()))
JSON = st.one_of(VALUES, st.dictionaries(st.sampled_from(FIELDS), VALUES))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _find(home: Path, **environment: str) -> Found:
    return find_credentials(environment, home=home, now=NOW)


def _places(found: Found) -> list[str]:
    return [credential.place for credential in found.credentials]


def _write(home: Path, name: str, content: object) -> None:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def _login(home: Path, *, lives: timedelta) -> None:
    until = (NOW + lives).isoformat()
    login = {
        "refresh_token": "refresh-secret",
        "access_token": "access-secret",
        "access_token_expiration": until,
        "username": "me",
    }
    _write(home, ".kaggle/credentials.json", login)


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert _find(tmp_path) == Found(credentials=())


def test_all_places_are_found_in_the_official_order(tmp_path: Path) -> None:
    _write(tmp_path, "mounted", "notebook-token\n")
    _write(tmp_path, ".kaggle/access_token", "token-a\n")
    _write(tmp_path, ".kaggle/access_token.txt", "token-b\r\n")
    _write(tmp_path, ".kaggle/kaggle.json", {"username": "me", "key": "k"})
    _login(tmp_path, lives=timedelta(hours=1))
    found = _find(
        tmp_path,
        KAGGLE_KERNEL_RUN_TYPE="Batch",
        KAGGLE_DATA_PROXY_URL="https://x",
        KAGGLE_API_V1_TOKEN=str(tmp_path / "mounted"),
        KAGGLE_API_TOKEN="KGAT_env",
    )
    assert [(one.kind, one.place, one.secret) for one in found.credentials] == [
        ("token", "KAGGLE_API_V1_TOKEN", "notebook-token"),
        ("token", "KAGGLE_API_TOKEN", "KGAT_env"),
        ("token", "~/.kaggle/access_token", "token-a"),
        ("token", "~/.kaggle/access_token.txt", "token-b"),
        ("key", "~/.kaggle/kaggle.json", "k"),
        ("token", "~/.kaggle/credentials.json", "access-secret"),
        ("refresh", "~/.kaggle/credentials.json", "refresh-secret"),
    ]


def test_a_notebooks_token_counts_only_in_a_notebook(tmp_path: Path) -> None:
    _write(tmp_path, "mounted", "notebook-token")
    assert _places(_find(tmp_path, KAGGLE_API_V1_TOKEN=str(tmp_path / "mounted"))) == []


def test_the_token_variable_may_name_a_file(tmp_path: Path) -> None:
    _write(tmp_path, "token", "from-a-file\n")
    (credential,) = _find(tmp_path, KAGGLE_API_TOKEN=str(tmp_path / "token")).credentials
    assert credential.secret == "from-a-file"
    (credential,) = _find(tmp_path, KAGGLE_API_TOKEN="x" * 5000).credentials
    assert credential.secret == "x" * 5000


def test_variables_beat_the_file_each_for_itself(tmp_path: Path) -> None:
    _write(tmp_path, ".kaggle/kaggle.json", {"username": "file-user", "key": "file-key"})
    (both,) = _find(tmp_path, KAGGLE_USERNAME="me", KAGGLE_KEY="mine").credentials
    assert (both.user, both.secret, both.place) == ("me", "mine", "KAGGLE_USERNAME and KAGGLE_KEY")
    (one,) = _find(tmp_path, KAGGLE_KEY="mine").credentials
    assert (one.user, one.secret) == ("file-user", "mine")
    assert one.place == "KAGGLE_KEY and ~/.kaggle/kaggle.json"


def test_half_a_pair_of_variables_is_told(tmp_path: Path) -> None:
    found = _find(tmp_path, KAGGLE_USERNAME="me")
    assert found.credentials == ()
    assert found.troubles == ("KAGGLE_USERNAME is set, and KAGGLE_KEY is not",)


def test_the_key_file_may_be_elsewhere(tmp_path: Path) -> None:
    _write(tmp_path, "configured/kaggle.json", {"username": "me", "key": "configured"})
    _write(tmp_path, ".config/kaggle/kaggle.json", {"username": "me", "key": "xdg"})
    (credential,) = _find(tmp_path).credentials
    assert credential.secret == "xdg"
    (credential,) = _find(tmp_path, KAGGLE_CONFIG_DIR=str(tmp_path / "configured")).credentials
    assert credential.secret == "configured"
    (tmp_path / ".kaggle").mkdir()
    assert _find(tmp_path).credentials == ()  # kaggle reads the XDG folder only without ~/.kaggle


def test_an_access_token_in_the_configured_folder_is_not_read(tmp_path: Path) -> None:
    _write(tmp_path, "configured/access_token", "no")
    assert _places(_find(tmp_path, KAGGLE_CONFIG_DIR=str(tmp_path / "configured"))) == []


@pytest.mark.parametrize("lives", [timedelta(minutes=-29), timedelta(seconds=30)])
def test_a_login_that_has_ended_or_soon_will_is_skipped(lives: timedelta, tmp_path: Path) -> None:
    _login(tmp_path, lives=lives)
    assert [one.kind for one in _find(tmp_path).credentials] == ["refresh"]


@pytest.mark.parametrize("until", ["", "tomorrow", None, 5, "2026-03-01T13:00:00"])
def test_any_text_may_stand_for_the_end_of_a_login(until: object, tmp_path: Path) -> None:
    login = {"refresh_token": "r", "access_token": "a", "access_token_expiration": until}
    _write(tmp_path, ".kaggle/credentials.json", login)
    kinds = [one.kind for one in _find(tmp_path).credentials]
    expected = ["token", "refresh"] if until == "2026-03-01T13:00:00" else ["refresh"]
    assert kinds == expected


@pytest.mark.parametrize(
    ("name", "content", "trouble"),
    [
        (".kaggle/kaggle.json", "{", "~/.kaggle/kaggle.json is not what kaggle writes"),
        (".kaggle/kaggle.json", "[1]", "~/.kaggle/kaggle.json is not what kaggle writes"),
        (".kaggle/kaggle.json", {"user": 1}, "~/.kaggle/kaggle.json has no username and key"),
        (".kaggle/access_token", " \n", "~/.kaggle/access_token is empty"),
        (".kaggle/credentials.json", "null", "~/.kaggle/credentials.json is not what"),
    ],
)
def test_a_broken_file_is_told_and_the_rest_still_counts(
    name: str, content: object, trouble: str, tmp_path: Path
) -> None:
    _write(tmp_path, name, content)
    found = _find(tmp_path, KAGGLE_API_TOKEN="good")
    assert _places(found) == ["KAGGLE_API_TOKEN"]
    assert found.troubles[0].startswith(trouble)


@pytest.mark.parametrize("token", ["two words", "two\nlines", "schlüssel"])
def test_what_no_header_can_hold_is_no_token(token: str, tmp_path: Path) -> None:
    _write(tmp_path, ".kaggle/access_token", token)
    _write(tmp_path, ".kaggle/kaggle.json", {"username": "me", "key": token})
    found = _find(tmp_path)
    assert found.credentials == ()
    assert found.troubles[0] == "~/.kaggle/access_token is no token: one word is"


@settings(deadline=None, max_examples=60)
@given(
    token=st.binary(max_size=40),
    key=st.one_of(st.binary(max_size=40), JSON.map(lambda value: json.dumps(value).encode())),
    login=JSON.map(lambda value: json.dumps(value).encode()),
)
def test_whatever_the_files_hold_every_credential_makes_a_header(
    token: bytes, key: bytes, login: bytes
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, ".kaggle")
        folder.mkdir()
        (folder / "access_token").write_bytes(token)
        (folder / "kaggle.json").write_bytes(key)
        (folder / "credentials.json").write_bytes(login)
        for credential in find_credentials({}, home=Path(name), now=NOW).credentials:
            assert "\n" not in credential.header()
            credential.header().encode("ascii")


def test_a_file_that_is_no_text_and_a_folder_are_told(tmp_path: Path) -> None:
    (tmp_path / ".kaggle/access_token").mkdir(parents=True)
    (tmp_path / ".kaggle/kaggle.json").write_bytes(b"\xff\xfe\x00")
    found = _find(tmp_path)
    assert found.credentials == ()
    assert [trouble.partition(":")[2] for trouble in found.troubles] == [
        " Is a directory",
        " not text",
    ]


def test_a_secret_is_in_no_text_of_a_record(tmp_path: Path) -> None:
    _write(tmp_path, ".kaggle/kaggle.json", {"username": "me", "key": "very-secret"})
    found = _find(tmp_path, KAGGLE_API_TOKEN="very-secret-too")
    assert "very-secret" not in f"{found!r} {found} {found.credentials[0]!r}"


def test_the_headers_are_those_of_the_two_schemes() -> None:
    key = Credential(kind="key", place="", user="me", secret="k")
    assert key.header() == "Basic " + base64.b64encode(b"me:k").decode()
    assert Credential(kind="token", place="", secret="KGAT_x").header() == "Bearer KGAT_x"
