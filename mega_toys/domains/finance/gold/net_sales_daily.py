"""Net sales and gross profit of the web shop and of wholesale, day by day."""

from typing import Annotated

import dataframely as dy
import polars as pl

from mega_toys.declared import columns
from mega_toys.declared.contract import Check, Contract
from mega_toys.declared.extents import Touches
from mega_toys.declared.table import ByDay
from mega_toys.domains.agreement import disagreements, summed
from mega_toys.domains.commerce.silver.order_lines import OrderLines
from mega_toys.domains.figures import at_their_end, ratio, rounded, total
from mega_toys.domains.finance.columns import business_day, confidential_money
from mega_toys.domains.finance.costing import days_of_costs, with_unit_cost
from mega_toys.domains.finance.exchange import (
    beyond_18_digits,
    by_old_rate,
    days_of_rates,
    in_eur,
    total_eur,
    without_rate,
)
from mega_toys.domains.finance.silver.exchange_rates import ExchangeRates
from mega_toys.domains.finance.silver.sales_ledger import SalesLedger
from mega_toys.domains.finance.silver.standard_costs import StandardCosts

Rates = Annotated[dy.LazyFrame[ExchangeRates], Touches(days_of_rates)]
Costs = Annotated[dy.LazyFrame[StandardCosts], Touches(days_of_costs)]


def _summed(description: str) -> dy.Decimal:
    """An amount that tells no retailer's price."""
    why = columns.weakened("internal", because="a sum over all retailers and customers of a day")
    return columns.money(nullable=True, metadata=why, description=description)


class NetSalesDaily(dy.Schema):
    """One toy in one channel on one day with sales or returns.

    Amounts are null while a currency among them has no exchange rate; cost, profit and margin also
    where the toy has no valid cost.
    """

    day = business_day(primary_key=True)
    channel = columns.choice(
        *("web", "wholesale"),
        primary_key=True,
        description="web (all of the web shop) or wholesale.",
    )
    sku = dy.String(primary_key=True, description="The toy.")
    units = dy.Int64(description="Pieces invoiced or ordered; returns are not taken off.")
    returned_units = dy.Int64(description="Pieces credited or of returned orders.")
    gross_sales_eur = _summed("Pieces × price, EUR.")
    discounts_eur = _summed("Taken off, EUR.")
    returns_eur = _summed("Gross less discount of what came back, EUR.")
    net_sales_eur = _summed("Gross − discounts − returns, EUR.")
    cost_of_sales_eur = confidential_money(
        "Standard cost of the pieces that did not come back, EUR.", nullable=True
    )
    gross_profit_eur = confidential_money("Net sales − cost of sales, EUR.", nullable=True)
    gross_margin = dy.Float64(
        nullable=True,
        metadata=columns.private("confidential"),
        description="Gross profit / net sales.",
    )


def net_sales_daily(
    lines: dy.LazyFrame[OrderLines], ledger: dy.LazyFrame[SalesLedger], rates: Rates, costs: Costs
) -> pl.LazyFrame:
    """A credit note counts on its own day; a returned web order on the day of the order."""
    sales = in_eur(_sales(lines, ledger), rates).group_by(NetSalesDaily.primary_key())
    sold, came_back = pl.col("is_sold"), pl.col("is_returned")
    sums = sales.agg(
        units=total(pl.col("quantity").filter(sold)),
        returned_units=total(pl.col("quantity").filter(came_back)),
        gross_sales_eur=total_eur(pl.col("gross_eur").filter(sold)),
        discounts_eur=total_eur(pl.col("discount_eur").filter(sold)),
        returns_eur=total_eur(pl.col("net_eur").filter(came_back)),
    )
    return _with_margin(_with_profit(with_unit_cost(sums, costs)))


def _sales(lines: dy.LazyFrame[OrderLines], ledger: dy.LazyFrame[SalesLedger]) -> pl.LazyFrame:
    """What both channels sold or took back, line by line. A returned web order is both."""
    line = ["day", "channel", "sku", "currency", "quantity", "unit_price", "discount"]
    web = lines.filter(pl.col("status") != "cancelled").with_columns(
        channel=pl.lit("web"), is_sold=pl.lit(True), is_returned=pl.col("status") == "returned"
    )
    wholesale = ledger.with_columns(
        channel=pl.lit("wholesale"),
        is_sold=pl.col("kind") == "invoice",
        is_returned=pl.col("kind") == "credit_note",
    )
    return pl.concat([sales.select(*line, "is_sold", "is_returned") for sales in (web, wholesale)])


