"""The processes of `mega-toys dev`: the guarded webserver, and Dagster's own programs, all tied."""

import runpy
import sys
from asyncio import CancelledError
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg

from mega_toys.orchestration.server.guard import Guard
from mega_toys.settings import Settings

LOOPBACK = "127.0.0.1"
_POLL_MS = 2000  # how often the pages look for news
_STATEMENT_MS, _RECYCLE_S, _OVERFLOW = (
    15000,
    3600,
    20,
)  # of Dagster's storage, as it has them itself


@asynccontextmanager
async def _lifespan(app: object) -> AsyncIterator[None]:
    with suppress(CancelledError):
        yield


def serve(port: int, workspace: Path) -> None:
    """Serve the UI on loopback, behind the guard."""
    import uvicorn
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster._utils.log import configure_loggers
    from dagster_webserver.version import __version__
    from dagster_webserver.webserver import DagsterWebserver

    configure_loggers(formatter="colored", log_level="INFO")
    address = Settings.load().ui_url
    names = [name] if address and (name := urlsplit(address).hostname) else []
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_MS, _RECYCLE_S, _OVERFLOW)
        target = WorkspaceFileTarget([str(workspace)])
        with WorkspaceProcessContext(instance, target, __version__) as context:
            pages: DagsterWebserver[Any, Any] = DagsterWebserver(
                context, live_data_poll_rate=_POLL_MS
            )
            app = Guard(pages.create_asgi_app(lifespan=_lifespan), names)
            uvicorn.run(app, host=LOOPBACK, port=port, log_level="warning")


def main() -> None:
    """`webserver PORT WORKSPACE`, or a module of Dagster's with its arguments."""
    service = sys.argv.pop(1)
    if service == "webserver":
        serve(int(sys.argv[1]), Path(sys.argv[2]))
    else:
        runpy.run_module(service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
