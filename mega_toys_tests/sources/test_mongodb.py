"""What is pulled from a server that speaks MongoDB's protocol."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from bson import Binary, Int64, ObjectId
from bson.decimal128 import Decimal128
from pymongo import MongoClient

from mega_toys.address import Address
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.source import Export, Mark, System
from mega_toys.operations.pulling import Asked, Pulled, pull, waiting
from mega_toys.sources import batches
from mega_toys.sources import mongodb as module
from mega_toys_tests.dying import ending_at
from mega_toys_tests.lakes import Lake
from mega_toys_tests.sources.clients import CLIENTS, SOURCE
from mega_toys_tests.sources.servers import CANARY

pytestmark = pytest.mark.slow
NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@dataclass
class Crm:
    """A collection, pulled into the landing zone of a lake."""

    port: int
    clients: Any
    lake: Lake
    source: System = SOURCE

    def asked(self, url: str = "") -> Asked:
        """What is to be pulled."""
        address = Address(url or f"mongodb://127.0.0.1:{self.port}")
        return Asked(CLIENTS, self.source, address, self.lake.zone)

    def pull(self) -> Pulled:
        """Pull once; nothing may fail."""
        (pulled,) = pull([self.asked()])
        assert pulled.error == ""
        return pulled

    def landed(self) -> list[dict[str, Any]]:
        """All documents that landed."""
        files = sorted((self.lake.landing / "crm" / "clients").glob("*/[!.]*.ndjson"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.fixture
def crm(mongodb: int, tmp_path: Path) -> Iterator[Crm]:
    with MongoClient(f"mongodb://127.0.0.1:{mongodb}") as client:
        clients = client.crm.clients
        clients.drop()
        yield Crm(mongodb, clients, Lake(tmp_path, Catalog([CLIENTS])))


def one(number: int, at: object = NOON, **more: Any) -> dict[str, Any]:
    return {"_id": number, "client_id": number, "updated_at": at, **more}


def test_what_is_new_lands_once_and_is_taken_in(crm: Crm) -> None:
    crm.clients.insert_many([one(1, name="Ada"), one(2, NOON + SECOND)])
    assert [told.waits.rows for told in waiting([crm.asked()]) if told.waits] == [2]
    assert [crm.pull().rows, crm.pull().rows] == [2, 0]
    crm.clients.insert_one(one(3, NOON - SECOND))  # committed late
    crm.clients.update_one({"_id": 1}, {"$set": {"name": "Ben", "updated_at": NOON + 2 * SECOND}})
    assert [told.waits.rows for told in waiting([crm.asked()]) if told.waits] == [2]
    assert [crm.pull().rows, crm.pull().rows] == [2, 0]

    crm.lake.refresh()

    rows = crm.lake.rows("crm.bronze.clients", "client_id", "name", "updated_at").rows()
    assert rows == [
        (1, "Ada", "2026-01-05T12:00:00Z"),
        (1, "Ben", "2026-01-05T12:00:02Z"),
        (2, None, "2026-01-05T12:00:01Z"),
        (3, None, "2026-01-05T11:59:59Z"),
    ]


def test_documents_of_another_shape_land_once_and_keep_none_back(crm: Crm) -> None:
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=900)
    crm.clients.insert_many([one(1), one(2, None), one(3, "soon"), {"_id": 4}, one(5, ahead)])
    assert [crm.pull().rows, crm.pull().rows] == [5, 0]
    crm.clients.insert_many([one(6, dt.datetime.now(dt.UTC)), one(7, None)])
    assert [crm.pull().rows, crm.pull().rows] == [2, 0]

    assert sorted(told["_id"] for told in crm.landed()) == [1, 2, 3, 4, 5, 6, 7]


def test_values_land_exactly(crm: Crm) -> None:
    told = {
        "d": Decimal128("1.500"), "o": ObjectId("0" * 24), "n": Int64(2**62), "f": 0.1,
        "b": Binary(b"\x00\xff"), "when": NOON, "x": {"y": [1, None, {"z": "🧸\u2028\n"}]}, "e": "",
    }  # fmt: skip
    crm.clients.insert_one(one(1, **told))
    crm.pull()

    (landed,) = crm.landed()
    assert landed == {
        "_id": 1, "client_id": 1, "updated_at": {"$date": "2026-01-05T12:00:00Z"},
        "d": {"$numberDecimal": "1.500"}, "o": {"$oid": "0" * 24}, "n": 2**62, "f": 0.1,
        "b": {"$binary": {"base64": "AP8=", "subType": "00"}},
        "when": {"$date": "2026-01-05T12:00:00Z"},
        "x": {"y": [1, None, {"z": "🧸\u2028\n"}]}, "e": "",
    }  # fmt: skip


@pytest.mark.parametrize("step", ["pull.read:2", "pull.landed:2"])
def test_a_load_that_is_killed_goes_on_where_it_was_also_within_one_mark(
    crm: Crm, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 50)
    monkeypatch.setattr(batches, "_MOST_ROWS", 100)
    crm.clients.insert_many([one(n, NOON + min(n, 300) * SECOND) for n in range(600)])
    for _ in range(2):
        with ending_at(step):
            pull([crm.asked()])
    crm.pull()

    assert sorted(told["_id"] for told in crm.landed()) == list(range(600))


def test_exports_and_marks_that_are_numbers(crm: Crm) -> None:
    by_number = replace(crm, source=replace(SOURCE, new=Mark("client_id", overlap=5)))
    crm.clients.insert_many([one(1), one(9)])
    assert [by_number.pull().rows, by_number.pull().rows] == [2, 0]
    crm.clients.insert_one(one(8))
    assert by_number.pull().rows == 1

    whole = replace(crm, source=replace(SOURCE, object="crm.clients", new=Export()))
    assert [whole.pull().rows, whole.pull().rows] == [3, 0]
    crm.clients.delete_one({"_id": 9})
    assert whole.pull().rows == 2


def test_what_a_company_has_wrong_is_one_line_without_the_password(crm: Crm) -> None:
    fast = "serverSelectionTimeoutMS=300"
    for source, url, why in [
        (SOURCE, f"mongodb://reader:{CANARY[:6]}@127.0.0.1:1/?{fast}", "crm cannot be reached"),
        (SOURCE, f"mongodb://nowhere.invalid/?{fast}", "crm cannot be reached"),
        (replace(SOURCE, object="crm.others"), "", "there is no collection crm.others"),
        (replace(SOURCE, object="clients"), "", "say it as <database>.<collection>"),
    ]:
        (pulled,) = pull([replace(crm, source=source).asked(url)])
        assert why in pulled.error
        assert "\n" not in pulled.error
        assert CANARY[:6] not in pulled.error
