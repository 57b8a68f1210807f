"""How quarantined records are printed."""

import datetime as dt
import json
from typing import Any

import polars as pl
from rich.markup import escape

from mega_toys.command.options import none_is_so
from mega_toys.command.showing import frame
from mega_toys.command.terminal import console
from mega_toys.declared.words import counted


def print_records(rows: pl.DataFrame, day: dt.date | None) -> None:
    """Records as they were received: on a terminal each with its reasons, else as a table.

    `day` is the one that was asked for.
    """
    if console.is_terminal:
        for one in rows.iter_rows(named=True):
            _print(one)
        said = f"{counted(rows.height, 'record')}."
        console.print(said if rows.height else none_is_so(day))
        return
    columns = ["day", "status", "rules", "reasons", "record", "_file", "_row", "by"]
    texts = {"rules": ", ", "reasons": " "}
    joined = rows.with_columns(rows[name].list.join(by) for name, by in texts.items())
    frame(console, joined.select(columns), rows.height)


def _print(row: dict[str, Any]) -> None:
    stands = row["status"] + (f" ({row['by']})" if row["by"] else "")
    place = f"[bold]{escape(row['_file'])}[/] row {row['_row']}"
    days = f"landed {row['_landed_on']}"
    days += "" if row["day"] == row["_landed_on"] else f", business day {row['day']}"
    console.print(f"{place}, {days}, {escape(stands)}", highlight=False, soft_wrap=True)
    for reason in row["reasons"]:
        console.print(f"  [yellow]•[/] {escape(reason)}", highlight=False, soft_wrap=True)
    record = json.loads(row["record"])
    told = json.dumps(record, ensure_ascii=False) if isinstance(record, dict) else record
    console.print(f"  [dim]{escape(told)}[/]\n", highlight=False, soft_wrap=True)
