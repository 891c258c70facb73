"""The Lab's address as "Existing Jupyter Server" of VS Code: what its extension asks, in its way.

It is a program, not a page: no cookies, no Origin.  The token is in a header, or in the address;
the WebSocket speaks the newer protocol in binary frames, or the older one in JSON.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import ERA, kagura, write_notebook

NEWER = "v1.kernel.websocket.jupyter.org"
SECONDS = 60.0
Way = Literal["header", "query"]


@dataclass(frozen=True)
class Extension:
    """A client like the extension; ``way`` is where it has the token."""

    url: str
    way: Way
    session: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def token(self) -> str:
        return urlsplit(self.url).query.removeprefix("token=")

    def address(self, path: str, *, scheme: str = "http", **query: str) -> str:
        words = query | ({"token": self.token} if self.way == "query" else {})
        text = "&".join(f"{name}={value}" for name, value in words.items())
        return f"{scheme}://{urlsplit(self.url).netloc}{path}?{text}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"} if self.way == "header" else {}

    def ask(self, path: str, body: object = None, *, method: str | None = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = self.headers | {"Content-Type": "application/json"}
        # It keeps answers out of its cache this way.
        address = self.address(path, _=str(time.time_ns()))
        request = urllib.request.Request(address, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read()
        return status, json.loads(text) if text else None

    async def connect(self, kernel: str, protocols: list[str] | None) -> WebSocketClientConnection:
        path = f"/api/kernels/{kernel}/channels"
        address = self.address(path, scheme="ws", session_id=self.session)
        request = HTTPRequest(address, headers=self.headers)
        return await websocket_connect(request, subprotocols=protocols)


def newer(message: dict[str, Any]) -> bytes:
    """A message in binary: offsets, then the parts."""
    parts = [message["channel"].encode()]
    parts += [
        json.dumps(message[name]).encode()
        for name in ("header", "parent_header", "metadata", "content")
    ]
    offsets = [8 * (2 + len(parts))]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return struct.pack(f"<{1 + len(offsets)}Q", len(offsets), *offsets) + b"".join(parts)


def read(frame: str | bytes) -> dict[str, Any]:
    """A message of either protocol."""
    if isinstance(frame, str):
        told: dict[str, Any] = json.loads(frame)
        return told
    (count,) = struct.unpack_from("<Q", frame)
    offsets = struct.unpack_from(f"<{count}Q", frame, 8)
    parts = [frame[start:end] for start, end in itertools.pairwise(offsets)]
    names = ("header", "parent_header", "metadata", "content")
    told = {name: json.loads(part) for name, part in zip(names, parts[1:5], strict=True)}
    return told | {"channel": parts[0].decode(), "msg_type": told["header"]["msg_type"]}


def request_of(kind: str, session: str, content: dict[str, Any]) -> dict[str, Any]:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "session": session,
        "username": "",
        "version": "5.2",
        "date": "2026-01-01T00:00:00Z",
    }
    return {
        "channel": "shell",
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "buffers": [],
    }


async def executed(
    extension: Extension, kernel: str, code: str, protocols: list[str] | None
) -> tuple[str | None, str]:
    """The protocol that was agreed on, and what a cell prints (or its error's name)."""
    channel = await extension.connect(kernel, protocols)
    wanted = {"code": code, "silent": False, "store_history": True, "allow_stdin": True}
    message = request_of("execute_request", extension.session, wanted)
    agreed = channel.selected_subprotocol
    is_newer = agreed == NEWER
    frame: str | bytes = newer(message) if is_newer else json.dumps(message)
    await channel.write_message(frame, binary=is_newer)
    said = ""
    while True:
        answer = await asyncio.wait_for(channel.read_message(), SECONDS)
        assert answer is not None, "the connection was closed"
        told = read(answer)
        if told["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        content = told["content"]
        said += content.get("text", "") if told["msg_type"] == "stream" else ""
        said += content.get("ename", "") if told["msg_type"] == "error" else ""
        if told["msg_type"] == "status" and content["execution_state"] == "idle":
            break
    channel.close()
    while await asyncio.wait_for(channel.read_message(), SECONDS) is not None:
        pass
    return agreed, said


@pytest.fixture(scope="module")
def address(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address that `kagura up` prints, for all tests here."""
    folder = tmp_path_factory.mktemp("vs-code") / "irises"
    folder.mkdir()
    write_notebook(folder / "irises.ipynb", "print('read')")
    words = ("up", "irises.ipynb", "--base", ERA, "--format", "json")
    answer = kagura(*words, home=home, folder=folder)
    assert answer.returncode == 0, answer.stderr
    # What the user pastes: VS Code takes the server and the token from it, whatever the path is.
    yield json.loads(answer.stdout)["url"]
    kagura("down", home=home, folder=folder)


@pytest.mark.parametrize("way", ["header", "query"])
@pytest.mark.parametrize("protocols", [[NEWER], None])
def test_a_notebook_of_vs_code_runs_is_interrupted_and_restarted(
    address: str, way: Way, protocols: list[str] | None
) -> None:
    extension = Extension(address, way)
    status, told = extension.ask("/api")
    assert (status, list(told)) == (200, ["version"])
    _, specs = extension.ask("/api/kernelspecs")
    assert specs["default"] in specs["kernelspecs"]
    for path in ("/api/sessions", "/api/kernels", "/api/status"):
        assert extension.ask(path)[0] == 200
    # It names its sessions itself: there is no such file on the server.
    wanted = {
        "path": f"irises-jvsc-{uuid.uuid4()}.ipynb",
        "name": "irises.ipynb",
        "type": "notebook",
        "kernel": {"name": specs["default"]},
    }
    status, session = extension.ask("/api/sessions", wanted)
    assert status == 201, session
    kernel = session["kernel"]["id"]
    agreed, said = asyncio.run(
        executed(extension, kernel, "import os; a = 1; print(os.getcwd())", protocols)
    )
    assert (agreed, said) == (NEWER if protocols else None, "/kaggle/working\n")
    assert asyncio.run(_interrupted(extension, kernel, protocols)) == "KeyboardInterrupt"
    assert asyncio.run(executed(extension, kernel, "print(a)", protocols))[1] == "1\n"
    assert extension.ask(f"/api/kernels/{kernel}/restart", {})[0] == 200
    after = asyncio.run(executed(extension, kernel, "print('a' in globals())", protocols))
    assert after[1] == "False\n"
    assert extension.ask(f"/api/sessions/{session['id']}", method="DELETE")[0] == 204


async def _interrupted(extension: Extension, kernel: str, protocols: list[str] | None) -> str:
    endless = asyncio.ensure_future(
        executed(extension, kernel, "while True: pass", protocols),
    )
    while await _state(extension, kernel) != "busy":
        await asyncio.sleep(0.05)
    status, _ = await asyncio.to_thread(extension.ask, f"/api/kernels/{kernel}/interrupt", {})
    assert status == 204
    return (await endless)[1]


async def _state(extension: Extension, kernel: str) -> str:
    _, told = await asyncio.to_thread(extension.ask, f"/api/kernels/{kernel}")
    return str(told["execution_state"])


@pytest.mark.parametrize("way", ["header", "query"])
def test_who_has_another_token_gets_nothing(address: str, way: Way) -> None:
    stranger = Extension(f"{address[:-1]}x", way)
    assert stranger.ask("/api/kernelspecs")[0] == 403
    assert stranger.ask("/api/sessions", {"kernel": {"name": "python3"}})[0] == 403
    extension = Extension(address, way)
    _, kernel = extension.ask("/api/kernels", {"name": "python3"})
    with pytest.raises(HTTPClientError, match="403"):
        asyncio.run(stranger.connect(kernel["id"], [NEWER]))
    assert extension.ask(f"/api/kernels/{kernel['id']}", method="DELETE")[0] == 204


def test_a_notebook_that_stays_open_has_its_kernel_again_after_a_reset(
    address: str, home: Path, tmp_path: Path
) -> None:
    extension = Extension(address, "header")
    wanted = {
        "path": "x-jvsc.ipynb",
        "name": "x",
        "type": "notebook",
        "kernel": {"name": "python3"},
    }
    _, session = extension.ask("/api/sessions", wanted)
    assert kagura("reset", "irises", home=home, folder=tmp_path).returncode == 0
    kernel = session["kernel"]["id"]
    assert asyncio.run(executed(extension, kernel, "print(1)", [NEWER])) == (NEWER, "1\n")
