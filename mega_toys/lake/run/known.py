"""The keys and time zones that tables know, of which the values of others must be."""

import polars as pl

from mega_toys.declared.name import TableName
from mega_toys.declared.table import FromBronze
from mega_toys.lake.judging.judge import Known
from mega_toys.lake.run.work import Work


def known_now(table: FromBronze, work: Work) -> Known:
    """What the tables say of which a field's value must be known."""
    keys, zones = {}, {}
    for name, rows in table.known.items():
        found = known_of(work.store.scan(TableName.of(rows)), table, name).collect()
        keys[name] = found["key"]
        if name == table.zone_of:
            zones = dict(found.drop_nulls().rows())
    return Known(keys, zones)


def known_of(rows: pl.LazyFrame, table: FromBronze, name: str) -> pl.LazyFrame:
    """Each `key` that a table knows, and the `zone` of a factory's newest version."""
    keys = rows.select(pl.col(name).alias("key")).unique()
    if name != table.zone_of:
        return keys.with_columns(zone=pl.lit(None, pl.String))
    zones = rows.filter("is_current").select(key=name, zone="time_zone")
    return keys.join(zones, on="key", how="left")
