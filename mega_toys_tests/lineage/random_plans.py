"""Plans at random, of all that transforms are made of, over two frames of small values."""

import random
from collections.abc import Callable

import polars as pl
from polars import selectors as cs

ONE = pl.Schema({"k": pl.Int64(), "a": pl.Int64(), "s": pl.String(), "l": pl.List(pl.Int64())})
TWO = pl.Schema({"k": pl.Int64(), "b": pl.Int64(), "s": pl.String()})
INPUTS = {"one": ONE, "two": TWO}
ROWS = 6
Transform = Callable[..., pl.LazyFrame]


def rows_of(schema: pl.Schema, draw: random.Random) -> pl.DataFrame:
    """Some rows, with nulls."""
    columns = {name: values_of(dtype, draw) for name, dtype in schema.items()}
    return pl.DataFrame(columns, schema=schema)


def values_of(dtype: pl.DataType, draw: random.Random) -> list[object]:
    """A column of values."""
    return [None if draw.random() < 0.1 else _value(dtype, draw) for _ in range(ROWS)]


def _value(dtype: pl.DataType, draw: random.Random) -> object:
    if dtype == pl.String():
        return draw.choice("xyz")
    if dtype == pl.List(pl.Int64()):
        return [draw.randrange(3) for _ in range(draw.randrange(3))]
    return draw.randrange(4)


class Plan:
    """A frame that grows step by step; the same seed gives the same plan, of whatever inputs."""

    def __init__(self, seed: int, one: pl.LazyFrame, two: pl.LazyFrame) -> None:
        self.draw, self.number = random.Random(seed), 0
        self.inputs = [one, two]
        self.rows = self.draw.choice(self.inputs)

    def grown(self) -> pl.LazyFrame:
        for _ in range(self.draw.randrange(1, 6)):
            self.rows = self.draw.choice(STEPS)(self)
        return self.rows

    @property
    def schema(self) -> pl.Schema:
        return self.rows.collect_schema()

    def names(self, *dtypes: pl.DataType) -> list[str]:
        return [name for name, dtype in self.schema.items() if not dtypes or dtype in dtypes]

    def new(self) -> str:
        self.number += 1
        return f"c{self.number}"

    def whole(self) -> pl.Expr:
        """A whole number."""
        names = self.names(pl.Int64())
        if not names:
            return pl.len().cast(pl.Int64)
        one, other = pl.col(self.draw.choice(names)), pl.col(self.draw.choice(names))
        by = self.draw.choice(self.names(pl.Int64(), pl.String()))
        return self.draw.choice(
            [
                one,
                one + other,
                one.fill_null(other),
                pl.when(self.which()).then(one).otherwise(other),
                pl.max_horizontal(one, other),
                pl.sum_horizontal(names),
                one.sum().over(by),
                one.rank("dense").over(by).cast(pl.Int64),
                one.cum_sum().over(by, order_by=self.draw.choice(names)),
                one.shift(1).over(by),
                one.sort_by(other),
                one.max(),
                one.filter(self.which()).sum(),
                pl.struct(first=one, second=other).struct.field("second"),
                one.map_batches(lambda values: values + 1, return_dtype=pl.Int64),
            ]
        )

    def which(self) -> pl.Expr:
        """Whether something holds."""
        name = self.draw.choice(self.names(pl.Int64(), pl.String()))
        value = pl.col(name)
        if self.schema[name] == pl.String():
            return self.draw.choice([value == "x", value.is_in(["x", "y"]), value.is_not_null()])
        return self.draw.choice([value > 1, value.is_null(), value == value.max()])

    def summed(self) -> pl.Expr:
        """One value of a group."""
        name = self.draw.choice(self.names(pl.Int64(), pl.String()))
        value = pl.col(name)
        if self.schema[name] == pl.String():
            return self.draw.choice(
                [value.n_unique(), value.count(), value.sort().first().str.len_chars()]
            )
        some = [value.sum(), value.max(), value.filter(self.which()).sum(), value.first()]
        return self.draw.choice(
            [*some, value.sort_by(self.whole()).last(), value.get(value.arg_max())]
        )

    def keys(self) -> list[str]:
        names = self.names(pl.Int64(), pl.String())
        return self.draw.sample(names, self.draw.randrange(1, min(3, len(names)) + 1))


def _select(plan: Plan) -> pl.LazyFrame:
    kept = plan.keys()
    return plan.rows.select(*kept, plan.whole().alias(plan.new()))


def _with_columns(plan: Plan) -> pl.LazyFrame:
    name = plan.draw.choice([plan.new(), *plan.names(pl.Int64())])
    return plan.rows.with_columns(plan.whole().alias(name))


def _all_whole(plan: Plan) -> pl.LazyFrame:
    return plan.rows.with_columns(cs.by_dtype(pl.Int64) + plan.whole())


