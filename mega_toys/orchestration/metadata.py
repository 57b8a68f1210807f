"""What Dagster shows of a table: its schema, its place, its rows, its checks."""

import datetime as dt
from typing import Any

import dagster as dg
import polars as pl

from mega_toys.lake.checks import Found
from mega_toys.lake.days import listed, said
from mega_toys.lake.table import Table
from mega_toys.lake.work import Outcome, Work


def described(table: Table, uri: str) -> dict[str, Any]:
    """The metadata of a definition: column schema, address, name."""
    return {
        "dagster/column_schema": dg.TableSchema(columns=_columns(table)),
        "dagster/uri": uri,
        "dagster/table_name": str(table.name),
    }


def _columns(table: Table) -> list[dg.TableColumn]:
    key = set(table.rows.primary_key())
    return [
        dg.TableColumn(
            name=name,
            type=str(column.dtype),
            description=column.description,
            constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=key == {name}),
            tags={"privacy": (column.metadata or {}).get("privacy", "internal")},
        )
        for name, column in table.rows.columns().items()
    ]


def of_table(table: Table, work: Work) -> dict[str, Any]:
    """The metadata of a table as a whole."""
    rows = work.store.scan(table.name).select(pl.len()).collect().item()
    return {"dagster/row_count": int(rows), "version": work.store.version(table.name)}


def of_days(table: Table, days: set[dt.date], work: Work) -> dict[dt.date, dict[str, Any]]:
    """The metadata of some days of a table: rows of the day, rows of the table."""
    rows = work.store.rows_by_day(work.stored(table))
    total = sum(rows.values())
    return {
        day: {"dagster/partition_row_count": rows.get(day, 0), "dagster/row_count": total}
        for day in sorted(days)
    }


def of_outcome(outcome: Outcome) -> dict[str, Any]:
    """What the run did to the table."""
    return {
        "days changed": said(outcome.days) or "none",
        "days unchanged": said(outcome.unchanged) or "none",
        **outcome.accounts,
    }


def of_check(found: Found, outcome: Outcome) -> dict[str, Any]:
    """The numbers and examples of a check's result."""
    shown: dict[str, Any] = {"found": found.rows, "days": said(outcome.days) or "none"}
    shown |= found.numbers
    if found.not_looked_at:
        left = listed(found.not_looked_at)
        shown["found earlier, not looked at since"] = said(left)
    if found.by_day:
        by_day = [dg.TableRecord({"day": str(d), "found": n}) for d, n in found.by_day.items()]
        shown["found by day"] = dg.MetadataValue.table(by_day)
    if found.examples:
        records = [
            dg.TableRecord({name: _plain(value) for name, value in example.items()})
            for example in found.examples
        ]
        shown["examples"] = dg.MetadataValue.table(records)
    return shown


def _plain(value: object) -> str | int | float | bool | None:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
