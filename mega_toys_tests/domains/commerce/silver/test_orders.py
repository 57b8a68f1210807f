from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from mega_toys.declared import sent
from mega_toys.domains.commerce.bronze.orders import ReceivedOrders
from mega_toys.domains.commerce.silver.orders import items_is_valid, orders
from mega_toys.lake.fields.valid import stored_type
from mega_toys_tests.domains.rows import holds

FIELDS = sent.fields_of(ReceivedOrders)


def item(line_no: int, quantity: int, price: str, discount: str | None) -> dict[str, Any]:
    off = None if discount is None else Decimal(discount)
    paid = {"quantity": quantity, "unit_price": Decimal(price), "discount": off}
    return {"line_no": line_no, "sku": "TOY-1", **paid}


@pytest.mark.parametrize(
    ("items", "verdict"),
    [
        ([item(1, 2, "1.5", "3.0000"), item(2, 1, "1", None)], True),
        ([item(1, 2, "1.5", "3.0001")], False),
        ([item(1, 2, "1.5", "0"), item(2, 2, "1.5", "4")], False),
        ([item(1, 1, "1", None), item(1, 1, "1", None)], False),
        ([item(1, 2**63 - 1, "99999999999999.9999", "99999999999999.9999")], True),
        ([item(1, 1, "0", "0.0001")], False),
        (None, None),
    ],
)
def test_discounts_fit_their_item_and_each_item_has_its_own_number(
    items: list[dict[str, Any]] | None, verdict: bool | None
) -> None:
    order = pl.DataFrame({"items": [items]}, schema={"items": stored_type(FIELDS["items"])})

    assert holds(items_is_valid(), order) == [verdict]


def test_only_city_country_and_method_are_kept_of_shipping_and_payment() -> None:
    received = pl.LazyFrame(
        {
            "shipping": [{"full_name": "A", "city": "Ghent", "country": "BE"}, None],
            "payment": [None, {"method": "card", "card_last4": "1234"}],
        },
        schema={name: stored_type(FIELDS[name]) for name in ("shipping", "payment")},
    )

    kept = orders(received).collect()  # type: ignore[arg-type]

    assert kept.select("shipping_city", "shipping_country", "payment_method").rows() == [
        ("Ghent", "BE", None),
        (None, None, "card"),
    ]
