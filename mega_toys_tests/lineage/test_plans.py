"""What a plan's columns come from, node by node."""

import functools
from collections.abc import Callable

import polars as pl
import pytest
from polars import selectors as cs

from mega_toys.declared.errors import LineageError
from mega_toys.declared.opaque import columns_from
from mega_toys.lineage.origins import Origins
from mega_toys.lineage.transforms import given, read

DATE = pl.Schema({"key": pl.String(), "at": pl.Date(), "x": pl.Int64(), "y": pl.Int64()})
NESTED = pl.Schema({"key": pl.String(), "of": pl.Struct({"p": pl.Int64(), "q": pl.String()})})
ORDERED = pl.Schema({"key": pl.String(), "at": pl.Date(), "list": pl.List(pl.Int64())})
c = pl.col


def told(transform: Callable[..., pl.LazyFrame], **inputs: pl.Schema) -> dict[str, str]:
    """Each column as `values | rows`, in the names of the columns alone where one input is."""
    schemas = inputs or {"rows": DATE}
    found = read(transform, {name: given(name, schema) for name, schema in schemas.items()}).told
    return {name: _said(origins, short=len(schemas) == 1) for name, origins in found.items()}


def _said(origins: Origins, *, short: bool) -> str:
    def name(source: tuple[str, str]) -> str:
        return source[1] if short else ".".join(source)

    values = " ".join(sorted(name(source) for source in origins.values))
    rows = sorted(f"{name(one)}:{'+'.join(sorted(by))}" for one, by in origins.rows.items())
    return f"{values} | {' '.join(rows)}".strip()


SELECTED = {
    "an alias": (c("x").alias("z"), "x |"),
    "a sum of two": ((c("x") + c("y")).alias("z"), "x y |"),
    "a case, its condition as well": (pl.when(c("key") == "a").then("x").alias("z"), "key x |"),
    "a filter within": (c("x").filter(c("key") == "a").sum().alias("z"), "x | key:filter"),
    "a window": (c("x").sum().over("key", order_by="at").alias("z"), "x | at:window key:window"),
    "an order within": (c("x").sort_by("at").first().alias("z"), "x | at:sort"),
    "a rolling sum": (c("x").rolling_sum_by("at", "2d").alias("z"), "x | at:window"),
    "the largest by another": (c("x").top_k_by("y", 1).max().alias("z"), "x | y:sort"),
    "one at a place": (c("x").get(c("y").arg_max()).alias("z"), "x | y:filter"),
    "a literal": (pl.lit(1).alias("z"), "|"),
    "a count of rows": (pl.len().alias("z"), "|"),
    "a count of rows by a column": (c("x").len().alias("z"), "|"),
    "a count of values": (c("x").count().alias("z"), "x |"),
    "a selector taken together": (pl.sum_horizontal(cs.integer()).alias("z"), "x y |"),
    "a struct's field": (pl.struct("x", "y").struct.field("x").alias("z"), "x y |"),
    "a function of Python": (c("x").map_batches(lambda s: s, pl.Int64).alias("z"), "x |"),
    "a text of several": (pl.format("{}/{}", "key", "x").alias("z"), "key x |"),
}


@pytest.mark.parametrize(("made", "wanted"), SELECTED.values(), ids=SELECTED.keys())
def test_an_expression_comes_from(made: pl.Expr, wanted: str) -> None:
    assert told(lambda rows: rows.with_columns(made))["z"] == wanted


def test_a_selector_makes_each_of_its_columns_of_itself() -> None:
    found = told(lambda rows: rows.select((cs.integer() * 2).name.suffix("_twice")))

    assert found == {"x_twice": "x |", "y_twice": "y |"}


def test_a_column_of_another_name_is_followed_by_it() -> None:
    renamed = pl.Schema({"key": pl.String(), "amount": pl.Int64(), "y": pl.Int64()})

    found = told(lambda rows: rows.filter(c("y") > 1).select(x="amount"), rows=renamed)

    assert found == {"x": "amount | y:filter"}


def test_a_filter_bears_on_every_column_and_is_named() -> None:
    found = told(lambda rows: rows.filter(c("y") > 1).select("x", "y"))

    assert found == {"x": "x | y:filter", "y": "y |"}


def test_what_makes_fewer_rows_in_a_selection_bears_on_all_that_follows() -> None:
    found = told(lambda rows: rows.select(c("x").filter(c("y") > 1)).select(n=pl.len()))

    assert found == {"n": "| x:filter y:filter"}


def test_groups_come_of_their_keys() -> None:
    found = told(lambda rows: rows.group_by("key").having(c("y").max() > 1).agg(c("x").sum()))

    assert found == {"key": "key | y:filter", "x": "x | key:group y:filter"}


def test_windows_of_time_are_groups() -> None:
    found = told(
        lambda rows: rows.group_by_dynamic("at", every="1d", group_by="key").agg(c("x").sum())
    )

    assert found == {"key": "key | at:group", "at": "at | key:group", "x": "x | at:group key:group"}


def test_all_columns_of_a_group_leave_its_keys_out() -> None:
    found = told(lambda rows: rows.group_by("key", "at").agg(pl.all().max()))

    assert found["y"] == "y | at:group key:group"


