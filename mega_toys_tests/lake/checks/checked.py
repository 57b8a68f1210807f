"""The checks of a table in a lake under test, and somebody who writes past the refresh."""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from mega_toys.lake.checks import run_checks
from mega_toys.lake.run.found import Found
from mega_toys.lake.run.outcome import Outcome
from mega_toys.lake.run.work import Work
from mega_toys_tests.lakes import Lake, needed_for

RATES = "finance.silver.exchange_rates"
TENTH, ELEVENTH = dt.date(2026, 3, 10), dt.date(2026, 3, 11)


def send_rates(lake: Lake) -> None:
    """Two currencies on two days, in one file."""
    rates = [
        {
            "day": f"{day}",
            "currency": currency,
            "units_per_eur": 1.5,
            "updated_at": f"{day}T16:00:00Z",
        }
        for day in (TENTH, ELEVENTH)
        for currency in ("USD", "GBP")
    ]
    lake.send(f"finance/exchange_rates/{ELEVENTH}/a.ndjson", *rates)


def lake_of_rates(folder: Path, rows_at_once: int = 1_000_000) -> Lake:
    """A lake that has taken them in, and has no other tables."""
    lake = Lake(folder, needed_for(RATES), rows_at_once)
    send_rates(lake)
    lake.refresh()
    return lake


def result(lake: Lake, table: str, check: str, *days: dt.date, work: Work | None = None) -> Found:
    """What a check finds after a run that touched these days, or all that there are."""
    work, declared = work or lake.work(), lake.catalog[table]
    touched = set(days) or set(work.store.rows_by_day(work.stored(declared)))
    outcome = Outcome(table, days=touched, touched=touched, changed=True)
    return {found.name: found for found in run_checks(declared, outcome, work)}[check]


def written(lake: Lake, table: str, rows: pl.DataFrame) -> None:
    """Add rows to a table from outside, as no refresh would."""
    rows.select(list(lake.catalog[table].schema)).write_delta(lake.store.uri(table), mode="append")


def repeated(lake: Lake, table: str, **told: Any) -> None:
    """Add the first row of a table once more from outside, with some values changed."""
    row = lake.rows(table).head(1)
    written(
        lake,
        table,
        row.with_columns(
            pl.lit(value, row.schema[name]).alias(name) for name, value in told.items()
        ),
    )
