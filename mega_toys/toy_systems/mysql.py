"""MySQL and MariaDB are filled, by PyMySQL."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mega_toys.address import Address
from mega_toys.declared.errors import DriverMissingError, SourceError, UnreachableError
from mega_toys.declared.field import Type
from mega_toys.sources.mysql import EXTRA, said
from mega_toys.sources.mysql_address import options_of
from mega_toys.toy_systems.relational import ONCE, Rows, Tables

if TYPE_CHECKING:
    from pymysql.connections import Connection

TYPES: Mapping[Type, str] = MappingProxyType(
    {
        "text": "varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "int": "bigint",
        "number": "double", "money": "decimal(18, 4)", "bool": "boolean", "date": "date",
        "time": "timestamp(6) NULL", "list": "json", "object": "json",
    }
)  # fmt: skip


@dataclass(frozen=True)
class _Tables(Tables):
    types = TYPES
    quote = "`"

    connection: "Connection[Any]"

    def run(self, *work: tuple[str, Rows]) -> None:
        """Run statements, each for every row of its values; all or nothing but for new tables."""
        with self.connection.cursor() as cursor:
            for statement, rows in work:
                if rows is ONCE:
                    cursor.execute(statement)
                else:
                    cursor.executemany(statement, rows)
        self.connection.commit()

    def ask(self, query: str, *values: str) -> str | None:
        """The one value that a query gives; none where it gives no row."""
        with self.connection.cursor() as cursor:
            cursor.execute(query, values)
            found = cursor.fetchone()
        self.connection.commit()
        return found[0] if found else None

    def value(self, at: int, type_: Type) -> str:
        """The expression for the value at a place, from 1, as what a field of a type has."""
        return "%s = 'true'" if type_ == "bool" else "%s"

    def replacing(self, key: str, names: Sequence[str]) -> str:
        """What an INSERT does with a key that is there; names are quoted."""
        changes = ", ".join(f"{name} = VALUES({name})" for name in names)
        return f"ON DUPLICATE KEY UPDATE {changes}"


@contextmanager
def opened(system: str, address: Address) -> Iterator[_Tables]:
    """The system. Raises UnreachableError where it cannot be reached, SourceError of a refusal."""
    try:
        import pymysql
    except ImportError:
        raise DriverMissingError(address.kind, EXTRA) from None
    try:
        connection = pymysql.connect(**options_of(address), init_command="SET time_zone = '+00:00'")
    except SourceError as error:  # what the address says
        raise SourceError(f"{system}: {error}") from None
    except (pymysql.MySQLError, OSError, RuntimeError) as error:
        why = address.without_secrets(said(error))
        raise UnreachableError(f"{system} cannot be reached: {why}") from None
    try:
        with closing(connection):
            yield _Tables(connection)
    except pymysql.MySQLError as error:
        why = address.without_secrets(said(error))
        raise SourceError(f"{system}: {why}") from None
