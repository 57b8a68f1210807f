"""What a page tells of days: how checks stood, and in what the newest day differs."""

import datetime as dt
from pathlib import Path

import pytest

from mega_toys.catalog_site.drift import FEWEST, Drift, drift, drift_of_versions
from mega_toys.catalog_site.site import Site, pages
from mega_toys.catalog_site.strip import STEP, Strips
from mega_toys.declared.days import shifted
from mega_toys.lake.reading.reader import Reader
from mega_toys.lake.store.note import Note
from mega_toys_tests.lakes import Lake, needed_for

LEDGER, MOVEMENTS = "finance.silver.sales_ledger", "supply.silver.stock_movements"
FIRST = dt.date(2026, 3, 1)
CHECK = "values_are_as_declared"


def line(day: dt.date, number: int, **other: object) -> dict[str, object]:
    at = f"{day}T10:00:00Z"
    told: dict[str, object] = {
        "entry_id": f"{day}-{number}", "invoice_id": "I1", "line_no": 1, "posted_at": at,
        "account_id": "A1", "sku": "S1", "quantity": 2 + number, "unit_price": "9.99",
        "discount": "1.00", "currency": "EUR", "kind": "invoice", "updated_at": at,
    }  # fmt: skip
    return told | other


def ledger(folder: Path, *last: dict[str, object], days: int = FEWEST) -> Lake:
    """Two usual lines on each of some days, then a day of these lines."""
    lake = Lake(folder, needed_for(LEDGER))
    for day in (shifted(FIRST, back) for back in range(days)):
        lake.send(f"finance/sales_ledger/{day}/a.ndjson", line(day, 0), line(day, 1))
    lake.send(f"finance/sales_ledger/{shifted(FIRST, days)}/a.ndjson", *last)
    lake.refresh()
    return lake


def drift_of(lake: Lake, table: str = LEDGER) -> Drift | None:
    site = Site.of(Reader(lake.store, lake.catalog), lake.plan())
    return site.products[table].drift


def drifting(lake: Lake, table: str = LEDGER) -> set[str]:
    found = drift_of(lake, table)
    assert found is not None
    return {f"{one.column} {one.what}".strip() for one in found.measures if one.drifts}


LAST = shifted(FIRST, FEWEST)


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ([line(LAST, 0), line(LAST, 1)], set()),
        ([line(LAST, 0), line(LAST, 1), line(LAST, 2)], {"rows"}),
        ([line(LAST, 0, discount=None), line(LAST, 1)], {"discount empty"}),
        ([line(LAST, 0), line(LAST, 1, unit_price="11")], set()),  # it is confidential
        ([line(LAST, 0), line(LAST, 1), line(LAST, 2, kind="gift")], {"rejected records"}),
    ],
)
@pytest.mark.slow
def test_what_differs_from_the_four_weeks_before_drifts(
    tmp_path: Path, last: list[dict[str, object]], found: set[str]
) -> None:
    assert drifting(ledger(tmp_path, *last)) == found


def test_values_beyond_all_before_drift(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(MOVEMENTS))
    for back, quantity in enumerate([2, 5, 3, 4, 2, 5, 3, 7]):
        day = shifted(FIRST, back)
        at = f"{day}T10:00:00Z"
        moved = {
            "movement_id": f"{day}", "sku": "S1", "warehouse_id": "W1", "kind": "receipt",
            "quantity": quantity, "moved_at": at, "updated_at": at,
        }  # fmt: skip
        lake.send(f"supply/stock_movements/{day}/a.ndjson", moved)
    lake.refresh()

    assert drifting(lake, MOVEMENTS) == {"quantity values"}


def test_too_few_days_are_compared_with_nothing(tmp_path: Path) -> None:
    assert drift_of(ledger(tmp_path, line(shifted(FIRST, 3), 0), days=3)) is None


def test_a_day_that_is_not_over_is_not_told(tmp_path: Path) -> None:
    lake = ledger(tmp_path, line(shifted(FIRST, 8), 0), days=8)
    table, work = lake.catalog[LEDGER], lake.work()
    today = work.now().date()
    lake.send(f"finance/sales_ledger/{today}/a.ndjson", line(today, 0))
    lake.refresh()

    found = drift(table, lake.work(), None, {})

    assert found is not None
    assert found.day == shifted(FIRST, 8)


PRODUCTS = "commerce.silver.products"


