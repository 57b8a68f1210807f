"""What is pulled from a real PostgreSQL."""

import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mega_toys.declared.sent_as import SentAs
from mega_toys.declared.source import Export, Mark, System
from mega_toys.operations.pulling import Asked, pull, waiting
from mega_toys.sources import batches, postgres
from mega_toys.sources import postgres_session as module
from mega_toys_tests.dying import ending_at
from mega_toys_tests.lake.building.test_deletions import COMPLETE, catalog, midnight
from mega_toys_tests.lakes import Lake
from mega_toys_tests.sources.clients import Crm
from mega_toys_tests.sources.servers import CANARY, Server

pytestmark = pytest.mark.slow
MANY = 2_000


@pytest.fixture
def crm(postgres: Server, tmp_path: Path) -> Crm:
    return Crm(postgres, tmp_path).create()


@pytest.fixture
def many(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Crm:
    """Rows of several files."""
    monkeypatch.setattr(module, "BATCH_BYTES", 4096)
    monkeypatch.setattr(batches, "_MOST_ROWS", 300)
    crm.server.sql(
        "INSERT INTO crm.clients SELECT n, 'client ' || n, timestamptz '2026-01-01' + n / 7 * "
        f"interval '1 s' FROM generate_series(1, {MANY}) n"
    )
    return crm


def test_what_is_new_lands_once_and_changes_land_as_new_versions(crm: Crm) -> None:
    crm.server.sql("INSERT INTO crm.clients VALUES (1, 'Ada'), (2, ''), (3, NULL)")
    assert crm.pull().rows == 3
    assert crm.pull().files == []

    crm.server.sql(
        "UPDATE crm.clients SET name = 'Ben', updated_at = clock_timestamp() WHERE client_id = 2"
    )
    assert crm.pull().rows == 1

    assert crm.landed().select("client_id", "name").rows() == [
        (1, "Ada"), (2, ""), (3, None), (2, "Ben"),
    ]  # fmt: skip


def test_a_row_committed_after_the_pull_that_passed_its_mark_still_lands(crm: Crm) -> None:
    with crm.transaction() as late:
        late.execute("INSERT INTO crm.clients VALUES (1, 'late')")
        crm.server.sql("INSERT INTO crm.clients VALUES (2, 'soon')")
        assert crm.pull().rows == 1
        assert crm.ids() == [2]

    assert [one.waits.rows for one in waiting([crm.asked()]) if one.waits] == [1]
    assert crm.pull().rows == 1
    assert crm.pull().rows == 0
    assert crm.ids() == [1, 2]


def test_a_pull_without_news_asks_the_table_once(crm: Crm) -> None:
    crm.server.sql("INSERT INTO crm.clients VALUES (1, 'Ada')")
    crm.pull()
    before = crm.server.said.count('FROM "crm"."clients"')

    crm.pull()

    assert crm.server.said.count('FROM "crm"."clients"') == before + 1


def test_rows_without_a_mark_or_with_one_to_come_land_once_and_keep_none_back(crm: Crm) -> None:
    crm.server.sql(
        "INSERT INTO crm.clients VALUES (1, 'none', NULL), (2, 'ever', 'infinity'), "
        "(3, 'never', '-infinity'), (4, 'old', '0044-03-15 BC'), "
        "(5, 'ahead', now() + interval '9 y'), (6, 'far', '12026-01-01'), (7, 'now', now())"
    )
    assert crm.pull().rows == 7
    crm.server.sql(
        "INSERT INTO crm.clients VALUES (8, 'later')",
        "INSERT INTO crm.clients VALUES (9, 'none', NULL)",
    )
    assert crm.pull().rows == 2
    assert crm.pull().rows == 0

    assert crm.ids() == list(range(1, 10))


def test_a_clock_of_the_server_that_is_set_back_loses_no_row(crm: Crm) -> None:
    crm.server.sql("INSERT INTO crm.clients VALUES (1, 'before', now())")
    crm.pull()
    newest = crm.files()[-1]
    ahead = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)).strftime("%Y%m%dT%H%M%S.%fZ")
    parts = newest.name.split("~")
    newest.rename(newest.with_name("~".join([parts[0], ahead, ahead, parts[3]])))

    crm.server.sql("INSERT INTO crm.clients VALUES (2, 'after', now())")

    assert crm.pull().rows == 1


