"""Sources that send in other ways: complete deliveries, deletion marks, other windows."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.dataset import LANDING, Dataset, Deleted
from mega_toys.declared.name import TableName
from mega_toys.declared.source import FILES
from mega_toys.declared.table import Bronze, Events, FromBronze, Table
from mega_toys.declared.window import Window
from mega_toys.faults.records import FIRST_DAY

_SHARE_OF_SEQUENCES, _SHARE_OF_TABLES = 0.4, 0.5
_MARKS = {  # what some of the random records of a dataset have
    "customers": Deleted("full_name", "B"),
    "downtimes": Deleted("kind", "minor_stop"),
    "factories": Deleted("name", "two"),
    "machines": Deleted("model", "b"),
    "orders": Deleted("status", "cancelled"),
    "products": Deleted("name", "b"),
    "sales_ledger": Deleted("kind", "credit_note"),
    "stock_movements": Deleted("kind", "return"),
}
_WINDOWS = (
    Window(after=None),
    Window(after=0),
    Window(before=3, after=1),
    Window(first_load=FIRST_DAY + dt.timedelta(days=1)),
)


def otherwise_declared(seed: int, catalog: Catalog) -> Catalog:
    """The tables; in some sequences some of them of sources that send in other ways."""
    rng = Random(f"declared {seed}")  # noqa: S311, no secret
    if rng.random() >= _SHARE_OF_SEQUENCES:
        return catalog
    judged = {table.bronze: table for table in catalog.from_bronze}
    return Catalog(_declared(table, judged, rng) for table in sorted(catalog, key=_by_name))


def _by_name(table: Table) -> str:
    return str(table.name)


def _declared(table: Table, judged: dict[TableName, FromBronze], rng: Random) -> Table:
    """One table, perhaps declared otherwise; facts have windows, all others their deletions."""
    if rng.random() >= _SHARE_OF_TABLES:
        return table
    if isinstance(table, Events):
        return replace(table, window=rng.choice(_WINDOWS))
    if isinstance(table, Bronze) and not isinstance(judged.get(table.name), Events):
        return replace(table, dataset=rng.choice([*_ways(table)]))
    return table


def _ways(table: Bronze) -> Iterator[Dataset]:
    delivered = replace(table.dataset, source=FILES)
    yield replace(delivered, complete=True)
    yield replace(table.dataset, sequence=LANDING)
    yield replace(delivered, complete=True, sequence=LANDING)
    if mark := _MARKS.get(table.name.table):
        yield replace(table.dataset, deleted=mark)
