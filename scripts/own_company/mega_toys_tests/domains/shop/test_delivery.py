"""A file that the tills leave becomes rows of gold, and what is wrong in it stays behind."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from mega_toys_tests.lakes import Lake

RECEIPT: dict[str, Any] = {
    "receipt_id": "R-1", "article": "lamp", "quantity": 2, "price_eur": "10", "paid_eur": "18",
    "sold_at": "2026-03-02T10:00:00+01:00", "updated_at": "2026-03-02T10:00:01+01:00",
}  # fmt: skip
FILE = "shop/receipts/2026-03-02/till-1.ndjson"


def test_a_delivery_reaches_gold_and_what_breaks_a_rule_the_quarantine(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.send(FILE, RECEIPT, RECEIPT | {"receipt_id": "R-2", "paid_eur": "25"})

    lake.refresh()

    assert lake.rows("shop.gold.daily_revenue", "revenue_eur").item() == Decimal(18)
    rejected = lake.rows("shop.quarantine.receipts", "rules").item().to_list()
    assert rejected == ["nobody_pays_more_than_the_price"]


def test_a_corrected_receipt_corrects_its_day(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.send(FILE, RECEIPT)
    lake.refresh()
    corrected = {"paid_eur": "15", "updated_at": "2026-03-03T08:00:00+01:00"}
    lake.send("shop/receipts/2026-03-03/till-1.ndjson", RECEIPT | corrected)

    lake.refresh()

    assert lake.rows("shop.gold.daily_revenue", "revenue_eur").item() == Decimal(15)
