"""The `mega-toys` command."""

import datetime as dt
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

import mega_toys
from mega_toys.command import (
    # toy company begins
    faults_command,
    # toy company ends
    quarantine_command,
)
from mega_toys.command.ending import AT_SIGNAL, command, say_nothing_if_ended
from mega_toys.command.options import day as as_day
from mega_toys.command.terminal import NOTHING_NEW, console, errors
from mega_toys.declared.errors import MegaToysError, SettingsError
from mega_toys.declared.words import counted

if TYPE_CHECKING:
    from mega_toys.command.watching import Watching
    from mega_toys.lake.reading.reader import Reader
    from mega_toys.operations.refreshed import Refreshed
    from mega_toys.settings import Settings

COULD_NOT_RUN = 2
_FOR_THE_ANSWER_MB = 400  # of a query, beyond what it may take to be found
CHECK_FAILED = 1
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The open lakehouse of Mega Awesome Toys: refresh it, look into it, ask it in SQL. "
    "Settings come from MEGA_TOYS_… variables or from `.env`.",
)
app.add_typer(quarantine_command.app, name="quarantine")
# toy company begins
app.add_typer(faults_command.app, name="faults")
# toy company ends


def _say_version(wanted: bool) -> None:
    if wanted:
        console.print(f"mega-toys {version('mega_toys')}", highlight=False)
        raise typer.Exit


@app.callback()
def _options(
    wanted: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    pass


class FileStatus(StrEnum):
    """What became of a landing file."""

    LOADED = "loaded"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    IGNORED = "ignored"


@app.command()
def refresh(
    changed_code: Annotated[
        bool, typer.Option(help="Make anew what other code built, or has other columns.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done, and why.")
    ] = False,
) -> None:
    """Take in all new files and build everything stale, up to gold.

    Exit code 1: a blocking check failed. 2: something could not be done.
    """
    if dry_run:
        from mega_toys.command.planned import planned

        planned(console, _lake(), changed_code=changed_code)
        return
    from mega_toys.operations import quiet
    from mega_toys.settings import Settings

    settings = Settings.load()
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
    watching, refreshed = _refreshed(looks)
    watching.summary(refreshed)
    if older := len(built_by_other_code(LAKEHOUSE.work("code"))):
        console.print(
            f"{older} table{'s were' if older > 1 else ' was'} built by older code: "
            f"`mega-toys refresh --changed-code` makes {'them' if older > 1 else 'it'} anew.",
            soft_wrap=True,
        )
    _exit_as(refreshed)


def _refreshed(looks: str | None = None) -> "tuple[Watching, Refreshed]":
    """Refresh, and show it as it goes; `looks` is how all looked before."""
    from mega_toys.command.watching import Watching
    from mega_toys.definitions import LAKEHOUSE, defs
    from mega_toys.orchestration.resources.lakehouse import Watcher
    from mega_toys.orchestration.runs.local import run_refresh

    with Watching(console) as watching:
        LAKEHOUSE.watcher = Watcher(watching.say, watching.done)
        return watching, run_refresh(LAKEHOUSE, defs, looks)


def _exit_as(refreshed: "Refreshed") -> None:
    if refreshed.could_not:
        raise typer.Exit(COULD_NOT_RUN)
    if refreshed.failed_checks or refreshed.blocked:
        raise typer.Exit(CHECK_FAILED)


@app.command()
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


@app.command()
def dev(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port, on loopback.")] = 3000,
    # toy company begins
    live: Annotated[bool, typer.Option(help="Let the toy company deliver every minute.")] = False,
    # toy company ends
) -> None:
    """Start the Dagster UI with its sensors and schedules, until Ctrl-C."""
    from mega_toys.command.dev import claim_ui, run_ui
    from mega_toys.orchestration.runs.local import home
    from mega_toys.settings import Settings

    settings = Settings.load()
    settings.make_default_landing_root()
    folder = home(settings.dagster_home)
    claim_ui(folder, port)
    # toy company begins
    if live:
        from mega_toys.simulator import start_beside

        start_beside(_delivered_into(settings))
    # toy company ends
    console.print(f"The Dagster UI comes up at http://127.0.0.1:{port}")
    run_ui(folder, port)


# toy company begins
def _delivered_into(settings: "Settings") -> Path:
    """The folder into which the toy company delivers."""
    folder = settings.landing_root.folder
    if folder is None:
        raise SettingsError(
            f"The toy company delivers into folders, and not into {settings.landing_root}: "
            "let it deliver without MEGA_TOYS_LANDING_ROOT, and copy the files into the bucket."
        )
    return folder


def _more_than_nothing(scale: float) -> float:
    if scale <= 0:
        raise typer.BadParameter(f"{scale:g} is no company: say more than 0, such as 0.01.")
    return scale


@app.command()
def simulate(
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 14,
    until: Annotated[
        dt.date | None,
        typer.Option(parser=as_day, help="The last day, YYYY-MM-DD; yesterday by default."),
    ] = None,
    scale: Annotated[
        float, typer.Option(callback=_more_than_nothing, help="1 is the whole company.")
    ] = 0.01,
    seed: Annotated[int, typer.Option(help="The same seed makes the same deliveries.")] = 1,
    faults: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of faults.")] = 0.01,
    live: Annotated[bool, typer.Option(help="Go on in real time until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds between live deliveries.")] = 60,
) -> None:
    """Let the toy company deliver files into the landing zone."""
    if "polars" not in sys.modules:  # of its many small frames, threads are a fifth of the cost
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
    from mega_toys.command.watching import Step
    from mega_toys.settings import Settings
    from mega_toys.simulator import live as deliver_live
    from mega_toys.simulator import simulate as deliver

    root = _delivered_into(Settings.load())
    if live:
        console.print(f"Delivering into {escape(str(root))} every {every:g} s, until Ctrl-C.")
        deliver_live(
            root,
            seed=seed,
            scale=scale,
            faults=faults,
            every_s=every,
            stop=lambda: False,
            progress=console.print,
        )
    with Step(console, f"simulating {counted(days, 'day')}") as step:
        deliver(
            root,
            days=days,
            until=until,
            scale=scale,
            seed=seed,
            faults=faults,
            progress=step.say,
        )
    console.print(f"{counted(days, 'day')} delivered into {escape(str(root))}.")


@app.command()
def demo() -> None:
    """Simulate two weeks, refresh, and show what came out."""
    import mega_toys.command.demo

    simulate(days=14, until=None, scale=0.01, seed=1, faults=0.01, live=False, every=60)
    began = time.monotonic()
    watching, refreshed = _refreshed()
    mega_toys.command.demo.say_refreshed(console, refreshed, time.monotonic() - began)
    if refreshed.could_not or refreshed.failed_checks or refreshed.blocked:
        watching.summary(refreshed)
    mega_toys.command.demo.show(console, _lake())
    _exit_as(refreshed)


# toy company ends
@app.command()
def status() -> None:
    """Tell from the lake what is up to date, stale or failed. Exit code 1: not all is up to date.

    Days to: the newest closed day, … the newest provisional one. Warnings: checks that do not
    block and found something on the days that a table's last news touched.
    """
    from mega_toys.command import showing

    if not showing.status(console, _lake()):
        raise typer.Exit(CHECK_FAILED)


@app.command()
def doctor() -> None:
    """Look for what is wrong with the set-up, and say how to mend it."""
    from mega_toys.command import showing

    if not showing.doctor(console, _lake()):
        raise typer.Exit(CHECK_FAILED)


@app.command()
def tables() -> None:
    """List all tables: what a row means, how many there are, who owns them."""
    from mega_toys.command import showing

    showing.tables(console, _lake())


@app.command()
def show(
    table: Annotated[str, typer.Argument(help="As in SQL: commerce.gold.daily_sales")],
    day: Annotated[
        dt.date | None, typer.Option(parser=as_day, help="Only the rows of this day, YYYY-MM-DD.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 20,
) -> None:
    """Show rows of a table."""
    from mega_toys.command import showing

    showing.rows(console, _lake(), table, day, limit)


@app.command()
def lineage(
    table: Annotated[str, typer.Argument(help="As in SQL: commerce.gold.daily_sales")],
) -> None:
    """Print what a table is made from, down to its sources."""
    from mega_toys.command import showing

    showing.lineage(console, _lake(), table)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="SELECT … FROM commerce.gold.daily_sales")],
    output: Annotated[
        Path | None, typer.Option(help="Write the rows to this .csv, .parquet or .json file.")
    ] = None,
    unconfined: Annotated[
        bool, typer.Option("--unconfined", help="All of DuckDB, files and settings too.")
    ] = False,
) -> None:
    """Ask all tables, by their names, in DuckDB's SQL: one SELECT, which reaches nothing else."""
    from mega_toys.command import showing
    from mega_toys.ingestion.decoding.decoder import bound_memory
    from mega_toys.lake.reading.bounded import remove_spilled
    from mega_toys.lake.reading.sql import save

    lake = _lake()
    bound_memory(lake.memory_mb + _FOR_THE_ANSWER_MB)
    AT_SIGNAL.append(remove_spilled)
    rows = lake.sql(sql, confined=not unconfined)
    if output is None:
        showing.frame(console, rows, sys.maxsize if not console.is_terminal else 100)
    else:
        save(rows, output)
        console.print(f"{counted(rows.height, 'row')} written to {escape(str(output))}")


