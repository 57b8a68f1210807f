"""Sales: the gold tables made from orders and invoices."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from mega_toys_tests.oracle.euros import Rates, less, rounded, total

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def grouped(rows: list[Row], names: tuple[str, ...]) -> dict[tuple[Any, ...], list[Row]]:
    """The rows of every key."""
    found: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in names)].append(row)
    return found


def in_eur(lines: list[Row], rates: Rates) -> list[Row]:
    """Every line with its gross value and its discount in EUR."""
    return [
        {
            **line,
            "gross": rates.to_eur(
                line["quantity"] * line["unit_price"], line["currency"], line["day"]
            ),
            "off": rates.to_eur(line["discount"] or Decimal(0), line["currency"], line["day"]),
        }
        for line in lines
    ]


def amounts(sold: list[Row], returned: list[Row]) -> dict[str, float | None]:
    """The unrounded EUR amounts of lines sold and lines returned; null if one lacks a rate."""
    gross, off = total(line["gross"] for line in sold), total(line["off"] for line in sold)
    back = less(total(line["gross"] for line in returned), total(line["off"] for line in returned))
    if None in (gross, off, back):
        gross = off = back = None
    return {
        "gross_sales_eur": gross,
        "discounts_eur": off,
        "returns_eur": back,
        "net_sales_eur": less(gross, off, back),
    }


def of_orders(silver: Tables) -> list[Row]:
    """The lines of web orders that were not cancelled."""
    return [line for line in silver["commerce.silver.order_lines"] if line["status"] != "cancelled"]


def returned_of(lines: list[Row]) -> list[Row]:
    """The lines of returned orders."""
    return [line for line in lines if line["status"] == "returned"]


def daily_sales(silver: Tables, rates: Rates) -> list[Row]:
    """One row per day, sku, country and channel."""
    key = ("day", "sku", "country", "channel")
    return [
        {
            **dict(zip(key, at, strict=True)),
            "orders": len({line["order_id"] for line in lines}),
            "units": sum(line["quantity"] for line in lines),
            **{name: rounded(eur) for name, eur in amounts(lines, returned_of(lines)).items()},
        }
        for at, lines in grouped(in_eur(of_orders(silver), rates), key).items()
    ]


def net_sales_daily(silver: Tables, rates: Rates) -> list[Row]:
    """One row per day, channel and sku, web and wholesale, with its cost."""
    cost_of = costs(silver)
    web, ledger = (
        in_eur(of_orders(silver), rates),
        in_eur(silver["finance.silver.sales_ledger"], rates),
    )
    invoiced = [entry for entry in ledger if entry["kind"] == "invoice"]
    credited = [entry for entry in ledger if entry["kind"] == "credit_note"]
    rows = []
    for channel, sold, back in (("web", web, returned_of(web)), ("wholesale", invoiced, credited)):
        key = ("day", "sku")
        sold_at, back_at = grouped(sold, key), grouped(back, key)
        for day, sku in sorted(sold_at.keys() | back_at.keys()):
            lines, returns = sold_at.get((day, sku), []), back_at.get((day, sku), [])
            at = {"day": day, "channel": channel, "sku": sku}
            rows.append(at | profit(lines, returns, cost_of(sku, day)))
    return rows


def profit(sold: list[Row], returned: list[Row], cost: Decimal | None) -> Row:
    """Units, amounts, cost and margin of one gold row."""
    units, back = sum(line["quantity"] for line in sold), sum(line["quantity"] for line in returned)
    eur = amounts(sold, returned)
    has_rates = eur["net_sales_eur"] is not None
    cost_of_sales = float((units - back) * cost) if cost is not None and has_rates else None
    gross_profit = less(eur["net_sales_eur"], cost_of_sales)
    stored = {
        name: rounded(amount)
        for name, amount in (
            eur | {"cost_of_sales_eur": cost_of_sales, "gross_profit_eur": gross_profit}
        ).items()
    }
    net, left = stored["net_sales_eur"], stored["gross_profit_eur"]
    margin = float(left) / float(net) if net and left is not None else None
    return {"units": units, "returned_units": back, **stored, "gross_margin": margin}


def costs(silver: Tables) -> Callable[[str, date], Decimal | None]:
    """The standard cost of a sku that is valid on a day, from the current versions."""
    by_sku = grouped(
        [row for row in silver["finance.silver.standard_costs"] if row["is_current"]], ("sku",)
    )

    def cost_of(sku: str, day: date) -> Decimal | None:
        valid = [row for row in by_sku.get((sku,), []) if row["effective_from"] <= day]
        if not valid:
            return None
        newest = max(valid, key=lambda row: row["effective_from"])
        return Decimal(newest["material_eur"] + newest["labour_eur"] + newest["overhead_eur"])

    return cost_of


def customer_value(silver: Tables, rates: Rates) -> list[Row]:
    """Recency, frequency and monetary value of every customer who kept an order."""
    kept = [
        row
        for row in silver["commerce.silver.orders"]
        if row["status"] not in ("cancelled", "returned")
    ]
    newest = max((order["day"] for order in silver["commerce.silver.orders"]), default=None)
    lines = grouped(in_eur(silver["commerce.silver.order_lines"], rates), ("order_id",))
    rows = []
    for (customer_id,), orders in grouped(kept, ("customer_id",)).items():
        days = [order["day"] for order in orders]
        bought = [line for order in orders for line in lines[(order["order_id"],)]]
        assert newest is not None
        rows.append(
            {
                "customer_id": customer_id,
                "first_order_day": min(days),
                "last_order_day": max(days),
                "recency_days": (newest - max(days)).days,
                "orders": len(orders),
                "monetary_eur": rounded(amounts(bought, [])["net_sales_eur"]),
            }
        )
    return scored(rows)


def scored(rows: list[Row]) -> list[Row]:
    """Each customer with scores by those strictly worse, and a segment."""
    ranks: dict[str, Callable[[Row], Any]] = {
        "r_score": lambda row: -row["recency_days"],
        "f_score": lambda row: row["orders"],
        "m_score": lambda row: (row["monetary_eur"] is not None, row["monetary_eur"] or Decimal(0)),
    }
    for name, rank in ranks.items():
        found = [rank(row) for row in rows]
        for row in rows:
            row[name] = 1 + 5 * sum(other < rank(row) for other in found) // len(rows)
    return [
        {**row, "segment": segment(row["r_score"], row["f_score"], row["m_score"])} for row in rows
    ]


def segment(r: int, f: int, m: int) -> str:
    """The customer's segment by its scores."""
    if f >= 4:
        return "champion" if r >= 4 else "loyal"
    if r >= 4:
        return "new"
    if r <= 2:
        return "at_risk" if m >= 4 else "lost"
    return "regular"


def funnel_daily(silver: Tables) -> list[Row]:
    """How far the sessions of each day and device came."""
    steps = ("view_item", "add_to_cart", "begin_checkout", "purchase")
    rows = []
    for (day, device), visits in grouped(
        silver["commerce.silver.sessions"], ("day", "device")
    ).items():
        with_step = {step: sum(visit[f"{step}s"] > 0 for visit in visits) for step in steps}
        engaged = sum(
            v["duration_s"] > 10 or v["page_views"] >= 2 or v["purchases"] > 0 for v in visits
        )
        carts = with_step["add_to_cart"]
        bought = sum(visit["add_to_carts"] > 0 and visit["purchases"] > 0 for visit in visits)
        rows.append(
            {
                "day": day,
                "device": device,
                "sessions": len(visits),
                "engaged_sessions": engaged,
                **{f"sessions_with_{step}": count for step, count in with_step.items()},
                "cart_abandonment": 1 - bought / carts if carts else None,
                "conversion": with_step["purchase"] / len(visits),
            }
        )
    return rows
