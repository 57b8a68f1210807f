"""The wholesale invoices, each line in its newest version."""

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Current
from mega_toys.domains.commerce.silver.products import Products
from mega_toys.domains.finance.bronze.sales_ledger import ReceivedSalesLedger
from mega_toys.domains.finance.columns import business_day, confidential_money


class SalesLedger(columns.Accepted):
    """One line of an invoice or credit note to a retailer."""

    day = business_day()
    entry_id = dy.String(primary_key=True, description="Number of the entry.")
    invoice_id = dy.String(description="The invoice or credit note.")
    line_no = dy.Int64(description="Number of the line in the invoice.")
    posted_at = columns.instant(description="When it was posted.")
    account_id = dy.String(metadata=columns.private("confidential"), description="The retailer.")
    sku = dy.String(description="The toy.")
    quantity = dy.Int64(min=1, description="Pieces.")
    unit_price = confidential_money("Price of a piece, in the line's currency.")
    discount = confidential_money("Taken off the line, in its currency.", nullable=True)
    currency = dy.String(description="Currency of the amounts, ISO 4217.")
    kind = dy.String(description="invoice or credit_note.")
    updated_at = columns.instant(description="When the line's record changed.")


def sales_ledger(received: dy.LazyFrame[ReceivedSalesLedger]) -> pl.LazyFrame:
    """A line is kept as received."""
    return received


def discount_is_valid() -> pl.Expr:
    """No line is discounted below nothing."""
    return pl.col("discount") <= pl.col("quantity") * pl.col("unit_price")


TABLE = Current(
    rows=SalesLedger,
    received_from=ReceivedSalesLedger,
    build=sales_ledger,
    refers={"sku": Products},
    rules=(discount_is_valid,),
    contract=Contract(
        owner="finance-data",
        readers=frozenset({"engineer", "finance"}),
        privacy="confidential",
    ),
)
