"""The list of all tables."""

from typing import Any

import polars as pl
from rich.console import Console

from mega_toys.command.grids import Column, put
from mega_toys.lake.reading.reader import TABLES, Reader
from mega_toys.lake.run.work import Work
from mega_toys.operations.problems import DAMAGED
from mega_toys.operations.retired import retired


def tables(console: Console, lake: Reader) -> None:
    """All tables, those last that are declared no longer."""
    rows = pl.concat([lake.tables(), _retired(lake)]).fill_null("")
    counts = [_count(lake, row) for row in rows.iter_rows(named=True)]
    put(
        console,
        [
            Column("table", rows["table"].to_list()),
            Column("kind", rows["kind"].to_list(), spare=1),
            Column("rows", counts, right=True),
            Column("owner", rows["owner"].to_list(), spare=2),
            Column("a row is", rows["description"].to_list(), wraps=True),
        ],
    )


def _retired(lake: Reader) -> pl.DataFrame:
    old = [
        (name, "retired", rows, None, None, "Declared no longer.")
        for one in retired(Work(lake.store, lake.catalog))
        for name, rows in sorted(one.tables.items())
    ]
    return pl.DataFrame(old, schema=TABLES, orient="row")


def _count(lake: Reader, row: dict[str, Any]) -> str:
    if row["rows"] is not None:
        return f"{row['rows']:,}"
    if row["kind"] == "view":
        return ""
    return DAMAGED if lake.store.exists(row["table"]) else "–"
