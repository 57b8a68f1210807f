"""What became of the records of every day, counted as they come and go."""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mega_toys.declared.lake.gold.data_quality_daily import TABLE as DATA_QUALITY
from mega_toys.lake.checks import noted
from mega_toys.lake.checks.shares import jumps
from mega_toys.lake.quarantined import quality
from mega_toys.lake.quarantined.decisions import content_hash
from mega_toys.lake.quarantined.quality import ANY, QUALITY
from mega_toys.lake.quarantined.standing import Choice
from mega_toys.operations.problems import findings_that_stop_nothing
from mega_toys.operations.quarantine import dismiss
from mega_toys.operations.status import statuses
from mega_toys_tests.lakes import Lake, needed_for

EVENTS, ORDERS = "commerce.silver.web_events", "commerce.silver.orders"
TABLES = needed_for(EVENTS, ORDERS)
FIRST, SECOND = dt.date(2026, 3, 10), dt.date(2026, 3, 11)
ACCOUNT = ["received", "accepted", "duplicates", "quarantined"]


def event(number: int, day: dt.date, device: str = "mobile", **told: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}", "client_id": "c", "ts": f"{day}T12:00:00Z",
        "event_name": "page_view", "device": device, **told,
    }  # fmt: skip


def order(number: int, day: dt.date, **told: Any) -> dict[str, Any]:
    at = f"{day}T12:00:00Z"
    return {
        "order_id": f"O{number}", "customer_id": "C", "placed_at": at, "updated_at": at,
        "status": "paid", "currency": "eur", "country": "de", "channel": "web",
        "items": [{"line_no": 1, "sku": "T", "quantity": 1, "unit_price": "1"}], **told,
    }  # fmt: skip


def taken_in(lake: Lake) -> set[dt.date]:
    """Refresh; the days that the table wrote."""
    outcome = lake.refresh()[QUALITY.name]
    assert quality.stale(lake.work()) == set()
    return outcome.days


def sums(lake: Lake, table: str, **chosen: Any) -> list[tuple[Any, ...]]:
    rows = lake.rows(QUALITY.name).filter(table=table, **chosen)
    return rows.select("day", "file_group", *ACCOUNT, "open", "corrected", "dismissed").sort("day",
        "file_group").rows()  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path, TABLES)
    for day in (FIRST, SECOND):
        lake.send(
            f"commerce/web_events/{day}/a.ndjson",
            event(1, day), event(1, day), event(2, day, "tv", quantity="many"), event(3, day, "tv"),
        )  # fmt: skip
    lake.send(f"commerce/orders/{SECOND}/a.NDJSON", order(1, FIRST), order(2, SECOND, country="x"))
    return lake


@pytest.mark.slow
def test_corrections_and_decisions_change_only_the_days_of_their_records(lake: Lake) -> None:
    assert taken_in(lake) == {FIRST, SECOND}
    assert sums(lake, EVENTS, rule=ANY) == [
        (day, "ndjson", 4, 1, 1, 2, 2, 0, 0) for day in (FIRST, SECOND)
    ]
    assert sums(lake, EVENTS, rule="quantity_is_valid", day=FIRST) == [
        (FIRST, "ndjson", 4, 1, 1, 1, 1, 0, 0)
    ]
    file = f"commerce/web_events/{FIRST}/a.ndjson"
    rejected = lake.rows("commerce.quarantine.web_events").filter(_file=file, _row=2)
    claim = {"file": file, "row": 2, "content_hash": content_hash(rejected["record"].item())}

    dismiss(lake.work(), Choice(day=SECOND), EVENTS, "anna", "no matter")
    assert quality.stale(lake.work()) == {SECOND}
    assert taken_in(lake) == {SECOND}
    lake.send(f"{file}.correction-0001.ndjson", event(2, FIRST) | {"_corrects": claim})
    assert taken_in(lake) == {FIRST}

    assert sums(lake, EVENTS, rule=ANY) == [
        (FIRST, "correction", 1, 1, 0, 0, 0, 0, 0), (FIRST, "ndjson", 4, 1, 1, 2, 1, 1, 0),
        (SECOND, "ndjson", 4, 1, 1, 2, 0, 0, 2),
    ]  # fmt: skip
    lake.send(f"{file}.correction-0001.ndjson", event(2, FIRST))
    assert taken_in(lake) == {FIRST}
    assert sums(lake, EVENTS, rule=ANY, file_group="ndjson", day=FIRST)[0][-3:] == (2, 0, 0)


