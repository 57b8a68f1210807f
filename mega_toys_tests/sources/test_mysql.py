"""What is pulled from a real MariaDB."""

from contextlib import closing
from dataclasses import dataclass, replace
from getpass import getuser
from pathlib import Path
from typing import Any

import pymysql
import pytest

from mega_toys.declared.source import Export, Mark, System
from mega_toys.operations.pulling import pull, waiting
from mega_toys.sources import batches
from mega_toys.sources import mysql as module
from mega_toys_tests.dying import ending_at
from mega_toys_tests.sources.clients import Crm
from mega_toys_tests.sources.servers import CANARY, MariaDb

pytestmark = pytest.mark.slow
COLUMNS = "client_id bigint PRIMARY KEY, name text, updated_at timestamp(6) NULL DEFAULT now(6)"
MANY = 2_000


@dataclass(frozen=True)
class Clients(Crm):
    """A table of MariaDB's."""

    def create(self, columns: str = COLUMNS) -> "Clients":
        """Make the table anew, which the reader may read."""
        self.server.sql(
            "DROP DATABASE IF EXISTS crm",
            "CREATE DATABASE crm CHARACTER SET utf8mb4",
            f"CREATE TABLE crm.clients ({columns})",
            "GRANT SELECT ON crm.clients TO reader@'%'",
        )
        return self


@pytest.fixture
def crm(mariadb: MariaDb, tmp_path: Path) -> Clients:
    return Clients(mariadb, tmp_path).create()


def test_what_is_new_lands_once_and_late_commits_too(crm: Clients) -> None:
    late = pymysql.connect(
        unix_socket=f"{crm.server.folder}/data/s", user=getuser(), database="crm"
    )
    with closing(late), late.cursor() as cursor:
        cursor.execute("INSERT INTO clients (client_id, name) VALUES (1, 'late')")
        crm.server.sql("INSERT INTO crm.clients (client_id, name) VALUES (2, ''), (3, NULL)")
        assert crm.pull().rows == 2
        late.commit()
    assert [one.waits.rows for one in waiting([crm.asked()]) if one.waits] == [1]
    assert crm.pull().rows == 1
    crm.server.sql("UPDATE crm.clients SET name = 'Ben', updated_at = now(6) WHERE client_id = 2")
    assert crm.pull().rows == 1
    before = crm.server.said.count("FROM `crm`.`clients`")
    assert crm.pull().files == []

    assert crm.server.said.count("FROM `crm`.`clients`") == before + 1
    assert sorted(crm.landed().select("client_id", "name").rows(), key=str) == [
        (1, "late"), (2, ""), (2, "Ben"), (3, None),
    ]  # fmt: skip


