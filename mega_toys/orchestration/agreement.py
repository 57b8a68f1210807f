"""What Dagster shows agrees with the lake: days that a killed run did not report are reported."""

from collections.abc import Iterator

import dagster as dg

from mega_toys.lake.table import Table
from mega_toys.orchestration import metadata
from mega_toys.orchestration.events import key_of
from mega_toys.orchestration.lakehouse import Lakehouse

_TOLD = {"reported": "found in the lake, without an event of the run that wrote it"}


def missing(
    lakehouse: Lakehouse, instance: dg.DagsterInstance
) -> Iterator[dg.AssetMaterialization]:
    """An event of each day that the lake holds and Dagster has none of."""
    for table in lakehouse.catalog:
        yield from _missing(table, lakehouse, instance)


def _missing(
    table: Table, lakehouse: Lakehouse, instance: dg.DagsterInstance
) -> Iterator[dg.AssetMaterialization]:
    work, key = lakehouse.work("agreement"), key_of(table.name)
    if table.day_column is None:
        there = work.store.since(table.name, 0).changed
        if there and instance.get_latest_materialization_event(key) is None:
            yield dg.AssetMaterialization(key, metadata=metadata.of_table(table, work) | _TOLD)
        return
    shown = instance.get_materialized_partitions(key)
    days = {day for day in work.store.rows_by_day(work.stored(table)) if f"{day}" not in shown}
    for day, rows in metadata.of_days(table, days, work).items() if days else ():
        yield dg.AssetMaterialization(key, partition=day.isoformat(), metadata=rows | _TOLD)
