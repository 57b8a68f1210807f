"""The `mega-toys` command."""

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import mega_toys
from mega_toys import OpenLake
from mega_toys.lake.errors import MegaToysError

COULD_NOT_RUN = 2
CHECK_FAILED = 1
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The open lakehouse of Mega Awesome Toys: refresh it, look into it, ask it in SQL. "
    "Settings come from MEGA_TOYS_… variables or from `.env`.",
)
console = Console(width=None if sys.stdout.isatty() else 160)
errors = Console(stderr=True, soft_wrap=True)


class FileStatus(StrEnum):
    """What became of a landing file."""

    LOADED = "loaded"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    IGNORED = "ignored"


@app.command()
def refresh() -> None:
    """Take in all new files and build everything stale, up to gold.

    Exit code 1: a blocking check failed. 2: something could not be done.
    """
    from mega_toys.definitions import LAKEHOUSE, defs
    from mega_toys.orchestration.local import run_refresh
    from mega_toys.showing import Watching

    with Watching(console) as watching:
        refreshed = run_refresh(LAKEHOUSE, defs, watching.step, watching.done)
    watching.summary(refreshed)
    if refreshed.crashed:
        raise typer.Exit(COULD_NOT_RUN)
    if refreshed.failed_checks or refreshed.blocked:
        raise typer.Exit(CHECK_FAILED)


@app.command()
def dev(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port, on loopback.")] = 3000,
) -> None:
    """Start the Dagster UI with its sensors and schedules, until Ctrl-C."""
    from mega_toys.orchestration.local import home, start_ui
    from mega_toys.settings import Settings

    home(Settings.load().dagster_home)
    console.print(f"The Dagster UI comes up at http://127.0.0.1:{port}")
    start_ui(port)


@app.command()
def tables() -> None:
    """List all tables: what a row means, how many there are, who owns them."""
    from mega_toys import showing

    showing.tables(console, _lake())


@app.command()
def show(
    table: Annotated[str, typer.Argument(help="As in SQL: commerce.gold.daily_sales")],
    day: Annotated[str | None, typer.Option(help="Only the rows of this day, YYYY-MM-DD.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 20,
) -> None:
    """Show rows of a table."""
    from mega_toys import showing

    showing.rows(console, _lake(), table, _day(day), limit)


@app.command()
def lineage(
    table: Annotated[str, typer.Argument(help="As in SQL: commerce.gold.daily_sales")],
) -> None:
    """Print what a table is made from, down to its sources."""
    from mega_toys import showing

    showing.lineage(console, _lake(), table)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="SELECT … FROM commerce.gold.daily_sales")],
    output: Annotated[
        Path | None, typer.Option(help="Write the rows to this .csv, .parquet or .json file.")
    ] = None,
) -> None:
    """Ask all tables, by their names, in DuckDB's SQL."""
    from mega_toys import showing
    from mega_toys.lake.sql import Database, save

    lake = _lake()
    rows = Database.of(lake.store, lake.catalog, sql).answer(sql)
    if output is None:
        showing.frame(console, rows, sys.maxsize if not console.is_terminal else 100)
    else:
        save(rows, output)
        console.print(f"{rows.height} rows written to {output}")


@app.command()
def files(
    status: Annotated[FileStatus | None, typer.Option(help="Only files of this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many files, newest first.")] = 50,
) -> None:
    """List the files seen in the landing zone, and what became of them."""
    from mega_toys import showing

    showing.files(console, _lake(), status.value if status else None, limit)


@app.command()
def quarantine(
    table: Annotated[str, typer.Argument(help="The silver table: commerce.silver.orders")],
    limit: Annotated[int, typer.Option(min=1, help="How many records.")] = 20,
) -> None:
    """Show the records that a table rejected: how many by rule, and the records themselves."""
    from mega_toys import showing

    showing.quarantine(console, _lake(), table, limit)


def _lake() -> OpenLake:
    return mega_toys.open()


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"`{text}` is no day: YYYY-MM-DD is wanted.") from None


@contextmanager
def _plain_errors() -> Iterator[None]:
    """A user's mistake, or a lake that cannot be used, is said in words."""
    try:
        yield
    except (MegaToysError, OSError) as error:
        errors.print(f"[bold red]error:[/] {error}", highlight=False)
        sys.exit(COULD_NOT_RUN)


def main() -> None:
    """Run the command."""
    run: Callable[[], None] = app
    with _plain_errors():
        run()


if __name__ == "__main__":
    main()
