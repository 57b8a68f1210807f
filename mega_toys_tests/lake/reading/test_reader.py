"""Views are read by their names as tables are: in Python, and what they are made of is told."""

import datetime as dt
from pathlib import Path

import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import LakeError, UnknownTableError
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.reading.views import described, made_of
from mega_toys_tests.lake.checks.checked import RATES, TENTH, lake_of_rates

VIEW, OTHER = "finance.semantic.dear", "finance.semantic.dearest"
SQL = f"""-- What costs more than a euro,
-- on any day. Not finance.bronze.exchange_rates.
SELECT day, currency -- finance.quarantine.exchange_rates
FROM {RATES} WHERE units_per_eur > 1"""


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    lake = lake_of_rates(tmp_path)
    views = {VIEW: SQL, OTHER: f"SELECT max(day) AS day FROM {VIEW}"}
    return Reader(lake.store, Catalog(lake.catalog, views))


def test_a_view_is_scanned_as_a_table_is(reader: Reader) -> None:
    rows = reader.scan(VIEW).filter(day=TENTH).sort("currency").collect()

    assert rows.rows() == [(TENTH, "GBP"), (TENTH, "USD")]
    assert reader.scan(OTHER).collect().equals(reader.sql(f"FROM {OTHER}"))


def test_a_view_has_no_versions(reader: Reader) -> None:
    with pytest.raises(LakeError, match="is a view: it has no versions"):
        reader.scan(VIEW, 0)


def test_an_instant_before_a_table_was_is_refused_and_one_since_is_read(reader: Reader) -> None:
    begins = reader.store.log_begins_at("lake.files")
    assert begins is not None

    with pytest.raises(LakeError, match="its log begins at"):
        reader.scan("lake.files", begins - dt.timedelta(seconds=1))
    assert reader.scan("lake.files", begins).collect().is_empty()


def test_a_view_that_is_misspelt_may_be_meant(reader: Reader) -> None:
    with pytest.raises(UnknownTableError, match=f"Did you mean `{VIEW}`"):
        reader.scan("finance.semantic.deer")


def test_a_view_tells_what_a_row_is_and_of_what_it_is_made(reader: Reader) -> None:
    told = reader.tables().filter(table=VIEW).row(0, named=True)

    assert (told["kind"], told["rows"]) == ("view", None)
    assert told["description"] == described(VIEW, reader.catalog)
    assert told["description"].startswith("What costs more than a euro, on any day.")
    assert made_of(VIEW, reader.catalog) == [RATES]
    assert made_of(OTHER, reader.catalog) == [VIEW]


def test_tables_count_their_rows_and_say_whose_they_are(reader: Reader) -> None:
    told = reader.tables().filter(table=RATES).row(0, named=True)

    assert told["rows"] == 4
    assert (told["owner"], told["privacy"]) == ("finance-data", "internal")
