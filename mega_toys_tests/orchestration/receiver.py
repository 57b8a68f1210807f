"""A webhook on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@dataclass
class Receiver:
    """What was posted to it; `answers` are the codes of its next answers, 204 after them."""

    answers: list[int]
    location: str = ""
    address: str = ""
    posted: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0


@contextmanager
def receiving(*answers: int, location: str = "") -> Iterator[Receiver]:
    """A receiver that answers with these codes first."""
    receiver = Receiver(list(answers), location)

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.asked += 1
            code = receiver.answers.pop(0) if receiver.answers else 204
            if code == 204:
                receiver.posted.append(body)
            self.send_response(code)
            if 300 <= code < 400:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            receiver.asked += 1
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Not on the terminal of the tests."""

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    receiver.address = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
