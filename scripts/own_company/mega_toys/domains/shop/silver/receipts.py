"""The receipts, each in its newest version."""

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Current
from mega_toys.domains.shop.bronze.receipts import ReceivedReceipts


class Receipts(columns.Accepted):
    """One article on one receipt of a till."""

    day = dy.Date(description="Business day: the local date that the till wrote.")
    receipt_id = dy.String(primary_key=True, description="Number of the receipt.")
    article = dy.String(description="What was sold.")
    quantity = dy.Int64(min=1, description="Pieces.")
    price_eur = columns.money(description="Price of a piece, EUR.")
    paid_eur = columns.money(description="What the customer paid, EUR.")
    sold_at = columns.instant(description="When it was sold.")
    updated_at = columns.instant(description="When the receipt was written or corrected.")


def receipts(received: dy.LazyFrame[ReceivedReceipts]) -> pl.LazyFrame:
    """A receipt is kept as received."""
    return received


def nobody_pays_more_than_the_price() -> pl.Expr:
    """A customer may get a discount, never a surcharge."""
    return pl.col("paid_eur") <= pl.col("quantity") * pl.col("price_eur")


TABLE = Current(
    rows=Receipts,
    received_from=ReceivedReceipts,
    build=receipts,
    rules=(nobody_pays_more_than_the_price,),
    contract=Contract(owner="shop-data", published=True),
)
