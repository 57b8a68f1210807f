"""The `mega-toys` command."""

import gc
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated

import typer
from rich.markup import escape

import mega_toys.command
from mega_toys.command.ending import command, say_nothing_if_ended
from mega_toys.command.options import COULD_NOT_RUN
from mega_toys.command.terminal import console, errors
from mega_toys.declared.errors import MegaToysError, PlaceError

_GROUP, _COMMANDS = "_group", "_commands"  # how the files beside this one end that have commands
_TRY, _SHOWN = "try", 100
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The open lakehouse of Mega Awesome Toys: refresh it, look into it, ask it in SQL. "
    "Settings come from MEGA_TOYS_… variables or from `.env`.",
)


def _add_commands() -> None:
    """Each file `*_commands.py` gives commands, each `*_group.py` a group of its name."""
    room = mega_toys.command
    names = [found.name for found in pkgutil.iter_modules(room.__path__)]
    for name in sorted(names, key=lambda name: name.endswith(_GROUP)):
        if name.endswith((_GROUP, _COMMANDS)):
            group = name.removesuffix(_GROUP) if name.endswith(_GROUP) else None
            app.add_typer(import_module(f"{room.__name__}.{name}").commands, name=group)


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # which brings half of the library for e-mail

        console.print(f"mega-toys {version('mega_toys')}", highlight=False)
        raise typer.Exit


@app.callback()
def _options(
    wanted: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    pass


@contextmanager
def _plain_errors() -> Iterator[None]:
    """A user's mistake, or a lake that cannot be used, is said in words."""
    try:
        yield
    except Exception as error:
        told = error if isinstance(error, MegaToysError) else _reason(error)
        if told is None:
            raise
        say_nothing_if_ended()
        errors.print(f"[bold red]error:[/] {escape(str(told))}", highlight=False)
        sys.exit(COULD_NOT_RUN)


def _reason(error: Exception) -> Exception | None:
    """Why a library failed: the lake's store refused, the system did, or something is damaged."""
    from mega_toys.lake.reading.by_name import names
    from mega_toys.lake.run.work import Work
    from mega_toys.lake.store.refusal import why_refused
    from mega_toys.operations.damaged import damage_of

    is_of_store = why_refused(error) is not None
    if isinstance(error, OSError) and not is_of_store:
        return error
    lake = mega_toys.open()
    place = lake.store.place
    if is_of_store:
        endpoint = (place.storage_options or {}).get("aws_endpoint_url")
        return PlaceError(f"{place}: {why_refused(error, endpoint)}.")
    return damage_of(Work(lake.store, lake.catalog), names(lake.catalog))


def _refuse_no_text(words: Sequence[str]) -> None:
    """Refuse an argument that is no UTF-8, but for the name of a file that is to be tried."""
    for word in words if words[:1] != [_TRY] else ():
        try:
            word.encode()
        except UnicodeEncodeError as error:
            shown = os.fsencode(word).decode("utf-8", "backslashreplace")
            raise MegaToysError(f"`{shown[:_SHOWN]}` is no UTF-8. Say it in UTF-8.") from error


_add_commands()


def main() -> None:
    """Run the command."""
    gc.set_threshold(100_000, 50, 100)  # what is made is mostly kept; looking through it costs 5 %
    run: Callable[[], None] = app
    with _plain_errors():
        _refuse_no_text(sys.argv[1:])
        run()


if __name__ == "__main__":
    command()
