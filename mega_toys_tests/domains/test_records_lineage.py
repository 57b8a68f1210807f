"""From bronze to silver: what a change of a field changes in the rows was told."""

import datetime as dt
import random
from collections.abc import Iterator

import polars as pl
import pytest

from mega_toys.declared.table import Current, Events, FromBronze, History, Reference
from mega_toys.lake.judging import winners
from mega_toys.lake.judging.judge import Judge, Known
from mega_toys.lineage.graph import Lineage
from mega_toys.lineage.origins import Source
from mega_toys_tests.lakes import DECLARED

LINEAGE = Lineage(DECLARED)
TABLES = (
    "commerce.silver.customers", "finance.silver.exchange_rates",
    "manufacturing.silver.machine_readings", "supply.silver.stock_movements",
)  # fmt: skip
LANDED = dt.date(2026, 3, 2)
KNOWN = ("1", "2")
ROWS = 6


def _values(name: str, bronze: str, draw: random.Random) -> list[object]:
    """Six values of a field, most of them valid."""
    field, dtype = DECLARED[bronze].fields[name], DECLARED[bronze].schema[name]  # type: ignore[attr-defined]
    some = {
        "time": [f"2026-03-0{n}T0{n}:30:00+0{n}:00" for n in (1, 2)],
        "date": [dt.date(2026, 3, 1), dt.date(2026, 3, 2)],
        "bool": [True, False],
    }.get(field.type, ["1", "2"] if dtype == pl.String() else [1, 2])
    some = ["AB", "CD"] if field.letters else some
    some = ["EUR", "USD"] if field.letters == 3 else some
    return [draw.choice([*(field.choices or some)] * 4 + [None]) for _ in range(ROWS)]


def _received(bronze: str, draw: random.Random) -> pl.DataFrame:
    told = DECLARED[bronze]
    fields = {name: _values(name, bronze, draw) for name in told.fields}  # type: ignore[attr-defined]
    own = {
        "_rescued": None, "_unfit": None, "_file": "a", "_row": list(range(ROWS)),
        "_landed_on": [LANDED] * 3 + [LANDED + dt.timedelta(1)] * 3,
        "_ingested_at": dt.datetime(2026, 3, 3, tzinfo=dt.UTC),
    }  # fmt: skip
    rest = {name: own[name] if isinstance(own[name], list) else [own[name]] * ROWS for name in own}
    return pl.DataFrame(fields | rest, schema=told.schema)


def _rows(table: FromBronze, received: pl.DataFrame) -> pl.DataFrame:
    """The rows of the records, by the judge and the winner of the table's kind."""
    known = Known({name: pl.Series(KNOWN) for name in table.known}, {"1": "UTC", "2": "Asia/Tokyo"})
    judge = Judge(table, DECLARED.bronze_of(table), known)
    valid, rejected = judge.judged(judge.placed(received.lazy()).collect())
    assert list(rejected)
    mapped = table.build(valid.lazy()).collect()
    key, sequence = DECLARED.bronze_of(table).key, str(judge.dataset.sequence)
    if isinstance(table, Events):
        found = winners.events(mapped, key)
    else:
        kinds = {Current: winners.current, History: winners.history, Reference: winners.reference}
        found = kinds[type(table)](mapped, key, sequence)
    return found.select(table.schema.names())


def _changed(
    bronze: str, received: pl.DataFrame, draw: random.Random
) -> Iterator[tuple[str, pl.DataFrame]]:
    for name in DECLARED[bronze].fields:  # type: ignore[attr-defined]
        for _ in range(2):
            values = pl.Series(name, _values(name, bronze, draw), received.schema[name])
            yield name, received.with_columns(values)


@pytest.mark.parametrize("name", TABLES)
def test_what_a_change_of_a_field_changes_was_told(name: str) -> None:
    table = DECLARED[name]
    assert isinstance(table, FromBronze)
    told, found, bronze = LINEAGE.of(table), 0, str(table.bronze)
    for seed in range(2):
        draw = random.Random(seed)
        received = _received(bronze, draw)
        before = _rows(table, received)
        for field, other in _changed(bronze, received, draw):
            after = _rows(table, other)
            for column, origins in told.items():
                if not before[column].equals(after[column]):
                    found += 1
                    assert Source(bronze, field) in origins.all, (seed, field, column)
    assert found > 20
