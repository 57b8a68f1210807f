"""The webhook: a message is posted as JSON, or it is an error that does not name the address."""

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from mega_toys.declared.errors import LakeError

_TIMEOUT_S, _WHOLE_S = 5, 10  # without a byte, and for an answer
_WAITS_S = (0.5, 2.0)  # between the attempts; the next tick tries again


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A receiver that has moved must be told to the settings, not followed with what is secret."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """None: the answer is an HTTP error."""
        return


def _opener() -> urllib.request.OpenerDirector:
    """Speaks HTTP and HTTPS, through the proxy of the environment where there is one."""
    opener = urllib.request.OpenerDirector()
    for part in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
        _NoRedirects,
    ):
        opener.add_handler(part())
    return opener


def post(address: str, message: dict[str, Any]) -> None:
    """Post a message until an attempt succeeds. Raises LakeError where none of them does."""
    why = ""
    for wait_s in (*_WAITS_S, None):
        why = _attempt(address, json.dumps(message).encode())
        if not why:
            return
        if wait_s:
            time.sleep(wait_s)
    raise LakeError(f"The alert could not be sent ({why}); it is tried again.")


def _attempt(address: str, body: bytes) -> str:
    """Why the message could not be posted in time, without the address.

    A receiver that answers bit by bit would hold the connection for ever: its time is bounded as
    a whole.
    """
    said: list[str] = []
    asking = threading.Thread(target=lambda: said.append(_answer(address, body)), daemon=True)
    asking.start()
    asking.join(_WHOLE_S)
    return said[0] if said else TimeoutError.__name__


def _answer(address: str, body: bytes) -> str:
    """What is wrong with the answer of the receiver, whose address may hold a secret."""
    try:
        request = urllib.request.Request(  # noqa: S310, http or https, as the settings ask
            address, data=body, headers={"Content-Type": "application/json"}, method="POST"
        )
        with _opener().open(request, timeout=_TIMEOUT_S):
            return ""
    except urllib.error.HTTPError as error:
        error.close()
        return f"HTTP {error.code}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        cause = getattr(error, "reason", error)
        return type(cause).__name__ if isinstance(cause, BaseException) else type(error).__name__
