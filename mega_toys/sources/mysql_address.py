"""The address of a MySQL server, as PyMySQL takes it."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError
from mega_toys.sources.silence import SECONDS, seconds_of

_PORT = 3306
_NUMBERS = {"connect_timeout", "read_timeout"}  # of what an address may tell after the `?`
_FLAGS = {"ssl_disabled", "ssl_verify_cert", "ssl_verify_identity"}
_FILES = {"ssl_ca", "ssl_cert", "ssl_key"}
_YES, _NO = ("1", "true", "yes"), ("0", "false", "no")


def options_of(address: Address) -> dict[str, Any]:
    """The address for PyMySQL, whose names it may tell after the `?`, with our time-outs."""
    from pymysql.converters import encoders

    parts = urlsplit(address.url)
    options: dict[str, Any] = {"connect_timeout": 10, "read_timeout": SECONDS}
    for name, value in parse_qsl(parts.query):
        if name not in _NUMBERS | _FLAGS | _FILES:
            known = ", ".join(sorted(_NUMBERS | _FLAGS | _FILES))
            raise SourceError(f"its address says `{name}`, which is none of {known}")
        options[name] = _told(name, value)
    return {
        "host": parts.hostname,
        "port": parts.port or _PORT,
        "user": unquote(parts.username or ""),
        "password": address.password() or "",
        "database": unquote(parts.path.lstrip("/")) or None,
        "charset": "utf8mb4",
        "conv": encoders,  # of what is sent; what comes stays text
        **options,
    }


def _told(name: str, value: str) -> str | float | bool:
    """An option as PyMySQL takes it. A misspelt flag would else be a connection without TLS."""
    if name in _NUMBERS:
        return seconds_of(name, value)
    if name in _FILES:
        if not Path(value).is_file():
            raise SourceError(f"its address says `{name}={value}`, which is no file")
        return value
    if value.lower() not in _YES + _NO:
        raise SourceError(f"its address says `{name}={value}`: say true or false")
    return value.lower() in _YES
