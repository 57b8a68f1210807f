"""How quarantined records stand: open, corrected by a later record, or dismissed by somebody.

Derived from what was received and decided, never stored: a rebuild gives the same.
"""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from mega_toys.declared.errors import LakeError
from mega_toys.declared.table import FromBronze, Table
from mega_toys.lake.own.files import FILES
from mega_toys.lake.own.quarantine_tables import PLACE
from mega_toys.lake.quarantined.corrections import claims
from mega_toys.lake.quarantined.decisions import (
    CORRECTED,
    DECISIONS,
    DISMISSED,
    about,
    in_force,
)
from mega_toys.lake.quarantined.identity import file_hashes, still_the_same
from mega_toys.lake.run.work import Work

OPEN = "open"
STATUSES = (OPEN, CORRECTED, DISMISSED)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which quarantined records; what is none is not asked. `*` in a file stands for any text."""

    day: dt.date | None = None
    rule: str | None = None
    file: str | None = None
    row: int | None = None
    status: str | None = OPEN

    def of(self, records: pl.LazyFrame) -> pl.LazyFrame:
        """The chosen of some records that have a `status`."""
        if self.day is not None:
            records = records.filter(pl.col("day") == self.day)
        if self.rule is not None:
            records = records.filter(pl.col("rules").list.contains(self.rule))
        if self.file is not None:
            path = ".*".join(pl.escape_regex(part) for part in self.file.split("*"))
            records = records.filter(pl.col("_file").str.contains(f"(?s)^{path}$"))
        if self.row is not None:
            records = records.filter(pl.col("_row") == self.row)
        if self.status is not None:
            records = records.filter(pl.col("status") == self.status)
        return records


def quarantined_tables(work: Work, name: str | None = None) -> list[FromBronze]:
    """The tables that have a quarantine, or the one of a name; LakeError where there is none."""
    tables = [_with_quarantine(name, work)] if name else work.catalog.from_bronze
    for table in tables:
        for needed in (str(table.quarantine), DECISIONS.name, FILES.name):
            if not work.store.exists(needed):
                raise LakeError(
                    f"{needed} is not in the lake {work.store.place} yet. "
                    "Run `mega-toys refresh` first."
                )
            work.store.refuse_damage(needed)
        work.store.refuse_damage(table.bronze)
    return tables


def _with_quarantine(name: str, work: Work) -> FromBronze:
    table = work.catalog[name]
    if not isinstance(table, FromBronze):
        raise LakeError(_no_quarantine(table, work))
    return table


def _no_quarantine(table: Table, work: Work) -> str:
    silver = [one for one in work.catalog.from_bronze if one.bronze == table.name]
    if not silver:
        return f"{table.name} is not made from bronze: it has no quarantine."
    return (
        f"{table.name} keeps every record; the silver table made from it rejects. "
        f"Did you mean `{silver[0].name}`?"
    )


def standing(table: FromBronze, work: Work) -> pl.LazyFrame:
    """The quarantine of a table, with how its records stand."""
    return with_standing(work.store.scan(table.quarantine), table, work)


def with_standing(rejected: pl.LazyFrame, table: FromBronze, work: Work) -> pl.LazyFrame:
    """Rejected records of a table with `status` and `by`, which says what resolved a record.

    `file_hash` is that of its file as bronze holds it.
    """
    stands = resolved(table, work).lazy().select(*PLACE, "status", "by")
    of_files = rejected.join(file_hashes(work), on="_file", how="left")
    with_status = of_files.join(stands, on=PLACE, how="left")
    return with_status.with_columns(pl.col("status").fill_null(OPEN))


def resolved(table: FromBronze, work: Work) -> pl.DataFrame:
    """The quarantined records that are corrected, or else dismissed, with `status` and `by`.

    `content_hash` and `file_hash` are those that were taken when that was said of them.
    """
    corrected = claims(table, work).with_columns(status=pl.lit(CORRECTED))
    named = pl.concat([corrected, _dismissals(table, work)])
    if named.is_empty():
        return named
    there = work.store.scan(table.quarantine).select(*PLACE, "record")
    found = named.lazy().join(there, on=PLACE, how="inner", maintain_order="left").collect()
    same = still_the_same(found, work) if found.height else found
    return same.unique(PLACE, keep="first", maintain_order=True).drop("record")


def _dismissals(table: FromBronze, work: Work) -> pl.DataFrame:
    told = pl.format("{}: {}", "who", "why")
    rows = in_force(about(table.name, work), DISMISSED)
    hashes = ("content_hash", "file_hash")
    return rows.select(*PLACE, *hashes, by=told, status=pl.lit(DISMISSED)).collect()
