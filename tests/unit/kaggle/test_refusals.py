"""What Kaggle refuses is told in plain words, with the page to open."""

from __future__ import annotations

import json

import pytest

from kagura.errors import ServiceError
from kagura.kaggle.refusals import message_of, refusal, unreachable
from kagura.kaggle.subjects import Subject
from kagura.system.faults import (
    BadCertificate,
    BadProxy,
    HttpFault,
    Refused,
    Reset,
    TimedOut,
    Unresolved,
)

IRIS = Subject(kind="dataset", handle="uciml/iris", version=3)
TITANIC = Subject(kind="competition", handle="titanic")
GEMMA = Subject(kind="model", handle="google/gemma/pyTorch/2b")
NOTEBOOK = Subject(kind="kernel", handle="alice/nb")


def _told(error: ServiceError) -> str:
    return f"{error.message}\n{error.hint}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"error": {"code": 429, "message": "Too many requests", "status": "X"}},
            "Too many requests",
        ),
        ({"code": 403, "message": "Accept the rules"}, "Accept the rules"),
        ({"error": "plain"}, "plain"),
        ({"error": {"code": 500}}, None),
        ({"message": ["not text"]}, None),
        ([{"message": "in a list"}], None),
    ],
)
def test_the_reason_is_read_from_every_shape(body: object, message: str | None) -> None:
    assert message_of(json.dumps(body).encode()) == message


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_has_no_reason(body: bytes) -> None:
    assert message_of(body) is None


@pytest.mark.parametrize(
    ("subject", "page"),
    [
        (IRIS, "https://www.kaggle.com/datasets/uciml/iris"),
        (TITANIC, "https://www.kaggle.com/competitions/titanic"),
        (GEMMA, "https://www.kaggle.com/models/google/gemma/pyTorch/2b"),
        (NOTEBOOK, "https://www.kaggle.com/code/alice/nb"),
    ],
)
def test_every_subject_has_its_page(subject: Subject, page: str) -> None:
    assert subject.page == page
    assert page in _told(refusal(404, subject=subject, said=None, place="x"))


def test_rules_that_are_not_accepted_lead_to_their_page() -> None:
    error = refusal(403, subject=TITANIC, said="You must accept the rules.", place="KAGGLE_KEY")
    assert "https://www.kaggle.com/competitions/titanic/rules" in _told(error)
    assert '"You must accept the rules"' in error.message


def test_a_gated_model_leads_to_its_consent() -> None:
    for said in ("You must consent", "Permission 'models.get' was denied", None):
        error = refusal(403, subject=GEMMA, said=said, place="KAGGLE_KEY")
        assert "consent at https://www.kaggle.com/models/google/gemma/pyTorch/2b" in _told(error)


def test_what_is_denied_may_not_exist() -> None:
    said = "Permission 'datasets.get' was denied"
    signed_in = _told(refusal(403, subject=IRIS, said=said, place="~/.kaggle/kaggle.json"))
    assert "there is no data set uciml/iris (version 3)" in signed_in
    assert "~/.kaggle/kaggle.json" in signed_in
    nobody = _told(refusal(403, subject=IRIS, said=said, place=None))
    assert "kaggle auth login" in nobody
    assert "access_token" in nobody


@pytest.mark.parametrize(("status", "subject"), [(401, IRIS), (401, TITANIC), (403, TITANIC)])
def test_nobody_signed_in_gets_both_ways_to_sign_in(status: int, subject: Subject) -> None:
    told = _told(
        refusal(status, subject=subject, said=None, place=None, troubles=("X is not JSON",))
    )
    assert "https://www.kaggle.com/settings" in told
    assert "kaggle auth login" in told
    assert "X is not JSON" in told


def test_a_credential_that_is_not_taken_is_named() -> None:
    error = refusal(
        403, subject=IRIS, said=None, place=None, rejected=("KAGGLE_API_TOKEN", "kaggle.json")
    )
    assert "does not accept the credential in KAGGLE_API_TOKEN, kaggle.json" in error.message


def test_too_many_requests_say_when_to_come_back() -> None:
    assert "in 90 s" in _told(refusal(429, subject=IRIS, said=None, place=None, seconds=90.0))
    assert "in some minutes" in _told(refusal(429, subject=IRIS, said=None, place=None))


@pytest.mark.parametrize("status", [400, 418, 500, 503])
def test_every_other_status_is_told(status: int) -> None:
    assert str(status) in refusal(status, subject=IRIS, said=None, place=None).message


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        (Unresolved, "HTTPS_PROXY"),
        (BadProxy, "NO_PROXY"),
        (BadCertificate, "REQUESTS_CA_BUNDLE"),
        (Refused, "connection"),
        (TimedOut, "connection"),
        (Reset, "try again"),
    ],
)
def test_every_fault_has_a_hint(fault: type[HttpFault], hint: str) -> None:
    error = unreachable(fault("api.kaggle.com", "why"), subject=IRIS)
    assert "api.kaggle.com: why" in error.message
    assert error.hint is not None
    assert hint in error.hint
