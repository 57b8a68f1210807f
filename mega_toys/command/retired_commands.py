"""The command that removes what is left of a table which is declared no longer."""

from typing import Annotated

import typer
from rich.markup import escape

from mega_toys.command.terminal import console
from mega_toys.declared.words import counted

commands = typer.Typer()


@commands.command()
def forget(
    table: Annotated[str, typer.Argument(help="As `status` and `tables` tell it: retired.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove what is left of a table whose file was removed: rows, quarantine, counts, pages.

    Landing files stay, and what people decided about its quarantined records. A table that is
    still declared is refused.
    """
    from mega_toys.command import watching
    from mega_toys.lake.store.lock import only_writer
    from mega_toys.operations import retired
    from mega_toys.orchestration.assets.warehouse import publish
    from mega_toys.orchestration.resources.lakehouse import Lakehouse
    from mega_toys.orchestration.runs.local import wipe_page
    from mega_toys.settings import Settings

    lakehouse = Lakehouse.of(Settings.load())
    one = retired.retired_one(table, lakehouse.work("forget"))
    console.print(f"Of {table} this goes: {escape(str(one))}.", soft_wrap=True)
    console.print(
        "Its page in Dagster goes as well, and what is published of it. Landing files stay"
        + (f", and {counted(one.decisions, 'decision')} of people." if one.decisions else "."),
        soft_wrap=True,
    )
    if not yes:
        typer.confirm("Remove it?", abort=True)
    with (
        watching.Step(console, f"forgetting {table}") as progress,
        only_writer(lakehouse.settings.lake_root, progress.say),
    ):
        work = lakehouse.work("forget")
        one = retired.retired_one(table, work)
        wipe_page(lakehouse.settings.dagster_home, table)
        retired.forget(one, work, progress.say)
        publish(lakehouse)
    console.print(f"{table} is forgotten.", soft_wrap=True)
