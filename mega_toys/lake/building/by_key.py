"""Records by what makes them the same one: all of some keys, and some keys at a time."""

import polars as pl

from mega_toys.lake.building.taking import Taking
from mega_toys.lake.fields.valid import stored


def keys_of(taking: Taking, records: pl.LazyFrame, *more: str) -> pl.LazyFrame:
    """The keys of records as received, be they valid or not, where they have one."""
    return records.select(*_key(taking), *more).drop_nulls()


def of_keys(taking: Taking, keys: pl.DataFrame) -> pl.LazyFrame:
    """All records of some keys, however long ago they landed."""
    named = {name: f"_key_{name}" for name in taking.key}
    keyed = taking.bronze.with_columns(one.name.prefix("_key_") for one in _key(taking))
    found = keyed.join(keys.lazy().rename(named), on=list(named.values()), how="semi")
    return found.drop(list(named.values()))


def in_parts(taking: Taking, records: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Records some keys at a time, in parts of about as many rows as are held at once."""
    most = taking.work.rows_at_once
    if sum(taking.landed().values()) <= most:
        return [records]
    rows = int(records.select(pl.len()).collect(engine="streaming").item())
    parts = max(-(-rows // most), 1)
    at = pl.struct(_key(taking)).hash() % parts
    return [records.filter(at == part) for part in range(parts)] if parts > 1 else [records]


def _key(taking: Taking) -> list[pl.Expr]:
    fields = taking.judge.fields
    return [stored(pl.col(name), fields[name]).alias(name) for name in taking.key]
