"""What Kaggle refuses, in plain words: what, why, and the page to open."""

from __future__ import annotations

from kagura.errors import ServiceError
from kagura.kaggle.fields import parse
from kagura.kaggle.subjects import SITE, Subject
from kagura.system.faults import (
    BadCertificate,
    BadProxy,
    HttpFault,
    Refused,
    TimedOut,
    Unresolved,
)

__all__ = ["TWO_WAYS", "AbsentError", "message_of", "refusal", "unreachable"]

TWO_WAYS = (
    f"make a token at {SITE}/settings (Generate New Token) and save it as "
    "~/.kaggle/access_token, or run `kaggle auth login`"
)


class AbsentError(ServiceError):
    """There is no such thing, or it is hidden from this account: Kaggle does not tell which."""


def message_of(body: bytes) -> str | None:
    """What an error's JSON says, in today's shape or in the one until 2025."""
    fields = parse(body)
    if fields is None:
        return None
    inner = fields.object("error")
    return inner.text("message") or fields.text("message") or fields.text("error")


def refusal(
    status: int,
    *,
    subject: Subject,
    said: str | None,
    place: str | None,
    rejected: tuple[str, ...] = (),
    troubles: tuple[str, ...] = (),
    seconds: float | None = None,
) -> ServiceError:
    """The error for a status that stays.

    ``place`` is where the credential came from (None: nobody was signed in); ``rejected`` are
    places whose credential Kaggle did not take; ``troubles`` those that could not be read;
    ``seconds`` is how long Kaggle wants us to wait.
    """
    quoted = f' ("{said.rstrip(".")}")' if said else ""
    beside = "".join(f"; {trouble}" for trouble in troubles)
    if rejected and status in (401, 403, 404):
        places = ", ".join(rejected)
        return ServiceError(
            f"Kaggle refuses {subject}: it does not accept the credential in {places}, "
            f"which may be expired{quoted}{beside}",
            hint=TWO_WAYS,
        )
    if status == 401 or (status == 403 and place is None and subject.kind == "competition"):
        return ServiceError(
            f"{subject} is only for those who are signed in to Kaggle, and no credential was "
            f"found{quoted}{beside}",
            hint=TWO_WAYS,
        )
    if status == 403:
        return _forbidden(subject, quoted=quoted, place=place, said=said or "", beside=beside)
    if status == 404:
        return AbsentError(f"Kaggle has no {subject}{quoted}", hint=f"look it up at {subject.page}")
    if status == 429:
        wait = f"in {seconds:.0f} s" if seconds else "in some minutes"
        return ServiceError(
            f"Kaggle answers too many requests to serve {subject} now{quoted}",
            hint=f"try again {wait}",
        )
    if status >= 500:
        return ServiceError(
            f"Kaggle has trouble (HTTP {status}) with {subject}{quoted}",
            hint="try again later; https://status.kaggle.com tells of known trouble",
        )
    return ServiceError(f"Kaggle refuses {subject}: HTTP {status}{quoted}", hint=subject.page)


def _forbidden(
    subject: Subject, *, quoted: str, place: str | None, said: str, beside: str
) -> ServiceError:
    if subject.kind == "competition":
        return ServiceError(
            f"the rules of {subject} are not accepted yet, or it is closed to you{quoted}",
            hint=f"join at {subject.page}/rules, then try again",
        )
    if subject.kind == "model":
        why = (
            "it is only for those who consent to its licence"
            if "consent" in said or "license" in said
            else "it waits for your consent to its licence, is private, or does not exist"
        )
        return ServiceError(
            f"Kaggle refuses {subject}: {why}{quoted}",
            hint=f"consent at {subject.page}, signed in, then try again",
        )
    if place is None:
        return AbsentError(
            f"there is no {subject}, or it is private{quoted}{beside}",
            hint=f"look at {subject.page}; if it is yours: {TWO_WAYS}",
        )
    return AbsentError(
        f"there is no {subject}, or it is not for the account in {place}{quoted}",
        hint=f"look at {subject.page} in a browser, signed in to that account",
    )


def unreachable(fault: HttpFault, *, subject: Subject) -> ServiceError:
    """The error for a server that gives no whole answer."""
    message = f"Kaggle cannot be reached for {subject}: {fault}"
    match fault:
        case Unresolved():
            hint = "is this machine connected? Behind a proxy, set HTTPS_PROXY"
        case BadProxy():
            hint = "check HTTPS_PROXY, and NO_PROXY for what goes without it"
        case BadCertificate():
            hint = "set REQUESTS_CA_BUNDLE to the file with your network's certificates"
        case Refused() | TimedOut():
            hint = "check the connection and HTTPS_PROXY, then try again"
        case _:
            hint = "try again"
    return ServiceError(message, hint=hint)
