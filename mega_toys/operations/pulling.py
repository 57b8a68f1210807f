"""Pulls: what is new in the systems of the settings becomes files of the landing zone."""

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from mega_toys.address import Address
from mega_toys.declared import source as declared
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import PlaceError, SourceError, UnreachableError
from mega_toys.declared.source import System
from mega_toys.declared.table import Bronze
from mega_toys.lake.store.place import Place
from mega_toys.lake.store.step import step
from mega_toys.sources.landed import Landed, Mark
from mega_toys.sources.systems import KINDS, Kind
from mega_toys.sources.waiting import Waiting


@dataclass(frozen=True)
class Asked:
    """A bronze table that is to be pulled, from an object of a system, into a landing zone."""

    table: Bronze
    source: System
    address: Address
    root: Place
    anew: bool = False  # partitions of a topic that do not go on where they ended begin anew
    known: Landed | None = None  # what has landed, for who alone pulls it again and again

    @property
    def kind(self) -> Kind:
        """The kind of the system."""
        return KINDS[self.address.kind]

    def landed(self) -> Landed:
        """What has landed by now."""
        return self.known or Landed(self.table, self.source, self.root, self.anew)


@dataclass
class Pulled:
    """What a pull brought for a table, or why it came to no end; what had landed stays."""

    table: str
    files: list[str] = field(default_factory=list)
    rows: int = 0
    until: Mark | None = None  # the mark until which all has landed
    first: dt.datetime | None = None  # the lowest mark, or broker's time, of what landed
    left: int = 0  # rows that are known to wait after it
    waits: Waiting | None = None  # where only that was asked
    error: str = ""
    seconds: float = 0.0


Say = Callable[[Pulled, int | None], None]  # as it goes; of how many rows, where that is known


def asked(
    catalog: Catalog, sources: Mapping[str, Address], root: Place, names: Collection[str] = ()
) -> list[Asked]:
    """The bronze tables to pull: those named, else all whose systems are set."""
    if names:
        return [_named(catalog[name], sources, root) for name in names]
    every = ((table, table.dataset.source) for table in catalog.bronze)
    return [
        Asked(table, source, sources[source.system], root)
        for table, source in every
        if isinstance(source, System) and source.new and source.system in sources
    ]


def _named(table: object, sources: Mapping[str, Address], root: Place) -> Asked:
    source = table.dataset.source if isinstance(table, Bronze) else None
    if not (isinstance(table, Bronze) and isinstance(source, System) and source.new):
        raise SourceError(
            f"{getattr(table, 'name', '')} is not pulled: what is pulled are bronze tables whose "
            '`source` tells how, as System("crm", "crm.clients", Mark("updated_at")).'
        )
    if source.system not in sources:
        raise SourceError(
            f"{table.name} comes from {source}, and nothing tells where that is: set "
            f"MEGA_TOYS_SOURCE_{source.system.upper()}."
        )
    return Asked(table, source, sources[source.system], root)


def pull(
    every: Sequence[Asked], say: Say = lambda pulled, of: None, most: int | None = None
) -> list[Pulled]:
    """Pull table after table, of each until about so many rows; one that fails keeps no other."""
    guard = _Guard()
    return [_pulled(one, guard, say, most) for one in every]


def waiting(every: Sequence[Asked]) -> list[Pulled]:
    """What a pull of each table would bring."""
    guard, found = _Guard(), []
    for one in every:
        pulled = Pulled(str(one.table.name))
        with guard.noting(one, pulled):
            guard.refuse(one)
            _refuse_unfit(one)
            pulled.waits = one.kind.pending(one.source, one.address, one.landed())
        found.append(pulled)
    return found


def _pulled(one: Asked, guard: "_Guard", say: Say, most: int | None) -> Pulled:
    pulled, started = Pulled(str(one.table.name)), time.perf_counter()
    with guard.noting(one, pulled):
        guard.refuse(one)
        _refuse_unfit(one)
        for of in _land(one, pulled):
            pulled.seconds = time.perf_counter() - started
            pulled.left = max((of or 0) - pulled.rows, 0)
            say(pulled, of)
            if most is not None and pulled.rows >= most:
                if one.known:
                    one.known.look_again()  # who lands what follows is not told of this file
                break
    pulled.seconds = time.perf_counter() - started
    return pulled


def _refuse_unfit(one: Asked) -> None:
    """Raise SourceError where what is declared is not what such a system has."""
    if (one.address.kind == "kafka") != isinstance(one.source.new, declared.Topic):
        system = f'System("{one.source.system}", "{one.source.object}", '
        has = "topics, whose" if one.address.kind == "kafka" else "no topics: its"
        told = "Topic())" if one.address.kind == "kafka" else 'Mark("updated_at"))'
        raise SourceError(f"{one.address.kind} has {has} records are declared as {system}{told}")
    if isinstance(one.source.new, declared.Changes) and one.address.kind != "mongodb":
        raise SourceError(
            f"{one.address.kind} streams no changes that could be read: declare a Mark or an Export"
        )


def _land(one: Asked, pulled: Pulled) -> Iterator[int | None]:
    """Land file after file, telling of how many rows in all where that is known."""
    landed, of = one.landed(), None
    pulled.until = landed.until
    if isinstance(one.source.new, declared.Mark | declared.Changes) and landed.until is None:
        of = one.kind.pending(one.source, one.address, landed).rows
    files = one.kind.pull(one.source, one.address, landed)
    while file := next(files, None):
        step("pull.read")
        path = f"{landed.folder}/{file.day or dt.datetime.now(dt.UTC).date()}/{file.name}"
        try:
            one.root.put_new({path: file.content})
            pulled.files.append(path)
            pulled.rows += file.rows
        except FileExistsError:  # another puller landed the same
            if file.is_next:
                landed.look_again()
                files = one.kind.pull(one.source, one.address, landed)
                continue
        step("pull.landed")
        if isinstance(file.first, dt.datetime):
            pulled.first = min(pulled.first or file.first, file.first)
        pulled.until = file.until if file.until is not None else pulled.until
        yield file.of or of


@dataclass
class _Guard:
    """Of a system that cannot be reached, no second object is tried."""

    unreachable: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def noting(self, one: Asked, pulled: Pulled) -> Iterator[None]:
        """What is raised within is the table's error."""
        system = one.source.system
        try:
            yield
        except UnreachableError as error:
            self.unreachable[system] = f"{error}"
            pulled.error = f"{system} cannot be reached: {error}"
        except (SourceError, PlaceError, OSError) as error:
            pulled.error = f"{one.source}: {error}"

    def refuse(self, one: Asked) -> None:
        """Raise UnreachableError where its system was tried already, and not reached."""
        if why := self.unreachable.get(one.source.system):
            raise UnreachableError(why)
