"""SQL Server: what it is asked and how its answers land, by a driver that stands for the real one.

There is no server for these tests: what they show ends at the driver, and what it does where it
reaches none.
"""

import datetime as dt
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute  # of `pa.compute`
import pytest

from mega_toys.declared.source import Export, Mark, System
from mega_toys.operations.pulling import pull, waiting
from mega_toys.sources import mssql_session as module
from mega_toys_tests.sources.clients import AnyClients, Crm
from mega_toys_tests.sources.servers import CANARY, Server

mssql_python = pytest.importorskip("mssql_python")
LIBRARIES = "Failed to load the driver. Please read the documentation"
FIRST, SECOND = "2026-01-05 09:00:00.0000000 +01:00", "2026-01-05 09:00:00.1234567 +01:00"
KINDS = {"client_id": "bigint", "name": "nvarchar", "updated_at": "datetimeoffset"}
SELECT = (
    "SELECT CAST([client_id] AS bigint) AS [client_id], [name] AS [name], "
    "CONVERT(varchar(34), [updated_at], 121) AS [updated_at] FROM [crm].[clients]"
)
TEXT = pa.large_string()  # what the driver makes of all texts


@dataclass
class Sql:
    """What a server has, and what it was asked: each query with its parameters."""

    kinds: dict[str, str] = field(default_factory=lambda: dict(KINDS))
    rows: pa.RecordBatch | None = None
    snapshot: int = 1
    asked: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)
    keywords: dict[str, Any] = field(default_factory=dict)

    def answer(self, query: str) -> pa.RecordBatch:
        if "sys.databases" in query:
            clock = ["2026-01-05 09:00:00.0000000"]
            return pa.record_batch({"clock": clock, "snapshot": [self.snapshot]})
        if "sys.columns" in query:
            names = {"name": list(self.kinds), "kind": list(self.kinds.values())}
            return pa.record_batch(names, pa.schema({"name": TEXT, "kind": TEXT}))
        assert self.rows is not None
        if "COUNT_BIG" in query:
            mark = query.rpartition("] FROM")[0].rpartition(" AS [")[2].replace("]]", "]")
            lowest = pa.compute.min(self.rows[mark]).as_py()
            counted = {"counted": [self.rows.num_rows], mark: [lowest]}
            return pa.record_batch(
                counted, pa.schema({"counted": pa.int64(), mark: self.rows[mark].type})
            )
        return self.rows

    @property
    def queries(self) -> list[tuple[str, tuple[object, ...]]]:
        """Those that a table was asked."""
        return [one for one in self.asked if one[0].startswith("SELECT") and "sys." not in one[0]]


