"""What columns come from, worked out by hand from the code of eleven tables.

A line is `columns < sources of their values | what else chooses their rows`; the first line of a
table says what chooses the rows of all, and `+` goes on with the line before.
"""

import re

import pytest

from mega_toys import domains
from mega_toys.declared.catalog import tables_in
from mega_toys.declared.table import Table
from mega_toys.lineage.graph import Lineage
from mega_toys.lineage.origins import Origins

LINEAGE = Lineage(tables_in(domains))
TRUTH = {
    "commerce.gold.funnel_daily": """
        < | s.day s.device
        day < s.day
        device < s.device
        sessions <
        engaged_sessions < s.duration_s s.page_views s.purchases
        sessions_with_view_item < s.view_items
        sessions_with_add_to_cart < s.add_to_carts
        sessions_with_begin_checkout < s.begin_checkouts
        sessions_with_purchase conversion < s.purchases
        cart_abandonment < s.add_to_carts s.purchases
    """,
    "commerce.gold.daily_sales": """
        < | l.status l.day l.sku l.country l.channel
        day < l.day
        sku < l.sku
        country < l.country
        channel < l.channel
        orders < l.order_id
        units < l.quantity
        gross_sales_eur < l.quantity l.unit_price l.currency r.units_per_eur | r.day r.currency
        discounts_eur < l.discount l.currency r.units_per_eur | r.day r.currency
        returns_eur net_sales_eur < l.quantity l.unit_price l.discount l.currency
            + r.units_per_eur | r.day r.currency
    """,
    "commerce.gold.customer_value": """
        < | o.status o.customer_id
        customer_id < o.customer_id
        first_order_day last_order_day recency_days r_score < o.day
        orders f_score <
        monetary_eur m_score < l.quantity l.unit_price l.discount l.currency r.units_per_eur |
            + l.order_id o.order_id l.day r.day r.currency
        segment < o.day l.quantity l.unit_price l.discount l.currency r.units_per_eur |
            + l.order_id o.order_id l.day r.day r.currency
    """,
    "commerce.silver.sessions": """
        < | w.client_id w.day w.ts w.event_id
        client_id < w.client_id
        day < w.day
        device < w.device
        events <
        started_at ended_at duration_s < w.ts
        page_views view_items add_to_carts begin_checkouts purchases < w.event_name
    """,
    "commerce.silver.order_lines": """
        < | o._file o._row b._file b._row b.items
        day < o.day
        order_id < o.order_id
        currency < o.currency
        status < o.status
        country < o.country
        channel < o.channel
        line_no sku quantity unit_price discount < b.items
    """,
    "safety.gold.mass_balance": """
        < | e.transformation_id
        transformation_id < e.transformation_id
        input_quantity < e.input_quantity_list
        output_quantity < e.output_quantity_list
        balance < e.input_quantity_list e.output_quantity_list
    """,
    "safety.gold.lot_trace": """
        < | e.transformation_id e.input_quantity_list e.output_quantity_list
        ancestor_lot_id < e.input_quantity_list
        descendant_lot_id < e.output_quantity_list
        steps <
    """,
    "manufacturing.gold.machine_hourly": """
        < | r.machine_id r.day r.hour
        machine_id < r.machine_id
        day < r.day
        hour < r.hour
        readings <
        temperature_c_mean temperature_c_min temperature_c_max temperature_c_p95 < r.temperature_c
        vibration_mm_s_mean vibration_mm_s_min vibration_mm_s_max vibration_mm_s_p95 <
            + r.vibration_mm_s
        energy_kwh < r.power_kw r.ts | r.event_id
        producing_s setup_s idle_s down_s off_s < r.ts | r.status r.event_id
        cycles < r.cycle_count | r.ts r.event_id
    """,
    "manufacturing.gold.oee_daily": """
        < | s.factory_id s.starts_at s.ends_at f.factory_id f.is_current f.time_zone
            + m.is_current m.factory_id m.machine_id m.commissioned_on d.kind d.machine_id
            + d.started_at d.ended_at
        factory_id < s.factory_id
        machine_id < m.machine_id
        day < s.starts_at s.ends_at
        pbt_s < s.starts_at s.ends_at f.time_zone d.started_at d.ended_at
        apt_s < h.producing_s | h.machine_id h.day
        asut_s < h.setup_s | h.machine_id h.day
        adet_s < h.down_s | h.machine_id h.day
        produced_quantity < p.produced_quantity | p.machine_id p.day p.ended_at
        good_quantity < p.good_quantity | p.machine_id p.day p.ended_at
        scrap_quantity < p.scrap_quantity | p.machine_id p.day p.ended_at
        rework_quantity < p.rework_quantity | p.machine_id p.day p.ended_at
        planned_run_time_s < p.planned_run_time_per_item_s p.produced_quantity | p.machine_id
            + p.day p.ended_at
        availability < h.producing_s s.starts_at s.ends_at f.time_zone d.started_at d.ended_at
            + | h.machine_id h.day
        effectiveness < p.planned_run_time_per_item_s p.produced_quantity h.producing_s |
            + p.machine_id p.day p.ended_at h.machine_id h.day
        quality_ratio < p.good_quantity p.produced_quantity | p.machine_id p.day p.ended_at
        scrap_ratio < p.scrap_quantity p.produced_quantity | p.machine_id p.day p.ended_at
        oee < h.producing_s s.starts_at s.ends_at f.time_zone d.started_at d.ended_at
            + p.planned_run_time_per_item_s p.produced_quantity p.good_quantity | p.machine_id p.day
            + p.ended_at h.machine_id h.day
        utilization_efficiency < h.producing_s h.setup_s h.down_s | h.machine_id h.day
        technical_efficiency < h.producing_s h.down_s | h.machine_id h.day
    """,
    "supply.gold.inventory_position": """
        < | m.sku m.warehouse_id m.day
        day < m.day
        sku < m.sku
        warehouse_id < m.warehouse_id
        opening closing < m.quantity
        receipts shipments returns adjustments < m.quantity m.kind
        days_of_supply < m.quantity m.kind m.day
    """,
    "finance.gold.net_sales_daily": """
        < | l.status l.day l.sku g.day g.sku
        day < l.day g.day
        channel <
        sku < l.sku g.sku
        units returned_units < l.quantity g.quantity | g.kind
        gross_sales_eur < l.quantity l.unit_price l.currency g.quantity g.unit_price
            + g.currency r.units_per_eur | g.kind r.day r.currency
        discounts_eur < l.discount l.currency g.discount g.currency r.units_per_eur | g.kind
            + r.day r.currency
        returns_eur net_sales_eur < l.quantity l.unit_price l.discount l.currency g.quantity
            + g.unit_price g.discount g.currency r.units_per_eur | g.kind r.day r.currency
        cost_of_sales_eur < l.quantity l.unit_price l.currency g.quantity g.unit_price
            + g.currency r.units_per_eur c.material_eur c.labour_eur c.overhead_eur | g.kind r.day
            + r.currency c.sku c.effective_from c.is_current
        gross_profit_eur gross_margin < l.quantity l.unit_price l.discount l.currency
            + g.quantity g.unit_price g.discount g.currency r.units_per_eur c.material_eur
            + c.labour_eur c.overhead_eur | g.kind r.day r.currency c.sku c.effective_from
            + c.is_current
    """,
}  # fmt: skip
SHORT = {
    "commerce.gold.funnel_daily": {"s": "commerce.silver.sessions"},
    "commerce.gold.daily_sales": {
        "l": "commerce.silver.order_lines", "r": "finance.silver.exchange_rates",
    },
    "commerce.gold.customer_value": {
        "o": "commerce.silver.orders", "l": "commerce.silver.order_lines",
        "r": "finance.silver.exchange_rates",
    },
    "commerce.silver.sessions": {"w": "commerce.silver.web_events"},
    "commerce.silver.order_lines": {
        "o": "commerce.silver.orders", "b": "commerce.bronze.orders",
    },
    "safety.gold.mass_balance": {"e": "safety.silver.lot_events"},
    "safety.gold.lot_trace": {"e": "safety.silver.lot_events"},
    "manufacturing.gold.machine_hourly": {"r": "manufacturing.silver.machine_readings"},
    "manufacturing.gold.oee_daily": {
        "s": "manufacturing.silver.shifts", "f": "manufacturing.silver.factories",
        "m": "manufacturing.silver.machines", "d": "manufacturing.silver.downtimes",
        "h": "manufacturing.gold.machine_hourly", "p": "manufacturing.silver.production_orders",
    },
    "supply.gold.inventory_position": {"m": "supply.silver.stock_movements"},
    "finance.gold.net_sales_daily": {
        "l": "commerce.silver.order_lines", "g": "finance.silver.sales_ledger",
        "r": "finance.silver.exchange_rates", "c": "finance.silver.standard_costs",
    },
}  # fmt: skip


