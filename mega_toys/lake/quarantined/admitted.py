"""Events that landed outside their window and were let in on purpose."""

import polars as pl

from mega_toys.declared.table import Bronze, Events, FromBronze
from mega_toys.lake.own.quarantine_tables import PLACE, as_received
from mega_toys.lake.quarantined.decisions import ADMITTED, DECISIONS, about, in_force
from mega_toys.lake.quarantined.identity import still_the_same
from mega_toys.lake.run.work import Work


def admissions(table: FromBronze, work: Work) -> pl.DataFrame:
    """The admissions in force for records of a table, as rows of the decisions; `day` of landing.

    Only events have a window.
    """
    if not isinstance(table, Events):
        return DECISIONS.schema.to_frame()
    return in_force(about(table.name, work), ADMITTED).collect()


def admitted_of(rows: pl.LazyFrame, table: Bronze, made: pl.DataFrame, work: Work) -> pl.DataFrame:
    """The places of those bronze rows that are admitted, with the content that they have."""
    found = rows.join(made.lazy().select(PLACE).unique(), on=PLACE, how="semi").collect()
    placed = found.select(PLACE).with_columns(as_received(found, table.fields))
    named = placed.join(made.select(*PLACE, "content_hash", "file_hash"), on=PLACE)
    return still_the_same(named, work).select(PLACE).unique()
