"""How a call is made: signed in, retried, and refused in plain words."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping

from kagura.errors import ServiceError, UsageError
from kagura.kaggle.answers import Address
from kagura.kaggle.credentials import Credential, Found
from kagura.kaggle.fields import Fields, parse
from kagura.kaggle.refusals import TWO_WAYS, message_of, refusal, unreachable
from kagura.kaggle.retries import ATTEMPTS, LONGEST_WAIT, attempts_after, helps, retry_after, wait
from kagura.kaggle.subjects import Subject
from kagura.progress import Progress, Silent
from kagura.system.faults import HttpFault
from kagura.system.http import Answer, Http

__all__ = ["Transport", "base_of"]

# As kagglesdk has them; all but PROD have the API below /api.
HOSTS = {
    "PROD": "https://api.kaggle.com",
    "LOCALHOST": "http://localhost/api",
    "STAGING": "https://staging.kaggle.com/api",
    "ADMIN": "https://admin.kaggle.com/api",
    "QA": "https://qa.kaggle.com/api",
    "TEST": "http://localhost:7777/api",
}
REFRESH = "users.AccountService/GenerateAccessToken"
ACCOUNT = Subject(kind="account", handle="")


def base_of(environment: Mapping[str, str]) -> str:
    """The API's address, by ``KAGGLE_API_ENVIRONMENT``.  UsageError if there is none such."""
    name = environment.get("KAGGLE_API_ENVIRONMENT", "PROD")
    if name not in HOSTS:
        raise UsageError(
            f"KAGGLE_API_ENVIRONMENT is {name!r}, which names no server of Kaggle's",
            hint=f"unset it, or use one of {', '.join(HOSTS)}",
        )
    return HOSTS[name]


class Transport:
    """Calls to one server with the credentials that were found.  Threads may share it."""

    def __init__(
        self,
        http: Http,
        *,
        base: str,
        found: Found,
        progress: Progress | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http, self._base, self._found, self._sleep = http, base, found, sleep
        self._progress = progress or Silent()
        self._lock = threading.Lock()
        self._left = list(found.credentials)
        self._rejected: list[str] = []
        self._untold: list[str] = []

    @property
    def credential(self) -> Credential | None:
        """What is being used; None: nobody is signed in."""
        with self._lock:
            return self._left[0] if self._left else None

    @property
    def rejected(self) -> tuple[str, ...]:
        """The places of credentials that Kaggle did not take."""
        return tuple(self._rejected)

    def call(self, method: str, body: Mapping[str, object], *, subject: Subject) -> Fields:
        """A call that answers JSON.  Raises ServiceError."""
        answer = self._ask(method, body, subject=subject)
        fields = parse(answer.body)
        if answer.status != 200 or fields is None:
            raise ServiceError(
                f"Kaggle answered for {subject} with something else than JSON "
                f"(HTTP {answer.status}, {answer.headers.get('Content-Type', 'no type')})",
                hint="is a login page of the network in the way?",
            )
        # Some errors come with status 200; kagglesdk looks for the first of these.
        code, said = fields.number("code") or 0, fields.text("errorMessage")
        if code >= 400:
            raise self._refusal(code, answer, self.credential, subject=subject)
        if said:
            raise ServiceError(f"Kaggle refuses {subject}: {said}", hint=subject.page)
        return fields

    def address(self, method: str, body: Mapping[str, object], *, subject: Subject) -> Address:
        """A call that answers where the bytes are; they are not asked for.  ServiceError."""
        answer = self._ask(method, body, subject=subject)
        if answer.location is None:
            raise ServiceError(f"Kaggle did not say where the files of {subject} are")
        return Address(url=answer.location)

    def _ask(self, method: str, body: Mapping[str, object], *, subject: Subject) -> Answer:
        while True:
            credential = self._signed_in()
            answer = self._try(method, body, credential, subject=subject)
            if answer.status == 401 and credential is not None:
                self._reject(credential)
                continue
            if answer.status >= 400:
                raise self._refusal(answer.status, answer, credential, subject=subject)
            self._tell_of_rejected(credential)
            return answer

    def _tell_of_rejected(self, taken: Credential | None) -> None:
        """Once, that a credential was not taken and all goes on without it."""
        with self._lock:
            untold, self._untold = self._untold, []
        if untold:
            instead = f"with the one in {taken.place}" if taken else "without one"
            self._progress.warn(
                f"Kaggle does not accept the credential in {', '.join(untold)}, which may be "
                f"expired: it goes on {instead}",
                hint=TWO_WAYS,
            )

    def _refusal(
        self, status: int, answer: Answer, credential: Credential | None, *, subject: Subject
    ) -> ServiceError:
        return refusal(
            status,
            subject=subject,
            said=message_of(answer.body),
            place=credential.place if credential else None,
            rejected=() if credential else self.rejected,
            troubles=self._found.troubles,
            seconds=retry_after(answer.headers),
        )

    def _try(
        self,
        method: str,
        body: Mapping[str, object],
        credential: Credential | None,
        *,
        subject: Subject,
    ) -> Answer:
        headers = {"Authorization": credential.header()} if credential else {}
        for attempt in range(1, ATTEMPTS + 1):
            fault, asked = None, None
            try:
                answer = self._http.post_json(
                    f"{self._base}/v1/{method}", body=body, headers=headers
                )
            except HttpFault as error:
                fault, why = error, error.reason
            else:
                asked = retry_after(answer.headers)
                if not helps(answer.status) or (asked or 0.0) > LONGEST_WAIT:
                    return answer
                why = f"HTTP {answer.status}"
            if attempt >= (attempts_after(fault) if fault else ATTEMPTS):
                break
            seconds = wait(attempt, asked=asked, luck=random.random())  # noqa: S311 (no secret)
            self._progress.update("kaggle", f"{why}; asking again in {seconds:.0f} s")
            self._sleep(seconds)
        if fault:
            raise unreachable(fault, subject=subject) from fault
        return answer

    def _signed_in(self) -> Credential | None:
        """What to sign in with now; a refresh token is first exchanged for an access token."""
        credential = self.credential
        if credential is None or credential.kind != "refresh":
            return credential
        body = {
            "refreshToken": credential.secret,
            "apiVersion": "API_VERSION_V1",
            "expirationDuration": "43200s",
        }
        answer = self._try(REFRESH, body, None, subject=ACCOUNT)
        fields = parse(answer.body)
        token = fields.text("token") if fields and answer.status == 200 else None
        if token is None:
            self._reject(credential)
            return self._signed_in()
        fresh = Credential(kind="token", place=credential.place, user=credential.user, secret=token)
        with self._lock:
            if self._left and self._left[0] is credential:
                self._left[0] = fresh
        return fresh

    def _reject(self, credential: Credential) -> None:
        # Another thread may have found out first.
        with self._lock:
            if self._left and self._left[0] is credential:
                del self._left[0]
                if credential.place not in self._rejected:
                    self._rejected.append(credential.place)
                    self._untold.append(credential.place)