def _by_hand(table: str) -> dict[str, tuple[set[str], set[str]]]:
    """Each column with the sources of its values, and what else chooses its rows."""

    def named(told: str) -> set[str]:
        parts = (one.split(".") for one in told.split())
        return {f"{SHORT[table][short]}.{column}" for short, column in parts}

    found, of_all = {}, set()
    for line in re.sub(r"\n\s+\+", "", TRUTH[table]).strip().splitlines():
        columns, _, told = line.partition("<")
        values, _, rows = told.partition("|")
        of_all |= named(rows) if not columns.strip() else set()
        for column in columns.split():
            found[column] = named(values), (named(rows) | of_all) - named(values)
    return found


def _read(origins: Origins) -> tuple[set[str], set[str]]:
    return {".".join(one) for one in origins.values}, {".".join(one) for one in origins.rows}


@pytest.mark.parametrize("table", TRUTH)
def test_columns_come_from_what_was_worked_out_by_hand(table: str) -> None:
    found = {name: _read(one) for name, one in LINEAGE.of(LINEAGE.catalog[table]).items()}

    assert found == _by_hand(table)


EFFECTS = {
    ("commerce.gold.daily_sales.units", "commerce.silver.order_lines.status"): {"filter"},
    ("commerce.gold.daily_sales.units", "commerce.silver.order_lines.sku"): {"group"},
    ("commerce.gold.daily_sales.net_sales_eur", "finance.silver.exchange_rates.currency"): {"join"},
    ("finance.gold.net_sales_daily.units", "finance.silver.sales_ledger.kind"): {"filter"},
    ("commerce.silver.sessions.events", "commerce.silver.web_events.event_id"): {"sort"},
    ("commerce.silver.order_lines.day", "commerce.bronze.orders.items"): {"explode"},
    ("supply.gold.inventory_position.closing", "supply.silver.stock_movements.sku"): {
        "group", "join", "sort", "window",
    },
    ("commerce.silver.customers.email", "commerce.bronze.customers.phone"): {"rule"},
    ("commerce.silver.customers.email", "commerce.bronze.customers.updated_at"): {"rule", "sort"},
}  # fmt: skip


