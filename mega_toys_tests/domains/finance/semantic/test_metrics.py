import polars as pl
import pytest

from mega_toys.declared.errors import QueryError, UnknownDimensionError
from mega_toys.domains.finance.gold.net_sales_daily import NetSalesDaily
from mega_toys.lake.reading.reader import Reader
from mega_toys_tests.domains.asked import near, over

MONTH = pl.col("day").dt.truncate("1mo").alias("month")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    kinds = {"channel": ["web", "wholesale"] * 150, "sku": [f"T{at}" for at in range(300)]}
    counts = {"units": [*range(300)], "returned_units": [at % 7 for at in range(300)]}
    return over(tmp_path_factory.mktemp("lake"), NetSalesDaily, **kinds, **counts)


def rows(lake: Reader) -> pl.LazyFrame:
    return lake.scan("finance.gold.net_sales_daily")


def known(name: str) -> pl.Expr:
    """The sum, unless one of its amounts is unknown."""
    column = pl.col(name).cast(pl.Float64)
    return pl.when(column.is_not_null().all()).then(column.sum())


def test_net_sales_are_summed_and_unknown_where_an_amount_is(lake: Reader) -> None:
    expected = rows(lake).group_by("channel", "sku", MONTH)
    sums = expected.agg(net_sales=known("net_sales_eur"))
    assert near(lake, "net_sales", ["sku", "month", "channel"], sums)
    months = rows(lake).group_by(MONTH).agg(net_sales=known("net_sales_eur"))
    assert near(lake, "finance.semantic.net_sales", ["month"], months)
    assert months.collect()["net_sales"].null_count()


def test_the_margin_is_divided_after_summing(lake: Reader) -> None:
    sums = rows(lake).group_by("day").agg(
        profit=known("gross_profit_eur"), sales=known("net_sales_eur")
    )  # fmt: skip
    margin = pl.when(pl.col("sales") != 0).then(pl.col("profit") / pl.col("sales"))
    assert near(lake, "gross_margin", ["day"], sums.with_columns(gross_margin=margin))


def test_the_returns_rate_is_of_all_pieces(lake: Reader) -> None:
    pieces = rows(lake).group_by("channel").agg(pl.col("returned_units", "units").sum())
    rate = pl.col("returned_units") / pl.col("units")
    assert near(lake, "returns_rate", ["channel"], pieces.with_columns(returns_rate=rate))


def test_a_view_has_the_parts_that_are_summed_further(lake: Reader) -> None:
    further = lake.sql(
        "SELECT channel, sum(returned_units) / sum(units) AS returns_rate "
        "FROM finance.semantic.returns_rate GROUP BY channel ORDER BY channel"
    )
    assert further.equals(lake.metric("returns_rate", ["channel"]))


def test_a_dimension_that_a_metric_has_not_is_told_with_those_that_it_has(lake: Reader) -> None:
    has = "Its dimensions are day, week, month, quarter, year, channel, sku"
    told = rf"by `channels`\. Did you .*`channel`\? {has}"
    with pytest.raises(UnknownDimensionError, match=told):
        lake.metric("net_sales", ["channels"])
    with pytest.raises(QueryError, match=r"color.* not found.* over its dimensions: day, week"):
        lake.metric("net_sales", where="color = 1")


def test_without_rows_nothing_is_known(lake: Reader) -> None:
    assert lake.metric("net_sales", where="sku = 'none'").rows() == [(None,)]
    assert lake.metric("net_sales", ["sku"], where="sku = 'none'").rows() == []
