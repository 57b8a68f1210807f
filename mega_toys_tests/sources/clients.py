"""A table of clients that is pulled, and what became of it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
from adbc_driver_postgresql import dbapi

from mega_toys.address import Address
from mega_toys.declared import sent
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.source import Mark, System
from mega_toys.declared.table import Bronze
from mega_toys.lake.store.place import place_of
from mega_toys.operations.pulling import Asked, Pulled, pull
from mega_toys_tests.sources.servers import CANARY, Server


class ReceivedClients(sent.Received):
    """One version of a client, as received."""

    client_id = sent.whole()
    name = sent.text(optional=True)
    updated_at = sent.time()


class AnyClients(sent.Received):
    """The same, of which nothing is required."""

    client_id = sent.whole(optional=True)
    updated_at = sent.time(optional=True)


ReceivedClients.__module__ = AnyClients.__module__ = "crm.bronze.clients"
SOURCE = System("crm", "crm.clients", Mark("updated_at"))
CLIENTS = Bronze(
    rows=ReceivedClients,
    dataset=Dataset(key=("client_id",), sequence="updated_at", source=SOURCE),
    contract=Contract(owner="crm-data"),
)
COLUMNS = (
    "client_id bigint PRIMARY KEY, name text, updated_at timestamptz DEFAULT clock_timestamp()"
)


@dataclass(frozen=True)
class Crm:
    """A schema with a table, pulled into a landing zone of its own."""

    server: Server
    folder: Path
    source: System = SOURCE
    complete: bool = False
    rows: type[sent.Received] = ReceivedClients

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "password").write_text(f"{CANARY}\n")

    def create(self, columns: str = COLUMNS) -> "Crm":
        """Make the table anew, which the reader may read."""
        self.server.sql(
            "DROP SCHEMA IF EXISTS crm CASCADE",
            "CREATE SCHEMA crm",
            f"CREATE TABLE crm.clients ({columns})",
            "GRANT USAGE ON SCHEMA crm TO reader",
            "GRANT SELECT ON crm.clients TO reader",
        )
        return self

    def asked(self, **address: Any) -> Asked:
        """What is to be pulled."""
        dataset = replace(CLIENTS.dataset, source=self.source, complete=self.complete)
        told = {"url": self.server.url, "password_file": self.folder / "password"} | address
        return Asked(
            replace(CLIENTS, rows=self.rows, dataset=dataset), self.source, Address(**told),
            place_of(self.folder / "landing"),
        )  # fmt: skip

    def pull(self) -> Pulled:
        """Pull once; nothing may fail."""
        (pulled,) = pull([self.asked()])
        assert pulled.error == ""
        return pulled

    def error(self, **address: Any) -> str:
        """Why a pull fails."""
        (pulled,) = pull([self.asked(**address)])
        return pulled.error

    def landed(self) -> pl.DataFrame:
        """All rows that landed, those that landed twice twice, in the order of the files."""
        files = [pl.read_parquet(BytesIO(path.read_bytes())) for path in self.files()]
        return pl.concat(files) if files else pl.DataFrame()

    def ids(self) -> list[int]:
        """The keys of all rows that landed, in order."""
        rows = self.landed()
        return sorted(rows["client_id"]) if rows.width else []

    def files(self) -> list[Path]:
        """The landing files, in the order of arrival."""
        return sorted((self.folder / "landing" / "crm" / "clients").glob("*/[!.]*"))

    @contextmanager
    def transaction(self) -> Iterator["dbapi.Cursor"]:
        """A transaction of the owner's that ends when it is told to."""
        url = f"postgresql://postgres@127.0.0.1:{self.server.port}/postgres"
        told = Address(url, self.folder / "password").with_password("postgresql")
        with closing(dbapi.connect(told)) as connection, closing(connection.cursor()) as cursor:
            yield cursor
            connection.commit()