def _with_profit(sums: pl.LazyFrame) -> pl.LazyFrame:
    """Everything in EUR is unknown where a rate is missing, even the cost."""
    gross, discounts, returns = map(pl.col, ("gross_sales_eur", "discounts_eur", "returns_eur"))
    kept = pl.col("units") - pl.col("returned_units")
    cost = (kept * pl.col("unit_cost")).cast(pl.Float64)
    return sums.with_columns(
        net_sales_eur=gross - discounts - returns,
        cost_of_sales_eur=pl.when(gross.is_not_null()).then(cost),
    ).with_columns(gross_profit_eur=pl.col("net_sales_eur") - pl.col("cost_of_sales_eur"))


def _with_margin(profits: pl.LazyFrame) -> pl.LazyFrame:
    amounts = profits.with_columns(rounded(pl.col("^.*_eur$")))
    return amounts.with_columns(
        gross_margin=ratio(pl.col("gross_profit_eur"), pl.col("net_sales_eur"))
    )


def sales_without_exchange_rate(
    lines: dy.LazyFrame[OrderLines], ledger: dy.LazyFrame[SalesLedger], rates: Rates
) -> pl.LazyFrame:
    """Without a rate on or before the day, the amounts of these sales stay unknown."""
    return without_rate(_sales(lines, ledger), rates)


def sales_by_an_old_rate(
    lines: dy.LazyFrame[OrderLines], ledger: dy.LazyFrame[SalesLedger], rates: Rates
) -> pl.LazyFrame:
    """A rate more than ten days older than the sale may be of a currency no longer quoted."""
    return by_old_rate(_sales(lines, ledger), rates)


def amounts_beyond_18_digits(
    sales: dy.LazyFrame[NetSalesDaily],
    lines: dy.LazyFrame[OrderLines],
    ledger: dy.LazyFrame[SalesLedger],
    rates: Rates,
) -> pl.LazyFrame:
    """An amount of more than 18 digits is kept as unknown: a quantity or a price is wrong."""
    return beyond_18_digits(sales, NetSalesDaily.primary_key(), _sales(lines, ledger), rates)


def counts_at_the_end_of_their_range(sales: dy.LazyFrame[NetSalesDaily]) -> pl.LazyFrame:
    """More pieces than 64 bits hold are kept as so many: a quantity is wrong."""
    return at_their_end(sales, "units", "returned_units").select(NetSalesDaily.primary_key())


def sales_without_standard_cost(
    lines: dy.LazyFrame[OrderLines], ledger: dy.LazyFrame[SalesLedger], costs: Costs
) -> pl.LazyFrame:
    """Without a cost valid on the day, nobody knows what was earned on these toys."""
    costed = with_unit_cost(_sales(lines, ledger), costs).filter(pl.col("unit_cost").is_null())
    return costed.group_by("sku", "day").agg(lines=pl.len())


def web_sales_that_differ_from_the_order_lines(
    sales: dy.LazyFrame[NetSalesDaily], lines: dy.LazyFrame[OrderLines]
) -> pl.LazyFrame:
    """Every piece that the web shop sold or took back is in the books once."""
    return disagreements(
        sales.filter(pl.col("channel") == "web"),
        lines.filter(pl.col("status") != "cancelled"),
        by=["day", "sku"],
        figures={
            "units": summed("quantity"),
            "returned_units": _pieces(pl.col("status") == "returned"),
        },
    )


def wholesale_that_differs_from_the_ledger(
    sales: dy.LazyFrame[NetSalesDaily], ledger: dy.LazyFrame[SalesLedger]
) -> pl.LazyFrame:
    """Every piece invoiced or credited is in the books once."""
    return disagreements(
        sales.filter(pl.col("channel") == "wholesale"),
        ledger,
        by=["day", "sku"],
        figures={
            "units": _pieces(pl.col("kind") == "invoice"),
            "returned_units": _pieces(pl.col("kind") == "credit_note"),
        },
    )


def _pieces(which: pl.Expr) -> pl.Expr:
    return pl.col("quantity").cast(pl.Float64).filter(which).sum()


TABLE = ByDay(
    rows=NetSalesDaily,
    build=net_sales_daily,
    checks=(
        Check(finds=sales_without_exchange_rate),
        Check(finds=sales_without_standard_cost),
        Check(finds=sales_by_an_old_rate),
        Check(finds=amounts_beyond_18_digits),
        Check(finds=counts_at_the_end_of_their_range),
        Check(finds=web_sales_that_differ_from_the_order_lines, blocks=True),
        Check(finds=wholesale_that_differs_from_the_ledger, blocks=True),
    ),
    contract=Contract(
        owner="finance-controlling",
        readers=frozenset({"engineer", "finance"}),
        published=True,
        privacy="confidential",
        purpose="To follow sales and gross profit of both channels by toy.",
        limitations="Costs are standard costs, not actual ones. Amounts in euros go by the rate of "
        "the day of the sale, not by that of the payment.",
    ),
)
