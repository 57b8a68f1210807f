"""The command that starts the toy company's systems on this machine."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from mega_toys.command.ending import AT_SIGNAL
from mega_toys.command.options import COULD_NOT_RUN
from mega_toys.command.terminal import console, errors
from mega_toys.declared.errors import SettingsError

commands = typer.Typer()
_FOLDER, _ENV = Path(".mega_toys/sources"), Path(".env")
_SOON_S = 0.5
_APART = 10  # ports of one start and of another


@commands.command()
def sources(
    port: Annotated[
        int, typer.Option(min=1024, max=65000, help="The first of their ports, on loopback.")
    ] = 15432,
) -> None:
    """Start servers for the toy company's systems, where they are installed, until Ctrl-C.

    What they hold lies in .mega_toys/sources. Their addresses are written into .env where none is
    set, else shown.
    """
    from mega_toys import local_servers
    from mega_toys.command.dev import refuse_taken
    from mega_toys.toy_systems.local import LOCAL, password_in

    _FOLDER.mkdir(parents=True, exist_ok=True)
    password, addresses = password_in(_FOLDER / "password"), dict[str, str]()
    ending = threading.Event()
    AT_SIGNAL.append(ending.set)
    AT_SIGNAL.append(local_servers.end_all)
    with ExitStack() as running:
        running.enter_context(_only_one())
        for at, (kind, local) in enumerate(LOCAL.items(), port):
            folder = (_FOLDER / kind).resolve()
            folder.mkdir(exist_ok=True)
            refuse_taken(at, port + _APART)
            try:
                with console.status(f"starting {kind}"):
                    url = running.enter_context(local.running(folder, at, password))
            except FileNotFoundError as missing:
                how = local_servers.INSTALLED_BY[f"{missing}"]
                errors.print(
                    f"{kind} is left out: {missing} is not installed. {escape(how)}",
                    highlight=False, soft_wrap=True,
                )  # fmt: skip
                continue
            addresses |= _settings(local.systems, url, local.has_password)
            console.print(f"{kind} on port {at}: {', '.join(local.systems)}", highlight=False)
        if not addresses:
            raise typer.Exit(COULD_NOT_RUN)
        _tell(addresses)
        console.print(
            "Ctrl-C ends them. Beside them: mega-toys simulate --into "
            f"{','.join(LOCAL)}; mega-toys refresh --pull", highlight=False, soft_wrap=True,
        )  # fmt: skip
        os.wait()
        if ending.wait(_SOON_S):  # by which they end, and then this process
            threading.Event().wait()
    errors.print(f"A server has ended, and with it all: see {_FOLDER}/*/server.log")
    raise typer.Exit(COULD_NOT_RUN)


@contextmanager
def _only_one() -> Iterator[None]:
    """Servers of this folder. Raises SettingsError where others of it run."""
    from filelock import FileLock, Timeout  # which brings asyncio

    try:
        with FileLock(_FOLDER / "lock", timeout=0):
            yield
    except Timeout:
        raise SettingsError(
            f"The servers of {_FOLDER.resolve()} run already: end them first, by Ctrl-C where they "
            "were started."
        ) from None


def _settings(systems: tuple[str, ...], url: str, has_password: bool) -> dict[str, str]:
    from mega_toys.address import variable_of

    names = {variable_of(system): url for system in systems}
    files = {f"{name}_PASSWORD_FILE": f"{_FOLDER / 'password'}" for name in names if has_password}
    return names | files


def _tell(addresses: Mapping[str, str]) -> None:
    """Write the settings where none of them is; show them where one is another."""
    from mega_toys.settings import variables

    there = {name: text for name, text in variables().items() if name in addresses}
    lines = "".join(f"{name}={text}\n" for name, text in addresses.items())
    if not there:
        before = _ENV.read_text() if _ENV.exists() else ""
        end = "" if before.endswith("\n") or not before else "\n"
        with _ENV.open("a") as file:
            file.write(f"{end}{lines}")
        console.print(f"Their addresses are written into {_ENV}.")
    elif there != addresses:
        console.print(f"Some are set otherwise. To reach these servers, set in {_ENV}:")
        console.print(escape(lines.strip()), highlight=False, soft_wrap=True)
