"""Metrics as they are declared, asked and handed on."""

import datetime as dt
from typing import Any

import dataframely as dy
import duckdb
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import (
    DeclarationError,
    UnknownMetricError,
)
from mega_toys.declared.metric import Balance, Distinct, Metric, Sum, refuse_wrong_metrics
from mega_toys.declared.metric_sql import sql_of
from mega_toys.declared.semantic_model import semantic_model
from mega_toys.lake.reading.metrics import named

DAY, NEXT = dt.date(2026, 1, 31), dt.date(2026, 2, 1)
ABOUT = {"unit": "pieces", "owner": "o", "description": "Pieces."}
VIEW = "shop.semantic.sold"


class Sold(dy.Schema):
    day = dy.Date(primary_key=True)
    who = dy.String(metadata={"privacy": "personal"})
    units = dy.Int64(nullable=True)


def metric(**measures: Any) -> Metric:
    formula = measures.pop("formula", "")
    return Metric(over=VIEW, measures=measures, formula=formula, dimensions={"who": "who"}, **ABOUT)


def asked(rows: list[tuple[Any, ...]], one: Metric, *by: str, where: str = "") -> list[Any]:
    """A metric over rows of a day, somebody and a count, made up by SQL."""
    values = ", ".join(f"(DATE '{d}', '{w}', {'NULL' if u is None else u})" for d, w, u in rows)
    sold = f"SELECT * FROM (VALUES {values}) AS sold(day, who, units)"
    sql = sql_of("figure", one, by, where).replace(VIEW, f"({sold})")
    return duckdb.sql(sql).fetchall()


ROWS = [(DAY, "a", 1), (DAY, "b", 2), (NEXT, "a", 4), (NEXT, "c", None)]


def test_a_sum_is_unknown_where_a_part_of_it_is() -> None:
    assert asked(ROWS, metric(units=Sum("units")), "day") == [(DAY, 3), (NEXT, None)]
    assert asked(ROWS, metric(units=Sum("units", where="units > 1")), "who") == [
        ("a", 4), ("b", 2), ("c", 0),
    ]  # fmt: skip


def test_what_is_in_two_parts_counts_once() -> None:
    people = metric(people=Distinct("who"))
    assert asked(ROWS, people, "day") == [(DAY, 2), (NEXT, 2)]
    assert asked(ROWS, people) == [(3,)]
    assert asked(ROWS, metric(people=Distinct("who", where="units > 1"))) == [(2,)]


def test_a_balance_is_that_of_the_last_day_of_each_period() -> None:
    stock = metric(stock=Balance("units"))
    rows = [*ROWS[:3], (dt.date(2026, 1, 2), "a", 50)]
    assert asked(rows, stock, "month") == [(dt.date(2026, 1, 1), 3), (NEXT, 4)]
    assert asked(rows, stock, "who") == [("a", 4), ("b", 0)]
    assert asked(rows, stock) == [(4,)]


def test_nothing_divided_by_zero_is_unknown() -> None:
    share = metric(a=Sum("units"), b=Sum("units - units"), formula="a / b")
    assert asked(ROWS[:3], share) == [(None,)]


def test_a_condition_is_of_dimensions_and_stays_within_its_brackets() -> None:
    units = metric(units=Sum("units"))
    assert asked(ROWS, units, where="who = 'a' AND month < DATE '2026-02-01'") == [(1,)]
    assert asked(ROWS[:3], units, where="true -- and nothing else") == [(7,)]


@given(st.lists(st.tuples(st.sampled_from([DAY, NEXT]), st.sampled_from("abc"),
    st.integers(-9, 9)), min_size=1, max_size=12))  # fmt: skip
def test_parts_of_what_adds_up_add_up(rows: list[tuple[Any, ...]]) -> None:
    units = metric(units=Sum("units", where="who <> 'b'"))
    (whole,) = asked(rows, units)[0]
    assert units.additive
    for by in ("day", "who", "year"):
        assert sum(part for _, part in asked(rows, units, by)) == whole


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"measures": {}}, "no measures"),
        ({"measures": {"a": Sum("units"), "b": Sum("1")}}, "no `formula`"),
        ({"dimensions": {"month": "units"}}, "a dimension `month` of its own"),
        ({"dimensions": {"units": "units"}}, "a dimension and a measure"),
        ({"dimensions": {"color": "color"}}, "which shop.gold.sold has not"),
        ({"dimensions": {"who": "who"}}, "is personal"),
        ({"measures": {"s": Balance("units")}, "by_day": False}, "needs the days"),
        ({"over": "shop.semantic.none"}, "no SQL file declares"),
    ],
)
def test_what_cannot_be_meant_so_is_refused(
    wrong: dict[str, Any], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sold, "__module__", "mega_toys.domains.shop.gold.sold")
    one = Metric(**{"over": Sold, "measures": {"units": Sum("units")}} | ABOUT | wrong)
    with pytest.raises(DeclarationError, match=told):
        refuse_wrong_metrics({"shop.semantic.units": one}, {})


def test_a_metric_and_a_view_of_one_name_are_refused() -> None:
    with pytest.raises(DeclarationError, match="rename one"):
        refuse_wrong_metrics({VIEW: metric(units=Sum("units"))}, {VIEW})


def catalog() -> Catalog:
    metrics = {f"{d}.semantic.units": metric(units=Sum("units")) for d in ("one", "two")}
    return Catalog([], {VIEW: "SELECT 1 AS day"}, metrics | {"one.semantic.sold_by": metrics_of()})


def metrics_of() -> Metric:
    return metric(a=Sum("units", where="who <> 'units'"), b=Distinct("who"), formula="a / b")


def test_a_metric_is_found_by_its_last_name_where_that_is_one() -> None:
    assert named("sold_by", catalog())[0] == "one.semantic.sold_by"
    assert named("two.semantic.units", catalog())[0] == "two.semantic.units"
    with pytest.raises(UnknownMetricError, match=r"one\.semantic\.units, two\.semantic\.units"):
        named("units", catalog())
    with pytest.raises(UnknownMetricError, match="Did you mean `sold_by`"):
        named("soldby", catalog())


def test_other_tools_get_each_metric_with_its_aggregates() -> None:
    model = yaml.safe_load(yaml.safe_dump(semantic_model("figures", catalog())))
    (figures,) = model["semantic_model"]
    (sold,) = figures["datasets"]
    assert sold["source"] == VIEW
    assert [field["name"] for field in sold["fields"]][-2:] == ["year", "who"]
    expressions = {
        one["name"]: one["expression"]["dialects"][0]["expression"] for one in figures["metrics"]
    }
    assert expressions["one_units"] == expressions["two_units"] == "SUM(sold.units)"
    assert expressions["sold_by"] == (
        "SUM(CASE WHEN sold.who <> 'units' THEN sold.units ELSE 0 END) / "
        "NULLIF(COUNT(DISTINCT sold.who), 0)"
    )