def test_the_one_row_that_a_join_may_add_to_bears_on_what_it_adds_alone() -> None:
    def joined(left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
        return left.join(right.group_by("key").agg(total=c("x").sum()), on="key", how="left")

    found = told(joined, left=DATE, right=DATE)

    assert found["x"] == "left.x |"
    assert found["total"] == "right.x | left.key:join right.key:group+join"


def test_rows_that_a_join_may_repeat_bear_on_both_sides() -> None:
    def joined(left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
        return left.join(right.filter(c("y") > 1), on="key", how="left").select("x", "x_right")

    found = told(joined, left=DATE, right=DATE)

    assert found["x"] == "left.x | left.key:join right.key:join right.y:filter"
    assert found["x_right"] == "right.x | left.key:join right.key:join right.y:filter"


def test_a_full_join_fills_its_key_from_both_sides() -> None:
    def joined(left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
        return left.join(right, on="key", how="full", coalesce=True)

    assert told(joined, left=DATE, right=DATE)["key"] == "left.key right.key |"


def test_a_join_by_order_adds_to_rows_that_stay() -> None:
    def joined(left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
        return left.join_asof(right.select("key", "at", z="x"), on="at", by="key")

    found = told(joined, left=DATE, right=DATE)

    assert found["x"] == "left.x |"
    assert found["z"] == "right.x | left.at:join left.key:join right.at:join right.key:join"


def test_a_join_by_inequality_goes_by_both_sides() -> None:
    def joined(left: pl.LazyFrame, right: pl.LazyFrame) -> pl.LazyFrame:
        return left.select("x").join_where(right.select(z="y"), c("x") < c("z"))

    assert told(joined, left=DATE, right=DATE) == {
        "x": "left.x | right.y:join",
        "z": "right.y | left.x:join",
    }


def test_rows_below_each_other_come_of_all_inputs() -> None:
    found = told(
        lambda rows: pl.concat([rows.select(z="x"), rows.filter(c("at").is_null()).select(z="y")])
    )

    assert found == {"z": "x y | at:filter"}


def test_columns_below_each_other_lose_their_names_not_their_lineage() -> None:
    found = told(lambda rows: rows.unpivot(["x", "y"], index="key"))

    assert found == {"key": "key |", "variable": "|", "value": "x y |"}


def test_rows_beside_each_other_hold_the_values_that_they_are_named_by() -> None:
    found = told(
        lambda rows: rows.pivot(
            "key", on_columns=["a"], index="at", values="x", aggregate_function="sum"
        )
    )

    assert found == {"at": "at |", "a": "x | at:group key:filter"}


def test_lists_decide_how_many_rows_there_are() -> None:
    found = told(lambda rows: rows.explode("list").rename({"list": "one"}), rows=ORDERED)

    assert found == {"key": "key | list:explode", "at": "at | list:explode", "one": "list |"}


def test_the_fields_of_a_struct_come_from_it() -> None:
    assert told(lambda rows: rows.unnest("of"), rows=NESTED) == {
        "key": "key |", "p": "of |", "q": "of |",
    }  # fmt: skip


def test_rows_that_stand_in_the_code_come_from_no_column() -> None:
    names = pl.LazyFrame({"key": ["a"], "name": ["Anna"]})

    assert told(lambda rows: rows.join(names, on="key"))["name"] == "| key:join"


@columns_from({"longest": ("x", "y"), "key": ("key",)}, filter=("at",))
def _longest(rows: pl.DataFrame, least: int = 0) -> pl.DataFrame:
    raise AssertionError("its lineage is declared: it is not run")


def test_what_a_function_of_python_makes_is_what_it_declares() -> None:
    schema = {"longest": pl.Int64, "key": pl.String}

    found = told(lambda rows: rows.map_batches(functools.partial(_longest, least=2), schema=schema))

    assert found == {"longest": "x y | at:filter", "key": "key | at:filter"}


@columns_from({"z": ("nope",)})
def _of_nothing(rows: pl.DataFrame) -> pl.DataFrame:
    raise AssertionError("its lineage is declared: it is not run")


REFUSED = {
    "columns_from": (
        lambda rows: rows.map_batches(_of_nothing, schema={"z": pl.Int64}),
        "names `nope`; its",
    ),
    "map_batches": (lambda rows: rows.map_batches(lambda some: some), "columns_from"),
    "map_groups": (lambda rows: rows.group_by("key").map_groups(lambda d: d, None), "map_groups"),
    "SQL": (lambda rows: rows.sql("SELECT key FROM self"), "plan node `SQL`"),
    "collect": (lambda rows: rows.collect().lazy(), "`rows` is collected"),
    "another file": (lambda rows: pl.scan_csv("elsewhere.csv"), "plan node `Scan`"),
    "no such column": (lambda rows: rows.select("nope"), "nope"),
}


@pytest.mark.parametrize(("transform", "named"), REFUSED.values(), ids=REFUSED.keys())
def test_what_no_plan_tells_is_refused_by_its_name(
    transform: Callable[..., pl.LazyFrame], named: str
) -> None:
    with pytest.raises(LineageError, match=named) as refused:
        told(transform)

    assert "test_plans" in str(refused.value)
