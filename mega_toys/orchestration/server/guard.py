"""What stands before the webserver: it lets no page of another site ask or change anything.

Dagster has no login, answers whichever name it is called by, and changes things by GET and by what
a form can send. Any page in the browser of somebody who runs it could thus start its jobs.
"""

import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[0-9]{1,5})?")
_READING = frozenset({"GET", "HEAD"})
_NO_FRAMES = (
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
)


class Guard:
    """An ASGI application that passes on what its own pages and programs of this machine ask.

    `names` are the host names, beside those of loopback, by which people reach it.
    """

    def __init__(self, app: App, names: Collection[str] = ()) -> None:
        self._app = app
        self._names = LOOPBACK_NAMES | {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 403, or a WebSocket before it is accepted."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        if why := self.why_refused(scope):
            refuse = _refuse if scope["type"] == "http" else _close
            return await refuse(why, send)
        return await self._app(scope, receive, _unframed(send))

    def why_refused(self, scope: Scope) -> str | None:
        """Why a request is not passed on; none if it is."""
        headers = _headers(scope)
        (host, *more), origins = headers.get("host") or [""], headers.get("origin", [])
        if more or self._name(host) is None:
            return "Reach it by a name that it knows: see MEGA_TOYS_UI_URL."
        if not all(self._is_own(origin, host) for origin in origins):
            return "Pages of other sites may not ask it."
        if _is_embedded(headers):
            return "Pages of other sites may not embed it."
        return _why_not_like_this(scope, headers) if scope["type"] == "http" else None

    def _name(self, host: str) -> str | None:
        """The name in a Host header, if it is one of ours."""
        parts = _HOST.fullmatch(host.lower())
        return parts[1] if parts and parts[1] in self._names else None

    def _is_own(self, origin: str, host: str) -> bool:
        """Whether a page of this origin came from here; behind a proxy only the name is known."""
        address = urlsplit(origin.lower())
        if address.scheme not in ("http", "https") or self._name(address.netloc) is None:
            return False
        return address.netloc == host.lower() or self._name(address.netloc) not in LOOPBACK_NAMES


def _headers(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(text.decode("latin-1"))
    return found


def _is_embedded(headers: dict[str, list[str]]) -> bool:
    """Whether a browser says that another site's page wants it as a part, not as a page."""
    site, mode, into = (
        headers.get(f"sec-fetch-{name}", [""])[0] for name in ("site", "mode", "dest")
    )
    return site in ("cross-site", "same-site") and not (mode == "navigate" and into == "document")


def _why_not_like_this(scope: Scope, headers: dict[str, list[str]]) -> str | None:
    """GET shows pages and answers no queries; what changes things is no form's content."""
    if scope["method"] in _READING:
        asks = scope["path"].rstrip("/").endswith("/graphql")
        page = "text/html" in headers.get("accept", [""])[0]
        return "Queries are sent by POST." if asks and not page else None
    content, *more = headers.get("content-type") or [""]
    is_json = content.split(";")[0].strip().lower() == "application/json" and not more
    return None if is_json else "What is sent must be application/json."


def _unframed(send: Send) -> Send:
    """No page of another site shows ours in a frame, where a click would not be meant."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *_NO_FRAMES]}
        await send(message)

    return sent


async def _refuse(why: str, send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_NO_FRAMES]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": f"Refused. {why}\n".encode()})


async def _close(why: str, send: Send) -> None:
    await send({"type": "websocket.close", "code": 1008, "reason": why})
