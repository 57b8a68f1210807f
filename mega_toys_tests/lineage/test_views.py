"""What the columns of views in SQL come from, by the plan that DuckDB makes of them.

They ask two tables that every lake keeps: accounts `a`, and what was received, `r`.
"""

import datetime as dt

import duckdb
import polars as pl
import pytest

from mega_toys import domains
from mega_toys.declared.catalog import Catalog, tables_in
from mega_toys.declared.errors import LineageError
from mega_toys.lake.own.accounts import ACCOUNTS, RECEIVED
from mega_toys.lineage.graph import Lineage
from mega_toys.lineage.origins import Origins, Source
from mega_toys.lineage.views import read

VIEW, OTHER = "shop.semantic.asked", "shop.semantic.other"
A, R = "lake.row_accounts", "lake.received"
CASES = {
    "a sum of two": (f"SELECT received + accepted AS n FROM {A}", {"n": "a.accepted a.received |"}),
    "a filter": (
        f"SELECT accepted FROM {A} WHERE received > 3",
        {"accepted": "a.accepted | a.received:filter"},
    ),
    "a group": (
        f"SELECT day, max(accepted) FILTER (received > 1) AS n, count(*) AS m FROM {A} GROUP BY 1",
        {
            "day": "a.day |",
            "n": "a.accepted | a.day:group a.received:filter",
            "m": "| a.day:group",
        },
    ),
    "a group in order": (
        f"SELECT string_agg(\"table\", ',' ORDER BY accepted) AS n FROM {A}",
        {"n": "a.table | a.accepted:sort"},
    ),
    "a case": (
        f"SELECT CASE WHEN day = DATE '2026-01-01' THEN received ELSE accepted END AS n FROM {A}",
        {"n": "a.accepted a.day a.received |"},
    ),
    "a window": (
        f"SELECT sum(accepted) OVER (PARTITION BY \"table\" ORDER BY day) AS n FROM {A}",
        {"n": "a.accepted | a.day:window a.table:window"},
    ),
    "the first of each": (
        f"SELECT accepted FROM {A} QUALIFY row_number() OVER (PARTITION BY day ORDER BY received) "
        "= 1",
        {"accepted": "a.accepted | a.day:window a.received:window"},
    ),
    "a join": (
        f"SELECT a.accepted, r.received AS n FROM {A} AS a JOIN {R} AS r USING (day)",
        {
            "accepted": "a.accepted | a.day:join r.day:join",
            "n": "r.received | a.day:join r.day:join",
        },
    ),
    "a join by what is more": (
        f"SELECT a.accepted FROM {A} AS a LEFT JOIN {R} AS r ON a.received < r.received",
        {"accepted": "a.accepted | a.received:join r.received:join"},
    ),
    "the newest before": (
        f"SELECT r.received AS n FROM {A} AS a ASOF JOIN {R} AS r ON a.day >= r.day",
        {"n": "r.received | a.day:join r.day:join"},
    ),
    "rows of another": (
        f"SELECT accepted FROM {A} WHERE day IN (SELECT day FROM {R} WHERE received > 2)",
        {"accepted": "a.accepted | a.day:filter+join r.day:filter+join r.received:filter"},
    ),
    "one value of all": (
        f"SELECT accepted, (SELECT max(received) FROM {R}) AS n FROM {A}",
        {"accepted": "a.accepted |", "n": "r.received |"},
    ),
    "one value a row": (
        f"SELECT (SELECT max(r.received) FROM {R} AS r WHERE r.day = a.day) AS n FROM {A} AS a",
        {"n": "r.received | a.day:join r.day:filter+group+join"},
    ),
    "rows below each other": (
        f"SELECT accepted AS n FROM {A} UNION ALL SELECT received FROM {R}",
        {"n": "a.accepted r.received |"},
    ),
    "rows that the other has not": (
        f"SELECT day FROM {A} EXCEPT ALL SELECT day FROM {R}",
        {"day": "a.day | r.day:filter"},
    ),
    "each once, in order": (
        f"SELECT DISTINCT ON (day) accepted FROM {A} ORDER BY day, received LIMIT 2",
        {"accepted": "a.accepted | a.day:group+sort a.received:sort"},
    ),
    "named parts": (
        f"WITH p AS (SELECT day, accepted FROM {A}), q AS (SELECT day, accepted FROM p) "
        "SELECT q.accepted FROM q JOIN p ON p.day = q.day AND p.accepted > 1",
        {"accepted": "a.accepted | a.day:join"},
    ),
    "a part made of itself": (
        f"WITH RECURSIVE t AS (SELECT received AS n, accepted AS m FROM {A} UNION ALL "
        "SELECT m, n FROM t WHERE m > n + 9) SELECT n FROM t",
        {"n": "a.accepted a.received |"},
    ),
    "a row for each of a list": (
        f"SELECT unnest(range(accepted)) AS n FROM {A}",
        {"n": "a.accepted |"},
    ),
    "a function of each of a list": (
        f"SELECT list_transform([accepted], lambda x: x + received) AS n FROM {A}",
        {"n": "a.accepted a.received |"},
    ),
    "what stands in the query": (
        f"SELECT v.n, accepted FROM (VALUES (1), (2)) AS v(n), {A}",
        {"n": "|", "accepted": "a.accepted |"},
    ),
    "columns of values": (
        f"PIVOT {A} ON day IN (DATE '2026-01-01') USING sum(accepted) AS n GROUP BY \"table\"",
        {"table": "a.table |", "2026-01-01_n": "a.accepted | a.day:filter a.table:group"},
    ),
}  # fmt: skip


