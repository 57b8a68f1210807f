"""A server that says nothing for too long is waited for no longer, whatever its driver would do."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError

SECONDS = 600  # that a server may say nothing, unless its address tells another `read_timeout`
_DESCRIPTORS = "/dev/fd"


@dataclass
class Patience:
    """How long connections to a server are waited for: then their sockets are shut.

    A driver that waits in its own code ends with an error by that.
    """

    address: Address
    port: int  # unless the address tells another
    seconds: float = SECONDS
    option: str = "read_timeout"  # of the address, that tells these seconds
    is_over: bool = False
    _others: frozenset[int] = field(default_factory=lambda: frozenset(_open_sockets()))

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For what waits for the server. SourceError where that says nothing for so long."""
        timer = threading.Timer(self.seconds, self._shut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            if self.is_over:
                host = urlsplit(self.address.url).hostname
                told = f"{host} has said nothing for {self.seconds:g} s ({self.option})"
                raise SourceError(told) from None
            raise
        finally:
            timer.cancel()

    def _shut(self) -> None:
        self.is_over = True
        port = urlsplit(self.address.url).port or self.port
        for number, descriptor in _open_sockets().items():
            if number not in self._others:
                with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as found:
                    if found.getpeername()[1] == port:
                        found.shutdown(socket.SHUT_RDWR)


def seconds_of(name: str, told: str) -> int:
    """The seconds that an address says. SourceError where that is no number, or nought."""
    if not told.isdecimal() or not int(told):
        raise SourceError(f"its address says a `{name}` that is no number of seconds")
    return int(told)


def _open_sockets() -> dict[int, int]:
    """The sockets of this process: what the system calls each, and a descriptor of it."""
    found = {}
    with suppress(OSError):  # of a system that does not tell
        for name in os.listdir(_DESCRIPTORS):
            with suppress(OSError):
                if os.readlink(f"{_DESCRIPTORS}/{name}").startswith("socket:"):
                    found[os.fstat(int(name)).st_ino] = int(name)
    return found
