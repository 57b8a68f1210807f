"""What is no table is refused: by the types, or once all tables are known."""

from dataclasses import fields, replace
from typing import Any

import pytest

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.contract import Contract
from mega_toys.declared.dataset import Deleted
from mega_toys.declared.errors import DeclarationError
from mega_toys.declared.source import Files, Mark, System
from mega_toys.declared.table import Bronze, ByDay, Current, Events, History, Reference, Table
from mega_toys.domains.commerce.bronze.orders import TABLE as BRONZE_ORDERS
from mega_toys.domains.commerce.bronze.web_events import TABLE as BRONZE_EVENTS
from mega_toys.domains.commerce.gold.customer_value import TABLE as CUSTOMER_VALUE
from mega_toys.domains.commerce.silver.customers import TABLE as CUSTOMERS
from mega_toys.domains.commerce.silver.orders import TABLE as ORDERS
from mega_toys.domains.commerce.silver.web_events import TABLE as WEB_EVENTS
from mega_toys.domains.finance.bronze.exchange_rates import TABLE as RECEIVED_RATES
from mega_toys.domains.finance.silver.exchange_rates import TABLE as RATES
from mega_toys.domains.manufacturing.silver.downtimes import TABLE as DOWNTIMES
from mega_toys_tests.lakes import DECLARED


def of_kind(kind: type[Table], table: Table) -> Table:
    """The table, declared as one of another kind."""
    said = {one.name: getattr(table, one.name) for one in fields(kind) if hasattr(table, one.name)}
    return kind(**said)


def dataset_of(bronze: Bronze, **told: Any) -> Bronze:
    return replace(bronze, dataset=replace(bronze.dataset, **told))


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        *(
            ([of_kind(kind, WEB_EVENTS)], f"web_events is of kind {kind.kind}.* no `sequence`")
            for kind in (Current, History, Reference)
        ),
        (
            [dataset_of(RECEIVED_RATES, business_time=()), of_kind(Events, RATES)],
            "exchange_rates is of kind events.* no `business_time`",
        ),
        (
            [dataset_of(RECEIVED_RATES, business_time=("updated_at",)), of_kind(Current, RATES)],
            "exchange_rates needs `day` .*declare it as the business time",
        ),
        ([of_kind(ByDay, CUSTOMER_VALUE)], "customer_value is of kind by day.* a column `day`"),
        ([replace(CUSTOMERS, by_day=True)], "customers is to lie `by_day`: give its rows a column"),
        ([of_kind(Events, CUSTOMERS)], "customers is of kind events.* a column `day`"),
        (
            [dataset_of(BRONZE_ORDERS, sequence="payment")],
            "orders .*has by `payment`: give its rows",
        ),
        ([dataset_of(BRONZE_ORDERS, key=("order_id", "items"))], "has by `items`: give its rows"),
        ([replace(ORDERS, received_from=CUSTOMERS.rows)], "which is no bronze table"),
        ([replace(ORDERS, build=CUSTOMERS.build)], "`customers` takes commerce.bronze.customers"),
        ([replace(DOWNTIMES, known={})], "`factory_id`: name in `known` the table that has it"),
        ([dataset_of(BRONZE_ORDERS, sequence="changed_at")], "no field `changed_at`"),
        ([dataset_of(BRONZE_ORDERS, deleted=Deleted("op", "d"))], "no field `op`"),
        ([dataset_of(BRONZE_ORDERS, deleted=Deleted("status", 1))], "by the value 1 of `status`"),
        ([dataset_of(BRONZE_ORDERS, deleted=Deleted("status"))], "would have every record deleted"),
        ([dataset_of(BRONZE_ORDERS, source=System("Shop", "orders"))], "a system `Shop`"),
        ([dataset_of(BRONZE_ORDERS, source=System("shop", "a..b"))], "which names no object"),
        ([dataset_of(BRONZE_ORDERS, source=System("shop", "a", zone="CET2"))], "which is none"),
        (
            [dataset_of(BRONZE_ORDERS, complete=True, source=System("shop", "a", Mark("at")))],
            "is pulled by a mark, which brings only what is new",
        ),
        (
            [dataset_of(BRONZE_ORDERS, complete=True, deleted=Deleted("status", "gone"))],
            "declares `complete` and `deleted`",
        ),
        (
            [dataset_of(BRONZE_EVENTS, complete=True, source=Files())],
            "web_events is of kind events, which are immutable facts",
        ),
    ],
)
def test_a_declaration_that_cannot_be_meant_so_is_refused_with_the_way_out(
    tables: list[Table], told: str
) -> None:
    changed = {table.name: table for table in tables}

    with pytest.raises(DeclarationError, match=told):
        Catalog(changed.get(table.name, table) for table in DECLARED)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Table, {}),
        (Bronze, {}),
        (Bronze, {"dataset": BRONZE_ORDERS.dataset, "build": ORDERS.build}),
        (Current, {"build": ORDERS.build}),
        (Current, {"received_from": BRONZE_ORDERS.rows}),
        (ByDay, {}),
        (ByDay, {"build": ORDERS.build, "known": {}}),
    ],
)
def test_a_kind_has_the_fields_that_mean_something_for_it_and_no_other(
    kind: type[Table], fields: dict[str, Any]
) -> None:
    with pytest.raises(TypeError):
        kind(rows=ORDERS.rows, contract=Contract(owner="me"), **fields)
