"""The datasets of sources.md: their fields, keys, kinds and cross-field rules."""

from datetime import timedelta

from mega_toys_tests.oracle.fields import (
    Dataset,
    Field,
    Rule,
    Values,
    choice,
    maybe,
    price,
    text,
    texts,
    times,
)

COUNTRY, CURRENCY = Field("country", "country"), Field("currency", "currency")
FACTORY = Field("factory_id", "text", known_in="manufacturing.silver.factories")
MACHINE = Field("machine_id", "text", known_in="manufacturing.silver.machines")
UPDATED = Field("updated_at", "time")
ONE_OR_MORE = Field("quantity", "int", low=1)
DISCOUNT = maybe(price("discount"))
QUANTITIES = tuple(f"{what}_quantity" for what in ("produced", "good", "scrap", "rework"))
LOT_QUANTITIES = (text("lot_id"), Field("quantity", "number"))
INPUTS, OUTPUTS = "input_quantity_list", "output_quantity_list"


def discount_fits(line: Values) -> bool:
    """A discount is at most the value of its line."""
    return bool((line["discount"] or 0) <= line["quantity"] * line["unit_price"])


def items_fit(items: list[Values]) -> bool:
    """At least one line, each number once, no discount above its line's value."""
    numbers = [item["line_no"] for item in items]
    unique = len(set(numbers)) == len(numbers)
    return bool(items) and unique and all(discount_fits(item) for item in items)


def sign_fits(movement: Values) -> bool:
    """Receipts and returns come in, shipments go out, adjustments do either."""
    kind, quantity = movement["kind"], movement["quantity"]
    if kind == "adjustment":
        return True
    return bool(quantity < 0 if kind == "shipment" else quantity > 0)


def shift_ends_in_time(shift: Values) -> bool:
    """A shift ends after it starts and within 12 hours."""
    return bool(timedelta(0) < shift["ends_at"] - shift["starts_at"] <= timedelta(hours=12))


def adds_up(order: Values) -> bool:
    """Good, scrap and rework are all that was produced."""
    produced, *parts = (order[name] for name in QUANTITIES)
    return bool(sum(parts) == produced)


def something_moves(event: Values) -> bool:
    """Something goes in or comes out."""
    return bool(event[INPUTS] or event[OUTPUTS])


ENDED_AFTER_STARTED = Rule(
    "ended_after_started",
    ("started_at", "ended_at"),
    lambda row: row["ended_at"] is None or row["ended_at"] > row["started_at"],
)
ITEM = (Field("line_no", "int"), text("sku"), ONE_OR_MORE, price("unit_price"), DISCOUNT)
SHIPPING = (*texts("full_name street postcode city"), COUNTRY)
PAYMENT = (text("method"), maybe(text("card_last4")))

