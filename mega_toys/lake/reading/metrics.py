"""The figures of the business, asked by name and dimension."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from mega_toys.declared.catalog import Catalog
from mega_toys.declared.errors import QueryError, UnknownDimensionError, UnknownMetricError
from mega_toys.declared.metric import Metric
from mega_toys.declared.metric_sql import sql_of

if TYPE_CHECKING:
    from mega_toys.lake.reading.reader import Reader

METRICS = pl.Schema(
    {
        "metric": pl.String(),
        "unit": pl.String(),
        "dimensions": pl.String(),
        "adds_up": pl.Boolean(),
        "owner": pl.String(),
        "description": pl.String(),
    }
)


def named(name: str, catalog: Catalog) -> tuple[str, Metric]:
    """A metric by its whole name, or by its last part where only one has it.

    Raises UnknownMetricError.
    """
    if name in catalog.metrics:
        return name, catalog.metrics[name]
    same = [known for known in catalog.metrics if known.rpartition(".")[2] == name]
    if len(same) != 1:
        raise UnknownMetricError(name, same or catalog.metrics)
    return same[0], catalog.metrics[same[0]]


def answer(reader: "Reader", name: str, by: Sequence[str], where: str) -> pl.DataFrame:
    """A metric by some of its dimensions, in their order, of the rows that a condition allows."""
    whole, metric = named(name, reader.catalog)
    for one in by:
        if one not in metric.all_dimensions:
            raise UnknownDimensionError(whole, one, metric.all_dimensions)
    query = sql_of(whole.rpartition(".")[2], metric, list(dict.fromkeys(by)), where)
    try:
        return reader.sql(query)
    except QueryError as error:
        if not where:
            raise
        known = ", ".join(metric.all_dimensions)
        told = f"{str(error).splitlines()[0]} A condition on {whole} is SQL over its dimensions"
        raise QueryError(f"{told}: {known}.") from None


def listed(catalog: Catalog) -> pl.DataFrame:
    """All metrics, with what each means."""
    rows = [
        (
            name,
            one.unit,
            ", ".join(one.all_dimensions),
            one.additive,
            one.owner,
            one.description,
        )
        for name, one in sorted(catalog.metrics.items())
    ]
    return pl.DataFrame(rows, schema=METRICS, orient="row")
