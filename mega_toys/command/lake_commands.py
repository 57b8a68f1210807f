"""The commands that write to the lake, and the UI."""

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

import mega_toys
from mega_toys.command.options import CHECK_FAILED, COULD_NOT_RUN
from mega_toys.command.pull_commands import pull_all
from mega_toys.command.terminal import NOTHING_NEW, console, of_older_code

if TYPE_CHECKING:
    from mega_toys.command.watching import Watching
    from mega_toys.operations.refreshed import Refreshed

commands = typer.Typer()


@commands.command()
def refresh(
    changed_code: Annotated[
        bool, typer.Option(help="Make anew what other code built, or has other columns.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done, and why.")
    ] = False,
    preview: Annotated[
        bool,
        typer.Option("--preview", help="Only say what that would cost, by what builds took."),
    ] = False,
    pull: Annotated[
        bool, typer.Option("--pull", help="First fetch what is new in the systems of the settings.")
    ] = False,
) -> None:
    """Take in all new files and build everything stale, up to gold.

    Exit code 1: a blocking check failed. 2: something could not be done.
    """
    if pull and (dry_run or preview):
        raise typer.BadParameter("A dry run pulls nothing: `mega-toys pull --pending` tells that.")
    if dry_run or preview:
        from mega_toys.command.planned import planned

        lake = mega_toys.open()
        if not planned(console, lake, why=dry_run, costs=preview, changed_code=changed_code):
            raise typer.Exit(COULD_NOT_RUN)
        return
    if pull and not pull_all():
        with suppress(typer.Exit):
            _taken_in(changed_code=changed_code)
        raise typer.Exit(COULD_NOT_RUN)
    _taken_in(changed_code=changed_code)


def _taken_in(*, changed_code: bool) -> None:
    from mega_toys.operations import quiet
    from mega_toys.settings import Settings

    settings = Settings.load(trusts_systems=True)  # a look that is remembered was of the same ones
    at = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    console.print(f"{at}: refreshing {escape(settings.lake_root)}", soft_wrap=True)
    looks = quiet.looks(settings)
    if quiet.is_as_remembered(settings, looks) and not changed_code:
        console.print(NOTHING_NEW)
    else:
        _refresh(looks, changed_code=changed_code)


def _refresh(looks: str | None, *, changed_code: bool) -> None:
    from mega_toys.definitions import LAKEHOUSE, SETTINGS
    from mega_toys.operations.rebuild import built_by_other_code, forget_changed

    if changed_code:
        forget_changed(LAKEHOUSE.work("changed code"), SETTINGS.landing_root)
    watching, refreshed = refreshed_by(looks)
    watching.summary(refreshed)
    if older := len(built_by_other_code(LAKEHOUSE.work("code"))):
        console.print(of_older_code(older), soft_wrap=True)
    exit_as(refreshed)


def refreshed_by(looks: str | None = None) -> "tuple[Watching, Refreshed]":
    """Refresh, and show it as it goes; `looks` is how all looked before."""
    from mega_toys.command.watching import Watching
    from mega_toys.definitions import LAKEHOUSE, defs
    from mega_toys.orchestration.resources.lakehouse import Watcher
    from mega_toys.orchestration.runs.local import run_refresh

    with Watching(console) as watching:
        LAKEHOUSE.watcher = Watcher(watching.say, watching.done)
        return watching, run_refresh(LAKEHOUSE, defs, looks)


def exit_as(refreshed: "Refreshed") -> None:
    """End with the code of what a refresh did; go on where all is well."""
    if refreshed.could_not:
        raise typer.Exit(COULD_NOT_RUN)
    if refreshed.failed_checks or refreshed.blocked:
        raise typer.Exit(CHECK_FAILED)


@commands.command()
def rebuild(
    table: Annotated[str | None, typer.Argument(help="As in SQL; made from its inputs.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All tables, from the landing zone.")
    ] = False,
    swap: Annotated[bool, typer.Option("--swap", help="Put in what differs.")] = False,
) -> None:
    """Make a table anew beside the live one, and tell what differs. Exit code 1: something does."""
    if (table is None) != every:
        raise typer.BadParameter("Say one table, or --all.")
    from mega_toys.command import watching
    from mega_toys.definitions import LAKEHOUSE, SETTINGS
    from mega_toys.operations.rebuild import rebuild as made_anew

    tables = LAKEHOUSE.catalog if table is None else [LAKEHOUSE.catalog[table]]
    with watching.Step(console, "rebuilding") as progress:
        found = made_anew(
            tables, LAKEHOUSE.work("rebuild"), SETTINGS.landing_root, swap=swap, say=progress.say
        )
    watching.rebuilt(console, found, swapped=swap)
    if found and not swap:
        raise typer.Exit(CHECK_FAILED)


@commands.command()
def dev(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port, on loopback.")] = 3000,
) -> None:
    """Start the Dagster UI with its sensors and schedules, until Ctrl-C."""
    from mega_toys.command.dev import serve

    serve(console, port)
