"""The kinds of systems that can be pulled from, each a module with the same two functions."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

from mega_toys.address import Address
from mega_toys.declared.source import System
from mega_toys.sources import kafka, mongodb, mssql, mysql, postgres
from mega_toys.sources.landed import Landed, NewFile
from mega_toys.sources.relational import Relational
from mega_toys.sources.waiting import Waiting


class Kind(Protocol):
    """A kind of system. Raises SourceError where it cannot be reached, or refuses."""

    def pull(self, source: System, address: Address, landed: Landed) -> Iterator[NewFile]:
        """The landing files of what is new, in the order in which they must land."""

    def pending(self, source: System, address: Address, landed: Landed) -> Waiting:
        """What a pull would bring; nothing lands."""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "postgresql": Relational(postgres.opened),
        "mysql": Relational(mysql.opened),
        "mssql": Relational(mssql.opened),
        "mongodb": mongodb,
        "kafka": kafka,
    }
)
