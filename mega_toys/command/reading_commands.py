"""The commands that look into the lake, and ask it."""

import datetime as dt
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

import mega_toys
from mega_toys.command.ending import is_a_process_of_its_own
from mega_toys.command.options import CHECK_FAILED
from mega_toys.command.options import day as as_day
from mega_toys.command.terminal import console
from mega_toys.declared.words import counted

_FOR_THE_ANSWER_MB = 400  # of a query, beyond what it may take to be found
commands = typer.Typer()


class FileStatus(StrEnum):
    """What became of a landing file."""

    LOADED = "loaded"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    IGNORED = "ignored"


@commands.command()
def status() -> None:
    """Tell from the lake what is up to date, stale or failed. Exit code 1: not all is up to date.

    Days to: the newest closed day, … the newest provisional one. Warnings: checks that do not
    block and found something on the days that a table's last news touched.
    """
    from mega_toys.command import health

    if not health.status(console, mega_toys.open()):
        raise typer.Exit(CHECK_FAILED)


@commands.command()
def doctor() -> None:
    """Look for what is wrong with the set-up, and say how to mend it."""
    from mega_toys.command import health

    if not health.doctor(console, mega_toys.open()):
        raise typer.Exit(CHECK_FAILED)


@commands.command()
def tables() -> None:
    """List all tables: what a row means, how many there are, who owns them."""
    from mega_toys.command import listed

    listed.tables(console, mega_toys.open())


@commands.command()
def show(
    table: Annotated[str, typer.Argument(help="As in SQL: commerce.gold.daily_sales")],
    day: Annotated[
        dt.date | None,
        typer.Option(
            parser=as_day,
            help="Only the rows whose `day` this is, YYYY-MM-DD; of bronze those that landed on "
            "it, of lake.files the files that did.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 20,
) -> None:
    """Show rows of a table."""
    from mega_toys.command import showing

    showing.rows(console, mega_toys.open(), table, day, limit)


@commands.command()
def lineage(
    name: Annotated[
        str,
        typer.Argument(
            metavar="TABLE[.COLUMN]",
            help="As in SQL: commerce.gold.daily_sales.units; or a table, or a view.",
        ),
    ],
    down: Annotated[
        bool,
        typer.Option(
            "--down", help="What is made of it, and what else reads it: what breaks if it changes."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Each column on the way, for programs.")
    ] = False,
    svg: Annotated[Path | None, typer.Option(help="Draw it to this file, for a browser.")] = None,
) -> None:
    """Print what a table, a view, or a column of either, is made from, down to its sources.

    Of a column the sources of its values; `rows` names those that no value comes from: they filter,
    join, group, sort, window or explode the rows, or a rule of silver asks them. --down: where a
    column goes, and the rows of which tables it chooses; so far goes a personal datum.

    With an option, a table or a view means all of its columns.
    """
    from mega_toys.command import showing

    lake = mega_toys.open()
    if name in lake.names and not (down or as_json or svg):
        showing.lineage(console, lake, name)
    else:
        from mega_toys.command import column_lineage

        column_lineage.tell(console, lake, name, down=down, as_json=as_json, svg=svg)


@commands.command()
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
    from mega_toys.ingestion.decoding.memory import bound_memory
    from mega_toys.lake.reading.saved import save

    lake = mega_toys.open()
    if is_a_process_of_its_own():
        bound_memory(lake.memory_mb + _FOR_THE_ANSWER_MB)
    rows = lake.sql(sql, confined=not unconfined)
    if output is None:
        showing.frame(console, rows, sys.maxsize if not console.is_terminal else 100)
    else:
        save(rows, output)
        console.print(f"{counted(rows.height, 'row')} written to {escape(str(output))}")


@commands.command()
def files(
    status: Annotated[FileStatus | None, typer.Option(help="Only files of this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many files, newest first.")] = 50,
) -> None:
    """List the files seen in the landing zone, and what became of them."""
    from mega_toys.command import showing

    showing.files(console, mega_toys.open(), status.value if status else None, limit)


@commands.command("try")
def try_(
    file: Annotated[Path, typer.Argument(help="A file as a partner sends it, wherever it lies.")],
    dataset: Annotated[
        str | None, typer.Option(help="As <domain>.<dataset>; that of its folder by default.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Of an .xlsx: its name or number; the first by default.")
    ] = None,
) -> None:
    """Read one file without taking it in, and say what to declare. Exit code 1: not all would fit.

    For a dataset: what would be quarantined and why, and the declaration that would fit. Else a
    whole bronze file for a new one. Values are shown as they are, personal ones too.
    """
    from mega_toys.command.trying import try_file
    from mega_toys.ingestion.decoding.memory import bound_memory

    if is_a_process_of_its_own():  # what a file takes beyond it is told, and harms nothing else
        bound_memory(mega_toys.open().memory_mb + _FOR_THE_ANSWER_MB)
    if not try_file(console, mega_toys.open(), file, dataset, sheet):
        raise typer.Exit(CHECK_FAILED)


@commands.command()
def metric(
    name: Annotated[
        str | None, typer.Argument(help="As net_sales or finance.semantic.net_sales; else a list.")
    ] = None,
    by: Annotated[
        str, typer.Option(help="By which dimensions, as factory,month; as one figure without.")
    ] = "",
    where: Annotated[
        str, typer.Option(help="Of what alone: SQL over the dimensions, as \"factory = 'F01'\".")
    ] = "",
    export: Annotated[
        Path | None,
        typer.Option(help="Write all metrics to this file, as Open Semantic Interchange YAML."),
    ] = None,
) -> None:
    """Ask a figure of the business, computed as it is declared; without a name, list them all."""
    from mega_toys.command import showing_metrics
    from mega_toys.lake.reading.metrics import listed

    lake = mega_toys.open()
    if export is not None:
        showing_metrics.exported(console, lake.catalog, export)
    elif name is None:
        showing_metrics.all_of(console, listed(lake.catalog))
    else:
        asked = [one.strip() for one in by.split(",") if one.strip()]
        showing_metrics.figures(console, lake, name, asked, where)
