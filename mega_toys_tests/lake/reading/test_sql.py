"""SQL over all tables by their names."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import QueryError
from mega_toys.lake.reading.saved import save
from mega_toys.lake.reading.sql import MOST_ASKED, Asked, Database
from mega_toys_tests.lakes import Lake, needed_for
from mega_toys_tests.quick import few_quick

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


def test_a_view_brings_the_views_and_tables_that_it_is_made_of(lake: Lake) -> None:
    views = {
        "commerce.semantic.all_visits": "FROM commerce.semantic.some_of_them",
        "commerce.semantic.some_of_them": "SELECT day, sessions FROM commerce.gold.funnel_daily",
        "commerce.semantic.total": "SELECT sum(sessions) FROM commerce.semantic.all_visits",
    }
    query = "FROM commerce.semantic.total"

    found = Database.of(lake.store, Catalog(lake.catalog, views), query).answer(query)

    assert found.rows() == [(1,)]


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


def test_who_asks_again_asks_the_same_database_until_a_table_was_written_to(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for("commerce.silver.web_events"))
    path, query = "commerce/web_events/2026-03-10/a.ndjson", "FROM commerce.silver.web_events"
    lake.send(path, EVENT)
    lake.refresh()
    connections: Asked = {}
    first = Database.of(lake.store, lake.catalog, query, asked=connections)
    again = Database.of(lake.store, lake.catalog, f"SELECT 1 {query}", asked=connections)
    assert again.connection is first.connection

    lake.send(path, EVENT | {"event_id": "e3"})
    Lake(tmp_path, lake.catalog).refresh()

    then = Database.of(lake.store, lake.catalog, query, asked=connections)
    assert then.answer(query)["event_id"].to_list() == ["e3"]
    for table in ("lake.files", "lake.days", "lake.received", "lake.accepted"):
        Database.of(lake.store, lake.catalog, f"FROM {table}", asked=connections)
    assert len(connections) == MOST_ASKED


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


REFUSED = [
    "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'",
    "FROM read_text('/etc/hostname')", "FROM glob('/*')", "FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('{file}')", "SELECT * FROM '{file}'",
    "FROM parquet_metadata('{file}')",
    "WITH \"{file}\" AS (SELECT 1) SELECT * FROM \"{file}\"",
    "SELECT (SELECT content FROM read_text('/etc/hostname'))",
    "WITH x AS (FROM read_text('/etc/hostname')) FROM x",
    "COPY (SELECT 1) TO '{out}'", "COPY lake.files TO '{out}'", "EXPORT DATABASE '{out}'",
    "ATTACH '{out}' AS x", "USE commerce", "INSTALL httpfs", "LOAD httpfs", "SET threads = 1",
    "RESET threads", "PRAGMA version", "PRAGMA database_list", "CALL duckdb_settings()",
    "FROM duckdb_settings()", "FROM duckdb_secrets()", "FROM duckdb_views()", "FROM pg_settings",
    "FROM pg_catalog.pg_settings", "FROM information_schema.tables", "FROM sqlite_master",
    "SELECT current_setting('temp_directory')", "SELECT 'HOME'.getenv()", "SELECT getenv('HOME')",
    "SELECT main.current_setting('threads')", "SELECT getvariable('x')", "SHOW DATABASES",
    "FROM query('SELECT 1')", "FROM query_table('{file}')", "FROM query_table(['duckdb_settings'])",
    "FROM histogram('/etc/passwd', x)", "SELECT write_log('x')", "SELECT sleep_ms(1)",
    "SELECT pg_get_viewdef(1)", "CREATE TABLE x AS SELECT 1", "CREATE MACRO f() AS 1",
    "DROP VIEW commerce.gold.funnel_daily", "INSERT INTO lake.files VALUES (1)", "EXPLAIN SELECT 1",
    "PREPARE x AS SELECT 1", "EXECUTE x", "CHECKPOINT", "VACUUM", "BEGIN",
    "IMPORT DATABASE '{out}'",
    "SELECT 1; COPY (SELECT 1) TO '{out}'", "FROM json_execute_serialized_sql('x')",
    "DESCRIBE '/etc/passwd'", "SUMMARIZE '{file}'", "FROM rows_of_python",
    "CREATE SECRET (TYPE s3)",
    "FROM pragma_table_info('lake.files')", "FROM python_map_function(1)", "FROM test_all_types()",
    "SELECT * FROM commerce.gold.funnel_daily, LATERAL (FROM read_blob('/etc/hostname'))",
    "SELECT 1 ORDER BY (SELECT count(*) FROM read_text('/etc/hostname'))",
    "SELECT 1 WHERE EXISTS (FROM read_text('/etc/hostname'))",
    "SELECT list_transform([1], lambda x: current_setting('threads'))",
    "FROM enable_logging()", "FROM force_checkpoint()", "FROM which_secret('x', 's3')",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("query", few_quick(REFUSED), ids=lambda query: query[:50])
def test_a_query_reaches_nothing_but_tables(query: str, lake: Lake, tmp_path: Path) -> None:
    rows_of_python = pl.DataFrame({"a": [1]})
    assert rows_of_python.height
    file = next(Path(lake.store.root).rglob("funnel_daily/**/*.parquet"))

    with pytest.raises(QueryError, match=r"--unconfined|at a time|depth"):
        asked(lake, query.replace("{file}", str(file)).replace("{out}", str(tmp_path / "out")))

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("query", ["FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd'"])
def test_files_are_out_of_reach_also_for_what_gets_past_the_look_at_the_query(
    query: str, lake: Lake
) -> None:
    connection = Database.of(lake.store, lake.catalog, "lake.files").connection.cursor()

    with pytest.raises(duckdb.Error):
        connection.sql(query).fetchall()
    told = connection.execute("SELECT current_setting('python_enable_replacements')").fetchone()
    assert told == (False,)
    with pytest.raises(duckdb.Error):
        connection.execute("SET enable_external_access = true")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT unnest(generate_series(1, 2))", [(1,), (2,)]),
        ("FROM range(2)", [(0,), (1,)]),
        ("WITH x AS (SELECT 1 AS a), y AS (FROM x) SELECT a + 1 FROM y", [(2,)]),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) "
         "SELECT max(i) FROM n", [(3,)]),
        ("SELECT count(*) FROM (DESCRIBE lake.files)", [(13,)]),
        ("SELECT list_transform([1], lambda x: x + 1)[1]", [(2,)]),
        ("FROM (VALUES ('[1]')) t(j), json_each(j) SELECT value", [("1",)]),
    ],
)  # fmt: skip
def test_what_asks_nothing_but_tables_and_values_is_answered(
    query: str, rows: list[Any], lake: Lake
) -> None:
    assert asked(lake, query) == rows


def test_unconfined_reaches_files(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    query = f"SELECT a FROM '{tmp_path / 'a.csv'}'"

    database = Database.of(lake.store, lake.catalog, query, confined=False)

    assert database.answer(query).rows() == [(1,)]


WIDE = [
    (f"{2**128 - 1}::UHUGEINT", f"{2**128 - 1}"),
    (f"{2**127 - 1}::HUGEINT", f"{2**127 - 1}"),
    ("1" * 60, "1" * 60),
    ("INTERVAL 1 MONTH", "1 month"),
    ("'101'::BIT", "101"),
    ("map {'a': 1}", "{a=1}"),
    ("union_value(n := 1)", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), WIDE)
def test_values_that_polars_has_not_are_told_as_text(value: str, text: str, lake: Lake) -> None:
    assert asked(lake, f"SELECT 1 AS a, {value} AS a") == [(1, text)]


@pytest.mark.parametrize("day", ["'infinity'::DATE", "'290000-01-01'::TIMESTAMPTZ"])
def test_a_day_beyond_every_calendar_is_refused(day: str, lake: Lake) -> None:
    with pytest.raises(QueryError, match="CAST"):
        asked(lake, f"SELECT {day} AS x")


@pytest.mark.parametrize("ending", [".csv", ".json", ".parquet"])
def test_bytes_are_written_in_every_format(ending: str, lake: Lake, tmp_path: Path) -> None:
    query = "SELECT '\\xAA\\x00'::BLOB AS x, ['\\xAB'::BLOB] AS y"
    path = tmp_path / f"a{ending}"

    save(Database.of(lake.store, lake.catalog, query).answer(query), path)

    wanted = b"\xaa\x00" if ending == ".parquet" else b"aa00"
    assert wanted in path.read_bytes()