def catalog(**views: str) -> Catalog:
    return Catalog([], {f"shop.semantic.{name}": sql for name, sql in views.items()})


@pytest.mark.parametrize(("sql", "wanted"), CASES.values(), ids=CASES.keys())
def test_a_column_of_a_view_comes_from(sql: str, wanted: dict[str, str]) -> None:
    found = read(VIEW, catalog(asked=sql))

    assert {name: _said(origins) for name, origins in found.items()} == wanted


def _said(origins: Origins) -> str:
    values = " ".join(sorted(map(_short, origins.values)))
    rows = sorted(f"{_short(one)}:{'+'.join(sorted(by))}" for one, by in origins.rows.items())
    return f"{values} | {' '.join(rows)}".strip()


def _short(source: Source) -> str:
    return f"{ {A: 'a', R: 'r'}.get(source.frame, source.frame) }.{source.column}"


@pytest.mark.parametrize("sql", [sql for sql, _ in CASES.values()], ids=CASES.keys())
def test_no_other_column_of_an_input_changes_what_a_view_gives(sql: str) -> None:
    """Values of each input column are changed in turn: what changes in the answer was told."""
    told = read(VIEW, catalog(asked=sql))
    before = _answer(sql, _ROWS)

    for table, rows in _ROWS.items():
        for column in rows.columns:
            after = _answer(sql, _ROWS | {table: rows.with_columns(_otherwise(rows[column]))})
            for name in before.columns:
                is_other = not after[name].sort().equals(before[name].sort())
                assert not is_other or Source(table, column) in told[name].all, (name, column)


_DAY = dt.date(2026, 1, 1)
_ROWS = {
    A: pl.DataFrame(
        {
            "table": ["p", "q", "p", "q"],
            "day": [_DAY, _DAY, dt.date(2026, 1, 2), dt.date(2026, 1, 3)],
            "received": [9, 1, 5, 4],
            "accepted": [1, 2, 4, 3],
            "duplicates": [8, 0, 0, 0],
            "quarantined": [0, 0, 1, 1],
        },
        schema=ACCOUNTS.schema,
    ),
    R: pl.DataFrame(
        {
            "table": ["p", "q", "q"],
            "landed_on": [_DAY] * 3,
            "day": [_DAY, dt.date(2026, 1, 2), dt.date(2026, 1, 2)],
            "file_group": ["csv", "csv", "json"],
            "received": [9, 1, 3],
        },
        schema=RECEIVED.schema,
    ),
}


def _otherwise(values: pl.Series) -> pl.Series:
    """Each value is another one, and they stand in another order."""
    if values.dtype == pl.String:
        return values + "x" + pl.Series(range(values.len())).cast(pl.String)
    by = pl.Series([7 * (1 + at % 2) for at in range(values.len())])
    return values.dt.offset_by(by.cast(pl.String) + "d") if values.dtype == pl.Date else 20 - values


def _answer(sql: str, rows: dict[str, pl.DataFrame]) -> pl.DataFrame:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS lake")
        for name, those in rows.items():
            connection.register("rows_of_it", those)
            connection.execute(f"CREATE TABLE {name} AS FROM rows_of_it")
        return connection.sql(sql).pl()


def test_a_view_of_a_view_comes_from_its_columns() -> None:
    found = read(VIEW, catalog(asked=f"SELECT n + 1 AS m FROM {OTHER}",
                               other=f"SELECT received AS n FROM {A}"))  # fmt: skip

    assert found == {"m": Origins(frozenset({Source(OTHER, "n")}))}


REFUSED = {
    "a column that is not there": (f"SELECT recieved FROM {A}", "has no plan: .*recieved"),
    "a kind of node": (f"SELECT accepted FROM {A} POSITIONAL JOIN {R}", "the plan node `LOGICAL_P"),
    "a function of rows": (
        f"SELECT g.* FROM {A} AS a, LATERAL (SELECT * FROM generate_series(1, a.accepted)) AS g",
        "has the ",
    ),
    "itself": (f"SELECT n FROM {OTHER}", f"itself among what it is made of, by {VIEW} and {OTHER}"),
}


@pytest.mark.parametrize(("sql", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_is_refused_by_its_name(sql: str, why: str) -> None:
    with pytest.raises(LineageError, match=f"The view {VIEW} has .*{why}|The view {VIEW} {why}"):
        read(VIEW, catalog(asked=sql, other=f"SELECT 1 AS n FROM {VIEW}"))


def test_every_column_of_every_view_is_known_and_comes_from_columns_that_there_are() -> None:
    lineage = Lineage(tables_in(domains))

    for name in lineage.catalog.views:
        found = lineage.named(name)
        assert any(origins.values for origins in found.values()), name
        for source in {one for origins in found.values() for one in origins.all}:
            assert source.frame.startswith("lake.") or source in lineage.every, (name, source)