@pytest.mark.parametrize("step", ["pull.read", "pull.landed"])
def test_a_first_load_that_is_killed_goes_on_where_it_was(many: Crm, step: str) -> None:
    for nth in (1, 2, 3):
        with ending_at(f"{step}:{nth}"):
            pull([many.asked()])
    many.pull()

    assert many.ids() == list(range(1, MANY + 1))
    assert len(many.files()) > 4


@pytest.fixture
def spread(many: Crm, monkeypatch: pytest.MonkeyPatch) -> Crm:
    """Rows whose marks the server has counted, so that two connections read them."""
    monkeypatch.setattr(postgres, "RANGE_ROWS", 250)
    many.server.sql(
        "UPDATE crm.clients SET updated_at = NULL WHERE client_id % 97 = 0",
        "UPDATE crm.clients SET updated_at = '-infinity' WHERE client_id % 89 = 0",
        "CREATE INDEX ON crm.clients (updated_at)",
        "ANALYZE crm.clients",
    )
    return many


def test_a_large_load_is_read_in_ranges_at_once_of_one_snapshot_and_lands_in_order(
    spread: Crm,
) -> None:
    asked = spread.asked()
    files = asked.kind.pull(asked.source, asked.address, asked.landed())
    first = next(files)
    spread.server.sql("INSERT INTO crm.clients VALUES (0, 'after the snapshot', '2026-01-01')")
    every = [first, *files]

    marked = [file.first for file in every if file.first]
    assert marked == sorted(marked)
    assert sum(file.rows for file in every) == MANY
    assert spread.server.said.count("SET TRANSACTION SNAPSHOT") >= 1
    assert [file.until for file in every][-1] > max(marked)  # the server's clock, but in the last
    assert all(file.until is None or file.until < max(marked) for file in every[:-2])


@pytest.mark.parametrize("step", ["pull.read", "pull.landed"])
def test_a_load_in_ranges_that_is_killed_goes_on_where_it_was(spread: Crm, step: str) -> None:
    for nth in (2, 3, 2):
        with ending_at(f"{step}:{nth}"):
            pull([spread.asked()])
    assert 0 < len(spread.ids()) < MANY
    before = spread.server.said.count('FROM "crm"."clients"')
    spread.pull()

    assert spread.ids() == list(range(1, MANY + 1))
    assert spread.server.said.count('FROM "crm"."clients"') > before + 2  # in ranges, too
    before = spread.server.said.count('FROM "crm"."clients"')
    assert spread.pull().files == []
    assert spread.server.said.count('FROM "crm"."clients"') == before + 1


def test_a_reader_that_may_have_one_connection_loads_by_one(spread: Crm) -> None:
    spread.server.sql("ALTER ROLE reader CONNECTION LIMIT 1")
    try:
        spread.pull()
    finally:
        spread.server.sql("ALTER ROLE reader CONNECTION LIMIT -1")

    assert spread.ids() == list(range(1, MANY + 1))


def test_a_load_whose_rows_have_one_mark_is_killed_and_each_row_lands_once(many: Crm) -> None:
    many.server.sql("UPDATE crm.clients SET updated_at = '2026-01-01'")
    with ending_at("pull.landed:3"):
        pull([many.asked()])
    assert len(many.ids()) < MANY
    many.pull()

    assert many.ids() == list(range(1, MANY + 1))


def test_a_server_that_ends_the_connection_in_the_middle_is_told_and_the_next_goes_on(
    many: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    many.server.sql(
        "INSERT INTO crm.clients SELECT n, repeat('x', 3000), now() "
        f"FROM generate_series({MANY + 1}, 8000) n"
    )

    monkeypatch.setattr(module, "BATCH_BYTES", 1 << 20)

    def end_it(*_: Any) -> None:
        many.server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'"
        )

    (pulled,) = pull([many.asked()], end_it)

    assert "crm: crm.clients" in pulled.error
    assert "\n" not in pulled.error
    assert 0 < pulled.rows < 8_000
    many.pull()
    assert many.ids() == list(range(1, 8_001))


