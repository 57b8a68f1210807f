"""The address of a SQL Server, as mssql-python takes it."""

import socket
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError, UnreachableError
from mega_toys.sources.silence import SECONDS, seconds_of

PORT = 1433
_KEYWORDS = {
    name.lower(): name
    for name in (
        *("Encrypt", "TrustServerCertificate", "HostnameInCertificate", "ServerCertificate"),
        *("ApplicationIntent", "MultiSubnetFailover", "IpAddressPreference"),
    )
}  # of the driver, which an address may tell after the `?`
_SECONDS = {"connect_timeout": 10, "read_timeout": SECONDS}
_ALIVE = {"KeepAlive": "30", "KeepAliveInterval": "10"}  # seconds


@dataclass(frozen=True)
class Server:
    """Where a server is, what its driver is told, and for how many seconds it is waited for."""

    host: str
    port: int
    keywords: dict[str, Any] = field(repr=False)
    connect_s: int
    read_s: int

    def refuse_unreachable(self) -> None:
        """Raise UnreachableError where nobody listens; the driver tells a number, and late."""
        try:
            socket.create_connection((self.host, self.port), self.connect_s).close()
        except OSError as error:
            why = error.strerror or str(error)
            raise UnreachableError(f"{self.host}:{self.port}: {why}") from None


def server_of(address: Address) -> Server:
    """The server of an address. Raises SourceError where it tells what is not known."""
    parts = urlsplit(address.url)
    keywords, seconds = dict(_ALIVE), dict(_SECONDS)
    for name, value in parse_qsl(parts.query):
        if name in seconds:
            seconds[name] = seconds_of(name, value)
        elif name.lower() in _KEYWORDS:
            keywords[_KEYWORDS[name.lower()]] = value
        else:
            known = ", ".join((*_KEYWORDS.values(), *_SECONDS))
            raise SourceError(f"its address says `{name}`, which is none of {known}")
    host, port = parts.hostname or "", parts.port or PORT
    told = {
        "Server": f"{host},{port}",
        "UID": unquote(parts.username or ""),
        "PWD": address.password() or "",
        "Database": unquote(parts.path.lstrip("/")),
    }
    given = {name: value for name, value in told.items() if value}
    return Server(host, port, keywords | given, *seconds.values())
