"""`mega-toys contract`: what silver and gold promise, and what a change does to who reads them."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from mega_toys.command.options import CHECK_FAILED
from mega_toys.command.terminal import console
from mega_toys.declared.words import counted

if TYPE_CHECKING:
    from mega_toys.contracts.gate import Contracts
    from mega_toys.declared.catalog import Catalog

commands = typer.Typer(
    no_args_is_help=True,
    help="The contracts of silver and gold: hold changes against them, release them, hand them on.",
)
Tables = Annotated[
    list[str] | None, typer.Argument(help="As in SQL; all, where none is named.", metavar="TABLE")
]
Folder = Annotated[Path, typer.Option(help="Folder of the contracts.")]
_HERE = Path("contracts")


def _catalog() -> "Catalog":
    import mega_toys.domains
    from mega_toys.declared.catalog import tables_in

    return tables_in(mega_toys.domains)


def _current(names: list[str] | None = None) -> "Contracts":
    """The contracts as declared; UnknownTableError where one that is named has none."""
    from mega_toys.contracts.files import current
    from mega_toys.declared.errors import UnknownTableError

    contracts = current(_catalog())
    for name in names or ():
        if name not in contracts:
            raise UnknownTableError(name, contracts)
    return contracts


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _say(text: str) -> None:
    console.print(escape(text), soft_wrap=True, highlight=False)


@commands.command()
def check(folder: Folder = _HERE) -> None:
    """Hold the declarations against the contracts. Exit code 1: a file is old, or a change breaks.

    Each contract must be the one that its table declares; and against what was released last, what
    breaks a consumer needs a new major version beside the former one, what is added a minor one.
    """
    from mega_toys.contracts.gate import Released, problems

    contracts = _current()
    found = list(problems(contracts, folder, _today()))
    for problem in found:
        _say(str(problem))
    if found:
        raise typer.Exit(CHECK_FAILED)
    released = [name for name in contracts if Released.below(folder).newest(name)]
    _say(
        f"{counted(len(contracts), 'contract')} as declared, {len(released)} of them released; "
        "no change breaks who reads them."
    )


@commands.command()
def diff(tables: Tables = None, folder: Folder = _HERE) -> None:
    """Tell what changed since the last release, and which version that asks for."""
    from mega_toys.contracts.change import needed
    from mega_toys.contracts.gate import Released, changed

    contracts, released = _current(tables), Released.below(folder)
    none = True
    for name in tables or contracts:
        before = released.newest(name)
        if before is None:
            if tables:
                _say(f"{name} was not released yet.")
            continue
        if changes := changed(name, contracts, released):
            none = False
            least = needed(before, changes)
            _say(f"{name}: released {before}, declared {contracts[name]['version']}, asks {least}")
            for change in changes:
                _say(f"  {_WEIGHTS[change.weight]:<9}{change}")
    if none and not tables:
        _say("Nothing changed since the last release.")


_WEIGHTS = ("words", "adds", "confirm", "breaks")


@commands.command()
def release(
    tables: Tables = None,
    confirm: Annotated[
        list[str] | None,
        typer.Option(
            help="A part of which you, a person, confirm that its other words mean the same.",
            metavar="PART",
        ),
    ] = None,
    folder: Folder = _HERE,
) -> None:
    """Keep the contracts as released: from now on, what breaks them is refused. Commit them."""
    from mega_toys.contracts.release import release as released

    contracts = _current(tables)
    done = list(released(tables or contracts, contracts, folder, _today(), confirm or ()))
    for line in done:
        _say(f"released {line}")
    if not done:
        _say("All of it is released already.")


@commands.command()
def export(
    table: Annotated[
        str | None,
        typer.Argument(help="Print only its contract, with where your lake lies."),
    ] = None,
    folder: Folder = _HERE,
) -> None:
    """Write the contracts that the tables declare, or print that of one to hand it on."""
    from mega_toys.contracts.document import server
    from mega_toys.contracts.files import text, write
    from mega_toys.settings import Settings

    contracts = _current([table] if table else None)
    if table:
        place = server(_catalog()[table], Settings.load().lake_root)
        print(text({**contracts[table], "servers": [place]}), end="")
        return
    changed = list(write(contracts, folder))
    for path in changed:
        _say(f"{path}{'' if path.exists() else ' (removed)'}")
    if not changed:
        _say(f"{counted(len(contracts), 'contract')} as declared: nothing to write.")
