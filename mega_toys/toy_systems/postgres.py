"""PostgreSQL is filled, by ADBC."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError
from mega_toys.declared.field import Type
from mega_toys.sources.postgres_session import EXTRA, said
from mega_toys.toy_systems.relational import ONCE, Rows, Tables

if TYPE_CHECKING:
    from adbc_driver_manager import dbapi

TYPES: Mapping[Type, str] = MappingProxyType(
    {
        "text": "text", "int": "bigint", "number": "double precision", "money": "numeric",
        "bool": "boolean", "date": "date", "time": "timestamptz", "list": "jsonb",
        "object": "jsonb",
    }
)  # fmt: skip


@dataclass(frozen=True)
class _Tables(Tables):
    types = TYPES
    quote = '"'

    connection: "dbapi.Connection"

    def run(self, *work: tuple[str, Rows]) -> None:
        """Run statements, each for every row of its values; all or nothing."""
        with closing(self.connection.cursor()) as cursor:
            for statement, rows in work:
                if rows is ONCE:
                    cursor.execute(statement)
                elif rows:
                    cursor.executemany(statement, _as_texts(rows))
        self.connection.commit()

    def ask(self, query: str, *values: str) -> str | None:
        """The one value that a query gives; none where it gives no row."""
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(query, values)
            found = cursor.fetchone()
        self.connection.commit()
        return str(found[0]) if found and found[0] is not None else None

    def value(self, at: int, type_: Type) -> str:
        """The expression for the value at a place, from 1, as what a field of a type has."""
        zone = " || '+00:00'" if type_ == "time" else ""
        return f"(${at}::text{zone})::{TYPES[type_]}"

    def replacing(self, key: str, names: Sequence[str]) -> str:
        """What an INSERT does with a key that is there; names are quoted."""
        changes = ", ".join(f"{name} = excluded.{name}" for name in names)
        return f"ON CONFLICT ({key}) DO UPDATE SET {changes}"


def _as_texts(rows: Rows) -> pl.DataFrame:
    width = range(len(rows[0]))
    return pl.DataFrame(rows, {f"{at}": pl.String for at in width}, orient="row")


@contextmanager
def opened(system: str, address: Address) -> Iterator[_Tables]:
    """The system. Raises UnreachableError where it cannot be reached, SourceError of a refusal."""
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    try:
        connection = dbapi.connect(address.with_password("postgresql"))
    except dbapi.Error as error:
        why = address.without_secrets(said(str(error)))
        raise UnreachableError(f"{system} cannot be reached: {why}") from None
    try:
        with closing(connection):
            yield _Tables(connection)
    except dbapi.Error as error:
        why = address.without_secrets(said(str(error)))
        raise SourceError(f"{system}: {why}") from None
