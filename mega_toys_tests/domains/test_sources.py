"""What the sources promise, in the words of the spec, and what the bronze tables say of it."""

import pytest

from mega_toys import domains
from mega_toys.declared.catalog import tables_in
from mega_toys.declared.dataset import Dataset
from mega_toys.declared.field import Sent
from mega_toys.declared.table import Bronze

BRONZE = {str(table.name): table for table in tables_in(domains).bronze}
EVENT_NAMES = (
    "page_view|view_item_list|select_item|view_item|add_to_cart|remove_from_cart|view_cart|"
    "begin_checkout|add_shipping_info|add_payment_info|purchase"
)
PROMISED = {
    "manufacturing.bronze.machine_telemetry": """
        event_id text ..64, factory_id text, machine_id text, ts time,
        temperature_c? number -40..250, vibration_mm_s? number 0..200, power_kw? number 0..1000,
        cycle_count? int 0.., status text producing|setup|idle|down|off""",
    "manufacturing.bronze.production_orders": """
        order_id text, factory_id text, machine_id text, sku text, lot_id text,
        planned_run_time_per_item_s number >0, started_at time, ended_at? time,
        produced_quantity int 0.., good_quantity int 0.., scrap_quantity int 0..,
        rework_quantity int 0.., updated_at time""",
    "manufacturing.bronze.downtimes": """
        downtime_id text, factory_id text, machine_id text,
        kind text planned|malfunction|minor_stop, reason? text, started_at time, ended_at? time,
        updated_at time""",
    "manufacturing.bronze.factories": """
        factory_id text, name text, country text AA, time_zone text zone, currency text AAA,
        updated_at time""",
    "manufacturing.bronze.machines": """
        machine_id text, factory_id text, line_id text, model text, commissioned_on date,
        updated_at time""",
    "manufacturing.bronze.shifts": """
        factory_id text, day date, shift text early|late|night, starts_at time, ends_at time,
        updated_at time""",
    "commerce.bronze.orders": """
        order_id text, customer_id text, placed_at time, updated_at time,
        status text placed|paid|shipped|delivered|cancelled|returned, currency text AAA,
        country text AA, channel text web|app|marketplace,
        items list of {line_no int, sku text, quantity int 1.., unit_price money 0..,
        discount? money 0..} not empty,
        shipping? object {full_name text, street text, postcode text, city text, country text AA},
        payment? object {method text, card_last4? text}""",
    "commerce.bronze.customers": """
        customer_id text, email text, full_name text, phone? text, birth_date? date,
        country text AA, signed_up_at time, marketing_consent bool, updated_at time""",
    "commerce.bronze.web_events": f"""
        event_id text, client_id text, customer_id? text, ts time, event_name text {EVENT_NAMES},
        page? text, sku? text, quantity? int, value? money, currency? text AAA,
        transaction_id? text, device text desktop|mobile|tablet, utm_source? text""",
    "commerce.bronze.products": """
        sku text, name text, category text, age_min int 0..18, list_price_eur money 0..,
        launched_on date, discontinued_on? date, updated_at time""",
    "finance.bronze.sales_ledger": """
        entry_id text, invoice_id text, line_no int, posted_at time, account_id text, sku text,
        quantity int 1.., unit_price money 0.., discount? money 0.., currency text AAA,
        kind text invoice|credit_note, updated_at time""",
    "finance.bronze.exchange_rates": """
        day date, currency text AAA, units_per_eur number >0, updated_at time""",
    "finance.bronze.standard_costs": """
        sku text, effective_from date, material_eur money 0.., labour_eur money 0..,
        overhead_eur money 0.., updated_at time""",
    "supply.bronze.stock_movements": """
        movement_id text, sku text, warehouse_id text,
        kind text receipt|shipment|return|adjustment, quantity int, lot_id? text, order_id? text,
        moved_at time, updated_at time""",
    "safety.bronze.lot_events": """
        event_id text, event_time time, factory_id text, transformation_id text,
        input_quantity_list list of {lot_id text, quantity number},
        output_quantity_list list of {lot_id text, quantity number}""",
}
KEYS = {
    "manufacturing.bronze.machine_telemetry": "event_id; ts; None",
    "manufacturing.bronze.production_orders": "order_id; ended_at, started_at; updated_at",
    "manufacturing.bronze.downtimes": "downtime_id; started_at; updated_at",
    "manufacturing.bronze.factories": "factory_id; ; updated_at",
    "manufacturing.bronze.machines": "machine_id; ; updated_at",
    "manufacturing.bronze.shifts": "factory_id, day, shift; ; updated_at",
    "commerce.bronze.orders": "order_id; placed_at; updated_at",
    "commerce.bronze.customers": "customer_id; ; updated_at",
    "commerce.bronze.web_events": "event_id; ts; None",
    "commerce.bronze.products": "sku; ; updated_at",
    "finance.bronze.sales_ledger": "entry_id; posted_at; updated_at",
    "finance.bronze.exchange_rates": "day, currency; ; updated_at",
    "finance.bronze.standard_costs": "sku, effective_from; ; updated_at",
    "supply.bronze.stock_movements": "movement_id; moved_at; updated_at",
    "safety.bronze.lot_events": "event_id; event_time; None",
}
PERSONAL = {
    "commerce.bronze.orders": {"shipping", "payment"},
    "commerce.bronze.customers": {"email", "full_name", "phone", "birth_date"},
}


def in_words(name: str, field: Sent) -> str:
    """A field as the spec writes it."""
    inside = ", ".join(in_words(*one) for one in field.fields.items())
    words = [
        name if field.required else f"{name}?",
        {"list": f"list of {{{inside}}}", "object": f"object {{{inside}}}"}.get(
            field.type, field.type
        ),
        _limits(field),
    ]
    return " ".join(filter(None, words))


def _limits(field: Sent) -> str:
    if field.choices:
        return "|".join(field.choices)
    if field.letters:
        return "A" * field.letters
    if field.is_time_zone:
        return "zone"
    if field.type == "list":
        return "" if field.may_be_empty else "not empty"
    if field.more_than is not None:
        return f">{field.more_than}"
    most = field.at_most if field.longest is None else field.longest
    ends = ["" if end is None else str(end) for end in (field.at_least, most)]
    return "..".join(ends) if any(ends) else ""


def _key(dataset: Dataset) -> str:
    return "; ".join(
        [", ".join(dataset.key), ", ".join(dataset.business_time), str(dataset.sequence)]
    )


@pytest.mark.parametrize("name", PROMISED)
def test_a_dataset_has_the_fields_of_the_spec(name: str) -> None:
    fields = ", ".join(in_words(*one) for one in BRONZE[name].fields.items())

    assert fields == " ".join(PROMISED[name].split())


@pytest.mark.parametrize("name", KEYS)
def test_a_dataset_has_the_key_business_time_and_sequence_of_the_spec(name: str) -> None:
    assert _key(BRONZE[name].dataset) == KEYS[name]


@pytest.mark.parametrize("table", BRONZE.values(), ids=lambda table: str(table.name))
def test_personal_fields_are_marked_where_they_enter(table: Bronze) -> None:
    columns = table.rows.columns().items()
    marked = {name for name, column in columns if (column.metadata or {}).get("privacy")}

    assert marked >= PERSONAL.get(str(table.name), set())