def of_versions(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *last: dict[str, object], days: int = FEWEST
) -> Drift | None:
    """A product more on each of some days, then these; each day is a refresh, and so a version."""
    lake = Lake(folder, needed_for(PRODUCTS))
    known = [(shifted(FIRST, -1), lake.store.version(PRODUCTS))]
    for back in range(days):
        rows = [product(f"S{number}") for number in range(20)] if back == 0 else []
        send_products(lake, back, *rows, product(f"T{back}"))
        known.append((shifted(FIRST, back), lake.store.version(PRODUCTS)))
    send_products(lake, days, *last)
    known.append((shifted(FIRST, days), lake.store.version(PRODUCTS)))
    monkeypatch.setattr(type(lake.store), "newest_of_days", lambda *_: iter(known[:0:-1]))
    return drift_of_versions(lake.catalog[PRODUCTS], lake.work())


def product(sku: str, **other: object) -> dict[str, object]:
    told: dict[str, object] = {
        "sku": sku, "name": "Train", "category": "Wood", "age_min": 3, "list_price_eur": "9.99",
        "launched_on": "2026-01-01", "updated_at": "2026-02-20T10:00:00Z",
    }  # fmt: skip
    return told | other


def send_products(lake: Lake, back: int, *rows: dict[str, object]) -> None:
    lake.send(f"commerce/products/{shifted(FIRST, back)}/a.ndjson", *rows)
    lake.refresh()


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ([product("U")], set()),
        ([product(f"U{number}") for number in range(9)], {"rows"}),
        ([product("U", age_min=12)], {"age_min values"}),
    ],
)
@pytest.mark.slow
def test_a_version_that_differs_from_those_before_drifts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    last: list[dict[str, object]],
    found: set[str],
) -> None:
    told = of_versions(tmp_path, monkeypatch, *last)

    assert told is not None
    assert (told.day, told.of_versions) == (LAST, True)
    assert {f"{one.column} {one.what}".strip() for one in told.measures if one.drifts} == found


def test_versions_of_few_days_are_compared_with_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert of_versions(tmp_path, monkeypatch, product("U"), days=2) is None


def test_the_last_version_of_a_day_is_what_stood_at_its_end(tmp_path: Path) -> None:
    lake = Lake(tmp_path, needed_for(PRODUCTS))
    for back in range(2):
        send_products(lake, back, product(f"S{back}"))
    (day, version), *more = lake.store.newest_of_days(PRODUCTS, 3)

    files = lake.store.files_at(PRODUCTS, version)
    assert files is not None
    assert (day, more) == (lake.work().now().date(), [])
    assert files["num_records"].sum() == 2
    assert lake.store.files_at(PRODUCTS, version + 9) is None


def test_a_check_is_told_day_by_day_as_the_notes_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = ledger(tmp_path, line(shifted(FIRST, 1), 0), days=1)
    table, work = lake.catalog[LEDGER], lake.work()
    today = work.now().date()

    def at(back: int) -> dt.datetime:
        return dt.datetime.combine(shifted(today, -back), dt.time(12), dt.UTC)

    def note(**said: object) -> Note:
        return Note(run="r", batch="b", **said)  # type: ignore[arg-type]

    found, failed = note(warned={CHECK: ()}), note(failed={CHECK: ()})
    newest_first = [
        (at(1), note()), (at(5), note()), (at(5), found), (at(8), found), (at(10), failed)
    ]  # fmt: skip
    monkeypatch.setattr(type(lake.store), "made_since", lambda *_: iter(newest_first))
    strips = Strips(table, work)

    strip = strips.of(CHECK)

    assert strip is not None
    assert [(part.weight, part.width // STEP) for part in strip.parts] == [
        ("wrong", 2), ("odd", 3), ("well", 6),
    ]  # fmt: skip
    assert strip.parts[-1].x + strip.parts[-1].width == 600
    assert strip.told.startswith(f"{shifted(today, -10)} to {shifted(today, -9)}: failed; ")


def test_a_page_shows_checks_and_drift_over_time(tmp_path: Path) -> None:
    lake = ledger(tmp_path, line(shifted(FIRST, 8), 0, kind="gift"), days=8)
    site = Site.of(Reader(lake.store, lake.catalog), lake.plan())

    page = {str(path): text for path, text in pages(site, None)}[f"tables/{LEDGER}.html"]

    assert 'class="strip"' in page
    assert "<h2>Drift</h2>" in page
    assert ">rejected records" in page
