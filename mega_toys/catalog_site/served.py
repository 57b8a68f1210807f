"""The site on a port of this machine."""

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from mega_toys.catalog_site.written import is_site
from mega_toys.declared.errors import LakeError

LOOPBACK = "127.0.0.1"


class _Pages(SimpleHTTPRequestHandler):
    """Files of the site, to who asks for this machine by its own names.

    So no page of another site can read them by a name that leads here.
    """

    def send_head(self) -> Any:
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host")
        if host not in (LOOPBACK, "localhost"):
            self.send_error(HTTPStatus.FORBIDDEN, "Ask for 127.0.0.1 or localhost")
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        self.send_error(HTTPStatus.NOT_FOUND, "No such page")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, as it is called there
        """Say nothing of each page."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of the site in a folder, on a port or (0) a free one, for this machine alone.

    Raises LakeError where no site is there, or the port is taken.
    """
    if not is_site(folder):
        raise LakeError(f"{folder} holds no catalog yet: run `mega-toys catalog build` first.")
    try:
        return ThreadingHTTPServer((LOOPBACK, port), partial(_Pages, directory=str(folder)))
    except OSError as error:
        raise LakeError(
            f"Port {port} cannot be used: {error.strerror}. Name another one."
        ) from None
