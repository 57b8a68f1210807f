"""What a reader of a lake sees: a fingerprint of every day of every table; what must hold of it."""

from collections.abc import Iterator

import duckdb
import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.table import ByBusinessDay, FromBronze
from mega_toys.faults.home import Home
from mega_toys.lake.building.aside import row_hash
from mega_toys.lake.building.days_table import DAYS
from mega_toys.lake.own.accounts import ACCOUNTS
from mega_toys.lake.run.work import Work
from mega_toys.lake.store.place import place_of
from mega_toys.lake.store.store import Store
from mega_toys.lake.store.tables import Stored
from mega_toys.operations.refresh import every_stored

Part = tuple[object, ...]
Seen = dict[str, dict[Part, tuple[int, int]]]
WAREHOUSE = "warehouse.duckdb"


def seen(home: Home, catalog: Catalog) -> Seen:
    """The number and the hash of the rows of each part of each table."""
    store = Store(home.lake_root)
    tables = every_stored(Work(store, catalog))
    return {one.name: _parts(one, store) for one in tables if store.exists(one.name)}


def _parts(stored: Stored, store: Store) -> dict[Part, tuple[int, int]]:
    by = [stored.partition] if stored.partition else []
    if stored.name == ACCOUNTS.name:
        by.append("day")
    rows = store.scan(stored.name).with_columns(whole=0)  # a table without rows has no part
    grouped = rows.select(*by, "whole", row_hash(stored.schema).alias("row hash")).group_by(
        by or ["whole"]
    )
    found = grouped.agg(pl.len(), pl.col("row hash").sum()).collect().rows()
    return {tuple(row[:-2]): (row[-2], row[-1]) for row in found}


def differing(one: Seen, other: Seen) -> list[str]:
    """The parts that differ, by name."""
    return [
        f"{table} {' '.join(map(str, part))}".strip()
        for table in sorted({*one, *other})
        for part in _keys(one, other, table)
        if one.get(table, {}).get(part) != other.get(table, {}).get(part)
    ]


def _keys(one: Seen, other: Seen, table: str) -> list[Part]:
    return sorted({*one.get(table, {}), *other.get(table, {})}, key=str)


def wrong_between(before: Seen, now: Seen, after: Seen, catalog: Catalog) -> list[str]:
    """What a reader must not see while a killed refresh waits for the next one.

    Each part of a table is as it was or as it will be; and no day of silver is as it will be
    before its quarantine and its account are. `lake.days` says between the assets of a run, truly,
    that what reads the first is stale, which it neither was nor will be.
    """
    partial = [
        f"{table} {part} is neither as before nor as after"
        for table, parts in now.items()
        for part, found in parts.items()
        if table != DAYS.name
        and found not in (before.get(table, {}).get(part), after.get(table, {}).get(part))
    ]
    gone = [
        f"{table} {part} is gone"
        for table in before
        for part in before[table]
        if part not in now.get(table, {}) and part in after.get(table, {})
    ]
    early = [wrong for t in catalog.from_bronze for wrong in _early(t, before, now, after)]
    return partial + gone + early


def _early(table: FromBronze, before: Seen, now: Seen, after: Seen) -> Iterator[str]:
    """Days of silver that are written although their quarantine or their account is not."""
    name, rejected = str(table.name), str(table.quarantine)
    written = [
        part
        for part in _keys(before, now, name)
        if now.get(name, {}).get(part) != before.get(name, {}).get(part)
    ]
    if not written:
        return
    if isinstance(table, ByBusinessDay):
        due = {(rejected, part) for part in written} | {
            (ACCOUNTS.name, (name, *p)) for p in written
        }
    else:  # their accounts are by landing day
        due = {(rejected, part) for part in _keys(before, after, rejected)}
        due |= {(ACCOUNTS.name, p) for p in _keys(before, after, ACCOUNTS.name) if p[0] == name}
    for other, part in sorted(due, key=str):
        if now.get(other, {}).get(part) != after.get(other, {}).get(part):
            yield f"{name} is written before {other} {part}"


def unreadable_warehouse(home: Home) -> list[str]:
    """Why the published file cannot be read, if it is there."""
    content = place_of(home.lake_root).read(WAREHOUSE)
    if content is None:
        return []
    path = home.folder / "published.duckdb"
    path.write_bytes(content)
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.sql("SELECT name, version, held_back FROM published").fetchall()
    except duckdb.Error as error:
        return [f"{WAREHOUSE}: {error}"]
    return []
