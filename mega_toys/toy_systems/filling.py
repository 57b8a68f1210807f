"""Which systems of the settings are filled, and with which datasets."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from mega_toys.address import KINDS, Address
from mega_toys.declared.errors import SettingsError, SourceError
from mega_toys.declared.source import System
from mega_toys.declared.table import Bronze
from mega_toys.declared.words import counted
from mega_toys.toy_systems import kafka, mongodb, mysql, postgres
from mega_toys.toy_systems.told import Opened, Store, Target, target_of

STORES: Mapping[str, Opened] = MappingProxyType(
    {
        "postgresql": postgres.opened,
        "mysql": mysql.opened,
        "mongodb": mongodb.opened,
        "kafka": kafka.opened,
    }
)  # by the kind of an address
_AFTER = dt.timedelta(microseconds=1)


@dataclass
class Told:
    """A dataset that a system is told, and until when it has been."""

    target: Target
    store: Store
    until: dt.datetime | None
    rows: int = 0

    def __call__(self, rows: pl.DataFrame) -> int:
        """Tell what came about, in order, with the instant in `_at`; returns how much was new."""
        new = rows if self.until is None else rows.filter(pl.col("_at") >= self.until)
        if new.height:
            last: dt.datetime = new["_at"][-1]
            self.store.put(self.target, new, last + _AFTER)
            self.until = last + _AFTER
            self.rows += new.height
        return new.height

    def __str__(self) -> str:
        until = f", until {self.until:%Y-%m-%d %H:%M:%S} UTC" if self.until else ""
        return f"{self.target.object}: {counted(self.rows, 'version')}{until}"


def chosen(
    names: Iterable[str], sources: Mapping[str, Address], every: Iterable[Bronze]
) -> set[str]:
    """The systems that are named, or that are of a kind that is, as addresses begin with it.

    Raises SettingsError of a name that is neither, and where no address is set.
    """
    systems = sorted({source.system for _, source in _pulled(every)})
    found: set[str] = set()
    for name in names:
        if name not in (*systems, *KINDS):
            known = f"a system ({', '.join(systems)}) nor a kind of one ({', '.join(KINDS)})"
            raise SettingsError(f"`{name}` is neither {known}.")
        of_kind = {one for one in sources if sources[one].kind == KINDS.get(name)}
        if not (here := {name} & set(sources) or of_kind):
            variables = [name] if name in systems else systems
            where = " or ".join(f"MEGA_TOYS_SOURCE_{one.upper()}" for one in variables)
            raise SettingsError(
                f"No address of {name} is set: set {where} to one, such as `make sources` prints."
            )
        found |= here
    return found


@contextmanager
def filling(
    systems: Iterable[str], sources: Mapping[str, Address], every: Iterable[Bronze], story: str
) -> Iterator[dict[str, Told]]:
    """The datasets that these systems have, as `commerce/orders`.

    Raises SourceError where one refuses.
    """
    with ExitStack() as opened:
        stores = {one: opened.enter_context(_opened(one, sources[one])) for one in systems}
        told = {}
        for table, source in _pulled(every):
            if store := stores.get(source.system):
                target = target_of(table, source, story)
                name = f"{table.name.domain}/{table.name.table}"
                told[name] = Told(target, store, store.until(target))
        yield told


def _opened(system: str, address: Address) -> AbstractContextManager[Store]:
    if address.kind not in STORES:
        raise SourceError(f"{system}: the toy company fills {', '.join(STORES)} alone")
    return STORES[address.kind](system, address)


def _pulled(every: Iterable[Bronze]) -> Iterator[tuple[Bronze, System]]:
    for table in every:
        source = table.dataset.source
        if isinstance(source, System) and source.new:
            yield table, source
