"""The landing as the sequence: what was received last is the newest, in whatever order it is told.

Expected is worked out here from the records alone, in the order of landing day, file and position.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.dataset import LANDING
from mega_toys.declared.table import Bronze, Table
from mega_toys_tests.lakes import DECLARED, Lake

MOVEMENTS, COSTS, RATES = (
    "supply/stock_movements",
    "finance/standard_costs",
    "finance/exchange_rates",
)
DATASETS = (MOVEMENTS, COSTS, RATES)
MARCH = [dt.date(2026, 3, day) for day in range(1, 8)]
AT = "2026-03-01T10:00:00Z"
Sent = tuple[int, str, str, int]  # landing day, file, key, value


def by_landing(table: Table) -> Table:
    if isinstance(table, Bronze):
        return replace(table, dataset=replace(table.dataset, sequence=LANDING))
    return replace(table, refers={}, checks=())


BY_LANDING = Catalog(
    by_landing(DECLARED[".".join((domain, layer, name))])
    for domain, name in (dataset.split("/") for dataset in DATASETS)
    for layer in ("bronze", "silver")
)


def record(dataset: str, key: str, value: int) -> dict[str, Any]:
    """A record of the key, with the value as its content; all have one `updated_at`."""
    return {
        MOVEMENTS: {
            "movement_id": key, "sku": "T", "warehouse_id": "W", "kind": "receipt",
            "quantity": value, "moved_at": AT, "updated_at": AT,
        },
        COSTS: {
            "sku": key, "effective_from": "2026-03-01", "material_eur": str(value),
            "labour_eur": "1", "overhead_eur": "1", "updated_at": AT,
        },
        RATES: {"day": "2026-03-01", "currency": key, "units_per_eur": value, "updated_at": AT},
    }[dataset]  # fmt: skip


def send(lake: Lake, sent: Sequence[Sent]) -> None:
    for (day, file), records in groupby(sorted(sent, key=lambda one: one[:2]), lambda one: one[:2]):
        told = list(records)
        for dataset in DATASETS:
            path = f"{dataset}/{MARCH[day]}/{file}.ndjson"
            lake.send(path, *(record(dataset, key, value) for _, _, key, value in told))


def midnight(day: int) -> dt.datetime:
    return dt.datetime.combine(MARCH[day], dt.time(), dt.UTC)


def versions(sent: Sequence[Sent]) -> dict[str, list[tuple[int, int]]]:
    """Of each key its versions: the landing day each begins on, and its value."""
    found: dict[str, list[tuple[int, int]]] = {}
    last_of_day = {(key, day): value for day, _, key, value in received(sent)}
    for (key, day), value in sorted(last_of_day.items()):
        mine = found.setdefault(key, [])
        if not mine or mine[-1][1] != value:
            mine.append((day, value))
    return found


def received(sent: Sequence[Sent]) -> list[Sent]:
    """In received order."""
    return sorted(sent, key=lambda one: one[:2])


SENT = st.lists(
    st.tuples(
        st.integers(0, 4), st.sampled_from("ab"), st.sampled_from(["EUR", "USD"]), st.integers(1, 2)
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(first=SENT, then=SENT)
def test_what_was_received_last_is_the_newest_whenever_it_is_taken_in(
    first: list[Sent], then: list[Sent]
) -> None:
    then = [(day, f"{file}{file}", key, value) for day, file, key, value in then]
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder), BY_LANDING)
        send(lake, first)
        lake.refresh()
        send(lake, then)
        lake.refresh()
        expected = versions([*first, *then])
        last = {key: value for _, _, key, value in received([*first, *then])}

        movements = lake.rows("supply.silver.stock_movements", "movement_id", "quantity")
        assert movements.rows() == sorted(last.items())
        rates = lake.rows(
            "finance.silver.exchange_rates", "currency", "units_per_eur", "_landed_on"
        )
        assert rates.rows() == [(k, v[-1][1], MARCH[v[-1][0]]) for k, v in sorted(expected.items())]
        costs = lake.rows("finance.silver.standard_costs", "sku", "valid_from", "valid_to")
        ends = {k: [*(midnight(day) for day, _ in v[1:]), None] for k, v in expected.items()}
        assert costs.rows() == [
            (k, midnight(day), end)
            for k, v in sorted(expected.items())
            for (day, _), end in zip(v, ends[k], strict=True)
        ]
