"""The stock movements, each in its newest version."""

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Contract
from mega_toys.declared.table import Current
from mega_toys.domains.commerce.silver.order_lines import OrderLines
from mega_toys.domains.commerce.silver.products import Products
from mega_toys.domains.manufacturing.silver.production_orders import ProductionOrders
from mega_toys.domains.supply.bronze.stock_movements import ReceivedStockMovements
from mega_toys.domains.supply.columns import business_day


class StockMovements(columns.Accepted):
    """One toy that came into a warehouse or left it, some pieces at a time."""

    day = business_day()
    movement_id = dy.String(primary_key=True, description="Number of the movement.")
    sku = dy.String(description="The toy.")
    warehouse_id = dy.String(description="The warehouse.")
    kind = dy.String(description="receipt, shipment, return or adjustment.")
    quantity = dy.Int64(description="Pieces; what left is negative.")
    lot_id = dy.String(nullable=True, description="The lot received, where it was made by us.")
    order_id = dy.String(nullable=True, description="The web shop's order that it is for.")
    moved_at = columns.instant(description="When it was moved.")
    updated_at = columns.instant(description="When the movement's record changed.")


def stock_movements(received: dy.LazyFrame[ReceivedStockMovements]) -> pl.LazyFrame:
    """A movement is kept as received."""
    return received


def sign_matches_kind() -> pl.Expr:
    """What is received or returned comes in, what is shipped leaves; a count may go either way."""
    comes_in = pl.col("kind").is_in(["receipt", "return"])
    sign = pl.when(comes_in).then(1).when(pl.col("kind") == "shipment").then(-1)
    return sign.is_null() | (pl.col("quantity").sign() == sign)


TABLE = Current(
    rows=StockMovements,
    received_from=ReceivedStockMovements,
    build=stock_movements,
    rules=(sign_matches_kind,),
    refers={"sku": Products, "order_id": OrderLines, "lot_id": ProductionOrders},
    contract=Contract(owner="supply-data"),
)
