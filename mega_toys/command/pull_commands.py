"""The command that fetches what systems have."""

import datetime as dt
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from mega_toys.command.options import COULD_NOT_RUN
from mega_toys.command.terminal import console, errors
from mega_toys.declared.errors import MegaToysError, SettingsError
from mega_toys.declared.words import counted
from mega_toys.lake.run.progress import Pace

if TYPE_CHECKING:
    from mega_toys.operations.pulling import Asked, Pulled
    from mega_toys.sources.landed import Mark
    from mega_toys.sources.waiting import Waiting

commands = typer.Typer()


@commands.command()
def pull(
    tables: Annotated[
        list[str] | None,
        typer.Argument(help="Bronze tables, as crm.bronze.clients; all, where none is named."),
    ] = None,
    pending: Annotated[
        bool, typer.Option("--pending", help="Only say what waits to be pulled.")
    ] = False,
    anew: Annotated[
        bool,
        typer.Option(
            "--anew",
            help="Begin partitions of a topic anew that do not go on where what landed ends: their "
            "records are gone, or the topic was made anew; so a collection whose changes are gone.",
        ),
    ] = False,
) -> None:
    """Fetch what is new in the systems of the settings, as files of the landing zone.

    Exit code 2: something could not be pulled.
    """
    asked = [replace(one, anew=anew) for one in asked_for(tables or [])]
    if not (_tell_waiting(asked) if pending else _pulled(asked)):
        raise typer.Exit(COULD_NOT_RUN)


def pull_all() -> bool:
    """Pull from all systems of the settings, and tell; whether nothing failed."""
    return _pulled(asked_for([]))


def asked_for(names: list[str]) -> "list[Asked]":
    """The tables to pull, where there are any."""
    import mega_toys.domains
    from mega_toys.declared.catalog import tables_in
    from mega_toys.ingestion.landing import refuse_missing
    from mega_toys.lake.store.step import arm
    from mega_toys.operations.pulling import asked
    from mega_toys.settings import Settings

    settings = Settings.load()
    arm(settings.kill_at, settings.step_log)
    root = settings.landing_root
    tables = asked(tables_in(mega_toys.domains), settings.sources, root, names)
    if not tables:
        raise SettingsError(
            "No system is set to be pulled from. Set MEGA_TOYS_SOURCE_<SYSTEM> to an address, as "
            "postgresql://reader@host/database, of a system that a bronze table's `source` names."
        )
    settings.make_default_landing_root()
    refuse_missing(root)
    return tables


def _pulled(tables: "list[Asked]") -> bool:
    from mega_toys.command.watching import Step
    from mega_toys.operations import pulling

    with Step(console, "pulling") as progress:
        done = pulling.pull(tables, lambda pulled, of: progress.say(_as_it_goes(pulled, of)))
        _tell_dagster(tables, done)
    for one in done:
        if one.rows or not one.error:
            news = f"{counted(one.rows, 'row')} in {counted(len(one.files), 'file')}"
            told = f"{news}, {one.seconds:.1f} s" if one.rows else "nothing new"
            console.print(f"{one.table}: {told}{_until(one.until)}", highlight=False)
    _tell_errors(done)
    return not any(one.error for one in done)


def _tell_dagster(tables: "list[Asked]", done: "list[Pulled]") -> None:
    """Tell Dagster what landed; where that fails it has landed all the same."""
    if not any(one.rows for one in done):
        return
    from mega_toys.orchestration.assets.sources import pulled_outside
    from mega_toys.orchestration.runs.local import tell_without_run
    from mega_toys.settings import Settings

    try:
        tell_without_run(Settings.load().dagster_home, pulled_outside(tables, done))
    except (MegaToysError, OSError) as error:
        errors.print(f"[bold yellow]warning[/] Dagster is not told: {escape(f'{error}')}")


def _as_it_goes(pulled: "Pulled", of: int | None) -> str:
    """Rows, rows a second, and the time left where it is known of how many rows."""
    if of:
        pace = Pace(of, "row", began=time.monotonic() - pulled.seconds)
        return f"{pulled.table}: {pace.told(min(pulled.rows, of), rows=pulled.rows)}"
    a_second = pulled.rows / max(pulled.seconds, 0.001)
    return f"{pulled.table}: {counted(pulled.rows, 'row')}, {a_second:,.0f} rows a second"


def _until(mark: "Mark | None") -> str:
    """The mark until which all has landed."""
    if mark is None:
        return ""
    return (
        f", until {mark:%Y-%m-%d %H:%M:%S} UTC" if isinstance(mark, dt.datetime) else f" ({mark})"
    )


def _tell_waiting(tables: "list[Asked]") -> bool:
    from mega_toys.operations import pulling

    found = pulling.waiting(tables)
    for one in found:
        if one.waits is not None:
            console.print(f"{one.table}: {waits_told(one.waits)}", highlight=False)
    _tell_errors(found)
    return not any(one.error for one in found)


def waits_told(waits: "Waiting") -> str:
    """The rows that wait, for how long, from which mark on; the fields that no column tells."""
    lag = waits.lag(dt.datetime.now(dt.UTC))
    since = f", the oldest for {_age(lag)}" if lag is not None else ""
    told = f"{counted(waits.rows, 'row')} to pull{since}" if waits.rows else "nothing new"
    absent = ", ".join(f"`{name}`" for name in waits.absent)
    without = f"; no column tells {absent}, which stays empty" if absent else ""
    return f"{told}{_until(waits.since)}{without}"


def _age(lag: dt.timedelta) -> str:
    """How long something has waited, in its largest unit of which there are two."""
    seconds = max(lag.total_seconds(), 0)
    units = (("days", 86_400), ("h", 3600), ("min", 60))
    most = next(((name, size) for name, size in units if seconds >= 2 * size), ("s", 1))
    return f"{seconds / most[1]:,.0f} {most[0]}"


def _tell_errors(done: "list[Pulled]") -> None:
    """Each error once, with the tables that it keeps."""
    for error in dict.fromkeys(one.error for one in done if one.error):
        tables = ", ".join(one.table for one in done if one.error == error)
        errors.print(
            f"[bold red]error[/] {escape(tables)} not pulled: {escape(error)}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
