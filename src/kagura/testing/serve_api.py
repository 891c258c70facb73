"""The API's answers: who calls, which faults are due, and the call itself."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from kagura.testing.api_account import ACCOUNT_METHODS
from kagura.testing.api_datasets import DATASET_METHODS
from kagura.testing.api_kernels import KERNEL_METHODS
from kagura.testing.api_models import MODEL_METHODS
from kagura.testing.bucket import Bucket
from kagura.testing.calls import Body, Call, Redirect, Refusal
from kagura.testing.catalogue import Catalogue
from kagura.testing.faults import Drop, Faults, Refuse, Stall
from kagura.testing.waiting import hang_up, until_gone

__all__ = ["ApiServer", "Received"]

METHODS = {**DATASET_METHODS, **KERNEL_METHODS, **MODEL_METHODS, **ACCOUNT_METHODS}
ADDRESS = re.compile(r"(?:/api)?/v1/([\w.]+/\w+)\Z")  # /api on localhost, none on api.kaggle.com
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A call as it came in.  ``scheme`` is Bearer, Basic, or empty for nobody."""

    method: str
    body: Mapping[str, object]
    user: str
    scheme: str
    agent: str
    is_absolute: bool


@dataclass(slots=True, kw_only=True)
class ApiServer:
    """Answers calls from a catalogue.  ``credentials`` are users by token, or by ``user:key``."""

    catalogue: Catalogue
    bucket: Bucket
    faults: Faults
    credentials: Mapping[str, str]
    received: list[Received] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """POST of a call."""
        address = ADDRESS.match(request.path)
        if request.method != "POST" or not address:
            return _refusal(Refuse(status=404, message="No such call"))
        _, _, name = address[1].partition("/")
        try:
            fields = json.loads(await request.read() or b"{}")
        except ValueError:
            return _refusal(Refuse(status=400, message="The body is not JSON"))
        scheme, user = self._who(request.headers.get("Authorization", ""))
        self.received.append(
            Received(
                method=name,
                body=fields,
                user=user or "",
                scheme=scheme,
                agent=request.headers.get("User-Agent", ""),
                is_absolute=request.raw_path.startswith("http"),
            )
        )
        for fault in self.faults.due(name):
            if isinstance(fault, Refuse):
                return _refusal(fault)
            if isinstance(fault, Stall):
                await until_gone(request)
            if isinstance(fault, Drop | Stall):
                hang_up(request)
                return web.Response()
        if user is None:
            return _refusal(Refuse(status=401, message="Unauthenticated"))
        call = Call(Body(fields), user, self.catalogue, self.bucket, self.credentials)
        method = METHODS.get(address[1])
        if method is None:
            return _refusal(Refuse(status=404, message=f"The stand-in does not know {name}"))
        try:
            # In a thread: to make and to hash a large file takes its time.
            async with self._turn:
                answer = await asyncio.to_thread(method, call)
        except Refusal as refusal:
            return _refusal(Refuse(status=refusal.status, message=refusal.message))
        if isinstance(answer, Redirect):
            return web.Response(status=302, headers={"Location": answer.url})
        return web.json_response(answer)

    def _who(self, header: str) -> tuple[str, str | None]:
        """The scheme, and the user: empty for nobody, None for wrong credentials."""
        scheme, _, secret = header.partition(" ")
        if scheme == "Basic":
            try:
                secret = base64.b64decode(secret).decode()
            except (binascii.Error, ValueError):
                return scheme, None
        return scheme, self.credentials.get(secret) if header else ""


def _refusal(fault: Refuse) -> web.Response:
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else None
    if fault.shape == "page":
        text = f"<html><body><h1>{fault.message}</h1></body></html>"
        return web.Response(
            status=fault.status, text=text, content_type="text/html", headers=headers
        )
    problem: dict[str, object] = {"code": fault.code or fault.status, "message": fault.message}
    if fault.shape == "error":
        word = STATUSES.get(fault.status, "INTERNAL")
        problem = {"error": {**problem, "status": word}}
    return web.json_response(problem, status=fault.status, headers=headers)
