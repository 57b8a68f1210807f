"""What is pulled of a change stream: every change and every deletion, without a gap."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from mega_toys.address import Address
from mega_toys.declared import columns, sent
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset, Deleted
from mega_toys.declared.sent_as import SentAs
from mega_toys.declared.source import Changes, System
from mega_toys.declared.table import Bronze, Reference
from mega_toys.operations.pulling import Asked, Pulled, pull
from mega_toys.sources import changes
from mega_toys_tests.dying import ending_at
from mega_toys_tests.lakes import Lake

OWNER = Contract(owner="crm-data")


class ReceivedClients(sent.Received):
    """A change of a client, as received."""

    __module__ = "x.crm.bronze.clients"
    client_id = sent.whole()
    name = sent.text(optional=True)
    op = sent.text("r", "c", "u", "d")
    changed_at = sent.time()


class Clients(columns.Accepted):
    """A client now."""

    __module__ = "x.crm.silver.clients"
    client_id = dy.Int64(primary_key=True)
    name = dy.String(nullable=True)
    changed_at = columns.instant()


def clients(received: dy.LazyFrame[ReceivedClients]) -> pl.LazyFrame:
    return received


BRONZE = Bronze(
    rows=ReceivedClients,
    dataset=Dataset(
        key=("client_id",),
        sequence="changed_at",
        deleted=Deleted("op", "d"),
        source=System("crm", "crm.clients", Changes()),
        sent_as=SentAs(names={"_id": "client_id"}),
    ),
    contract=OWNER,
)
SILVER = Reference(rows=Clients, received_from=ReceivedClients, build=clients, contract=OWNER)


@dataclass
class Crm:
    """A collection, pulled into the landing zone of a lake."""

    address: Address
    clients: Any
    lake: Lake

    def pull(self, *, anew: bool = False) -> Pulled:
        assert isinstance(BRONZE.dataset.source, System)
        asked = Asked(BRONZE, BRONZE.dataset.source, self.address, self.lake.zone, anew=anew)
        return pull([asked])[0]

    def is_taken_in(self) -> bool:
        """Whether the lake has what the collection has, and no key more."""
        self.lake.refresh()
        rows = self.lake.rows("crm.silver.clients", "client_id", "name").rows()
        return sorted(rows) == sorted((one["_id"], one["name"]) for one in self.clients.find())


@pytest.fixture
def crm(mongodb: int, tmp_path: Path) -> Iterator[Crm]:
    address = Address(f"mongodb://127.0.0.1:{mongodb}")
    with MongoClient(address.url) as client:
        client.crm.clients.drop()
        client.crm.clients.insert_many([{"_id": n, "name": "old"} for n in range(6)])
        yield Crm(address, client.crm.clients, Lake(tmp_path, Catalog([BRONZE, SILVER])))


@pytest.mark.slow
def test_all_documents_then_every_change_land_whatever_is_killed_and_when_they_change(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "BATCH", 2)
    monkeypatch.setattr("mega_toys.sources.batches._MOST_ROWS", 2)
    real = changes._operation_time

    def then_it_changes(collection: Any) -> Any:
        """The operation time, after which something changes before all is read."""
        time = real(collection)
        crm.clients.delete_one({"_id": 0})
        crm.clients.update_one({"_id": 1}, {"$set": {"name": "new"}})
        return time

    monkeypatch.setattr(changes, "_operation_time", then_it_changes)
    for step in ("pull.read:2", "pull.landed:2"):
        with ending_at(step):
            crm.pull()
    assert crm.pull().error == ""
    crm.clients.insert_one({"_id": 9, "name": "Ada"})
    crm.clients.update_one({"_id": 2}, {"$set": {"name": "Ben"}})
    crm.clients.delete_many({"_id": {"$in": [3, 9]}})
    crm.clients.replace_one({"_id": 4}, {"name": "Cy"})
    for step in ("pull.read:2", "pull.landed:2"):
        with ending_at(step):
            crm.pull()
    assert crm.pull().error == ""

    assert crm.is_taken_in()
    assert crm.pull().files == []
    crm.clients.insert_one({"_id": 3, "name": "back"})
    crm.clients.delete_one({"_id": 4})
    with ThreadPoolExecutor(2) as two:
        done = list(two.map(lambda _: crm.pull(), range(2)))
    assert [one.error for one in done] == ["", ""]
    assert crm.is_taken_in()


@pytest.mark.slow
def test_changes_that_are_gone_are_told_with_the_way_out_which_loads_all_anew(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert crm.pull().rows == 6
    crm.clients.update_one({"_id": 1}, {"$set": {"name": "lost"}})

    def forgotten(*_: Any, **__: Any) -> None:
        raise OperationFailure("ChangeStreamHistoryLost", 286)

    with monkeypatch.context() as patched:
        patched.setattr(Collection, "watch", forgotten)
        why = crm.pull().error
        assert "oplog reaches back no further" in why
        assert "`mega-toys pull crm.bronze.clients --anew`" in why
        assert crm.pull(anew=True).rows == 6
    assert crm.is_taken_in()
    crm.clients.drop()
    crm.clients.insert_one({"_id": 1, "name": "other"})
    assert "it was dropped or renamed since" in crm.pull().error
    assert crm.pull(anew=True).rows == 1
    assert crm.pull().error == ""


def test_another_kind_of_system_has_no_changes(tmp_path: Path) -> None:
    source = System("crm", "crm.clients", Changes())
    for url in ("postgresql://db/crm", "mysql://db/crm"):
        asked = Asked(replace(BRONZE), source, Address(url), Lake(tmp_path, Catalog([])).zone)
        assert "streams no changes" in pull([asked])[0].error
