"""A small server on loopback that misbehaves on request."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = bytes(range(256)) * 1000


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.seen.append((self.path, dict(self.headers.items()), self.client_address[1]))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/silent"):
            server.stopping.wait(20)
        if self.path.startswith("/silent") or self.path.endswith("/dropped"):
            self.close_connection = True
            return
        body, said = BODY, len(BODY)
        if self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            body, said = b"", 0
        elif self.path in ("/redirect", "/elsewhere"):
            self.send_response(302)
            where = "/body?signed=1" if self.path == "/redirect" else server.elsewhere
            self.send_header("Location", where)
            body, said = b"", 0
        elif "Range" in self.headers:
            first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
            body = (
                BODY[int(first) :][: int(last or 10**9) - int(first) + 1]
                if first
                else BODY[-int(last) :]
            )
            said = len(body)
            self.send_response(206)
        else:
            self.send_response(200)
        if self.path == "/short":
            body, self.close_connection = BODY[:1000], True
        if self.path == "/endless":
            self.close_connection = True
        elif self.path == "/short-chunk":
            body, self.close_connection = b"fa0\r\n" + BODY[:1000], True
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(said))
        self.send_header("x-goog-hash", "crc32c=AAAA")
        self.send_header("x-goog-hash", "md5=BBBB")
        self.send_header("Set-Cookie", "tracking=1; Path=/")
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/endless":
            server.stopping.wait(20)

    do_POST = do_GET  # noqa: N815 (http.server's word)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, dict[str, str], int]] = []
        self.elsewhere = ""
        self.stopping = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        pass  # clients that hang up are what these tests are about
