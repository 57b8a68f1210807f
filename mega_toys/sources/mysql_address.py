"""The address of a MySQL server, as PyMySQL takes it."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from mega_toys.address import Address
from mega_toys.declared.errors import SourceError
from mega_toys.sources.silence import SECONDS, seconds_of

_PORT = 3306
_NUMBERS = {"connect_timeout", "read_timeout"}  # of what an address may tell after the `?`
_FLAGS = {"ssl_disabled", "ssl_verify_cert", "ssl_verify_identity"}
_FILES = {"ssl_ca", "ssl_cert", "ssl_key"}


def options_of(address: Address) -> dict[str, Any]:
    """The address for PyMySQL, whose names it may tell after the `?`, with our time-outs."""
    from pymysql.converters import encoders

    parts = urlsplit(address.url)
    options: dict[str, Any] = {"connect_timeout": 10, "read_timeout": SECONDS}
    for name, value in parse_qsl(parts.query):
        if name not in _NUMBERS | _FLAGS | _FILES:
            known = ", ".join(sorted(_NUMBERS | _FLAGS | _FILES))
            raise SourceError(f"its address says `{name}`, which is none of {known}")
        flag = value.lower() in ("1", "true", "yes")
        options[name] = flag if name in _FLAGS else value
        if name in _NUMBERS:
            options[name] = seconds_of(name, value)
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
