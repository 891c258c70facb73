"""What a notebook or another page tries on the browser of who opens it."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser import Desk
from living import up
from playwright.sync_api import Browser, expect

STEAL = (
    "fetch('/api/contents/stolen.txt', {method: 'PUT', body: JSON.stringify("
    "{type: 'file', format: 'text', content: document.cookie})})"
)


def saved(*data: dict[str, Any]) -> dict[str, Any]:
    """A notebook from the internet, with outputs that do something."""
    outputs = [{"output_type": "display_data", "metadata": {}, "data": item} for item in data]
    cell = {
        "cell_type": "code",
        "source": "1",
        "metadata": {"trusted": True},  # as its author says
        "outputs": outputs,
        "execution_count": 1,
    }
    words = {"cell_type": "markdown", "metadata": {}, "source": f'<img src=x onerror="{STEAL}">'}
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell, words]}


@pytest.fixture
def url(project: Path, home: Path) -> str:
    notebook = saved(
        {"text/html": f'<b>seen</b><script>{STEAL}</script><img src=x onerror="{STEAL}">'},
        {"application/javascript": STEAL},
        {"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{STEAL}\"></svg>"},
    )
    (project / "evil.ipynb").write_text(json.dumps(notebook))
    return str(up(project, home, "evil.ipynb")["url"])


def test_saved_outputs_with_scripts_do_not_run_when_a_notebook_is_opened(
    project: Path, chromium: Browser, url: str
) -> None:
    desk = Desk(chromium, url).show_notebook()
    expect(desk.output(0)).to_contain_text("seen")
    desk.page.wait_for_timeout(1000)
    assert not (project / "stolen.txt").exists()
    # The same words do run where the user runs them: the check above can fail.
    desk.page.evaluate(f"() => {STEAL}")
    desk.page.wait_for_timeout(1000)
    assert not (project / "stolen.txt").exists(), "a page's script needs the form's secret, too"
    secret = "{'X-XSRFToken': document.cookie.match('_xsrf=([^;]*)')[1]}"
    desk.page.evaluate("() => " + STEAL.replace("{method", f"{{headers: {secret}, method"))
    desk.page.wait_for_timeout(1000)
    assert (project / "stolen.txt").exists()


@contextmanager
def another_site(page: str) -> Iterator[str]:
    """A page of another program on this machine: the browser sends it the same cookies."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        serving.join()


@pytest.mark.parametrize(
    "path",
    [
        "/api/collaboration/room/JupyterLab:globalAwareness",
        "/api/events/subscribe",
        "/terminals/websocket/1",
    ],
)
def test_a_page_of_another_port_opens_no_socket_of_the_lab(
    chromium: Browser, url: str, path: str
) -> None:
    desk = Desk(chromium, url).show_notebook()
    top = url.partition("/lab")[0].replace("http", "ws", 1)
    script = (
        f"const socket = new WebSocket('{top}{path}');"
        "socket.onopen = () => document.title = 'open';"
        "socket.onerror = () => document.title = 'refused';"
    )
    with another_site(f"<script>{script}</script>") as site:
        other = desk.page.context.new_page()
        other.goto(site)
        expect(other).to_have_title("refused")
        other.close()
