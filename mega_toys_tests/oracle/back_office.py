"""The back office: what the systems of finance and supply send."""

from datetime import UTC, date, datetime, time

from mega_toys_tests.oracle.markets import MARKETS, NEVER_RATED, RATED_LATE, SKUS, sku_of
from mega_toys_tests.oracle.senders import Season, cents


def sales_ledger(season: Season, day: date) -> None:
    """Wholesale invoices and credit notes, some corrected."""
    for number in season.many(12):
        currency, zone, rate = MARKETS[season.rng.choice(list(MARKETS))]
        posted = season.moment(day, zone)
        quantity, price = season.rng.randint(1, 200), cents(season.rng.uniform(1, 50) * rate)
        for updated in season.versions(posted, 3):
            record = {
                "entry_id": f"GL-{day:%m%d}-{number:05}",
                "invoice_id": str(100000 + number),
                "line_no": number % 5,
                "posted_at": posted,
                "account_id": f"AC-{number % 7:03}",
                "sku": sku_of(season),
                "quantity": quantity,
                "unit_price": price,
                "discount": season.rng.choice((None, cents(float(price) * quantity * 0.05))),
                "currency": currency,
                "kind": season.rng.choice(("invoice", "invoice", "invoice", "credit_note")),
                "updated_at": updated,
            }
            season.send("finance/sales_ledger", record, updated)


def exchange_rates(season: Season) -> None:
    """Banking days only; one currency comes late, one never."""
    for number in range(-1, season.length):
        day = season.day(number)
        for currency, _, rate in MARKETS.values():
            late = currency == RATED_LATE and number < 2
            if day.weekday() > 4 or late or currency in ("EUR", NEVER_RATED) or season.chance(0.1):
                continue
            for updated in season.versions(datetime.combine(day, time(15), UTC), 2):
                record = {
                    "day": day,
                    "currency": currency,
                    "units_per_eur": round(rate * season.rng.uniform(0.98, 1.02), 4),
                }
                season.send("finance/exchange_rates", record | {"updated_at": updated}, updated)


def standard_costs(season: Season) -> None:
    """Costs of most products, revised in the middle of the season, some corrected."""
    for number in range(1, SKUS):
        for effective in (date(2026, 1, 1), season.day(season.length // 2)):
            for step, updated in enumerate(
                season.versions(datetime.combine(season.day(-2), time(1), UTC), 4)
            ):
                costs = {
                    name: cents(number + step % 2)
                    for name in ("material_eur", "labour_eur", "overhead_eur")
                }
                record = {
                    "sku": f"TOY-{number:04}",
                    "effective_from": effective,
                    **costs,
                    "updated_at": updated,
                }
                season.send("finance/standard_costs", record, updated)


def stock_movements(season: Season, day: date) -> None:
    """Goods in and out of the warehouses."""
    for number in season.many(14):
        warehouse, zone = season.rng.choice(
            (
                ("W-HAM", "Europe/Berlin"),
                ("W-SZX", "Asia/Shanghai"),
                ("W-LAX", "America/Los_Angeles"),
            )
        )
        moved = season.moment(day, zone)
        kind = season.rng.choice(("receipt", "shipment", "shipment", "return", "adjustment"))
        quantity = season.rng.randint(1, 80)
        signed = {"shipment": -quantity, "adjustment": season.rng.choice((0, -quantity))}.get(
            kind, quantity
        )
        for updated in season.versions(moved, 2):
            record = {
                "movement_id": f"MV-{day:%m%d}-{number:05}",
                "sku": sku_of(season),
                "warehouse_id": warehouse,
                "kind": kind,
                "quantity": signed,
                "lot_id": season.rng.choice((None, "LOT-1")),
                "order_id": season.rng.choice((None, "WO-1")),
                "moved_at": moved,
                "updated_at": updated,
            }
            season.send("supply/stock_movements", record, updated)


def send_back_office(season: Season) -> None:
    """Everything that finance and supply send in a season."""
    exchange_rates(season)
    standard_costs(season)
    for day in season.days:
        sales_ledger(season, day)
        stock_movements(season, day)
