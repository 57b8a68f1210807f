"""No page of another site asks the Dagster UI for anything; its own pages do as ever."""

import asyncio
from typing import Any

import pytest

from mega_toys.orchestration.server.guard import Guard

HERE = "127.0.0.1:3000"
OWN = {"host": HERE, "origin": f"http://{HERE}"}
JSON = {"content-type": "application/json"}
PAGE = {"accept": "text/html,*/*;q=0.8"}


def answer(
    method: str, path: str, *, names: tuple[str, ...] = (), **headers: str | None
) -> tuple[bool, list[dict[str, Any]]]:
    """Whether the application was asked, and what was sent."""
    asked, sent = [], []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> Any:
        raise AssertionError("nothing is read before it is decided")

    named = {name.replace("_", "-"): text for name, text in headers.items() if text is not None}
    scope = {
        "type": "websocket" if method == "WS" else "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), text.encode()) for name, text in named.items()],
    }
    asyncio.run(Guard(app, names)(scope, receive, send))
    return bool(asked), sent


def passes(method: str, path: str, headers: dict[str, str | None], *names: str) -> bool:
    return answer(method, path, names=names, **{"host": HERE, **headers})[0]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/runs", PAGE),
        ("GET", "/graphql", PAGE),
        ("GET", "/main.js", {"sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors"}),
        ("GET", "/runs", PAGE | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate",
                                 "sec-fetch-dest": "document"}),
        ("POST", "/graphql", OWN | JSON),
        ("POST", "/graphql", OWN | {"content-type": "application/json; charset=utf-8"}),
        ("POST", "/graphql", JSON),
        ("POST", "/graphql", JSON | {"host": "localhost:3000", "origin": "http://localhost:3000"}),
        ("POST", "/graphql", JSON | {"host": "[::1]:3000", "origin": "http://[::1]:3000"}),
        ("WS", "/graphql", OWN),
        ("WS", "/graphql", {}),
    ],
)  # fmt: skip
def test_own_pages_and_programs_of_this_machine_are_answered(
    method: str, path: str, headers: dict[str, str | None]
) -> None:
    assert passes(method, path, headers)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/graphql", {}),
        ("GET", "/graphql", {"accept": "*/*"}),
        ("GET", "/graphql/", {"accept": "*/*"}),
        ("HEAD", "/graphql", {}),
        ("POST", "/graphql", OWN | {"content-type": "text/plain"}),
        ("POST", "/graphql", OWN | {"content-type": "text/plain; x=application/json"}),
        ("POST", "/graphql", OWN | {"content-type": "application/x-www-form-urlencoded"}),
        ("POST", "/graphql", OWN | {"content-type": "multipart/form-data; boundary=b"}),
        ("POST", "/graphql", OWN),
        ("POST", "/report_asset_materialization/a", OWN),
        ("POST", "/graphql", JSON | {"origin": "https://evil.example"}),
        ("POST", "/graphql", JSON | {"origin": "null"}),
        ("POST", "/graphql", JSON | {"origin": "http://127.0.0.1:8080"}),
        ("POST", "/graphql", JSON | {"origin": "http://127.0.0.1:3000.evil.example"}),
        ("POST", "/graphql", JSON | {"origin": "http://evil.example@127.0.0.1:3000"}),
        ("POST", "/graphql", JSON | {"origin": "file://127.0.0.1:3000"}),
        ("POST", "/graphql", JSON | {"host": "evil.example:3000"}),
        ("POST", "/graphql", JSON | {"host": "evil.example", "origin": "http://evil.example"}),
        ("POST", "/graphql", JSON | {"host": "127.0.0.1.evil.example"}),
        ("POST", "/graphql", JSON | {"host": "127.0.0.1:3000@evil.example"}),
        ("POST", "/graphql", JSON | {"host": ""}),
        ("POST", "/graphql", JSON | {"host": None}),
        ("GET", "/runs", PAGE | {"host": "rebound.example:3000"}),
        ("GET", "/runs", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}),
        ("GET", "/runs", PAGE | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate",
                                 "sec-fetch-dest": "iframe"}),
        ("WS", "/graphql", {"origin": "https://evil.example"}),
        ("WS", "/graphql", {"origin": "null"}),
        ("WS", "/graphql", {"host": "evil.example:3000", "origin": "http://evil.example:3000"}),
    ],
)  # fmt: skip
def test_what_another_site_can_send_is_refused(
    method: str, path: str, headers: dict[str, str | None]
) -> None:
    assert not passes(method, path, headers)


def test_two_hosts_or_an_origin_of_each_kind_are_refused() -> None:
    guard = Guard(lambda *_: asyncio.sleep(0))
    for twice in ("host", "origin", "content-type"):
        headers = [(b"host", HERE.encode()), (b"origin", OWN["origin"].encode())]
        headers += [(b"content-type", b"application/json"), (twice.encode(), b"evil.example")]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers}
        assert guard.why_refused(scope), twice


def test_a_proxys_name_is_known_where_it_is_set() -> None:
    behind = JSON | {"origin": "https://lake.example"}

    assert not passes("POST", "/graphql", behind)
    assert passes("POST", "/graphql", behind, "lake.example")
    assert passes("POST", "/graphql", behind | {"host": "lake.example"}, "lake.example")
    assert not passes("POST", "/graphql", JSON | {"origin": "https://evil.example"}, "lake.example")


def test_no_page_can_be_shown_in_a_frame() -> None:
    _, (start,) = answer("GET", "/runs", host=HERE, accept="text/html")

    assert (b"x-frame-options", b"DENY") in start["headers"]


def test_a_refusal_is_told_with_403_and_before_a_web_socket_is_accepted() -> None:
    _, (start, body) = answer("GET", "/runs", host="evil.example")
    _, (closed,) = answer("WS", "/graphql", host=HERE, origin="https://evil.example")

    assert start["status"] == 403
    assert b"MEGA_TOYS_UI_URL" in body["body"]
    assert closed["type"] == "websocket.close"
