"""The same story by files and by a database is the same silver and gold."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from mega_toys.address import Address
from mega_toys.declared.source import System
from mega_toys.declared.table import Bronze
from mega_toys.operations.pulling import Asked, pull
from mega_toys.simulator import simulate
from mega_toys_tests.lakes import Lake, copied, files_below, needed_for
from mega_toys_tests.sources.servers import CANARY, Server

pytestmark = pytest.mark.slow
GOLD = "manufacturing.gold.oee_daily"
PULLED = ("manufacturing.bronze.downtimes", "manufacturing.bronze.production_orders")
TYPES = {"int": "bigint", "number": "numeric", "time": "timestamptz", "text": "text"}


def put(rows: pl.DataFrame, table: Bronze, server: Server) -> None:
    """Bring a table to where these versions leave it, as the system itself would."""
    source, names = str(table.dataset.source).split(": ")[1], list(table.fields)
    typed = [f"{name} {TYPES[field.type]}" for name, field in table.fields.items()]
    server.sql(
        f"CREATE TABLE IF NOT EXISTS {source} ({', '.join(typed)}, PRIMARY KEY ({table.key[0]}))",
        f"GRANT SELECT ON {source} TO reader",
    )
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    versions = [
        ", ".join("NULL" if one is None else f"'{one}'" for one in row)
        for row in rows.select(names).iter_rows()
    ]
    server.sql(
        *(
            f"INSERT INTO {source} VALUES ({values}) ON CONFLICT ({table.key[0]}) DO UPDATE SET "
            f"{changes}"
            for values in versions
        )
    )


def test_what_a_database_told_day_by_day_is_as_the_files_told_it(
    postgres: Server, tmp_path: Path
) -> None:
    tables = needed_for(GOLD)
    by_files, pulled = Lake(tmp_path / "files", tables), Lake(tmp_path / "pulled", tables)
    simulate(by_files.landing, days=2, until=dt.date(2026, 3, 12), scale=0.001, seed=7, faults=0)
    by_files.refresh()
    bronze = [table for table in tables.bronze if str(table.name) in PULLED]
    folders = [f"{table.name.domain}/{table.name.table}/" for table in bronze]
    rest = [p for p in files_below(by_files.landing) if not str(p).startswith(tuple(folders))]
    copied(by_files.landing, pulled.landing, rest)
    postgres.sql("DROP SCHEMA IF EXISTS mes CASCADE", "CREATE SCHEMA mes")
    postgres.sql("GRANT USAGE ON SCHEMA mes TO reader")
    (tmp_path / "password").write_text(CANARY)
    address = Address(postgres.url, tmp_path / "password")

    days = sorted(set(by_files.rows(PULLED[1], "_landed_on")["_landed_on"]))
    for day in days:
        for table in bronze:
            came = by_files.rows(str(table.name)).filter(pl.col("_landed_on") == day)
            put(came.sort("_file", "_row"), table, postgres)
        asked = [
            Asked(table, table.dataset.source, address, pulled.zone)
            for table in bronze
            if isinstance(table.dataset.source, System)
        ]
        assert [one.error for one in pull(asked)] == ["", ""]
    pulled.refresh()

    for name in (*(f"manufacturing.silver.{p.rpartition('.')[2]}" for p in PULLED), GOLD):
        columns = [column for column in tables[name].columns if not column.startswith("_")]
        told, same = (
            lake.rows(name).select(columns).sort(tables[name].key) for lake in (by_files, pulled)
        )
        assert told.height > 10
        is_exact = name != GOLD  # in which numbers were added up in another order
        assert_frame_equal(same, told, check_exact=is_exact, rel_tol=1e-12, abs_tol=0)