@app.command()
def files(
    status: Annotated[FileStatus | None, typer.Option(help="Only files of this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many files, newest first.")] = 50,
) -> None:
    """List the files seen in the landing zone, and what became of them."""
    from mega_toys.command import showing

    showing.files(console, _lake(), status.value if status else None, limit)


def _lake() -> "Reader":
    return mega_toys.open()


@contextmanager
def _plain_errors() -> Iterator[None]:
    """A user's mistake, or a lake that cannot be used, is said in words."""
    try:
        yield
    except Exception as error:
        told = error if isinstance(error, (MegaToysError, OSError)) else _damage()
        if told is None:
            raise
        say_nothing_if_ended()
        errors.print(f"[bold red]error:[/] {escape(str(told))}", highlight=False)
        sys.exit(COULD_NOT_RUN)


def _damage() -> MegaToysError | None:
    """What is damaged in the lake, where a library failed of something."""
    from mega_toys.lake.reading.by_name import names
    from mega_toys.lake.run.work import Work
    from mega_toys.operations.damaged import damage_of

    lake = _lake()
    return damage_of(Work(lake.store, lake.catalog), names(lake.catalog))


def main() -> None:
    """Run the command."""
    gc.set_threshold(100_000, 50, 100)  # what is made is mostly kept; looking through it costs 5 %
    run: Callable[[], None] = app
    with _plain_errors():
        run()


if __name__ == "__main__":
    command()