def test_a_load_that_is_killed_goes_on_where_it_was_also_within_one_mark(
    crm: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_ROWS", 100)
    monkeypatch.setattr(batches, "_MOST_ROWS", 300)
    crm.server.sql(
        "INSERT INTO crm.clients SELECT seq, 'a', timestamp '2026-01-01 00:00:00' + INTERVAL "
        f"least(seq, 900) SECOND FROM crm.seq_1_to_{MANY}",
        "UPDATE crm.clients SET updated_at = NULL WHERE client_id BETWEEN 300 AND 650",
    )

    def end_it(*_: Any) -> None:
        told = "SELECT id FROM information_schema.processlist WHERE user = 'reader'"
        crm.server.sql(*(f"KILL {thread}" for thread in crm.server.sql(told).split()))

    for step in ("pull.read:2", "pull.landed:2", "pull.landed:1"):
        with ending_at(step):
            pull([crm.asked()])
        assert len(crm.ids()) < MANY
    crm.server.sql(
        "INSERT INTO crm.clients SELECT seq, repeat('x', 9000), now(6) "
        f"FROM crm.seq_{MANY + 1}_to_{2 * MANY}"
    )
    (ended,) = pull([crm.asked()], end_it)
    assert ended.error.startswith("crm: crm.clients: Lost connection")
    crm.pull()

    assert crm.ids() == list(range(1, 2 * MANY + 1))


def test_rows_without_a_mark_or_with_one_to_come_land_once_and_keep_none_back(
    mariadb: MariaDb, tmp_path: Path
) -> None:
    zoned = System("crm", "crm.clients", Mark("updated_at"), zone="Europe/Berlin")
    crm = Clients(mariadb, tmp_path, zoned).create("client_id bigint, updated_at datetime(6)")
    crm.server.sql(
        "SET sql_mode = ''",
        "INSERT INTO crm.clients VALUES (1, NULL), (2, '0000-00-00'), (3, '9999-12-31 23:59:59'), "
        "(4, '2026-01-01 12:00'), (5, '2026-03-29 02:30')",
    )
    assert crm.pull().rows == 5
    crm.server.sql("INSERT INTO crm.clients VALUES (6, utc_timestamp(6)), (7, NULL)")
    assert crm.pull().rows == 2
    assert crm.pull().rows == 0

    assert crm.ids() == [1, 2, 3, 4, 5, 6, 7]
    told = dict(crm.landed().select("client_id", "updated_at").iter_rows())
    assert told[2] == "0000-00-00 00:00:00.000000"
    assert told[4] == "2026-01-01 11:00:00.000000+00:00"
    assert told[5] == "2026-03-29 02:30:00.000000"  # an hour that was left out


def test_values_of_every_type_land_exactly(mariadb: MariaDb, tmp_path: Path) -> None:
    crm = Clients(mariadb, tmp_path).create(
        "client_id bigint, updated_at timestamp(6) NULL DEFAULT now(6), n decimal(30, 10), d date, "
        "h time, j json, m enum('gay', 'sad'), b varbinary(99), f double, r float, s varchar(9), "
        "o bool, u bigint unsigned, t bit(4), y year, i uuid"
    )
    crm.server.sql(
        "INSERT INTO crm.clients VALUES (1, '2026-01-02 03:04:05.123456', 12345678901234567890.5, "
        "'2026-02-28', '23:59:59', '{\"a\": [1, 0.10]}', 'sad', repeat(x'00ff', 40), 0.1, 0.5, "
        "'🧸', true, 18446744073709551615, 5, 2026, '8c5f5c4e-0000-0000-0000-00000000000a')",
        "INSERT INTO crm.clients (client_id, s, n) VALUES (2, '', NULL)",
    )
    crm.pull()

    one, two = crm.landed().sort("client_id").drop("client_id").to_dicts()
    assert one == {
        "updated_at": "2026-01-02 03:04:05.123456+00:00", "n": "12345678901234567890.5000000000",
        "d": "2026-02-28", "h": "23:59:59", "j": '{"a": [1, 0.10]}', "m": "sad",
        "b": "AP8A/wD/" * 13 + "AP8=", "f": 0.1, "r": 0.5, "s": "🧸", "o": "true",
        "u": "18446744073709551615", "t": "5", "y": 2026,
        "i": "8c5f5c4e-0000-0000-0000-00000000000a",
    }  # fmt: skip
    assert (two.pop("s"), two.pop("updated_at") is None) == ("", False)
    assert set(two.values()) == {None}


def test_exports_and_marks_that_are_numbers(crm: Clients) -> None:
    whole = replace(crm, source=replace(crm.source, new=Export()))
    by_number = replace(crm, source=replace(crm.source, new=Mark("client_id", overlap=5)))
    crm.server.sql("INSERT INTO crm.clients (client_id) VALUES (1), (2), (9)")
    assert [whole.pull().rows, whole.pull().rows] == [3, 0]
    assert [by_number.pull().rows, by_number.pull().rows] == [3, 0]
    crm.server.sql("INSERT INTO crm.clients (client_id) VALUES (8), (10)")
    assert [whole.pull().rows, by_number.pull().rows] == [5, 2]
    crm.server.sql("DELETE FROM crm.clients")
    assert [len(whole.pull().files), whole.pull().files] == [1, []]


def test_what_a_company_has_wrong_is_one_line_without_the_password(
    crm: Clients, tmp_path: Path, mariadb: MariaDb
) -> None:
    here = f"127.0.0.1:{mariadb.port}"
    (tmp_path / "other").write_text("wr0ng")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"password_file": tmp_path / "other"}, "crm cannot be reached: Access denied"),
        ({"url": "mysql://reader@127.0.0.1:1/crm"}, "Can't connect"),
        ({"url": "mysql://reader@nowhere.invalid/crm"}, "Can't connect"),
        ({"url": f"mysql://reader@{here}/none"}, "Access denied"),
        ({"url": f"mysql://reader@{here}/crm?sslmode=on"}, "its address says `sslmode`"),
    ]
    for told, why in cases:
        error = crm.error(**told)
        assert why in error
        assert "\n" not in error
        assert CANARY not in error

    for change, why in [
        ("ALTER TABLE crm.clients ADD at datetime", "column `at` has local times"),
        ("ALTER TABLE crm.clients DROP at, ADD at point", "column `at` is of type point"),
        ("ALTER TABLE crm.clients DROP at, MODIFY updated_at text", "is of type text"),
        ("ALTER TABLE crm.clients DROP updated_at", "there is no column `updated_at`"),
        ("DROP TABLE crm.clients", "there is no table crm.clients"),
    ]:
        crm.server.sql(change)
        assert why in crm.error()
