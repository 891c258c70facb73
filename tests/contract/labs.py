"""A client of a session's JupyterLab, as a browser is one: HTTP, cookies aside, and a WebSocket."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

SECONDS = 60.0


@dataclass(frozen=True)
class LabClient:
    """Speaks to the Lab whose address ``kagura up`` printed."""

    url: str

    @property
    def top(self) -> str:
        parts = urlsplit(self.url)
        return f"http://{parts.netloc}"

    @property
    def token(self) -> str:
        return urlsplit(self.url).query.removeprefix("token=")

    def ask(
        self,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        method: str | None = None,
    ) -> tuple[int, Any]:
        """The status and the JSON of an answer; None for one that is no JSON."""
        headers = {"Authorization": f"token {self.token if token is None else token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.top}{path}", data=data, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, None

    def kernel(self) -> str:
        """Start a kernel; its id."""
        status, told = self.ask("/api/kernels", {"name": "python3"})
        assert status == 201, told
        return str(told["id"])

    def execute(self, code: str, *, kernel: str | None = None) -> str:
        """What a cell prints, and the name of its error at the end if it fails."""
        return asyncio.run(self._execute(code, kernel or self.kernel()))

    async def _execute(self, code: str, kernel: str) -> str:
        address = f"{self.top.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels"
        request = HTTPRequest(address, headers={"Authorization": f"token {self.token}"})
        channel = await websocket_connect(request)
        number = uuid.uuid4().hex
        message = {
            "header": {
                "msg_id": number,
                "msg_type": "execute_request",
                "session": uuid.uuid4().hex,
                "username": "",
                "version": "5.3",
                "date": "2026-01-01T00:00:00Z",
            },
            "parent_header": {},
            "metadata": {},
            "content": {"code": code, "silent": False, "allow_stdin": False},
            "channel": "shell",
        }
        await channel.write_message(json.dumps(message))
        said = await _said(channel, number)
        channel.close()
        # Until the other side has closed, too: no open socket is left.
        while await asyncio.wait_for(channel.read_message(), SECONDS) is not None:
            pass
        return said


async def _said(channel: WebSocketClientConnection, number: str) -> str:
    said = ""
    while True:
        answer = await asyncio.wait_for(channel.read_message(), SECONDS)
        if not isinstance(answer, str):
            channel.close()
            raise ConnectionResetError("the Lab closed the connection")
        told = json.loads(answer)
        if told["parent_header"].get("msg_id") != number:
            continue
        content = told["content"]
        match told["msg_type"]:
            case "stream":
                said += content["text"]
            case "error":
                said += content["ename"]
            case "status" if content["execution_state"] == "idle":
                return said
