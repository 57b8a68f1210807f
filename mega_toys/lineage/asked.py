"""What Polars itself says of parts of a plan: their columns, and which of them a selector means."""

import functools
import io
import warnings
from collections.abc import Sequence
from typing import Any

import orjson
import polars as pl
from polars.exceptions import PolarsError

Json = Any
_DEPRECATED = "'json' serialization format of LazyFrame is deprecated"  # binary cannot be read here


def plan_of(rows: pl.LazyFrame) -> Json:
    """The plan as it was written, not optimized."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=_DEPRECATED)
        return orjson.loads(rows.serialize(format="json"))


def schema_of(plan: Json) -> pl.Schema:
    """The columns that a plan makes."""
    return pl.LazyFrame.deserialize(io.BytesIO(orjson.dumps(plan)), format="json").collect_schema()


def scan_of(schema: pl.Schema) -> Json:
    """A plan of no rows with these columns."""
    return _scan(tuple(schema.items()))


@functools.lru_cache(maxsize=256)
def _scan(columns: tuple[tuple[str, pl.DataType], ...]) -> Json:
    return plan_of(pl.LazyFrame(schema=dict(columns)))


def names_of(expressions: Sequence[Json], schema: pl.Schema) -> list[str]:
    """The names of the columns that some expressions make of those of the schema."""
    return schema_of(
        {"Select": {"expr": expressions, "input": scan_of(schema), **_OPTIONS}}
    ).names()


def has_several(told: Json) -> bool:
    """Whether an expression may make several columns."""
    return _expression(told).meta.has_multiple_outputs()


def keeps_rows(told: Json) -> bool:
    """Whether an expression is known to make a value a row, or one for all of them."""
    meta = _expression(_of_one_column(told)).meta
    try:
        return meta.is_length_preserving() or meta.is_scalar()
    except PolarsError:  # of some it is not known without the types of their columns
        return False


def _of_one_column(told: Json) -> Json:
    """The expression, of any column in the place of selectors, of which Polars does not say it."""
    if isinstance(told, list):
        return [_of_one_column(one) for one in told]
    if not isinstance(told, dict):
        return told
    if "Selector" in told:
        return {"Column": ""}
    return {name: _of_one_column(one) for name, one in told.items()}


def _expression(told: Json) -> pl.Expr:
    return pl.Expr.deserialize(io.BytesIO(orjson.dumps(told)), format="json")


_OPTIONS = {
    "options": {
        "run_parallel": True,
        "duplicate_check": True,
        "should_broadcast": True,
        "maintain_dataframe_height": False,
    }
}
