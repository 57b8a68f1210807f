"""What Dagster shows agrees with the lake: days that a killed run did not report are reported."""

import dagster as dg

from mega_toys.lake.table import Table
from mega_toys.orchestration import metadata
from mega_toys.orchestration.assets import key_of
from mega_toys.orchestration.lakehouse import Lakehouse


def report_missing(lakehouse: Lakehouse, instance: dg.DagsterInstance) -> int:
    """Report what the lake holds and Dagster has no event of; how many events that took."""
    return sum(_report(table, lakehouse, instance) for table in lakehouse.catalog)


def _report(table: Table, lakehouse: Lakehouse, instance: dg.DagsterInstance) -> int:
    work, key = lakehouse.work("agreement"), key_of(table.name)
    told = {"reported": "found in the lake, without an event of the run that wrote it"}
    if table.day_column is None:
        there = work.store.since(table.name, 0).changed
        if there and instance.get_latest_materialization_event(key) is None:
            rows = metadata.of_table(table, work) | told
            instance.report_runless_asset_event(dg.AssetMaterialization(key, metadata=rows))
            return 1
        return 0
    shown = instance.get_materialized_partitions(key)
    days = {day for day in work.store.rows_by_day(work.stored(table)) if f"{day}" not in shown}
    for day, rows in metadata.of_days(table, days, work).items() if days else ():
        event = dg.AssetMaterialization(key, partition=day.isoformat(), metadata=rows | told)
        instance.report_runless_asset_event(event)
    return len(days)
