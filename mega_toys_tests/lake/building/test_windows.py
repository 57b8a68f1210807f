"""What lands long after its business day, and a table in one piece that is read by day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import dataframely as dy
import polars as pl
import pytest

from mega_toys.declared import columns, sent
from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import LANDING, Dataset
from mega_toys.declared.errors import StoredSchemaError
from mega_toys.declared.sent_as import SentAs
from mega_toys.declared.table import Bronze, ByDay, Events, Reference
from mega_toys.declared.window import Window
from mega_toys.operations.rebuild import forget_changed
from mega_toys_tests.lakes import Lake, copy_of

OWNER = Contract(owner="tests")
LONG_AGO, BEFORE = dt.date(1995, 3, 10), dt.date(1995, 3, 11)


class ReceivedRates(sent.Received):
    """A rate."""

    __module__ = "x.stock.bronze.rates"
    day = sent.date()
    currency = sent.text()
    rate = sent.number()


class Rates(columns.Accepted):
    """A rate, in one piece."""

    __module__ = "x.stock.silver.rates"
    day = dy.Date(primary_key=True)
    currency = dy.String(primary_key=True)
    rate = dy.Float64()


class Fixings(Rates):
    """A rate as an event."""

    __module__ = "x.stock.silver.fixings"


class RatesDaily(dy.Schema):
    """A day with rates."""

    __module__ = "x.stock.gold.rates_daily"
    day = dy.Date(primary_key=True)
    rates = dy.Int64()
    most = dy.Float64()


def rates(received: dy.LazyFrame[ReceivedRates]) -> pl.LazyFrame:
    return received


def rates_daily(rates: dy.LazyFrame[Rates]) -> pl.LazyFrame:
    return rates.group_by("day").agg(rates=pl.len().cast(pl.Int64), most=pl.max("rate"))


BRONZE = Bronze(
    rows=ReceivedRates,
    dataset=Dataset(key=("day", "currency"), business_time=("day",), sequence=LANDING),
    contract=OWNER,
)
IN_ONE_PIECE = Catalog(
    [
        BRONZE,
        Reference(rows=Rates, received_from=ReceivedRates, build=rates, contract=OWNER),
        ByDay(rows=RatesDaily, build=rates_daily, contract=OWNER),
    ]
)


def of_events(window: Window, of: Bronze = BRONZE) -> Catalog:
    return Catalog(
        [
            of,
            Events(
                rows=Fixings, received_from=ReceivedRates, build=rates, window=window,
                contract=OWNER,
            ),
        ]
    )  # fmt: skip


def send(lake: Lake, landed: str, name: str, *told: tuple[dt.date, str, float]) -> None:
    records = [{"day": str(day), "currency": code, "rate": rate} for day, code, rate in told]
    lake.send(f"stock/rates/{landed}/{name}.ndjson", *records)


def accounts(lake: Lake, table: str) -> list[Sequence[object]]:
    counted = lake.rows("lake.row_accounts").filter(pl.col("table") == table).drop("table")
    return sorted(counted.select("day", "received", "accepted", "duplicates", "quarantined").rows())


def test_a_first_load_is_taken_however_old_and_what_comes_later_is_not(tmp_path: Path) -> None:
    lake = Lake(tmp_path, of_events(Window(first_load=dt.date(2026, 3, 10))))
    send(lake, "2026-03-10", "a", (LONG_AGO, "USD", 1), (BEFORE, "USD", 2), (LONG_AGO, "USD", 1))
    lake.refresh()
    send(lake, "2026-03-12", "b", (LONG_AGO, "USD", 3), (dt.date(2026, 3, 11), "USD", 4))
    lake.refresh()

    kept = lake.rows("stock.silver.fixings", "day", "rate").rows()
    assert kept == [(LONG_AGO, 1), (BEFORE, 2), (dt.date(2026, 3, 11), 4)]
    assert accounts(lake, "stock.silver.fixings") == [
        (LONG_AGO, 2, 1, 1, 0), (BEFORE, 1, 1, 0, 0),
        (dt.date(2026, 3, 11), 1, 1, 0, 0), (dt.date(2026, 3, 12), 1, 0, 0, 1),
    ]  # fmt: skip
    days = lake.rows("lake.days").filter(pl.col("table") == "stock.silver.fixings")
    assert set(days["status"]) == {"closed"}


def test_without_an_end_of_the_window_a_day_is_built_of_all_that_ever_landed_of_it(
    tmp_path: Path,
) -> None:
    lake = Lake(tmp_path / "lake", of_events(Window(after=None)), rows_at_once=2)
    send(lake, "2026-03-10", "a", (LONG_AGO, "USD", 1), (LONG_AGO, "CHF", 2), (BEFORE, "USD", 2))
    lake.refresh()
    send(lake, "2026-04-20", "b", (LONG_AGO, "USD", 3))
    outcome = lake.refresh()["stock.silver.fixings"]
    anew = Lake(tmp_path / "anew", lake.catalog)
    copy_of(lake, tmp_path / "again")
    (tmp_path / "again/landing").rename(tmp_path / "landing")
    anew.landing.rmdir()
    (tmp_path / "landing").rename(anew.landing)
    anew.refresh()

    columns = ["day", "currency", "rate"]
    kept = lake.rows("stock.silver.fixings", *columns).rows()
    assert kept == [(LONG_AGO, "CHF", 2), (LONG_AGO, "USD", 3), (BEFORE, "USD", 2)]
    assert kept == anew.rows("stock.silver.fixings", *columns).rows()
    assert outcome.days == {LONG_AGO}
    assert accounts(lake, "stock.silver.fixings") == accounts(anew, "stock.silver.fixings")
    days = lake.rows("lake.days").filter(pl.col("table") == "stock.silver.fixings")
    assert set(days["status"]) == {"provisional"}


def test_a_table_in_one_piece_touches_the_days_of_the_rows_that_changed(tmp_path: Path) -> None:
    lake = Lake(tmp_path, IN_ONE_PIECE)
    days = [LONG_AGO + dt.timedelta(n) for n in range(20)]
    send(lake, "2026-03-10", "a", *((day, "USD", n) for n, day in enumerate(days)))
    lake.refresh()
    send(lake, "2026-03-11", "b", (days[3], "USD", 30), (days[4], "USD", 4), (days[5], "CHF", 1))
    outcome = lake.refresh()["stock.gold.rates_daily"]

    assert partitions(lake) == 0
    assert outcome.days == {days[3], days[5]}
    assert lake.rows("stock.gold.rates_daily", "day", "rates", "most").rows() == [
        (day, 2 if n == 5 else 1, 30 if n == 3 else n) for n, day in enumerate(days)
    ]


def partitions(lake: Lake) -> int:
    return len(list(Path(lake.store.root, "stock/silver/rates").glob("day=*")))


def test_a_table_declared_to_lie_otherwise_is_made_anew_with_changed_code(tmp_path: Path) -> None:
    by_day = Catalog(
        replace(one, by_day=True) if isinstance(one, Reference) else one for one in IN_ONE_PIECE
    )
    lake = Lake(tmp_path, by_day)
    send(lake, "2026-03-10", "a", (LONG_AGO, "USD", 1), (BEFORE, "USD", 2))
    lake.refresh()
    before = lake.rows("stock.silver.rates", "day", "rate").rows()
    assert partitions(lake) == 2

    changed = Lake(tmp_path, IN_ONE_PIECE)
    with pytest.raises(StoredSchemaError, match="lie by `day`, declared in one piece"):
        changed.take_in("stock.silver.rates")
    forget_changed(changed.work(), changed.zone)
    changed.refresh()

    assert changed.store.files("stock.silver.rates")["path"].str.contains("day=").any() is False
    assert changed.rows("stock.silver.rates", "day", "rate").rows() == before


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_the_day_in_a_file_s_name_is_its_business_time(ending: str, tmp_path: Path) -> None:
    named = replace(BRONZE.dataset, sent_as=SentAs(from_path="rates_{day}.*", dates="%Y%m%d"))
    lake = Lake(tmp_path, of_events(Window(), replace(BRONZE, dataset=named)))
    content = {"csv": "currency,rate\nUSD,1\n", "ndjson": '{"currency": "USD", "rate": 1}\n'}
    lake.land(f"stock/rates/2026-03-10/rates_20260309.{ending}", content[ending])
    lake.land(f"stock/rates/2026-03-10/rates_of_today.{ending}", content[ending])
    lake.refresh()

    kept = lake.rows("stock.silver.fixings", "day", "currency").rows()
    assert kept == [(dt.date(2026, 3, 9), "USD")]
    rejected = lake.rows("stock.quarantine.fixings", "day", "rules").rows()
    assert rejected == [(dt.date(2026, 3, 10), ["day_is_valid"])]
