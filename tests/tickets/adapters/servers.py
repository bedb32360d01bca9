"""Servers on loopback that tests talk to for real: a small SMTP one and an HTTP one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any


class SmtpSession(StreamRequestHandler):
    """One connection: enough SMTP to take a message, answering as its server was told to."""

    server: "SmtpServer"

    def handle(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline():
            verb = line.split(None, 1)[0].upper() if line.strip() else b""
            told = self.server.replies.get(verb.decode(), "")
            if told:
                self._say(told)
            elif verb == b"EHLO":
                self.server.greetings.append(line.split()[1].decode())
                self._say("250-test\r\n250 AUTH PLAIN")
            elif verb == b"DATA":
                self._say("354 go on")
                self.server.received.append(self._data())
                self._say(self.server.replies.get("END", "250 taken"))
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())


class SmtpServer(ThreadingTCPServer):
    """Keeps what it received; `replies` by verb override the friendly ones ("END": after the message)."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, replies: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), SmtpSession)
        self.replies = replies
        self.received: list[bytes] = []
        self.greetings: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class HttpSession(BaseHTTPRequestHandler):
    """Keeps each JSON body posted and answers with the server's status."""

    server: "JsonServer"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on stderr."""


class JsonServer(HTTPServer):
    """An HTTP server that remembers what it was posted."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), HttpSession)
        self.status = status
        self.posted: list[dict[str, Any]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def smtp_server(**replies: str) -> Iterator[SmtpServer]:
    """An SMTP server while the context lasts."""
    with SmtpServer(replies) as server:
        yield from _served(server)


@contextmanager
def json_server(status: int = 200) -> Iterator[JsonServer]:
    """An HTTP server while the context lasts."""
    with JsonServer(status) as server:
        yield from _served(server)


def _served(server: Any) -> Iterator[Any]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
