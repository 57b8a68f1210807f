"""What fails since a table is damaged is told as that: table, file and way out."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import polars as pl

from mega_toys.declared.errors import BrokenLogError, DamagedTableError, MegaToysError
from mega_toys.declared.extents import reads_of
from mega_toys.declared.name import TableName
from mega_toys.declared.table import Table
from mega_toys.lake.news.stale import inputs_of
from mega_toys.lake.quarantined.quality import QUALITY
from mega_toys.lake.reading.by_name import SYSTEM, names
from mega_toys.lake.run.work import Work
from mega_toys.operations.crash import CrashError


@contextmanager
def naming_damage(work: Work, table: Table | None = None) -> Iterator[None]:
    """Raise DamagedTableError where something fails and what it reads is damaged.

    What it reads is what a table is built and checked from, else every table. Nothing is looked at
    as long as nothing fails.
    """
    try:
        yield
    except (Exception, pl.exceptions.PanicException) as error:  # a panic is no Exception
        unforeseen = isinstance(error, CrashError) or not isinstance(error, MegaToysError)
        read = read_by(table, work) if table else names(work.catalog)
        if unforeseen and (damage := damage_of(work, read)):
            raise damage from None
        raise


def read_by(table: Table, work: Work) -> list[str]:
    """What a table is built and checked from, what is counted of it, and the lake's own tables."""
    checked = [read.table for check in table.checks for read in reads_of(check.finds).values()]
    referred = [TableName.of(rows) for rows in table.refers.values()]
    mine = [*table.written_to, *inputs_of(table, work.catalog), *checked, *referred]
    return [*map(str, mine), QUALITY.name, *SYSTEM]


def damage_of(work: Work, tables: Iterable[str]) -> MegaToysError | None:
    """The first damage of some tables, whose files are looked into."""
    try:
        for name in tables:
            work.store.refuse_damage(name, within=True)
    except (BrokenLogError, DamagedTableError) as damage:
        return damage
    return None