@pytest.mark.slow
def test_the_counts_are_those_of_a_lake_made_from_nothing(lake: Lake, tmp_path: Path) -> None:
    taken_in(lake)
    lake.land(f"commerce/orders/{SECOND}/b.csv", "order_id\nO1\n")
    lake.send(
        f"commerce/orders/{SECOND}/c.ndjson", order(1, SECOND, updated_at=f"{SECOND}T13:00:00Z")
    )
    assert taken_in(lake) == {FIRST, SECOND}  # the order moved from one to the other
    lake.send(f"commerce/web_events/{FIRST}/a.ndjson", event(1, FIRST))
    taken_in(lake)

    anew = Lake(tmp_path / "anew", TABLES)
    lake.landing.rename(tmp_path / "moved")
    anew.landing.rmdir()
    (tmp_path / "moved").rename(anew.landing)
    taken_in(anew)

    order_of = [pl.struct(pl.all())]
    rows = lake.rows(QUALITY.name).sort(order_of)
    assert rows.equals(anew.rows(QUALITY.name).sort(order_of))
    by = ["table", "day"]
    summed = rows.filter(rule=ANY).group_by(by).agg(pl.col(ACCOUNT).sum()).sort(by)
    accounts = lake.rows("lake.row_accounts").select(*by, *ACCOUNT).sort(by)
    assert summed.equals(accounts)


def test_a_rule_whose_share_jumps_is_found_and_a_busy_day_is_not() -> None:
    def day(at: int, received: int, broken: int) -> list[tuple[Any, ...]]:
        on = dt.date(2026, 3, at)
        rest = (0, 0, broken, broken, 0, 0)
        return [(on, "t", rule, "csv", received, *rest) for rule in (ANY, "r")]

    usual = [row for at in range(1, 11) for row in day(at, 1000, 10)]
    asked = {dt.date(2026, 3, 11)}

    def found(received: int, broken: int, before: list[Any]) -> list[dict[str, Any]]:
        rows = [*before, *day(11, received, broken)]
        frame = pl.LazyFrame(rows, schema=QUALITY.schema, orient="row")
        return jumps(frame, asked).collect().to_dicts()

    (jump,) = found(1000, 31, usual)
    assert (jump["rule"], jump["quarantined"], jump["usual"]) == ("r", 31, 10.0)
    assert found(1000, 30, usual) == []
    assert found(5000, 60, usual) == []  # five times the records
    assert found(100, 9, usual) == []  # too few to tell
    assert found(1000, 500, usual[:12]) == []  # six days before


@pytest.mark.slow
def test_a_share_that_jumps_is_noted_and_told_until_it_is_mended(tmp_path: Path) -> None:
    lake = Lake(tmp_path, TABLES)
    days = [FIRST + dt.timedelta(days=at) for at in range(9)]
    for day in days:
        lake.send(f"commerce/web_events/{day}/a.ndjson", *(event(n, day) for n in range(20)))
    lake.send(f"commerce/web_events/{days[-1]}/b.ndjson",
        *(event(n, days[-1], "tv") for n in range(20, 40)))  # fmt: skip
    lake.refresh()

    last = ((days[-1], days[-1]),)
    assert noted(DATA_QUALITY, lake.work()).warned == {"shares_are_usual": last}
    told = [one.told for one in findings_that_stop_nothing(lake.work())]
    assert f"{QUALITY.name}: shares_are_usual" in told
    assert {one.table: one for one in statuses(lake.plan())}[QUALITY.name].up_to_date

    lake.send(f"commerce/web_events/{days[-1]}/b.ndjson")
    lake.refresh()
    assert noted(DATA_QUALITY, lake.work()).warned == {}
