import polars as pl
import pytest

from mega_toys.domains.manufacturing.gold.oee_daily import OeeDaily
from mega_toys.domains.manufacturing.oee import QUANTITIES, TIMES, with_ratios
from mega_toys.lake.reading.reader import Reader
from mega_toys_tests.domains.asked import near, over


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    where = {"machine_id": [f"M{at // 20}" for at in range(300)]}
    where["factory_id"] = [f"F{at // 60}" for at in range(300)]
    elements = {name: [float(at % 11) for at in range(300)] for name in TIMES}
    counts = {name: [at % 13 for at in range(300)] for name in QUANTITIES}
    return over(tmp_path_factory.mktemp("lake"), OeeDaily, **where, **elements, **counts)


@pytest.mark.parametrize("metric", ["oee", "scrap_ratio"])
def test_a_ratio_is_that_of_the_summed_elements(metric: str, lake: Reader) -> None:
    days = lake.scan("manufacturing.gold.oee_daily")
    week = pl.col("day").dt.truncate("1w").alias("week")
    for by, key in (
        (["machine"], pl.col("machine_id").alias("machine")),
        (["factory"], pl.col("factory_id").alias("factory")),
        (["week"], week),
    ):
        summed = with_ratios(days.group_by(key).agg(pl.col(*TIMES, *QUANTITIES).sum()))
        assert near(lake, metric, by, summed)