@pytest.mark.parametrize(("column", "source"), EFFECTS)
def test_what_only_chooses_rows_is_named_by_what_it_does(column: str, source: str) -> None:
    told = {".".join(one): found for one, found in LINEAGE.every.items()}[column].rows

    assert {".".join(one): by for one, by in told.items()}[source] == EFFECTS[column, source]


SAME = [table for table in LINEAGE.catalog.from_bronze if table.name.table != "orders"]


@pytest.mark.parametrize("table", SAME, ids=lambda table: str(table.name))
def test_a_silver_column_follows_the_field_of_its_name(table: Table) -> None:
    bronze = LINEAGE.catalog.bronze_of(table)
    for name, origins in LINEAGE.of(table).items():
        if name in bronze.fields:
            assert _read(origins)[0] == {f"{bronze.name}.{name}"}


def test_a_business_day_comes_of_the_time_and_the_zone_of_the_factory() -> None:
    readings = LINEAGE.of(LINEAGE.catalog["manufacturing.silver.machine_readings"])
    wanted = {
        "manufacturing.bronze.machine_telemetry.ts",
        "manufacturing.silver.factories.time_zone",
    }

    assert _read(readings["day"])[0] == _read(readings["hour"])[0] == wanted


def test_the_parts_of_a_field_come_of_the_whole() -> None:
    orders = LINEAGE.of(LINEAGE.catalog["commerce.silver.orders"])

    assert _read(orders["shipping_city"])[0] == {"commerce.bronze.orders.shipping"}
