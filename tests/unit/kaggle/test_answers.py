"""Records of answers, and the fields that they are read from."""

from __future__ import annotations

import pytest
from kagglesdk.models.types.model_enums import ModelFramework

from kagura.errors import UsageError
from kagura.kaggle.answers import Address
from kagura.kaggle.fields import parse
from kagura.kaggle.frameworks import NAMES, framework_in_handle, framework_name
from kagura.kaggle.transport import base_of


def test_an_address_names_its_object_and_hides_its_signature() -> None:
    address = Address(url="https://storage.example/bucket/1/2/a%20b.csv.zip?X-Goog-Signature=abc")
    assert address.name == "a b.csv.zip"
    assert address.path == "storage.example/bucket/1/2/a b.csv.zip"
    assert "abc" not in repr(address)


def test_a_dataset_versions_number_is_read_from_its_address() -> None:
    start = "https://storage.googleapis.com/kaggle-data-sets"
    assert Address(url=f"{start}/19/420/bundle/archive.zip?X-Goog=1").version_id == 420
    assert Address(url="https://www.kaggleusercontent.com/kf/19/x/420/a").version_id is None


def test_fields_of_another_type_are_absent() -> None:
    fields = parse(
        b'{"a": "x", "n": 1, "big": "9007199254740993", "t": true, "l": ["y", 2], "e": "",'
        b' "o": {"a": "z"}, "os": [{"n": 2}, 3]}'
    )
    assert fields is not None
    assert (fields.text("a"), fields.text("n"), fields.text("e"), fields.text("?")) == (
        *("x", None, None, None),
    )
    assert (fields.number("n"), fields.number("big")) == (1, 9007199254740993)
    assert (fields.number("t"), fields.number("a")) == (None, None)
    assert (fields.truth("t"), fields.truth("n")) == (True, None)
    assert (fields.texts("l"), fields.texts("a")) == (("y",), ())
    assert fields.object("o").text("a") == "z"
    assert fields.object("a").text("a") is None
    assert [one.number("n") for one in fields.objects("os")] == [2]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b"{" * 100_000])
def test_only_objects_are_answers(body: bytes) -> None:
    assert parse(body) is None


@pytest.mark.parametrize("spelling", ["PyTorch", "pyTorch", "pytorch", "PY_TORCH"])
def test_a_framework_has_one_name_however_it_is_spelled(spelling: str) -> None:
    assert framework_name(spelling) == "MODEL_FRAMEWORK_PY_TORCH"
    assert framework_in_handle(spelling) == "pyTorch"


def test_the_frameworks_are_those_of_kagglesdk() -> None:
    known = {member.name.removeprefix("MODEL_FRAMEWORK_") for member in ModelFramework}
    assert set(NAMES) == known - {"UNSPECIFIED"}


def test_an_unknown_framework_is_the_users_mistake() -> None:
    with pytest.raises(UsageError, match="tensorflow9"):
        framework_name("tensorflow9")


def test_the_server_is_chosen_as_kagglesdk_does() -> None:
    assert base_of({}) == "https://api.kaggle.com"
    assert base_of({"KAGGLE_API_ENVIRONMENT": "PROD"}) == "https://api.kaggle.com"
    assert base_of({"KAGGLE_API_ENVIRONMENT": "LOCALHOST"}) == "http://localhost/api"
    with pytest.raises(UsageError, match="nowhere"):
        base_of({"KAGGLE_API_ENVIRONMENT": "nowhere"})