@dataclass
class Cursor:
    """The narrow part of a cursor that pulls use."""

    sql: Sql
    left: pa.RecordBatch | None = None

    def execute(self, query: str, *values: object) -> None:
        self.sql.asked.append((query, values))
        self.left = self.sql.answer(query) if query.lstrip().startswith("SELECT") else None

    def arrow_batch(self, rows: int) -> pa.RecordBatch:
        assert self.left is not None
        now, self.left = self.left.slice(0, rows), self.left.slice(rows)
        return now

    def cursor(self) -> "Cursor":
        return self

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def port() -> Iterator[int]:
    """Somebody who takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def sql(monkeypatch: pytest.MonkeyPatch) -> Sql:
    made = Sql()

    def connect(**keywords: Any) -> Cursor:
        made.keywords = keywords
        return Cursor(made)

    monkeypatch.setattr(mssql_python, "connect", connect)
    monkeypatch.setattr(module, "BATCH_ROWS", 2)
    return made


class MsSql(Server):
    """The address of a SQL Server."""

    @property
    def url(self) -> str:
        return f"mssql://reader@127.0.0.1:{self.port}/erp"


@pytest.fixture
def crm(sql: Sql, port: int, tmp_path: Path) -> Crm:
    return Crm(MsSql(port, tmp_path), tmp_path)


def clients(*rows: tuple[int, str | None, str | None]) -> pa.RecordBatch:
    told = zip(*rows, strict=True) if rows else ([], [], [])
    types = {"client_id": pa.int64(), "name": TEXT, "updated_at": TEXT}
    return pa.record_batch(
        [pa.array(column, kind) for column, kind in zip(told, types.values(), strict=True)],
        names=list(types),
    )


def test_what_is_new_lands_once_by_one_query_whose_value_is_a_parameter(crm: Crm, sql: Sql) -> None:
    sql.rows = clients((3, "c", None), (1, "Ada", FIRST), (2, "", SECOND))
    assert [one.waits.rows for one in waiting([crm.asked()]) if one.waits] == [3]
    sql.asked.clear()
    assert crm.pull().rows == 3
    assert sql.queries[1:] == [(f"{SELECT} ORDER BY [updated_at]", ())]

    sql.rows = clients((3, "c", None), (1, "Ada", FIRST), (2, "", SECOND))
    sql.asked.clear()
    assert crm.pull().files == []
    assert sql.queries == [
        (
            f"{SELECT} WHERE [updated_at] >= CAST(CONVERT(datetime2(7), ?, 121) AS "
            "datetimeoffset(7)) OR [updated_at] IS NULL ORDER BY [updated_at]",
            ("2026-01-05 08:50:00",),
        )
    ]
    assert crm.landed().sort("client_id")["updated_at"].to_list() == [FIRST, SECOND, None]


def test_values_of_every_type_land_exactly(crm: Crm, sql: Sql) -> None:
    told: dict[str, tuple[str, pa.DataType, Any, Any]] = {
        "client_id": ("int", pa.int64(), 1, 1),
        "n": ("decimal", TEXT, "12345678901234567890.500", "12345678901234567890.500"),
        "d": ("date", TEXT, "0001-01-01", "0001-01-01"),
        "h": ("time", TEXT, "23:59:59.1234567", "23:59:59.1234567"),
        "l": (
            "datetime2", TEXT, "2026-07-01 12:00:00.1234567",
            "2026-07-01 10:00:00.1234567+00:00",
        ),
        "m": ("smalldatetime", TEXT, "2026-01-01 12:00:00", "2026-01-01 11:00:00.000000+00:00"),
        "u": ("uniqueidentifier", TEXT, "8C5F5C4E-0000-0000-0000-00000000000A",
              "8C5F5C4E-0000-0000-0000-00000000000A"),
        "o": ("bit", pa.bool_(), True, True),
        "b": ("varbinary", pa.large_binary(), b"\x00\xff", "AP8="),
        "x": ("xml", TEXT, "<a>🧸</a>", "<a>🧸</a>"),
        "f": ("float", pa.float64(), 0.1, 0.1),
        "v": ("timestamp", pa.int64(), 2001, 2001),
        "e": ("nvarchar", TEXT, "", ""),
        "updated_at": ("datetimeoffset", TEXT, SECOND, SECOND),
    }  # fmt: skip
    sql.kinds = {name: kind for name, (kind, *_) in told.items()}
    sql.rows = pa.record_batch(
        {name: pa.array([value, None], kind) for name, (_, kind, value, _) in told.items()}
    )
    zoned = replace(crm, source=replace(crm.source, zone="Europe/Berlin"))

    assert zoned.pull().rows == 2

    none, one = zoned.landed().sort("client_id", nulls_last=False).to_dicts()
    assert one == {name: landed for name, (*_, landed) in told.items()}
    assert set(none.values()) == {None}


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("money", "column `paid` is of type money: select it as a decimal in a view"),
        ("smallmoney", "column `paid` is of type smallmoney"),
        ("sql_variant", "column `paid` is of type sql_variant: select it as a text"),
        ("geography", "column `paid` is of type geography"),
        ("datetime", "column `paid` has local times"),
    ],
)
def test_a_column_that_cannot_be_read_exactly_is_named(
    crm: Crm, sql: Sql, kind: str, why: str
) -> None:
    sql.kinds["paid"] = kind

    assert f"crm: crm.clients: {why}" in crm.error()


def test_names_are_quoted_whatever_is_in_them(crm: Crm, sql: Sql) -> None:
    odd = "a]; DROP TABLE b--"
    sql.kinds, sql.rows = {odd: "int"}, pa.record_batch({odd: [1]})
    source = System("crm", "crm.cli]ents", Mark(odd, overlap=1))
    (done,) = pull([replace(crm, source=source, rows=AnyClients).asked()])

    quoted = "[a]]; DROP TABLE b--]"
    assert (done.rows, done.error) == (1, "")
    assert sql.queries == [
        (f"SELECT COUNT_BIG(*) AS counted, MIN(CAST({quoted} AS bigint)) AS {quoted} FROM "
         "[crm].[cli]]ents]", ()),
        (f"SELECT CAST({quoted} AS bigint) AS {quoted} FROM [crm].[cli]]ents] ORDER BY {quoted}",
         ()),
    ]  # fmt: skip
    assert {values for query, values in sql.asked if "sys.columns" in query} == {
        ("[crm].[cli]]ents]", "[crm].[cli]]ents]")
    }


@pytest.mark.parametrize("snapshot", [0, 1])
def test_a_pull_is_one_snapshot_where_the_database_allows_it(
    crm: Crm, sql: Sql, snapshot: int
) -> None:
    sql.rows, sql.snapshot = clients((1, "Ada", FIRST)), snapshot
    crm.pull()

    asked = [query for query, _ in sql.asked]
    assert ("SET TRANSACTION ISOLATION LEVEL SNAPSHOT" in asked) == bool(snapshot)
    assert "SET NOCOUNT ON; SET LOCK_TIMEOUT 30000" in asked


def test_rowversions_are_marks_that_are_asked_for_from_nought_at_least(crm: Crm, sql: Sql) -> None:
    sql.kinds = {"client_id": "int", "v": "timestamp"}
    sql.rows = pa.record_batch({"client_id": [1], "v": [2001]})
    source = replace(crm.source, new=Mark("v", overlap=5000))
    by_version = replace(crm, source=source, rows=AnyClients)
    assert by_version.pull().rows == 1
    assert by_version.pull().rows == 0

    query, values = sql.queries[-1]
    assert "WHERE [v] >= CAST(CAST(? AS bigint) AS binary(8)) OR [v] IS NULL" in query
    assert values == (0,)


def test_marks_of_local_times_are_looked_at_an_hour_more(crm: Crm, sql: Sql) -> None:
    sql.kinds["updated_at"] = "datetime2"
    sql.rows = clients((1, "Ada", "2026-01-05 09:00:00.1234567"))
    zoned = replace(crm, source=replace(crm.source, zone="Europe/Berlin"))
    assert [zoned.pull().rows, zoned.pull().rows] == [1, 0]

    query, values = sql.queries[-1]
    assert "WHERE [updated_at] >= CONVERT(datetime2(7), ?, 121) OR" in query
    assert values == ("2026-01-05 07:50:00.123456",)


def test_an_export_lands_where_its_rows_are_others_and_where_none_are_left(
    crm: Crm, sql: Sql
) -> None:
    whole = replace(crm, source=replace(crm.source, new=Export()))
    sql.rows = clients((2, "b", FIRST), (1, "a", FIRST), (3, "c", None))
    assert [whole.pull().rows, whole.pull().rows] == [3, 0]
    sql.rows = clients()

    assert len(whole.pull().files) == 1
    assert whole.pull().files == []
    assert [pl.read_parquet(path.read_bytes()).height for path in whole.files()] == [3, 0]


def test_a_driver_that_breaks_off_is_told(
    crm: Crm, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_: object) -> None:
        raise RuntimeError(f"Communication\nlink failure {CANARY}")

    monkeypatch.setattr(Cursor, "arrow_batch", break_off)

    assert crm.error() == "crm: crm.clients: Communication link failure …"


def test_a_server_that_stops_in_the_middle_is_told(
    crm: Crm, sql: Sql, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(*_: object) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.recv(1)
        raise RuntimeError("Communication link failure")

    monkeypatch.setattr(Cursor, "arrow_batch", wait)

    error = crm.error(url=f"{crm.server.url}?read_timeout=1")
    assert error == "crm: crm.clients: 127.0.0.1 has said nothing for 1 s (read_timeout)"


def test_an_address_tells_the_driver_how_to_encrypt_and_how_long_to_wait(
    crm: Crm, sql: Sql
) -> None:
    sql.rows = clients((1, "Ada", FIRST))
    here = f"sqlserver://reader@127.0.0.1:{crm.server.port}"
    told = "encrypt=strict&HostnameInCertificate=db&connect_timeout=3"
    assert crm.error(url=f"{here}/erp?{told}") == ""
    assert sql.keywords == {
        "autocommit": True, "timeout": 3, "Server": f"127.0.0.1,{crm.server.port}",
        "UID": "reader", "PWD": CANARY, "Database": "erp", "Encrypt": "strict",
        "HostnameInCertificate": "db", "KeepAlive": "30", "KeepAliveInterval": "10",
    }  # fmt: skip
    assert "its address says `sslmode`, which is none of Encrypt" in crm.error(
        url=f"{here}/erp?sslmode=on"
    )
    three = replace(crm, source=replace(crm.source, object="erp.crm.clients"))
    assert "names a database: say that in the address" in three.error()
    sql.kinds = {}
    assert "there is no table crm.clients, or the reader may not read it" in crm.error()


def test_libraries_that_the_driver_lacks_are_told_with_what_installs_them(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(**_: Any) -> None:
        raise mssql_python.OperationalError("Connection operation failed", LIBRARIES)

    monkeypatch.setattr(mssql_python, "connect", connect)

    assert crm.error().endswith("apt-get install libltdl7 libgssapi-krb5-2")


def test_a_server_that_is_not_there_is_one_line_without_the_password(
    port: int, tmp_path: Path
) -> None:
    crm = Crm(MsSql(port, tmp_path), tmp_path)
    began = dt.datetime.now(dt.UTC)
    for url, why in [
        ("mssql://reader@127.0.0.1:1/erp", "127.0.0.1:1: Connection refused"),
        ("mssql://reader@nowhere.invalid/erp", "nowhere.invalid:1433: Name or service not known"),
        (f"mssql://reader@127.0.0.1:{port}/erp?connect_timeout=1", ""),
    ]:
        error = crm.error(url=url)
        if "apt-get" in error:
            pytest.skip(error)
        assert "crm cannot be reached: " in error
        assert why in error
        assert "\n" not in error
        assert CANARY not in error
    assert dt.datetime.now(dt.UTC) - began < dt.timedelta(seconds=8)
