"""Records by what makes them the same one: all of some keys, and some keys at a time."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

import polars as pl

from mega_toys.declared.field import Sent
from mega_toys.lake.building.taking import Taking
from mega_toys.lake.fields.valid import stored
from mega_toys.lake.run.work import among

_SAMPLE = 100_000  # keys, of which is told where parts begin


def keys_of(taking: Taking, records: pl.LazyFrame, *more: str) -> pl.LazyFrame:
    """The keys of records as received, be they valid or not, where they have one."""
    return records.select(*_key(taking), *more).drop_nulls()


def of_keys(taking: Taking, keys: pl.DataFrame, landed: set[dt.date] | None = None) -> pl.LazyFrame:
    """All records of some keys, however long ago they landed, or those of some landing days."""
    first, near = taking.key[0], taking.bronze if landed is None else taking.landed_on(landed)
    if _is_kept_as_received(taking.judge.fields[first]):
        near = near.filter(among(first, keys[first]))
    named = {name: f"_key_{name}" for name in taking.key}
    keyed = near.with_columns(one.name.prefix("_key_") for one in _key(taking))
    found = keyed.join(keys.lazy().rename(named), on=list(named.values()), how="semi")
    return found.drop(list(named.values()))


def in_parts(taking: Taking, records: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Records some keys at a time, in parts of about as many rows as are held at once.

    The keys of a part are larger than those of the parts before, by the first field of the key;
    but where many have the same first field.
    """
    most = taking.work.rows_at_once
    if sum(taking.landed().values()) <= most:
        return [records]
    rows = int(records.select(pl.len()).collect(engine="streaming").item())
    return [records] if rows <= most else list(_parts(taking, records, rows))


def _parts(taking: Taking, records: pl.LazyFrame, rows: int) -> Iterator[pl.LazyFrame]:
    """Ranges of the first field of the key, as a sample tells them; by hash where one is large."""
    most, first = taking.work.rows_at_once, _key(taking)[0]
    hashed = pl.struct(_key(taking)).hash()
    sampled = records.filter(hashed % max(rows // _SAMPLE, 1) == 0).select(first.alias("at"))
    sample = sampled.drop_nulls().sort("at").collect(engine="streaming")["at"]
    wanted = -(-rows // most) if sample.len() else 1
    ends = sample.gather([sample.len() * n // wanted for n in range(1, wanted)]).unique().sort()
    until = [0, *sample.search_sorted(ends, side="right"), sample.len()]
    edges = [pl.lit(end, sample.dtype) for end in ends]
    after = [pl.lit(True), *(first > edge for edge in edges)]
    to = [*(first <= edge for edge in edges), pl.lit(True)]
    for at, (begin, end) in enumerate(pairwise(until)):
        near = after[at] & (to[at] if at else to[at] | first.is_null())
        pieces = max(round((end - begin) * rows / (sample.len() * most)), 1) if wanted > 1 else 1
        for piece in range(pieces):
            yield records.filter(near & (hashed % pieces == piece) if pieces > 1 else near)


def _key(taking: Taking) -> list[pl.Expr]:
    fields = taking.judge.fields
    return [stored(pl.col(name), fields[name]).alias(name) for name in taking.key]


def _is_kept_as_received(field: Sent) -> bool:
    """Whether a valid value of a field is kept as bronze has it."""
    return field.type not in ("time", "list", "object") and not (field.choices or field.letters)