def _filter(plan: Plan) -> pl.LazyFrame:
    return plan.rows.filter(plan.which())


def _sort(plan: Plan) -> pl.LazyFrame:
    return plan.rows.sort(plan.keys(), maintain_order=True)


def _unique(plan: Plan) -> pl.LazyFrame:
    return plan.rows.unique(plan.keys(), keep="first", maintain_order=True)


def _group_by(plan: Plan) -> pl.LazyFrame:
    grouped = plan.rows.group_by(plan.keys(), maintain_order=True)
    if plan.draw.random() < 0.2:
        grouped = grouped.having(pl.len() > 1)
    first = plan.summed().cast(pl.Int64).alias(plan.new())
    return grouped.agg(first, plan.summed().cast(pl.Int64).alias(plan.new()))


def _join(plan: Plan) -> pl.LazyFrame:
    other = plan.draw.choice(plan.inputs)
    there = other.collect_schema()
    key = [name for name, dtype in plan.schema.items() if there.get(name) == dtype]
    key = [name for name in key if name in ("k", "s")]
    if not key:
        return plan.rows
    key = plan.draw.sample(key, plan.draw.randrange(1, len(key) + 1))
    if plan.draw.random() < 0.5:
        value = pl.col("a" if "a" in there else "b")
        other = other.group_by(key, maintain_order=True).agg(value.sum().alias(plan.new()))
    how = plan.draw.choice(["inner", "left", "full", "right", "semi", "anti"])
    coalesce = plan.draw.choice([True, None]) if how in ("left", "full", "right") else None
    kept = "left" if how in ("semi", "anti") else "left_right"
    return plan.rows.join(
        other, on=key, how=how, suffix=f"_{plan.new()}", coalesce=coalesce, maintain_order=kept
    )


def _asof(plan: Plan) -> pl.LazyFrame:
    if "k" not in plan.names(pl.Int64()):
        return plan.rows
    two = plan.inputs[1].select("k", pl.col("b").alias(plan.new()))
    there = plan.rows.filter(pl.col("k").is_not_null()).sort("k", maintain_order=True)
    two = two.filter(pl.col("k").is_not_null()).unique("k", keep="first", maintain_order=True)
    return there.join_asof(two.sort("k"), on="k")


def _concat(plan: Plan) -> pl.LazyFrame:
    below = plan.rows.filter(plan.which())
    if plan.draw.random() < 0.5:
        below = below.select(plan.keys())
    return pl.concat([plan.rows, below], how="diagonal")


def _unpivot(plan: Plan) -> pl.LazyFrame:
    names = plan.names(pl.Int64())
    if len(names) < 2:
        return plan.rows
    index = plan.names(pl.String())
    new = plan.new()
    return plan.rows.unpivot(names, index=index, variable_name=f"{new}_of", value_name=new).sort(
        pl.all()
    )


def _explode(plan: Plan) -> pl.LazyFrame:
    names = plan.names(pl.List(pl.Int64()))
    return plan.rows.explode(names[:1]) if names else plan.rows


def _rename(plan: Plan) -> pl.LazyFrame:
    return plan.rows.rename({plan.draw.choice(plan.names()): plan.new()})


def _drop(plan: Plan) -> pl.LazyFrame:
    names = plan.names(pl.Int64(), pl.String())
    return plan.rows.drop(plan.draw.choice(names)) if len(names) > 2 else plan.rows


def _unnest(plan: Plan) -> pl.LazyFrame:
    new, first, second = plan.new(), plan.new(), plan.new()
    made = pl.struct(plan.whole().alias(first), plan.whole().alias(second)).alias(new)
    return plan.rows.with_columns(made).unnest(new)


def _rank_rows(plan: Plan) -> pl.LazyFrame:
    return plan.rows.with_row_index(plan.new()).with_columns(cs.unsigned_integer().cast(pl.Int64))


def _shorter(plan: Plan) -> pl.LazyFrame:
    some = plan.draw.choice(plan.names(pl.Int64(), pl.String()))
    new = plan.new()
    found = plan.rows.select(pl.col(some).filter(plan.which()).alias(new))
    return found.with_columns(pl.len().cast(pl.Int64).alias(plan.new()))


STEPS: list[Callable[[Plan], pl.LazyFrame]] = [
    _select, _with_columns, _with_columns, _all_whole, _filter, _sort, _unique, _group_by, _join,
    _join, _asof, _concat, _unpivot, _explode, _rename, _drop, _unnest, _rank_rows, _shorter,
]  # fmt: skip


def transform_of(seed: int) -> Transform:
    """The transform of two inputs that a seed gives."""

    def transform(one: pl.LazyFrame, two: pl.LazyFrame) -> pl.LazyFrame:
        return Plan(seed, one, two).grown()

    return transform
