"""What a system of the toy company was told, and what is not the toys'."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from pymongo import MongoClient

from mega_toys.address import Address
from mega_toys.declared.errors import SettingsError, SourceError
from mega_toys.lake.store.place import place_of
from mega_toys.operations.pulling import Asked, pull
from mega_toys.toy_systems import mongodb, mysql
from mega_toys.toy_systems.filling import chosen, filling
from mega_toys_tests.sources.clients import CLIENTS, SOURCE
from mega_toys_tests.sources.servers import CANARY, Server

NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@dataclass
class Crm:
    """A server of a kind, and how the toys' note on its table is taken away."""

    address: Address
    forget: Callable[[], object]


@pytest.fixture(params=["postgresql", "mysql", "mongodb"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Crm]:
    (tmp_path / "password").write_text(CANARY)
    if request.param == "mongodb":
        address = Address(f"mongodb://127.0.0.1:{request.getfixturevalue('mongodb')}")
        with MongoClient(address.url) as client:
            client.drop_database("crm")
            yield Crm(address, client.crm.toy_company_story.drop)
        return
    is_mysql = request.param == "mysql"
    server: Server = request.getfixturevalue("mariadb" if is_mysql else "postgres")
    server.sql(f"DROP SCHEMA IF EXISTS crm {'' if is_mysql else 'CASCADE'}")
    if is_mysql:
        server.sql(
            f"CREATE OR REPLACE USER toys IDENTIFIED BY '{CANARY}'", "GRANT ALL ON *.* TO toys"
        )
    owner = "toys" if is_mysql else "postgres"
    address = Address(server.url.replace("reader", owner), tmp_path / "password")
    yield Crm(address, lambda: server.sql("DROP TABLE crm.toy_company_story"))


def versions(*told: tuple[int, str | None, dt.datetime]) -> pl.DataFrame:
    frame = pl.DataFrame(told, ["client_id", "name", "updated_at"], orient="row")
    return frame.with_columns(_at=pl.col("updated_at"))


def told(address: Address, rows: pl.DataFrame, story: str = "seed 1") -> int:
    with filling(["crm"], {"crm": address}, [CLIENTS], story) as systems:
        return systems["crm/clients"](rows)


@pytest.mark.slow
def test_a_system_is_told_on_and_nothing_twice_and_what_is_not_the_toys_is_left_alone(
    crm: Crm, tmp_path: Path
) -> None:
    first = versions((1, "Ada", NOON), (2, None, NOON), (1, "Ben 🧸", NOON + HOUR))
    more = versions((1, "Cy", NOON + HOUR), (2, "Di", NOON + 2 * HOUR))
    (tmp_path / "landing").mkdir()
    asked = Asked(CLIENTS, SOURCE, crm.address, place_of(tmp_path / "landing"))

    assert [told(crm.address, first), told(crm.address, first)] == [3, 0]
    assert [pull([asked])[0].rows, told(crm.address, pl.concat([first, more]))] == [2, 1]
    assert pull([asked])[0].rows == 1

    with pytest.raises(SourceError, match="was filled with `seed 1`"):
        told(crm.address, more, "seed 2")
    crm.forget()
    with pytest.raises(SourceError, match="did not make it: it is left alone"):
        told(crm.address, more)


@pytest.mark.parametrize(
    ("opened", "url"),
    [(mongodb.opened, "mongodb://db/?tls=maybe"), (mysql.opened, "mysql://db/?ssl_disabled=ye")],
)
def test_a_system_whose_address_says_what_is_not_known_is_named(
    opened: Callable[[str, Address], AbstractContextManager[object]], url: str
) -> None:
    with pytest.raises(SourceError, match=r"^crm: its address says `"), opened("crm", Address(url)):
        pass


def test_systems_are_chosen_by_their_names_or_kinds_and_one_without_an_address_is_named() -> None:
    sources = {"crm": Address("postgres://db/crm")}
    assert chosen(["postgresql"], sources, [CLIENTS]) == {"crm"}
    assert chosen(["crm", "postgres"], sources, [CLIENTS]) == {"crm"}
    for names, given, why in [
        (["mysql"], sources, "No address of mysql is set: set MEGA_TOYS_SOURCE_CRM"),
        (["crm"], {}, "No address of crm is set: set MEGA_TOYS_SOURCE_CRM"),
        (["crm", "oracle"], sources, "`oracle` is neither a system .crm. nor a kind"),
    ]:
        with pytest.raises(SettingsError, match=why):
            chosen(names, given, [CLIENTS])
