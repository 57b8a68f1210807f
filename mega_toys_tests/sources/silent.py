"""Servers that take connections, and say nothing, or nothing more, while these stay open."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mega_toys_tests.sources.servers import Server


@contextmanager
def silent() -> Iterator[int]:
    """The port of one that says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def silent_after(server: Server, most: int) -> Iterator[int]:
    """The port of one that hands on what another says, so many bytes of each connection's."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ends: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):  # it is closed at the end
                while True:
                    client, _ = listening.accept()
                    behind = socket.create_connection(("127.0.0.1", server.port))
                    ends.extend((client, behind))
                    for one, other, bound in ((client, behind, None), (behind, client, most)):
                        threading.Thread(target=_hand_on, args=(one, other, bound)).start()

        threading.Thread(target=accept).start()
        try:
            yield listening.getsockname()[1]
        finally:
            for one in (listening, *ends):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()


def _hand_on(one: socket.socket, other: socket.socket, most: int | None) -> None:
    handed = 0
    with suppress(OSError):
        while (most is None or handed < most) and (said := one.recv(65_536)):
            other.sendall(said)
            handed += len(said)
