"""What Dagster's pages show of rows."""

import datetime as dt

import polars as pl

from mega_toys.orchestration.reporting.metadata import table_of
from mega_toys.orchestration.runs.quarantine_jobs import _table

STEERING, TOLD = "a\x1b[2J\u202e\x07.csv", r"a\x1b[2J\u202e\x07.csv"
DAY = dt.date(2026, 3, 10)


def test_no_value_of_a_row_steers_who_reads_its_page() -> None:
    (record,) = table_of([{"file": STEERING, "rows": 1, "none": None, "day": DAY}]).records

    assert record.data == {"file": TOLD, "rows": 1, "none": None, "day": "2026-03-10"}


def test_no_place_of_a_quarantined_record_steers_who_reads_its_page() -> None:
    (record,) = _table(pl.DataFrame({"_file": [STEERING], "_row": [0], "day": [DAY]})).records

    assert record.data == {"_file": TOLD, "_row": 0, "day": "2026-03-10"}
