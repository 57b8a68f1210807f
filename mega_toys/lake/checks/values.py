"""The check of what columns may hold: the choices and limits that a contract promises."""

import datetime as dt
from collections.abc import Iterator

import polars as pl

from mega_toys.declared.table import Bronze, Table
from mega_toys.declared.valid_values import values_of
from mega_toys.lake.checks.check import Query
from mega_toys.lake.checks.look import Look

NAME = "values_are_as_declared"


def of_values(table: Table) -> Iterator[Query]:
    """The check, where a column of silver or gold may hold only some values."""
    if not isinstance(table, Bronze) and values_of(table):
        yield Query(
            name=NAME,
            description="Each value is one that its column declares, by choices or limits; where "
            "it declares none, one that the rules let pass in the received field of its name.",
            blocks=True,
            wrong=_other_values,
            of_keys=True,
        )


def _other_values(look: Look, days: set[dt.date]) -> pl.LazyFrame:
    """The rows with another value, and the first column that it is in."""
    valid = values_of(look.table)
    wrong = {name: values.wrong(pl.col(name)) for name, values in valid.items()}
    first = pl.coalesce(pl.when(is_wrong).then(pl.lit(name)) for name, is_wrong in wrong.items())
    rows = look.new_rows(NAME, days).filter(pl.any_horizontal(wrong.values()))
    day = [look.table.day_column] if look.table.day_column else []
    return rows.select(*dict.fromkeys([*day, *look.table.key, *valid]), column=first)