_MANUFACTURING = (
    Dataset(
        "manufacturing", "factories", "History", ("factory_id",),
        (*texts("factory_id name"), COUNTRY, Field("time_zone", "time_zone"), CURRENCY, UPDATED),
    ),
    Dataset(
        "manufacturing", "machines", "History", ("machine_id",),
        (text("machine_id"), FACTORY, *texts("line_id model"),
         Field("commissioned_on", "date"), UPDATED),
    ),
    Dataset(
        "manufacturing", "machine_telemetry", "Events", ("event_id",),
        (
            Field("event_id", "text", is_valid=lambda value: 1 <= len(value) <= 64),
            FACTORY, MACHINE, *times("ts"),
            Field("temperature_c", "number", required=False, low=-40, high=250),
            Field("vibration_mm_s", "number", required=False, low=0, high=200),
            Field("power_kw", "number", required=False, low=0, high=1000),
            Field("cycle_count", "int", required=False, low=0),
            choice("status", "producing setup idle down off"),
        ),
        ("ts",), silver="machine_readings",
    ),
    Dataset(
        "manufacturing", "production_orders", "Current", ("order_id",),
        (
            text("order_id"), FACTORY, MACHINE, *texts("sku lot_id"),
            Field("planned_run_time_per_item_s", "number", above=0),
            Field("started_at", "time"), Field("ended_at", "time", required=False),
            *(Field(name, "int", low=0) for name in QUANTITIES), UPDATED,
        ),
        ("ended_at", "started_at"),
        (ENDED_AFTER_STARTED, Rule("quantities_add_up", QUANTITIES, adds_up)),
    ),
    Dataset(
        "manufacturing", "downtimes", "Current", ("downtime_id",),
        (
            text("downtime_id"), FACTORY, MACHINE, choice("kind", "planned malfunction minor_stop"),
            maybe(text("reason")), Field("started_at", "time"),
            Field("ended_at", "time", required=False), UPDATED,
        ),
        ("started_at",), (ENDED_AFTER_STARTED,),
    ),
    Dataset(
        "manufacturing", "shifts", "Reference", ("factory_id", "day", "shift"),
        (FACTORY, Field("day", "date"), choice("shift", "early late night"),
         *times("starts_at ends_at updated_at")),
        rules=(Rule("ends_at_is_valid", ("starts_at", "ends_at"), shift_ends_in_time),),
    ),
)  # fmt: skip
_COMMERCE = (
    Dataset(
        "commerce", "orders", "Current", ("order_id",),
        (
            *texts("order_id customer_id"), *times("placed_at updated_at"),
            choice("status", "placed paid shipped delivered cancelled returned"), CURRENCY, COUNTRY,
            choice("channel", "web app marketplace"),
            Field("items", "list", fields=ITEM, is_valid=items_fit),
            Field("shipping", "object", required=False, fields=SHIPPING),
            Field("payment", "object", required=False, fields=PAYMENT),
        ),
        ("placed_at",),
    ),
    Dataset(
        "commerce", "customers", "History", ("customer_id",),
        (
            *texts("customer_id email full_name"), maybe(text("phone")),
            Field("birth_date", "date", required=False), COUNTRY, *times("signed_up_at"),
            Field("marketing_consent", "bool"), UPDATED,
        ),
    ),
    Dataset(
        "commerce", "web_events", "Events", ("event_id",),
        (
            *texts("event_id client_id"), maybe(text("customer_id")), *times("ts"),
            choice("event_name", "page_view view_item_list select_item view_item add_to_cart "
                   "remove_from_cart view_cart begin_checkout add_shipping_info "
                   "add_payment_info purchase"),
            maybe(text("page")), maybe(text("sku")), Field("quantity", "int", required=False),
            Field("value", "money", required=False), maybe(CURRENCY), maybe(text("transaction_id")),
            choice("device", "desktop mobile tablet"), maybe(text("utm_source")),
        ),
        ("ts",),
    ),
    Dataset(
        "commerce", "products", "History", ("sku",),
        (
            *texts("sku name category"), Field("age_min", "int", low=0, high=18),
            price("list_price_eur"),
            Field("launched_on", "date"), Field("discontinued_on", "date", required=False), UPDATED,
        ),
    ),
)  # fmt: skip
_FINANCE = (
    Dataset(
        "finance", "sales_ledger", "Current", ("entry_id",),
        (
            *texts("entry_id invoice_id"), Field("line_no", "int"), *times("posted_at"),
            *texts("account_id sku"), ONE_OR_MORE, price("unit_price"), DISCOUNT, CURRENCY,
            choice("kind", "invoice credit_note"), UPDATED,
        ),
        ("posted_at",),
        (Rule("discount_is_valid", ("discount", "quantity", "unit_price"), discount_fits),),
    ),
    Dataset(
        "finance", "exchange_rates", "Reference", ("day", "currency"),
        (Field("day", "date"), CURRENCY, Field("units_per_eur", "number", above=0), UPDATED),
    ),
    Dataset(
        "finance", "standard_costs", "History", ("sku", "effective_from"),
        (
            text("sku"), Field("effective_from", "date"), price("material_eur"),
            price("labour_eur"), price("overhead_eur"), UPDATED,
        ),
    ),
)  # fmt: skip
_SUPPLY_AND_SAFETY = (
    Dataset(
        "supply", "stock_movements", "Current", ("movement_id",),
        (
            *texts("movement_id sku warehouse_id"),
            choice("kind", "receipt shipment return adjustment"),
            Field("quantity", "int"), maybe(text("lot_id")), maybe(text("order_id")),
            *times("moved_at updated_at"),
        ),
        ("moved_at",), (Rule("sign_matches_kind", ("kind", "quantity"), sign_fits),),
    ),
    Dataset(
        "safety", "lot_events", "Events", ("event_id",),
        (
            *texts("event_id"), *times("event_time"), FACTORY, text("transformation_id"),
            Field(INPUTS, "list", fields=LOT_QUANTITIES),
            Field(OUTPUTS, "list", fields=LOT_QUANTITIES),
        ),
        ("event_time",),
        (Rule(f"{OUTPUTS}_is_valid", (INPUTS, OUTPUTS), something_moves),),
    ),
)  # fmt: skip

DATASETS = (*_MANUFACTURING, *_COMMERCE, *_FINANCE, *_SUPPLY_AND_SAFETY)
"""In an order in which what is known is known before it is asked for."""
BY_FOLDER = {dataset.folder: dataset for dataset in DATASETS}
