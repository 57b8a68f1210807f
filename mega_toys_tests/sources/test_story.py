"""The same story by files and by databases is the same silver and gold."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import mega_toys.domains
from mega_toys.address import Address
from mega_toys.declared.catalog import tables_in
from mega_toys.operations.pulling import asked, pull
from mega_toys.simulator import simulate
from mega_toys.toy_systems.filling import Told, filling
from mega_toys.toy_systems.told import NOTES
from mega_toys_tests.lakes import Lake
from mega_toys_tests.sources.servers import CANARY, MariaDb, Server
from mega_toys_tests.sources.topics import no_topics

pytestmark = pytest.mark.slow
TABLES = tables_in(mega_toys.domains)
UNTIL, DAYS = dt.date(2026, 3, 12), 2
CUSTOMERS = "commerce/customers"
SMALL = {"scale": 0.001, "seed": 7, "faults": 0}


@pytest.fixture
def systems(
    postgres: Server, mariadb: MariaDb, mongodb: int, kafka: int, tmp_path: Path
) -> dict[str, Address]:
    """The systems of the toy company, each of the kind that it has."""
    (tmp_path / "password").write_text(CANARY)
    no_topics(kafka, "iot.machine_telemetry", "web.events", NOTES)
    postgres.sql("DROP SCHEMA IF EXISTS mes CASCADE")
    mariadb.sql("DROP SCHEMA IF EXISTS erp", "DROP SCHEMA IF EXISTS dw")
    mariadb.sql(f"CREATE OR REPLACE USER toys IDENTIFIED BY '{CANARY}'", "GRANT ALL ON *.* TO toys")
    owned = Address(mariadb.url.replace("reader", "toys"), tmp_path / "password")
    return {
        "shop": Address(f"mongodb://127.0.0.1:{mongodb}"),
        "mes": Address(postgres.url.replace("reader", "postgres"), tmp_path / "password"),
        "erp": owned,
        "dw": owned,
        "iot": Address(f"kafka://127.0.0.1:{kafka}"),
        "web": Address(f"kafka://127.0.0.1:{kafka}"),
    }


def test_what_systems_told_day_by_day_is_as_the_files_told_it(
    systems: dict[str, Address], tmp_path: Path
) -> None:
    by_files, pulled = Lake(tmp_path / "files", TABLES), Lake(tmp_path / "pulled", TABLES)
    simulate(by_files.landing, days=DAYS, until=UNTIL, **SMALL)
    by_files.refresh()
    for before in reversed(range(DAYS)):
        with filling(systems, systems, TABLES.bronze, "seed 7") as told:
            seen = told | {CUSTOMERS: _seen_at_first(told[CUSTOMERS], systems, pulled)}
            until = UNTIL - dt.timedelta(days=before)
            simulate(pulled.landing, days=1, until=until, systems=seen, **SMALL)
        done = pull(asked(TABLES, systems, pulled.zone))
        assert [(one.error, one.rows > 0) for one in done] == [("", True)] * len(told)
    pulled.refresh()

    for table in TABLES:
        if table.kind not in ("bronze", "counted"):  # which count deliveries
            columns = [column for column in table.columns if not column.startswith("_")]
            expected, same = (
                lake.rows(str(table.name)).select(columns).sort(table.key)
                for lake in (by_files, pulled)
            )
            assert expected.height, table.name
            assert_frame_equal(same, expected, check_exact=True)


def _seen_at_first(told: Told, systems: dict[str, Address], lake: Lake) -> Callable[..., int]:
    """What is told first is pulled before the rest: a mark shows only the last version of a key."""

    def tell(rows: pl.DataFrame) -> int:
        is_first = pl.col("_at") == pl.col("_at").min()
        told(rows.filter(is_first))
        pull(asked(TABLES, systems, lake.zone, [CUSTOMERS.replace("/", ".bronze.")]))
        return told(rows.filter(~is_first))

    return tell