def test_two_pullers_at_once_lose_nothing(many: Crm) -> None:
    done: list[Any] = []
    both = [threading.Thread(target=lambda: done.extend(pull([many.asked()]))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert [one.error for one in done] == ["", ""]
    assert sorted(set(many.ids())) == list(range(1, MANY + 1))
    many.pull()
    assert set(many.ids()) == set(range(1, MANY + 1))


def test_marks_that_are_numbers_are_followed_with_an_overlap_in_numbers(crm: Crm) -> None:
    by_number = replace(crm, source=replace(crm.source, new=Mark("client_id", overlap=5)))
    crm.server.sql(
        "INSERT INTO crm.clients SELECT n, 'a' FROM generate_series(1, 9) n WHERE n <> 6"
    )
    assert by_number.pull().rows == 8
    crm.server.sql("INSERT INTO crm.clients VALUES (6, 'late'), (10, 'b')")
    assert by_number.pull().rows == 2

    assert by_number.ids() == list(range(1, 11))


def test_a_row_of_the_hour_that_summer_time_repeats_is_no_row_of_the_past(
    postgres: Server, tmp_path: Path
) -> None:
    zoned = System("crm", "crm.clients", Mark("updated_at"), zone="Europe/Berlin")
    crm = Crm(postgres, tmp_path, zoned).create("client_id bigint, updated_at timestamp")
    crm.server.sql("INSERT INTO crm.clients VALUES (1, '2026-10-25 02:50')")  # an instant later
    crm.pull()
    (file,) = crm.files()  # as it landed at 00:51 UTC, before the clock was put back
    parts = file.name.split("~")
    at = "20261025T005000.000000Z"
    file.rename(file.with_name("~".join([parts[0], at, at, parts[3]])))

    crm.server.sql("INSERT INTO crm.clients VALUES (2, '2026-10-25 02:05')")

    assert crm.pull().rows == 1
    assert crm.ids() == [1, 2]


def test_values_of_every_type_land_exactly(postgres: Server, tmp_path: Path) -> None:
    crm = Crm(postgres, tmp_path)
    crm.server.sql("DROP TYPE IF EXISTS mood CASCADE", "CREATE TYPE mood AS ENUM ('gay', 'sad')")
    crm.server.sql("DROP DOMAIN IF EXISTS cents", "CREATE DOMAIN cents AS bigint")
    crm.create(
        "client_id bigint, updated_at timestamptz, n numeric, d date, l timestamp, u uuid, "
        "j jsonb, t json, a int[], m mood, b bytea, f float8, r real, s varchar(9), o bool, "
        "c cents, i inet"
    )
    crm.server.sql(
        "INSERT INTO crm.clients VALUES "
        "(1, '2026-01-02 03:04:05.123456+05:30', 1.500, '2026-02-28', '2026-07-01 12:00', "
        "'8C5F5C4E-0000-0000-0000-00000000000A', '{\"a\": [1, 0.10]}', '{\"a\": \"\\u0000\"}', "
        "'{1,NULL,3}', 'sad', '\\x00ff', 0.1, 0.1, '🧸', true, 5, '10.0.0.1'), "
        "(2, now(), 'NaN', 'infinity', 'infinity', NULL, 'null', NULL, '{}', NULL, '', 'NaN', "
        "NULL, '', false, NULL, NULL), "
        "(3, now(), 1e20, '0044-03-15 BC', '12026-01-01', NULL, NULL, NULL, NULL, NULL, NULL, "
        "'infinity', NULL, NULL, NULL, NULL, NULL)"
    )
    zoned = replace(crm, source=replace(crm.source, zone="Europe/Berlin"))
    zoned.pull()

    one, two, three = zoned.landed().sort("client_id").drop("client_id").to_dicts()
    assert one == {
        "updated_at": "2026-01-01 21:34:05.123456+00", "n": "1.500", "d": "2026-02-28",
        "l": "2026-07-01 10:00:00+00", "u": "8c5f5c4e-0000-0000-0000-00000000000a",
        "j": '{"a": [1, 0.10]}', "t": '{"a": "\\u0000"}', "a": "[1, null, 3]", "m": "sad",
        "b": "AP8=", "f": 0.1, "r": "0.1", "s": "🧸", "o": True, "c": 5, "i": "10.0.0.1/32",
    }  # fmt: skip
    assert (two["n"], two["d"], two["l"], two["j"], two["a"]) == (
        "NaN", "infinity", "infinity", "null", "[]",
    )  # fmt: skip
    assert (two["b"], two["s"], str(two["f"])) == ("", "", "nan")
    assert (three["n"], three["d"], three["l"], three["f"]) == (
        "100000000000000000000", "0044-03-15 BC", "12025-12-31 23:00:00+00",
        float("inf"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ("paid money", "column `paid` is of type money"),
        ("took interval", "column `took` is of type interval"),
        ("took interval[]", "column `took` is of type interval"),
        ("at timestamp", "column `at` has local times"),
    ],
)
def test_a_column_that_cannot_be_read_exactly_is_named(
    postgres: Server, tmp_path: Path, column: str, why: str
) -> None:
    crm = Crm(postgres, tmp_path).create(f"client_id bigint, updated_at timestamptz, {column}")

    assert f"crm: crm.clients: {why}" in crm.error()


def test_what_a_company_has_wrong_is_one_line_without_the_password(
    crm: Crm, tmp_path: Path, postgres: Server
) -> None:
    here, nobody = f"127.0.0.1:{postgres.port}", "127.0.0.1:1"
    (tmp_path / "other").write_text("wr0ng")
    for told, why in [
        ({"password_file": tmp_path / "other"}, "crm cannot be reached: "),
        ({"password_file": tmp_path / "gone"}, "its password cannot be read from"),
        ({"url": f"postgresql://reader@{nobody}/postgres"}, "Connection refused"),
        ({"url": "postgresql://reader@nowhere.invalid/postgres"}, "could not translate host name"),
        ({"url": f"postgresql://reader@{here}/none"}, 'database "none" does not exist'),
        ({"url": f"postgresql://reader@{here}/postgres?sslmode=require"}, "does not support SSL"),
        (
            {
                "url": f"postgresql://reader:{CANARY.replace('/', '%zz')}@{here}/x",
                "password_file": None,
            },
            "crm",
        ),
    ]:
        error = crm.error(**told)
        assert why in error
        assert "\n" not in error
        assert CANARY not in error

    for change, why in [
        (
            "ALTER TABLE crm.clients ALTER updated_at TYPE text",
            "column `updated_at` is of type text",
        ),
        (
            "ALTER TABLE crm.clients RENAME updated_at TO changed_at",
            "there is no column `updated_at`",
        ),
        ("REVOKE SELECT ON crm.clients FROM reader", "GRANT SELECT ON crm.clients"),
        ("DROP TABLE crm.clients", "there is no table crm.clients"),
    ]:
        crm.server.sql(change)
        assert why in (error := crm.error())
        assert "\n" not in error


def test_a_column_that_is_gone_is_told_before_rows_without_it_land(crm: Crm) -> None:
    crm.server.sql("INSERT INTO crm.clients VALUES (1, 'Ada')")
    assert crm.pull().rows == 1
    crm.server.sql(
        "ALTER TABLE crm.clients DROP name", "ALTER TABLE crm.clients RENAME client_id TO id",
        "INSERT INTO crm.clients VALUES (2)",
    )  # fmt: skip

    assert "no column for `client_id`, which crm.bronze.clients requires" in crm.error()
    assert crm.ids() == [1]

    crm.server.sql("ALTER TABLE crm.clients RENAME id TO client_id")
    (told,) = waiting([crm.asked()])
    assert told.waits
    assert (told.waits.rows, told.waits.absent) == (2, ("name",))
    assert crm.pull().rows == 2  # since both rows are others without a name


def test_a_column_by_another_name_is_a_field_where_that_is_declared(crm: Crm) -> None:
    crm.server.sql("ALTER TABLE crm.clients RENAME client_id TO id")
    asked = crm.asked()
    dataset = replace(asked.table.dataset, sent_as=SentAs(names={"id": "client_id"}))

    (pulled,) = pull([replace(asked, table=replace(asked.table, dataset=dataset))])

    assert pulled.error == ""


def test_a_mark_column_of_another_type_than_before_is_told(crm: Crm) -> None:
    crm.server.sql("INSERT INTO crm.clients VALUES (1, 'Ada')")
    crm.pull()

    by_number = replace(crm, source=replace(crm.source, new=Mark("client_id", overlap=5)))

    assert "of another type than those of the files" in by_number.error()


def test_a_system_that_is_down_is_tried_once_and_the_others_go_on(crm: Crm) -> None:
    crm.server.sql("INSERT INTO crm.clients VALUES (1, 'Ada')")
    down = crm.asked(url="postgresql://reader@127.0.0.1:1/postgres")
    down = replace(down, source=replace(down.source, system="down"))
    tried: list[Asked] = [down, down, crm.asked()]

    first, second, third = pull(tried)

    assert first.error == second.error != ""
    assert (third.rows, third.error) == (1, "")


def test_an_export_lands_when_its_rows_are_others_than_those_that_landed_last(crm: Crm) -> None:
    whole = replace(crm, source=replace(crm.source, new=Export()))
    crm.server.sql("INSERT INTO crm.clients VALUES (2, 'b', now()), (1, 'a', now())")
    assert whole.pull().rows == 2
    crm.server.sql(
        "DELETE FROM crm.clients WHERE client_id = 2",
        "INSERT INTO crm.clients VALUES (2, 'b', (SELECT updated_at FROM crm.clients))",
    )
    assert whole.pull().rows == 0
    for change in (
        "UPDATE crm.clients SET name = 'c' WHERE client_id = 1",
        "UPDATE crm.clients SET name = 'a'  WHERE client_id = 1",
    ):
        crm.server.sql(change)
        assert [one.waits.rows for one in waiting([whole.asked()]) if one.waits] == [2]
        assert whole.pull().rows == 2

    assert whole.landed()["name"].to_list() == ["a", "b", "c", "b", "a", "b"]
    crm.server.sql("DELETE FROM crm.clients")
    assert [len(whole.pull().files), whole.pull().files] == [1, []]


def test_a_row_that_an_export_of_all_has_no_longer_is_gone_from_the_next_day_on(
    postgres: Server, tmp_path: Path
) -> None:
    tables = catalog(replace(COMPLETE, source=System("crm", "crm.clients", Export())))
    (bronze,) = tables.bronze
    source = bronze.dataset.source
    assert isinstance(source, System)
    lake, crm = Lake(tmp_path / "lake", tables), Crm(postgres, tmp_path)
    crm.create("item text, value int, op text, at timestamptz, updated_at timestamptz")

    def pulled_on(day: int) -> None:
        (done,) = pull([Asked(bronze, source, crm.asked().address, lake.zone)])
        assert not done.error
        for path in done.files:
            made = lake.landing / path
            on_day = made.parents[1] / f"2026-03-0{day}" / made.name
            on_day.parent.mkdir(exist_ok=True)
            made.rename(on_day)
        lake.refresh()

    crm.server.sql(
        "INSERT INTO crm.clients SELECT i, 1, NULL, '2026-03-01', '2026-03-01' "
        "FROM unnest('{k,l}'::text[]) i"
    )
    pulled_on(1)
    crm.server.sql(
        "UPDATE crm.clients SET value = 2, updated_at = '2026-03-01 01:00' WHERE item = 'k'"
    )
    pulled_on(1)
    crm.server.sql("DELETE FROM crm.clients WHERE item = 'l'")
    pulled_on(1)
    assert lake.rows("stock.silver.reference", "item", "value").rows() == [("k", 2), ("l", 1)]

    pulled_on(2)
    pulled_on(3)

    assert lake.rows("stock.silver.reference", "item", "value").rows() == [("k", 2)]
    ends = lake.rows("stock.silver.history", "item", "value", "valid_to")["valid_to"].to_list()
    assert ends == [dt.datetime(2026, 3, 1, 1, tzinfo=dt.UTC), None, midnight(1)]
    crm.server.sql("INSERT INTO crm.clients VALUES ('l', 3, NULL, '2026-03-04', '2026-03-04')")
    pulled_on(4)
    assert lake.rows("stock.silver.reference", "item", "value").rows() == [("k", 2), ("l", 3)]


def test_texts_of_a_database_in_another_encoding_land_as_they_are(
    crm: Crm, postgres: Server
) -> None:
    postgres.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    try:
        latin = replace(postgres, database="latin")
        Crm(latin, crm.folder).create()
        latin.sql("INSERT INTO crm.clients VALUES (1, 'Zoë Müller')")
        there = crm.asked(url=latin.url)
        assert [one.error for one in pull([there])] == [""]
    finally:
        postgres.sql("DROP DATABASE latin WITH (FORCE)")

    assert crm.landed()["name"].to_list() == ["Zoë Müller"]
