"""SQL over all tables by their names."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.lake.errors import QueryError
from mega_toys.lake.sql import Database, save
from mega_toys_tests.lakes import Lake, needed_for

EVENT = {
    "event_id": "e1", "client_id": "c", "ts": "2026-03-10T12:00:00.5Z", "event_name": "page_view",
    "device": "mobile", "value": "12.3456",
}  # fmt: skip


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("lake"), needed_for("commerce.gold.funnel_daily"))
    lake.send("commerce/web_events/2026-03-10/it's a.ndjson", EVENT, EVENT | {"device": "tv"})
    lake.refresh()
    return lake


def asked(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    return Database.of(lake.store, lake.catalog, query).answer(query).rows()


def test_values_come_out_in_their_types(lake: Lake) -> None:
    found = asked(lake, "SELECT day, ts, value, quantity FROM commerce.silver.web_events")

    at = dt.datetime(2026, 3, 10, 12, 0, 0, 500_000, dt.UTC)
    assert found == [(dt.date(2026, 3, 10), at, Decimal("12.3456"), None)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT sessions FROM commerce.gold.funnel_daily",
        "select SESSIONS from COMMERCE.GOLD.FUNNEL_DAILY",
        'SELECT sessions FROM "commerce"."gold"."funnel_daily"',
        "SELECT f.sessions FROM commerce.gold.funnel_daily f JOIN Commerce.Silver.Sessions s "
        "ON f.day = s.day",
        "WITH x AS (FROM commerce.gold.funnel_daily) SELECT sessions FROM x",
    ],
)
def test_names_are_found_in_any_case(lake: Lake, query: str) -> None:
    assert asked(lake, query) == [(1,)]


def test_the_lake_s_own_tables_and_the_quarantine_can_be_asked(lake: Lake) -> None:
    assert asked(lake, "SELECT status, rows FROM lake.files") == [("loaded", 2)]
    rules = asked(lake, "SELECT unnest(rules) FROM commerce.quarantine.web_events")
    assert rules == [("device_is_valid",)]


def test_an_empty_table_has_its_columns_and_types(lake: Lake, tmp_path: Path) -> None:
    empty = Lake(tmp_path, lake.catalog)
    empty.refresh()
    query = "SELECT * FROM commerce.silver.web_events"

    found = Database.of(empty.store, empty.catalog, query).answer(query)

    assert found.is_empty()
    assert found.schema == lake.catalog["commerce.silver.web_events"].schema


def test_only_rows_of_the_newest_version_are_seen(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.web_events"))
    path = "commerce/web_events/2026-03-10/a.ndjson"
    lake.send(path, EVENT, EVENT | {"event_id": "e2"})
    lake.refresh()
    lake.send(path, EVENT | {"event_id": "e3"})
    lake.refresh()

    assert asked(lake, "SELECT event_id FROM commerce.silver.web_events") == [("e3",)]


@pytest.mark.parametrize("query", ["SELEC 1", "SELECT x FROM lake.files", "FROM nope.gold.x", ";;"])
def test_what_cannot_be_answered_is_refused_in_duckdb_s_words(lake: Lake, query: str) -> None:
    with pytest.raises(QueryError, match=r".+"):
        asked(lake, query)


def test_a_format_without_a_writer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"\.xlsx"):
        save(pl.DataFrame({"a": [1]}), tmp_path / "a.xlsx")


def test_the_ending_may_be_in_any_case(tmp_path: Path) -> None:
    save(pl.DataFrame({"a": [1]}), tmp_path / "A.CSV")

    assert (tmp_path / "A.CSV").read_text() == "a\n1\n"
